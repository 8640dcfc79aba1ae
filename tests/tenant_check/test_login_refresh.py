# SPDX-License-Identifier: Apache-2.0
"""Refresh tokens: rotation, lifetimes, and every state in which they are refused (fact sheet 3.4, 3.6, 5.2)."""
import json

import pytest

from browser import REDIRECT, Browser, challenge, redeem, refresh
from tenant_client import check_error, unsigned

ADA = "ada@fabrikam.example"
DAY = 86400


def lasting(tenant, mail=ADA, scope=None):
    """A refresh token born of a device code."""
    return tenant.tokens(mail, scope or f"openid profile offline_access {tenant.ready['api_scope']}")["refresh_token"]


def later(tenant, seconds):
    tenant.control("PUT", "/clock", {"offset": seconds})


def account(tenant, mail=ADA, **members):
    return tenant.control("PATCH", f"/accounts/{mail}", members)


@pytest.mark.covers("15.3.refresh_rotation", "refresh.claims")
def test_each_use_gives_a_new_token_and_the_old_one_stays_valid(tenant):
    first = lasting(tenant)
    answer = refresh(tenant, first).json()
    second = answer["refresh_token"]
    assert second != first
    third = refresh(tenant, first).json()["refresh_token"]
    assert len({first, second, third}) == 3 and refresh(tenant, second).status_code == 200
    before, after = tenant.tokens(), refresh(tenant, third).json()
    one, two = unsigned(before["access_token"]), unsigned(after["access_token"])
    assert (one["oid"], one["sub"], one["scp"]) == (two["oid"], two["sub"], two["scp"])
    assert "nonce" not in unsigned(after["id_token"])
    listed = tenant.control("GET", "/refresh-tokens")
    assert sum(entry["uses"] for entry in listed) == 4 and all(entry["by_device_code"] for entry in listed)


@pytest.mark.covers("refresh.auth_time")
def test_auth_time_and_amr_are_those_of_the_sign_in(tenant):
    token = lasting(tenant)
    later(tenant, 3600)
    claims = unsigned(refresh(tenant, token).json()["access_token"])
    assert claims["iat"] - claims["auth_time"] > 3000 and claims["amr"] == ["pwd", "mfa"]


@pytest.mark.covers("refresh.other_resource")
def test_a_refresh_token_is_bound_to_no_resource(tenant):
    staging = tenant.control("GET", "/registrations")["staging"]
    claims = unsigned(refresh(tenant, lasting(tenant),
                              scope=f"{staging['identifierUris'][0]}/ssh.login").json()["access_token"])
    assert claims["aud"] == staging["appId"]


@pytest.mark.covers("refresh.client_bound", "error.700007", "error.70000")
def test_it_is_bound_to_its_client(tenant):
    token = lasting(tenant)
    tenant.control("PATCH", "/registrations/staging", {"isFallbackPublicClient": True})
    other = tenant.control("GET", "/registrations")["staging"]["appId"]
    check_error(refresh(tenant, token, client_id=other), 700007, "invalid_grant")
    check_error(refresh(tenant, "1.garbled"), 70000, "invalid_grant")
    check_error(refresh(tenant, None), 900144, "invalid_request")
    check_error(refresh(tenant, token, client_secret="x"), 700025, "invalid_client", 401)


@pytest.mark.covers("15.3.700082", "error.700082", "error.70008", "switch.refresh_life", "switch.refresh_inactive_code")
@pytest.mark.parametrize("code", [700082, 70008])
@pytest.mark.parametrize("life", [90 * DAY, 7 * DAY])
def test_unused_for_too_long(tenant, code, life):
    tenant.switch(refresh_inactive_code=code, refresh_life=life)
    token = lasting(tenant)
    later(tenant, life - 60)
    sliding = refresh(tenant, token).json()["refresh_token"]
    later(tenant, life + 60)
    check_error(refresh(tenant, token), code, "invalid_grant")
    assert refresh(tenant, sliding).status_code == 200


@pytest.mark.covers("error.700081", "switch.refresh_short_life")
@pytest.mark.parametrize("short", [DAY, 3600])
def test_guests_with_mailed_codes_have_a_day_that_does_not_slide(tenant, short):
    tenant.switch(refresh_short_life=short)
    token = lasting(tenant, "dana@mailonly.example")
    later(tenant, short - 60)
    token = refresh(tenant, token).json()["refresh_token"]
    later(tenant, short + 60)
    check_error(refresh(tenant, token), 700081, "invalid_grant")


@pytest.mark.covers("error.700084")
def test_spa_redirects_have_a_day(tenant):
    tenant.control("PATCH", "/registrations/signin", {"publicClient": {"redirectUris": []},
                                                      "spa": {"redirectUris": [REDIRECT]}})
    verifier, hashed = challenge()
    code = Browser(tenant).code(code_challenge=hashed, code_challenge_method="S256")
    token = redeem(tenant, code, code_verifier=verifier, headers={"Origin": "http://localhost"}).json()["refresh_token"]
    later(tenant, DAY - 60)
    assert refresh(tenant, token).status_code == 200
    later(tenant, DAY + 60)
    check_error(refresh(tenant, token), 700084, "invalid_grant")


@pytest.mark.covers("15.3.50173", "error.50173")
@pytest.mark.parametrize("how", [{}, {"password": True}])
def test_revoked_at_home(tenant, how):
    token = lasting(tenant)
    later(tenant, 10)
    tenant.control("POST", f"/accounts/{ADA}/revoke", how)
    assert check_error(refresh(tenant, token), 50173, "invalid_grant")["suberror"] == "bad_token"
    later(tenant, 20)
    assert refresh(tenant, lasting(tenant)).status_code == 200


@pytest.mark.covers("refresh.revocation_here")
def test_revocation_here_reaches_our_own_accounts_and_no_guest(tenant):
    guest, member = lasting(tenant), lasting(tenant, "mia@contoso.example")
    for mail in (ADA, "mia@contoso.example"):
        tenant.control("PATCH", f"/guests/{mail}", {"signInSessionsValidFromDateTime": "2100-01-01T00:00:00Z"})
    assert refresh(tenant, guest).status_code == 200
    check_error(refresh(tenant, member), 50173, "invalid_grant")


@pytest.mark.covers("15.3.530036", "error.530036")
def test_the_authentication_flows_policy_kills_for_ever(tenant):
    token = lasting(tenant)
    code_born = redeem(tenant, Browser(tenant).code()).json()["refresh_token"]
    tenant.control("PATCH", "/policy", {"block_device_code": True})
    check_error(refresh(tenant, token), 530036, "invalid_grant")
    assert refresh(tenant, code_born).status_code == 200
    tenant.control("PATCH", "/policy", {"block_device_code": False})
    check_error(refresh(tenant, token), 530036, "invalid_grant")


@pytest.mark.covers("error.70043", "error.70046")
def test_sign_in_frequency_and_reauthentication(tenant):
    token = lasting(tenant)
    tenant.control("PATCH", "/policy", {"sign_in_frequency": 3600})
    assert refresh(tenant, token).status_code == 200
    later(tenant, 3700)
    check_error(refresh(tenant, token), 70043, "invalid_grant")
    tenant.control("PATCH", "/policy", {"sign_in_frequency": None, "every_time": True})
    check_error(refresh(tenant, token), 70046, "invalid_grant")


@pytest.mark.covers("15.3.50076", "error.50076", "error.50078")
@pytest.mark.parametrize("error", ["invalid_grant", "interaction_required"])
def test_more_is_asked_for(tenant, error):
    tenant.switch(step_up_error=error)
    token = lasting(tenant, "dana@mailonly.example")
    tenant.control("PATCH", "/policy", {"require_mfa": True})
    body = check_error(refresh(tenant, token), 50076, error)
    assert body["suberror"] == "basic_action" and json.loads(body["claims"])["access_token"]["capolids"]["values"]
    token = lasting(tenant)
    tenant.control("PATCH", "/policy", {"mfa_max_age": 600})
    assert refresh(tenant, token).status_code == 200
    later(tenant, 700)
    check_error(refresh(tenant, token), 50078, error)


@pytest.mark.covers("15.3.500571", "error.500571", "error.50057", "error.500341", "error.50034")
def test_the_object_here_is_disabled_or_gone(tenant):
    guest, member = lasting(tenant), lasting(tenant, "mia@contoso.example")
    for mail, token, code in ((ADA, guest, 500571), ("mia@contoso.example", member, 50057)):
        tenant.control("PATCH", f"/guests/{mail}", {"accountEnabled": False})
        check_error(refresh(tenant, token), code, "invalid_grant")
        tenant.control("PATCH", f"/guests/{mail}", {"accountEnabled": True})
        assert refresh(tenant, token).status_code == 200
    ada = tenant.id_of(ADA)
    tenant.control("DELETE", f"/guests/{ADA}")
    check_error(refresh(tenant, guest), 500341, "invalid_grant")
    tenant.control("POST", f"/guests/{ada}/restore")
    assert refresh(tenant, guest).status_code == 200


@pytest.mark.covers("switch.home_disabled_at_refresh")
@pytest.mark.parametrize("noticed", [False, True])
def test_the_account_at_home_is_disabled(tenant, noticed):
    tenant.switch(home_disabled_at_refresh=noticed)
    token = lasting(tenant)
    tenant.control("PATCH", f"/homes/{ADA}", {"enabled": False})
    if noticed:
        check_error(refresh(tenant, token), 50057, "invalid_grant")
    else:
        assert refresh(tenant, token).status_code == 200


@pytest.mark.covers("15.3.65001", "error.65001")
def test_consent_was_withdrawn(tenant):
    token = lasting(tenant)
    tenant.control("PATCH", "/registrations/api", {"preAuthorizedApplications": []})
    assert check_error(refresh(tenant, token), 65001, "invalid_grant")["suberror"] == "consent_required"


@pytest.mark.covers("switch.assignment_at_refresh", "error.50105")
@pytest.mark.parametrize("noticed", [True, False])
def test_the_assignment_was_taken_away(tenant, noticed):
    tenant.switch(assignment_at_refresh=noticed)
    token = lasting(tenant)
    tenant.control("PATCH", "/registrations/api", {"assigned": []})
    if noticed:
        check_error(refresh(tenant, token), 50105, "invalid_grant")
    else:
        assert refresh(tenant, token).status_code == 200


@pytest.mark.covers("error.53003")
def test_blocked_by_policy_with_the_policies_ids(tenant):
    token = lasting(tenant)
    tenant.switch(policy_block=53003)
    body = check_error(refresh(tenant, token), 53003, "invalid_grant")
    assert body["suberror"] == "message_only" and "capolids" in json.loads(body["claims"])["access_token"]
    assert body["error_uri"].endswith("/error?code=53003")


@pytest.mark.covers("error.50005")
def test_platform_policy_reads_the_user_agent(tenant):
    token = lasting(tenant)
    tenant.control("PATCH", "/policy", {"platforms": True})
    check_error(refresh(tenant, token, headers={"User-Agent": "client/1"}), 50005, "invalid_grant")
    assert refresh(tenant, token, headers={"User-Agent": "client/1 (Linux)"}).status_code == 200


@pytest.mark.covers("error.50085")
def test_social_provider_wants_a_new_login(tenant):
    token = lasting(tenant)
    account(tenant, provider_session_ended=True)
    check_error(refresh(tenant, token), 50085, "invalid_grant")


@pytest.mark.covers("error.700003")
def test_device_object_is_gone(tenant):
    account(tenant, device="dev-1")
    token = lasting(tenant)
    assert refresh(tenant, token).status_code == 200
    tenant.control("PATCH", "/devices/dev-1", {"exists": False})
    check_error(refresh(tenant, token), 700003, "invalid_grant")


@pytest.mark.covers("acrs.step_up")
def test_authentication_context_at_refresh(tenant):
    token = lasting(tenant, "dana@mailonly.example")
    tenant.control("PATCH", "/policy", {"contexts": {"c1": "mfa", "c2": "block"}})
    asked = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}
    body = check_error(refresh(tenant, token, claims=json.dumps(asked)), 50076, "interaction_required")
    assert json.loads(body["claims"]) == asked
    check_error(refresh(tenant, token, claims=json.dumps({"access_token": {"acrs": {"value": "c2"}}})), 53003,
                "invalid_grant")
    answer = refresh(tenant, lasting(tenant), claims=json.dumps(asked)).json()
    assert unsigned(answer["access_token"])["acrs"] == ["c1"] and "acrs" not in unsigned(answer["id_token"])
    check_error(refresh(tenant, token, claims="[]"), 165900, "invalid_request")
