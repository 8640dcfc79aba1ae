# SPDX-License-Identifier: Apache-2.0
"""How each cell of the product is walked: weather at a point, a login through it, and the way back to normal."""

import contextlib
import os
import signal
from pathlib import Path

from support.guest import ADA, GRACE
from support.waiting import until
from weather.kinds import CLOCK, ELSEWHERE, FINE, SLOW
from weather.login import Login
from weather.sky import held, weather

RECOVERY_S = 180   # the longest pause of the daemon's own retries, with room for a loaded machine
DEAR_S = 0.2       # between two looks that each start a program or read a log
HOLD = Path("/run/gp-weather-hold")
PAM_SSHD = Path("/etc/pam.d/sshd")


def well(host):
    return host.status().get("health") == "ok"


def wait_until_well(host):
    until(lambda: well(host), RECOVERY_S, lambda: f"the status is good again: {host.status()}\n{host.log_tail()}",
          step_s=DEAR_S)


def fresh(host):
    """A reload: nothing of what the daemon knew of the tenant's host is kept but the guests."""
    seen = len(host.log_lines("reloaded"))
    host.daemon.send_signal(signal.SIGHUP)
    until(lambda: len(host.log_lines("reloaded")) > seen, 30, host.log_tail, step_s=DEAR_S)
    wait_until_well(host)


def start(host, tenant, kind, point):
    """The daemon starts into it. The names are those that were published before."""
    host.stop_daemon()
    with contextlib.ExitStack() as stack:
        # What is over a whole host meets the daemon at discovery; to meet it later it comes while a request is held.
        later = kind.whole_host and point.name != "discovery"
        if later:
            wait, release = stack.enter_context(held(tenant, point))
            host.start_daemon(guest=None)
            wait()
        sky = stack.enter_context(weather(host, tenant, kind, point))
        if later:
            release()
        else:
            host.start_daemon(guest=None)
        until(host.status, 60, host.log_tail, step_s=DEAR_S)
        assert host.knows(ADA)
        sky.wait_until_struck()
        with Login(host, tenant) as a:
            seen = a.walk()
        assert host.knows(ADA) and not host.daemon_died()
        if kind.effect_at(point.path) not in (FINE, ELSEWHERE):
            assert not well(host), f"the status says nothing of it: {host.status()}"
    return seen


def sync(host, tenant, kind, point):
    """The access groups are read while it blows."""
    last = host.status()["sync"]["last"]
    with weather(host, tenant, kind, point) as sky:
        host.daemon.send_signal(signal.SIGHUP)
        sky.wait_until_struck()
        assert host.knows(ADA)
        with Login(host, tenant) as a:
            seen = a.walk()
        if kind.effect_at(point.path) not in (FINE, SLOW, CLOCK):
            until(lambda: host.status()["sync"]["status"] != "ok", 60, lambda: str(host.status()), step_s=DEAR_S)
        assert host.status()["sync"]["last"] >= last
        assert host.knows(ADA) and host.knows(GRACE)
    return seen


def code(host, tenant, kind, point):
    """It blows when the code is asked for."""
    with weather(host, tenant, kind, point) as sky, Login(host, tenant) as a:
        sky.wait_until_struck()
        return a.walk()


def poll_waiting(host, tenant, kind, point):
    """It blows while the person is in the browser, and is over before he is done there."""
    with Login(host, tenant) as a:
        assert a.prompted()
        with weather(host, tenant, kind, point) as sky:
            sky.wait_until_struck()
        a.approve()
        return a.finish()


def poll_redeeming(host, tenant, kind, point):
    """It blows for the answer that would bring the tokens: until it does, the polls are answered "pending"."""
    pending = {"error": "authorization_pending", "error_codes": [70016]}
    tenant.control("PATCH", "/switches", {"device_code_interval": 3})  # time enough between two polls
    with Login(host, tenant) as a:
        assert a.prompted()
        tenant.control("PATCH", "/switches", {"device_code_interval": 1})
        where = {"host": point.host, "path": point.path}
        hold = tenant.control("POST", "/weather", {**where, "status": 400, "body": pending})
        a.approve()
        polled = tenant.hits(hold)
        until(lambda: tenant.hits(hold) > polled, 60, "a poll that is answered \"pending\"")
        with weather(host, tenant, kind, point) as sky:
            tenant.control("DELETE", f"/weather/{hold['id']}")
            sky.wait_until_struck()
            return a.finish()


def verification_keys(host, tenant, kind, point):
    """The tokens are signed with a key that is not known yet, and it blows when that is asked for."""
    fresh(host)
    with Login(host, tenant) as a, contextlib.ExitStack() as stack:
        assert a.prompted()
        tenant.control("POST", "/keys/rotate", {})
        if not kind.whole_host:
            sky = stack.enter_context(weather(host, tenant, kind, point))
            a.approve()
            seen = a.finish()
            assert sky.hits()
            return seen
        wait, release = stack.enter_context(held(tenant, point))
        a.approve()
        wait()
        stack.enter_context(weather(host, tenant, kind, point))
        release()
        return a.finish()


def verification(host, tenant, kind, point):
    """It blows when the guest and the groups are looked up."""
    with Login(host, tenant) as a:
        assert a.prompted()
        a.approve()
        until(lambda: a.flow()["state"] == "redeemed", 60, a.flow, step_s=0.1)
        with weather(host, tenant, kind, point) as sky:
            seen = a.finish()
            assert kind.whole_host or sky.hits()
    return seen


@contextlib.contextmanager
def account_held():
    """Between the answer and the account phase sshd waits for as long as HOLD exists."""
    kept = PAM_SSHD.read_text()
    held = HOLD.with_suffix(".held")
    script = Path("/run/gp-weather-wait")
    script.write_text(f"#!/bin/sh\n: >{held}\n"
                      f"for i in $(seq 600); do [ -e {HOLD} ] || exit 0; sleep 0.1; done\nexit 1\n")
    os.chmod(script, 0o755)
    HOLD.touch()
    PAM_SSHD.write_text(f"account required pam_exec.so quiet {script}\n{kept}")
    try:
        yield held
    finally:
        HOLD.unlink(missing_ok=True)
        held.unlink(missing_ok=True)
        PAM_SSHD.write_text(kept)


def account(host, tenant, kind, point):
    """It blows everywhere between the answer and the session."""
    with account_held() as waiting, Login(host, tenant) as a:
        assert a.prompted()
        a.approve()
        until(lambda: a.flow()["state"] == "redeemed", 60, a.flow, step_s=0.1)
        a.enter()
        until(waiting.exists, 60, lambda: f"the account phase begins\n{a.terminal.text}")
        with weather(host, tenant, kind, point):
            HOLD.unlink()
            return a.finish()


WALKS = {"start": start, "sync": sync, "code": code, "account": account, "verification": verification,
         ("poll", "waiting"): poll_waiting, ("poll", "redeeming"): poll_redeeming,
         ("verification", "keys"): verification_keys, ("verification", "keys once"): verification_keys}


def walk(host, tenant, kind, point):
    """Walks one cell; how its login ended."""
    if kind.rotates:
        fresh(host)
    way = WALKS.get((point.phase, point.name)) or WALKS[point.phase]
    seen = way(host, tenant, kind, point)
    if kind.rotates or point.name.startswith("keys"):
        fresh(host)  # a second rotation within five minutes would be believed after them only, and what the keys say
    return seen
