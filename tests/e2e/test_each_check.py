# SPDX-License-Identifier: Apache-2.0
"""Each check of the policy (policy/checks.c): a refusal by it over ssh with its sentence, and what `why` says of it.

Before the sign-in a person reads one generic sentence whatever the check, so here the person is known already: he comes
with an SSH key a moment after a sign-in, and what changed meanwhile is told to him. What only a sign-in's own answer can
show is in its tokens.

Each check has at least one refusal here; the last test compares with the list. Other reasons of a check stand elsewhere:
passes and sponsors (test_passes.py), root's words and a person who changed (test_standing.py), homes and invitations
(test_refusals.py), tokens (test_token_table.py, `make weather`), or in tests/unit/policy alone. There are reasons that
nothing over ssh brings about. What cannot be read in a sign-in is no decision at all (`facts-not-read`), so a guest whom
Graph leaves *unknown* is not refused by its check. Tokens that name another tenant, or nobody, are refused before the
checks (`token-invalid`): no not-proved, no tenant-differs. A login that carries no sign-in ends as `no-sign-in`, also
before them: no not-signed-in, and where no key counts no key-not-allowed."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import pytest

from support.guest import (ADA, GENERIC, GRACE, prompted, refused, refused_after_proof, refused_before_code, sign_in)
from support.host import run
from support.tier import tier
from support.waiting import until
from test_keys import by_key, keys_for, plant, signs_in
from test_passes import GROUP, day
from test_refusals import guest_changed
from test_weather import mutation, weather

OWNER = r"Ask platform@contoso\.example, who answers for this host"
CHECKS = {
    "binding", "tier-open", "service", "clock", "canary", "sign-in", "revoked", "frozen", "guest-exists", "quarantine",
    "client-info", "same-person", "class", "home", "creation", "account-enabled", "member", "state", "pass", "sponsor",
    "review", "idle", "hours", "network", "location", "sign-in-address", "sign-in-age", "sudo",
    "context",
}
SEEN = set()  # the checks that have refused


@pytest.fixture(scope="module", autouse=True)
def quick_tenant(tenant):
    tenant.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})


@pytest.fixture(scope="module")
def key(host, tenant, work):
    """Ada's key, and an sshd that takes it, a moment after her sign-in."""
    key = work / "each_key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    with keys_for(host, tenant, "1h"):
        signs_in(host, tenant, ADA, "mkdir -p -m 700 .ssh; echo signed-in")
        plant(ADA, key)
        yield key


@pytest.fixture
def keyed(host, tenant, key):
    """A tier that lets the key count, which without the change of the test would open."""
    with tier(host, tenant, "key_valid=1h"):
        if by_key(host, key)[0] != 0:  # root confirmed her since her sign-in, which then carries no key
            signs_in(host, tenant, ADA)
        code, text, _ = by_key(host, key)
        assert code == 0 and "\nby-key" in text, text
        yield key


def why_then(record):
    return run("guestpass", "why", f"--decision={record['decision']}").stdout


def why_now(*args, name=ADA):
    told = json.loads(run("guestpass", "why", "--json", *args, name).stdout)
    return {one["name"]: (one["verdict"], one["reason"]) for one in told["checks"]}


def holds(record, check, reason):
    """The record has it as the reason, and so does who asks for that decision later."""
    assert record["verdict"] == "refused" and record["reason"] == reason, record
    assert [one["reason"] for one in record["checks"] if one["name"] == check] == [reason]
    assert {one["name"] for one in record["checks"]} == CHECKS
    assert re.search(rf"^ +- {check} +(no|cannot-tell) +{reason}\b", why_then(record), re.M), why_then(record)
    SEEN.add(check)


def refused_by_key(host, key, check, reason, sentence):
    code, text, record = by_key(host, key)
    assert code == 255 and "\nby-key" not in text
    assert re.search(sentence, " ".join(text.split())), text
    assert "has expired" not in text  # pam_unix's word for a pass that ended, or an account in question
    holds(record, check, reason)


CONFIGURED = [
    ("tier-open", "tier-closed", r"This host is closed to guests\. The administrator of this host must act",
     ["guests=never"]),
    ("home", "home-not-allowed", "This host does not admit guests of your home organisation", ["DENIED"]),
    ("creation", "creation-not-allowed", f"did not come about in a way that counts here. {OWNER}",
     ["creation_types=self-service"]),
    ("pass", "pass-ended", "Your pass for this host has ended", ["max_stay=1s"]),
    ("pass", "no-pass", "You have no pass for this host", [f"access_groups={GROUP}=local"]),
    ("review", "review-overdue", f"The review of who may enter this host is overdue. {OWNER}",
     ["review_every=30d", f"last_review={day(-40)}"]),
    ("idle", "unused-too-long", f"You have not been here for so long that your access rests. {OWNER}", ["idle_limit=1s"]),
    ("hours", "outside-hours", "This host admits guests at other hours only", ["HOURS"]),
    ("network", "address-not-allowed", f"does not admit guests from the address you come from. {OWNER}",
     ["networks=192.0.2.0/24"]),
    ("location", "policies-unread", "This host has not yet read the rules of its organisation", ["ssh_location=enforce"]),
    ("sign-in-address", "sign-in-address-not-captured", "This host compares the addresses of sign-ins before anybody has",
     ["signin_address=match", "egress_addresses=203.0.113.9"]),
    ("context", "context-unknown", "Whether your sign-in is protected as this host asks cannot be told",
     ["ssh_location=report", "auth_context=c1"]),
]
# What the host cannot know of somebody who does not sign in.
BY_THE_SIGN_IN = {"home", "location", "sign-in-address", "context"}


def spelled(change):
    if change == "DENIED":
        homes = run("awk", "-F= ", "/^home_tenants /{print $2}", "/etc/guestpass/guestpass.conf").stdout.split()
        return f"home_tenants_denied={' '.join(homes)}"
    if change == "HOURS":
        told = json.loads(run("guestpass", "why", "--json", ADA).stdout)["at"]
        days = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")
        today = told // 86400 % 7
        return f"hours={days[(today + 3) % 7]} 00:00-24:00 UTC"
    return change


@pytest.fixture(scope="module", autouse=True)
def policies_unread(host):
    """Whatever ran before on this host: it has read no policies, as before its first hour."""
    host.stop_daemon()
    with contextlib.closing(sqlite3.connect("/var/lib/guestpass/guests.db")) as kept, kept:
        kept.execute("DELETE FROM document")
    host.start_daemon()


@pytest.mark.parametrize(("check", "reason", "sentence", "changes"), CONFIGURED, ids=[one[1] for one in CONFIGURED])
def test_by_the_configuration(host, tenant, key, check, reason, sentence, changes):
    changes = [spelled(change) for change in changes]
    with tier(host, tenant, "key_valid=1h", *changes):
        refused_by_key(host, key, check, reason, sentence)
        verdict = why_now("--from=127.0.0.1")[check]
        assert verdict[0] == "not-yet" if check in BY_THE_SIGN_IN else verdict == ("no", reason), verdict


def test_no_sponsor(host, tenant, key):
    tenant.control("PUT", f"/guests/{ADA}/relations", {"sponsors": []})
    with tier(host, tenant, "key_valid=1h", "sponsor_required=yes"):
        refused_by_key(host, key, "sponsor", "no-sponsor", f"your guest account has no sponsor. {OWNER}")
        assert why_now()["sponsor"] == ("no", "no-sponsor")


def test_a_service(host, tenant):
    """With the configuration of now: he stands at the prompt while it changes. A key has no sign-in to go on from."""
    count = len(host.audit())
    with prompted(host, ADA, "true") as (t, code):
        with tier(host, tenant, "services=login"):
            assert sign_in(tenant, code, ADA).outcome == "done"
            t.line()
            refused_text(t, "Guests may not sign in to this service")
            holds(host.audit_after(count, event="account", name=ADA), "service", "service-not-allowed")
            assert why_now("--service=sshd")["service"] == ("no", "service-not-allowed")


def refused_text(terminal, sentence):
    """Behind a sign-in that was good no reference is shown."""
    assert terminal.end() == 255
    assert re.search(sentence, " ".join(terminal.text.split())), terminal.text


def test_a_clock_and_a_key(host, tenant, keyed):
    """That the clocks differ is learned from the authority's next answer, which a login without a key asks for."""
    tenant.control("PUT", "/clock", {"offset": 400})
    try:
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "clock-wrong"
        refused_by_key(host, keyed, "clock", "clock-wrong", "The clock of this host is wrong, so it cannot check your sign-in")
        assert why_now()["clock"] == ("no", "clock-wrong")
    finally:
        tenant.control("PUT", "/clock", {"offset": 0})
    signs_in(host, tenant, ADA)
    assert why_now()["clock"] == ("yes", "ok")


def test_the_canary(host, tenant, keyed):
    """The last read had nobody's accountEnabled: until the next one has, nothing that Graph says of it is believed."""
    def roles(*names):
        tenant.control("PATCH", "/registrations/reader", {"roles": list(names)})
        tenant.control("POST", "/tokens/revoke")
    roles("GroupMember.Read.All")
    try:
        run("guestpass", "sync", "--full", check=False)
        until(lambda: host.status()["sync"]["canary"] == "no", 30, lambda: str(host.status()))
        # The right is back, and no read gets through to see it.
        with weather(tenant, *({"host": "graph", "path": path, "status": 503} for path in ("/v1.0/users/delta*",
                                                                                          "/v1.0/groups*"))):
            roles("User.Read.All", "GroupMember.Read.All")
            refused_by_key(host, keyed, "canary", "canary-failed", "may not read whether a guest's account is enabled.*"
                           "The administrators of this host's organisation must act")
            assert why_now()["canary"] == ("no", "canary-failed")
    finally:
        roles("User.Read.All", "GroupMember.Read.All")
        run("guestpass", "sync", "--full", check=False)
        until(lambda: host.status()["sync"]["canary"] == "yes", 60, lambda: str(host.status()))


def test_a_key_that_is_too_old(host, tenant, key):
    with tier(host, tenant, "key_valid=1s"):
        refused_by_key(host, key, "sign-in", "key-too-old", "too long ago for an SSH key to open this host")
        assert why_now()["sign-in"][0] == "not-yet"


@pytest.mark.parametrize(("check", "reason", "verb", "back", "sentence"), [
    ("revoked", "revoked", "revoke", "confirm", f"Your access to this host was ended. {OWNER}"),
    ("frozen", "organisation-frozen", "freeze", "thaw", f"Guests of your organisation may not enter at present. {OWNER}"),
])
def test_by_roots_word(host, tenant, keyed, check, reason, verb, back, sentence):
    signs_in(host, tenant, ADA)  # so that her home is known
    run("guestpass", verb, "--reason", "an incident", ADA)
    try:
        refused_by_key(host, keyed, check, reason, sentence)
        assert why_now()[check] == ("no", reason)
    finally:
        run("guestpass", back, ADA)


def test_a_guest_who_is_gone(host, tenant, keyed):
    gone = {"host": "graph", "path": "/v1.0/users/*", "status": 404,
            "body": {"error": {"code": "Request_ResourceNotFound", "message": "x"}}}
    with weather(tenant, gone):
        refused_by_key(host, keyed, "guest-exists", "guest-gone", "Your guest account no longer exists")
        assert why_now()["guest-exists"] == ("no", "guest-gone")


IN_ENTRA = [
    ("account-enabled", "guest-disabled", "Your guest account is disabled", {"accountEnabled": False}, "guest-disabled"),
    # Whose member he is the token would have to say.
    ("class", "external-member", "Your account is a member's, not a guest's", {"userType": "Member"}, "not-a-guest"),
]


@pytest.mark.parametrize(("check", "reason", "sentence", "change", "now"), IN_ENTRA, ids=[one[1] for one in IN_ENTRA])
def test_by_what_entra_says_of_her(host, tenant, keyed, check, reason, sentence, change, now):
    about = tenant.control("GET", f"/guests/{ADA}")
    with guest_changed(tenant, about["id"], change, {name: about[name] for name in change}):
        refused_by_key(host, keyed, check, reason, sentence)
        assert why_now()[check] == ("no", now)


def test_an_invitation_that_is_open_again(host, tenant, keyed):
    """To whoever was here before that is another case: the next person to accept it need not be she."""
    signs_in(host, tenant, ADA)
    pending, accepted = {"externalUserState": "PendingAcceptance"}, {"externalUserState": "Accepted"}
    try:
        with guest_changed(tenant, ADA, pending, accepted):
            refused_by_key(host, keyed, "same-person", "redeemed-again",
                           f"Your invitation was accepted anew since you first came here.*{OWNER}")
        run("guestpass", "confirm", ADA)
        run("guestpass", "sync")  # that the invitation is accepted
        until(lambda: host.welcomes(ADA), 20, "the account is whole again")
        count = len(host.audit())
        with prompted(host, ADA, "true") as (t, code):
            assert sign_in(tenant, code, ADA).outcome == "done"
            with guest_changed(tenant, ADA, pending, accepted):
                t.line()
                refused(t, "Your invitation has not been accepted yet")
                holds(host.audit_after(count, event="sign-in", name=ADA), "state", "guest-pending")
                assert why_now()["state"] == ("no", "guest-pending")
        run("guestpass", "sync")
        signs_in(host, tenant, ADA)
        tenant.control("PATCH", f"/guests/{ADA}", pending)
        tenant.control("PATCH", f"/guests/{ADA}", accepted)
        refused_by_key(host, keyed, "same-person", "redeemed-again", "Your invitation was accepted anew")
        # From then on it is known without a sign-in.
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "person-in-question"
        assert why_now()["same-person"] == ("no", "person-in-question")
    finally:
        run("guestpass", "confirm", ADA)
    until(lambda: host.welcomes(ADA), 20, "the account is whole again")
    signs_in(host, tenant, ADA)


def test_out_of_the_group(host, tenant, keyed):
    groups = ("SSH prod partners", "SSH prod partners: Northwind")
    for group in groups:
        tenant.control("DELETE", f"/groups/{group}/members/{ADA}")
    try:
        refused_by_key(host, keyed, "member", "not-member", "Your account is in no group that may enter this host")
        assert why_now()["member"] == ("no", "not-member")
    finally:
        for group in groups:
            tenant.control("PUT", f"/groups/{group}/members/{ADA}")


def test_somebody_else(host, tenant):
    record = refused_after_proof(host, tenant, ADA, "is not the guest whose name you gave here", as_person=GRACE)
    holds(record, "binding", "oid-differs")
    assert why_now()["binding"][0] == "not-yet"


@pytest.mark.parametrize(("check", "reason", "sentence", "spoil"), [
    ("client-info", "client-info-differs", "The answers to your sign-in contradict each other",
     {"name": "other_client_info"}),
    ("class", "token-not-guest", "Your sign-in does not say that you are a guest", {"name": "wrong_acct", "token": "both"}),
    ("home", "home-not-allowed", "does not admit guests of your home", {"name": "google_idp", "token": "both"}),
])
def test_by_what_the_tokens_say(host, tenant, check, reason, sentence, spoil):
    run("guestpass", "confirm", GRACE)
    count = len(host.audit())
    with prompted(host, GRACE, "true") as (t, code), mutation(tenant, **spoil):
        assert sign_in(tenant, code, GRACE).outcome == "done"
        t.line()
        refused(t, sentence)
        holds(host.audit_after(count, event="sign-in", name=GRACE), check, reason)
    assert why_now(name=GRACE)[check][0] == "not-yet"


def test_a_sign_in_that_does_not_say_how_old_it_is(host, tenant):
    run("guestpass", "confirm", GRACE)
    with tier(host, tenant, "max_auth_age=10m"), mutation(tenant, name="missing_auth_time", token="both"):
        count = len(host.audit())
        with prompted(host, GRACE, "true") as (t, code):
            assert sign_in(tenant, code, GRACE).outcome == "done"
            t.line()
            refused(t, "Your sign-in does not say when it was made")
            holds(host.audit_after(count, event="sign-in", name=GRACE), "sign-in-age", "sign-in-age-unknown")


def test_a_name_that_became_anothers(host, tenant):
    """A local account takes it while she stands at the prompt: from then on nobody is asked to sign in under it."""
    passwd = Path("/etc/passwd")
    kept = passwd.read_text()

    def write(text):
        new = passwd.with_name("passwd.e2e")
        new.write_text(text)
        new.chmod(0o644)
        new.rename(passwd)
    count = len(host.audit())
    with prompted(host, GRACE, "true") as (t, code), contextlib.ExitStack() as stack:
        stack.callback(write, kept)
        write(kept + f"{GRACE}:x:3001:3001::/home/grace:/bin/sh\n")
        until(lambda: host.passwd(GRACE) is None, 20, "Grace is in quarantine")
        assert sign_in(tenant, code, GRACE).outcome == "done"
        t.line()
        t.expect("Your name or number on this host is in dispute with another account")
        holds(host.audit_after(count, event="sign-in", name=GRACE), "quarantine", "quarantined")
        assert why_now(name=GRACE)["quarantine"] == ("no", "quarantined")
    until(lambda: host.welcomes(GRACE), 20, "Grace is back")


def test_each_check_has_refused(request, host, tenant):
    """The list above is the product's own, and nothing on it was left out."""
    if len(request.session.items) < 20:
        pytest.skip("only with all of this file")
    assert SEEN == CHECKS - {"sudo"}  # of nobody who logs in: test_step_up.py
