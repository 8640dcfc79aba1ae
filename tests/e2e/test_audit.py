# SPDX-License-Identifier: Apache-2.0
"""The chain of the audit, with the real daemon: through logins, a rotation, restarts and kills it is whole, and
whatever somebody does to it is found where it was done."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from support.guest import ADA, GRACE, log_in, prompted, sign_in
from support.host import AUDIT, run
from support.waiting import until

HEAD = AUDIT.with_name(AUDIT.name + ".head")
CONFIG = Path("/etc/guestpass/guestpass.conf")


def verify(*arguments, code=0):
    done = run("guestpass", "audit", "verify", *arguments, check=False)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout


def found(*arguments):
    return json.loads(verify("--json", *arguments, code=2))["findings"]


def state():
    return json.loads(verify("--json"))


def works(host, tenant, name=ADA):
    with log_in(host, tenant, name, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0
    return until(lambda: host.audit()[-1]["event"] == "session-close", 10, "the session's end is recorded")


@pytest.fixture
def kept(host, tmp_path):
    """The files of the audit as they were, while a test spoils them; nobody writes meanwhile."""
    host.stop_daemon()
    whole = verify()
    for path in AUDIT.parent.glob(AUDIT.name + "*"):
        shutil.copy2(path, tmp_path)
    yield tmp_path
    for path in AUDIT.parent.glob(AUDIT.name + "*"):
        path.unlink()
    for path in tmp_path.glob(AUDIT.name + "*"):
        shutil.copy2(path, AUDIT.parent)
        shutil.chown(AUDIT.parent / path.name, "guestpass", "guestpass")
    assert verify() == whole
    host.start_daemon()
    assert not host.status()["audit"]["broken"]


def test_logins_make_a_whole_chain(host, tenant):
    works(host, tenant)
    before = state()
    with prompted(host, GRACE, "true") as (t, code):
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        t.end()
    assert host.audit_after(0, event="sign-in", verdict="refused", name=GRACE)
    works(host, tenant)
    after = state()
    assert after["whole"] and after["findings"] == [] and after["first"] == 1
    assert after["seq"] == after["records"] == len(host.audit()) > before["seq"]
    told = host.status()["audit"]
    assert (told["seq"], told["head"], told["broken"]) == (after["seq"], after["head"], False)
    # A head of then is in the chain of now.
    verify("--head", before["head"])
    verify("--head", f"{before['seq']}:{before['head']}")
    assert found("--head", f"{before['seq']}:{after['head']}")[0]["what"] == "rewritten"
    verify("--head", "nonsense", code=64)
    verify("/nonexistent", code=3)
    assert f"{after['records']} records, seq 1 to {after['seq']}, head {after['head']}\n" in verify()


def test_what_is_no_decision_is_recorded(host, tenant):
    records = host.audit()
    enrolled = {r["name"]: r for r in records if r["event"] == "enrolled"}
    assert enrolled[ADA]["by"] == "guestpassd" and enrolled[ADA]["uid"] > 0 and enrolled[ADA]["oid"]
    set_aside = {(q["oid"], q["reason"]) for q in host.status()["quarantined"]}
    assert set_aside and set_aside <= {(r["oid"], r["reason"]) for r in records if r["event"] == "quarantined"}
    first = [r for r in records if r["event"] == "first-login" and r["name"] == ADA]
    admitted = [r for r in records if r["event"] == "sign-in" and r["verdict"] == "admitted" and r["name"] == ADA]
    assert [r["decision"] for r in first] == [admitted[0]["decision"]]
    assert records[0]["event"] == "configuration-changed" and records[0]["by"] == "guestpassd"


def test_configuration_changes_are_recorded(host):
    text = CONFIG.read_text()
    count = len(host.audit())
    try:
        CONFIG.write_text(text + "# another\n")
        host.signal_daemon(signal.SIGHUP)
        changed = host.audit_after(count, event="configuration-changed")
        assert changed["by"].startswith("uid=0 loginuid=") and changed["detail"].startswith("sha256=")
        count = len(host.audit())
    finally:
        CONFIG.write_text(text)
    # Also while no daemon runs; and the same one again is no change.
    host.restart_daemon()
    back = host.audit_after(count, event="configuration-changed")
    assert back["by"] == "guestpassd" and back["detail"] != changed["detail"]
    count = len(host.audit())
    host.restart_daemon()
    assert not [r for r in host.audit()[count:] if r["event"] == "configuration-changed"]
    verify()


def test_root_is_named(host):
    count = len(host.audit())
    numbers = host.work / "numbers"
    numbers.write_text(run("guestpass", "number", "export").stdout)
    run("guestpass", "number", "import", numbers)
    record = host.audit_after(count, event="numbers-imported")
    assert record["by"].startswith("uid=0 loginuid=") and " session=" in record["by"]
    # Everything was known.
    assert record["detail"] == "count=0"


def test_rotation_keeps_the_chain(host, tenant):
    works(host, tenant)
    before = state()
    rotated = AUDIT.with_name(AUDIT.name + "-20261126")
    AUDIT.rename(rotated)
    try:
        works(host, tenant)
        assert host.audit()[0]["seq"] == before["seq"] + 1 and host.audit()[0]["prev"] == before["head"]
        assert state()["first"] == 1
        # Stopped just when it was rotated again: no file, or an empty one.
        again = AUDIT.with_name(AUDIT.name + "-20261127")
        AUDIT.rename(again)
        host.restart_daemon()
        host.stop_daemon(signal.SIGKILL)
        host.start_daemon()
        assert not host.status()["audit"]["broken"]
        works(host, tenant)
        now = state()
        assert now["whole"] and now["first"] == 1
        # Retention took the oldest away; what is left still has the head of its end.
        aside = host.work / "oldest"
        shutil.move(rotated, aside)
        left = json.loads(verify("--json", "--head", before["head"]))
        assert left["whole"] and left["first"] == before["seq"] + 1
        verify(str(aside), str(again), str(AUDIT))
        shutil.move(aside, rotated)
    finally:
        # One file again, as the other tests read it.
        host.stop_daemon()
        whole = b"".join(p.read_bytes() for p in sorted(AUDIT.parent.glob(AUDIT.name + "-*")))
        AUDIT.write_bytes(whole + (AUDIT.read_bytes() if AUDIT.exists() else b""))
        shutil.chown(AUDIT, "guestpass", "guestpass")
        os.chmod(AUDIT, 0o640)
        for path in AUDIT.parent.glob(AUDIT.name + "-*"):
            path.unlink()
        host.start_daemon()
    assert not host.status()["audit"]["broken"]
    assert state()["first"] == 1


def test_killed_daemon_leaves_a_whole_chain(host, tenant):
    for _ in range(3):
        with prompted(host, ADA, "true"):
            host.stop_daemon(signal.SIGKILL)
        host.start_daemon()
        assert not host.status()["audit"]["broken"]
        works(host, tenant)
        assert state()["whole"]


def test_a_changed_byte_is_found_where_it_is(host, tenant, kept):
    lines = AUDIT.read_bytes().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines[:-1]) if b'"verdict":"refused"' in line)
    lines[at] = lines[at].replace(b'"verdict":"refused"', b'"verdict":"refusEd"')
    AUDIT.write_bytes(b"".join(lines))
    assert f"{AUDIT}:{at + 1}: changed: " in verify(code=2)
    [one] = found()
    assert (one["file"], one["line"], one["what"]) == (str(AUDIT), at + 1, "changed")
    # The last record has none after it: the kept head shows it.
    lines = (kept / AUDIT.name).read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b'"time":"2', b'"time":"3')
    AUDIT.write_bytes(b"".join(lines))
    [one] = found()
    assert (one["line"], one["what"]) == (len(lines), "rewritten")


def test_a_dropped_record_is_found_where_it_was(host, tenant, kept):
    lines = AUDIT.read_bytes().splitlines(keepends=True)
    at = len(lines) // 2
    AUDIT.write_bytes(b"".join(lines[:at] + lines[at + 1:]))
    [one] = found()
    assert (one["line"], one["what"], one["count"]) == (at + 1, "dropped", 1)


def test_a_cut_tail_is_found_at_once_and_at_the_next_start(host, tenant, kept):
    lines = AUDIT.read_bytes().splitlines(keepends=True)
    head = json.loads(lines[-1])["prev"]
    AUDIT.write_bytes(b"".join(lines[:-2]))
    [one] = found()
    assert (one["line"], one["what"], one["count"]) == (len(lines) - 2, "cut", 2)
    # Whoever cuts it takes the kept head along; one that is kept elsewhere shows it.
    HEAD.rename(HEAD.with_name("aside"))
    verify()
    [one] = found("--head", head)
    assert one["what"] == "rewritten"
    HEAD.with_name("aside").rename(HEAD)
    host.start_daemon()
    told = host.status()
    assert told["audit"]["broken"] and told["health"] == "degraded"
    assert host.log_lines("audit-chain-broken why=records-missing")
    broken = host.audit_after(len(lines) - 2, event="audit-chain-broken")
    assert "why=records-missing" in broken["detail"]
    # The gap stays to be seen, whatever is written after it.
    [one] = found()
    assert (one["line"], one["what"], one["count"]) == (len(lines) - 1, "dropped", 2)
    host.stop_daemon()


def test_a_rewritten_chain_is_found_by_a_head_from_elsewhere(host, tenant, kept):
    before = state()
    AUDIT.unlink()
    HEAD.unlink()
    host.start_daemon()
    works(host, tenant)
    assert state()["whole"]
    [one] = found("--head", f"{before['seq']}:{before['head']}")
    assert one["what"] in ("cut", "rewritten")
    host.stop_daemon()
