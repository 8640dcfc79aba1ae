# SPDX-License-Identifier: Apache-2.0
"""The person at the browser: walks the rehearsal tenant's pages with plain HTTP, as forms and links allow.

    Person(login_url, ca_file).sign_in("FJC3LNB7A", "ada@fabrikam.example", "password")

A Person keeps its cookies between calls, so a second sign-in can pick the remembered account.
"""
import argparse
import getpass
import re
import socket
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin

import requests

TIMEOUT = 20
MOST_PAGES = 20
SILENT_TAGS = ("style", "title", "head")
SPACES = re.compile(r"\s+")
# What this person presses on a page, unless told to refuse.
PRESSED = {"consent": "accept", "appconsent": "accept", "adminconsent": "accept", "confirm": "continue",
           "mfa": "approve",
           "mfahere": "approve", "phone": "approve", "hello": "approve", "certificate": "approve",
           "register": "register",
           "proofup": "register", "terms": "accept", "kmsi": "no", "challenge": "continue", "interrupt": "continue", "reauth": "continue"}
REFUSALS = {**dict.fromkeys(PRESSED, "cancel"), "newpassword": "cancel", "approval": "cancel",
            **dict.fromkeys(("mfa", "mfahere", "phone", "hello", "certificate"), "deny")}
TYPED = {"newpassword": "new_password", "newaccount": "new_password", "approval": "reason"}
FIRST = ("password", "tap", "phone", "hello", "certificate", "mailcode", "newaccount")
BLOCK_TAGS = ("p", "h1", "li", "ul", "header", "label", "button", "br", "input", "div")


@dataclass
class Result:
    """How a walk ended: `done`, `blocked` (with the AADSTS number), `declined`, or stuck on a page."""
    outcome: str
    code: int = None
    text: str = ""
    pages: list = field(default_factory=list)
    page: object = None

    @property
    def ok(self):
        return self.outcome == "done"


class Page(HTMLParser):
    """One page as a person sees it: its kind, the visible text, the forms."""

    def __init__(self, url, html):
        super().__init__()
        self.url, self.kind, self.code, self.source = url, "", None, html
        self.forms, self.links, self._words, self._silent = [], [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "main":
            self.kind = given.get("data-page", "")
            self.code = int(given["data-code"]) if given.get("data-code") else None
        elif tag == "a":
            self.links.append(urljoin(self.url, given.get("href", "")))
        elif tag == "form":
            self.forms.append({"action": urljoin(self.url, given.get("action", "")), "fields": [], "buttons": []})
        elif tag == "input" and self.forms:
            self.forms[-1]["fields"].append(given.get("name"))
        elif tag == "button" and self.forms:
            self.forms[-1]["buttons"].append((given.get("name"), given.get("value")))
        if tag in SILENT_TAGS and tag != "title":
            self._silent += 1
        if tag in BLOCK_TAGS:
            self._words.append("\n")

    def handle_endtag(self, tag):
        if tag in SILENT_TAGS and tag != "title":
            self._silent -= 1
        if tag in BLOCK_TAGS:
            self._words.append("\n")

    def handle_data(self, data):
        if not self._silent:
            self._words.append(SPACES.sub(" ", data))

    @property
    def text(self):
        lines = (line.strip() for line in "".join(self._words).split("\n"))
        return "\n".join(line for line in lines if line)

    def form_with(self, name):
        """The first form that has a field or button of that name."""
        return next((one for one in self.forms
                     if name in one["fields"] or any(button == name for button, _ in one["buttons"])), None)


class Person:
    def __init__(self, base, ca, show=None):
        """`base`: the login host; `ca`: its CA file; `show`: called with the text of each page, e.g. print."""
        self.base, self.show = base.rstrip("/"), show
        self.http = requests.Session()
        self.http.trust_env = False  # a CA bundle or a proxy in the environment must not win over ours
        self.http.verify = ca

    def _page(self, answer):
        answer.raise_for_status()
        page = Page(answer.url, answer.text)
        if self.show:
            self.show(f"--- {page.url.split('?')[0]}\n{page.text}\n")
        return page

    def open(self, url):
        return self._page(self.http.get(url, timeout=TIMEOUT))

    def send(self, page, **values):
        """Fill in the form that has the first of the named fields, and send it."""
        form = page.form_with(next(iter(values)))
        if form is None:
            raise LookupError(f"page {page.kind!r} has no field {next(iter(values))!r}:\n{page.text}")
        return self._page(self.http.post(form["action"], data=values, timeout=TIMEOUT))

    def mail_code(self, address):
        """Look into the mailbox for the newest one-time code."""
        page = self.open(f"{self.base}/mailbox/{quote(address)}")
        for line in page.text.split("\n"):
            if line[:8].isdigit() and "used" not in line:
                return line[:8]
        raise LookupError(f"no code in the mailbox of {address}")

    def invitation(self, address):
        """Look into the mailbox for the link of the newest invitation."""
        links = self.open(f"{self.base}/mailbox/{quote(address)}").links
        if not links:
            raise LookupError(f"no invitation in the mailbox of {address}")
        return links[0]

    def _next(self, page, email, password, refuse, answers):
        """Answer one page as this person would; None if it is the last or cannot be answered."""
        if page.kind in refuse:
            return self.send(page, do=REFUSALS[page.kind])
        if page.kind == "account":
            form = page.form_with("account")
            known = form and any(value == email for _, value in form["buttons"])
            return self.send(page, account=email) if known else self.send(page, email=email)
        if page.kind in FIRST and email.lower() not in page.text.lower() and page.links:
            return self.open(page.links[0])  # "Use another account": the page is for the address that was invited
        if page.kind in ("password", "tap"):
            return self.send(page, **{page.kind: password or ""})
        if page.kind == "mailcode":
            return self.send(page, otp=password or self.mail_code(email))
        if page.kind in TYPED:
            wanted = answers.get(TYPED[page.kind])
            return self.send(page, **{TYPED[page.kind]: wanted,
                                      **({"do": "send"} if page.kind == "approval" else {})}) \
                if wanted else None
        if page.kind in PRESSED:
            return self.send(page, do=PRESSED[page.kind])
        return None

    def walk(self, page, email, password=None, consent=True, confirm=True, refuse=(), **answers):
        """Answer page after page to the end. A page shown twice in a row (wrong password) ends the walk there.

        `refuse`: kinds of pages where this person presses Cancel or Deny; `answers`: new_password=, reason=.
        """
        refuse = {*refuse, *(() if consent else ("consent", "appconsent", "adminconsent")),
                  *(() if confirm else ("confirm",))}
        seen = [page.kind]
        following = self._next(page, email, password, refuse, answers)
        while following is not None and len(seen) < MOST_PAGES:
            page = following
            stuck = page.kind == seen[-1]
            seen.append(page.kind)
            following = None if stuck else self._next(page, email, password, refuse, answers)
        return Result(page.kind, page.code, page.text, seen, page)

    def sign_in(self, user_code, email, password=None, consent=True, confirm=True, start=None, refuse=(), **answers):
        """Walk from the code page to the end."""
        page = self.open(start or f"{self.base}/device")
        first = page.kind
        result = self.walk(self.send(page, code=user_code), email, password, consent, confirm, refuse, **answers)
        result.pages.insert(0, first)
        return result

    def redeem(self, link, email, password=None, **how):
        """Follow the link of an invitation to the end."""
        return self.walk(self.open(link), email, password, **how)

    def sign_out(self, tenant):
        """Of a tenant, by id or domain: ours, or a home."""
        return self.open(f"{self.base}/{tenant}/oauth2/v2.0/logout")

    def leave(self, tenant, email):
        """Leave the organisation as the account that is signed in."""
        page = self.open(f"{self.base}/{tenant}/leave")
        return self.send(page, account=email) if page.form_with("account") else page


def know_localhost():
    """Where /etc/hosts is missing, as on a minimal machine, the resolver does not know localhost; we do."""
    ask = socket.getaddrinfo

    def answer(host, *args, **kw):
        return ask("127.0.0.1" if host == "localhost" else host, *args, **kw)
    socket.getaddrinfo = answer


def has_terminal():
    """Whether getpass has somebody to ask."""
    try:
        with open("/dev/tty", "rb+", buffering=0):
            return True
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()


def main(argv=None):
    parser = argparse.ArgumentParser(description="Sign in on the rehearsal tenant's pages as a person would.")
    parser.add_argument("--base", required=True, help="the login host, e.g. https://localhost:8443")
    parser.add_argument("--ca", required=True, help="the tenant's ca.pem")
    parser.add_argument("--decline", action="store_true", help="press Cancel at the last question")
    parser.add_argument("--no-consent", action="store_true", help="press Cancel at the consent page")
    parser.add_argument("--password-stdin", action="store_true", help="read the home password from standard input")
    parser.add_argument("--quiet", action="store_true", help="print only the outcome")
    parser.add_argument("user_code")
    parser.add_argument("email")
    given = parser.parse_args(argv)
    if not given.password_stdin and not has_terminal():
        parser.error("there is no terminal to ask for the password: give it on standard input, with --password-stdin")
    password = sys.stdin.readline().rstrip("\n") if given.password_stdin else getpass.getpass("Password at home: ")
    know_localhost()
    person = Person(given.base, given.ca, None if given.quiet else print)
    result = person.sign_in(given.user_code, given.email, password or None, not given.no_consent, not given.decline)
    print(result.outcome if result.code is None else f"{result.outcome} AADSTS{result.code}")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
