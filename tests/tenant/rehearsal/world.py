# SPDX-License-Identifier: Apache-2.0
"""What the tenant knows: users, groups, homes, registrations, sign-ins in flight. Kept in memory, resettable."""
import copy
import json
import re
import secrets
import uuid
from collections import deque
from dataclasses import dataclass, field

from .keys import KeyRing
from .switches import Switches
from .weather import Weather

GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
LOG_SIZE = 20000

# Properties of a user that a data file may give; the rest of Graph's are null.
GIVEN = ("id", "displayName", "mail", "companyName", "userType", "accountEnabled", "externalUserState",
         "createdDateTime", "userPrincipalName", "otherMails", "employeeLeaveDateTime")


@dataclass
class User:
    """A user object of the tenant, and what no Graph property shows: where the person signs in."""
    props: dict
    home: dict
    first_sign_in: bool = False
    groups: dict = field(default_factory=dict)

    @property
    def id(self):
        return self.props["id"]

    @property
    def external(self):
        return self.home["kind"] != "internal"


@dataclass
class Group:
    props: dict
    members: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)

    @property
    def id(self):
        return self.props["id"]


@dataclass
class Account:
    """Somebody who can prove an identity: at a partner, here, or by a code sent to a mail address."""
    kind: str
    mail: str
    name: str
    oid: str
    tid: str
    organisation: str
    record: dict

    @property
    def enabled(self):
        return self.record.get("enabled", True)


class World:
    """Everything that `reset` puts back. Keys of TLS and of tokens outlive a reset."""

    def __init__(self, data, clock, login="", graph=""):
        self.data = data
        self.clock = clock
        self.start_offset = clock.offset
        self.login = login
        self.graph = graph
        self.keys = KeyRing()
        self.reset()

    def reset(self):
        data = copy.deepcopy(self.data)
        self.clock.offset = self.start_offset
        self.tenant = data["tenant"]
        self.homes = data["homes"]
        self.registrations = data["registrations"]
        self.switches = Switches(data.get("switches"))
        self.weather = Weather()
        self.mutations = []
        self.users, self.groups = {}, {}
        self.flows_by_device, self.flows_by_user = {}, {}
        self.sessions, self.interactions, self.mailbox = {}, {}, {}
        self.log = deque(maxlen=LOG_SIZE)
        self.log_sequence = 0
        self.tokens_revoked_before = 0.0
        self.keys.show_no_issuer = False
        for entry in data["users"]:
            self.add_user(entry)
        for entry in data["groups"]:
            self.groups[entry["id"]] = Group(self._group_props(entry))
        for entry in data["groups"]:
            for member in entry["members"]:
                self.join(entry["id"], self.principal(member).id)

    # Users and groups

    def _group_props(self, entry):
        return {"id": entry["id"], "displayName": entry["displayName"], "description": entry.get("description"),
                "mail": None, "mailEnabled": False, "mailNickname": entry["id"][:8], "securityEnabled": True,
                "groupTypes": [], "visibility": None, "isAssignableToRole": None,
                "createdDateTime": entry.get("createdDateTime", "2026-01-05T08:00:00Z")}

    def add_user(self, entry):
        """Make a user from the short form of the data file and fill in what Entra would."""
        home = entry["home"]
        external = home["kind"] != "internal"
        mail = entry["mail"]
        initial = self.tenant["initial_domain"]
        upn = f"{mail.replace('@', '_')}#EXT#@{initial}" if external else mail
        issuer = {"entra": "ExternalAzureAD", "mail": "mail"}.get(home["kind"], initial)
        props = {
            "id": entry.get("id") or str(uuid.uuid4()), "displayName": mail, "mail": mail, "companyName": None,
            "userType": "Guest" if external else "Member", "accountEnabled": True, "userPrincipalName": upn,
            "creationType": "Invitation" if external else None,
            "externalUserState": "Accepted" if external else None, "createdDateTime": "2026-02-01T09:30:00Z",
            "otherMails": [mail] if external else [], "employeeLeaveDateTime": None,
        }
        props.update({name: entry[name] for name in GIVEN if name in entry})
        given, _, surname = props["displayName"].partition(" ")
        props.update({
            "givenName": given, "surname": surname or None, "proxyAddresses": [f"SMTP:{mail}"],
            "externalUserStateChangeDateTime": props["createdDateTime"] if external else None,
            "signInSessionsValidFromDateTime": props["createdDateTime"],
            "identities": [
                {"signInType": "federated" if home["kind"] != "internal" else "userPrincipalName", "issuer": issuer,
                 "issuerAssignedId": None if home["kind"] == "entra" else mail},
                {"signInType": "userPrincipalName", "issuer": initial, "issuerAssignedId": upn}][:2 if external else 1],
        })
        user = User(props, home, bool(entry.get("first_sign_in")))
        self.users[user.id] = user
        return user

    def delete_user(self, user):
        for gid in list(user.groups):
            self.leave(gid, user.id)
        del self.users[user.id]

    def principal(self, ref):
        """The user or group named by object id, mail address or display name; None if there is none."""
        found = self.users.get(ref) or self.groups.get(ref)
        if found:
            return found
        for user in self.users.values():
            if (user.props["mail"] or "").lower() == ref.lower():
                return user
        return next((group for group in self.groups.values() if group.props["displayName"] == ref), None)

    def join(self, gid, member_id):
        self.groups[gid].members[member_id] = None
        self.principal(member_id).groups[gid] = None

    def leave(self, gid, member_id):
        self.groups[gid].members.pop(member_id, None)
        member = self.principal(member_id)
        if member:
            member.groups.pop(gid, None)

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
            seen[member] = self.principal(member)
            if transitive and member in self.groups:
                queue.extend(self.groups[member].members)
        return list(seen.values())

    # People who can sign in

    def account(self, mail):
        """The account behind a sign-in name, or None: partner, our own, or any mail-code guest's address."""
        wanted = mail.strip().lower()
        for home in self.homes:
            for record in home["users"]:
                if record["mail"].lower() == wanted:
                    return Account("entra", record["mail"], record["name"], record["id"], home["id"], home["name"], record)
        for user in self.users.values():
            if user.home["mail"].lower() == wanted and user.home["kind"] == "internal":
                return Account("internal", user.home["mail"], user.props["displayName"], user.id, self.tenant["id"],
                               self.tenant["name"], user.home)
            if user.home["mail"].lower() == wanted and user.home["kind"] == "mail":
                return Account("mail", user.home["mail"], user.props["displayName"], str(uuid.uuid5(uuid.NAMESPACE_DNS, wanted)),
                               "", "One-time code by e-mail", user.home)
        return None

    def user_of(self, account):
        """The user object here that this proven identity belongs to, or None."""
        for user in self.users.values():
            if user.home["kind"] == account.kind and user.home["mail"].lower() == account.mail.lower():
                return user
        return None

    def home_of(self, account):
        return next((home for home in self.homes if home["id"] == account.tid), {})

    # Tenants and registrations

    def tenant_id(self, ref):
        """GUID of the tenant that a path segment names, or None."""
        wanted = ref.lower()
        if wanted in (self.tenant["id"], self.tenant["domain"], self.tenant["initial_domain"]):
            return self.tenant["id"]
        for home in self.homes:
            if wanted == home["id"] or wanted in home["domains"]:
                return home["id"]
        return None

    def registration(self, app_id):
        return next((one for one in self.registrations.values() if one["appId"] == (app_id or "").lower()), None)

    def new_mail_code(self, address):
        code = f"{secrets.randbelow(10 ** 8):08d}"
        self.mailbox.setdefault(address.lower(), []).insert(0, {"code": code, "time": self.clock.stamp(), "used": False})
        return code


def load(path):
    with open(path, encoding="utf-8") as source:
        return json.load(source)
