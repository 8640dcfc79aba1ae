# SPDX-License-Identifier: Apache-2.0
"""guestpass doctor --as-admin: an administrator signs in, and what stands in the tenant about this host is looked at."""

import contextlib
import json

import pytest

from support.guest import ADA, sign_in
from support.host import run
from support.policies import policy
from support.terminal import Terminal
from support.tier import reload

ADMINS = "ad312000-aaaa-4f00-8f00-00000000000a"
MIA, PASSWORD = "mia@contoso.example", "works-here-7"
CODE = r"Enter this code there: +([A-Z0-9]+)\r?\n"
NESTED = "67000000-0002-4e00-8e00-000000000002"
ACCESS = "67000000-0001-4e00-8e00-000000000001"


@contextlib.contextmanager
def registration(tenant, name, **members):
    """A registration in another state for a while."""
    before = tenant.control("GET", "/registrations")[name]
    tenant.control("PATCH", f"/registrations/{name}", members)
    try:
        yield
    finally:
        tenant.control("PATCH", f"/registrations/{name}", {key: before[key] for key in members})


@pytest.fixture(scope="module", autouse=True)
def sound(host, tenant):
    """As guestpass scaffold registers a tier, and an invitation is for administrators to make."""
    host.configure(tenant.ready_file, f"guestpass.admin_client_id={ADMINS}")
    reload(host)
    tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "adminsAndGuestInviters"})
    try:
        with registration(tenant, "signin", grants=["openid", "profile", "email"]), \
                registration(tenant, "api", assigned=[ACCESS, NESTED]):
            yield
    finally:
        tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "everyone"})
        host.configure(tenant.ready_file)
        reload(host)


def as_admin(tenant, *options, walk=None):
    """(exit code, what it printed) when mia signs in, or WALK(code) is done."""
    walk = walk or (lambda code: tenant.person().sign_in(code, MIA, PASSWORD))
    with Terminal(["guestpass", "doctor", "--as-admin", "--check=registrations", *options], limit_s=90) as terminal:
        walk(terminal.expect(CODE)[1].decode())
        code = terminal.end()
    return code, terminal.text.partition("gives up.\n")[2]


def findings(tenant):
    code, text = as_admin(tenant, "--json")
    told = json.loads(text)
    assert told["not_looked_at"] == [], told
    return code, [one["id"] for one in told["findings"]], told


def test_a_sound_tenant_yields_nothing(host, tenant):
    count = len(host.audit())
    code, found, told = findings(tenant)
    assert (code, found) == (0, []), told
    event = host.audit_after(count, event="as-admin")
    assert event["detail"] == "registrations" and event["by"].startswith("uid=0 ")
    code, text = as_admin(tenant)
    assert code == 0 and text == "nothing to tell\n"


FAULTS = {
    "api-open": ("api", {"appRoleAssignmentRequired": False}),
    "api-broken": ("api", {"requestedAccessTokenVersion": 1}),
    "api-claims": ("api", {"optionalClaims": {"accessToken": ["auth_time", "ipaddr"]}}),
    "api-not-assigned": ("api", {"assigned": [NESTED], }),
    "api-nested": ("api", {"assigned": [ACCESS]}),
    "api-others": ("api", {"assigned": [ACCESS, NESTED, "olga@northwind.example"]}),
    "client-broken": ("signin", {"isFallbackPublicClient": False}),
    "client-open": ("signin", {"grants": ["openid", "profile", "User.Read.All"]}),
    "client-consent": ("signin", {"grants": ["openid"]}),
    "client-single": ("signin", {"grants": ["openid", "profile", {
        "resource": "graph", "consentType": "Principal", "principal": ADA, "scope": "openid"}]}),
    "reader-missing": ("reader", {"roles": ["User.Read.All"]}),
    "reader-excess": ("reader", {"roles": ["User.Read.All", "GroupMember.Read.All", "AuditLog.Read.All"]}),
    "reader-writes": ("reader", {"roles": ["User.Read.All", "GroupMember.Read.All", "User.ReadWrite.All"]}),
    "registration-owners": ("api", {"owners": [MIA]}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone(tenant, fault):
    name, members = FAULTS[fault]
    with registration(tenant, name, **members):
        code, found, told = findings(tenant)
    assert found == [fault], told
    assert code == {"error": 2, "warning": 1, "notice": 0}[told["findings"][0]["severity"]]


def test_who_may_invite(tenant):
    tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "everyone"})
    try:
        assert findings(tenant)[1] == ["guests-invite"]
    finally:
        tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "adminsAndGuestInviters"})


def test_who_may_not_read_is_told_so(tenant):
    """A guest signs in: nobody consented for him."""
    with tenant.switched(refusal_at_poller="error"):
        code, text = as_admin(tenant, "--json", walk=lambda code: sign_in(tenant, code, ADA))
    told = json.loads(text)
    assert code == 1 and told["findings"] == [], told
    assert "nobody signed in: " in told["not_looked_at"][0]["why"]


def test_rights_that_are_missing_are_not_looked_at(tenant):
    rule = tenant.control("POST", "/weather", {"host": "graph", "path": "/v1.0/servicePrincipals/*/appRoleAssignedTo",
                                               "status": 403, "body": {"error": {"code": "Authorization_RequestDenied"}}})
    try:
        code, text = as_admin(tenant, "--json")
    finally:
        tenant.control("DELETE", f"/weather/{rule['id']}")
    told = json.loads(text)
    assert code == 1 and told["findings"] == [], told
    assert told["not_looked_at"][0]["why"].startswith("assigned.api: Graph: HTTP 403")
    assert "Application.Read.All" in told["not_looked_at"][0]["why"]


def test_without_a_client_it_says_what_is_missing(host, tenant):
    host.configure(tenant.ready_file)
    reload(host)
    try:
        done = run("guestpass", "doctor", "--as-admin", "--check=registrations", check=False)
    finally:
        host.configure(tenant.ready_file, f"guestpass.admin_client_id={ADMINS}")
        reload(host)
    assert done.returncode == 1 and "admin_client_id" in done.stdout


def test_the_token_is_nowhere(host, tenant):
    """Neither in the log nor in the audit."""
    findings(tenant)
    assert "eyJ" not in host.daemon_log.read_text(errors="replace")
    assert not any("eyJ" in json.dumps(one) for one in host.audit())


def what_if(tenant, *options):
    with Terminal(["guestpass", "whatif", "--as-admin", "--from=203.0.113.7", *options, ADA], limit_s=60) as terminal:
        tenant.person().sign_in(terminal.expect(CODE)[1].decode(), MIA, PASSWORD)
        assert terminal.end() == 0, terminal.text
    return terminal.text.partition("gives up.\n")[2]


def test_whatif_asks_graph_too(host, tenant):
    """Which policies would apply, those that only report among them."""
    count = len(host.audit())
    tenant.control("PATCH", "/conditional-access", {"namedLocations": [], "policies": [
        policy("Guests: MFA", builtInControls=["mfa"]),
        policy("Later", state="enabledForReportingButNotEnforced", builtInControls=["block"]),
        policy("Never", state="disabled", builtInControls=["block"])]})
    try:
        told = json.loads(what_if(tenant, "--json"))
        text = what_if(tenant)
    finally:
        tenant.control("PATCH", "/conditional-access", {"policies": [], "namedLocations": []})
    assert told["entra_alone"] == "what-if" and {one["name"]: one["controls"] for one in told["what_if"]} == {
        "Guests: MFA": "mfa", "Later": "block"}
    assert "\n    . Guests: MFA: mfa\n" in text and "\n    . Later: block (not enforced: report-only)\n" in text
    assert text.startswith(f"{ADA}, from 203.0.113.7, at ")
    event = host.audit_after(count, event="as-admin")
    assert event["detail"] == "whatif" and event["name"] == ADA, event


def test_whatif_of_nobody_asks_nobody(host):
    done = run("guestpass", "whatif", "--as-admin", "--from=203.0.113.7", "nobody@nowhere.example", check=False)
    assert done.returncode == 2 and "no guest has this name" in done.stderr and "code" not in done.stderr
