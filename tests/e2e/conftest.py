# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. They run inside tests/bed/bed and nowhere else: everything they
change is the throw-away copy's."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from support.host import Host, run
from support.tenant import Tenant

PASSWORDS = {"root": "correct-horse-root-1", "localadm": "battery-staple-adm-2"}


def pytest_sessionstart():
    if not os.environ.get("GP_BED"):
        pytest.exit("these tests change /etc and start sshd: run them with make check STAGE=e2e", returncode=3)


@pytest.fixture(scope="session")
def work():
    """A directory that the daemon's user may enter too (pytest's own are for their owner only)."""
    path = Path(tempfile.mkdtemp(prefix="e2e."))
    os.chmod(path, 0o755)
    return path


@pytest.fixture(scope="session")
def tenant(work):
    running = Tenant(work / "tenant")
    running.control("PATCH", "/switches", {"device_code_interval": 1})
    yield running
    running.stop()


@pytest.fixture(scope="session")
def bare_host(work):
    """Guestpass is installed and sshd listens; no tenant, no daemon."""
    host = Host(work)
    host.set_up()
    run("useradd", "-m", "-s", "/bin/bash", "localadm")
    run("sh", "-c", "printf '%s\n' \"$@\" | chpasswd", "sh", *(f"{n}:{p}" for n, p in PASSWORDS.items()))
    Path("/etc/sudoers.d/localadm").write_text("localadm ALL=(ALL) ALL\n")
    os.chmod("/etc/sudoers.d/localadm", 0o440)
    host.start_sshd()
    yield host
    host.stop_daemon()
    host.stop_sshd()


@pytest.fixture(scope="session")
def host(bare_host, tenant):
    """The whole of it: tenant, daemon with the guests published, sshd."""
    bare_host.configure(tenant.ready_file)
    bare_host.start_daemon()
    yield bare_host
    if "GP_TEST_LOGS" in os.environ:
        shutil.copy(bare_host.daemon_log, Path(os.environ["GP_TEST_LOGS"]) / "guestpassd.log")
