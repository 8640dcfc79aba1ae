# SPDX-License-Identifier: Apache-2.0
"""The pages, walked by a person with a browser that does forms only."""
import subprocess
import sys

import pytest

from tenant_client import PASSWORDS, TENANT_DIR, check_error

ADA, LINUS, DANA = "ada@fabrikam.example", "linus@northwind.example", "dana@mailonly.example"


def walk(tenant, mail, person=None, password=None, **how):
    flow = tenant.device().json()
    result = (person or tenant.person()).sign_in(flow["user_code"], mail, password or PASSWORDS.get(mail), **how)
    return flow, result


def test_person_signs_in_and_the_poller_gets_tokens(tenant):
    flow, result = walk(tenant, ADA)
    assert result.ok and result.pages == ["code", "account", "password", "confirm", "done"]
    assert tenant.poll(flow["device_code"]).status_code == 200


def test_pages_name_the_app_the_home_and_have_labels(tenant):
    person, flow = tenant.person(), tenant.device().json()
    page = person.open(flow["verification_uri"])
    page = person.send(page, code=flow["user_code"].lower())
    assert "Contoso SSH hosts" in page.text
    page = person.send(page, email=ADA)
    assert "Sign in to Fabrikam" in page.text and "/fab41ca0-2222-" in page.url
    page = person.send(page, password=PASSWORDS[ADA])
    assert "Are you trying to sign in to Contoso SSH hosts?" in page.text
    html = person.http.get(f"{tenant.login}/device", timeout=10).text
    assert '<label for="code">' in html and 'id="code"' in html and "<script" not in html


def test_wrong_code_on_the_page(tenant):
    result = tenant.person().sign_in("NOSUCHONE", ADA)
    assert result.outcome == "code" and "AADSTS70018" in result.text


def test_wrong_password_and_unknown_account(tenant):
    flow, result = walk(tenant, ADA, password="guess")
    assert result.outcome == "password" and "50126" in result.text
    check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")
    _, result = walk(tenant, "who@nowhere.example")
    assert result.outcome == "account" and "50034" in result.text


def test_remembered_account_needs_no_password(tenant):
    person = tenant.person()
    walk(tenant, ADA, person)
    _, result = walk(tenant, ADA, person, password="wrong on purpose")
    assert result.ok and "password" not in result.pages


def test_other_person_can_use_another_account(tenant):
    person = tenant.person()
    walk(tenant, ADA, person)
    flow, result = walk(tenant, "grace@fabrikam.example", person)
    assert result.ok
    claims = tenant.verified(tenant.poll(flow["device_code"]).json()["id_token"], tenant.ready["client_id"])
    assert claims["oid"] == tenant.id_of("grace@fabrikam.example")


def test_first_sign_in_asks_for_consent_once(tenant):
    _, result = walk(tenant, LINUS)
    assert result.ok and "consent" in result.pages
    _, result = walk(tenant, LINUS)
    assert result.ok and "consent" not in result.pages


def test_consent_refused(tenant):
    flow, result = walk(tenant, LINUS, consent=False)
    assert (result.outcome, result.code) == ("blocked", 65004)
    check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")


def test_cancel_at_the_last_question(tenant):
    flow, result = walk(tenant, ADA, confirm=False)
    assert result.outcome == "declined"
    check_error(tenant.poll(flow["device_code"]), 700171, "authorization_declined")


def test_mail_guest_signs_in_with_a_code_from_the_mailbox(tenant):
    flow, result = walk(tenant, DANA)
    assert result.ok and "mailcode" in result.pages
    assert tenant.poll(flow["device_code"]).status_code == 200
    assert tenant.control("GET", f"/mailbox/{DANA}")[0]["used"] is True
    _, result = walk(tenant, DANA, password="00000000")
    assert result.outcome == "mailcode"


@pytest.mark.parametrize("mail, code", [
    ("dora@fabrikam.example", 500571), ("evan@fabrikam.example", 50020), ("pat@fabrikam.example", 50014)])
def test_block_pages(tenant, mail, code):
    flow, result = walk(tenant, mail)
    assert (result.outcome, result.code) == ("blocked", code)
    assert f"AADSTS{code}" in result.text and "Correlation ID" in result.text
    check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")


def test_remembered_stranger_gets_the_other_number(tenant):
    person = tenant.person()
    walk(tenant, "evan@fabrikam.example", person)
    assert walk(tenant, "evan@fabrikam.example", person)[1].code == 16000


def test_assignment_reaches_direct_members_only(tenant):
    tenant.control("PATCH", "/registrations/api", {"assigned": ["SSH prod partners"]})
    assert walk(tenant, LINUS)[1].code == 50105
    assert walk(tenant, ADA)[1].ok
    tenant.control("PATCH", "/registrations/api", {"appRoleAssignmentRequired": False})
    assert walk(tenant, LINUS)[1].ok


def test_pending_guest_redeems_where_the_switch_allows(tenant):
    tenant.switch(redeem_in_device_flow=True)
    assert walk(tenant, "pat@fabrikam.example")[1].ok
    assert tenant.control("GET", "/guests/pat@fabrikam.example")["externalUserState"] == "Accepted"


@pytest.mark.parametrize("rule, code", [("outbound_blocked", 500212), ("inbound_blocked", 500213)])
def test_cross_tenant_rules(tenant, rule, code):
    tenant.control("PATCH", "/organisations/fabrikam.example", {rule: True})
    assert walk(tenant, ADA)[1].code == code
    assert walk(tenant, LINUS)[1].ok


def test_home_account_disabled(tenant):
    tenant.control("PATCH", f"/homes/{ADA}", {"enabled": False})
    result = walk(tenant, ADA)[1]
    assert result.outcome == "password" and "50057" in result.text


@pytest.mark.parametrize("code, status, error", [
    (53003, 400, "invalid_grant"), (50097, 401, "interaction_required"), (50005, 400, "invalid_grant")])
def test_policy_block_reaches_the_poller_where_the_switch_says(tenant, code, status, error):
    tenant.switch(policy_block=code, slow_down=False)
    flow, result = walk(tenant, ADA)
    assert result.code == code
    check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")
    tenant.switch(refusal_at_poller="error")
    body = check_error(tenant.poll(flow["device_code"]), code, error, status)
    assert ("capolids" in body.get("claims", "")) == (code == 53003)


def test_code_can_be_completed_by_another_after_a_block_page(tenant):
    flow = tenant.device().json()
    assert tenant.person().sign_in(flow["user_code"], "dora@fabrikam.example", PASSWORDS["dora@fabrikam.example"]).code == 500571
    assert tenant.person().sign_in(flow["user_code"], ADA, PASSWORDS[ADA]).ok


def test_code_is_entered_once_only(tenant):
    flow, _ = walk(tenant, ADA)
    again = tenant.person().sign_in(flow["user_code"], ADA, PASSWORDS[ADA])
    assert again.outcome == "code" and "90120" in again.text


def test_walk_belongs_to_one_browser(tenant):
    first, second, flow = tenant.person(), tenant.person(), tenant.device().json()
    page = first.send(first.open(f"{tenant.login}/device"), code=flow["user_code"])
    page = first.send(page, email=ADA)
    assert second.open(page.url).kind == "gone"
    skipped = page.url.replace("fab41ca0-2222-4b00-8b00-000000000002/password", f"{tenant.tid}/confirm")
    assert first.open(skipped).kind == "account"


def test_names_are_escaped_in_pages(tenant):
    tenant.control("PATCH", "/registrations/signin", {"displayName": "<b>Evil</b>"})
    person, flow = tenant.person(), tenant.device().json()
    page = person.send(person.open(f"{tenant.login}/device"), code=flow["user_code"])
    assert "<b>Evil</b>" in page.text


def test_command_line_person(tenant):
    flow = tenant.device().json()
    run = subprocess.run([sys.executable, str(TENANT_DIR / "person.py"), "--base", tenant.login, "--ca", tenant.ready["ca_file"],
                          "--password-stdin", flow["user_code"], ADA], input=PASSWORDS[ADA] + "\n", capture_output=True, text=True,
                         timeout=20, check=False)
    assert run.returncode == 0 and run.stdout.endswith("done\n") and "Sign in to Fabrikam" in run.stdout
