# SPDX-License-Identifier: Apache-2.0
"""The keys that sign tokens, and the key documents in which they are published."""
import base64
import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """One RSA key in the shape Entra publishes: kid is the thumbprint of a self-issued certificate."""

    def __init__(self, issuer="tenant"):
        self.issuer = issuer  # "tenant": the {tenantid} template; "consumers": a fixed foreign one; None: member absent
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.der = self._certificate(-1, 1825)
        self.kid = b64url(hashlib.sha1(self.der).digest())
        self._expired = None

    def _certificate(self, begins, ends):
        """A self-issued certificate in DER, valid between these days from now."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.rehearsal")])
        now = datetime.datetime.utcnow()
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.private.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now + datetime.timedelta(days=begins))
                .not_valid_after(now + datetime.timedelta(days=ends)).sign(self.private, hashes.SHA256()))
        return made.public_bytes(serialization.Encoding.DER)

    def chain(self, expired):
        """The content of x5c; nobody should care whether the certificate is in its time."""
        if expired and self._expired is None:
            self._expired = self._certificate(-400, -30)
        return [base64.b64encode(self._expired if expired else self.der).decode()]

    def public_pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM,
                                                      serialization.PublicFormat.SubjectPublicKeyInfo)

    def jwk(self, login, with_issuer=True, instance=None, expired=False):
        numbers = self.private.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        out = {"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid,
               "n": b64url(numbers.n.to_bytes(size, "big")), "e": "AQAB",
               "x5c": self.chain(expired)}
        if instance and self.issuer == "tenant":
            out["cloud_instance_name"] = instance
        if with_issuer and self.issuer == "tenant":
            out["issuer"] = f"{login}/{{tenantid}}/v2.0"
        elif with_issuer and self.issuer == "consumers":
            out["issuer"] = f"{login}/{CONSUMERS}/v2.0"
        return out


class KeyRing:
    """The key in use, those published beside it, and the odd ones that mutations sign with."""

    def __init__(self):
        self.current = SigningKey()
        self.older = []
        self.foreign = SigningKey("consumers")
        self.no_issuer = None
        self.unpublished = None
        self.show_no_issuer = False  # published only once a mutation wants it
        self.custom = {}             # appId: key of an application with a claims-mapping signing key of its own

    def rotate(self, drop_old=False):
        self.older = [] if drop_old else [self.current] + self.older[:2]
        self.current = SigningKey()
        return self.current.kid

    def want(self, kind):
        """The key of that kind, made on first use: RSA keys are too slow to make for nothing."""
        if getattr(self, kind) is None:
            setattr(self, kind, SigningKey(None if kind == "no_issuer" else "tenant"))
        return getattr(self, kind)

    def published(self):
        return [self.current, *self.older, self.foreign] + ([self.no_issuer] if self.show_no_issuer else [])

    def for_app(self, registration):
        """The key that signs for this audience: the tenant's, or the application's own (entra-facts 1.3, ?appid=)."""
        if not registration.get("customSigningKey"):
            return self.current
        return self.custom.setdefault(registration["appId"], None) or self._make_custom(registration["appId"])

    def _make_custom(self, app_id):
        self.custom[app_id] = SigningKey()
        return self.custom[app_id]

    def document(self, login, with_issuer=True, instance=None, registration=None, expired=False):
        """The key document; with an application's own key in front if it is asked for by ?appid=."""
        own = [self.for_app(registration)] if registration and registration.get("customSigningKey") else []
        return {"keys": [key.jwk(login, with_issuer, instance, expired) for key in [*own, *self.published()]]}
