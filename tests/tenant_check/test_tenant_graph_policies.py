# SPDX-License-Identifier: Apache-2.0
"""Policies, the tenant, invitations and logs as Graph shows them (entra-facts 8, 10, 11)."""
import uuid

import pytest

from graph_help import ADA, LINUS, call, check_graph_error, grant, ids, later, other_app
from tenant_client import PASSWORDS

CA = "/identity/conditionalAccess"
FABRIKAM = "fab41ca0-2222-4b00-8b00-000000000002"
POLICY = {"id": "ca000000-0001-4000-8000-000000000001", "displayName": "Partners: MFA on SSH", "state": "enabled",
          "conditions": {"clientAppTypes": ["all"]}, "grantControls": None,
          "sessionControls": {"signInFrequency": None}}


@pytest.mark.covers("15.4.ca_one_per_second", "graph.throttle.ca")
def test_conditional_access_has_one_request_a_second(tenant):
    headers = grant(tenant, "Policy.Read.All")
    requests = [{"id": str(number), "method": "GET", "url": f"{CA}/policies"} for number in range(2)]
    found = {one["status"]: one for one in tenant.send("/$batch", {"requests": requests}, headers).json()["responses"]}
    assert set(found) == {200, 429} and "Retry-After" not in found[429]["headers"]
    tenant.control("PUT", "/clock", {"offset": 100})
    assert tenant.get(f"{CA}/policies", headers).status_code == 200


@pytest.mark.covers("graph.throttle.ca_shared")
def test_conditional_access_quota_is_one_for_all_apps_and_the_bucket_is_each_apps_own(tenant):
    tenant.control("PUT", "/graph/limits", {"conditional_access": [1, 600], "units": 3})
    mine, other = grant(tenant, "Policy.Read.All", "User.Read.All"), other_app(tenant, "Policy.Read.All",
                                                                               "User.Read.All")
    assert [tenant.get(f"{CA}/policies", headers).status_code for headers in (mine, other)] == [200, 429]
    users = [{"id": str(number), "method": "GET", "url": "/users"} for number in range(2)]
    assert sorted(one["status"] for one in tenant.send("/$batch", {"requests": users},
                                                       mine).json()["responses"]) == [200, 429]
    assert tenant.get("/users", other).status_code == 200


@pytest.mark.covers("graph.policies.ca")
def test_policies_locations_contexts_and_strengths(tenant):
    tenant.control("PUT", "/graph/limits", {"conditional_access": 100})
    location = {"@odata.type": "#microsoft.graph.ipNamedLocation", "id": str(uuid.uuid4()), "displayName": "DC",
                "isTrusted": True, "ipRanges": []}
    context = {"id": "c1", "displayName": "SSH", "description": "", "isAvailable": True}
    headers = grant(tenant, "Policy.Read.All")
    assert tenant.get(f"{CA}/policies", headers).json()["value"] == []
    tenant.control("PATCH", "/conditional-access", {"policies": [POLICY], "namedLocations": [location],
                                                    "authenticationContexts": [context]})
    policy, = tenant.get(f"{CA}/policies", headers).json()["value"]
    assert {name: policy[name] for name in ("id", "state")} == {name: POLICY[name] for name in ("id", "state")}
    assert policy["partialEnablementStrategy"] is None and policy["conditions"]["times"] is None
    assert policy["sessionControls"]["continuousAccessEvaluation"] is None
    assert policy["conditions"]["clientAppTypes"] == ["all"]
    assert tenant.get(f"{CA}/policies/{POLICY['id']}", headers).json() == policy
    check_graph_error(tenant.get(f"{CA}/policies/{uuid.uuid4()}", headers), 404, "Request_ResourceNotFound")
    assert tenant.get(f"{CA}/namedLocations", headers).json()["value"] == [location]
    check_graph_error(tenant.get(f"{CA}/authenticationContextClassReferences", headers), 403,
                      "Authorization_RequestDenied")
    for role in ("AuthenticationContext.Read.All", "Policy.Read.ConditionalAccess"):
        headers = grant(tenant, role)
        assert tenant.get(f"{CA}/authenticationContextClassReferences", headers).json()["value"] == [context]
        check_graph_error(tenant.get(f"{CA}/policies", headers), 403, "Authorization_RequestDenied")
    headers = grant(tenant, "Policy.Read.AuthenticationMethod")
    for path in ("/policies/authenticationStrengthPolicies", f"{CA}/authenticationStrength/policies"):
        rows = tenant.get(path, headers).json()["value"]
        assert [one["id"][-1] for one in rows] == ["2", "3", "4"] and rows[2]["allowedCombinations"][1] == "fido2"


@pytest.mark.covers("graph.policies.evaluate")
def test_what_if_says_nothing_without_policies_and_is_honest_with_them(tenant):
    tenant.control("PUT", "/graph/limits", {"conditional_access": 100})
    headers = grant(tenant, "Policy.Read.ConditionalAccess")
    body = {"signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": tenant.id_of(ADA)},
            "signInContext": {"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": ["x"]}}
    assert tenant.send(f"{CA}/evaluate", body, headers).json()["value"] == []
    check_graph_error(tenant.send(f"{CA}/evaluate", {}, headers), 400, "Request_BadRequest")
    tenant.control("PATCH", "/conditional-access", {"policies": [POLICY]})
    told = tenant.send(f"{CA}/evaluate", body, headers).json()["value"]
    assert [(one["id"], one["policyApplies"]) for one in told] == [(POLICY["id"], False)]  # it is about nobody
    check_graph_error(tenant.send(f"{CA}/evaluate", body, grant(tenant, "Policy.Read.All")), 403,
                      "Authorization_RequestDenied")


@pytest.mark.covers("graph.policies.cross_tenant", "graph.policies.authorization")
def test_cross_tenant_access_and_authorization_policy(tenant):
    headers, base = grant(tenant, "Policy.Read.All"), "/policies/crossTenantAccessPolicy"
    default = tenant.get(f"{base}/default", headers).json()
    assert default["inboundTrust"]["isMfaAccepted"] is False and default["isServiceDefault"] is True
    assert "tenantId" not in default
    assert tenant.get(base, headers).json()["allowedCloudEndpoints"] == []
    assert tenant.get(f"{base}/partners", headers).json()["value"] == []
    check_graph_error(tenant.get(f"{base}/partners/{FABRIKAM}", headers), 404, "Request_ResourceNotFound")
    tenant.control("PATCH", "/organisations/fabrikam.example", {"inbound_blocked": True})
    partner = tenant.get(f"{base}/partners/{FABRIKAM}", headers).json()
    assert partner["tenantId"] == FABRIKAM and partner["inboundTrust"] is None
    assert partner["b2bCollaborationInbound"]["usersAndGroups"]["accessType"] == "blocked"
    policy = tenant.get("/policies/authorizationPolicy", headers).json()
    assert policy["guestUserRoleId"] == "10dae51f-b6af-4016-8d66-8c2a99b929b3"
    assert policy["allowInvitesFrom"] == "everyone"
    for path in (base, "/policies/authorizationPolicy"):
        check_graph_error(tenant.get(path, grant(tenant, "User.Read.All")), 403,
                          "Authorization_RequestDenied")


@pytest.mark.covers("graph.organization", "graph.find_tenant")
def test_the_tenant_and_what_it_learns_of_others(tenant):
    own = tenant.get("/organization").json()["value"][0]
    names = {one["name"] for one in own["verifiedDomains"]}
    assert own["id"] == tenant.tid and names == {"contoso.example", "contoso.onmicrosoft.example"}
    headers = grant(tenant, "CrossTenantInformation.ReadBasic.All")
    for path in (f"TenantId(tenantId='{FABRIKAM}')", "DomainName(domainName='fabrikam.example')"):
        found = tenant.get(f"/tenantRelationships/findTenantInformationBy{path}", headers).json()
        assert (found["tenantId"], found["displayName"], found["defaultDomainName"]) == (FABRIKAM, "Fabrikam",
                                                                                         "fabrikam.example")
    for path in (f"TenantId(tenantId='{uuid.uuid4()}')", "DomainName(domainName='nobody.example')",
                 "TenantId(tenantId='fabrikam.example')"):
        check_graph_error(tenant.get(f"/tenantRelationships/findTenantInformationBy{path}", headers), 404,
                          "Request_ResourceNotFound")


def invitation(mail, **more):
    return {"invitedUserEmailAddress": mail, "inviteRedirectUrl": "https://myapps.microsoft.com", **more}


@pytest.mark.covers("graph.invitations")
def test_an_app_invites(tenant):
    headers = grant(tenant, "User.Invite.All", "User.Read.All")
    answer = tenant.send("/invitations", invitation("new@fabrikam.example", invitedUserDisplayName="New"), headers)
    body = answer.json()
    assert answer.status_code == 201 and body["status"] == "PendingAcceptance"
    assert body["inviteRedeemUrl"].startswith(tenant.login)
    user = tenant.get(f"/users/{body['invitedUser']['id']}", headers,
                      **{"$select": "externalUserState,displayName,identities"}).json()
    assert user["externalUserState"] == "PendingAcceptance" and user["displayName"] == "New"
    check_graph_error(tenant.send("/invitations", {"invitedUserEmailAddress": "x@y.example"}, headers), 400,
                      "BadRequest")
    check_graph_error(tenant.get("/invitations", headers), 405, "Request_BadRequest")
    tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "adminsAndGuestInviters"})
    check_graph_error(tenant.send("/invitations", invitation("no@fabrikam.example"), headers), 403,
                      "Authorization_RequestDenied")
    check_graph_error(tenant.send("/invitations", invitation("no@fabrikam.example"), grant(tenant, "User.Read.All")),
                      403,
                      "Authorization_RequestDenied")


@pytest.mark.covers("graph.throttle.invitations")
def test_invitations_have_their_own_quota(tenant):
    tenant.control("PUT", "/graph/limits", {"invitations": 2})
    headers = grant(tenant, "User.Invite.All")
    requests = [{"id": str(number), "method": "POST", "url": "/invitations",
                 "headers": {"Content-Type": "application/json"},
                 "body": invitation(f"n{number}@fabrikam.example")} for number in range(3)]
    answers = {one["id"]: one for one in tenant.send("/$batch", {"requests": requests}, headers).json()["responses"]}
    assert [answers[str(number)]["status"] for number in range(3)] == [201, 201, 429]
    assert 1 <= int(answers["2"]["headers"]["Retry-After"]) <= 5
    later(tenant, 6)
    assert tenant.send("/invitations", invitation("n2@fabrikam.example"), headers).status_code == 201


@pytest.mark.covers("graph.logs.sign_ins", "graph.logs.delay")
def test_sign_ins_show_after_a_while_and_filter(tenant):
    headers = grant(tenant, "AuditLog.Read.All")
    tenant.control("PUT", "/graph/limits", {"logs": 100})
    tenant.person().sign_in(tenant.device().json()["user_code"], ADA, PASSWORDS[ADA])
    assert tenant.get("/auditLogs/signIns", headers).json()["value"] == []
    later(tenant, 301)
    rows = tenant.get("/auditLogs/signIns", headers, **{"$orderby": "createdDateTime desc"}).json()["value"]
    assert rows and all(one["userId"] == tenant.id_of(ADA) and one["isInteractive"] for one in rows)
    one = rows[0]
    for text, number in ((f"correlationId eq '{one['correlationId']}'", 1), (f"userId eq '{one['userId']}'", len(rows)),
                         (f"correlationId eq '{uuid.uuid4()}'", 0), ("status/errorCode eq 53003", 0),
                         (f"createdDateTime ge {one['createdDateTime']}", len(rows)),
                         ("startsWith(userPrincipalName,'ada@')", len(rows))):
        found = ids(tenant.get("/auditLogs/signIns", headers, **{"$filter": text}))
        assert (len(found) >= number if number else not found) and (not number or one["id"] in found), text
    assert tenant.get(f"/auditLogs/signIns/{one['id']}", headers).json()["id"] == one["id"]
    check_graph_error(tenant.get("/auditLogs/signIns", headers, **{"$filter": "userAgent eq 'x'"}), 400,
                      "Request_BadRequest")
    check_graph_error(tenant.get(f"/auditLogs/signIns/{uuid.uuid4()}", headers), 404, "Request_ResourceNotFound")
    check_graph_error(tenant.get("/auditLogs/signIns", grant(tenant, "User.Read.All")), 403,
                      "Authorization_RequestDenied")


@pytest.mark.covers("graph.logs.licence")
@pytest.mark.parametrize("licensed", [True, False])
def test_logs_need_a_licence(tenant, licensed):
    tenant.switch(premium_licence=licensed)
    answer = tenant.get("/auditLogs/signIns", grant(tenant, "AuditLog.Read.All"))
    assert answer.status_code == (200 if licensed else 403)


@pytest.mark.covers("graph.logs.audits")
@pytest.mark.parametrize("by_target", [False, True])
def test_directory_audits_say_who_did_what(tenant, by_target):
    tenant.switch(audit_target_filter=by_target, audit_log_delay=0)
    tenant.control("PUT", "/graph/limits", {"logs": 100})
    headers = grant(tenant, "AuditLog.Read.All", "User.EnableDisableAccount.All", "User.Read.All")
    ada = tenant.id_of(ADA)
    assert call(tenant, "PATCH", f"/users/{ada}", headers, {"accountEnabled": False}).status_code == 204
    tenant.control("DELETE", f"/guests/{LINUS}")
    rows = tenant.get("/auditLogs/directoryAudits", headers,
                      **{"$filter": "activityDisplayName eq 'Disable account'"}).json()["value"]
    assert rows[0]["initiatedBy"]["app"]["appId"] == tenant.ready["reader_id"]
    assert rows[0]["targetResources"][0]["id"] == ada
    mine = tenant.get("/auditLogs/directoryAudits", headers,
                      **{"$filter": f"initiatedBy/app/appId eq '{tenant.ready['reader_id']}'"})
    assert all(one["targetResources"][0]["id"] == ada for one in mine.json()["value"])
    target = tenant.get("/auditLogs/directoryAudits", headers, **{"$filter": f"targetResources/any(t:t/id eq '{ada}')"})
    if by_target:
        assert {one["activityDisplayName"] for one in target.json()["value"]} >= {"Disable account"}
        assert all(one["targetResources"][0]["id"] == ada for one in target.json()["value"])
    else:
        check_graph_error(target, 400, "Request_UnsupportedQuery")


@pytest.mark.covers("graph.throttle.logs")
def test_logs_have_five_requests_in_ten_seconds(tenant):
    headers = grant(tenant, "AuditLog.Read.All")
    requests = [{"id": str(number), "method": "GET", "url": "/auditLogs/signIns"} for number in range(6)]
    answers = {one["id"]: one for one in tenant.send("/$batch", {"requests": requests}, headers).json()["responses"]}
    assert [answers[str(number)]["status"] for number in range(6)] == [200] * 5 + [429]
    assert 1 <= int(answers["5"]["headers"]["Retry-After"]) <= 10
    assert tenant.get("/users", {**tenant.bearer()}).status_code == 403  # another quota, and no permission
    later(tenant, 11)
    assert tenant.get("/auditLogs/signIns", headers).status_code == 200
