# SPDX-License-Identifier: Apache-2.0
"""The machine the hosts run on: Azure's instance metadata service, and the agent of Azure Arc (entra-facts 6.2, 6.3).

Both give tokens of managed identities over plain HTTP on loopback, each on a port of its own, and only if asked for.
The resource is that of version 1, without /.default; numbers in the answer are strings.
"""
import os
import secrets
import uuid

from aiohttp import web

from .login import registrations, tokens
from .login.errors import LoginError
from .ports import asked_for

PATH = "/metadata/identity/oauth2/token"
IMDS_VERSIONS = ("2018-02-01", "2019-08-01", "2019-11-01", "2020-06-01", "2021-01-01", "2021-12-13")
ARC_VERSIONS = ("2019-11-01", "2020-06-01", "2021-02-01")
MOST_KEY = 4096          # a client refuses a key file that is longer
KEY_LIFE = 60.0
STATES = {"good": None, "restarting": 410, "not_yet": 404, "throttled": 429, "broken": 500, "unavailable": 503}
CHALLENGES = ("good", "traversal", "elsewhere", "oversized", "missing", "no_suffix", "bare")


class Refused(Exception):
    def __init__(self, error, text, status=400):
        super().__init__(text)
        self.error, self.text, self.status = error, text, status


def resource_id(client):
    """The id of a user-assigned identity as Azure Resource Manager writes it."""
    return ("/subscriptions/5b5c0a11-0000-4f00-8f00-000000000005/resourceGroups/hosts/providers/"
            f"Microsoft.ManagedIdentity/userAssignedIdentities/{client['name']}")


def _identity(world, query):
    """The identity that a request names, or the only one."""
    known = [world.registrations[name] for name in world.identity.machine.identities if name in world.registrations]
    named = [(query[name], field) for name, field in (("client_id", "appId"), ("object_id", "servicePrincipalId"))
             if name in query]
    if "msi_res_id" in query:
        found = [one for one in known if resource_id(one).lower() == query["msi_res_id"].lower()]
    elif named:
        value, field = named[0]
        found = [one for one in known if one[field] == value.lower()]
    else:
        found = known
        if len(known) > 1:
            raise Refused("invalid_request",
                          "Multiple user assigned identities exist, please specify the clientId / resourceId of "
                                             "the identity in the token request")
    if not found:
        raise Refused("invalid_request", "Identity not found")
    return found[0]


def _token(world, query, versions):
    """The answer for a well-formed request; cached by the platform, so that new permissions lag."""
    if query.get("api-version") not in versions:
        raise Refused("invalid_request", "The api-version is missing or not supported.")
    resource = query.get("resource", "")
    if not resource:
        raise Refused("invalid_request", "Required query variable 'resource' is missing")
    name = None if resource.endswith("/.default") else registrations.name_of_resource(world, resource.rstrip("/"))
    if name is None:
        raise Refused("invalid_resource",
                      f"AADSTS500011: The resource principal named {resource} was not found in the tenant named "
                                          f"{world.tenant['name']}.")
    client = _identity(world, query)
    held, now = world.identity.machine.cache, world.clock.now()
    key = (client["appId"], name)
    if key not in held or held[key][1] <= now:
        held[key] = (_issue(world, client, name), now + world.switches.managed_identity_cache)
    issued_at, answer = held[key][0]
    life = int(answer["expires_in"])
    claims_exp = int(issued_at + life)
    return {"access_token": answer["access_token"], "client_id": client["appId"],
            "expires_in": str(max(0, claims_exp - int(now))),
            "expires_on": str(claims_exp), "ext_expires_in": str(life), "not_before": str(int(issued_at) - 300),
            "refresh_token": "", "resource": resource, "token_type": "Bearer"}


def _issue(world, client, name):
    try:
        registrations.check_client(client, world.tenant["id"])
        life = max(tokens.APP_TOKEN_LIFE, world.switches.managed_identity_cache)
        return world.clock.now(), tokens.app_token(world, client, "2", name, life)
    except LoginError as wrong:
        raise Refused(wrong.error, f"AADSTS{wrong.code}: {wrong.text}", wrong.status) from wrong


def _answer(work):
    """Wrap a handler: the state of the service first, its errors as JSON."""
    async def run(request):
        machine = request.app["world"].identity.machine
        status = STATES[machine.state]
        if status is not None and machine.failures != 0:
            machine.failures -= 1 if machine.failures > 0 else 0
            return web.json_response({"error": "unknown_source",
                                      "error_description": f"The service is {machine.state}."},
                                     status=status)
        try:
            if request.headers.get("Metadata") != "true":
                raise Refused("bad_request_102", "Required metadata header not specified")
            return await work(request)
        except Refused as wrong:
            return web.json_response({"error": wrong.error, "error_description": wrong.text}, status=wrong.status)
    return run


@_answer
async def imds(request):
    return web.json_response(_token(request.app["world"], request.query, IMDS_VERSIONS))


class Keys:
    """The files whose content proves that a client may read what only root and the agent's group may."""

    def __init__(self, directory):
        self.directory = directory
        self._live = {}          # content: until when

    def challenge(self, world):
        """Make a file, and the value of WWW-Authenticate, good or wrong in the way that control chose."""
        way, now = world.identity.machine.challenge, world.clock.monotonic()
        content = secrets.token_hex(48)
        path = os.path.join(self.directory, f"{uuid.uuid4()}.key")
        if way == "traversal":
            path = os.path.join(self.directory, "..", "outside", os.path.basename(path))
        elif way == "elsewhere":
            path = os.path.join(os.path.dirname(self.directory), "outside", os.path.basename(path))
        elif way == "no_suffix":
            path = path.removesuffix(".key")
        elif way == "oversized":
            content = content.ljust(MOST_KEY + 1, "x")
        if way == "bare":
            return "Basic"
        if way != "missing":
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w", encoding="ascii") as out:
                out.write(content)
            self._live[content] = now + KEY_LIFE
        return f"Basic realm={path}"

    def opens(self, world, header):
        """Whether an Authorization header proves it; each key once, within a minute."""
        until = self._live.pop(header.removeprefix("Basic "), None) if header.startswith("Basic ") else None
        return until is not None and world.clock.monotonic() < until


@_answer
async def arc(request):
    world, keys = request.app["world"], request.app["keys"]
    if not keys.opens(world, request.headers.get("Authorization", "")):
        return web.json_response({"error": "unauthorized", "error_description": "Prove that you may read the key."},
                                 status=401,
                                 headers={"WWW-Authenticate": keys.challenge(world)})
    query = {name: value for name, value in request.query.items()
             if name not in ("client_id", "object_id", "msi_res_id")}
    return web.json_response(_token(world, query, ARC_VERSIONS))


class Machine:
    """The two plain listeners, each only if it was asked for."""

    def __init__(self, world, middleware, imds_port=None, arc_port=None, directory=""):
        self._parts = []
        for port, handler in ((imds_port, imds), (arc_port, arc)):
            if port is not None:
                app = web.Application(middlewares=[middleware])
                app["world"], app["keys"] = world, Keys(directory)
                app.router.add_get(PATH, handler)
                self._parts.append((handler, port, web.AppRunner(app, access_log=None)))
        self._directory = directory

    async def start(self):
        """Listen; returns the members of ready.json."""
        out = {}
        for handler, port, runner in self._parts:
            await runner.setup()
            name = "imds" if handler is imds else "arc"
            with asked_for(f"--{name}-port", port):
                await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=0.2).start()
            out[name] = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
            if handler is arc:
                os.makedirs(self._directory, exist_ok=True)
                out["arc_tokens"] = self._directory
        return out

    async def stop(self):
        for _, _, runner in self._parts:
            await runner.cleanup()
