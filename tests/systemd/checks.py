#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""checks TREE CGROUP BUILD [CHECK...]: beside the machine, what its units must do. One TAP line each.

The checks stand in the order of a host's life, and each finds what the one before left. After the first
that fails the others would only say the same.
"""

import contextlib
import os
import shutil
import sys
import time
import traceback
from pathlib import Path

from machine import STEP_S, Machine, until

from support.guest import ADA, log_in, prompted, sign_in  # noqa: E402 (machine.py says where)
from support.tenant import Tenant  # noqa: E402

DAEMON, PUBLISHER, RESTORE = "guestpassd.service", "guestpass-publish.service", "guestpass-restore.service"
SOCKETS = [f"guestpass-{name}.socket" for name in ("login", "admin", "knock", "publish")]
BREAK_GLASS = "guestpass-break-glass"
UNITS = [DAEMON, PUBLISHER, RESTORE, *SOCKETS, f"{BREAK_GLASS}.service", f"{BREAK_GLASS}.timer"]
RUN = "/run/guestpass"
MODES = {
    f"{RUN}": "755 root:root",
    f"{RUN}/login.sock": "600 root:root",
    f"{RUN}/admin.sock": "600 root:root",
    f"{RUN}/knock.sock": "600 root:root",
    f"{RUN}/publish.sock": "660 root:guestpass",
    "/var/lib/guestpass": "700 guestpass:guestpass",
    "/var/lib/guestpass-published": "755 root:root",
    "/var/log/guestpass": "750 guestpass:guestpass",
    "/home/guests": "755 root:root",
}
SOURCE = "/source"  # this working tree
TENANT = "/var/rehearsal"  # not in /tmp or /run: the daemon has a /tmp, and the machine a /run, of its own

AUDIT = "/var/log/guestpass/audit.jsonl"

# Asks for a name at boot when neither the daemon nor its sockets are there yet.
PROBE = f"""[Unit]
DefaultDependencies=no
After=sysinit.target
Before=sockets.target {DAEMON} {" ".join(SOCKETS)}
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=/usr/bin/test ! -e {RUN}/publish.sock
ExecStart=/usr/bin/getent passwd {ADA}
[Install]
WantedBy=multi-user.target
"""
CHECKS = []


def check(sentence):
    def add(function):
        CHECKS.append((function.__name__, sentence, function))
        return function
    return add


class Bench:
    def __init__(self, tree, cgroup, build):
        self.build = build
        self.machine = Machine(tree, cgroup, "/run/machine.log")
        self.tenant = None

    def end(self):
        if self.tenant is not None:
            self.tenant.stop()
        self.machine.power_off()


def no_unit_failed(m):
    failed = m.systemctl("--failed", "--no-legend", "--plain").stdout
    assert not failed.strip(), f"failed units:\n{failed}"


def status_is_good(m):
    return m.ok("guestpass", "status")


def is_ready(m):
    """The daemon runs and has read the guests."""
    until(lambda: m.shows(DAEMON, ActiveState="active"), STEP_S, lambda: f"{DAEMON} is up:\n{unit_log(m)}")
    until(lambda: status_is_good(m), STEP_S, lambda: m.run("guestpass", "status", check=False).stdout + unit_log(m))


def unit_log(m):
    return "\n".join(str(entry.get("MESSAGE")) for entry in m.journal("-u", "guestpass*"))[-3000:]


def change_unit(m, line):
    """The daemon's service with this line, only for here: the shipped one is too patient for a test."""
    m.write(f"/etc/systemd/system/{DAEMON}.d/test.conf", f"[Service]\n{line}\n")
    m.systemctl("daemon-reload")


def inodes_of_sockets(m):
    names = ("login", "admin", "knock", "publish")
    return m.run("stat", "-c", "%n %i", *(f"{RUN}/{name}.sock" for name in names)).stdout


@check("systemd boots, and no unit fails")
def boots(bench):
    m = bench.machine
    state = m.boot()
    no_unit_failed(m)
    assert state == "running", state


@check("users and directories are made by systemd's own tools")
def prepares(bench):
    m = bench.machine
    bench.tenant = Tenant(m.tree / TENANT.lstrip("/"))
    bench.tenant.control("PATCH", "/switches", {"device_code_interval": 1})
    m.run(f"{SOURCE}/tests/bed/inside-setup", bench.build, limit_s=60)
    m.run(f"{SOURCE}/tests/bed/configure", f"{TENANT}/ready.json", f"guestpass.ca_directory={TENANT}/ca")
    user = m.run("getent", "passwd", "guestpass").stdout.strip().split(":")
    assert user[5:] == ["/var/lib/guestpass", "/usr/sbin/nologin"], user
    m.run("guestpassd", "--check")


@check("the units are understood to the last line")
def verifies(bench):
    m = bench.machine
    m.systemctl("daemon-reload")
    said = m.run("systemd-analyze", "verify", "--man=no", *UNITS, check=False)
    ours = [line for line in (said.stdout + said.stderr).splitlines() if "guestpass" in line]
    assert not ours, "\n".join(ours)


@check("systemctl enable --now guestpassd enables and starts what it needs")
def enables(bench):
    m = bench.machine
    m.systemctl("reload", "ssh.service")
    m.systemctl("enable", "--now", "guestpassd")
    assert m.shows(DAEMON, ActiveState="active", UnitFileState="enabled"), unit_log(m)
    for unit in (*SOCKETS, RESTORE):
        assert m.show(unit, "UnitFileState") == "enabled", unit
    for unit in SOCKETS:
        assert m.show(unit, "ActiveState") == "active", unit


@check("sockets and directories have their owners and modes")
def modes(bench):
    m = bench.machine
    found = {path: m.stat(path) for path in MODES}
    assert found == MODES, found


@check("the sandboxed publisher, started by its socket, publishes the guests")
def publishes(bench):
    m = bench.machine
    is_ready(m)
    until(lambda: m.uid(ADA), STEP_S, lambda: f"{ADA} is known\n{unit_log(m)}")
    assert m.stat(f"{RUN}/directory") == "644 root:root"
    assert m.stat("/var/lib/guestpass-published/directory") == "644 root:root"
    assert m.show(PUBLISHER, "TriggeredBy") == "guestpass-publish.socket"
    status = m.status_of(m.main_pid(PUBLISHER))
    assert status["Uid"] == ["0"] * 4
    assert_powerless(status)


@check("guestpassd runs as guestpass, without any power")
def powerless(bench):
    m = bench.machine
    number = m.run("id", "-u", "guestpass").stdout.strip()
    status = m.status_of(m.main_pid(DAEMON))
    assert status["Uid"] == [number] * 4, status["Uid"]
    assert_powerless(status)


def assert_powerless(status):
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name][0], 16) == 0, f"{name}: {status[name]}"
    assert status["NoNewPrivs"] == ["1"], status["NoNewPrivs"]
    assert status["Seccomp"] == ["2"], status["Seccomp"]


@check("each of them can write where it must, and nowhere else")
def confined(bench):
    m = bench.machine
    assert writable(m, PUBLISHER) == {RUN, "/var/lib/guestpass-published"}, writable(m, PUBLISHER)
    assert writable(m, DAEMON) == {"/var/lib/guestpass", "/var/log/guestpass"}, writable(m, DAEMON)


def writable(m, unit):
    """The mounts that a unit's process may write to, without what is its own and what the kernel guards."""
    lines = m.run("cat", f"/proc/{m.main_pid(unit)}/mountinfo").stdout.splitlines()
    found = {words[4] for words in map(str.split, lines) if "rw" in words[5].split(",")}
    return {path for path in found - {"/tmp", "/var/tmp", "/proc"} if not path.startswith("/dev/")}


@check("a guest logs in over ssh, has a session of logind and a user manager, and leaves")
def logs_in(bench):
    m = bench.machine
    before = len(m.audit())
    uid = m.uid(ADA)
    with log_in(m, bench.tenant, ADA) as t:
        t.expect(r"\$ ")
        number, = sessions_of(m, uid)
        shown = m.run("loginctl", "show-session", number, "-p", "Name", "-p", "Service", "-p", "Remote").stdout
        assert sorted(shown.split()) == [f"Name={ADA}", "Remote=yes", "Service=sshd"], shown
        # pam_systemd told her shell so, and her own systemd answers.
        t.line("echo session=$XDG_SESSION_ID; systemctl --user is-active basic.target")
        t.expect(rf"session={number}\r?\nactive\r")
        assert m.shows(f"user@{uid}.service", ActiveState="active")
        manager = m.audit_after(before, event="account", service="systemd-user")
        assert manager["verdict"] == "admitted", manager
        t.line("exit 5")
        assert t.end() == 5, t.text
    signed = m.audit_after(before, event="sign-in")
    assert (signed["verdict"], signed["name"], signed["uid"]) == ("admitted", ADA, uid), signed
    closed = m.audit_after(before, event="session-close", service="sshd")
    assert closed["decision"] == signed["decision"]
    until(lambda: not sessions_of(m, uid), STEP_S, "no session is left")


def sessions_of(m, uid):
    """The ids of logind's sessions of a user."""
    lines = m.run("loginctl", "list-sessions", "--no-legend").stdout.splitlines()
    return [line.split()[0] for line in lines if line.split()[1] == str(uid)]


@check("a guest's processes do not outlive his sessions; a local user's may")
def lingers_not(bench):
    m = bench.machine
    with log_in(m, bench.tenant, ADA, "loginctl enable-linger; echo rc=$?") as t:
        t.expect(r"\nrc=[1-9]")
        t.end()
    m.run("useradd", "-m", "neighbour")
    m.run("sh", "-c", "echo neighbour:of-this-host-1 | chpasswd")
    with m.ssh("neighbour", "loginctl enable-linger; echo rc=$?") as t:
        t.expect("[Pp]assword:")
        t.line("of-this-host-1")
        t.expect(r"\nrc=0")
        t.end()
    assert m.run("ls", "/var/lib/systemd/linger").stdout.split() == ["neighbour"]
    m.run("loginctl", "disable-linger", "neighbour")


@check("the journal has the audit's records, by field")
def journals(bench):
    m = bench.machine
    signed = next(r for r in m.audit() if r["event"] == "sign-in")
    found = m.journal(f"GUESTPASS_DECISION={signed['decision']}", "GUESTPASS_EVENT=sign-in")
    assert len(found) == 1, found
    entry = found[0]
    assert (entry["GUESTPASS_NAME"], entry["GUESTPASS_VERDICT"]) == (ADA, "admitted"), entry
    assert entry["_SYSTEMD_UNIT"] == DAEMON, entry
    # What the journal keeps of the chain is in the file, now and later.
    m.run("guestpass", "audit", "verify", "--head",
          f"{entry['GUESTPASS_AUDIT_SEQ']}:{entry['GUESTPASS_AUDIT_HEAD']}")


@check("a reload keeps a sign-in in flight")
def reloads(bench):
    m = bench.machine
    pid = m.main_pid(DAEMON)
    with prompted(m, ADA, "echo in; exit 3") as (t, code):
        m.systemctl("reload", "guestpassd")
        until(lambda: m.logged(DAEMON, "reloaded"), STEP_S, lambda: f"it is reloaded\n{unit_log(m)}")
        assert sign_in(bench.tenant, code, ADA).outcome == "done"
        t.line()
        t.expect("\nin\r")
        assert t.end() == 3
    assert m.main_pid(DAEMON) == pid


@check("stuck, it is ended by the watchdog and started again, and the sockets stay")
def watchdog(bench):
    m = bench.machine
    assert m.show(DAEMON, "WatchdogUSec") == "1min"
    change_unit(m, "WatchdogSec=1")
    m.systemctl("restart", "guestpassd")
    is_ready(m)
    before, pid = inodes_of_sockets(m), m.main_pid(DAEMON)
    m.run("kill", "-STOP", pid)
    until(lambda: int(m.show(DAEMON, "NRestarts")) == 1 and m.shows(DAEMON, ActiveState="active"), STEP_S,
          lambda: f"it is restarted\n{m.systemctl('status', DAEMON, check=False).stdout}\n{unit_log(m)}")
    assert m.logged(DAEMON, "Watchdog timeout"), unit_log(m)
    assert m.main_pid(DAEMON) != pid
    assert inodes_of_sockets(m) == before
    is_ready(m)
    change_unit(m, "")


@check("stopped, its names and sockets stay, and the first who asks starts it")
def stops(bench):
    m = bench.machine
    before = inodes_of_sockets(m)
    m.systemctl("stop", "guestpassd")
    assert m.shows(DAEMON, ActiveState="inactive", Result="success")
    assert m.uid(ADA)
    assert inodes_of_sockets(m) == before
    until(lambda: status_is_good(m), STEP_S, lambda: f"it is started again\n{unit_log(m)}")
    assert m.shows(DAEMON, ActiveState="active")


@check("a wrong configuration stops it, and is no more in the way once it is right")
def misconfigured(bench):
    m = bench.machine
    m.write("/etc/guestpass/conf.d/wrong.conf", "[guestpass]\ntenant = nonsense\n")
    assert not m.ok("systemctl", "restart", "guestpassd")
    table = m.show(DAEMON, "ExecMainStatus", "NRestarts")
    assert table == {"ExecMainStatus": "78", "NRestarts": "0"}, table
    # A question starts it again, but not without end.
    assert not m.ok("guestpass", "status")
    until(lambda: m.shows(SOCKETS[0], ActiveState="failed") or m.shows(SOCKETS[1], ActiveState="failed"), STEP_S,
          lambda: f"the sockets give up\n{unit_log(m)}")
    assert m.uid(ADA)
    m.run("rm", "/etc/guestpass/conf.d/wrong.conf")
    m.systemctl("restart", "guestpassd")
    is_ready(m)
    for unit in SOCKETS:
        assert m.show(unit, "ActiveState") == "active", unit


@check("without what it needs it tries again until that is there")
def persists(bench):
    m = bench.machine
    change_unit(m, "RestartSec=50ms")
    m.run("mv", AUDIT, f"{AUDIT}.aside")
    m.run("mkdir", AUDIT)
    assert not m.ok("systemctl", "restart", "guestpassd")
    until(lambda: int(m.show(DAEMON, "NRestarts")) > 8, STEP_S, lambda: f"it tries again\n{unit_log(m)}")
    assert m.uid(ADA)
    m.run("rmdir", AUDIT)
    m.run("mv", f"{AUDIT}.aside", AUDIT)
    is_ready(m)
    change_unit(m, "")


@check("the directory is put back when it is gone")
def restores(bench):
    m = bench.machine
    m.systemctl("stop", DAEMON, PUBLISHER, *SOCKETS)
    uid = m.uid(ADA)
    m.run("find", RUN, "-mindepth", "1", "-delete")
    assert m.uid(ADA) is None
    m.systemctl("restart", RESTORE)
    assert m.uid(ADA) == uid
    assert m.stat(f"{RUN}/directory") == "644 root:root"


@check("the daily look for a local administrator, in its sandbox, fails when there is none and only then")
def looks_for_an_administrator(bench):
    m = bench.machine
    service, timer = f"{BREAK_GLASS}.service", f"{BREAK_GLASS}.timer"
    m.systemctl("enable", "--now", timer)
    assert m.shows(timer, ActiveState="active")
    before = m.run("getent", "shadow", "root").stdout.split(":")[1]
    m.run("usermod", "-p", "$6$salt$hash", "root")
    m.systemctl("start", service)
    assert m.shows(service, Result="success", ActiveState="inactive"), m.journal("-u", service)
    m.run("usermod", "-p", "!", "root")
    m.systemctl("start", service, check=False)
    assert m.show(service, "ActiveState") == "failed", m.journal("-u", service)
    assert m.logged(service, "error break-glass: "), m.journal("-u", service)
    m.run("usermod", "-p", before, "root")
    m.systemctl("reset-failed", service)
    m.systemctl("disable", "--now", timer)


@check("after a reboot names are known before the daemon or its sockets are there")
def reboots(bench):
    m = bench.machine
    uid = m.uid(ADA)
    m.write("/etc/systemd/system/probe.service", PROBE)
    m.systemctl("enable", "probe.service")
    m.power_off()
    state = m.boot()
    no_unit_failed(m)
    assert state == "running", state
    assert m.shows("probe.service", ActiveState="active", Result="success"), m.journal("-u", "probe.service")
    assert m.shows(RESTORE, ActiveState="active", Result="success")
    assert m.uid(ADA) == uid


@check("and the daemon is up by itself, and well")
def comes_back(bench):
    m = bench.machine
    is_ready(m)
    modes(bench)
    with log_in(m, bench.tenant, ADA, "id -un; exit 4") as t:
        assert t.end() == 4, t.text
    m.power_off()


def main(tree, cgroup, build, only):
    bench = Bench(tree, cgroup, build)
    good = False
    try:
        for name, sentence, function in CHECKS:
            if only and name not in only:
                continue
            start = time.monotonic()
            try:
                function(bench)
            except Exception:
                print(f"not ok - {sentence}", flush=True)
                why = traceback.format_exc()
                with contextlib.suppress(Exception):
                    why += unit_log(bench.machine)
                print("  # " + why.replace("\n", "\n  # "), flush=True)
                return 1
            print(f"ok - {sentence} ({time.monotonic() - start:.1f} s)", flush=True)
        good = True
    finally:
        try:
            bench.end()
        finally:
            keep_log(bench.machine.log)
    return 0 if good else 1


def keep_log(log):
    """What the machine said at boot, for whoever looks for the reason of a failure."""
    if "GP_TEST_LOGS" in os.environ and log.exists():
        shutil.copy(log, Path(os.environ["GP_TEST_LOGS"]) / "systemd-machine.log")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4], sys.argv[4:]))
