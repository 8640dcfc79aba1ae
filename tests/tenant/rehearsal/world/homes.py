# SPDX-License-Identifier: Apache-2.0
"""Where people prove who they are: partner tenants, Microsoft accounts, Google, SAML providers. Our own accounts and the
addresses that get one-time codes belong to user objects; World asks for those."""
import re
import uuid
from dataclasses import dataclass, field

from ..login.keys import CONSUMERS

SCALE = re.compile(r"^guest-(\d{6})@partner-(\d{3})\.example$")
SCALE_DOMAIN = re.compile(r"^partner-\d{3}\.example$")
SCALE_PARTNERS = 200


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
    issuer: str = ""  # of a SAML or WS-Fed provider
    home: dict = field(default_factory=dict)  # the organisation's entry and state

    @property
    def enabled(self):
        return self.record.get("enabled", True)


def scale_mail(number):
    return f"guest-{number:06d}@partner-{number % SCALE_PARTNERS:03d}.example"


def scale_tenant(partner):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"partner-{partner:03d}.example"))


class Homes:
    """All homes with an index of their people. `scale`: how many people exist that are made up when asked for."""

    def __init__(self, homes, scale=0):
        self.all = homes
        self.scale = scale
        self._made = {}  # people of the scale whom control has changed
        self._people = {record["mail"].lower(): (home, record) for home in homes for record in home.get("users", [])}

    def add(self, home, record):
        home.setdefault("users", []).append(record)
        self._people[record["mail"].lower()] = (home, record)

    def account(self, mail):
        """The account with this sign-in name at some home, or None."""
        wanted = mail.strip().lower()
        found = self._people.get(wanted)
        if found:
            home, record = found
            kind = home.get("kind", "entra")
            tid = CONSUMERS if kind == "msa" else home["id"] if kind == "entra" else ""
            return Account(kind, record["mail"], record["name"], record["id"], tid, home["name"], record,
                           home.get("issuer", ""), home)
        return self._of_scale(wanted)

    def _of_scale(self, mail):
        hit = SCALE.match(mail)
        if not hit or int(hit[1]) >= self.scale or int(hit[1]) % SCALE_PARTNERS != int(hit[2]):
            return None
        number, partner = int(hit[1]), int(hit[2])
        record = self._made.setdefault(mail, {"mail": mail, "password": f"scale-{number}"})
        return Account("entra", mail, f"Guest {number}", str(uuid.uuid5(uuid.NAMESPACE_URL, mail)), scale_tenant(partner),
                       f"Partner {partner:03d}", record)

    def manages(self, domain):
        """Whether a partner tenant owns this mail domain."""
        if SCALE_DOMAIN.match(domain) and self.scale:
            return True
        return any(home.get("kind", "entra") == "entra" and domain in home.get("domains", ()) for home in self.all)

    def of_kind(self, kind):
        return next((home for home in self.all if home.get("kind", "entra") == kind), None)

    def hosting(self, identity):
        """The home that could have an account for this identity ({"kind", "mail"}), or None: Entra by domain, others by
        kind."""
        domain = identity["mail"].lower().rpartition("@")[2]
        return next((home for home in self.all if home.get("kind", "entra") == identity["kind"] and
                     (identity["kind"] != "entra" or domain in home.get("domains", ())) and
                     identity.get("issuer", home.get("issuer")) == home.get("issuer")), None)

    def find(self, ref):
        """The home with this id, domain or name, or None."""
        wanted = ref.lower()
        return next((home for home in self.all
                     if wanted in (home["id"].lower(), home["name"].lower()) or wanted in home.get("domains", ())), None)

    def by_id(self, tenant_id):
        return next((home for home in self.all if home["id"] == tenant_id), None)

    def tenant_id(self, ref):
        """GUID of the partner tenant that a GUID or domain names, or None."""
        for home in self.all:
            if home.get("kind", "entra") == "entra" and (ref == home["id"] or ref in home.get("domains", [])):
                return home["id"]
        return None
