# SPDX-License-Identifier: Apache-2.0
"""The control API under /_control/ of its own port: change anything, watch everything. guard.py says who may."""
import inspect
import json
import re
import uuid

from aiohttp import web
from cryptography import x509

from . import listing
from ..login import flows, registrations as known_registrations
from ..people import decide
from ..world import state_check, switches as switch_table
from ..world.objects import Group, User

routes = web.RouteTableDef()
ROOT = "/_control"
MAY_PATCH = ("accountEnabled", "externalUserState", "displayName", "mail", "companyName", "userType", "otherMails",
             "employeeLeaveDateTime", "userPrincipalName", "identities", "createdDateTime", "customSecurityAttributes",
             "signInActivity", "onPremisesExtensionAttributes", "proxyAddresses", "signInSessionsValidFromDateTime")
CATALOGUE = []


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


@web.middleware
async def in_json(request, handler):
    """What the server itself refuses is said in JSON too: unknown calls, wrong methods, too long bodies."""
    try:
        return await handler(request)
    except web.HTTPException as wrong:
        if wrong.status < 400 or request.path.startswith("/admin"):  # the page's files are for people
            raise
        text = wrong.text or wrong.reason
        if wrong.status == 404:
            text = f"no such call: {request.method} {request.path}; GET {ROOT}/ lists them"
        elif wrong.status == 405:
            allowed = ", ".join(sorted(wrong.allowed_methods))
            text = f"{request.path} is not for {request.method}, but for {allowed}; GET {ROOT}/ lists the calls"
        kept = {name: value for name, value in wrong.headers.items() if name.lower() not in ("content-type",
                                                                                            "content-length")}
        return web.json_response({"error": text}, status=wrong.status, headers=kept)


async def _text(request):
    try:
        return await request.text() if request.can_read_body else ""
    except (UnicodeDecodeError, LookupError) as wrong:
        raise Refused(400, "the body is not text in the charset that it says") from wrong


def _parsed(text):
    """The body's object; none at all is an empty one."""
    try:
        body = json.loads(text) if text else {}
    except json.JSONDecodeError as wrong:
        raise Refused(400, f"the body is not JSON: line {wrong.lineno} column {wrong.colno}") from wrong
    except RecursionError as wrong:
        raise Refused(400, "the body is not JSON that anybody means: too deep") from wrong
    if not isinstance(body, dict):
        raise Refused(400, "the body is not a JSON object")
    return body


NOT_A_NUMBER = re.compile(r"^(?:invalid literal for int\(\) with base 10|could not convert string to float): (.*)$",
                          re.DOTALL)


def _sentence(wrong):
    """What a handler stumbled over, for the caller: members of the body and values, no classes of ours."""
    text = str(wrong)
    if isinstance(wrong, KeyError):
        return f"`{wrong.args[0]}` is missing" if wrong.args else "something is missing"
    number = NOT_A_NUMBER.match(text)
    if number:
        return f"{number[1]} is not a number"
    if isinstance(wrong, AttributeError) and text.startswith("'NoneType'"):
        return "nobody here: the call names a user or group that this tenant does not have"
    if isinstance(wrong, (TypeError, AttributeError)):
        return f"a value in the body is of the wrong type ({text})"
    return text


def call(method, path, about):
    """Register a control call: handler(world, request, JSON body) -> JSON value, or a coroutine for one."""
    def register(handler):
        async def run(request):
            try:
                text = await _text(request)
                raw = text.lstrip().startswith("-----BEGIN")
                body = {"pem": text} if raw else _parsed(text)
                request.app["world"].settle()
                value = handler(request.app["world"], request, body)
                if inspect.isawaitable(value):
                    value = await value
                total = {"X-Total-Count": str(request["total"])} if "total" in request else None
                return web.json_response(value, headers=total)
            except Refused as wrong:
                return web.json_response({"error": wrong.text}, status=wrong.status)
            except (ValueError, KeyError, TypeError, AttributeError) as wrong:
                return web.json_response({"error": _sentence(wrong)}, status=400)
        CATALOGUE.append({"call": f"{method} {ROOT}{path}", "about": about})
        routes.route(method, ROOT + path)(run)
        return handler
    return register


@call("GET", "/", "this list")
def index(_world, _request, _body):
    return CATALOGUE


@call("POST", "/reset", "everything as at the start; keys and certificates stay")
async def reset(world, request, _body):
    world.reset()
    request.app["graph"].forget()
    world.held.release()
    await request.app["sky"].reset()
    return {}


# Guests and groups

def known(world, ref):
    """The user or group that a body names."""
    found = world.principal(ref) if isinstance(ref, str) else None
    if found is None:
        raise Refused(400, f"nobody here: {ref!r}")
    return found


def _user(world, request):
    found = world.principal(request.match_info["ref"])
    if not isinstance(found, User):
        raise Refused(404, "no such user")
    return found


def show(world, user):
    return {**user.props, "home": {name: value for name, value in user.home.items() if name != "password"},
            "first_sign_in": user.first_sign_in, "groups": [world.groups[gid].props["displayName"] for gid in user.groups]}


@call("GET", "/guests", "all user objects of the tenant; ?q=PART, ?state=, ?home=KIND or DOMAIN, ?group=ID, ?top=N, "
      "?skip=N")
def guests(world, request, _body):
    return [show(world, user) for user in listing.cut(request, listing.users(world, request))]


def _refuse(problems):
    if problems:
        raise Refused(400, "\n".join(problems))


def _ids(world, refs, kinds, problems):
    """Ids of the principals named, each of one of these kinds."""
    found = [world.principal(ref) for ref in refs]
    problems += [f"nobody here: {ref!r}" for ref, one in zip(refs, found) if not isinstance(one, kinds)]
    return [one.id for one in found if one is not None]


def _home_for(world, user, problems):
    """The home at which a new user with a password gets an account; None for our own, whose password the user holds."""
    identity = user["home"]
    if identity["kind"] == "internal":
        return None
    home = world.homes.hosting(identity)
    if identity["kind"] == "mail":
        problems.append("guest.password: a guest of kind mail signs in with a code by e-mail, not with a password")
    elif home is None:
        known = sorted(domain for one in world.homes.all for domain in one.get("domains", ()))
        problems.append(f"guest.password: no home for {identity['mail']}; domains with one are {', '.join(known)}")
    elif world.homes.account(identity["mail"]):
        problems.append(f"guest.password: {identity['mail']} has an account at home; PATCH {ROOT}/homes/{{mail}}")
    return home


@call("POST", "/guests", "make a user object: the short form of the data file, and `groups`; `home` is Entra, and its "
      "address is `mail`, unless it says something else; `password` makes the account at home, too")
def make_guest(world, _request, body):
    if isinstance(body.get("home", {}), dict):
        body = {**body, "home": {"kind": "entra", "mail": body.get("mail"), **body.get("home", {})}}
    problems = state_check.check_guest(body, (*world.users, *world.deleted, *world.groups))
    _refuse(problems)
    groups = _ids(world, body.get("groups", []), Group, problems)
    body["sponsors"] = _ids(world, body.get("sponsors", []), (User, Group), problems)
    if body.get("manager"):
        body["manager"] = "".join(_ids(world, [body["manager"]], User, problems))
    home = _home_for(world, body, problems) if "password" in body else None
    _refuse(problems)
    if home is not None:
        world.homes.add(home, {"id": str(uuid.uuid4()), "name": body.get("displayName") or body["mail"],
                               "mail": body["home"]["mail"], "password": body["password"]})
    elif "password" in body:
        body["home"]["password"] = body["password"]
    user = world.add_user(body)
    for gid in groups:
        world.join(gid, user.id)
    return show(world, user)


@call("GET", "/guests/{ref}", "one user object, by id or mail")
def guest(world, request, _body):
    return show(world, _user(world, request))


@call("PATCH", "/guests/{ref}", "change accountEnabled, externalUserState, displayName, mail, userType, first_sign_in ...")
def change_guest(world, request, body):
    user = _user(world, request)
    for name in body:
        if name not in MAY_PATCH and name != "first_sign_in":
            raise Refused(400, f"cannot change {name}")
    _refuse(state_check.check_changes(body))
    if "first_sign_in" in body:
        user.first_sign_in = body.pop("first_sign_in")
    if body:
        world.change_user(user, body)
    return show(world, user)


@call("DELETE", "/guests/{ref}", "delete the user object")
def delete_guest(world, request, _body):
    world.delete_user(_user(world, request))
    return {}


@call("GET", "/groups", "groups with their direct members; ?brief=1: how many there are instead")
def groups(world, request, _body):
    brief = request.query.get("brief")
    return [{**one.props, "members": len(one.members) if brief else list(one.members)}
            for one in world.groups.values()]


def _membership(world, request):
    group, member = world.groups.get(request.match_info["group"]), world.principal(request.match_info["ref"])
    group = group or world.principal(request.match_info["group"])
    if group is None or isinstance(group, User) or member is None:
        raise Refused(404, "no such group or member")
    return group, member


@call("PUT", "/groups/{group}/members/{ref}", "add a user or group (id, mail or name) to a group (id or name)")
def add_member(world, request, _body):
    group, member = _membership(world, request)
    world.join(group.id, member.id)
    return {"members": list(group.members)}


@call("DELETE", "/groups/{group}/members/{ref}", "take it out again")
def remove_member(world, request, _body):
    group, member = _membership(world, request)
    world.leave(group.id, member.id)
    return {"members": list(group.members)}


# Registrations, keys and tokens

def _registration(world, request):
    found = world.registrations.get(request.match_info["name"])
    if found is None:
        raise Refused(404, "registrations are: " + ", ".join(world.registrations))
    return found


@call("GET", "/registrations", "the three registrations, secrets included")
def registrations(world, _request, _body):
    return world.registrations


@call("PATCH", "/registrations/{name}", "change any member of reader, signin or api, e.g. roles, disabled, appRoleAssignmentRequired")
def change_registration(world, request, body):
    found = _registration(world, request)
    _refuse(known_registrations.problems(body, "registration"))
    found.update({name: value for name, value in body.items() if name != "appId"})
    return found


@call("POST", "/registrations/{name}/certificates", "register a certificate: the PEM itself, or {\"pem\": ...}")
def add_certificate(world, request, body):
    found = _registration(world, request)
    x509.load_pem_x509_certificate(body["pem"].encode())
    if body["pem"] not in found.setdefault("certificates", []):
        found["certificates"].append(body["pem"])
    return {"certificates": len(found["certificates"])}


@call("DELETE", "/registrations/{name}/certificates", "forget all certificates of a registration")
def drop_certificates(world, request, _body):
    _registration(world, request)["certificates"] = []
    return {"certificates": 0}


@call("POST", "/keys/rotate", "sign with a new key; {\"drop_old\": true} stops publishing the old ones at once")
def rotate(world, _request, body):
    return {"kid": world.keys.rotate(bool(body.get("drop_old")))}


@call("POST", "/tokens/revoke", "Graph answers 401 to every app-only token issued before now")
def revoke(world, _request, _body):
    world.tokens_revoked_before = world.clock.now()
    return {}


# Sign-ins in flight

def _flow(world, request):
    flow = flows.find_by_user_code(world, request.match_info["code"])
    if flow is None:
        raise Refused(404, "no such user code")
    return flow


@call("GET", "/signins", "device codes and their state")
def signins(world, _request, _body):
    now = world.clock.monotonic()
    return [flow.describe(now) for flow in world.flows_by_device.values()]


@call("GET", "/signins/{code}", "one device code")
def signin(world, request, _body):
    return _flow(world, request).describe(world.clock.monotonic())


@call("POST", "/signins/{code}/approve", "complete the browser leg as {\"as\": mail}; {\"force\": true} skips what Entra would check, \"amr\": methods")
def approve(world, request, body):
    flow = _flow(world, request)
    if not flow.open or flow.expired(world.clock.monotonic()):
        raise Refused(409, "this code is not waiting any more")
    code = decide.as_person(world, flow, body["as"], bool(body.get("force")), body.get("address", "127.0.0.1"),
                            body.get("amr"))
    return {"blocked": code, **flow.describe(world.clock.monotonic())}


@call("POST", "/signins/{code}/decline", "the person pressed Cancel")
def decline(world, request, _body):
    flow = _flow(world, request)
    flow.state = "declined"
    return flow.describe(world.clock.monotonic())


@call("POST", "/signins/{code}/block", "a block page with {\"code\": AADSTS number} was shown")
def block(world, request, body):
    flow = _flow(world, request)
    decide.block(flow, int(body.get("code", 53003)))
    return flow.describe(world.clock.monotonic())


@call("POST", "/signins/{code}/expire", "the code's time is over now")
def expire(world, request, _body):
    flow = _flow(world, request)
    flow.created = world.clock.monotonic() - flow.expires_in
    return flow.describe(world.clock.monotonic())


@call("GET", "/mailbox/{address}", "one-time codes sent to a mail address, newest first")
def letters(world, request, _body):
    return world.mailbox.get(request.match_info["address"].lower(), [])


# Switches

@call("GET", "/switches", "positions, allowed values and meaning of all switches")
def switches(world, _request, _body):
    def allowed(values):
        names = values if isinstance(values, tuple) else (values,)
        return ["null" if one is type(None) else one.__name__ if isinstance(one, type) else one for one in names]
    now = world.switches.all()
    return {name: {"value": now[name], "default": default, "allowed": allowed(values), "about": text}
            for name, (default, values, text) in switch_table.TABLE.items()}


@call("PATCH", "/switches", "set switches: {name: value}")
def set_switches(world, _request, body):
    world.switches.update(body)
    return world.switches.all()


# The request log

@call("GET", "/log", "requests seen: ?after=SEQ, ?path=PART, ?host=login|graph")
def log(world, request, _body):
    after, part, host = int(request.query.get("after", 0)), request.query.get("path", ""), request.query.get("host")
    return [one for one in world.log if one["seq"] > after and part in one["path"] and host in (None, one["host"])]


@call("DELETE", "/log", "empty the log; numbers go on")
def clear_log(world, _request, _body):
    world.log.clear()
    return []
