# SPDX-License-Identifier: Apache-2.0
"""Host B: users, groups, memberships, pages, permissions, batches, throttling."""
import uuid

import pytest

from graph_help import ACCESS, CAST, EVENTUAL, NESTED, OTHER, check_graph_error, rest_of
from tenant_client import SECRET


def advanced(tenant):
    return {**tenant.bearer(), **EVENTUAL}


def without(tenant, *lost):
    roles = [one for one in ("User.Read.All", "GroupMember.Read.All") if one not in lost]
    tenant.control("PATCH", "/registrations/reader", {"roles": roles})


@pytest.mark.covers("graph.token.required")
def test_bearer_is_required(tenant):
    nothing = tenant.get("/users", {})
    assert check_graph_error(nothing, 401, "InvalidAuthenticationToken")["message"] == "Access token is empty."
    assert nothing.headers["WWW-Authenticate"].startswith('Bearer realm=""')
    check_graph_error(tenant.get("/users", {"Authorization": "Bearer a.b.c"}), 401, "InvalidAuthenticationToken")
    user_token = {"Authorization": "Bearer " + tenant.tokens()["access_token"]}
    check_graph_error(tenant.get("/users", user_token), 401, "InvalidAuthenticationToken")


@pytest.mark.covers("graph.token.dead")
def test_expired_and_revoked_tokens(tenant):
    bearer = tenant.bearer()
    assert tenant.get("/users", bearer).status_code == 200
    tenant.control("PUT", "/clock", {"offset": 4000})
    assert "expired" in check_graph_error(tenant.get("/users", bearer), 401, "InvalidAuthenticationToken")["message"]
    bearer = tenant.bearer()
    tenant.control("POST", "/tokens/revoke")
    check_graph_error(tenant.get("/users", bearer), 401, "InvalidAuthenticationToken")
    assert tenant.get("/users").status_code == 200


def test_default_properties_leave_out_what_decides(tenant):
    user = tenant.get(f"/users/{tenant.id_of('ada@fabrikam.example')}").json()
    assert set(user) == {"@odata.context", "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail",
                         "mobilePhone",
                         "officeLocation", "preferredLanguage", "surname", "userPrincipalName"}
    assert user["userPrincipalName"] == "ada_fabrikam.example#EXT#@contoso.onmicrosoft.example"


@pytest.mark.covers("15.4.select")
def test_select_is_honoured(tenant):
    user = tenant.get(f"/users/{tenant.id_of('dora@fabrikam.example')}",
                      **{"$select": "id,accountEnabled,externalUserState"}).json()
    user.pop("@odata.context")
    assert user == {"id": tenant.id_of("dora@fabrikam.example"), "accountEnabled": False,
                    "externalUserState": "Accepted"}
    check_graph_error(tenant.get("/users", **{"$select": "id,nonsense"}), 400, "Request_BadRequest")


def test_user_by_upn_and_unknown_user(tenant):
    found = tenant.get("/users/ada_fabrikam.example%23EXT%23@contoso.onmicrosoft.example")
    assert found.json()["id"] == tenant.id_of("ada@fabrikam.example")
    check_graph_error(tenant.get(f"/users/{uuid.uuid4()}"), 404, "Request_ResourceNotFound")
    tenant.control("DELETE", "/guests/ada@fabrikam.example")
    check_graph_error(tenant.get("/users/a0000000-0001-4d00-8d00-00000000ada0"), 404, "Request_ResourceNotFound")


def test_group_and_unknown_group(tenant):
    group = tenant.get(f"/groups/{ACCESS}", **{"$select": "id,displayName,securityEnabled"}).json()
    assert group["displayName"] == "SSH prod partners" and group["securityEnabled"] is True and "mail" not in group
    check_graph_error(tenant.get(f"/groups/{uuid.uuid4()}"), 404, "Request_ResourceNotFound")
    check_graph_error(tenant.get("/groups/not-a-guid"), 400, "Request_BadRequest")
    check_graph_error(tenant.get("/nonsense"), 400, "BadRequest")


def test_members_and_transitive_members(tenant):
    direct = tenant.get(f"/groups/{ACCESS}/members").json()["value"]
    kinds = [one["@odata.type"] for one in direct]
    assert kinds.count("#microsoft.graph.group") == 1 and kinds.count("#microsoft.graph.user") == 9
    deep = tenant.get(f"/groups/{ACCESS}/transitiveMembers").json()["value"]
    ids = [one["id"] for one in deep]
    assert len(ids) == len(set(ids)) == 12
    assert {tenant.id_of("linus@northwind.example"),
            NESTED} <= set(ids) and tenant.id_of("olga@northwind.example") not in ids


@pytest.mark.covers("graph.members.ring")
def test_a_ring_of_groups_ends(tenant):
    tenant.control("PUT", f"/groups/{NESTED}/members/{ACCESS}")
    assert len(tenant.get(f"/groups/{ACCESS}/transitiveMembers").json()["value"]) == 12
    linus = tenant.id_of("linus@northwind.example")
    assert tenant.send(f"/users/{linus}/checkMemberGroups", {"groupIds": [ACCESS]}).json()["value"] == [ACCESS]


@pytest.mark.covers("15.4.advanced")
def test_cast_needs_an_advanced_query(tenant):
    check_graph_error(tenant.get(CAST), 400, "Request_UnsupportedQuery")
    check_graph_error(tenant.get(CAST, **{"$count": "true"}), 400, "Request_UnsupportedQuery")
    body = tenant.get(CAST, advanced(tenant), **{"$count": "true", "$select": "id,accountEnabled,userType"}).json()
    assert body["@odata.count"] == 11 == len(body["value"])
    assert set(body["value"][0]) == {"id", "accountEnabled", "userType"}


@pytest.mark.covers("15.4.paging")
def test_pages_cover_everything_once(tenant):
    tenant.switch(graph_page_size=4)
    headers = advanced(tenant)
    query = {"$count": "true", "$select": "id,mail", "$top": "999"}
    found, pages = rest_of(tenant, tenant.get(CAST, headers, **query), headers)
    assert pages == 3 and len({one["id"] for one in found}) == 11 and all("mail" in one for one in found)
    mixed, pages = rest_of(tenant, tenant.get(f"/groups/{ACCESS}/transitiveMembers", headers), headers)
    assert pages == 3 and len(mixed) == 12


def test_top_sets_the_page_size(tenant):
    headers = advanced(tenant)
    _, pages = rest_of(tenant, tenant.get("/users", headers, **{"$top": "5"}), headers)
    assert pages == 3
    check_graph_error(tenant.get("/users", **{"$top": "1000"}), 400, "Request_BadRequest")


@pytest.mark.covers("15.4.expired_page")
def test_expired_page_token(tenant):
    link = tenant.get("/users", **{"$top": "2"}).json()["@odata.nextLink"]
    tenant.control("POST", "/reset")
    check_graph_error(tenant.get(link), 400, "Directory_ExpiredPageToken")


@pytest.mark.covers("15.4.silent_nulls")
def test_members_are_silently_bare_without_user_permission(tenant):
    without(tenant, "User.Read.All")
    headers = advanced(tenant)
    rows = tenant.get(CAST, headers, **{"$count": "true", "$select": "id,mail,accountEnabled"}).json()["value"]
    assert len(rows) == 11 and all(one["id"] and one["mail"] is None and one["accountEnabled"] is None for one in rows)
    mixed = tenant.get(f"/groups/{ACCESS}/members", headers).json()["value"]
    bare = next(one for one in mixed if one["@odata.type"] == "#microsoft.graph.user")
    assert {name for name, value in bare.items() if value is not None} == {"@odata.type", "id"}


@pytest.mark.covers("graph.permission.silent_user")
def test_user_read_without_permission_in_both_positions(tenant):
    ada = tenant.id_of("ada@fabrikam.example")
    without(tenant, "User.Read.All")
    user = tenant.get(f"/users/{ada}", **{"$select": "id,accountEnabled,mail"}).json()
    assert user["id"] == ada and user["accountEnabled"] is None and user["mail"] is None
    check_graph_error(tenant.get("/users"), 403, "Authorization_RequestDenied")
    tenant.switch(user_read_without_permission="forbidden")
    check_graph_error(tenant.get(f"/users/{ada}"), 403, "Authorization_RequestDenied")


def test_basic_permission_shows_names_but_not_state(tenant):
    tenant.control("PATCH", "/registrations/reader", {"roles": ["User.ReadBasic.All", "GroupMember.Read.All"]})
    user = tenant.get(f"/users/{tenant.id_of('ada@fabrikam.example')}", **{"$select": "mail,accountEnabled"}).json()
    assert user["mail"] == "ada@fabrikam.example" and user["accountEnabled"] is None


@pytest.mark.covers("graph.permission.null_property")
def test_null_property_by_switch(tenant):
    tenant.switch(graph_null_properties=["accountEnabled"])
    user = tenant.get(f"/users/{tenant.id_of('ada@fabrikam.example')}", **{"$select": "mail,accountEnabled"}).json()
    assert user["accountEnabled"] is None and user["mail"]


def test_groups_need_their_own_permission(tenant):
    without(tenant, "GroupMember.Read.All")
    check_graph_error(tenant.get(f"/groups/{ACCESS}/members"), 403, "Authorization_RequestDenied")
    ada = tenant.id_of("ada@fabrikam.example")
    check_graph_error(tenant.send(f"/users/{ada}/checkMemberGroups", {"groupIds": [ACCESS]}), 403,
                      "Authorization_RequestDenied")
    assert tenant.get(f"/users/{ada}").status_code == 200


def test_permissions_are_those_of_the_token(tenant):
    bearer = tenant.bearer()
    without(tenant, "GroupMember.Read.All")
    assert tenant.get(f"/groups/{ACCESS}", bearer).status_code == 200
    assert tenant.get(f"/groups/{ACCESS}").status_code == 403


@pytest.mark.covers("graph.check.ids")
def test_check_member_groups(tenant):
    linus, olga = tenant.id_of("linus@northwind.example"), tenant.id_of("olga@northwind.example")
    unknown = str(uuid.uuid4())
    body = tenant.send(f"/users/{linus}/checkMemberGroups", {"groupIds": [ACCESS, OTHER, unknown, NESTED]}).json()
    assert body["value"] == [ACCESS, NESTED] and "@odata.context" in body
    assert tenant.send(f"/users/{olga}/checkMemberGroups", {"groupIds": [ACCESS]}).json()["value"] == []
    check_graph_error(tenant.send(f"/users/{linus}/checkMemberGroups", {"groupIds": [ACCESS, "malformed"]}), 400,
                      "Request_BadRequest")
    many = [str(uuid.uuid4()) for _ in range(21)]
    check_graph_error(tenant.send(f"/users/{linus}/checkMemberGroups", {"groupIds": many}), 400, "Request_BadRequest")
    check_graph_error(tenant.send(f"/users/{unknown}/checkMemberGroups", {"groupIds": [ACCESS]}), 404,
                      "Request_ResourceNotFound")
    tenant.control("DELETE", f"/groups/{NESTED}/members/linus@northwind.example")
    assert tenant.send(f"/users/{linus}/checkMemberGroups", {"groupIds": [ACCESS]}).json()["value"] == []


def test_get_member_groups_and_transitive_member_of(tenant):
    linus = tenant.id_of("linus@northwind.example")
    body = tenant.send(f"/users/{linus}/getMemberGroups", {"securityEnabledOnly": True}).json()
    assert sorted(body["value"]) == [ACCESS, NESTED]
    rows = tenant.get(f"/users/{linus}/transitiveMemberOf/microsoft.graph.group", advanced(tenant),
                      **{"$count": "true"}).json()["value"]
    assert sorted(one["id"] for one in rows) == [ACCESS, NESTED]


@pytest.mark.covers("15.4.batch", "graph.batch.answers")
def test_batch(tenant):
    ada = tenant.id_of("ada@fabrikam.example")
    requests = [{"id": "1", "method": "GET", "url": f"/users/{ada}?$select=id,accountEnabled"},
                {"id": "2", "method": "POST", "url": f"/users/{ada}/checkMemberGroups",
                 "headers": {"Content-Type": "application/json"},
                 "body": {"groupIds": [ACCESS]}},
                {"id": "3", "method": "GET", "url": f"/users/{uuid.uuid4()}"},
                {"id": "4", "method": "GET", "url": f"/groups/{ACCESS}", "dependsOn": ["3"]}]
    answer = tenant.send("/$batch", {"requests": requests})
    found = {one["id"]: one for one in answer.json()["responses"]}
    assert answer.status_code == 200 and [one["id"] for one in answer.json()["responses"]] != ["1", "2", "3", "4"]
    assert {key: one["status"] for key, one in found.items()} == {"1": 200, "2": 200, "3": 404, "4": 424}
    assert found["1"]["body"]["accountEnabled"] is True and found["2"]["body"]["value"] == [ACCESS]
    assert found["3"]["body"]["error"]["code"] == "Request_ResourceNotFound"


@pytest.mark.covers("graph.batch.envelope")
def test_batch_envelope_is_checked(tenant):
    one = {"id": "1", "method": "GET", "url": "/users"}
    for requests in ([], [one] * 2, [{**one, "id": str(number)} for number in range(21)], "x", [{"id": "1"}]):
        check_graph_error(tenant.send("/$batch", {"requests": requests}), 400, "BadRequest")


@pytest.mark.covers("15.4.429_bare")
def test_throttling_with_and_without_retry_after_and_inside_batch(tenant):
    bearer = tenant.bearer()
    tenant.control("POST", "/weather", {"host": "graph", "status": 429, "retry_after": 7, "times": 1})
    slowed = tenant.get("/users", bearer)
    assert slowed.status_code == 429 and slowed.headers["Retry-After"] == "7"
    assert slowed.json()["error"]["code"] == "TooManyRequests"
    tenant.control("POST", "/weather", {"host": "graph", "status": 429, "times": 1})
    assert "Retry-After" not in tenant.get("/users", bearer).headers
    tenant.control("POST", "/weather", {"host": "graph", "path": "/v1.0/users/*", "status": 429, "retry_after": 3})
    requests = [{"id": "1", "method": "GET", "url": "/users/x"}, {"id": "2", "method": "GET", "url": "/users"}]
    answer = tenant.send("/$batch", {"requests": requests}, bearer)
    found = {one["id"]: one for one in answer.json()["responses"]}
    assert answer.status_code == 200 and found["1"]["status"] == 429 and found["1"]["headers"]["Retry-After"] == "3"
    assert found["2"]["status"] == 200


def test_client_request_id_comes_back(tenant):
    mine = str(uuid.uuid4())
    answer = tenant.get("/nonsense", {**tenant.bearer(), "client-request-id": mine})
    assert answer.headers["client-request-id"] == mine == answer.json()["error"]["innerError"]["client-request-id"]


def test_hostile_names_come_as_they_are(tenant):
    name = tenant.get(f"/users/{tenant.id_of('eska@fabrikam.example')}").json()["displayName"]
    assert "\x1b[31m" in name and "\u202e" in name


def test_made_guest_is_a_guest_like_the_others(tenant):
    made = tenant.control("POST", "/guests", {"mail": "zoe@northwind.example", "groups": ["SSH prod partners"],
                                              "home": {"kind": "entra", "mail": "zoe@northwind.example"}})
    user = tenant.get(f"/users/{made['id']}",
                      **{"$select": "userPrincipalName,userType,externalUserState,identities"}).json()
    assert user["userPrincipalName"].startswith("zoe_northwind.example#EXT#@")
    assert user["externalUserState"] == "Accepted"
    assert user["identities"][0] == {"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": None}
    assert tenant.send(f"/users/{made['id']}/checkMemberGroups", {"groupIds": [ACCESS]}).json()["value"] == [ACCESS]


def test_disabled_registration_gets_no_token(tenant):
    tenant.control("PATCH", "/registrations/reader", {"disabled": True})
    assert tenant.app(client_secret=SECRET).json()["error_codes"] == [7000112]
