# SPDX-License-Identifier: Apache-2.0
"""A browser that is still signed in: device code cannot force a new sign-in, so the host looks at auth_time."""

import contextlib
import time

import pytest

from support.guest import ADA, PASSWORDS, prompted, refused, sign_in, wait_for_code
from support.host import run
from support.tier import tier
from support.waiting import until

AGAIN = "One more time, please: the browser was still signed in from earlier"
OLD = 3  # seconds; the tier below wants one


@pytest.fixture(scope="module", autouse=True)
def wants_a_fresh_one(host, tenant):
    with tier(host, tenant, "max_auth_age=1s"):
        yield


@contextlib.contextmanager
def stale_browser(host, tenant):
    """A browser in which she signed in a while ago, for another login."""
    browser = tenant.person()
    with prompted(host, ADA, "true") as (t, code):
        assert browser.sign_in(code, ADA, PASSWORDS[ADA]).outcome == "done"
        began = time.time()
        t.line()
        assert t.end() == 0
    until(lambda: time.time() > began + OLD, 20, "the browser's session is old enough")
    yield browser


def asked_again(host, count):
    event = host.audit_after(count, event="asked-again")
    assert event["name"] == ADA and event["reason"] == "sign-in-too-old"
    return event


def test_stale_session_is_asked_once_more_and_a_fresh_one_enters(host, tenant):
    with stale_browser(host, tenant) as browser:
        count = len(host.audit())
        with prompted(host, ADA, "echo entered") as (t, code):
            walked = browser.sign_in(code, ADA)
            assert walked.outcome == "done" and "password" not in walked.pages
            t.line()
            t.expect(AGAIN)
            t.expect("private\r?\n? *window")
            second = wait_for_code(t)
            assert second != code
            event = asked_again(host, count)
            assert sign_in(tenant, second, ADA).outcome == "done"
            t.line()
            t.expect("\nentered\r")
            assert t.end() == 0
        record = host.audit_after(count, event="sign-in", name=ADA)
        assert record["verdict"] == "admitted" and record["decision"] == event["decision"]
        assert -300 <= record["auth_age"] <= 1 and record["auth_time"]


def test_stale_twice_is_refused_and_says_how(host, tenant):
    with stale_browser(host, tenant) as browser:
        count = len(host.audit())
        with prompted(host, ADA, "true") as (t, code):
            assert browser.sign_in(code, ADA).outcome == "done"
            t.line()
            t.expect(AGAIN)
            assert browser.sign_in(wait_for_code(t), ADA).outcome == "done"
            t.line()
            refused(t, r"You signed in to your account too long ago[\s\S]*private window[\s\S]*sign out in the browser")
        record = host.audit_after(count, event="sign-in", name=ADA)
        assert (record["verdict"], record["reason"]) == ("refused", "sign-in-too-old")
        assert record["auth_age"] >= OLD - 1
        told = run("guestpass", "why", f"--decision={record['decision']}").stdout
        assert "sign-in-too-old" in told and f"auth_age {record['auth_age']} s" in told
        assert "home" not in told.split("sign-in-age")[1].splitlines()[0]


def test_signed_out_is_fresh(host, tenant):
    with stale_browser(host, tenant) as browser:
        browser.sign_out("contoso.example")
        browser.sign_out("fabrikam.example")
        with prompted(host, ADA, "echo entered") as (t, code):
            walked = browser.sign_in(code, ADA, PASSWORDS[ADA])
            assert walked.outcome == "done" and "password" in walked.pages
            t.line()
            t.expect("\nentered\r")
            assert AGAIN not in t.text
