# SPDX-License-Identifier: Apache-2.0
"""Host A for people: where a walk begins (code, invitation, consent), the choice of the account, sign-out, leaving,
mailbox."""
from aiohttp import web

from ..login import authorize, flows
from . import course, decide, home_side, pages, tenant_side, visits
from ..world import redemption
from .walk import COOKIE, at_tenant, proofs, register, session_of, start

routes = web.RouteTableDef()
__all__ = ["routes", "start"]


@routes.get("/devicelogin")
@routes.get("/link")
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


@routes.get("/redeem")
async def redeem(request):
    """The link of an invitation: also an alias address is accepted here."""
    world = request.app["world"]
    made = redemption.by_link(world, request.query.get("rd", ""))
    if made is None:
        return pages.gone("This invitation is not valid any more.")
    redemption.refresh(world, world.users[made.user_id], made.mail)
    flow = visits.redemption(world, made)
    flow.login_hint = made.mail if world.account(made.mail) else ""
    return start(world, request, flow, invitation=made)


@routes.get("/{tenant}/adminconsent")
async def admin_consent(request):
    world = request.app["world"]
    client = world.registration(request.query.get("client_id"))
    if world.tenant_id(request.match_info["tenant"]) != world.tenant["id"] or client is None:
        return pages.gone("AADSTS700016: No such application in this tenant.")
    return start(world, request, visits.admin_consent(world, client))


# The choice of the account

def _show_accounts(world, walk, code=None):
    known = [(mail, world.account(mail).name) for mail in proofs(world, walk.session) if world.account(mail)]
    error = f"AADSTS{code}: We couldn't find an account with that username." if code else ""
    if code:
        decide.block(walk.flow, code)
    return pages.choose_account(world.tenant["name"], at_tenant(world, walk, "account"),
                                walk.flow.client["displayName"], known, walk.flow.by_device_code, error, code)


def _account(world, walk, form, request):
    hint = walk.flow.login_hint if walk.account is None and walk.flow.prompt != "select_account" else ""
    if form is None and not (hint and world.account(hint)):
        return _show_accounts(world, walk)
    name = hint if form is None else str(form.get("account") or form.get("email", ""))
    account = world.account(name)
    if account is None:
        walk.choose(None)
        course.log(world, walk, 50034, request, name)
        return _show_accounts(world, walk, 50034)
    walk.choose(account)
    proof = proofs(world, walk.session).get(account.mail) if form is None or form.get("account") else None
    if proof is None:
        return home_side.begin(world, walk, request)
    if not walk.flow.accepts_session(proof.auth_time, world.clock.now()):
        return _anew(world, walk, proof, request)
    if not proof.here:
        return home_side.silently(world, walk, proof, request)
    if world.switches.password_change_ends_session and account.record.get("password") != proof.password:
        return home_side.begin(world, walk, request)
    return home_side.remember(world, walk, proof, request)


def _anew(world, walk, proof, request):
    """A fresh sign-in was asked for; a home that has a session of its own may answer without a page."""
    if world.switches.home_reprompts or walk.account.kind == "internal":
        return home_side.begin(world, walk, request)
    return home_side.silently(world, walk, proof, request)


register(routes, {"/{tenant}/account": _account, **tenant_side.PAGES, **home_side.PAGES})


# Ends

@routes.get("/{tenant}/oauth2/v2.0/logout")
@routes.post("/{tenant}/oauth2/v2.0/logout")
async def sign_out(request):
    """Of our tenant: the homes still know the person. Of a home: that home knows nobody any more, our session stays."""
    world, tenant = request.app["world"], request.match_info["tenant"]
    given = await request.post() if request.method == "POST" else request.query
    session = world.sessions.get(request.cookies.get(COOKIE, ""))
    wanted = world.tenant_id(tenant) or tenant
    for mail, proof in list(session.accounts.items()) if session else ():
        account = world.account(mail)
        if wanted == world.tenant["id"] or wanted in ("common", "organizations"):
            proof.here = False
        if account is None or home_side.base(account) == wanted or wanted in ("common", "organizations"):
            if proof.here:
                proof.password = ""  # the home asks again as soon as our own session is over
            else:
                del session.accounts[mail]
    back = authorize.signed_out(world, given)
    if back is not None:
        return back
    return pages.signed_out(world.tenant["name"] if wanted == world.tenant["id"] else tenant)


@routes.get("/{tenant}/leave")
@routes.post("/{tenant}/leave")
async def leave(request):
    """My Account: a guest with a session leaves our organisation."""
    world = request.app["world"]
    session = session_of(world, request)
    mine = [mail for mail, proof in proofs(world, session).items() if proof.here and world.account(mail)]
    chosen = str((await request.post()).get("account", "")) if request.method == "POST" else ""
    if chosen not in mine:
        return pages.leave(world.tenant["name"], f"/{world.tenant['id']}/leave", mine)
    user = world.user_of(world.account(chosen))
    try:
        if user is not None:
            redemption.leave(world, user)
    except redemption.Refused as wrong:
        return pages.gone(wrong.message)
    return pages.left(world.tenant["name"])


@routes.get("/mailbox/{address}")
async def mailbox(request):
    address = request.match_info["address"]
    return pages.mailbox(address, request.app["world"].mailbox.get(address.lower(), []))


@routes.get("/")
async def front(_request):
    raise web.HTTPSeeOther("/device")
