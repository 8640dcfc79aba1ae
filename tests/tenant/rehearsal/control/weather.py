# SPDX-License-Identifier: Apache-2.0
"""The part of the control API that makes trouble: clock, weather rules, the listeners' sky, mutations of tokens."""
import time

from ..login import mutations
from ..weather import catalogue
from ..world.clock import checked_offset
from .calls import Refused, call


@call("GET", "/clock", "the tenant's time and offset")
def clock(world, _request, _body):
    return {"offset": world.clock.offset, "now": world.clock.now(), "machine": time.time()}


@call("PUT", "/clock", "{\"offset\": seconds} moves the tenant's clock: Date, iat, exp, timestamps")
def set_clock(world, request, body):
    try:
        world.clock.offset = checked_offset(body["offset"])
    except ValueError as wrong:
        raise Refused(400, f"offset: {wrong}") from wrong
    return clock(world, request, body)


@call("GET", "/weather", "rules in force")
def weather(world, _request, _body):
    return [rule.describe() for rule in world.weather.rules]


@call("POST", "/weather", "add a rule: which requests (host, path, method, skip, times) and what happens to them")
def add_weather(world, _request, body):
    return world.weather.add(body).describe()


@call("DELETE", "/weather", "no rules any more, and what is held, delayed or dripped ends; the sky stays (PUT /sky)")
def clear_weather(world, _request, _body):
    world.weather.remove()
    world.held.release()
    return []


@call("DELETE", "/weather/{id}", "drop one rule")
def drop_weather(world, request, _body):
    wanted = request.match_info["id"]
    if wanted not in {str(rule.id) for rule in world.weather.rules}:
        raise Refused(404, f"no such rule: {wanted}; GET /weather lists those in force")
    world.weather.remove(int(wanted))
    return weather(world, request, _body)


@call("GET", "/weather/held", "how many requests a stall, delay or drip holds now")
def held(world, _request, _body):
    return {"held": len(world.held)}


@call("POST", "/weather/release", "end every connection that a stall, delay or drip holds")
def release(world, _request, _body):
    return {"released": world.held.release()}


@call("GET", "/weather/catalogue", "every kind of weather, with the call that makes it")
def kinds(_world, _request, _body):
    return catalogue.kinds()


@call("GET", "/sky", "tls, port and open connections of both hosts")
def sky(_world, request, _body):
    return request.app["sky"].describe()


@call("PUT", "/sky/{host}", "{\"tls\": kind, \"port\": open|closed} of login or graph; a member left out is good, open")
async def change_sky(_world, request, body):
    await request.app["sky"].change(request.match_info["host"], body)
    return request.app["sky"].describe()


@call("DELETE", "/sky/{host}/connections", "end the connections of login or graph, kept ones and those in use")
def drop_connections(_world, request, _body):
    return {"dropped": request.app["sky"].listener(request.match_info["host"]).drop()}


@call("GET", "/mutations", "what is in force, and the catalogue of names")
def get_mutations(world, _request, _body):
    return {"active": world.mutations, "catalogue": mutations.catalogue()}


@call("POST", "/mutations", "spoil the next tokens: {name, token: id|access|both, times: 1 (0: always), skip: 0}; "
      "or set_claim with claim, value")
def add_mutation(world, _request, body):
    spec = mutations.check(body)
    mutations.prepare(world, spec)
    world.mutations.append(spec)
    return spec


@call("DELETE", "/mutations", "honest tokens again")
def clear_mutations(world, _request, _body):
    world.mutations.clear()
    return []
