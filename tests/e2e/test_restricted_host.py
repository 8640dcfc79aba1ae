# SPDX-License-Identifier: Apache-2.0
"""What else of the host is closed to a guest: its passwords, its clocks, what polkit guards, its groups. Beside each
a local user does the same and succeeds, or the refusal would prove nothing."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from support.guest import ADA, GRACE, log_in
from support.host import run
from support.waiting import until

LOCAL = "localadm"
ELSEWHERE = "Your password lives at your own organisation: this host has none to change."
CLOCK_S = 150  # cron looks once a minute
RULES = Path("/usr/share/polkit-1/rules.d/10-guestpass.rules")
POLKITD = Path("/usr/lib/polkit-1/polkitd")


def needs(*programs):
    for program in programs:
        if shutil.which(str(program)) is None:
            pytest.skip(f"{program} is not here")


def as_user(name, *argv, **kw):
    return run("setpriv", f"--reuid={name}", "--regid", run("id", "-g", name).stdout.strip(), "--init-groups", *argv, **kw)


@pytest.fixture(scope="module")
def home(host, tenant):
    """Ada's, made by her first login."""
    with log_in(host, tenant, ADA, "true") as t:
        assert t.end() == 0
    return Path(f"/home/guests/{ADA}")


def test_passwd_says_where_the_password_lives(host, tenant):
    with log_in(host, tenant, ADA, "passwd; echo rc=$?") as t:
        assert t.end() == 0
    assert ELSEWHERE in t.text.replace("\n", " ").replace("  ", " "), t.text
    assert "\nrc=0" not in t.text and "ew password" not in t.text


def test_root_cannot_give_a_guest_a_password(host):
    done = run("passwd", ADA, check=False)
    # Debian 13's own takes no name with an '@', and so does not come as far as PAM.
    assert done.returncode != 0 and re.search(f"{re.escape(ELSEWHERE)}|not a valid name", done.stdout + done.stderr), done
    done = subprocess.run(["chpasswd"], input=f"{ADA}:anything\n", capture_output=True, text=True, check=False)
    assert done.returncode != 0, done
    assert ADA not in Path("/etc/shadow").read_text()


@pytest.mark.parametrize("command", ["chsh -s /bin/sh", "chfn -r 1", "chfn -f x", "chage -l $USER", "chage -E 0 $USER"])
def test_no_other_field_can_be_changed(host, tenant, command):
    before = (host.passwd(ADA), Path("/etc/passwd").read_text(), Path("/etc/shadow").read_text())
    with log_in(host, tenant, ADA, f"{command} </dev/null; echo rc=$?") as t:
        t.end()
    assert re.search(r"\nrc=[1-9]", t.text), t.text
    assert (host.passwd(ADA), Path("/etc/passwd").read_text(), Path("/etc/shadow").read_text()) == before


@contextlib.contextmanager
def program(*argv):
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_cron_starts_nothing_for_a_guest(host, tenant, home):
    """He can write a crontab; it never runs."""
    needs("cron", "crontab")
    ran, ran_local = home / "cron-ran", Path(f"/home/{LOCAL}/cron-ran")
    with log_in(host, tenant, ADA, f"echo '* * * * * touch {ran}' | crontab - ; echo rc=$?; crontab -l") as t:
        t.end()
    as_user(LOCAL, "sh", "-c", f"echo '* * * * * touch {ran_local}' | crontab -")
    before = len(host.audit())
    try:
        with program("cron", "-f"):
            refused = host.audit_after(before, limit_s=CLOCK_S, event="account", service="cron", name=ADA)
            until(ran_local.exists, CLOCK_S, "the local user's job ran")
        assert (refused["verdict"], refused["reason"]) == ("refused", "no-sign-in")
        assert not ran.exists()
    finally:
        for name in (ADA, LOCAL):
            run("crontab", "-r", "-u", name, check=False)
        ran_local.unlink(missing_ok=True)


def test_at_starts_nothing_for_a_guest(host, tenant, home):
    needs("at", "atd")
    ran, ran_local = home / "at-ran", Path(f"/home/{LOCAL}/at-ran")
    before = len(host.audit())
    with program("atd", "-f"):
        until(lambda: Path("/run/atd.pid").exists(), 10, "atd runs")
        with log_in(host, tenant, ADA, f"echo 'touch {ran}' | at now; echo rc=$?") as t:
            t.end()
            as_user(LOCAL, "sh", "-c", f"cd && echo 'touch {ran_local}' | at now", env={**os.environ, "HOME": f"/home/{LOCAL}"})
        until(ran_local.exists, CLOCK_S, "the local user's job ran")
        refused = host.audit_after(before, limit_s=CLOCK_S, event="account", service="atd", name=ADA)
    assert refused["verdict"] == "refused"
    assert not ran.exists()
    ran_local.unlink()


@pytest.fixture(scope="module")
def bus(host):
    """The system's bus, as dbus's own unit starts it."""
    needs("dbus-daemon", "pkcheck", POLKITD)
    Path("/run/dbus").mkdir(exist_ok=True)
    with program("dbus-daemon", "--system", "--nofork", "--nopidfile"):
        until(lambda: Path("/run/dbus/system_bus_socket").exists(), 10, "the bus listens")
        yield


@contextlib.contextmanager
def polkit():
    """The real one, with the rules as they are now."""
    with program(str(POLKITD), "--no-debug"):
        until(lambda: "org.freedesktop.PolicyKit1" in run(
            "dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
            "org.freedesktop.DBus.ListNames", check=False).stdout, 20, "polkit has its name")
        yield


def may(name, action):
    """Whether polkit lets a process of NAME do it, unasked."""
    uid, gid = (int(run("id", flag, name).stdout) for flag in ("-u", "-g"))
    with subprocess.Popen(["setpriv", f"--reuid={uid}", f"--regid={gid}", "--init-groups", "sleep", "60"]) as process:
        try:
            until(lambda: os.stat(f"/proc/{process.pid}").st_uid == uid, 5, "it is his")
            start = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
            return run("pkcheck", "--action-id", action, "--process", f"{process.pid},{start},{uid}",
                       check=False).returncode == 0
        finally:
            process.kill()


LINGER = "org.freedesktop.login1.set-self-linger"
ACTIONS = [LINGER, "org.freedesktop.login1.set-user-linger", "org.freedesktop.login1.inhibit-block-shutdown",
           "org.freedesktop.login1.power-off", "org.freedesktop.login1.reboot"]


def test_polkit_gives_guests_nothing(host, bus):
    with polkit():
        assert may(LOCAL, LINGER)
        assert [action for action in ACTIONS if may(ADA, action)] == []
    aside = RULES.with_suffix(".aside")
    RULES.rename(aside)
    try:
        with polkit():
            assert may(ADA, LINGER), "without the rules it is open, so the rules close it"
    finally:
        aside.rename(RULES)


@contextlib.contextmanager
def in_local_group(name, group="audio"):
    file = Path("/etc/group")
    before = file.read_text()
    file.write_text(re.sub(rf"^({group}:.*?)$", lambda m: m[1] + ("" if m[1].endswith(":") else ",") + name, before,
                           flags=re.M))
    try:
        yield
    finally:
        file.write_text(before)


@contextlib.contextmanager
def switch_without_initgroups():
    file = Path("/etc/nsswitch.conf")
    before = file.read_text()
    file.write_text(re.sub(r"^initgroups:.*\n", "", before, flags=re.M))
    try:
        yield
    finally:
        file.write_text(before)


def test_a_local_group_with_a_guest_is_told(host):
    assert host.status()["health"] == "ok"
    with in_local_group(GRACE):
        sentence = f"{GRACE} is a guest and listed in the group audio: take it out"
        told = host.status()
        assert told["health"] == "degraded" and any(sentence in p for p in told["problems"]), told
        assert sentence in run("guestpassd", "--check", check=False).stderr
    assert host.status()["health"] == "ok"
    assert "listed in the group" not in run("guestpassd", "--check", check=False).stderr


def test_initgroups_of_ours_alone(host):
    """With the line of its own in nsswitch.conf a guest's groups come from us and from nowhere else."""
    with in_local_group(GRACE), in_local_group(LOCAL, "video"):
        with switch_without_initgroups():
            assert set(as_user(GRACE, "id", "-Gn").stdout.split()) == {"gp-guests", "audio"}
        assert as_user(GRACE, "id", "-Gn").stdout.split() == ["gp-guests"]
        assert "video" in as_user(LOCAL, "id", "-Gn").stdout.split()
        with host.run_directory_absent():
            assert "video" in as_user(LOCAL, "id", "-Gn").stdout.split()
        with host.modules(lambda data: None):
            assert "video" in as_user(LOCAL, "id", "-Gn").stdout.split()
