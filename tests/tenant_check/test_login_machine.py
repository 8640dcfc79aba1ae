# SPDX-License-Identifier: Apache-2.0
"""Managed identities: the instance metadata service, and the agent of Azure Arc (fact sheet 6.2, 6.3, 15.6)."""
import os

import pytest
import requests

from tenant_client import Tenant, unsigned

GRAPH = "https://graph.microsoft.com"


@pytest.fixture(scope="module")
def started_machine():
    tenant = Tenant("--imds-port", "0", "--arc-port", "0")
    yield tenant
    assert tenant.stop() == 0


@pytest.fixture
def machine(started_machine):
    started_machine.control("POST", "/reset")
    return started_machine


def ask(machine, which="imds", headers=None, **query):
    values = {"api-version": "2018-02-01" if which == "imds" else "2020-06-01", "resource": GRAPH, **query}
    session = requests.Session()
    session.trust_env = False
    return session.get(machine.ready[which], params={name: value for name, value in values.items()
                                                     if value is not None}, timeout=10,
                       headers={"Metadata": "true"} if headers is None else headers)


def refused(answer, error, status=400):
    body = answer.json()
    assert answer.status_code == status and body["error"] == error and body["error_description"], answer.text


@pytest.mark.covers("15.6.imds_strings")
def test_numbers_are_strings(machine):
    found = ask(machine).json()
    assert set(found) >= {"access_token", "refresh_token", "expires_in", "expires_on", "not_before", "resource",
                          "token_type"}
    assert found["refresh_token"] == "" and found["resource"] == GRAPH and found["token_type"] == "Bearer"
    for name in ("expires_in", "expires_on", "not_before"):
        assert isinstance(found[name], str) and int(found[name]) > 0
    claims = unsigned(found["access_token"])
    assert str(claims["exp"]) == found["expires_on"] and claims["appid"] == machine.ready["reader_id"]
    assert machine.get("/users", {"Authorization": f"Bearer {found['access_token']}"}).status_code == 200


@pytest.mark.covers("imds.requests")
def test_wrong_requests(machine):
    for headers in ({}, {"Metadata": "True"}, {"Metadata": "1"}):
        refused(ask(machine, headers=headers), "bad_request_102")
    refused(ask(machine, **{"api-version": None}), "invalid_request")
    refused(ask(machine, **{"api-version": "2017-01-01"}), "invalid_request")
    refused(ask(machine, resource=None), "invalid_request")
    for resource in (GRAPH + "/.default", "https://elsewhere.example"):
        refused(ask(machine, resource=resource), "invalid_resource")
    machine.control("PATCH", "/registrations/reader", {"servicePrincipal": "disabled"})
    refused(ask(machine), "unauthorized_client")


@pytest.mark.covers("15.6.imds_410")
@pytest.mark.parametrize("state, status", [("restarting", 410), ("not_yet", 404), ("throttled", 429), ("broken", 500),
                                           ("unavailable", 503)])
def test_service_that_comes_back(machine, state, status):
    machine.control("PATCH", "/machine", {"state": state, "failures": 2})
    assert [ask(machine).status_code for _ in range(3)] == [status, status, 200]
    machine.control("PATCH", "/machine", {"state": state, "failures": -1})
    assert [ask(machine).status_code for _ in range(3)] == [status] * 3


@pytest.mark.covers("15.6.imds_identities")
def test_several_identities(machine):
    machine.control("PATCH", "/machine", {"identities": ["reader", "api"]})
    answer = ask(machine)
    refused(answer, "invalid_request")
    assert "Multiple user assigned identities" in answer.json()["error_description"]
    known = machine.control("GET", "/registrations")
    resource_id = ("/subscriptions/5b5c0a11-0000-4f00-8f00-000000000005/resourceGroups/hosts/providers/"
                   "Microsoft.ManagedIdentity/userAssignedIdentities/api")
    for choice, name in (({"client_id": known["api"]["appId"]}, "api"),
                         ({"object_id": known["reader"]["servicePrincipalId"]}, "reader"),
                         ({"msi_res_id": resource_id}, "api")):
        assert ask(machine, **choice).json()["client_id"] == known[name]["appId"]
    refused(ask(machine, client_id=known["signin"]["appId"]), "invalid_request")
    machine.control("PATCH", "/machine", {"identities": []})
    refused(ask(machine), "invalid_request")


@pytest.mark.covers("imds.cache", "switch.managed_identity_cache")
@pytest.mark.parametrize("seconds", [86400, 0])
def test_new_permissions_lag_behind(machine, seconds):
    machine.switch(managed_identity_cache=seconds)
    before = unsigned(ask(machine).json()["access_token"])["roles"]
    machine.control("PATCH", "/registrations/reader", {"roles": [*before, "AuditLog.Read.All"]})
    after = unsigned(ask(machine).json()["access_token"])["roles"]
    assert (after == before) == (seconds > 0)
    machine.control("PUT", "/clock", {"offset": seconds + 5})
    assert "AuditLog.Read.All" in unsigned(ask(machine).json()["access_token"])["roles"]


def realm(answer):
    assert answer.status_code == 401
    scheme, _, path = answer.headers["WWW-Authenticate"].partition(" realm=")
    assert scheme == "Basic"
    return path


def with_key(machine, key):
    return ask(machine, "arc", {"Metadata": "true", "Authorization": f"Basic {key}"})


@pytest.mark.covers("15.6.arc_challenge")
def test_arc_wants_the_content_of_a_file(machine):
    path = realm(ask(machine, "arc"))
    assert os.path.dirname(path) == machine.ready["arc_tokens"] and path.endswith(".key")
    with open(path, encoding="ascii") as source:
        key = source.read()
    assert len(key) <= 4096 and os.stat(path).st_mode & 0o777 == 0o640
    answer = with_key(machine, key)
    assert answer.status_code == 200 and isinstance(answer.json()["expires_in"], str)
    assert with_key(machine, key).status_code == 401  # once
    assert with_key(machine, "guess").status_code == 401
    refused(ask(machine, "arc", {}), "bad_request_102")


@pytest.mark.covers("15.6.arc_traversal", "arc.wrong_challenges")
def test_arc_with_a_path_outside_the_directory(machine):
    home = machine.ready["arc_tokens"]
    machine.control("PATCH", "/machine", {"challenge": "traversal"})
    path = realm(ask(machine, "arc"))
    assert path.startswith(home + "/../") and os.path.exists(path)
    assert os.path.dirname(os.path.realpath(path)) != os.path.realpath(home)
    machine.control("PATCH", "/machine", {"challenge": "elsewhere"})
    assert os.path.dirname(realm(ask(machine, "arc"))) != home
    machine.control("PATCH", "/machine", {"challenge": "no_suffix"})
    assert not realm(ask(machine, "arc")).endswith(".key")
    machine.control("PATCH", "/machine", {"challenge": "missing"})
    assert not os.path.exists(realm(ask(machine, "arc")))
    machine.control("PATCH", "/machine", {"challenge": "bare"})
    assert ask(machine, "arc").headers["WWW-Authenticate"] == "Basic"


@pytest.mark.covers("15.6.arc_oversized")
def test_arc_with_a_key_that_is_too_large(machine):
    machine.control("PATCH", "/machine", {"challenge": "oversized"})
    assert os.path.getsize(realm(ask(machine, "arc"))) > 4096


def test_without_the_options_nobody_listens(tenant):
    assert not {"imds", "arc"} & set(tenant.ready)


def test_weather_strikes_the_machine_too(machine):
    machine.control("POST", "/weather", {"host": "machine", "spoil": "truncated_json", "times": 1})
    with pytest.raises(ValueError):
        ask(machine).json()
    machine.control("POST", "/weather", {"redirect": "self", "times": 1})
    machine.control("POST", "/weather", {"path": "/metadata/*", "spoil": "endless_pages", "skip": 1, "times": 1})
    moved = requests.get(machine.ready["imds"], headers={"Metadata": "true"}, timeout=10, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (302, machine.ready["imds"])
    assert ask(machine).json()["@odata.nextLink"].startswith(machine.ready["imds"] + "?")
    assert ask(machine).json()["access_token"]
