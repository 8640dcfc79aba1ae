# SPDX-License-Identifier: Apache-2.0
"""The product of weather and phase, over real ssh. Here a selection in which each kind and each point occurs;
`make weather` walks all of it."""

import pytest

from weather import cells
from weather.expect import ADMITTED, POINTS, expect
from weather.health import Watch
from weather.kinds import BUSY, CLOCK, KINDS, KNOWN, NAME, SLOW, THROTTLED
from weather.login import Login
from weather.report import FULL, noted, part_of


def product():
    return [(kind, point) for point in POINTS for kind in KINDS if expect(kind, point) is not None]


def quick(kind, point):
    """Whether the cell ends without waiting for a limit or a pause of the product."""
    if kind.effect == SLOW:
        return point.name in ("waiting", "members")
    if kind.effect in (BUSY, THROTTLED) and point.lasting:
        return point.name in ("discovery", "lasting") and kind.effect == BUSY
    if kind.effect == THROTTLED:
        return point.phase == "verification"
    if kind.by == NAME:
        return point.phase in ("start", "sync")
    return point.name != "app token" or (expect(kind, point) == ADMITTED and not kind.rotates)


def selection():
    """Each kind once, each point about as often as the others."""
    times = dict.fromkeys(POINTS, 0)
    chosen = set()
    for kind in KINDS:
        point = min((p for p in POINTS if expect(kind, p) is not None and quick(kind, p)), key=times.get)
        times[point] += 1
        chosen.add((kind, point))
    return [cell for cell in product() if cell in chosen]


CELLS = part_of(product() if FULL else selection(), lambda cell: (cell[0].name, cell[1].phase, cell[1].name))


@pytest.fixture(scope="module")
def watch(host):
    return Watch(host)


@pytest.fixture(autouse=True)
def good_weather(host, tenant):
    """A cell begins and ends with a daemon that is well: one that failed must not spoil those behind it."""
    yield
    tenant.control("DELETE", "/weather")
    if host.daemon_died() or not cells.well(host):
        host.restart_daemon()


def test_every_kind_has_an_expectation(tenant):
    there = {name for name, one in tenant.catalogue().items() if one["group"] != "token"}
    assert {kind.name for kind in KNOWN} == there
    assert {point.phase for _, point in product()} == {"start", "sync", "code", "poll", "verification", "account"}
    for kind in KINDS:
        assert len({point.phase for point in POINTS if expect(kind, point) is not None}) >= 4, kind


def ends_a_group(cell):
    """Every fifth cell, and the last one at a point: then, at the latest, it must be seen that logins work."""
    following = CELLS.index(cell) + 1
    return following % 5 == 0 or following == len(CELLS) or CELLS[following][1] is not cell[1]


@pytest.mark.parametrize("kind,point", CELLS, ids=lambda x: x.name.replace(" ", "-"))
def test_cell(host, tenant, watch, kind, point):
    wanted = expect(kind, point)
    with noted(wanted, kind=kind.name, phase=point.phase, point=point.name) as cell:
        seen = cells.walk(host, tenant, kind, point)
        cell.got = seen.outcome
        assert seen.outcome == wanted, f"{seen} is not {wanted}; the screen:\n{seen.text}\n{host.log_tail()}"
        # After a start, and when the clocks agree again, it is a login that the daemon recovers for.
        if kind.effect == CLOCK or point.phase == "start" or ends_a_group((kind, point)):
            with Login(host, tenant) as again:
                after = again.walk()
            assert after.outcome == ADMITTED, f"no recovery: {after}\n{after.text}\n{host.log_tail()}"
        cells.wait_until_well(host)
        watch.look()
