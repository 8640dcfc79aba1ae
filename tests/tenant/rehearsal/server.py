# SPDX-License-Identifier: Apache-2.0
"""The process: arguments, the three listeners, what happens around every request, the end."""
import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import tempfile

from aiohttp import http_exceptions, web

from . import imds, tls
from .control import (admin, calls as control, governance as control_governance, graph as control_graph,
                      login as control_login, people as control_people, weather as control_weather)
from .graph import http as graph_http
from .ports import Unavailable, asked_for
from .login import authorize, discovery, endpoints as login, userinfo
from .people import human
from .weather import storm, wire
from .world.clock import Clock, checked_offset
from .graph.api import Graph
from .control.guard import guard
from .weather.sky import Listener, Sky
from .world import state
from .world.world import World

CONTROL_PARTS = (control_governance, control_graph, control_login, control_people, control_weather)  # their calls stand in control's table
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MOST_STATE = 256 << 20  # bytes of a body for control: 100,000 guests take 26 MB
LOGGED_HEADERS = ("User-Agent", "client-request-id", "return-client-request-id", "ConsistencyLevel", "Content-Type",
                  "Accept-Language")


def _within(low, high):
    """The type of an option: a whole number from LOW to HIGH."""
    def number(text):
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not within {low} and {high}")
        return value
    return number


def arguments(argv):
    port = _within(0, 65535)
    parser = argparse.ArgumentParser(prog="tests/tenant", description="The rehearsal tenant: Entra and Graph on loopback.")
    parser.add_argument("--data", default=os.path.join(HERE, "data", "contoso.json"), help="what the tenant knows")
    parser.add_argument("--port", type=port, default=0, help="port of the login host; 0: a free one")
    parser.add_argument("--graph-port", type=port, default=0, help="port of the Graph host; 0: a free one")
    parser.add_argument("--control-port", type=port, default=0, help="port of the control API; 0: a free one")
    parser.add_argument("--imds-port", type=port, help="port of the instance metadata service; 0: a free one; off by default")
    parser.add_argument("--arc-port", type=port, help="port of the Azure Arc agent; 0: a free one; off by default")
    parser.add_argument("--login-name", default="localhost", help="name of the login host in every address")
    parser.add_argument("--graph-name", default="localhost", help="name of the Graph host in every address")
    parser.add_argument("--state-dir", help="directory for ca.pem, ca/ and ready.json (default: a new one)")
    parser.add_argument("--scale", type=_within(0, 1_000_000), default=0, metavar="N",
                        help="make N more guests, all in the first group")
    parser.add_argument("--clock-offset", type=float, default=0.0, help="seconds added to the tenant's clock")
    options = parser.parse_args(argv)
    try:
        checked_offset(options.clock_offset)
    except ValueError as wrong:
        parser.error(f"--clock-offset: {wrong}")
    return options


def around(host):
    """Middleware: request log and weather."""
    @web.middleware
    async def run(request, handler):
        world = request.app["world"]
        world.settle()
        world.log_sequence += 1
        entry = {"seq": world.log_sequence, "time": round(world.clock.now(), 3), "host": host, "method": request.method,
                 "path": request.path, "query": request.query_string if host == "graph" else "",
                 "headers": {name: request.headers[name] for name in LOGGED_HEADERS if name in request.headers},
                 "authorized": "Authorization" in request.headers, "status": None}
        world.log.append(entry)
        try:
            answer = await storm.through(request, handler, host)
        except web.HTTPException as gone:
            entry["status"] = gone.status
            raise
        entry["status"] = None if isinstance(answer, wire.Gone) else answer.status
        return answer
    return run


async def dated(request, answer):
    answer.headers["Date"] = request.get("date") or request.app["world"].clock.http_date()
    answer.headers["Server"] = "rehearsal"


def applications(world):
    """The applications of the login host, of Graph, and of control."""
    out = (web.Application(middlewares=[around("login")], client_max_size=1 << 20),
           web.Application(middlewares=[around("graph")], client_max_size=4 << 20),
           web.Application(middlewares=[guard, control.in_json], client_max_size=MOST_STATE))
    graph = Graph(world)
    for app in out:
        app["world"], app["graph"] = world, graph
        app.on_response_prepare.append(dated)
    first, second, third = out
    first.add_routes(human.routes)
    for part in (discovery, login, authorize):
        first.add_routes(part.routes)
    second.add_routes(userinfo.routes)
    second.router.add_route("*", "/v1.0/{tail:.*}", graph_http.handle)
    third.add_routes(control.routes)  # those of CONTROL_PARTS among them
    admin.add_to(third)
    return out


def ready(world, control_root, state_dir):
    names = world.registrations
    return {"login": world.login, "graph": world.graph, "verification_uri": f"{world.login}/device",
            "control": control_root, "admin": control_root.removesuffix(control.ROOT) + admin.ROOT,
            "tenant_id": world.tenant["id"], "tenant_domain": world.tenant["domain"],
            "client_id": names["signin"]["appId"], "api_id": names["api"]["appId"],
            "api_uri": names["api"]["identifierUris"][0], "api_scope": f"{names['api']['identifierUris'][0]}/ssh.login",
            "reader_id": names["reader"]["appId"], "group_ids": {one.props["displayName"]: one.id for one in world.groups.values()},
            "ca_file": os.path.join(state_dir, "ca.pem"), "ca_dir": os.path.join(state_dir, "ca"), "pid": os.getpid()}


def write_ready(state_dir, value):
    path = os.path.join(state_dir, "ready.json")
    with open(path + ".new", "w", encoding="utf-8") as out:
        json.dump(value, out, indent=1)
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
    authority = tls.Authority(state_dir, (options.login_name, options.graph_name))
    world = World(state.read(options.data), Clock(options.clock_offset), scale=options.scale)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    apps = applications(world)
    listeners = []
    try:
        for app, option, port in zip(apps, ("--port", "--graph-port", "--control-port"),
                                     (options.port, options.graph_port, options.control_port)):
            with asked_for(option, port):
                listeners.append(Listener(app, authority, port))
        first, second, third = listeners
        world.login = f"https://{options.login_name}:{first.port}"
        world.graph = f"https://{options.graph_name}:{second.port}"
        control_root = f"https://localhost:{third.port}{control.ROOT}"
        apps[2]["sky"] = Sky({"login": first, "graph": second})
        machine = imds.Machine(world, around("machine"), options.imds_port, options.arc_port,
                               os.path.join(state_dir, "arc", "tokens"))
        for one in listeners:
            await one.start()
        listeners.append(machine)
        facts = {**ready(world, control_root, state_dir), **await machine.start()}
        apps[2]["facts"].update(facts)
        path = write_ready(state_dir, facts)
        print(f"rehearsal tenant {world.tenant['name']}: sign-in page {world.login}/device\n"
              f"admin page {facts['admin']}\n"
              f"control {control_root}/  CA {state_dir}/ca.pem  {path}", flush=True)
        await stop.wait()
    finally:
        for one in listeners:
            await one.stop()
        if os.path.exists(stale):
            os.unlink(stale)
    return 0


def _worth_logging(record):
    """A client that speaks no HTTP, e.g. TLS to a port in the clear, is no fault of the tenant."""
    return not (record.exc_info and isinstance(record.exc_info[1], http_exceptions.HttpProcessingError))


def main(argv=None):
    options = arguments(sys.argv[1:] if argv is None else argv)
    logging.getLogger("aiohttp.server").addFilter(_worth_logging)
    try:
        return asyncio.run(serve(options))
    except OSError as wrong:
        why = f"{wrong.filename}: {wrong.strerror}" if wrong.filename else str(wrong)
        print(f"rehearsal tenant: {why}", file=sys.stderr)
        return 1
    except (state.Wrong, Unavailable) as wrong:
        print(f"rehearsal tenant: {wrong}", file=sys.stderr)
        return 1
    except (ValueError, KeyError) as wrong:
        print(f"rehearsal tenant: {type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 1
