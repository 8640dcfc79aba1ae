# SPDX-License-Identifier: Apache-2.0
"""Policies of the tenant as Graph shows them (entra-facts 10): Conditional Access with its quota of one request a
second, cross-tenant access, authorization; the tenant itself, and what it can learn of others."""
from .call import endpoint
from .errors import GraphError, bad_request, missing
from .schema import TEXT, describe

CA = "conditional_access"
describe("policy", {"id": TEXT, "displayName": TEXT, "state": TEXT, "tenantId": TEXT})
# Members that v1.0 answers carry though its schema does not have them.
UNLISTED = {"": ("partialEnablementStrategy",), "conditions": ("times", "clients", "deviceStates"),
            "sessionControls": ("continuousAccessEvaluation", "networkAccess", "globalSecureAccess")}
PHISHING_RESISTANT = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"]
PASSWORDLESS = [*PHISHING_RESISTANT, "deviceBasedPush"]
MFA = [*PASSWORDLESS, "temporaryAccessPassOneTime", "temporaryAccessPassMultiUse",
       "password,microsoftAuthenticatorPush",
       "password,softwareOath", "password,hardwareOath", "password,sms", "password,voice", "federatedMultiFactor"]
STRENGTHS = [{"id": f"00000000-0000-0000-0000-00000000000{number}", "displayName": name, "description": "",
              "policyType": "builtIn", "requirementsSatisfied": "mfa", "allowedCombinations": combinations,
              "combinationConfigurations": []}
             for number, name, combinations in ((2, "Multifactor authentication", MFA),
                                                (3, "Passwordless MFA", PASSWORDLESS),
                                                (4, "Phishing-resistant MFA", PHISHING_RESISTANT))]


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
    """Which policies would apply; `world.what_if(body)` gives them once there is something that evaluates policies."""
    body = call.body if isinstance(call.body, dict) else {}
    for name in ("signInIdentity", "signInContext"):
        if not isinstance(body.get(name), dict):
            raise bad_request(f"The request body must contain {name}.")
    world = graph.world
    if not world.conditional_access["policies"]:
        found = []
    elif world.what_if is None:
        raise GraphError(501, "NotImplemented", "This tenant has policies and nothing that evaluates them.")
    else:
        found = world.what_if(body)
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
