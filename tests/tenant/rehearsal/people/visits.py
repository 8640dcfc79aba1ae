# SPDX-License-Identifier: Apache-2.0
"""Sign-ins that are for no application: accepting an invitation by its link, and an administrator's consent."""
from dataclasses import dataclass

from . import pages
from ..login.scopes import Scopes
from ..login.signin import SignIn

LASTS = 900
INVITATIONS = {"appId": "16714a71-0000-4f00-8f00-0000000016e5", "displayName": "Invitation acceptance"}
CONSENT = {"appId": "c0465e47-0000-4f00-8f00-00000000c045", "displayName": "Permissions"}


@dataclass
class Visit(SignIn):
    for_application = False

    def cancelled(self, world, code=None):
        return pages.declined(world.tenant["name"], self.client["displayName"])


def _members(world, client):
    return {"tenant_id": world.tenant["id"], "client": client, "scopes": Scopes("openid", ["openid"], "graph", [], []),
            "created": world.clock.monotonic(), "issued_at": world.clock.now(), "expires_in": LASTS}


@dataclass
class Redemption(Visit):
    """The person followed the link of an invitation."""
    invitation: object = None

    def finished(self, world):
        self.invitation.used = True
        return pages.redeemed(world.tenant["name"], self.invitation.redirect)


@dataclass
class AdminConsent(Visit):
    """An administrator decides for everybody."""
    consent_for: dict = None
    outcome: str = ""

    def finished(self, world):
        return pages.consented(world.tenant["name"], self.consent_for["displayName"], self.outcome == "True")


def redemption(world, invitation):
    return Redemption(**_members(world, INVITATIONS), invitation=invitation)


def admin_consent(world, client):
    return AdminConsent(**_members(world, CONSENT), consent_for=client)
