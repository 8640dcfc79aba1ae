# SPDX-License-Identifier: Apache-2.0
"""The rehearsal tenant as a process of its own."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests

from support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/tenant"))

from person import Person  # noqa: E402


HOSTS = Path("/etc/hosts")
NAMES = {"login": "login.rehearsal.test", "graph": "graph.rehearsal.test"}


class Tenant:
    """The rehearsal tenant's process and what it said about itself. Its hosts have names of their own in the bed, so
    that they can be taken away; not `named` they are localhost, which a browser outside the bed knows too."""

    def __init__(self, state_dir, named=True, options=()):
        self.dir = Path(state_dir)
        self.dir.mkdir(parents=True, exist_ok=True)
        names = ["--login-name", NAMES["login"], "--graph-name", NAMES["graph"]] if named else []
        if named:
            self.names_known("login", "graph")
        self.ready_file = self.dir / "ready.json"
        self._catalogue = None
        self._kept = threading.local()
        with open(self.dir / "tenant.log", "wb") as log:
            self.process = subprocess.Popen([sys.executable, "-B", "tests/tenant", "--state-dir", str(self.dir),
                                             *names, *options],
                                            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        until(lambda: self.ready_file.exists() or self.process.poll() is not None, 60, "the tenant is ready")
        assert self.process.poll() is None, (self.dir / "tenant.log").read_text()
        self.ready = json.loads(self.ready_file.read_text())

    def person(self, show=None):
        return Person(self.ready["login"], self.ready["ca_file"], show)

    def _session(self):
        """One kept connection for each thread that asks."""
        if not hasattr(self._kept, "session"):
            self._kept.session = requests.Session()
            self._kept.session.trust_env = False
        return self._kept.session

    def control(self, method, path, body=None):
        """A call of the control API: tenant.control("PATCH", "/guests/dora@...", {...})."""
        sent = {"data": body} if isinstance(body, str) else {"json": body}
        answer = self._session().request(method, self.ready["control"] + path, **sent, timeout=10,
                                 verify=self.ready["ca_file"])
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    @contextlib.contextmanager
    def switched(self, **positions):
        """Some switches in another position for a while."""
        before = {name: about["value"] for name, about in self.control("GET", "/switches").items() if name in positions}
        self.control("PATCH", "/switches", positions)
        try:
            yield
        finally:
            self.control("PATCH", "/switches", before)
            # With its lag back, the index would go back to what was before the last changes.
            restored, lag = time.monotonic(), before.get("index_lag", 0)
            until(lambda: time.monotonic() - restored >= lag, lag + 30, "the index has caught up", step_s=0.1)

    def hits(self, rule):
        return next(one["hits"] for one in self.control("GET", "/weather") if one["id"] == rule["id"])

    def catalogue(self):
        """Every kind of weather by its name."""
        if self._catalogue is None:
            self._catalogue = {one["kind"]: one for one in self.control("GET", "/weather/catalogue")}
        return self._catalogue

    @staticmethod
    def names_known(*hosts):
        """From now on these of its hosts' names resolve, and no others."""
        kept = [line for line in HOSTS.read_text().splitlines() if not line.endswith(tuple(NAMES.values()))]
        new = HOSTS.with_name("hosts.e2e")
        new.write_text("\n".join([*kept, *(f"127.0.0.1 {NAMES[one]}" for one in hosts)]) + "\n")
        new.chmod(0o644)
        new.rename(HOSTS)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
