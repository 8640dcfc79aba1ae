# SPDX-License-Identifier: Apache-2.0
"""Hostile weather: rules that delay, cut or replace the answers of chosen endpoints."""
import asyncio
import fnmatch
import itertools
import json
from dataclasses import dataclass, field

from aiohttp import web

FIELDS = {"host": str, "path": str, "method": str, "status": int, "body": (str, dict, list), "headers": dict,
          "content_type": str, "delay": (int, float), "close": bool, "retry_after": (int, str), "aadsts": int,
          "times": int}


@dataclass
class Rule:
    """One rule of weather; a member that is not given changes nothing."""
    id: int
    spec: dict
    hits: int = 0
    left: int = field(default=-1)

    def fits(self, host, method, path):
        spec = self.spec
        return (self.left != 0 and spec.get("host", host) == host and spec.get("method", method) == method
                and fnmatch.fnmatchcase(path, spec.get("path", "*")))

    def describe(self):
        return {"id": self.id, **self.spec, "hits": self.hits, "left": self.left}


class Weather:
    def __init__(self):
        self.rules = []
        self._ids = itertools.count(1)

    def add(self, spec):
        for name, value in spec.items():
            if name not in FIELDS or not isinstance(value, FIELDS[name]):
                raise ValueError(f"weather has no {name} = {value!r}")
        rule = Rule(next(self._ids), spec, left=spec.get("times", -1))
        self.rules.append(rule)
        return rule

    def remove(self, rule_id=None):
        self.rules = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]

    def strike(self, host, method, path):
        """The first rule that fits, counted as used; None if the sky is clear."""
        for rule in self.rules:
            if rule.fits(host, method, path):
                rule.hits += 1
                rule.left -= 1 if rule.left > 0 else 0
                return rule.spec
        return None


def content(spec):
    """(status, headers, text) that a rule puts in the place of the answer, or None to answer normally."""
    if "aadsts" in spec or ("status" not in spec and "body" not in spec):
        return None
    headers = dict(spec.get("headers", {}))
    if "retry_after" in spec:
        headers["Retry-After"] = str(spec["retry_after"])
    status = spec.get("status", 200)
    body = spec.get("body")
    if body is None and spec.get("host") == "graph":
        code = {429: "TooManyRequests", 503: "serviceNotAvailable"}.get(status, "UnknownError")
        body = {"error": {"code": code, "message": "Weather.", "innerError": {}}}
    if isinstance(body, str):
        headers.setdefault("Content-Type", spec.get("content_type", "text/html; charset=utf-8"))
    else:
        headers.setdefault("Content-Type", spec.get("content_type", "application/json; charset=utf-8"))
        body = "" if body is None else json.dumps(body)
    return status, headers, body


async def suffer(request, spec):
    """Apply a rule to a request: the answer that replaces the real one, or None after a mere delay."""
    if spec.get("delay"):
        await asyncio.sleep(spec["delay"])
    if spec.get("close"):
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    found = content(spec)
    if found is None:
        return None
    status, headers, text = found
    return web.Response(status=status, headers=headers, body=text.encode())
