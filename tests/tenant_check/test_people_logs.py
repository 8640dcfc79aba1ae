# SPDX-License-Identifier: Apache-2.0
"""The sign-in log and the directory's audits."""
import uuid

import pytest
from browser import refresh

from tenant_client import PASSWORDS, SECRET, unsigned

ADA = "ada@fabrikam.example"
V1 = {"id", "createdDateTime", "correlationId", "userId", "userPrincipalName", "userDisplayName", "appId",
      "appDisplayName",
      "resourceId", "resourceDisplayName", "resourceTenantId", "homeTenantId", "ipAddress", "clientAppUsed",
      "userAgent",
      "isInteractive", "conditionalAccessStatus", "appliedConditionalAccessPolicies", "deviceDetail", "location",
      "riskDetail",
      "riskLevelAggregated", "riskLevelDuringSignIn", "riskState", "riskEventTypes", "riskEventTypes_v2", "status"}


def everything(tenant):
    return tenant.control("GET", "/signin-log?all=1")


def sign_in(tenant, mail=ADA, **headers):
    flow = tenant.post("/oauth2/v2.0/devicecode", {"client_id": tenant.ready["client_id"],
                                                   "scope": f"openid profile {tenant.ready['api_scope']}"},
                                                   **headers).json()
    return flow, tenant.person().sign_in(flow["user_code"], mail, PASSWORDS[mail])


@pytest.mark.covers("log.signin")
def test_browser_and_redemption_are_logged(tenant):
    flow, _ = sign_in(tenant, User_Agent="guestpass Linux")
    assert tenant.poll(flow["device_code"]).status_code == 200
    redeemed, browser = everything(tenant)[:2]
    assert browser["isInteractive"] is True and redeemed["isInteractive"] is False
    for entry in (browser, redeemed):
        assert entry["status"]["errorCode"] == 0 and entry["userId"] == tenant.id_of(ADA)
        assert entry["userPrincipalName"] == ADA and entry["homeTenantId"] == "fab41ca0-2222-4b00-8b00-000000000002"
        assert entry["appId"] == tenant.ready["client_id"] and entry["resourceId"] == tenant.ready["api_id"]
        assert entry["authenticationProtocol"] == "deviceCode" and entry["originalTransferMethod"] == "deviceCodeFlow"
        assert entry["crossTenantAccessType"] == "b2bCollaboration" and entry["appliedConditionalAccessPolicies"] == []
    tenant.switch(signin_log_delay=0)
    shown = tenant.control("GET", "/signin-log")
    assert [entry["status"]["errorCode"] for entry in shown] == [0, 50199]  # the last question interrupts
    assert all(set(entry) == V1 for entry in shown)


@pytest.mark.covers("log.signin")
def test_refusals_are_logged_and_pending_polls_are_not(tenant):
    flow, result = sign_in(tenant, "dora@fabrikam.example")
    tenant.poll(flow["device_code"])
    tenant.person().sign_in(flow["user_code"], "Who@Nowhere.example")
    unknown, entry = everything(tenant)
    assert unknown["status"]["errorCode"] == 50034 and unknown["userPrincipalName"] == "who@nowhere.example"
    assert entry["status"]["errorCode"] == result.code == 500571 and "disabled" in entry["status"]["failureReason"]
    assert entry["correlationId"] in result.text


@pytest.mark.covers("log.signin.tokens")
def test_redemption_refresh_and_programs_name_their_token(tenant):
    flow = tenant.approved(scope=f"openid profile offline_access {tenant.ready['api_scope']}")
    answer = tenant.poll(flow["device_code"]).json()
    seen = [everything(tenant)[0]]
    again = refresh(tenant, answer["refresh_token"]).json()
    seen.append(everything(tenant)[0])
    for entry, token in zip(seen, (answer, again)):
        assert entry["uniqueTokenIdentifier"] == unsigned(token["access_token"])["uti"]
        assert entry["userId"] == tenant.id_of(ADA) and entry["resourceId"] == tenant.ready["api_id"]
        assert entry["isInteractive"] is False and entry["signInEventTypes"] == ["nonInteractiveUser"]
    app = tenant.app(client_secret=SECRET).json()
    assert everything(tenant)[0]["uniqueTokenIdentifier"] == unsigned(app["access_token"])["uti"]
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    failed = refresh(tenant, again["refresh_token"]).json()
    entry = everything(tenant)[0]
    assert entry["status"]["errorCode"] == failed["error_codes"][0] == 500571 and entry["id"] == failed["trace_id"]
    assert entry["userId"] == tenant.id_of(ADA) and entry["conditionalAccessStatus"] == "notApplied"


@pytest.mark.covers("log.signin.policy")
def test_status_of_policy(tenant):
    for code, status in ((53003, "failure"), (530002, "failure"), (500213, "notApplied")):
        tenant.switch(policy_block=code)
        sign_in(tenant)
        entry = everything(tenant)[0]
        assert (entry["status"]["errorCode"], entry["conditionalAccessStatus"]) == (code, status)


@pytest.mark.covers("log.signin.ids")
def test_ids_are_those_of_the_answer(tenant):
    mine = str(uuid.uuid4())
    body = tenant.app(client_secret="guess").json()
    entry = everything(tenant)[0]
    assert (entry["id"], entry["correlationId"]) == (body["trace_id"], body["correlation_id"])
    flow, _ = sign_in(tenant)
    tenant.post("/oauth2/v2.0/token", {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id":
                                       tenant.ready["client_id"], "device_code": flow["device_code"]},
                                       client_request_id=mine)
    assert everything(tenant)[0]["correlationId"] == mine


@pytest.mark.covers("log.signin.delay")
@pytest.mark.parametrize("delay", [0, 120])
def test_entries_become_visible_later(tenant, delay):
    tenant.switch(signin_log_delay=delay, audit_log_delay=delay)
    sign_in(tenant)
    tenant.control("PATCH", f"/guests/{ADA}", {"displayName": "A"})
    assert bool(tenant.control("GET", "/signin-log")) == bool(tenant.control("GET", "/audit-log")) == (delay == 0)
    tenant.control("PUT", "/clock", {"offset": delay + 1})
    assert tenant.control("GET", "/signin-log") and tenant.control("GET", "/audit-log")


@pytest.mark.covers("log.signin.browser_correlation")
@pytest.mark.parametrize("position", ["own", "device_code"])
def test_correlation_of_the_browser(tenant, position):
    tenant.switch(browser_correlation=position)
    mine = str(uuid.uuid4())
    _, result = sign_in(tenant, "dora@fabrikam.example", client_request_id=mine)
    assert (everything(tenant)[0]["correlationId"] == mine) == (mine in result.text) == (position == "device_code")


@pytest.mark.covers("log.signin.app")
def test_client_credentials_are_a_service_principals(tenant):
    tenant.switch(signin_log_delay=0)
    assert tenant.app(client_secret=SECRET).status_code == 200
    assert tenant.control("GET", "/signin-log") == []
    entry = everything(tenant)[0]
    assert entry["signInEventTypes"] == ["servicePrincipal"] and entry["appId"] == tenant.ready["reader_id"]
    assert entry["userId"] is None and entry["status"]["errorCode"] == 0


@pytest.mark.covers("log.audit")
def test_changes_are_audited(tenant):
    ada = tenant.id_of(ADA)
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    tenant.control("DELETE", f"/groups/SSH prod partners/members/{ADA}")
    tenant.control("POST", "/invitations", {"invitedUserEmailAddress": "n@fabrikam.example",
                                            "inviteRedirectUrl": "https://x.example"})
    tenant.control("DELETE", f"/guests/{ADA}")
    entries = tenant.control("GET", "/audit-log?all=1")
    by_name = {entry["activityDisplayName"]: entry for entry in entries}
    assert {"Update user", "Disable account", "Remove member from group", "Invite external user", "Add user",
            "Delete user"} <= set(by_name)
    disabled = by_name["Disable account"]
    assert disabled["targetResources"][0]["id"] == ada and disabled["targetResources"][0]["type"] == "User"
    assert disabled["initiatedBy"]["user"]["displayName"] == "Rehearsal Admin" and disabled["result"] == "success"
    changed = next(entry for entry in entries if entry["activityDisplayName"] == "Update user")
    assert {"displayName": "accountEnabled", "oldValue": "true",
            "newValue": "false"} in changed["targetResources"][0]["modifiedProperties"]
    group, member = by_name["Remove member from group"]["targetResources"]
    assert (group["type"], member["type"], member["id"]) == ("Group", "User", ada)
