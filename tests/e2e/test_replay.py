# SPDX-License-Identifier: Apache-2.0
"""A stricter configuration before it is put in force: which of the logins that were would it refuse, and by what?"""

import json
import shutil
import time
from pathlib import Path

import pytest

from support.guest import ADA, GENERIC, log_in, refused_before_code
from support.host import AUDIT, run
from support.tier import tier

CONFIG = Path("/etc/guestpass/guestpass.conf")
NEW = CONFIG.with_name("new.conf")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def other_days():
    """Neither today nor tomorrow, whatever midnight does meanwhile."""
    near = {time.strftime("%a", time.gmtime(time.time() + more)) for more in (0, 86400)}
    return ",".join(day for day in DAYS if day not in near)


@pytest.fixture
def proposed():
    """Writes the configuration in force with more lines in [tier] to NEW."""
    def write(*lines):
        NEW.write_text(CONFIG.read_text().replace("[tier]\n", "[tier]\n" + "".join(f"{line}\n" for line in lines)))
        NEW.chmod(0o644)
        return NEW
    yield write
    NEW.unlink(missing_ok=True)


def replay(config, *options, code=0):
    done = run("guestpass", "replay", f"--config={config}", "--json", *options, check=False)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def of_login(told, decision):
    return [row for row in told["differing"] if row.get("decision") == decision]


def admitted(host, tenant):
    count = len(host.audit())
    with log_in(host, tenant, ADA, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0
    return host.audit_after(count, event="sign-in", verdict="admitted")


def test_a_login_under_stricter_rules(host, tenant, proposed):
    record = admitted(host, tenant)
    account = host.audit_after(0, event="account", decision=record["decision"])
    assert record["facts"]["phase"] == "token" and account["facts"]["phase"] == "account"
    # Nothing in the facts is a secret, a name or a mail address.
    assert ADA not in json.dumps(record["facts"]) and "Lovelace" not in json.dumps(record["facts"])

    same = replay(CONFIG, "--since=1d")
    assert of_login(same, record["decision"]) == [] and same["decisions"] >= 2
    assert same["same"] == same["decisions"] and same["without_facts"] == same["broken"] == 0

    stricter = replay(proposed(f"hours = {other_days()} 00:00-24:00 UTC", "networks = 192.0.2.0/24"), code=1)
    [row] = of_login(stricter, record["decision"])
    assert (row["event"], row["name"], row["then"], row["now"]) == ("sign-in", ADA, "admitted", "refused")
    assert row["by"] == [{"check": "hours", "reason": "outside-hours"},
                         {"check": "network", "reason": "address-not-allowed"}]
    assert stricter["not_reached"] >= 1
    told = run("guestpass", "replay", f"--config={NEW}", "--since=1d", check=False)
    assert told.returncode == 1
    assert "hours (outside-hours)" in told.stdout and "would be refused" in told.stdout

    # What nobody asked Entra then is no refusal.
    untold = replay(proposed("leave_date = yes"), code=1)
    rows = of_login(untold, record["decision"])
    assert {row["now"] for row in rows} == {"cannot-tell"} and {row["event"] for row in rows} == {"sign-in", "account"}
    assert all(row["by"][0] == {"check": "pass", "reason": "pass-unreadable"} for row in rows)

    # It says what then happens.
    with tier(host, tenant, f"hours={other_days()} 00:00-24:00 UTC"):
        refused = refused_before_code(host, ADA, GENERIC)
        assert refused["facts"]["phase"] == "before"
    [row] = of_login(replay(CONFIG, code=1), refused["decision"])
    assert (row["then"], row["now"]) == ("refused", "may-sign-in")
    assert row["by"] == [{"check": "hours", "reason": "outside-hours"}]


def test_files_that_are_read(host, tenant, proposed, tmp_path):
    record = admitted(host, tenant)
    rotated = tmp_path / "audit.jsonl-20260101"
    shutil.copy2(AUDIT, rotated)
    (tmp_path / "audit.jsonl").write_text("no record\n")
    told = replay(CONFIG, f"--audit={tmp_path / 'audit.jsonl'}", code=1)
    assert told["decisions"] >= 2 and told["broken"] == 1
    assert told["broken_lines"][0]["file"].endswith("/audit.jsonl") and told["broken_lines"][0]["line"] == 1
    assert replay(CONFIG, "--until=2026-01-01")["decisions"] == 0
    # What cannot be done.
    proposed("networks = nowhere")
    assert run("guestpass", "replay", f"--config={NEW}", check=False).returncode == 2
    assert run("guestpass", "replay", f"--config={NEW}.not", check=False).returncode == 3
    assert run("guestpass", "replay", check=False).returncode == 64
    assert "event sign-in" in run("guestpass", "why", f"--decision={record['decision']}").stdout
