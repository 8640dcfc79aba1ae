# SPDX-License-Identifier: Apache-2.0
"""The process: arguments, the two listeners, what happens around every request, the end."""
import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile

from aiohttp import web

from . import control_people, graph_http, human, login, tls
from .clock import Clock
from .graph import Graph
from .weather import suffer
from .world import World, load

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGGED_HEADERS = ("User-Agent", "client-request-id", "return-client-request-id", "ConsistencyLevel", "Content-Type",
                  "Accept-Language")


def arguments(argv):
    parser = argparse.ArgumentParser(prog="tests/tenant", description="The rehearsal tenant: Entra and Graph on loopback.")
    parser.add_argument("--data", default=os.path.join(HERE, "data", "contoso.json"), help="what the tenant knows")
    parser.add_argument("--port", type=int, default=0, help="port of the login host; 0: a free one")
    parser.add_argument("--graph-port", type=int, default=0, help="port of the Graph host; 0: a free one")
    parser.add_argument("--state-dir", help="directory for ca.pem, ca/ and ready.json (default: a new one)")
    parser.add_argument("--scale", type=int, default=0, metavar="N", help="make N more guests, all in the first group")
    parser.add_argument("--clock-offset", type=float, default=0.0, help="seconds added to the tenant's clock")
    return parser.parse_args(argv)


def around(host):
    """Middleware: request log and weather, for everything but the control API."""
    @web.middleware
    async def run(request, handler):
        world = request.app["world"]
        if request.path.startswith("/_control"):
            return await handler(request)
        path = request.path
        world.log_sequence += 1
        entry = {"seq": world.log_sequence, "time": round(world.clock.now(), 3), "host": host, "method": request.method,
                 "path": path, "query": request.query_string if host == "graph" else "",
                 "headers": {name: request.headers[name] for name in LOGGED_HEADERS if name in request.headers},
                 "authorized": "Authorization" in request.headers, "status": None}
        world.log.append(entry)
        spec = world.weather.strike(host, request.method, path)
        answer = await suffer(request, {**spec, "host": host}) if spec else None
        if answer is None and spec and "aadsts" in spec:
            answer = login.weather_error(world, request, spec)
        if answer is None:
            try:
                answer = await handler(request)
            except web.HTTPException as gone:  # no such path
                entry["status"] = gone.status
                raise
        entry["status"] = answer.status
        return answer
    return run


async def dated(request, answer):
    answer.headers["Date"] = request.app["world"].clock.http_date()
    answer.headers["Server"] = "rehearsal"


def applications(world):
    first = web.Application(middlewares=[around("login")], client_max_size=1 << 20)
    second = web.Application(middlewares=[around("graph")], client_max_size=4 << 20)
    for app in (first, second):
        app["world"] = world
        app.on_response_prepare.append(dated)
    first["graph"] = second["graph"] = Graph(world)
    first.add_routes(control_people.routes)
    first.add_routes(human.routes)
    first.add_routes(login.routes)
    second.router.add_route("*", "/v1.0/{tail:.*}", graph_http.handle)
    return first, second


async def listen(app, port, context):
    """Start a listener on loopback; returns (runner, port)."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=context, shutdown_timeout=0.2, backlog=1024)
    await site.start()
    return runner, runner.addresses[0][1]


def ready(world, state_dir):
    names = world.registrations
    return {"login": world.login, "graph": world.graph, "verification_uri": f"{world.login}/device",
            "control": f"{world.login}/_control", "tenant_id": world.tenant["id"], "tenant_domain": world.tenant["domain"],
            "client_id": names["signin"]["appId"], "api_id": names["api"]["appId"],
            "api_uri": names["api"]["identifierUris"][0], "api_scope": f"{names['api']['identifierUris'][0]}/ssh.login",
            "reader_id": names["reader"]["appId"], "group_ids": {one.props["displayName"]: one.id for one in world.groups.values()},
            "ca_file": os.path.join(state_dir, "ca.pem"), "ca_dir": os.path.join(state_dir, "ca"), "pid": os.getpid()}


def write_ready(world, state_dir):
    path = os.path.join(state_dir, "ready.json")
    with open(path + ".new", "w", encoding="utf-8") as out:
        json.dump(ready(world, state_dir), out, indent=1)
        out.write("\n")
    os.rename(path + ".new", path)
    return path


async def serve(options):
    state_dir = os.path.abspath(options.state_dir or tempfile.mkdtemp(prefix="rehearsal-tenant."))
    os.makedirs(state_dir, exist_ok=True)
    os.chmod(state_dir, 0o755)  # the CA is for every local client; the one secret file has its own mode
    stale = os.path.join(state_dir, "ready.json")
    if os.path.exists(stale):
        os.unlink(stale)
    context = tls.make(state_dir)
    world = World(load(options.data), Clock(options.clock_offset), scale=options.scale)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    first, second = applications(world)
    runners = []
    try:
        for app, name, port in ((first, "login", options.port), (second, "graph", options.graph_port)):
            runner, found = await listen(app, port, context)
            runners.append(runner)
            setattr(world, name, f"https://localhost:{found}")
        path = write_ready(world, state_dir)
        print(f"rehearsal tenant {world.tenant['name']}: sign-in page {world.login}/device\n"
              f"control {world.login}/_control/  CA {state_dir}/ca.pem  {path}", flush=True)
        await stop.wait()
    finally:
        for runner in runners:
            await runner.cleanup()
        if os.path.exists(stale):
            os.unlink(stale)
    return 0


def main(argv=None):
    options = arguments(sys.argv[1:] if argv is None else argv)
    try:
        return asyncio.run(serve(options))
    except (OSError, ValueError, KeyError) as wrong:
        print(f"rehearsal tenant: {type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 1
