# SPDX-License-Identifier: Apache-2.0
"""guestpass doctor --capture: one real sign-in looked at; and only by it does signin_address = match begin to hold."""

import json
import re

import pytest

from support.guest import ADA, PASSWORDS, log_in, refused_after_proof, sign_in
from support.host import run
from support.terminal import Terminal
from support.tier import tier

MIA = "mia@contoso.example"
EGRESS = "198.51.100.7"
ELSEWHERE = "203.0.113.9"
LINK = r"Open this page in a browser: +(\S+)\r?\n"
CODE = r"Enter this code there: +([A-Z0-9]+)\r?\n"


@pytest.fixture
def behind_a_known_address(host, tenant):
    with tier(host, tenant, f"egress_addresses={EGRESS}"):
        yield host


def capture(tenant, walk, *options, code=0):
    """What the command prints when the browser's part is WALK(code)."""
    with Terminal(["guestpass", "doctor", "--capture", *options], limit_s=60) as terminal:
        assert terminal.expect(LINK)[1].decode() == tenant.ready["verification_uri"]
        walk(terminal.expect(CODE)[1].decode())
        assert terminal.end() == code, terminal.text
    return terminal.text.partition("gives up.\n")[2]


def ada(tenant):
    return lambda code: sign_in(tenant, code, ADA)


def answer(record, words):
    return next(one["answer"] for one in record["points"] if words in one["question"])


def test_the_record_says_what_came_and_not_whose(behind_a_known_address, tenant):
    host = behind_a_known_address
    count = len(host.audit())
    with tenant.switched(browser_address=ELSEWHERE):
        text = capture(tenant, ada(tenant), "--json")
    record = json.loads(text)
    assert record["outcome"] == "signed-in" and record["why"] == "" and record["proved"] is True
    assert record["code"] == {"expires_in": 900, "interval": record["code"]["interval"], "length": 9, "page": tenant.ready["verification_uri"]}
    assert [(one["http"], one["error"], one["number"]) for one in record["answers"]] == [
        (400, "authorization_pending", 70016)] or record["answers"] == []
    claims = {one["name"]: one for one in record["access_token"]}
    assert claims["acct"] == {"name": "acct", "type": "integer", "value": 1}
    assert claims["idp"]["value"] == "https://sts.windows.net/<id>/"
    assert "pwd" in claims["amr"]["value"] and -400 < claims["iat"]["value"] < -290
    assert "value" not in claims["oid"] and "value" not in claims["name"]
    assert "another Entra tenant" in answer(record, "names the home")
    assert answer(record, "ipaddr").startswith(f"{ELSEWHERE}, which is not this host's")
    for personal in (ADA, "Ada", "Lovelace", "fabrikam", tenant.control("GET", f"/guests/{ADA}")["id"]):
        assert personal.lower() not in text.lower(), personal
    event = host.audit_after(count, event="capture")
    assert event["detail"] == "ipaddr=browser" and event["by"].startswith("uid=0 ")


def test_match_holds_by_it_and_ends_with_one_that_says_the_contrary(host, tenant):
    def is_told():
        told = json.loads(run("guestpass", "doctor", "--check=tenant", "--json", check=False).stdout)
        return "address-not-captured" in [one["id"] for one in told["findings"]]

    with tier(host, tenant, f"egress_addresses={EGRESS}", "signin_address=match"):
        with tenant.switched(browser_address=ELSEWHERE):
            assert json.loads(capture(tenant, ada(tenant), "--json"))["proved"] is True
            record = refused_after_proof(host, tenant, ADA, "another address")
            assert record["reason"] == "sign-in-address-differs"
        assert not is_told()
        with log_in(host, tenant, ADA, "echo en''tered") as terminal:
            terminal.expect("\nentered\r")
            assert terminal.end() == 0
        with tenant.switched(ipaddr_holds="absent"):
            record = json.loads(capture(tenant, ada(tenant), "--json"))
            assert record["proved"] is False and answer(record, "ipaddr").startswith("no address")
        assert is_told()
        assert refused_after_proof(host, tenant, ADA)["reason"] == "sign-in-address-not-captured"


@pytest.mark.parametrize("egress, said", [("127.0.0.1", "this host's own address"), ("", "not answered: 127.0.0.1 could be")])
def test_an_address_that_may_be_this_hosts(host, tenant, egress, said):
    """What the token holds is where it was asked for, which here is where the browser is too."""
    with tier(host, tenant, *([f"egress_addresses={egress}"] if egress else [])), tenant.switched(ipaddr_holds="poller"):
        record = json.loads(capture(tenant, ada(tenant), "--json"))
    assert record["proved"] is False and answer(record, "ipaddr").startswith(said)


def test_keys_that_changed_since_they_were_read(behind_a_known_address, tenant):
    capture(tenant, ada(tenant), "--json")
    tenant.control("POST", "/keys/rotate", {"drop_old": True})
    with tenant.switched(browser_address=ELSEWHERE):
        record = json.loads(capture(tenant, ada(tenant), "--json"))
    assert record["outcome"] == "signed-in" and record["proved"] is True, record


def test_to_a_person(behind_a_known_address, tenant):
    with tenant.switched(browser_address=ELSEWHERE):
        text = capture(tenant, ada(tenant))
    assert re.search(r"^signed-in after \d+ s$", text, re.M)
    assert re.search(r"^    acct +integer 1$", text, re.M)
    assert "match and network may be used" in text
    assert ADA not in text


def test_somebody_presses_cancel(host, tenant):
    text = capture(tenant, lambda code: tenant.person().sign_in(code, ADA, PASSWORDS[ADA], confirm=False), "--json", code=2)
    record = json.loads(text)
    assert record["outcome"] == "failed" and record["class"] == "declined"
    assert answer(record, "presses Cancel").startswith("authorization_declined ")
    assert record["access_token"] is None and record["proved"] is False


def test_a_block_that_the_host_hears_of(host, tenant):
    with tenant.switched(refusal_at_poller="error"):
        tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
        try:
            text = capture(tenant, ada(tenant), "--json", code=2)
        finally:
            tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": True})
    record = json.loads(text)
    assert record["class"] == "guest-disabled" and record["number"] in (50057, 500571)
    assert ADA not in text


def test_one_that_is_given_up_is_over(host, tenant):
    """Nobody redeems its code: by the time a later one is redeemed, one that still polled would have been."""
    with Terminal(["guestpass", "doctor", "--capture"], limit_s=30) as terminal:
        code = terminal.expect(CODE)[1].decode()
        terminal.child.sendintr()
        assert terminal.end() != 0
    sign_in(tenant, code, ADA)
    capture(tenant, ada(tenant))
    assert tenant.control("GET", f"/signins/{code}")["state"] == "approved"


def test_an_account_of_our_own_proves_nothing(behind_a_known_address, tenant):
    with tenant.switched(browser_address=ELSEWHERE):
        record = json.loads(capture(tenant, lambda code: tenant.person().sign_in(code, MIA, "works-here-7"), "--json"))
    assert record["proved"] is False and answer(record, "ipaddr").startswith("not answered: an account of this tenant"), record


def test_only_root_and_no_check_beside(host):
    told = run("setpriv", "--reuid=nobody", "--clear-groups", "guestpass", "doctor", "--capture", check=False)
    assert told.returncode == 3 and "only root" in told.stderr
    told = run("guestpass", "doctor", "--capture", "--check=nss", check=False)
    assert told.returncode == 64 and "usage" in told.stderr
