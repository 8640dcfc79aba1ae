# SPDX-License-Identifier: Apache-2.0
"""What policy says to a program: at the poll, at the redemption of a code, at refresh, to an application alone.

Conditional Access is not evaluated here; identity.Policy holds its outcome, this module its errors (entra-facts 2.5,
3.4, 3.6, 5.1). `claims` of an error is a JSON document inside a string.
"""
import json

from ..conditional import enforce
from . import claims as claim
from .errors import LoginError

PLATFORMS = ("linux", "windows", "mac", "android", "iphone", "ipad")


def parse_claims(text):
    """The `claims` parameter; anything but a JSON object is an invalid request."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(_well_formed(one) for one in found.values()):
        raise LoginError(165900)
    return found


def _well_formed(asked):
    """{claim: null or {"value": , "values": [...]}} of one token."""
    return isinstance(asked, dict) and all(
        one is None or (isinstance(one, dict) and isinstance(one.get("values", []), list)) for one in asked.values())


def _capolids(ids):
    return json.dumps({"access_token": {"capolids": {"essential": True, "values": ids}}})


def blocked(world, capolids=None, code=53003, **words):
    ids = capolids or world.identity.policy.capolids
    return LoginError(code, suberror="message_only", claims=_capolids(ids), **words)


def step_up(code, policy, **words):
    return LoginError(code, suberror="basic_action", claims=_capolids(policy.capolids), **words)


def check_contexts(world, signin):
    """A requested context whose policy is not satisfied: interaction_required with what must be asked for again."""
    for token in ("access_token", "id_token"):
        context = claim.requested_context(signin.claims, token)
        if context and not claim.context_satisfied(world, signin, context):
            if world.identity.policy.contexts[context] == "block":
                raise blocked(world)
            asked = json.dumps({token: {"acrs": {"essential": True, "value": context}}})
            raise LoginError(50076, error="interaction_required", suberror="basic_action", claims=asked)


def check_platform(world, agent):
    """A platform policy sees the User-Agent of whoever asks for the token."""
    if world.identity.policy.platforms and not any(one in agent.lower() for one in PLATFORMS):
        raise LoginError(50005)


def check_policies(world, signin, address):
    """Policies are looked at again when the token is asked for: they may have changed since the browser's leg."""
    need, ids, _ = enforce.look(world, signin, address)
    if need is None:
        return
    words = {"user": signin.account.mail, "app": signin.client["displayName"], "tenant": world.tenant["name"], "idp": "",
             "resource": signin.scopes.resource}
    if need.block:
        raise blocked(world, ids, need.block, **words) if need.block == 53003 else LoginError(need.block, **words)
    raise step_up(need.ask if need.ask in (50076, 50078, 50079) else 50158, world.identity.policy, **words)


def check_refresh(world, held, signin):
    """Policy at refresh; a token that the authentication-flows policy met is dead for ever (530036)."""
    policy, age = world.identity.policy, world.clock.now() - signin.auth_time
    if policy.block_device_code and signin.by_device_code:
        held.dead = 530036
        raise LoginError(530036)
    words = {"issued": world.clock.iso(held.issued), "lifetime": policy.sign_in_frequency}
    if policy.every_time:
        raise LoginError(70046, suberror="bad_token")
    if policy.sign_in_frequency is not None and age > policy.sign_in_frequency:
        raise LoginError(70043, suberror="token_expired", **words)
    if policy.require_mfa and "mfa" not in signin.amr:
        raise step_up(50076, policy, resource=signin.scopes.resource)
    if policy.mfa_max_age is not None and age > policy.mfa_max_age:
        raise step_up(50078, policy, resource=signin.scopes.resource)


def check_app_only(world):
    """Workload identities of a single-tenant application are subject to policy (3.6)."""
    if world.identity.policy.blocked_app_only:
        raise blocked(world)
