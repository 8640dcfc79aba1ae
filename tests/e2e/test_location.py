# SPDX-License-Identifier: Apache-2.0
"""Location policies of Conditional Access and the address that Entra never sees: the SSH client's."""

import contextlib
import json
import time

import pytest

from support.guest import ADA, GENERIC, log_in, prompted, refused, refused_after_proof, sign_in
from support.host import run
from support.tier import tier
from support.waiting import until

ROLES = ["User.Read.All", "GroupMember.Read.All"]
OFFICE = "198.51.100.0/24"
AT_THE_OFFICE, AT_HOME = "198.51.100.7", "203.0.113.7"
LOCATION = "70c00000-0001-4000-8000-000000000001"
GROUP = "67000000-0001-4e00-8e00-000000000001"  # SSH prod partners
NOBODYS = "67000000-00ff-4e00-8e00-0000000000ff"
POLICY = "ca000000-0001-4000-8000-000000000001"


@pytest.fixture(scope="module", autouse=True)
def quick_tenant(host, tenant):
    for address in (AT_THE_OFFICE, AT_HOME):
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
    tenant.control("PATCH", "/registrations/reader", {"roles": [*ROLES, "Policy.Read.All"]})
    # What Entra sees, the browser, is always fine here.
    tenant.control("PATCH", "/switches", {"browser_address": AT_THE_OFFICE})
    yield
    tenant.control("PATCH", "/switches", {"browser_address": None})
    tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})
    tenant.control("PATCH", "/conditional-access", {"policies": [], "namedLocations": []})
    for address in (AT_THE_OFFICE, AT_HOME):
        run("ip", "address", "del", f"{address}/32", "dev", "lo")


def office():
    return {"@odata.type": "#microsoft.graph.ipNamedLocation", "id": LOCATION, "displayName": "The office",
            "isTrusted": True, "createdDateTime": "2026-01-01T00:00:00Z", "modifiedDateTime": None,
            "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": OFFICE}]}


def policy(*, include=("All",), exclude=(LOCATION,), controls=("block",), state="enabled", **users):
    people = {"includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [], "includeRoles": [],
              "excludeRoles": [], "includeGuestsOrExternalUsers": None, "excludeGuestsOrExternalUsers": None}
    return {"id": POLICY, "displayName": "Partners only from the office", "state": state, "templateId": None,
            "createdDateTime": "2026-01-01T00:00:00Z", "modifiedDateTime": None,
            "conditions": {
                "clientAppTypes": ["all"], "userRiskLevels": [], "signInRiskLevels": [], "servicePrincipalRiskLevels": [],
                "insiderRiskLevels": None, "platforms": None, "devices": None, "clientApplications": None,
                "authenticationFlows": None, "times": None,
                "users": {**people, **(users or {"includeUsers": ["All"]})},
                "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": [],
                                 "includeAuthenticationContextClassReferences": [], "applicationFilter": None},
                "locations": {"includeLocations": list(include), "excludeLocations": list(exclude)}},
            "grantControls": {"operator": "OR", "builtInControls": list(controls), "customAuthenticationFactors": [],
                              "termsOfUse": [], "authenticationStrength": None},
            "sessionControls": None}


def read_anew(host):
    """The host reads the policies, as it does every hour."""
    before = host.status()["policies"]["read"]
    until(lambda: time.time() >= before + 1, 5, "another second")

    def has_read():
        run("guestpass", "sync")
        return host.status()["policies"]["read"] > before
    until(has_read, 60, host.log_tail, step_s=1)


@contextlib.contextmanager
def policies(host, tenant, *rows, wanted="enforce", more=()):
    tenant.control("PATCH", "/conditional-access", {"policies": list(rows), "namedLocations": [office()]})
    with tier(host, tenant, f"ssh_location={wanted}", *more):
        read_anew(host)
        yield


def from_there(address):
    return {"options": [f"BindAddress={address}"]}


def location_of(record):
    return next(check for check in record["checks"] if check["name"] == "location")


def why_of(record):
    return run("guestpass", "why", f"--decision={record['decision']}").stdout


def test_blocked_by_the_ssh_address_while_the_browsers_is_fine(host, tenant):
    with policies(host, tenant, policy()):
        count = len(host.audit())
        with host.ssh(ADA, "true", **from_there(AT_HOME)) as t:
            refused(t, GENERIC)
            assert "Enter this code" not in t.text
        record = host.audit_after(count, event="sign-in", name=ADA)
        assert record["reason"] == "location-blocked" and record["address"] == AT_HOME
        assert f"block by {POLICY} (Partners only from the office)" in location_of(record)["input"]
        assert "location-blocked" in why_of(record)
        with log_in(host, tenant, ADA, "echo at the office", **from_there(AT_THE_OFFICE)) as t:
            t.expect("\nat the office\r")
        told = json.loads(run("guestpass", "why", "--json", f"--from={AT_HOME}", ADA).stdout)
        assert {c["name"]: c["reason"] for c in told["checks"]}["location"] == "location-blocked"


def test_a_group_of_the_policy_is_known_only_after_the_sign_in(host, tenant):
    with policies(host, tenant, policy(includeGroups=[GROUP])):
        record = refused_after_proof_from(host, tenant, AT_HOME, "does not admit guests from the address that your SSH")
        assert record["reason"] == "location-blocked"
    with policies(host, tenant, policy(includeGroups=[NOBODYS])):
        admitted_from(host, tenant, AT_HOME)
    with policies(host, tenant, policy(includeUsers=["All"], excludeGroups=[GROUP])):
        admitted_from(host, tenant, AT_HOME)


def refused_after_proof_from(host, tenant, address, sentence):
    count = len(host.audit())
    with prompted(host, ADA, "true", **from_there(address)) as (t, code):
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        refused(t, sentence)
    return host.audit_after(count, event="sign-in", name=ADA)


def admitted_from(host, tenant, address):
    count = len(host.audit())
    with log_in(host, tenant, ADA, "echo entered", **from_there(address)) as t:
        t.expect("\nentered\r")
    return host.audit_after(count, event="sign-in", verdict="admitted")


def test_whatif_says_who_knows_what(host, tenant):
    """From home the policy blocks for certain; from the office it does not; what nobody knows before is the sign-in's."""
    risky = {**policy(), "id": POLICY.replace("0001", "0002"), "displayName": "Risky from anywhere"}
    risky["conditions"]["signInRiskLevels"] = ["high"]
    with policies(host, tenant, policy(), risky):
        told = json.loads(run("guestpass", "whatif", "--json", f"--from={AT_HOME}", ADA).stdout)
        assert (told["verdict"], told["reason"], told["fresh"]) == ("no", "location-blocked", True)
        known = {one["name"]: one["verdict"] for one in told["policies"]}
        assert known == {"Partners only from the office": "applies", "Risky from anywhere": "unknown"}
        assert told["policies"][0]["blocks"] and told["policies"][1]["because"]
        assert [one["name"] for one in told["location"]] == ["location"]
        assert {"tier-open", "hours", "network"} <= {one["name"] for one in told["host"]}
        assert {"state", "member", "account-enabled", "pass"} <= {one["name"] for one in told["entra"]}
        verdicts = {one["name"]: one["verdict"] for one in told["sign_in"]}
        assert [verdicts[name] for name in ("binding", "home", "sign-in")] == ["not-yet"] * 3
        tree = run("guestpass", "whatif", f"--from={AT_THE_OFFICE}", "--at=2099-12-31", ADA).stdout
        assert tree.startswith(f"{ADA}, from {AT_THE_OFFICE}, at 2099-12-31T")
        assert "Partners only from the office: does-not-apply" in tree and "Entra, asked just now" in tree
    assert run("guestpass", "whatif", ADA, check=False).returncode == 64


def test_what_this_host_cannot_know_is_left_to_entra(host, tenant):
    unknown = policy()
    unknown["conditions"]["signInRiskLevels"] = ["high"]
    later = policy()
    later["conditions"]["moonPhases"] = ["full"]
    country = policy(include=(LOCATION.replace("0001", "0002"),), exclude=())
    for row in (unknown, later, country):
        with policies(host, tenant, row):
            record = admitted_from(host, tenant, AT_HOME)
            assert location_of(record)["verdict"] == "yes" and "left-to-entra" in location_of(record)["input"]


def test_report_only_and_off(host, tenant):
    with policies(host, tenant, policy(state="enabledForReportingButNotEnforced")):
        assert "none" in location_of(admitted_from(host, tenant, AT_HOME))["input"]
    with policies(host, tenant, policy(), wanted="report"):
        check = location_of(admitted_from(host, tenant, AT_HOME))
        assert check["verdict"] == "no" and check["report"] is True
    with tier(host, tenant, "ssh_location=off"):
        assert location_of(admitted_from(host, tenant, AT_HOME))["input"] == "nothing demanded"


def test_addresses_that_no_location_can_contain(host, tenant):
    with policies(host, tenant, policy(), more=(f"relay_addresses={AT_THE_OFFICE}",)):
        for address in ("127.0.0.1", AT_THE_OFFICE):
            count = len(host.audit())
            with host.ssh(ADA, "true", **from_there(address)) as t:
                refused(t, GENERIC)
            assert host.audit_after(count, event="sign-in", name=ADA)["reason"] == "location-unknown"
    with policies(host, tenant, policy(), more=("ssh_location_unknown=left-to-entra",)):
        admitted_from(host, tenant, "127.0.0.1")


def test_all_trusted_is_not_known_without_the_legacy_list(host, tenant):
    with policies(host, tenant, policy(exclude=("AllTrusted",))):
        assert "left-to-entra" in location_of(admitted_from(host, tenant, AT_HOME))["input"]
    with policies(host, tenant, policy(exclude=("AllTrusted",)), more=("legacy_trusted_ips=192.0.2.0/24",)):
        count = len(host.audit())
        with host.ssh(ADA, "true", **from_there(AT_HOME)) as t:
            refused(t, GENERIC)
        assert host.audit_after(count, event="sign-in", name=ADA)["reason"] == "location-blocked"


def test_more_is_demanded_and_there_is_nothing_to_ask_for(host, tenant):
    with policies(host, tenant, policy(controls=("mfa",))):
        count = len(host.audit())
        with host.ssh(ADA, "true", **from_there(AT_HOME)) as t:
            refused(t, GENERIC)
        assert host.audit_after(count, event="sign-in", name=ADA)["reason"] == "location-needs-elevation"


def test_an_outage_uses_the_last_read_and_a_restart_too(host, tenant):
    with policies(host, tenant, policy()):
        read = host.status()["policies"]["read"]
        tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})
        host.stop_daemon()
        host.start_daemon()
        until(lambda: any("Policy.Read.All" in p for p in host.status()["problems"]), 30, host.log_tail)
        assert host.status()["policies"]["read"] == read
        count = len(host.audit())
        with host.ssh(ADA, "true", **from_there(AT_HOME)) as t:
            refused(t, GENERIC)
        assert host.audit_after(count, event="sign-in", name=ADA)["reason"] == "location-blocked"
        with tier(host, tenant, "ssh_location=enforce", "policy_max_age=1s"):
            until(lambda: time.time() > read + 3, 20, "the read is too old")
            record = refused_after_proof(host, tenant, ADA, "could not read the rules of its organisation")
            assert record["reason"] == "policies-too-old"
        tenant.control("PATCH", "/registrations/reader", {"roles": [*ROLES, "Policy.Read.All"]})
