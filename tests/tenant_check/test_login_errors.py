# SPDX-License-Identifier: Apache-2.0
"""Login errors of a device code, of client credentials and of the service itself, each in the state that causes it."""
import datetime
import json
import time
import uuid

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tenant_client import ASSERTION_TYPE, GRAPH_SCOPE, SECRET, Certificate, check_error, unsigned

FABRIKAM = "fab41ca0-2222-4b00-8b00-000000000002"
HEALTH = {"retryable": (50033, 503), "strong_authentication_down": (50087, 503), "external_server_error": (90006, 503),
          "timeout": (90012, 504), "budget_exceeded": (90024, 503), "directory_down": (90033, 503),
          "throttled": (90055, 429),
          "graph_down": (90090, 503), "conflicting_identities": (50197, 400), "deprovisioned": (5000224, 400),
          "resource_unavailable": (399284, 400)}


def change(tenant, name, **members):
    return tenant.control("PATCH", f"/registrations/{name}", members)


# The service

@pytest.mark.covers(*(f"error.{number}" for number, _ in HEALTH.values()), "health")
@pytest.mark.parametrize("state", HEALTH)
def test_service_that_is_unwell(tenant, state):
    code, status = HEALTH[state]
    flow = tenant.approved()
    tenant.control("PATCH", "/health", {"login": state, "retry_after": 17})
    for answer in (tenant.poll(flow["device_code"]), tenant.device(), tenant.app(client_secret=SECRET)):
        assert answer.json()["error_codes"] == [code] and answer.status_code == status
        assert answer.headers["Retry-After"] == "17"
    assert tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", timeout=10).status_code == 200
    tenant.control("PATCH", "/health", {"login": "good"})
    assert tenant.poll(flow["device_code"]).status_code == 200
    tenant.control("PATCH", "/health", {"login": "feverish"}, status=400)


@pytest.mark.covers("switch.throttled_status", "error.90055")
@pytest.mark.parametrize("status", [429, 503])
def test_status_of_throttling(tenant, status):
    tenant.switch(throttled_status=status)
    tenant.control("PATCH", "/health", {"login": "throttled"})
    check_error(tenant.device(), 90055, "temporarily_unavailable", status)


@pytest.mark.covers("switch.unknown_tenant_status", "error.90002")
@pytest.mark.parametrize("status", [400, 404])
def test_status_of_an_unknown_tenant(tenant, status):
    tenant.switch(unknown_tenant_status=status)
    answer = tenant.http.get(f"{tenant.login}/nobody.example/v2.0/.well-known/openid-configuration", timeout=10)
    check_error(answer, 90002, "invalid_tenant", status)


@pytest.mark.covers("error.50196", "switch.loop_limit")
@pytest.mark.parametrize("limit", [0, 3])
def test_a_client_that_polls_in_a_loop(tenant, limit):
    tenant.switch(slow_down=False, loop_limit=limit)
    flow = tenant.device().json()
    seen = [tenant.poll(flow["device_code"]).json()["error_codes"] for _ in range(6)]
    assert seen == ([[70016]] * 6 if limit == 0 else [[70016]] * 4 + [[50196]] * 2)


# The device code

@pytest.mark.covers("error.50134")
def test_approved_in_another_data_centre(tenant):
    flow = tenant.approved()
    tenant.control("PATCH", "/health", {"data_centre": "two"})
    check_error(tenant.poll(flow["device_code"]), 50134, "invalid_request")


@pytest.mark.covers("error.70000", "error.50189", "switch.garbled_device_code")
@pytest.mark.parametrize("code", [70000, 50189])
def test_garbled_device_code(tenant, code):
    tenant.switch(garbled_device_code=code)
    check_error(tenant.poll("garbled"), code, "invalid_grant")


@pytest.mark.covers("error.70016", "error.70018", "error.70020", "error.70033", "error.70034", "error.70035",
                    "error.70039",
                    "error.700171", "switch.device_numbers")
@pytest.mark.parametrize("dialect, success, declined, missing, expired", [
    ("usual", 70000, 700171, 70018, 70020), ("remote_session", 70033, 70034, 70035, 70039)])
def test_numbers_after_the_end(tenant, dialect, success, declined, missing, expired):
    tenant.switch(device_numbers=dialect, slow_down=False)
    flow = tenant.approved()
    assert tenant.poll(flow["device_code"]).status_code == 200
    check_error(tenant.poll(flow["device_code"]), success, "invalid_grant")
    flow = tenant.device().json()
    check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")
    tenant.control("POST", f"/signins/{flow['user_code']}/decline")
    check_error(tenant.poll(flow["device_code"]), declined, "authorization_declined")
    check_error(tenant.poll("D" + "x" * 280), missing, "bad_verification_code")
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/expire")
    check_error(tenant.poll(flow["device_code"]), expired, "expired_token")


@pytest.mark.covers("error.70017", "error.700171")
@pytest.mark.parametrize("code", [70017, 700171])
def test_number_of_declined(tenant, code):
    tenant.switch(declined_code=code)
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/decline")
    check_error(tenant.poll(flow["device_code"]), code, "authorization_declined")


@pytest.mark.covers("switch.repoll_after_success")
@pytest.mark.parametrize("error, code", [("invalid_grant", 70000), ("expired_token", 70020)])
def test_second_redemption(tenant, error, code):
    tenant.switch(repoll_after_success=error)
    flow = tenant.approved()
    assert tenant.poll(flow["device_code"]).status_code == 200
    check_error(tenant.poll(flow["device_code"]), code, error)


@pytest.mark.covers("error.70019", "error.90119", "error.90120", "error.70018")
def test_what_the_code_page_says(tenant):
    tenant.switch(expired_spelling="code_expired")
    person = tenant.person()

    def entered(code):
        return person.send(person.open(f"{tenant.login}/device"), code=code).text
    assert "AADSTS90119" in entered("")
    assert "AADSTS70018" in entered("NOSUCHCDE")
    flow = tenant.approved()
    assert "AADSTS90120" in entered(flow["user_code"])
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/expire")
    assert "AADSTS70019" in entered(flow["user_code"])
    check_error(tenant.poll(flow["device_code"]), 70019, "code_expired")


@pytest.mark.covers("error.90136", "error.7000218", "switch.confidential_device_code")
@pytest.mark.parametrize("when", ["poll", "request"])
def test_client_that_is_not_public(tenant, when):
    flow = tenant.device().json()
    change(tenant, "signin", isFallbackPublicClient=False)
    tenant.switch(confidential_device_code=when)
    check_error(tenant.poll(flow["device_code"]), 7000218, "invalid_client", 401)
    if when == "request":
        check_error(tenant.device(), 90136, "invalid_client", 401)
    else:
        assert tenant.device().status_code == 200


@pytest.mark.covers("error.90132", "error.90019", "error.700011", "error.700016", "error.50194")
def test_paths_and_audiences(tenant):
    form = {"client_id": tenant.ready["client_id"], "scope": "openid"}
    check_error(tenant.post("/oauth2/v2.0/devicecode", form, tenant="common"), 50194, "invalid_request")
    unknown = {**form, "client_id": str(uuid.uuid4())}
    check_error(tenant.post("/oauth2/v2.0/devicecode", unknown, tenant="organizations"), 700011, "unauthorized_client")
    check_error(tenant.post("/oauth2/v2.0/devicecode", unknown), 700016, "unauthorized_client")
    change(tenant, "signin", signInAudience="PersonalMicrosoftAccount")
    check_error(tenant.device(), 90132, "invalid_request")
    assert tenant.post("/oauth2/v2.0/devicecode", form, tenant="consumers").status_code == 200
    bare = tenant.http.post(f"{tenant.login}/oauth2/v2.0/token", data={"grant_type": "device_code"}, timeout=10)
    check_error(bare, 90019, "invalid_request")


@pytest.mark.covers("error.900144", "error.70003", "error.165900", "error.650053", "error.28002")
def test_requests_that_lack_or_garble_something(tenant):
    check_error(tenant.post("/oauth2/v2.0/token", {"client_id": "x"}), 900144, "invalid_request")
    for grant in ("password", "urn:ietf:params:oauth:grant-type:saml2-bearer"):
        form = {"grant_type": grant, "client_id": tenant.ready["client_id"], "username": "ada@fabrikam.example",
                "password": "x"}
        check_error(tenant.post("/oauth2/v2.0/token", form), 70003, "unsupported_grant_type")
    check_error(tenant.device(claims="{"), 165900, "invalid_request")
    check_error(tenant.device(f"openid {tenant.ready['api_uri']}/no.such"), 650053, "invalid_scope")
    check_error(tenant.device(f"{tenant.ready['api_scope']} User.Read"), 28002, "invalid_scope")


@pytest.mark.covers("error.50005", "error.50049")
def test_platform_at_the_poll_and_unknown_instances(tenant):
    tenant.control("PATCH", "/policy", {"platforms": True})
    flow = tenant.approved()
    answer = tenant.http.post(f"{tenant.login}/{tenant.tid}/oauth2/v2.0/token", headers={"User-Agent": "nothing"},
                              timeout=10, data={
        "grant_type": "device_code", "client_id": tenant.ready["client_id"], "device_code": flow["device_code"]})
    check_error(answer, 50005, "invalid_grant")
    bad = tenant.http.get(f"{tenant.login}/common/discovery/instance", timeout=10,
                          params={"authorization_endpoint": "https://elsewhere.example/x/y"})
    check_error(bad, 50049, "invalid_instance")


# Client credentials

def dated(begin, end):
    """A certificate valid from `begin` to `end` days from now."""
    cert = Certificate()
    now = datetime.datetime.utcnow()
    cert.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reader.contoso.example")])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(cert.key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now + datetime.timedelta(days=begin))
            .not_valid_after(now + datetime.timedelta(days=end)).sign(cert.key, hashes.SHA256()))
    from cryptography.hazmat.primitives import serialization
    cert.pem = made.public_bytes(serialization.Encoding.PEM).decode()
    cert.der = made.public_bytes(serialization.Encoding.DER)
    cert.sha256 = made.fingerprint(hashes.SHA256())
    return cert


def thumb(cert):
    import base64
    return {"x5t#S256": base64.urlsafe_b64encode(cert.sha256).rstrip(b"=").decode()}


@pytest.mark.covers("error.1000502")
@pytest.mark.parametrize("begin, end", [(-20, -2), (2, 20)])
def test_certificate_out_of_its_time(tenant, begin, end):
    cert = dated(begin, end)
    tenant.control("POST", "/registrations/reader/certificates", {"pem": cert.pem})
    check_error(tenant.app(**tenant.assertion(cert, thumb(cert))), 1000502, "invalid_client", 401)


@pytest.mark.covers("error.700030", "credentials.subject_name")
def test_certificate_trusted_by_its_name(tenant):
    import base64
    cert = dated(-1, 20)
    header = {**thumb(cert), "x5c": [base64.b64encode(cert.der).decode()]}
    change(tenant, "reader", trustedSubjects=["other.contoso.example"])
    body = check_error(tenant.app(**tenant.assertion(cert, header)), 700030, "invalid_client", 401)
    assert "reader.contoso.example" in body["error_description"]
    change(tenant, "reader", trustedSubjects=["reader.contoso.example"])
    assert tenant.app(**tenant.assertion(cert, header)).status_code == 200


@pytest.mark.covers("error.7000222", "error.7000215", "error.70002", "error.90014", "error.7000218", "error.50012",
                    "error.50048",
                    "error.700021", "error.700022", "error.700023", "error.700024", "error.700027")
def test_wrong_credentials(tenant, certificate):
    change(tenant, "reader", secrets=[{"value": "old", "expires": time.time() - 5},
                                      {"value": "new", "expires": time.time() + 900}])
    check_error(tenant.app(client_secret="old"), 7000222, "invalid_client", 401)
    check_error(tenant.app(client_secret=SECRET), 7000215, "invalid_client", 401)
    assert tenant.app(client_secret="new").status_code == 200
    check_error(tenant.app(), 7000218, "invalid_client", 401)
    check_error(tenant.app(client_assertion_type=ASSERTION_TYPE), 90014, "invalid_request")
    tenant.control("POST", "/registrations/reader/certificates", {"pem": certificate.pem})
    header = thumb(certificate)
    check_error(tenant.app(client_secret="new", **tenant.assertion(certificate, header)), 70002, "invalid_client", 401)
    check_error(tenant.app(client_assertion="a.b", client_assertion_type=ASSERTION_TYPE), 50012, "invalid_client", 401)
    for claims, code in (({"sub": None, "iss": None}, 700022), ({"sub": "other"}, 50048), ({"exp": 1}, 700024),
                         ({"sub": "other", "iss": "other"}, 700021), ({"aud": "https://elsewhere.example"}, 700023)):
        check_error(tenant.app(**tenant.assertion(certificate, header, **claims)), code, "invalid_client", 401)
    check_error(tenant.app(**tenant.assertion(certificate, {})), 700027, "invalid_client", 401)


@pytest.mark.covers("error.9001023", "error.900382", "error.1002012", "error.70011", "error.500011")
def test_tenant_and_scope_of_client_credentials(tenant):
    form = {"grant_type": "client_credentials", "client_id": tenant.ready["reader_id"], "client_secret": SECRET,
            "scope": GRAPH_SCOPE}
    for shared in ("common", "consumers"):
        check_error(tenant.post("/oauth2/v2.0/token", form, tenant=shared), 9001023, "invalid_request")
    check_error(tenant.post("/oauth2/v2.0/token", form, tenant=FABRIKAM), 700016, "unauthorized_client")
    tenant.control("PATCH", "/organisations/fabrikam.example/cloud", {"cloud": "usgov"})
    check_error(tenant.post("/oauth2/v2.0/token", form, tenant=FABRIKAM), 900382, "invalid_client", 401)
    for scope, code, error in (("https://graph.microsoft.com/User.Read", 1002012, "invalid_scope"),
                               (GRAPH_SCOPE + " openid", 70011, "invalid_scope"),
                               ("api://nowhere/.default", 500011, "invalid_resource")):
        check_error(tenant.app(client_secret=SECRET, scope=scope), code, error)


@pytest.mark.covers("error.900432", "error.1002021")
def test_guest_of_another_cloud(tenant):
    tenant.control("PATCH", "/policies/crossTenantAccessPolicy", {"allowedCloudEndpoints": ["usgov"]})
    tenant.control("PATCH", "/organisations/fabrikam.example/cloud", {"cloud": "usgov"})
    assert tenant.tokens()
    tenant.control("PATCH", "/organisations/fabrikam.example/cloud", {"cross_cloud_clients": False})
    check_error(tenant.poll(tenant.approved()["device_code"]), 1002021, "invalid_request")
    from browser import REDIRECT, Browser, redeem
    change(tenant, "signin", publicClient={"redirectUris": []}, web={"redirectUris": [REDIRECT]}, secrets=["web"])
    check_error(redeem(tenant, Browser(tenant).code(), client_secret="web"), 900432, "invalid_client", 401)


@pytest.mark.covers("credentials.workload_policy", "error.53003")
def test_policy_on_workload_identities(tenant):
    tenant.control("PATCH", "/policy", {"blocked_app_only": True, "capolids": ["p-1", "p-2"]})
    body = check_error(tenant.app(client_secret=SECRET), 53003, "invalid_grant")
    assert json.loads(body["claims"]) == {"access_token": {"capolids": {"essential": True, "values": ["p-1", "p-2"]}}}


class Issuer:
    """A foreign issuer of workload tokens, e.g. a build service."""

    url = "https://tokens.build.example"

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def keys(self):
        return {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())), "kid": "k1",
                          "use": "sig"}]}

    def form(self, **claims):
        now = int(time.time())
        values = {"iss": self.url, "sub": "repo:contoso/hosts", "aud": "api://AzureADTokenExchange", "iat": now,
                  "exp": now + 300}
        text = jwt.encode({**values, **claims}, self.key, "RS256", headers={"kid": "k1"})
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}


@pytest.mark.covers("switch.federated_audience_code")
@pytest.mark.parametrize("code", [700212, 700213])
def test_federated_token_of_another_audience(tenant, code):
    tenant.switch(federated_audience_code=code)
    issuer = Issuer()
    entry = {"issuer": issuer.url, "subject": "repo:contoso/hosts", "keys": issuer.keys()}
    change(tenant, "reader", federatedCredentials=[entry])
    check_error(tenant.app(**issuer.form(aud="api://other")), code, "invalid_client", 401)


@pytest.mark.covers("credentials.federated", "error.70025", "error.700211", "error.700212", "error.700213",
                    "error.700027", "error.700024")
def test_federated_credentials(tenant):
    issuer = Issuer()
    check_error(tenant.app(**issuer.form()), 70025, "invalid_client", 401)
    entry = {"issuer": issuer.url, "subject": "repo:contoso/hosts", "audiences": ["api://AzureADTokenExchange"],
             "keys": issuer.keys()}
    change(tenant, "reader", federatedCredentials=[entry])
    answer = tenant.app(**issuer.form())
    assert answer.status_code == 200 and unsigned(answer.json()["access_token"])["appidacr"] == "2"
    for claims, code in (({"iss": issuer.url + "/"}, 700211), ({"aud": "api://other"}, 700212),
                         ({"sub": "repo:evil/hosts"}, 700213),
                         ({"exp": 1}, 700024)):
        check_error(tenant.app(**issuer.form(**claims)), code, "invalid_client", 401)
    check_error(tenant.app(**{**issuer.form(), **Issuer().form()}), 700027, "invalid_client", 401)


@pytest.mark.covers("error.700229")
def test_federation_with_our_own_tenant_takes_app_only_tokens(tenant):
    person = tenant.tokens()["access_token"]
    claims = unsigned(person)
    entry = {"issuer": claims["iss"], "subject": claims["sub"], "audiences": [claims["aud"]]}
    robot_scope = f"{tenant.ready['api_uri']}/.default"
    change(tenant, "api", assigned=["reader", "67000000-0001-4e00-8e00-000000000001"])
    robot = tenant.app(client_secret=SECRET, scope=robot_scope).json()["access_token"]
    change(tenant, "reader", federatedCredentials=[entry, {**entry, "subject": unsigned(robot)["sub"]}])
    form = {"client_assertion_type": ASSERTION_TYPE}
    check_error(tenant.app(client_assertion=person, **form), 700229, "invalid_client", 401)
    assert tenant.app(client_assertion=robot, **form).status_code == 200


@pytest.mark.covers("switch.missing_client_principal_error", "error.7000229")
@pytest.mark.parametrize("error", ["unauthorized_client", "invalid_grant", "invalid_client"])
def test_error_of_a_client_without_service_principal(tenant, error):
    tenant.switch(missing_client_principal_error=error)
    change(tenant, "signin", servicePrincipal="missing")
    assert (tenant.device().json()["error"], tenant.device().json()["error_codes"]) == (error, [7000229])


# On behalf of

@pytest.mark.covers("obo", "error.240002", "error.50013", "error.500133")
def test_an_api_acts_on_behalf_of_the_person(tenant):
    change(tenant, "api", secrets=["api-secret"], grants=["User.Read", "openid", "profile"])
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_id": tenant.ready["api_id"],
            "client_secret": "api-secret", "requested_token_use": "on_behalf_of", "scope": "User.Read"}
    answer = tenant.tokens()

    def traded(assertion):
        return tenant.post("/oauth2/v2.0/token", {**form, "assertion": assertion})
    assert unsigned(traded(answer["access_token"]).json()["access_token"])["scp"].split()[0] == "User.Read"
    check_error(traded(answer["id_token"]), 240002, "invalid_grant")
    check_error(traded("x.y.z"), 50013, "invalid_grant")
    change(tenant, "api", grants=[])
    check_error(traded(answer["access_token"]), 65001, "invalid_grant")
    tenant.control("PUT", "/clock", {"offset": 10000})
    check_error(traded(answer["access_token"]), 500133, "invalid_grant")


@pytest.mark.covers("error.50205", "error.50204")
def test_privacy_statement_in_the_log(tenant):
    """Whoever reads the sign-in log sees first that the statement was open, then that it was accepted."""
    from tenant_client import PASSWORDS
    mail = "linus@northwind.example"
    flow = tenant.device().json()
    assert tenant.person().sign_in(flow["user_code"], mail, PASSWORDS[mail]).ok
    codes = [one["status"]["errorCode"] for one in tenant.control("GET", "/signin-log?all=1")
             if one["userPrincipalName"] == mail]
    assert {50204, 50205, 0} <= set(codes)
