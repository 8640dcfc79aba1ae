# SPDX-License-Identifier: Apache-2.0
"""Each refusal as a partner engineer reads it on the terminal, and as the audit keeps it."""

import contextlib
import os
from pathlib import Path

import pytest

from support.guest import (ADA, GENERIC, GRACE, PASSWORDS, checks, log_in, prompted, refused, refused_after_proof,
                           refused_before_code, sign_in, wait_for_code)
from support.host import run
from support.waiting import until

@contextlib.contextmanager
def guest_changed(tenant, ref, now, back):
    tenant.control("PATCH", f"/guests/{ref}", now)
    try:
        yield
    finally:
        tenant.control("PATCH", f"/guests/{ref}", back)


def test_another_person_completes_the_sign_in(host, tenant):
    record = refused_after_proof(host, tenant, ADA, "not the guest whose name you gave", as_person=GRACE)
    assert record["reason"] == "oid-differs"
    assert record["proved_oid"] != record["oid"]
    assert checks(record)["binding"] == "no"
    assert checks(record)["tier-open"] == "yes"


def test_pending_guest_is_sent_to_the_invitation(host):
    record = refused_before_code(host, "pat@fabrikam.example", "invitation has not been accepted")
    assert record["reason"] == "guest-pending"


def test_disabled_guest_learns_nothing_before_proof(host):
    record = refused_before_code(host, "dora@fabrikam.example", GENERIC)
    assert record["reason"] == "guest-disabled"


def test_guest_disabled_since_the_last_read(host, tenant):
    # The page would refuse too: the change comes between the browser and the host's own look.
    with prompted(host, ADA, "true") as (t, code):
        with guest_changed(tenant, ADA, {"accountEnabled": False}, {"accountEnabled": True}):
            tenant.control("POST", f"/signins/{code}/approve", {"as": ADA, "force": True})
            t.line()
            refused(t, "guest account is disabled")


def test_guest_removed_from_the_group(host, tenant):
    group, nested = "SSH prod partners", "SSH prod partners: Northwind"
    for one in (group, nested):
        tenant.control("DELETE", f"/groups/{one}/members/{ADA}")
    try:
        with prompted(host, ADA, "true") as (t, code):
            tenant.control("POST", f"/signins/{code}/approve", {"as": ADA, "force": True})
            t.line()
            refused(t, "in no group that may enter")
    finally:
        for one in (group, nested):
            tenant.control("PUT", f"/groups/{one}/members/{ADA}")


def test_deleted_guest(host, tenant):
    with prompted(host, GRACE, "true") as (t, code):
        tenant.control("POST", f"/signins/{code}/approve", {"as": GRACE, "force": True})
        tenant.control("POST", "/weather", {"host": "graph", "path": "/v1.0/users/*", "status": 404, "times": 2,
                                            "body": {"error": {"code": "Request_ResourceNotFound", "message": "x"}}})
        t.line()
        refused(t, "no longer exists")
    tenant.control("DELETE", "/weather")


def test_home_that_is_not_allowed(host, tenant):
    record = refused_after_proof(host, tenant, "dana@mailonly.example", "does not admit guests of your home")
    assert record["reason"] == "home-not-allowed"
    assert record["home"] == "mail"


@pytest.mark.parametrize("name", ["mia@contoso.example", "olga@northwind.example", "fiona@fabrikam.example",
                                  "evan@fabrikam.example"])
def test_who_is_no_guest_of_the_tier_does_not_exist(host, name):
    assert not host.knows(name)
    with host.ssh(name, "true", options=["PreferredAuthentications=keyboard-interactive"]) as t:
        t.expect("[Pp]assword:")
        t.line("anything")
        assert t.end() == 255
        assert "Guest sign-in" not in t.text


def test_cancelled_in_the_browser(host, tenant):
    with prompted(host, ADA, "true") as (t, code):
        assert sign_in(tenant, code, ADA, confirm=False).outcome == "declined"
        t.line()
        refused(t, "cancelled in the browser")


def test_code_expires(host, tenant):
    with prompted(host, ADA, "true") as (t, code):
        tenant.control("POST", f"/signins/{code}/expire")
        t.line()
        refused(t, "time to sign in ran out", "block page")


def test_password_method_is_refused_with_the_way_out(host):
    # Only where the administrator did not take over the shipped sshd snippet.
    config = host.work / "sshd_without_snippet.conf"
    config.write_text("UsePAM yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\n"
                      "Subsystem sftp internal-sftp\n")
    port = host.port
    host.start_sshd("-f", str(config))
    count = len(host.audit())
    try:
        with host.ssh(ADA, "true", options=["PreferredAuthentications=password"]) as t:
            t.expect("password:")
            t.line("my-home-password-7")
            assert t.end() == 255
    finally:
        host.stop_sshd()
        host.port = port
    record = host.audit_after(count, event="sign-in", name=ADA)
    assert record["reason"] == "password-method"
    for file in (host.daemon_log, Path("/var/log/guestpass/audit.jsonl")):
        assert "my-home-password-7" not in file.read_text()


@pytest.fixture
def key_of_ada(host, tenant):
    """A key in Ada's home, and an sshd that would take it."""
    with log_in(host, tenant, ADA, "mkdir -m 700 -p ~/.ssh && echo ready") as t:
        t.expect("ready")
        assert t.end() == 0
    key = host.work / "ada.key"
    if not key.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    uid, gid = (int(run("id", flag, ADA).stdout) for flag in ("-u", "-g"))
    keys = Path(f"/home/guests/{ADA}/.ssh/authorized_keys")
    keys.write_text(key.with_suffix(".key.pub").read_text())
    os.chown(keys, uid, gid)
    os.chmod(keys, 0o600)
    config = host.work / "sshd_with_keys.conf"
    config.write_text("UsePAM yes\nKbdInteractiveAuthentication yes\nPubkeyAuthentication yes\n"
                      "Subsystem sftp internal-sftp\n")
    port = host.port
    host.start_sshd("-f", str(config))
    yield ["PubkeyAuthentication=yes", "PreferredAuthentications=publickey", f"IdentityFile={key}",
           "IdentitiesOnly=yes"]
    host.stop_sshd()
    host.port = port
    keys.unlink()


def test_key_opens_nothing_even_beside_a_fresh_sign_in(host, tenant, key_of_ada):
    with log_in(host, tenant, ADA, "echo in; cat") as session:
        session.expect("\nin\r")
        count = len(host.audit())
        with host.ssh(ADA, "echo never", options=key_of_ada) as t:
            assert t.end() == 255
            assert "\nnever" not in t.text
            assert "no completed sign-in" in t.text
        record = host.audit_after(count, event="account", name=ADA)
        assert (record["verdict"], record["reason"]) == ("refused", "no-sign-in")
        session.write("\x04")
        session.end()


def test_key_login_with_the_shipped_snippet(host, key_of_ada):
    config = host.work / "sshd_snippet.conf"
    config.write_text("Include /etc/ssh/sshd_config.d/*.conf\n")
    port = host.port
    host.start_sshd("-f", str(config))
    try:
        with host.ssh(ADA, "echo never", options=key_of_ada) as t:
            assert t.end() == 255
            assert "Permission denied" in t.text
    finally:
        host.stop_sshd()
        host.port = port


def test_cron_su_and_sudo_are_closed_to_guests(host):
    cron = run("pamtester", "cron", ADA, "acct_mgmt", check=False)
    assert cron.returncode != 0
    uid, gid = (int(run("id", flag, ADA).stdout) for flag in ("-u", "-g"))
    as_ada = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    for argv in (["su", "-", "root", "-c", "id"], ["sudo", "-n", "id"]):
        done = run(*as_ada, *argv, check=False)
        assert done.returncode != 0
        assert "uid=0" not in done.stdout


def test_root_may_become_a_guest(host):
    done = run("su", "-", ADA, "-c", "id -un")
    assert done.stdout.strip() == ADA


def test_strangers_hear_the_same_of_every_guest_who_may_not(host):
    texts = []
    for name in ("dora@fabrikam.example",):
        with host.ssh(name, "true") as t:
            t.end()
            texts.append(t.text)
    assert all("disabled" not in text for text in texts)


def test_guest_without_a_terminal_comes_to_an_end(host):
    count = len(host.audit())
    argv = ["setsid", "ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-p", str(host.port), "-l", ADA, "127.0.0.1", "true"]
    done = run(*argv, check=False, timeout=150)
    assert done.returncode == 255
    record = host.audit_after(count, event="sign-in", name=ADA)
    assert record["reason"] == "nobody-there"


def test_a_client_that_vanishes_ends_the_polling(host, tenant):
    count = len(host.audit())
    with prompted(host, ADA, "true") as (t, code):
        t.child.kill(9)
    record = host.audit_after(count, event="sign-in", name=ADA)
    assert (record["verdict"], record["reason"]) == ("abandoned", "client-gone")
    polls = tenant.control("GET", f"/signins/{code}")["polls"]
    # Two intervals later nobody has asked again: waited out on a second login's own polls.
    with prompted(host, ADA, "true") as (_, other):
        until(lambda: tenant.control("GET", f"/signins/{other}")["polls"] >= 2, 30, "the other sign-in polls twice")
    assert tenant.control("GET", f"/signins/{code}")["polls"] == polls
    assert PASSWORDS[ADA] not in host.daemon_log.read_text()


def test_a_fourth_code_ends_the_sources_oldest(host):
    with contextlib.ExitStack() as stack:
        terminals = []
        for _ in range(3):
            terminals.append(stack.enter_context(host.ssh(ADA, "true")))
            wait_for_code(terminals[-1])
        newest = stack.enter_context(host.ssh(ADA, "true"))
        wait_for_code(newest)
        terminals[0].line()
        refused(terminals[0], "newer ones were started")
