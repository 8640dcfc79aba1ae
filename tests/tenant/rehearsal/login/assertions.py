# SPDX-License-Identifier: Apache-2.0
"""Client assertions: signed by a registered certificate (entra-facts 6.1) or by a trusted issuer (6.4)."""
import base64
import hashlib
import json

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from .errors import LoginError

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW = 300.0
LONGEST = 24 * 3600.0
EXCHANGE = "api://AzureADTokenExchange"  # usual audience of federated credentials
UNCHECKED = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


def thumbprints(certificate):
    der = certificate.public_bytes(serialization.Encoding.DER)
    return {"x5t": hashlib.sha1(der).digest(), "x5t#S256": hashlib.sha256(der).digest()}


def _loose_base64(text):
    """base64url or standard base64, padded or not: clients of Microsoft send all of them (18, row 6.1)."""
    plain = str(text).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return b""


def _opened(assertion):
    """(header, claims) of an assertion, not yet believed."""
    try:
        return jwt.get_unverified_header(assertion), jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, json.JSONDecodeError) as wrong:
        raise LoginError(50012) from wrong


def check(world, client, assertion):
    """One kind or the other: the assertion of a certificate names its thumbprint, that of a foreign issuer cannot."""
    header, claims = _opened(assertion)
    foreign = str(claims.get("iss", "")).startswith("http") and not {"x5t", "x5t#S256"} & set(header)
    if foreign:
        return _check_federated(world, client, assertion, header, claims)
    return _check_certificate(world, client, assertion, header)


def _chained(client, header):
    """The certificate that x5c brings along, if the application trusts certificates by their subject's name."""
    if not client["trustedSubjects"] or not header.get("x5c"):
        return None
    try:
        found = x509.load_der_x509_certificate(_loose_base64(header["x5c"][0]))
    except (ValueError, TypeError, LookupError) as wrong:
        raise LoginError(700027, reason="The certificate chain cannot be read.") from wrong
    names = [one.value for one in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not set(names) & set(client["trustedSubjects"]):
        raise LoginError(700030, subject=", ".join(names))
    return found


def _registered(client, header):
    """The registered certificate which the header's thumbprint names."""
    for pem in client["certificates"]:
        found = x509.load_pem_x509_certificate(pem.encode())
        prints = thumbprints(found)
        for member in ("x5t#S256", "x5t"):
            if member in header and _loose_base64(header[member]) == prints[member]:
                return found
    raise LoginError(700027, reason="The key was not found.")


def _check_certificate(world, client, assertion, header):
    """PS256 or RS256, by a certificate in its time, for this endpoint, from this client, in time."""
    if header.get("alg") not in ("PS256", "RS256", *(("ES256",) if world.switches.ec_assertions else ())):
        raise LoginError(700027, reason="The algorithm is not supported.")
    certificate = _chained(client, header) or _registered(client, header)
    claims = _verified(assertion, certificate.public_key(), header)
    now = world.clock.now()
    if not _stamp(certificate.not_valid_before) <= now <= _stamp(certificate.not_valid_after):
        raise LoginError(1000502)
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


def _stamp(naive):
    return (naive - naive.__class__(1970, 1, 1)).total_seconds()


def _verified(assertion, key, header):
    try:
        return jwt.decode(assertion, key, algorithms=[header["alg"]], options=UNCHECKED)
    except (jwt.PyJWTError, json.JSONDecodeError) as wrong:
        raise LoginError(700027,
                         reason="The key was found, but use of the key to verify the signature failed.") from wrong


def _check_federated(world, client, assertion, header, claims):
    """A token of the trusted issuer: issuer, audience and subject match exactly, a trailing slash included."""
    trusted = client["federatedCredentials"]
    if not trusted:
        raise LoginError(70025, app=client["displayName"])
    audiences = [str(one) for one in (claims["aud"] if isinstance(claims.get("aud"), list) else [claims.get("aud")])]
    same_issuer = [one for one in trusted if one["issuer"] == claims.get("iss")]
    if not same_issuer:
        raise LoginError(700211, issuer=claims.get("iss"))
    same_audience = [one for one in same_issuer if set(one.get("audiences", [EXCHANGE])) & set(audiences)]
    if not same_audience:
        raise LoginError(world.switches.federated_audience_code, audience=", ".join(audiences))
    found = next((one for one in same_audience if one["subject"] == claims.get("sub")), None)
    if found is None:
        raise LoginError(700213, subject=claims.get("sub"))
    own = claims["iss"].startswith(world.login + "/")
    if own and (claims.get("scp") or claims.get("idtyp") == "user"):
        raise LoginError(700229, issuer=claims["iss"])
    keys = world.keys.document(world.login)["keys"] if own else found.get("keys", {}).get("keys", [])
    key = next((one for one in keys if one.get("kid") == header.get("kid")), None)
    if key is None or header.get("alg") not in ("RS256", "PS256"):
        raise LoginError(700027, reason="The key was not found.")
    _verified(assertion, jwt.PyJWK(key, header["alg"]).key, header)
    _check_times(world, claims)


def _check_times(world, claims):
    now = world.clock.now()
    expires, begins = claims.get("exp"), claims.get("nbf", now)
    good = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (expires, begins))
    if not good or expires < now - SKEW or begins > now + SKEW or expires > now + LONGEST:
        raise LoginError(700024, now=world.clock.iso(), exp=expires)
