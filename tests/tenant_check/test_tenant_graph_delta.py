# SPDX-License-Identifier: Apache-2.0
"""Delta queries of Graph (entra-facts 7.5): a client that applies what comes, in order and last wins, ends up with the
truth."""
import pytest

from graph_help import ACCESS, ADA, GRACE, LINUS, NESTED, OTHER, check_graph_error, grant, ids, later

SELECT = {"$select": "id,displayName,accountEnabled,mail"}
GROUPS = {"$select": "id,displayName,members", "$filter": f"id eq '{ACCESS}' or id eq '{NESTED}'"}
DAY = 86400


def walk(tenant, answer, headers):
    """(all values, pages as lists, deltaLink) of a round."""
    pages = []
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        pages.append(body["value"])
        assert ("@odata.nextLink" in body) != ("@odata.deltaLink" in body)
        if "@odata.deltaLink" in body:
            return [one for page in pages for one in page], pages, body["@odata.deltaLink"]
        answer = tenant.get(body["@odata.nextLink"], headers)


def begin(tenant, kind="users", headers=None, **query):
    headers = headers or tenant.bearer()
    return (*walk(tenant, tenant.get(f"/{kind}/delta", headers, **(query or SELECT)), headers), headers)


def follow(tenant, link, headers, wait=6):
    """The next round, after the changes have had time to show."""
    later(tenant, wait)
    return walk(tenant, tenant.get(link, headers), headers)


def members_after(known, values):
    """Apply rounds of a group to {group id: set of members}; what is removed is discarded."""
    for one in values:
        if "@removed" in one:
            known.pop(one["id"], None)
            continue
        held = known.setdefault(one["id"], set())
        for member in one.get("members@delta", []):
            (held.discard if "@removed" in member else held.add)(member["id"])
    return known


@pytest.mark.covers("graph.delta.users")
def test_users_first_round_and_changes(tenant):
    values, _, link, headers = begin(tenant)
    assert len({one["id"] for one in values}) == 12 and set(values[0]) == {"id", "displayName", "accountEnabled",
                                                                           "mail"}
    assert link.startswith(f"{tenant.graph}/v1.0/users/delta?$deltatoken=") and "$select" not in link
    assert follow(tenant, link, headers)[0] == []
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    tenant.control("PATCH", f"/guests/{GRACE}", {"companyName": "Elsewhere"})  # not selected, not tracked
    values, _, link, = follow(tenant, link, headers)
    assert [one["accountEnabled"] for one in values] == [False] and values[0]["id"] == tenant.id_of(ADA)
    assert follow(tenant, link, headers)[0] == []


@pytest.mark.covers("graph.delta.minimal")
def test_minimal_answers_hold_what_changed(tenant):
    _, _, link, headers = begin(tenant)
    headers = {**headers, "Prefer": "return=minimal"}
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    assert follow(tenant, link, headers)[0] == [{"id": tenant.id_of(ADA), "accountEnabled": False}]


@pytest.mark.covers("graph.delta.null")
def test_never_set_is_absent_and_set_to_null_is_null(tenant):
    query = {"$select": "id,department,companyName,otherMails"}
    values, _, link, headers = begin(tenant, **query)
    ada = next(one for one in values if one["id"] == tenant.id_of(ADA))
    assert set(ada) == {"id", "companyName", "otherMails"}
    tenant.control("PATCH", f"/guests/{ADA}", {"companyName": None})
    assert follow(tenant, link, headers)[0][0]["companyName"] is None


@pytest.mark.covers("15.4.delta_removed", "graph.delta.deleted_users")
def test_deleted_restored_and_gone_users(tenant):
    _, _, link, headers = begin(tenant)
    ada, grace = tenant.id_of(ADA), tenant.id_of(GRACE)
    tenant.control("DELETE", f"/guests/{ADA}")
    tenant.control("DELETE", f"/guests/{GRACE}")
    values, _, link = follow(tenant, link, headers)
    assert values == [{"id": ada, "@removed": {"reason": "changed"}}, {"id": grace, "@removed": {"reason": "changed"}}]
    tenant.control("POST", f"/guests/{ada}/restore")
    tenant.control("POST", f"/guests/{grace}/purge")
    values, _, link = follow(tenant, link, headers)
    assert values[0]["mail"] == ADA and values[1] == {"id": grace, "@removed": {"reason": "deleted"}}
    tenant.control("DELETE", f"/guests/{ADA}")
    told = []
    for _ in range(8):
        later(tenant, 6 * DAY)
        values, _, link = walk(tenant, tenant.get(link, tenant.bearer()), tenant.bearer())
        told.append([one["@removed"]["reason"] for one in values])
    assert told[:5] == [["changed"], [], [], [], []] and sum(told, []) == ["changed",
                                                                           "deleted"]  # not restored in 30 days


@pytest.mark.covers("graph.delta.initial_removed")
@pytest.mark.parametrize("told", [True, False])
def test_removed_in_the_first_round_in_both_positions(tenant, told):
    tenant.switch(delta_initial_removed=told)
    ada = tenant.id_of(ADA)
    tenant.control("DELETE", f"/guests/{ADA}")
    later(tenant, 6)
    assert ([one for one in begin(tenant)[0] if one["id"] == ada]
            == [{"id": ada, "@removed": {"reason": "changed"}}]) is told


@pytest.mark.covers("15.4.delta_duplicates", "graph.delta.duplicates")
@pytest.mark.parametrize("twice", [True, False])
def test_duplicates_in_both_positions(tenant, twice):
    tenant.switch(delta_duplicates=twice, graph_page_size=5)
    values, pages, link, headers = begin(tenant)
    first = [one["id"] for one in values]
    assert (len(first) == 13 and first.count(first[0]) == 2
            and first[0] not in [one["id"] for one in pages[2]]) or not twice
    assert twice or len(first) == len(set(first)) == 12
    ada = tenant.id_of(ADA)
    for value in (False, True, False):
        tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": value})
    tenant.control("DELETE", f"/guests/{ADA}")
    tenant.control("POST", f"/guests/{ada}/restore")
    values, _, _ = follow(tenant, link, headers)
    assert [one["id"] for one in values] == [ada] * (5 if twice else 1)
    assert "@removed" not in values[-1] and values[-1]["accountEnabled"] is False  # last wins


@pytest.mark.covers("15.4.delta_empty", "graph.delta.empty_pages")
@pytest.mark.parametrize("empty", [True, False])
def test_empty_page_with_a_link_in_both_positions(tenant, empty):
    tenant.switch(delta_empty_pages=empty)
    _, pages, link, headers = begin(tenant)
    assert (pages[0] == [] and len(pages) == 2) is empty
    _, pages, _ = follow(tenant, link, headers)
    assert pages == [[]]  # nothing has changed: at once a deltaLink


@pytest.mark.covers("graph.delta.lag")
@pytest.mark.parametrize("lag", [5, 0])
def test_changes_take_time_to_show(tenant, lag):
    tenant.switch(delta_lag=lag)
    _, _, link, headers = begin(tenant)
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    values, _, link = follow(tenant, link, headers, wait=0)
    assert len(values) == (0 if lag else 1)
    assert len(follow(tenant, link, headers, wait=lag + 1)[0]) == (1 if lag else 0)


@pytest.mark.covers("graph.delta.replay")
@pytest.mark.parametrize("replay", [False, True])
def test_rounds_that_overlap_and_tokens_used_twice(tenant, replay):
    tenant.switch(delta_replay=replay)
    _, _, link, headers = begin(tenant)
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    values, _, next_link = follow(tenant, link, headers)
    assert follow(tenant, link, headers)[0] == values  # the same token gives the same changes
    tenant.control("PATCH", f"/guests/{GRACE}", {"accountEnabled": False})
    found = [one["mail"] for one in follow(tenant, next_link, headers)[0]]
    assert found == ([ADA, GRACE] if replay else [GRACE])


@pytest.mark.covers("graph.delta.latest")
@pytest.mark.parametrize("name", ["$deltatoken", "$deltaToken"])
def test_latest_is_only_a_link(tenant, name):
    values, pages, link, headers = begin(tenant, **SELECT, **{name: "latest"})
    assert values == [] and len(pages) == 1
    tenant.control("PATCH", f"/guests/{ADA}", {"accountEnabled": False})
    assert set(follow(tenant, link, headers)[0][0]) == {"id", "displayName", "accountEnabled", "mail"}


@pytest.mark.covers("graph.delta.options")
def test_options_of_a_delta_query(tenant):
    _, _, link, headers = begin(tenant)
    for query in ({"$top": "5"}, {"$expand": "manager"}, {"$orderby": "id"}, {"$search": '"mail:x"'},
                  {"$filter": "accountEnabled eq true"}, {"$filter": f"id eq '{ACCESS}' and id eq '{NESTED}'"}):
        check_graph_error(tenant.get("/users/delta", headers, **query), 400, "Request_UnsupportedQuery")
    check_graph_error(tenant.get("/users/delta", headers, **{"$select": "id,nonsense"}), 400, "Request_BadRequest")
    check_graph_error(tenant.get("/users/delta", headers, **{"$select": "id,signInActivity"}), 501, "NotImplemented")
    check_graph_error(tenant.get(link + "&$select=id", headers), 400, "Request_BadRequest")
    check_graph_error(tenant.get(link[:-3] + "AAA", headers), 400, "Request_BadRequest")
    many = [f"id eq '{number:08d}-0000-4000-8000-000000000000'" for number in range(51)]
    assert tenant.get("/groups/delta", headers, **{"$filter": " or ".join(many[:50])}).status_code == 200
    check_graph_error(tenant.get("/groups/delta", headers, **{"$filter": " or ".join(many)}), 400, "Request_BadRequest")
    check_graph_error(tenant.get("/groups/delta?" + link.partition("?")[2], headers), 400, "Request_BadRequest")


@pytest.mark.covers("graph.delta.groups")
def test_groups_with_their_direct_members(tenant):
    values, _, link, headers = begin(tenant, "groups", **GROUPS)
    known = members_after({}, values)
    assert set(known) == {ACCESS, NESTED} and len(known[ACCESS]) == 10 and len(known[NESTED]) == 3
    one = next(one for one in values if one["id"] == ACCESS)
    assert all(set(member) == {"@odata.type", "id"} for member in one["members@delta"])
    assert {"@odata.type": "#microsoft.graph.group", "id": NESTED} in one["members@delta"]
    ada, grace, linus = (tenant.id_of(mail) for mail in (ADA, GRACE, LINUS))
    tenant.control("DELETE", f"/groups/{ACCESS}/members/{ADA}")
    tenant.control("PUT", f"/groups/{ACCESS}/members/{LINUS}")
    tenant.control("PUT", f"/groups/{OTHER}/members/{LINUS}")  # another group, filtered out
    tenant.control("DELETE", f"/guests/{GRACE}")
    values, _, link = follow(tenant, link, headers)
    removed = {member["id"] for one in values for member in one.get("members@delta", []) if
               member.get("@removed") == {"reason": "deleted"}}
    assert removed == {ada, grace}  # removed or deleted: both say the same
    members_after(known, values)
    assert known[ACCESS] == set(ids(tenant.get(f"/groups/{ACCESS}/members", headers))) and linus in known[ACCESS]


@pytest.mark.covers("graph.delta.groups_object")
def test_groups_that_change_and_go(tenant):
    tenant.switch(delta_duplicates=False)
    _, _, link, headers = begin(tenant, "groups", **GROUPS)
    tenant.control("PATCH", f"/groups/{NESTED}", {"displayName": "Renamed"})
    values, _, link = follow(tenant, link, headers)
    assert values == [{"id": NESTED, "displayName": "Renamed"}]
    tenant.control("DELETE", f"/groups/{NESTED}")
    values, _, link = follow(tenant, link, headers)
    assert {"id": NESTED, "@removed": {"reason": "deleted"}} in values
    gone = {"@odata.type": "#microsoft.graph.group", "id": NESTED, "@removed": {"reason": "deleted"}}
    assert [one["members@delta"] for one in values if one["id"] == ACCESS] == [[gone]]


@pytest.mark.covers("graph.delta.members_tracked")
def test_members_are_tracked_unless_a_selection_leaves_them_out(tenant):
    made = tenant.control("POST", "/groups", {"displayName": "Empty"})["ids"][0]
    values = begin(tenant, "groups", **{"$filter": f"id eq '{ACCESS}' or id eq '{made}'"})[0]
    found = {one["id"]: one for one in values}
    assert "members@delta" in found[ACCESS] and "members@delta" not in found[made]
    values, _, link, headers = begin(tenant, "groups", **{"$select": "displayName", "$filter": f"id eq '{ACCESS}'"})
    assert values == [{"id": ACCESS, "displayName": "SSH prod partners"}]
    tenant.control("DELETE", f"/groups/{ACCESS}/members/{ADA}")
    assert follow(tenant, link, headers)[0] == []


@pytest.mark.covers("graph.delta.split")
@pytest.mark.parametrize("size", [100, 4])
def test_large_groups_come_in_several_entries(tenant, size):
    tenant.switch(delta_members_per_entry=size, graph_page_size=2, delta_duplicates=False)
    values = begin(tenant, "groups", **GROUPS)[0]
    mine = [one for one in values if one["id"] == ACCESS and "members@delta" in one]
    assert [len(one["members@delta"]) for one in mine] == ([10] if size == 100 else [4, 4, 2])
    assert len(members_after({}, values)[ACCESS]) == 10


@pytest.mark.covers("15.4.delta_sync_state", "graph.delta.expired")
@pytest.mark.parametrize("status", [400, 410])
@pytest.mark.parametrize("code", ["syncStateNotFound", "resyncRequired"])
def test_a_token_lives_seven_days(tenant, status, code):
    tenant.switch(delta_expired_status=status, delta_expired_code=code)
    _, _, link, _ = begin(tenant)
    later(tenant, 7 * DAY - 60)
    headers = tenant.bearer()
    assert tenant.get(link, headers).status_code == 200
    later(tenant, 120)
    answer = tenant.get(link, tenant.bearer())
    check_graph_error(answer, status, code)
    assert "Location" not in answer.headers


@pytest.mark.covers("15.4.delta_410")
def test_reset_by_the_service_names_where_to_begin_again(tenant):
    _, _, link, headers = begin(tenant, "groups", **GROUPS)
    tenant.control("POST", "/graph/delta-reset")
    answer = tenant.get(link, headers)
    assert answer.status_code == 410 and answer.headers["Location"].startswith(f"{tenant.graph}/v1.0/groups/delta?")
    values, _, link = walk(tenant, tenant.get(answer.headers["Location"], headers), headers)
    assert len(members_after({}, values)[ACCESS]) == 10
    assert follow(tenant, link, headers)[0] == []


@pytest.mark.covers("graph.delta.permissions")
def test_permissions_of_delta_queries(tenant):
    check_graph_error(tenant.get("/users/delta", grant(tenant, "User.ReadBasic.All")), 403,
                      "Authorization_RequestDenied")
    check_graph_error(tenant.get("/groups/delta", grant(tenant, "User.Read.All")), 403, "Authorization_RequestDenied")
    assert tenant.get("/groups/delta", grant(tenant, "Group.ReadBasic.All")).status_code == 200
