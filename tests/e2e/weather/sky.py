# SPDX-License-Identifier: Apache-2.0
"""Bringing weather about and taking it away again: through the tenant's control API, and the host's names."""

import contextlib
import time

from support.waiting import until
from weather.kinds import CALL, NAME, RULE, SKY

CACHED_S = 65  # libcurl remembers a name for a minute
STRUCK = ("device-flow-unanswered", "authority-read-failed", "app-token-failed", "sync-failed")


class Sky:
    """What blows at the moment, and whether it struck."""

    def __init__(self, host, tenant, kind, point):
        self.host, self.tenant, self.kind, self.point = host, tenant, kind, point
        self.hosts = [point.host] if point.host else ["login", "graph"]
        self.entry = tenant.catalogue().get(kind.name)
        self.lines = self._struck_lines()

    def begin(self):
        kind = self.kind
        if kind.by == RULE:
            self._add_rules()
        elif kind.by == SKY:
            for name in self.hosts:
                self._call(name, self.entry["body"])
        elif kind.by == NAME:
            self.tenant.names_known(*{"login", "graph"} - set(self.hosts))
            self._forget_names()
        elif kind.clock:
            self.tenant.control("PUT", "/clock", {"offset": kind.clock})
        else:
            for name in self.hosts:
                self._call(name, self.entry["body"])

    def end(self):
        self.tenant.control("DELETE", "/weather")
        if self.kind.by == SKY:
            for name in self.hosts:
                self._call(name, {})
        if self.kind.by == NAME:
            self.tenant.names_known("login", "graph")
        if self.kind.clock:
            self.tenant.control("PUT", "/clock", {"offset": 0})

    def _add_rules(self):
        point = self.point
        rule = self.kind.rule or self.entry["body"]
        where = {"path": point.path, "method": point.method}
        where = {name: value for name, value in where.items() if value}
        times = {} if point.lasting else {"times": 1}
        for name in self.hosts:
            self.tenant.control("POST", "/weather", {"host": name, **where, **times, **rule})

    def _call(self, name, body):
        self.tenant.control(self.entry["method"], self.entry["path"].format(host=name), body)

    def _forget_names(self):
        """libcurl's cache knows it for a while, and kept connections need none."""
        if self.point.phase in ("code", "poll", "verification"):
            gone = time.monotonic()
            until(lambda: time.monotonic() - gone > CACHED_S, CACHED_S + 30, "the cached name is forgotten", step_s=1)
        for name in self.hosts:
            self.tenant.control("DELETE", f"/sky/{name}/connections")

    def _struck_lines(self):
        return sum(len(self.host.log_lines(event)) for event in STRUCK)

    def hits(self):
        return sum(rule["hits"] for rule in self.tenant.control("GET", "/weather"))

    def wait_until_struck(self, limit_s=120):
        """A rule counts its strikes; what is over a whole host is seen from the daemon's log only."""
        if self.kind.by == RULE:
            until(self.hits, limit_s, f"{self.kind.name} strikes at {self.point}", step_s=0.05)
        elif self.kind.by != CALL:
            until(lambda: self._struck_lines() > self.lines, limit_s,
                  lambda: f"{self.kind.name} strikes at {self.point}\n{self.host.log_tail()}", step_s=0.2)


@contextlib.contextmanager
def weather(host, tenant, kind, point):
    sky = Sky(host, tenant, kind, point)
    try:
        sky.begin()
        yield sky
    finally:
        sky.end()


@contextlib.contextmanager
def held(tenant, point):
    """The next request at POINT waits; what was over its host meanwhile stays over the next attempt."""
    rule = tenant.control("POST", "/weather", {"host": point.host, "path": point.path, "stall": "headers"})

    def wait():
        until(lambda: tenant.control("GET", "/weather/held")["held"], 60, f"a request waits at {point}", step_s=0.05)

    def release():
        tenant.control("DELETE", f"/weather/{rule['id']}")
        tenant.control("POST", "/weather/release")
    try:
        yield wait, release
    finally:
        tenant.control("DELETE", "/weather")
