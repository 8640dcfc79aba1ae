# SPDX-License-Identifier: Apache-2.0
"""The whole tenant as a data file: reading one, saying what is wrong with it, and writing what the tenant is now.

What is in flight is no part of it: codes, tokens, browser sessions, mail, logs, weather and mutations.
"""
import copy
import json
import os

from .objects import User, group_props
from .state_check import check
from .switches import TABLE
from .directory import GIVEN
from .world import World

GROUP_MEMBERS = ("description", "mailNickname", "groupTypes", "visibility", "isAssignableToRole", "membershipRule",
                 "createdDateTime")


class Wrong(ValueError):
    """A data file that cannot be: every problem in a line of its own."""

    def __init__(self, problems):
        super().__init__("; ".join(problems))
        self.problems = problems


def merged(base, more):
    """Lists are added, entries with the same id become one, other members replace what was there."""
    if isinstance(base, dict) and isinstance(more, dict):
        return {**base, **{name: merged(base[name], value) if name in base else value for name, value in more.items()}}
    if isinstance(base, list) and isinstance(more, list):
        by_id = {one["id"]: one for one in more if isinstance(one, dict) and "id" in one}
        known = [merged(one, by_id.pop(one["id"])) if isinstance(one, dict) and one.get("id") in by_id else one
                 for one in base]
        return known + [one for one in more if not (isinstance(one, dict) and "id" in one) or one["id"] in by_id]
    return more


def _parse(path):
    try:
        with open(path, encoding="utf-8") as source:
            data = json.load(source)
    except ValueError as wrong:
        raise Wrong([f"{path}: not JSON: {wrong}"]) from wrong
    if not isinstance(data, dict):
        raise Wrong([f"{path}: not a JSON object"])
    return data


def read(path):
    """A data file, with the one that it extends (in the same directory), checked as a whole."""
    data, seen = _parse(path), [os.path.basename(path)]
    while "extends" in data:
        base = os.path.basename(str(data.pop("extends")))
        if base in seen:
            raise Wrong([f"{path}: extends itself"])
        seen.append(base)
        data = merged(_parse(os.path.join(os.path.dirname(path), base)), data)
    return checked(data)


def checked(data):
    """The data, if a tenant can be made of it; Wrong says everything that is not right."""
    problems = check(data)
    if problems:
        raise Wrong(problems)
    return data


def _user(world, user):
    """The short form: what differs from what a new object of that address and home would have."""
    mail = user.props["mail"] or user.made_mail
    fresh = User(user.id, mail, world.tenancy, {"displayName": mail}, user.home)
    out = {"id": user.id, "displayName": user.props["displayName"], "mail": mail}
    odd = ("userPrincipalName", "otherMails") if mail != user.made_mail else ()
    out.update({name: user.props[name] for name in GIVEN
                if (name in user.given or name in odd) and user.props[name] != fresh.props[name]})
    out["home"] = copy.deepcopy(user.home)
    if user.first_sign_in:
        out["first_sign_in"] = True
    sponsors = [one for one in world.sponsors.get(user.id, ()) if world.principal(one) or one in world.deleted]
    for name, value in (("sponsors", sponsors),
                        ("directoryRoles", world.directory_roles.get(user.id)),
                        ("manager", world.managers.get(user.id)), ("mfaRegistered", user.id in world.mfa_here)):
        if value:
            out[name] = value
    return out


def _group(group):
    fresh = group_props({"id": group.id, "displayName": group.props["displayName"]})
    out = {"id": group.id, "displayName": group.props["displayName"]}
    out.update({name: group.props[name] for name in GROUP_MEMBERS if group.props.get(name) != fresh.get(name)})
    return {**out, "members": list(group.members)}


def _changed(record):
    """Members of a dataclass that are not as at the start."""
    return {name: value for name, value in vars(record).items() if value != getattr(type(record)(), name)}


def dump(world):
    """The tenant as it is now, in the form of a data file."""
    switches = world.switches.all()
    out = {
        "about": "Written by the rehearsal tenant.", "tenant": world.tenant, "homes": world.homes.all,
        "users": [_user(world, user) for user in world.users.values()],
        "deleted": [{**_user(world, user), "groups": [gid for gid in held if gid in world.groups],
                     "deletedDateTime": user.props["deletedDateTime"]} for user, held in world.deleted.values()],
        "groups": [_group(group) for group in world.groups.values()], "registrations": world.registrations,
        "policies": world.policies, "conditionalAccess": world.conditional_access,
        "governance": world.governance.dump(),
        "invitations": [vars(one) for one in world.invitations.values()],
        "consentRequests": [{"user": user, "appId": app, "reason": reason} for (user, app),
                            reason in world.consent_requests.items()],
        "identity": {"policy": _changed(world.identity.policy), "health": _changed(world.identity.health),
                     "devices": world.identity.devices},
        "switches": {name: value for name, value in switches.items() if value != TABLE[name][0]},
        "clock": {"offset": world.clock.offset}}
    if world.homes.scale:
        out["scaleHomes"] = world.homes.scale
    return copy.deepcopy(out)


def load(world, data):
    """Put this tenant in the place of the one there is; on an error nothing changes. `reset` still goes back to the
    start."""
    checked(data)
    try:
        World(data, copy.copy(world.clock), keys=world.keys)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Wrong([f"no tenant can be made of it: {type(wrong).__name__}: {wrong}"]) from wrong
    world.reset(data)
