# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. They run inside tests/bed/bed and nowhere else: everything they
change is the throw-away copy's."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tenant"))

from support.host import Host, run  # noqa: E402
from support.waiting import until  # noqa: E402

PASSWORDS = {"root": "correct-horse-root-1", "localadm": "battery-staple-adm-2"}


def pytest_sessionstart():
    if not os.environ.get("GP_BED"):
        pytest.exit("these tests change /etc and start sshd: run them with make check STAGE=e2e", returncode=3)


class Tenant:
    """The rehearsal tenant's process and what it said about itself."""

    def __init__(self, state_dir):
        self.dir = Path(state_dir)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.ready_file = self.dir / "ready.json"
        with open(self.dir / "tenant.log", "wb") as log:
            self.process = subprocess.Popen([sys.executable, "-B", "tests/tenant", "--state-dir", str(self.dir)],
                                            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(lambda: self.ready_file.exists() or self.process.poll() is not None, 20, "the tenant is ready")
        assert self.process.poll() is None, (self.dir / "tenant.log").read_text()
        self.ready = json.loads(self.ready_file.read_text())

    def person(self, show=None):
        from person import Person
        return Person(self.ready["login"], self.ready["ca_file"], show)

    def control(self, method, path, body=None):
        """A call of the control API: tenant.control("PATCH", "/guests/dora@...", {...})."""
        import requests
        session = requests.Session()
        session.trust_env = False
        answer = session.request(method, self.ready["control"] + path, json=body, timeout=10,
                                 verify=self.ready["ca_file"])
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture(scope="session")
def work():
    """A directory that the daemon's user may enter too (pytest's own are for their owner only)."""
    path = Path(tempfile.mkdtemp(prefix="e2e."))
    os.chmod(path, 0o755)
    return path


@pytest.fixture(scope="session")
def tenant(work):
    running = Tenant(work / "tenant")
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
