# SPDX-License-Identifier: Apache-2.0
"""A guest signs in over a real ssh: the way that works, and what it leaves behind."""

import re

from support.guest import ADA, CODE, GRACE, PRESS_ENTER, checks, log_in, prompted, sign_in, wait_for_code
from support.waiting import until

UID = re.compile(r"uid=(\d+)\(ada@fabrikam\.example\) gid=(\d+)\(gp-guests\)")


def test_guest_gets_a_shell_under_his_own_number(host, tenant):
    before = len(host.audit())
    with log_in(host, tenant, ADA, "id; cat /proc/self/loginuid; echo; pwd; stat -c %a ~; echo $USER") as t:
        assert t.end() == 0, t.text
    uid, gid = map(int, UID.search(t.text).groups())
    assert 0x77400000 <= uid <= 0x7EFFFFFF
    assert gid == 0x7F000000
    assert f"\n{uid}\n/home/guests/{ADA}\n700\n{ADA}\n" in t.text.replace("\r", "")

    signed = host.audit_after(before, event="sign-in")
    assert (signed["verdict"], signed["reason"], signed["name"]) == ("admitted", "ok", ADA)
    assert signed["oid"] == signed["proved_oid"]
    assert signed["uid"] == uid
    assert signed["address"] == "127.0.0.1"
    assert signed["uti"] and signed["home"] and signed["correlation_id"]
    assert set(checks(signed).values()) <= {"yes", "not-yet"}
    assert {"binding", "account-enabled", "state", "class", "member", "home"} <= set(checks(signed))
    for event in ("account", "session-open", "session-close"):
        later = host.audit_after(before, event=event, service="sshd")
        assert later["decision"] == signed["decision"]
        assert later["verdict"] in ("admitted", "ended")


def test_a_shell_says_once_what_a_guest_should_know(host, tenant):
    """Where the sign-in came from, so that who was led to enter a code for another sees it; and what is restricted."""
    with log_in(host, tenant, ADA) as t:
        t.expect(r"\$ ")
        t.line("echo the-end; exit")
        t.expect("the-end\r\n.*logout")
        assert t.end() == 0
        for said in ("You signed in from 127.0.0.1, as Entra saw it", "Your pass for rehearsal is valid until",
                     "For guests: no scheduled jobs; no forwarding"):
            assert t.text.count(said) == 1, t.text
    with log_in(host, tenant, ADA, "echo no-shell") as t:
        assert t.end() == 0
        assert "\nno-shell" in t.text and "You signed in from" not in t.text


def test_the_screen_is_there_before_any_key(host, tenant):
    with prompted(host, ADA, "true") as (t, code):
        shown = t.seen_at(CODE)
        assert shown is not None
        assert t.seen_at(PRESS_ENTER) is not None
        assert "Guest sign-in to" in t.text
        assert "asked for from 127.0.0.1" in t.text
        assert tenant.ready["verification_uri"] in t.text
        assert f"({code})" in t.text and " ".join(code) in t.text
        # Not a byte was sent yet; it is Enter that ends the wait.
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        assert t.end() == 0


def test_early_enter_is_fine(host, tenant):
    with prompted(host, ADA, "echo in; exit 3") as (t, code):
        t.line()
        t.expect("Not signed in yet")
        t.expect("Press Enter to check again: ")
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        t.expect("\nin\r")
        assert t.end() == 3


def test_typing_the_code_into_the_terminal_is_explained(host, tenant):
    with prompted(host, ADA, "true") as (t, code):
        # A person takes a moment to type; the password method would have answered at once.
        started = t.record.pieces[-1][0]
        until(lambda: t.record.start + started + 0.4 < __import__("time").monotonic(), 5, "a moment")
        t.line(code)
        t.expect("Nothing is to be typed here")
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        assert t.end() == 0


def test_first_sign_in_with_consent_page(host, tenant):
    with log_in(host, tenant, "linus@northwind.example", "id -un") as t:
        t.expect(r"\nlinus@northwind.example\r")
        assert t.end() == 0


def test_name_in_other_case_is_the_same_guest(host, tenant):
    with host.ssh("Ada@Fabrikam.Example", "id -un") as t:
        assert sign_in(tenant, wait_for_code(t), ADA).outcome == "done"
        t.line()
        t.expect(rf"\n{ADA}\r")
        assert t.end() == 0


def test_two_guests_at_once_get_their_own(host, tenant):
    with prompted(host, ADA, "id -un") as (a, code_a), prompted(host, GRACE, "id -un") as (g, code_g):
        assert code_a != code_g
        assert sign_in(tenant, code_g, GRACE).outcome == "done"
        assert sign_in(tenant, code_a, ADA).outcome == "done"
        a.line()
        g.line()
        a.expect(rf"\n{ADA}\r")
        g.expect(rf"\n{GRACE}\r")
        assert (a.end(), g.end()) == (0, 0)


def test_requests_are_what_entra_wants(host, tenant):
    tenant.control("PATCH", "/switches", {"device_code_interval": 5})
    try:
        requests_are_what_entra_wants(host, tenant)
    finally:
        tenant.control("PATCH", "/switches", {"device_code_interval": 1})


def requests_are_what_entra_wants(host, tenant):
    before = tenant.control("GET", "/log")[-1]["seq"]
    count = len(host.audit())
    with log_in(host, tenant, ADA, "true") as t:
        assert t.end() == 0
    record = host.audit_after(count, event="sign-in")
    seen = [e for e in tenant.control("GET", f"/log?after={before}") if "oauth2" in e["path"]]
    of_login = [e for e in seen if e["headers"].get("client-request-id") == record["correlation_id"]]
    assert any(e["path"].endswith("/devicecode") for e in of_login)
    assert any(e["path"].endswith("/token") for e in of_login)
    assert all("Linux" in e["headers"]["User-Agent"] for e in seen)
    polls = [e["time"] for e in of_login if e["path"].endswith("/token")]
    gaps = [b - a for a, b in zip(polls, polls[1:])]
    assert all(gap >= 5 for gap in gaps), gaps
