# SPDX-License-Identifier: Apache-2.0
"""Control calls about the identity platform: the service's health, policy's outcome, accounts, refresh tokens."""
from .. import imds
from .calls import Refused, call
from ..world.homes import Account

RECORD = {"claimed_email": (str, type(None)), "provider_session_ended": bool, "device": (str, type(None))}


def _members(record):
    return dict(vars(record))


@call("GET", "/health", "how the login service is")
def health(world, _request, _body):
    return _members(world.identity.health)


@call("PATCH", "/health",
      "{\"login\": good|retryable|timeout|throttled|..., \"retry_after\": seconds, \"data_centre\": name}")
def set_health(world, request, body):
    world.identity.health.update(body)
    return health(world, request, body)


@call("GET", "/policy", "what policies would say to a program")
def policy(world, _request, _body):
    return _members(world.identity.policy)


@call("PATCH", "/policy",
      "block_device_code, require_mfa, mfa_max_age, sign_in_frequency, every_time, platforms, blocked_app_only, "
                          "capolids, contexts {\"c1\": mfa|fresh|block}")
def set_policy(world, request, body):
    world.identity.policy.update(body)
    return policy(world, request, body)


def _account(world, request) -> Account:
    account = world.account(request.match_info["mail"])
    if account is None:
        raise Refused(404, "nobody signs in with that address")
    return account


@call("PATCH", "/accounts/{mail}",
      "an account at its home, as tokens show it: claimed_email, provider_session_ended, device")
def set_account(world, request, body):
    account = _account(world, request)
    for name, value in body.items():
        if name not in RECORD or not isinstance(value, RECORD[name]):
            raise Refused(400, f"an account has no {name} = {value!r}")
    account.record.update(body)
    return {"mail": account.mail, **{name: account.record.get(name) for name in RECORD}}


@call("POST", "/accounts/{mail}/revoke",
      "the home ends all sessions and refresh tokens issued before now; {\"password\": true}: by a new password")
def revoke_account(world, request, body):
    account = _account(world, request)
    name = "password_changed_at" if body.get("password") else "sessions_revoked_at"
    account.record[name] = world.clock.now()
    return {"mail": account.mail, name: account.record[name]}


@call("GET", "/machine", "the machine that IMDS and Arc speak for")
def machine(world, _request, _body):
    return {name: value for name, value in _members(world.identity.machine).items() if name != "cache"}


@call("PATCH", "/machine",
      "identities (names of registrations), state good|restarting|not_yet|throttled|broken|unavailable, "
                           "failures (so many requests; -1: all), "
                           "challenge good|traversal|elsewhere|oversized|missing|no_suffix|bare")
def set_machine(world, request, body):
    if body.get("state", "good") not in imds.STATES or body.get("challenge", "good") not in imds.CHALLENGES:
        raise Refused(400, "no such state or challenge")
    world.identity.machine.update(body)
    return machine(world, request, body)


@call("PATCH", "/devices/{id}", "a device object of the tenant: {\"exists\": false}")
def set_device(world, request, body):
    world.identity.devices[request.match_info["id"]] = bool(body["exists"])
    return world.identity.devices


@call("GET", "/refresh-tokens", "refresh tokens in force, without the tokens")
def refresh_tokens(world, _request, _body):
    return [{"as": one.signin.account.mail, "client_id": one.signin.client["appId"], "platform": one.platform,
             "by_device_code": one.signin.by_device_code, "issued": one.issued, "uses": one.uses, "dead": one.dead}
            for one in world.identity.refresh.values()]


@call("PATCH", "/organisations/{tenant}/cloud",
      "the cloud an organisation lives in: cloud (null: ours), cross_cloud_clients")
def set_cloud(world, request, body):
    home = world.homes.by_id(world.tenant_id(request.match_info["tenant"]))
    if home is None:
        raise Refused(404, "no such organisation")
    home.update({name: body[name] for name in ("cloud", "cross_cloud_clients") if name in body})
    return {name: home.get(name) for name in ("cloud", "cross_cloud_clients")}
