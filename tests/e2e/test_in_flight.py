# SPDX-License-Identifier: Apache-2.0
"""Sign-ins in flight: several guests stand at the prompt while the weather passes over them, and all of them get in."""

import contextlib

import pytest

from support.guest import ADA, GRACE
from support.waiting import until
from weather import cells
from weather.expect import ADMITTED, POINTS
from weather.health import Vitals
from weather.kinds import KINDS
from weather.login import Login
from weather.report import FULL
from weather.sky import weather

CROWD = [ADA, ADA, GRACE, GRACE]
WAITING = next(point for point in POINTS if point.name == "waiting")
QUICK = "close throttled_seconds stall_headers port_closed spoil_html keys_rotated".split()
PASSING = QUICK + ("cut_body status_502 status_503 throttled drip spoil_long_length tls_expired tls_other_ca dns "
                   "connections_dropped").split()


def polls(tenant, crowd):
    return [a.flow()["polls"] for a in crowd]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name in (PASSING if FULL else QUICK)],
                         ids=lambda kind: kind.name)
def test_all_of_them_survive(host, tenant, kind):
    if kind.rotates:
        cells.fresh(host)
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Login(host, tenant, name)) for name in CROWD]
        assert all(a.prompted() for a in crowd)
        with weather(host, tenant, kind, WAITING) as sky:
            sky.wait_until_struck()
        # It is over: all of them poll again.
        before = polls(tenant, crowd)
        until(lambda: all(now > then for now, then in zip(polls(tenant, crowd), before)), 180,
              lambda: f"all poll again, {before} before, {polls(tenant, crowd)} now\n{host.log_tail()}")
        for a in crowd:
            a.approve()
        ends = [a.finish() for a in crowd]
        assert [end.outcome for end in ends] == [ADMITTED] * len(CROWD), [f"{end}\n{end.text}" for end in ends]
    if kind.rotates:
        cells.fresh(host)
    cells.wait_until_well(host)


def test_nothing_is_kept_of_it(host, tenant):
    """With its connections closed by a reload the daemon holds what it held before, to the last descriptor."""
    cells.fresh(host)
    before = Vitals.of(host.daemon.pid)
    for name in ("close", "cut_body", "port_closed", "tls_expired"):
        with contextlib.ExitStack() as stack:
            crowd = [stack.enter_context(Login(host, tenant, guest)) for guest in CROWD]
            assert all(a.prompted() for a in crowd)
            with weather(host, tenant, next(kind for kind in KINDS if kind.name == name), WAITING) as sky:
                sky.wait_until_struck()
            crowd[0].approve()
            assert crowd[0].finish().outcome == ADMITTED
            # The others hang up.
    until(lambda: host.status()["sign_ins"]["in_flight"] == 0, 60, host.log_tail, step_s=0.2)
    cells.fresh(host)
    until(lambda: Vitals.of(host.daemon.pid).descriptors <= before.descriptors, 60,
          lambda: f"{Vitals.of(host.daemon.pid)}, before {before}", step_s=0.2)
    after = Vitals.of(host.daemon.pid)
    assert after.pids == before.pids and not after.zombies


def test_weather_after_weather(host, tenant):
    """One sign-in outlives all of it."""
    with Login(host, tenant) as a:
        assert a.prompted()
        for name in ("close", "status_503", "spoil_html", "cut_body"):
            with weather(host, tenant, next(kind for kind in KINDS if kind.name == name), WAITING) as sky:
                sky.wait_until_struck()
        a.approve()
        assert a.finish().outcome == ADMITTED
