# SPDX-License-Identifier: Apache-2.0
"""Hostile weather: the rules in force, which of them fit a request, and what they come to together."""
import fnmatch
import itertools
import json
from dataclasses import dataclass, field
from email.utils import formatdate

from . import spoil

REPLACES = ("status", "body", "aadsts", "redirect")


CHOOSES = ("host", "path", "method", "times", "skip")  # which requests; everything else is what happens to them


# Each gives (whether a value is allowed, what is allowed in words).

def _number(low, high):
    return (lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high,
            f"a number from {low:.10g} to {high:.10g}")


def _whole(low, high):
    return lambda value: type(value) is int and low <= value <= high, f"a whole number from {low} to {high}"


def _one_of(*values):
    return lambda value: isinstance(value, str) and value in values, "one of " + ", ".join(values)


def _of(*types):
    names = {str: "text", dict: "an object", list: "a list", int: "a whole number"}
    return (lambda value: isinstance(value, types) and not isinstance(value, bool),
            " or ".join(names[one] for one in types))


# member: what its value may be, as a test and in words
FIELDS = {
    "host": _one_of("login", "graph", "machine"), "path": _of(str), "method": _of(str), "times": _whole(1, 1 << 30),
    "skip": _whole(0, 1 << 30), "delay": _number(0, 3600), "drip": _number(0.1, 1e9),
    "close": (lambda value: isinstance(value, bool), "true or false"), "stall": _one_of("headers", "body"),
    "cut": _one_of("headers", "body"), "spoil": _one_of(*spoil.TABLE), "redirect": _of(str),
    "rotate": _one_of("keep", "drop"), "status": _whole(200, 599), "body": _of(str, dict, list), "headers": _of(dict),
    "content_type": _of(str), "retry_after": _of(int, str), "aadsts": _whole(0, 1 << 31)}


@dataclass
class Rule:
    """One rule of weather; a member that is not given changes nothing."""
    id: int
    spec: dict
    hits: int = 0
    left: int = -1
    skip: int = 0

    def strikes(self, host, method, path):
        """Whether it strikes this request, which is counted."""
        spec = self.spec
        if not (self.left != 0 and spec.get("host", host) == host and spec.get("method", method) == method
                and fnmatch.fnmatchcase(path, spec.get("path", "*"))):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        self.left -= 1 if self.left > 0 else 0
        return True

    def describe(self):
        return {"id": self.id, **self.spec, "hits": self.hits, "left": self.left}


@dataclass
class Strike:
    """What all rules that fit one request come to."""
    delay: float = 0.0
    close: bool = False
    replace: dict = None                       # the first rule that answers in the real answer's place
    extra: list = field(default_factory=list)  # rules that only add header fields
    spoils: list = field(default_factory=list)
    stall: str = None
    cut: str = None
    drip: float = None
    rotate: str = None

    def add(self, spec):
        self.delay += spec.get("delay", 0)
        self.close = self.close or spec.get("close", False)
        if any(name in spec for name in REPLACES):
            self.replace = self.replace or spec
        elif any(name in spec for name in ("headers", "retry_after", "content_type")):
            self.extra.append(spec)
        self.spoils += [spec["spoil"]] if "spoil" in spec else []
        self.stall = self.stall or spec.get("stall")
        self.cut = self.cut or spec.get("cut")
        self.drip = min(filter(None, (self.drip, spec.get("drip"))), default=None)
        self.rotate = self.rotate or spec.get("rotate")

    def absorb(self, inner):
        """Take over what struck a member of a batch, all but the answer that replaced the member's own."""
        self.delay += inner.delay
        self.close = self.close or inner.close
        self.extra += inner.extra
        self.spoils += inner.spoils
        self.stall = self.stall or inner.stall
        self.cut = self.cut or inner.cut
        self.drip = min(filter(None, (self.drip, inner.drip)), default=None)
        self.rotate = self.rotate or inner.rotate

    def shapes(self):
        """Whether the answer goes out in another way than aiohttp would send it."""
        return bool(self.spoils or self.stall or self.cut or self.drip)


class Weather:
    def __init__(self):
        self.rules = []
        self._ids = itertools.count(1)

    def add(self, spec):
        for name, value in spec.items():
            if name not in FIELDS:
                raise ValueError(f"weather has no {name}; it has {', '.join(FIELDS)}")
            good, allowed = FIELDS[name]
            if not good(value):
                raise ValueError(f"{name} cannot be {value!r}; it is {allowed}")
        effects = [name for name in FIELDS if name not in CHOOSES]
        if not any(name in spec for name in effects):
            raise ValueError(f"the rule has no effect; one of these must be there: {', '.join(effects)}")
        rule = Rule(next(self._ids), spec, left=spec.get("times", -1), skip=spec.get("skip", 0))
        self.rules.append(rule)
        return rule

    def remove(self, rule_id=None):
        self.rules = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]

    def strike(self, host, method, path):
        """All rules that fit, each counted as used, as one Strike; None if the sky is clear."""
        hit = [rule.spec for rule in self.rules if rule.strikes(host, method, path)]
        if not hit:
            return None
        out = Strike()
        for spec in hit:
            out.add(spec)
        return out


def fields(world, spec):
    """Header fields that a rule asks for. Retry-After "+N" is an HTTP date N seconds from the tenant's now."""
    out = {str(name): str(value) for name, value in spec.get("headers", {}).items()}
    wait = spec.get("retry_after")
    if isinstance(wait, str) and wait.startswith("+"):
        wait = formatdate(world.clock.now() + int(wait[1:]), usegmt=True)
    if wait is not None:
        out["Retry-After"] = str(wait)
    return out


def content(world, spec, host, root, path):
    """(status, headers, text) that a rule puts in the place of the answer to PATH on HOST, whose address is ROOT."""
    headers = fields(world, spec)
    if "redirect" in spec:
        to, other = spec["redirect"], world.graph if host == "login" else world.login
        headers["Location"] = {"self": root + path, "other": other + path}.get(to, to)
    status = spec.get("status", 302 if "redirect" in spec else 200)
    body = spec.get("body")
    if body is None and host == "graph" and status >= 400:
        code = {429: "TooManyRequests", 503: "serviceNotAvailable"}.get(status, "UnknownError")
        body = {"error": {"code": code, "message": "Weather.", "innerError": {}}}
    if isinstance(body, str):
        headers.setdefault("Content-Type", spec.get("content_type", "text/html; charset=utf-8"))
    else:
        headers.setdefault("Content-Type", spec.get("content_type", "application/json; charset=utf-8"))
        body = "" if body is None else json.dumps(body)
    return status, headers, body
