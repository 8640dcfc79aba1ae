# SPDX-License-Identifier: Apache-2.0
"""The rehearsal tenant as a process of its own."""

import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import requests

from support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/tenant"))

from person import Person  # noqa: E402


class Tenant:
    """The rehearsal tenant's process and what it said about itself."""

    def __init__(self, state_dir):
        self.dir = Path(state_dir)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.ready_file = self.dir / "ready.json"
        with open(self.dir / "tenant.log", "wb") as log:
            self.process = subprocess.Popen([sys.executable, "-B", "tests/tenant", "--state-dir", str(self.dir)],
                                            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        until(lambda: self.ready_file.exists() or self.process.poll() is not None, 20, "the tenant is ready")
        assert self.process.poll() is None, (self.dir / "tenant.log").read_text()
        self.ready = json.loads(self.ready_file.read_text())

    def person(self, show=None):
        return Person(self.ready["login"], self.ready["ca_file"], show)

    def control(self, method, path, body=None):
        """A call of the control API: tenant.control("PATCH", "/guests/dora@...", {...})."""
        session = requests.Session()
        session.trust_env = False
        sent = {"data": body} if isinstance(body, str) else {"json": body}
        answer = session.request(method, self.ready["control"] + path, **sent, timeout=10,
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

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
