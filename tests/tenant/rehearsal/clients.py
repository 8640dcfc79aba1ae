# SPDX-License-Identifier: Apache-2.0
"""How a client proves itself at the token endpoint: nothing, a secret, or an assertion signed by a certificate."""
import base64
import hashlib
import json
import urllib.parse

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from . import registrations
from .errors import LoginError

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW = 300.0
LONGEST = 24 * 3600.0


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
        raise LoginError(700016, app_id=app_id, tenant=tenant_id)
    registrations.check_client(client, tenant_id)
    return client


def authenticate(world, client, form, basic_secret=None):
    """Prove the client; return its azpacr: "0" public, "1" secret, "2" certificate."""
    assertion = form.get("client_assertion")
    secret = form.get("client_secret") or basic_secret
    if client["isFallbackPublicClient"]:
        if assertion or secret:
            raise LoginError(700025)
        return "0"
    if assertion:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise LoginError(900144, field="client_assertion_type")
        check_assertion(world, client, assertion)
        return "2"
    if secret:
        if secret not in client.get("secrets", []):
            raise LoginError(7000215, app_id=client["appId"])
        return "1"
    raise LoginError(7000218)


def thumbprints(pem):
    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(serialization.Encoding.DER)
    return {"x5t": hashlib.sha1(der).digest(), "x5t#S256": hashlib.sha256(der).digest()}


def _loose_base64(text):
    """base64url or standard base64, padded or not: clients of Microsoft send all of them."""
    plain = str(text).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return b""


def _header(assertion):
    try:
        return jwt.get_unverified_header(assertion)
    except jwt.PyJWTError as wrong:
        raise LoginError(50012) from wrong


def _key_for(client, header):
    """Public key of the registered certificate which the header's thumbprint names."""
    for pem in client.get("certificates", []):
        prints = thumbprints(pem)
        for member in ("x5t#S256", "x5t"):
            if member in header and _loose_base64(header[member]) == prints[member]:
                return x509.load_pem_x509_certificate(pem.encode()).public_key()
    raise LoginError(700027, reason="The key was not found.")


def check_assertion(world, client, assertion):
    """PS256 or RS256, signed by a registered certificate, for this endpoint, from this client, in time."""
    header = _header(assertion)
    if header.get("alg") not in ("PS256", "RS256"):
        raise LoginError(700027, reason="The algorithm is not supported.")
    key = _key_for(client, header)
    try:
        claims = jwt.decode(assertion, key, algorithms=[header["alg"]], options={
            "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False})
    except (jwt.PyJWTError, json.JSONDecodeError) as wrong:
        raise LoginError(700027, reason="The key was found, but use of the key to verify the signature failed.") from wrong
    if not claims.get("sub"):
        raise LoginError(700022)
    if claims.get("iss") != claims["sub"]:
        raise LoginError(50048)
    if claims["sub"] != client["appId"]:
        raise LoginError(700021)
    base = f"{world.login}/{world.tenant['id']}"
    domain = f"{world.login}/{world.tenant['domain']}"
    if claims.get("aud") not in (f"{base}/oauth2/v2.0/token", f"{base}/v2.0", f"{domain}/oauth2/v2.0/token"):
        raise LoginError(700023)
    _check_times(world, claims)


def _check_times(world, claims):
    now = world.clock.now()
    expires, begins = claims.get("exp"), claims.get("nbf", now)
    good = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (expires, begins))
    if not good or expires < now - SKEW or begins > now + SKEW or expires > now + LONGEST:
        raise LoginError(700024, now=world.clock.iso(), exp=expires)
