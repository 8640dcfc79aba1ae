# SPDX-License-Identifier: Apache-2.0
"""What the endpoints for programs share: correlation, the error body, the tenant in the path, the form."""
import uuid

from aiohttp import web

from .clients import SHARED
from .errors import LoginError, response
from ..world.world import GUID


def correlation_of(request):
    """The client's own id of the request, or one that this request keeps."""
    if "correlation" not in request:
        given = request.headers.get("client-request-id", "")
        request["correlation"] = given.lower() if GUID.match(given) else str(uuid.uuid4())
    return request["correlation"]


def unwell(world):
    """LoginError if the service's health is not good."""
    number = world.identity.health.number
    if number:
        wrong = LoginError(number, tenant=world.tenant["name"])
        wrong.retry_after = world.identity.health.retry_after
        raise wrong


def endpoint(handler):
    """Wrap a handler of the login host: errors get their documented body, answers their usual headers."""
    async def run(request):
        world = request.app["world"]
        correlation = correlation_of(request)
        try:
            if request.method == "POST":
                unwell(world)
            answer = web.json_response(await handler(world, request))
        except LoginError as wrong:
            answer = response(world, wrong, correlation)
            if wrong.retry_after is not None:
                answer.headers["Retry-After"] = str(wrong.retry_after)
        answer.headers["x-ms-request-id"] = str(uuid.uuid4())
        if request.headers.get("return-client-request-id", "").lower() == "true":
            answer.headers["client-request-id"] = correlation
        if request.method == "POST":
            answer.headers["Cache-Control"] = "no-store, no-cache"
            answer.headers["Pragma"] = "no-cache"
        return answer
    return run


def tenant_of(world, request):
    """GUID of the tenant in the path, or one of the shared names."""
    ref = request.match_info["tenant"]
    if ref in SHARED:
        return ref
    found = world.tenant_id(ref)
    if found is None:
        raise LoginError(90002, tenant=ref)
    return found


async def form_of(request):
    if request.content_type != "application/x-www-form-urlencoded":
        raise LoginError(900144, field="grant_type" if request.path.endswith("/token") else "client_id")
    return await request.post()
