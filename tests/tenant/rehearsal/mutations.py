# SPDX-License-Identifier: Apache-2.0
"""Wrong tokens, each wrong in one named way, to show that a client refuses them.

A mutation is a function (world, draft) that changes a Draft of tokens.py before it is signed, or
(world, answer) that changes the token answer. Control says which are in force, on which token, how often.
"""
import base64
import copy
import hashlib
import hmac
import json
import uuid

from .keys import CONSUMERS, b64url

OTHER_TIER = "a9100000-7777-4f00-8f00-000000000007"  # app id of another API registration: another class of hosts
OTHER_GUID = "0badf00d-0bad-4bad-8bad-0badf00d0bad"
REQUIRED = ("iss", "aud", "exp", "iat", "nbf", "sub", "tid", "oid", "ver")
ID_ONLY, ACCESS_ONLY, BOTH = ("id",), ("access",), ("id", "access")
TABLE = {}         # name: (function, tokens it is for, what it does)
ANSWER_TABLE = {}  # name: (function, what it does)


def _claim(name, value, text, tokens=BOTH, mutation=None):
    def change(world, draft):
        if value is None:
            draft.claims.pop(name, None)
        else:
            draft.claims[name] = value(world, draft) if callable(value) else value
    TABLE[mutation or f"wrong_{name}"] = (change, tokens, text)


def _mutation(text, tokens=BOTH):
    def register(function):
        TABLE[function.__name__] = (function, tokens, text)
        return function
    return register


def _answer(text):
    def register(function):
        ANSWER_TABLE[function.__name__] = (function, text)
        return function
    return register


for _name in REQUIRED + ("azp", "azpacr", "scp", "idp", "acct", "auth_time", "idtyp", "uti", "name",
                         "preferred_username"):
    _claim(_name, None, f"no {_name} claim", mutation=f"missing_{_name}")

_claim("tid", OTHER_GUID, "tid of another tenant")
_claim("tid", lambda w, d: w.homes.all[0]["id"], "tid of the guest's home tenant", mutation="home_tid")
_claim("tid", lambda w, d: d.claims["tid"].upper(), "tid in upper case", mutation="upper_tid")
_claim("oid", OTHER_GUID, "oid of nobody, in the chosen token only unless on both")
_claim("oid", "", "oid is an empty string", mutation="empty_oid")
_claim("oid", 7, "oid is a number", mutation="number_oid")
_claim("aud", OTHER_GUID, "aud of another application")
_claim("aud", lambda w, d: w.registrations["api"]["identifierUris"][0], "aud is the identifier URI, not the app id",
       ACCESS_ONLY, "uri_aud")
_claim("aud", lambda w, d: [d.claims["aud"]], "aud is an array of the right value", mutation="array_aud")
_claim("aud", lambda w, d: [d.claims["aud"], OTHER_GUID], "aud is an array of two", mutation="two_aud")
_claim("aud", "00000003-0000-0000-c000-000000000000", "aud is Microsoft Graph", ACCESS_ONLY, "graph_aud")
_claim("iss", lambda w, d: f"{w.login}/{OTHER_GUID}/v2.0", "iss of another tenant")
_claim("iss", lambda w, d: d.claims["iss"] + "/", "iss with a slash behind it", mutation="slash_iss")
_claim("iss", lambda w, d: f"https://sts.windows.net/{w.tenant['id']}/", "iss of version 1", mutation="v1_iss")
_claim("ver", "1.0", "ver is 1.0")
_claim("azp", OTHER_GUID, "azp of another client", ACCESS_ONLY)
_claim("azpacr", "1", "azpacr: the client used a secret", ACCESS_ONLY)
_claim("scp", "ssh.logins xssh.login", "scp holds the scope only as a part of words", ACCESS_ONLY)
_claim("scp", "other.scope", "scp of another scope", ACCESS_ONLY, "other_scp")
_claim("scp", "other.scope ssh.login", "scp of two scopes, ours among them (valid)", ACCESS_ONLY, "two_scp")
_claim("scp", "SSH.Login", "scp of the right scope in other letter case", ACCESS_ONLY, "upper_scp")
_claim("scp", ["ssh.login"], "scp is an array of the right value", ACCESS_ONLY, "array_scp")
_claim("idtyp", "app", "idtyp says app", ACCESS_ONLY)
_claim("idtyp", "device", "idtyp of an unknown kind", ACCESS_ONLY, "odd_idtyp")
_claim("acct", 0, "acct says member")
_claim("acct", "1", "acct is a string", mutation="text_acct")
_claim("idp", f"https://sts.windows.net/{OTHER_GUID}/", "idp of another home tenant")
_claim("idp", f"https://sts.windows.net/{CONSUMERS}/", "idp of a Microsoft account, STS form", mutation="msa_idp")
_claim("idp", "live.com", "idp of a Microsoft account, literal form", mutation="live_idp")
_claim("idp", "google.com", "idp of Google", mutation="google_idp")
_claim("idp", lambda w, d: d.claims.get("idp", "").rstrip("/"), "idp without its last slash", mutation="bare_idp")
_claim("idp", lambda w, d: f"https://sts.windows.net/{w.tenant['id']}/", "idp of the tenant itself: an internal account",
       mutation="own_idp")
_claim("idp", lambda w, d: f"https://sts.windows.net/{w.homes.all[0]['id']}/x", "idp with something behind the tenant",
       mutation="long_idp")
_claim("auth_time", lambda w, d: d.claims["iat"] - 86400, "auth_time of yesterday")
_claim("auth_time", lambda w, d: d.claims.get("auth_time", 0) + 120, "auth_time two minutes off, to differ between the tokens",
       mutation="other_auth_time")
_claim("exp", lambda w, d: int(w.clock.now()) - 3600, "expired an hour ago", mutation="expired")
_claim("exp", lambda w, d: str(d.claims["exp"]), "exp is a string", mutation="text_exp")
_claim("exp", lambda w, d: float(d.claims["exp"]) + 0.5, "exp is not an integer", mutation="float_exp")
_claim("exp", 1 << 70, "exp is larger than 64 bits", mutation="huge_exp")
_claim("exp", -1, "exp is negative", mutation="negative_exp")
_claim("nbf", lambda w, d: int(w.clock.now()) + 3600, "not valid before an hour from now", mutation="not_yet_valid")
_claim("iat", lambda w, d: int(w.clock.now()) - 4 * 3600, "iat hours before the code was issued", mutation="iat_before_code")
_claim("iat", lambda w, d: int(w.clock.now()) + 3600, "iat an hour from now", mutation="iat_in_future")
_claim("name", "\x1b]0;owned\x07\u202eeve", "name with escape sequences", mutation="hostile_name")
_claim("preferred_username", "\x1b[2Jroot", "preferred_username with escape sequences", mutation="hostile_username")
_claim("filler", "x" * 20000, "a token of more than 20 kB", mutation="huge")
_claim("roles", ["ssh.login"], "roles beside scp", ACCESS_ONLY, "with_roles")


@_mutation("both tokens name another guest (grace), consistently and with the right signature")
def other_person(world, draft):
    other = world.principal("grace@fabrikam.example")
    draft.claims.update({"oid": other.id, "name": other.props["displayName"], "preferred_username": other.props["mail"]})


@_mutation("a token of another tier: aud of another API registration, its scope of the same name, rightly signed",
           ACCESS_ONLY)
def other_tier(_world, draft):
    draft.claims["aud"] = OTHER_TIER


@_mutation("a token of another tier with a scope of that tier", ACCESS_ONLY)
def other_tier_scope(_world, draft):
    draft.claims.update({"aud": OTHER_TIER, "scp": "ssh.admin"})


@_mutation("alg none, no signature")
def alg_none(_world, draft):
    draft.alg, draft.sign = "none", lambda _text: b""


@_mutation("alg none in the header, a real signature behind it")
def alg_none_signed(_world, draft):
    draft.header_text = json.dumps({"typ": "JWT", "alg": "none", **draft.header})


@_mutation("HS256 keyed with the public key")
def alg_hs256(_world, draft):
    draft.alg = "HS256"
    secret = draft.key.public_pem()
    draft.sign = lambda text: hmac.new(secret, text, hashlib.sha256).digest()


@_mutation("RS512 with the right key")
def alg_rs512(_world, draft):
    draft.alg = "RS512"


@_mutation("PS256 with the right key")
def alg_ps256(_world, draft):
    draft.alg = "PS256"


@_mutation("alg in lower case")
def alg_lower_case(_world, draft):
    draft.header_text = json.dumps({"typ": "JWT", "alg": "rs256", **draft.header})


@_mutation("a kid that no key document has")
def unknown_kid(world, draft):
    draft.key = world.keys.want("unpublished")
    draft.header["kid"] = draft.key.kid


@_mutation("a published kid, but signed by another key")
def other_key(world, draft):
    draft.key = world.keys.want("unpublished")


@_mutation("no kid")
def missing_kid(_world, draft):
    draft.header.pop("kid", None)


@_mutation("signed by a published key whose issuer is another tenant")
def foreign_key(world, draft):
    draft.key = world.keys.foreign
    draft.header["kid"] = draft.key.kid


@_mutation("signed by a published key that has no issuer member")
def key_without_issuer(world, draft):
    draft.key = world.keys.want("no_issuer")
    draft.header["kid"] = draft.key.kid


@_mutation("one bit of the signature is wrong")
def broken_signature(_world, draft):
    def flip(text):
        head, body, signature = text.split(".")
        raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
        raw[len(raw) // 2] ^= 1
        return f"{head}.{body}.{b64url(bytes(raw))}"
    draft.finish.append(flip)


@_mutation("a claim changed after signing")
def changed_after_signing(_world, draft):
    def change(text):
        head, _, signature = text.split(".")
        claims = dict(draft.claims, name="Somebody Else")
        return f"{head}.{b64url(json.dumps(claims).encode())}.{signature}"
    draft.finish.append(change)


@_mutation("header member alg twice")
def duplicate_header(_world, draft):
    draft.header_text = f'{{"typ":"JWT","alg":"none","alg":"RS256","kid":"{draft.header["kid"]}"}}'


@_mutation("header member kid twice, the right one last")
def duplicate_kid(_world, draft):
    draft.header_text = f'{{"typ":"JWT","alg":"RS256","kid":"{OTHER_GUID}","kid":"{draft.header["kid"]}"}}'


@_mutation("header of more than 20 kB")
def huge_header(_world, draft):
    draft.header["filler"] = "x" * 20000


@_mutation("header with crit")
def critical_header(_world, draft):
    draft.header.update({"crit": ["exp"], "exp": 1})


@_mutation("signed by an own key that the header carries as jwk, jku and x5c")
def key_in_header(world, draft):
    draft.key = world.keys.want("unpublished")
    jwk = draft.key.jwk(world.login)
    draft.header.update({"kid": draft.key.kid, "jwk": jwk, "x5c": jwk["x5c"], "jku": f"{world.login}/jku/keys"})


@_mutation("cut in the middle of the signature")
def cut(_world, draft):
    draft.finish.append(lambda text: text[:-100])


@_mutation("only two parts")
def two_parts(_world, draft):
    draft.finish.append(lambda text: text.rsplit(".", 1)[0])


@_mutation("four parts")
def four_parts(_world, draft):
    draft.finish.append(lambda text: text + ".AAAA")


@_mutation("base64url with padding")
def padded(_world, draft):
    draft.finish.append(lambda text: ".".join(part + "=" * (-len(part) % 4) for part in text.split(".")))


@_mutation("non-canonical base64url: the spare bits of the signature's last character are set")
def noncanonical(_world, draft):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    draft.finish.append(lambda text: text[:-1] + alphabet[alphabet.index(text[-1]) | 1])


@_mutation("an app-only token: no scp, idtyp app, oid and sub of a service principal", ACCESS_ONLY)
def app_only(world, draft):
    principal = str(uuid.uuid5(uuid.NAMESPACE_OID, world.registrations["reader"]["appId"]))
    for name in ("scp", "idp", "acct", "name", "preferred_username", "auth_time", "amr", "email"):
        draft.claims.pop(name, None)
    draft.claims.update({"idtyp": "app", "oid": principal, "sub": principal, "azpacr": "2", "roles": ["ssh.login"],
                         "azp": world.registrations["reader"]["appId"]})


def to_v1(world, draft):
    """The version 1 shape of an access token."""
    claims = draft.claims
    for new, old in (("azp", "appid"), ("azpacr", "appidacr"), ("preferred_username", "unique_name")):
        if new in claims:
            claims[old] = claims.pop(new)
    claims.update({"ver": "1.0", "iss": f"https://sts.windows.net/{world.tenant['id']}/",
                   "aud": world.registrations["api"]["identifierUris"][0]})


@_mutation("a version 1 access token, as the API gets without requestedAccessTokenVersion 2", ACCESS_ONLY)
def v1_token(world, draft):
    to_v1(world, draft)


@_mutation("a token of the guest's home tenant: iss, tid and oid of there, everything else right")
def home_token(world, draft):
    home = world.homes.all[0]
    draft.claims.update({"iss": f"{world.login}/{home['id']}/v2.0", "tid": home["id"], "oid": home["users"][0]["id"]})
    draft.claims.pop("idp", None)


@_mutation("claims are a JSON array")
def array_claims(_world, draft):
    draft.claims_text = "[1,2,3]"


@_mutation("claims are not JSON at all")
def broken_claims(_world, draft):
    draft.claims_text = '{"iss":'


@_mutation("oid twice, the right one last")
def duplicate_claim(_world, draft):
    draft.claims_text = f'{{"oid":"{OTHER_GUID}",' + json.dumps(draft.claims)[1:]


@_mutation("oid with a NUL and more behind the right value")
def nul_in_oid(_world, draft):
    draft.claims["oid"] = str(draft.claims.get("oid")) + "\x00x"


@_mutation("a claim nested 200 deep")
def deep_claims(_world, draft):
    draft.claims_text = json.dumps(draft.claims)[:-1] + ',"deep":' + "[" * 200 + "]" * 200 + "}"


@_answer("the keys rotate right after these tokens were signed; the old key stays published")
def rotate_after_keep(world, _answer):
    world.keys.rotate(False)


@_answer("the keys rotate right after these tokens were signed; the old key is published no more")
def rotate_after_drop(world, _answer):
    world.keys.rotate(True)


@_answer("the ID token stands in the access token's place")
def id_token_as_access_token(_world, answer):
    answer["access_token"] = answer.get("id_token", "")


@_answer("the access token stands in the ID token's place")
def access_token_as_id_token(_world, answer):
    answer["id_token"] = answer["access_token"]


@_answer("no ID token though openid was asked for")
def no_id_token(_world, answer):
    answer.pop("id_token", None)


@_answer("no access token")
def no_access_token(_world, answer):
    answer.pop("access_token", None)


@_answer("expires_in is a string")
def text_expires_in(_world, answer):
    answer["expires_in"] = str(answer["expires_in"])


@_answer("no expires_in")
def no_expires_in(_world, answer):
    answer.pop("expires_in", None)


@_answer("token_type is not Bearer")
def other_token_type(_world, answer):
    answer["token_type"] = "pop"


@_answer("client_info names another home than idp does")
def other_client_info(_world, answer):
    text = json.dumps({"uid": OTHER_GUID, "utid": OTHER_GUID})
    answer["client_info"] = b64url(text.encode())


@_answer("an opaque access token that is no JWT")
def opaque_access_token(_world, answer):
    answer["access_token"] = "EwB4A8l6BAAU" + b64url(b"\x07" * 300)


def check(spec):
    """Validate what control was given; returns the mutation to put in force."""
    name = spec.get("name")
    if name == "set_claim":
        if not isinstance(spec.get("claim"), str) or "value" not in spec:
            raise ValueError("set_claim wants claim and value")
    elif name not in TABLE and name not in ANSWER_TABLE:
        raise ValueError(f"no such mutation: {name}")
    if spec.get("token", "both") not in ("id", "access", "both"):
        raise ValueError("token is id, access or both")
    times = spec.get("times", 1)
    if not isinstance(times, int) or times < 0:
        raise ValueError("times is a number; 0 means always")
    skip = spec.get("skip", 0)
    if type(skip) is not int or skip < 0:
        raise ValueError("skip is a number: how many tokens stay honest before")
    return {"token": "both", **copy.deepcopy(spec), "times": times, "skip": skip, "left": times or -1, "used": 0}


def prepare(world, spec):
    """Publish now the odd key that a mutation will sign with, as a tenant would have it published before."""
    if spec["name"] == "key_without_issuer":
        world.keys.want("no_issuer")
        world.keys.show_no_issuer = True


def apply(world, _flow, drafts):
    """Change the drafts by what is in force; returns the specs used, for apply_to_answer."""
    used = [spec for spec in world.mutations if spec["left"] != 0 and spec["skip"] == 0]
    for spec in world.mutations:
        spec["skip"] -= 1 if spec["skip"] > 0 else 0
    for spec in used:
        spec["left"] -= 1 if spec["left"] > 0 else 0
        spec["used"] += 1
        for draft in drafts:
            if spec["token"] not in (draft.kind, "both"):
                continue
            if spec["name"] == "set_claim":
                draft.claims[spec["claim"]] = spec["value"]
            elif spec["name"] in TABLE and draft.kind in TABLE[spec["name"]][1]:
                TABLE[spec["name"]][0](world, draft)
    return used


def apply_to_answer(world, answer, used):
    for spec in used:
        if spec["name"] in ANSWER_TABLE:
            ANSWER_TABLE[spec["name"]][0](world, answer)


def catalogue():
    out = {name: {"tokens": list(tokens), "about": text} for name, (_, tokens, text) in TABLE.items()}
    out.update({name: {"tokens": ["answer"], "about": text} for name, (_, text) in ANSWER_TABLE.items()})
    return out
