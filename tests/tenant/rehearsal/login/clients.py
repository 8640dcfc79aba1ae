# SPDX-License-Identifier: Apache-2.0
"""How a client proves itself at the token endpoint: nothing, a secret, or an assertion (assertions.py)."""
import base64
import urllib.parse

from . import assertions, registrations
from .errors import LoginError
from .signin import SHARED


def from_basic(header):
    """(client id, secret) of an HTTP Basic header, or (None, None)."""
    if not header.startswith("Basic "):
        return None, None
    try:
        user, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except ValueError:
        return None, None
    return urllib.parse.unquote_plus(user), urllib.parse.unquote_plus(secret)


def find(world, tenant_id, app_id):
    """The registration, provided that the tenant knows it."""
    if not app_id:
        raise LoginError(900144, field="client_id")
    client = world.registration(app_id)
    if client is None or tenant_id != world.tenant["id"]:
        raise LoginError(700011 if tenant_id in SHARED else 700016, app_id=app_id, tenant=tenant_id)
    registrations.check_client(client, tenant_id)
    return client


def for_person(world, tenant, app_id):
    """The registration a delegated request names; the shared paths are not for single-tenant applications."""
    if tenant not in SHARED:
        client = find(world, tenant, app_id)
        if client["signInAudience"] == "PersonalMicrosoftAccount":
            raise LoginError(90132)
        return client
    known = world.registration(app_id)
    if known is None:
        return find(world, tenant, app_id)
    if known["signInAudience"] == "AzureADMyOrg":
        raise LoginError(50194, app_id=app_id, app=known["displayName"])
    registrations.check_client(known, tenant)
    return known


def authenticate(world, client, form, basic_secret=None, public=None):
    """Prove the client; return its azpacr: "0" public, "1" secret, "2" certificate or federation.

    `public`: whether the request is that of a public client; by default as the registration says.
    """
    assertion = form.get("client_assertion")
    secret = form.get("client_secret") or basic_secret
    if client["isFallbackPublicClient"] if public is None else public:
        if assertion or secret:
            raise LoginError(700025)
        return "0"
    if assertion and secret:
        raise LoginError(70002)
    if form.get("client_assertion_type") and not assertion:
        raise LoginError(90014, field="client_assertion")
    if assertion:
        if form.get("client_assertion_type") != assertions.ASSERTION_TYPE:
            raise LoginError(900144, field="client_assertion_type")
        assertions.check(world, client, assertion)
        return "2"
    if secret:
        _check_secret(world, client, secret)
        return "1"
    raise LoginError(7000218)


def _check_secret(world, client, secret):
    for one in client["secrets"]:
        entry = {"value": one} if isinstance(one, str) else one
        if entry["value"] == secret:
            if entry.get("expires", world.clock.now() + 1) <= world.clock.now():
                raise LoginError(7000222, app_id=client["appId"])
            return
    raise LoginError(7000215, app_id=client["appId"])
