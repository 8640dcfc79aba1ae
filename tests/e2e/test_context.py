# SPDX-License-Identifier: Apache-2.0
"""An authentication context as a demand of the tier: Entra grants one that nothing protects to everybody, so it counts
only while a policy on it certainly applies."""

import json

import pytest

from support.guest import ADA, checks, log_in, refused_after_proof
from support.host import run
from support.policies import policy
from support.tier import tier
from test_doctor import read_anew

ROLES = ["User.Read.All", "GroupMember.Read.All"]
SENTENCE = "no rule of its organisation protects it for\\s+you"


def on_context(name, context="c1", state="enabled", **conditions):
    row = policy(name, state, builtInControls=["mfa"])
    row["conditions"]["applications"].update(includeApplications=[], includeAuthenticationContextClassReferences=[context])
    row["conditions"].update(conditions)
    return row


@pytest.fixture(scope="module", autouse=True)
def demanding(host, tenant):
    """The tier demands c1."""
    tenant.control("PATCH", "/registrations/reader", {"roles": [*ROLES, "Policy.Read.All"]})
    tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "adminsAndGuestInviters"})
    try:
        with tier(host, tenant, "ssh_location=report", "auth_context=c1"):
            yield
    finally:
        tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "everyone"})
        tenant.control("PATCH", "/conditional-access", {"policies": [], "namedLocations": []})
        tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})


def decided_by(host, tenant, *rows):
    """The tenant has these policies from now on, and the host has read that."""
    tenant.control("PATCH", "/conditional-access", {"policies": list(rows), "namedLocations": []})
    read_anew(host)


def doctor():
    told = json.loads(run("guestpass", "doctor", "--check=tenant", "--json", check=False).stdout)
    return [one["id"] for one in told["findings"]]


def context_of(record):
    return next(check for check in record["checks"] if check["name"] == "context")


def test_protected_by_a_policy_for_guests(host, tenant):
    count = len(host.audit())
    decided_by(host, tenant, on_context("Guests: step up"))
    assert doctor() == []
    with log_in(host, tenant, ADA, "echo en''tered") as terminal:
        terminal.expect("\nentered\r")
        assert terminal.end() == 0
    record = host.audit_after(count, event="sign-in", verdict="admitted")
    assert checks(record)["context"] == "yes"
    assert "c1 asked, token has c1, protected by Guests: step up" in context_of(record)["input"]
    assert "context" in run("guestpass", "why", f"--decision={record['decision']}").stdout


def test_what_something_narrows_is_not_enough(host, tenant):
    decided_by(host, tenant, on_context("At risk", signInRiskLevels=["high"]))
    assert doctor() == ["context-unsure"]
    record = refused_after_proof(host, tenant, ADA, "cannot be told")
    assert record["reason"] == "context-unknown"


def test_a_context_without_a_policy_proves_nothing(host, tenant):
    """Entra puts it into the token all the same."""
    decided_by(host, tenant, on_context("Later", state="enabledForReportingButNotEnforced"),
               on_context("Off", state="disabled"), on_context("Another", context="c2"))
    assert doctor() == ["context-unprotected"]
    record = refused_after_proof(host, tenant, ADA, SENTENCE)
    assert record["reason"] == "context-unprotected" and "token has c1" in context_of(record)["input"]
    # Nor does a tenant help that leaves out what no policy is on.
    with tenant.switched(acrs_without_policy=False):
        record = refused_after_proof(host, tenant, ADA, "did not bring what this host asked for")
    assert record["reason"] == "context-missing" and "token has none" in context_of(record)["input"]
