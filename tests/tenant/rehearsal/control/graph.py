# SPDX-License-Identifier: Apache-2.0
"""Control over what only Graph shows: groups, relations of users, policies, and Graph's own health, quotas and
pages."""
import secrets

from .calls import Refused, call, known
from ..world.dynamic import parse
from ..graph.api import HEALTH
from ..world.objects import User

GROUP_MAY_PATCH = ("displayName", "description", "visibility", "groupTypes", "membershipRule", "isAssignableToRole",
                   "securityEnabled")
LIMITS = ("units", "writes", "logs", "conditional_access", "invitations")


def _group(world, ref):
    found = world.principal(ref)
    if found is None or isinstance(found, User):
        raise Refused(404, "no such group")
    return found


@call("POST", "/groups", "make a group: displayName, members, visibility ...; {\"count\": n} makes n of them")
def make_groups(world, _request, body):
    if body.get("membershipRule"):
        parse(body["membershipRule"])
    number, members = int(body.pop("count", 1)), [known(world, one).id for one in body.pop("members", [])]
    made = []
    for one in range(number):
        name = body.get("displayName", "Group") if number == 1 else f"{body.get('displayName', 'Group')} {one}"
        made.append(world.add_group({**body, "displayName": name}).id)
        for member in members:
            world.join(made[-1], member)
    return {"ids": made}


@call("PATCH", "/groups/{group}", "change a group, e.g. {\"visibility\": \"HiddenMembership\"}")
def change_group(world, request, body):
    found = _group(world, request.match_info["group"])
    for name in body:
        if name not in GROUP_MAY_PATCH:
            raise Refused(400, f"cannot change {name}")
    if body.get("membershipRule"):
        parse(body["membershipRule"])
    world.change_group(found, body)
    return found.props


@call("DELETE", "/groups/{group}", "delete a group")
def delete_group(world, request, _body):
    world.delete_group(_group(world, request.match_info["group"]))
    return {}


@call("PUT", "/guests/{ref}/relations", "{\"sponsors\": [ref, ...], \"manager\": ref}")
def relations(world, request, body):
    user = world.principal(request.match_info["ref"])
    if not isinstance(user, User):
        raise Refused(404, "no such user")
    sponsors = [known(world, one).id for one in body.get("sponsors", [])]
    manager = known(world, body["manager"]).id if "manager" in body else None
    if "sponsors" in body:
        world.sponsors[user.id] = sponsors
    if "manager" in body:
        world.managers[user.id] = manager
    return {"sponsors": world.sponsors.get(user.id, []), "manager": world.managers.get(user.id)}


@call("GET", "/conditional-access", "what Graph shows of Conditional Access")
def conditional_access(world, _request, _body):
    return world.conditional_access


@call("PATCH", "/conditional-access",
      "replace the lists policies, namedLocations, authenticationStrengths, authenticationContexts")
def change_conditional_access(world, _request, body):
    for name, value in body.items():
        if name not in world.conditional_access or not isinstance(value, list):
            raise Refused(400, f"no such list: {name}")
    world.conditional_access.update(body)
    return world.conditional_access


@call("PUT", "/graph/health", "{\"state\": \"ok\" or a code of 7.8}: every call answers that 5xx")
def health(_world, request, body):
    if body["state"] not in HEALTH:
        raise Refused(400, "states are: " + ", ".join(HEALTH))
    request.app["graph"].health = body["state"]
    return {"state": body["state"]}


@call("PUT", "/graph/limits",
      "quotas: units (per 10 s), writes, logs, conditional_access, invitations: number, [number, seconds], "
      "or null: as documented")
def limits(_world, request, body):
    for name, value in body.items():
        numbers = value if isinstance(value, list) and len(value) == 2 and name != "units" else [value]
        if name not in LIMITS or not (value is None or all(isinstance(one, int) and one > 0 for one in numbers)):
            raise Refused(400, f"no such limit: {name} = {value!r}")
    request.app["graph"].throttle.limits.update(body)
    return request.app["graph"].throttle.limits


@call("GET", "/graph/limits", "the bucket's size now, and what control has set")
def show_limits(_world, request, _body):
    throttle = request.app["graph"].throttle
    return {"bucket": throttle.size(), "set": throttle.limits}


@call("POST", "/graph/expire-pages", "every nextLink given so far is an expired page")
def expire_pages(_world, request, _body):
    request.app["graph"].pager.forget()
    return {}


@call("POST", "/graph/delta-reset", "every delta token given is answered 410 Gone with Location: begin again")
def delta_reset(_world, request, _body):
    request.app["graph"].delta_epoch = secrets.token_hex(4)
    return {}
