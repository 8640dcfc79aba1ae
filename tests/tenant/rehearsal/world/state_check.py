# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a data file, each problem with the place where it stands: "users[3].home.kind: no such kind:
'entrra'"."""
import re
from datetime import datetime

from ..login import registrations as known_registrations
from ..people import home_side
from . import governance_check
from .clock import checked_offset
from .crosstenant import FALLBACKS, INVITERS, POLICIES, PRECEDENCE
from .switches import Switches
from .directory import GIVEN
from .world import GUID

MEMBERS = {"about": str, "tenant": dict, "homes": list, "users": list, "groups": list, "deleted": list,
           "registrations": dict,
           "policies": dict, "conditionalAccess": dict, "invitations": list, "consentRequests": list, "switches": dict,
           "clock": dict,
           "scaleHomes": int, "governance": dict, "identity": dict}
NEEDED = ("tenant", "homes", "users", "groups", "registrations")
KINDS = ("entra", "msa", "google", "facebook", "saml", "mail", "internal")
AT_HOMES = KINDS[:5]

HOME = {"id", "kind", "name", "domains", "issuer", "protocol", "users", "fault", "tenant_restrictions",
        "outbound_blocked",
        "inbound_blocked", "cloud", "crossTenantAccessPolicy", "cross_cloud_clients", "language"}
METHODS = tuple(home_side.AMR)
# State of an account at home: allowed values, or a type.
ACCOUNT_STATE = {
    "enabled": bool, "locked": bool, "failures": int, "password": (str, type(None)), "credential_blocked": bool,
    "needs_tap": bool,
    "password_expired": (False, True, "cloud", "on_premises"), "must_change": (None, *home_side.MUST_CHANGE),
    "method": METHODS,
    "mfa": ("remembered", "ask", "none", "limit", *home_side.ENROL), "mfa_method": tuple(home_side.SECOND),
    "risk": (None, "low", "high"),
    "phone": (None, *home_side.PHONE), "hello": (None, *home_side.HELLO), "tap": (dict, type(None)), "aliases": list,
    "claimed_email": (str, type(None)), "provider_session_ended": bool, "device": (str, type(None)),
    "password_changed_at": float, "sessions_revoked_at": float, "language": (str, type(None))}
HOME_STATE = {"fault": (None, *home_side.FAULTS), "tenant_restrictions": (None, *home_side.RESTRICTIONS),
              "outbound_blocked": bool,
              "inbound_blocked": bool, "cloud": (str, type(None)), "domains": list, "issuer": str,
              "protocol": ("saml", "wsfed"),
              "crossTenantAccessPolicy": (dict, type(None)), "cross_cloud_clients": (bool, type(None)),
              "language": (str, type(None))}
USER = {"id", "mail", "home", "first_sign_in", "sponsors", "directoryRoles", "manager", "mfaRegistered", *GIVEN}
# Properties of a user: allowed values, or a type; what is not named here is text.
PROPERTIES = {
    **{name: (str, type(None)) for name in GIVEN}, "userPrincipalName": str, "userType": ("Guest", "Member", None),
    "showInAddressList": (bool, type(None)), "otherMails": list, "proxyAddresses": list, "businessPhones": list,
    "identities": list, "onPremisesExtensionAttributes": (dict, type(None)),
    "customSecurityAttributes": (dict, type(None)), "signInActivity": (dict, type(None)),
    "first_sign_in": bool, "sponsors": list, "directoryRoles": list, "manager": (str, type(None)),
    "mfaRegistered": bool, "groups": list, "password": str}
DECIDED = ("externalUserState", "accountEnabled")  # their checks have sentences of their own
GROUP = {"id", "displayName", "description", "mailNickname", "groupTypes", "visibility", "isAssignableToRole",
         "membershipRule",
         "createdDateTime", "members"}
ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+$")


def fits(value, allowed):
    """Whether a value is one of the allowed ones, or of an allowed type."""
    choices = allowed if isinstance(allowed, tuple) else (allowed,)
    types = tuple(one for one in choices if isinstance(one, type))
    if isinstance(value, bool) and bool not in types:
        return any(value is one for one in choices)
    return isinstance(value, types) or any(value == one and not isinstance(one, type) for one in choices)


def describe(allowed):
    choices = allowed if isinstance(allowed, tuple) else (allowed,)
    return ", ".join(one.__name__ if isinstance(one, type) else repr(one) for one in choices).replace("NoneType",
                                                                                                      "null")


def check_state(changes, table, where, out):
    for name, value in changes.items():
        if name in table and not fits(value, table[name]):
            out.append(f"{where}.{name}: {value!r} is none of: {describe(table[name])}")


def _is_time(text):
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")) is not None
    except ValueError:
        return False


def check_properties(user, where, out):
    """What is wrong with the values of a user's properties, whoever gives them."""
    check_state({name: value for name, value in user.items() if name not in DECIDED}, PROPERTIES, where, out)
    for name, value in user.items():
        if isinstance(value, list) and PROPERTIES.get(name) is list:
            kind = dict if name == "identities" else str
            out.extend(f"{where}.{name}[{place}]: not {kind.__name__}: {one!r}" for place, one in enumerate(value)
                       if not isinstance(one, kind))
        if name.endswith("DateTime") and isinstance(value, str) and not _is_time(value):
            out.append(f"{where}.{name}: no time: {value!r}")
    state = user.get("externalUserState")
    if state not in (None, "Accepted", "PendingAcceptance"):
        out.append(f"{where}.externalUserState: no such state: {state!r}")
    if not isinstance(user.get("accountEnabled", True), bool):
        out.append(f"{where}.accountEnabled: not true or false")


class Checker:
    def __init__(self, data):
        self.data, self.out = data, []
        self.user_ids, self.group_ids, self.names = set(), set(), set()

    def wrong(self, where, text):
        self.out.append(f"{where}: {text}")

    def known(self, entry, members, where):
        for name in entry:
            if name not in members:
                self.wrong(f"{where}.{name}", "no such member")

    def needs(self, entry, where, **types):
        """Whether all these members are there and of their type."""
        good = True
        for name, kind in types.items():
            if not isinstance(entry.get(name), kind):
                what = f"not {kind.__name__}: {entry[name]!r}" if name in entry else "missing"
                self.wrong(f"{where}.{name}", what)
                good = False
        return good

    def entries(self, name, value=None):
        """(place, entry) of a list, complaining of what is no object."""
        for number, entry in enumerate(self.data.get(name, ()) if value is None else value):
            where = f"{name}[{number}]"
            if isinstance(entry, dict):
                yield where, entry
            else:
                self.wrong(where, "not an object")

    def unique(self, seen, value, where):
        if value in seen:
            self.wrong(where, f"{value!r} stands there twice")
        seen.add(value)

    def tenant(self):
        tenant = self.data["tenant"]
        if self.needs(tenant, "tenant", id=str, name=str, domain=str,
                      initial_domain=str) and not GUID.match(tenant["id"]):
            self.wrong("tenant.id", f"not a GUID: {tenant['id']!r}")

    def homes(self):
        ids, mails = set(), set()
        for where, home in self.entries("homes"):
            self.known(home, HOME, where)
            check_state(home, HOME_STATE, where, self.out)
            kind = home.get("kind", "entra")
            if kind not in AT_HOMES:
                self.wrong(f"{where}.kind", f"no such kind of home: {kind!r}")
            if self.needs(home, where, id=str, name=str):
                self.unique(ids, home["id"], f"{where}.id")
                if kind in ("entra", "msa") and not GUID.match(home["id"]):
                    self.wrong(f"{where}.id", f"not a GUID: {home['id']!r}")
            if kind == "saml":
                self.needs(home, where, issuer=str)
            for place, account in self.entries(f"{where}.users", home.get("users", [])):
                self.known(account, {"id", "name", "mail", *ACCOUNT_STATE}, place)
                check_state(account, ACCOUNT_STATE, place, self.out)
                if self.needs(account, place, id=str, name=str, mail=str):
                    self.unique(mails, account["mail"].lower(), f"{place}.mail")

    def person(self, where, user, more=()):
        self.known(user, USER | set(more), where)
        if self.needs(user, where, mail=str) and not ADDRESS.match(user["mail"]):
            self.wrong(f"{where}.mail", f"no address: {user['mail']!r}")
        if "id" in user:
            if not isinstance(user["id"], str) or not GUID.match(user["id"]):
                self.wrong(f"{where}.id", f"not a GUID: {user['id']!r}")
            else:
                self.unique(self.user_ids, user["id"], f"{where}.id")
        check_properties(user, where, self.out)
        self.names.add(str(user.get("mail", "")).lower())
        home = user.get("home")
        if not self.needs(user, where, home=dict):
            return
        if home.get("kind") not in KINDS:
            self.wrong(f"{where}.home.kind", f"no such kind: {home.get('kind')!r}")
        self.needs(home, f"{where}.home", mail=str)
        self.known(home, {"kind", "mail", "issuer", *ACCOUNT_STATE}, f"{where}.home")
        check_state(home, {"issuer": str}, f"{where}.home", self.out)
        check_state(home, ACCOUNT_STATE, f"{where}.home", self.out)

    def groups(self):
        for where, group in self.entries("groups"):
            self.known(group, GROUP, where)
            if self.needs(group, where, id=str, displayName=str, members=list):
                self.unique(self.group_ids, group["id"], f"{where}.id")
                if not GUID.match(group["id"]):
                    self.wrong(f"{where}.id", f"not a GUID: {group['id']!r}")
                self.names.add(group["displayName"].lower())

    def refers(self, ref, where):
        known = isinstance(ref, str) and (ref.lower() in self.names or ref in self.user_ids or ref in self.group_ids
                                          or ref.lower() in self.user_ids or ref.lower() in self.group_ids)
        if not known:
            self.wrong(where, f"nobody and no group here: {ref!r}")

    def references(self):
        for where, group in self.entries("groups"):
            for place, member in enumerate(group["members"] if isinstance(group.get("members"), list) else ()):
                self.refers(member, f"{where}.members[{place}]")
        for name in ("users", "deleted"):
            for where, user in self.entries(name):
                for member in ("sponsors", "groups") if name == "deleted" else ("sponsors",):
                    for place, ref in enumerate(user[member] if isinstance(user.get(member), list) else ()):
                        self.refers(ref, f"{where}.{member}[{place}]")

    def registrations(self):
        ids = set()
        for name, one in self.data["registrations"].items():
            where = f"registrations.{name}"
            if not isinstance(one, dict):
                self.wrong(where, "not an object")
                continue
            self.out += known_registrations.problems(one, where)
            if self.needs(one, where, appId=str, displayName=str):
                self.unique(ids, one["appId"].lower(), f"{where}.appId")
                if not GUID.match(one["appId"]):
                    self.wrong(f"{where}.appId", f"not a GUID: {one['appId']!r}")
        for name in ("reader", "signin", "api"):
            if name not in self.data["registrations"]:
                self.wrong(f"registrations.{name}", "missing")

    def policies(self):
        given = self.data.get("policies", {})
        for name, members in given.items():
            if name not in POLICIES or not isinstance(members, dict):
                self.wrong(f"policies.{name}", "no such policy")
        self.out += check_policies({name: members for name, members in given.items() if isinstance(members, dict)})

    def governance(self):
        for where, text in governance_check.problems(self.data.get("governance", {})):
            self.wrong(where, text)
        for where, ref in governance_check.people(self.data.get("governance", {})):
            self.refers(ref, where)

    def rest(self):
        try:
            Switches(self.data.get("switches"))
        except ValueError as wrong:
            self.wrong("switches", str(wrong))
        for part in self.data.get("identity", {}):
            if part not in ("policy", "health", "devices"):
                self.wrong(f"identity.{part}", "no such member")
        for where, one in self.entries("invitations"):
            if self.needs(one, where, id=str, ticket=str, user_id=str, mail=str, redirect=str):
                self.known(one, {"id", "ticket", "user_id", "mail", "redirect", "used"}, where)
        for where, one in self.entries("consentRequests"):
            self.needs(one, where, user=str, appId=str, reason=str)
        try:
            checked_offset(self.data.get("clock", {}).get("offset", 0.0))
        except ValueError as wrong:
            self.wrong("clock.offset", str(wrong))


def check_policies(given):
    """Problems of the values that decide something."""
    out = []
    allowed = (given.get("authorizationPolicy") or {}).get("allowInvitesFrom", "everyone")
    if allowed not in INVITERS:
        out.append(f"policies.authorizationPolicy.allowInvitesFrom: {allowed!r} is none of: {describe(INVITERS)}")
    access = given.get("crossTenantAccessPolicy") or {}
    order = (access.get("default") or {}).get("invitationRedemptionIdentityProviderConfiguration") or {}
    where = "policies.crossTenantAccessPolicy.default.invitationRedemptionIdentityProviderConfiguration"
    for one in order.get("primaryIdentityProviderPrecedenceOrder", ()):
        if one not in PRECEDENCE:
            out.append(f"{where}: no such provider: {one!r}")
    if order.get("fallbackIdentityProvider", FALLBACKS[0]) not in FALLBACKS:
        out.append(f"{where}: no such fallback: {order['fallbackIdentityProvider']!r}")
    for number, one in enumerate(access.get("partners") or ()):
        if not isinstance(one, dict) or not GUID.match(str(one.get("tenantId"))):
            out.append(f"policies.crossTenantAccessPolicy.partners[{number}].tenantId: not a GUID")
    return out


def check_guest(user, ids):
    """What is wrong with one more user of a tenant that has these ids already; `groups` and `password`
    are the caller's to look up."""
    one = Checker({})
    one.user_ids.update(ids)
    one.person("guest", user, ("groups", "password"))
    return one.out


def check_changes(changes):
    """What is wrong with new values of a user's properties."""
    out = []
    check_properties(changes, "guest", out)
    mail = changes.get("mail")
    if mail is not None and not (isinstance(mail, str) and ADDRESS.match(mail)):
        out.append(f"guest.mail: no address: {mail!r}")
    return out


def check(data):
    """Everything that is wrong with a data file; an empty list if a tenant can be made of it."""
    if not isinstance(data, dict):
        return ["not a JSON object"]
    one = Checker({name: value for name, value in data.items()
                   if isinstance(value, MEMBERS.get(name, ())) and not isinstance(value, bool)})
    for name in NEEDED:
        if name not in data:
            one.wrong(name, "missing")
    for name in data:
        if name not in MEMBERS:
            one.wrong(name, f"no such member; there are {', '.join(MEMBERS)}")
        elif name not in one.data:
            one.wrong(name, f"not {MEMBERS[name].__name__}")
    if "tenant" in one.data:
        one.tenant()
    one.homes()
    for where, user in one.entries("users"):
        one.person(where, user)
    for where, user in one.entries("deleted"):
        one.person(where, user, ("groups", "deletedDateTime"))
    one.groups()
    if "users" in one.data and "groups" in one.data:  # else nobody would be there for anybody to name
        one.references()
        one.governance()
    if "registrations" in one.data:
        one.registrations()
    one.policies()
    one.rest()
    return one.out
