# SPDX-License-Identifier: Apache-2.0
"""A browser for the authorization code flow: the person's walk over the pages, and where it was sent back to."""
import base64
import hashlib
import secrets
import urllib.parse

import requests
from requests.adapters import BaseAdapter
from tenant_client import PASSWORDS

REDIRECT = "http://localhost:8400/signed-in"


class Listener(BaseAdapter):
    """Stands for the client's loopback listener: keeps the request instead of connecting."""

    def __init__(self):
        super().__init__()
        self.seen = None

    def send(self, request, **_kw):
        self.seen = request
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url, request
        answer._content = b"<main data-page='client'></main>"
        return answer

    def close(self):
        pass


class Browser:
    """One browser with its cookies; `answer` holds what the client's redirect URI was called with."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.person = tenant.person()
        self.listener = Listener()
        self.person.http.mount("http://", self.listener)

    def url(self, tenant=None, **given):
        known = self.tenant
        values = {"client_id": known.ready["client_id"], "response_type": "code", "redirect_uri": REDIRECT,
                  "state": "s-1",
                  "scope": f"openid profile offline_access {known.ready['api_scope']}", "nonce": "n-1"}
        values.update(given)
        values = {name: value for name, value in values.items() if value is not None}
        return f"{known.login}/{tenant or known.tid}/oauth2/v2.0/authorize?{urllib.parse.urlencode(values)}"

    def open(self, mail="ada@fabrikam.example", password=None, url=None, consent=True, **given):
        """Walk from the authorize URL to the last page; fills `answer` if the client was reached."""
        self.listener.seen = None
        page = self.person.open(url or self.url(**given))
        return self.person.walk(page, mail, password or PASSWORDS.get(mail), consent).page

    def walked(self, mail, **given):
        """Kinds of the pages on the way to the end."""
        self.listener.seen = None
        return self.person.walk(self.person.open(self.url(**given)), mail, PASSWORDS.get(mail)).pages

    @property
    def answer(self):
        """Parameters that came back, whatever the response mode."""
        seen = self.listener.seen
        if seen is None:
            return None
        parts = urllib.parse.urlsplit(seen.url)
        return dict(urllib.parse.parse_qsl(parts.query or parts.fragment or (seen.body or "")))

    def code(self, mail="ada@fabrikam.example", **given):
        page = self.open(mail, **given)
        assert self.answer and "code" in self.answer, (self.answer, page.text)
        return self.answer["code"]


def challenge():
    """(verifier, challenge) of PKCE with S256."""
    verifier = secrets.token_urlsafe(48)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def redeem(tenant, code, path_tenant=None, headers=None, **form):
    values = {"grant_type": "authorization_code", "client_id": tenant.ready["client_id"], "code": code,
              "redirect_uri": REDIRECT}
    values.update(form)
    return tenant.post("/oauth2/v2.0/token", {name: value for name, value in values.items() if value is not None},
                       path_tenant,
                       **(headers or {}))


def refresh(tenant, token, path_tenant=None, headers=None, **form):
    values = {"grant_type": "refresh_token", "client_id": tenant.ready["client_id"], "refresh_token": token, **form}
    return tenant.post("/oauth2/v2.0/token", {name: value for name, value in values.items() if value is not None},
                       path_tenant,
                       **(headers or {}))
