# SPDX-License-Identifier: Apache-2.0
"""The tokens: which claims they carry, how they are signed, and the answer they travel in."""
import base64
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass, field

import jwt

from . import mutations, registrations
from .errors import LoginError
from .keys import b64url
from .scopes import GRAPH_APP_ID

BACKDATED = 300          # iat and nbf lie five minutes before the real time of issue
ID_TOKEN_LIFE = 3900     # exp - iat of an ID token
ACCESS_LIFE = (3600, 5400)
APP_TOKEN_LIFE = 3599
KNOWN_OPTIONAL = ("acct", "auth_time", "amr", "email", "ipaddr", "xms_edov")


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


def pairwise(oid, app_id):
    return b64url(hashlib.sha256(f"sub/{app_id}/{oid}".encode()).digest())


def idp_of(world, account):
    """The idp claim; None where Entra leaves it out because the account is the tenant's own."""
    if account.kind == "internal":
        return None
    return world.switches.mail_idp if account.kind == "mail" else f"https://sts.windows.net/{account.tid}/"


def _common(world, audience, now):
    """Claims of every v2 token of this tenant."""
    issued = int(now) - BACKDATED
    return {"aud": audience, "iss": f"{world.login}/{world.tenant['id']}/v2.0", "iat": issued, "nbf": issued,
            "exp": 0, "aio": b64url(secrets.token_bytes(48)), "rh": "1." + b64url(secrets.token_bytes(40)) + ".",
            "uti": b64url(secrets.token_bytes(16)), "ver": "2.0"}


def _person(world, flow, audience, wanted):
    """Claims about the person, as far as the scopes and the optional claims allow."""
    user, account = flow.user, flow.account
    out = {"sub": pairwise(user.id, audience)}
    idp = idp_of(world, account)
    if idp:
        out["idp"] = idp
    if "profile" in flow.scopes:
        out.update({"oid": user.id, "tid": world.tenant["id"], "name": user.props["displayName"],
                    "preferred_username": account.mail})
    values = {"acct": 1 if user.props["userType"] == "Guest" else 0, "auth_time": int(flow.auth_time),
              "amr": flow.amr, "email": user.props["mail"], "ipaddr": flow.address, "xms_edov": True}
    for name in KNOWN_OPTIONAL:
        if name in wanted:
            out[name] = values[name]
    return out


def id_draft(world, flow, now):
    client = flow.client
    wanted = list(registrations.claims_of(client, "idToken"))
    if flow.user.external and "email" not in wanted:
        wanted.append("email")
    claims = {**_common(world, client["appId"], now), **_person(world, flow, client["appId"], wanted),
              "sid": str(uuid.uuid4())}
    claims["exp"] = claims["iat"] + ID_TOKEN_LIFE
    if world.switches.bare_id_token:
        for name in ("sid", "aio", "email", "xms_edov"):
            claims.pop(name, None)
    return Draft("id", claims, world.keys.current)


def access_draft(world, flow, now):
    life = ACCESS_LIFE[0] + secrets.randbelow(ACCESS_LIFE[1] - ACCESS_LIFE[0] + 1)
    if flow.scopes.resource == "graph":
        claims = {**_common(world, GRAPH_APP_ID, now), **_person(world, flow, GRAPH_APP_ID, [])}
        claims.update({"azp": flow.client["appId"], "azpacr": "0",
                       "scp": " ".join([*flow.scopes.values, *flow.scopes.oidc])})
    else:
        api = world.registrations[flow.scopes.resource]
        asked = registrations.claims_of(api, "accessToken")
        wanted = list(asked)
        if not world.switches.access_token_amr:
            wanted = [name for name in wanted if name not in ("amr", "ipaddr")]
        claims = {**_common(world, api["appId"], now), "azp": flow.client["appId"], "azpacr": "0",
                  "scp": " ".join(flow.scopes.values), **_person(world, flow, api["appId"], wanted)}
        if "include_user_token" in asked.get("idtyp", ()):
            claims["idtyp"] = "user"
    claims["exp"] = int(now) + life
    draft = Draft("access", claims, world.keys.current)
    if flow.scopes.resource != "graph" and registrations.resource(world, flow.scopes.resource)["requestedAccessTokenVersion"] != 2:
        mutations.to_v1(world, draft)
    return draft


def client_info(flow):
    text = json.dumps({"uid": flow.account.oid, "utid": flow.account.tid})
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def redeem(world, flow, form):
    """The answer to the one poll that redeems an approved flow."""
    if form.get("client_info") == "1" and flow.account.kind == "mail":
        raise LoginError(50179)
    user = flow.user
    if world.switches.recheck_at_redemption and (user.id not in world.users or not user.props["accountEnabled"]):
        raise LoginError(500571)
    now = world.clock.now()
    scopes = flow.scopes
    access = access_draft(world, flow, now)
    drafts = [access] + ([id_draft(world, flow, now)] if "openid" in scopes else [])
    for draft in drafts:
        draft.header.setdefault("kid", draft.key.kid)
    lasting = max(0, int(access.claims["exp"] - now))
    listed = (scopes.oidc if world.switches.scope_lists_oidc else []) + scopes.spelled
    answer = {"token_type": "Bearer", "scope": " ".join(listed), "expires_in": lasting, "ext_expires_in": lasting}
    used = mutations.apply(world, flow, drafts)
    for draft in drafts:
        answer[f"{draft.kind}_token"] = draft.encode()
    if "offline_access" in scopes:
        answer["refresh_token"] = "1." + b64url(secrets.token_bytes(600))
    if form.get("client_info") == "1":
        answer["client_info"] = client_info(flow)
    mutations.apply_to_answer(world, answer, used)
    flow.state = "redeemed"
    return answer


def app_token(world, client, azpacr, resource):
    """A client-credentials answer: neither ID token nor refresh token. Graph's tokens are of version 1."""
    now = world.clock.now()
    principal = client["servicePrincipalId"]
    issued = int(now) - BACKDATED
    claims = {"iat": issued, "nbf": issued, "exp": int(now) + APP_TOKEN_LIFE, "oid": principal, "sub": principal,
              "tid": world.tenant["id"], "idtyp": "app", "uti": b64url(secrets.token_bytes(16))}
    if resource == "graph":
        claims.update({"aud": "https://graph.microsoft.com", "iss": f"https://sts.windows.net/{world.tenant['id']}/",
                       "appid": client["appId"], "appidacr": azpacr, "app_displayname": client["displayName"],
                       "roles": list(client.get("roles", [])), "ver": "1.0", "issued": now})
    else:
        claims.update({"aud": world.registrations[resource]["appId"], "azp": client["appId"], "azpacr": azpacr,
                       "iss": f"{world.login}/{world.tenant['id']}/v2.0", "ver": "2.0"})
        values = registrations.assignments(world, world.registrations[resource], client)
        if any(values):
            claims["roles"] = [value for value in values if value]
    draft = Draft("access", claims, world.keys.current, header={"kid": world.keys.current.kid})
    return {"token_type": "Bearer", "expires_in": APP_TOKEN_LIFE, "ext_expires_in": APP_TOKEN_LIFE,
            "access_token": draft.encode()}
