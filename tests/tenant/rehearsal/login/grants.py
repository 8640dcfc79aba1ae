# SPDX-License-Identifier: Apache-2.0
"""The grants of the token endpoint: (world, tenant, form, (client id, secret) of HTTP Basic, request) -> answer."""
import jwt

from . import authorize, clients, flows, refresh, registrations, scopes, signin_log, token_policy, tokens
from .clients import SHARED
from .errors import LoginError
from .signin import SignIn

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
BEARER_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SKEW = 300.0


def device_code(world, tenant, form, _basic, request):
    client = clients.for_person(world, tenant, form.get("client_id"))
    code = form.get("device_code") or form.get("code")
    if not code:
        raise LoginError(900144, field="device_code")
    clients.authenticate(world, client, form)
    if not client["isFallbackPublicClient"]:
        raise LoginError(7000218)
    flow = flows.poll(world, code, tenant, client)
    asked = token_policy.parse_claims(form.get("claims"))
    if asked:
        flow.claims = {**flow.claims, **asked}
    if world.switches.platform_of_poll == "poller":
        token_policy.check_platform(world, request.headers.get("User-Agent", ""))
    token_policy.check_contexts(world, flow)
    flow.poller = request.remote
    if flow.tenant_id not in SHARED and flow.user.id in world.users:
        token_policy.check_policies(world, flow, flow.address)
    return tokens.redeem(world, flow, form)


def client_credentials(world, tenant, form, basic, _request):
    if tenant in SHARED:
        raise LoginError(9001023)
    if (world.homes.by_id(tenant) or {}).get("cloud"):
        raise LoginError(900382)
    app_id, secret = basic
    client = clients.find(world, tenant, form.get("client_id") or app_id)
    azpacr = clients.authenticate(world, client, form, secret)
    if azpacr == "0":
        raise LoginError(7000218)
    resource = scopes.for_app(world, client, form.get("scope", ""))
    token_policy.check_app_only(world)
    if resource != "graph":
        api = world.registrations[resource]
        if api["appRoleAssignmentRequired"] and not registrations.assignments(world, api, client):
            raise LoginError(50105, app=api["displayName"], user=client["displayName"])
    return tokens.app_token(world, client, azpacr, resource)


def on_behalf_of(world, tenant, form, basic, request):
    """An API trades a user's token for another API's: the assertion is an access token made for the API that asks."""
    client = clients.for_person(world, tenant, form.get("client_id") or basic[0])
    azpacr = clients.authenticate(world, client, form, basic[1], public=False)
    text = form.get("assertion")
    if not text:
        raise LoginError(900144, field="assertion")
    key_id, found = _opened(world, text)
    if key_id is None or found.get("aud") not in (client["appId"], *client["identifierUris"]):
        reason = "the signature does not verify" if key_id is None else "the audience is another application"
        wrong_kind = key_id is not None and world.registration(str(found.get("aud"))) and "scp" not in found
        raise LoginError(240002) if wrong_kind else LoginError(50013, reason=reason)
    if "scp" not in found:
        raise LoginError(240002)
    if not found["nbf"] - SKEW <= world.clock.now() < found["exp"] + SKEW:
        raise LoginError(500133)
    user = world.users.get(found.get("oid"))
    account = world.account(user.home["mail"]) if user is not None else None
    if account is None:
        raise LoginError(50034, user=found.get("preferred_username", ""), tenant=world.tenant["name"])
    signin = SignIn(tenant, client, scopes.for_user(world, client, form.get("scope", "")), world.clock.monotonic(),
                    world.clock.now(), 0, state="approved", user=user, account=account,
                    auth_time=found.get("auth_time", found["iat"]), amr=list(found.get("amr", [])),
                    address=request.remote)
    signin_log.about(user=user, account=signin.account, client=client)
    if not scopes.consented(world, client, signin.scopes, user):
        raise LoginError(65001, suberror="consent_required", app=client["displayName"], app_id=client["appId"])
    return tokens.answer_for(world, signin, form, azpacr, "web")


def _opened(world, text):
    """(kid, claims) of a token of this tenant; (None, {}) of anything else."""
    try:
        kid = jwt.get_unverified_header(text).get("kid")
        key = next(one for one in world.keys.published() if one.kid == kid)
        return kid, jwt.decode(text, key.private.public_key(), algorithms=["RS256"], options={
            "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False})
    except (jwt.PyJWTError, StopIteration):
        return None, {}


GRANTS = {DEVICE_GRANT: device_code, "device_code": device_code, "client_credentials": client_credentials,
          "authorization_code": authorize.redeem, "refresh_token": refresh.grant, BEARER_GRANT: on_behalf_of}
