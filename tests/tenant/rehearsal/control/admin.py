# SPDX-License-Identifier: Apache-2.0
"""The admin page for people: its static files, and what it asks of control besides the calls for programs.

The page is files under admin/ and nothing else: no data is ever put into HTML here. Names in the tenant
are hostile on purpose, so the policy sent with every file allows no inline script, no inline style, no
other host, and (trusted types) no way to make markup out of text.
"""
import asyncio
import json
import pathlib

from aiohttp import web

from . import calls as control, listing
from ..login import errors
from ..world import switches as switch_table
from .calls import Refused, call
from ..weather.sky import GOOD

ROOT = "/admin/"
FILES = pathlib.Path(__file__).resolve().parent / "page"
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
          "trusted-types 'none'")
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
           "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
           "Cache-Control": "no-store"}
TICK = 0.25        # a browser is told of new requests this often, in one piece: it may not follow 500 a second
BATCH = 500
HISTORY = 200      # requests before the beginning of a live log
WATCHERS = 16
BEAT = 40          # ticks of silence after which a comment shows whether the browser is still there
routes = web.RouteTableDef()


# The files

def _served():
    """Name -> path of all that may be fetched, so that no name can lead out of the directory."""
    return {str(path.relative_to(FILES)): path for path in FILES.rglob("*") if path.suffix in KINDS}


@routes.get("/")
@routes.get("/admin")
async def elsewhere(_request):
    raise web.HTTPFound(ROOT)


@routes.get(ROOT + "{name:.*}")
async def file(request):
    path = _served().get(request.match_info["name"] or "index.html")
    if path is None:
        raise web.HTTPNotFound(headers=HEADERS)
    return web.Response(body=path.read_bytes(), content_type=KINDS[path.suffix], charset="utf-8", headers=HEADERS)


# One look at everything

def _count_users(world, app):
    """Counted anew only when the directory has changed: pages ask often, and there may be 100,000."""
    stand = (world.journal, world.journal.last)
    if app["counted"] is None or app["counted"][0] != stand:
        app["counted"] = (stand, _count(world))
    return app["counted"][1]


def _count(world):
    out = {"all": 0, "accepted": 0, "pending": 0, "disabled": 0, "members": 0}
    for user in world.users.values():
        props = user.props
        out["all"] += 1
        out["accepted"] += props["externalUserState"] == "Accepted"
        out["pending"] += props["externalUserState"] == "PendingAcceptance"
        out["disabled"] += props["accountEnabled"] is not True
        out["members"] += props["userType"] == "Member"
    return out


def _problems(world, switched, storms):
    """What would make a sign-in fail now, as [view of the page, sentence]: rehearsals forget what they set."""
    def several(number, one, more):
        return f"{number} {one if number == 1 else more}"

    out = [["weather", f"The sky over {host} is not fair."] for host in storms]
    if world.weather.rules:
        out.append(["weather", several(len(world.weather.rules), "weather rule is", "weather rules are") + " in force."])
    armed = sum(one["left"] != 0 for one in world.mutations)
    if armed:
        out.append(["mutations", several(armed, "mutation", "mutations") + " will spoil the next tokens."])
    if abs(world.clock.offset) >= 1:
        out.append(["clock", f"The tenant's clock is off by {world.clock.offset:+g} s."])
    for home in world.homes.all:
        for name, text in (("outbound_blocked", "lets nobody out"), ("inbound_blocked", "is not let in")):
            if home.get(name):
                out.append(["homes", f"{home['name']} {text} (cross-tenant access)."])
    for name, one in world.registrations.items():
        if one.get("disabled"):
            out.append(["registrations", f"The registration {name} is disabled."])
    missing = {"User.Read.All", "GroupMember.Read.All"} - set(world.registrations["reader"].get("roles", []))
    if missing:
        out.append(["registrations", f"The reader lacks {', '.join(sorted(missing))}."])
    if world.switches.policy_block is not None:
        out.append(["switches", f"Policy blocks every sign-in with {world.switches.policy_block}."])
    if switched:
        out.append(["switches", several(len(switched), "switch is", "switches are") + " not at the default."])
    return out


@call("GET", "/overview", "the tenant, counts, and what differs from a quiet day")
def overview(world, request, _body):
    now = world.clock.monotonic()
    states = {}
    for flow in world.flows_by_device.values():
        state = flow.describe(now)["state"]
        states[state] = states.get(state, 0) + 1
    positions = world.switches.all()
    switched = {name: positions[name] for name, entry in switch_table.TABLE.items() if positions[name] != entry[0]}
    sky = request.app["sky"].describe()
    storms = [host for host, one in sky.items() if any(one[name] != GOOD[name] for name in GOOD)]
    return {"tenant": world.tenant, "clock": {"offset": world.clock.offset, "now": world.clock.now()},
            "users": _count_users(world, request.app), "deleted": len(world.deleted), "groups": len(world.groups),
            "homes": len(world.homes.all),
            "accounts": sum(len(home.get("users", [])) for home in world.homes.all), "registrations": len(world.registrations),
            "signins": states, "switches": switched, "storm": len(world.weather.rules) + len(storms),
            "mutations": sum(one["left"] != 0 for one in world.mutations), "requests": world.log_sequence,
            "changes": world.journal.last,
            "problems": _problems(world, switched, storms),
            "settings": request.app["facts"]}


# Lists that programs did not need

def _home(world, request):
    """A home by its id or a domain, or by its name: Google and the like are no tenants."""
    ref = request.match_info["tenant"]
    home = world.homes.by_id(world.tenant_id(ref)) or next((one for one in world.homes.all if one["name"] == ref), None)
    if home is None:
        raise Refused(404, "no such organisation")
    return home


@call("GET", "/organisations", "the homes of guests: domains, cross-tenant access, number of accounts")
def organisations(world, _request, _body):
    return [{**{name: value for name, value in home.items() if name != "users"}, "kind": home.get("kind", "entra"),
             "accounts": len(home.get("users", []))} for home in world.homes.all]


@call("GET", "/organisations/{tenant}/accounts", "who can sign in there, without passwords: ?q=PART&top=N&skip=N")
def accounts(world, request, _body):
    part = request.query.get("q", "").lower()
    found = [{**{name: value for name, value in one.items() if name != "password"}, "enabled": one.get("enabled", True)}
             for one in _home(world, request).get("users", []) if listing.holds(part, one["mail"], one["name"])]
    return listing.cut(request, found)


@call("GET", "/homes/{mail}", "an account at home and its state, with its password: all of them are invented")
def home_account(world, request, _body):
    account = world.account(request.match_info["mail"])
    if account is None:
        raise Refused(404, "nobody signs in with that address")
    return {**account.record, "mail": account.mail, "kind": account.kind, "organisation": account.organisation,
            "enabled": account.enabled, "password": account.record.get("password")}


@call("GET", "/groups/{group}/members", "direct members, small: ?q=PART&top=N&skip=N")
def group_members(world, request, _body):
    group = world.groups.get(request.match_info["group"])
    if group is None:
        raise Refused(404, "no such group")
    part, found = request.query.get("q", "").lower(), []
    for member_id in group.members:
        principal = world.principal(member_id)
        props, is_group = principal.props, member_id in world.groups
        one = {"id": member_id, "displayName": props["displayName"], "mail": props["mail"], "group": is_group}
        if listing.holds(part, one["displayName"], one["mail"]):
            found.append(one)
    return listing.cut(request, found)


@call("GET", "/keys", "signing keys: which one signs, which ones are published beside it")
def keys(world, _request, _body):
    ring = world.keys
    return [{"kid": key.kid, "signs": key is ring.current, "issuer": key.issuer} for key in ring.published()]


@call("GET", "/mailbox", "addresses that one-time codes were sent to, with the codes, newest first")
def mailboxes(world, _request, _body):
    return [{"address": address, "letters": letters} for address, letters in world.mailbox.items()]


@call("GET", "/errors", "the AADSTS numbers that the tenant knows: error, status, text")
def login_errors(_world, _request, _body):
    return {str(number): {"error": one.error, "status": one.status, "text": one.text}
            for number, one in sorted(errors.TABLE.items(), key=lambda pair: str(pair[0]))}


# The log, live

def _since(log, after):
    """Entries of the log with a higher number, oldest first, found from the end: the log is long."""
    found = []
    for entry in reversed(log):
        if entry["seq"] <= after or len(found) == BATCH:
            break
        found.append(entry)
    return found[::-1]


async def _follow(request, answer):
    """Tell one browser of every request, and once more when its answer is known."""
    world = request.app["world"]
    log, seen = world.log, max(0, world.log_sequence - HISTORY)
    waiting, silent = {}, 0
    while request.transport is not None and not request.transport.is_closing():
        if world.log is not log:
            log, seen, waiting = world.log, 0, {}
            await answer.write(b"event: reset\ndata: {}\n\n")
        news = [entry for entry in waiting.values() if entry["status"] is not None]
        new = _since(log, seen)
        if new:
            seen = new[-1]["seq"]
        waiting = {entry["seq"]: entry for entry in [*waiting.values(), *new][-BATCH:] if entry["status"] is None}
        silent = silent + 1 if not (news or new) else 0
        if news or new:
            await answer.write(b"data: " + json.dumps(news + new).encode() + b"\n\n")
        elif silent % BEAT == 1:
            await answer.write(b": still here\n\n")
        await asyncio.sleep(TICK)


@routes.get(control.ROOT + "/log/live")
async def live(request):
    watchers = request.app["watchers"]
    if len(watchers) >= WATCHERS:
        return web.json_response({"error": f"{WATCHERS} browsers watch the log already"}, status=503)
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    token = object()
    watchers.add(token)
    try:
        await answer.prepare(request)
        await _follow(request, answer)
    except ConnectionError:
        pass  # the browser went away
    finally:
        watchers.discard(token)
    return answer


def add_to(app):
    """Put the page beside the control API, on the same listener."""
    app["watchers"], app["counted"] = set(), None
    app["facts"] = {}  # of ready.json, once they are known
    app.add_routes(routes)
