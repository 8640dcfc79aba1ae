# SPDX-License-Identifier: Apache-2.0
"""Control calls about people: accounts at home, partner organisations, invitations, what becomes of a guest, the logs."""

from . import control, crosstenant, redemption
from .control import Refused



def call(method, path, about):
    """A control call of this module: as control.call, with what an invitation was refused for."""
    def register(handler):
        def run(world, request, body):
            try:
                return handler(world, request, body)
            except redemption.Refused as wrong:
                raise Refused(wrong.status, wrong.message) from wrong
        control.call(method, path, about)(run)
        return handler
    return register


# Homes

@call("PATCH", "/homes/{mail}", "a home account: {\"enabled\": false} or {\"password\": ...}")
def change_home_account(world, request, body):
    account = world.account(request.match_info["mail"])
    if account is None:
        raise Refused(404, "nobody signs in with that address")
    account.record.update({name: body[name] for name in ("enabled", "password") if name in body})
    return {"mail": account.mail, "enabled": account.enabled}


@call("PATCH", "/organisations/{tenant}", "cross-tenant access: outbound_blocked, inbound_blocked")
def change_organisation(world, request, body):
    home = world.homes.by_id(world.tenant_id(request.match_info["tenant"]))
    if home is None:
        raise Refused(404, "no such organisation")
    crosstenant.set_blocks(world, home, body)
    return {name: home.get(name, False) for name in ("outbound_blocked", "inbound_blocked")}


@call("GET", "/policies", "authorization, cross-tenant access, leaving, consent requests, domains for invitations")
def policies(world, _request, _body):
    return world.policies


@call("PATCH", "/policies/{name}", "change members of a policy, e.g. authorizationPolicy {\"allowInvitesFrom\": \"none\"}")
def change_policy(world, request, body):
    found = world.policies.get(request.match_info["name"])
    if found is None:
        raise Refused(404, "policies are: " + ", ".join(world.policies))
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
    found = next((user for user, _ in world.deleted.values() if ref.lower() in (user.id, (user.props["mail"] or "").lower())), None)
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


@call("POST", "/guests/{ref}/convert", "an internal account becomes external; {\"mail\": address}: its identity from now on")
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


# Logs

@call("GET", "/signin-log", "entries of /auditLogs/signIns; ?all=1 also those not visible yet, and the members of beta")
def signin_log(world, request, _body):
    if request.query.get("all"):
        return world.signin_log.everything()
    return world.signin_log.visible()


@call("GET", "/audit-log", "entries of /auditLogs/directoryAudits; ?all=1 also those not visible yet")
def audit_log(world, request, _body):
    return world.audits.everything() if request.query.get("all") else world.audits.visible()
