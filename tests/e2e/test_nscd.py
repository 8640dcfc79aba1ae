# SPDX-License-Identifier: Apache-2.0
"""nscd stands before the switch: it goes on saying what it heard. Whom the door lets in is another matter."""

import os
import subprocess
from pathlib import Path

import pytest

from support.guest import ADA, PASSWORDS, log_in, refused, sign_in, wait_for_code
from support.host import run
from support.waiting import until

GROUP = "SSH prod partners"
MIA, NORA = "mia@fabrikam.example", "nora@fabrikam.example"
PASSWORDS[MIA] = "cached-names-1"
SOCKET = Path("/var/run/nscd/socket")
CONF = """enable-cache {0} yes
positive-time-to-live {0} 600
negative-time-to-live {0} 600
suggested-size {0} 211
check-files {0} no
persistent {0} no
shared {0} yes
"""


def start(caches):
    Path("/etc/nscd.conf").write_text("".join(CONF.format(base).replace("yes", "yes" if caches else "no", 1)
                                              for base in ("passwd", "group")))
    process = subprocess.Popen(["/usr/sbin/nscd", "-F"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    until(SOCKET.exists, 20, "nscd listens")
    return process


@pytest.fixture
def nscd(request):
    os.makedirs(SOCKET.parent, exist_ok=True)
    process = start(request.param)
    yield process
    process.terminate()
    process.wait(20)
    SOCKET.unlink(missing_ok=True)


def through_libc(name):
    told = run("getent", "passwd", name, check=False)
    return told.stdout.strip().split(":") if told.returncode == 0 else None


def sync_until(wanted, what):
    until(lambda: run("guestpass", "sync", check=False).returncode == 0 and wanted(), 40, what, step_s=0.5)


@pytest.fixture(scope="module", autouse=True)
def lists_without_delay(host, tenant):
    tenant.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})
    tenant.control("POST", "/guests", {"mail": MIA, "companyName": "Fabrikam", "password": PASSWORDS[MIA]})
    tenant.control("POST", "/guests", {"mail": NORA, "companyName": "Fabrikam"})
    tenant.control("PUT", f"/groups/{GROUP}/members/{MIA}")
    sync_until(lambda: host.welcomes(MIA), "Mia is known")


@pytest.mark.parametrize("nscd", [True], indirect=True)
def test_it_says_what_was_and_the_door_what_is(host, tenant, nscd):
    assert through_libc(MIA)[6] == "/bin/bash"
    assert through_libc(NORA) is None
    tenant.control("DELETE", f"/groups/{GROUP}/members/{MIA}")
    tenant.control("PUT", f"/groups/{GROUP}/members/{NORA}")
    sync_until(lambda: not host.welcomes(MIA) and host.welcomes(NORA), "one has left, one has come")
    # The service itself is right at once; what goes through nscd is of before.
    assert through_libc(MIA)[6] == "/bin/bash"
    assert through_libc(NORA) is None
    # And all the same she does not come in.
    with host.ssh(MIA, "true") as t:
        sign_in(tenant, wait_for_code(t), MIA)
        t.line()
        refused(t)
    run("nscd", "-i", "passwd")
    until(lambda: through_libc(NORA) is not None and through_libc(MIA)[6].endswith("nologin"), 20, "it was told to forget")


@pytest.mark.parametrize("nscd", [False], indirect=True)
def test_told_to_cache_no_names_it_is_not_in_the_way(host, tenant, nscd):
    tenant.control("PUT", f"/groups/{GROUP}/members/{MIA}")
    sync_until(lambda: host.welcomes(MIA), "Mia is back")
    assert through_libc(MIA)[6] == "/bin/bash"
    with log_in(host, tenant, ADA, "id -un") as t:
        t.expect(ADA)
        assert t.end() == 0
