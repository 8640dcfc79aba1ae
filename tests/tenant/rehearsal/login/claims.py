# SPDX-License-Identifier: Apache-2.0
"""Which claims a token carries: by scopes, by the registration's optional claims, by what the person and the home are.

Claims of the ID token are configured on the client, those of the access token on the API (entra-facts 4.3, 17.3). What
is not known of Entra (16) is a switch.
"""
import hashlib
import secrets
import uuid

from . import registrations
from .keys import CONSUMERS, b64url
from .signin import SHARED

BACKDATED = 300           # iat and nbf lie five minutes before the real time of issue (18)
MOST_GROUPS = 200         # in a JWT; more is overage
MOST_GROUPS_IMPLICIT = 6  # in a token that comes through the browser
GRANULAR = ("totp", "hotp", "sms", "tel", "emailotp", "tap")  # the methods that were all `otp` before (18, row 4.2)
EDOV = {"boolean": True, "number": 1, "text": "1"}


def pairwise(oid, app_id):
    return b64url(hashlib.sha256(f"sub/{app_id}/{oid}".encode()).digest())


def issuing_tenant(world, signin):
    """The tenant whose token it is: over a shared path the person's own (entra-facts 2.4)."""
    if signin.tenant_id in SHARED and signin.account.tid:
        return signin.account.tid
    return world.tenant["id"]


def at_home(world, signin):
    return issuing_tenant(world, signin) != world.tenant["id"]


def oid_of(world, signin):
    return signin.account.oid if at_home(world, signin) else signin.user.id


def idp_of(world, account):
    """The idp claim; None where Entra leaves it out because the account is the tenant's own (4.1, 16.3)."""
    switches, kind = world.switches, account.kind
    if kind == "internal":
        return None
    if kind in ("mail", "google", "facebook"):
        return {"mail": switches.mail_idp, "google": switches.google_idp, "facebook": "facebook.com"}[kind]
    if kind == "saml":
        return account.issuer if switches.saml_idp == "issuer" else account.mail.rpartition("@")[2]
    if kind == "msa" and switches.msa_idp == "live.com":
        return "live.com"
    return f"https://sts.windows.net/{account.tid or CONSUMERS}/"


def common(world, tenant_id, audience, now):
    """Claims of every v2 token."""
    issued = int(now) - BACKDATED
    return {"aud": audience, "iss": f"{world.login}/{tenant_id}/v2.0", "iat": issued, "nbf": issued, "exp": 0,
            "aio": b64url(secrets.token_bytes(48)), "rh": "1." + b64url(secrets.token_bytes(40)) + ".",
            "uti": b64url(secrets.token_bytes(16)), "ver": "2.0"}


def amr_of(world, signin):
    """The methods as the tenant spells them: old or new names, and of a guest's home what trust passes on (16.4)."""
    out = list(signin.amr)
    if signin.account.kind == "entra" and world.switches.home_amr == "mfa_only":
        out = [one for one in out if one in ("pwd", "mfa")]
    if world.switches.amr_names == "old":
        out = ["otp" if one in GRANULAR else one for one in out]
    return list(dict.fromkeys(out))


def _edov(world, signin):
    """xms_edov: whether the home vouches for the domain of the address; None where the claim is left out."""
    domain = (signin.account.mail or "").rpartition("@")[2].lower()
    verified = signin.account.kind in ("msa", "google", "mail", "internal") or (
        signin.account.kind == "entra" and domain in (world.home_of(signin.account).get("domains") or [domain]))
    if verified:
        return EDOV[world.switches.xms_edov_type]
    return False if world.switches.xms_edov_unverified == "false" else None


def email_of(signin, user):
    """The address in the token: what the home's administrator wrote there, or the mail of the object here (4.1)."""
    return signin.account.record.get("claimed_email") or (user.props["mail"] if user else signin.account.mail)


def _upn(user, modifiers):
    """A guest's UPN comes only by one of the two modifiers."""
    upn = user.props["userPrincipalName"]
    if not user.external or "include_externally_authenticated_upn" in modifiers:
        return upn
    return upn.replace("#EXT#", "_EXT_") if "include_externally_authenticated_upn_without_hash" in modifiers else None


def _acrs(world, signin, wanted, token):
    """Authentication contexts. Two traps (3.6): a context that no policy targets counts as satisfied, and as an
    optional claim contexts come unasked."""
    policy, out = world.identity.policy, []
    asked = requested_context(signin.claims, "id_token" if token == "idToken" else "access_token")
    if asked and (asked in policy.contexts or world.switches.acrs_without_policy):
        out.append(asked)
    if "acrs" in wanted and world.switches.acrs_opportunistic:
        out += [one for one in policy.contexts if one not in out and context_satisfied(world, signin, one)]
    return out or None


def requested_context(asked, token):
    """The id of the context that a `claims` parameter wants in this token, or None."""
    entry = (asked.get(token) or {}).get("acrs") or {}
    value = entry.get("value") or (entry.get("values") or [None])[0]
    return value if isinstance(value, str) else None


def context_satisfied(world, signin, context):
    need = world.identity.policy.contexts.get(context)
    if need == "mfa":
        return "mfa" in signin.amr
    if need == "fresh":
        return world.clock.now() - signin.auth_time < BACKDATED
    return need is None


def role_template(name):
    """Template id of a directory role; only that of the most powerful one is known here, the others are made up."""
    known = {"Global Administrator": "62e90394-69f5-4237-9190-012177145e10"}
    return known.get(name) or str(uuid.uuid5(uuid.NAMESPACE_OID, f"role/{name}"))


def group_claims(world, user, registration, token, through_browser=False):
    """groups and wids as groupMembershipClaims says; more than a token holds becomes a pointer to Graph (4.1).

    An optional claim `groups` of one kind of token keeps them out of the other kind.
    """
    mode = registration["groupMembershipClaims"]
    kinds = [one for one in ("idToken", "accessToken") if "groups" in registrations.claims_of(registration, one)]
    if mode in (None, "None") or (kinds and token not in kinds):
        return {}
    out = {}
    roles = world.directory_roles.get(user.id, [])
    if mode in ("All", "DirectoryRole") and roles:
        out["wids"] = [role_template(one) for one in roles]
    if mode == "DirectoryRole":
        return out
    ids = [gid for gid in world.groups_of(user) if world.groups[gid].props["securityEnabled"] or mode == "All"]
    if mode == "ApplicationGroup":
        assigned = [one if isinstance(one, str) else one["principal"] for one in registration["assigned"]]
        named = {found.id for found in map(world.principal, assigned) if found is not None}
        ids = [gid for gid in ids if gid in named]
    if through_browser and len(ids) > MOST_GROUPS_IMPLICIT:
        out["hasgroups"] = True
    elif len(ids) > MOST_GROUPS:
        where = f"https://graph.windows.net/{world.tenant['id']}/users/{user.id}/getMemberObjects"
        out.update({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": where}}})
    elif ids:
        out["groups"] = ids
    return out


def _address(world, signin):
    holds = world.switches.ipaddr_holds
    return None if holds == "absent" else getattr(signin, "poller", None) or signin.address if holds == "poller" \
        else signin.address


def _optional(world, signin, user, wanted, token):
    """Values of the optional claims; None leaves a claim out."""
    account, props = signin.account, user.props if user else {}
    home = world.home_of(account)
    external = user is not None and user.external
    return {
        "acct": 1 if user is not None and props["userType"] == "Guest" else 0,
        "auth_time": int(signin.auth_time), "amr": amr_of(world, signin), "acrs": _acrs(world, signin, wanted, token),
        "email": email_of(signin, user), "ipaddr": _address(world, signin),
        "xms_edov": _edov(world, signin) if "email" in wanted else None,
        "login_hint": "O." + b64url(hashlib.sha256(f"hint/{account.mail}".encode()).digest() * 2),
        "upn": (_upn(user, wanted.get("upn", ())) if user else account.mail),
        "given_name": props.get("givenName"), "family_name": props.get("surname"),
        "tenant_ctry": world.tenant.get("country", "DE"), "tenant_region_scope": "EU", "xms_tpl": "en",
        "xms_pl": home.get("language") or account.record.get("language"),
        "verified_primary_email": None if external or not props.get("mail") else [props["mail"]],
        "sid": session_id(signin),
    }


def session_id(signin):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"session/{signin.session or id(signin)}"))


def person(world, signin, audience, wanted, token):
    """Claims about the person: oid, tid and names need `profile`, the rest is optional claims."""
    oid, user = oid_of(world, signin), None if at_home(world, signin) else signin.user
    out = {"sub": pairwise(oid, audience)}
    idp = None if user is None else idp_of(world, signin.account)
    if idp:
        out["idp"] = idp
    if "profile" in signin.scopes:
        out.update({"oid": oid, "tid": issuing_tenant(world, signin), "preferred_username": signin.account.mail,
                    "name": user.props["displayName"] if user else signin.account.name})
    values = _optional(world, signin, user, wanted, token)
    asked = signin.claims.get("id_token" if token == "idToken" else "access_token") or {}
    for name in [*wanted, *(["acrs"] if "acrs" in asked and "acrs" not in wanted else [])]:
        if values.get(name) is not None:
            out[name] = values[name]
    return out


def roles_claim(world, user, registration):
    """App roles with a value that the person is assigned to."""
    values = [value for value in registrations.assignments(world, registration, user) if value]
    return {"roles": values} if values else {}
