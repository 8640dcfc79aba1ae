# SPDX-License-Identifier: Apache-2.0
"""Microsoft's own client, python3-msal, signs in against the tenant."""
import threading

import msal
import pytest

from browser import REDIRECT, Browser
from tenant_client import GRAPH_SCOPE, PASSWORDS, SECRET


@pytest.fixture(autouse=True)
def trust(monkeypatch, started):
    # requests, below msal, prefers these variables to anything msal is told.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", started.ready["ca_file"])
    monkeypatch.setenv("CURL_CA_BUNDLE", started.ready["ca_file"])


def public(tenant, authority=None):
    return msal.PublicClientApplication(tenant.ready["client_id"], authority=authority
                                        or f"{tenant.login}/{tenant.tid}",
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
    answer = tenant.http.post(f"{tenant.ready['control']}/registrations/reader/certificates", data=certificate.pem,
                              timeout=10)
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


def signed_in(tenant, app, **how):
    """Let msal begin an authorization code flow, walk it, and give it what came back."""
    browser = Browser(tenant)
    flow = app.initiate_auth_code_flow([tenant.ready["api_scope"]], redirect_uri=REDIRECT, **how)
    browser.open(url=flow["auth_uri"])
    return app.acquire_token_by_auth_code_flow(flow, browser.answer)


@pytest.mark.covers("msal.auth_code", "msal.refresh")
def test_msal_authorization_code_and_silent_refresh(tenant):
    app = public(tenant)
    result = signed_in(tenant, app, login_hint="ada@fabrikam.example")
    claims = result["id_token_claims"]
    assert claims["nonce"] and claims["oid"] == tenant.id_of("ada@fabrikam.example")
    account = app.get_accounts()[0]
    silent = app.acquire_token_silent([tenant.ready["api_scope"]], account=account, force_refresh=True)
    assert silent["access_token"] != result["access_token"]
    assert tenant.verified(silent["access_token"], tenant.ready["api_id"])["scp"] == "ssh.login"


@pytest.mark.covers("msal.refresh_refused")
def test_msal_sees_a_refused_refresh(tenant):
    app = public(tenant)
    signed_in(tenant, app)
    tenant.control("PATCH", "/guests/ada@fabrikam.example", {"accountEnabled": False})
    refused = app.acquire_token_silent_with_error([tenant.ready["api_scope"]], account=app.get_accounts()[0],
                                                  force_refresh=True)
    assert refused["error"] == "invalid_grant" and refused["error_codes"] == [500571]


class World:
    """An HTTP client in whose world login.microsoftonline.com is the tenant."""

    def __init__(self, tenant):
        self.tenant = tenant

    def _url(self, url):
        return url.replace("https://login.microsoftonline.com/", self.tenant.login + "/")

    def get(self, url, **kw):
        return self.tenant.http.get(self._url(url), timeout=10,
                                    **{name: kw[name] for name in ("params", "headers") if name in kw})

    def post(self, url, **kw):
        given = {name: kw[name] for name in ("params", "headers", "data") if name in kw}
        return self.tenant.http.post(self._url(url), timeout=10, **given)

    def close(self):
        pass


@pytest.mark.covers("msal.instance_discovery")
def test_msal_with_instance_discovery(tenant):
    app = msal.PublicClientApplication(tenant.ready["client_id"], authority=f"{tenant.login}/{tenant.tid}",
                                       http_client=World(tenant))
    assert app.authority.token_endpoint == f"{tenant.login}/{tenant.tid}/oauth2/v2.0/token"
    assert signed_in(tenant, app)["access_token"]
    asked = [one["path"] for one in tenant.control("GET", "/log?path=discovery/instance")]
    assert asked
    with pytest.raises(ValueError, match="invalid_instance"):
        msal.PublicClientApplication(tenant.ready["client_id"], authority="https://fake.example/x",
                                     http_client=World(tenant))
