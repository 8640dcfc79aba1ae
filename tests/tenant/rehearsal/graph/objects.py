# SPDX-License-Identifier: Apache-2.0
"""Users and groups as the caller may see them: what he may not read is null, and nothing says so (entra-facts 6.5,
7.4)."""
from .errors import denied
from .query import project, selected
from .schema import DEFAULT, GROUP_BASIC, KNOWN, NEVER_NULL, USER_BASIC
from ..world.objects import Props, User, taker

HIDDEN = "HiddenMembership"
USER_TYPE, GROUP_TYPE = "#microsoft.graph.user", "#microsoft.graph.group"
# Properties with a permission of their own beside that for users.
SECURITY_ATTRIBUTES = "CustomSecAttributeAssignment.Read.All"
ACTIVITY = "AuditLog.Read.All"
LEAVE_DATE = "employeeLeaveDateTime"


def check_selected(world, call, names):
    """Properties with a permission of their own; the names that are answered."""
    switches = world.switches
    if "customSecurityAttributes" in names and not call.can(SECURITY_ATTRIBUTES):
        raise denied()
    if "signInActivity" in names and not (call.can(ACTIVITY) and call.can("User.Read.All")
                                          and switches.premium_licence):
        raise denied()
    if LEAVE_DATE in names and not call.can(switches.lifecycle_permission):
        if switches.leave_date_without_permission == "forbidden":
            raise denied()
        names = tuple(name for name in names if name != LEAVE_DATE)
    return names


def user_names(world, call, usual=DEFAULT["user"]):
    return check_selected(world, call, selected(call.query, "user", usual))


def visible(call, user_id):
    """What of a user the caller may read: None for everything, or a set of names."""
    if call.can("User.Read.All"):
        return None
    if call.caller.delegated and call.caller.user_id == user_id and call.can("User.Read"):
        return None
    return USER_BASIC if call.can("User.ReadBasic.All") else {"id"}


def show_user(world, call, user_id, props, names):
    out = project(props, names)
    if "User.Read.All" not in call.caller.permissions:
        seen = visible(call, user_id)
        if seen is not None:
            seen = {*seen, LEAVE_DATE}  # its own permission was checked when it was selected
            out = {name: value if name in seen else None for name, value in out.items()}
    nulls = world.switches.graph_null_properties
    if nulls:
        out.update((name, None) for name in nulls if name in out)
    return out


def show_group(call, props, names):
    """Group.ReadBasic.All and GroupMember.ReadBasic.All show which group it is, no more."""
    out = project(props, names)
    if not call.can("GroupMember.Read.All"):
        out = {name: value if name in GROUP_BASIC else None for name, value in out.items()}
    return out


class UserRows:
    """How the users of a listing are shown, worked out once; most callers see everything as it is now."""

    def __init__(self, world, call, names, view, head=None):
        self.world, self.call, self.names, self.view, self.head = world, call, names, view, head or {}
        plain = call.can("User.Read.All") and not world.switches.graph_null_properties
        self.take = taker(names, NEVER_NULL, self.head) if plain else None

    def __call__(self, user):
        props = self.view.props(user)
        if self.take is not None and isinstance(props, Props):
            return self.take(user)
        return {**self.head, **show_user(self.world, self.call, user.id, props, self.names)}


class Mixed:
    """How the objects of a mixed list are shown, worked out once for all rows."""

    def __init__(self, world, call, cast, view):
        self.world, self.call, self.cast, self.view = world, call, cast, view
        self.bare = visible(call, "") == {"id"}
        self.names = {kind: self._names(kind) for kind in ("user", "group") if cast in ("", kind)}
        self.names["user"] = check_selected(world, call, self.names["user"]) if "user" in self.names else ()
        self.users = UserRows(world, call, self.names["user"], view, None if cast else {"@odata.type": USER_TYPE})

    def _names(self, kind):
        """In a mixed list $select may name properties that only the other types have."""
        text = self.call.query.get("$select")
        if not text or self.cast:
            return selected(self.call.query, kind, DEFAULT[kind])
        names = dict.fromkeys(name.strip() for name in text.split(","))
        for name in names:
            if name not in KNOWN["user"] and name not in KNOWN["group"]:
                selected({"$select": name}, "group", ())
        return tuple(name for name in names if name in KNOWN[kind])

    def __call__(self, one):
        """Of what the caller may not read only type and id are left. In a list cast to one type the type goes without
        saying, so it is absent there, except from an object that has nothing else."""
        if isinstance(one, User):
            if self.bare:
                return {"@odata.type": USER_TYPE, **dict.fromkeys(self.names["user"]), "id": one.id}
            return self.users(one)
        if not self.call.can("Group.ReadBasic.All"):
            return {"@odata.type": GROUP_TYPE, **dict.fromkeys(self.names["group"]), "id": one.id}
        out = show_group(self.call, self.view.props(one), self.names["group"])
        return out if self.cast else {"@odata.type": GROUP_TYPE, **out}


def hidden_from(call, group):
    """A group whose members this caller may not see."""
    return group.props["visibility"] == HIDDEN and not call.can("Member.Read.Hidden")
