# SPDX-License-Identifier: Apache-2.0
"""Root's own word on guests and organisations: `guestpass grant`, `revoke`, `confirm`, `freeze`, `thaw`, each in force
for the next login and on record with who said it."""

import datetime
import json
import pwd
import re

import pytest

from support.guest import ADA, GRACE, log_in, prompted, refused, sign_in
from support.host import run
from support.waiting import until
from test_directory import shadow_day
from test_refusals import GENERIC, refused_after_proof, refused_before_code

EVAN, EVANS_PASSWORD = "evan@fabrikam.example", "never-invited-3"  # he has no object at Contoso until he is given one
WHO = r"uid=0 loginuid=(none|\d+) session=(none|\d+)( said=\d+)?"
FABRIKAM = "fabrikam.example"


def guestpass(*args, code=0):
    done = run("guestpass", *args, check=False)
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr


def shown(name):
    return json.loads(guestpass("show", "--json", name))["guest"]["standing"]


def enters(host, tenant, name):
    with log_in(host, tenant, name, "echo came-in") as t:
        assert t.end() == 0
        assert "\ncame-in" in t.text


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


@pytest.fixture
def local(host, tenant):
    """The members of the group enter by root's grant alone."""
    group = tenant.ready["group_ids"]["SSH prod partners"]
    host.configure(tenant.ready_file, f"tier.access_groups={group}=local", "tier.max_stay=30d")
    host.restart_daemon()
    yield host
    host.configure(tenant.ready_file)
    host.restart_daemon()


@pytest.fixture(autouse=True)
def as_before(request):
    """Whatever a test leaves, the next one finds Ada and Grace as nobody who came before."""
    host = request.getfixturevalue("host")
    yield
    if not host.daemon_died():
        for name in (ADA, GRACE):
            run("guestpass", "confirm", name)
        for one in json.loads(guestpass("frozen", "--json"))["freezes"]:
            guestpass("thaw", one["home"])


def grant(until, name=ADA, code=0, sponsor="max@contoso.example"):
    return guestpass("grant", "--until", until, "--reason", "the migration", "--sponsor", sponsor, name, code=code)


def test_a_grant_lets_a_member_in(local, tenant):
    host = local
    # Nobody is sent to a sign-in that cannot succeed.
    assert refused_before_code(host, GRACE, GENERIC)["reason"] == "no-pass"
    assert f"{GRACE} has a pass until the end of {day(7)}" in grant(day(7), GRACE)
    enters(host, tenant, GRACE)
    kept = shown(GRACE)
    assert (kept["grant_reason"], kept["grant_sponsor"]) == ("the migration", "max@contoso.example")
    assert re.fullmatch(WHO, kept["grant_by"]), kept
    text = guestpass("show", GRACE)
    assert re.search(rf"granted +\S+ \(.*ago\) until \S+, {WHO}: the migration\n", text), text
    assert re.search(r"first came from +[0-9a-f-]{36}\n", text), text
    assert host.log_lines(f"name={GRACE} "), host.log_tail()
    # One who has none is refused all the same.
    assert refused_before_code(host, ADA, GENERIC)["reason"] == "no-pass"


def test_whatif_shows_the_pass_and_its_end(local):
    grant(day(7), GRACE)
    told = json.loads(guestpass("whatif", "--json", "--from=203.0.113.7", GRACE))
    assert [one["basis"] for one in told["passes"]] == ["local"]
    end = told["passes"][0]["end"]
    moment = datetime.datetime.fromtimestamp(end, datetime.timezone.utc)
    assert moment.strftime("%Y-%m-%dT%H:%M:%SZ") == day(8) + "T00:00:00Z"
    assert f"until {moment:%Y-%m-%dT%H:%M:%SZ}" in guestpass("whatif", "--from=203.0.113.7", GRACE)
    assert told["verdict"] != "no"
    late = json.loads(guestpass("whatif", "--json", "--from=203.0.113.7", f"--at={end}", GRACE))
    assert (late["verdict"], late["reason"]) == ("no", "pass-ended")


def test_who_proved_himself_is_told_that_he_has_no_pass(local, tenant):
    """Where another group might give him one, only Graph's fresh answer says that it does not."""
    groups = tenant.ready["group_ids"]
    local.configure(tenant.ready_file, "tier.access_groups="
                    f"{groups['SSH prod partners']}=local {groups['SSH partners by package']}=pim")
    local.restart_daemon()
    record = refused_after_proof(local, tenant, ADA, "You have no pass for this host")
    assert record["reason"] == "no-pass"
    grant(day(7), ADA)
    enters(local, tenant, ADA)


def test_a_grant_stays_within_the_tier(local):
    before = shown(ADA)
    latest = f"the last whole day is {day(29)}"
    assert latest in grant(day(400), code=2)
    assert latest in grant("2999-12-31", code=2)
    assert "must lie in the future" in grant("2020-01-01", code=2)
    assert "a sponsor is needed" in grant(day(1), sponsor="max", code=2)
    assert "no guest has this name" in grant(day(1), name="nobody@example.com", code=2)
    assert "such as 2026-12-31" in grant("tomorrow", code=64)
    assert "usage: guestpass grant" in guestpass("grant", "--until", day(1), ADA, code=64)
    assert shown(ADA) == before
    # JSON says the same, with the same exit status.
    done = run("guestpass", "grant", "--json", "--until", day(400), "--reason", "x", "--sponsor", "m@c.example", ADA,
               check=False)
    assert done.returncode == 2 and latest in json.loads(done.stdout)["error"]


def test_without_a_local_group_nothing_is_granted(host):
    assert "no group of access_groups has the basis local" in grant(day(1), code=2)


def test_a_revoked_guest_is_confirmed(host, tenant):
    enters(host, tenant, ADA)
    guestpass("revoke", "--reason", "left the \x1b[31mproject", ADA)
    record = refused_before_code(host, ADA, GENERIC)
    assert record["reason"] == "revoked"
    text = guestpass("show", ADA)
    assert re.search(rf"revoked +\S+ \(.*ago\), {WHO}: left the .*x1B\[31mproject\n", text), text
    assert "\x1b" not in text
    assert "the revocation is lifted" in guestpass("confirm", ADA)
    assert shown(ADA)["revoked"] == 0 and re.fullmatch(WHO, shown(ADA)["confirm_by"])
    enters(host, tenant, ADA)
    assert "no guest has this name" in guestpass("revoke", "--reason", "x", "nobody", code=2)
    assert "usage: guestpass revoke" in guestpass("revoke", ADA, code=64)


def test_a_revocation_while_he_signs_in(host, tenant):
    """He proved who he is, so he is told."""
    with prompted(host, ADA, "true") as (t, code):
        guestpass("revoke", "--reason", "an incident", ADA)
        assert sign_in(tenant, code, ADA).outcome == "done"
        t.line()
        refused(t, "Your access to this host was ended")


def test_a_frozen_organisation(host, tenant):
    guestpass("confirm", ADA)
    enters(host, tenant, ADA)
    home = shown(ADA)["home"]
    assert f"{home} is frozen" in guestpass("freeze", "--reason", "an incident", FABRIKAM)
    assert f"{home} was frozen already" in guestpass("freeze", "--reason", "again", ADA)
    record = refused_before_code(host, ADA, GENERIC)
    assert record["reason"] == "organisation-frozen"
    [line] = [line for line in guestpass("frozen").splitlines() if home in line]
    assert re.search(rf"{WHO} +an incident$", line), line
    assert re.search(rf"home frozen +\S+ \(.*ago\), {WHO}: an incident\n", guestpass("show", ADA))
    assert f"{home} is thawed" in guestpass("thaw", FABRIKAM)
    enters(host, tenant, ADA)
    assert "is not frozen" in guestpass("thaw", FABRIKAM, code=2)
    assert "no organisation is frozen" in guestpass("frozen")


def test_frozen_before_anybody_came(host, tenant):
    """Her home is known from her token only, so she is refused after the sign-in, and told."""
    for name in (ADA, GRACE):
        guestpass("confirm", name)
    assert "give its tenant's id" in guestpass("freeze", "--reason", "an incident", "Nobody, Inc.", code=2)
    home = next(one["id"] for one in tenant.control("GET", "/organisations") if FABRIKAM in json.dumps(one))
    guestpass("freeze", "--reason", "an incident", home.upper())
    record = refused_after_proof(host, tenant, GRACE, "Guests of your organisation may not enter at present")
    assert record["reason"] == "organisation-frozen"
    guestpass("thaw", home)
    enters(host, tenant, GRACE)


def test_the_object_became_another_persons(host, tenant):
    enters(host, tenant, ADA)
    oid = json.loads(guestpass("show", "--json", ADA))["guest"]["oid"]
    tenant.control("POST", f"/guests/{oid}/hand-over", {"mail": EVAN})
    try:
        with prompted(host, ADA, "true") as (t, code):
            assert tenant.person().sign_in(code, EVAN, EVANS_PASSWORD).outcome == "done"
            t.line()
            refused(t, "now belongs to another person")
        assert shown(ADA)["in_question"]
        assert "in question" in guestpass("show", ADA)
        # Name, number and home are in quarantine: her files keep their owner, and nobody gets a shell as her.
        until(lambda: not host.welcomes(ADA), 20, "the account opens nothing")
        assert host.passwd(ADA) and pwd.getpwuid(int(host.passwd(ADA)[2])).pw_name == ADA
        assert shadow_day(ADA) == "1"
        assert re.search(r"in quarantine +another-person\n", guestpass("show", ADA))
        assert json.loads(guestpass("show", "--json", ADA))["guest"]["state"] == "quarantined"
        records = [one for one in host.audit() if one["event"] == "quarantined" and one["oid"] == oid]
        assert [one["reason"] for one in records] == ["another-person"]
        # From then on nobody is asked to sign in with it.
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "person-in-question"
        # A new daemon knows it, and says it once.
        host.restart_daemon(guest=GRACE)
        assert not host.welcomes(ADA)
        assert len([one for one in host.audit() if one["event"] == "quarantined" and one["oid"] == oid]) == 1
        guestpass("confirm", ADA)
        until(lambda: host.welcomes(ADA), 20, "the account is whole again")
        assert int(shadow_day(ADA)) > 20000
        with prompted(host, ADA, "echo came-in") as (t, code):
            assert tenant.person().sign_in(code, EVAN, EVANS_PASSWORD).outcome == "done"
            t.line()
            assert t.end() == 0 and "\ncame-in" in t.text, t.text
    finally:
        tenant.control("POST", f"/guests/{oid}/hand-over", {"mail": ADA})
        guestpass("confirm", ADA)
    enters(host, tenant, ADA)
