# SPDX-License-Identifier: Apache-2.0
"""A hundred thousand guests: every listing comes out whole, and the memory stays below its bound."""
import re
from pathlib import Path

import pytest

from graph_help import ACCESS, CAST, COUNT, EVENTUAL
from tenant_client import Tenant

GUESTS = 100_000
BOUND_MB = 300


@pytest.fixture(scope="module")
def large():
    tenant = Tenant("--scale", str(GUESTS))
    yield tenant
    assert tenant.stop() == 0


def most_memory_mb(tenant):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{tenant.process.pid}/status").read_text())[1]) / 1024


def walk(tenant, path, **query):
    """Ids of a listing, page by page, with tokens renewed as they would be."""
    headers = {**tenant.bearer(), **EVENTUAL}
    answer, found, last = tenant.get(path, headers, **query), [], ""
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += [one["id"] for one in body["value"]]
        last = body.get("@odata.nextLink")
        if not last:
            return found, body
        answer = tenant.get(last, headers)


@pytest.mark.covers("graph.scale.whole", "graph.scale.memory")
def test_listings_are_whole_and_memory_is_bounded(large):
    users, _ = walk(large, "/users", **{"$select": "id", "$top": "999"})
    assert len(users) == len(set(users)) == GUESTS + 12
    members, _ = walk(large, CAST, **{"$select": "id,accountEnabled", "$top": "999"}, **COUNT)
    assert len(members) == len(set(members)) == GUESTS + 11
    changed, last = walk(large, "/users/delta", **{"$select": "id,accountEnabled"})
    assert set(changed) == set(users) and "@odata.deltaLink" in last
    assert most_memory_mb(large) < BOUND_MB


@pytest.mark.covers("graph.scale.one")
def test_one_among_many_is_found_by_every_way(large):
    mail = "guest-077777@partner-177.example"
    by_mail = large.get("/users", **{"$filter": f"mail eq '{mail}'"}).json()["value"]
    oid = by_mail[0]["id"]
    upn = by_mail[0]["userPrincipalName"].replace("#", "%23")
    assert large.get(f"/users/{oid}").json()["mail"] == mail and large.get(f"/users/{upn}").json()["id"] == oid
    by_upn = large.get("/users", **{"$filter": f"userPrincipalName eq '{by_mail[0]['userPrincipalName']}'"})
    assert by_upn.json()["value"][0]["id"] == oid
    assert large.send(f"/users/{oid}/checkMemberGroups", {"groupIds": [ACCESS]}).json()["value"] == [ACCESS]
    off = large.get("/users", **{"$filter": "accountEnabled eq false"}).json()["value"]
    assert [one["mail"] for one in off] == ["dora@fabrikam.example"]
