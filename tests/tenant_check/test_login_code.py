# SPDX-License-Identifier: Apache-2.0
"""Authorization code with PKCE: authorize request, pages, redirect, redemption (fact sheet 3.1 to 3.3)."""
import base64
import json
import re
import urllib.parse
import uuid

import pytest

from browser import REDIRECT, Browser, challenge, redeem, refresh
from tenant_client import SECRET, check_error, unsigned

FABRIKAM = "fab41ca0-2222-4b00-8b00-000000000002"


@pytest.fixture
def browser(tenant):
    return Browser(tenant)


def change(tenant, name, **members):
    return tenant.control("PATCH", f"/registrations/{name}", members)


def redirected(browser, code, error, **given):
    """The error that comes back to the client."""
    browser.open(**given)
    answer = browser.answer
    assert answer["error"] == error and answer["error_description"].startswith(f"AADSTS{code}: "), answer
    assert answer["state"] == "s-1"
    return answer


@pytest.mark.covers("code.pkce", "code.state_nonce")
def test_code_with_pkce_gives_tokens(tenant, browser):
    verifier, hashed = challenge()
    code = browser.code(code_challenge=hashed, code_challenge_method="S256")
    assert browser.answer["state"] == "s-1" and uuid.UUID(browser.answer["session_state"])
    answer = redeem(tenant, code, code_verifier=verifier)
    assert answer.status_code == 200, answer.text
    identity = tenant.verified(answer.json()["id_token"], tenant.ready["client_id"])
    access = tenant.verified(answer.json()["access_token"], tenant.ready["api_id"])
    assert identity["nonce"] == "n-1" and "nonce" not in access
    assert identity["oid"] == access["oid"] == tenant.id_of("ada@fabrikam.example") and answer.json()["refresh_token"]
    assert identity["sid"] == browser.answer["session_state"]


@pytest.mark.covers("code.plain")
def test_plain_challenge_is_accepted(tenant, browser):
    code = browser.code(code_challenge="v" * 43, code_challenge_method="plain")
    assert redeem(tenant, code, code_verifier="v" * 43).status_code == 200


@pytest.mark.covers("code.response_modes")
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_response_modes(tenant, browser, mode):
    page = browser.open(response_mode=mode)
    if mode == "form_post":
        assert page.kind == "form_post"
        values = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.source))
        assert page.forms[0]["action"] == REDIRECT and values["state"] == "s-1"
        code = values["code"]
    else:
        parts = urllib.parse.urlsplit(browser.listener.seen.url)
        assert bool(parts.query) == (mode == "query") and bool(parts.fragment) == (mode == "fragment")
        code = browser.answer["code"]
    assert redeem(tenant, code).status_code == 200


@pytest.mark.covers("code.loopback_port", "error.50011")
@pytest.mark.parametrize("uri, good", [
    ("http://localhost:1234/signed-in", True), ("http://localhost/signed-in", True), ("http://localhost", True),
    ("http://localhost:7", True), ("http://127.0.0.1:99/signed-in", True), ("http://localhost:1/Signed-In", False),
    ("http://[::1]:1234/signed-in", False), ("http://localhost:1/signed-in/", False),
    ("https://localhost:1/signed-in", False),
    ("https://evil.example/signed-in", False)])
def test_redirect_uri_matching(browser, uri, good):
    page = browser.open(redirect_uri=uri)
    if good:
        assert browser.answer["code"]
        path = urllib.parse.urlsplit(browser.listener.seen.url).path
        assert path == (urllib.parse.urlsplit(uri).path or "/")
    else:
        assert browser.answer is None and (page.kind, page.code) == ("blocked", 50011)


@pytest.mark.covers("code.single_use", "error.54005")
def test_code_is_single_use(tenant, browser):
    code = browser.code()
    assert redeem(tenant, code).status_code == 200
    check_error(redeem(tenant, code), 54005, "invalid_grant")


@pytest.mark.covers("code.life", "error.70008", "switch.authorization_code_life")
@pytest.mark.parametrize("life", [60, 600])
def test_code_lives_a_minute(tenant, browser, life):
    tenant.switch(authorization_code_life=life)
    code = browser.code()
    tenant.control("PUT", "/clock", {"offset": life + 5})
    check_error(redeem(tenant, code), 70008, "invalid_grant")
    tenant.control("PUT", "/clock", {"offset": life - 30})
    assert redeem(tenant, code).status_code == 200


@pytest.mark.covers("error.501481", "error.501491", "error.50147")
def test_wrong_verifier_and_wrong_challenges(tenant, browser):
    _, hashed = challenge()
    code = browser.code(code_challenge=hashed, code_challenge_method="S256")
    check_error(redeem(tenant, code, code_verifier="w" * 43), 501481, "invalid_grant")
    check_error(redeem(tenant, code), 501481, "invalid_grant")
    redirected(browser, 501491, "invalid_request", code_challenge="short", code_challenge_method="S256")
    redirected(browser, 501491, "invalid_request", code_challenge="x" * 129)
    redirected(browser, 50147, "invalid_request", code_challenge_method="S256")


@pytest.mark.covers("error.700005", "error.700007", "error.500112", "error.70000")
def test_code_of_other_tenant_client_and_redirect(tenant, browser):
    code = browser.code()
    change(tenant, "signin", signInAudience="AzureADMultipleOrgs")
    check_error(redeem(tenant, code, path_tenant="organizations"), 700005, "invalid_grant")
    change(tenant, "staging", isFallbackPublicClient=True)
    staging = tenant.control("GET", "/registrations")["staging"]["appId"]
    check_error(redeem(tenant, code, client_id=staging), 700007, "invalid_grant")
    body = check_error(redeem(tenant, code, redirect_uri="http://localhost:1/signed-in"), 500112, "invalid_grant")
    assert REDIRECT in body["error_description"]
    check_error(redeem(tenant, "1.nobody-was-given-this"), 70000, "invalid_grant")
    assert redeem(tenant, code).status_code == 200


@pytest.mark.covers("code.public_secret", "error.700025")
def test_public_client_must_not_send_a_secret(tenant, browser):
    code = browser.code()
    check_error(redeem(tenant, code, client_secret="x"), 700025, "invalid_client", 401)
    assert redeem(tenant, code).status_code == 200


@pytest.mark.covers("code.web_platform", "error.7000218")
def test_web_platform_demands_a_secret(tenant, browser):
    change(tenant, "signin", publicClient={"redirectUris": []}, web={"redirectUris": [REDIRECT]},
           secrets=["web-secret"])
    code = browser.code()
    check_error(redeem(tenant, code), 7000218, "invalid_client", 401)
    answer = redeem(tenant, code, client_secret="web-secret").json()
    assert unsigned(answer["access_token"])["azpacr"] == "1"


@pytest.mark.covers("code.spa_platform", "error.9002327")
def test_spa_platform_wants_pkce_and_an_origin(tenant, browser):
    change(tenant, "signin", publicClient={"redirectUris": []}, spa={"redirectUris": [REDIRECT]})
    redirected(browser, 50147, "invalid_request")
    verifier, hashed = challenge()
    code = browser.code(code_challenge=hashed, code_challenge_method="S256")
    check_error(redeem(tenant, code, code_verifier=verifier), 9002327, "invalid_request")
    assert redeem(tenant, code, code_verifier=verifier, headers={"Origin": "http://localhost"}).status_code == 200


@pytest.mark.covers("code.session", "code.prompt_login")
def test_the_browsers_session_signs_in_without_pages(tenant, browser):
    tenant.switch(home_reprompts=True)
    browser.code()
    first = unsigned(redeem(tenant, browser.answer["code"]).json()["id_token"])
    assert browser.open(url=browser.url()).kind == "client"
    second = unsigned(redeem(tenant, browser.answer["code"]).json()["id_token"])
    assert (first["auth_time"], first["sid"]) == (second["auth_time"], second["sid"])
    for more in ({"prompt": "login"}, {"prompt": "select_account"}):
        page = browser.person.open(browser.url(**more))
        assert page.kind == "account"
    page = browser.person.open(browser.url(prompt="login", login_hint="ada@fabrikam.example"))
    assert page.kind == "password"


@pytest.mark.covers("code.max_age")
def test_max_age_asks_again(tenant, browser):
    tenant.switch(home_reprompts=True)
    browser.code()
    tenant.control("PUT", "/clock", {"offset": 600})
    hint = {"login_hint": "ada@fabrikam.example"}
    assert browser.person.open(browser.url(max_age="300", **hint)).kind == "password"
    assert browser.person.open(browser.url(max_age="3000", **hint)).kind == "client"


@pytest.mark.covers("code.login_hint", "code.domain_hint")
def test_hints_choose_the_account(tenant, browser):
    assert browser.person.open(browser.url(login_hint="ada@fabrikam.example")).kind == "password"
    browser.code("ada@fabrikam.example")
    browser.code("grace@fabrikam.example", prompt="login")
    browser.code("linus@northwind.example", prompt="login")
    assert browser.person.open(browser.url()).kind == "account"
    assert browser.person.open(browser.url(domain_hint="northwind.example")).kind == "client"
    claims = unsigned(redeem(tenant, browser.answer["code"]).json()["id_token"])
    assert claims["preferred_username"] == "linus@northwind.example"


@pytest.mark.covers("code.prompt_none", "error.50058", "error.50059", "error.50143", "error.16000")
def test_silent_requests(tenant, browser):
    silent = {"prompt": "none"}
    redirected(browser, 50058, "login_required", **silent)
    change(tenant, "signin", signInAudience="AzureADMultipleOrgs")
    redirected(browser, 50059, "invalid_request", tenant="organizations", scope="openid", **silent)
    browser.code()
    browser.open(**silent)
    assert redeem(tenant, browser.answer["code"]).status_code == 200
    redirected(browser, 50143, "interaction_required", domain_hint="northwind.example", **silent)
    redirected(browser, 50058, "login_required", login_hint="grace@fabrikam.example", **silent)
    browser.code("grace@fabrikam.example", prompt="login")
    redirected(browser, 16000, "interaction_required", **silent)


@pytest.mark.covers("error.50132", "error.50133", "error.70044")
def test_silent_requests_with_a_session_that_ended(tenant, browser):
    browser.code()
    tenant.control("PATCH", "/policy", {"sign_in_frequency": 60})
    tenant.control("PUT", "/clock", {"offset": 120})
    redirected(browser, 70044, "login_required", prompt="none")
    tenant.control("PATCH", "/policy", {"sign_in_frequency": None})
    tenant.control("POST", "/accounts/ada@fabrikam.example/revoke")
    redirected(browser, 50133, "login_required", prompt="none")
    tenant.control("POST", "/accounts/ada@fabrikam.example/revoke", {"password": True})
    redirected(browser, 50132, "login_required", prompt="none")


@pytest.mark.covers("code.refusals")
def test_what_is_refused_at_the_redirect_and_what_on_a_page(tenant, browser):
    redirected(browser, 165900, "invalid_request", prompt="select_account", login_hint="ada@fabrikam.example")
    redirected(browser, 165900, "invalid_request", claims="{no json")
    redirected(browser, 165900, "unsupported_response_type", response_type="token")
    redirected(browser, 900144, "invalid_request", scope="")
    redirected(browser, 500011, "invalid_resource", scope="api://nowhere/x")
    for given, code in (({"client_id": str(uuid.uuid4())}, 700016), ({"tenant": "nobody.example"}, 90002),
                        ({"tenant": "common"}, 50194), ({"client_id": None}, 900144)):
        page = browser.open(**given)
        assert (page.kind, page.code) == ("blocked", code) and browser.answer is None
    page = browser.open("evan@fabrikam.example")
    assert (page.kind, page.code) == ("blocked", 50020)


@pytest.mark.covers("code.consent_declined")
def test_declined_consent_comes_back_to_the_client(tenant, browser):
    redirected(browser, 65004, "access_denied", mail="linus@northwind.example", consent=False)


@pytest.mark.covers("error.50089", "switch.authorize_page_life")
@pytest.mark.parametrize("life", [3600, 0])
def test_pages_that_were_left_too_long(tenant, browser, life):
    tenant.switch(authorize_page_life=life)
    page = browser.open()
    if life:
        assert browser.answer["code"]
    else:
        assert page.kind == "gone" and "AADSTS50089" in page.text and browser.answer is None


@pytest.mark.covers("code.client_info")
def test_client_info_at_redirect_and_redemption(tenant, browser):
    code = browser.code(client_info="1")
    expected = {"uid": "fab41ca0-aaaa-4b00-8b00-00000000ada0", "utid": FABRIKAM}
    for text in (browser.answer["client_info"], redeem(tenant, code, client_info="1").json()["client_info"]):
        assert json.loads(base64.urlsafe_b64decode(text + "==")) == expected


@pytest.mark.covers("code.implicit_id_token", "token.hasgroups")
def test_id_token_through_the_browser(tenant, browser):
    redirected(browser, 165900, "unsupported_response_type", response_type="id_token")
    change(tenant, "signin", groupMembershipClaims="SecurityGroup", publicClient={"redirectUris": []}, secrets=["web"],
           web={"redirectUris": [REDIRECT], "implicitGrantSettings": {"enableIdTokenIssuance": True}})
    browser.open(response_type="code id_token")
    claims = tenant.verified(browser.answer["id_token"], tenant.ready["client_id"])
    assert claims["nonce"] == "n-1" and len(claims["groups"]) == 2 and browser.answer["code"]
    for number in range(5):
        tenant.control("POST", "/groups", {"displayName": f"more {number}", "members": ["ada@fabrikam.example"]})
    browser.open(response_type="id_token")
    claims = tenant.verified(browser.answer["id_token"], tenant.ready["client_id"])
    assert claims["hasgroups"] is True and "groups" not in claims and "code" not in browser.answer


@pytest.mark.covers("logout")
def test_logout_ends_the_session(tenant, browser):
    browser.code()
    page = browser.person.open(f"{tenant.login}/{tenant.tid}/oauth2/v2.0/logout")
    assert page.kind == "signedout"
    redirected(browser, 50058, "login_required", prompt="none")
    browser.code()
    where = urllib.parse.quote(REDIRECT, safe="")
    browser.person.open(f"{tenant.login}/{tenant.tid}/oauth2/v2.0/logout?post_logout_redirect_uri={where}&state=bye")
    assert browser.listener.seen.url == REDIRECT + "?state=bye"
    evil = "post_logout_redirect_uri=https%3A%2F%2Fevil.example"
    page = browser.person.open(f"{tenant.login}/{tenant.tid}/oauth2/v2.0/logout?{evil}")
    assert page.kind == "signedout"


@pytest.mark.covers("shared.home_token")
def test_over_organizations_the_token_is_the_home_tenants(tenant, browser):
    change(tenant, "signin", signInAudience="AzureADMultipleOrgs")
    code = browser.code(tenant="organizations", scope="openid profile")
    claims = unsigned(redeem(tenant, code, path_tenant="organizations").json()["id_token"])
    assert claims["tid"] == FABRIKAM and claims["iss"] == f"{tenant.login}/{FABRIKAM}/v2.0" and "idp" not in claims
    assert claims["oid"] == "fab41ca0-aaaa-4b00-8b00-00000000ada0" != tenant.id_of("ada@fabrikam.example")


def test_confidential_code_by_basic_header(tenant, browser):
    reader = tenant.ready["reader_id"]
    change(tenant, "reader", web={"redirectUris": [REDIRECT]}, grants=["openid", "profile"])
    code = browser.code(client_id=reader, scope="openid profile")
    basic = "Basic " + base64.b64encode(f"{reader}:{SECRET}".encode()).decode()
    assert redeem(tenant, code, client_id=None, headers={"Authorization": basic}).status_code == 200


@pytest.mark.covers("acrs.browser")
def test_step_up_for_an_authentication_context(tenant, browser):
    """The token endpoint says what is missing; the next request carries it, and the browser makes the person do it."""
    tenant.control("PATCH", "/policy", {"contexts": {"c1": "mfa", "c2": "block"}})
    mail = "dana@mailonly.example"
    token = redeem(tenant, browser.code(mail)).json()["refresh_token"]
    asked = json.dumps({"access_token": {"acrs": {"essential": True, "value": "c1"}}})
    refused = check_error(refresh(tenant, token, claims=asked), 50076, "interaction_required")
    kinds = browser.walked(mail, claims=refused["claims"])
    assert "proofup" in kinds or "mfahere" in kinds
    access = unsigned(redeem(tenant, browser.answer["code"]).json()["access_token"])
    assert access["acrs"] == ["c1"] and "mfa" in access["amr"]
    page = browser.open(mail, claims=json.dumps({"access_token": {"acrs": {"value": "c2"}}}))
    assert (page.kind, page.code) == ("blocked", 53003)
    redirected(browser, 53003, "interaction_required", prompt="none",
               claims=json.dumps({"access_token": {"acrs": {"value": "c2"}}}))
