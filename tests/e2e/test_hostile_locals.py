# SPDX-License-Identifier: Apache-2.0
"""A thousand local clients at every socket: strangers, root's own, and those of the daemon's account. Guests log
in beside them, and afterwards nothing is left of it."""

import collections
import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support import crowd
from support.door import Door, start
from support.guest import ADA, GRACE, log_in
from support.host import RUN, run
from support.process import children, descriptors, resident
from support.waiting import until

PROCESSES, EACH = 8, 125
CLIENTS = PROCESSES * EACH
CONNECTIONS_KEPT = 20  # to Entra, for whoever comes next
BYTES_MORE = 16 << 20  # the allocator may keep some
LINES_MORE = 150
GROUP = "SSH prod partners"
KINDS = {"login.sock": "SOCK_SEQPACKET", "admin.sock": "SOCK_SEQPACKET", "publish.sock": "SOCK_STREAM"}


@pytest.fixture(scope="module")
def program(work):
    """Where every user can read it."""
    path = work / "crowd.py"
    shutil.copy(crowd.__file__, path)
    os.chmod(path, 0o644)
    return path


@pytest.fixture(scope="module")
def quiet(host, tenant):
    """Logging as on a host, not as in a test."""
    with tenant.switched(index_lag=0):
        host.configure(tenant.ready_file, "guestpass.log_level=info")
        host.restart_daemon(guest=GRACE)
        yield host
    host.configure(tenant.ready_file)
    host.restart_daemon()


def ids(name):
    return tuple(int(run("id", flag, name).stdout) for flag in ("-u", "-g"))


class Crowd:
    """The thousand, in several processes of one user."""

    def __init__(self, program, name, uid, gid, behaviours, rounds=1, each=EACH):
        argv = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "/usr/bin/python3", "-B",
                str(program), str(RUN / name), KINDS[name], str(each), str(rounds), *behaviours]
        self.processes = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                          for _ in range(PROCESSES)]

    def end(self, limit_s=120):
        """Let go of what is held; what became of all of them."""
        became = collections.Counter()
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            out = process.stdout.read()
            assert process.wait(limit_s) == 0
            became.update(json.loads(out))
        return became

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
            process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


class Before:
    """What daemon and publisher take, so that it can be compared."""

    def __init__(self, host):
        self.host = host
        [publisher] = children(host.daemon.pid)
        self.pids = {"daemon": host.daemon.pid, "publisher": publisher}
        self.fds = {who: descriptors(pid) for who, pid in self.pids.items()}
        self.bytes = {who: resident(pid) for who, pid in self.pids.items()}
        self.lines = self.count_lines()

    def count_lines(self):
        return len(self.host.daemon_log.read_text(errors="replace").splitlines())

    def is_as_now(self, lines=LINES_MORE):
        for who, pid in self.pids.items():
            kept = CONNECTIONS_KEPT if who == "daemon" else 0
            until(lambda: descriptors(pid) <= self.fds[who] + kept, 30,
                  lambda: f"{descriptors(pid)} descriptors in the {who}, {self.fds[who]} before")
            assert resident(pid) <= self.bytes[who] + BYTES_MORE, who
        assert self.count_lines() - self.lines <= lines, self.host.log_tail(60)


def works(host, tenant, name=ADA):
    with log_in(host, tenant, name, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0


@pytest.mark.parametrize("name", sorted(KINDS))
def test_strangers_get_nowhere(quiet, tenant, program, name):
    """As nobody, and as a guest: each of the thousand is turned away by the kernel."""
    before = Before(quiet)
    for uid, gid in (ids("nobody"), ids(GRACE)):
        with Crowd(program, name, uid, gid, ["silent", "malformed", "descriptors"]) as some:
            if uid == ids(GRACE)[0]:
                works(quiet, tenant)
            became = some.end()
        assert set(end.split()[1] for end in became) == {"refused"}
        assert sum(became.values()) == CLIENTS
    before.is_as_now()


def test_a_thousand_of_root_at_the_login_socket(quiet, tenant, program):
    """Silent, in pieces, malformed, too long, out of phase, with descriptors, and just gone again."""
    before = Before(quiet)
    behaviours = ["silent", "malformed", "oversized", "out_of_phase", "descriptors", "storm", "drip"]
    with Crowd(program, "login.sock", 0, 0, behaviours, rounds=5) as some:
        works(quiet, tenant)
        assert quiet.knows(GRACE)
        works(quiet, tenant, GRACE)
        assert quiet.status()["health"] == "ok"
        assert descriptors(quiet.daemon.pid) <= before.fds["daemon"] + 600 + CONNECTIONS_KEPT
        became = some.end()
    assert sum(became.values()) == 5 * CLIENTS
    for behaviour in ("malformed", "oversized", "out_of_phase", "descriptors", "drip"):
        assert {end for end in became if end.startswith(behaviour)} <= {f"{behaviour} closed"}, became
    before.is_as_now()
    works(quiet, tenant)


def test_silence_of_root_keeps_no_guest_out(quiet, tenant, program):
    """More of them than there may be, and each comes back when it was dropped."""
    before = Before(quiet)
    with Crowd(program, "login.sock", 0, 0, ["silent"], rounds=1) as first:
        until(lambda: descriptors(quiet.daemon.pid) >= before.fds["daemon"] + 590, 30, "the silent are there")
        works(quiet, tenant)
        first.end()
    before.is_as_now()


def test_a_thousand_of_root_at_the_admin_socket(quiet, tenant, program):
    before = Before(quiet)
    behaviours = ["silent", "malformed", "oversized", "descriptors", "storm"]
    with Crowd(program, "admin.sock", 0, 0, behaviours, rounds=3) as some:
        works(quiet, tenant)
        until(lambda: quiet.status().get("health") == "ok", 30, "an administrator is answered beside them")
        assert descriptors(quiet.daemon.pid) <= before.fds["daemon"] + 16 + 2 * CONNECTIONS_KEPT
        became = some.end()
    assert sum(became.values()) == 3 * CLIENTS
    before.is_as_now()


@pytest.mark.parametrize("user", ["root", "guestpass"])
def test_a_thousand_at_the_publisher(quiet, tenant, program, user):
    """They can make others wait, the daemon among them, but publish nothing; when they go, all goes on."""
    before, published = Before(quiet), (RUN / "directory").read_bytes()
    behaviours = ["silent", "drip", "malformed", "long_head", "half_candidate", "descriptors", "storm"]
    with Crowd(program, "publish.sock", *ids(user), behaviours) as some:
        works(quiet, tenant)
        assert quiet.knows(GRACE)
        became = some.end()
    assert sum(became.values()) == CLIENTS
    assert (RUN / "directory").read_bytes() == published
    before.is_as_now()
    tenant.control("DELETE", f"/groups/{GROUP}/members/{GRACE}")
    try:
        quiet.daemon.send_signal(1)
        until(lambda: not quiet.welcomes(GRACE), 30, "the directory follows the groups")
    finally:
        tenant.control("PUT", f"/groups/{GROUP}/members/{GRACE}")
        quiet.daemon.send_signal(1)
    until(lambda: quiet.welcomes(GRACE), 30, "the directory follows the groups")
    before.is_as_now()


def test_a_request_after_the_request_ends_it(host, tenant):
    """START and START again: nothing comes of either but a record."""
    count = len(host.audit())
    uid = ids(ADA)[0]
    with contextlib.closing(Door()) as door:
        door.send(start(ADA, uid, "198.51.100.77"))
        with contextlib.suppress(OSError):
            door.send(start(ADA, uid, "198.51.100.77"))
        assert door.receive() is None
    record = host.audit_after(count, event="sign-in", address="198.51.100.77")
    assert record["verdict"] == "abandoned"
    assert host.status()["sign_ins"]["in_flight"] == 0
