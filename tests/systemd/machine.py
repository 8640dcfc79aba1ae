# SPDX-License-Identifier: Apache-2.0
"""The machine under test: a systemd of its own in a tree, and how to look at it from beside it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "e2e"))

from support.terminal import ssh  # noqa: E402
from support.waiting import until  # noqa: E402

BOOT_S, STOP_S, STEP_S = 30, 30, 20
POWER_OFF = signal.SIGRTMIN + 4  # to systemd as process 1; see systemd(1)
ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8", "HOME": "/root",
       "GP_BED": "1", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}


class Machine:
    def __init__(self, tree, cgroup, log):
        self.tree, self.cgroup, self.log = Path(tree), Path(cgroup), Path(log)
        self.process = self.leader = None

    # On and off.

    def boot(self):
        """Returns when systemd says that it is done: "running", "degraded"..."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", 'echo 0 >"$0/cgroup.procs" && exec "$@"', self.cgroup, "unshare", "--mount", "--pid",
                 "--fork", "--kill-child=KILL", "--uts", "--ipc", "--cgroup", "--propagation", "unchanged", "--",
                 HERE / "boot", self.tree], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.leader = until(self.first_child, BOOT_S, "the machine has a process")
        until(lambda: self.process.poll() is not None or self.has_bus(), BOOT_S, lambda: f"a bus\n{self.said()}")
        assert self.process.poll() is None, self.said()
        return self.run("systemctl", "is-system-running", "--wait", check=False, limit_s=BOOT_S).stdout.strip()

    def first_child(self):
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError):
            return next(iter(path.read_text().split()), None)
        return None

    def has_bus(self):
        # Of its own root, once that is the tree: before, it is the one that we look from.
        root = Path(f"/proc/{self.leader}/root")
        with contextlib.suppress(OSError):
            return (root / "run/systemd/private").exists() and (root / "run/dbus/system_bus_socket").exists()
        return False

    def power_off(self):
        if self.process is None:
            return
        if self.process.poll() is None and self.leader:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self.leader), POWER_OFF)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_S)
            raise AssertionError(f"the machine does not stop\n{self.said()}") from None
        finally:
            self.process = self.leader = None

    def said(self):
        return self.log.read_text(errors="replace")[-4000:]

    # Looking inside.

    def run(self, *argv, check=True, limit_s=STEP_S):
        """Run argv on the machine, as root."""
        into = ["nsenter", "-t", str(self.leader), "-m", "-p", "-u", "-i", "-C", "-r", "-w", "--"]
        done = subprocess.run([*into, *map(str, argv)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=limit_s, env=ENV)
        if check and done.returncode != 0:
            raise AssertionError(f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def ok(self, *argv):
        return self.run(*argv, check=False).returncode == 0

    def systemctl(self, *argv, **kw):
        return self.run("systemctl", *argv, **kw)

    def show(self, unit, *names):
        """Properties of a unit; one name gives its value, several a table."""
        text = self.systemctl("show", unit, *(f"--property={name}" for name in names)).stdout
        table = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        return table.get(names[0], "") if len(names) == 1 else table

    def shows(self, unit, **wanted):
        table = self.show(unit, *wanted, "Id")
        return all(table.get(name) == value for name, value in wanted.items())

    def status_of(self, pid):
        """/proc/PID/status as a table."""
        text = self.run("cat", f"/proc/{pid}/status").stdout
        return {line.split(":")[0]: line.split(":", 1)[1].split() for line in text.splitlines()}

    def main_pid(self, unit):
        pid = int(self.show(unit, "MainPID") or 0)
        assert pid > 0, f"{unit} does not run: {self.systemctl('status', unit, check=False).stdout}"
        return pid

    def stat(self, path, what="%a %U:%G"):
        return self.run("stat", "-c", what, path).stdout.strip()

    def uid(self, name):
        """The number that NSS gives for a name; None for nobody."""
        found = self.run("getent", "-s", "guestpass", "passwd", name, check=False)
        match = re.match(rf"{re.escape(name)}:\w:(\d+):", found.stdout)
        return int(match[1]) if found.returncode == 0 and match else None

    def journal(self, *argv):
        text = self.run("journalctl", "--boot", "--output=json", "--no-pager", *argv, check=False).stdout
        return [json.loads(line) for line in text.splitlines()]

    def logged(self, unit, words):
        return any(words in str(entry.get("MESSAGE")) for entry in self.journal("-u", unit))

    def audit(self):
        text = self.run("cat", "/var/log/guestpass/audit.jsonl", check=False).stdout
        return [json.loads(line) for line in text.splitlines()]

    def audit_after(self, count, **fields):
        """The first record behind the first COUNT ones that has these fields."""
        def found():
            return next((r for r in self.audit()[count:] if all(r.get(k) == v for k, v in fields.items())), None)
        return until(found, STEP_S, lambda: f"an audit record with {fields}; there are {self.audit()[count:]}")

    def write(self, path, text):
        """A file on the machine: its tree is below ours."""
        file = self.tree / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def ssh(self, name, *command, **kw):
        return ssh(name, 22, *command, limit_s=STEP_S, **kw)
