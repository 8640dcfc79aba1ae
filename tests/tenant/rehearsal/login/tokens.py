# SPDX-License-Identifier: Apache-2.0
"""The tokens: how they are put together and signed, and the answer they travel in."""
import base64
import json
import secrets
import uuid
from dataclasses import dataclass, field

import jwt

from . import claims as claim, mutations, registrations, signin_log
from .claims import BACKDATED
from .errors import LoginError
from ..world.identity import RefreshToken
from .keys import CONSUMERS, b64url
from .registrations import GRAPH_APP_ID

ACCESS_LIFE = (3600, 5400)
LONG_LIFE = (20 * 3600, 28 * 3600)   # under continuous access evaluation
APP_TOKEN_LIFE = 3599
MOST_KEPT = 50000             # refresh tokens, and authorization codes, that are remembered


@dataclass
class Draft:
    """A token before it is signed: what mutations work on."""
    kind: str                      # "id" or "access"
    claims: dict
    key: object
    alg: str = "RS256"
    header: dict = field(default_factory=dict)
    sign: object = None            # callable(signing input) -> signature; replaces the real one
    header_text: str = None        # replaces the header's JSON
    claims_text: str = None        # replaces the claims' JSON
    finish: list = field(default_factory=list)  # callables(compact text) -> compact text

    def encode(self):
        if self.sign is None and self.header_text is None and self.claims_text is None:
            out = jwt.encode(self.claims, self.key.private, algorithm=self.alg, headers=self.header)
        else:
            head = self.header_text or json.dumps({"typ": "JWT", "alg": self.alg, **self.header})
            body = json.dumps(self.claims) if self.claims_text is None else self.claims_text
            signed = f"{b64url(head.encode())}.{b64url(body.encode())}"
            if self.sign:
                signature = self.sign(signed.encode())
            else:
                algorithm = jwt.algorithms.get_default_algorithms()[self.alg]
                signature = algorithm.sign(signed.encode(), self.key.private)
            out = f"{signed}.{b64url(signature)}"
        for step in self.finish:
            out = step(out)
        return out


def id_draft(world, signin, now, through_browser=False):
    client = signin.client
    wanted = registrations.claims_of(client, "idToken")
    if signin.user.external or "email" in signin.scopes:
        wanted.setdefault("email", ())
    claims = {**claim.common(world, claim.issuing_tenant(world, signin), client["appId"], now),
              **claim.person(world, signin, client["appId"], wanted, "idToken"), "sid": claim.session_id(signin)}
    claims["exp"] = claims["iat"] + world.switches.id_token_life
    if signin.nonce is not None:
        claims["nonce"] = signin.nonce
    if not claim.at_home(world, signin):
        claims.update(claim.group_claims(world, signin.user, client, "idToken", through_browser))
        claims.update(claim.roles_claim(world, signin.user, client))
    if world.switches.bare_id_token:
        for name in ("sid", "aio", "email", "xms_edov"):
            claims.pop(name, None)
    return Draft("id", claims, world.keys.for_app(client))


def _life(world, signin, claims):
    """60 to 90 minutes; 20 to 28 hours for a client that handles claims challenges. Whether a guest too: 16.9."""
    capable = "cp1" in [str(one).lower() for one in ((signin.claims.get("access_token") or {}).get("xms_cc") or {}).get(
        "values", [])]
    if capable:
        claims["xms_cc"] = ["cp1"]
    long = capable and (not signin.user.external or world.switches.cp1_guest_long_token)
    low, high = LONG_LIFE if long else ACCESS_LIFE
    return low + secrets.randbelow(high - low + 1)


def access_draft(world, signin, now, azpacr="0"):
    api = registrations.resource(world, signin.scopes.resource)
    configured = registrations.claims_of(api, "accessToken")
    wanted = dict(configured)
    if not world.switches.access_token_amr:
        wanted = {name: more for name, more in wanted.items() if name not in ("amr", "ipaddr")}
    first_version = api["requestedAccessTokenVersion"] != 2
    if first_version:
        wanted.update({"amr": (), "ipaddr": ()})
    values = list(signin.scopes.values) + (signin.scopes.oidc if signin.scopes.resource == "graph" else [])
    claims = {**claim.common(world, claim.issuing_tenant(world, signin), api["appId"], now),
              "azp": signin.client["appId"], "azpacr": azpacr, "scp": " ".join(values),
              **claim.person(world, signin, api["appId"], wanted, "accessToken")}
    if "include_user_token" in configured.get("idtyp", ()):
        claims["idtyp"] = "user"
    if signin.scopes.resource != "graph":
        claims.update(claim.group_claims(world, signin.user, api, "accessToken"))
        claims.update(claim.roles_claim(world, signin.user, api))
    claims["exp"] = int(now) + _life(world, signin, claims)
    draft = Draft("access", claims, world.keys.for_app(api))
    if first_version:
        as_v1(world, draft, api, configured)
    return draft


def as_v1(world, draft, api, configured=()):
    """The version 1 shape of an access token (entra-facts 4.3); its audience is a URI unless use_guid is set."""
    claims = draft.claims
    for new, old in (("azp", "appid"), ("azpacr", "appidacr"), ("preferred_username", "unique_name")):
        if new in claims:
            claims[old] = claims.pop(new)
    tenant = claims["iss"].removesuffix("/v2.0").rpartition("/")[2]
    guid = "use_guid" in dict(configured).get("aud", ()) or api["appId"] == GRAPH_APP_ID or not api["identifierUris"]
    claims.update({"ver": "1.0", "iss": f"https://sts.windows.net/{tenant}/",
                   "aud": api["appId"] if guid else api["identifierUris"][0]})
    draft.header.setdefault("x5t", draft.key.kid)


def client_info(world, signin):
    """uid and utid of the home; of a home that is no tenant, those of the object here (entra-facts 3.5)."""
    account = signin.account
    if account.kind in world.switches.client_info_refused:
        raise LoginError(50179)
    if account.kind == "msa":
        own = str(uuid.uuid5(uuid.NAMESPACE_OID, account.oid))
        digits = account.oid.replace("-", "")[-16:]
        cid = f"00000000-0000-0000-{digits[:4]}-{digits[4:]}"
        pair = {"uid": cid if world.switches.msa_uid == "cid" else own, "utid": CONSUMERS}
    elif account.kind in ("entra", "internal"):
        pair = {"uid": account.oid, "utid": account.tid}
    else:
        pair = {"uid": signin.user.id, "utid": world.tenant["id"]}
    return base64.urlsafe_b64encode(json.dumps(pair).encode()).rstrip(b"=").decode()


def forget(held, most):
    """Drop the oldest codes or tokens beyond so many: the tenant runs for hours."""
    while len(held) >= most:
        del held[next(iter(held))]


def check_cloud(world, signin, azpacr):
    """Guests of another cloud (5.2): never for confidential clients; others as the organisation's setting says."""
    home = world.home_of(signin.account)
    if not home.get("cloud"):
        return
    if azpacr != "0":
        raise LoginError(900432, user=signin.account.mail)
    if not home.get("cross_cloud_clients", True):
        raise LoginError(1002021)


def answer_for(world, signin, form, azpacr="0", platform="publicClient", born=None):
    """The token answer for an approved sign-in; raises before anything is used up."""
    check_cloud(world, signin, azpacr)
    info = client_info(world, signin) if form.get("client_info") == "1" else None
    now, scopes = world.clock.now(), signin.scopes
    access = access_draft(world, signin, now, azpacr)
    signin_log.about(uti=access.claims["uti"], resource=scopes.resource)
    drafts = [access] + ([id_draft(world, signin, now)] if "openid" in scopes else [])
    for draft in drafts:
        draft.header.setdefault("kid", draft.key.kid)
    lasting = max(0, int(access.claims["exp"] - now))
    shown = str(lasting) if world.switches.expires_in_type == "text" else lasting
    listed = (scopes.oidc if world.switches.scope_lists_oidc else []) + scopes.spelled
    answer = {"token_type": "Bearer", "scope": " ".join(listed), "expires_in": shown, **_extended(world, shown)}
    used = mutations.apply(world, signin, drafts)
    for draft in drafts:
        answer[f"{draft.kind}_token"] = draft.encode()
    if "offline_access" in scopes:
        forget(world.identity.refresh, MOST_KEPT)
        text = "1." + b64url(secrets.token_bytes(600))
        world.identity.refresh[text] = RefreshToken(signin, now if born is None else born, now, platform)
        answer["refresh_token"] = text
    if info is not None:
        answer["client_info"] = info
    mutations.apply_to_answer(world, answer, used)
    return answer


def _extended(world, shown):
    """ext_expires_in, whose meaning nobody knows (entra-facts 2.3)."""
    way = world.switches.ext_expires_in
    if way == "absent":
        return {}
    return {"ext_expires_in": shown if way == "same" else type(shown)(int(shown) * 4)}


def redeem(world, flow, form):
    """The answer to the one poll that redeems an approved device code."""
    user = flow.user
    if world.switches.recheck_at_redemption and not claim.at_home(world, flow) and (
            user.id not in world.users or not user.props["accountEnabled"]):
        raise LoginError(500571)
    answer = answer_for(world, flow, form)
    flow.state = "redeemed"
    return answer


def app_token(world, client, azpacr, resource, life=APP_TOKEN_LIFE):
    """A client-credentials answer: neither ID token nor refresh token. Graph's tokens are of version 1."""
    now = world.clock.now()
    principal, api = client["servicePrincipalId"], registrations.resource(world, resource)
    issued = int(now) - BACKDATED
    claims = {"iat": issued, "nbf": issued, "exp": int(now) + life, "oid": principal, "sub": principal,
              "tid": world.tenant["id"], "uti": b64url(secrets.token_bytes(16)), "azp": client["appId"],
              "azpacr": azpacr, "aud": api["appId"], "iss": f"{world.login}/{world.tenant['id']}/v2.0", "ver": "2.0"}
    if resource == "graph":
        roles = list(client["roles"])
    else:
        roles = [value for value in registrations.assignments(world, api, client) if value]
    signin_log.about(uti=claims["uti"], resource=resource)
    configured = registrations.claims_of(api, "accessToken")
    if resource == "graph" or "idtyp" in configured:
        claims["idtyp"] = "app"
    if roles or resource == "graph":
        claims["roles"] = roles
    draft = Draft("access", claims, world.keys.for_app(api))
    if api["requestedAccessTokenVersion"] != 2:
        as_v1(world, draft, api, configured)
        claims["app_displayname"] = client["displayName"]
        if resource == "graph":
            claims.update({"aud": "https://graph.microsoft.com", "issued": now})
    draft.header["kid"] = draft.key.kid
    shown = str(life) if world.switches.expires_in_type == "text" else life
    return {"token_type": "Bearer", "expires_in": shown, **_extended(world, shown), "access_token": draft.encode()}
