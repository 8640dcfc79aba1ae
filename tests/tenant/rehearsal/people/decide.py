# SPDX-License-Identifier: Apache-2.0
"""What Entra decides in the browser once a person has proven an identity: may this one get a token here?"""
import secrets
from dataclasses import dataclass

from ..login import registrations
from . import policy
from ..world import crosstenant, redemption
from ..login.errors import TABLE, LoginError
from ..world.redemption import PENDING
from ..login.scopes import consented
from ..login.signin import SHARED, HomeUser
from .walk import Session, Walk


@dataclass
class Verdict:
    """The user object and nothing else: let it pass. `code`: block page. `step`: a page that comes first, with the
    number
    that the log gives it."""
    user: object = None
    code: int = None
    step: str = ""
    step_code: int = None


def _stranger(world, walk):
    """The number for an identity that has no user object here (entra-facts 5.2: GUEST_NOT_HERE)."""
    account, switches = walk.account, world.switches
    if world.deleted_of(account) is not None:
        return switches.deleted_guest_code
    if walk.remembered:
        return switches.remembered_stranger_code
    if account.kind == "msa":
        return switches.consumer_stranger_code
    return switches.federated_stranger_code if account.kind == "saml" else switches.stranger_code


def _pending(world, walk, user):
    """The number for a guest whose invitation is open, where this sign-in does not redeem it; None where it does."""
    if walk.invitation is not None and walk.invitation.user_id == user.id:
        return None
    return 50014 if walk.flow.by_device_code and not world.switches.redeem_in_device_flow else None


def user_for(world, walk):
    """The user object that this identity opens: by an invitation's link, also one whose invited address is an alias."""
    made = walk.invitation
    if made is not None:
        invited = world.users.get(made.user_id)
        if invited is not None and world.owns(walk.account, made.mail) and (
                invited.props["externalUserState"] == PENDING or world.user_of(walk.account) is invited):
            return invited
        return None
    return world.user_of(walk.account)


def _may_enter(world, walk, user):
    """Border, object and state; the number of the block page or None."""
    account, flow = walk.account, walk.flow
    if account.kind == "entra":
        stopped = crosstenant.crossing(world, account, user, flow.client["appId"])
        if stopped:
            return stopped
    if user is None:
        return _stranger(world, walk)
    if user.props["accountEnabled"] is not True:
        return 500571 if user.external else 50057
    if account.record.get("risk"):
        return 53011
    return _pending(world, walk, user) if user.props["externalUserState"] == PENDING else None


def is_administrator(world, user):
    return any(role.endswith("Administrator") for role in world.directory_roles.get(user.id, ()))


def _app_consent(world, walk, user):
    """The verdict where the application lacks consent: ask this person, an administrator, or refuse (entra-facts
    17.5)."""
    flow, switches = walk.flow, world.switches
    resource = flow.scopes.resource
    required = resource != "graph" and world.registrations[resource]["appRoleAssignmentRequired"]
    if not required and (user.props["userType"] == "Member" or switches.guests_can_consent):
        return Verdict(user, step="appconsent", step_code=65001)
    if switches.missing_consent == "refused":
        return Verdict(user, 65001)
    risky = bool(flow.client.get("risky"))
    if not world.policies["adminConsentRequestPolicy"]["isEnabled"]:
        return Verdict(user, 900941 if risky else 90094)
    if (user.id, flow.client["appId"]) in world.consent_requests:
        return Verdict(user, 90096)
    return Verdict(user, step="approval", step_code=900942 if risky else 90095)


def _at_home(world, walk):
    """Over a shared path a person signs in to the own tenant, and our API is not there (entra-facts 1.2, 2.4)."""
    account = walk.account
    if account.kind == "msa":
        return Verdict(code=500202 if world.user_of(account) is not None else 500200)
    if account.kind != "entra":
        return Verdict(code=500207)
    walk.user = HomeUser(account)
    return Verdict(walk.user, None if walk.flow.scopes.resource == "graph" else 650052)


def judge(world, walk):
    """The verdict on this account for this sign-in; asked again after every page, since anything may have changed."""
    flow = walk.flow
    if flow.tenant_id in SHARED and walk.account.kind != "internal":
        return _at_home(world, walk)
    user = user_for(world, walk)
    code = _may_enter(world, walk, user)
    if code:
        return Verdict(user, code)
    walk.user = user
    if flow.for_application and flow.scopes.resource != "graph":
        api = world.registrations[flow.scopes.resource]
        if api["appRoleAssignmentRequired"] and not registrations.assignments(world, api, user):
            return Verdict(user, 50105)
    outcome = policy.evaluate(world, walk)
    walk.policies = outcome.policies
    walk.terms = outcome.terms
    if outcome.block:
        flow.capolids = list(outcome.capolids)
        return Verdict(user, outcome.block)
    if outcome.ask:
        return Verdict(user, step=outcome.step or policy.STEPS[outcome.ask], step_code=outcome.ask)
    if user.external and not walk.consented and (user.first_sign_in or user.props["externalUserState"] == PENDING):
        if not crosstenant.automatic_redemption(world, walk.account):
            return Verdict(user, step="consent", step_code=50204)
    if flow.for_application and flow.prompt == "consent" and "appconsent" not in walk.met:
        if not is_administrator(world, user):
            return Verdict(user, 90094)  # whatever was granted before (entra-facts 17.5)
        return Verdict(user, step="appconsent", step_code=65001)
    if flow.for_application and not consented(world, flow.client, flow.scopes, user):
        return _app_consent(world, walk, user)
    return Verdict(user)


def accept(world, user, account):
    """The person accepted the page of the first sign-in: an invitation is redeemed by that."""
    if isinstance(user, HomeUser):
        return
    user.first_sign_in = False
    redemption.accept(world, user, account)


def approve(world, flow, user, account, auth_time, address, amr):
    flow.state, flow.user, flow.account = "approved", user, account
    flow.auth_time, flow.amr = auth_time, amr
    flow.address = world.switches.browser_address or address


def block(flow, code, account=None):
    """A block page was shown; another person may still complete the code until it expires."""
    flow.state, flow.block_code, flow.account = "blocked", code, account


def text_of(world, code, account, flow=None):
    """The sentence of a block page."""
    idp = "" if account is None else (f"https://sts.windows.net/{account.tid}/" if account.tid else account.kind)
    app = flow.client if flow is not None else world.registrations["signin"]
    if code == 50105 and flow is not None and world.switches.assignment_names == "api":
        app = registrations.resource(world, flow.scopes.resource)
    words = {"user": account.mail if account else "", "idp": idp, "tenant": world.tenant["name"],
             "app": app["displayName"],
             "app_id": app["appId"]}
    return LoginError(code, **words).text if code in TABLE else "Your sign-in was blocked."


def as_person(world, flow, mail, force=False, address="127.0.0.1", amr=None):
    """Control's shortcut: the person `mail` completes the browser leg, accepting whatever a page would ask. Returns the
    AADSTS number or None."""
    account = world.account(mail)
    if account is None:
        raise ValueError(f"nobody signs in as {mail}")
    user = world.user_of(account)
    if not (force and user):
        walk = Walk("", Session("", {}), flow, flow.correlation, account, auth_time=world.clock.now(),
                    amr=("pwd", "mfa"))
        walk.consented, walk.met, walk.address = True, {"terms", *policy.STEPS.values()}, address
        verdict = judge(world, walk)
        code = verdict.code or (verdict.step_code if verdict.step else None)
        if code:
            block(flow, code, account)
            return code
        user = verdict.user
    accept(world, user, account)
    flow.session, flow.met = flow.session or secrets.token_urlsafe(24), set(policy.STEPS.values())
    amr = amr or (["otp"] if account.kind == "mail" else ["pwd", "mfa"])
    approve(world, flow, user, account, world.clock.now(), address, amr)
    return None
