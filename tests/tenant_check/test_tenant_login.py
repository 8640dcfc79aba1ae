# SPDX-License-Identifier: Apache-2.0
"""Host A for programs: discovery, keys, device codes, client credentials, and every error body."""
import base64
import hashlib
import uuid
from email.utils import parsedate_to_datetime
from time import time

import pytest
from cryptography import x509

from tenant_client import GRAPH_SCOPE, SECRET, Certificate, Tenant, check_error, unsigned

FABRIKAM = "fab41ca0-2222-4b00-8b00-000000000002"


def test_discovery_by_domain_answers_with_the_guid(tenant):
    by_guid, by_domain = (tenant.http.get(f"{tenant.login}/{ref}/v2.0/.well-known/openid-configuration", timeout=10).json()
                          for ref in (tenant.tid, "contoso.example"))
    assert by_guid == by_domain
    assert by_guid["issuer"] == f"{tenant.login}/{tenant.tid}/v2.0"
    assert by_guid["device_authorization_endpoint"] == f"{tenant.login}/{tenant.tid}/oauth2/v2.0/devicecode"
    assert by_guid["id_token_signing_alg_values_supported"] == ["RS256"]
    assert "grant_types_supported" not in by_guid


@pytest.mark.parametrize("shared", ["common", "organizations"])
def test_discovery_of_shared_path_has_templated_issuer(tenant, shared):
    found = tenant.http.get(f"{tenant.login}/{shared}/v2.0/.well-known/openid-configuration", timeout=10).json()
    assert found["issuer"] == f"{tenant.login}/{{tenantid}}/v2.0" and found["tenant_region_scope"] is None


def test_discovery_of_unknown_tenant(tenant):
    answer = tenant.http.get(f"{tenant.login}/{uuid.uuid4()}/v2.0/.well-known/openid-configuration", timeout=10)
    check_error(answer, 90002, "invalid_tenant")


def test_instance_discovery(tenant):
    url = f"{tenant.login}/common/discovery/instance"
    good = tenant.http.get(url, params={"api-version": "1.1", "authorization_endpoint": f"{tenant.login}/{tenant.tid}/x"}, timeout=10)
    assert good.json()["metadata"][0]["aliases"] and good.json()["api-version"] == "1.1"
    bad = tenant.http.get(url, params={"authorization_endpoint": "https://elsewhere.example/x/y"}, timeout=10)
    check_error(bad, 50049, "invalid_instance")


def test_keys_have_issuer_certificate_and_no_alg(tenant):
    keys = tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", timeout=10).json()["keys"]
    assert {key["issuer"] for key in keys} == {f"{tenant.login}/{{tenantid}}/v2.0",
                                              f"{tenant.login}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"}
    for key in keys:
        assert "alg" not in key and key["x5t"] == key["kid"] and key["e"] == "AQAB"
        der = base64.b64decode(key["x5c"][0], validate=True)
        numbers = x509.load_der_x509_certificate(der).public_key().public_numbers()
        assert int.from_bytes(base64.urlsafe_b64decode(key["n"] + "=="), "big") == numbers.n
        assert base64.urlsafe_b64decode(key["kid"] + "=") == hashlib.sha1(der).digest()
    old = tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/keys", timeout=10).json()["keys"]
    assert all("issuer" not in key for key in old)


def test_key_rotation(tenant):
    before = tenant.tokens()["access_token"]
    kid = tenant.control("POST", "/keys/rotate")["kid"]
    assert tenant.verified(before, tenant.ready["api_id"])
    after = tenant.tokens()["access_token"]
    assert tenant.verified(after, tenant.ready["api_id"])
    tenant.control("POST", "/keys/rotate", {"drop_old": True})
    published = tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", timeout=10).json()["keys"]
    assert kid not in [key["kid"] for key in published]


def test_device_code_answer(tenant):
    flow = tenant.device().json()
    assert set(flow) == {"user_code", "device_code", "verification_uri", "expires_in", "interval", "message"}
    assert (flow["expires_in"], flow["interval"]) == (900, 5) and len(flow["user_code"]) == 9
    assert len(flow["device_code"]) > 200 and flow["verification_uri"].startswith("https://")
    assert flow["verification_uri"] in flow["message"] and flow["user_code"] in flow["message"]


def test_device_message_can_be_hostile(tenant):
    tenant.switch(device_message="\x1b[2Jgo to https://evil.example")
    assert tenant.device().json()["message"] == "\x1b[2Jgo to https://evil.example"


def test_poll_pending_then_tokens_then_never_again(tenant):
    tenant.switch(slow_down=False)
    flow = tenant.device().json()
    check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")
    tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": "ada@fabrikam.example"})
    answer = tenant.poll(flow["device_code"])
    assert set(answer.json()) == {"token_type", "scope", "expires_in", "ext_expires_in", "access_token", "id_token"}
    assert answer.headers["Cache-Control"].startswith("no-store")
    check_error(tenant.poll(flow["device_code"]), 70000, "invalid_grant")


def test_poll_too_fast_is_slowed_down_for_good(tenant):
    flow = tenant.device().json()
    tenant.poll(flow["device_code"])
    body = tenant.poll(flow["device_code"]).json()
    assert body["error"] == "slow_down" and body["error_codes"] == []
    assert tenant.control("GET", f"/signins/{flow['user_code']}")["interval"] == 10


def test_poll_with_the_old_code_parameter(tenant):
    flow = tenant.approved()
    assert tenant.poll(flow["device_code"], code=flow["device_code"]).status_code == 200


@pytest.mark.parametrize("spelling, code", [("expired_token", 70020), ("code_expired", 70019)])
def test_poll_expired_in_both_spellings(tenant, spelling, code):
    tenant.switch(expired_spelling=spelling)
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/expire")
    check_error(tenant.poll(flow["device_code"]), code, spelling)


def test_poll_declined(tenant):
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/decline")
    check_error(tenant.poll(flow["device_code"]), 700171, "authorization_declined")


def test_poll_unknown_garbled_and_foreign_code(tenant):
    check_error(tenant.poll("D" + "x" * 280), 70018, "bad_verification_code")
    check_error(tenant.poll("garbled"), 70000, "invalid_grant")
    tenant.switch(unknown_device_code="invalid_grant")
    check_error(tenant.poll("D" + "x" * 280), 70000, "invalid_grant")


def test_correlation_id_is_the_clients(tenant):
    mine = str(uuid.uuid4())
    answer = tenant.post("/oauth2/v2.0/token", {"grant_type": "nonsense"}, client_request_id=mine, return_client_request_id="true")
    body = check_error(answer, 70003, "unsupported_grant_type")
    assert body["correlation_id"] == mine == answer.headers["client-request-id"]
    assert f"Correlation ID: {mine}" in body["error_description"]


def test_error_description_can_be_hostile_and_crlf(tenant):
    tenant.switch(error_description_suffix="\x1b[31m", description_separator="crlf")
    text = tenant.poll("garbled").json()["error_description"]
    assert "\x1b[31m\r\nTrace ID: " in text


@pytest.mark.parametrize("scope, code, error", [
    ("", 900144, "invalid_request"),
    ("openid profile {api}/ssh.logins", 650053, "invalid_scope"),
    ("openid api://0badf00d-0bad-4bad-8bad-0badf00d0bad/ssh.login", 500011, "invalid_resource"),
    ("openid {id}", 650053, "invalid_scope"),
    ("openid {api}/", 70011, "invalid_scope"),
    ("openid {api}/ssh.login {api}/.default", 70011, "invalid_scope"),
    ("{api}/ssh.login https://graph.microsoft.com/User.Read", 28002, "invalid_scope"),
])
def test_wrong_scopes(tenant, scope, code, error):
    text = scope.format(api=tenant.ready["api_uri"], id=tenant.ready["api_id"])
    check_error(tenant.device(text), code, error)


@pytest.mark.parametrize("scope", ["openid profile {id}/ssh.login", "openid profile {api}/.default"])
def test_other_forms_of_the_scope(tenant, scope):
    tokens = tenant.tokens(scope=scope.format(api=tenant.ready["api_uri"], id=tenant.ready["api_id"]))
    claims = tenant.verified(tokens["access_token"], tenant.ready["api_id"])
    assert claims["scp"] == "ssh.login"


def test_missing_consent_blocks(tenant):
    tenant.control("PATCH", "/registrations/api", {"preAuthorizedApplications": []})
    flow = tenant.device().json()
    done = tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": "ada@fabrikam.example"})
    assert done["blocked"] == 65001


def test_unknown_client_and_wrong_tenant(tenant):
    check_error(tenant.device(client_id=str(uuid.uuid4())), 700016, "unauthorized_client")
    form = {"client_id": tenant.ready["client_id"], "scope": "openid"}
    check_error(tenant.post("/oauth2/v2.0/devicecode", form, tenant=FABRIKAM), 700016, "unauthorized_client")
    check_error(tenant.post("/oauth2/v2.0/devicecode", form, tenant="nobody.example"), 90002, "invalid_tenant")
    check_error(tenant.post("/oauth2/v2.0/devicecode", form, tenant="common"), 50194, "invalid_request")
    check_error(tenant.post("/oauth2/v2.0/devicecode", {"scope": "openid"}), 900144, "invalid_request")


def test_sign_in_client_must_be_public(tenant):
    check_error(tenant.device(client_secret="x"), 700025, "invalid_client", 401)
    flow = tenant.device().json()
    check_error(tenant.poll(flow["device_code"], client_secret="x"), 700025, "invalid_client", 401)
    tenant.control("PATCH", "/registrations/signin", {"isFallbackPublicClient": False})
    check_error(tenant.poll(flow["device_code"]), 7000218, "invalid_client", 401)
    tenant.control("PATCH", "/registrations/signin", {"isFallbackPublicClient": True, "disabled": True})
    check_error(tenant.poll(flow["device_code"]), 7000112, "unauthorized_client")


def test_client_credentials_by_secret_in_body_and_header(tenant):
    body = tenant.app(client_secret=SECRET)
    assert set(body.json()) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    basic = "Basic " + base64.b64encode(f"{tenant.ready['reader_id']}:{SECRET}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": f"{tenant.graph}/.default"}
    answer = tenant.post("/oauth2/v2.0/token", form, Authorization=basic)
    assert unsigned(answer.json()["access_token"])["roles"] == ["User.Read.All", "GroupMember.Read.All"]


@pytest.mark.parametrize("form, code, error, status", [
    ({"client_secret": "guess"}, 7000215, "invalid_client", 401),
    ({}, 7000218, "invalid_client", 401),
    ({"client_secret": SECRET, "scope": "https://graph.microsoft.com/User.Read.All"}, 1002012, "invalid_scope", 400),
    ({"client_secret": SECRET, "scope": GRAPH_SCOPE + " openid"}, 70011, "invalid_scope", 400),
    ({"client_secret": SECRET, "scope": "https://elsewhere.example/.default"}, 500011, "invalid_resource", 400),
    ({"client_secret": SECRET, "scope": ""}, 900144, "invalid_request", 400),
])
def test_client_credentials_errors(tenant, form, code, error, status):
    check_error(tenant.app(**form), code, error, status)


def test_client_credentials_on_common(tenant):
    form = {"grant_type": "client_credentials", "client_id": tenant.ready["reader_id"], "client_secret": SECRET, "scope": GRAPH_SCOPE}
    check_error(tenant.post("/oauth2/v2.0/token", form, tenant="common"), 9001023, "invalid_request")


def _thumbprints(cert):
    sha256, sha1 = cert.sha256, cert.sha1
    url = base64.urlsafe_b64encode
    return {"unpadded": ({"x5t#S256": url(sha256).rstrip(b"=").decode()}, "PS256"),
            "padded": ({"x5t#S256": url(sha256).decode()}, "PS256"),
            "standard": ({"x5t#S256": base64.b64encode(sha256).decode()}, "PS256"),
            "legacy": ({"x5t": url(sha1).decode()}, "RS256")}


@pytest.mark.parametrize("form", ["unpadded", "padded", "standard", "legacy"])
def test_assertion_forms(tenant, certificate, form):
    tenant.control("POST", "/registrations/reader/certificates", {"pem": certificate.pem})
    header, alg = _thumbprints(certificate)[form]
    assert tenant.app(**tenant.assertion(certificate, header, alg)).status_code == 200
    assert tenant.app(**tenant.assertion(certificate, header, alg, nbf=None, iat=None, exp=time() + 60.5)).status_code == 200


def test_assertion_of_second_certificate_while_switching(tenant, certificate):
    newer = Certificate()
    for cert in (certificate, newer):
        tenant.control("POST", "/registrations/reader/certificates", {"pem": cert.pem})
    for cert in (certificate, newer):
        assert tenant.app(**tenant.assertion(cert, _thumbprints(cert)["unpadded"][0])).status_code == 200


@pytest.mark.parametrize("claims, code", [
    ({"sub": None, "iss": None}, 700022), ({"sub": "other"}, 50048), ({"sub": "other", "iss": "other"}, 700021),
    ({"aud": "https://elsewhere.example/token"}, 700023), ({"exp": 1}, 700024), ({"exp": None}, 700024),
    ({"nbf": 4102444800}, 700024), ({"exp": 4102444800}, 700024)])
def test_assertion_claims_are_checked(tenant, certificate, claims, code):
    tenant.control("POST", "/registrations/reader/certificates", {"pem": certificate.pem})
    header = _thumbprints(certificate)["unpadded"][0]
    check_error(tenant.app(**tenant.assertion(certificate, header, **claims)), code, "invalid_client", 401)


def test_assertion_key_is_checked(tenant, certificate):
    header = _thumbprints(certificate)["unpadded"][0]
    check_error(tenant.app(**tenant.assertion(certificate, header)), 700027, "invalid_client", 401)
    tenant.control("POST", "/registrations/reader/certificates", {"pem": certificate.pem})
    check_error(tenant.app(**tenant.assertion(Certificate(), header)), 700027, "invalid_client", 401)
    check_error(tenant.app(**tenant.assertion(certificate, {})), 700027, "invalid_client", 401)
    mixed = {"x5t": header["x5t#S256"]}
    check_error(tenant.app(**tenant.assertion(certificate, mixed)), 700027, "invalid_client", 401)
    garbled = {**tenant.assertion(certificate, header), "client_assertion": "a.b"}
    check_error(tenant.app(**garbled), 50012, "invalid_client", 401)


def test_date_follows_the_tenants_clock(tenant):
    tenant.control("PUT", "/clock", {"offset": 1000})
    for url in (f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", f"{tenant.graph}/v1.0/users", f"{tenant.graph}/nowhere"):
        date = parsedate_to_datetime(tenant.http.get(url, timeout=10).headers["Date"]).timestamp()
        assert abs(date - time() - 1000) < 5
    assert abs(unsigned(tenant.tokens()["access_token"])["iat"] + 300 - time() - 1000) < 5


def test_weather_on_the_login_host(tenant):
    tenant.control("POST", "/weather", {"path": "*/oauth2/v2.0/token", "aadsts": 90055, "status": 429, "retry_after": 9, "times": 1})
    slowed = tenant.poll("garbled")
    check_error(slowed, 90055, "temporarily_unavailable", 429)
    assert slowed.headers["Retry-After"] == "9"
    tenant.control("POST", "/weather", {"path": "*/devicecode", "status": 503, "body": "<h1>Sorry</h1>", "times": 1})
    sorry = tenant.device()
    assert sorry.status_code == 503 and sorry.headers["Content-Type"].startswith("text/html")
    tenant.control("POST", "/weather", {"path": "*/devicecode", "close": True, "times": 1})
    with pytest.raises(OSError):
        tenant.device()
    assert tenant.device().status_code == 200
    tenant.control("POST", "/weather", {"storm": 1}, status=400)


def test_second_tenant_process_has_its_own_offset_and_dies_cleanly():
    other = Tenant("--clock-offset", "-900")
    try:
        assert other.control("GET", "/clock")["offset"] == -900
        assert other.device().status_code == 200
    finally:
        assert other.stop() == 0


def test_request_log(tenant):
    tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", headers={"User-Agent": "probe/1 Linux"}, timeout=10)
    entry = tenant.control("GET", "/log?path=discovery/v2.0/keys")[-1]
    assert entry["headers"]["User-Agent"] == "probe/1 Linux" and entry["status"] == 200 and entry["host"] == "login"


def test_control_refuses_nonsense(tenant):
    tenant.control("PATCH", "/switches", {"no_such": 1}, status=400)
    tenant.control("PATCH", "/switches", {"slow_down": "yes"}, status=400)
    tenant.control("PATCH", "/switches", {"device_code_interval": True}, status=400)
    tenant.control("GET", "/guests/nobody@nowhere.example", status=404)
    tenant.control("POST", "/mutations", {"name": "no_such"}, status=400)
    calls = {one["call"] for one in tenant.control("GET", "/")}
    assert "POST /_control/signins/{code}/approve" in calls
