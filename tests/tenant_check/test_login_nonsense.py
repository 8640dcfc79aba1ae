# SPDX-License-Identifier: Apache-2.0
"""Nonsense in every parameter of the identity platform gets an answer of the platform, never a crash."""
import json

import jwt
import pytest

from browser import REDIRECT
from tenant_client import ASSERTION_TYPE, DEVICE_GRANT, GRAPH_SCOPE

NONSENSE = ["", " ", "\x00", "a" * 20000, "\u202e", "{}", "[]", "null", "-1", "%00", "../..", "a b c", "1" * 400,
            "\U0001f600"]
TOKEN_FIELDS = {
    DEVICE_GRANT: ("client_id", "device_code", "claims", "scope", "client_info", "client_assertion"),
    "authorization_code": ("client_id", "code", "redirect_uri", "code_verifier", "claims", "scope"),
    "refresh_token": ("client_id", "refresh_token", "scope", "claims"),
    "client_credentials": ("client_id", "client_secret", "client_assertion", "client_assertion_type", "scope"),
    "urn:ietf:params:oauth:grant-type:jwt-bearer": ("client_id", "client_secret", "assertion", "scope"),
}


def refused(answer):
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    body = answer.json()
    assert body["error"] and isinstance(body["error_codes"], list), body


@pytest.mark.covers("nonsense.token")
@pytest.mark.parametrize("grant", TOKEN_FIELDS)
def test_token_endpoint(tenant, grant):
    known = {"client_id": tenant.ready["client_id"], "scope": "openid", "redirect_uri": REDIRECT, "code": "x",
             "refresh_token": "x",
             "device_code": "x", "assertion": "x.y.z"}
    if grant in ("client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"):
        known["client_id"] = tenant.ready["reader_id"]
    for field in TOKEN_FIELDS[grant]:
        for value in NONSENSE:
            refused(tenant.post("/oauth2/v2.0/token", {"grant_type": grant, **known, field: value}))


@pytest.mark.covers("nonsense.devicecode")
def test_device_code_endpoint(tenant):
    for field in ("client_id", "scope", "claims"):
        for value in NONSENSE:
            form = {"client_id": tenant.ready["client_id"], "scope": "openid", field: value}
            answer = tenant.post("/oauth2/v2.0/devicecode", form)
            if answer.status_code != 200 or field != "claims" or value not in ("", "{}"):
                refused(answer)
    for claims in (5, [], {"access_token": 5}, {"access_token": {"acrs": 5}}, {"id_token": {"acrs": {"values": 5}}},
                   {"access_token": {"xms_cc": {"values": "cp1"}}}):
        refused(tenant.device(claims=json.dumps(claims)))


@pytest.mark.covers("nonsense.authorize")
def test_authorize_endpoint(tenant):
    known = {"client_id": tenant.ready["client_id"], "response_type": "code", "redirect_uri": REDIRECT,
             "scope": "openid"}
    for field in (*known, "response_mode", "prompt", "login_hint", "domain_hint", "max_age", "claims", "code_challenge",
                  "code_challenge_method", "nonce", "state"):
        for value in NONSENSE[:3] + NONSENSE[4:]:
            answer = tenant.http.get(f"{tenant.login}/{tenant.tid}/oauth2/v2.0/authorize",
                                     params={**known, field: value[:2000]},
                                     timeout=10, allow_redirects=False)
            assert answer.status_code in (200, 302, 303), (field, value[:50], answer.status_code, answer.text[:300])


@pytest.mark.covers("nonsense.assertion")
def test_assertions(tenant, certificate):
    tenant.control("POST", "/registrations/reader/certificates", {"pem": certificate.pem})
    tenant.control("PATCH", "/registrations/reader", {"trustedSubjects": ["x"], "federatedCredentials": [
        {"issuer": "https://x.example", "subject": "s", "audiences": ["a"]}]})
    headers = [{"x5t": 5}, {"x5t#S256": []}, {"x5c": {}}, {"x5c": ["!"]}, {"x5c": "MII"}, {"kid": "k"}]
    claims = [{}, {"iss": 5}, {"iss": ["https://x.example"]}, {"iss": "https://x.example", "aud": [{}]},
              {"iss": "https://x.example", "aud": "a", "sub": []},
              {"iss": "https://x.example", "aud": ["a"], "sub": "s", "exp": "x"}]
    for header in headers:
        for body in claims:
            text = jwt.encode(body, certificate.key, "RS256", headers=header)
            refused(tenant.app(client_assertion=text, client_assertion_type=ASSERTION_TYPE, scope=GRAPH_SCOPE))


@pytest.mark.covers("nonsense.discovery")
def test_discovery(tenant):
    for path in ("common/discovery/instance?authorization_endpoint=//", "common/userrealm/x", "common/userrealm/@",
                 "x/discovery/keys",
                 "x/.well-known/openid-configuration", f"{tenant.tid}/discovery/v2.0/keys?appid=%00"):
        assert tenant.http.get(f"{tenant.login}/{path}", timeout=10).status_code in (200, 400)
