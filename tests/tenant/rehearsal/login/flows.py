# SPDX-License-Identifier: Apache-2.0
"""Device codes: their life from the request to the one redemption."""
import secrets
from dataclasses import dataclass

from . import token_policy
from ..people import pages
from .errors import LoginError, slow_down
from .signin import SignIn

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
DEVICE_CODE_BYTES = 210  # hundreds of characters, as Entra's are
REMEMBERED = 900.0       # how long an expired code is still called expired
TIMER_SLACK = 0.25       # a client that waits exactly the interval is not too fast


@dataclass
class Flow(SignIn):
    """A sign-in whose browser leg happens elsewhere, tied to the request by the code that the person types."""
    device_code: str = ""
    user_code: str = ""
    interval: int = 5
    last_poll: float = None
    polls: int = 0
    early_polls: int = 0
    data_centre: str = "one"
    poller: str = None      # the address from which the token was asked for
    capolids: list = None   # ids of the policies that blocked it

    by_device_code = True
    asks_confirmation = True

    def describe(self, now):
        return {"user_code": self.user_code, "state": "expired" if self.open and self.expired(now) else self.state,
                "client_id": self.client["appId"], "scope": self.scopes.text, "polls": self.polls,
                "interval": self.interval, "seconds_left": max(0, round(self.created + self.expires_in - now, 1)),
                "as": self.account.mail if self.account else None, "block_code": self.block_code}

    def finished(self, world):
        return pages.done(world.tenant["name"], self.client["displayName"])

    def cancelled(self, world, code=None):
        """Cancel at the last question ends the code; at the consent page it is a block page, and the code lives on."""
        return pages.declined(world.tenant["name"], self.client["displayName"])


def begin(world, tenant_id, client, scopes):
    switches, now = world.switches, world.clock.monotonic()
    forget(world, now)
    user_code = "".join(secrets.choice(ALPHABET) for _ in range(switches.user_code_length))
    flow = Flow(tenant_id, client, scopes, now, world.clock.now(), switches.device_code_lifetime,
                device_code="D" + secrets.token_urlsafe(DEVICE_CODE_BYTES), user_code=user_code,
                interval=switches.device_code_interval)
    world.flows_by_device[flow.device_code] = flow
    world.flows_by_user[flow.user_code] = flow
    return flow


def forget(world, now):
    """Drop codes that expired long ago; they come first, for all are kept in the order of making."""
    for flow in list(world.flows_by_device.values()):
        if now < flow.created + flow.expires_in + REMEMBERED:
            break
        del world.flows_by_device[flow.device_code]
        world.flows_by_user.pop(flow.user_code, None)
        for key in [key for key, walk in world.interactions.items() if walk.flow is flow]:
            del world.interactions[key]


def _number(world, usual, remote):
    return remote if world.switches.device_numbers == "remote_session" else usual


def _find(world, device_code, tenant_id, client):
    flow = world.flows_by_device.get(device_code)
    if flow is not None and flow.tenant_id == tenant_id and flow.client["appId"] == client["appId"]:
        return flow
    if len(device_code) < 200 or not device_code.startswith("D"):
        raise LoginError(world.switches.garbled_device_code)
    if world.switches.unknown_device_code == "bad_verification_code":
        raise LoginError(_number(world, 70018, 70035))
    raise LoginError(70000)


def poll(world, device_code, tenant_id, client):
    """The approved flow, ready to be redeemed; every other state is a LoginError."""
    flow, switches = _find(world, device_code, tenant_id, client), world.switches
    now = world.clock.monotonic()
    early = flow.last_poll is not None and now - flow.last_poll < flow.interval - TIMER_SLACK
    flow.last_poll = now
    flow.polls += 1
    if flow.state == "redeemed":
        again = 70020 if switches.repoll_after_success == "expired_token" else 70000
        raise LoginError(_number(world, again, 70033))
    if flow.open and flow.expired(now):
        raise LoginError(_number(world, 70020, 70039) if switches.expired_spelling == "expired_token" else 70019)
    if early and flow.open:
        _early(flow, switches)
    if flow.state == "declined":
        raise LoginError(_number(world, switches.declined_code, 70034))
    if flow.state == "blocked" and switches.refusal_at_poller == "error":
        raise block_error(world, flow)
    if flow.open:
        raise LoginError(70016)
    if flow.data_centre != world.identity.health.data_centre:
        raise LoginError(50134)
    return flow


def _early(flow, switches):
    """Polled before the interval was over: slow_down as RFC 8628 says, and loop detection of the service."""
    flow.early_polls += 1
    if switches.loop_limit and flow.early_polls > switches.loop_limit:
        raise LoginError(50196)
    if switches.slow_down:
        flow.interval += 5
        raise slow_down()


def block_error(world, flow):
    words = {"user": flow.account.mail if flow.account else "", "tenant": world.tenant["name"],
             "app": flow.client["displayName"], "idp": ""}
    if flow.block_code == 53003:
        return token_policy.blocked(world, flow.capolids, **words)
    missing = "consent_required" if flow.block_code == 65001 else None
    return LoginError(flow.block_code, suberror=missing, **words)


def find_by_user_code(world, text):
    wanted = text.upper().replace("-", "").replace(" ", "")
    return world.flows_by_user.get(wanted)
