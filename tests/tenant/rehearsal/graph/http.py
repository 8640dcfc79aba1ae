# SPDX-License-Identifier: Apache-2.0
"""Graph on the wire: headers, JSON bodies, error bodies, and $batch."""
import json
import urllib.parse
import uuid

from aiohttp import web

from . import endpoints as graph_endpoints
from .call import Call
from .errors import GraphError, bad_request
from .errors import body as error_body
from ..weather.rules import content
from ..world.world import GUID

MAX_BATCH = 20
COMPACT = (",", ":")
JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


def _parse_body(text):
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as wrong:
        raise bad_request("Unable to read JSON request payload: it is not valid JSON.", "BadRequest") from wrong


def _batch_members(envelope):
    members = envelope.get("requests") if isinstance(envelope, dict) else None
    if not isinstance(members, list) or not 1 <= len(members) <= MAX_BATCH:
        raise bad_request(f"A batch holds 1 to {MAX_BATCH} requests.", "BadRequest")
    seen = set()
    for one in members:
        good = isinstance(one, dict) and all(isinstance(one.get(name), str) for name in ("id", "method", "url"))
        if not good or one["id"] in seen:
            raise bad_request("Each request of a batch needs a unique id, a method and a url.", "BadRequest")
        if not (isinstance(one.get("headers"), (dict, type(None)))
                and isinstance(one.get("dependsOn"), (list, type(None)))):
            raise bad_request(f"Request {one['id'][:40]} has headers or a dependsOn of the wrong type.", "BadRequest")
        for before in one.get("dependsOn") or ():
            if not isinstance(before, str) or before not in seen:
                raise bad_request(f"Request {one['id']} depends on an id that does not come before it.", "BadRequest")
        seen.add(one["id"])
    return members


def _inner(world, graph, one, caller, ids, strikes):
    """One member of a batch, with weather and throttling of its own; what strikes it is added to STRIKES."""
    path, _, query = one["url"].partition("?")
    path = urllib.parse.unquote(path if path.startswith("/") else "/" + path)
    strike = world.weather.strike("graph", one["method"].upper(), "/v1.0" + path)
    if strike:
        strikes.append(strike)
    if strike and strike.replace and "aadsts" not in strike.replace:
        status, headers, text = content(world, strike.replace, "graph", world.graph, "/v1.0" + path)
        try:
            return status, headers, json.loads(text)
        except ValueError:
            return status, headers, None
    headers = {str(name).lower(): str(value) for name, value in (one.get("headers") or {}).items()}
    query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    call = Call(one["method"].upper(), path, query, headers, one.get("body"), caller)
    extra = {}
    try:
        status, body = graph.answer(call)
    except GraphError as wrong:
        status, body, extra = wrong.status, error_body(world, wrong, *ids), wrong.headers
    return status, {"Content-Type": "application/json", **call.extra, **extra}, body


def batch(world, graph, envelope, caller, ids, strikes):
    """Answers in another order than asked, since Graph promises none."""
    answers, failed = [], set()
    for one in _batch_members(envelope):
        if any(before in failed for before in one.get("dependsOn") or ()):
            wrong = GraphError(424, "FailedDependency", "A request this one depends on failed.")
            status, headers, body = 424, {"Content-Type": "application/json"}, error_body(world, wrong, *ids)
        else:
            status, headers, body = _inner(world, graph, one, caller, ids, strikes)
        if status >= 400:
            failed.add(one["id"])
        answers.append({"id": one["id"], "status": status, "headers": headers, "body": body})
    return {"responses": list(reversed(answers))}


def _wire(status, out, headers):
    """No content has neither body nor type; a bare number is text."""
    if out is None:
        return web.Response(status=status, headers=headers)
    plain = isinstance(out, int) and not isinstance(out, bool)
    return web.Response(status=status, body=json.dumps(out, separators=COMPACT).encode(),
                        headers={**headers, "Content-Type": "text/plain" if plain else JSON_TYPE})


async def handle(request):
    """Every request under /v1.0."""
    world, graph = request.app["world"], request.app["graph"]
    given = request.headers.get("client-request-id", "")
    ids = (str(uuid.uuid4()), given if GUID.match(given) else str(uuid.uuid4()))
    path = "/" + request.match_info["tail"]
    headers = {"request-id": ids[0], "client-request-id": ids[1]}
    try:
        caller = graph.caller_of(request.headers.get("Authorization", ""))
        body = _parse_body(await request.text()) if request.can_read_body else None
        if path == "/$batch" and request.method == "POST":
            status, out = 200, batch(world, graph, body, caller, ids, request.setdefault("inner_strikes", []))
        else:
            lower = {name.lower(): value for name, value in request.headers.items()}
            call = Call(request.method, path, dict(request.query), lower, body, caller, headers)
            status, out = graph.answer(call)
    except GraphError as wrong:
        headers.update(wrong.headers)
        status, out = wrong.status, error_body(world, wrong, *ids)
    return _wire(status, out, headers)
