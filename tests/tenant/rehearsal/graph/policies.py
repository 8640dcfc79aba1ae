# SPDX-License-Identifier: Apache-2.0
"""Policies of the tenant as Graph shows them (entra-facts 10): Conditional Access with its quota of one request a
second, cross-tenant access, authorization; the tenant itself, and what it can learn of others."""
import uuid

from ..conditional import enforce
from ..conditional.strengths import STRENGTHS
from .call import endpoint
from .errors import GraphError, bad_request, missing
from .schema import TEXT, describe

CA = "conditional_access"
describe("policy", {"id": TEXT, "displayName": TEXT, "state": TEXT, "tenantId": TEXT})
# Members that v1.0 answers carry though its schema does not have them.
UNLISTED = {"": ("partialEnablementStrategy",), "conditions": ("times", "clients", "deviceStates"),
            "sessionControls": ("continuousAccessEvaluation", "networkAccess", "globalSecureAccess")}


def _policy(policy):
    """With the members of no schema, all null."""
    out = {**dict.fromkeys(UNLISTED[""]), **policy}
    for part in ("conditions", "sessionControls"):
        if isinstance(policy.get(part), dict):
            out[part] = {**dict.fromkeys(UNLISTED[part]), **policy[part]}
    return out


def _one(rows, ref):
    found = next((one for one in rows if one["id"].lower() == ref.lower()), None)
    if found is None:
        raise missing(ref)
    return found


@endpoint("GET", "/identity/conditionalAccess/policies", "policies.ca", quota=CA)
def policies(graph, call):
    return graph.table(call, "policy", graph.world.conditional_access["policies"],
                       "identity/conditionalAccess/policies", _policy)


@endpoint("GET", "/identity/conditionalAccess/policies/{ref}", "policies.ca", quota=CA)
def policy(graph, _call, ref):
    return 200, _policy(_one(graph.world.conditional_access["policies"], ref))


@endpoint("GET", "/identity/conditionalAccess/namedLocations", "policies.ca", quota=CA)
def locations(graph, call):
    return graph.table(call, "policy", graph.world.conditional_access["namedLocations"],
                       "identity/conditionalAccess/namedLocations")


@endpoint("GET", "/identity/conditionalAccess/namedLocations/{ref}", "policies.ca", quota=CA)
def location(graph, _call, ref):
    return 200, _one(graph.world.conditional_access["namedLocations"], ref)


# What a body must hold to be taken: {list of the world: members}.
NEEDED = {"policies": ("displayName", "state", "conditions"), "namedLocations": ("@odata.type", "displayName")}
STATES = ("enabled", "disabled", "enabledForReportingButNotEnforced")


def _checked(kind, row):
    for name in NEEDED[kind]:
        if not row.get(name):
            raise bad_request(f"1010: The {kind} request must contain {name}.", "BadRequest")
    if kind == "policies":
        conditions = row["conditions"]
        if row["state"] not in STATES:
            raise bad_request("1011: The policy's state is not one of the known ones.", "BadRequest")
        if not isinstance(conditions, dict) or not conditions.get("users") or not conditions.get("applications"):
            raise bad_request("1012: A policy names users and applications.", "BadRequest")
        if not row.get("grantControls") and not row.get("sessionControls"):
            raise bad_request("1013: A policy needs a grant or a session control.", "BadRequest")
    return row


def _add(graph, call, kind):
    body = call.body if isinstance(call.body, dict) else {}
    if "id" in body:
        raise bad_request("1014: The id is the service's to give.", "BadRequest")
    row = {"id": str(uuid.uuid4()), "createdDateTime": graph.world.clock.iso(), "modifiedDateTime": None,
           **_checked(kind, body)}
    graph.world.conditional_access[kind].append(row)
    return 201, row


def _change(graph, call, kind, ref):
    row = _one(graph.world.conditional_access[kind], ref)
    changed = {**row, **(call.body if isinstance(call.body, dict) else {}), "id": row["id"],
               "modifiedDateTime": graph.world.clock.iso()}
    row.update(_checked(kind, changed))
    return 204, None


def _remove(graph, kind, ref):
    graph.world.conditional_access[kind].remove(_one(graph.world.conditional_access[kind], ref))
    return 204, None


@endpoint("POST", "/identity/conditionalAccess/policies", "policies.ca_write", quota=CA, writes=True)
def add_policy(graph, call):
    return _add(graph, call, "policies")


@endpoint("PATCH", "/identity/conditionalAccess/policies/{ref}", "policies.ca_write", quota=CA)
def change_policy(graph, call, ref):
    return _change(graph, call, "policies", ref)


@endpoint("DELETE", "/identity/conditionalAccess/policies/{ref}", "policies.ca_write", quota=CA)
def remove_policy(graph, _call, ref):
    return _remove(graph, "policies", ref)


@endpoint("POST", "/identity/conditionalAccess/namedLocations", "policies.ca_write", quota=CA, writes=True)
def add_location(graph, call):
    return _add(graph, call, "namedLocations")


@endpoint("PATCH", "/identity/conditionalAccess/namedLocations/{ref}", "policies.ca_write", quota=CA)
def change_location(graph, call, ref):
    return _change(graph, call, "namedLocations", ref)


@endpoint("DELETE", "/identity/conditionalAccess/namedLocations/{ref}", "policies.ca_write", quota=CA)
def remove_location(graph, _call, ref):
    return _remove(graph, "namedLocations", ref)


@endpoint("GET", "/identity/conditionalAccess/authenticationContextClassReferences", "policies.contexts", quota=CA)
def contexts(graph, call):
    return graph.table(call, "policy", graph.world.conditional_access["authenticationContexts"],
                       "identity/conditionalAccess/authenticationContextClassReferences")


@endpoint("GET", "/policies/authenticationStrengthPolicies", "policies.strengths", quota=CA)
def strengths(graph, call):
    rows = [*STRENGTHS, *graph.world.conditional_access["authenticationStrengths"]]
    return graph.table(call, "policy", rows, "policies/authenticationStrengthPolicies")


@endpoint("GET", "/identity/conditionalAccess/authenticationStrength/policies", "policies.strengths", quota=CA)
def strengths_by_another_path(graph, call):
    return strengths(graph, call)


@endpoint("POST", "/identity/conditionalAccess/evaluate", "policies.evaluate", quota=CA)
def evaluate(graph, call):
    """Which policies would apply, and not whether they would be satisfied."""
    body = call.body if isinstance(call.body, dict) else {}
    for name in ("signInIdentity", "signInContext"):
        if not isinstance(body.get(name), dict):
            raise bad_request(f"The request body must contain {name}.")
    found = enforce.what_if(graph.world, body)
    return 200, {"@odata.context": graph.context("Collection(microsoft.graph.whatIfAnalysisResult)"), "value": found}


# Cross-tenant access, authorization

@endpoint("GET", "/policies/crossTenantAccessPolicy", "policies.cross_tenant")
def cross_tenant(graph, _call):
    return 200, {"@odata.context": graph.context("policies/crossTenantAccessPolicy/$entity"),
                 "displayName": "CrossTenantAccessPolicy",
                 "allowedCloudEndpoints": graph.world.policies["crossTenantAccessPolicy"]["allowedCloudEndpoints"]}


@endpoint("GET", "/policies/crossTenantAccessPolicy/default", "policies.cross_tenant")
def cross_tenant_default(graph, _call):
    return 200, {"@odata.context": graph.context("policies/crossTenantAccessPolicy/default/$entity"),
                 **graph.world.policies["crossTenantAccessPolicy"]["default"]}


@endpoint("GET", "/policies/crossTenantAccessPolicy/partners", "policies.cross_tenant")
def partners(graph, call):
    return graph.table(call, "policy", graph.world.policies["crossTenantAccessPolicy"]["partners"],
                       "policies/crossTenantAccessPolicy/partners")


@endpoint("GET", "/policies/crossTenantAccessPolicy/partners/{tenant}", "policies.cross_tenant")
def partner(graph, _call, tenant):
    rows = graph.world.policies["crossTenantAccessPolicy"]["partners"]
    found = next((one for one in rows if one["tenantId"] == tenant.lower()), None)
    if found is None:
        raise missing(tenant)
    return 200, {"@odata.context": graph.context("policies/crossTenantAccessPolicy/partners/$entity"), **found}


@endpoint("GET", "/policies/authorizationPolicy", "policies.authorization")
def authorization(graph, _call):
    return 200, {"@odata.context": graph.context("policies/authorizationPolicy/$entity"), "id": "authorizationPolicy",
                 "displayName": "Authorization Policy", **graph.world.policies["authorizationPolicy"]}


# The tenant, and others

@endpoint("GET", "/organization", "organization")
def organization(graph, call):
    tenant = graph.world.tenant
    domains = [{"name": tenant["domain"], "isDefault": True, "isInitial": False, "type": "Managed"},
               {"name": tenant["initial_domain"], "isDefault": False, "isInitial": True, "type": "Managed"}]
    row = {"id": tenant["id"], "displayName": tenant["name"], "tenantType": "AAD", "verifiedDomains": domains}
    return graph.table(call, "policy", [row], "organization")


def _tenant(graph, ref):
    world = graph.world
    found = world.tenant_id(ref)
    home = world.homes.by_id(found) or {}
    if found is None:
        raise missing(ref)
    own = found == world.tenant["id"]
    return 200, {"@odata.context": graph.context("microsoft.graph.tenantInformation"), "tenantId": found,
                 "federationBrandName": None, "displayName": world.tenant["name"] if own else home["name"],
                 "defaultDomainName": world.tenant["domain"] if own else home["domains"][0]}


@endpoint("GET", "/tenantRelationships/findTenantInformationByTenantId(tenantId='{ref}')", "find_tenant")
def tenant_by_id(graph, _call, ref):
    if graph.world.tenant_id(ref) != ref.lower():
        raise missing(ref)
    return _tenant(graph, ref)


@endpoint("GET", "/tenantRelationships/findTenantInformationByDomainName(domainName='{ref}')", "find_tenant")
def tenant_by_domain(graph, _call, ref):
    return _tenant(graph, ref)
