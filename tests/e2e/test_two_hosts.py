# SPDX-License-Identifier: Apache-2.0
"""Two hosts, each with a database of its own, meet ten thousand guests in different orders and agree on each number."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.guest import ADA
from support.host import run
from support.tenant import Tenant
from support.waiting import until

GROUP = "SSH prod partners"
GUESTS, LATE = 10000, 1500


@pytest.fixture(scope="session")
def tenant(work):
    running = Tenant(work / "tenant", options=["--scale", str(GUESTS)])
    running.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})
    yield running
    running.stop()


def numbers():
    """{(object id, name): number} of this host."""
    told = run("guestpass", "number", "export", check=False, timeout=60).stdout.splitlines()
    return {(w[1], w[3]): w[2] for w in (line.split() for line in told) if w[0] == "guest"}


def known(at_least):
    return len(numbers()) >= at_least and run("getent", "-s", "guestpass", "passwd", ADA, check=False).returncode == 0


def another_host(host):
    """Nothing is left of what this one knew."""
    host.stop_daemon()
    for file in (*Path("/var/lib/guestpass").glob("guests.db*"), Path("/run/guestpass/directory"),
                 Path("/var/lib/guestpass-published/directory")):
        file.unlink(missing_ok=True)


def test_two_hosts_agree_on_ten_thousand_numbers(host, tenant):
    until(lambda: known(GUESTS * 0.999), 60, lambda: host.log_tail(20))
    first = numbers()
    late = random.sample(sorted(first), LATE)

    def change(method):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda who: tenant.control(method, f"/groups/{GROUP}/members/{who[0]}"), late))
    another_host(host)
    change("DELETE")
    host.start_daemon()
    until(lambda: known((GUESTS - LATE) * 0.999), 60, lambda: host.log_tail(20))
    assert len(numbers()) <= GUESTS + 20 - LATE
    change("PUT")
    until(lambda: run("guestpass", "sync", check=False, timeout=60).returncode == 0 and known(GUESTS * 0.999), 60,
          lambda: host.log_tail(20))
    second = numbers()
    both = first.keys() & second.keys()
    assert len(both) >= GUESTS * 0.999
    assert {who: second[who] for who in both} == {who: first[who] for who in both}
    assert len(set(second.values())) == len(second)
    # What NSS says is what the database says.
    for who in random.sample(sorted(both), 50):
        assert host.passwd(who[1])[2] == second[who]
