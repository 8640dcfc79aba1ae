# SPDX-License-Identifier: Apache-2.0
"""$filter, $search, $orderby and $count of Graph (entra-facts 7.3)."""
import pytest

from graph_help import ADA, COUNT, EVENTUAL, GRACE, LINUS, check_graph_error, ids, later, mails

BOB, DANA, DORA, PAT = "bob@northwind.example", "dana@mailonly.example", "dora@fabrikam.example", "pat@fabrikam.example"
UPN = "ada_fabrikam.example#EXT#@contoso.onmicrosoft.example"


def advanced(tenant, **query):
    return tenant.get("/users", {**tenant.bearer(), **EVENTUAL}, **COUNT, **query)


@pytest.mark.covers("graph.filter.plain")
@pytest.mark.parametrize("text, found", [
    ("mail eq 'ADA@fabrikam.example'", [ADA]), ("mail eq 'nobody@x.example'", []),
    ("displayName eq 'Bob O''Example'", [BOB]),
    ("externalUserState eq 'PendingAcceptance'", [PAT]),
    ("accountEnabled eq false", [DORA]),
    ("otherMails/any(m:m eq 'olga@northwind.example')", ["olga@northwind.example"]),
    ("otherMails/any(x:startsWith(x,'olga@'))", ["olga@northwind.example"]),
    ("proxyAddresses/any(p:p eq 'SMTP:ada@fabrikam.example')", [ADA]),
    ("startsWith(displayName,'Linus')", [LINUS]),
    (f"userPrincipalName eq '{UPN}'", [ADA]),
    ("mail eq 'ada@fabrikam.example' or mail eq 'grace@fabrikam.example'", [ADA, GRACE]),
    ("(mail eq 'ada@fabrikam.example')", [ADA]),
    ("mail in ('ada@fabrikam.example', 'dana@mailonly.example')", [ADA, DANA]),
    ("createdDateTime ge 2026-02-01T00:00:00Z and createdDateTime le 2026-02-02", 12),
    ("createdDateTime ge 2026-02-02T00:00:00Z", []),
    ("id in ('a0000000-0001-4d00-8d00-00000000ada0','a0000000-0007-4d00-8d00-00000000dada')", [ADA, DANA])])
def test_plain_filters(tenant, text, found):
    got = mails(tenant.get("/users", **{"$filter": text, "$select": "mail"}))
    assert len(got) == found if isinstance(found, int) else got == found


@pytest.mark.covers("graph.filter.advanced")
@pytest.mark.parametrize("text, number", [
    ("userType ne 'Guest'", 2), ("not (userType eq 'Guest')", 2), ("not userType eq 'Guest'", 2),
    ("endsWith(mail,'@northwind.example')", 3), ("otherMails/any(m:endsWith(m,'@mailonly.example'))", 1),
    ("externalUserState ne 'Accepted'", 3),
    ("userType eq 'Guest' and not (mail eq 'ada@fabrikam.example' or endsWith(mail,'@northwind.example'))", 6)])
def test_advanced_filters_need_header_and_count(tenant, text, number):
    check_graph_error(tenant.get("/users", **{"$filter": text}), 400, "Request_UnsupportedQuery")
    check_graph_error(tenant.get("/users", {**tenant.bearer(), **EVENTUAL}, **{"$filter": text}), 400,
                      "Request_UnsupportedQuery")
    body = advanced(tenant, **{"$filter": text, "$select": "mail"}).json()
    assert body["@odata.count"] == number == len(body["value"])


@pytest.mark.covers("graph.filter.mixed")
@pytest.mark.parametrize("needs", [True, False])
def test_mixed_filter_in_both_positions(tenant, needs):
    tenant.switch(graph_mixed_filter=needs)
    wanted = {"$filter": "userType eq 'Guest' and accountEnabled eq false", "$select": "mail"}
    if needs:
        check_graph_error(tenant.get("/users", **wanted), 400, "Request_UnsupportedQuery")
    else:
        assert mails(tenant.get("/users", **wanted)) == [DORA]
    assert mails(advanced(tenant, **wanted)) == [DORA]


@pytest.mark.covers("15.4.two_matches")
def test_mail_filter_can_match_two(tenant):
    tenant.control("PATCH", "/guests/bob@northwind.example", {"mail": ADA})
    found = ids(tenant.get("/users", **{"$filter": f"mail eq '{ADA}'", "$select": "id"}))
    assert sorted(found) == ["a0000000-0001-4d00-8d00-00000000ada0", "a0000000-0009-4d00-8d00-000000000b12"]


@pytest.mark.covers("15.4.quoting")
def test_quotes_and_plus_signs(tenant):
    for mail in ("o'neil@northwind.example", "ops+ssh@northwind.example"):
        tenant.control("POST", "/guests", {"mail": mail, "home": {"kind": "entra", "mail": mail}})
        text = "mail eq '" + mail.replace("'", "''") + "'"
        assert mails(tenant.get("/users", **{"$filter": text})) == [mail]
    bare = tenant.http.get(f"{tenant.graph}/v1.0/users?$filter=mail eq 'ops+ssh@northwind.example'",
                           headers=tenant.bearer(),
                           timeout=10)
    assert bare.status_code == 200 and bare.json()["value"] == []  # a bare + is a space
    check_graph_error(tenant.get("/users", **{"$filter": "mail eq 'o'neil@northwind.example'"}), 400,
                      "Request_BadRequest")


@pytest.mark.covers("graph.filter.identities")
def test_identities_filter_only_by_issuer_and_id_together(tenant):
    pair = "i/issuer eq 'mail' and i/issuerAssignedId eq 'dana@mailonly.example'"
    assert mails(tenant.get("/users", **{"$filter": f"identities/any(i:{pair})"})) == [DANA]
    assert mails(tenant.get("/users", **{"$filter": "identities/any(i:i/issuer eq 'mail')"})) == [DANA]
    for wrong in ("i/issuer eq 'ExternalAzureAD'", "i/issuerAssignedId eq 'dana@mailonly.example'",
                  "i/signInType eq 'userPrincipalName' and i/issuer eq 'mail'", "i/issuer ne 'mail'",
                  "i/issuer eq 'ExternalAzureAD' and i/issuerAssignedId eq null"):
        answer = tenant.get("/users", **{"$filter": f"identities/any(i:{wrong})"})
        assert answer.status_code == 400, wrong


@pytest.mark.covers("graph.filter.refused")
@pytest.mark.parametrize("text, code", [
    ("nonsense eq 'x'", "Request_BadRequest"), ("mail gt 'a'", "Request_BadRequest"), ("mail eq", "Request_BadRequest"),
    ("mail eq 'a' and", "Request_BadRequest"), ("(mail eq 'a'", "Request_BadRequest"),
    ("mail eq 'a')", "Request_BadRequest"),
    ("mail eq true", "Request_BadRequest"), ("accountEnabled eq 'true'", "Request_BadRequest"),
    ("", "Request_BadRequest"),
    ("displayName/any(x:x eq 'a')", "Request_BadRequest"), ("otherMails/all(x:x eq 'a')", "Request_UnsupportedQuery"),
    ("mail ge 'a'", "Request_UnsupportedQuery"), ("securityIdentifier eq 'S-1'", "Request_UnsupportedQuery"),
    (" or ".join(["mail eq 'a'"] * 200), "Request_BadRequest")])
def test_filters_that_are_refused(tenant, text, code):
    check_graph_error(tenant.get("/users", **{"$filter": text}), 400, code)


@pytest.mark.covers("graph.count.forgotten")
@pytest.mark.parametrize("position", ["error", "ignored"])
def test_forgotten_header_in_both_positions(tenant, position):
    tenant.switch(graph_advanced_forgotten=position)
    plain = tenant.get("/users", **COUNT)
    search = tenant.get("/users", **{"$search": '"displayName:ada"'})
    order = tenant.get("/users", **{"$filter": "userType eq 'Guest'", "$orderby": "displayName"})
    if position == "error":
        assert check_graph_error(plain, 400, "Request_BadRequest")["message"] == "$count is not currently supported."
        check_graph_error(search, 400, "Request_UnsupportedQuery")
        check_graph_error(order, 400, "Request_UnsupportedQuery")
    else:
        assert "@odata.count" not in plain.json() and len(mails(search)) == 12 and mails(order)[0] == ADA


@pytest.mark.covers("graph.search", "graph.orderby")
def test_search_needs_the_header_only_and_order_is_kept(tenant):
    headers = {**tenant.bearer(), **EVENTUAL}
    assert mails(tenant.get("/users", headers, **{"$search": '"displayName:love"'})) == [ADA]
    assert mails(tenant.get("/users", headers, **{"$search": '"mail:ada@" OR "displayName:linus roth"'})) == [ADA,
                                                                                                              LINUS]
    assert mails(tenant.get("/users", headers, **{"$search": '"mail:ada" AND "displayName:linus"'})) == []
    check_graph_error(tenant.get("/users", headers, **{"$search": "ada"}), 400, "Request_BadRequest")
    check_graph_error(tenant.get("/users", headers, **{"$search": '"userType:Guest"'}), 400, "Request_UnsupportedQuery")
    names = [one["displayName"] for one in tenant.get("/users", headers,
                                                      **{"$orderby": "displayName desc"}).json()["value"]]
    assert names == sorted(names, key=str.lower, reverse=True) and len(names) == 12
    down = advanced(tenant, **{"$orderby": "displayName", "$filter": "userType eq 'Guest'"})
    assert mails(down)[0] == ADA
    check_graph_error(tenant.get("/users", headers, **{"$orderby": "mail"}), 400, "Request_UnsupportedQuery")


@pytest.mark.covers("graph.count.number")
def test_count_as_a_number(tenant):
    check_graph_error(tenant.get("/users/$count"), 400, "Request_BadRequest")
    answer = tenant.get("/users/$count", {**tenant.bearer(), **EVENTUAL}, **{"$filter": "userType eq 'Guest'"})
    assert answer.text == "10" and answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.covers("graph.index.lag")
@pytest.mark.parametrize("lag", [5, 0])
def test_advanced_queries_read_an_older_index(tenant, lag):
    tenant.switch(index_lag=lag)
    headers = tenant.bearer()
    tenant.control("PATCH", f"/guests/{DORA}", {"accountEnabled": True})
    tenant.control("DELETE", f"/guests/{GRACE}")
    tenant.control("POST", "/guests", {"mail": "new@northwind.example",
                                       "home": {"kind": "entra", "mail": "new@northwind.example"}})

    def shown(extra, **query):
        return mails(tenant.get("/users", {**headers, **extra}, **query))
    off = {"$filter": "accountEnabled eq false"}
    now = shown({})
    assert GRACE not in now and "new@northwind.example" in now and shown({}, **off) == []
    then = shown(EVENTUAL, **COUNT)
    if lag:
        assert GRACE in then and "new@northwind.example" not in then and shown(EVENTUAL, **off, **COUNT) == [DORA]
        later(tenant, lag + 1)
        then = shown(EVENTUAL, **COUNT)
    assert sorted(then) == sorted(now) and shown(EVENTUAL, **off, **COUNT) == []
