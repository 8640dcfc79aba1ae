# SPDX-License-Identifier: Apache-2.0
"""$batch of Graph (entra-facts 7.6): what its members may be, and what each of them gets back."""
import uuid

import pytest

from graph_help import ACCESS, ADA, LINUS, check_graph_error, grant

JSON = {"Content-Type": "application/json"}


def sent(tenant, headers, *requests):
    """{id: response} of a batch."""
    answer = tenant.send("/$batch", {"requests": list(requests)}, headers)
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


@pytest.mark.covers("graph.batch.writes")
def test_writes_inside_a_batch(tenant):
    headers = grant(tenant, "User.EnableDisableAccount.All", "User.Read.All", "GroupMember.ReadWrite.All")
    ada, linus = tenant.id_of(ADA), tenant.id_of(LINUS)
    found = sent(tenant, headers,
                 {"id": "off", "method": "PATCH", "url": f"/users/{ada}", "headers": JSON,
                  "body": {"accountEnabled": False}},
                 {"id": "out", "method": "DELETE", "url": f"/groups/{ACCESS}/members/{ada}/$ref"},
                 {"id": "in", "method": "POST", "url": f"/groups/{ACCESS}/members/$ref", "headers": JSON,
                  "body": {"@odata.id": f"{tenant.graph}/v1.0/directoryObjects/{linus}"}},
                 {"id": "read", "method": "GET", "url": f"/users/{ada}?$select=accountEnabled", "dependsOn": ["off"]})
    assert {name: one["status"] for name, one in found.items()} == {"off": 204, "out": 204, "in": 204, "read": 200}
    assert found["off"]["body"] is None and found["read"]["body"]["accountEnabled"] is False
    members = {one["id"] for one in tenant.get(f"/groups/{ACCESS}/members", headers).json()["value"]}
    assert linus in members and ada not in members


@pytest.mark.covers("graph.batch.urls")
def test_urls_are_relative_encoded_and_carry_their_own_headers(tenant):
    headers = tenant.bearer()
    tenant.control("POST", "/guests", {"mail": "o'neil+ssh@northwind.example",
                                       "home": {"kind": "entra", "mail": "o'neil+ssh@northwind.example"}})
    query = "?$filter=mail%20eq%20'o''neil%2Bssh@northwind.example'&$select=mail"
    found = sent(tenant, headers,
                 {"id": "1", "method": "GET", "url": f"users{query}"},
                 {"id": "2", "method": "get", "url": "/users?$count=true&$top=2",
                  "headers": {"ConsistencyLevel": "eventual"}},
                 {"id": "3", "method": "GET", "url": "/users?$count=true"},
                 {"id": "4", "method": "GET", "url": f"{tenant.graph}/v1.0/users"},
                 {"id": "5", "method": "POST", "url": "/$batch", "headers": JSON, "body": {"requests": []}},
                 {"id": "6", "method": "GET", "url": "/users/$count", "headers": {"ConsistencyLevel": "eventual"}})
    assert [one["mail"] for one in found["1"]["body"]["value"]] == ["o'neil+ssh@northwind.example"]
    assert found["2"]["body"]["@odata.count"] == found["6"]["body"] == 12  # the index does not know the new one yet
    assert found["3"]["status"] == found["4"]["status"] == found["5"]["status"] == 400
    link = found["2"]["body"]["@odata.nextLink"]
    assert tenant.get(link, {**headers, "ConsistencyLevel": "eventual"}).status_code == 200


@pytest.mark.covers("graph.batch.dependencies")
def test_a_failed_dependency_fails_all_that_follow_from_it(tenant):
    found = sent(tenant, tenant.bearer(),
                 {"id": "a", "method": "GET", "url": f"/users/{uuid.uuid4()}"},
                 {"id": "b", "method": "GET", "url": "/users", "dependsOn": ["a"]},
                 {"id": "c", "method": "GET", "url": "/users", "dependsOn": ["b"]},
                 {"id": "d", "method": "GET", "url": "/users"})
    assert {name: one["status"] for name, one in found.items()} == {"a": 404, "b": 424, "c": 424, "d": 200}
    assert found["c"]["body"]["error"]["code"] == "FailedDependency"


@pytest.mark.covers("graph.batch.envelope")
def test_what_is_no_batch(tenant):
    one = {"id": "1", "method": "GET", "url": "/users"}
    for requests in ([{**one, "dependsOn": ["2"]}, {**one, "id": "2"}], [{**one, "dependsOn": "2"}],
                     [{**one, "headers": []}]):
        check_graph_error(tenant.send("/$batch", {"requests": requests}), 400, "BadRequest")
    check_graph_error(tenant.send("/$batch", {"requests": [one]}, {"Authorization": "Bearer x"}), 401,
                      "InvalidAuthenticationToken")
