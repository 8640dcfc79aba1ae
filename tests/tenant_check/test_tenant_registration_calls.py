# SPDX-License-Identifier: Apache-2.0
"""Applications, service principals, assignments and grants as Graph makes them (entra-facts 17)."""
import base64
import uuid

import pytest

from graph_help import ACCESS, ADA, ids
from registration_help import (DEFAULT, GRAPH, MEMBER_READ, SCOPE, USER_READ, Admin, api, assignment, client, consent,
                               preauthorized, principal, reader)
from tenant_client import check_error

SIGNIN, OLD_API = "516414c1-5555-4f00-8f00-000000000005", "a9100000-6666-4f00-8f00-000000000006"


@pytest.fixture
def admin(tenant):
    return Admin(tenant)


@pytest.mark.covers("calls.applications")
def test_an_application_gets_its_ids(admin, certificate):
    made = admin.post("/applications", reader(certificate.der))
    assert uuid.UUID(made["id"]) != uuid.UUID(made["appId"]) and made["createdDateTime"]
    assert made["isFallbackPublicClient"] is None and made["identifierUris"] == []
    assert made["keyCredentials"][0]["key"] is None and made["keyCredentials"][0]["keyId"]
    assert admin.ask("GET", f"/applications(appId='{made['appId']}')")["id"] == made["id"]
    assert admin.ask("GET", f"/applications/{made['id']}")["appId"] == made["appId"]
    admin.ask("GET", f"/applications/{made['appId']}", status=404)   # the wrong of the two ids
    admin.ask("PATCH", f"/applications/{made['id']}", {"displayName": "another"})
    assert admin.ask("GET", f"/applications/{made['id']}")["displayName"] == "another"
    bare = admin.post("/applications", {"displayName": "bare"})
    assert bare["signInAudience"] == "AzureADandPersonalMicrosoftAccount"
    assert bare["api"]["requestedAccessTokenVersion"] is None
    rows = admin.ask("GET", "/applications")["value"]
    assert {made["appId"], bare["appId"], SIGNIN} <= {one["appId"] for one in rows}


@pytest.mark.covers("calls.applications.refused")
@pytest.mark.parametrize("body", [
    None, [], {}, {"displayName": ""}, {"displayName": 7}, {"displayName": "x", "id": str(uuid.uuid4())},
    {"displayName": "x", "appId": str(uuid.uuid4())}, {"displayName": "x", "signInAudience": "Everybody"},
    {"displayName": "x", "passwordCredentials": []}, {"displayName": "x", "colour": "red"},
    {"displayName": "x", "api": {"version": 2}}, {"displayName": "x", "api": {"requestedAccessTokenVersion": 3}},
    {"displayName": "x", "keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": "AAAA"}]},
    {"displayName": "x", "keyCredentials": [{"key": "AAAA"}]},
    {"displayName": "x", "optionalClaims": {"accessToken": [{"essential": True}]}},
    {"displayName": "x", "optionalClaims": {"other": []}},
    {"displayName": "x", "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": [{"id": "openid"}]}]},
    api(scope="no-guid")])
def test_bodies_that_are_not_taken(admin, body):
    before = len(admin.ask("GET", "/applications")["value"])
    assert admin.refused("/applications", body)["message"]
    assert len(admin.ask("GET", "/applications")["value"]) == before


@pytest.mark.covers("calls.applications.preauthorized")
def test_preauthorisation_comes_after_the_scope(admin):
    both = api()
    both["api"]["preAuthorizedApplications"] = [{"appId": SIGNIN, "delegatedPermissionIds": [SCOPE]}]
    assert "cannot be found in the AppPermissions sets" in admin.refused("/applications", both)["message"]
    made = admin.post("/applications", api())
    path, good = f"/applications/{made['id']}", preauthorized(made["appId"], SIGNIN)
    wrong = admin.refused(path, preauthorized(made["appId"], SIGNIN, name="permissionIds"), method="PATCH")
    assert wrong["message"] == "Unexpected contents in request body."
    admin.refused(path, preauthorized(made["appId"], SIGNIN, str(uuid.uuid4())), method="PATCH")
    admin.ask("PATCH", path, good)
    now = admin.ask("GET", path)
    assert now["api"]["preAuthorizedApplications"] == good["api"]["preAuthorizedApplications"]
    assert now["api"]["requestedAccessTokenVersion"] == 2 and now["api"]["oauth2PermissionScopes"][0]["id"] == SCOPE


@pytest.mark.covers("calls.applications.scopes")
def test_an_enabled_scope_stays(admin):
    made = admin.post("/applications", api())
    path, held = f"/applications/{made['id']}", made["api"]["oauth2PermissionScopes"][0]
    admin.refused(path, {"api": {"oauth2PermissionScopes": []}}, method="PATCH")
    admin.refused(path, {"api": {"oauth2PermissionScopes": [{**held, "value": "other"}]}}, method="PATCH")
    admin.ask("PATCH", path, {"api": {"oauth2PermissionScopes": [{**held, "isEnabled": False}]}})
    admin.ask("PATCH", path, {"api": {"oauth2PermissionScopes": []}})
    assert admin.ask("GET", path)["api"]["oauth2PermissionScopes"] == []


@pytest.mark.covers("calls.applications.uris")
def test_identifier_uris(tenant, admin):
    made = admin.post("/applications", api())
    path, own = f"/applications/{made['id']}", made["appId"]
    for good in (f"api://{own}", f"api://{tenant.tid}/x", f"api://x/{own}", "https://contoso.example/ssh",
                 "https://a.contoso.example", "api://contoso.example/ssh"):
        admin.ask("PATCH", path, {"identifierUris": [good]})
    for wrong in ("api://something", f"api://{uuid.uuid4()}", "https://fabrikam.example/x", "urn:x", f"api://{OLD_API}"):
        admin.refused(path, {"identifierUris": [wrong]}, method="PATCH")
    other = admin.post("/applications", {"displayName": "other"})
    admin.refused(f"/applications/{other['id']}", {"identifierUris": ["api://contoso.example/ssh"]}, method="PATCH")


@pytest.mark.covers("calls.applications.old")
def test_applications_of_the_data_file(tenant, admin):
    now = admin.ask("GET", f"/applications(appId='{SIGNIN}')")
    listed = {one["resourceAppId"]: len(one["resourceAccess"]) for one in now["requiredResourceAccess"]}
    assert listed[GRAPH] == 4 and listed[OLD_API] == 1
    made = admin.post("/applications", api())
    more = [*now["requiredResourceAccess"], {"resourceAppId": made["appId"],
                                             "resourceAccess": [{"id": SCOPE, "type": "Scope"}]}]
    admin.ask("PATCH", f"/applications(appId='{SIGNIN}')", {"requiredResourceAccess": more})
    assert admin.ask("GET", f"/applications(appId='{SIGNIN}')")["requiredResourceAccess"] == more
    assert tenant.tokens()["access_token"]   # nothing of it was lost


@pytest.mark.covers("calls.principals")
def test_a_service_principal_is_made_once(admin):
    made = admin.post("/applications", api(identifierUris=["https://contoso.example/ssh"]))
    one = admin.post("/servicePrincipals", principal(made["appId"], True))
    assert one["id"] not in (made["id"], made["appId"]) and one["appRoleAssignmentRequired"] is True
    assert one["servicePrincipalNames"] == [made["appId"], "https://contoso.example/ssh"]
    assert one["tags"] == ["HideApp"] and one["accountEnabled"] is True
    admin.refused("/servicePrincipals", principal(made["appId"]), 409)
    admin.refused("/servicePrincipals", principal(GRAPH), 409)
    admin.refused("/servicePrincipals", principal(str(uuid.uuid4())))
    admin.refused("/servicePrincipals", principal(made["id"]))
    admin.refused("/servicePrincipals", {"appId": made["appId"], "colour": "red"})
    assert admin.ask("GET", f"/servicePrincipals(appId='{made['appId']}')?$select=id") == {
        "id": one["id"], "@odata.context": admin.tenant.graph + "/v1.0/$metadata#servicePrincipals(id)/$entity"}
    admin.ask("GET", f"/servicePrincipals/{made['appId']}", status=404)
    graph = admin.ask("GET", f"/servicePrincipals(appId='{GRAPH}')")
    assert {role["value"] for role in graph["appRoles"]} >= {"User.Read.All", "GroupMember.Read.All"}


@pytest.mark.covers("calls.principals.needed")
def test_without_a_service_principal_no_token(tenant, admin):
    made = admin.post("/applications", api())
    public = admin.post("/applications", client(made["appId"]))
    admin.ask("PATCH", f"/applications/{made['id']}", preauthorized(made["appId"], public["appId"]))
    scope = f"openid profile api://{made['appId']}/ssh.login"
    check_error(tenant.device(scope, client_id=public["appId"]), 7000229, "unauthorized_client")
    admin.post("/servicePrincipals", principal(public["appId"]))
    check_error(tenant.device(scope, client_id=public["appId"]), tenant.control("GET", "/switches")[
        "missing_service_principal"]["value"], "invalid_resource")


@pytest.mark.covers("calls.assignments")
def test_assignments_name_object_ids(tenant, admin):
    made = admin.post("/applications", api())
    sp = admin.post("/servicePrincipals", principal(made["appId"], True))["id"]
    path = f"/servicePrincipals/{sp}/appRoleAssignedTo"
    for body, status in ((assignment(ACCESS, made["appId"]), 400), (assignment(made["appId"], sp), 404),
                         (assignment(made["id"], sp), 404), (assignment(ACCESS, sp, USER_READ), 400),
                         (assignment("SSH prod partners", sp), 400), ({"principalId": ACCESS}, 400)):
        admin.refused(path, body, status)
    admin.refused(f"/servicePrincipals/{made['appId']}/appRoleAssignedTo", assignment(ACCESS, sp), 404)
    done = admin.post(path, assignment(ACCESS, sp))
    assert (done["principalType"], done["resourceId"], done["principalDisplayName"]) == ("Group", sp, "SSH prod partners")
    assert done["createdDateTime"]
    admin.refused(path, assignment(ACCESS, sp))
    admin.post(path, assignment(tenant.id_of("olga@northwind.example"), sp))
    rows = admin.ask("GET", path)["value"]
    assert [(one["principalType"], one["appRoleId"]) for one in rows] == [("Group", DEFAULT), ("User", DEFAULT)]
    assert rows[0]["id"] == done["id"]


@pytest.mark.covers("calls.assignments")
def test_graphs_permissions_are_assigned(tenant, admin, certificate):
    made = admin.post("/applications", reader(certificate.der))
    sp = admin.post("/servicePrincipals", principal(made["appId"]))["id"]
    graph = admin.ask("GET", f"/servicePrincipals(appId='{GRAPH}')")["id"]
    path = f"/servicePrincipals/{graph}/appRoleAssignedTo"
    admin.refused(path, assignment(made["appId"], graph, USER_READ), 404)
    admin.refused(path, assignment(sp, graph, str(uuid.uuid4())))
    for role in (USER_READ, MEMBER_READ):
        assert admin.post(path, assignment(sp, graph, role))["principalType"] == "ServicePrincipal"
    admin.refused(path, assignment(sp, graph, USER_READ))
    assert {one["appRoleId"] for one in admin.ask("GET", f"/servicePrincipals/{sp}/appRoleAssignments")["value"]} == {
        USER_READ, MEMBER_READ}
    form = tenant.assertion(certificate, {"x5t#S256": "", "kid": ""}, iss=made["appId"], sub=made["appId"])
    check_error(tenant.app(client_id=made["appId"], **form), 700027, "invalid_client", 401)
    print256 = base64.urlsafe_b64encode(certificate.sha256).rstrip(b"=").decode()
    form = tenant.assertion(certificate, {"x5t#S256": print256}, iss=made["appId"], sub=made["appId"])
    token = tenant.app(client_id=made["appId"], **form).json()["access_token"]
    assert ids(tenant.get(f"/groups/{ACCESS}/members", {"Authorization": f"Bearer {token}"}))


@pytest.mark.covers("calls.grants")
def test_grants_name_object_ids(tenant, admin):
    made = admin.post("/applications", api())
    public = admin.post("/applications", client(made["appId"]))
    api_sp, client_sp = (admin.post("/servicePrincipals", principal(one["appId"]))["id"] for one in (made, public))
    path = "/oauth2PermissionGrants"
    for body, status in ((consent(public["appId"], api_sp, "ssh.login"), 404),
                         (consent(client_sp, made["appId"], "ssh.login"), 404),
                         (consent(client_sp, api_sp, "ssh.login", principalId=tenant.id_of(ADA)), 400),
                         (consent(client_sp, api_sp, "ssh.login", consentType="Principal"), 400),
                         (consent(client_sp, api_sp, "ssh.login", consentType="Principal", principalId=made["id"]), 404),
                         (consent(client_sp, api_sp, None), 400), (consent(client_sp, api_sp, "x", expiry=1), 400)):
        admin.refused(path, body, status)
    done = admin.post(path, consent(client_sp, api_sp, "ssh.login"))
    admin.refused(path, consent(client_sp, api_sp, "ssh.login"), 409)
    admin.post(path, consent(client_sp, api_sp, "ssh.login", consentType="Principal", principalId=tenant.id_of(ADA)))
    rows = admin.ask("GET", f"{path}?$filter=clientId eq '{client_sp}'")["value"]
    assert [one["consentType"] for one in rows] == ["AllPrincipals", "Principal"]
    assert rows[0]["id"] == done["id"] and rows[0]["scope"] == "ssh.login"
    assert len(admin.ask("GET", f"/servicePrincipals/{client_sp}{path}")["value"]) == 2


@pytest.mark.covers("calls.rights")
@pytest.mark.parametrize("method, path, right", [
    ("POST", "/applications", "Application.Read.All"), ("GET", "/applications", "User.Read.All"),
    ("PATCH", f"/applications(appId='{SIGNIN}')", "AppRegistration.Create"),
    ("POST", "/servicePrincipals", "AppRegistration.Create"),
    ("POST", f"/servicePrincipals/{ACCESS}/appRoleAssignedTo", "Application.ReadWrite.All"),
    ("POST", "/oauth2PermissionGrants", "Application.ReadWrite.All"),
    ("GET", "/oauth2PermissionGrants", "Application.Read.All"),
    ("POST", "/identityGovernance/entitlementManagement/resourceRequests", "EntitlementManagement.ReadWrite.All"),
    ("POST", "/identityGovernance/entitlementManagement/catalogs", "EntitlementManagement.Read.All")])
def test_each_call_has_its_right(tenant, method, path, right):
    Admin(tenant, right).ask(method, path, {}, 403)


@pytest.mark.covers("calls.sign_in", "calls.state")
def test_a_guest_signs_in_at_registrations_made_by_graph(tenant, admin):
    made = admin.post("/applications", api())
    public = admin.post("/applications", client(made["appId"]))
    admin.ask("PATCH", f"/applications/{made['id']}", preauthorized(made["appId"], public["appId"]))
    api_sp = admin.post("/servicePrincipals", principal(made["appId"], True))["id"]
    client_sp = admin.post("/servicePrincipals", principal(public["appId"]))["id"]
    graph = admin.ask("GET", f"/servicePrincipals(appId='{GRAPH}')")["id"]
    admin.post("/oauth2PermissionGrants", consent(client_sp, graph, "openid profile"))

    def sign_in():
        flow = tenant.device(f"openid profile api://{made['appId']}/ssh.login", client_id=public["appId"]).json()
        done = tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": ADA})
        return done, tenant.poll(flow["device_code"], client_id=public["appId"])
    assert sign_in()[0]["blocked"] == 50105   # assignment is required
    admin.post(f"/servicePrincipals/{api_sp}/appRoleAssignedTo", assignment(ACCESS, api_sp))
    state = tenant.control("GET", "/state")
    tenant.control("PUT", "/state", state)
    assert tenant.control("GET", "/state")["registrations"] == state["registrations"]
    claims = tenant.verified(sign_in()[1].json()["access_token"], made["appId"])
    assert (claims["azp"], claims["scp"], claims["idtyp"], claims["acct"]) == (public["appId"], "ssh.login", "user", 1)


@pytest.mark.covers("calls.applications.more")
def test_what_hangs_on_an_application(admin, tenant):
    read = admin.ask("GET", f"/applications(appId='{OLD_API}')")
    principal_id = admin.ask("GET", f"/servicePrincipals(appId='{OLD_API}')")["id"]
    places = (f"/applications/{read['id']}/federatedIdentityCredentials", f"/applications/{read['id']}/owners",
              f"/servicePrincipals/{principal_id}/owners")
    assert [admin.ask("GET", one)["value"] for one in places] == [[], [], []]
    tenant.control("PATCH", "/registrations/api", {
        "owners": ["mia@contoso.example"], "principalOwners": [ADA], "secrets": ["see-no-evil", {"value": "v", "expires": 2e9}],
        "federatedCredentials": [{"issuer": "https://ci.example", "subject": "repo", "audiences": ["x"], "keys": {}}]})
    federated, owners, principal_owners = (admin.ask("GET", one)["value"] for one in places)
    assert (federated[0]["issuer"], federated[0]["subject"]) == ("https://ci.example", "repo") and "keys" not in federated[0]
    assert [one["displayName"] for one in owners] == ["Mia Inside"] and len(principal_owners) == 1
    held = admin.ask("GET", f"/applications/{read['id']}")["passwordCredentials"]
    assert [one["hint"] for one in held] == ["see", "v"] and held[1]["endDateTime"] == "2033-05-18T03:33:20Z"
    assert all(one["secretText"] is None for one in held)
    Admin(tenant, "User.Read.All").ask("GET", places[0], status=403)


@pytest.mark.covers("calls.applications.as_admin")
def test_an_administrators_own_token(tenant):
    admins, scope = "ad312000-aaaa-4f00-8f00-00000000000a", f"{tenant.graph}/Application.Read.All {tenant.graph}/Policy.Read.All"
    flow = tenant.device(scope + " openid profile", client_id=admins).json()
    assert tenant.person().sign_in(flow["user_code"], "mia@contoso.example", "works-here-7").outcome == "done"
    got = tenant.poll(flow["device_code"], client_id=admins).json()
    own = {"Authorization": "Bearer " + got["access_token"]}
    assert tenant.get(f"/applications(appId='{OLD_API}')", own).json()["appId"] == OLD_API
    assert tenant.get("/policies/authorizationPolicy", own).json()["allowInvitesFrom"] == "everyone"
    assert tenant.get("/oauth2PermissionGrants", own).status_code == 403   # it was not asked for
    other = tenant.device(scope + " openid profile", client_id=admins).json()
    assert tenant.person().sign_in(other["user_code"], ADA, "analytical-engine-1843").outcome != "done"   # nobody consented
