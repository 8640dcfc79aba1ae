# SPDX-License-Identifier: Apache-2.0
"""One request in the weather: the wait before it, the answer in the place of the real one, and the way it is sent."""
from aiohttp import web

from ..login import http as login_http
from . import spoil, wire
from ..login.errors import LoginError, response
from .rules import Strike, content, fields


def _root(request, host):
    """Address of the host that was asked; the machine's own services are known by the request only."""
    world = request.app["world"]
    return {"login": world.login, "graph": world.graph}.get(host) or str(request.url.origin())


def _replacement(world, request, strike, host):
    """The answer that takes the real one's place, or None."""
    spec = strike.replace
    if spec is None:
        return None
    if "aadsts" in spec:
        wrong = LoginError(spec["aadsts"], status=spec.get("status"))
        answer = response(world, wrong, login_http.correlation_of(request))
        answer.headers.update(fields(world, spec))
        return answer
    status, headers, text = content(world, spec, host, _root(request, host), request.path_qs)
    return web.Response(status=status, headers=headers, body=text.encode())


async def _ends(request, strike):
    """Wait and close as STRIKE says; true when there is nobody to answer any more."""
    if strike.delay and await request.app["world"].held.wait(request, strike.delay):
        wire.abort(request)
        return True
    return strike.close


async def through(request, handler, host):
    """The answer to REQUEST, after all that the rules in force do to it."""
    world = request.app["world"]
    strike = world.weather.strike(host, request.method, request.path)
    if strike and await _ends(request, strike):
        return wire.Gone()
    answer = _replacement(world, request, strike, host) if strike else None
    if answer is None:
        try:
            answer = await handler(request)
        except web.HTTPException as gone:  # no such path, or a redirect
            answer = gone
    inner = Strike()
    for one in request.get("inner_strikes", ()):  # members of a batch
        inner.absorb(one)
    if await _ends(request, inner):
        return wire.Gone()
    strike = strike or Strike()
    strike.absorb(inner)
    return _finished(request, answer, strike, host)


def _finished(request, answer, strike, host):
    world = request.app["world"]
    for spec in strike.extra:
        answer.headers.update(fields(world, spec))
        if "content_type" in spec:
            answer.headers["Content-Type"] = spec["content_type"]
    request["date"] = answer.headers.get("Date")  # weather's own, since aiohttp puts its Date later
    if strike.rotate and answer.status < 400:
        world.keys.rotate(strike.rotate == "drop")
    if strike.shapes():
        out = wire.Answer.of(answer, _root(request, host) + request.path_qs, world.clock.http_date())
        spoil.apply(out, strike.spoils)
        return wire.Sent(out, strike, world.held)
    if isinstance(answer, web.HTTPException):
        raise answer
    return answer
