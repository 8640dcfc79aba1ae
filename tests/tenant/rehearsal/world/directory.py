# SPDX-License-Identifier: Apache-2.0
"""The directory of the tenant: users, groups, memberships, what was deleted. They change through the methods here only,
which keep the indices, the journal and the audit log in step."""
import uuid
from collections import deque

from .journal import Journal
from .objects import Group, User, group_props

# Properties of a user that a data file may give; the rest is derived (objects.py) or null.
GIVEN = ("displayName", "companyName", "userType", "accountEnabled", "externalUserState", "createdDateTime",
         "userPrincipalName", "otherMails", "employeeLeaveDateTime", "creationType", "externalUserStateChangeDateTime",
         "identities", "signInSessionsValidFromDateTime", "department", "employeeId", "jobTitle", "usageLocation",
         "onPremisesExtensionAttributes", "customSecurityAttributes", "signInActivity", "showInAddressList",
         "givenName", "surname", "proxyAddresses", "businessPhones", "mobilePhone", "officeLocation", "preferredLanguage")
RESTORABLE = 30 * 86400  # seconds after which a deleted user is gone for good


class Directory:
    """The part of World that Graph calls the directory; World brings the clock, the tenancy and the audit log."""

    def empty_directory(self):
        self.users, self.groups, self.deleted = {}, {}, {}
        self.gone_groups = set()
        self._by_mail, self._by_home, self._odd_upns = {}, {}, {}
        self.journal = Journal(self.clock.now)
        self.sponsors = {}  # user id: ids of users or groups
        self.managers = {}  # user id: the id of a user
        self.directory_roles = {}  # user id: names of directory roles
        self.mfa_here = set()  # ids of users who registered a second factor in our tenant
        self.leave_watchers = []  # callables(group id, member id) that hear of every member taken out

    def _index(self, user):
        self.users[user.id] = user
        mail = (user.props["mail"] or "").lower()
        others = self._by_mail.get(mail)
        if others is None or others == user.id:
            self._by_mail[mail] = user.id
        else:
            held = others if isinstance(others, tuple) else (others,)
            self._by_mail[mail] = held if user.id in held else (*held, user.id)
        self._by_home.setdefault(user.home["mail"].lower(), user.id)
        upn = user.props["userPrincipalName"].lower()
        if self._upn_mail(upn) != mail:
            self._odd_upns[upn] = user.id

    def _unindex(self, user):
        del self.users[user.id]
        mail = (user.props["mail"] or "").lower()
        held = self._by_mail.get(mail)
        if isinstance(held, tuple):
            left = tuple(one for one in held if one != user.id)
            self._by_mail[mail] = left if len(left) > 1 else left[0]
        elif held == user.id:
            del self._by_mail[mail]
        upn = user.props["userPrincipalName"].lower()
        if self._odd_upns.get(upn) == user.id:
            del self._odd_upns[upn]
        if self._by_home.get(user.home["mail"].lower()) == user.id:
            del self._by_home[user.home["mail"].lower()]

    @staticmethod
    def _upn_mail(upn):
        """The mail address that a guest's UPN was made of."""
        return "@".join(upn.partition("#ext#@")[0].rsplit("_", 1)) if "#ext#@" in upn else upn

    def user_by_upn(self, upn):
        """The user with this UPN; most are found by the mail address it was made of."""
        wanted = upn.lower()
        if wanted in self._odd_upns:
            return self.users[self._odd_upns[wanted]]
        return next((one for one in self.users_by_mail(self._upn_mail(wanted))
                     if one.props["userPrincipalName"].lower() == wanted), None)

    def users_by_mail(self, mail):
        """Every user object with this mail address, in the order of making."""
        held = self._by_mail.get(mail.lower(), ())
        return [self.users[one] for one in (held if isinstance(held, tuple) else (held,))]

    def add_user(self, entry):
        """Make a user from the short form of the data file; what Entra would fill in is derived."""
        given = {name: entry[name] for name in GIVEN if name in entry}
        given.setdefault("displayName", entry["mail"])
        home = dict(entry["home"])
        plain = home == {"kind": "entra", "mail": entry["mail"]}
        user = User(entry.get("id") or str(uuid.uuid4()), entry["mail"], self.tenancy, given,
                    None if plain else home, bool(entry.get("first_sign_in")))
        self._index(user)
        self.sponsors[user.id] = list(entry.get("sponsors", []))
        if entry.get("directoryRoles"):
            self.directory_roles[user.id] = list(entry["directoryRoles"])
        if entry.get("manager"):
            self.managers[user.id] = entry["manager"]
        if entry.get("mfaRegistered"):
            self.mfa_here.add(user.id)
        self.journal.note("user", user.id, "created")
        self.audits.note("Add user", user, operation="Add")
        return user

    def change_user(self, user, changes):
        """Set properties as an administrator, or Entra itself, would; a new state moves the time of its change."""
        if "externalUserState" in changes and "externalUserStateChangeDateTime" not in changes:
            changes = {**changes, "externalUserStateChangeDateTime": self.clock.iso()}
        modified = {name: (user.props[name], value) for name, value in changes.items()}
        self._unindex(user)
        user.props.put(changes)
        self._index(user)
        self.journal.note("user", user.id, "changed", {name: old for name, (old, _) in modified.items()})
        self.audits.note("Update user", user, modified=modified)
        if "accountEnabled" in changes:
            self.audits.note("Enable account" if changes["accountEnabled"] else "Disable account", user)

    def change_home(self, user, home):
        """The object is now another identity's: reset redemption, conversion, or handed to another person."""
        old = {"identities": user.props["identities"]}
        self._unindex(user)
        user.home = home
        self._index(user)
        self.journal.note("user", user.id, "changed", old)

    def delete_user(self, user):
        """Soft deletion: out of every list, restorable with its groups (entra-facts 8)."""
        held = user.groups
        for gid in held:
            self.leave(gid, user.id)
        self._unindex(user)
        user.props.put({"deletedDateTime": self.clock.iso()})
        self.deleted[user.id] = (user, held)
        self.journal.note("user", user.id, "deleted")
        self.audits.note("Delete user", user, operation="Delete")

    def restore_user(self, user_id):
        user, held = self.deleted.pop(user_id)
        user.props.put({"deletedDateTime": None})
        self._index(user)
        self.journal.note("user", user.id, "restored")
        self.audits.note("Restore user", user)
        for gid in held:
            if gid in self.groups:
                self.join(gid, user.id)
        return user

    def purge_user(self, user_id):
        """Gone for good."""
        user, _ = self.deleted.pop(user_id)
        self.sponsors.pop(user_id, None)
        self.directory_roles.pop(user_id, None)
        self.audits.note("Hard Delete user", user, operation="Delete")
        self.journal.note("user", user_id, "gone")

    def purge_expired(self):
        """What was deleted longer ago than Entra keeps it is gone."""
        limit = self.clock.iso(self.clock.now() - RESTORABLE)
        for user_id in [one for one, (user, _) in self.deleted.items() if user.props["deletedDateTime"] < limit]:
            self.purge_user(user_id)

    def principal(self, ref):
        """The user or group named by object id, mail address or display name; None if there is none."""
        found = self.users.get(ref) or self.groups.get(ref)
        if found:
            return found
        for user in self.users_by_mail(ref):
            return user
        return next((group for group in self.groups.values() if group.props["displayName"] == ref), None)

    def join(self, gid, member_id):
        if member_id in self.groups[gid].members:
            return
        self.groups[gid].members[member_id] = None
        member = self.users.get(member_id) or self.groups[member_id]
        member.groups += (gid,)
        self.journal.note("member", gid, "added", member_id)
        self.audits.note("Add member to group", self.groups[gid], member, operation="Assign", category="GroupManagement")

    def leave(self, gid, member_id):
        if member_id not in self.groups[gid].members:
            return
        del self.groups[gid].members[member_id]
        member = self.users.get(member_id) or self.groups.get(member_id)
        if member:
            member.groups = tuple(one for one in member.groups if one != gid)
            self.audits.note("Remove member from group", self.groups[gid], member, operation="Unassign",
                             category="GroupManagement")
        self.journal.note("member", gid, "removed", member_id)
        for watch in self.leave_watchers:
            watch(gid, member_id)

    def add_group(self, entry):
        group = Group(group_props({"id": str(uuid.uuid4()), **entry}))
        self.groups[group.id] = group
        self.journal.note("group", group.id, "created")
        return group

    def change_group(self, group, changes):
        old = {name: group.props[name] for name in changes}
        group.props.update(changes)
        self.journal.note("group", group.id, "changed", old)

    def delete_group(self, group):
        for member in list(group.members):
            self.leave(group.id, member)
        for gid in group.groups:
            self.leave(gid, group.id)
        del self.groups[group.id]
        self.gone_groups.add(group.id)
        self.journal.note("group", group.id, "deleted")

    def groups_of(self, principal):
        """Ids of all groups that hold the principal, directly or nested."""
        seen, queue = {}, list(principal.groups)
        while queue:
            gid = queue.pop()
            if gid not in seen:
                seen[gid] = None
                queue.extend(self.groups[gid].groups)
        return seen

    def members_of(self, gid, transitive):
        """Users and groups in a group, each once, in a stable order."""
        seen, queue = {}, deque(self.groups[gid].members)
        while queue:
            member = queue.popleft()
            if member in seen or member == gid:
                continue
            seen[member] = self.users.get(member) or self.groups[member]
            if transitive and member in self.groups:
                queue.extend(self.groups[member].members)
        return list(seen.values())
