# SPDX-License-Identifier: Apache-2.0
"""`guestpass number`: the list, a new installation that takes the old one's numbers over, and ranges of others."""

import json
import signal
import time
from pathlib import Path

import pytest

from support.guest import ADA, log_in
from support.host import run
from support.waiting import until

STATE, RUN, DURABLE = Path("/var/lib/guestpass"), Path("/run/guestpass"), Path("/var/lib/guestpass-published")


def number(*args, **kw):
    return run("guestpass", "number", *args, check=False, **kw)


def test_the_list(host):
    table = number("list").stdout.splitlines()
    assert table[0].split() == ["NUMBER", "NAME", "STATE", "KNOWN", "SINCE", "OBJECT", "ID"]
    assert any(host.passwd(ADA)[2] in line and ADA in line and "present" in line for line in table)
    listed = json.loads(number("list", "--json").stdout)
    assert {n["name"]: str(n["uid"]) for n in listed["numbers"]}[ADA] == host.passwd(ADA)[2]
    assert number().returncode == 64 and "usage: guestpass number" in number("lisst").stderr


def forget_everything():
    for file in (*STATE.glob("guests.db*"), DURABLE / "directory", RUN / "directory"):
        file.unlink(missing_ok=True)


@pytest.fixture
def exported(host):
    text = number("export").stdout
    assert text.startswith("tenant ")
    [ada] = [line for line in text.splitlines() if f" {ADA} " in line]
    return text, ada


def test_a_new_installation_takes_numbers_over(host, tenant, exported):
    text, ada = exported
    _, oid, uid, name, _, left, created = ada.split()
    other = str(int(uid) + 1)
    file = host.work / "numbers"
    since = int(time.time()) - 20 * 86400  # recent enough for a pass
    file.write_text(text.replace(ada, f"guest {oid} {other} {name} {since} {left} {created}"))
    host.stop_daemon()
    forget_everything()
    tenant.control("PUT", "/sky/graph", {"port": "closed"})
    try:
        host.start_daemon(guest=None)
        until(lambda: number("list").returncode == 0, 20, "the daemon answers")
        nameless = host.work / "nameless"
        nameless.write_text("# of nobody\n" + ada + "\n")
        done = number("import", nameless)
        assert done.returncode == 2 and "whose numbers are these" in done.stderr, done
        done = number("import", str(file))
        assert done.returncode == 0 and "numbers taken over" in done.stdout, done
        # The list is what is kept, whether or not the tenant can be read.
        assert f" {other} {name} " in number("export").stdout
    finally:
        tenant.control("PUT", "/sky/graph", {})
    until(lambda: host.welcomes(ADA), 60, "Ada is known again")
    assert host.passwd(ADA)[2] == other
    assert json.loads(run("guestpass", "show", "--json", ADA).stdout)["guest"]["first_seen"] == since
    run("chown", "-R", other, f"/home/guests/{ADA}", check=False)
    with log_in(host, tenant, ADA, "id -u") as t:
        t.expect(other)
        assert t.end() == 0


def test_a_wrong_file_changes_nothing(host, exported):
    text, ada = exported
    file = host.work / "wrong-numbers"
    before = number("export").stdout
    for wrong, says in ((ada.replace(ada.split()[2], "4711"), "ids.conf does not permit the number 4711"),
                        ("guest x", "none of"), (ada.replace(ada.split()[2], str(int(ada.split()[2]) + 7)), "already")):
        file.write_text(text + wrong + "\n")
        done = number("import", file)
        assert done.returncode == 2 and says in done.stderr, done
        assert f"{file}:{len(text.splitlines()) + 1}: " in done.stderr
        assert number("export").stdout == before
    assert number("import", "/nonexistent").returncode == 3
    done = number("set", ADA, "2000999999")
    assert done.returncode == 2 and "already" in done.stderr


def test_ranges_of_others_are_told(host):
    assert number("check").returncode == 0
    subuid = Path("/etc/subuid")
    kept = subuid.read_text() if subuid.exists() else ""
    subuid.write_text(kept + "localadm:2000700000:65536\n")
    try:
        found = number("check")
        assert found.returncode == 1 and "/etc/subuid:" in found.stdout and "2000700000-2000765535" in found.stdout
        assert "2000700000-2000765535" in run("guestpassd", "--check", check=False).stderr
    finally:
        subuid.write_text(kept)


def test_a_lost_database_is_put_right_by_roots_word(host, tenant):
    """Her number is not the one of her hash, so nobody but root can say that it is still hers."""
    def says():
        return run("guestpass", "status", check=False).stdout
    uid = host.passwd(ADA)[2]
    assert number("hold-published").returncode == 2
    host.stop_daemon(signal.SIGKILL)
    for file in STATE.glob("guests.db*"):
        file.unlink()
    host.start_daemon(guest=None)
    until(lambda: "allocation-stopped" in says(), 30, "status says so")
    assert host.passwd(ADA)[2] == uid
    assert number("hold-published").returncode == 0
    assert f"{uid} {ADA}" in " ".join(number("list").stdout.split())
    until(lambda: "number-reserved" in says(), 30, "she waits for root's word")
    assert number("set", ADA, uid).returncode == 0
    until(lambda: host.welcomes(ADA), 30, "she is back")
    assert host.passwd(ADA)[2] == uid
    until(lambda: host.status().get("health") == "ok", 30, lambda: str(host.status()))
