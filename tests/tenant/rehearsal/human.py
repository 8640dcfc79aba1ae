# SPDX-License-Identifier: Apache-2.0
"""Host A for people: enter the code, choose an account, prove it at home, consent, confirm."""
import secrets
import uuid
from dataclasses import dataclass

from aiohttp import web

from . import decide, flows, pages, signin_log

COOKIE = "rehearsal_session"
TRIES = 10
routes = web.RouteTableDef()


@dataclass
class Session:
    """A browser: the accounts it signed in with, each with the time of proof and how."""
    key: str
    accounts: dict


@dataclass
class Interaction:
    """One walk through the pages, for one user code, in one browser."""
    key: str
    session: Session
    flow: object
    correlation: str
    account: object = None
    remembered: bool = False
    proven: bool = False
    user: object = None
    consented: bool = False
    tries: int = 0
    auth_time: float = 0.0
    amr: tuple = ()


def session_of(world, request):
    key = request.cookies.get(COOKIE, "")
    if key not in world.sessions:
        key = secrets.token_urlsafe(24)
        world.sessions[key] = Session(key, {})
    return world.sessions[key]


def step(handler):
    """Wrap a page that belongs to a walk: find it, or send the person back to the start."""
    async def run(request):
        world = request.app["world"]
        walk = world.interactions.get(request.query.get("i", ""))
        if walk is None or request.cookies.get(COOKIE) != walk.session.key:
            return pages.gone("This page is out of date.")
        if not walk.flow.open:
            return pages.gone("AADSTS90120: The request was already authorized or declined.")
        if walk.flow.expired(world.clock.monotonic()):
            return pages.gone("AADSTS70019: The code expired. Start again on your device.")
        form = await request.post() if request.method == "POST" else None
        return handler(world, walk, form, request)
    return run


def go(path, walk):
    return web.Response(status=303, headers={"Location": f"{path}?i={walk.key}"})


def at_tenant(world, walk, name):
    return f"/{world.tenant['id']}/{name}?i={walk.key}"


@routes.get("/device")
async def device(_request):
    return pages.enter_code()


@routes.post("/device")
async def device_entered(request):
    world = request.app["world"]
    code = str((await request.post()).get("code", "")).strip()
    if not code:
        return pages.enter_code("AADSTS90119: Enter the code.")
    flow = flows.find_by_user_code(world, code)
    if flow is None:
        return pages.enter_code("AADSTS70018: That code didn't work. Check the code and try again.", code)
    if not flow.open:
        return pages.enter_code("AADSTS90120: That code was used already. Get a new one on your device.")
    if flow.expired(world.clock.monotonic()):
        return pages.enter_code("AADSTS70019: That code has expired. Get a new one on your device.")
    return start(world, request, flow)


def start(world, request, flow):
    """Send the browser on its walk for this sign-in (a signin.SignIn)."""
    session = session_of(world, request)
    own = world.switches.browser_correlation == "own" or not flow.correlation
    walk = Interaction(secrets.token_urlsafe(24), session, flow, str(uuid.uuid4()) if own else flow.correlation)
    world.interactions[walk.key] = walk
    answer = go(f"/{world.tenant['id']}/account", walk)
    answer.set_cookie(COOKIE, session.key, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


def _show_accounts(world, walk, error=""):
    known = [(mail, world.account(mail).name) for mail in walk.session.accounts if world.account(mail)]
    return pages.choose_account(world.tenant["name"], at_tenant(world, walk, "account"),
                                walk.flow.client["displayName"], known, error)


def _account(world, walk, form, request):
    hint = walk.flow.login_hint if walk.account is None and walk.flow.prompt != "select_account" else ""
    if form is None and not (hint and world.account(hint)):
        return _show_accounts(world, walk)
    name = hint if form is None else str(form.get("account") or form.get("email", ""))
    remembered = walk.session.accounts.get(name if form is None else str(form.get("account", "")))
    if remembered and not walk.flow.accepts_session(remembered[0], world.clock.now()):
        remembered = None
    account = world.account(name)
    if account is None:
        return _show_accounts(world, walk, "AADSTS50034: We couldn't find an account with that username.")
    walk.account, walk.user, walk.consented, walk.proven = account, None, False, False
    walk.remembered = remembered is not None
    if remembered:
        walk.proven = True
        walk.auth_time, walk.amr = remembered
        return _after_proof(world, walk, request)
    if account.kind == "mail":
        world.new_mail_code(account.mail)
        return go("/mail/code", walk)
    return go(f"/{account.tid}/password", walk)


def _proven(world, walk, amr):
    walk.proven, walk.auth_time, walk.amr = True, world.clock.now(), amr
    walk.session.accounts[walk.account.mail] = (walk.auth_time, amr)


def _blocked(world, walk, code, request):
    decide.block(walk.flow, code, walk.account)
    signin_log.browser(world, walk, code, request.headers.get("User-Agent", ""), request.remote)
    return pages.blocked(world.tenant["name"], code, decide.text_of(world, code, walk.account), walk.correlation,
                         world.clock.stamp())


def _after_proof(world, walk, request):
    """Back in our tenant: block page, consent page or the last question."""
    verdict = decide.judge(world, walk.flow, walk.account, walk.remembered)
    if verdict.code:
        return _blocked(world, walk, verdict.code, request)
    walk.user = verdict.user
    if verdict.consent and not walk.consented:
        return go(f"/{world.tenant['id']}/consent", walk)
    if walk.flow.asks_confirmation:
        return go(f"/{world.tenant['id']}/confirm", walk)
    return _finish(world, walk, verdict.user, request)


def _finish(world, walk, user, request):
    world.interactions.pop(walk.key, None)
    decide.accept(world, user, walk.account)
    walk.flow.session = walk.session.key
    decide.approve(world, walk.flow, user, walk.account, walk.auth_time, request.remote, list(walk.amr))
    walk.user = user
    signin_log.browser(world, walk, 0, request.headers.get("User-Agent", ""), request.remote)
    return walk.flow.finished(world)


def _too_often(walk):
    walk.tries += 1
    return walk.tries > TRIES


def _password(world, walk, form, request):
    account = walk.account
    if account is None or account.kind == "mail":
        return go(f"/{world.tenant['id']}/account", walk)
    action = f"/{account.tid}/password?i={walk.key}"
    if form is None:
        return pages.password(account.organisation, action, account.mail)
    if _too_often(walk):
        return pages.password(account.organisation, action, account.mail, "AADSTS50053: Your account is locked for now.")
    given = str(form.get("password", ""))
    if not secrets.compare_digest(given.encode(), account.record["password"].encode()):
        return pages.password(account.organisation, action, account.mail,
                              "AADSTS50126: Your account or password is incorrect.")
    if not account.enabled:
        return pages.password(account.organisation, action, account.mail,
                              "AADSTS50057: Your account at this organisation is disabled.")
    _proven(world, walk, ["pwd", "mfa"])
    return _after_proof(world, walk, request)


def _mail_code(world, walk, form, request):
    account = walk.account
    if account is None or account.kind != "mail":
        return go(f"/{world.tenant['id']}/account", walk)
    action = f"/mail/code?i={walk.key}"
    if form is None:
        return pages.mail_code(action, account.mail)
    given = str(form.get("otp", "")).strip()
    letters = world.mailbox.get(account.mail.lower(), [])
    letter = letters[0] if letters else None
    if _too_often(walk) or letter is None or letter["used"] or not secrets.compare_digest(given.encode(), letter["code"].encode()):
        return pages.mail_code(action, account.mail, "That code is not right. Check your e-mail and try again.")
    letter["used"] = True
    _proven(world, walk, ["otp"])
    return _after_proof(world, walk, request)


def _consent(world, walk, form, request):
    if not walk.proven or walk.user is None:
        return go(f"/{world.tenant['id']}/account", walk)
    if form is None:
        return pages.consent(world.tenant["name"], world.tenant["domain"], at_tenant(world, walk, "consent"),
                             walk.user.props["externalUserState"] == "PendingAcceptance")
    if form.get("do") != "accept":
        if walk.flow.by_device_code:
            return _blocked(world, walk, 65004, request)
        return _cancel(world, walk, 65004)
    walk.consented = True
    return _after_proof(world, walk, request)


def _confirm(world, walk, form, request):
    if not walk.proven or walk.user is None:
        return go(f"/{world.tenant['id']}/account", walk)
    tenant, client = world.tenant["name"], walk.flow.client["displayName"]
    verdict = decide.judge(world, walk.flow, walk.account, walk.remembered)
    if verdict.code:
        return _blocked(world, walk, verdict.code, request)
    if verdict.consent and not walk.consented:
        return go(f"/{world.tenant['id']}/consent", walk)
    if form is None:
        return pages.confirm(tenant, at_tenant(world, walk, "confirm"), client, walk.account.mail)
    if form.get("do") != "continue":
        return _cancel(world, walk)
    return _finish(world, walk, verdict.user, request)


def _cancel(world, walk, code=None):
    world.interactions.pop(walk.key, None)
    walk.flow.state, walk.flow.account = "declined", walk.account
    return walk.flow.cancelled(world, code)


for _path, _handler in (("/{tenant}/account", _account), ("/{tenant}/password", _password), ("/mail/code", _mail_code),
                        ("/{tenant}/consent", _consent), ("/{tenant}/confirm", _confirm)):
    routes.get(_path)(step(_handler))
    routes.post(_path)(step(_handler))


@routes.get("/mailbox/{address}")
async def mailbox(request):
    address = request.match_info["address"]
    return pages.mailbox(address, request.app["world"].mailbox.get(address.lower(), []))


@routes.get("/")
async def front(_request):
    raise web.HTTPSeeOther("/device")
