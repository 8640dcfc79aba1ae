# SPDX-License-Identifier: Apache-2.0
"""Unix knows the end: what shadow(5) says of a guest's account follows from his pass, and decides nothing at our door."""

import datetime
import json

from support.guest import ADA, GENERIC, GRACE, log_in, refused_before_code
from support.host import run
from support.tier import tier
from support.waiting import until
from test_directory import shadow_day
from test_passes import GROUP, PACKAGE, assignment, day, moment, quick_tenant  # noqa: F401 (each test has it)


def enters(host, tenant, name=ADA):
    with log_in(host, tenant, name, "echo came-in") as t:
        t.expect("\ncame-in")
        assert t.end() == 0


def days(offset):
    """As shadow has it: the day that is so many from today."""
    return str((datetime.datetime.now(datetime.timezone.utc).date() - datetime.date(1970, 1, 1)).days + offset)


def shown(name=ADA):
    return json.loads(run("guestpass", "show", "--json", name).stdout)["guest"]


def becomes(host, name, expected):
    until(lambda: shadow_day(name) == expected, 20, lambda: f"{shadow_day(name)} is not {expected}\n{host.log_tail()}")


def test_the_end_of_a_pass_is_the_accounts(host, tenant):
    with tier(host, tenant, f"access_groups={GROUP}=package:{PACKAGE}", "max_stay=0"):
        # No end is known before somebody looked, and the pass of one guest is not another's.
        becomes(host, ADA, "")
        assert shown()["expiry_day"] is None
        assert "not known before his first sign-in" in run("guestpass", "show", ADA).stdout
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=10)
        made = assignment(tenant, moment(-60), end.strftime("%Y-%m-%dT%H:%M:%SZ"))
        enters(host, tenant)
        # The day after the last one, on which there still is a part of it.
        becomes(host, ADA, days(11))
        assert shadow_day(GRACE) == ""
        guest = shown()
        assert guest["pass_end"] == int(end.timestamp()) and str(guest["expiry_day"]) == days(11)
        text = run("guestpass", "show", ADA).stdout
        assert f"pass until       {end:%Y-%m-%dT%H:%M:%S}Z, as found " in text
        assert f"account expires  {day(11)}" in text
        # A daemon that starts anew knows it, and so does who looks while there is none.
        host.restart_daemon()
        assert shadow_day(ADA) == days(11) and shown()["pass_end"] == int(end.timestamp())
        # Entra shortens it: known at the next sign-in, and at once what is there.
        tenant.control("PATCH", f"/governance/assignments/{made}", {"state": "expired"})
        made = assignment(tenant, moment(-60), moment(3 * 86400))
        enters(host, tenant)
        becomes(host, ADA, days(4))
        tenant.control("PATCH", f"/governance/assignments/{made}", {"state": "expired"})


def test_an_account_that_has_expired_keeps_nobody_out_who_has_a_new_pass(host, tenant):
    with tier(host, tenant, f"access_groups={GROUP}=local", "max_stay=30d"):
        run("guestpass", "grant", f"--until={day(1)}", "--reason=a project", "--sponsor=max@contoso.example", ADA)
        enters(host, tenant)
        run("guestpass", "revoke", "--reason=over", ADA)
        becomes(host, ADA, days(1))
        # As pam_unix would see it, it is over since long ago.
        run("guestpass", "confirm", ADA)
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "pass-ended"
    with tier(host, tenant, "max_stay=1s"):
        becomes(host, ADA, str(shown()["expiry_day"]))
        assert int(shadow_day(ADA)) <= int(days(1))
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "pass-ended"
    with tier(host, tenant, f"project_end={day(-30)}"):
        becomes(host, ADA, days(-29))
        assert refused_before_code(host, ADA, GENERIC)["reason"] == "pass-ended"
    # Published as expired on a day long ago, with a pass that is good now: the door asks the pass.
    with tier(host, tenant, f"access_groups={GROUP}=package:{PACKAGE}"):
        made = assignment(tenant, moment(-60), moment(86400))
        enters(host, tenant)
        becomes(host, ADA, days(2))
        tenant.control("PATCH", f"/governance/assignments/{made}", {"state": "expired"})


def test_what_the_configuration_says_of_the_end(host, tenant):
    """Of membership alone the end is known without a sign-in, and a project's is everybody's."""
    becomes(host, GRACE, days(366))  # the preset of the label
    with tier(host, tenant, "max_stay=20d"):
        becomes(host, GRACE, days(21))
        with tier(host, tenant, f"project_end={day(5)}"):
            becomes(host, GRACE, days(6))
    with tier(host, tenant, "max_stay=0"):
        becomes(host, GRACE, "")
