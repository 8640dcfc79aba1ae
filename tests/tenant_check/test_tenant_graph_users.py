# SPDX-License-Identifier: Apache-2.0
"""/users of Graph: properties and their permissions, changes, deletion and its way back (entra-facts 6.5, 7.1, 9.5)."""
import pytest

from graph_help import (ACCESS, ADA, COUNT, EVENTUAL, GRACE, LINUS, NESTED, call, check_graph_error, grant, ids, later,
                        rest_of)

MIA = "mia@contoso.example"
PARTNER_PROPERTIES = ("id", "userPrincipalName", "userType", "mail", "otherMails", "proxyAddresses", "identities",
                      "accountEnabled", "creationType", "externalUserState", "externalUserStateChangeDateTime",
                      "signInSessionsValidFromDateTime", "onPremisesExtensionAttributes", "securityIdentifier",
                      "showInAddressList", "createdDateTime", "companyName")


@pytest.mark.covers("graph.user.properties")
def test_every_property_of_a_guest(tenant):
    ada = tenant.id_of(ADA)
    user = tenant.get(f"/users/{ada}", **{"$select": ",".join(PARTNER_PROPERTIES)}).json()
    assert set(user) == {"@odata.context", *PARTNER_PROPERTIES}
    assert user["@odata.context"].endswith(f"$metadata#users({','.join(PARTNER_PROPERTIES)})/$entity")
    assert user["creationType"] == "Invitation" and user["userType"] == "Guest" and user["otherMails"] == [ADA]
    assert user["securityIdentifier"].startswith("S-1-12-1-") and user["proxyAddresses"] == [f"SMTP:{ADA}"]
    assert user["identities"][1] == {"signInType": "userPrincipalName", "issuer": "contoso.onmicrosoft.example",
                                     "issuerAssignedId": user["userPrincipalName"]}
    member = tenant.get(f"/users/{tenant.id_of(MIA)}",
                        **{"$select": "creationType,externalUserState,otherMails"}).json()
    assert member["creationType"] is None and member["externalUserState"] is None and member["otherMails"] == []


@pytest.mark.covers("graph.user.upn")
def test_upn_in_the_path_also_after_the_mail_has_changed(tenant):
    path = "/users/ada_fabrikam.example%23EXT%23@contoso.onmicrosoft.example"
    assert tenant.get(path).json()["id"] == tenant.id_of(ADA)
    tenant.control("PATCH", f"/guests/{ADA}", {"mail": "ada@elsewhere.example"})
    assert tenant.get(path).json()["mail"] == "ada@elsewhere.example"
    assert tenant.get(f"/users/{MIA}").json()["id"] == tenant.id_of(MIA)
    check_graph_error(tenant.get("/users/ada@elsewhere.example"), 404, "Request_ResourceNotFound")
    tenant.control("PATCH", "/guests/ada@elsewhere.example", {"userPrincipalName": "ada@contoso.example"})
    assert tenant.get("/users/ADA@contoso.example").status_code == 200
    check_graph_error(tenant.get(path), 404, "Request_ResourceNotFound")


@pytest.mark.covers("graph.permission.own")
@pytest.mark.parametrize("name, permission", [
    ("customSecurityAttributes", "CustomSecAttributeAssignment.Read.All"), ("signInActivity", "AuditLog.Read.All")])
def test_properties_with_a_permission_of_their_own(tenant, name, permission):
    ada = tenant.id_of(ADA)
    value = {"customSecurityAttributes": {"Unix": {"uid": 70001}},
             "signInActivity": {"lastSignInDateTime": "2026-08-01T10:00:00Z"}}[name]
    tenant.control("PATCH", f"/guests/{ADA}", {name: value})
    check_graph_error(tenant.get(f"/users/{ada}", **{"$select": f"id,{name}"}), 403, "Authorization_RequestDenied")
    headers = grant(tenant, "User.Read.All", permission)
    assert tenant.get(f"/users/{ada}", headers, **{"$select": f"id,{name}"}).json()[name] == value


@pytest.mark.covers("graph.permission.licence")
@pytest.mark.parametrize("licensed", [True, False])
def test_sign_in_activity_needs_the_licence_and_has_smaller_pages(tenant, licensed):
    tenant.switch(premium_licence=licensed)
    headers = grant(tenant, "User.Read.All", "AuditLog.Read.All")
    wanted = {"$select": "id,signInActivity"}
    if licensed:
        assert tenant.get("/users", headers, **wanted, **{"$top": "500"}).status_code == 200
        check_graph_error(tenant.get("/users", headers, **wanted, **{"$top": "501"}), 400, "Request_BadRequest")
    else:
        check_graph_error(tenant.get("/users", headers, **wanted), 403, "Authorization_RequestDenied")


@pytest.mark.covers("graph.permission.leave_date")
@pytest.mark.parametrize("name", ["User-LifeCycleInfo.Read.All", "LifeCycleInfo.Read.All"])
@pytest.mark.parametrize("without", ["forbidden", "missing"])
def test_leave_date_in_each_position(tenant, name, without):
    tenant.switch(lifecycle_permission=name, leave_date_without_permission=without)
    tenant.control("PATCH", f"/guests/{ADA}", {"employeeLeaveDateTime": "2026-12-31T00:00:00Z"})
    path, query = f"/users/{tenant.id_of(ADA)}", {"$select": "id,employeeLeaveDateTime"}
    other = {"User-LifeCycleInfo.Read.All", "LifeCycleInfo.Read.All"} - {name}
    lacking = tenant.get(path, grant(tenant, "User.Read.All", *other), **query)
    if without == "forbidden":
        check_graph_error(lacking, 403, "Authorization_RequestDenied")
    else:
        assert lacking.status_code == 200 and "employeeLeaveDateTime" not in lacking.json()
    assert tenant.get(path, grant(tenant, "User.Read.All", name),
                      **query).json()["employeeLeaveDateTime"] == "2026-12-31T00:00:00Z"
    alone = tenant.get(path, grant(tenant, name), **query).json()  # the permission is enough for its property
    assert alone["employeeLeaveDateTime"] == "2026-12-31T00:00:00Z"


@pytest.mark.covers("graph.permission.table")
def test_higher_permissions_hold_lower_ones(tenant):
    for role in ("Directory.Read.All", "Directory.ReadWrite.All"):
        headers = grant(tenant, role)
        assert tenant.get("/users", headers,
                          **{"$select": "accountEnabled"}).json()["value"][0]["accountEnabled"] is True
        assert tenant.get(f"/groups/{ACCESS}/members", headers).status_code == 200
    headers = grant(tenant, "Directory.Read.All")
    check_graph_error(call(tenant, "DELETE", f"/users/{tenant.id_of(ADA)}", headers), 403,
                      "Authorization_RequestDenied")
    basic = grant(tenant, "User.ReadBasic.All")
    row = tenant.get("/users", basic,
                     **{"$select": "id,mail,securityIdentifier,userType,identities"}).json()["value"][0]
    assert row["mail"] and row["securityIdentifier"] and row["userType"] is None and row["identities"] is None


@pytest.mark.covers("graph.user.disable")
@pytest.mark.parametrize("position", ["pair", "single"])
def test_disabling_needs_its_permission(tenant, position):
    tenant.switch(disable_user_permission=position)
    path, off = f"/users/{tenant.id_of(ADA)}", {"accountEnabled": False}
    for roles in (["User.Read.All"], ["User.ReadWrite.All"]):
        check_graph_error(call(tenant, "PATCH", path, grant(tenant, *roles), off), 403, "Authorization_RequestDenied")
    alone = call(tenant, "PATCH", path, grant(tenant, "User.EnableDisableAccount.All"), off)
    assert alone.status_code == (403 if position == "pair" else 204)
    headers = grant(tenant, "User.EnableDisableAccount.All", "User.Read.All")
    done = call(tenant, "PATCH", path, headers, off)
    assert done.status_code == 204 and done.text == ""
    assert tenant.get(path, headers, **{"$select": "accountEnabled"}).json()["accountEnabled"] is False
    check_graph_error(call(tenant, "PATCH", path, headers, {"displayName": "x"}), 403, "Authorization_RequestDenied")


@pytest.mark.covers("graph.user.patch")
def test_changes_of_other_properties(tenant):
    headers = grant(tenant, "User.ReadWrite.All")
    path = f"/users/{tenant.id_of(ADA)}"
    assert call(tenant, "PATCH", path, headers, {"otherMails": ["a@b.example"], "companyName": None}).status_code == 204
    user = tenant.get(path, headers, **{"$select": "otherMails,companyName"}).json()
    assert user["otherMails"] == ["a@b.example"] and user["companyName"] is None
    for wrong in ({"displayName": 7}, {"externalUserState": "Accepted"}, {"id": "x"}, {}, None):
        check_graph_error(call(tenant, "PATCH", path, headers, wrong), 400, "Request_BadRequest")


@pytest.mark.covers("15.5.deleted_restored", "graph.user.deleted")
def test_deleted_guest_can_be_listed_restored_and_purged(tenant):
    headers = grant(tenant, "User.ReadWrite.All", "GroupMember.Read.All")
    ada, grace = tenant.id_of(ADA), tenant.id_of(GRACE)
    assert call(tenant, "DELETE", f"/users/{ada}", headers).status_code == 204
    check_graph_error(tenant.get(f"/users/{ada}", headers), 404, "Request_ResourceNotFound")
    assert ada not in ids(tenant.get(f"/groups/{ACCESS}/members", headers))
    rows = tenant.get("/directory/deletedItems/microsoft.graph.user", headers,
                      **{"$select": "id,deletedDateTime,userPrincipalName"}).json()["value"]
    assert [one["id"] for one in rows] == [ada] and rows[0]["deletedDateTime"]
    assert "#EXT#" in rows[0]["userPrincipalName"]
    assert tenant.get(f"/directory/deletedItems/{ada}", headers).json()["@odata.type"] == "#microsoft.graph.user"
    check_graph_error(tenant.get("/directory/deletedItems", headers), 400, "Request_BadRequest")
    assert ids(tenant.get("/directory/deletedItems/microsoft.graph.group", headers)) == []
    back = call(tenant, "POST", f"/directory/deletedItems/{ada}/restore", headers)
    assert back.status_code == 200 and back.json()["id"] == ada
    user = tenant.get(f"/users/{ada}", headers, **{"$select": "id,deletedDateTime"}).json()
    assert user["deletedDateTime"] is None
    assert sorted(tenant.send(f"/users/{ada}/checkMemberGroups", {"groupIds": [ACCESS, NESTED]},
                              headers).json()["value"]) == [
        ACCESS, NESTED]
    call(tenant, "DELETE", f"/users/{grace}", headers)
    assert call(tenant, "DELETE", f"/directory/deletedItems/{grace}", headers).status_code == 204
    check_graph_error(call(tenant, "POST", f"/directory/deletedItems/{grace}/restore", headers), 404,
                      "Request_ResourceNotFound")


@pytest.mark.covers("graph.user.gone_after_30_days")
def test_deleted_guest_is_gone_after_thirty_days(tenant):
    tenant.control("DELETE", f"/guests/{ADA}")
    later(tenant, 29 * 86400)
    assert len(ids(tenant.get("/directory/deletedItems/microsoft.graph.user"))) == 1
    later(tenant, 2 * 86400)
    assert ids(tenant.get("/directory/deletedItems/microsoft.graph.user")) == []


@pytest.mark.covers("graph.user.sponsors")
def test_sponsors_and_manager(tenant):
    ada, headers = tenant.id_of(ADA), tenant.bearer()
    assert tenant.get(f"/users/{ada}/sponsors", headers).json()["value"] == []
    check_graph_error(tenant.get(f"/users/{ada}/manager", headers), 404, "Request_ResourceNotFound")
    tenant.control("PUT", f"/guests/{ADA}/relations", {"sponsors": [MIA, NESTED], "manager": MIA})
    rows = tenant.get(f"/users/{ada}/sponsors", headers, **{"$select": "id,displayName,mail"}).json()["value"]
    assert [one["@odata.type"] for one in rows] == ["#microsoft.graph.user", "#microsoft.graph.group"]
    assert rows[0]["mail"] == MIA and rows[1]["id"] == NESTED
    assert tenant.get(f"/users/{ada}/manager", headers).json()["id"] == tenant.id_of(MIA)
    headers = grant(tenant, "User.ReadBasic.All")
    for nav in ("sponsors", "manager"):
        check_graph_error(tenant.get(f"/users/{ada}/{nav}", headers), 403, "Authorization_RequestDenied")


@pytest.mark.covers("graph.user.revoke")
@pytest.mark.parametrize("moves", [False, True])
def test_revoking_sessions_of_guests_in_both_positions(tenant, moves):
    tenant.switch(revoke_moves_guest=moves)
    headers = grant(tenant, "User.RevokeSessions.All", "User.Read.All")

    def moved(mail):
        path, query = f"/users/{tenant.id_of(mail)}", {"$select": "signInSessionsValidFromDateTime"}
        before = tenant.get(path, headers, **query).json()["signInSessionsValidFromDateTime"]
        answer = call(tenant, "POST", path + "/revokeSignInSessions", headers)
        assert answer.status_code == 200 and answer.json()["value"] is True
        return tenant.get(path, headers, **query).json()["signInSessionsValidFromDateTime"] > before
    assert moved(MIA) is True and moved(ADA) is moves
    check_graph_error(call(tenant, "POST", f"/users/{tenant.id_of(MIA)}/revokeSignInSessions",
                           grant(tenant, "User.Read.All")),
                      403, "Authorization_RequestDenied")


@pytest.mark.covers("graph.objects.by_ids")
def test_objects_by_ids(tenant):
    headers = grant(tenant, "Directory.Read.All")
    ada, unknown = tenant.id_of(ADA), "00000000-aaaa-4000-8000-000000000000"
    wanted = {"ids": [ada, NESTED, unknown]}
    rows = tenant.send("/directoryObjects/getByIds", wanted, headers).json()["value"]
    assert [(one["@odata.type"], one["id"]) for one in rows] == [("#microsoft.graph.user", ada),
                                                                 ("#microsoft.graph.group", NESTED)]
    assert ids(tenant.send("/directoryObjects/getByIds", {**wanted, "types": ["group"]}, headers)) == [NESTED]
    for wrong in ({"ids": []}, {"ids": ["x"]}, {"ids": [unknown] * 1001}, {**wanted, "types": ["cat"]}, {}):
        check_graph_error(tenant.send("/directoryObjects/getByIds", wrong, headers), 400, "Request_BadRequest")
    check_graph_error(tenant.send("/directoryObjects/getByIds", wanted, grant(tenant, "User.Read.All")), 403,
                      "Authorization_RequestDenied")


def delegated(tenant, mail, *scopes):
    wanted = " ".join(["openid", "profile", *(f"https://graph.microsoft.com/{one}" for one in scopes)])
    return {"Authorization": "Bearer " + tenant.tokens(mail, wanted, force=True)["access_token"]}


@pytest.mark.covers("graph.delegated.self", "graph.delegated.restricted")
def test_a_guests_own_token(tenant):
    headers = delegated(tenant, ADA, "User.Read")
    me = tenant.get("/me", headers, **{"$select": "id,accountEnabled"}).json()
    assert me["id"] == tenant.id_of(ADA) and me["accountEnabled"] is True
    check_graph_error(tenant.get("/users", headers), 403, "Authorization_RequestDenied")
    check_graph_error(tenant.get("/me"), 403, "Authorization_RequestDenied")
    other = tenant.get(f"/users/{tenant.id_of(LINUS)}", headers, **{"$select": "id,mail"})
    assert other.json()["mail"] is None
    wide = delegated(tenant, ADA, "User.Read.All", "GroupMember.Read.All")
    assert len(rest_of(tenant, tenant.get("/users", wide), wide)[0]) == 12
    tenant.control("PATCH", "/policies/authorizationPolicy",
                   {"guestUserRoleId": "2af84b1e-32c8-42b7-82bc-daa82404023b"})
    for path in ("/users", "/groups", f"/groups/{ACCESS}/members", f"/users/{tenant.id_of(LINUS)}"):
        check_graph_error(tenant.get(path, wide), 403, "Authorization_RequestDenied")
    assert tenant.get("/me", wide).status_code == 200
    assert tenant.send(f"/users/{me['id']}/checkMemberGroups", {"groupIds": [ACCESS]}, wide).json()["value"] == [ACCESS]
    member = delegated(tenant, MIA, "User.Read.All")
    assert tenant.get("/users", {**member, **EVENTUAL}, **COUNT).json()["@odata.count"] == 12
