# SPDX-License-Identifier: Apache-2.0
"""Host A for programs: device authorization, the token endpoint, and requests that name no tenant."""
from aiohttp import web

from . import clients, flows, scopes, signin_log, token_policy
from .errors import LoginError
from .grants import GRANTS
from .http import correlation_of, endpoint, form_of, tenant_of

# `message` in the language of ?mkt=xx-XX
MESSAGES = {
    "en": "To sign in, use a web browser to open the page {page} and enter the code {code} to authenticate.",
    "de": "Um sich anzumelden, \u00f6ffnen Sie in einem Browser die Seite {page} und geben Sie den Code {code} ein.",
    "fr": "Pour vous connecter, ouvrez la page {page} dans un navigateur et entrez le code {code}.",
}
routes = web.RouteTableDef()


@routes.post("/{tenant}/oauth2/v2.0/devicecode")
@endpoint
async def devicecode(world, request):
    tenant = tenant_of(world, request)
    form = await form_of(request)
    client = clients.for_person(world, tenant, form.get("client_id"))
    if client["isFallbackPublicClient"] and (form.get("client_secret") or form.get("client_assertion")):
        raise LoginError(700025)
    if not client["isFallbackPublicClient"] and world.switches.confidential_device_code == "request":
        raise LoginError(90136)
    asked = scopes.for_user(world, client, form.get("scope", ""))
    wanted = token_policy.parse_claims(form.get("claims"))
    flow = flows.begin(world, tenant, client, asked)
    flow.correlation = correlation_of(request)
    flow.data_centre = world.identity.health.data_centre
    if world.switches.claims_at_devicecode:
        flow.claims = wanted
    page = f"{world.login}/{world.switches.device_page}"
    language = request.query.get("mkt", "")[:2].lower()
    message = MESSAGES.get(language, MESSAGES["en"]).format(page=page, code=flow.user_code)
    return {"user_code": flow.user_code, "device_code": flow.device_code, "verification_uri": page,
            "expires_in": flow.expires_in, "interval": flow.interval,
            "message": message if world.switches.device_message is None else world.switches.device_message}


@routes.post("/{tenant}/oauth2/v2.0/token")
@endpoint
async def token(world, request):
    tenant = tenant_of(world, request)
    form = await form_of(request)
    grant = form.get("grant_type")
    if not grant:
        raise LoginError(900144, field="grant_type")
    if grant not in GRANTS:
        raise LoginError(70003, grant=grant)
    with signin_log.attempt(world, request, correlation_of(request), form):
        return GRANTS[grant](world, tenant, form, clients.from_basic(request.headers.get("Authorization", "")), request)


@routes.post("/oauth2/v2.0/token")
@routes.post("/oauth2/v2.0/devicecode")
@endpoint
async def no_tenant(_world, _request):
    raise LoginError(90019)
