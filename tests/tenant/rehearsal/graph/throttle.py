# SPDX-License-Identifier: Apache-2.0
"""Throttling (entra-facts 7.7): a bucket of resource units for each app, and the small quotas of single services.
Measured by the tenant's clock, so that moving it ends a wait."""
import math

from .errors import GraphError

BUCKET_SECONDS = 10
SIZES = ((50, 3500), (501, 5000))   # users of the tenant below which the bucket has that size
LARGEST = 8000
SHOWN_FROM = 0.8
# quota: (requests, seconds, per app, answer says how long to wait)
QUOTAS = {"conditional_access": (1, 1, False, False), "logs": (5, 10, True, True), "invitations": (150, 5, False, True)}
WRITES = ((3000, 150, True), (18000, 300, False))
MESSAGE = "Too many requests. Please try again after the time in Retry-After."


class Throttle:
    def __init__(self, world):
        self.world = world
        self.limits = {}      # set by control: name: number, [number, seconds] or None
        self._buckets = {}    # app id: (units used, time)
        self._windows = {}    # (quota, app id or ""): [times of requests]

    def size(self):
        if self.limits.get("units") is not None:
            return self.limits["units"]
        users = len(self.world.users)
        return next((size for below, size in SIZES if users < below), LARGEST)

    def charge(self, call, endpoint):
        """Count a request; GraphError 429 when its quota is used up. Tells the headers of the answer in call.extra."""
        app = call.caller.app_id
        if endpoint.quota in QUOTAS:
            number, seconds, per_app, says = QUOTAS[endpoint.quota]
            number, seconds = self._limit(endpoint.quota, number, seconds)
            self._window(endpoint.quota, app if per_app else "", number, seconds, says)
        if endpoint.quota != "directory":
            return
        if endpoint.writes:
            for number, seconds, per_app in WRITES:
                name, (number, seconds) = f"writes{seconds}", self._limit("writes", number, seconds)
                self._window(name, app if per_app else "", number, seconds, True)
        self._units(call, app, cost_of(call, endpoint.cost))

    def _units(self, call, app, cost):
        now, size = self.world.clock.now(), self.size()
        used, then = self._buckets.get(app, (0.0, now))
        used = max(0.0, used - max(0.0, now - then) * size / BUCKET_SECONDS)
        if used + cost > size:
            self._buckets[app] = (used, now)
            wait = math.ceil((used + cost - size) * BUCKET_SECONDS / size)
            raise self._slow({**self._scope(app), "x-ms-throttle-limit-percentage": f"{(used + cost) / size:.2f}",
                              "x-ms-throttle-information": "ResourceUnitLimitExceeded",
                              "Retry-After": str(max(wait, 1))})
        used += cost
        self._buckets[app] = (used, now)
        call.extra["x-ms-resource-unit"] = str(cost)
        if used >= SHOWN_FROM * size:
            call.extra.update({**self._scope(app), "x-ms-throttle-limit-percentage": f"{used / size:.2f}"})

    def _scope(self, app):
        return {"x-ms-throttle-scope": f"Tenant_Application/ReadWrite/{app}/{self.world.tenant['id']}"}

    def _limit(self, name, number, seconds):
        """Control may set a number, or a number and seconds."""
        given = self.limits.get(name)
        return given if isinstance(given, list) else (given or number, seconds)

    def _window(self, name, app, number, seconds, says):
        now = self.world.clock.now()
        times = [one for one in self._windows.get((name, app), ()) if now - seconds < one <= now]
        self._windows[name, app] = times
        if len(times) >= number:
            wait = max(1, math.ceil(times[len(times) - number] + seconds - now))
            raise self._slow({"Retry-After": str(wait)} if says else {})
        times.append(now)

    def _slow(self, headers):
        return GraphError(429, self.world.switches.graph_throttle_code, MESSAGE, headers)


def cost_of(call, base):
    """$select saves a unit, a page of less than 20 too, $expand costs one; at least one."""
    top = call.query.get("$top", "")
    return max(1, base - ("$select" in call.query) + ("$expand" in call.query) - (top.isdigit() and int(top) < 20))
