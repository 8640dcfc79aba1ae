# SPDX-License-Identifier: Apache-2.0
"""The admin page used as a person uses it, in Chromium, by clicks and keys; what it did is asked of the control API."""
import json
import shutil

import pytest
import requests

from admin_page import ADA, GROUP, browser, forgive_refusals, page, said, show  # noqa: F401  two are fixtures
from chromium import PROGRAM

pytestmark = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="no chromium here")


def test_a_guest_is_found_and_changed(page, tenant):
    show(page, tenant, "guests")
    page.press("/")
    assert page.run("document.activeElement.type") == "search"
    page.ask("Input.insertText", text="lovelace")
    page.wait("document.querySelectorAll('.list tbody tr').length === 1")
    page.click(f"a[data-id='{ADA}']")
    page.wait_text("All properties", ".detail")
    assert "q=lovelace" in page.run("location.hash")
    page.click("text=Disable")
    said(page, "Ada Lovelace is disabled.")
    assert tenant.control("GET", f"/guests/{ADA}")["accountEnabled"] is False
    page.click("text=Enable")
    said(page, "Ada Lovelace is enabled.")
    page.click("text=Back to pending")
    said(page, "Ada Lovelace is pending.")
    assert tenant.control("GET", f"/guests/{ADA}")["externalUserState"] == "PendingAcceptance"
    page.click("text=Accept invitation")
    said(page, "has accepted")
    page.click("text=Disable at home")
    said(page, "at home is disabled")
    assert tenant.control("GET", "/homes/ada@fabrikam.example")["enabled"] is False
    page.click("button[aria-label='Take out of SSH prod partners']")
    said(page, "no longer in SSH prod partners")
    page.wait("!document.querySelector(\"button[aria-label='Take out of SSH prod partners']\")")
    assert tenant.control("GET", f"/guests/{ADA}")["groups"] == ["SSH prod partners: Northwind"]
    page.choose(".detail select", GROUP)
    page.click("text=Add")
    said(page, "is now in SSH prod partners")
    page.click("button[aria-label='Edit companyName']")
    page.type(".detail textarea", "Analytical \\Engines")
    page.click("text=Save")
    said(page, "companyName of Ada Lovelace changed")
    assert tenant.control("GET", f"/guests/{ADA}")["companyName"] == "Analytical \\Engines"
    page.press("Escape")
    page.wait("!document.querySelector('.detail')")
    page.wait(f"document.activeElement.dataset.id === '{ADA}'")


def test_a_guest_is_deleted_only_when_asked_twice_and_comes_back(page, tenant):
    show(page, tenant, f"guests/{ADA}")
    page.click("text=Delete")
    page.wait_text("Really delete?", ".detail")
    assert tenant.control("GET", f"/guests/{ADA}")
    page.click("text=Really delete?")
    said(page, "Ada Lovelace is deleted.")
    tenant.control("GET", f"/guests/{ADA}", status=404)
    page.wait("!document.querySelector('.detail')")
    page.click("text=Deleted users")
    page.click("button[aria-label='Restore Ada Lovelace']")
    said(page, "is back")
    assert tenant.control("GET", f"/guests/{ADA}")["groups"] == ["SSH prod partners", "SSH prod partners: Northwind"]


def test_a_guest_is_made(page, tenant):
    show(page, tenant, "guests")
    page.click("text=Make a guest")
    page.type("details[open] input[type=email]", "zoe@fabrikam.example")
    page.click("text=Make")
    said(page, "zoe@fabrikam.example is made.")
    assert tenant.control("GET", "/guests/zoe@fabrikam.example")["externalUserState"] == "Accepted"
    page.wait_text("zoe@fabrikam.example", ".list")


def test_a_change_elsewhere_is_seen(page, tenant):
    show(page, tenant, "guests?q=grace")
    page.wait_text("accepted", ".list")
    tenant.control("PATCH", "/guests/grace@fabrikam.example", {"accountEnabled": False})
    page.wait_text("disabled", ".list tbody")


def test_members_of_groups(page, tenant):
    show(page, tenant, f"groups/{GROUP}")
    page.type(".detail form input", "olga@northwind.example")
    page.click("text=Add")
    said(page, "olga@northwind.example is now in SSH prod partners.")
    page.wait_text("Olga Ungrouped", ".detail")
    assert "SSH prod partners" in tenant.control("GET", "/guests/olga@northwind.example")["groups"]
    page.click("button[aria-label='Take out Grace Hopper']")
    said(page, "Grace Hopper is no longer in SSH prod partners.")
    assert tenant.control("GET", "/guests/grace@fabrikam.example")["groups"] == []


def test_a_refused_call_shows_its_sentence_and_loses_nothing(page, tenant):
    show(page, tenant, f"groups/{GROUP}")
    page.type(".detail form input", "nobody@nowhere.example")
    page.click("text=Add")
    page.wait_text("Not done. No such group or member.", "#wrong")
    assert page.run("document.querySelector('.detail form input').value") == "nobody@nowhere.example"
    assert page.run("document.getElementById('wrong').getAttribute('role')") == "alert"
    page.click("text=Dismiss")
    page.wait("document.getElementById('wrong').hidden")
    show(page, tenant, f"guests/{ADA}")
    page.click("button[aria-label='Edit userPrincipalName']")
    page.type(".detail textarea", "{\"a\": 1}")
    page.press("Escape")
    page.wait("!document.querySelector('.detail textarea')")
    assert tenant.control("GET", f"/guests/{ADA}")["userPrincipalName"].startswith("ada_")
    page.click("button[aria-label='Edit id']")
    page.type(".detail textarea", "other")
    page.click("text=Save")
    page.wait_text("Not done. Cannot change id.", "#wrong")
    assert page.run("document.querySelector('.detail textarea').value") == "other"
    forgive_refusals(page)


def test_homes_and_their_accounts(page, tenant):
    show(page, tenant, "homes")
    page.click("button[role=switch]")
    said(page, "Fabrikam: “Home lets nobody out” is on.")
    assert tenant.control("GET", "/organisations")[0]["outbound_blocked"] is True
    page.wait("document.querySelector('button[role=switch]').getAttribute('aria-checked') === 'true'")
    page.click("button[aria-label='Disable grace@fabrikam.example at home']")
    said(page, "is disabled")
    page.wait("document.querySelector(\"button[aria-label='Enable grace@fabrikam.example at home']\")")
    assert tenant.control("GET", "/homes/grace@fabrikam.example")["enabled"] is False


def test_registrations(page, tenant):
    show(page, tenant, "registrations")
    page.click("text=Disabled")
    said(page, "reader: “Disabled” is on.")
    assert tenant.control("GET", "/registrations")["reader"]["disabled"] is True
    page.click("text=Public client")
    said(page, "reader: “Public client” is on.")
    assert tenant.control("GET", "/registrations")["reader"]["isFallbackPublicClient"] is True
    page.click("button[aria-label='Edit roles']")
    page.type("textarea", "[\"User.Read.All\"]")
    page.click("text=Save")
    said(page, "roles of reader changed")
    assert tenant.control("GET", "/registrations")["reader"]["roles"] == ["User.Read.All"]
    assert "rehearsal-reader-secret" not in page.text("main")


def test_sign_ins_in_flight(page, tenant):
    show(page, tenant, "signins")
    page.wait_text("Nobody is signing in")
    codes = []
    for _ in range(4):
        codes.append(tenant.device().json()["user_code"])
        page.wait(f"document.querySelector('[data-code=\"{codes[-1]}\"]')")
    one = [f'[data-code="{code}"]' for code in codes]

    def press(card, text):
        page.run(f"[...document.querySelectorAll('{card} button')].find((one) => one.textContent === '{text}').click()")

    page.type(f"{one[0]} input", "ada@fabrikam.example")
    page.wait(f"document.querySelector('{one[0]} input').value === 'ada@fabrikam.example'")  # live data do not touch it
    page.click(f"{one[0]} button.main")
    said(page, f"{codes[0]} is approved as ada@fabrikam.example.")
    page.type(f"{one[1]} input", "pat@fabrikam.example")
    page.click(f"{one[1]} button.main")
    said(page, "block page: 50014")
    page.choose(f"{one[2]} select", "50105")
    press(one[2], "Block")
    said(page, "block page 50105")
    press(one[2], "Decline")
    said(page, "is declined")
    press(one[3], "Expire now")
    said(page, "is expired")
    states = {flow["user_code"]: (flow["state"], flow["block_code"]) for flow in tenant.control("GET", "/signins")}
    assert [states[code] for code in codes] == [
        ("approved", None), ("blocked", 50014), ("declined", 50105), ("expired", None)]
    page.wait_text("expired", one[3])
    page.click("input[type=checkbox]")
    page.wait("document.querySelectorAll('[data-code]').length === 1")


def test_codes_by_mail_arrive_in_the_mailbox(page, tenant):
    show(page, tenant, "mailbox")
    page.wait_text("No mail yet")
    code = tenant.device().json()["user_code"]
    result = tenant.person().sign_in(code, "dana@mailonly.example")
    assert result.outcome == "done"
    page.wait_text(tenant.control("GET", "/mailbox/dana@mailonly.example")[0]["code"], "main")
    page.wait_text("used", "main")


def test_an_invitation_arrives_in_the_mailbox(page, tenant):
    tenant.control("POST", "/invitations", {"invitedUserEmailAddress": "zoe@mailonly.example", "sendInvitationMessage": True,
                                            "inviteRedirectUrl": "https://localhost/"})
    show(page, tenant, "mailbox")
    page.wait_text("Invitation", "main table")
    assert page.run("document.querySelector('main table a').href").startswith(tenant.login)


def test_the_sign_in_log_grows(page, tenant):
    show(page, tenant, "records")
    page.wait_text("Nobody has signed in yet.")
    tenant.tokens()
    page.wait_text("success", "main table")
    code = tenant.device().json()["user_code"]
    assert tenant.person().sign_in(code, "dora@fabrikam.example", "switched-off-2").outcome == "blocked"
    page.wait_text("500571", "main table")


def test_policies_and_health(page, tenant):
    show(page, tenant, "policies")
    page.click("button[aria-label='Edit allowInvitesFrom']")
    page.type("main textarea", "none")
    page.click("text=Save")
    said(page, "authorizationPolicy: allowInvitesFrom changed.")
    assert tenant.control("GET", "/policies")["authorizationPolicy"]["allowInvitesFrom"] == "none"
    page.click("button[aria-label='Edit login']")
    page.type("main textarea", "throttled")
    page.click("text=Save")
    said(page, "The sign-in service: login changed.")
    assert tenant.device().json()["error_codes"] == [90055]
    page.wait_text("none", "[data-name=allowInvitesFrom]")  # a button that is replaced while it is pressed has no click
    page.click("button[aria-label='Edit allowInvitesFrom']")
    page.type("main textarea", "somebody")
    page.click("text=Save")
    page.wait_text("Not done.", "#wrong")
    assert page.run("document.querySelector('main textarea').value") == "somebody"
    forgive_refusals(page)


def test_live_data_does_not_move_what_a_person_is_about_to_press(page, tenant):
    """The button that has the focus is replaced above while one far below is about to be pressed."""
    show(page, tenant, "policies")
    page.click("button[aria-label='Edit allowInvitesFrom']")
    page.press("Escape")
    page.wait("document.activeElement.ariaLabel === 'Edit allowInvitesFrom'")
    page.run("window.beside = document.querySelector('[data-name=guestUserRoleId] button');"
             " document.querySelector(\"button[aria-label='Edit login']\").scrollIntoView({block: 'center', behavior: 'instant'})")
    where = page.run("scrollY")
    assert where > 0
    tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "none"})
    page.wait_text("none", "[data-name=allowInvitesFrom]")
    assert page.run("scrollY") == where
    assert page.run("document.activeElement.ariaLabel") == "Edit allowInvitesFrom"
    assert page.run("document.querySelector('[data-name=guestUserRoleId] button') === window.beside")


def test_any_state_of_an_account_at_home(page, tenant):
    show(page, tenant, "homes")
    page.click("summary[aria-label='State of ada@fabrikam.example']")
    page.wait_text("organisation", "details[open]")
    assert "analytical-engine" not in page.text("main")
    page.type("details[open] form input", "locked")
    page.type("details[open] form .field:nth-child(2) input", "true")
    page.click("text=Set")
    said(page, "locked of ada@fabrikam.example changed.")
    assert tenant.control("GET", "/homes/ada@fabrikam.example")["locked"] is True
    page.wait_text("locked", "details[open] dl")


def test_the_tenant_is_loaded_from_a_file(page, tenant, tmp_path):
    state = tenant.control("GET", "/state")
    state["tenant"]["name"] = "Tailspin"
    (tmp_path / "good.json").write_text(json.dumps(state), encoding="utf-8")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    show(page, tenant, "reset")
    for name in ("bad", "good"):
        root = page.ask("DOM.getDocument")["root"]["nodeId"]
        node = page.ask("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
        page.ask("DOM.setFileInputFiles", nodeId=node, files=[str(tmp_path / f"{name}.json")])
        page.click("text=Load")
        page.wait_text("This file is not JSON. Nothing was changed.", "#wrong") if name == "bad" else said(page, "Loaded: 12")
    page.wait_text("Tailspin", "header")


def test_switches_of_every_kind(page, tenant):
    show(page, tenant, "switches")
    page.choose("[data-switch=slow_down] select", "false")
    said(page, "slow_down is now false.")
    page.choose("[data-switch=refusal_at_poller] select", "\"error\"")
    said(page, "refusal_at_poller is now error.")
    page.type("[data-switch=policy_block] input", "53003")
    page.press("Enter")
    said(page, "policy_block is now 53003.")
    page.type("[data-switch=graph_null_properties] input", "[\"mail\"]")
    page.press("Enter")
    said(page, "graph_null_properties is now")
    now = {name: one["value"] for name, one in tenant.control("GET", "/switches").items()}
    assert (now["slow_down"], now["refusal_at_poller"], now["policy_block"], now["graph_null_properties"]) == (
        False, "error", 53003, ["mail"])
    page.type("[data-switch=device_code_lifetime] input", "soon")
    page.press("Enter")
    page.wait_text("cannot be 'soon'", "#wrong")
    assert page.run("document.querySelector('[data-switch=device_code_lifetime] input').value") == "soon"
    page.click("button[aria-label='policy_block back to its default']")
    said(page, "policy_block is now none.")
    page.click("text=All back to default")
    said(page, "All switches are in their default position.")
    assert all(one["value"] == one["default"] for one in tenant.control("GET", "/switches").values())
    forgive_refusals(page)


def test_weather_is_made_and_ended(page, tenant):
    show(page, tenant, "weather")
    page.wait_text("The sky is clear")
    page.choose("main form select", "throttled_seconds")
    page.choose("main form .fields .field:nth-child(2) select", "graph")
    page.type("main form input[list]", "/v1.0/groups*")
    page.click("text=Add")
    said(page, "Weather 1 is in force.")
    answer = tenant.get("/groups")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) == 5
    assert tenant.get("/users").status_code == 200
    page.wait_text("/v1.0/groups*", "main table")
    page.click("button[aria-label='Remove weather 1']")
    said(page, "Weather 1 is over.")
    assert tenant.get("/groups").status_code == 200
    page.type("main form textarea", "{\"statu\": 1}")
    page.click("text=Add")
    page.wait_text("statu", "#wrong")
    page.type("main form textarea", "{nonsense")
    page.click("text=Add")
    page.wait_text("The rule is not JSON. Nothing was changed.", "#wrong")
    forgive_refusals(page)


def test_the_sky_over_a_host(page, tenant):
    show(page, tenant, "weather")
    page.choose("[data-host=graph] .field:nth-child(2) select", "closed")
    said(page, "The sky over graph has changed.")
    assert tenant.control("GET", "/sky")["graph"]["port"] == "closed"
    with pytest.raises(requests.ConnectionError):
        tenant.get("/groups")
    page.wait_text("storm", "[data-host=graph]")
    page.choose("[data-host=graph] .field:nth-child(2) select", "open")
    page.wait_text("fair", "[data-host=graph]")
    assert tenant.get("/groups").status_code == 200


def test_clear_sky_ends_rules_and_opens_hosts(page, tenant):
    tenant.control("PUT", "/sky/graph", {"port": "closed"})
    show(page, tenant, "weather")
    page.wait_text("The sky over graph: TLS good, port closed.")
    page.click("text=Clear sky")
    said(page, "The sky is clear.")
    assert tenant.control("GET", "/sky")["graph"]["port"] == "open"
    page.wait_text("None. The sky is clear.")
    tenant.control("POST", "/weather", {"host": "graph", "status": 503})
    tenant.control("PUT", "/sky/login", {"tls": "expired"})
    page.wait_text("The sky over login: TLS expired, port open.")
    page.wait_text("status: 503", "main table")
    page.click("text=Clear sky")
    page.wait_text("None. The sky is clear.")
    assert tenant.control("GET", "/weather") == [] and tenant.control("GET", "/sky")["login"]["tls"] == "good"


def test_mutations_are_armed(page, tenant):
    show(page, tenant, "mutations")
    page.type("input[type=search]", "wrong_azp")
    page.click("button[aria-label='Arm wrong_azp']")
    said(page, "wrong_azp is armed.")
    page.wait_text("wrong_azp", "main table")
    page.type("main form .field:nth-child(1) input", "idp")
    page.type("main form .field:nth-child(2) input", "null")
    page.click("text=Set claim")
    said(page, "The claim idp will be changed.")
    active = tenant.control("GET", "/mutations")["active"]
    assert [(one["name"], one.get("claim"), one.get("value")) for one in active] == [
        ("wrong_azp", None, None), ("set_claim", "idp", None)]
    page.click("text=Honest tokens again")
    said(page, "Tokens are honest again.")
    assert tenant.control("GET", "/mutations")["active"] == []


def test_clock_and_keys(page, tenant):
    show(page, tenant, "clock")
    page.click("text=+5 min")
    said(page, "300 s ahead")
    page.wait_text("Clock +300 s", "#conditions")
    assert tenant.control("GET", "/clock")["offset"] == 300
    page.click("text=Right time")
    said(page, "clock is right")
    before = tenant.control("GET", "/keys")
    page.click("text=Rotate")
    said(page, "New tokens are signed by")
    after = tenant.control("GET", "/keys")
    assert [one["kid"] for one in after if one["signs"]] != [one["kid"] for one in before if one["signs"]]
    page.click("text=Rotate, drop the old ones")
    page.click("text=Really drop them?")
    said(page, "is published now")
    assert not {one["kid"] for one in after if one["signs"]} & {one["kid"] for one in tenant.control("GET", "/keys")}


def test_the_log_is_live(page, tenant):
    show(page, tenant, "log")
    page.wait_text("Live.")
    tenant.get("/groups", **{"$top": "3"})
    page.wait_text("/v1.0/groups?$top=3", ".log")
    page.wait("document.querySelector('.log tbody tr:last-child td:last-child').innerText === '200'")
    page.click("text=Pause")
    tenant.get("/users/nobody")  # and a token before
    page.wait_text("2 more wait", "main")
    assert "/v1.0/users/nobody" not in page.text(".log")
    page.click("text=Go on")
    page.wait_text("/v1.0/users/nobody", ".log")
    page.click("input[type=checkbox]")
    page.wait("[...document.querySelectorAll('.log tbody tr')].filter((one) => !one.hidden)"
              ".every((one) => Number(one.cells[5].innerText) >= 400)")
    page.click("input[type=checkbox]")
    page.type("input[type=search]", "/GROUPS")
    page.wait("[...document.querySelectorAll('.log tbody tr')].filter((one) => !one.hidden).length === 1")
    tenant.control("POST", "/reset")
    page.wait("document.querySelectorAll('.log tbody tr').length === 0")
    page.type("input[type=search]", "")
    tenant.device()
    page.wait_text("/devicecode", ".log")
    page.click("text=Empty the log")
    said(page, "The log is empty")
    assert tenant.control("GET", "/log") == []


def test_reset_asks_twice(page, tenant):
    tenant.control("PATCH", f"/guests/{ADA}", {"displayName": "Somebody"})
    show(page, tenant, "reset")
    page.click("text=Reset the tenant")
    assert tenant.control("GET", f"/guests/{ADA}")["displayName"] == "Somebody"
    page.click("text=Really reset everything?")
    said(page, "Everything is as at the start.")
    assert tenant.control("GET", f"/guests/{ADA}")["displayName"] == "Ada Lovelace"
