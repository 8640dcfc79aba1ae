# SPDX-License-Identifier: Apache-2.0
"""Rights that end, as the daemon reads them on Graph (entra-facts 9.1, 9.2)."""
import calendar
import time

import pytest

from governance_help import EM, GROUP, OLGA, OPEN, PACKAGE, PIM, TIMED, inside, reader
from graph_help import ADA, ids, later, rest_of


@pytest.mark.covers("governance.pim.owner")
def test_an_owner_is_no_member(tenant):
    headers, olga = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup"), tenant.id_of(OLGA)
    owner = {"group": GROUP, "principal": OLGA, "access": "owner"}
    tenant.control("POST", "/pim/assigned", {**owner, "access": "guest"}, 400)
    tenant.control("POST", "/pim/activated", {**owner, "seconds": 60}, 400)  # eligible as a member only
    tenant.control("POST", "/pim/assigned", owner)
    tenant.control("POST", "/pim/eligible", owner)
    tenant.control("POST", "/pim/activated", {**owner, "seconds": 60})
    query = {"$filter": f"principalId eq '{olga}'"}
    rows = tenant.get(f"{PIM}/assignmentScheduleInstances", headers, **query).json()["value"]
    assert [one["accessId"] for one in rows] == ["owner", "owner"] and not inside(tenant, OLGA, headers)
    tenant.control("PUT", f"/groups/{GROUP}/members/{OLGA}")
    later(tenant, 61)  # the end of an owner's activation takes no membership away
    headers = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup")
    assert len(ids(tenant.get(f"{PIM}/assignmentScheduleInstances", headers, **query))) == 1
    assert inside(tenant, OLGA, headers)
    state = tenant.control("GET", "/state")
    assert [one["accessId"] for one in state["governance"]["pim"]["assigned"]] == ["owner"]
    tenant.control("PUT", "/state", state)
    headers = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup")
    rows = tenant.get(f"{PIM}/assignmentScheduleInstances", headers, **query).json()["value"]
    assert [one["accessId"] for one in rows] == ["owner"]
    state["governance"]["pim"]["assigned"][0]["accessId"] = "guest"
    tenant.control("PUT", "/state", state, 400)


@pytest.mark.covers("governance.assignments.ends")
@pytest.mark.parametrize("begin, duration, end", [("2027-01-31T10:00:00Z", "P1M", "2027-02-28T10:00:00Z"),
                                                  ("2028-02-29T10:00:00Z", "P1Y", "2029-02-28T10:00:00Z"),
                                                  ("2027-07-01T10:00:00Z", "P90D", "2027-09-29T10:00:00Z"),
                                                  ("2027-07-01T10:00:00Z", "P1WT1H", "2027-07-08T11:00:00Z")])
def test_a_duration_goes_by_the_calendar(tenant, begin, duration, end):
    tenant.control("POST", "/governance/assignments", {
        "target": ADA, "package": PACKAGE, "policy": TIMED,
        "schedule": {"startDateTime": begin, "expiration": {"type": "afterDuration", "endDateTime": None,
                                                            "duration": duration}}})
    stamp, now = time.strptime(end, "%Y-%m-%dT%H:%M:%SZ"), tenant.control("GET", "/clock")["now"]
    left = calendar.timegm(stamp) - now
    later(tenant, left - 60)
    assert inside(tenant, ADA)
    later(tenant, 61)
    assert not inside(tenant, ADA)


@pytest.mark.covers("governance.assignments.query", "governance.pim.filter")
def test_lists_by_the_addresses_that_the_daemon_asks(tenant):
    """Percent-encoded as it sends them, page by page; a schedule that differs from now."""
    headers, ada = reader(tenant, "PrivilegedAssignmentSchedule.Read.AzureADGroup"), tenant.id_of(ADA)
    tenant.switch(graph_page_size=1)
    begin, end = "2027-01-01T00:00:00Z", "2027-06-01T00:00:00Z"
    made = [tenant.control("POST", "/governance/assignments", {
        "target": ADA, "package": PACKAGE, "policy": OPEN if second else TIMED,
        "schedule": {"startDateTime": None if second else begin,
                     "expiration": {"type": "afterDateTime", "endDateTime": end, "duration": None}}})["id"]
            for second in (False, True)]
    tenant.control("POST", "/governance/assignments", {"target": ADA, "package": PACKAGE, "policy": TIMED,
                                                       "state": "expired"})
    answer = tenant.get(f"{tenant.graph}/v1.0{EM}/assignments?$expand=target,accessPackage"
                        f"&$filter=accessPackage/id%20eq%20%27{PACKAGE}%27%20and%20target/objectId%20eq%20%27{ada}%27"
                        "%20and%20state%20eq%20%27Delivered%27", headers)
    rows, pages = rest_of(tenant, answer, headers)
    assert [one["id"] for one in rows] == made and pages == 2
    assert [one["schedule"]["startDateTime"] for one in rows] == [begin, None]
    for one in rows:
        assert one["schedule"]["expiration"]["endDateTime"] == end and one["schedule"]["recurrence"] is None
        assert one["target"]["objectId"] == ada and one["accessPackage"]["id"] == PACKAGE
    for _ in range(2):
        tenant.control("POST", "/pim/assigned", {"group": GROUP, "principal": ADA, "seconds": 60})
    rows, pages = rest_of(tenant, tenant.get(f"{tenant.graph}/v1.0{PIM}/assignmentScheduleInstances"
                                             f"?$filter=principalId%20eq%20%27{ada}%27", headers), headers)
    assert [one["principalId"] for one in rows] == [ada, ada] and pages == 2
