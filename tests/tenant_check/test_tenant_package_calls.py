# SPDX-License-Identifier: Apache-2.0
"""Access packages as Graph makes them (entra-facts 9.1, 17.7)."""
import pytest

from governance_help import EM
from graph_help import ADA, OTHER, later
from registration_help import Admin

FABRIKAM, APPROVER = "c0440000-0001-4a00-8a00-000000000001", "a0000000-000b-4d00-8d00-000000000a1a"


def rule(package, **more):
    return {"displayName": "partners, 90 days", "description": "", "allowedTargetScope": "specificConnectedOrganizationUsers",
            "specificAllowedTargets": [{"@odata.type": "#microsoft.graph.connectedOrganizationMembers",
                                        "connectedOrganizationId": FABRIKAM, "description": "Partner"}],
            "expiration": {"type": "afterDuration", "duration": "P90D", "endDateTime": None},
            "requestorSettings": {"enableTargetsToSelfAddAccess": True},
            "requestApprovalSettings": {"isApprovalRequiredForAdd": True, "stages": [
                {"primaryApprovers": [{"@odata.type": "#microsoft.graph.internalSponsors"}],
                 "fallbackPrimaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": APPROVER}]}]},
            "accessPackage": {"id": package}, **more}


def onboarded(tenant, admin, catalog, group=OTHER):
    """The group as a resource of the catalog, once it is there."""
    admin.post(f"{EM}/resourceRequests", {"requestType": "adminAdd", "catalog": {"id": catalog},
                                          "resource": {"originId": group, "originSystem": "AadGroup"}})
    path = f"{EM}/catalogs/{catalog}/resources?$filter=originId eq '{group}'&$expand=roles,scopes"
    assert admin.ask("GET", path)["value"] == []
    later(tenant, 61)
    return admin.ask("GET", path)["value"][0]


def role(resource):
    return {"role": {**resource["roles"][0], "resource": {"id": resource["id"], "originId": resource["originId"],
                                                          "originSystem": "AadGroup"}}, "scope": resource["scopes"][0]}


@pytest.fixture
def admin(tenant):
    return Admin(tenant)


@pytest.mark.covers("calls.packages", "calls.state")
def test_a_package_made_by_graph_makes_members(tenant, admin):
    catalog = admin.post(f"{EM}/catalogs", {"displayName": "Linux hosts", "description": "x", "state": "published",
                                            "isExternallyVisible": True})["id"]
    resource = onboarded(tenant, admin, catalog)
    assert resource["roles"][0]["originId"] == f"Member_{OTHER}" and resource["scopes"][0]["isRootScope"] is True
    package = admin.post(f"{EM}/accessPackages", {"displayName": "SSH", "description": "x", "isHidden": False,
                                                  "catalog": {"id": catalog}})["id"]
    admin.post(f"{EM}/accessPackages/{package}/resourceRoleScopes", role(resource))
    policy = admin.post(f"{EM}/assignmentPolicies", rule(package))["id"]
    shown = admin.ask("GET", f"{EM}/accessPackages/{package}?$expand=assignmentPolicies,resourceRoleScopes")
    assert shown["assignmentPolicies"][0]["expiration"]["duration"] == "P90D"
    assert shown["resourceRoleScopes"][0]["scope"]["originId"] == OTHER
    state = tenant.control("GET", "/state")
    tenant.control("PUT", "/state", state)
    assert tenant.control("GET", "/state")["governance"] == state["governance"]
    admin.post(f"{EM}/assignmentRequests", {"requestType": "adminAdd", "assignment": {
        "targetId": tenant.id_of(ADA), "assignmentPolicyId": policy, "accessPackageId": package}})
    later(tenant, 61)
    admin = Admin(tenant)
    assert tenant.id_of(ADA) in [one["id"] for one in admin.ask("GET", f"/groups/{OTHER}/members")["value"]]


@pytest.mark.covers("calls.packages.refused")
def test_what_names_nothing_is_refused(tenant, admin):
    admin.refused(f"{EM}/catalogs", {"description": "x"})
    catalog = admin.post(f"{EM}/catalogs", {"displayName": "Linux hosts"})["id"]
    wanted = {"requestType": "adminAdd", "resource": {"originId": OTHER, "originSystem": "AadGroup"}}
    for body in ({**wanted, "catalog": {"id": OTHER}}, {**wanted, "catalog": {"id": catalog}, "requestType": "x"},
                 {**wanted, "catalog": {"id": catalog}, "resource": {"originId": catalog, "originSystem": "AadGroup"}}):
        admin.refused(f"{EM}/resourceRequests", body)
    resource = onboarded(tenant, admin, catalog)
    admin = Admin(tenant)
    admin.refused(f"{EM}/resourceRequests", {**wanted, "catalog": {"id": catalog}})
    admin.refused(f"{EM}/accessPackages", {"displayName": "SSH", "catalog": {"id": OTHER}})
    package = admin.post(f"{EM}/accessPackages", {"displayName": "SSH", "catalog": {"id": catalog}})["id"]
    path, good = f"{EM}/accessPackages/{package}/resourceRoleScopes", role(resource)
    admin.refused(path, {**good, "role": {**good["role"], "id": "member"}})
    admin.refused(path, {**good, "scope": {**good["scope"], "originId": catalog}})
    admin.refused(path, {**good, "role": {**good["role"], "resource": {"id": OTHER}}})
    admin.refused(f"{EM}/accessPackages/{OTHER}/resourceRoleScopes", good, 404)
    admin.post(path, good)
    admin.refused(path, good)
    nobody = {"isApprovalRequiredForAdd": True, "stages": [{"primaryApprovers": []}]}
    ghost = {"stages": [{"primaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": OTHER}]}]}
    for more in ({"accessPackage": {"id": OTHER}}, {"expiration": {"type": "afterDuration", "duration": "soon"}},
                 {"expiration": {"type": "later"}}, {"allowedTargetScope": "everybody"}, {"specificAllowedTargets": []},
                 {"specificAllowedTargets": [{"@odata.type": "#microsoft.graph.connectedOrganizationMembers",
                                              "connectedOrganizationId": OTHER}]},
                 {"requestApprovalSettings": nobody}, {"requestApprovalSettings": ghost}):
        admin.refused(f"{EM}/assignmentPolicies", rule(package, **more))
