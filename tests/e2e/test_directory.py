# SPDX-License-Identifier: Apache-2.0
"""Who exists on this host, under which name and number, while people come, go, and change in Entra."""

import contextlib
import json
import os
import pwd
import signal
from pathlib import Path

import pytest

from support.guest import ADA, GRACE, PASSWORDS, log_in, refused, sign_in, wait_for_code
from support.host import run
from support.waiting import until

GROUP = "SSH prod partners"
NESTED = "SSH prod partners: Northwind"
NESTED_ID = "67000000-0002-4e00-8e00-000000000002"
ZOE = "zoe@fabrikam.example"
PASSWORDS[ZOE] = "topology-1977"
LINUS = "linus@northwind.example"


def sync(*options):
    return run("guestpass", "sync", *options, check=False)


def synced(wanted, what, *options):
    """Reads changes until WANTED(): Graph's lists lag behind."""
    until(lambda: sync(*options).returncode == 0 and wanted(), 40, what, step_s=0.5)


def show(name):
    told = run("guestpass", "show", "--json", name, check=False)
    return json.loads(told.stdout).get("guest")


def make_zoe(tenant):
    about = {"mail": ZOE, "companyName": "Fabrikam"}
    try:
        tenant.control("POST", "/guests", {**about, "password": PASSWORDS[ZOE]})
    except AssertionError:  # her account at home is there already
        tenant.control("POST", "/guests", about)
    tenant.control("PUT", f"/groups/{GROUP}/members/{ZOE}")


@contextlib.contextmanager
def newcomer(host, tenant, mail):
    """A guest is here for a while; then he is gone from Entra for good. His name stays his, so each has another."""
    tenant.control("POST", "/guests", {"mail": mail, "companyName": "Fabrikam"})
    tenant.control("PUT", f"/groups/{GROUP}/members/{mail}")
    try:
        synced(lambda: host.welcomes(mail), "he is known")
        yield
    finally:
        oid = tenant.control("GET", f"/guests/{mail}")["id"]
        tenant.control("DELETE", f"/guests/{oid}")
        tenant.control("POST", f"/guests/{oid}/purge")
        synced(lambda: not host.welcomes(mail), "he has left")


@pytest.fixture(scope="module", autouse=True)
def directory(host, tenant):
    """The nested group is also a group of this host, and Graph's lists are up to date."""
    lags = {name: tenant.control("GET", "/switches")[name]["value"] for name in ("delta_lag", "index_lag")}
    tenant.control("PATCH", "/switches", dict.fromkeys(lags, 0))
    host.configure(tenant.ready_file, f"group gp-northwind.entra_group={NESTED_ID}")
    host.daemon.send_signal(signal.SIGHUP)
    until(lambda: run("getent", "group", "gp-northwind", check=False).returncode == 0, 30, "the group is published")
    yield
    tenant.control("PATCH", "/switches", lags)
    host.configure(tenant.ready_file)
    host.daemon.send_signal(signal.SIGHUP)
    until(lambda: run("getent", "group", "gp-northwind", check=False).returncode != 0, 30, "the group is gone")


def shadow_day(name):
    return run("getent", "-s", "guestpass", "shadow", name).stdout.strip().split(":")[7]


def test_who_leaves_keeps_name_and_number(host, tenant):
    make_zoe(tenant)
    synced(lambda: host.welcomes(ZOE), "Zoe is known")
    number = host.passwd(ZOE)[2]
    expiry = shadow_day(ZOE)  # by max_stay
    file = host.work / "of-zoe"
    file.write_text("hers")
    os.chown(file, int(number), -1)
    tenant.control("DELETE", f"/groups/{GROUP}/members/{ZOE}")
    synced(lambda: not host.welcomes(ZOE), "Zoe has left")
    assert host.passwd(ZOE)[2] == number and host.passwd(ZOE)[6].endswith("nologin")
    assert 20000 < int(shadow_day(ZOE)) < int(expiry)
    assert ZOE in run("ls", "-l", file).stdout
    assert show(ZOE)["state"] == "departed"
    with host.ssh(ZOE, "true") as t:
        refused_by_the_door(t, tenant)
    tenant.control("PUT", f"/groups/{GROUP}/members/{ZOE}")
    synced(lambda: host.welcomes(ZOE), "Zoe is back")
    assert host.passwd(ZOE)[2] == number and shadow_day(ZOE) == expiry
    with log_in(host, tenant, ZOE, "id -u") as t:
        t.expect(number)
        assert t.end() == 0
    assert show(ZOE)["last_sign_in"] > 0
    # Another address at home moves nothing.
    tenant.control("PATCH", f"/guests/{ZOE}", {"mail": "zoe.new@fabrikam.example"})
    synced(lambda: show(ZOE)["mail"] == "zoe.new@fabrikam.example", "the new address is known")
    assert host.passwd(ZOE)[2] == number and host.passwd("zoe.new@fabrikam.example") is None
    oid = show(ZOE)["oid"]
    tenant.control("DELETE", f"/guests/{oid}")
    synced(lambda: show(ZOE)["state"] == "deleted", "Zoe is deleted")
    tenant.control("POST", f"/guests/{oid}/restore")
    synced(lambda: show(ZOE)["state"] == "active", "Zoe is restored")
    tenant.control("DELETE", f"/guests/{oid}")
    tenant.control("POST", f"/guests/{oid}/purge")
    synced(lambda: not host.welcomes(ZOE), "Zoe has left")


def refused_by_the_door(terminal, tenant, name=ZOE):
    """Whoever left may be back since the last read, so that Entra is asked: there he is still out."""
    sign_in(tenant, wait_for_code(terminal), name)
    terminal.line()
    refused(terminal)


def test_a_name_passes_on_by_an_administrators_word_only(host, tenant):
    """Deleted and invited again under the same address: another person, whatever the address says."""
    old_oid = show(ZOE)["oid"]
    old_number = host.passwd(ZOE)[2]
    home = Path(host.passwd(ZOE)[5])
    assert home.stat().st_uid == int(old_number)  # from the login above
    make_zoe(tenant)
    new_oid = tenant.control("GET", f"/guests/{ZOE}")["id"]
    assert new_oid != old_oid
    synced(lambda: (show(new_oid) or {}).get("quarantine") == "name-departed", "the newcomer waits")
    assert host.passwd(ZOE)[2] == old_number and not host.welcomes(ZOE)
    assert run("guestpass", "confirm", f"--replaces={new_oid}", ZOE, check=False).returncode == 2
    bare = run("guestpass", "confirm", ZOE, check=False)
    assert bare.returncode == 2 and "--replaces" in bare.stderr
    told = run("guestpass", "confirm", f"--replaces={old_oid}", ZOE)
    assert f"{ZOE}~1" in told.stdout
    until(lambda: host.welcomes(ZOE), 30, "the newcomer is published")
    number = host.passwd(ZOE)[2]
    assert number != old_number
    old = host.passwd(f"{ZOE}~1")
    assert old[2] == old_number and old[6].endswith("nologin")
    assert old[5] == f"{home}~1" and Path(old[5]).stat().st_uid == int(old_number)
    assert pwd.getpwuid(int(old_number)).pw_name == f"{ZOE}~1"
    with log_in(host, tenant, ZOE, "id -u; stat -c %u ~") as t:
        t.expect(f"{number}\r\n{number}")
        assert t.end() == 0
    # Somebody else's home is nobody's to log in with.
    os.chown(home, int(old_number), -1)
    terminal = log_in(host, tenant, ZOE, "echo inside")
    assert terminal.end() != 0
    assert "home directory on this host belongs to another number" in terminal.text
    assert "inside\r" not in terminal.text.replace("echo inside", "")
    os.chown(home, int(number), -1)
    tenant.control("DELETE", f"/guests/{new_oid}")
    tenant.control("POST", f"/guests/{new_oid}/purge")
    synced(lambda: not host.welcomes(ZOE), "Zoe has left")


def groups_of(name):
    return set(run("id", "-Gn", name).stdout.split())


def test_groups_of_entra_are_groups_of_the_host(host, tenant):
    assert groups_of(LINUS) == {"gp-guests", "gp-northwind"}
    assert groups_of(GRACE) == {"gp-guests"}
    members = run("getent", "group", "gp-northwind").stdout.strip().split(":")[3].split(",")
    assert LINUS in members and ADA in members and GRACE not in members
    tenant.control("PUT", f"/groups/{NESTED}/members/{GRACE}")
    try:
        synced(lambda: "gp-northwind" in groups_of(GRACE), "Grace is in the group")
    finally:
        tenant.control("DELETE", f"/groups/{NESTED}/members/{GRACE}")
    synced(lambda: "gp-northwind" not in groups_of(GRACE), "Grace is out of the group")


def test_a_local_account_takes_precedence_at_once(host):
    """Without a read: the file itself is watched."""
    passwd = Path("/etc/passwd")
    kept = passwd.read_text()
    before = host.passwd(GRACE)[2]
    new = passwd.with_name("passwd.e2e")

    def write(text):
        new.write_text(text)
        new.chmod(0o644)
        new.rename(passwd)
    try:
        write(kept + f"{GRACE}:x:3001:3001::/home/grace:/bin/sh\n")
        until(lambda: host.passwd(GRACE) is None, 20, "Grace is in quarantine")
        assert show(GRACE)["quarantine"] == "local-account"
        assert pwd.getpwnam(GRACE).pw_uid == 3001
    finally:
        write(kept)
    until(lambda: host.welcomes(GRACE), 20, "Grace is back")
    assert host.passwd(GRACE)[2] == before


def test_too_many_removals_are_held(host, tenant):
    guests = host.status()["sync"]["guests"]
    out = [ADA, GRACE, LINUS, "dora@fabrikam.example", "eska@fabrikam.example"]
    members = {mail: [g for g in (GROUP, NESTED) if mail in (LINUS, ADA) or g == GROUP] for mail in out}
    try:
        for mail in out:
            for group in members[mail]:
                tenant.control("DELETE", f"/groups/{group}/members/{mail}")
        until(lambda: sync("--full").returncode == 1, 40, "the read is held", step_s=1)
        told = host.status()
        assert told["health"] == "degraded" and any("--accept" in p for p in told["problems"]), told
        assert host.welcomes(GRACE)
        # At the door she is refused all the same: Entra is asked afresh.
        with host.ssh(GRACE, "true") as t:
            refused_by_the_door(t, tenant, GRACE)
        assert sync("--accept").returncode == 0
        until(lambda: not host.welcomes(GRACE), 20, "the removal is published")
        assert host.status()["sync"]["guests"] < guests
    finally:
        for mail in out:
            for group in members[mail]:
                tenant.control("PUT", f"/groups/{group}/members/{mail}")
        synced(lambda: host.welcomes(GRACE) and host.welcomes(ADA), "all are back")
    until(lambda: host.status()["sync"]["guests"] == guests, 30, "everybody is back")


@pytest.mark.parametrize("how", ["reset", "restart"])
def test_links_that_are_worth_nothing_any_more(host, tenant, how):
    if how == "reset":
        tenant.control("POST", "/graph/delta-reset")
    else:
        host.restart_daemon()
    with newcomer(host, tenant, f"after-{how}@fabrikam.example"):
        assert host.welcomes(ADA)
    assert host.status()["health"] == "ok", host.status()


def test_names_answer_without_tenant_and_daemon(host, tenant):
    number = host.passwd(ADA)[2]
    file = host.work / "of-ada"
    file.write_text("hers")
    os.chown(file, int(number), -1)

    def answers():
        assert host.passwd(ADA)[2] == number
        assert run("id", "-u", ADA).stdout.strip() == number
        assert ADA in run("ls", "-l", file).stdout
        assert run("getent", "passwd", number).stdout.startswith(ADA)
    closed = {"port": "closed"}
    tenant.control("PUT", "/sky/graph", closed)
    tenant.control("PUT", "/sky/login", closed)
    try:
        answers()
        assert sync().returncode == 2
        host.stop_daemon(signal.SIGKILL)
        answers()
        host.start_daemon(guest=None)
        until(lambda: run("guestpass", "status", check=False).returncode in (1, 2), 20, "the daemon answers")
        # Who is who it knows from its store.
        assert show(ADA)["uid"] == int(number)
        answers()
    finally:
        tenant.control("PUT", "/sky/graph", {})
        tenant.control("PUT", "/sky/login", {})
    until(lambda: host.status().get("health") == "ok", 60, "all is well again")
    assert host.passwd(ADA)[2] == number


def test_enumeration_can_be_switched_off(host, tenant):
    assert ADA in run("getent", "-s", "guestpass", "passwd").stdout
    host.configure(tenant.ready_file, f"group gp-northwind.entra_group={NESTED_ID}", "guestpass.enumerate=no")
    host.daemon.send_signal(signal.SIGHUP)
    until(lambda: run("getent", "-s", "guestpass", "passwd", check=False).stdout == "", 30, "nobody is listed")
    assert run("getent", "-s", "guestpass", "group", check=False).stdout == ""
    assert host.welcomes(ADA) and groups_of(ADA) == {"gp-guests", "gp-northwind"}
    host.configure(tenant.ready_file, f"group gp-northwind.entra_group={NESTED_ID}")
    host.daemon.send_signal(signal.SIGHUP)
    until(lambda: ADA in run("getent", "-s", "guestpass", "passwd", check=False).stdout, 30, "guests are listed")


def test_the_list_of_guests(host):
    table = run("guestpass", "guests").stdout.splitlines()
    assert table[0].split()[:4] == ["NAME", "ORGANISATION", "STATE", "NUMBER"]
    line = next(one for one in table if one.startswith(ADA))
    assert host.passwd(ADA)[2] in line and "active" in line and "gp-northwind" in line
    listed = json.loads(run("guestpass", "guests", "--json").stdout)["guests"]
    assert {g["name"] for g in listed} >= {ADA, GRACE, LINUS}
    about = run("guestpass", "show", ADA).stdout
    assert "object id" in about and ("full read" in about or "changes" in about)
    nobody = run("guestpass", "show", "nobody@fabrikam.example", check=False)
    assert nobody.returncode == 2 and "no guest has this name" in nobody.stderr
