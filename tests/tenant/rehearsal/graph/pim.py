# SPDX-License-Identifier: Apache-2.0
"""PIM for groups (entra-facts 9.2): who is assigned, activated or eligible, and until when. While activated the user is
an ordinary member; the end is only here."""
import re

from .call import endpoint
from .errors import bad_request
from .schema import TEXT, describe

BASE = "/identityGovernance/privilegedAccess/group"
describe("pim", {"groupId": TEXT, "principalId": TEXT, "accessId": TEXT})


def _shown(graph, one, schedule):
    switches = graph.world.switches
    out = {name: value for name, value in one.items() if name != "scheduleId"}
    out[schedule] = one["scheduleId"]
    if schedule == "eligibilityScheduleId":
        del out["assignmentType"]
    elif switches.pim_capitalised:
        out["assignmentType"] = out["assignmentType"].capitalize()
    if switches.pim_capitalised:
        out["memberType"] = out["memberType"].capitalize()
    if switches.pim_null_start and out["endDateTime"] is None:
        out["startDateTime"] = None
    return out


def _instances(graph, call, store, schedule, path):
    if not re.search(r"\b(groupId|principalId)\s+eq\b", call.query.get("$filter", "")):
        raise bad_request("The filter must name groupId or principalId.", "MissingParameters")
    rows = [_shown(graph, one, schedule) for one in store.values()]
    return graph.table(call, "pim", rows, f"identityGovernance/privilegedAccess/group/{path}")


@endpoint("GET", f"{BASE}/assignmentScheduleInstances", "pim.assignments")
def assignments(graph, call):
    return _instances(graph, call, graph.world.governance.pim_assigned, "assignmentScheduleId",
                      "assignmentScheduleInstances")


@endpoint("GET", f"{BASE}/eligibilityScheduleInstances", "pim.eligibilities")
def eligibilities(graph, call):
    return _instances(graph, call, graph.world.governance.pim_eligible, "eligibilityScheduleId",
                      "eligibilityScheduleInstances")
