# SPDX-License-Identifier: Apache-2.0
"""The host under test, inside the bed: setting up, the daemon, sshd, the audit, breaking things."""

import contextlib
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from support.terminal import ssh
from support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
BED = ROOT / "tests/bed"
MULTIARCH = f"{platform.machine()}-linux-gnu"
PAM_MODULE = Path(f"/usr/lib/{MULTIARCH}/security/pam_guestpass.so")
NSS_MODULE = Path(f"/usr/lib/{MULTIARCH}/libnss_guestpass.so.2")
RUN = Path("/run/guestpass")
AUDIT = Path("/var/log/guestpass/audit.jsonl")


def run(*argv, check=True, **kw):
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=kw.pop("timeout", 60), **kw)
    if check and done.returncode != 0:
        raise AssertionError(f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Host:
    def __init__(self, work):
        self.work = Path(work)
        self.build = os.environ.get("GP_TEST_BUILD", "build")
        self.daemon = None
        self.daemon_env = {}  # what its environment has besides ours
        self.daemon_log = self.work / "guestpassd.log"
        self.ready = None
        self.port = None

    def set_up(self):
        run(BED / "inside-setup", self.build)

    # The tenant's configuration, and the daemon.

    def configure(self, ready_file, *changes):
        self.ready = Path(ready_file)
        run(BED / "configure", ready_file, *changes)

    def start_daemon(self, guest="ada@fabrikam.example", limit_s=60):
        """Start guestpassd as an administrator would without systemd; wait until it has published GUEST."""
        with open(self.daemon_log, "ab") as log:
            self.daemon = subprocess.Popen(["/usr/sbin/guestpassd", "--foreground"], stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log, start_new_session=True,
                                           env={**os.environ, **self.daemon_env})
        if guest is None:
            return
        # The directory outlives a daemon: that it has the guest does not say that this one is ready.
        until(lambda: self.daemon_died() or (self.has_read() and self.knows(guest)), limit_s,
              lambda: f"the directory has {guest}\n{self.log_tail()}")
        assert not self.daemon_died(), f"guestpassd ended with {self.daemon.returncode}:\n{self.log_tail()}"

    def daemon_died(self):
        return self.daemon is None or self.daemon.poll() is not None

    def status(self):
        """What the daemon says of itself; nothing while it cannot be asked."""
        told = run("guestpass", "status", "--json", check=False)
        return json.loads(told.stdout) if told.returncode != 3 else {}

    def has_read(self):
        return self.status().get("sync", {}).get("last", 0) > 0

    def knows(self, name):
        return run("getent", "-s", "guestpass", "passwd", name, check=False).returncode == 0

    def passwd(self, name):
        """Its line of the service guestpass, in fields; None when it knows nobody of this name."""
        told = run("getent", "-s", "guestpass", "passwd", name, check=False)
        return told.stdout.strip().split(":") if told.returncode == 0 else None

    def welcomes(self, name):
        """Is it known, and not as one who left?"""
        line = self.passwd(name)
        return line is not None and not line[6].endswith(("nologin", "false"))

    def log_tail(self, lines=30):
        return "\n".join(self.daemon_log.read_text(errors="replace").splitlines()[-lines:])

    def log_lines(self, part):
        return [line for line in self.daemon_log.read_text(errors="replace").splitlines() if part in line]

    def signal_daemon(self, number):
        """To all of it: the starter, the daemon, the publisher."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.daemon.pid, number)

    def stop_daemon(self, number=signal.SIGTERM, limit_s=10):
        if self.daemon is None:
            return
        self.signal_daemon(signal.SIGCONT)
        self.signal_daemon(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.daemon.wait(limit_s)
        self.signal_daemon(signal.SIGKILL)
        self.daemon.wait(limit_s)
        self.daemon = None

    def restart_daemon(self, **kw):
        self.stop_daemon()
        self.start_daemon(**kw)

    # sshd

    def start_sshd(self, *options):
        self.port = free_port()
        log = self.work / f"sshd-{self.port}.log"
        run(BED / "start-sshd", self.port, log, "-o", "PermitRootLogin=yes", "-o", "LogLevel=VERBOSE", *options)
        return log

    def stop_sshd(self):
        pid_file = Path(f"/run/sshd-{self.port}.pid")
        if self.port and pid_file.exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid_file.read_text()), signal.SIGTERM)
        self.port = None

    def ssh(self, name, *command, **kw):
        return ssh(name, self.port, *command, **kw)

    # What it wrote down.

    def audit(self):
        try:
            text = AUDIT.read_text()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.splitlines()]

    def audit_size(self):
        return AUDIT.stat().st_size if AUDIT.exists() else 0

    def audit_since(self, size, limit_s=20, **fields):
        """The first record behind the first `size` bytes that has these fields."""
        def found():
            with open(AUDIT, "rb") as f:
                f.seek(size)
                whole = f.read().decode().rpartition("\n")[0]
            records = [json.loads(line) for line in whole.splitlines()]
            return next((r for r in records if all(r.get(k) == v for k, v in fields.items())), None)
        return until(found, limit_s, lambda: f"an audit record with {fields}\n{self.log_tail()}", step_s=0.1)

    def audit_after(self, count, limit_s=10, **fields):
        """The first record behind the first `count` ones that has these fields."""
        def found():
            return next((r for r in self.audit()[count:] if all(r.get(k) == v for k, v in fields.items())), None)
        return until(found, limit_s, lambda: f"an audit record with {fields}; there are {self.audit()[count:]}")

    # Tracing.

    def strace(self, argv, answers=(), trace="all", limit_s=60):
        """Run argv on a pty under strace with stacks; return the list of Call that it made."""
        from support.terminal import Terminal
        out = self.work / "strace.out"
        with Terminal(["strace", "-f", "-k", "-s", "200", "-e", f"trace={trace}", "-o", str(out), *argv],
                      limit_s=limit_s) as terminal:
            for prompt, answer in answers:
                terminal.expect(prompt)
                terminal.line(answer)
            code = terminal.end()
            assert code == 0, f"{argv} ended with {code}; the screen:\n{terminal.text}"
        return read_strace(out.read_text(errors="replace"))

    # Breaking things, and putting them back.

    @contextlib.contextmanager
    def modules(self, change):
        """Replace both modules by change(bytes), or remove them (None), for a while."""
        kept = {path: path.read_bytes() for path in (PAM_MODULE, NSS_MODULE)}
        try:
            for path, data in kept.items():
                new = change(data)
                if new is None:
                    path.unlink()
                else:
                    replace(path, new)
            yield
        finally:
            for path, data in kept.items():
                replace(path, data)

    @contextlib.contextmanager
    def run_directory_absent(self):
        aside = RUN.with_name("guestpass.aside")
        RUN.rename(aside)
        try:
            yield
        finally:
            shutil.rmtree(RUN, ignore_errors=True)
            aside.rename(RUN)

    @contextlib.contextmanager
    def daemon_dead(self):
        self.stop_daemon(signal.SIGKILL)
        try:
            yield
        finally:
            self.start_daemon()

    @contextlib.contextmanager
    def daemon_stopped(self):
        self.signal_daemon(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal_daemon(signal.SIGCONT)


class Call:
    """One system call: its text, and the shared objects on its stack."""

    def __init__(self, text):
        self.text = text
        self.name = re.match(r"(\w+)\(", text)[1] if re.match(r"(\w+)\(", text) else ""
        self.objects = []

    def by(self, module):
        return any(path.endswith(module) for path in self.objects)


def read_strace(text):
    calls, current = [], None
    for line in text.splitlines():
        frame = re.match(r"\s+>\s*([^\s(]+)", line)
        if frame:
            if current is not None:
                current.objects.append(frame[1])
            continue
        current = Call(re.sub(r"^\d+\s+", "", line))
        calls.append(current)
    return calls


def replace(path, data):
    """A new inode, as dpkg does it: writing into a mapped module would crash who runs it."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    os.chmod(new, 0o644)
    os.rename(new, path)


def other_machine(data):
    """The same ELF file for a machine that is not this one."""
    elsewhere = 0x15 if data[18] != 0x15 else 0x3E  # EM_PPC64, EM_X86_64
    return data[:18] + bytes([elsewhere, 0]) + data[20:]


def corrupt(data):
    """Cut in the middle, with a hole torn into what is left."""
    half = bytearray(data[:len(data) // 2])
    half[64:4096] = os.urandom(min(4032, len(half) - 64))
    return bytes(half)
