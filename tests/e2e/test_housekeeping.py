# SPDX-License-Identifier: Apache-2.0
"""What an administrator is told: --check before the daemon starts, and local accounts in the way."""

import contextlib
import json
import os
import pwd
import re
import signal
from pathlib import Path

from support.guest import ADA, GRACE
from support.host import run
from support.waiting import until

SECRET = Path("/etc/guestpass/reader.secret")
PASSWD, GROUP = Path("/etc/passwd"), Path("/etc/group")


def test_check_of_a_good_configuration(host):
    assert run("guestpassd", "--check").stdout == "/etc/guestpass/guestpass.conf: good\n"


def test_check_finds_an_open_secret(host):
    os.chmod(SECRET, 0o644)
    try:
        check = run("guestpassd", "--check", check=False)
        assert check.returncode == 78
        assert f"reader_secret_file: {SECRET}: readable by everybody" in check.stderr
    finally:
        os.chmod(SECRET, 0o640)


def findings():
    check = run("guestpassd", "--check", check=False)
    assert check.returncode == 78 and check.stdout == "", check
    return check.stderr


def test_check_finds_a_secret_that_the_daemon_cannot_use(host):
    text, kept = SECRET.read_text(), SECRET.stat()
    try:
        SECRET.write_text("\n")
        assert findings() == f"guestpassd: {SECRET}: is empty\n"
        SECRET.write_text(text)
        os.chown(SECRET, 0, 0)
        assert f"reader_secret_file: {SECRET}: user 'guestpass' cannot read it" in findings()
        # What is the daemon's own is right, though it is root who asks.
        os.chown(SECRET, pwd.getpwnam("guestpass").pw_uid, 0)
        os.chmod(SECRET, 0o400)
        assert run("guestpassd", "--check").returncode == 0
        os.chown(SECRET, pwd.getpwnam("nobody").pw_uid, kept.st_gid)
        os.chmod(SECRET, 0o640)
        assert "not to root or to us" in findings()
    finally:
        SECRET.write_text(text)
        os.chown(SECRET, kept.st_uid, kept.st_gid)
        os.chmod(SECRET, 0o640)


def test_check_finds_a_key_of_another_certificate(host):
    conf = Path("/etc/guestpass/guestpass.conf")
    text = conf.read_text()
    names = ["a", "b"]
    where = Path("/etc/guestpass")
    for n in names:
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            f"/CN={n}", "-keyout", str(where / f"{n}.key"), "-out", str(where / f"{n}.pem"))
        os.chown(where / f"{n}.key", 0, SECRET.stat().st_gid)
        os.chmod(where / f"{n}.key", 0o640)
        os.chmod(where / f"{n}.pem", 0o644)
    pair = "reader_certificate = {0}/{1}.pem\nreader_key = {0}/{2}.key"
    try:
        for key, says in (("a", None), ("b", f"{where}/b.key: is not the key of {where}/a.pem")):
            conf.write_text(re.sub(r"(?m)^reader_secret_file.*$", pair.format(where, "a", key),
                                   text))
            if says is None:
                assert run("guestpassd", "--check").returncode == 0
            else:
                assert says in findings()
        (where / "a.pem").write_text("rubbish\n")
        assert f"{where}/a.pem: no certificate in PEM" in findings()
    finally:
        conf.write_text(text)
        for n in names:
            (where / f"{n}.key").unlink()
            (where / f"{n}.pem").unlink()


@contextlib.contextmanager
def line_in(path, line):
    """One line more in a file of local accounts, which is replaced as useradd does it."""
    def replace(text):
        new = path.with_name(path.name + ".e2e")
        new.write_text(text)
        os.chmod(new, 0o644)
        os.rename(new, path)
    kept = path.read_text()
    replace(f"{kept}{line}\n")
    try:
        yield
    finally:
        replace(kept)


def status():
    return json.loads(run("guestpass", "status", "--json", check=False).stdout)


def read_again(host, wanted, what):
    """The reload makes the daemon read the groups at once; WANTED(status) becomes true."""
    host.daemon.send_signal(signal.SIGHUP)
    return until(lambda: (s := status()) and s["tenant"]["reachable"] and wanted(s) and s, 30, lambda: f"{what}: {status()}")


def reason(s, mail):
    return next((q["reason"] for q in s["quarantined"] if q["mail"] == mail), None)


def all_well(s):
    return reason(s, GRACE) is None and s["sync"]["published"]


def test_a_local_account_keeps_out_its_guest_only(host):
    until(lambda: all_well(status()), 30, lambda: f"all is published: {status()}")
    try:
        with line_in(PASSWD, f"{GRACE}:x:3001:3001::/home/grace:/bin/sh"):
            s = read_again(host, lambda s: reason(s, GRACE) and s["sync"]["published"], "Grace is in quarantine")
            assert reason(s, GRACE) == "local-account"
            assert s["health"] == "ok", s
            assert host.knows(ADA)
            assert not host.knows(GRACE)
    finally:
        read_again(host, all_well, "Grace is back")
    assert host.knows(GRACE)


def test_a_local_group_in_the_way_is_named(host):
    until(lambda: all_well(status()), 30, lambda: f"all is published: {status()}")
    try:
        with line_in(GROUP, "gp-guests:x:3002:"):
            s = read_again(host, lambda s: s["sync"]["publish_status"] != "ok", "the group is in the way")
            assert s["sync"]["publish_status"] == "conflict"
            assert "gp-guests" in s["sync"]["publish_error"]
            assert s["health"] == "degraded"
            assert any(p.startswith("the directory could not be published: ") for p in s["problems"])
            # What was published before keeps resolving.
            assert host.knows(ADA)
    finally:
        read_again(host, all_well, "the way is free")
