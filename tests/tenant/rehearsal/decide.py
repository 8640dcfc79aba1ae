# SPDX-License-Identifier: Apache-2.0
"""What Entra decides in the browser once a person has proven an identity: may this one get a token here?"""
from . import redemption, registrations
from .crosstenant import crossing
from .errors import TABLE, LoginError
from .scopes import consented


class Verdict:
    """The user object, or the AADSTS number of the block page; `consent` if a page must be accepted first."""

    def __init__(self, user=None, code=None, consent=False):
        self.user, self.code, self.consent = user, code, consent


def judge(world, flow, account, remembered):
    """The verdict on this account for this sign-in."""
    user = world.user_of(account)
    stopped = crossing(world, account, user, flow.client["appId"]) if account.kind == "entra" else None
    if stopped:
        return Verdict(code=stopped)
    if user is None:
        return Verdict(code=16000 if remembered else 50020)
    if user.props["accountEnabled"] is not True:
        return Verdict(code=500571 if user.external else 50057)
    pending = user.props["externalUserState"] == "PendingAcceptance"
    if pending and not world.switches.redeem_in_device_flow:
        return Verdict(code=50014)
    if world.switches.policy_block:
        return Verdict(user, world.switches.policy_block)
    if flow.scopes.resource != "graph":
        api = world.registrations[flow.scopes.resource]
        if api["appRoleAssignmentRequired"] and not registrations.assignments(world, api, user):
            return Verdict(user, 50105)
    if not consented(world, flow.client, flow.scopes, user):
        return Verdict(user, 65001)
    return Verdict(user, consent=user.external and (user.first_sign_in or pending))


def accept(world, user, account):
    """The person accepted the page of the first sign-in: an invitation is redeemed by that."""
    user.first_sign_in = False
    redemption.accept(world, user, account)


def approve(world, flow, user, account, auth_time, address, amr):
    flow.state, flow.user, flow.account = "approved", user, account
    flow.auth_time, flow.amr = auth_time, amr
    flow.address = world.switches.browser_address or address


def block(flow, code, account=None):
    """A block page was shown; another person may still complete the code until it expires."""
    flow.state, flow.block_code, flow.account = "blocked", code, account


def text_of(world, code, account):
    """The sentence of the block page."""
    idp = "" if account is None else (f"https://sts.windows.net/{account.tid}/" if account.tid else account.kind)
    words = {"user": account.mail if account else "", "idp": idp, "tenant": world.tenant["name"],
             "app": world.registrations["signin"]["displayName"], "app_id": world.registrations["signin"]["appId"]}
    return LoginError(code, **words).text if code in TABLE else "Your sign-in was blocked."


def as_person(world, user_code_flow, mail, force=False, address="127.0.0.1"):
    """Control's shortcut: the person `mail` completes the browser leg. Returns the AADSTS number or None."""
    account = world.account(mail)
    if account is None:
        raise ValueError(f"nobody signs in as {mail}")
    user = world.user_of(account)
    verdict = Verdict(user) if force and user else judge(world, user_code_flow, account, False)
    if verdict.code:
        block(user_code_flow, verdict.code, account)
        return verdict.code
    accept(world, verdict.user, account)
    approve(world, user_code_flow, verdict.user, account, world.clock.now(), address,
            ["otp"] if account.kind == "mail" else ["pwd", "mfa"])
    return None
