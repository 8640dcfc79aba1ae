# SPDX-License-Identifier: Apache-2.0
"""A pass begins and ends, and nobody waits for it: the clocks of the host and of Entra are moved. However they jump, an
end never moves later."""

import datetime
import json
import re

import pytest

from support.clock import moved_clocks
from support.guest import ADA, GENERIC, log_in, refused_after_proof, refused_before_code
from support.host import run
from support.tier import tier
from test_directory import synced
from test_passes import GROUP, PACKAGE, assignment, check_of, quick_tenant  # noqa: F401 (each test has it)

HOUR, DAY = 3600, 86400


@pytest.fixture
def clocks(host, tenant):
    with moved_clocks(host, tenant) as moved:
        yield moved


def text_of(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def admitted_until(host, tenant, clocks):
    """The end of the pass with which Ada enters, as the record has it; what she reads says the same."""
    count = len(host.audit())
    with log_in(host, tenant, ADA, "echo came-in") as t:
        t.expect("\ncame-in")
        assert t.end() == 0
        screen = " ".join(t.text.split())
    record = host.audit_after(count, event="sign-in", verdict="admitted")
    # The whole decision is by the moved clock: what it is written down with, too.
    assert abs((seconds(record["time"]) - clocks.now()).total_seconds()) < 120, record["time"]
    end = seconds(re.search(r" end=(\S+)", check_of(record, "pass")["input"])[1])
    last = end - datetime.timedelta(seconds=1)
    assert f"is valid until {last:%Y-%m-%d %H:%M} UTC" in screen, screen
    assert end > clocks.now()
    return end


def why(*args):
    told = json.loads(run("guestpass", "why", "--json", *args, ADA).stdout)
    return told["verdict"], told["reason"]


def why_then(record):
    return run("guestpass", "why", f"--decision={record['decision']}").stdout


def test_a_package_begins_and_ends(host, tenant, clocks):
    start = clocks.now().replace(microsecond=0)
    begin, end = start + datetime.timedelta(days=1), start + datetime.timedelta(days=3)
    with tier(host, tenant, f"access_groups={GROUP}=package:{PACKAGE}", "max_stay=0"):
        made = assignment(tenant, text_of(begin), text_of(end))
        try:
            record = refused_after_proof(host, tenant, ADA, "Your pass for this host has not begun yet")
            assert record["reason"] == "pass-not-begun"
            assert why()[1] == "pass-not-begun"
            assert re.search(r" - pass +no +pass-not-begun", why_then(record))
            # What it will be is known: an hour before, and once it has begun.
            assert why(f"--at={int(begin.timestamp()) - 1}")[1] == "pass-not-begun"
            assert why(f"--at={int(begin.timestamp())}")[1] != "pass-not-begun"

            clocks.both(DAY + HOUR)
            assert admitted_until(host, tenant, clocks) == end

            # The host alone holds it to have ended: Entra's clock is a little behind and still calls it delivered.
            clocks.tenant(3 * DAY - 120)
            clocks.host(3 * DAY + 60)
            record = refused_after_proof(host, tenant, ADA, "Your pass for this host has ended")
            assert record["reason"] == "pass-ended"
            assert why()[1] == "pass-ended"
            assert re.search(r" - pass +no +pass-ended +basis=package", why_then(record))

            # Set back again, and further than it ever was.
            clocks.host(3 * DAY - 180)
            assert admitted_until(host, tenant, clocks) == end
            clocks.both(DAY + 2 * HOUR)
            assert admitted_until(host, tenant, clocks) == end

            # Entra takes it as well; from then on no clock brings it back.
            clocks.both(3 * DAY + 60)
            assert refused_after_proof(host, tenant, ADA, "You have no pass for this host")["reason"] == "no-pass"
            clocks.both(2 * DAY)
            assert refused_after_proof(host, tenant, ADA, "You have no pass for this host")["reason"] == "no-pass"
            assert why()[1] == "no-pass"
        finally:
            tenant.control("PATCH", f"/governance/assignments/{made}", {"state": "expired"})


def test_an_end_counted_from_the_first_day(host, tenant, clocks):
    """Of membership alone; the end outlives a new membership, a new daemon, and a clock that jumps."""
    with tier(host, tenant, "max_stay=2d"):
        end = admitted_until(host, tenant, clocks)
        assert end - clocks.now() < datetime.timedelta(days=2)

        clocks.both(DAY)
        assert admitted_until(host, tenant, clocks) == end
        for group in ("SSH prod partners", "SSH prod partners: Northwind"):
            tenant.control("DELETE", f"/groups/{group}/members/{ADA}")
        synced(lambda: not host.welcomes(ADA), "she has left")
        for group in ("SSH prod partners", "SSH prod partners: Northwind"):
            tenant.control("PUT", f"/groups/{group}/members/{ADA}")
        synced(lambda: host.welcomes(ADA), "she is back")
        assert admitted_until(host, tenant, clocks) == end

        clocks.both(2 * DAY)
        record = refused_before_code(host, ADA, GENERIC)
        assert record["reason"] == "pass-ended"
        assert why() == ("no", "pass-ended")
        assert re.search(r" - pass +no +pass-ended +basis=group", why_then(record))

        # Back to before she was first seen, for a daemon that starts there too.
        clocks.both(-HOUR)
        assert admitted_until(host, tenant, clocks) == end
        host.restart_daemon()
        synced(lambda: host.welcomes(ADA), "all was read anew", "--full")
        assert admitted_until(host, tenant, clocks) == end
        clocks.both(2 * DAY)
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "pass-ended"
