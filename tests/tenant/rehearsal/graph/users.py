# SPDX-License-Identifier: Apache-2.0
"""/users: reading, changing, deleting; sponsors and manager (entra-facts 7.1, 9.5)."""
from .call import endpoint
from .errors import bad_request, denied, missing
from .objects import Mixed, UserRows, show_user, user_names
from .query import MAX_TOP, MAX_TOP_ACTIVITY, check_options

WRITABLE = {"displayName": str, "givenName": str, "surname": str, "companyName": str, "department": str,
            "jobTitle": str,
            "employeeId": str, "usageLocation": str, "mail": str, "otherMails": list, "userType": str,
            "onPremisesExtensionAttributes": dict, "showInAddressList": bool}
OWN_PERMISSION = {"accountEnabled": bool, "employeeLeaveDateTime": str, "customSecurityAttributes": dict}


@endpoint("GET", "/users", "users.list", cost=2)
def users(graph, call):
    graph.check_guest(call)
    names, view = user_names(graph.world, call), graph.view(call)
    most = MAX_TOP_ACTIVITY if "signInActivity" in names else MAX_TOP
    return graph.listing(call, lambda: graph.narrowed(call, "user", view, view.users),
                         UserRows(graph.world, call, names, view), "users", most)


@endpoint("GET", "/users/$count", "users.list")
def count(graph, call):
    graph.check_guest(call)
    if not call.eventual():
        raise bad_request("$count is not currently supported.")
    call.query = {**call.query, "$count": "true"}
    view = graph.view(call)
    return 200, len(graph.narrowed(call, "user", view, view.users))


@endpoint("GET", "/users/{ref}", "users.get")
def user(graph, call, ref):
    return _one(graph, call, graph.find_user(ref))


@endpoint("GET", "/me", "me")
def me(graph, call):
    return _one(graph, call, graph.find_user(call.caller.user_id))


def _one(graph, call, found):
    graph.check_guest(call, found.id)
    readers = call.can("User.ReadBasic.All") or (call.caller.delegated and call.caller.user_id == found.id)
    if not readers and graph.world.switches.user_read_without_permission == "forbidden":
        raise denied()
    check_options(call.query)
    names = user_names(graph.world, call)
    return 200, {"@odata.context": graph.context("users/$entity", call),
                 **show_user(graph.world, call, found.id, found.props, names)}


@endpoint("GET", "/users/{ref}/sponsors", "users.sponsors")
def sponsors(graph, call, ref):
    found = graph.find_user(ref)
    graph.check_guest(call, found.id)
    view = graph.view(call)
    show = Mixed(graph.world, call, "", view)

    def rows():
        principals = (graph.world.principal(one) for one in graph.world.sponsors.get(found.id, ()))
        return [one for one in principals if one is not None]
    return graph.listing(call, rows, show, "directoryObjects")


@endpoint("GET", "/users/{ref}/manager", "users.manager")
def manager(graph, call, ref):
    found = graph.find_user(ref)
    graph.check_guest(call, found.id)
    above = graph.world.principal(graph.world.managers.get(found.id, ""))
    if above is None:
        raise missing("manager")
    return 200, {"@odata.context": graph.context("directoryObjects/$entity"),
                 **Mixed(graph.world, call, "", graph.view(call))(above)}


@endpoint("PATCH", "/users/{ref}", "users.patch")
def change(graph, call, ref):
    """accountEnabled, employeeLeaveDateTime and security attributes have permissions of their own (6.5)."""
    body = call.body
    if not isinstance(body, dict) or not body:
        raise bad_request("A write request must contain a body with the properties to change.")
    if any(not _may_write(graph.world, call, name) for name in body):
        raise denied()
    found = graph.find_user(ref)
    for name, value in body.items():
        kind = WRITABLE.get(name) or OWN_PERMISSION.get(name)
        if kind is None:
            raise bad_request(f"Property '{name[:60]}' is read-only and cannot be set.")
        if not (isinstance(value, kind) or (value is None and kind is not bool and name != "otherMails")):
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'User'.")
    graph.world.change_user(found, body)
    return 204, None


def _may_write(world, call, name):
    if name == "accountEnabled":
        return call.can("User.EnableDisableAccount.All") and (
            call.can("User.Read.All") or world.switches.disable_user_permission == "single")
    if name == "employeeLeaveDateTime":
        return call.can(world.switches.lifecycle_permission.replace("Read", "ReadWrite"))
    if name == "customSecurityAttributes":
        return call.can("CustomSecAttributeAssignment.ReadWrite.All")
    return call.can("User.ReadWrite.All")


@endpoint("DELETE", "/users/{ref}", "users.delete")
def delete(graph, call, ref):
    graph.world.delete_user(graph.find_user(ref))
    return 204, None


@endpoint("POST", "/users/{ref}/revokeSignInSessions", "users.revoke", writes=True)
def revoke(graph, call, ref):
    """Documented not to revoke sessions of external users; whether the property moves for them is a switch."""
    world, found = graph.world, graph.find_user(ref)
    if not found.external or world.switches.revoke_moves_guest:
        world.change_user(found, {"signInSessionsValidFromDateTime": world.clock.iso()})
    return 200, {"@odata.context": graph.context("Edm.Boolean"), "value": True}
