# SPDX-License-Identifier: Apache-2.0
"""Control calls about people: accounts at home, partner organisations, invitations, what becomes of a guest, the
logs."""

import inspect

from . import calls as control
from ..world import crosstenant, redemption, state, state_check
from .calls import Refused


def call(method, path, about):
    """A control call of this module: as control.call, with what an invitation was refused for."""
    def register(handler):
        async def run(world, request, body):
            try:
                value = handler(world, request, body)
                return await value if inspect.isawaitable(value) else value
            except redemption.Refused as wrong:
                raise Refused(wrong.status, wrong.message) from wrong
            except state.Wrong as wrong:
                raise Refused(400, "\n".join(wrong.problems)) from wrong
        control.call(method, path, about)(run)
        return handler
    return register


# The whole tenant

@call("GET", "/state", "the whole tenant as a data file (README: \"The data file\")")
def get_state(world, _request, _body):
    return state.dump(world)


@call("PUT", "/state",
      "another tenant in the place of this one; on an error, which names each problem, nothing changes")
async def put_state(world, request, body):
    state.load(world, body)
    await request.app["sky"].reset()
    request.app["graph"].forget()
    world.held.release()
    return {"users": len(world.users), "groups": len(world.groups), "deleted": len(world.deleted)}


# Homes

def _changed(record, body, table):
    """Set members of a home or an account; null takes a member away."""
    unknown = [name for name in body if name not in table]
    if unknown:
        raise Refused(400, f"no such state: {', '.join(unknown)}; there are {', '.join(table)}")
    problems = []
    state_check.check_state({name: value for name, value in body.items() if value is not None or name == "password"},
                            table, "body",
                            problems)
    if problems:
        raise Refused(400, "\n".join(problems))
    for name, value in body.items():
        if value is None and name != "password":
            record.pop(name, None)
        else:
            record[name] = value


def _account(world, request):
    account = world.account(request.match_info["mail"])
    if account is None:
        raise Refused(404, "nobody signs in with that address")
    return account


def _show_account(account):
    return {"mail": account.mail, "kind": account.kind, "organisation": account.organisation,
            "enabled": account.enabled,
            **{name: value for name, value in account.record.items() if name not in ("password", "tap")}}


@call("PATCH", "/homes/{mail}",
      "state of an account at home: password, enabled, locked, password_expired, must_change, mfa, risk ...")
def change_home_account(world, request, body):
    account = _account(world, request)
    before = account.record.get("password")
    _changed(account.record, body, state_check.ACCOUNT_STATE)
    if account.record.get("password") != before:
        account.record["password_changed_at"] = world.clock.now()
    return _show_account(account)


@call("PATCH", "/organisations/{ref}", "state of a home by id, domain or name: outbound_blocked, inbound_blocked, "
      "fault, tenant_restrictions, cloud, crossTenantAccessPolicy ...")
def change_organisation(world, request, body):
    home = world.homes.find(request.match_info["ref"])
    if home is None:
        raise Refused(404, "no such organisation")
    _changed(home, body, state_check.HOME_STATE)
    crosstenant.set_blocks(world, home, body)
    return {**{name: home.get(name, False) for name in ("outbound_blocked", "inbound_blocked")},
            **{name: home[name] for name in state_check.HOME_STATE if name in home}}


@call("GET", "/sessions", "accounts that browsers are signed in with")
def sessions(world, _request, _body):
    return [{"account": mail, "auth_time": proof.auth_time, "amr": list(proof.amr), "here": proof.here}
            for one in world.sessions.values() for mail, proof in one.accounts.items()]


@call("DELETE", "/sessions", "every browser forgets every account")
def end_sessions(world, _request, _body):
    for one in world.sessions.values():
        one.accounts.clear()
    return []


@call("GET", "/policies", "authorization, cross-tenant access, leaving, consent requests, domains for invitations")
def policies(world, _request, _body):
    return world.policies


@call("PATCH", "/policies/{name}",
      "change members of a policy, e.g. authorizationPolicy {\"allowInvitesFrom\": \"none\"}")
def change_policy(world, request, body):
    found = world.policies.get(request.match_info["name"])
    if found is None:
        raise Refused(404, "policies are: " + ", ".join(world.policies))
    problems = state_check.check_policies({request.match_info["name"]: body})
    if problems:
        raise Refused(400, "\n".join(problems))
    found.update(body)
    return found


# Invitations, and what becomes of a guest

@call("POST", "/invitations", "invite as an administrator: the body and the answer of Graph's POST /invitations")
def invite(world, _request, body):
    return redemption.invite(world, body)


def _user(world, request):
    user = world.users.get(getattr(world.principal(request.match_info["ref"]), "id", None))
    if user is None:
        raise Refused(404, "no such user")
    return user


def _deleted(world, ref):
    """A soft-deleted user by id or by mail address."""
    found = next((user for user, _ in world.deleted.values() if ref.lower() in (user.id,
                                                                                (user.props["mail"] or "").lower())),
                                                                                None)
    if found is None:
        raise Refused(404, "no such deleted user")
    return found


@call("GET", "/deleted", "soft-deleted users, with the groups they come back to")
def deleted(world, _request, _body):
    return [{**user.props, "groups": list(held)} for user, held in world.deleted.values()]


@call("POST", "/guests/{ref}/restore", "bring a soft-deleted user back, with its groups")
def restore(world, request, _body):
    return control.show(world, world.restore_user(_deleted(world, request.match_info["ref"]).id))


@call("POST", "/guests/{ref}/purge", "remove a soft-deleted user for good")
def purge(world, request, _body):
    world.purge_user(_deleted(world, request.match_info["ref"]).id)
    return {}


@call("POST", "/guests/{ref}/reset-redemption", "redemption anew; {\"mail\": address} moves it to another one")
def reset_redemption(world, request, body):
    user = _user(world, request)
    redemption.reset(world, user, body.get("mail") or user.props["mail"])
    return control.show(world, user)


@call("POST", "/guests/{ref}/convert",
      "an internal account becomes external; {\"mail\": address}: its identity from now on")
def convert(world, request, body):
    user = _user(world, request)
    if user.external:
        raise Refused(409, "external already")
    redemption.convert(world, user, body.get("mail"))
    return control.show(world, user)


@call("POST", "/guests/{ref}/hand-over", "the object is {\"mail\": another person}'s from now on: same id and groups")
def hand_over(world, request, body):
    user = _user(world, request)
    redemption.hand_over(world, user, body["mail"])
    return control.show(world, user)


@call("POST", "/guests/{ref}/leave", "the guest leaves by its own will: soft deletion without an administrator")
def leave(world, request, _body):
    redemption.leave(world, _user(world, request))
    return {}


@call("PUT", "/guests/{ref}/mfa", "{\"registered\": true}: whether the person has a second factor in our tenant")
def register_mfa(world, request, body):
    user = _user(world, request)
    (world.mfa_here.add if body["registered"] else world.mfa_here.discard)(user.id)
    return {"registered": user.id in world.mfa_here}


@call("GET", "/consent-requests", "requests for an administrator's consent that wait")
def consent_requests(world, _request, _body):
    return [{"user": user, "appId": app, "reason": reason} for (user, app), reason in world.consent_requests.items()]


# Logs

@call("GET", "/signin-log", "entries of /auditLogs/signIns; ?all=1 also those not visible yet, and the members of beta")
def signin_log(world, request, _body):
    if request.query.get("all"):
        return world.signin_log.everything()
    return world.signin_log.visible()


@call("GET", "/audit-log", "entries of /auditLogs/directoryAudits; ?all=1 also those not visible yet")
def audit_log(world, request, _body):
    return world.audits.everything() if request.query.get("all") else world.audits.visible()
