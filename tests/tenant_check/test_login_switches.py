# SPDX-License-Identifier: Apache-2.0
"""Switches about codes, errors and tokens in each of their positions, as far as no other test has them."""
import base64
import datetime
import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from rehearsal.world import switches, switches_login
from tenant_client import SECRET, Certificate, check_error, unsigned

ADA = "ada@fabrikam.example"


def approve(tenant, flow, mail=ADA, **more):
    return tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": mail, **more})


@pytest.mark.covers("switches.table")
def test_each_switch_of_ours_is_set_by_a_test():
    """A switch that nobody sets is a point that nobody has tried."""
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for name in switches_login.TABLE:
        assert f'"switch.{name}"' in text and re.search(rf"\b{name}=", text), name
    assert set(switches_login.TABLE) <= set(switches.TABLE)


@pytest.mark.covers("switch.slow_down", "15.1.slow_down", "15.1.success")
@pytest.mark.parametrize("on", [True, False])
def test_polling_too_fast(tenant, on):
    tenant.switch(slow_down=on)
    flow = tenant.device().json()
    assert [tenant.poll(flow["device_code"]).json()["error"] for _ in range(2)] == [
        "authorization_pending", "slow_down" if on else "authorization_pending"]
    assert tenant.control("GET", f"/signins/{flow['user_code']}")["interval"] == (10 if on else 5)
    approve(tenant, flow)
    assert tenant.poll(flow["device_code"]).status_code == 200


@pytest.mark.covers("switch.expired_spelling", "15.1.expired_token", "15.1.code_expired")
@pytest.mark.parametrize("spelling, code", [("expired_token", 70020), ("code_expired", 70019)])
def test_expired(tenant, spelling, code):
    tenant.switch(expired_spelling=spelling)
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/expire")
    check_error(tenant.poll(flow["device_code"]), code, spelling)


@pytest.mark.covers("switch.declined_code", "15.1.declined")
@pytest.mark.parametrize("code", [700171, 70017])
def test_declined(tenant, code):
    tenant.switch(declined_code=code)
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/decline")
    check_error(tenant.poll(flow["device_code"]), code, "authorization_declined")


@pytest.mark.covers("switch.unknown_device_code", "15.1.unknown_code")
@pytest.mark.parametrize("error, code", [("bad_verification_code", 70018), ("invalid_grant", 70000)])
def test_unknown_code(tenant, error, code):
    tenant.switch(unknown_device_code=error)
    check_error(tenant.poll("D" + "x" * 280), code, error)


@pytest.mark.covers("switch.refusal_at_poller", "15.1.blocked_pending", "15.1.blocked_error")
@pytest.mark.parametrize("where", ["pending", "error"])
def test_blocked_in_the_browser(tenant, where):
    tenant.switch(refusal_at_poller=where, policy_block=53003, slow_down=False)
    flow = tenant.device().json()
    assert approve(tenant, flow)["blocked"] == 53003
    if where == "error":
        body = check_error(tenant.poll(flow["device_code"]), 53003, "invalid_grant")
        assert body["suberror"] == "message_only" and "capolids" in body["claims"]
    else:
        for _ in range(3):
            check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")
        tenant.control("POST", f"/signins/{flow['user_code']}/expire")
        check_error(tenant.poll(flow["device_code"]), 70020, "expired_token")


@pytest.mark.covers("switch.recheck_at_redemption")
@pytest.mark.parametrize("checked", [False, True])
def test_disabled_between_browser_and_poll(tenant, checked):
    tenant.switch(recheck_at_redemption=checked)
    flow = tenant.approved()
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    if checked:
        check_error(tenant.poll(flow["device_code"]), 500571, "invalid_grant")
    else:
        assert tenant.poll(flow["device_code"]).status_code == 200


@pytest.mark.covers("switch.device_code_lifetime", "switch.device_code_interval", "switch.user_code_length")
@pytest.mark.parametrize("life, interval, length", [(900, 5, 9), (60, 1, 8)])
def test_numbers_of_the_device_code(tenant, life, interval, length):
    tenant.switch(device_code_lifetime=life, device_code_interval=interval, user_code_length=length)
    flow = tenant.device().json()
    assert (flow["expires_in"], flow["interval"], len(flow["user_code"])) == (life, interval, length)
    assert tenant.control("GET", f"/signins/{flow['user_code']}")["seconds_left"] <= life


@pytest.mark.covers("switch.device_page")
@pytest.mark.parametrize("path", ["device", "devicelogin", "link"])
def test_page_of_the_code(tenant, path):
    tenant.switch(device_page=path)
    flow = tenant.device().json()
    assert flow["verification_uri"] == f"{tenant.login}/{path}" and flow["verification_uri"] in flow["message"]
    from tenant_client import PASSWORDS
    assert tenant.person().sign_in(flow["user_code"], ADA, PASSWORDS[ADA], start=flow["verification_uri"]).ok


@pytest.mark.covers("switch.device_message", "device.message_language")
@pytest.mark.parametrize("text", [None, "\x1b[2Jgo to https://evil.example"])
def test_message(tenant, text):
    tenant.switch(device_message=text)
    flow = tenant.device().json()
    assert flow["message"] == text if text else flow["user_code"] in flow["message"]
    form = {"client_id": tenant.ready["client_id"], "scope": "openid"}
    german = tenant.post("/oauth2/v2.0/devicecode?mkt=de-DE", form).json()["message"]
    assert german == text if text else german.startswith("Um sich anzumelden")


@pytest.mark.covers("switch.error_description_suffix", "switch.description_separator")
@pytest.mark.parametrize("gap, sign", [("space", " "), ("crlf", "\r\n")])
@pytest.mark.parametrize("suffix", ["", "\x1b]0;owned\x07"])
def test_description_of_errors(tenant, gap, sign, suffix):
    tenant.switch(description_separator=gap, error_description_suffix=suffix)
    text = tenant.poll("garbled").json()["error_description"]
    assert f"malformed.{suffix}{sign}Trace ID: " in text


@pytest.mark.covers("switch.missing_service_principal", "switch.resource_must_be_listed", "switch.two_resources_code")
@pytest.mark.parametrize("missing, listed, two", [(500011, True, 28002), (650052, False, 70011)])
def test_configuration(tenant, missing, listed, two):
    tenant.switch(missing_service_principal=missing, resource_must_be_listed=listed, two_resources_code=two)
    assert tenant.device(f"{tenant.ready['api_scope']} User.Read").json()["error_codes"] == [two]
    tenant.control("PATCH", "/registrations/signin", {"requiredResourceAccess": {"graph": ["openid"]}})
    assert tenant.device().json().get("error_codes") == ([650057] if listed else None)
    tenant.control("PATCH", "/registrations/api", {"servicePrincipal": "missing"})
    assert tenant.device().json()["error_codes"] == [missing]


@pytest.mark.covers("switch.step_up_error")
@pytest.mark.parametrize("error", ["invalid_grant", "interaction_required"])
def test_error_of_what_asks_for_more(tenant, error):
    tenant.switch(step_up_error=error, policy_block=53000, refusal_at_poller="error")
    flow = tenant.device().json()
    approve(tenant, flow)
    check_error(tenant.poll(flow["device_code"]), 53000, error)


@pytest.mark.covers("switch.scope_lists_oidc", "switch.bare_id_token", "switch.access_token_amr")
@pytest.mark.parametrize("full", [True, False])
def test_answer_and_claims(tenant, full):
    tenant.switch(scope_lists_oidc=full, bare_id_token=not full, access_token_amr=full)
    answer = tenant.tokens()
    assert answer["scope"].split() == (["openid", "profile"] if full else []) + [tenant.ready["api_scope"]]
    identity, access = unsigned(answer["id_token"]), unsigned(answer["access_token"])
    assert ({"sid", "aio", "email"} <= set(identity)) == full and ({"amr", "ipaddr"} <= set(access)) == full
    assert full or not {"sid", "aio", "email"} & set(identity)


@pytest.mark.covers("switch.browser_address")
@pytest.mark.parametrize("address", [None, "203.0.113.7"])
def test_address_in_the_token(tenant, address):
    tenant.switch(browser_address=address)
    flow = tenant.device().json()
    approve(tenant, flow, address="198.51.100.9")
    assert unsigned(tenant.poll(flow["device_code"]).json()["access_token"])["ipaddr"] == (address or "198.51.100.9")


@pytest.mark.covers("switch.mail_idp")
@pytest.mark.parametrize("idp", ["mail", "urn:mail-otp"])
def test_idp_of_a_mailed_code(tenant, idp):
    tenant.switch(mail_idp=idp)
    assert unsigned(tenant.tokens("dana@mailonly.example")["id_token"])["idp"] == idp


@pytest.mark.covers("switch.platform_of_poll")
@pytest.mark.parametrize("whose", ["poller", "browser"])
def test_platform_at_the_poll(tenant, whose):
    tenant.switch(platform_of_poll=whose)
    tenant.control("PATCH", "/policy", {"platforms": True})
    flow = tenant.approved()
    form = {"grant_type": "device_code", "client_id": tenant.ready["client_id"], "device_code": flow["device_code"]}
    answer = tenant.post("/oauth2/v2.0/token", form, User_Agent="nothing")
    if whose == "poller":
        check_error(answer, 50005, "invalid_grant")
    else:
        assert answer.status_code == 200


def test_every_documented_number_has_a_state_and_a_text():
    from rehearsal.login.errors import TABLE
    assert len(TABLE) > 190 and all(entry.text and entry.error and 400 <= entry.status < 600
                                    for entry in TABLE.values())


def test_secret_is_not_in_the_log(tenant):
    tenant.app(client_secret=SECRET)
    assert SECRET not in str(tenant.control("GET", "/log"))


@pytest.mark.covers("switch.key_certificates")
@pytest.mark.parametrize("state, valid", [("valid", True), ("expired", False)])
def test_certificates_of_the_keys(tenant, state, valid):
    tenant.switch(key_certificates=state)
    keys = tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", timeout=10).json()["keys"]
    for key in keys:
        found = x509.load_der_x509_certificate(base64.b64decode(key["x5c"][0]))
        assert (found.not_valid_after > datetime.datetime.utcnow()) == valid
        numbers = found.public_key().public_numbers()
        assert int.from_bytes(base64.urlsafe_b64decode(key["n"] + "=="), "big") == numbers.n
    assert tenant.verified(tenant.tokens()["access_token"], tenant.ready["api_id"])


@pytest.mark.covers("switch.id_token_life", "switch.ext_expires_in")
@pytest.mark.parametrize("life, way", [(3900, "same"), (3600, "longer"), (3900, "absent")])
def test_lives(tenant, life, way):
    tenant.switch(id_token_life=life, ext_expires_in=way)
    answer = tenant.tokens()
    claims = unsigned(answer["id_token"])
    assert claims["exp"] - claims["iat"] == life
    wanted = {"same": answer["expires_in"], "longer": answer["expires_in"] * 4, "absent": None}[way]
    assert answer.get("ext_expires_in") == wanted


@pytest.mark.covers("switch.suberrors")
@pytest.mark.parametrize("there", [True, False])
def test_suberror(tenant, there):
    tenant.switch(suberrors=there, policy_block=53003, refusal_at_poller="error")
    flow = tenant.device().json()
    approve(tenant, flow)
    assert ("suberror" in check_error(tenant.poll(flow["device_code"]), 53003, "invalid_grant")) == there


@pytest.mark.covers("switch.ec_assertions")
@pytest.mark.parametrize("taken", [False, True])
def test_assertion_by_an_elliptic_key(tenant, taken):
    tenant.switch(ec_assertions=taken)
    cert = Certificate(ec.generate_private_key(ec.SECP256R1()))
    tenant.control("POST", "/registrations/reader/certificates", {"pem": cert.pem})
    thumb = base64.urlsafe_b64encode(cert.sha256).rstrip(b"=").decode()
    answer = tenant.app(**tenant.assertion(cert, {"x5t#S256": thumb}, "ES256"))
    if taken:
        assert answer.status_code == 200
    else:
        check_error(answer, 700027, "invalid_client", 401)


@pytest.mark.covers("switch.missing_service_error", "switch.unknown_scope_error", "error.650052", "error.650053")
@pytest.mark.parametrize("service, scope", [("invalid_grant", "invalid_scope"),
                                            ("unauthorized_client", "invalid_client")])
def test_errors_of_wrong_registrations(tenant, service, scope):
    tenant.switch(missing_service_error=service, unknown_scope_error=scope, missing_service_principal=650052)
    check_error(tenant.device(f"openid {tenant.ready['api_uri']}/no.such"), 650053, scope)
    tenant.control("PATCH", "/registrations/api", {"servicePrincipal": "missing"})
    check_error(tenant.device(), 650052, service)
