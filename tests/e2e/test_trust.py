# SPDX-License-Identifier: Apache-2.0
"""Who may do what on the host: processes, sockets, files, credentials."""

import contextlib
import os
import re
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from support.guest import ADA, GRACE, log_in, prompted, refused, sign_in
from support.host import RUN, run
from support.waiting import until

MODES = {"login.sock": (0o600, "root"), "admin.sock": (0o600, "root"), "knock.sock": (0o600, "root"),
         "publish.sock": (0o660, "guestpass"), "directory": (0o644, "root")}


def status_of(pid):
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":\t" in line)


def children_of(pid):
    return [int(p.name) for p in Path("/proc").iterdir()
            if p.name.isdigit() and status_of(p.name).get("PPid") == str(pid)]


def test_daemon_has_no_power_and_the_publisher_no_more_than_it_needs(host):
    daemon = status_of(host.daemon.pid)
    assert set(daemon["Uid"].split()) == {run("id", "-u", "guestpass").stdout.strip()}
    assert int(daemon["CapEff"], 16) == int(daemon["CapPrm"], 16) == 0
    assert daemon["NoNewPrivs"] == "1"
    [publisher] = [pid for pid in children_of(host.daemon.pid) if status_of(pid)["Name"].startswith("guestpass-pub")]
    told = status_of(publisher)
    assert set(told["Uid"].split()) == {"0"}
    assert int(told["CapEff"], 16) == int(told["CapPrm"], 16) == 0
    linked = run("ldd", "/usr/libexec/guestpass/guestpass-publish").stdout
    assert set(re.findall(r"(lib\w+)\.so", linked)) == {"libc"}


@pytest.mark.parametrize("name", sorted(MODES))
def test_modes_in_the_run_directory(host, name):
    mode, group = MODES[name]
    found = (RUN / name).stat()
    assert stat.S_IMODE(found.st_mode) == mode
    assert found.st_uid == 0
    assert found.st_gid == int(run("getent", "group", group).stdout.split(":")[2])
    assert stat.S_IMODE(RUN.stat().st_mode) == 0o755


def connects(path, kind, uid, gid):
    """Can a process with these ids connect?"""
    code = (f"import socket; s = socket.socket(socket.AF_UNIX, socket.{kind}); s.settimeout(5); "
            f"s.connect({str(path)!r})")
    return run("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "/usr/bin/python3", "-c", code,
               check=False).returncode == 0


def test_guests_reach_no_socket(host):
    uid, gid = (int(run("id", flag, ADA).stdout) for flag in ("-u", "-g"))
    for name, kind in (("login.sock", "SOCK_SEQPACKET"), ("admin.sock", "SOCK_SEQPACKET"), ("knock.sock", "SOCK_DGRAM"),
                       ("publish.sock", "SOCK_STREAM")):
        assert connects(RUN / name, kind, 0, 0)
        assert not connects(RUN / name, kind, uid, gid)


def test_guests_read_nothing_that_is_secret(host):
    uid, gid = (int(run("id", flag, ADA).stdout) for flag in ("-u", "-g"))
    for path in ("/etc/guestpass/reader.secret", "/var/log/guestpass/audit.jsonl", "/var/lib/guestpass/guests.db"):
        assert os.path.exists(path)
        assert run("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "cat", path,
                   check=False).returncode != 0


def test_a_taken_over_daemon_publishes_no_rubbish(host):
    before = (RUN / "directory").read_bytes()
    uid = int(run("id", "-u", "guestpass").stdout)
    forged = bytearray(before)
    forged[200:204] = b"\0\0\0\0"
    code = ("import socket, struct, sys; d = sys.stdin.buffer.read(); "
            "s = socket.socket(socket.AF_UNIX); s.settimeout(15); s.connect('/run/guestpass/publish.sock'); "
            "s.sendall(d); s.shutdown(socket.SHUT_WR); print(s.recv(4096))")
    for candidate in (bytes(forged), b"root::0:0::/root:/bin/sh\n" * 40, os.urandom(4096)):
        done = subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "/usr/bin/python3",
                               "-c", code], input=candidate, capture_output=True, check=False, timeout=30)
        assert b"Traceback" not in done.stderr, done.stderr
        assert (RUN / "directory").read_bytes() == before
    assert host.knows(ADA)


def test_local_names_are_not_ours_to_give(host):
    assert run("getent", "-s", "guestpass", "passwd", "root", check=False).returncode != 0
    assert run("getent", "-s", "guestpass", "group", "sudo", check=False).returncode != 0
    assert run("getent", "-s", "guestpass", "passwd", "0", check=False).returncode != 0


def test_shadow_is_locked_and_for_root_only(host):
    entry = run("getent", "-s", "guestpass", "shadow", ADA).stdout.split(":")
    assert entry[0] == ADA
    assert entry[1].startswith(("!", "*"))


@pytest.fixture
def systemd_user():
    path = Path("/etc/pam.d/systemd-user")
    kept = path.read_text() if path.exists() else None
    path.write_text("@include common-account\nsession required pam_permit.so\n")
    yield "systemd-user"
    if kept is None:
        path.unlink()
    else:
        path.write_text(kept)


def test_user_manager_only_beside_a_session(host, tenant, systemd_user):
    def admitted(name):
        return run("pamtester", systemd_user, name, "acct_mgmt", check=False).returncode == 0
    assert not admitted(ADA)
    with log_in(host, tenant, ADA, "echo in; cat") as t:
        t.expect("\nin\r")
        assert admitted(ADA)
        assert not admitted(GRACE)
        t.write("\x04")
        t.end()
    until(lambda: not admitted(ADA), 10, "the session's end is known")


def make_certificate(host, tenant, name):
    cert, key = host.work / f"{name}.pem", host.work / f"{name}.key"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "20", "-subj", f"/CN={name}",
        "-keyout", key, "-out", cert)
    os.chown(key, 0, int(run("id", "-g", "guestpass").stdout))
    os.chmod(key, 0o640)
    tenant.control("POST", "/registrations/reader/certificates", cert.read_text())
    return cert, key


def test_certificates_take_over_by_reload(host, tenant):
    first, second = (make_certificate(host, tenant, name) for name in ("reader-one", "reader-two"))

    def use(*pairs):
        keys = [f"guestpass.reader_{kind}{suffix}={path}" for suffix, pair in zip(("", "_2"), pairs)
                for kind, path in zip(("certificate", "key"), pair)]
        host.configure(tenant.ready_file, "guestpass.reader_secret_file=", *keys)
        before = host.log_tail(400).count("reloaded")
        host.daemon.send_signal(1)
        until(lambda: host.log_tail(400).count("reloaded") > before, 10, host.log_tail)

    try:
        for pairs in ((first,), (first, second), (second,)):
            use(*pairs)
            tenant.control("POST", "/tokens/revoke")
            with log_in(host, tenant, ADA, "echo fine") as t:
                t.expect("\nfine\r")
                assert t.end() == 0
        told = run("guestpass", "status", check=False)
        assert "expires in" in told.stdout
        # The registration forgets the first: whoever still had it in the configuration goes on with the second.
        use(first, second)
        tenant.control("DELETE", "/registrations/reader/certificates")
        tenant.control("POST", "/registrations/reader/certificates", second[0].read_text())
        tenant.control("POST", "/tokens/revoke")
        with log_in(host, tenant, ADA, "echo fine") as t:
            t.expect("\nfine\r")
            assert t.end() == 0
    finally:
        tenant.control("DELETE", "/registrations/reader/certificates")
        host.configure(tenant.ready_file)
        host.restart_daemon()


def test_qr_code_is_one_prompt_with_the_rest(host, tenant):
    host.configure(tenant.ready_file, "guestpass.qr_code=yes")
    host.restart_daemon()
    try:
        with prompted(host, ADA, "true") as (t, code):
            assert "\u2588\u2580" in t.text
            assert sign_in(tenant, code, ADA).outcome == "done"
            t.line()
            assert t.end() == 0
    finally:
        host.configure(tenant.ready_file)
        host.restart_daemon()


def test_a_stopped_daemon_bounds_a_guests_wait(host, tenant):
    with prompted(host, ADA, "true", limit_s=90) as (t, _):
        with host.daemon_stopped():
            t.line()
            refused(t, "not available on this host right now")


def test_a_killed_daemon_ends_what_waits(host, tenant):
    with prompted(host, ADA, "true") as (t, _):
        with host.daemon_dead():
            t.line()
            refused(t, "not available on this host right now")
    with log_in(host, tenant, ADA, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0


def test_dropins_only_tighten(host):
    dropins = Path("/etc/guestpass/conf.d")
    dropins.mkdir(exist_ok=True)
    loosens = dropins / "50-test.conf"
    try:
        loosens.write_text("[limits]\ncodes_per_guest = 20\n")
        check = run("guestpassd", "--check", check=False)
        assert check.returncode == 78
        assert "50-test.conf:2" in check.stderr
        loosens.write_text("[limits]\ncodes_per_guest = 1\n")
        assert run("guestpassd", "--check").returncode == 0
    finally:
        loosens.unlink()


def test_files_work_for_guests(host, tenant):
    """scp and sftp use the same door."""
    source = host.work / "payload"
    source.write_bytes(os.urandom(200_000))
    from support.guest import wait_for_code
    from support.terminal import SSH, Terminal
    argv = ["scp", *[w for w in SSH[1:] if w != "-tt"], "-P", str(host.port), str(source),
            f"scp://ada%40fabrikam.example@127.0.0.1:{host.port}/payload"]
    with contextlib.closing(Terminal(argv, env={"PATH": "/usr/bin:/bin", "HOME": "/root", "LANG": "C.UTF-8"})) as t:
        assert sign_in(tenant, wait_for_code(t), ADA).outcome == "done"
        t.line()
        assert t.end() == 0, t.text
    assert Path(f"/home/guests/{ADA}/payload").read_bytes() == source.read_bytes()
    assert socket.gethostname()
