# SPDX-License-Identifier: Apache-2.0
"""Host A for programs: discovery, keys, device authorization and the token endpoint."""
import uuid

from aiohttp import web

from . import clients, flows, registrations, scopes, signin_log, tokens
from .errors import LoginError, response
from .keys import CONSUMERS
from .world import GUID

SHARED = ("common", "organizations", "consumers")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
routes = web.RouteTableDef()


def correlation_of(request):
    """The client's own id of the request, or one that this request keeps."""
    if "correlation" not in request:
        given = request.headers.get("client-request-id", "")
        request["correlation"] = given.lower() if GUID.match(given) else str(uuid.uuid4())
    return request["correlation"]


def endpoint(handler):
    """Wrap a handler of the login host: errors get their documented body, answers their usual headers."""
    async def run(request):
        world = request.app["world"]
        correlation = correlation_of(request)
        try:
            answer = web.json_response(await handler(world, request))
        except LoginError as wrong:
            answer = response(world, wrong, correlation)
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


@routes.get("/common/discovery/instance")
@endpoint
async def instance(world, request):
    asked = request.query.get("authorization_endpoint", "")
    host = world.login.removeprefix("https://")
    if not asked.startswith(world.login + "/"):
        raise LoginError(50049)
    tenant = asked[len(world.login) + 1:].split("/")[0]
    return {"tenant_discovery_endpoint": f"{world.login}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": request.query.get("api-version", "1.1"),
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]}


@routes.get("/{tenant}/v2.0/.well-known/openid-configuration")
@endpoint
async def discovery(world, request):
    tenant = tenant_of(world, request)
    base = f"{world.login}/{tenant}"
    named = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": CONSUMERS}.get(tenant, tenant)
    suffix = f"?appid={request.query['appid']}" if "appid" in request.query else ""
    graph_host = world.graph.removeprefix("https://")
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{base}/discovery/v2.0/keys{suffix}",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{world.login}/{named}/v2.0",
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": f"{world.graph}/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "http_logout_supported": True, "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "claims_supported": ["sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
                             "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username",
                             "name", "tid", "ver", "at_hash", "c_hash", "email"],
        "kerberos_endpoint": f"{base}/kerberos",
        "tenant_region_scope": None if tenant in SHARED else "EU",
        "cloud_instance_name": "microsoftonline.com", "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": graph_host, "rbac_url": "https://pas.windows.net",
    }


@routes.get("/{tenant}/discovery/v2.0/keys")
@endpoint
async def keys(world, request):
    tenant_of(world, request)
    return world.keys.document(world.login)


@routes.get("/{tenant}/discovery/keys")
@endpoint
async def keys_v1(world, request):
    tenant_of(world, request)
    return world.keys.document(world.login, with_issuer=False)


async def form_of(request):
    if request.content_type != "application/x-www-form-urlencoded":
        raise LoginError(900144, field="grant_type" if request.path.endswith("/token") else "client_id")
    return await request.post()


def client_of(world, tenant, app_id):
    """The registration a delegated request names; the shared paths are not for our single-tenant apps."""
    if tenant in SHARED:
        known = world.registration(app_id)
        if known:
            raise LoginError(50194, app_id=app_id, app=known["displayName"])
    return clients.find(world, tenant, app_id)


@routes.post("/{tenant}/oauth2/v2.0/devicecode")
@endpoint
async def devicecode(world, request):
    tenant = tenant_of(world, request)
    form = await form_of(request)
    client = client_of(world, tenant, form.get("client_id"))
    if client["isFallbackPublicClient"] and (form.get("client_secret") or form.get("client_assertion")):
        raise LoginError(700025)
    asked = scopes.for_user(world, client, form.get("scope", ""))
    flow = flows.begin(world, tenant, client, asked)
    flow.correlation = correlation_of(request)
    page = f"{world.login}/device"
    message = (f"To sign in, use a web browser to open the page {page} and enter the code "
               f"{flow.user_code} to authenticate.")
    return {"user_code": flow.user_code, "device_code": flow.device_code, "verification_uri": page,
            "expires_in": flow.expires_in, "interval": flow.interval,
            "message": message if world.switches.device_message is None else world.switches.device_message}


def grant_device_code(world, tenant, form, _basic):
    client = client_of(world, tenant, form.get("client_id"))
    code = form.get("device_code") or form.get("code")
    if not code:
        raise LoginError(900144, field="device_code")
    clients.authenticate(world, client, form)
    if not client["isFallbackPublicClient"]:
        raise LoginError(7000218)
    flow = flows.poll(world, code, tenant, client)
    return tokens.redeem(world, flow, form)


def grant_client_credentials(world, tenant, form, basic):
    if tenant in SHARED:
        raise LoginError(9001023)
    app_id, secret = basic
    client = clients.find(world, tenant, form.get("client_id") or app_id)
    azpacr = clients.authenticate(world, client, form, secret)
    if azpacr == "0":
        raise LoginError(7000218)
    resource = scopes.for_app(world, client, form.get("scope", ""))
    if resource != "graph":
        api = world.registrations[resource]
        if api["appRoleAssignmentRequired"] and not registrations.assignments(world, api, client):
            raise LoginError(50105, app=api["displayName"], user=client["displayName"])
    return tokens.app_token(world, client, azpacr, resource)


GRANTS = {DEVICE_GRANT: grant_device_code, "device_code": grant_device_code,
          "client_credentials": grant_client_credentials}


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
        return GRANTS[grant](world, tenant, form, clients.from_basic(request.headers.get("Authorization", "")))
