# SPDX-License-Identifier: Apache-2.0
"""One sign-in of a person, whatever grant began it: what the pages must know, and what the tokens will say.

Device code (flows.py) and authorization code (authorize.py) are SignIns that differ in how they end in the browser.
The pages (human.py) ask nothing but what stands here.
"""
from dataclasses import dataclass, field

SHARED = ("common", "organizations", "consumers")


@dataclass
class SignIn:
    tenant_id: str          # GUID of the tenant in the request's path, or common / organizations / consumers
    client: dict
    scopes: object
    created: float          # monotonic
    issued_at: float        # the tenant's clock
    expires_in: float
    state: str = "pending"  # pending, approved, declined, blocked, redeemed
    user: object = None
    account: object = None
    auth_time: float = None
    address: str = "127.0.0.1"
    block_code: int = None
    amr: list = field(default_factory=list)
    met: set = field(default_factory=set)  # interrupts of the browser leg that are done
    session: str = None     # key of the browser session that proved the person
    login_hint: str = ""
    domain_hint: str = ""
    prompt: str = ""
    max_age: int = None
    claims: dict = field(default_factory=dict)  # the parsed `claims` parameter
    nonce: str = None
    correlation: str = ""   # of the request that began it

    by_device_code = False       # transfer method deviceCodeFlow, for policies
    for_application = True       # false: an invitation or an administrator's page, where no application wants a token
    expired_text = "AADSTS70019: The code expired. Start again on your device."
    asks_confirmation = False    # the browser asks "are you trying to sign in to ..."

    @property
    def open(self):
        return self.state in ("pending", "blocked")

    def expired(self, now):
        return now >= self.created + self.expires_in

    def accepts_session(self, auth_time, now):
        """Whether a proof of that time, remembered by the browser, is enough for prompt and max_age."""
        return self.prompt != "login" and (self.max_age is None or now - auth_time <= self.max_age)

    def finished(self, world):
        """The browser's last answer once the sign-in is approved."""
        raise NotImplementedError

    def cancelled(self, world, code=None):
        """The browser's last answer once the person pressed Cancel (65004 at the consent page)."""
        raise NotImplementedError


class HomeUser:
    """Somebody who signs in to the own tenant over a shared path (/organizations, /common): no object of ours."""

    external, first_sign_in, groups = False, False, ()

    def __init__(self, account):
        self.id, self.home = account.oid, {"kind": account.kind, "mail": account.mail}
        self.props = {"displayName": account.name, "mail": account.mail, "userType": "Member", "accountEnabled": True,
                      "userPrincipalName": account.mail, "externalUserState": None,
                      "givenName": account.name.partition(" ")[0], "surname": account.name.partition(" ")[2]}
