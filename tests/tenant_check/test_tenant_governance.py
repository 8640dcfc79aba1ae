# SPDX-License-Identifier: Apache-2.0
"""Governance on Graph (entra-facts 9): access packages, PIM for groups, access reviews, workflows, terms of use."""
import time

import pytest

from governance_help import (BOB, DAY, DELIVERED, EM, FIONA, GROUP, HIDDEN, OLGA, OPEN, OVER, PACKAGE, PIM, TIMED,
                             inside, reader, writer)
from graph_help import ADA, NESTED, check_graph_error, grant, ids, later

REVIEW = "4e01e300-0001-4a00-8a00-000000000001"
INSTANCE = f"/identityGovernance/accessReviews/definitions/{REVIEW}/instances/4e01e300-0001-4a00-8a00-0000000000a1"
DECISIONS = INSTANCE + "/decisions"


@pytest.mark.covers("governance.packages")
def test_packages_catalogs_and_policies(tenant):
    headers = reader(tenant)
    rows = tenant.get(f"{EM}/accessPackages", headers, **{"$select": "id,displayName,isHidden"}).json()["value"]
    assert rows == [{"id": PACKAGE, "displayName": "SSH partners", "isHidden": False},
                    {"id": HIDDEN, "displayName": "SSH partners, old", "isHidden": True}]
    assert ids(tenant.get(f"{EM}/accessPackages", headers, **{"$filter": "isHidden eq true"})) == [HIDDEN]
    one = tenant.get(f"{EM}/accessPackages/{PACKAGE}", headers).json()
    assert "catalog" not in one and "resourceRoleScopes" not in one
    one = tenant.get(f"{EM}/accessPackages/{PACKAGE}", headers,
                     **{"$expand": "catalog($select=id),assignmentPolicies"}).json()
    assert set(one["catalog"]) == {"id"} and one["assignmentPolicies"][0]["expiration"] == {"type": "afterDuration",
                                                                                            "duration": "P90D"}
    assert one["assignmentPolicies"][0]["allowedTargetScope"] == "allConfiguredConnectedOrganizationUsers"
    roles = tenant.get(f"{EM}/accessPackages/{PACKAGE}/resourceRoleScopes", headers).json()["value"]
    assert roles[0]["scope"]["originId"] == GROUP
    assert ids(tenant.get(f"{EM}/catalogs", headers)) == [tenant.get(f"{EM}/accessPackages/{PACKAGE}/catalog",
                                                                     headers).json()["id"]]
    assert ids(tenant.get(f"{EM}/assignmentPolicies", headers)) == [TIMED, OPEN]
    check_graph_error(tenant.get(f"{EM}/accessPackages", headers, **{"$expand": "nonsense"}), 400, "Request_BadRequest")
    check_graph_error(tenant.get(f"{EM}/accessPackages/nobody", headers), 404, "Request_ResourceNotFound")
    check_graph_error(tenant.get(f"{EM}/accessPackages", grant(tenant, "User.Read.All")), 403,
                      "Authorization_RequestDenied")


@pytest.mark.covers("governance.assignments", "governance.assignments.filter")
def test_assignments_hold_those_that_are_over(tenant):
    headers, fiona = reader(tenant), tenant.id_of(FIONA)
    assert ids(tenant.get(f"{EM}/assignments", headers)) == [DELIVERED, OVER]
    for spelling in ("objectId", "objectid"):
        for state in ("Delivered", "delivered"):
            text = f"accessPackage/id eq '{PACKAGE}' and target/{spelling} eq '{fiona}' and state eq '{state}'"
            rows = tenant.get(f"{EM}/assignments", headers, **{"$filter": text,
                                                               "$expand": "target,accessPackage"}).json()["value"]
            assert [one["id"] for one in rows] == [DELIVERED]
    one, = rows
    assert one["state"] == "delivered" and one["status"] == "Delivered" and one["expiredDateTime"] is None
    assert one["target"]["objectId"] == fiona and one["target"]["id"] != fiona and one["target"]["email"] == FIONA
    assert one["accessPackage"] == {"id": PACKAGE, "displayName": "SSH partners"} and "assignmentPolicy" not in one
    assert one["schedule"]["expiration"]["type"] == "noExpiration"
    over = tenant.get(f"{EM}/assignments/{OVER}", headers).json()
    assert over["state"] == "expired" and over["expiredDateTime"] and "target" not in over
    assert inside(tenant, FIONA) and not inside(tenant, BOB)


@pytest.mark.covers("governance.assignments.states")
@pytest.mark.parametrize("state, member", [("delivering", False), ("partiallyDelivered", True), ("delivered", True),
                                           ("expired", False), ("deliveryFailed", False)])
def test_every_state_of_an_assignment(tenant, state, member):
    tenant.control("PATCH", f"/governance/assignments/{DELIVERED}", {"state": state})
    assert tenant.get(f"{EM}/assignments/{DELIVERED}", reader(tenant)).json()["state"] == state
    assert inside(tenant, FIONA) is member


@pytest.mark.covers("governance.requests.add", "governance.requests.state")
@pytest.mark.parametrize("names", ["state", "older"])
def test_adding_takes_a_while(tenant, names):
    tenant.switch(entitlement_request_names=names)
    headers = writer(tenant)
    state = "state" if names == "state" else "requestState"
    body = {"requestType": "adminAdd", "assignment": {"targetId": tenant.id_of(ADA), "assignmentPolicyId": TIMED,
                                                      "accessPackageId": PACKAGE}}
    made = tenant.send(f"{EM}/assignmentRequests", body, headers)
    assert made.status_code == 201 and made.json()[state] == "submitted" and made.json()["requestType"] == "adminAdd"
    path = f"{EM}/assignmentRequests/{made.json()['id']}"
    assert not inside(tenant, ADA, headers)
    later(tenant, 31)
    assert tenant.get(path, headers).json()[state] == "delivering" and not inside(tenant, ADA, headers)
    later(tenant, 30)
    one = tenant.get(path, headers, **{"$expand": "assignment"}).json()
    assert one[state] == "delivered" and one["completedDateTime"] and one["assignment"]["state"] == "delivered"
    assert inside(tenant, ADA, headers) and len(ids(tenant.get(f"{EM}/assignmentRequests", headers))) == 1
    later(tenant, 91 * DAY)  # the policy gives 90 days
    headers = reader(tenant)
    assert tenant.get(f"{EM}/assignments/{one['assignment']['id']}", headers).json()["state"] == "expired"
    assert not inside(tenant, ADA, headers) and inside(tenant, FIONA, headers)


@pytest.mark.covers("governance.requests.remove")
def test_removing_ends_the_assignment_later(tenant):
    tenant.switch(entitlement_delay=120)
    headers = writer(tenant)
    made = tenant.send(f"{EM}/assignmentRequests", {"requestType": "adminRemove", "assignment": {"id": DELIVERED}},
                       headers)
    assert made.status_code == 201
    later(tenant, 61)
    assert inside(tenant, FIONA, headers)
    later(tenant, 60)
    assert not inside(tenant, FIONA, headers)
    assert tenant.get(f"{EM}/assignments/{DELIVERED}", headers).json()["state"] == "expired"
    later(tenant, 120)
    assert not inside(tenant, FIONA, headers)  # nothing puts her back


@pytest.mark.covers("governance.requests.refused")
def test_requests_that_make_no_sense(tenant):
    headers = writer(tenant)
    add = {"targetId": tenant.id_of(ADA), "assignmentPolicyId": TIMED, "accessPackageId": PACKAGE}
    for kind, wanted in (("adminRemove", {"id": "nobody"}), ("adminAdd", {**add, "targetId": "nobody"}),
                         ("adminAdd", {**add, "assignmentPolicyId": OPEN}), ("userAdd", add), ("adminAdd", {})):
        check_graph_error(tenant.send(f"{EM}/assignmentRequests", {"requestType": kind, "assignment": wanted}, headers),
                          400, "InvalidModel")
    check_graph_error(tenant.send(f"{EM}/assignmentRequests", {"requestType": "adminAdd", "assignment": add},
                                  reader(tenant)), 403,
                      "Authorization_RequestDenied")


@pytest.mark.covers("governance.requests.invites")
def test_somebody_unknown_is_invited_with_the_package(tenant):
    headers = writer(tenant)
    body = {"requestType": "adminAdd", "assignment": {"target": {"email": "new@fabrikam.example"},
                                                      "assignmentPolicyId": OPEN,
                                                      "accessPackageId": HIDDEN}}
    assert tenant.send(f"{EM}/assignmentRequests", body, headers).status_code == 201
    later(tenant, 61)
    user = tenant.get("/users", headers, **{"$filter": "mail eq 'new@fabrikam.example'",
                                            "$select": "id,externalUserState"}).json()["value"][0]
    assert user["externalUserState"] == "PendingAcceptance" and inside(tenant, "new@fabrikam.example", headers)


@pytest.mark.covers("governance.assignments.readd")
@pytest.mark.parametrize("readds", [True, False])
def test_a_member_removed_by_hand_may_be_put_back(tenant, readds):
    tenant.switch(assignment_readds_member=readds)
    tenant.control("DELETE", f"/groups/{GROUP}/members/{FIONA}")
    assert not inside(tenant, FIONA)
    later(tenant, 61)
    assert inside(tenant, FIONA) is readds
    assert tenant.get(f"{EM}/assignments/{DELIVERED}", reader(tenant)).json()["state"] == "delivered"


@pytest.mark.covers("governance.settings.lifecycle")
@pytest.mark.parametrize("action", ["none", "blockSignIn", "blockSignInAndDelete"])
def test_what_happens_to_a_guest_after_the_last_assignment(tenant, action):
    tenant.control("PATCH", "/governance", {"settings": {"externalUserLifecycleAction": action,
                                                         "durationUntilExternalUserDeletedAfterBlocked": "P30D"}})
    headers, fiona = reader(tenant), tenant.id_of(FIONA)
    assert tenant.get(f"{EM}/settings", headers).json()["externalUserLifecycleAction"] == action
    tenant.control("PATCH", f"/governance/assignments/{DELIVERED}", {"state": "expired"})
    enabled = tenant.get(f"/users/{fiona}", headers, **{"$select": "accountEnabled"}).json()["accountEnabled"]
    assert enabled is (action == "none")
    later(tenant, 31 * DAY)
    assert tenant.get(f"/users/{fiona}", reader(tenant)).status_code == (404 if action == "blockSignInAndDelete"
                                                                         else 200)


@pytest.mark.covers("governance.organisations")
def test_connected_organisations_with_five_kinds_of_source(tenant):
    headers = reader(tenant)
    rows = tenant.get(f"{EM}/connectedOrganizations", headers).json()["value"]
    kinds = {source["@odata.type"].rpartition(".")[2] for one in rows for source in one["identitySources"]}
    assert kinds == {"azureActiveDirectoryTenant", "domainIdentitySource", "crossCloudAzureActiveDirectoryTenant",
                     "externalDomainFederation", "socialIdentitySource"}
    assert [one["state"] for one in rows] == ["configured", "proposed"] and "internalSponsors" not in rows[0]
    sponsors = tenant.get(f"{EM}/connectedOrganizations/{rows[0]['id']}/internalSponsors", headers)
    assert ids(sponsors) == [tenant.id_of("mia@contoso.example")]
    expanded = tenant.get(f"{EM}/connectedOrganizations", headers,
                          **{"$expand": "internalSponsors", "$filter": "state eq 'configured'"})
    assert len(expanded.json()["value"][0]["internalSponsors"]) == 1


@pytest.mark.covers("governance.pim.activation")
def test_an_activated_member_is_an_ordinary_one_until_the_end(tenant):
    headers = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup",
                     "PrivilegedEligibilitySchedule.Read.AzureADGroup")
    olga = tenant.id_of(OLGA)
    rows = tenant.get(f"{PIM}/eligibilityScheduleInstances", headers,
                      **{"$filter": f"principalId eq '{olga}'"}).json()["value"]
    assert [one["groupId"] for one in rows] == [GROUP] and not inside(tenant, OLGA, headers)
    tenant.control("POST", "/pim/activated", {"group": GROUP, "principal": ADA, "seconds": 60}, 400)  # not eligible
    tenant.control("POST", "/pim/activated", {"group": GROUP, "principal": OLGA, "seconds": 4 * 3600})
    assert inside(tenant, OLGA, headers) and olga in ids(tenant.get(f"/groups/{GROUP}/members", headers))
    one, = tenant.get(f"{PIM}/assignmentScheduleInstances", headers,
                      **{"$filter": f"groupId eq '{GROUP}'"}).json()["value"]
    assert one["principalId"] == olga and one["accessId"] == "member" and one["startDateTime"]
    assert one["endDateTime"] > one["startDateTime"]
    later(tenant, 4 * 3600 + 1)
    headers = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup")
    assert not inside(tenant, OLGA, headers)
    assert tenant.get(f"{PIM}/assignmentScheduleInstances", headers,
                      **{"$filter": f"groupId eq '{GROUP}'"}).json()["value"] == []


@pytest.mark.covers("governance.pim.permanent", "governance.pim.spelling")
@pytest.mark.parametrize("capitals", [True, False])
@pytest.mark.parametrize("null_start", [True, False])
def test_permanent_assignments_and_their_spelling(tenant, capitals, null_start):
    tenant.switch(pim_capitalised=capitals, pim_null_start=null_start)
    headers = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup")
    made = tenant.control("POST", "/pim/assigned", {"group": GROUP, "principal": ADA})
    one, = tenant.get(f"{PIM}/assignmentScheduleInstances", headers,
                      **{"$filter": f"principalId eq '{tenant.id_of(ADA)}'"}).json()["value"]
    assert one["endDateTime"] is None and (one["startDateTime"] is None) is null_start
    assert (one["assignmentType"], one["memberType"]) == (("Assigned", "Direct") if capitals
                                                          else ("assigned", "direct"))
    assert inside(tenant, ADA, headers)
    tenant.control("DELETE", f"/pim/{made['id']}")
    assert not inside(tenant, ADA, headers)


@pytest.mark.covers("governance.pim.filter")
def test_pim_lists_need_a_filter_and_their_own_permissions(tenant):
    headers = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup")
    for query in ({}, {"$filter": "accessId eq 'member'"}):
        check_graph_error(tenant.get(f"{PIM}/assignmentScheduleInstances", headers, **query), 400, "MissingParameters")
    check_graph_error(tenant.get(f"{PIM}/eligibilityScheduleInstances", headers,
                                 **{"$filter": f"groupId eq '{GROUP}'"}), 403,
                      "Authorization_RequestDenied")


@pytest.mark.covers("governance.reviews.deny", "governance.reviews.filter")
@pytest.mark.parametrize("filters", [False, True])
def test_a_deny_has_no_effect_until_it_is_applied(tenant, filters):
    tenant.switch(review_filter=filters)
    headers, fiona = reader(tenant, "AccessReview.Read.All"), tenant.id_of(FIONA)
    assert tenant.get(DECISIONS, headers).json()["value"][0]["decision"] == "NotReviewed"
    tenant.control("PUT", f"/reviews/{REVIEW}/decisions/{FIONA}", {"decision": "Deny"})
    one, = tenant.get(DECISIONS, headers).json()["value"]
    assert one["decision"] == "Deny" and one["applyResult"] == "New" and one["principal"]["id"] == fiona
    assert inside(tenant, FIONA, headers)
    found = tenant.get(DECISIONS, headers, **{"$filter": f"principal/id eq '{fiona}'"})
    if filters:
        assert ids(found) == [one["id"]]
    else:
        check_graph_error(found, 400, "Request_UnsupportedQuery")
    tenant.switch(assignment_readds_member=False)
    tenant.control("POST", f"/reviews/{REVIEW}/apply")
    one, = tenant.get(DECISIONS, headers).json()["value"]
    assert one["applyResult"] == "AppliedSuccessfully" and not inside(tenant, FIONA, headers)
    instance = tenant.get(INSTANCE, headers).json()
    assert instance["status"] == "Applied"


@pytest.mark.covers("governance.reviews.auto_apply")
def test_a_review_that_applies_itself_may_disable(tenant):
    tenant.switch(assignment_readds_member=False)
    headers = reader(tenant, "AccessReview.Read.All")
    review = next(one for one in tenant.control("GET", "/governance")["accessReviews"] if one["id"] == REVIEW)
    review["settings"].update(autoApplyDecisionsEnabled=True, defaultDecision="Deny", defaultDecisionEnabled=True,
                              applyActions=[
        {"@odata.type": "#microsoft.graph.disableAndDeleteUserApplyAction"}])
    end = tenant.control("GET", "/clock")["now"] + 3600
    review["instances"][0]["endDateTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
    tenant.control("PATCH", "/governance", {"accessReviews": [review]})
    assert tenant.get(f"/identityGovernance/accessReviews/definitions/{REVIEW}",
                      headers).json()["settings"]["defaultDecision"] == "Deny"
    assert inside(tenant, FIONA, headers)
    later(tenant, 3601)
    headers = reader(tenant, "AccessReview.Read.All")
    user = tenant.get(f"/users/{tenant.id_of(FIONA)}", headers, **{"$select": "accountEnabled"}).json()
    assert user["accountEnabled"] is False and not inside(tenant, FIONA, headers)
    assert ids(tenant.get("/identityGovernance/accessReviews/definitions", headers)) == [REVIEW]


@pytest.mark.covers("governance.workflows")
def test_workflows_by_permission(tenant):
    path = "/identityGovernance/lifecycleWorkflows/workflows"
    basic = tenant.get(path, grant(tenant, "LifecycleWorkflows-Workflow.ReadBasic.All")).json()["value"][0]
    whole = tenant.get(path, grant(tenant, "LifecycleWorkflows.Read.All")).json()["value"][0]
    assert "isSchedulingEnabled" not in basic and whole["isSchedulingEnabled"] is True
    check_graph_error(tenant.get(path, grant(tenant, "User.Read.All")), 403, "Authorization_RequestDenied")


@pytest.mark.covers("governance.terms")
@pytest.mark.parametrize("app_only", [False, True])
def test_terms_of_use_are_for_delegated_tokens(tenant, app_only):
    tenant.switch(terms_app_only=app_only)
    agreements = "/identityGovernance/termsOfUse/agreements"
    headers = grant(tenant, "Agreement.Read.All", "AgreementAcceptance.Read.All", "User.Read.All")
    check_graph_error(tenant.get(agreements, headers), 403, "Authorization_RequestDenied")
    agreement = "a9ee0000-0001-4a00-8a00-000000000001"
    for path in (f"{agreements}/{agreement}/acceptances", f"/users/{tenant.id_of(ADA)}/agreementAcceptances"):
        answer = tenant.get(path, headers)
        if app_only:
            assert [one["state"] for one in answer.json()["value"]] == ["accepted"]
        else:
            check_graph_error(answer, 403, "Authorization_RequestDenied")
    scopes = " ".join(["openid profile", *(f"https://graph.microsoft.com/{one}.Read.All"
                                           for one in ("Agreement", "AgreementAcceptance"))])
    own = {"Authorization": "Bearer " + tenant.tokens("mia@contoso.example", scopes, force=True)["access_token"]}
    assert ids(tenant.get(agreements, own)) == [agreement]
    assert tenant.get(f"{agreements}/{agreement}/acceptances", own).json()["value"][0]["userEmail"] == ADA


@pytest.mark.covers("governance.group_gone")
def test_a_package_whose_group_is_gone(tenant):
    tenant.control("PUT", f"/reviews/{REVIEW}/decisions/{FIONA}", {"decision": "Deny"})
    tenant.control("POST", "/pim/activated", {"group": GROUP, "principal": OLGA, "seconds": 60})
    tenant.control("DELETE", f"/groups/{GROUP}")
    headers = writer(tenant)
    assert tenant.get(f"{EM}/accessPackages/{PACKAGE}/resourceRoleScopes", headers).json()["value"] == []
    body = {"requestType": "adminRemove", "assignment": {"id": DELIVERED}}
    assert tenant.send(f"{EM}/assignmentRequests", body, headers).status_code == 201
    tenant.control("POST", f"/reviews/{REVIEW}/apply")
    later(tenant, 61)
    assert tenant.get(f"{EM}/assignments/{DELIVERED}", headers).json()["state"] == "expired"
    tenant.control("DELETE", f"/guests/{FIONA}")
    subject = tenant.get(f"{EM}/assignments/{DELIVERED}", headers, **{"$expand": "target"}).json()["target"]
    assert subject["email"] == FIONA
    tenant.control("POST", f"/guests/{FIONA}/purge")
    assert tenant.get(f"{EM}/assignments/{DELIVERED}", headers, **{"$expand": "target"}).json()["target"]["email"] is None


@pytest.mark.covers("governance.delta")
def test_an_expiring_assignment_shows_in_delta_queries(tenant):
    headers = reader(tenant)
    tenant.switch(delta_empty_pages=False, delta_duplicates=False)
    query = {"$select": "id,members", "$filter": f"id eq '{GROUP}' or id eq '{NESTED}'"}
    link = tenant.get("/groups/delta", headers, **query).json()["@odata.deltaLink"]
    tenant.control("PATCH", f"/governance/assignments/{DELIVERED}", {"state": "expired"})
    later(tenant, 6)
    one, = tenant.get(link, headers).json()["value"]
    assert one["id"] == GROUP and [member["id"] for member in one["members@delta"]] == [tenant.id_of(FIONA)]


@pytest.mark.covers("governance.state")
def test_governance_is_part_of_the_written_state(tenant):
    tenant.control("POST", "/pim/activated", {"group": GROUP, "principal": OLGA, "seconds": 3600})
    tenant.control("POST", "/governance/assignments", {"target": ADA, "package": HIDDEN, "policy": OPEN,
                                                       "state": "deliveryFailed"})
    written = tenant.control("GET", "/state")
    tenant.control("POST", "/reset")
    tenant.control("PUT", "/state", written)
    assert tenant.control("GET", "/state") == written and inside(tenant, OLGA) and inside(tenant, FIONA)
    later(tenant, 3601)
    assert not inside(tenant, OLGA)


@pytest.mark.covers("governance.state")
@pytest.mark.parametrize("change, text", [
    ({"nonsense": []}, "governance.nonsense: no such member"),
    ({"assignments": [{"id": "x", "target": "nobody", "package": PACKAGE, "policy": TIMED}]},
     "assignments[0].target: nobody"),
    ({"assignments": [{"id": "x", "target": ADA, "package": "y", "policy": TIMED}]},
     "assignments[0].package: not in accessPackages"),
    ({"assignments": [{"id": "x", "target": ADA, "package": PACKAGE, "policy": TIMED, "state": "z"}]},
     "assignments[0].state: none of"),
    ({"settings": {"durationUntilExternalUserDeletedAfterBlocked": "soon"}}, "no ISO 8601 duration: 'soon'"),
    ({"pim": {"eligible": [{"principal": ADA, "group": "nowhere"}]}}, "pim.eligible[0].group: nobody")])
def test_wrong_governance_is_refused(tenant, change, text):
    written = tenant.control("GET", "/state")
    written["governance"].update(change)
    assert text in tenant.control("PUT", "/state", written, status=400)["error"]
