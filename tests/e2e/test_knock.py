# SPDX-License-Identifier: Apache-2.0
"""Somebody who was added a moment ago: his first try ends as a stranger's does, his second one works."""

import re
import socket
import time

import pytest

from support.guest import ADA, PASSWORDS, log_in, prompted, sign_in
from support.host import RUN, run
from support.waiting import until

GROUP = "SSH prod partners"
NIA, OLE = "nia@fabrikam.example", "ole@fabrikam.example"
PASSWORDS[NIA] = "knock-knock-1"
PASSWORDS[OLE] = "who-is-there-2"


@pytest.fixture(scope="module", autouse=True)
def lists_without_delay(host, tenant):
    """Nobody comes by a list here: the next round is minutes away."""
    tenant.control("PATCH", "/switches", {"index_lag": 0})
    until(lambda: host.status().get("health") == "ok", 60, lambda: str(host.status()))
    return host


def add(tenant, mail):
    tenant.control("POST", "/guests", {"mail": mail, "companyName": "Fabrikam", "password": PASSWORDS[mail]})
    tenant.control("PUT", f"/groups/{GROUP}/members/{mail}")


def test_the_second_try_of_a_newcomer_works(host, tenant):
    add(tenant, NIA)
    began = time.monotonic()
    with host.ssh(NIA, "true") as t:
        t.expect("assword: ")
    until(lambda: host.knows(NIA), 20, "the newcomer is published")
    with prompted(host, NIA, "id -un") as (t, code):
        print(f"from added to the second try's prompt: {time.monotonic() - began:.2f} s")
        assert sign_in(tenant, code, NIA).outcome == "done"
        t.line()
        t.expect(NIA)
        assert t.end() == 0
    assert "looked up" in run("guestpass", "show", NIA).stdout


def test_the_second_try_of_one_who_is_back_works(host, tenant):
    add(tenant, OLE)
    until(lambda: host.welcomes(OLE), 40, "he is known", step_s=0.5)
    looked = time.monotonic()
    tenant.control("DELETE", f"/groups/{GROUP}/members/{OLE}")
    until(lambda: run("guestpass", "sync", check=False).returncode == 0 and not host.welcomes(OLE), 40, "he has left",
          step_s=0.5)
    tenant.control("PUT", f"/groups/{GROUP}/members/{OLE}")
    until(lambda: time.monotonic() - looked > 10, 20, "his name may be looked up again")
    # Entra says that he may come; this host's file still has him without a shell.
    with log_in(host, tenant, OLE, "id -un") as t:
        t.expect("not available")
    until(lambda: host.welcomes(OLE), 20, "he is back")
    with log_in(host, tenant, OLE, "id -un") as t:
        t.expect(OLE)
        assert t.end() == 0


def looked_up(host):
    return re.findall(r"looked-up guest=(\S+)", host.log_tail(2000))


def test_strangers_make_few_requests(host):
    for n in range(20):
        run("getent", "-s", "guestpass", "passwd", f"stranger{n}@northwind.example", check=False)
    run("getent", "-s", "guestpass", "passwd", "somebody@elsewhere.example", check=False)
    until(lambda: sum("stranger" in name for name in looked_up(host)) >= 6, 20, "six are looked up")
    assert host.knows(ADA)
    names = looked_up(host)
    assert sum("stranger" in name for name in names) == 6
    assert not any("elsewhere" in name for name in names)


def test_garbage_at_the_door(host):
    for garbage in (b"", b"K", b"\0" * 70, b"K\x01" + b"a" * 70, b"K\x01a\x1b[2J@northwind.example", b"K\x02ada"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(garbage, str(RUN / "knock.sock"))
    until(lambda: "knock-not-understood" in host.log_tail(200), 20, "garbage is logged")
    assert host.knows(ADA) and host.status()["health"] == "ok"
