# SPDX-License-Identifier: Apache-2.0
"""Where the tier says key_valid, an SSH key opens the door for a while after a sign-in: judged anew each time, by what
Entra, the configuration and root say then. Where it does not, a key opens nothing (test_refusals.py)."""

import contextlib
import json
import os
from pathlib import Path

import pytest

from support.guest import ADA, GRACE, log_in, sign_in, wait_for_code
from support.host import run
from support.tier import tier
from test_weather import weather

SIGN_IN_FIRST = "only for a while after a sign-in at your organisation"
WITHOUT_KEY = "PubkeyAuthentication=no"


@pytest.fixture(scope="module", autouse=True)
def quick_tenant(tenant):
    tenant.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})


@pytest.fixture(scope="module")
def key(work):
    key = work / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    return key


def plant(name, key):
    uid, gid = (int(run("id", flag, name).stdout) for flag in ("-u", "-g"))
    ssh = Path(f"/home/guests/{name}/.ssh")
    ssh.mkdir(mode=0o700, exist_ok=True)
    (ssh / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    for path in (ssh, ssh / "authorized_keys"):
        os.chown(path, uid, gid)


@contextlib.contextmanager
def keys_for(host, tenant, valid, *changes):
    """The tier, and sshd's own file made from it, as an administrator makes them."""
    with tier(host, tenant, f"key_valid={valid}", *changes):
        config = host.work / "sshd_keys.conf"
        config.write_text("UsePAM yes\nKbdInteractiveAuthentication yes\nSubsystem sftp internal-sftp\n"
                          + run("guestpass", "sshd-config").stdout)
        port = host.port
        host.start_sshd("-f", str(config))
        try:
            yield
        finally:
            host.stop_sshd()
            host.port = port


def options(key):
    return ["PubkeyAuthentication=yes", "PreferredAuthentications=publickey", f"IdentityFile={key}", "IdentitiesOnly=yes"]


def signs_in(host, tenant, name, command="echo signed-in"):
    with log_in(host, tenant, name, command) as t:
        t.expect("\nsigned-in")
        assert t.end() == 0


def by_key(host, key, name=ADA):
    """(exit code, what was read, record of the account phase) of a login with nothing but the key."""
    count = len(host.audit())
    with host.ssh(name, "echo by-key", options=options(key)) as t:
        code = t.end()
        text = t.text
    return code, text, host.audit_after(count, event="account", name=name)


def refused_by(host, key, reason, *sentences, verdict="refused"):
    code, text, record = by_key(host, key)
    assert code == 255 and "\nby-key" not in text
    assert (record["verdict"], record["basis"]) == (verdict, "key"), record
    assert record["reason"] in ((reason,) if isinstance(reason, str) else reason), record
    for sentence in sentences:
        assert sentence in " ".join(text.split()), text
    return record


def enters_by(host, key):
    count = len(host.audit())
    code, text, record = by_key(host, key)
    assert code == 0 and "\nby-key" in text, text
    assert (record["verdict"], record["basis"]) == ("admitted", "key")
    check = next(check for check in record["checks"] if check["name"] == "sign-in")
    assert check["verdict"] == "yes" and "SSH key" in check["input"]
    # A login of its own: its id goes on to the session, and is nobody else's.
    opened = host.audit_after(count, event="session-open", name=ADA)
    assert opened["decision"] == record["decision"]
    host.audit_after(count, event="session-close", decision=record["decision"])
    return record


def test_a_key_opens_the_door_after_a_sign_in(host, tenant, key):
    with keys_for(host, tenant, "1h"):
        with log_in(host, tenant, ADA, "mkdir -p -m 700 .ssh; echo ready") as t:
            t.expect("ready")
            assert t.end() == 0
        signed_in = host.audit()[-1]["decision"]
        plant(ADA, key)
        first, second = enters_by(host, key), enters_by(host, key)
        assert len({signed_in, first["decision"], second["decision"]}) == 3
        # Another key is none of hers, and one of hers is nobody else's.
        other = host.work / "other_key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
        with host.ssh(ADA, "echo by-key", options=options(other)) as t:
            assert t.end() == 255 and "\nby-key" not in t.text
        with host.ssh(GRACE, "echo by-key", options=options(key)) as t:
            assert t.end() == 255 and "\nby-key" not in t.text


def test_each_login_by_key_is_judged_anew(host, tenant, key):
    with keys_for(host, tenant, "1h"):
        signs_in(host, tenant, ADA)
        plant(ADA, key)
        enters_by(host, key)
        run("guestpass", "revoke", "--reason", "an incident", ADA)
        refused_by(host, key, "revoked", "Your access to this host was ended")
        # Root's word is for whoever signs in next, and a key does not.
        run("guestpass", "confirm", ADA)
        refused_by(host, key, "key-too-old", WITHOUT_KEY)
        signs_in(host, tenant, ADA)
        enters_by(host, key)
        tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
        refused_by(host, key, "guest-disabled", "Your guest account is disabled")
        tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": True})
        enters_by(host, key)


def test_a_key_alone_opens_nothing(host, tenant, key):
    """Neither before a sign-in, nor when the last one is too long ago, nor while Entra cannot be asked."""
    with keys_for(host, tenant, "1h"):
        signs_in(host, tenant, ADA)
        plant(ADA, key)
        enters_by(host, key)
        # Who signed in lately is not written down: a new daemon wants a sign-in first.
        host.restart_daemon()
        refused_by(host, key, "no-sign-in", SIGN_IN_FIRST.replace(r"\.", "."), WITHOUT_KEY)
        # The way that the sentence names works beside the key.
        with host.ssh(ADA, "echo signed-in", options=["PubkeyAuthentication=no"]) as t:
            assert sign_in(tenant, wait_for_code(t), ADA).outcome == "done"
            t.line()
            t.expect("\nsigned-in")
            assert t.end() == 0
        enters_by(host, key)
        with weather(tenant, {"host": "graph", "path": "/v1.0/users/*", "status": 500}):
            refused_by(host, key, ("facts-not-read", "tenant-slow"), "could not be read right now", verdict="unavailable")
    with keys_for(host, tenant, "1s"):
        refused_by(host, key, "key-too-old", "too long ago for an SSH key", WITHOUT_KEY)
    # The configuration of now counts: no key, whatever sshd's file still says.
    with keys_for(host, tenant, "1h"):
        enters_by(host, key)
        with tier(host, tenant):
            code, text, record = by_key(host, key)
            assert code == 255 and "\nby-key" not in text
            assert (record["verdict"], record["reason"], record["basis"]) == ("refused", "no-sign-in", "none")


def test_a_key_to_an_account_that_became_another_persons(host, tenant, key):
    with keys_for(host, tenant, "1h"):
        run("guestpass", "confirm", ADA)
        signs_in(host, tenant, ADA)
        plant(ADA, key)
        enters_by(host, key)
        oid = json.loads(run("guestpass", "show", "--json", ADA).stdout)["guest"]["oid"]
        tenant.control("POST", f"/guests/{oid}/hand-over", {"mail": "evan@fabrikam.example"})
        try:
            refused_by(host, key, "redeemed-again", "accepted anew since you first came here")
            assert json.loads(run("guestpass", "show", "--json", ADA).stdout)["guest"]["standing"]["in_question"]
            refused_by(host, key, "person-in-question", "It is not certain any more whose account this is")
            # It is the other one's now, and the one who had it before does not enter by what she proved then.
            assert "authorized_keys" in run("guestpass", "confirm", ADA).stdout
            refused_by(host, key, "key-too-old", WITHOUT_KEY)
        finally:
            tenant.control("POST", f"/guests/{oid}/hand-over", {"mail": ADA})
            run("guestpass", "confirm", ADA)
