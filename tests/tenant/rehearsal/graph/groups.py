# SPDX-License-Identifier: Apache-2.0
"""/groups: reading, members, making and changing (entra-facts 7.4)."""
from ..world.dynamic import is_dynamic, parse
from .call import endpoint
from .errors import bad_request, denied, missing, unsupported
from .objects import Mixed, hidden_from, show_group
from .query import selected
from .schema import DEFAULT
from ..world.objects import User
from ..world.world import GUID

CASTS = ("user", "group", "device", "servicePrincipal", "orgContact", "application")


@endpoint("GET", "/groups", "groups.list")
def groups(graph, call):
    graph.check_guest(call)
    names, view = selected(call.query, "group", DEFAULT["group"]), graph.view(call)
    return graph.listing(call, lambda: graph.narrowed(call, "group", view, view.groups),
                         lambda one: show_group(call, view.props(one), names), "groups")


@endpoint("GET", "/groups/{ref}", "groups.get")
def group(graph, call, ref):
    graph.check_guest(call)
    found = graph.find_group(ref)
    names = selected(call.query, "group", DEFAULT["group"])
    return 200, {"@odata.context": graph.context("groups/$entity", call), **show_group(call, found.props, names)}


def check_cast(graph, call, cast):
    """A cast to one type makes an advanced query."""
    if cast and cast not in CASTS:
        raise bad_request(f"Unknown type 'microsoft.graph.{cast[:30]}'.")
    if cast and not call.advanced():
        raise unsupported("Casting needs the header ConsistencyLevel: eventual and $count=true.")


def of_type(objects, cast):
    """Those of the type of a cast; this tenant has users and groups."""
    if not cast:
        return objects
    return [one for one in objects if cast in ("user", "group") and isinstance(one, User) == (cast == "user")]


def rows_of(graph, call, view, objects, cast):
    """The objects of a mixed list that are of a type and pass the call's filter."""
    def rows():
        found = objects()
        if not cast and any(name in call.query for name in ("$filter", "$search", "$orderby")):
            raise unsupported("A mixed list does not support $filter, $search and $orderby.")
        return graph.narrowed(call, cast, view, lambda: found) if cast in ("user", "group") else found
    return rows


def _members(graph, call, ref, cast, transitive):
    graph.check_guest(call)
    check_cast(graph, call, cast)
    found, view = graph.find_group(ref), graph.view(call)
    show = Mixed(graph.world, call, cast, view)

    def objects():
        def make():
            return of_type(view.members(found.id, transitive, lambda one: hidden_from(call, one)), cast)
        return graph.snapshot(view, (found.id, transitive, cast, call.can("Member.Read.Hidden")), make)
    if hidden_from(call, found):
        if graph.world.switches.hidden_members == "forbidden":
            raise denied()
        return graph.listing(call, list, show, "directoryObjects")
    return graph.listing(call, rows_of(graph, call, view, objects, cast), show,
                         f"{cast}s" if cast else "directoryObjects")


@endpoint("GET", "/groups/{ref}/members", "groups.members", cost=3)
def members(graph, call, ref):
    return _members(graph, call, ref, "", False)


@endpoint("GET", "/groups/{ref}/members/microsoft.graph.{cast}", "groups.members", cost=3)
def members_cast(graph, call, ref, cast):
    return _members(graph, call, ref, cast, False)


@endpoint("GET", "/groups/{ref}/transitiveMembers", "groups.members", cost=5)
def transitive_members(graph, call, ref):
    return _members(graph, call, ref, "", True)


@endpoint("GET", "/groups/{ref}/transitiveMembers/microsoft.graph.{cast}", "groups.members", cost=5)
def transitive_members_cast(graph, call, ref, cast):
    return _members(graph, call, ref, cast, True)


# Changes

@endpoint("POST", "/groups", "groups.create", writes=True)
def create(graph, call):
    body = call.body if isinstance(call.body, dict) else {}
    for name, kind in (("displayName", str), ("mailNickname", str), ("mailEnabled", bool), ("securityEnabled", bool)):
        if not isinstance(body.get(name), kind):
            raise bad_request(f"A value is required for property '{name}' of resource 'Group'.")
    if body["mailEnabled"] or not body["securityEnabled"]:
        raise bad_request("The tenant makes security groups only.")
    if body.get("membershipRule"):
        try:
            parse(body["membershipRule"])
        except (TypeError, ValueError) as wrong:
            raise bad_request(f"The membership rule is not valid: {str(wrong)[:80]}") from wrong
    known = ("displayName", "description", "mailNickname", "groupTypes", "membershipRule", "visibility",
             "isAssignableToRole")
    found = graph.world.add_group({**{name: body[name] for name in known if name in body},
                                   "createdDateTime": graph.world.clock.iso()})
    return 201, {"@odata.context": graph.context("groups/$entity"), **show_group(call, found.props, DEFAULT["group"])}


@endpoint("DELETE", "/groups/{ref}", "groups.delete")
def delete(graph, _call, ref):
    graph.world.delete_group(graph.find_group(ref))
    return 204, None


def _changeable(graph, ref):
    found = graph.find_group(ref)
    if is_dynamic(found):
        raise bad_request("Membership of a group with a membership rule cannot be changed.")
    return found


@endpoint("POST", "/groups/{ref}/members/$ref", "groups.change_members", writes=True)
def add_member(graph, call, ref):
    found = _changeable(graph, ref)
    address = call.body.get("@odata.id") if isinstance(call.body, dict) else None
    member = address.rstrip("/").rpartition("/")[2].lower() if isinstance(address, str) else ""
    if not GUID.match(member):
        raise bad_request("The request body must contain @odata.id with the address of a directory object.")
    if graph.view(call).get(member) is None:
        raise missing(member)
    if member in found.members:
        raise bad_request("One or more added object references already exist for the following modified properties: "
                          "'members'.")
    graph.world.join(found.id, member)
    return 204, None


@endpoint("DELETE", "/groups/{ref}/members/{member}/$ref", "groups.change_members")
def remove_member(graph, _call, ref, member):
    found = _changeable(graph, ref)
    if member.lower() not in found.members:
        raise missing(member)
    graph.world.leave(found.id, member.lower())
    return 204, None
