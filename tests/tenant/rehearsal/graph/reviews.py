# SPDX-License-Identifier: Apache-2.0
"""Access reviews, lifecycle workflows, terms of use (entra-facts 9.3 to 9.5)."""
from .call import endpoint
from .errors import denied, missing, unsupported
from .schema import TEXT, describe

BASE = "/identityGovernance"
describe("decision", {"id": TEXT, "principal/id": TEXT, "decision": TEXT, "applyResult": TEXT})
describe("review", {"id": TEXT, "displayName": TEXT, "status": TEXT})


def _review(graph, ref):
    found = graph.world.governance.accessReviews.get(ref)
    if found is None:
        raise missing(ref)
    return found


def _definition(one):
    return {name: one[name] for name in ("id", "displayName", "status", "settings")}


def _instance(one):
    return {name: one[name] for name in ("id", "status", "startDateTime", "endDateTime")}


def _found(rows, ref):
    found = next((one for one in rows if one["id"] == ref), None)
    if found is None:
        raise missing(ref)
    return found


@endpoint("GET", f"{BASE}/accessReviews/definitions", "reviews")
def definitions(graph, call):
    rows = [_definition(one) for one in graph.world.governance.accessReviews.values()]
    return graph.table(call, "review", rows, "identityGovernance/accessReviews/definitions")


@endpoint("GET", f"{BASE}/accessReviews/definitions/{{ref}}", "reviews")
def definition(graph, _call, ref):
    return 200, _definition(_review(graph, ref))


@endpoint("GET", f"{BASE}/accessReviews/definitions/{{ref}}/instances", "reviews")
def instances(graph, call, ref):
    return graph.table(call, "review", [_instance(one) for one in _review(graph, ref)["instances"]],
                       f"identityGovernance/accessReviews/definitions('{ref}')/instances")


@endpoint("GET", f"{BASE}/accessReviews/definitions/{{ref}}/instances/{{instance}}", "reviews")
def instance_of(graph, _call, ref, instance):
    return 200, _instance(_found(_review(graph, ref)["instances"], instance))


@endpoint("GET", f"{BASE}/accessReviews/definitions/{{ref}}/instances/{{instance}}/decisions", "reviews")
def decisions(graph, call, ref, instance):
    if "principal" in call.query.get("$filter", "") and not graph.world.switches.review_filter:
        raise unsupported("principal/id does not filter.")
    review = _review(graph, ref)
    return graph.table(call, "decision", [_decision(graph, review, one)
                                          for one in _found(review["instances"], instance)["decisions"]],
                       f"identityGovernance/accessReviews/definitions('{ref}')/instances('{instance}')/decisions")


def _decision(graph, review, one):
    user = graph.world.users.get(one["principal"])
    props = user.props if user else {}
    nobody = {"id": "00000000-0000-0000-0000-000000000000", "displayName": "", "userPrincipalName": ""}
    return {"id": one["id"], "decision": one["decision"], "applyResult": one["applyResult"],
            "recommendation": one.get("recommendation", "NoInfoAvailable"),
            "justification": one.get("justification", ""),
            "principal": {"@odata.type": "#microsoft.graph.userIdentity", "id": one["principal"],
                          "displayName": props.get("displayName"), "userPrincipalName": props.get("userPrincipalName")},
            "principalLink": f"{graph.world.graph}/v1.0/users/{one['principal']}",
            "resource": {"id": review["group"], "type": "group"},
            "reviewedBy": nobody, "appliedBy": nobody, "reviewedDateTime": None, "appliedDateTime": None}


# Lifecycle workflows

@endpoint("GET", f"{BASE}/lifecycleWorkflows/workflows", "workflows")
def workflows(graph, call):
    rows = list(graph.world.governance.workflows.values())
    if not call.can("LifecycleWorkflows.Read.All"):
        basic = ("id", "displayName", "description", "category", "isEnabled")
        rows = [{name: one.get(name) for name in basic} for one in rows]
    return graph.table(call, "review", rows, "identityGovernance/lifecycleWorkflows/workflows")


# Terms of use: delegated only

def _check_acceptances(graph, call):
    """The permission exists app-only; whether it works is not known."""
    if not call.caller.delegated and not (graph.world.switches.terms_app_only
                                          and call.can("AgreementAcceptance.Read.All")):
        raise denied()


@endpoint("GET", f"{BASE}/termsOfUse/agreements", "terms")
def agreements(graph, call):
    return graph.table(call, "review", list(graph.world.governance.agreements.values()),
                       "identityGovernance/termsOfUse/agreements")


def _acceptances(graph, call, name, ref, context):
    _check_acceptances(graph, call)
    rows = [one for one in graph.world.governance.acceptances.values() if one[name] == ref]
    return graph.table(call, "review", rows, context)


@endpoint("GET", f"{BASE}/termsOfUse/agreements/{{ref}}/acceptances", "acceptances")
def acceptances(graph, call, ref):
    _check_acceptances(graph, call)
    if ref not in graph.world.governance.agreements:
        raise missing(ref)
    return _acceptances(graph, call, "agreementId", ref, "identityGovernance/termsOfUse/agreements/acceptances")


@endpoint("GET", "/users/{ref}/agreementAcceptances", "acceptances")
def acceptances_of_user(graph, call, ref):
    return _acceptances(graph, call, "userId", graph.find_user(ref).id, "agreementAcceptances")
