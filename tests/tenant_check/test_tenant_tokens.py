# SPDX-License-Identifier: Apache-2.0
"""What the tokens carry, and that each mutation spoils exactly what it says."""
import base64
import json
from time import time

import jwt
import pytest

from behaviours_weather import ident
from tenant_client import check_error, unsigned

REQUIRED = {"iss", "aud", "exp", "iat", "nbf", "sub", "tid", "oid", "ver"}


def both(tenant, **kind):
    answer = tenant.tokens(**kind)
    return (tenant.verified(answer["access_token"], tenant.ready["api_id"]),
            tenant.verified(answer["id_token"], tenant.ready["client_id"]))


def header(token):
    return jwt.get_unverified_header(token)


def test_claims_of_a_guest(tenant):
    access, identity = both(tenant)
    ada = tenant.id_of("ada@fabrikam.example")
    for claims in (access, identity):
        assert REQUIRED <= set(claims)
        assert (claims["tid"], claims["oid"], claims["ver"]) == (tenant.tid, ada, "2.0")
        assert claims["idp"] == "https://sts.windows.net/fab41ca0-2222-4b00-8b00-000000000002/" and claims["acct"] == 1
        assert claims["preferred_username"] == "ada@fabrikam.example"
    assert (access["azp"], access["azpacr"], access["scp"], access["idtyp"]) == (tenant.ready["client_id"], "0", "ssh.login", "user")
    assert access["sub"] != identity["sub"] and access["auth_time"] == identity["auth_time"]
    assert "sid" in identity and "idtyp" not in identity


def test_times_are_back_dated(tenant):
    access, identity = both(tenant)
    for claims in (access, identity):
        assert claims["iat"] == claims["nbf"] and abs(claims["iat"] + 300 - time()) < 5
        assert claims["auth_time"] > claims["iat"]
    assert identity["exp"] - identity["iat"] == 3900
    assert 3595 <= access["exp"] - time() <= 5400


def test_only_kid_alg_typ_in_header(tenant):
    answer = tenant.tokens()
    for name in ("access_token", "id_token"):
        assert set(header(answer[name])) == {"typ", "alg", "kid"} and header(answer[name])["alg"] == "RS256"


def test_scopes_decide_what_comes(tenant):
    api = tenant.ready["api_scope"]
    bare = tenant.tokens(scope=api)
    assert "id_token" not in bare and not {"oid", "tid", "name"} & set(unsigned(bare["access_token"]))
    assert "oid" not in unsigned(tenant.tokens(scope=f"openid {api}")["id_token"])
    lasting = tenant.tokens(scope=f"openid profile offline_access {api}")
    assert lasting["refresh_token"] and lasting["scope"].split() == ["openid", "profile", "offline_access", api]
    assert unsigned(tenant.tokens(scope="openid profile")["access_token"])["aud"] != tenant.ready["api_id"]


@pytest.mark.parametrize("mail, acct, idp", [
    ("dana@mailonly.example", 1, "mail"), ("mia@contoso.example", 0, None), ("ines@contoso.example", 1, None),
    ("fiona@fabrikam.example", 0, "https://sts.windows.net/fab41ca0-2222-4b00-8b00-000000000002/"),
    ("linus@northwind.example", 1, "https://sts.windows.net/40474714-3333-4c00-8c00-000000000003/")])
def test_classes_of_users(tenant, mail, acct, idp):
    for claims in both(tenant, mail=mail):
        assert claims["acct"] == acct and claims.get("idp") == idp


def test_client_info(tenant):
    answer = tenant.poll(tenant.approved()["device_code"], client_info="1").json()
    info = json.loads(base64.urlsafe_b64decode(answer["client_info"] + "=="))
    assert info == {"uid": "fab41ca0-aaaa-4b00-8b00-00000000ada0", "utid": "fab41ca0-2222-4b00-8b00-000000000002"}


def test_client_info_is_not_for_mail_guests_but_the_code_lives_on(tenant):
    tenant.switch(slow_down=False)
    flow = tenant.approved("dana@mailonly.example")
    check_error(tenant.poll(flow["device_code"], client_info="1"), 50179, "invalid_request")
    assert tenant.poll(flow["device_code"]).status_code == 200


def test_optional_claims_follow_the_registrations(tenant):
    tenant.control("PATCH", "/registrations/api", {"optionalClaims": {}})
    tenant.control("PATCH", "/registrations/signin", {"optionalClaims": {}})
    access, identity = both(tenant)
    assert not {"acct", "auth_time", "idtyp", "email", "ipaddr"} & set(access)
    assert identity["email"] == "ada@fabrikam.example" and "acct" not in identity
    tenant.switch(bare_id_token=True)
    assert not {"sid", "aio", "email"} & set(both(tenant)[1])


def test_version_one_when_the_api_does_not_ask_for_two(tenant):
    tenant.control("PATCH", "/registrations/api", {"requestedAccessTokenVersion": None})
    claims = unsigned(tenant.tokens()["access_token"])
    assert claims["ver"] == "1.0" and claims["iss"].startswith("https://sts.windows.net/") and "azp" not in claims


def test_guest_disabled_after_the_browser_leg(tenant):
    tenant.switch(slow_down=False)
    flow = tenant.approved()
    tenant.control("PATCH", "/guests/ada@fabrikam.example", {"accountEnabled": False})
    tenant.switch(recheck_at_redemption=True)
    check_error(tenant.poll(flow["device_code"]), 500571, "invalid_grant")
    tenant.switch(recheck_at_redemption=False)
    assert tenant.poll(flow["device_code"]).status_code == 200


def catalogue():
    from rehearsal.login import mutations
    return sorted(mutations.catalogue())


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.covers(ident(name, "token")))
                                  for name in catalogue()])
def test_each_mutation_changes_the_answer(tenant, name):
    """Honest before and after; in between the answer differs from an honest one in shape, claims or signature."""
    tenant.control("POST", "/mutations", {"name": name})
    spoiled = tenant.tokens()
    honest = tenant.tokens()
    assert tenant.verified(honest["access_token"], tenant.ready["api_id"])
    assert tenant.verified(honest["id_token"], tenant.ready["client_id"])
    assert fingerprint(tenant, spoiled) != fingerprint(tenant, honest)


RANDOM = ("aio", "rh", "uti", "sid")
USUAL = {"iat": (-330, -270), "nbf": (-330, -270), "auth_time": (-30, 30), "exp": (3500, 5430)}


def decoded(part):
    return base64.urlsafe_b64decode(part.rstrip("=") + "=" * (-len(part.rstrip("=")) % 4))


def settled(name, value):
    """A claim's value without what differs between any two honest tokens."""
    if name in RANDOM:
        return name
    low, high = USUAL.get(name, (0, 0))
    return name if type(value) is int and low <= value - time() <= high and name in USUAL else value


def content(text):
    """Members of the claims with their settled values, a double name twice; or what is there instead."""
    try:
        claims = json.loads(text, object_pairs_hook=list)
    except ValueError:
        return "no JSON"
    if any(not isinstance(one, tuple) for one in claims):
        return claims
    return sorted((name, repr(settled(name, value))) for name, value in claims)


def fingerprint(tenant, answer):
    """What a client can see of an answer, apart from what differs between any two."""
    out = {"members": {name: type(value).__name__ for name, value in answer.items()},
           "client_info": answer.get("client_info"), "token_type": answer["token_type"]}
    for name, audience in (("access_token", "api_id"), ("id_token", "client_id")):
        text = answer.get(name, "")
        parts = text.split(".")
        canonical = all(base64.urlsafe_b64encode(decoded(part)).rstrip(b"=").decode() == part for part in parts)
        try:
            tenant.verified(text, tenant.ready[audience])
            verdict = "verified"
        except Exception as wrong:  # which one is part of the fingerprint
            verdict = type(wrong).__name__
        out[name] = [len(parts), canonical, verdict, sorted(decoded(parts[0]).decode("latin-1"))]
        if len(parts) > 1:
            out[name].append(content(decoded(parts[1])))
    return out


def test_mutation_of_one_token_leaves_the_other(tenant):
    tenant.control("POST", "/mutations", {"name": "wrong_oid", "token": "id"})
    access, identity = both(tenant)
    assert access["oid"] == tenant.id_of("ada@fabrikam.example") != identity["oid"]


def test_mutation_runs_out_and_set_claim_lasts(tenant):
    tenant.control("POST", "/mutations", {"name": "wrong_azpacr", "times": 2})
    tenant.control("POST", "/mutations", {"name": "set_claim", "claim": "idp", "value": "odd", "times": 0})
    seen = [both(tenant)[0] for _ in range(3)]
    assert [one["azpacr"] for one in seen] == ["1", "1", "0"] and {one["idp"] for one in seen} == {"odd"}
    tenant.control("DELETE", "/mutations")
    assert both(tenant)[0]["idp"] != "odd"


def test_mutated_signatures_do_not_verify(tenant):
    for name in ("broken_signature", "changed_after_signing", "other_key"):
        tenant.control("POST", "/mutations", {"name": name})
        with pytest.raises(jwt.InvalidSignatureError):
            both(tenant)


def test_mutated_keys_are_published_as_named(tenant):
    tenant.control("POST", "/mutations", {"name": "key_without_issuer"})
    answer = tenant.tokens()
    keys = {key["kid"]: key for key in tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", timeout=10).json()["keys"]}
    assert "issuer" not in keys[header(answer["access_token"])["kid"]]
    tenant.control("POST", "/mutations", {"name": "unknown_kid"})
    assert header(tenant.tokens()["access_token"])["kid"] not in keys
    tenant.control("POST", "/mutations", {"name": "foreign_key"})
    assert "9188040d" in keys[header(tenant.tokens()["id_token"])["kid"]]["issuer"]


def test_token_of_another_tier_is_honest_there(tenant):
    known = tenant.control("GET", "/registrations")
    for name, scope in (("other_tier", "ssh.login"), ("other_tier_scope", "ssh.admin")):
        tenant.control("POST", "/mutations", {"name": name})
        answer = tenant.tokens()
        claims = tenant.verified(answer["access_token"], known["staging"]["appId"])
        assert claims["scp"] == scope and claims["azp"] == tenant.ready["client_id"]
        assert tenant.verified(answer["id_token"], tenant.ready["client_id"])["oid"] == claims["oid"]


def test_keys_rotate_behind_the_token_that_is_handed_out(tenant):
    def published():
        return [key["kid"] for key in
                tenant.http.get(f"{tenant.login}/{tenant.tid}/discovery/v2.0/keys", timeout=10).json()["keys"]]
    tenant.control("POST", "/mutations", {"name": "rotate_after_keep", "skip": 1})
    assert header(tenant.tokens()["access_token"])["kid"] == published()[0]
    kept = header(tenant.tokens()["access_token"])["kid"]
    assert published()[0] != kept and kept in published()
    tenant.control("POST", "/mutations", {"name": "rotate_after_drop"})
    assert header(tenant.tokens()["id_token"])["kid"] not in published()
    tenant.control("POST", "/mutations", {"name": "alg_none", "skip": -1}, status=400)
