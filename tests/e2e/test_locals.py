# SPDX-License-Identifier: Apache-2.0
"""Local administrators never notice us: root and a local user get in by ssh, su, sudo and cron with
the shipped profiles, whatever state Guestpass is in."""

import contextlib
import re
import subprocess

import pytest

from conftest import PASSWORDS
from support.host import NSS_MODULE, PAM_MODULE, corrupt, other_machine, run
from support.terminal import Terminal

LOCAL = "localadm"

STATES = {
    "working": lambda host: contextlib.nullcontext(),
    "modules-absent": lambda host: host.modules(lambda data: None),
    "modules-corrupt": lambda host: host.modules(corrupt),
    "modules-of-another-architecture": lambda host: host.modules(other_machine),
    "daemon-dead": lambda host: host.daemon_dead(),
    "daemon-stopped": lambda host: host.daemon_stopped(),
    "run-directory-absent": lambda host: host.run_directory_absent(),
}


def as_local(*argv):
    """As a process of the local user, but not through PAM."""
    return ["setpriv", f"--reuid={LOCAL}", f"--regid={LOCAL}", "--init-groups", "--reset-env", *argv]


def log_in(host, name):
    with host.ssh(name, "id -un") as t:
        t.expect("[Pp]assword:")
        t.line(PASSWORDS[name])
        t.expect(rf"\n{name}\r")
        assert t.end() == 0


def with_password(argv, prompt, name, shows):
    with Terminal(argv) as t:
        t.expect(prompt)
        t.line(PASSWORDS[name])
        t.expect(shows)
        assert t.end() == 0


WAYS = {
    "ssh-root": lambda host: log_in(host, "root"),
    "ssh-local": lambda host: log_in(host, LOCAL),
    "su-to-root": lambda host: with_password(as_local("su", "-", "root", "-c", "id -u"), "Password:", "root",
                                             r"\n0\r"),
    "su-to-local": lambda host: run("su", "-", LOCAL, "-c", "id -un"),
    "sudo": lambda host: with_password(as_local("sudo", "-k", "id", "-u"), r"password for", LOCAL, r"\n0\r"),
    "cron-root": lambda host: run("pamtester", "cron", "root", "acct_mgmt", "open_session", "close_session"),
    "cron-local": lambda host: run("pamtester", "cron", LOCAL, "acct_mgmt", "open_session", "close_session"),
}


@pytest.fixture(scope="module", params=STATES)
def state(request, host):
    with STATES[request.param](host):
        yield request.param


@pytest.mark.parametrize("way", WAYS)
def test_local_gets_in(host, state, way):
    WAYS[way](host)


def test_wrong_password_is_still_refused(host):
    with host.ssh(LOCAL, "id", options=["PreferredAuthentications=keyboard-interactive"]) as t:
        t.expect("[Pp]assword:")
        t.line("not the password")
        assert t.end() == 255
        assert "uid=" not in t.text


def test_broken_modules_are_really_broken(host):
    """Else the tests above would prove nothing."""
    for change in (corrupt, other_machine):
        with host.modules(change):
            for module in (PAM_MODULE, NSS_MODULE):
                loaded = subprocess.run(["/usr/bin/python3", "-c", f"import ctypes; ctypes.CDLL('{module}')"],
                                        capture_output=True, text=True, check=False)
                assert loaded.returncode != 0, f"{module} loads although it is {change.__name__}"


WAITS = {"connect", "poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "wait4", "waitid", "futex",
         "nanosleep", "clock_nanosleep", "recvmsg", "recvfrom", "sendmsg", "sendto", "socket", "flock", "fork",
         "vfork", "clone", "clone3", "pause", "rt_sigaction", "rt_sigprocmask", "alarm"}


def test_no_connect_no_wait_for_a_local_name(host):
    """All six entry points, by the stack of each system call."""
    phases = ["authenticate", "acct_mgmt", "setcred", "open_session", "close_session"]
    calls = host.strace(["pamtester", "sshd", LOCAL, *phases], [("[Pp]assword:", PASSWORDS[LOCAL])])
    ours = [c for c in calls if c.by(PAM_MODULE.name)]
    assert ours, "no system call of our module was seen, so this trace proves nothing"
    assert [c.text for c in ours if c.name in WAITS] == []
    assert [c.text for c in calls if c.name == "connect" and "guestpass" in c.text] == []


def test_no_connect_when_a_local_password_changes(host):
    changed = PASSWORDS[LOCAL] + "-next"
    calls = host.strace(["pamtester", "passwd", LOCAL, "chauthtok"],
                        [("[Nn]ew password:", changed), ("[Rr]etype.*password:", changed)])
    try:
        assert [c.text for c in calls if c.by(PAM_MODULE.name) and c.name in WAITS] == []
        assert [c.text for c in calls if c.name == "connect" and "guestpass" in c.text] == []
    finally:
        run("sh", "-c", "printf '%s\n' \"$1\" | chpasswd", "sh", f"{LOCAL}:{PASSWORDS[LOCAL]}")


def test_name_lookups_of_locals_wait_for_nobody(host):
    """Also a name that nobody has: the answer is in the file."""
    for name in ("root", LOCAL, "nobody-of-this-name"):
        out = subprocess.run(["strace", "-f", "-k", "-e", "trace=all", "getent", "passwd", name],
                             capture_output=True, text=True, check=False)
        stacks = re.split(r"\n(?=\S)", out.stderr)
        ours = [s for s in stacks if NSS_MODULE.name in s and not s.startswith(("openat", "mmap"))]
        assert [s.splitlines()[0] for s in ours if s.split("(")[0] in WAITS] == []
        assert (out.returncode == 0) == (name != "nobody-of-this-name")
