# SPDX-License-Identifier: Apache-2.0
"""What the tenant knows: users, groups, homes, registrations, sign-ins in flight. Kept in memory, resettable.

Users and groups change through the methods here only, which keep the indices and the journal in step.
"""
import copy
import heapq
import itertools
import json
import re
import secrets
import uuid
from collections import deque

from . import registrations
from .audit_log import AuditLog
from .crosstenant import policies
from .dynamic import DynamicGroups
from .governance import Governance
from .homes import SCALE_PARTNERS, Account, Homes, scale_mail
from .identity import Identity
from .journal import Journal
from .keys import KeyRing
from .objects import Group, Tenancy, User, group_props
from .redemption import Invitation
from .signin_log import SignInLog
from .switches import Switches
from .weather import Weather
from .wire import Held

GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
LOG_SIZE = 20000
MOST_LETTERS = 50  # in one mailbox

# Properties of a user that a data file may give; the rest is derived (objects.py) or null.
GIVEN = ("displayName", "companyName", "userType", "accountEnabled", "externalUserState", "createdDateTime",
         "userPrincipalName", "otherMails", "employeeLeaveDateTime", "creationType", "externalUserStateChangeDateTime",
         "identities", "signInSessionsValidFromDateTime", "department", "employeeId", "jobTitle", "usageLocation",
         "onPremisesExtensionAttributes", "customSecurityAttributes", "signInActivity", "showInAddressList",
         "givenName", "surname", "proxyAddresses", "businessPhones", "mobilePhone", "officeLocation", "preferredLanguage")
RESTORABLE = 30 * 86400  # seconds after which a deleted user is gone for good
# What Graph shows of Conditional Access; each a list.
CONDITIONAL_ACCESS = {"policies": [], "namedLocations": [], "authenticationStrengths": [], "authenticationContexts": []}


class World:
    """Everything that `reset` puts back. Keys of TLS and of tokens outlive a reset."""

    def __init__(self, data, clock, login="", graph="", scale=0, keys=None):
        self.data = data
        self.scale = scale
        self.clock = clock
        self.start_offset = clock.offset
        self.login = login
        self.graph = graph
        self.keys = keys or KeyRing()
        self.held = Held()  # requests that weather holds
        self.reset()

    def reset(self, data=None):
        """Back to the start; `data`: to another tenant, until the next reset."""
        scale = self.scale if data is None else data.get("scaleHomes", 0)
        data, loaded = copy.deepcopy(self.data if data is None else data), data is not None
        self.clock.offset = data.get("clock", {}).get("offset", self.start_offset)
        self.tenant = data["tenant"]
        self.homes = Homes(data["homes"], scale)
        self.registrations = {name: registrations.complete(name, one) for name, one in data["registrations"].items()}
        self.switches = Switches(data.get("switches"))
        self.tenancy = Tenancy(self.tenant["initial_domain"], self.switches)
        self.weather = Weather()
        self.mutations = []
        self.identity = Identity()
        for part, changes in data.get("identity", {}).items():
            getattr(self.identity, part).update(changes)
        self.users, self.groups, self.deleted = {}, {}, {}
        self.gone_groups = set()
        self._by_mail, self._by_home, self._odd_upns = {}, {}, {}
        self.journal = Journal(self.clock.now)
        self.sponsors = {}  # user id: ids of users or groups
        self.directory_roles = {}  # user id: names of directory roles
        self.policies = policies(data.get("policies"))
        self.invitations = {one["ticket"]: Invitation(**one) for one in data.get("invitations", ())}
        self.mfa_here = set()  # ids of users who registered a second factor in our tenant
        # (user id, appId): the reason given
        self.consent_requests = {(one["user"], one["appId"]): one["reason"] for one in data.get("consentRequests", ())}
        self.signin_log, self.audits = SignInLog(self), AuditLog(self, quiet=True)
        self.managers = {}  # user id: the id of a user
        self.conditional_access = {**copy.deepcopy(CONDITIONAL_ACCESS), **data.get("conditionalAccess", {})}
        self.leave_watchers = []  # callables(group id, member id) that hear of every member taken out
        self.what_if = None  # callable(body of evaluate) -> results, once policies are evaluated
        self._timers = []   # (time, number, callable) of what happens later by the tenant's clock
        self._timer_numbers = itertools.count()
        self.flows_by_device, self.flows_by_user = {}, {}
        self.sessions, self.interactions, self.mailbox = {}, {}, {}
        self.log = deque(maxlen=LOG_SIZE)
        self.log_sequence = 0
        self.tokens_revoked_before = 0.0
        self.keys.show_no_issuer = False
        for entry in data["users"]:
            self.add_user(entry)
        for entry in data["groups"]:
            self.groups[entry["id"]] = Group(group_props(entry))
        for entry in data["groups"]:
            for member in entry["members"]:
                self.join(entry["id"], self.principal(member).id)
        for entry in data.get("deleted", ()):
            self._add_deleted(entry)
        if not loaded:
            self._add_scale()
        self.governance = Governance(self, data.get("governance"))
        self.dynamic = DynamicGroups(self)
        self.journal, self.audits = Journal(self.clock.now), AuditLog(self)  # what there is at the start is no change
        self.journal.watcher = self.dynamic.changed

    def _add_deleted(self, entry):
        """A user of the data file that is in the bin, with the groups it would come back to."""
        user = self.add_user(entry)
        for group in entry.get("groups", ()):
            self.join(self.principal(group).id, user.id)
        self.delete_user(user)
        if entry.get("deletedDateTime"):
            user.props.put({"deletedDateTime": entry["deletedDateTime"]})

    def _add_scale(self):
        """The guests of --scale: accepted, from many partners, all in the first group (and in every group marked so)."""
        if not self.scale:
            return
        group = self.groups[self.data["groups"][0]["id"]]
        companies = [f"Partner {number:03d}" for number in range(SCALE_PARTNERS)]
        for number in range(self.scale):
            mail = scale_mail(number)
            given = {"displayName": f"Guest {number}", "companyName": companies[number % SCALE_PARTNERS]}
            user = User(str(uuid.uuid5(uuid.NAMESPACE_OID, mail)), mail, self.tenancy, given)
            self._index(user)
            group.members[user.id] = None
            user.groups = (group.id,)

    # Users and groups

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

    # What happens later

    def at(self, time, action):
        """Call `action` when the tenant's clock has reached a time, before the next request is answered."""
        heapq.heappush(self._timers, (time, next(self._timer_numbers), action))

    def settle(self):
        """Do what is due by now."""
        while self._timers and self._timers[0][0] <= self.clock.now():
            heapq.heappop(self._timers)[2]()

    # People who can sign in

    def account(self, mail):
        """The account behind a sign-in name, or None: partner, our own, or any mail-code guest's address."""
        wanted = mail.strip().lower()
        found = self.homes.account(wanted)
        if found:
            return found
        user = self.users.get(self._by_home.get(wanted))
        user = user or next((one for one, _ in self.deleted.values() if one.home["mail"].lower() == wanted), None)
        if user is None or user.home["kind"] not in ("internal", "mail", "msa"):
            return None
        if user.home["kind"] == "msa":  # an address without any account: it gets one when it is needed
            home = self.homes.of_kind("msa")
            cid = uuid.uuid5(uuid.NAMESPACE_DNS, wanted).hex
            return home and Account("msa", user.home["mail"], user.props["displayName"],
                                    f"00000000-0000-0000-{cid[:4]}-{cid[4:16]}", home["id"], home["name"],
                                    {"new": True}, home=home)
        if user.home["kind"] == "internal":
            return Account("internal", user.home["mail"], user.props["displayName"], user.id, self.tenant["id"],
                           self.tenant["name"], user.home)
        return Account("mail", user.home["mail"], user.props["displayName"], str(uuid.uuid5(uuid.NAMESPACE_DNS, wanted)),
                       "", "One-time code by e-mail", user.home)

    def user_of(self, account):
        """The user object here that this proven identity belongs to, or None."""
        user = self.users.get(self._by_home.get(account.mail.lower()))
        return user if user is not None and user.home["kind"] == account.kind else None

    def users_at_home(self, home):
        """Users whose identity is this one: of no object, or one."""
        user = self.users.get(self._by_home.get(home["mail"].lower()))
        return [user] if user is not None and user.home["kind"] == home["kind"] else []

    def deleted_of(self, account):
        """The soft-deleted user object that this identity would open, or None."""
        return next((user for user, _ in self.deleted.values()
                     if (user.home["kind"], user.home["mail"].lower()) == (account.kind, account.mail.lower())), None)

    @staticmethod
    def owns(account, address):
        """Whether an address is the account's own: its sign-in name, or an alias of it at home."""
        return address.lower() in (account.mail.lower(), *(one.lower() for one in account.record.get("aliases", ())))

    @staticmethod
    def home_of(account):
        return account.home

    # Tenants and registrations

    def tenant_id(self, ref):
        """GUID of the tenant that a path segment names, or None."""
        wanted = ref.lower()
        if wanted in (self.tenant["id"], self.tenant["domain"], self.tenant["initial_domain"]):
            return self.tenant["id"]
        return self.homes.tenant_id(wanted)

    def registration(self, app_id):
        return next((one for one in self.registrations.values() if one["appId"] == (app_id or "").lower()), None)

    def deliver(self, address, letter):
        letters = self.mailbox.setdefault(address.lower(), [])
        letters.insert(0, letter)
        del letters[MOST_LETTERS:]

    def new_mail_code(self, address):
        code = f"{secrets.randbelow(10 ** 8):08d}"
        self.deliver(address, {"code": code, "time": self.clock.stamp(), "used": False})
        return code


def load(path):
    with open(path, encoding="utf-8") as source:
        return json.load(source)
