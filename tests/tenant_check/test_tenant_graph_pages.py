# SPDX-License-Identifier: Apache-2.0
"""Pages of Graph's listings: sizes, links, expired tokens, empty pages, repeated rows (entra-facts 7.4)."""
import pytest

from graph_help import ACCESS, CAST, COUNT, EVENTUAL, check_graph_error, rest_of

MEMBERS = f"/groups/{ACCESS}/members"


@pytest.mark.covers("graph.page.size")
def test_page_sizes(tenant):
    for number in range(110):
        tenant.control("POST", "/guests", {"mail": f"more{number}@northwind.example",
                                           "home": {"kind": "entra", "mail": f"more{number}@northwind.example"}})
    headers = tenant.bearer()
    assert len(tenant.get("/users", headers).json()["value"]) == 100
    whole = tenant.get("/users", headers, **{"$top": "999"}).json()
    assert len(whole["value"]) == 122 and "@odata.nextLink" not in whole
    for wrong in ("0", "1000", "x", "-1"):
        check_graph_error(tenant.get("/users", headers, **{"$top": wrong}), 400, "Request_BadRequest")


@pytest.mark.covers("graph.page.link")
def test_next_link_is_absolute_opaque_and_may_be_asked_again(tenant):
    headers = tenant.bearer()
    first = tenant.get("/users", headers, **{"$top": "5", "$select": "id,mail"}).json()
    link = first["@odata.nextLink"]
    assert link.startswith(tenant.graph + "/v1.0/users?") and "$skiptoken=" in link and "$select=id,mail" in link
    again = [tenant.get(link, headers).json()["value"] for _ in range(2)]
    assert again[0] == again[1] and not {one["id"] for one in again[0]} & {one["id"] for one in first["value"]}
    tenant.control("DELETE", f"/guests/{again[0][0]['mail']}")  # a listing in progress does not shift
    assert rest_of(tenant, tenant.get(link, headers), headers)[0][:5] == again[0]
    other = "A" if link[-3] != "A" else "B"  # not the last one: some of its bits are nobody's
    for spoiled in (link[:-3] + other + link[-2:], link[:-8], link.replace("$skiptoken=RF", "$skiptoken=XX")):
        check_graph_error(tenant.get(spoiled, headers), 400, "Directory_ExpiredPageToken")


@pytest.mark.covers("graph.page.expired")
def test_expired_page_token_by_control(tenant):
    headers = tenant.bearer()
    link = tenant.get("/users", headers, **{"$top": "2"}).json()["@odata.nextLink"]
    tenant.control("POST", "/graph/expire-pages")
    check_graph_error(tenant.get(link, headers), 400, "Directory_ExpiredPageToken")


@pytest.mark.covers("graph.page.empty")
@pytest.mark.parametrize("empty", [False, True])
def test_an_empty_page_with_a_link(tenant, empty):
    tenant.switch(graph_empty_pages=empty)
    headers = tenant.bearer()
    first = tenant.get(MEMBERS, headers)
    assert (first.json()["value"] == [] and "@odata.nextLink" in first.json()) is empty
    found, pages = rest_of(tenant, first, headers)
    assert len(found) == 10 and pages == (2 if empty else 1)


@pytest.mark.covers("graph.page.repeated")
@pytest.mark.parametrize("repeated", [False, True])
def test_rows_that_come_twice(tenant, repeated):
    tenant.switch(graph_repeated_rows=repeated)
    headers = tenant.bearer()
    found = [one["id"] for one in rest_of(tenant, tenant.get(MEMBERS, headers, **{"$top": "4"}), headers)[0]]
    assert len(set(found)) == 10 and (len(found) > 10) is repeated


@pytest.mark.covers("graph.page.option")
def test_unknown_options_are_refused_and_the_count_comes_first_only(tenant):
    headers = {**tenant.bearer(), **EVENTUAL}
    check_graph_error(tenant.get("/users", headers, **{"$skip": "5"}), 400, "Request_BadRequest")
    first = tenant.get("/users", headers, **COUNT, **{"$top": "5"}).json()
    assert first["@odata.count"] == 12 and "@odata.count" not in tenant.get(first["@odata.nextLink"], headers).json()


@pytest.mark.covers("graph.page.header")
@pytest.mark.parametrize("needs", [True, False])
def test_header_on_the_next_pages_in_both_positions(tenant, needs):
    tenant.switch(page_needs_header=needs)
    headers = tenant.bearer()
    link = tenant.get(CAST, {**headers, **EVENTUAL}, **COUNT, **{"$top": "5"}).json()["@odata.nextLink"]
    assert tenant.get(link, {**headers, **EVENTUAL}).status_code == 200
    assert tenant.get(link, headers).status_code == (400 if needs else 200)


@pytest.mark.covers("graph.page.option")
def test_expand_is_not_ignored(tenant):
    for path in ("/users", f"/users/{tenant.id_of('ada@fabrikam.example')}", MEMBERS):
        check_graph_error(tenant.get(path, **{"$expand": "manager"}), 400, "Request_UnsupportedQuery")


@pytest.mark.covers("graph.page.new_state")
def test_another_tenant_in_place_of_this_one_is_listed_anew(tenant):
    found = len(tenant.get(MEMBERS).json()["value"])
    written = tenant.control("GET", "/state")
    group = next(one for one in written["groups"] if one["id"] == ACCESS)
    group["members"] = group["members"][:2]
    tenant.control("PUT", "/state", written)
    assert found == 10 and len(tenant.get(MEMBERS).json()["value"]) == 2
    tenant.control("POST", "/reset")
    assert len(tenant.get(MEMBERS).json()["value"]) == 10
