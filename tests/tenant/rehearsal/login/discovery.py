# SPDX-License-Identifier: Apache-2.0
"""Discovery documents of both versions, keys, instance discovery, home realms (entra-facts 1.2 to 1.5)."""
import urllib.parse

from aiohttp import web

from .clients import SHARED
from .errors import LoginError
from .keys import CONSUMERS
from .http import endpoint, tenant_of

INSTANCE = "microsoftonline.com"
routes = web.RouteTableDef()


@routes.get("/common/discovery/instance")
@endpoint
async def instance(world, request):
    """Whether the host of an authority is one of the cloud's; clients of Microsoft leave out its port."""
    asked = urllib.parse.urlsplit(request.query.get("authorization_endpoint", ""))
    host, name = world.login.removeprefix("https://"), urllib.parse.urlsplit(world.login).hostname
    if asked.scheme != "https" or asked.netloc not in (host, name):
        raise LoginError(50049)
    tenant = asked.path.strip("/").split("/")[0]
    return {"tenant_discovery_endpoint": f"{world.login}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": request.query.get("api-version", "1.1"),
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host, name]}]}


def _document(world, request, tenant):
    """What both versions say alike."""
    base, graph_host = f"{world.login}/{tenant}", world.graph.removeprefix("https://")
    return {
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "http_logout_supported": True, "frontchannel_logout_supported": True,
        "claims_supported": ["sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
                             "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username",
                             "name", "tid", "ver", "at_hash", "c_hash", "email"],
        "request_uri_parameter_supported": False,
        "kerberos_endpoint": f"{base}/kerberos",
        "tenant_region_scope": None if tenant in SHARED else "EU",
        "cloud_instance_name": INSTANCE, "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": graph_host, "rbac_url": "https://pas.windows.net",
    }


def _named(tenant):
    """How an issuer names the tenant: the shared names by a placeholder, personal accounts by their tenant."""
    return {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": CONSUMERS}.get(tenant, tenant)


def _suffix(request):
    return f"?appid={request.query['appid']}" if "appid" in request.query else ""


@routes.get("/{tenant}/v2.0/.well-known/openid-configuration")
@endpoint
async def discovery(world, request):
    """Version 2: the issuer of the shared names is a template, that of `consumers` the tenant of personal accounts."""
    tenant = tenant_of(world, request)
    base = f"{world.login}/{tenant}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys{_suffix(request)}",
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{world.login}/{_named(tenant)}/v2.0",
        "userinfo_endpoint": f"{world.graph}/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        **_document(world, request, tenant),
    }


@routes.get("/{tenant}/.well-known/openid-configuration")
@endpoint
async def discovery_v1(world, request):
    """Version 1: another issuer, with a slash at its end, and the endpoints without v2.0."""
    tenant = tenant_of(world, request)
    base = f"{world.login}/{tenant}"
    return {
        "token_endpoint": f"{base}/oauth2/token",
        "jwks_uri": f"{world.login}/{'common' if tenant in SHARED else tenant}/discovery/keys{_suffix(request)}",
        "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
        "scopes_supported": ["openid"],
        "issuer": f"https://sts.windows.net/{_named(tenant)}/",
        "microsoft_multi_refresh_token": True,
        "userinfo_endpoint": f"{base}/openid/userinfo",
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/devicecode",
        "check_session_iframe": f"{base}/oauth2/checksession",
        "end_session_endpoint": f"{base}/oauth2/logout",
        **_document(world, request, tenant),
    }


@routes.get("/{tenant}/discovery/v2.0/keys")
@endpoint
async def keys(world, request):
    tenant_of(world, request)
    instance_name = INSTANCE if world.switches.key_cloud_instance else None
    return world.keys.document(world.login, True, instance_name, world.registration(request.query.get("appid", "")),
                               world.switches.key_certificates == "expired")


@routes.get("/{tenant}/discovery/keys")
@endpoint
async def keys_v1(world, request):
    tenant_of(world, request)
    return world.keys.document(world.login, False, None, world.registration(request.query.get("appid", "")))


@routes.get("/common/userrealm/{username}")
@endpoint
async def userrealm(world, request):
    """Whether a sign-in name is managed, federated or unknown, by its domain."""
    name = request.match_info["username"]
    domain = name.rpartition("@")[2].lower()
    out = {"ver": request.query.get("api-version", "1.0"), "account_type": "Unknown", "domain_name": domain,
           "cloud_instance_name": INSTANCE, "cloud_audience_urn": "urn:federation:MicrosoftOnline"}
    home = next((one for one in world.homes.all if domain in one.get("domains", ())), None)
    ours = domain in (world.tenant["domain"], world.tenant["initial_domain"])
    if ours or (home and home.get("kind", "entra") == "entra"):
        out["account_type"] = "Managed"
    elif home and home.get("kind") == "saml":
        base = home.get("issuer") or f"https://{domain}/sts"
        out.update({"account_type": "Federated", "federation_protocol": "WSTrust",
                    "federation_metadata_url": f"{base}/mex", "federation_active_auth_url": f"{base}/usernamemixed"})
    return out
