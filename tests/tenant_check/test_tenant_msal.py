# SPDX-License-Identifier: Apache-2.0
"""Microsoft's own client, python3-msal, signs in against the tenant."""
import threading

import msal
import pytest

from tenant_client import GRAPH_SCOPE, PASSWORDS, SECRET


@pytest.fixture(autouse=True)
def trust(monkeypatch, started):
    # requests, below msal, prefers these variables to anything msal is told.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", started.ready["ca_file"])
    monkeypatch.setenv("CURL_CA_BUNDLE", started.ready["ca_file"])


def public(tenant, authority=None):
    return msal.PublicClientApplication(tenant.ready["client_id"], authority=authority or f"{tenant.login}/{tenant.tid}",
                                        instance_discovery=False)


def reader(tenant, credential):
    return msal.ConfidentialClientApplication(tenant.ready["reader_id"], authority=f"{tenant.login}/{tenant.tid}",
                                              client_credential=credential, instance_discovery=False)


def test_msal_completes_device_code(tenant):
    tenant.switch(device_code_interval=1)
    app = public(tenant)
    flow = app.initiate_device_flow([tenant.ready["api_scope"]])
    assert flow["user_code"] in flow["message"]
    walked = []

    def walk():
        walked.append(tenant.person().sign_in(flow["user_code"], "ada@fabrikam.example",
                                              PASSWORDS["ada@fabrikam.example"], start=flow["verification_uri"]))
    person = threading.Timer(0.3, walk)
    person.start()
    result = app.acquire_token_by_device_flow(flow)
    person.join()
    assert walked[0].ok
    claims = result["id_token_claims"]
    assert claims["oid"] == tenant.id_of("ada@fabrikam.example") and claims["tid"] == tenant.tid
    assert tenant.verified(result["access_token"], tenant.ready["api_id"])["scp"] == "ssh.login"
    account = app.get_accounts()[0]
    assert account["home_account_id"].endswith(".fab41ca0-2222-4b00-8b00-000000000002")
    assert tenant.control("GET", f"/signins/{flow['user_code']}")["polls"] >= 2


def test_msal_sees_the_refusal(tenant):
    tenant.switch(device_code_interval=1)
    app = public(tenant)
    flow = app.initiate_device_flow([tenant.ready["api_scope"]])
    tenant.control("POST", f"/signins/{flow['user_code']}/decline")
    assert app.acquire_token_by_device_flow(flow)["error"] == "authorization_declined"


def test_msal_discovers_by_domain(tenant):
    app = public(tenant, f"{tenant.login}/contoso.example")
    assert tenant.tid in app.authority.token_endpoint


def test_msal_client_credentials_by_certificate(tenant, certificate):
    answer = tenant.http.post(f"{tenant.ready['control']}/registrations/reader/certificates", data=certificate.pem, timeout=10)
    assert answer.json() == {"certificates": 1}
    app = reader(tenant, {"private_key": certificate.key_pem, "thumbprint": certificate.sha1.hex()})
    result = app.acquire_token_for_client([GRAPH_SCOPE])
    assert "id_token" not in result and "refresh_token" not in result
    bearer = {"Authorization": f"Bearer {result['access_token']}"}
    assert tenant.get("/users", bearer).status_code == 200


def test_msal_client_credentials_by_secret(tenant):
    result = reader(tenant, SECRET).acquire_token_for_client([GRAPH_SCOPE])
    assert result["token_type"] == "Bearer" and result["expires_in"] == 3599


def test_msal_wrong_secret(tenant):
    result = reader(tenant, "guess").acquire_token_for_client([GRAPH_SCOPE])
    assert result["error"] == "invalid_client" and result["error_codes"] == [7000215]
