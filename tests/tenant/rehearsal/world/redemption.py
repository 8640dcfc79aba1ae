# SPDX-License-Identifier: Apache-2.0
"""Invitations: who may send one, which home an address belongs to, and what becomes of the user object.

    invitation = redemption.invite(world, body, app=registration)     # what POST /invitations answers; Refused if it
    may not

An invitation is accepted only by a person at the browser: human.py calls `accept`.
"""
import re
import secrets
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from . import audit_log
from .crosstenant import INVITERS

ADDRESS = re.compile(r"^[^@\s<>()\[\]\\,;:\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+$")
PENDING = "PendingAcceptance"
GOOGLE_DOMAINS = ("gmail.com", "googlemail.com")
GUEST_INVITER = "Guest Inviter"


class Refused(Exception):
    """An invitation that may not be: what Graph answers."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Invitation:
    id: str
    ticket: str
    user_id: str
    mail: str
    redirect: str
    used: bool = False


# Which home an address belongs to

def _federated(world, domain):
    return next((home for home in world.homes.all if home.get("kind") == "saml" and domain in home["domains"]), None)


def _social(world, mail, domain):
    """Google by the domain or by an account there; a Microsoft account only if it exists already."""
    for kind in ("google", "msa"):
        home = world.homes.of_kind(kind)
        if home is None:
            continue
        ours = domain in home.get("domains", ()) and kind == "google" or domain in GOOGLE_DOMAINS and kind == "google"
        if ours or any(record["mail"].lower() == mail for record in home.get("users", ())):
            return {"kind": kind, "mail": mail}
    return None


def home_for(world, address):
    """The home where this address will be redeemed, by the order of identity providers (entra-facts 8)."""
    mail = address.lower()
    domain = mail.partition("@")[2]
    order = world.policies["crossTenantAccessPolicy"]["default"]["invitationRedemptionIdentityProviderConfiguration"]
    for provider in order["primaryIdentityProviderPrecedenceOrder"]:
        if provider == "azureActiveDirectory" and world.homes.manages(domain):
            return {"kind": "entra", "mail": address}
        if provider == "externalFederation" and _federated(world, domain):
            home = _federated(world, domain)
            return {"kind": home["kind"], "mail": address, "issuer": home["issuer"]}
        if provider == "socialIdentityProviders":
            found = _social(world, mail, domain)
            if found:
                return {**found, "mail": address}
    if order["fallbackIdentityProvider"] == "microsoftAccount":
        return {"kind": "msa", "mail": address}
    return {"kind": "mail", "mail": address}


# Inviting

def _may_invite(world, app, user):
    allowed = world.policies["authorizationPolicy"]["allowInvitesFrom"]
    roles = world.directory_roles.get(user.id, ()) if user is not None else ()
    if app is not None:
        good = allowed in INVITERS[2:]  # app-only fails when invitations are off or for admins only
    elif user is None or any(role.endswith("Administrator") for role in roles) or GUEST_INVITER in roles:
        good = allowed != "none"
    else:
        good = allowed == "everyone" or (allowed == INVITERS[2] and user.props["userType"] == "Member")
    if not good:
        raise Refused(403, "Authorization_RequestDenied",
                      "Guest invitations not allowed for your company. Contact your company administrator for more "
                      "details.")


def _check_address(world, mail):
    if not isinstance(mail, str) or not ADDRESS.match(mail):
        raise Refused(400, "BadRequest", "The invited user email address is not valid.")
    domain, lists = mail.lower().rpartition("@")[2], world.policies["invitationDomains"]
    if domain in lists["blocked"] or (lists["allowed"] and domain not in lists["allowed"]):
        raise Refused(400, "BadRequest",
                      "The domain of the invited user is not allowed by the policy of this organization.")


def _check_body(body):
    if not isinstance(body, dict):
        raise Refused(400, "BadRequest", "The request body must be an invitation.")
    for name in ("invitedUserEmailAddress", "inviteRedirectUrl"):
        if not body.get(name):
            raise Refused(400, "BadRequest", f"The required property '{name}' is missing.")
    if urlsplit(str(body["inviteRedirectUrl"])).scheme not in ("http", "https"):
        raise Refused(400, "BadRequest", "The property 'inviteRedirectUrl' is not an absolute URL.")
    if body.get("invitedUserType", "Guest") not in ("Guest", "Member"):
        raise Refused(400, "BadRequest", "The property 'invitedUserType' is Guest or Member.")


def _sponsors(world, body, by):
    named = [one["id"] for one in body.get("invitedUserSponsors") or ()]
    for one in named:
        if one not in world.users and one not in world.groups:
            raise Refused(400, "Request_BadRequest", f"The sponsor '{one}' does not exist.")
    return named or ([by.id] if by is not None else [])


def _new_guest(world, body, mail, by):
    sponsors = _sponsors(world, body, by)
    user = world.add_user({"mail": mail, "displayName": body.get("invitedUserDisplayName") or mail,
                           "home": home_for(world, mail),
                           "userType": body.get("invitedUserType", "Guest"), "externalUserState": PENDING,
                           "createdDateTime": world.clock.iso(), "first_sign_in": True})
    world.sponsors[user.id] = sponsors
    return user


def _existing(world, body, app):
    """The user that the body names by id, or that has the address already; None for a new guest."""
    given = (body.get("invitedUser") or {}).get("id")
    mail = body["invitedUserEmailAddress"].lower()
    if given is None:
        if body.get("resetRedemption"):
            raise Refused(400, "BadRequest", "resetRedemption needs the property 'invitedUser' with an id.")
        for user in world.users_by_mail(mail):
            if not user.external:
                raise Refused(400, "BadRequest", "The invited user already exists in the directory as object ID: "
                              f"{user.id}. They can use that account to sign in to shared apps and resources.")
            return user
        if mail.rpartition("@")[2] in (world.tenant["domain"], world.tenant["initial_domain"]):
            raise Refused(400, "BadRequest", "The invited user belongs to a verified domain of this directory.")
        return None
    user = world.users.get(given)
    if user is None:
        raise Refused(404, "Request_ResourceNotFound", f"Resource '{given}' does not exist.")
    if app is not None and world.directory_roles.get(user.id):
        raise Refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    addresses = {(user.props["mail"] or "").lower(), *(one.lower() for one in user.props["otherMails"])}
    if user.external and not body.get("resetRedemption"):
        raise Refused(400, "BadRequest", "The user is external already; set resetRedemption to invite it anew.")
    if mail != (user.props["mail"] or "").lower() if not user.external else mail not in addresses:
        raise Refused(400, "BadRequest", "The invited user email address is none of the user's addresses.")
    return user


def invite(world, body, app=None, user=None):
    """Invite, invite anew, or convert an internal account; returns the invitation as Graph shows it. `app` or `user`:
    who
    invites; neither: an administrator."""
    _check_body(body)
    _may_invite(world, app, user)
    mail = body["invitedUserEmailAddress"]
    _check_address(world, mail)
    with audit_log.acting(app, user):
        guest = _existing(world, body, app)
        if guest is None:
            guest = _new_guest(world, body, mail, user)
        elif not guest.external:
            convert(world, guest, mail)
        elif body.get("resetRedemption"):
            reset(world, guest, mail)
        world.audits.note("Invite external user", guest, operation="Add", service="Invited Users")
    made = Invitation(str(uuid.uuid4()), secrets.token_urlsafe(32), guest.id, mail, body["inviteRedirectUrl"])
    world.invitations[made.ticket] = made
    if body.get("sendInvitationMessage"):
        world.deliver(mail, {"link": link(world, made), "time": world.clock.stamp(), "used": False})
    return {
        "id": made.id, "inviteRedeemUrl": link(world, made), "invitedUserDisplayName": guest.props["displayName"],
        "invitedUserType": guest.props["userType"], "invitedUserEmailAddress": mail,
        "sendInvitationMessage": bool(body.get("sendInvitationMessage")),
        "resetRedemption": bool(body.get("resetRedemption")),
        "inviteRedirectUrl": body["inviteRedirectUrl"],
        "status": world.switches.invitation_status or (
            "Completed" if guest.props["externalUserState"] == "Accepted" else PENDING),
        "invitedUserMessageInfo": body.get("invitedUserMessageInfo"), "invitedUser": {"id": guest.id}}


def link(world, made):
    inner = (f"https://invitations.microsoft.com/redeem/?tenant={world.tenant['id']}&user={made.user_id}"
             f"&ticket={made.ticket}&ver=2.0")
    return f"{world.login}/redeem?rd={quote(inner, safe='')}"


def by_link(world, rd):
    """The invitation behind the `rd` of a link, or None if it was never made or its user is gone."""
    ticket = parse_qs(urlsplit(rd).query).get("ticket", [""])[0]
    made = world.invitations.get(ticket)
    return made if made is not None and made.user_id in world.users else None


def refresh(world, user, mail):
    """The providers may have changed since the invitation: an open one is redeemed where the address belongs now."""
    if user.props["externalUserState"] == PENDING and user.home["mail"].lower() == mail.lower():
        world.change_home(user, _free(world, user, home_for(world, mail)))


# What becomes of the object

def reset(world, user, mail):
    """Redemption anew, perhaps with another address: id, groups and UPN stay, the old identity no longer opens the
    object."""
    state = world.switches.reset_redemption_state
    world.change_home(user, _free(world, user, home_for(world, mail)))
    world.change_user(user, {"mail": mail, "externalUserState": state})
    user.first_sign_in = True


def convert(world, user, mail=None):
    """An internal account becomes an external one: id, UPN (without #EXT#), groups and userType stay."""
    mail = mail or user.props["mail"]
    kept = {name: user.props[name] for name in ("userPrincipalName", "userType", "creationType")}
    world.change_home(user, _free(world, user, home_for(world, mail)))
    world.change_user(user, {**kept, "mail": mail, "externalUserState": PENDING})
    user.first_sign_in = True


def _free(world, user, home):
    """An identity opens one object only."""
    other = next((one for one in world.users_at_home(home) if one is not user), None)
    if other is not None:
        raise Refused(409, "Request_MultipleObjectsWithSameKeyValue",
                      f"Another object with the same identity exists in the directory: {other.id}.")
    return home


def hand_over(world, user, mail):
    """The object is another person's from now on: same id, name and groups, other identity; nobody is asked to
    accept."""
    world.change_home(user, _free(world, user, home_for(world, mail)))
    world.change_user(user, {"mail": mail, "externalUserState": "Accepted"})


def accept(world, user, account):
    """A person with the invited identity accepted at the browser."""
    if user.props["externalUserState"] != PENDING:
        return
    if (user.home["kind"], user.home["mail"].lower()) != (account.kind, account.mail.lower()):
        world.change_home(user, home_of(account))
    with audit_log.acting(user=user):
        world.change_user(user, {"externalUserState": "Accepted"})
        world.audits.note("Redeem external user invite", user, service="Invited Users")


def home_of(account):
    """The `home` of a user object for a proven account."""
    out = {"kind": account.kind, "mail": account.mail}
    if account.issuer:
        out["issuer"] = account.issuer
    return out


def leave(world, user):
    """The guest leaves by its own will: soft deletion without any administrator."""
    if not user.external:
        raise Refused(400, "BadRequest", "Only external users can leave.")
    if not world.policies["externalIdentitiesPolicy"]["allowExternalIdentitiesToLeave"]:
        raise Refused(403, "Authorization_RequestDenied",
                      "External users may not leave this organization by themselves.")
    with audit_log.acting(user=user):
        world.delete_user(user)
