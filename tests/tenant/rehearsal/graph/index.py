# SPDX-License-Identifier: Apache-2.0
"""What advanced queries read: an index some seconds behind the directory (entra-facts 7.3). It is the directory of now
with the changes since then taken back, so a member just removed is still in it, and one just added is not yet."""
from ..world.world import User


class Fresh:
    """The directory itself."""

    def __init__(self, world):
        self.world = world
        self.key = (world.journal.last, None)  # two views with the same key show the same

    def users(self):
        return list(self.world.users.values())

    def groups(self):
        return list(self.world.groups.values())

    def props(self, one):
        return one.props

    def get(self, object_id):
        return self.world.users.get(object_id) or self.world.groups.get(object_id)

    def direct(self, gid):
        """Ids of the direct members."""
        return list(self.world.groups[gid].members)

    def holders(self, one):
        """Ids of the groups that hold a user or group directly."""
        return one.groups

    def members(self, gid, transitive, shut=lambda group: False):
        """Users and groups in a group, each once, in a stable order; what is in a nested group that is `shut` is not
        found through it."""
        if not transitive:
            return [found for found in map(self.get, self.direct(gid)) if found is not None]
        seen, queue, out = {gid}, self.direct(gid), []
        for member in queue:  # grows while it is walked
            if member in seen:
                continue
            seen.add(member)
            found = self.get(member)
            if found is None:
                continue
            out.append(found)
            if not isinstance(found, User) and not shut(found):
                queue.extend(self.direct(member))
        return out

    def groups_of(self, one):
        """Ids of all groups that hold it, directly or nested."""
        seen, queue = {}, list(self.holders(one))
        while queue:
            gid = queue.pop()
            if gid not in seen and gid in self.world.groups:
                seen[gid] = None
                queue.extend(self.holders(self.world.groups[gid]))
        return seen


class OldProps:
    """The properties of an object with some of them as they were."""

    def __init__(self, props, old):
        self._props, self._old = props, old

    def get(self, name, default=None):
        value = self._old[name] if name in self._old else self._props.get(name)
        return default if value is None else value


class Stale(Fresh):
    """The directory without the changes given, newest first."""

    def __init__(self, world, changes):
        super().__init__(world)
        self.key = (world.journal.last, changes[-1].seq)
        self._hidden, self._shown, self._old = set(), {}, {}
        self._members, self._holders = {}, {}
        for change in changes:
            self._undo(change)

    def _undo(self, change):
        if change.kind == "member":
            members = self._members.setdefault(change.id, None)
            if members is None:
                group = self.world.groups.get(change.id)
                members = self._members[change.id] = dict(group.members) if group else {}
            holders = self._holders.setdefault(change.other, None)
            if holders is None:
                found = super().get(change.other) or self._shown.get(change.other)
                holders = self._holders[change.other] = dict.fromkeys(found.groups if found else ())
            if change.what == "added":
                members.pop(change.other, None)
                holders.pop(change.id, None)
            else:
                members[change.other] = None
                holders[change.id] = None
        elif change.what in ("created", "restored"):
            self._hidden.add(change.id)
            self._shown.pop(change.id, None)
        elif change.what == "changed":
            self._old.setdefault(change.id, {}).update(change.other or {})
        elif change.what == "deleted" and change.kind == "user" and change.id in self.world.deleted:
            self._hidden.discard(change.id)
            self._shown[change.id] = self.world.deleted[change.id][0]
            self._old.setdefault(change.id, {})["deletedDateTime"] = None

    def _seen(self, objects, kind):
        return [one for one in objects if one.id not in self._hidden] + [
            one for one in self._shown.values() if isinstance(one, kind) and one.id not in self.world.users]

    def users(self):
        return self._seen(self.world.users.values(), User)

    def groups(self):
        return [one for one in self.world.groups.values() if one.id not in self._hidden]

    def props(self, one):
        old = self._old.get(one.id)
        return OldProps(one.props, old) if old else one.props

    def get(self, object_id):
        if object_id in self._hidden:
            return None
        return self._shown.get(object_id) or super().get(object_id)

    def direct(self, gid):
        changed = self._members.get(gid)
        return list(changed) if changed is not None else super().direct(gid)

    def holders(self, one):
        changed = self._holders.get(one.id)
        return tuple(changed) if changed is not None else one.groups


def view(world, advanced):
    """What a query reads: the directory, or for an advanced one the index of some seconds ago."""
    lag = world.switches.index_lag
    changes = world.journal.younger(world.clock.now() - lag) if advanced and lag else None
    return Stale(world, changes) if changes else Fresh(world)
