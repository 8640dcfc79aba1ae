# SPDX-License-Identifier: Apache-2.0
"""What the tenant knows: users, groups, homes, registrations, sign-ins in flight. Kept in memory, resettable."""
import copy
import heapq
import itertools
import json
import re
import secrets
import uuid
from collections import deque

from ..login import registrations
from ..login.keys import KeyRing
from ..login.signin_log import SignInLog
from ..weather.rules import Weather
from ..weather.wire import Held
from .audit_log import AuditLog
from .crosstenant import policies
from .directory import Directory
from .dynamic import DynamicGroups
from .governance import Governance
from .homes import SCALE_PARTNERS, Account, Homes, scale_mail
from .identity import Identity
from .journal import Journal
from .objects import Group, Tenancy, User, group_props
from .redemption import Invitation
from .switches import Switches

GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
LOG_SIZE = 20000
MOST_LETTERS = 50  # in one mailbox

# What Graph shows of Conditional Access; each a list.
CONDITIONAL_ACCESS = {"policies": [], "namedLocations": [], "authenticationStrengths": [], "authenticationContexts": []}


class World(Directory):
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
        self.empty_directory()
        self.policies = policies(data.get("policies"))
        self.invitations = {one["ticket"]: Invitation(**one) for one in data.get("invitations", ())}
        # (user id, appId): the reason given
        self.consent_requests = {(one["user"], one["appId"]): one["reason"] for one in data.get("consentRequests", ())}
        self.signin_log, self.audits = SignInLog(self), AuditLog(self, quiet=True)
        self.conditional_access = {**copy.deepcopy(CONDITIONAL_ACCESS), **data.get("conditionalAccess", {})}
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
