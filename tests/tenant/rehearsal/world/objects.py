# SPDX-License-Identifier: Apache-2.0
"""Users and groups of the tenant. A user holds only what differs from what Entra would fill in, so that 100,000 fit in
little memory; `props` shows all of Graph's properties as if each were stored."""
import struct
import uuid

CREATED = "2026-02-01T09:30:00Z"
# How a home shows in `identities` of the user object before any special case; None: the issuer stands in the home.
ISSUERS = {"entra": "ExternalAzureAD", "mail": "mail", "msa": "MicrosoftAccount", "google": "google.com",
           "facebook": "facebook.com"}


def security_identifier(object_id):
    """The S-1-12-1 SID of an object id: its four little-endian words."""
    return "S-1-12-1-" + "-".join(str(word) for word in struct.unpack("<4I", uuid.UUID(object_id).bytes_le))


class Tenancy:
    """What all users of the tenant share, so that none holds it alone."""

    __slots__ = ("initial_domain", "switches")

    def __init__(self, initial_domain, switches):
        self.initial_domain, self.switches = initial_domain, switches


class User:
    """A user object of the tenant, and what no Graph property shows: where the person signs in (`home`)."""

    __slots__ = ("id", "made_mail", "tenancy", "groups", "first_sign_in", "_set", "_home")

    def __init__(self, object_id, mail, tenancy, given=None, home=None, first_sign_in=False):
        """`given`: properties that differ from the derived ones; `home`: None for Entra at the same address."""
        self.id, self.made_mail, self.tenancy = object_id, mail, tenancy
        self.groups = ()
        self.first_sign_in = first_sign_in
        self._set = given or None
        self._home = home

    @property
    def home(self):
        """Where the identity lives: {"kind": entra|msa|google|facebook|saml|mail|internal, "mail": sign-in name, ...}."""
        return self._home or {"kind": "entra", "mail": self.made_mail}

    @home.setter
    def home(self, value):
        self._home = value

    @property
    def given(self):
        """Names of the properties that were set, rather than derived."""
        return self._set.keys() if self._set else ()

    @property
    def external(self):
        return self._home is None or self._home["kind"] != "internal"

    @property
    def props(self):
        return Props(self)


class Props:
    """All properties of one user; reading derives what was never set, `World.change_user` sets."""

    __slots__ = ("_user",)

    def __init__(self, user):
        self._user = user

    def __getitem__(self, name):
        user = self._user
        if user._set is not None and name in user._set:
            return user._set[name]
        derive = DERIVED.get(name)
        return derive(user, self) if derive else None

    def get(self, name, default=None):
        held = self._user._set
        if held is not None and name in held:
            value = held[name]
        else:
            derive = DERIVED.get(name)
            value = derive(self._user, self) if derive else None
        return default if value is None else value

    def take(self, names, empty):
        """Many properties at once; `empty`: what stands for null."""
        return taker(names, empty)(self._user)

    def was_set(self, name):
        """Whether the property was ever given a value, null included."""
        return self._user._set is not None and name in self._user._set

    def put(self, changes):
        """For World only, which keeps its indices and the journal in step."""
        if self._user._set is None:
            self._user._set = {}
        self._user._set.update(changes)

    @staticmethod
    def keys():
        return DERIVED.keys()


def _upn(user, _props):
    if not user.external:
        return user.made_mail
    return f"{user.made_mail.replace('@', '_')}#EXT#@{user.tenancy.initial_domain}"


def _identities(user, props):
    """entra-facts 7.2; before redemption the object looks as if it lived in our own directory."""
    own = {"signInType": "userPrincipalName", "issuer": user.tenancy.initial_domain,
           "issuerAssignedId": props["userPrincipalName"]}
    if not user.external or props["externalUserState"] == "PendingAcceptance":
        return [own]
    home = user.home
    switches = user.tenancy.switches
    issuer = ISSUERS.get(home["kind"]) or home.get("issuer", "")
    assigned = None if home["kind"] == "entra" else home["mail"]
    if home["kind"] == "entra" and switches.entra_identity_issuer == "domain":
        issuer = home["mail"].rpartition("@")[2]
    elif home["kind"] == "msa":
        issuer = switches.msa_identity_issuer
    return [{"signInType": "federated", "issuer": issuer, "issuerAssignedId": assigned}, own]


DERIVED = {
    "id": lambda user, props: user.id,
    "displayName": lambda user, props: user.made_mail,
    "mail": lambda user, props: user.made_mail,
    "companyName": lambda user, props: None,
    "userType": lambda user, props: "Guest" if user.external else "Member",
    "accountEnabled": lambda user, props: True,
    "userPrincipalName": _upn,
    "creationType": lambda user, props: "Invitation" if user.external else None,
    "externalUserState": lambda user, props: "Accepted" if user.external else None,
    "externalUserStateChangeDateTime": lambda user, props: props["createdDateTime"] if user.external else None,
    "createdDateTime": lambda user, props: CREATED,
    "signInSessionsValidFromDateTime": lambda user, props: props["createdDateTime"],
    "otherMails": lambda user, props: [user.made_mail] if user.external else [],
    "proxyAddresses": lambda user, props: [f"SMTP:{props['mail']}"] if props["mail"] else [],
    "employeeLeaveDateTime": lambda user, props: None,
    "givenName": lambda user, props: (props["displayName"] or "").partition(" ")[0] or None,
    "surname": lambda user, props: (props["displayName"] or "").partition(" ")[2] or None,
    "identities": _identities,
    "securityIdentifier": lambda user, props: security_identifier(user.id),
    "deletedDateTime": lambda user, props: None,
}


def taker(names, empty, head=None):
    """A function that gives these properties of a user, worked out once for all rows of a listing. `empty`: what stands
    for null; `head`: members that come first."""
    plan = [(name, DERIVED.get(name), empty.get(name)) for name in names]
    head, nothing = head or {}, {}

    def take(user):
        held, props, out = user._set or nothing, Props(user), dict(head)
        for name, derive, instead in plan:
            if name in held:
                value = held[name]
            else:
                value = derive(user, props) if derive else None
            out[name] = instead if value is None else value
        return out
    return take


class Group:
    """A group: its properties, the ids of its direct members, the ids of the groups that hold it."""

    __slots__ = ("props", "members", "groups")

    def __init__(self, props):
        self.props = props
        self.members = {}
        self.groups = ()

    @property
    def id(self):
        return self.props["id"]


def group_props(entry):
    """All of a group's properties from the short form of the data file."""
    return {"id": entry["id"], "displayName": entry["displayName"], "description": entry.get("description"),
            "mail": None, "mailEnabled": False, "mailNickname": entry.get("mailNickname", entry["id"][:8]), "securityEnabled": True,
            "groupTypes": entry.get("groupTypes", []), "visibility": entry.get("visibility"),
            "isAssignableToRole": entry.get("isAssignableToRole"),
            "membershipRule": entry.get("membershipRule"),
            "createdDateTime": entry.get("createdDateTime", "2026-01-05T08:00:00Z"), "deletedDateTime": None,
            "securityIdentifier": security_identifier(entry["id"])}
