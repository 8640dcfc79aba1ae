# SPDX-License-Identifier: Apache-2.0
"""The tenant's own Conditional Access over real ssh: what its policies ask in the browser, and what the host makes of it."""

import contextlib

import pytest

from support.guest import ADA, prompted, refused, sign_in, wait_for_code
from support.host import run
from support.tier import reload
from test_location import AT_HOME, AT_THE_OFFICE, ROLES, from_there, location_of, office, policies, policy

FABRIKAM = "fab41ca0-2222-4b00-8b00-000000000002"
LINUS = "linus@northwind.example"
TERMS = "a9ee0000-0001-4a00-8a00-000000000001"
API, ELEVATION = "a9100000-6666-4f00-8f00-000000000006", "e1e7a100-9999-4f00-8f00-000000000009"


@pytest.fixture(scope="module", autouse=True)
def quick_tenant(host, tenant):
    for address in (AT_THE_OFFICE, AT_HOME):
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
    tenant.control("PATCH", "/registrations/reader", {"roles": [*ROLES, "Policy.Read.All"]})
    yield
    tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})
    for address in (AT_THE_OFFICE, AT_HOME):
        run("ip", "address", "del", f"{address}/32", "dev", "lo")


@contextlib.contextmanager
def decided_by(tenant, *rows, **switches):
    kept = {name: tenant.control("GET", "/switches")[name]["value"] for name in switches}
    tenant.control("PATCH", "/conditional-access", {"policies": list(rows), "namedLocations": [office()]})
    tenant.control("PATCH", "/switches", switches)
    try:
        yield
    finally:
        tenant.control("PATCH", "/conditional-access", {"policies": [], "namedLocations": []})
        tenant.control("PATCH", "/switches", kept)


def everywhere(controls=("block",), apps=("All",), **more):
    row = policy(controls=controls, exclude=())
    row["conditions"]["locations"] = None
    row["conditions"]["applications"]["includeApplications"] = list(apps)
    row["grantControls"].update(more)
    return row


def trust(tenant, home, **members):
    tenant.control("PATCH", "/policies/crossTenantAccessPolicy", {"partners": [{"tenantId": home, **members}]})


def enters(host, tenant, name=ADA, **how):
    """The pages of the browser, and the audit's record."""
    count = len(host.audit())
    with prompted(host, name, "echo entered") as (t, code):
        result = sign_in(tenant, code, name, **how)
        assert result.outcome == "done", result
        t.line()
        t.expect("\nentered\r")
        assert t.end() == 0
    return result.pages, host.audit_after(count, event="sign-in", verdict="admitted")


def refused_at_the_poll(host, tenant, name, number, sentence, **how):
    """The browser shows the number, and so does the poll."""
    count = len(host.audit())
    with prompted(host, name, "true") as (t, code):
        result = sign_in(tenant, code, name, **how)
        assert result.code == number, result
        t.line()
        reference = refused(t, sentence)
    record = host.audit_after(count, event="sign-in", name=name)
    assert record["verdict"] == "refused" and reference[1] == record["correlation_id"]
    assert record["reason"] in run("guestpass", "why", f"--decision={record['decision']}").stdout
    return record


def test_a_second_factor_is_demanded_and_done(host, tenant):
    with decided_by(tenant, everywhere(("mfa",))):
        pages, record = enters(host, tenant)
        assert "proofup" in pages or "mfahere" in pages  # registered here a second time
        assert record["auth_time"]


def test_a_second_factor_at_a_home_that_is_trusted(host, tenant):
    trust(tenant, FABRIKAM, inboundTrust={"isMfaAccepted": True})
    try:
        tenant.control("PATCH", f"/homes/{ADA}", {"mfa": "ask"})
        with decided_by(tenant, everywhere(("mfa",))):
            pages, _ = enters(host, tenant)
            assert "mfa" in pages and "proofup" not in pages and "mfahere" not in pages
    finally:
        trust(tenant, FABRIKAM, inboundTrust=None)
        tenant.control("PATCH", f"/homes/{ADA}", {"mfa": "none"})


def test_terms_of_use_are_asked_in_the_browser(host, tenant):
    with decided_by(tenant, everywhere((), termsOfUse=[TERMS]), refusal_at_poller="error"):
        refused_at_the_poll(host, tenant, LINUS, 50158, "needs one more step, such as terms of use", refuse=("terms",))
        assert "terms" in enters(host, tenant, LINUS)[0]
        assert "terms" not in enters(host, tenant, LINUS)[0]


def test_blocked_by_policy(host, tenant):
    with decided_by(tenant, everywhere(), refusal_at_poller="error"):
        record = refused_at_the_poll(host, tenant, ADA, 53003, "A policy of the host's organisation does not allow")
        assert record["policies"] == everywhere()["id"] and record["login_error"] == "AADSTS53003"
    with decided_by(tenant, everywhere(apps=[ELEVATION]), refusal_at_poller="error"):
        enters(host, tenant)  # another API has other policies


def test_blocked_while_the_poll_hears_nothing(host, tenant):
    with decided_by(tenant, everywhere()), prompted(host, ADA, "true") as (t, code):
        result = sign_in(tenant, code, ADA)
        assert result.code == 53003 and "Correlation ID" in result.text
        t.line()
        t.expect("Not signed in yet", limit_s=30)


def test_the_administrators_own_words(host, tenant):
    """[error 53003] of guestpass.conf."""
    host.configure(tenant.ready_file, "error 53003.guest=Ask partners@contoso.example why.", "error 53003.admin=chapter 4",
                   "error 7000218.admin=the registration, by the desk")
    reload(host)
    try:
        with decided_by(tenant, everywhere(), refusal_at_poller="error"):
            record = refused_at_the_poll(host, tenant, ADA, 53003, "Ask partners@contoso.example why[.]")
            assert record["advice"] == "chapter 4" and record["move"] == "tenant administrator"
        record, _ = ended_by(host, tenant, 7000218, "*/oauth2/v2.0/token", "is not set up correctly")
        assert record["advice"] == "the registration, by the desk"
    finally:
        host.configure(tenant.ready_file)
        reload(host)


def ended_by(host, tenant, number, path, sentence):
    """A login that ends with what Entra answers at PATH: (its record, its screen)."""
    count = len(host.audit())
    rule = tenant.control("POST", "/weather", {"host": "login", "path": path, "aadsts": number})
    try:
        with host.ssh(ADA, "true") as t:
            if path.endswith("/token"):   # the code is on the screen by then
                wait_for_code(t)
                t.line()
            refused(t, sentence)
            return host.audit_after(count, event="sign-in", name=ADA), t.text
    finally:
        tenant.control("DELETE", f"/weather/{rule['id']}")


@pytest.mark.parametrize("number, path, sentence, verdict, reason", [
    (7000218, "*/oauth2/v2.0/token", "Guest sign-in is not set up correctly on this host", "unavailable", "config"),
    (700016, "*/oauth2/v2.0/devicecode", "Guest sign-in is not set up correctly on this host", "unavailable", "config"),
    (90132, "*/oauth2/v2.0/token", "The code cannot be used for this kind of account", "refused", "code-flow"),
    (90033, "*/oauth2/v2.0/devicecode", "Guest sign-in is not available on this host right now", "unavailable", "retry")])
def test_what_is_wrong_is_not_the_guests_affair(host, tenant, number, path, sentence, verdict, reason):
    record, _ = ended_by(host, tenant, number, path, sentence)
    assert (record["verdict"], record["reason"], record["login_error"]) == (verdict, reason, f"AADSTS{number}")
    assert record["advice"] and record["move"]


def test_device_controls_cannot_be_met(host, tenant):
    with decided_by(tenant, everywhere(("compliantDevice",)), refusal_at_poller="error"):
        refused_at_the_poll(host, tenant, ADA, 530033, "demands a managed device, which a sign-in by code cannot")


@pytest.mark.parametrize("side,number,sentence", [
    ("inbound_blocked", 500213, "does not admit people of your organisation"),
    ("outbound_blocked", 500212, "Your own organisation does not let its people sign in")])
def test_a_partner_is_blocked_both_ways(host, tenant, side, number, sentence):
    tenant.control("PATCH", "/switches", {"refusal_at_poller": "error"})
    tenant.control("PATCH", f"/organisations/{FABRIKAM}", {side: True})
    try:
        refused_at_the_poll(host, tenant, ADA, number, sentence)
    finally:
        tenant.control("PATCH", f"/organisations/{FABRIKAM}", {side: False})
        tenant.control("PATCH", "/switches", {"refusal_at_poller": "pending"})


def enters_by_two(host, tenant, address):
    """The sign-in for the door, then the one for the API that has policies of its own; the audit's record."""
    count = len(host.audit())
    with prompted(host, ADA, "echo entered", **from_there(address)) as (t, code):
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        t.expect("One more sign-in, please")
        result = sign_in(tenant, wait_for_code(t), ADA)
        assert result.outcome == "done" and {"proofup", "mfahere"} & set(result.pages)
        t.line()
        t.expect("\nentered\r")
    event = host.audit_after(count, event="asked-again")
    assert event["reason"] == "elevation-demanded"
    return host.audit_after(count, event="sign-in", verdict="admitted")


def test_more_is_demanded_for_the_address_and_asked_for(host, tenant):
    strict = everywhere(("mfa",), apps=[ELEVATION])
    strict["id"] = strict["id"].replace("0001", "0002", 1)
    by_group = policy(controls=("mfa",), includeGroups=["67000000-0001-4e00-8e00-000000000001"])
    for row in (policy(controls=("mfa",)), by_group):  # known before the code, or only after it
        row["conditions"]["applications"]["includeApplications"] = [API]
        with policies(host, tenant, row, strict, more=(f"elevation_resource={ELEVATION}",)):
            tenant.control("PATCH", "/switches", {"browser_address": AT_THE_OFFICE})
            check = location_of(enters_by_two(host, tenant, AT_HOME))
            assert check["verdict"] == "yes" and "demand" in check["input"]


def test_the_doors_own_policies_are_not_skipped_by_it(host, tenant):
    """What blocks the tier's API blocks, whatever the other API would say."""
    shut = everywhere(apps=[API])
    shut["id"] = shut["id"].replace("0001", "0003", 1)
    row = policy(controls=("mfa",))
    row["conditions"]["applications"]["includeApplications"] = [API]
    with policies(host, tenant, row, shut, more=(f"elevation_resource={ELEVATION}",)):
        tenant.control("PATCH", "/switches", {"refusal_at_poller": "error"})
        try:
            with prompted(host, ADA, "true", **from_there(AT_HOME)) as (t, code):
                assert sign_in(tenant, code, ADA).code == 53003
                t.line()
                refused(t, "A policy of the host's organisation does not allow")
        finally:
            tenant.control("PATCH", "/switches", {"refusal_at_poller": "pending", "browser_address": None})


def test_a_context_without_a_policy_is_granted_for_free_and_means_nothing(host, tenant):
    """Contexts are not asked for: what a token happens to list opens nothing."""
    with decided_by(tenant, acrs_without_policy=True, acrs_opportunistic=True):
        tenant.control("PATCH", "/conditional-access", {"authenticationContexts": [
            {"id": "c1", "displayName": "SSH", "description": "", "isAvailable": True}]})
        try:
            enters(host, tenant)
        finally:
            tenant.control("PATCH", "/conditional-access", {"authenticationContexts": []})


# One of each class that the poll can see, and what the documentation has in bold.
SENTENCES = [
    (50020, "guest-not-here", "guest", "not a guest of the host's organisation"),
    (500341, "guest-not-here", "sponsor", "was removed from the host's organisation"),
    (500200, "guest-not-here", "guest", "Personal Microsoft accounts"),
    (50014, "guest-pending", "guest", "invitation has not been accepted"),
    (500571, "guest-disabled", "sponsor", "guest account is disabled at the host's"),
    (53011, "home-side", "home organisation", "sees a risk with your account"),
    (50055, "home-side", "home organisation", "password has expired"),
    (530004, "policy-block", "tenant administrator", "does not trust it there"),
    (530035, "policy-block", "tenant administrator", "security defaults"),
    (50079, "interact", "guest", "second factor has to be registered"),
    (70043, "reauth", "guest", "wants a fresh sign-in"),
    (50105, "not-assigned", "sponsor", "not allowed to use this host yet"),
    (65001, "consent", "tenant administrator", "has not been approved"),
]


@pytest.mark.parametrize("number,reason,move,sentence", SENTENCES)
def test_a_number_becomes_a_sentence(host, tenant, number, reason, move, sentence):
    with decided_by(tenant, policy_block=number, refusal_at_poller="error"):
        record = refused_at_the_poll(host, tenant, ADA, number, sentence)
    assert (record["reason"], record["login_error"], record["move"]) == (reason, f"AADSTS{number}", move)
    told = run("guestpass", "why", f"--decision={record['decision']}").stdout
    assert f"AADSTS{number}" in told and record["advice"] in told
