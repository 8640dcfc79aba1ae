# SPDX-License-Identifier: Apache-2.0
"""guestpass doctor on a real host: nothing on a sound one, and each planted fault alone. That a finding
tells the truth is seen where it can be: what it says of a login is what a login does."""

import contextlib
import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from support.guest import ADA
from support.host import run
from support.policies import policy
from support.tier import tier
from support.waiting import until

NSSWITCH, SHADOW = Path("/etc/nsswitch.conf"), Path("/etc/shadow")
PAM = Path("/etc/pam.d")
SSHD = Path("/etc/ssh/sshd_config.d/10-guestpass.conf")
CONF = Path("/etc/guestpass/guestpass.conf")


@pytest.fixture(scope="module")
def sound(host):
    """As an administrator leaves it: sshd's file made from the configuration, under the name of README.md."""
    made = run("guestpass", "sshd-config").stdout
    old = Path("/etc/ssh/sshd_config.d/guestpass.conf")
    kept = old.read_text() if old.exists() else None
    old.unlink(missing_ok=True)
    SSHD.write_text(made)
    yield host
    SSHD.unlink(missing_ok=True)
    if kept is not None:
        old.write_text(kept)


def doctor(*options):
    """Its exit code and what it told, but for what holds of the tenant here: guests in quarantine, and no
    policies that a tier looks at."""
    done = run("guestpass", "doctor", "--json", *options, check=False)
    assert done.returncode in (0, 1, 2), done
    told = json.loads(done.stdout)
    told["not_looked_at"] = [n for n in told["not_looked_at"] if n["asked"]]
    told["findings"] = [f for f in told["findings"] if f["id"] != "policies-unread"
                        and not f["what"].endswith("guests are in quarantine")]
    return done.returncode, told


def ids(unseen=()):
    code, told = doctor()
    assert {n["check"] for n in told["not_looked_at"]} == set(unseen), told
    assert code == max([1 if unseen else 0, *({"notice": 0, "warning": 1, "error": 2}[f["severity"]] for f in told["findings"])])
    return [f["id"] for f in told["findings"]], told


@contextlib.contextmanager
def edited(path, pattern, to):
    text, mode = path.read_text(), path.stat()
    new, count = re.subn(pattern, to, text, flags=re.M)
    assert count, f"{pattern} is not in {path}:\n{text}"
    try:
        path.write_text(new)
        yield
    finally:
        path.write_text(text)
        os.chmod(path, mode.st_mode & 0o7777)


@contextlib.contextmanager
def file(path, text, mode=0o644):
    path.write_text(text)
    os.chmod(path, mode)
    try:
        yield
    finally:
        path.unlink()


@contextlib.contextmanager
def mode(path, wrong):
    kept = path.stat().st_mode & 0o7777
    os.chmod(path, wrong)
    try:
        yield
    finally:
        os.chmod(path, kept)


def test_nothing_on_a_sound_host(sound):
    found, told = ids()
    assert found == [], told
    text = run("guestpass", "doctor").stdout
    assert "warning " not in text and "error " not in text
    assert re.findall(r"^not looked at (\S+):.*--as-admin$", text, re.M) == ["registrations"]


FAULTS = {
    "nss-missing": lambda: edited(NSSWITCH, r"^(passwd:.*) guestpass", r"\1"),
    "nss-group-missing": lambda: edited(NSSWITCH, r"^(group:.*) guestpass", r"\1"),
    "nss-order": lambda: edited(NSSWITCH, r"^passwd:(.*) guestpass", r"passwd: guestpass\1"),
    "pam-account-missing": lambda: edited(PAM / "common-account", r"^account.*pam_guestpass.so.*$", ""),
    "pam-not-final": lambda: edited(PAM / "common-account", r"default=die(.*pam_guestpass)", r"default=ignore\1"),
    "pam-local": lambda: edited(PAM / "common-account", r"user_unknown=ignore(.*pam_guestpass)",
                                r"user_unknown=die\1"),
    "pam-bypass": lambda: edited(PAM / "sshd", r"^@include common-account",
                                 "account sufficient pam_unix.so\n@include common-account"),
    "pam-home": lambda: edited(PAM / "common-session", r"pam_mkhomedir.so", "pam_permit.so"),
    "sshd-invalid": lambda: edited(SSHD, r"^UsePAM yes", "UsePam perhaps"),
    "sshd-pam": lambda: edited(SSHD, r"^UsePAM yes", "UsePAM no"),
    "sshd-questions": lambda: edited(SSHD, r"^(KbdInteractiveAuthentication) yes", r"\1 no"),
    "sshd-grace": lambda: edited(SSHD, r"^LoginGraceTime.*", "LoginGraceTime 2m"),
    "sshd-methods": lambda: edited(SSHD, r"^\tAuthenticationMethods.*", "\tAuthenticationMethods any"),
    "sshd-differs": lambda: edited(SSHD, r"^\tPermitTunnel no", "\tPermitTunnel yes"),
    "sshd-file": lambda: edited(SSHD, r"^Match Group gp-guests$", "Match Group no-such-group"),
    "secret-open": lambda: mode(Path("/etc/guestpass/reader.secret"), 0o644),
    "file-open": lambda: mode(Path("/etc/guestpass"), 0o777),
    "number-range": lambda: edited(Path("/etc/login.defs"), r"^#?\s*SUB_UID_MAX.*", "SUB_UID_MAX 2000700000"),
    "sudo-guests": lambda: file(Path("/etc/sudoers.d/partners"), "%gp-guests ALL=(ALL) ALL\n", 0o440),
    "break-glass": lambda: edited(SHADOW, r"^(root|localadm):\$", r"\1:!$"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_alone(sound, fault):
    with FAULTS[fault]():
        # sshd takes no block for a group that the host does not know.
        found, told = ids(["sshd"] if fault in ("nss-missing", "nss-group-missing") else [])
        assert found == [fault], told
        text = run("guestpass", "doctor", check=False)
        assert f" {fault}: " in text.stdout and "    to mend: " in text.stdout
    assert ids()[0] == []


def test_what_it_says_of_a_local_account_is_so(sound):
    """pam-local: a local administrator is locked out."""
    with edited(PAM / "common-account", r"user_unknown=ignore(.*pam_guestpass)", r"user_unknown=die\1"):
        assert run("pamtester", "login", "localadm", "acct_mgmt", check=False).returncode != 0
    assert run("pamtester", "login", "localadm", "acct_mgmt", check=False).returncode == 0


def test_another_service_that_knows_the_name(sound):
    """A local account of a guest's name: files is asked first. (A daemon that runs takes that guest out.)"""
    sound.signal_daemon(signal.SIGSTOP)
    try:
        with edited(Path("/etc/passwd"), r"\Z", f"{ADA}:x:1999:1999::/nonexistent:/usr/sbin/nologin\n"):
            code, told = doctor("--check=nss")
    finally:
        sound.signal_daemon(signal.SIGCONT)
    assert code == 2 and [f["id"] for f in told["findings"]] == ["nss-other-first"], told
    assert ADA in told["findings"][0]["what"]


def test_a_daemon_that_is_silent(sound):
    sound.signal_daemon(signal.SIGSTOP)
    try:
        code, told = doctor("--check=daemon")
    finally:
        sound.signal_daemon(signal.SIGCONT)
    assert code == 2 and [f["id"] for f in told["findings"]] == ["daemon-silent"], told
    assert [n["check"] for n in told["not_looked_at"]] == ["daemon"]


def test_a_configuration_that_cannot_be_read(sound):
    """What depends on it is not looked at, and says so."""
    with edited(CONF, r"^tenant = .*", "tenant = nobody"):
        code, told = doctor()
    assert code == 2
    assert [f["id"] for f in told["findings"]] == ["config"], told
    assert {n["check"] for n in told["not_looked_at"]} == {"daemon", "sshd", "files"}, told


def read_anew(host):
    """The host reads the policies, as it does every hour."""
    before = host.status()["policies"]["read"]
    until(lambda: time.time() >= before + 1, 5, "another second")

    def has_read():
        run("guestpass", "sync")
        return host.status()["policies"]["read"] > before
    until(has_read, 60, host.log_tail, step_s=1)


@contextlib.contextmanager
def policies(host, tenant, *rows):
    """The tenant has these, and the host has read them."""
    roles = ["User.Read.All", "GroupMember.Read.All"]
    tenant.control("PATCH", "/registrations/reader", {"roles": [*roles, "Policy.Read.All"]})
    tenant.control("PATCH", "/conditional-access", {"policies": list(rows), "namedLocations": []})
    tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "adminsAndGuestInviters"})
    try:
        with tier(host, tenant, "ssh_location=report"):
            read_anew(host)
            yield
    finally:
        tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "everyone"})
        tenant.control("PATCH", "/conditional-access", {"policies": [], "namedLocations": []})
        tenant.control("PATCH", "/registrations/reader", {"roles": roles})


@pytest.mark.parametrize("controls, expected", [(["compliantDevice"], ["ca-impossible"]), (["mfa"], []),
                                                (["compliantDevice", "mfa"], [])])
def test_a_policy_that_no_guest_can_meet(sound, tenant, controls, expected):
    with policies(sound, tenant, policy("Managed devices", builtInControls=controls)):
        _, told = doctor("--check=tenant")
    assert [f["id"] for f in told["findings"]] == expected and told["not_looked_at"] == [], told
    if expected:
        assert "'Managed devices'" in told["findings"][0]["what"]


def test_who_may_invite(sound, tenant):
    with policies(sound, tenant):
        assert doctor("--check=tenant")[1]["findings"] == []
        tenant.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "everyone"})
        code, told = doctor("--check=tenant")
    assert code == 1 and [f["id"] for f in told["findings"]] == ["guests-invite"], told


GROUP, PACKAGE = "67000000-0001-4e00-8e00-000000000001", "acce5500-0001-4a00-8a00-000000000001"
ROLES = ["User.Read.All", "GroupMember.Read.All"]
ENTITLEMENT, PIM = "EntitlementManagement.Read.All", "PrivilegedAssignmentSchedule.Read.AzureADGroup"


@contextlib.contextmanager
def reader_may(tenant, *more):
    tenant.control("PATCH", "/registrations/reader", {"roles": [*ROLES, *more]})
    try:
        yield
    finally:
        tenant.control("PATCH", "/registrations/reader", {"roles": ROLES})


@pytest.mark.parametrize("basis, permission", [(f"package:{PACKAGE}", ENTITLEMENT), ("pim", PIM)])
def test_a_permission_is_tried_before_somebody_needs_it(sound, tenant, basis, permission):
    with tier(sound, tenant, f"access_groups={GROUP}={basis}"):
        code, told = doctor("--check=tenant")
        assert code == 2 and [f["id"] for f in told["findings"]] == ["permission-missing"], told
        assert told["findings"][0]["what"].endswith(f"this needs the permission {permission}")
    with reader_may(tenant, permission), tier(sound, tenant, f"access_groups={GROUP}={basis}"):
        assert doctor("--check=tenant") == (0, {"v": 1, "findings": [], "not_looked_at": [], "left_out": 0})


@pytest.mark.parametrize("without", ["forbidden", "missing"])
def test_a_leaving_date_that_nobody_may_read(sound, tenant, without):
    leave = "User-LifeCycleInfo.Read.All"
    with tenant.switched(leave_date_without_permission=without), tier(sound, tenant, "leave_date=yes"):
        code, told = doctor("--check=tenant")
        assert code == 2 and [f["id"] for f in told["findings"]] == ["permission-missing"], told
        assert told["findings"][0]["what"].startswith("leave_date: ") and told["findings"][0]["what"].endswith(f"the permission {leave}")
    with reader_may(tenant, leave), tier(sound, tenant, "leave_date=yes"):
        assert doctor("--check=tenant")[0] == 0


@pytest.mark.parametrize("change, expected", [
    ({"expiration": {"type": "noExpiration"}}, "package-no-end"),
    ({"requestorSettings": {"enableTargetsToSelfAddAccess": True}}, "package-no-approval")])
def test_a_package_that_is_loose(sound, tenant, change, expected):
    rows = tenant.control("GET", "/governance")["assignmentPolicies"]
    before = next(one for one in rows if one["accessPackageId"] == PACKAGE)
    with reader_may(tenant, ENTITLEMENT), tier(sound, tenant, f"access_groups={GROUP}=package:{PACKAGE}"):
        tenant.control("PATCH", "/governance", {"assignmentPolicies": [{**before, **change}]})
        try:
            code, told = doctor("--check=tenant")
        finally:
            tenant.control("PATCH", "/governance", {"assignmentPolicies": [before]})
    assert code == 1 and [f["id"] for f in told["findings"]] == [expected], told


def test_a_tenant_that_is_down_is_not_looked_at(sound, tenant):
    with tier(sound, tenant, f"access_groups={GROUP}=package:{PACKAGE}"):
        rule = tenant.control("POST", "/weather", {"host": "graph", "path": "/v1.0/identityGovernance/*", "status": 503})
        try:
            code, told = doctor("--check=tenant")
        finally:
            tenant.control("DELETE", f"/weather/{rule['id']}")
    assert code == 1 and told["findings"] == [], told
    assert told["not_looked_at"][0]["why"].startswith("access packages: Graph: HTTP 503")


def test_only_root_may_ask(sound):
    told = run("setpriv", "--reuid=nobody", "--clear-groups", "guestpass", "doctor", check=False)
    assert told.returncode == 3 and "only root" in told.stderr


def test_a_check_that_does_not_exist(sound):
    told = run("guestpass", "doctor", "--check=weather", check=False)
    assert told.returncode == 64 and "break-glass" in told.stderr
