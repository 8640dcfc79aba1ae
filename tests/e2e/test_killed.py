# SPDX-License-Identifier: Apache-2.0
"""Processes killed: what follows at once, and a short campaign of random kills (make campaign is the long one)."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from support.guest import ADA, log_in, prompted, refused
from support.process import children
from support.waiting import until

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaign"))

from kill import Campaign  # noqa: E402

KILLS = 20


def works(host, tenant):
    with log_in(host, tenant, ADA, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0


def test_the_daemon_follows_its_publisher(host, tenant):
    """Nobody in the daemon could start another one, so who supervises it must."""
    with prompted(host, ADA, "true") as (t, _):
        [publisher] = children(host.daemon.pid)
        os.kill(publisher, signal.SIGKILL)
        until(host.daemon_died, 10, host.log_tail)
        assert host.daemon.returncode == 1
        assert f"publisher-ended signal={int(signal.SIGKILL)}" in host.log_tail()
        t.line()
        refused(t, "being restarted")
    assert host.knows(ADA)
    host.restart_daemon()
    works(host, tenant)


def test_a_killed_daemons_publisher_ends_too(host, tenant):
    [publisher] = children(host.daemon.pid)
    os.kill(host.daemon.pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{publisher}").exists(), 10, "the publisher's end")
    host.restart_daemon()
    works(host, tenant)


def second_is_refused():
    done = subprocess.run(["/usr/sbin/guestpassd", "--foreground"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=30)
    assert done.returncode == 1, done
    assert "start-failed" in done.stderr and "already running" in done.stderr, done


def test_a_second_daemon_leaves_the_first_its_sockets(host, tenant):
    """Also one that is too busy to answer."""
    sockets = [Path("/run/guestpass") / name for name in ("login.sock", "admin.sock", "knock.sock", "publish.sock")]
    before = [path.stat().st_ino for path in sockets]
    second_is_refused()
    host.signal_daemon(signal.SIGSTOP)
    try:
        second_is_refused()
    finally:
        host.signal_daemon(signal.SIGCONT)
    assert [path.stat().st_ino for path in sockets] == before
    assert not host.daemon_died()
    works(host, tenant)


def test_a_short_campaign(host, tenant):
    """The seed and each finding are on the standard output."""
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)
    host.stop_daemon()
    try:
        campaign = Campaign(host, tenant, host.work, seed, short=True)
        with tenant.switched(index_lag=0):
            good = campaign.run(KILLS)
        print(campaign.report())
        assert good, campaign.witness.broken
        assert sum(campaign.kills.values()) == KILLS
        assert campaign.outcomes["member", "in"] > 0
        assert all(campaign.witness.checked[rule] > 0 for rule in ("audit-whole", "record-first", "database-sound"))
    finally:
        host.start_daemon()
    works(host, tenant)
