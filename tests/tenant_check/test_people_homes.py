# SPDX-License-Identifier: Apache-2.0
"""Every kind of home with its own page, and every trouble that an account or its organisation may have there."""
import pytest

from people_help import (ADA, CONRAD, DANA, FAYE, GIA, MARA, MIA, MILO, PASSWORDS, SAM, WES, home, organisation,
                         refused_with, walk)

FABRIKAM = "fabrikam.example"


@pytest.mark.covers("home.kinds")
@pytest.mark.parametrize("mail, title, path", [
    (ADA, "Sign in to Fabrikam", "/fab41ca0-"), (MILO, "Sign in to Microsoft account",
                                                 "/9188040d-6c67-4c5b-b112-36a304b66dad/"),
    (GIA, "Sign in to Google", "/google.com/"), (FAYE, "Sign in to Facebook", "/facebook.com/"),
    (SAM, "Sign in to Adatum Sign-On", "/idp.adatum.example/"),
    (WES, "Sign in to Tailspin Federation", "/sts.tailspin.example/"),
    (MIA, "Sign in to Contoso", "/c0470500-"), (CONRAD, "Sign in to Fabrikam", "/fab41ca0-")])
def test_every_home_has_its_page_and_lets_its_people_in(kinds, mail, title, path):
    person, flow = kinds.person(), kinds.device().json()
    page = person.send(person.open(flow["verification_uri"]), code=flow["user_code"])
    page = person.send(page, email=mail)
    assert page.kind == "password" and title in page.text and path in page.url
    assert person.walk(page, mail, PASSWORDS[mail]).ok
    claims = kinds.verified(kinds.poll(flow["device_code"]).json()["access_token"], kinds.ready["api_id"])
    assert claims["oid"] in {one["id"] for one in kinds.control("GET", "/guests") if one["home"]["mail"] == mail}


@pytest.mark.covers("home.mailcode")
def test_one_time_code_is_good_once_and_only_the_newest(kinds):
    person, flow = kinds.person(), kinds.device().json()
    page = person.send(person.send(person.open(flow["verification_uri"]), code=flow["user_code"]), email=DANA)
    old = person.mail_code(DANA)
    assert walk(kinds, DANA)[1].ok
    assert person.send(page, otp=old).kind == "mailcode"
    assert kinds.control("GET", f"/mailbox/{DANA}")[0]["used"] is True


@pytest.mark.covers("error.50126", "error.50056", "error.50053", "error.50057", "error.50144", "error.130501",
                    "error.130506")
@pytest.mark.parametrize("state, code, page", [
    ({"password": "changed"}, 50126, "password"), ({"password": None}, 50056, "password"),
    ({"locked": True}, 50053, "password"),
    ({"enabled": False}, 50057, "password"), ({"password_expired": "on_premises"}, 50144, "blocked"),
    ({"credential_blocked": True}, 130501, "password"), ({"needs_tap": True}, 130506, "password")])
def test_troubles_of_an_account(kinds, state, code, page):
    home(kinds, ADA, **state)
    assert refused_with(kinds, ADA, code).outcome == page


@pytest.mark.covers("error.50053")
def test_guessing_locks_the_account(kinds):
    person, flow = kinds.person(), kinds.device().json()
    page = person.send(person.send(person.open(flow["verification_uri"]), code=flow["user_code"]), email=ADA)
    codes = []
    while 50053 not in codes:
        page = person.send(page, password="guess")
        codes.append(page.code)
        assert len(codes) < 20
    assert set(codes) == {50126, 50053} and kinds.control("GET", f"/homes/{ADA}")["locked"] is True
    assert refused_with(kinds, ADA, 50053).outcome == "password"
    home(kinds, ADA, locked=False)
    assert walk(kinds, ADA)[1].ok


@pytest.mark.covers("error.50055", "error.50125", "error.50135", "home.new_password")
@pytest.mark.parametrize("state, code", [
    ({"password_expired": True}, 50055), ({"must_change": "reset"}, 50125), ({"must_change": "risk"}, 50135)])
def test_password_must_be_changed_at_home(kinds, state, code):
    home(kinds, ADA, **state)
    assert refused_with(kinds, ADA, code, refuse=("newpassword",)).outcome == "blocked"
    kinds.switch(refusal_at_poller="pending")
    flow, result = walk(kinds, ADA, new_password="renewed-1")
    assert result.ok and "newpassword" in result.pages and kinds.poll(flow["device_code"]).status_code == 200
    assert walk(kinds, ADA)[1].code == 50126
    assert walk(kinds, ADA, password="renewed-1")[1].ok


@pytest.mark.covers("error.50107", "error.50008", "error.20001", "error.20012", "error.90123")
@pytest.mark.parametrize("fault, code", [
    ("realm_unknown", 50107), ("bad_assertion", 50008), ("signin_response", 20001), ("bad_message", 20012),
    ("denied", 90123)])
@pytest.mark.parametrize("mail, ref", [(ADA, FABRIKAM), (SAM, "idp.adatum.example")])
def test_faults_of_the_identity_provider(kinds, fault, code, mail, ref):
    organisation(kinds, ref, fault=fault)
    assert refused_with(kinds, mail, code).outcome == "blocked"
    organisation(kinds, ref, fault=None)
    assert walk(kinds, mail)[1].ok


@pytest.mark.covers("error.500021", "error.500022")
@pytest.mark.parametrize("version, code", [("v1", 500021), ("v2", 500022)])
def test_tenant_restrictions_of_the_home_network(kinds, version, code):
    organisation(kinds, FABRIKAM, tenant_restrictions=version)
    refused_with(kinds, ADA, code)


@pytest.mark.covers("error.500212", "error.500213", "error.1000104")
@pytest.mark.parametrize("state, code", [
    ({"outbound_blocked": True}, 500212), ({"inbound_blocked": True}, 500213),
    ({"cloud": "microsoftonline.us"}, 1000104)])
def test_border_between_tenants(kinds, state, code):
    organisation(kinds, FABRIKAM, **state)
    refused_with(kinds, ADA, code)
    if code == 1000104:
        kinds.control("PATCH", "/policies/crossTenantAccessPolicy", {"allowedCloudEndpoints": ["microsoftonline.us"]})
        assert walk(kinds, ADA)[1].ok


@pytest.mark.covers("error.53011")
def test_risk_at_home(kinds):
    home(kinds, ADA, risk="high")
    refused_with(kinds, ADA, 53011)


@pytest.mark.covers("home.tap", "error.130502", "error.130503", "error.130504", "error.130505", "error.130507")
@pytest.mark.parametrize("state, code", [
    ("blocked", 130502), ("wrong", 130503), ("expired", 130504), ("used", 130505), ("none", 130507)])
def test_temporary_access_pass(kinds, state, code):
    tap = {"none": None, "wrong": {"value": "another"}}.get(state, {"value": "tap-1", "state": state})
    home(kinds, ADA, method="tap", tap=tap)
    assert refused_with(kinds, ADA, code, password="tap-1").outcome == "tap"
    kinds.switch(refusal_at_poller="pending")
    home(kinds, ADA, tap={"value": "tap-2", "once": True})
    assert walk(kinds, ADA, password="tap-2")[1].ok
    assert walk(kinds, ADA, password="tap-2")[1].code == 130505


@pytest.mark.covers("home.phone", "home.hello", "error.130500", "error.135010", "error.135011")
@pytest.mark.parametrize("method, state, code", [
    ("phone", "blocked", 130500), ("hello", "unknown_key", 135010), ("hello", "device_disabled", 135011)])
def test_factors_in_the_hand(kinds, method, state, code):
    home(kinds, ADA, method=method, **{method: state})
    assert refused_with(kinds, ADA, code).outcome == method
    kinds.switch(refusal_at_poller="pending")
    home(kinds, ADA, **{method: None})
    assert walk(kinds, ADA)[1].ok
    assert walk(kinds, ADA, refuse=(method,))[1].code == 500121


@pytest.mark.covers("home.certificate")
def test_certificate_at_home(kinds):
    home(kinds, ADA, method="certificate", mfa="none")
    assert walk(kinds, ADA)[1].ok and kinds.control("GET", "/sessions")[0]["amr"] == ["x509"]
    assert walk(kinds, ADA, refuse=("certificate",))[1].code == 500121


@pytest.mark.covers("home.mfa", "error.500121")
@pytest.mark.parametrize("method, amr", [
    ("push", {"rsa", "ngcmfa", "mfa"}), ("totp", {"totp", "mfa"}), ("sms", {"sms", "mfa"}), ("tel", {"tel", "mfa"}),
    ("fido", {"fido", "mfa"})])
def test_second_factor_at_home(kinds, method, amr):
    home(kinds, MARA, mfa_method=method)
    flow, result = walk(kinds, MARA)
    assert result.ok and "mfa" in result.pages
    signin = kinds.control("GET", "/sessions")[0]
    assert set(signin["amr"]) == {"pwd", *amr}
    assert refused_with(kinds, MARA, 500121, refuse=("mfa",)).outcome == "mfa"
    assert flow


@pytest.mark.covers("home.register", "error.50072", "error.50079")
@pytest.mark.parametrize("state, code", [("unregistered", 50072), ("must_register", 50079)])
def test_second_factor_must_be_registered_at_home(kinds, state, code):
    home(kinds, ADA, mfa=state)
    refused_with(kinds, ADA, code, refuse=("register",))
    kinds.switch(refusal_at_poller="pending")
    result = walk(kinds, ADA)[1]
    assert result.ok and result.pages[3:6] == ["register", "mfa", "confirm"]
    assert "register" not in walk(kinds, ADA)[1].pages


@pytest.mark.covers("home.mfa", "error.50088")
def test_telephone_limit_and_no_second_factor(kinds):
    home(kinds, ADA, mfa="limit")
    refused_with(kinds, ADA, 50088)
    kinds.switch(refusal_at_poller="pending")
    home(kinds, ADA, mfa="none")
    assert walk(kinds, ADA)[1].ok and kinds.control("GET", "/sessions")[0]["amr"] == ["pwd"]


@pytest.mark.covers("log.home_failures")
@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("mail", [ADA, MIA])
def test_failures_at_home_in_our_log(kinds, position, mail):
    kinds.switch(home_failures_in_log=position)
    walk(kinds, mail, password="guess")
    seen = [entry["status"]["errorCode"] for entry in kinds.control("GET", "/signin-log?all=1")]
    assert seen == ([50126] if position or mail == MIA else [])


@pytest.mark.covers("home.control")
def test_control_names_what_is_wrong(kinds):
    for body in ({"mfa": "sometimes"}, {"colour": "red"}, {"enabled": "yes"}, {"locked": None, "method": 5}):
        assert "none of" in kinds.control("PATCH", f"/homes/{ADA}", body, status=400)["error"] or "colour" in body
    assert "fault" in kinds.control("PATCH", f"/organisations/{FABRIKAM}", {"fault": "weather"}, status=400)["error"]
    kinds.control("PATCH", "/organisations/nowhere.example", {"fault": None}, status=404)
    kinds.control("PATCH", "/homes/nobody@nowhere.example", {"enabled": False}, status=404)
    assert walk(kinds, ADA)[1].ok
