# SPDX-License-Identifier: Apache-2.0
"""A browser and its walks: which accounts it is signed in with, and how far one sign-in has come through the pages."""
import secrets
import uuid
from dataclasses import dataclass, field

from aiohttp import web

from . import pages

COOKIE = "rehearsal_session"
MOST_WALKS, MOST_SESSIONS = 20_000, 20_000


@dataclass
class Proof:
    """An account proven in this browser. `here`: our tenant has a session for it, so the home is not asked again."""
    auth_time: float
    amr: tuple
    password: str = None     # the home password of that moment, to tell whether it was changed since
    here: bool = False


@dataclass
class Session:
    key: str
    accounts: dict           # mail: Proof


@dataclass
class Walk:
    """One way through the pages, for one sign-in (signin.SignIn), in one browser."""
    key: str
    session: Session
    flow: object
    correlation: str
    account: object = None
    remembered: bool = False  # no page of the home was shown
    proven: bool = False
    user: object = None
    consented: bool = False   # the privacy page of our tenant
    confirmed: bool = False
    met: set = field(default_factory=set)     # interrupts that are done
    passed: set = field(default_factory=set)  # steps at home that are done
    logged: set = field(default_factory=set)
    auth_time: float = 0.0
    held_time: float = None   # auth_time that another proof does not move
    amr: tuple = ()
    failures: int = 0
    invitation: object = None
    address: str = ""         # the browser's
    terms: str = ""           # the agreement that is to be accepted now

    def choose(self, account):
        """Start over as this account; what another one has shown does not count."""
        self.account, self.user, self.proven, self.consented, self.remembered = account, None, False, False, False
        self.met, self.passed, self.amr = set(), set(), ()


def session_of(world, request):
    key = request.cookies.get(COOKIE, "")
    if key not in world.sessions:
        key = secrets.token_urlsafe(24)
        world.sessions[key] = Session(key, {})
    return world.sessions[key]


def proofs(world, session):
    """{mail: Proof} of the accounts whose session has not ended by age."""
    limit = world.clock.now() - world.switches.session_lifetime
    session.accounts = {mail: proof for mail, proof in session.accounts.items() if proof.auth_time >= limit}
    return session.accounts


def start(world, request, flow, **members):
    """Send the browser on its walk for this sign-in (a signin.SignIn)."""
    session = session_of(world, request)
    own = world.switches.browser_correlation == "own" or not flow.correlation
    members.setdefault("address", request.remote or "")
    one = Walk(secrets.token_urlsafe(24), session, flow, str(uuid.uuid4()) if own else flow.correlation, **members)
    world.interactions[one.key] = one
    for held, most in ((world.interactions, MOST_WALKS), (world.sessions, MOST_SESSIONS)):
        while len(held) > most:  # the oldest are long forgotten by whoever had them
            del held[next(iter(held))]
    answer = go(f"/{world.tenant['id']}/account", one)
    answer.set_cookie(COOKIE, session.key, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


def go(path, walk):
    return web.Response(status=303, headers={"Location": f"{path}?i={walk.key}"})


def at_tenant(world, walk, name):
    return f"/{world.tenant['id']}/{name}?i={walk.key}"


def go_tenant(world, walk, name):
    return go(f"/{world.tenant['id']}/{name}", walk)


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
            return pages.gone(walk.flow.expired_text)
        form = await request.post() if request.method == "POST" else None
        return handler(world, walk, form, request)
    return run


def register(routes, steps):
    """Routes of walk pages: {path: handler}, for showing and for sending."""
    for path, handler in steps.items():
        routes.get(path)(step(handler))
        routes.post(path)(step(handler))
