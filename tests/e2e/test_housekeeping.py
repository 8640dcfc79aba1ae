# SPDX-License-Identifier: Apache-2.0
"""What an administrator is told: --check before the daemon starts, and local accounts in the way."""

import contextlib
import json
import os
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
    return until(lambda: (s := status()) and wanted(s) and s, 30, lambda: f"{what}: {status()}")


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
