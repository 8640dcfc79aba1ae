# SPDX-License-Identifier: Apache-2.0
"""In which groups a user is: checkMemberGroups, getMemberGroups, memberOf, transitiveMemberOf (entra-facts 7.4, 18)."""
from .call import endpoint
from .errors import GraphError, bad_request, missing
from .groups import check_cast, of_type, rows_of
from .objects import Mixed, hidden_from
from ..world.world import GUID

MAX_IDS = 20
MAX_GROUPS = 11_000


def _seen(graph, call, gids):
    """Ids of groups without those whose membership is hidden from the caller."""
    return [gid for gid in gids if not hidden_from(call, graph.world.groups[gid])]


@endpoint("POST", "/users/{ref}/checkMemberGroups", "users.check", cost=4)
def check(graph, call, ref):
    """Current, transitive; a malformed id fails all; unknown and hidden groups are just not in the answer."""
    ids = call.body.get("groupIds") if isinstance(call.body, dict) else None
    if not isinstance(ids, list) or not ids:
        raise bad_request("The request body must contain groupIds.")
    if len(ids) > MAX_IDS:
        raise bad_request(f"The number of group ids must not exceed {MAX_IDS}.")
    for one in ids:
        if not isinstance(one, str) or not GUID.match(one):
            raise bad_request(f"Invalid object identifier '{str(one)[:60]}'.")
    user = graph.find_user(ref)
    graph.check_guest(call, user.id)
    inside = graph.world.groups_of(user)
    wanted = dict.fromkeys(one.lower() for one in ids)
    unknown = next((one for one in wanted if one not in graph.world.groups), None)
    if unknown and graph.world.switches.check_unknown_groups == "not_found":
        raise missing(unknown)
    return 200, {"@odata.context": graph.context("Collection(Edm.String)"),
                 "value": _seen(graph, call, [one for one in wanted if one in inside])}


@endpoint("POST", "/users/{ref}/microsoft.graph.checkMemberGroups", "users.check", cost=4)
def check_long_name(graph, call, ref):
    return check(graph, call, ref)


@endpoint("POST", "/users/{ref}/getMemberGroups", "users.member_groups", cost=2)
def member_groups(graph, call, ref):
    if not isinstance(call.body, dict) or not isinstance(call.body.get("securityEnabledOnly"), bool):
        raise bad_request("The request body must contain securityEnabledOnly.")
    user = graph.find_user(ref)
    graph.check_guest(call, user.id)
    found = _seen(graph, call, graph.world.groups_of(user))
    if len(found) > MAX_GROUPS:
        raise GraphError(400, "Directory_ResultSizeLimitExceeded", "The result size limit was exceeded.")
    return 200, {"@odata.context": graph.context("Collection(Edm.String)"), "value": found}


@endpoint("POST", "/users/{ref}/microsoft.graph.getMemberGroups", "users.member_groups", cost=2)
def member_groups_long_name(graph, call, ref):
    return member_groups(graph, call, ref)


def _member_of(graph, call, ref, cast, transitive):
    check_cast(graph, call, cast)
    user, view = graph.find_user(ref), graph.view(call)
    graph.check_guest(call, user.id)
    show = Mixed(graph.world, call, cast, view)

    def objects():
        gids = view.groups_of(user) if transitive else [gid for gid in view.holders(user) if gid in graph.world.groups]
        return of_type([graph.world.groups[gid] for gid in _seen(graph, call, gids)], cast)
    return graph.listing(call, rows_of(graph, call, view, objects, cast), show,
                         f"{cast}s" if cast else "directoryObjects")


@endpoint("GET", "/users/{ref}/memberOf", "users.member_of", cost=2)
def member_of(graph, call, ref):
    return _member_of(graph, call, ref, "", False)


@endpoint("GET", "/users/{ref}/memberOf/microsoft.graph.{cast}", "users.member_of", cost=2)
def member_of_cast(graph, call, ref, cast):
    return _member_of(graph, call, ref, cast, False)


@endpoint("GET", "/users/{ref}/transitiveMemberOf", "users.member_of", cost=2)
def transitive_member_of(graph, call, ref):
    return _member_of(graph, call, ref, "", True)


@endpoint("GET", "/users/{ref}/transitiveMemberOf/microsoft.graph.{cast}", "users.member_of", cost=2)
def transitive_member_of_cast(graph, call, ref, cast):
    return _member_of(graph, call, ref, cast, True)
