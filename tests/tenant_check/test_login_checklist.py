# SPDX-License-Identifier: Apache-2.0
"""The fact sheet's own checklist of wrong tokens and wrong answers (15.2, 15.3, 15.5), as a client sees them."""
import base64
import hashlib
import hmac
import json
from time import time

import jwt
import pytest

from tenant_client import check_error, unsigned

ADA = "ada@fabrikam.example"
FABRIKAM = "fab41ca0-2222-4b00-8b00-000000000002"
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"


def mutate(tenant, name, **more):
    tenant.control("POST", "/mutations", {"name": name, **more})


def keys_of(tenant):
    return {key["kid"]: key for key in tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys",
                                                       timeout=10).json()["keys"]}


def verified(tenant, token):
    """Claims after a check of nothing but the signature by the published key."""
    key = keys_of(tenant)[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, jwt.PyJWK(key, "RS256").key, algorithms=["RS256"], options={
        "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False})


@pytest.mark.covers("15.2.home_tid")
def test_tid_of_the_home_tenant(tenant):
    mutate(tenant, "home_tid")
    answer = tenant.tokens()
    for name in ("access_token", "id_token"):
        claims = verified(tenant, answer[name])
        assert claims["tid"] == FABRIKAM and tenant.tid in claims["iss"]


@pytest.mark.covers("15.2.missing_oid")
def test_the_right_tid_and_no_oid(tenant):
    mutate(tenant, "missing_oid")
    claims = verified(tenant, tenant.tokens()["access_token"])
    assert claims["tid"] == tenant.tid and claims["idp"] and "oid" not in claims


@pytest.mark.covers("15.2.alg_none")
def test_alg_none(tenant):
    mutate(tenant, "alg_none")
    token = tenant.tokens()["access_token"]
    assert jwt.get_unverified_header(token)["alg"] == "none" and token.endswith(".")
    assert unsigned(token)["oid"] == tenant.id_of(ADA)


@pytest.mark.covers("15.2.alg_hs256")
def test_hs256_keyed_with_the_public_key(tenant):
    from cryptography.hazmat.primitives import serialization
    mutate(tenant, "alg_hs256")
    token = tenant.tokens()["access_token"]
    header = jwt.get_unverified_header(token)
    public = jwt.PyJWK(keys_of(tenant)[header["kid"]], "RS256").key
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    text, _, signature = token.rpartition(".")
    assert header["alg"] == "HS256"
    assert hmac.new(pem, text.encode(), hashlib.sha256).digest() == base64.urlsafe_b64decode(signature + "==")


@pytest.mark.covers("15.2.unknown_kid")
def test_unknown_kid_and_then_a_rotation(tenant):
    before = keys_of(tenant)
    mutate(tenant, "unknown_kid")
    assert jwt.get_unverified_header(tenant.tokens()["access_token"])["kid"] not in keys_of(tenant)
    tenant.control("POST", "/keys/rotate", {"drop_old": True})
    token = tenant.tokens()["access_token"]
    kid = jwt.get_unverified_header(token)["kid"]
    assert kid not in before and kid in keys_of(tenant) and verified(tenant, token)["oid"]


@pytest.mark.covers("15.2.foreign_issuer")
def test_key_of_another_issuer(tenant):
    mutate(tenant, "foreign_key")
    token = tenant.tokens()["access_token"]
    issuer = keys_of(tenant)[jwt.get_unverified_header(token)["kid"]]["issuer"]
    assert CONSUMERS in issuer and verified(tenant, token)["iss"] == f"{tenant.login}/{tenant.tid}/v2.0" != issuer


@pytest.mark.covers("15.2.time_edges")
@pytest.mark.parametrize("claim, offset", [("exp", -299), ("exp", -301), ("nbf", 299), ("nbf", 301)])
def test_times_at_the_edges_of_the_skew(tenant, claim, offset):
    moment = int(time()) + offset
    mutate(tenant, "set_claim", claim=claim, value=moment, token="both")
    answer = tenant.tokens()
    for name in ("access_token", "id_token"):
        assert verified(tenant, answer[name])[claim] == moment


@pytest.mark.covers("15.2.app_only")
def test_app_only_token_in_a_persons_place(tenant):
    mutate(tenant, "app_only")
    claims = verified(tenant, tenant.tokens()["access_token"])
    assert claims["idtyp"] == "app" and claims["oid"] == claims["sub"] and "scp" not in claims
    assert claims["tid"] == tenant.tid


@pytest.mark.covers("15.3.http")
@pytest.mark.parametrize("rule", [{"status": 429, "retry_after": 3}, {"status": 429}, {"status": 500}, {"status": 503},
                                  {"status": 504}, {"status": 200, "body": "<html>Sorry</html>"},
                                  {"status": 502, "body": ""}])
def test_token_endpoint_without_a_login_error(tenant, rule):
    tenant.control("POST", "/weather", {"path": "*/oauth2/v2.0/token", "times": 1, **rule})
    flow = tenant.approved()
    answer = tenant.poll(flow["device_code"])
    assert answer.status_code == rule["status"] and answer.headers.get("Retry-After") == (
        str(rule["retry_after"]) if "retry_after" in rule else None)
    if "body" in rule:
        with pytest.raises(ValueError):
            answer.json()
    assert tenant.poll(flow["device_code"]).status_code == 200


@pytest.mark.covers("15.3.huge_token")
def test_token_of_more_than_8_kilobytes(tenant):
    mutate(tenant, "huge")
    token = tenant.tokens()["access_token"]
    assert len(token) > 8192 and verified(tenant, token)["oid"] == tenant.id_of(ADA)


@pytest.mark.covers("15.3.client_info_differs")
def test_client_info_that_disagrees_with_idp(tenant):
    mutate(tenant, "other_client_info")
    answer = tenant.poll(tenant.approved()["device_code"], client_info="1").json()
    info = json.loads(base64.urlsafe_b64decode(answer["client_info"] + "=="))
    assert info["utid"] not in unsigned(answer["id_token"])["idp"]


@pytest.mark.covers("15.5.accepted", "15.5.external_member", "15.5.internal_guest")
@pytest.mark.parametrize("mail, state, kind, acct, home", [
    (ADA, "Accepted", "Guest", 1, True), ("fiona@fabrikam.example", "Accepted", "Member", 0, True),
    ("ines@contoso.example", None, "Guest", 1, False)])
def test_states_of_guests_that_sign_in(tenant, mail, state, kind, acct, home):
    user = tenant.control("GET", f"/guests/{mail}")
    claims = unsigned(tenant.tokens(mail)["id_token"])
    assert (user["externalUserState"], user["userType"], claims["acct"], "idp" in claims) == (state, kind, acct, home)
    assert claims["oid"] == user["id"]


@pytest.mark.covers("15.5.disabled", "error.500571")
def test_disabled_guest(tenant):
    flow = tenant.device().json()
    assert tenant.control("POST", f"/signins/{flow['user_code']}/approve",
                          {"as": "dora@fabrikam.example"})["blocked"] == 500571
    check_error(tenant.poll(flow["device_code"]), 70016, "authorization_pending")
