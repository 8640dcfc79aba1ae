# SPDX-License-Identifier: Apache-2.0
"""Tokens whose claims are wrong, missing, of another kind of token or of somebody else."""
import json
import secrets

from .keys import CONSUMERS, b64url
from .mutation_table import ACCESS_ONLY, OTHER_GUID, REQUIRED, claim, mutation

for _name in REQUIRED + ("azp", "azpacr", "scp", "idp", "acct", "auth_time", "idtyp", "uti", "name",
                         "preferred_username"):
    claim(_name, None, f"no {_name} claim", called=f"missing_{_name}")

claim("tid", OTHER_GUID, "tid of another tenant")
claim("tid", lambda w, d: w.homes.all[0]["id"], "tid of the guest's home tenant", called="home_tid")
claim("tid", lambda w, d: d.claims["tid"].upper(), "tid in upper case", called="upper_tid")
claim("oid", OTHER_GUID, "oid of nobody, in the chosen token only unless on both")
claim("oid", "", "oid is an empty string", called="empty_oid")
claim("oid", 7, "oid is a number", called="number_oid")
claim("aud", OTHER_GUID, "aud of another application")
claim("aud", lambda w, d: w.registrations["api"]["identifierUris"][0], "aud is the identifier URI, not the app id",
       ACCESS_ONLY, "uri_aud")
claim("aud", lambda w, d: [d.claims["aud"]], "aud is an array of the right value", called="array_aud")
claim("aud", lambda w, d: [d.claims["aud"], OTHER_GUID], "aud is an array of two", called="two_aud")
claim("aud", "00000003-0000-0000-c000-000000000000", "aud is Microsoft Graph", ACCESS_ONLY, "graph_aud")
claim("iss", lambda w, d: f"{w.login}/{OTHER_GUID}/v2.0", "iss of another tenant")
claim("iss", lambda w, d: d.claims["iss"] + "/", "iss with a slash behind it", called="slash_iss")
claim("iss", lambda w, d: f"https://sts.windows.net/{w.tenant['id']}/", "iss of version 1", called="v1_iss")
claim("ver", "1.0", "ver is 1.0")
claim("azp", OTHER_GUID, "azp of another client", ACCESS_ONLY)
claim("azpacr", "1", "azpacr: the client used a secret", ACCESS_ONLY)
claim("scp", "ssh.logins xssh.login", "scp holds the scope only as a part of words", ACCESS_ONLY)
claim("scp", "other.scope", "scp of another scope", ACCESS_ONLY, "other_scp")
claim("scp", "other.scope ssh.login", "scp of two scopes, ours among them (valid)", ACCESS_ONLY, "two_scp")
claim("scp", "SSH.Login", "scp of the right scope in other letter case", ACCESS_ONLY, "upper_scp")
claim("scp", ["ssh.login"], "scp is an array of the right value", ACCESS_ONLY, "array_scp")
claim("idtyp", "app", "idtyp says app", ACCESS_ONLY)
claim("idtyp", "device", "idtyp of an unknown kind", ACCESS_ONLY, "odd_idtyp")
claim("acct", 0, "acct says member")
claim("acct", "1", "acct is a string", called="text_acct")
claim("idp", f"https://sts.windows.net/{OTHER_GUID}/", "idp of another home tenant")
claim("idp", f"https://sts.windows.net/{CONSUMERS}/", "idp of a Microsoft account, STS form", called="msa_idp")
claim("idp", "live.com", "idp of a Microsoft account, literal form", called="live_idp")
claim("idp", "google.com", "idp of Google", called="google_idp")
claim("idp", lambda w, d: d.claims.get("idp", "").rstrip("/"), "idp without its last slash", called="bare_idp")
claim("idp", lambda w, d: f"https://sts.windows.net/{w.tenant['id']}/", "idp of the tenant itself: an internal account",
       called="own_idp")
claim("idp", lambda w, d: f"https://sts.windows.net/{w.homes.all[0]['id']}/x", "idp with something behind the tenant",
       called="long_idp")
claim("auth_time", lambda w, d: d.claims["iat"] - 86400, "auth_time of yesterday")
claim("auth_time", lambda w, d: d.claims.get("auth_time", 0) + 120, "auth_time two minutes off",
       called="other_auth_time")
claim("exp", lambda w, d: int(w.clock.now()) - 3600, "expired an hour ago", called="expired")
claim("exp", lambda w, d: str(d.claims["exp"]), "exp is a string", called="text_exp")
claim("exp", lambda w, d: float(d.claims["exp"]) + 0.5, "exp is not an integer", called="float_exp")
claim("exp", 1 << 70, "exp is larger than 64 bits", called="huge_exp")
claim("exp", -1, "exp is negative", called="negative_exp")
claim("nbf", lambda w, d: int(w.clock.now()) + 3600, "not valid before an hour from now", called="not_yet_valid")
claim("iat", lambda w, d: int(w.clock.now()) - 4 * 3600, "iat hours before the code was issued",
      called="iat_before_code")
claim("iat", lambda w, d: int(w.clock.now()) + 3600, "iat an hour from now", called="iat_in_future")
claim("name", "\x1b]0;owned\x07\u202eeve", "name with escape sequences", called="hostile_name")
claim("preferred_username", "\x1b[2Jroot", "preferred_username with escape sequences", called="hostile_username")
claim("filler", "x" * 20000, "a token of more than 20 kB", called="huge")
claim("roles", ["ssh.login"], "roles beside scp", ACCESS_ONLY, "with_roles")


@mutation("both tokens name another guest (grace), consistently and with the right signature")
def other_person(world, draft):
    other = world.principal("grace@fabrikam.example")
    draft.claims.update({"oid": other.id, "name": other.props["displayName"],
                         "preferred_username": other.props["mail"]})


def _other_api(world, draft):
    """appId of an API that the token is not for."""
    ids = (one["appId"] for one in world.registrations.values() if one["scopes"])
    return next((one for one in ids if one != draft.claims["aud"]), OTHER_GUID)


@mutation("a token of another tier: aud and sub of another API, its scope of the same name", ACCESS_ONLY)
def other_tier(world, draft):
    draft.claims.update({"aud": _other_api(world, draft), "sub": b64url(secrets.token_bytes(32))})


@mutation("a token of another tier with a scope that ours does not have", ACCESS_ONLY)
def other_tier_scope(world, draft):
    draft.claims.update({"aud": _other_api(world, draft), "sub": b64url(secrets.token_bytes(32)), "scp": "ssh.admin"})


def to_v1(world, draft):
    """The version 1 shape of an access token."""
    claims = draft.claims
    for new, old in (("azp", "appid"), ("azpacr", "appidacr"), ("preferred_username", "unique_name")):
        if new in claims:
            claims[old] = claims.pop(new)
    claims.update({"ver": "1.0", "iss": f"https://sts.windows.net/{world.tenant['id']}/",
                   "aud": world.registrations["api"]["identifierUris"][0]})


@mutation("an app-only token: no scp, idtyp app, oid and sub of a service principal", ACCESS_ONLY)
def app_only(world, draft):
    principal = world.registrations["reader"]["servicePrincipalId"]
    for name in ("scp", "idp", "acct", "name", "preferred_username", "auth_time", "amr", "email"):
        draft.claims.pop(name, None)
    draft.claims.update({"idtyp": "app", "oid": principal, "sub": principal, "azpacr": "2", "roles": ["ssh.login"],
                         "azp": world.registrations["reader"]["appId"]})


@mutation("of a pass-through user, who has no object here: our iss and tid, a foreign idp, altsecid, and no oid, groups or wids")
def pass_through(world, draft):
    for name in ("oid", "groups", "wids", "acct", "email"):
        draft.claims.pop(name, None)
    draft.claims.update({"idp": f"https://sts.windows.net/{OTHER_GUID}/", "altsecid": "5::10032001FA1B2C3D"})


@mutation("a version 1 access token, as the API gets without requestedAccessTokenVersion 2", ACCESS_ONLY)
def v1_token(world, draft):
    to_v1(world, draft)


@mutation("a token of the guest's home tenant: iss, tid and oid of there, everything else right")
def home_token(world, draft):
    home = world.homes.all[0]
    draft.claims.update({"iss": f"{world.login}/{home['id']}/v2.0", "tid": home["id"], "oid": home["users"][0]["id"]})
    draft.claims.pop("idp", None)


@mutation("claims are a JSON array")
def array_claims(_world, draft):
    draft.claims_text = "[1,2,3]"


@mutation("claims are not JSON at all")
def broken_claims(_world, draft):
    draft.claims_text = '{"iss":'


@mutation("oid twice, the right one last")
def duplicateclaim(_world, draft):
    draft.claims_text = f'{{"oid":"{OTHER_GUID}",' + json.dumps(draft.claims)[1:]


@mutation("oid with a NUL and more behind the right value")
def nul_in_oid(_world, draft):
    draft.claims["oid"] = str(draft.claims.get("oid")) + "\x00x"


@mutation("a claim nested 200 deep")
def deep_claims(_world, draft):
    draft.claims_text = json.dumps(draft.claims)[:-1] + ',"deep":' + "[" * 200 + "]" * 200 + "}"
