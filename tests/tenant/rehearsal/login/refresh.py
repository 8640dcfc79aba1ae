# SPDX-License-Identifier: Apache-2.0
"""Refresh tokens: rotation that leaves the old one valid, their ends, what is checked again (entra-facts 3.4)."""
import dataclasses

from . import claims as claim, clients, registrations, scopes, signin_log, token_policy, tokens
from ..people import decide
from .errors import LoginError
from ..people.walk import Session, Walk

SUBERRORS = {65001: "consent_required", 50076: "basic_action", 50079: "basic_action", 50072: "basic_action"}


def grant(world, tenant, form, basic, request):
    """grant_type=refresh_token."""
    client = clients.for_person(world, tenant, form.get("client_id") or basic[0])
    text = form.get("refresh_token")
    if not text:
        raise LoginError(900144, field="refresh_token")
    held = world.identity.refresh.get(text)
    if held is None:
        raise LoginError(70000)
    azpacr = clients.authenticate(world, client, form, basic[1], public=held.platform != "web")
    if held.signin.client["appId"] != client["appId"]:
        raise LoginError(700007, app_id=client["appId"])
    before = held.signin
    wanted = form.get("scope") or before.scopes.text
    signin_log.about(client=client, user=before.user, account=before.account, amr=tuple(before.amr))
    if held.dead:
        raise LoginError(held.dead)
    _check_age(world, held)
    _check_person(world, held, before)
    found = scopes.for_user(world, client, wanted)
    if "offline_access" not in found.oidc:
        found.oidc.append("offline_access")  # a refresh always gives the next token
    after = dataclasses.replace(before, tenant_id=tenant, client=client, scopes=found, address=request.remote or "",
                                claims=token_policy.parse_claims(form.get("claims")), nonce=None)
    token_policy.check_platform(world, request.headers.get("User-Agent", ""))
    token_policy.check_refresh(world, held, after)
    token_policy.check_contexts(world, after)
    _check_standing(world, after)
    answer = tokens.answer_for(world, after, form, azpacr, held.platform, held.born)
    held.uses += 1
    return answer


def _check_age(world, held):
    """90 days after the last use; a day after sign-in for SPA redirects and for guests with mailed codes."""
    now, switches = world.clock.now(), world.switches
    words = {"issued": world.clock.iso(held.issued), "lifetime": switches.refresh_life}
    if held.platform == "spa" and now - held.born > switches.refresh_short_life:
        raise LoginError(700084, suberror="token_expired", **words)
    if held.signin.account.kind == "mail" and now - held.born > switches.refresh_short_life:
        raise LoginError(700081, suberror="token_expired", **words)
    if now - held.issued > switches.refresh_life:
        raise LoginError(switches.refresh_inactive_code, suberror="token_expired", **words)


def _check_person(world, held, signin):
    """The home, then the object here. Revocation of a guest happens at home only; ours reaches our own accounts."""
    account = world.account(signin.account.mail)
    if account is None:
        raise LoginError(50034, user=signin.account.mail, tenant=world.tenant["name"])
    record = account.record
    valid_from = max(record.get("sessions_revoked_at", 0.0), record.get("password_changed_at", 0.0))
    if held.issued < valid_from:
        raise LoginError(50173, suberror="bad_token", issued=world.clock.iso(held.issued),
                         valid_from=world.clock.iso(valid_from))
    if record.get("provider_session_ended"):
        raise LoginError(50085)
    device = record.get("device")
    if device is not None and not world.identity.devices.get(device, True):
        raise LoginError(700003, tenant=world.tenant["name"])
    if not account.enabled and (account.kind == "internal" or world.switches.home_disabled_at_refresh):
        raise LoginError(50057)
    if claim.at_home(world, signin):
        return
    user = world.users.get(signin.user.id)
    words = {"user": account.mail, "tenant": world.tenant["name"]}
    if user is None:
        raise LoginError(500341 if signin.user.id in world.deleted else 50034, **words)
    if user.props["accountEnabled"] is not True:
        raise LoginError(500571 if user.external else 50057, **words)
    if not user.external and held.issued < user_sessions_valid_from(world, user):
        raise LoginError(50173, suberror="bad_token", issued=world.clock.iso(held.issued),
                         valid_from=user.props["signInSessionsValidFromDateTime"])


def user_sessions_valid_from(world, user):
    return world.clock.parse(user.props["signInSessionsValidFromDateTime"])


def _check_standing(world, signin):
    """Assignment and consent, as in the browser; a refusal is invalid_grant here."""
    if claim.at_home(world, signin):
        return
    walk = Walk("", Session("", {}), signin, signin.correlation, signin.account, remembered=True, proven=True,
                consented=True,
                met=set(signin.met), auth_time=signin.auth_time, amr=tuple(signin.amr))
    verdict = decide.judge(world, walk)
    code = verdict.code or (verdict.step_code if verdict.step else None)
    if code == 50105 and not world.switches.assignment_at_refresh:
        return
    if code == 53003:
        raise token_policy.blocked(world)
    if code:
        api = registrations.resource(world, signin.scopes.resource)
        raise LoginError(code, suberror=SUBERRORS.get(code),
                         user=signin.account.mail, tenant=world.tenant["name"], app=api["displayName"],
                         app_id=signin.client["appId"])
