# SPDX-License-Identifier: Apache-2.0
"""Who may enter, why and until when: each basis of a pass and each demand of a tier, as a guest reads it."""

import contextlib
import datetime
import json
import re
import time

import pytest

from support.guest import ADA, GENERIC, PASSWORDS, checks, log_in, refused_after_proof, refused_before_code
from support.host import run
from support.tier import reload, tier
from support.waiting import until
from test_weather import weather

GROUP = "67000000-0001-4e00-8e00-000000000001"  # SSH prod partners
PACKAGE = "acce5500-0001-4a00-8a00-000000000001"
ROLES = ["User.Read.All", "GroupMember.Read.All"]
MORE = ["EntitlementManagement.Read.All", "PrivilegedAssignmentSchedule.Read.AzureADGroup",
        "User-LifeCycleInfo.Read.All"]
EVAN = "evan@fabrikam.example"  # of her organisation, and nobody in the tenant
PASSWORDS[EVAN] = "never-invited-3"
MY_ACCESS = "https://myaccess.example/@contoso#/access-packages/1"


@pytest.fixture(scope="module", autouse=True)
def quick_tenant(tenant):
    tenant.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})
    tenant.control("PATCH", "/registrations/reader", {"roles": ROLES + MORE})
    yield
    tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})


def admitted(host, tenant, *sentences):
    count = len(host.audit())
    with log_in(host, tenant, ADA, "echo in as $(id -un)") as t:
        for sentence in sentences:
            t.expect(sentence)
        t.expect(f"in as {ADA}")
        assert t.end() == 0
    return host.audit_after(count, event="sign-in", verdict="admitted")


def moment(seconds):
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def check_of(record, name):
    return next(check for check in record["checks"] if check["name"] == name)


def test_membership_alone_and_its_end(host, tenant):
    with tier(host, tenant, "max_stay=10d", f"access_request_url={MY_ACCESS}"):
        record = admitted(host, tenant, r"Your pass for rehearsal is valid until", r"It ends in 9 days", "myaccess")
        assert "basis=group" in check_of(record, "pass")["input"]
    with tier(host, tenant, "max_stay=1s", f"access_request_url={MY_ACCESS}"):
        # It is over whatever Graph says, so nobody is sent to the browser in vain.
        record = refused_before_code(host, ADA, GENERIC, "myaccess")
        assert record["reason"] == "pass-ended"
    with tier(host, tenant, f"project_end={day(-1)}"):
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "pass-ended"
    with tier(host, tenant, f"project_end={day(0)}"):
        admitted(host, tenant, "It ends in")


def test_an_activation_gives_a_pass_and_its_end_takes_it(host, tenant):
    with tier(host, tenant, f"access_groups={GROUP}=pim"):
        record = refused_after_proof(host, tenant, ADA, "You have no pass for this host", "Ask your contact")
        assert record["reason"] == "no-pass"
        assert checks(record)["member"] == "yes"
        made = tenant.control("POST", "/pim/assigned", {"group": "SSH prod partners", "principal": ADA, "seconds": 20})
        try:
            record = admitted(host, tenant, "It ends in less than an hour")
            assert "basis=pim" in check_of(record, "pass")["input"]
        finally:
            with contextlib.suppress(Exception):
                tenant.control("DELETE", f"/pim/{made['id']}")
        # However she still is a member: an ordinary one, whose activation is over.
        tenant.control("PUT", f"/groups/{GROUP}/members/{ADA}")
        record = refused_after_proof(host, tenant, ADA, "You have no pass for this host")
        assert checks(record)["member"] == "yes" and checks(record)["pass"] == "no"


def assignment(tenant, begin, end, state="delivered"):
    return tenant.control("POST", "/governance/assignments", {
        "target": ADA, "package": PACKAGE, "policy": "ac9011c1-0001-4a00-8a00-000000000001", "state": state,
        "schedule": {"startDateTime": begin, "expiration": {"type": "afterDateTime", "endDateTime": end,
                                                            "duration": None}}})["id"]


@pytest.mark.parametrize(("begin", "end", "state", "reason", "sentence"), [
    (-86400, 86400, "delivered", None, None),
    (-86400, 86400, "partiallyDelivered", "no-pass", "You have no pass"),
    (-86400, 86400, "deliveryFailed", "no-pass", "You have no pass"),
    (-86400, -60, "delivered", "no-pass", "You have no pass"),  # Entra calls it expired by itself
    (3600, 86400, "delivered", "pass-not-begun", "Your pass for this host has not begun yet"),
])
def test_an_access_package(host, tenant, begin, end, state, reason, sentence):
    with tier(host, tenant, f"access_groups={GROUP}=package:{PACKAGE}"):
        made = assignment(tenant, moment(begin), moment(end), state)
        try:
            if reason is None:
                record = admitted(host, tenant, "It ends in 23 hours")
                assert "basis=package" in check_of(record, "pass")["input"]
            else:
                assert refused_after_proof(host, tenant, ADA, sentence)["reason"] == reason
        finally:
            tenant.control("PATCH", f"/governance/assignments/{made}", {"state": "expired"})


def names(host, permission):
    return any(permission in problem for problem in host.status()["problems"])


def test_a_right_that_the_reader_may_not_read_is_named_and_grants_nothing(host, tenant):
    tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})
    try:
        for basis, permission in (("pim", MORE[1]), (f"package:{PACKAGE}", MORE[0])):
            with tier(host, tenant, f"access_groups={GROUP}={basis}"):
                # Before anybody signs in: once everything was read, it is tried with one guest.
                until(lambda: names(host, permission), 30, host.log_tail)
                record = refused_after_proof(host, tenant, ADA, "could not read your pass", "administrators of this host's")
                assert record["reason"] == "pass-unreadable"
        with tier(host, tenant, "leave_date=yes"):
            until(lambda: names(host, MORE[2]), 30, host.log_tail)
            assert refused_after_proof(host, tenant, ADA, "could not read your pass")["reason"] == "pass-unreadable"
            # The reader gets it: after the next whole read nothing is missing.
            tenant.control("PATCH", "/registrations/reader", {"roles": ROLES + MORE})
            reload(host)
            until(lambda: not names(host, MORE[2]), 30, host.log_tail)
    finally:
        tenant.control("PATCH", "/registrations/reader", {"roles": ROLES + MORE})


def test_who_leaves_has_a_pass_until_then(host, tenant):
    with tier(host, tenant, "leave_date=yes"):
        admitted(host, tenant)
        tenant.control("PATCH", f"/guests/{ADA}", {"employeeLeaveDateTime": moment(-60)})
        try:
            assert refused_after_proof(host, tenant, ADA, "Your pass for this host has ended")["reason"] == "pass-ended"
        finally:
            tenant.control("PATCH", f"/guests/{ADA}", {"employeeLeaveDateTime": None})


def test_sponsors(host, tenant):
    tenant.control("PUT", f"/guests/{ADA}/relations", {"sponsors": []})
    with tier(host, tenant, "sponsor_required=yes"):
        record = refused_after_proof(host, tenant, ADA, "your guest account has no sponsor",
                                     "Ask platform@contoso.example, who answers for this host")
        assert record["reason"] == "no-sponsor"
        tenant.control("PUT", f"/guests/{ADA}/relations", {"sponsors": ["mia@contoso.example"]})
        record = admitted(host, tenant)
        assert check_of(record, "sponsor")["input"] not in ("", "none", "unknown")
    with tier(host, tenant, "sponsor_required=yes", f"access_groups={GROUP}=pim"):
        # Who has to act has a name, also where the tier does not demand one.
        refused_after_proof(host, tenant, ADA, r"You have no pass for this host\. Ask .*Mia.*, who invited you")
    with tier(host, tenant, f"access_groups={GROUP}=pim"):
        refused_after_proof(host, tenant, ADA, r"You have no pass for this host\. Ask .*Mia.*, who invited you")
    # He cannot be read and is not needed: the guest's own case goes on.
    with weather(tenant, {"host": "graph", "path": "/v1.0/users/*/sponsors", "status": 500}):
        admitted(host, tenant)
        with tier(host, tenant, f"access_groups={GROUP}=pim"):
            refused_after_proof(host, tenant, ADA, r"You have no pass for this host\. Ask your contact")


def test_reviews_hours_and_addresses(host, tenant):
    with tier(host, tenant, "review_every=30d", f"last_review={day(-40)}"):
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "review-overdue"
    with tier(host, tenant, "review_every=30d", f"last_review={day(-20)}"):
        admitted(host, tenant)
    today = time.strftime("%a", time.gmtime())
    tomorrow = time.strftime("%a", time.gmtime(time.time() + 86400))
    with tier(host, tenant, f"hours={today},{tomorrow} 00:00-24:00 UTC"):
        admitted(host, tenant)
    others = ",".join(d for d in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun") if d not in (today, tomorrow))
    with tier(host, tenant, f"hours={others} 00:00-24:00 UTC"):
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "outside-hours"
    with tier(host, tenant, "networks=192.0.2.0/24"):
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "address-not-allowed"
    with tier(host, tenant, "networks=127.0.0.0/8 ::1"):
        admitted(host, tenant)


def test_what_is_tried_out_is_recorded_and_lets_in(host, tenant):
    with tier(host, tenant, "networks=192.0.2.0/24", "report=network"):
        record = admitted(host, tenant)
        network = check_of(record, "network")
        assert network["verdict"] == "no" and network["report"] is True


def test_age_of_the_sign_in(host, tenant):
    with tier(host, tenant, "max_auth_age=10m"):
        admitted(host, tenant)


def test_a_key_opens_nothing_while_a_login_is_fresh(host, tenant, work):
    """A key has no home, no Conditional Access and no end."""
    key = work / "ada_key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    with log_in(host, tenant, ADA, f"umask 077; mkdir -p .ssh; echo '{key.with_suffix('.pub').read_text().strip()}' >"
                                   " .ssh/authorized_keys; echo planted; sleep 60") as t:
        t.expect("planted")
        with host.ssh(ADA, "echo by key", options=[f"IdentityFile={key}", "IdentitiesOnly=yes",
                                                         "PreferredAuthentications=publickey"]) as other:
            assert other.end() == 255
            assert "by key" not in other.text


def test_homes_that_are_denied(host, tenant):
    homes = run("awk", "-F= ", "/^home_tenants /{print $2}", "/etc/guestpass/guestpass.conf").stdout.split()
    with tier(host, tenant, f"home_tenants_denied={' '.join(homes)}"):
        assert refused_after_proof(host, tenant, ADA, "does not admit guests of your home")["reason"] == "home-not-allowed"


def test_why(host, tenant):
    record = admitted(host, tenant)
    told = run("guestpass", "why", ADA).stdout
    assert "may sign in; the sign-in decides the rest" in told
    assert " + tier-open" in told and " ? binding" in told and "decided by the sign-in" in told
    past = run("guestpass", "why", f"--decision={record['decision']}").stdout
    assert "event sign-in" in past and " + same-person" in past and "verdict admitted" in past
    assert "event account" in past and " + sign-in" in past
    # As fresh as a sign-in: what Entra says of her now is what stands there, her pass as well.
    assert "Entra was asked just now" in told
    with tier(host, tenant, f"access_groups={GROUP}=package:{PACKAGE}"):
        assert re.search(" - pass +no +no-pass", run("guestpass", "why", ADA).stdout)
        made = assignment(tenant, moment(-60), moment(3600))
        told = run("guestpass", "why", ADA).stdout
        assert " + pass" in told and "basis=package" in told
        later = json.loads(run("guestpass", "why", "--json", f"--at={int(time.time()) + 7200}", ADA).stdout)
        assert later["fresh"] is True and later["reason"] == "pass-ended"
        tenant.control("PATCH", f"/governance/assignments/{made}", {"state": "expired"})
    with weather(tenant, {"host": "graph", "path": "*", "status": 500}):
        told = run("guestpass", "why", ADA).stdout
        assert "Entra could not be asked: " in told and " + account-enabled" in told
    with tier(host, tenant, "networks=192.0.2.0/24", "hours=Mon 07:00-08:00 UTC", f"project_end={day(3)}"):
        told = run("guestpass", "why", "--from=192.0.2.9", "--at=1790580600", ADA).stdout  # Monday, 07:30
        assert " + network" in told and " + hours" in told
        told = run("guestpass", "why", "--from=198.51.100.1", f"--at={day(7)}", ADA).stdout
        assert "would be refused" in told
        assert " - network" in told and "address-not-allowed" in told and "pass-ended" in told
        told = json.loads(run("guestpass", "why", "--service=cron", "--json", ADA).stdout)
        assert checks(told)["service"] == "no" and told["reason"] == "service-not-allowed"
    assert run("guestpass", "why", "nobody@nowhere.example", check=False).returncode == 2
    assert run("guestpass", "why", "--at=soon", ADA, check=False).returncode == 2
    assert run("guestpass", "why", "--decision=00", check=False).returncode == 2
    assert run("guestpass", "why", check=False).returncode == 64


def test_another_person_with_the_same_object(host, tenant):
    """Until root says who it is nobody enters, not even the first one."""
    admitted(host, tenant)
    tenant.control("POST", f"/guests/{ADA}/hand-over", {"mail": EVAN})
    record = refused_after_proof(host, tenant, ADA, "another person than the one who first came here",
                                 "Ask platform@contoso.example, who answers for this host", as_person=EVAN)
    assert record["reason"] == "person-changed" and record["proved_oid"] == record["oid"]
    tenant.control("POST", f"/guests/{record['oid']}/hand-over", {"mail": ADA})
    assert refused_before_code(host, ADA, GENERIC)["reason"] == "person-in-question"
