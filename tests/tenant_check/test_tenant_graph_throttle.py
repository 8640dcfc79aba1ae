# SPDX-License-Identifier: Apache-2.0
"""Throttling of Graph by resource units and by the quotas of single services (entra-facts 7.7), and Graph's errors
(7.8)."""
import pytest

from graph_help import ACCESS, ADA, COUNT, EVENTUAL, LINUS, call, check_graph_error, grant, later

USER = {"$select": "id"}


def units(answer):
    assert answer.status_code == 200, answer.text
    return int(answer.headers["x-ms-resource-unit"])


@pytest.mark.covers("graph.throttle.cost")
def test_what_calls_cost(tenant):
    headers, ada = tenant.bearer(), tenant.id_of(ADA)
    eventual = {**headers, **EVENTUAL}
    assert units(tenant.get("/users", headers)) == 2
    assert units(tenant.get("/users", headers, **USER)) == 1
    assert units(tenant.get(f"/users/{ada}", headers)) == 1
    assert units(tenant.get(f"/groups/{ACCESS}/members", headers)) == 3
    assert units(tenant.get(f"/groups/{ACCESS}/members", headers, **USER, **{"$top": "19"})) == 1
    assert units(tenant.get(f"/groups/{ACCESS}/transitiveMembers", headers)) == 5
    assert units(tenant.get(f"/groups/{ACCESS}/transitiveMembers/microsoft.graph.user", eventual, **USER, **COUNT)) == 4
    assert units(tenant.send(f"/users/{ada}/checkMemberGroups", {"groupIds": [ACCESS]}, headers)) == 4
    assert units(tenant.send(f"/users/{ada}/getMemberGroups", {"securityEnabledOnly": True}, headers)) == 2
    assert units(tenant.get(f"/users/{ada}/transitiveMemberOf", headers)) == 2
    assert units(tenant.send("/directoryObjects/getByIds", {"ids": [ada]}, grant(tenant, "Directory.Read.All"))) == 3


@pytest.mark.covers("graph.throttle.bucket", "15.4.429_retry_after")
@pytest.mark.parametrize("code", ["TooManyRequests", "activityLimitReached"])
def test_the_bucket_empties_and_fills_with_the_tenants_clock(tenant, code):
    tenant.switch(graph_throttle_code=code)
    tenant.control("PUT", "/graph/limits", {"units": 10})
    headers, ada = tenant.bearer(), tenant.id_of(ADA)
    requests = [{"id": str(number), "method": "POST", "url": f"/users/{ada}/checkMemberGroups",
                 "body": {"groupIds": [ACCESS]},
                 "headers": {"Content-Type": "application/json"}} for number in range(3)]
    found = {one["id"]: one for one in tenant.send("/$batch", {"requests": requests}, headers).json()["responses"]}
    answers = [found[str(number)] for number in range(3)]
    assert [one["status"] for one in answers] == [200, 200, 429] and answers[2]["body"]["error"]["code"] == code
    assert "x-ms-throttle-limit-percentage" not in answers[0]["headers"]
    told = answers[2]["headers"]
    assert 1 <= int(told["Retry-After"]) <= 2 and float(told["x-ms-throttle-limit-percentage"]) > 1
    assert told["x-ms-throttle-scope"] == f"Tenant_Application/ReadWrite/{tenant.ready['reader_id']}/{tenant.tid}"
    assert told["x-ms-throttle-information"]
    tenant.control("PUT", "/graph/limits", {"units": 1})
    last = tenant.get("/users", headers)
    check_graph_error(last, 429, code)
    assert int(last.headers["Retry-After"]) >= 1
    tenant.control("PUT", "/graph/limits", {"units": 10})
    later(tenant, 10)
    assert tenant.get("/users", headers).status_code == 200


@pytest.mark.covers("graph.throttle.size")
def test_the_bucket_grows_with_the_tenant(tenant):
    def grow(number):
        for one in range(number):
            mail = f"more{one}-{number}@northwind.example"
            tenant.control("POST", "/guests", {"mail": mail, "home": {"kind": "entra", "mail": mail}})
        return tenant.control("GET", "/graph/limits")["bucket"]
    assert [grow(0), grow(37), grow(1), grow(450), grow(1)] == [3500, 3500, 5000, 5000,
                                                                8000]  # 12, 49, 50, 500, 501 users


@pytest.mark.covers("graph.throttle.batch")
def test_each_request_in_a_batch_is_throttled_by_itself(tenant):
    tenant.control("PUT", "/graph/limits", {"units": 10})
    path = f"/users/{tenant.id_of(ADA)}"
    requests = [{"id": str(number), "method": "GET", "url": path} for number in range(20)]
    answer = tenant.send("/$batch", {"requests": requests})
    assert answer.status_code == 200
    found = answer.json()["responses"]
    slowed = [one for one in found if one["status"] == 429]
    assert 8 <= len(slowed) <= 10 and all(one["headers"]["Retry-After"] == "1" for one in slowed)
    assert all(one["body"]["error"]["code"] == "TooManyRequests" for one in slowed)


@pytest.mark.covers("graph.throttle.writes")
def test_writes_have_a_quota_of_their_own(tenant):
    tenant.control("PUT", "/graph/limits", {"writes": 2})
    headers = grant(tenant, "User.EnableDisableAccount.All", "User.Read.All", "GroupMember.Read.All")
    path = f"/users/{tenant.id_of(LINUS)}"
    answers = [call(tenant, "PATCH", path, headers, {"accountEnabled": True}) for _ in range(3)]
    assert [one.status_code for one in answers] == [204, 204, 429] and int(answers[2].headers["Retry-After"]) > 100
    check = tenant.send(path + "/checkMemberGroups", {"groupIds": [ACCESS]}, headers)
    assert check.status_code == 200  # costs units, and is no write
    later(tenant, 301)
    assert call(tenant, "PATCH", path, headers, {"accountEnabled": True}).status_code == 204


@pytest.mark.covers("graph.error.spelling")
@pytest.mark.parametrize("spelling", ["innerError", "innererror"])
@pytest.mark.parametrize("code", ["plain", "empty", "nested"])
def test_the_shape_of_errors_in_each_position(tenant, spelling, code):
    tenant.switch(graph_inner_error=spelling, graph_error_code=code)
    error = tenant.get("/users/00000000-aaaa-4000-8000-000000000000").json()["error"]
    inner = error[spelling]
    assert set(error) == {"code", "message", spelling} and {"date", "request-id", "client-request-id"} <= set(inner)
    assert error["code"] == {"plain": "Request_ResourceNotFound", "empty": "", "nested": "itemNotFound"}[code]
    assert inner.get("code") == ("Request_ResourceNotFound" if code == "nested" else None)


@pytest.mark.covers("15.4.empty_code")
def test_empty_error_code(tenant):
    tenant.switch(graph_error_code="empty")
    answer = tenant.get("/users/00000000-aaaa-4000-8000-000000000000")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == ""


@pytest.mark.covers("graph.error.health", "15.4.statuses")
@pytest.mark.parametrize("state, status", [("serviceNotAvailable", 503), ("UnknownError", 500),
                                           ("Directory_ReplicaUnavailable", 503)])
def test_what_is_gone_differs_from_what_is_forbidden_or_down(tenant, state, status):
    headers, unknown = tenant.bearer(), "/users/00000000-aaaa-4000-8000-000000000000"
    check_graph_error(tenant.get(unknown, headers), 404, "Request_ResourceNotFound")
    tenant.control("PUT", "/graph/health", {"state": state})
    check_graph_error(tenant.get(unknown, headers), status, state)
    inner = tenant.send("/$batch", {"requests": [{"id": "1", "method": "GET", "url": unknown}]},
                        headers).json()["responses"][0]
    assert inner["status"] == status and inner["body"]["error"]["code"] == state
    tenant.control("PUT", "/graph/health", {"state": "ok"})
    check_graph_error(tenant.get(unknown, headers), 404, "Request_ResourceNotFound")
    forbidden = grant(tenant, "AuditLog.Read.All")
    check_graph_error(tenant.get("/groups", forbidden), 403, "Authorization_RequestDenied")
