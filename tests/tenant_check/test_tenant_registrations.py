# SPDX-License-Identifier: Apache-2.0
"""Registrations: several clients and APIs, their principals, grants and assignments, and how they go wrong."""
import uuid

import pytest

from tenant_client import GRAPH_SCOPE, SECRET, check_error, unsigned

STAGING = "api://57a61460-8888-4f00-8f00-000000000008"


def change(tenant, name, **members):
    return tenant.control("PATCH", f"/registrations/{name}", members)


def blocked(tenant, mail="ada@fabrikam.example", scope=None):
    """The number on the block page at the end of this person's browser leg, or None."""
    flow = tenant.device(scope).json()
    return tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": mail})["blocked"]


@pytest.mark.covers("registration.ids")
def test_three_ids_that_differ(tenant):
    known = tenant.control("GET", "/registrations")
    ids = [one[name] for one in known.values() for name in ("appId", "objectId", "servicePrincipalId")]
    assert len(set(ids)) == len(ids) >= 12 and all(uuid.UUID(one) for one in ids)
    claims = unsigned(tenant.app(client_secret=SECRET).json()["access_token"])
    assert claims["oid"] == claims["sub"] == known["reader"]["servicePrincipalId"]
    assert claims["appid"] == known["reader"]["appId"]


@pytest.mark.covers("registration.tiers")
def test_a_token_of_another_tier_differs_in_audience_and_subject(tenant):
    prod, staging = (unsigned(tenant.tokens(scope=f"openid profile {scope}")["access_token"])
                     for scope in (tenant.ready["api_scope"], f"{STAGING}/ssh.login"))
    assert staging["aud"] == STAGING.removeprefix("api://") != prod["aud"]
    assert (staging["oid"], staging["azp"], staging["scp"]) == (prod["oid"], prod["azp"], prod["scp"])
    assert staging["sub"] != prod["sub"]


@pytest.mark.covers("registration.tiers")
def test_assignment_is_per_tier(tenant):
    assert blocked(tenant, "linus@northwind.example") is None
    assert blocked(tenant, "linus@northwind.example", f"openid profile {STAGING}/ssh.login") == 50105


@pytest.mark.covers("registration.principal_grant")
def test_a_grant_to_one_person(tenant):
    change(tenant, "api", preAuthorizedApplications=[])
    assert blocked(tenant) == 65001
    grant = {"resource": "api", "consentType": "Principal", "principal": "ada@fabrikam.example", "scope": "ssh.login"}
    change(tenant, "signin", grants=["openid", "profile", grant])
    assert blocked(tenant) is None
    assert blocked(tenant, "grace@fabrikam.example") == 65001
    change(tenant, "signin", grants=["openid", "profile", {**grant, "consentType": "AllPrincipals", "principal": None}])
    assert blocked(tenant, "grace@fabrikam.example") is None


def test_preauthorisation_for_named_scopes_only(tenant):
    change(tenant, "api", scopes=["ssh.login", "ssh.admin"],
           preAuthorizedApplications=[{"appId": tenant.ready["client_id"], "scopes": ["ssh.login"]}])
    assert blocked(tenant) is None
    assert blocked(tenant, scope=f"openid profile {tenant.ready['api_uri']}/ssh.admin") == 65001


@pytest.mark.parametrize("members, code", [
    pytest.param({"disabled": True}, 7000112, marks=pytest.mark.covers("error.7000112")),
    ({"servicePrincipal": "disabled"}, 7000112),
    pytest.param({"servicePrincipal": "missing"}, 7000229, marks=pytest.mark.covers("error.7000229")),
    pytest.param({"disabledByMicrosoftStatus": "DisabledDueToViolationOfServicesAgreement"}, 70001,
                 marks=pytest.mark.covers("error.70001"))])
def test_client_that_is_switched_off(tenant, members, code):
    change(tenant, "signin", **members)
    check_error(tenant.device(), code, "unauthorized_client")
    change(tenant, "reader", **members)
    check_error(tenant.app(client_secret=SECRET), code, "unauthorized_client")


@pytest.mark.covers("error.500014")
@pytest.mark.parametrize("members", [{"disabled": True}, {"servicePrincipal": "disabled"}])
def test_api_that_is_switched_off(tenant, members):
    change(tenant, "api", **members)
    check_error(tenant.device(), 500014, "invalid_resource")
    check_error(tenant.app(client_secret=SECRET, scope=f"{tenant.ready['api_uri']}/.default"), 500014,
                "invalid_resource")


@pytest.mark.covers("error.500011", "error.650052")
@pytest.mark.parametrize("code, error", [(500011, "invalid_resource"), (650052, "invalid_grant")])
def test_api_without_service_principal(tenant, code, error):
    tenant.switch(missing_service_principal=code)
    change(tenant, "api", servicePrincipal="missing")
    check_error(tenant.device(), code, error)


@pytest.mark.covers("error.650057")
@pytest.mark.parametrize("must", [True, False])
def test_api_that_the_client_does_not_list(tenant, must):
    tenant.switch(resource_must_be_listed=must)
    change(tenant, "signin", requiredResourceAccess={"graph": ["openid"]})
    if must:
        body = check_error(tenant.device(), 650057, "invalid_resource")
        assert "List of valid resources from app registration: graph" in body["error_description"]
    else:
        assert tenant.device().status_code == 200


@pytest.mark.covers("error.65005")
def test_list_that_names_an_unknown_api(tenant):
    change(tenant, "signin", requiredResourceAccess={"api": ["ssh.login"], str(uuid.uuid4()): ["x"]})
    check_error(tenant.device(f"openid {tenant.ready['api_uri']}/.default"), 65005, "invalid_resource")


@pytest.mark.covers("error.650056")
def test_client_that_lists_nothing_and_was_granted_nothing(tenant):
    change(tenant, "signin", requiredResourceAccess={}, grants=[])
    check_error(tenant.device("openid profile"), 650056, "invalid_request")


@pytest.mark.covers("error.90009")
def test_client_that_is_its_own_api(tenant):
    own = tenant.ready["client_id"]
    change(tenant, "signin", identifierUris=[f"api://{own}"], scopes=["self"], requiredResourceAccess=None)
    check_error(tenant.device(f"openid api://{own}/self"), 90009, "invalid_request")
    assert tenant.device(f"openid {own}/self").status_code == 200


@pytest.mark.covers("error.28002", "error.70011")
@pytest.mark.parametrize("code", [28002, 70011])
def test_two_resources(tenant, code):
    tenant.switch(two_resources_code=code)
    check_error(tenant.device(f"{tenant.ready['api_scope']} {STAGING}/ssh.login"), code, "invalid_scope")


@pytest.mark.covers("registration.roles")
def test_app_only_token_for_an_api_needs_assignment(tenant):
    scope = f"{tenant.ready['api_uri']}/.default"
    check_error(tenant.app(client_secret=SECRET, scope=scope), 50105, "invalid_grant")
    change(tenant, "api", assigned=[{"principal": "reader", "role": "ssh.robot"}])
    claims = tenant.verified(tenant.app(client_secret=SECRET, scope=scope).json()["access_token"],
                             tenant.ready["api_id"])
    assert claims["roles"] == ["ssh.robot"] and "scp" not in claims and claims["azpacr"] == "1"
    assert tenant.app(client_secret=SECRET, scope=GRAPH_SCOPE).status_code == 200
