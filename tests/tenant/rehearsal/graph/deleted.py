# SPDX-License-Identifier: Apache-2.0
"""/directory/deletedItems: what was deleted in the last 30 days can be listed, restored with its groups, and purged
(entra-facts 7.1, 8). Also getByIds, the other call about objects of any type."""
from .call import endpoint
from .errors import bad_request, missing
from .filter import Parser
from .objects import Mixed, show_user, user_names
from .schema import DEFAULT
from ..world.world import GUID

MAX_BY_IDS = 1000
TYPES = ("user", "group", "device", "servicePrincipal", "orgContact", "directoryObject")


def _gone(graph, ref):
    graph.world.purge_expired()
    found = graph.world.deleted.get(ref.lower())
    if found is None:
        raise missing(ref)
    return found[0]


@endpoint("GET", "/directory/deletedItems/microsoft.graph.user", "deleted.read")
def deleted_users(graph, call):
    graph.world.purge_expired()
    names = user_names(graph.world, call, (*DEFAULT["user"], "deletedDateTime"))

    def rows():
        found = [one for one, _ in graph.world.deleted.values()]
        if "$filter" not in call.query:
            return found
        parsed = Parser(call.query["$filter"], "user", call.advanced(), graph.world.switches.graph_mixed_filter)
        return [one for one in found if parsed.node.test(one.props)]
    return graph.listing(call, rows, lambda one: show_user(graph.world, call, one.id, one.props, names), "users")


@endpoint("GET", "/directory/deletedItems/microsoft.graph.group", "groups.list")
def deleted_groups(graph, call):
    """Security groups are gone at once; this tenant has no others."""
    return graph.listing(call, list, dict, "groups")


@endpoint("GET", "/directory/deletedItems", "deleted.read")
def deleted_without_cast(_graph, _call):
    raise bad_request("The type of the deleted items must be named: microsoft.graph.user.")


@endpoint("GET", "/directory/deletedItems/{ref}", "deleted.read")
def deleted_item(graph, call, ref):
    found = _gone(graph, ref)
    names = user_names(graph.world, call, (*DEFAULT["user"], "deletedDateTime"))
    return 200, {"@odata.context": graph.context("directoryObjects/$entity"), "@odata.type": "#microsoft.graph.user",
                 **show_user(graph.world, call, found.id, found.props, names)}


@endpoint("POST", "/directory/deletedItems/{ref}/restore", "deleted.write", writes=True)
def restore(graph, call, ref):
    found = graph.world.restore_user(_gone(graph, ref).id)
    return 200, {"@odata.context": graph.context("directoryObjects/$entity"), "@odata.type": "#microsoft.graph.user",
                 **show_user(graph.world, call, found.id, found.props, DEFAULT["user"])}


@endpoint("DELETE", "/directory/deletedItems/{ref}", "deleted.write")
def purge(graph, _call, ref):
    graph.world.purge_user(_gone(graph, ref).id)
    return 204, None


@endpoint("POST", "/directoryObjects/getByIds", "objects.by_ids", cost=3)
def by_ids(graph, call):
    body = call.body if isinstance(call.body, dict) else {}
    ids, types = body.get("ids"), body.get("types") or list(TYPES)
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_BY_IDS:
        raise bad_request(f"The request body must contain 1 to {MAX_BY_IDS} ids.")
    if not isinstance(types, list) or not all(one in TYPES for one in types):
        raise bad_request("Invalid value specified for property 'types'.")
    for one in ids:
        if not isinstance(one, str) or not GUID.match(one):
            raise bad_request(f"Invalid object identifier '{str(one)[:60]}'.")
    view = graph.view(call)
    show = Mixed(graph.world, call, "", view)
    out = []
    for one in dict.fromkeys(text.lower() for text in ids):
        found = view.get(one)
        kind = "user" if one in graph.world.users else "group"
        if found is not None and (kind in types or "directoryObject" in types):
            out.append(show(found))
    return 200, {"@odata.context": graph.context("directoryObjects"), "value": out}
