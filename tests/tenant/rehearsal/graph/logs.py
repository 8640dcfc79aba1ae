# SPDX-License-Identifier: Apache-2.0
"""/auditLogs: sign-ins and directory audits, as far as they can be seen already (entra-facts 11)."""
from .call import endpoint
from .errors import denied, missing, unsupported
from .schema import NUMBER, OBJECTS, TEXT, TIME, describe

describe("signIn", {"id": TEXT, "correlationId": TEXT, "userId": TEXT, "userPrincipalName": TEXT,
                    "userDisplayName": TEXT,
                    "appId": TEXT, "appDisplayName": TEXT, "resourceId": TEXT, "ipAddress": TEXT,
                    "createdDateTime": TIME,
                    "conditionalAccessStatus": TEXT, "status/errorCode": NUMBER})
describe("directoryAudit", {"id": TEXT, "activityDisplayName": TEXT, "activityDateTime": TIME, "category": TEXT,
                            "correlationId": TEXT, "loggedByService": TEXT, "result": TEXT, "initiatedBy/user/id": TEXT,
                            "initiatedBy/user/userPrincipalName": TEXT, "initiatedBy/app/appId": TEXT,
                            "targetResources": OBJECTS})


def _check(graph, call):
    if not graph.world.switches.premium_licence:
        raise denied("The tenant has no premium licence.")
    if "targetResources" in call.query.get("$filter", "") and not graph.world.switches.audit_target_filter:
        raise unsupported("targetResources does not filter.")


def _sign_in(call):
    """What Conditional Access did is for those who may read its policies."""
    def show(entry):
        if call.can("Policy.Read.All") or call.can("Policy.Read.ConditionalAccess"):
            return entry
        return {**entry, "appliedConditionalAccessPolicies": []}
    return show


@endpoint("GET", "/auditLogs/signIns", "logs", quota="logs")
def sign_ins(graph, call):
    _check(graph, call)
    return graph.table(call, "signIn", graph.world.signin_log.visible(), "auditLogs/signIns", _sign_in(call))


@endpoint("GET", "/auditLogs/signIns/{ref}", "logs", quota="logs")
def sign_in(graph, call, ref):
    _check(graph, call)
    found = next((one for one in graph.world.signin_log.visible() if one["id"] == ref), None)
    if found is None:
        raise missing(ref)
    return 200, {"@odata.context": graph.context("auditLogs/signIns/$entity"), **_sign_in(call)(found)}


@endpoint("GET", "/auditLogs/directoryAudits", "logs", quota="logs")
def audits(graph, call):
    _check(graph, call)
    return graph.table(call, "directoryAudit", graph.world.audits.visible(), "auditLogs/directoryAudits")
