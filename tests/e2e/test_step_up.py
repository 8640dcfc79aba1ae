# SPDX-License-Identifier: Apache-2.0
"""A guest who is logged in becomes somebody else: sudo, by a sign-in of its own, for as long as it holds."""

import contextlib
import os
import time
from pathlib import Path

import pytest

from support.guest import ADA, CODE, GRACE, log_in, sign_in, wait_for_code
from support.host import run
from support.tier import tier
from support.waiting import until

ROLES = ["User.Read.All", "GroupMember.Read.All"]
SUDOERS = "67000000-0005-4e00-8e00-000000000005"  # SSH prod administrators
OTHERS = "67000000-0003-4e00-8e00-000000000003"
ELEVATION = "e1e7a100-9999-4f00-8f00-000000000009"
IDS = Path("/etc/guestpass/ids.conf")
RULE = Path("/etc/sudoers.d/guests")
NOBODY_ELSE = "Guests cannot become another user on this host"
ASKED = "Sign-in to become another user on"
BECOME = "sudo id -un && echo done"
AS_CONFIGURED = (f"elevation_resource={ELEVATION}", f"sudo_group={SUDOERS}")


@contextlib.contextmanager
def roots_word(host, *lines):
    """What ids.conf says counts from the daemon's start on."""
    kept = IDS.read_text() if IDS.exists() else ""
    IDS.write_text(kept + "".join(f"{line}\n" for line in lines))
    host.stop_daemon()
    host.start_daemon()
    try:
        yield
    finally:
        IDS.write_text(kept)
        host.stop_daemon()
        host.start_daemon()


@pytest.fixture(scope="module", autouse=True)
def sudo_for_guests(host, tenant):
    tenant.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})
    tenant.control("PATCH", "/registrations/reader",
                   {"roles": [*ROLES, "PrivilegedAssignmentSchedule.Read.AzureADGroup"]})
    RULE.write_text(f"Defaults:{ADA} timestamp_timeout=0\n{ADA} ALL=(root) ALL\n{GRACE} ALL=(root) ALL\n")
    os.chmod(RULE, 0o440)
    with roots_word(host, f"sudo_group = {SUDOERS}"):
        yield
    RULE.unlink()
    tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})


@contextlib.contextmanager
def activated(tenant, name=ADA, seconds=600):
    made = tenant.control("POST", "/pim/assigned", {"group": "SSH prod administrators", "principal": name,
                                                    "seconds": seconds})
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            tenant.control("DELETE", f"/pim/{made['id']}")
        with contextlib.suppress(Exception):
            tenant.control("DELETE", f"/groups/{SUDOERS}/members/{name}")


@contextlib.contextmanager
def shell(host, tenant, name=ADA):
    with log_in(host, tenant, name) as t:
        t.expect(r"\$ ")
        yield t


def becomes_root(t, tenant, name=ADA):
    t.line(BECOME)
    t.expect(ASKED)
    assert sign_in(tenant, wait_for_code(t), name).outcome == "done"
    t.line()
    t.expect("root\r\ndone")


def step_of(host, count, **fields):
    return host.audit_after(count, event="step-up", name=ADA, **fields)


def test_refused_by_default(host, tenant):
    with shell(host, tenant) as t:
        t.line("sudo -n true; sudo id -un")
        t.expect(NOBODY_ELSE)
        t.expect("sudo: 3 incorrect")
        t.line("su -c 'id -un'")
        t.expect(NOBODY_ELSE)
        t.line("")
        t.expect(r"\$ ")
        assert "\nroot\r" not in t.text


def test_with_an_activation_and_a_sign_in_and_its_memory(host, tenant):
    with tier(host, tenant, *AS_CONFIGURED, "sudo_valid=10m"), activated(tenant), shell(host, tenant) as t:
        count = len(host.audit())
        becomes_root(t, tenant)
        record = step_of(host, count, verdict="admitted", service="sudo")
        assert record["address"] == "127.0.0.1"
        sudo = next(c for c in record["checks"] if c["name"] == "sudo")
        assert SUDOERS in sudo["input"] and "end=20" in sudo["input"]
        # A second time nothing is asked, in this session.
        codes = t.text.count("Enter this code")
        t.line(BECOME)
        t.expect("root\r\ndone")
        assert t.text.count("Enter this code") == codes
        # In another one it is.
        with shell(host, tenant) as other:
            other.line(BECOME)
            other.expect(ASKED)
            wait_for_code(other)
        # What root says counts at once.
        run("guestpass", "revoke", "--reason=test", ADA)
        try:
            count = len(host.audit())
            t.line(BECOME)
            t.expect("Your access to this host was ended")
            assert step_of(host, count, verdict="refused")["reason"] == "revoked"
        finally:
            run("guestpass", "confirm", ADA)


def test_not_remembered_where_the_tier_says_so(host, tenant):
    with tier(host, tenant, *AS_CONFIGURED, "sudo_valid=0"), activated(tenant), shell(host, tenant) as t:
        becomes_root(t, tenant)
        becomes_root(t, tenant)


def test_the_end_of_the_activation_is_the_end(host, tenant):
    with tier(host, tenant, *AS_CONFIGURED, "sudo_valid=10m"), shell(host, tenant) as t:
        with activated(tenant, seconds=15):
            began = time.time()
            becomes_root(t, tenant)
            until(lambda: time.time() > began + 16, 30, "the activation is over")
            # A member without an activation: Graph shows that for a while.
            tenant.control("PUT", f"/groups/{SUDOERS}/members/{ADA}")
            t.line(BECOME)
            t.expect(ASKED)
            assert sign_in(tenant, wait_for_code(t), ADA).outcome == "done"
            t.line()
            t.expect("is not activated, or")


def test_another_person_and_nobody(host, tenant):
    with tier(host, tenant, *AS_CONFIGURED), activated(tenant), shell(host, tenant) as t:
        t.line(BECOME)
        code = wait_for_code(t)
        assert sign_in(tenant, code, GRACE).outcome == "done"
        t.line()
        t.expect("is not the guest whose name you gave")
    with tier(host, tenant, *AS_CONFIGURED), shell(host, tenant, GRACE) as t:
        t.line(BECOME)
        assert sign_in(tenant, wait_for_code(t), GRACE).outcome == "done"
        t.line()
        t.expect("not in the group whose guests may become another user")


def test_a_prompt_of_sudos_own_hides_nothing(host, tenant):
    with tier(host, tenant, *AS_CONFIGURED), activated(tenant), shell(host, tenant) as t:
        t.line("sudo -p 'asks: ' id -un && echo done")
        code = t.expect(CODE)[1].decode()
        t.expect("asks: ")
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        t.expect("root\r\ndone")


def test_a_group_that_root_does_not_name(host, tenant):
    with tier(host, tenant, f"elevation_resource={ELEVATION}", f"sudo_group={OTHERS}", "sudo_basis=group"), \
            shell(host, tenant) as t:
        t.line(BECOME)
        t.expect(NOBODY_ELSE)


def test_su_only_where_it_is_listed(host, tenant):
    with tier(host, tenant, *AS_CONFIGURED), activated(tenant), shell(host, tenant) as t:
        t.line("su -c 'id -un && echo done'")
        t.expect("You cannot sign in here now|Guests may not sign in to this service")
    with tier(host, tenant, *AS_CONFIGURED, "sudo_services=sudo su"), activated(tenant), shell(host, tenant) as t:
        t.line("su -c 'id -un && echo done'")
        t.expect(ASKED)
        assert sign_in(tenant, wait_for_code(t), ADA).outcome == "done"
        t.line()
        t.expect("root\r\ndone")


def test_daemon_gone(host, tenant):
    with tier(host, tenant, *AS_CONFIGURED), activated(tenant), shell(host, tenant) as t:
        becomes_root(t, tenant)
        host.stop_daemon()
        t.line(BECOME)
        t.expect("not available on this host right now")
        host.start_daemon()
        # It remembers nothing, neither the step nor the session.
        t.line(BECOME)
        t.expect("This host knows no open session of yours")
