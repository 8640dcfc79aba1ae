# SPDX-License-Identifier: Apache-2.0
"""What the tests of the admin page share: one browser that trusts the tenant, and a page whose every complaint fails.

A test passes only if the browser had nothing to complain of (a console error, a violation of the content security
policy, a failed load) and spoke to nobody but the tenant.
"""
import json
import urllib.parse

import pytest

from chromium import Browser, fingerprint

ADA, GROUP = "a0000000-0001-4d00-8d00-00000000ada0", "67000000-0001-4e00-8e00-000000000001"


@pytest.fixture(scope="session")
def browser(started):
    out = Browser([trusted(started)])
    yield out
    out.close()


def trusted(tenant):
    address = urllib.parse.urlsplit(tenant.ready["admin"])
    return fingerprint(address.hostname, address.port, tenant.ready["ca_file"])


@pytest.fixture
def page(browser, tenant):
    out = browser.page()
    yield out
    assert not out.complaints
    assert out.hosts == {urllib.parse.urlsplit(tenant.ready["admin"]).netloc}
    out.close()


def show(page, tenant, where):
    """Open a view and wait until it is there."""
    page.open(f"{tenant.ready['admin']}#/{where}")
    name = where.partition("/")[0].partition("?")[0]
    page.wait(f"document.getElementById('main')?.dataset.ready === {json.dumps(name)}")


def said(page, text):
    page.wait_text(text, "#said")
    assert page.run("document.getElementById('wrong').hidden")


def forgive_refusals(page):
    """The browser notes every answer that is an error; where a test provoked them, nothing else may be noted."""
    assert [one for one in page.complaints if not one.startswith("network: ")] == []
    page.complaints.clear()
