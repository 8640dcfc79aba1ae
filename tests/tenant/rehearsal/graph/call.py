# SPDX-License-Identifier: Apache-2.0
"""One Graph request as a plain value, so that $batch can nest them; and the table of endpoints."""
import re
from dataclasses import dataclass, field

ROUTES = {}  # first segment, without a key in brackets: [(method, pattern, Endpoint)]


def _head(path):
    """"applications" of "/applications(appId='...')/owners"."""
    return path[1:].partition("/")[0].partition("(")[0]


@dataclass(frozen=True)
class Caller:
    """Who asks: an application, by itself (`user_id` empty) or for a user."""
    app_id: str
    permissions: frozenset
    user_id: str = ""

    @property
    def delegated(self):
        return bool(self.user_id)


@dataclass
class Call:
    """One Graph request, from the wire or from inside a batch."""
    method: str
    path: str
    query: dict
    headers: dict
    body: object
    caller: Caller
    extra: dict = field(default_factory=dict)  # headers of the answer

    def can(self, permission):
        return permission in self.caller.permissions

    def eventual(self):
        return self.headers.get("consistencylevel", "").lower() == "eventual"

    def advanced(self):
        """An advanced query: the header and $count=true; $search needs the header only."""
        return self.eventual() and (self.query.get("$count", "").lower() == "true" or "$search" in self.query)


@dataclass(frozen=True)
class Endpoint:
    """handler(graph, call, *path parts) -> (status, JSON); `permission` is a row of graph_permissions."""
    handler: object
    permission: str
    cost: int = 1             # resource units of 7.7 before $select, $top and $expand
    quota: str = "directory"  # which of graph_throttle's quotas it draws on
    writes: bool = False


def endpoint(method, path, permission, cost=1, quota="directory", writes=None):
    """Register a handler under a path with {names}; a cast or action may carry the prefix microsoft.graph."""
    text = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    text = re.sub(r"\{\w+\}", r"([^/]+)", text)
    pattern = re.compile(f"^{text}$")
    writes = method in ("PATCH", "DELETE", "PUT") if writes is None else writes

    def register(handler):
        entry = Endpoint(handler, permission, cost, quota, writes)
        routes = ROUTES.setdefault(_head(path), [])
        routes.append((method, pattern, entry))
        routes.sort(key=lambda route: route[1].groups)  # /users/delta goes before /users/{ref}
        return handler
    return register


def find(method, path):
    """(Endpoint, parts), or None if no such path, or (None, ()) if only the method is wrong."""
    wrong_method = None
    for one, pattern, found in ROUTES.get(_head(path), ()):
        hit = pattern.match(path)
        if hit and one == method:
            return found, hit.groups()
        if hit:
            wrong_method = (None, ())
    return wrong_method
