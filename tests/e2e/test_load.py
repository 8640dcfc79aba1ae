# SPDX-License-Identifier: Apache-2.0
"""Many at once: two hundred sign-ins in one daemon, and a storm of clients beside an administrator."""

import contextlib
import re
import secrets

import pytest

from conftest import PASSWORDS
from support.door import ASK, DONE, Door, answer, start
from support.guest import ADA, CODE, wait_for_code
from support.host import run
from support.process import descriptors, resident
from support.terminal import ssh
from support.waiting import until

SIGN_INS = 200
PER_GUEST = 20
BYTES_EACH = 64 * 1024
CONNECTIONS_KEPT = 20  # to Entra, for whoever comes next


@pytest.fixture
def crowd(host, tenant):
    """Ten more guests, and limits that let twenty sign-ins each wait."""
    names = [f"crowd{n}@fabrikam.example" for n in range(SIGN_INS // PER_GUEST)]
    for name in names:
        tenant.control("POST", "/guests", {"mail": name, "displayName": name, "groups": ["SSH prod partners"],
                                           "home": {"kind": "entra", "mail": ADA}})
    # Or the read at the start would come before Graph lists them.
    lag = tenant.control("GET", "/switches")["index_lag"]["value"]
    tenant.control("PATCH", "/switches", {"device_code_interval": 5, "index_lag": 0})
    host.configure(tenant.ready_file, f"limits.codes_per_guest={PER_GUEST}", "limits.codes_per_address=20")
    host.restart_daemon(guest=names[-1])
    yield {name: int(run("id", "-u", name).stdout) for name in names}
    tenant.control("PATCH", "/switches", {"device_code_interval": 1, "index_lag": lag})
    for name in names:
        tenant.control("DELETE", f"/guests/{name}")
    host.configure(tenant.ready_file)
    host.restart_daemon()


def test_two_hundred_sign_ins_in_flight(host, tenant, crowd):
    pid = host.daemon.pid
    before, fds = resident(pid), descriptors(pid)
    with contextlib.ExitStack() as stack:
        codes = []
        doors = []
        for name, uid in crowd.items():
            for n in range(PER_GUEST):
                door = stack.enter_context(contextlib.closing(Door()))
                door.send(start(name, uid, f"198.51.100.{len(doors) % 250}"))
                doors.append(door)
        for door in doors:
            op, text, _ = door.receive()
            assert op == ASK
            codes.append(re.search(CODE, text)[1])
        assert len(set(codes)) == SIGN_INS

        def polls():
            mine = set(codes)
            return [s["polls"] for s in tenant.control("GET", "/signins") if s["user_code"] in mine]
        until(lambda: len(polls()) == SIGN_INS and min(polls()) >= 4, 60, lambda: f"four polls of each: {polls()}")
        # In step: nobody waits an interval longer than the others, and nobody was too fast.
        assert max(polls()) - min(polls()) <= 1
        assert not any(s.get("slow_downs") for s in tenant.control("GET", "/signins"))
        each = (resident(pid) - before) / SIGN_INS
        assert each <= BYTES_EACH, f"{each / 1024:.1f} KiB each"
        doors[0].send(answer())
        tenant.control("POST", f"/signins/{codes[0]}/approve", {"as": ADA, "force": True})
        op, text, code = doors[0].receive()
        assert (op, code) == (DONE, 0), text
    until(lambda: descriptors(pid) <= fds + CONNECTIONS_KEPT, 30, lambda: f"{descriptors(pid)} descriptors, {fds} before")


def test_a_storm_does_not_starve_an_administrator(host):
    """From one address as many clients as sshd takes wait at the sign-in screen; root comes from another."""
    with contextlib.ExitStack() as stack:
        storm = [stack.enter_context(ssh(ADA, host.port, "true", options=["BindAddress=127.0.0.2"]))
                 for _ in range(60)]
        wait_for_code(storm[0])
        with host.ssh("root", "echo admin-in") as t:
            t.expect("[Pp]assword:")
            t.line(PASSWORDS["root"])
            t.expect("admin-in")
            assert t.end() == 0


@pytest.mark.parametrize("frame", [
    b"", b"\x01", b"\x02\x01", b"\x01\x63", b"\x01\x08\x00\x00\x00\x00\x00", secrets.token_bytes(8192),
    b"\x01\x01" + b"\xff" * 64,
], ids=["empty", "short", "other-version", "unknown-op", "answer-first", "noise", "long-field"])
def test_garbage_on_the_socket_only_ends_itself(host, frame):
    with contextlib.closing(Door(limit_s=10)) as door:
        if frame:
            door.send(frame)
            assert door.receive() is None
    assert not host.daemon_died()
    assert host.knows(ADA)
