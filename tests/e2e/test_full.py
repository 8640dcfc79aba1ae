# SPDX-License-Identifier: Apache-2.0
"""Nothing is left: full disks under each of the directories, no inodes, no descriptors. Names keep resolving,
nobody is admitted without a record, the trouble is named, and all goes on once there is room again."""

import contextlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.guest import ADA, GRACE, log_in, prompted, sign_in
from support.host import AUDIT, RUN, run
from support.process import children
from support.waiting import until

STATE, PUBLISHED, LOGS = Path("/var/lib/guestpass"), Path("/var/lib/guestpass-published"), AUDIT.parent
GROUP = "SSH prod partners"
UNAVAILABLE = "not available on this host right now"


@pytest.fixture(scope="module", autouse=True)
def prompt(tenant):
    """Who joins a group is listed at once: each of these reads once only."""
    with tenant.switched(index_lag=0):
        yield


@contextlib.contextmanager
def small(host, path, options):
    """A small file system in place of PATH, with what was there; the daemon starts on it."""
    host.stop_daemon()
    kept = host.work / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    run("cp", "-a", path, kept)
    if run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path, check=False).returncode != 0:
        host.start_daemon()
        pytest.skip("this container may not mount")
    run("cp", "-a", f"{kept}/.", path)
    try:
        host.start_daemon()
        yield
    finally:
        host.stop_daemon()
        run("umount", path)
        host.start_daemon()


@contextlib.contextmanager
def full(path):
    """No byte is left below PATH."""
    filler = path / "filler"
    with open(filler, "wb", buffering=0) as f, contextlib.suppress(OSError):
        while f.write(b"x" * 4096):
            pass
    try:
        assert os.statvfs(path).f_bavail == 0
        yield
    finally:
        filler.unlink()


def works(host, tenant, name=ADA):
    with log_in(host, tenant, name, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0


def newcomer(tenant, name):
    tenant.control("POST", "/guests", {"mail": name, "displayName": name, "groups": [GROUP],
                                       "home": {"kind": "entra", "mail": ADA}})


def read_again(host):
    host.daemon.send_signal(1)


def problem(host, pattern):
    told = host.status()
    return any(re.search(pattern, p) for p in told.get("problems", [])) and told


def whole_lines():
    text = AUDIT.read_text()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_no_record_no_entry(host, tenant):
    with small(host, LOGS, "size=128k,mode=750,uid=guestpass,gid=guestpass"):
        works(host, tenant)
        before = len(whole_lines())
        with full(LOGS):
            # The first ones may still fit into the last block of the file, or a piece of one.
            outcomes = []
            while UNAVAILABLE not in outcomes:
                assert len(outcomes) < 12
                with prompted(host, ADA, "echo came-in") as (t, code):
                    assert sign_in(tenant, code, ADA).outcome == "done"
                    t.line()
                    t.end()
                    came_in = "\ncame-in" in t.text
                    outcomes.append("in" if came_in else UNAVAILABLE if UNAVAILABLE in t.text else t.text)
                records = whole_lines()
                if came_in:
                    assert [r for r in records[before:] if r["event"] == "session-open" and r["verdict"] == "admitted"]
                before = len(records)
            assert set(outcomes) <= {"in", UNAVAILABLE}, outcomes
            assert host.knows(GRACE)
            assert problem(host, "the last record could not be written.*(No space left|bytes were written)")["health"] == "failing"
            assert "audit-failed" in host.log_tail(200)
            assert len(whole_lines()) == before
        works(host, tenant)
        assert host.status()["health"] == "ok"


def settled(host, what):
    """The status with this problem, once the authority was reached again after the daemon's start or reload."""
    told = problem(host, what)
    return told if told and told["health"] != "failing" else None


def test_no_room_for_numbers(host, tenant):
    """A guest who is new waits; those who are known come in."""
    name = "late@fabrikam.example"
    with small(host, STATE, "size=512k,mode=700,uid=guestpass,gid=guestpass"):
        with full(STATE):
            newcomer(tenant, name)
            try:
                read_again(host)
                told = until(lambda: settled(host, "the last read of the access groups failed"), 20, host.log_tail)
                assert told["health"] == "degraded" and "full" in told["sync"]["error"], told
                assert not host.knows(name)
                works(host, tenant)
            except BaseException:
                tenant.control("DELETE", f"/guests/{name}")
                raise
        read_again(host)
        until(lambda: host.knows(name), 30, host.log_tail)
        until(lambda: host.status()["health"] == "ok", 10, lambda: str(host.status()))
    # The database is an old copy again, which does not know of the number: he is taken over with the one that is
    # published. Who is gone by then is explained by nobody, and nobody new gets a number.
    until(lambda: host.status().get("sync", {}).get("unexplained") == 0 and host.knows(name), 30, host.log_tail)
    tenant.control("DELETE", f"/guests/{name}")


def test_no_room_for_the_state_at_the_start(host, tenant):
    with small(host, STATE, "size=512k,mode=700,uid=guestpass,gid=guestpass"):
        host.stop_daemon()
        with full(STATE):
            done = subprocess.run(["/usr/sbin/guestpassd", "--foreground"], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False, timeout=30)
            assert done.returncode == 1
            assert re.search(r"start-failed error=store: .*(full|I/O error|No space)", done.stderr), done.stderr
            assert host.knows(ADA)
        host.start_daemon()
        works(host, tenant)


@pytest.mark.parametrize("path", [RUN, PUBLISHED], ids=lambda p: p.name)
def test_no_room_for_the_directory(host, tenant, path):
    """The old one stays, with who was in it; a session begins all the same."""
    name = f"late-{path.name}@fabrikam.example"
    with small(host, path, "size=20m,mode=755"):
        with full(path):
            newcomer(tenant, name)
            try:
                read_again(host)
                told = until(lambda: settled(host, "could not be published"), 20, host.log_tail)
                assert told["health"] == "degraded" and "the old file stays" in told["sync"]["publish_error"], told
                assert host.knows(ADA) and not host.knows(name)
                works(host, tenant)
            except BaseException:
                tenant.control("DELETE", f"/guests/{name}")
                raise
        # It tries again by itself, after a pause that grows.
        until(lambda: host.knows(name), 60, host.log_tail)
        until(lambda: host.status()["health"] == "ok", 10, lambda: str(host.status()))
    tenant.control("DELETE", f"/guests/{name}")


def test_no_inode_for_the_sockets(host, tenant):
    with small(host, RUN, "size=20m,mode=755,nr_inodes=12"):
        host.stop_daemon()
        for name in ("login.sock", "admin.sock", "knock.sock", "publish.sock"):
            (RUN / name).unlink()
        for n in range(12):
            with contextlib.suppress(OSError):
                (RUN / f"filler{n}").touch()
        done = subprocess.run(["/usr/sbin/guestpassd", "--foreground"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=30)
        assert done.returncode == 1
        # Which one meets it depends on whether the old publisher has let go of its own yet.
        assert re.search(rf"{RUN}/\w+\.sock: No space left on device", done.stderr), done.stderr
        assert host.knows(ADA)
        for filler in RUN.glob("filler*"):
            filler.unlink()
        host.start_daemon()
        works(host, tenant)


@contextlib.contextmanager
def no_more_descriptors(pid):
    """PID gets none: the lowest number that is free is too high for it."""
    used = {int(n) for n in os.listdir(f"/proc/{pid}/fd")}
    lowest = next(n for n in range(len(used) + 1) if n not in used)
    soft = re.search(r"Max open files +(\d+)", Path(f"/proc/{pid}/limits").read_text())[1]
    status = Path(f"/proc/{pid}/status").read_text()
    uid, gid = (re.search(rf"{which}:\t(\d+)", status)[1] for which in ("Uid", "Gid"))

    def allow(number):
        """As its own user: root may do it only with a capability that a container may lack."""
        run("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "prlimit", f"--pid={pid}",
            f"--nofile={number}:")

    allow(lowest)
    try:
        yield
    finally:
        allow(soft)


def test_no_descriptor_for_the_daemon(host, tenant):
    """Who is at the sign-in screen comes in or is refused with a sentence; so is who comes now."""
    with prompted(host, ADA, "echo fine", limit_s=90) as (t, code):
        with no_more_descriptors(host.daemon.pid), host.ssh(GRACE, "true", limit_s=90) as late:
            assert sign_in(tenant, code, ADA).outcome == "done"
            t.line()
            if not t.either_or_end("\nfine\r"):
                assert UNAVAILABLE in t.text, t.text
            t.end()
            assert host.knows(ADA)
            # Perhaps there is one since Ada's connection was closed.
            if not late.either_or_end("Press Enter when"):
                assert UNAVAILABLE in late.text, late.text
        assert "accept-failed errno=24" in host.log_tail(300)
        # It tries again twice a second, for a minute at most.
        assert host.log_tail(300).count("accept-failed") < 30
    works(host, tenant)
    assert not host.daemon_died()


def test_no_descriptor_for_the_publisher(host, tenant):
    [publisher] = children(host.daemon.pid)
    name = "late-descriptor@fabrikam.example"
    with no_more_descriptors(publisher):
        newcomer(tenant, name)
        read_again(host)
        until(lambda: "guestpass-publish: accept: Too many open files" in host.log_tail(100), 20, host.log_tail)
        assert host.knows(ADA)
        works(host, tenant)
    until(lambda: host.knows(name), 60, host.log_tail)
    assert not host.daemon_died() and children(host.daemon.pid) == [publisher]
    tenant.control("DELETE", f"/guests/{name}")
