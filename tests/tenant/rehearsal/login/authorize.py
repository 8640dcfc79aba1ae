# SPDX-License-Identifier: Apache-2.0
"""The authorize endpoint, the redemption of its codes, and logout (entra-facts 3.1 to 3.3).

Errors about the client or the redirect URI stay on a page; all others go back to the redirect URI.
"""
import base64
import hashlib
import secrets
import urllib.parse
from dataclasses import dataclass
from html import escape

from aiohttp import web

from . import claims as claim, clients, scopes, signin_log, token_policy, tokens
from ..people import decide, pages
from .clients import SHARED
from .errors import LoginError, body
from ..world.identity import Code
from .http import correlation_of, tenant_of, unwell
from .registrations import PLATFORMS
from .signin import SignIn
from ..people.walk import COOKIE, Walk, proofs, session_of, start

TYPES = {"code", "id_token", "code id_token"}
MODES = ("query", "fragment", "form_post")
PROMPTS = ("", "login", "none", "consent", "select_account")
LOOPBACK = ("localhost", "127.0.0.1")
VERIFIER = range(43, 129)
# The redirect may say only these (3.2); what the token endpoint calls invalid_grant asks for interaction here.
AT_REDIRECT = {"invalid_grant": "interaction_required", "invalid_scope": "invalid_request",
               "login_required": "login_required"}
routes = web.RouteTableDef()


@dataclass
class Request(SignIn):
    """A sign-in that ends in a redirect."""
    redirect_uri: str = ""
    platform: str = "publicClient"
    response_type: str = "code"
    response_mode: str = "query"
    state_value: str = None
    challenge: str = ""
    method: str = ""
    wants_client_info: bool = False

    expired_text = "AADSTS50089: Authentication failed due to flow token expired. Start again."

    def finished(self, world):
        values = {}
        if "code" in self.response_type.split():
            tokens.forget(world.identity.codes, tokens.MOST_KEPT)
            text = "1." + secrets.token_urlsafe(400)
            world.identity.codes[text] = Code(self, self.redirect_uri, self.platform, self.challenge, self.method,
                                              world.clock.now())
            values["code"] = text
        if "id_token" in self.response_type.split():
            draft = tokens.id_draft(world, self, world.clock.now(), through_browser=True)
            draft.header.setdefault("kid", draft.key.kid)
            values["id_token"] = draft.encode()
        if self.wants_client_info:
            values["client_info"] = tokens.client_info(world, self)
        values["session_state"] = claim.session_id(self)
        return self.back(values)

    def cancelled(self, world, code=None):
        return self.refused(world, LoginError(code or 65004, error="access_denied"))

    def refused(self, world, wrong, correlation=""):
        told = body(world, wrong, correlation or self.correlation)
        error = AT_REDIRECT.get(told["error"], told["error"])
        values = {"error": error, "error_description": told["error_description"]}
        if "error_uri" in told:
            values["error_uri"] = told["error_uri"]
        return self.back({**values, **({"claims": wrong.claims} if wrong.claims else {})})

    def back(self, values):
        if self.state_value is not None:
            values["state"] = self.state_value
        if self.response_mode == "form_post":
            return form_post(self.redirect_uri, values)
        parts = urllib.parse.urlsplit(self.redirect_uri)
        where = urllib.parse.urlunsplit(parts._replace(path=parts.path or "/"))  # a bare host comes back with a slash
        if self.response_mode == "fragment":
            where += "#"
        else:
            where += "&" if parts.query else "?"
        return web.Response(status=302, headers={"Location": where + urllib.parse.urlencode(values)})


def form_post(action, values):
    fields = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
                     for name, value in values.items())
    return pages.page("form_post", "Rehearsal tenant", "Working...",
                      pages.form(action, fields + pages.buttons(("go", "Continue")))
                      + "<script>document.forms[0].submit()</script>")


def match_redirect(client, given):
    """The platform whose registered URI this is, or None; on loopback the port does not count (3.1)."""
    wanted = urllib.parse.urlsplit(given)
    for platform in PLATFORMS:
        for known in client[platform]["redirectUris"]:
            parts = urllib.parse.urlsplit(known)
            same_host = (parts.scheme, parts.hostname) == (wanted.scheme, wanted.hostname)
            same_path = (parts.path, parts.query) == (wanted.path, wanted.query)
            if known == given or (same_host and same_path and parts.hostname in LOOPBACK):
                return platform
    return None


@routes.get("/{tenant}/oauth2/v2.0/authorize")
@routes.post("/{tenant}/oauth2/v2.0/authorize")
async def authorize(request):
    world = request.app["world"]
    given = await request.post() if request.method == "POST" else request.query
    try:
        unwell(world)
        tenant = tenant_of(world, request)
        client = clients.for_person(world, tenant, given.get("client_id"))
        redirect = given.get("redirect_uri") or next(
            (one for platform in PLATFORMS for one in client[platform]["redirectUris"]), "")
        platform = match_redirect(client, redirect)
        if platform is None:
            raise LoginError(50011, redirect=redirect, app_id=client["appId"])
    except LoginError as wrong:
        return pages.blocked(world.tenant["name"], wrong.code, wrong.text, correlation_of(request), world.clock.stamp())
    asked = Request(tenant, client, None, world.clock.monotonic(), world.clock.now(),
                    world.switches.authorize_page_life,
                    redirect_uri=redirect, platform=platform, state_value=given.get("state"),
                    correlation=correlation_of(request))
    try:
        _read(world, asked, given)
        if asked.prompt == "none":
            return _silent(world, asked, request)
    except LoginError as wrong:
        return asked.refused(world, wrong)
    _single_sign_on(world, asked, session_of(world, request))
    return start(world, request, asked)


def _read(world, asked, given):
    """The rest of the parameters, each checked."""
    asked.response_type = " ".join(sorted(given.get("response_type", "").split()))
    if not asked.response_type:
        raise LoginError(900144, field="response_type")
    implicit = "id_token" in asked.response_type.split()
    asked.response_mode = given.get("response_mode") or ("fragment" if implicit else "query")
    if asked.response_mode not in MODES or (implicit and asked.response_mode == "query"):
        asked.response_mode = "fragment" if implicit else "query"
        raise LoginError(165900)
    allowed = asked.client["web"].get("implicitGrantSettings", {}).get("enableIdTokenIssuance")
    if asked.response_type not in TYPES or (implicit and not allowed):
        raise LoginError(165900, error="unsupported_response_type")
    asked.scopes = scopes.for_user(world, asked.client, given.get("scope", ""))
    asked.prompt = given.get("prompt", "")
    asked.login_hint, asked.domain_hint = given.get("login_hint", ""), given.get("domain_hint", "")
    if asked.prompt not in PROMPTS or (asked.prompt == "select_account" and asked.login_hint):
        raise LoginError(165900)
    asked.max_age = int(given["max_age"]) if given.get("max_age", "").isdigit() else None
    asked.nonce, asked.claims = given.get("nonce"), token_policy.parse_claims(given.get("claims"))
    if implicit and not asked.nonce:
        raise LoginError(900144, field="nonce")
    asked.wants_client_info = given.get("client_info") == "1"
    _read_challenge(asked, given)


def _read_challenge(asked, given):
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "")
    if not challenge and (method or asked.platform == "spa"):
        raise LoginError(50147)
    if challenge and len(challenge) not in VERIFIER:
        raise LoginError(501491)
    if method not in ("", "plain", "S256"):
        raise LoginError(50147)
    asked.challenge, asked.method = challenge, method or "plain"


def _candidates(world, asked, session):
    """Accounts of this browser that the hints leave over."""
    out = []
    for mail, proof in proofs(world, session).items():
        account = world.account(mail)
        if account is None or not proof.here or (asked.login_hint and mail.lower() != asked.login_hint.lower()):
            continue
        domain = mail.rpartition("@")[2].lower()
        kind = {"organizations": ("entra", "internal"), "consumers": ("msa",)}.get(asked.domain_hint.lower())
        if asked.domain_hint and domain != asked.domain_hint.lower() and account.kind not in (kind or ()):
            continue
        out.append((account, proof))
    return out


def _single_sign_on(world, asked, session):
    """Without a prompt the only account of the browser goes straight on."""
    found = _candidates(world, asked, session)
    if not asked.prompt and not asked.login_hint and len(found) == 1:
        asked.login_hint = found[0][0].mail


def _silent(world, asked, request):
    """prompt=none: the browser's session answers, or an error says what it lacks (5.2)."""
    session = world.sessions.get(request.cookies.get(COOKIE, ""))
    if session is None or not proofs(world, session):
        raise LoginError(50059 if asked.tenant_id in SHARED and not asked.login_hint else 50058)
    found = _candidates(world, asked, session)
    if not found:
        raise LoginError(50143 if asked.domain_hint else 50058)
    if len(found) > 1:
        raise LoginError(16000, tenant=world.tenant["name"], app=asked.client["displayName"])
    account, proof = found[0]
    _check_session(world, asked, account, proof.auth_time)
    walk = Walk("", session, asked, asked.correlation, account, remembered=True, proven=True, auth_time=proof.auth_time,
                amr=proof.amr)
    verdict = decide.judge(world, walk)
    code = verdict.code or (verdict.step_code if verdict.step else None)
    if code:
        raise LoginError(code, user=account.mail, tenant=world.tenant["name"], app=asked.client["displayName"],
                         app_id=asked.client["appId"])
    asked.session = session.key
    decide.approve(world, asked, verdict.user, account, proof.auth_time, request.remote, list(proof.amr))
    token_policy.check_contexts(world, asked)
    return asked.finished(world)


def _check_session(world, asked, account, auth_time):
    age = world.clock.now() - auth_time
    if account.record.get("password_changed_at", 0.0) > auth_time:
        raise LoginError(50132)
    if account.record.get("sessions_revoked_at", 0.0) > auth_time:
        raise LoginError(50133)
    frequency = world.identity.policy.sign_in_frequency
    if frequency is not None and age > frequency:
        raise LoginError(70044)
    if not asked.accepts_session(auth_time, world.clock.now()):
        raise LoginError(50058)


def redeem(world, tenant, form, basic, request):
    """grant_type=authorization_code: once, within a minute, by the client, tenant, redirect URI and verifier of it."""
    client = clients.for_person(world, tenant, form.get("client_id") or basic[0])
    for name in ("code", "redirect_uri"):
        if not form.get(name):
            raise LoginError(900144, field=name)
    held = world.identity.codes.get(form["code"])
    if held is None:
        raise LoginError(70000)
    signin = held.signin
    signin_log.about(client=client, user=signin.user, account=signin.account, resource=signin.scopes.resource,
                     amr=tuple(signin.amr))
    azpacr = clients.authenticate(world, client, form, basic[1], public=held.platform != "web")
    if signin.client["appId"] != client["appId"]:
        raise LoginError(700007, app_id=client["appId"])
    if signin.tenant_id != tenant:
        raise LoginError(700005)
    if held.redirect_uri != form["redirect_uri"]:
        raise LoginError(500112, redirect=form["redirect_uri"], used=held.redirect_uri)
    if held.redeemed:
        raise LoginError(54005)
    if world.clock.now() - held.issued > world.switches.authorization_code_life:
        raise LoginError(70008)
    _check_verifier(held, form.get("code_verifier", ""))
    if held.platform == "spa" and not request.headers.get("Origin"):
        raise LoginError(9002327)
    if form.get("scope"):
        asked = scopes.for_user(world, client, form["scope"])
        if asked.spelled:
            signin.scopes = asked
    signin.claims = {**signin.claims, **token_policy.parse_claims(form.get("claims"))}
    token_policy.check_platform(world, request.headers.get("User-Agent", ""))
    token_policy.check_contexts(world, signin)
    answer = tokens.answer_for(world, signin, form, azpacr, held.platform)
    held.redeemed, signin.state = True, "redeemed"
    return answer


def _check_verifier(held, verifier):
    if not held.challenge and not verifier:
        return
    proof = verifier
    if held.method == "S256":
        proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not verifier or not held.challenge or not secrets.compare_digest(proof.encode(), held.challenge.encode()):
        raise LoginError(501481)


def signed_out(world, given):
    """Where logout goes: back only to a URI that some application has registered; None: a page of ours."""
    where = given.get("post_logout_redirect_uri", "")
    if not where or not any(match_redirect(client, where) for client in world.registrations.values()):
        return None
    if "state" in given:
        where += f"{'&' if '?' in where else '?'}{urllib.parse.urlencode({'state': given['state']})}"
    return web.Response(status=302, headers={"Location": where})
