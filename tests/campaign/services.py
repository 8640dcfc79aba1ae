# SPDX-License-Identifier: Apache-2.0
"""Guestpass's processes under somebody who starts them again: as the systemd units do it, with sockets that
outlive who serves them, or in foreground mode, where the starter makes everything anew."""

import contextlib
import fcntl
import grp
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

RUN = Path("/run/guestpass")
RESTART_S = 0.05
# The shell gives the passed sockets the numbers from 3 on, and its own process number to the program.
PASS_ON = ('n=3; names=$1; shift; while [ "$1" != -- ]; do eval "exec $n<&$1 $1<&-"; n=$((n + 1)); shift; done; '
           'shift; LISTEN_PID=$$ LISTEN_FDS=$((n - 3)) LISTEN_FDNAMES=$names exec "$@"')


def listen(name, kind, mode, group):
    """A listening socket as a systemd unit makes it, numbered above those that the shell gives out."""
    path = RUN / name
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, kind) as s:
        kept = os.umask(0o177)
        s.bind(str(path))
        os.umask(kept)
        os.chown(path, 0, grp.getgrnam(group).gr_gid)
        os.chmod(path, mode)
        if kind != socket.SOCK_DGRAM:
            s.listen(256)
        return fcntl.fcntl(s.fileno(), fcntl.F_DUPFD_CLOEXEC, 20)


class Service:
    """One program that is started whenever it does not run, unless somebody looks at what it left behind."""

    def __init__(self, name, argv, log, sockets=(), names=""):
        self.name, self.argv, self.log, self.sockets, self.names = name, argv, log, sockets, names
        self.process = None
        self.started = 0.0
        self.starts = 0
        self.lock = threading.Lock()  # held: not started now
        self.ends = []  # (pid, status) of each that ended

    def start(self):
        argv = self.argv
        if self.sockets:
            argv = ["/bin/bash", "-c", PASS_ON, "bash", self.names, *map(str, self.sockets), "--", *argv]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            pass_fds=self.sockets, start_new_session=True)
        self.started = time.monotonic()
        self.starts += 1

    def tend(self):
        """Notice an end; start again."""
        if not self.lock.acquire(blocking=False):
            return
        try:
            if self.process is not None and self.process.poll() is None:
                return
            if self.process is not None:
                self.ends.append((self.process.pid, self.process.returncode))
                self.process = None
                time.sleep(RESTART_S)
            self.start()
        finally:
            self.lock.release()

    def pid(self):
        process = self.process
        return process.pid if process is not None and process.poll() is None else None


class Services:
    """All of them, with the thread that tends them."""

    def __init__(self, work, foreground):
        self.foreground = foreground
        self.sockets = []
        daemon_log, publish_log = work / "guestpassd.log", work / "guestpass-publish.log"
        if foreground:
            self.daemon = Service("guestpassd", ["/usr/sbin/guestpassd", "--foreground"], daemon_log)
            self.all = [self.daemon]
        else:
            as_daemon = ["setpriv", "--reuid=guestpass", "--regid=guestpass", "--init-groups", "--"]
            login, admin = (listen(f"{n}.sock", socket.SOCK_SEQPACKET, 0o600, "root") for n in ("login", "admin"))
            publish = listen("publish.sock", socket.SOCK_STREAM, 0o660, "guestpass")
            knock = listen("knock.sock", socket.SOCK_DGRAM, 0o600, "root")
            self.sockets = [login, admin, knock, publish]
            self.daemon = Service("guestpassd", [*as_daemon, "/usr/sbin/guestpassd"], daemon_log, (login, admin, knock),
                                  "login:admin:knock")
            self.publisher = Service("guestpass-publish", ["/usr/libexec/guestpass/guestpass-publish", "--allow-user",
                                                           "guestpass"], publish_log, (publish,), "publish")
            self.all = [self.publisher, self.daemon]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(0.005):
            for service in self.all:
                service.tend()

    def publisher_pid(self):
        if not self.foreground:
            return self.publisher.pid()
        daemon = self.daemon.pid()
        return next((pid for pid in children(daemon) if name_of(pid).startswith("guestpass-publ")), None)

    @contextlib.contextmanager
    def held(self):
        """Nothing is started meanwhile: what a killed process left behind can be looked at."""
        with contextlib.ExitStack() as stack:
            for service in self.all:
                stack.enter_context(service.lock)
            yield

    def reload(self):
        """SIGHUP, unless the daemon is not yet so far that it would take it for one: it blocks that signal then. A
        child that was just forked, and is not the daemon yet, blocks all of them."""
        pid = self.daemon.pid()
        blocked = int(status_of(pid).get("SigBlk", "0"), 16) if pid is not None else 0
        if blocked & 1 << signal.SIGHUP - 1 and not blocked & 1 << signal.SIGUSR1 - 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)

    def stop(self):
        self.stopping.set()
        self.thread.join()
        for service in reversed(self.all):
            if service.pid() is not None:
                service.process.send_signal(signal.SIGTERM)
                try:
                    service.process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(service.process.pid, signal.SIGKILL)
                    service.process.wait(5)
        for fd in self.sockets:
            os.close(fd)


def status_of(pid):
    try:
        return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                    if ":\t" in line)
    except (OSError, ValueError):
        return {}


def name_of(pid):
    return status_of(pid).get("Name", "")


def children(pid):
    """Of one process; gone when it is gone."""
    try:
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def ask_status(limit_s=3.0):
    """What the daemon says of itself; nothing while it cannot be asked."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(limit_s)
        try:
            s.connect(str(RUN / "admin.sock"))
            s.send(b'{"v":1,"op":"status"}')
            return json.loads(s.recv(65536) or b"{}")
        except (OSError, ValueError):
            return {}
