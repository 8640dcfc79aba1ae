# SPDX-License-Identifier: Apache-2.0
"""The admin page under strain: can it be read in every size and colour, and what do hostile names, hostile sites, live
data and very many guests do to it?"""
import json
import os
import pathlib
import re
import shutil
import time
import urllib.parse

import pytest

from admin_page import ADA, GROUP, browser, forgive_refusals, page, said, show, trusted  # noqa: F401  two are fixtures
from chromium import PROGRAM, Browser
from tenant_client import Tenant

pytestmark = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="no chromium here")
ESKA = "a0000000-0008-4d00-8d00-00000000e5c0"  # with escape sequences and bidi marks in her name
LOGS = pathlib.Path(os.environ.get("GP_TEST_LOGS") or "build/test-logs")
VIEWS = ("overview", "guests", "groups", "homes", "registrations", "signins", "mailbox", "records", "policies",
         "switches", "weather", "mutations", "clock", "log", "reset")
HOSTILE = ("<script>document.title='taken'</script>", "<img src=x onerror=\"document.title='taken'\">",
           "\u202eelpmaxe\u202c", "\x1b]0;taken\x07", "{{7*7}}${7*7}", "javascript:document.title='taken'",
           "\ud800 alone", "a" * 3000, "<style>*{display:none}</style>", "\u200b\u200b")
# Text whose contrast with what is behind it is too small, over all elements that show text of their own.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  function rgba(text) {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  }
  function light([r, g, b]) {
    const part = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  }
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) ||
      one.matches("input, select, textarea");
    if (!own || !one.checkVisibility() || one.closest("[disabled], .unseen, .skip, noscript, option")) continue;
    let behind = one, back = [0, 0, 0, 0];
    for (; behind && back[3] < 255; behind = behind.parentElement)
      back = rgba(getComputedStyle(behind).backgroundColor);
    const [a, b] = [light(rgba(getComputedStyle(one).color)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${one.className} ${ratio.toFixed(2)} ${one.textContent.slice(0, 30)}`);
  }
  return found;
})()"""
# Elements of the page that a screen reader could not name.
NAMELESS = """[...document.querySelectorAll("button, a, input, select, textarea, [role=region]")].filter((one) =>
  one.checkVisibility() && !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby") &&
  !one.labels?.length && !one.textContent.trim()).map((one) => one.outerHTML.slice(0, 120))"""


def busy(tenant):
    """A tenant on a day that is not quiet: something to see in every view."""
    codes = [tenant.device().json()["user_code"] for _ in range(4)]
    tenant.control("POST", f"/signins/{codes[0]}/approve", {"as": "ada@fabrikam.example"})
    tenant.control("POST", f"/signins/{codes[1]}/block", {"code": 53003})
    tenant.control("POST", "/mutations", {"name": "wrong_azp"})
    tenant.control("PATCH", "/switches", {"refusal_at_poller": "error"})
    tenant.get("/groups")
    tenant.app(client_secret="wrong")
    tenant.control("POST", "/weather", {"host": "graph", "status": 503, "retry_after": 5, "times": 3})
    tenant.control("PUT", "/clock", {"offset": 300})


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width,height", [(1280, 800), (390, 844)])
def test_every_view_opens_and_can_be_read(page, tenant, width, height, dark):
    busy(tenant)
    LOGS.mkdir(parents=True, exist_ok=True)
    page.look(width, height, dark)
    for view in (*VIEWS, f"guests/{ADA}", f"groups/{GROUP}"):
        show(page, tenant, view)
        page.wait_text("Connected")
        assert page.run("document.documentElement.scrollWidth") <= width, view
        assert page.run(CONTRAST) == [], view
        assert page.run(NAMELESS) == [], view
        assert page.run("document.querySelectorAll('h1').length") == 1, view
        name = view.replace("/", "-")[:20]
        page.screenshot(LOGS / f"admin-{name}-{'dark' if dark else 'light'}-{width}.png")


@pytest.mark.parametrize("name,view,dark", [("overview-light", "overview", False), ("guests-dark", f"guests/{ESKA}", True)])
def test_the_pictures_of_the_manual_can_be_made(page, tenant, name, view, dark):
    """tests/tenant/screenshots/ has them, copied by hand: they differ at each start by port numbers."""
    busy(tenant)
    LOGS.mkdir(parents=True, exist_ok=True)
    page.look(1200, 640, dark)
    show(page, tenant, view)
    page.wait_text("Connected")
    page.screenshot(LOGS / f"{name}.png")
    assert (LOGS / f"{name}.png").stat().st_size < 150_000


def test_hostile_names_are_inert(page, tenant):
    for number, name in enumerate(HOSTILE):
        mail = f"h{number}@fabrikam.example"
        tenant.control("POST", "/guests", {"mail": mail, "displayName": name, "companyName": name,
                                           "home": {"kind": "mail", "mail": mail}, "groups": ["SSH prod partners"]})
    tenant.control("PATCH", "/registrations/signin", {"displayName": HOSTILE[0]})
    for where in ("guests", f"groups/{GROUP}", "registrations", "overview", "signins", "homes"):
        show(page, tenant, where)
        assert page.run("document.title").endswith("Rehearsal tenant"), where
        assert not page.run("document.querySelectorAll('main script, main img, main style').length"), where
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), where
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]",
                             page.text()), where
    for number, name in enumerate(HOSTILE):
        person = tenant.id_of(f"h{number}@fabrikam.example")
        show(page, tenant, f"guests/{person}")
        page.wait("document.querySelectorAll('.detail dt').length > 5")
        assert page.run("document.title").endswith("Rehearsal tenant")
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        page.click("button[aria-label='Edit displayName']")
        page.click("text=Save")
        said(page, "displayName of")
        assert tenant.control("GET", f"/guests/{person}")["displayName"] == name  # shown, saved, and still the same
    show(page, tenant, f"guests/{tenant.id_of('h0@fabrikam.example')}")
    page.wait_text(HOSTILE[0], ".detail h2")


def test_the_policy_is_in_force_and_a_violation_is_noticed(page, tenant):
    """That the other tests saw no complaint means something only if there would have been one."""
    show(page, tenant, "overview")
    for markup in ("document.body.insertAdjacentHTML('beforeend', '<b>x</b>')", "document.body.innerHTML = 'x'",
                   "document.createElement('script').text = 'x'"):
        with pytest.raises(RuntimeError):
            page.run(f"(() => {{ {markup}; }})()")
    page.run("document.body.append(Object.assign(document.createElement('img'), {src: 'https://127.0.0.1:9/x'})); null")
    page.run("const one = document.createElement('b'); one.setAttribute('style', 'color: red'); null")
    deadline = time.monotonic() + 20
    while not all(any(word in one for one in page.complaints) for word in ("img-src", "style-src")):
        assert time.monotonic() < deadline, page.complaints
        page.run("null")
    page.complaints.clear()
    page.hosts.discard("127.0.0.1:9")


def test_a_hostile_address_is_inert(page, tenant):
    for where in ("guests/%3Cscript%3E", "guests/..%2F..%2Freset", "%00", "constructor", "guests/%",
                  "guests?skip=-1&state=x"):
        page.open(f"{tenant.ready['admin']}#/{where}")
        page.wait("document.querySelector('main h1')")
    assert tenant.control("GET", f"/guests/{ADA}")
    forgive_refusals(page)


def test_the_page_of_another_site_is_refused(browser, tenant):
    """The sign-in host is another origin, and of the same site at that: what runs there must not reach control."""
    page = browser.page()
    try:
        page.open(tenant.ready["verification_uri"])
        page.wait("document.readyState === 'complete'")
        assert urllib.parse.urlsplit(tenant.login).netloc != urllib.parse.urlsplit(tenant.ready["control"]).netloc
        root = json.dumps(tenant.ready["control"])
        outcome = page.run(f"fetch({root} + '/reset', {{method: 'POST', mode: 'no-cors', body: '{{}}'}})"
                           ".then((one) => one.type, () => 'failed')")
        assert outcome in ("opaque", "failed")
        assert page.run(f"fetch({root} + '/guests').then(() => 'read', () => 'failed')") == "failed"
    finally:
        page.close()


def test_keyboard_alone_reaches_a_guest(page, tenant):
    show(page, tenant, "overview")
    page.run("document.activeElement.blur()")
    page.press("Tab")
    assert page.run("document.activeElement.id") == "skip"
    for _ in range(60):
        page.press("Tab")
        if page.run("document.activeElement.dataset.view === 'guests'"):
            break
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter")
    page.wait("document.getElementById('main').dataset.ready === 'guests' && document.activeElement.tagName === 'H1'")
    for _ in range(20):
        page.press("Tab")
        if page.run(f"document.activeElement.dataset.id === '{ADA}'"):
            break
    page.press("Enter")
    page.wait_text("Ada Lovelace", ".detail h2")
    page.wait("document.activeElement.tagName === 'H2'")


def test_live_data_move_nothing(page, tenant):
    show(page, tenant, "signins")
    page.wait_text("Nobody is signing in")
    page.run("window.moved = []; new PerformanceObserver((list) => { for (const one of list.getEntries())"
             " if (!one.hadRecentInput) window.moved.push(one.value); }).observe({type: 'layout-shift'})")
    show(page, tenant, "log")
    page.wait_text("Live.")
    page.run("window.moved.length = 0")
    for _ in range(30):
        tenant.device()
    page.wait("document.querySelectorAll('.log tbody tr').length >= 30")
    assert page.run("window.moved.reduce((sum, one) => sum + one, 0)") < 0.02


def test_a_tenant_that_has_ended_is_noticed():
    mortal = Tenant()
    browser = Browser([trusted(mortal)])
    try:
        page = browser.page()
        show(page, mortal, f"guests/{ADA}")
        page.wait_text("All properties", ".detail")
        assert mortal.stop() == 0
        mortal = None
        page.wait_text("No answer", "#conditions")
        page.click("text=Disable")
        page.wait_text("The tenant does not answer. Is it still running? Nothing was changed.", "#wrong")
        assert "Ada Lovelace" in page.text(".detail")  # what was seen stays
        forgive_refusals(page)
    finally:
        browser.close()
        if mortal:
            mortal.stop()


# Size

def test_a_hundred_thousand_guests():
    crowd = Tenant("--scale", "100000")
    browser = Browser([trusted(crowd)])
    try:
        page = browser.page()
        show(page, crowd, "guests")
        page.wait_text("1 to 50 of 100,012", ".pager")
        assert page.run("document.querySelectorAll('.list tbody tr').length") == 50
        page.click("text=Next")
        page.wait_text("51 to 100 of 100,012", ".pager")
        page.type("input[type=search]", "guest-099999")
        page.wait_text("1 to 1 of 1", ".pager")
        page.click(".list tbody a")
        page.wait_text("guest-099999@partner-199.example", ".detail")
        page.click("text=Disable")
        said(page, "is disabled")
        assert crowd.control("GET", "/guests/guest-099999@partner-199.example")["accountEnabled"] is False
        show(page, crowd, f"groups/{GROUP}")
        page.wait_text("1 to 50 of 100,010", ".detail .pager")
        show(page, crowd, "overview")
        page.wait_text("100,012", ".tiles")
        assert page.complaints == []
    finally:
        browser.close()
        assert crowd.stop() == 0
