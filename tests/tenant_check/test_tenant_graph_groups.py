# SPDX-License-Identifier: Apache-2.0
"""/groups of Graph and the checks of membership: hidden groups, casts, the lagging index, changes (entra-facts 7.4)."""
import uuid

import pytest

from graph_help import (ACCESS, ADA, CAST, COUNT, EVENTUAL, GRACE, LINUS, NESTED, OTHER, call, check_graph_error, grant,
                        ids, later)


def hide(tenant, group=ACCESS):
    tenant.control("PATCH", f"/groups/{group}", {"visibility": "HiddenMembership"})


@pytest.mark.covers("graph.members.lag")
@pytest.mark.parametrize("lag", [5, 0])
def test_a_removed_member_is_still_in_advanced_queries(tenant, lag):
    """The check at login is current; the cast listing is not."""
    tenant.switch(index_lag=lag)
    headers, linus = tenant.bearer(), tenant.id_of(LINUS)
    tenant.control("DELETE", f"/groups/{NESTED}/members/{LINUS}")
    tenant.control("PUT", f"/groups/{NESTED}/members/olga@northwind.example")

    def cast():
        return ids(tenant.get(CAST, {**headers, **EVENTUAL}, **COUNT, **{"$select": "id"}))

    def holders():
        path = f"/users/{linus}/transitiveMemberOf/microsoft.graph.group"
        return ids(tenant.get(path, {**headers, **EVENTUAL}, **COUNT))
    assert linus not in ids(tenant.get(f"/groups/{ACCESS}/transitiveMembers", headers))
    assert tenant.send(f"/users/{linus}/checkMemberGroups", {"groupIds": [ACCESS]}, headers).json()["value"] == []
    if lag:
        assert linus in cast() and tenant.id_of("olga@northwind.example") not in cast() and set(holders()) == {ACCESS,
                                                                                                               NESTED}
        later(tenant, lag + 1)
    assert linus not in cast() and tenant.id_of("olga@northwind.example") in cast() and holders() == []


@pytest.mark.covers("graph.members.lag_deleted")
def test_a_deleted_user_is_still_in_advanced_queries(tenant):
    grace, headers = tenant.id_of(GRACE), {**tenant.bearer(), **EVENTUAL}
    tenant.control("DELETE", f"/guests/{GRACE}")
    row = next(one for one in tenant.get(CAST, headers, **COUNT,
                                         **{"$select": "id,accountEnabled,deletedDateTime"}).json()["value"]
               if one["id"] == grace)
    assert row == {"id": grace, "accountEnabled": True, "deletedDateTime": None}
    later(tenant, 6)
    assert grace not in ids(tenant.get(CAST, headers, **COUNT))


@pytest.mark.covers("graph.members.hidden")
@pytest.mark.parametrize("answer", ["empty", "forbidden"])
def test_hidden_membership_needs_its_own_permission(tenant, answer):
    tenant.switch(hidden_members=answer)
    hide(tenant)
    ada = tenant.id_of(ADA)
    headers = tenant.bearer()
    members = tenant.get(f"/groups/{ACCESS}/members", headers)
    if answer == "empty":
        assert ids(members) == []
    else:
        check_graph_error(members, 403, "Authorization_RequestDenied")
    body = {"groupIds": [ACCESS, NESTED]}
    assert tenant.send(f"/users/{ada}/checkMemberGroups", body, headers).json()["value"] == [NESTED]
    assert tenant.send(f"/users/{ada}/getMemberGroups", {"securityEnabledOnly": True},
                       headers).json()["value"] == [NESTED]
    assert ids(tenant.get(f"/users/{ada}/memberOf", headers)) == [NESTED]
    headers = grant(tenant, "User.Read.All", "GroupMember.Read.All", "Member.Read.Hidden")
    assert len(ids(tenant.get(f"/groups/{ACCESS}/members", headers))) == 10
    assert tenant.send(f"/users/{ada}/checkMemberGroups", body, headers).json()["value"] == [ACCESS, NESTED]


@pytest.mark.covers("graph.members.hidden_nested")
def test_what_is_in_a_hidden_nested_group_is_not_found_through_it(tenant):
    hide(tenant, NESTED)
    headers, linus = tenant.bearer(), tenant.id_of(LINUS)
    found = ids(tenant.get(f"/groups/{ACCESS}/transitiveMembers", headers))
    assert NESTED in found and linus not in found and tenant.id_of(ADA) in found  # she is in the other one too
    headers = grant(tenant, "User.Read.All", "GroupMember.Read.All", "Member.Read.Hidden")
    assert linus in ids(tenant.get(f"/groups/{ACCESS}/transitiveMembers", headers))


@pytest.mark.covers("graph.check.permissions")
def test_check_member_groups_needs_both_permissions(tenant):
    path, body = f"/users/{tenant.id_of(ADA)}/checkMemberGroups", {"groupIds": [ACCESS]}
    for roles in (["User.Read.All"], ["GroupMember.Read.All"], ["User.ReadBasic.All", "GroupMember.Read.All"]):
        check_graph_error(tenant.send(path, body, grant(tenant, *roles)), 403, "Authorization_RequestDenied")
    assert tenant.send(path, body, grant(tenant, "User.Read.All", "GroupMember.Read.All")).json()["value"] == [ACCESS]


@pytest.mark.covers("graph.member_groups.limit")
def test_get_member_groups_has_a_limit(tenant):
    path, body, headers = f"/users/{tenant.id_of(ADA)}/getMemberGroups", {"securityEnabledOnly": True}, tenant.bearer()
    for number in (2000, 2000, 2000, 2000, 2000, 998):
        tenant.control("POST", "/groups", {"count": number, "members": [ADA]})
    assert len(tenant.send(path, body, headers).json()["value"]) == 11_000
    tenant.control("POST", "/groups", {"members": [ADA]})
    check_graph_error(tenant.send(path, body, headers), 400, "Directory_ResultSizeLimitExceeded")
    check_graph_error(tenant.send(path, {}, headers), 400, "Request_BadRequest")


@pytest.mark.covers("graph.member_of")
def test_member_of_direct_and_transitive(tenant):
    linus, headers = tenant.id_of(LINUS), tenant.bearer()
    assert ids(tenant.get(f"/users/{linus}/memberOf", headers)) == [NESTED]
    assert set(ids(tenant.get(f"/users/{linus}/transitiveMemberOf", headers))) == {ACCESS, NESTED}
    check_graph_error(tenant.get(f"/users/{linus}/memberOf/microsoft.graph.group", headers), 400,
                      "Request_UnsupportedQuery")
    bare = tenant.get(f"/users/{linus}/memberOf", grant(tenant, "User.Read.All")).json()["value"][0]
    assert bare["@odata.type"] == "#microsoft.graph.group" and bare["id"] == NESTED and bare["displayName"] is None


@pytest.mark.covers("graph.members.permissions")
def test_members_with_the_least_permission_show_no_more_than_ids(tenant):
    headers = grant(tenant, "GroupMember.ReadBasic.All")
    rows = tenant.get(f"/groups/{ACCESS}/members", headers).json()["value"]
    assert len(rows) == 10 and all({name for name in one if one[name] is not None} == {"@odata.type", "id"}
                                   for one in rows)
    headers = grant(tenant, "Group.ReadBasic.All")
    group = tenant.get(f"/groups/{ACCESS}", headers).json()
    assert group["displayName"] == "SSH prod partners" and group["securityIdentifier"] is None
    check_graph_error(tenant.get(f"/groups/{ACCESS}/members", headers), 403, "Authorization_RequestDenied")


@pytest.mark.covers("graph.members.cast")
def test_casts_and_mixed_lists(tenant):
    headers = {**tenant.bearer(), **EVENTUAL}
    groups = tenant.get(f"/groups/{ACCESS}/members/microsoft.graph.group", headers, **COUNT).json()
    assert [one["id"] for one in groups["value"]] == [NESTED] and groups["@odata.count"] == 1
    assert ids(tenant.get(f"/groups/{ACCESS}/members/microsoft.graph.device", headers, **COUNT)) == []
    off = tenant.get(CAST, headers, **COUNT, **{"$filter": "accountEnabled eq false", "$select": "mail"}).json()
    assert off["@odata.count"] == 1 and off["value"] == [{"mail": "dora@fabrikam.example"}]
    check_graph_error(tenant.get(f"/groups/{ACCESS}/members/microsoft.graph.cat", headers, **COUNT), 400,
                      "Request_BadRequest")
    check_graph_error(tenant.get(f"/groups/{ACCESS}/members", headers, **{"$filter": "mail eq 'x'"}), 400,
                      "Request_UnsupportedQuery")
    mixed = tenant.get(f"/groups/{ACCESS}/members", headers, **{"$select": "id,mail,securityEnabled"}).json()["value"]
    kinds = {one["@odata.type"].rpartition(".")[2]: set(one) for one in mixed}
    assert kinds == {"user": {"@odata.type", "id", "mail"}, "group": {"@odata.type", "id", "mail", "securityEnabled"}}
    check_graph_error(tenant.get(f"/groups/{ACCESS}/members", headers, **{"$select": "id,nonsense"}), 400,
                      "Request_BadRequest")


@pytest.mark.covers("graph.groups.change_members")
def test_members_are_added_and_removed_by_reference(tenant):
    headers = grant(tenant, "GroupMember.ReadWrite.All", "User.Read.All")
    ada, path = tenant.id_of(ADA), f"/groups/{OTHER}/members"
    body = {"@odata.id": f"{tenant.graph}/v1.0/directoryObjects/{ada}"}
    assert call(tenant, "POST", path + "/$ref", headers, body).status_code == 204
    assert ada in ids(tenant.get(path, headers))
    check_graph_error(call(tenant, "POST", path + "/$ref", headers, body), 400, "Request_BadRequest")
    gone = {"@odata.id": f"{tenant.graph}/v1.0/directoryObjects/{uuid.uuid4()}"}
    check_graph_error(call(tenant, "POST", path + "/$ref", headers, gone), 404, "Request_ResourceNotFound")
    assert call(tenant, "DELETE", f"{path}/{ada}/$ref", headers).status_code == 204
    check_graph_error(call(tenant, "DELETE", f"{path}/{ada}/$ref", headers), 404, "Request_ResourceNotFound")
    reader = grant(tenant, "GroupMember.Read.All")
    check_graph_error(call(tenant, "POST", path + "/$ref", reader, body), 403, "Authorization_RequestDenied")


@pytest.mark.covers("graph.groups.create")
def test_groups_are_made_and_deleted(tenant):
    headers = grant(tenant, "Group.ReadWrite.All")
    wanted = {"displayName": "SSH prod partners", "mailEnabled": False, "mailNickname": "ssh2", "securityEnabled": True,
              "groupTypes": ["DynamicMembership"], "membershipRule": "user.companyName -eq \"Fabrikam\"",
              "isAssignableToRole": True}
    made = call(tenant, "POST", "/groups", headers, wanted)
    assert made.status_code == 201 and {name: made.json()[name] for name in wanted} == wanted
    named = tenant.get("/groups", headers, **{"$filter": "displayName eq 'SSH prod partners'"})
    assert set(ids(named)) == {ACCESS, made.json()["id"]}  # names are not unique
    path = f"/groups/{made.json()['id']}"
    body = {"@odata.id": f"{tenant.graph}/v1.0/directoryObjects/{tenant.id_of(ADA)}"}
    check_graph_error(call(tenant, "POST", path + "/members/$ref", headers, body), 400, "Request_BadRequest")
    for wrong in ({**wanted, "displayName": None}, {**wanted, "mailEnabled": True}, {}, None):
        check_graph_error(call(tenant, "POST", "/groups", headers, wrong), 400, "Request_BadRequest")
    assert call(tenant, "DELETE", path, headers).status_code == 204
    check_graph_error(tenant.get(path, headers), 404, "Request_ResourceNotFound")


@pytest.mark.covers("graph.check.unknown")
@pytest.mark.parametrize("answer", ["missing", "not_found"])
def test_unknown_groups_in_both_positions(tenant, answer):
    tenant.switch(check_unknown_groups=answer)
    found = tenant.send(f"/users/{tenant.id_of(ADA)}/checkMemberGroups", {"groupIds": [ACCESS, str(uuid.uuid4())]})
    if answer == "missing":
        assert found.json()["value"] == [ACCESS]
    else:
        check_graph_error(found, 404, "Request_ResourceNotFound")


RULE = {"displayName": "Fabrikam guests", "groupTypes": ["DynamicMembership"],
        "membershipRule": 'user.companyName -eq "Fabrikam" and user.accountEnabled -eq true'}


@pytest.mark.covers("graph.groups.dynamic")
@pytest.mark.parametrize("lag", [3600, 0])
def test_groups_with_a_rule_follow_it_after_a_while(tenant, lag):
    tenant.switch(dynamic_lag=lag)
    made = tenant.control("POST", "/groups", RULE)["ids"][0]

    def members():
        return set(ids(tenant.get(f"/groups/{made}/members", tenant.bearer())))
    ada, fabrikam = tenant.id_of(ADA), {one["id"] for one in tenant.control("GET", "/guests")
                                        if one["companyName"] == "Fabrikam" and one["accountEnabled"]}
    if lag:
        assert members() == set()
        later(tenant, lag + 1)
    assert ada in fabrikam and members() == fabrikam
    tenant.control("PATCH", f"/guests/{ADA}", {"companyName": "Elsewhere"})
    tenant.control("POST", "/guests", {"mail": "new@fabrikam.example", "companyName": "Fabrikam",
                                       "home": {"kind": "entra", "mail": "new@fabrikam.example"}})
    new = tenant.id_of("new@fabrikam.example")
    if lag:
        assert members() == fabrikam
        later(tenant, lag + 1)
    assert members() == fabrikam - {ada} | {new}
    tenant.control("PATCH", f"/groups/{made}", {"membershipRule": 'user.userType -eq "Member"'})
    later(tenant, lag + 1)
    assert members() == {tenant.id_of("mia@contoso.example"), tenant.id_of("fiona@fabrikam.example")}
    tenant.control("POST", "/groups", {**RULE, "membershipRule": "user.shoeSize -gt 4"}, 400)
