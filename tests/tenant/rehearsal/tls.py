# SPDX-License-Identifier: Apache-2.0
"""A certificate authority made at start, and the servers' contexts: the good one, and each bad one on demand."""
import datetime
import ipaddress
import os
import ssl
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(days=30)
SLACK = datetime.timedelta(days=1)
WRONG_NAME = "elsewhere.rehearsal.invalid"
KINDS = {
    "good": "TLS 1.2 or 1.3 and a certificate of the tenant's CA",
    "expired": "the certificate expired yesterday",
    "not_yet_valid": "the certificate becomes valid tomorrow",
    "other_ca": "a right certificate of a CA that nobody trusts",
    "wrong_name": "a certificate of the tenant's CA for another host name",
    "self_signed": "a right certificate that no CA signed",
    "tls11": "a right certificate, but TLS 1.1 is the only version spoken",
    "plain_http": "no TLS at all: HTTP in the clear on this port",
}


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(**on):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


class Issuer:
    """A CA: its certificate, and whatever it signs."""

    def __init__(self, name):
        self.name = _name(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.key_id = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        now = datetime.datetime.utcnow()
        self.cert = (x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name)
                     .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
                     .not_valid_before(now - SLACK).not_valid_after(now + LIFE)
                     .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                     .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
                     .add_extension(self.key_id, critical=False).sign(self.key, hashes.SHA256()))

    def server(self, names, begin, end, self_signed=False):
        """PEM of a new key and of a certificate for NAMES; 127.0.0.1 is always one, unless the name is wrong."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [x509.DNSName(name) for name in names]
        if names != [WRONG_NAME]:
            alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        cert = (x509.CertificateBuilder().subject_name(_name(names[0])).public_key(key.public_key())
                .issuer_name(_name(names[0]) if self_signed else self.name)
                .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
                .add_extension(_usage(digital_signature=True), critical=True)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False))
        if not self_signed:
            cert = cert.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self.key_id),
                                      critical=False)
        signed = cert.sign(key if self_signed else self.key, hashes.SHA256())
        return (key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()) + signed.public_bytes(serialization.Encoding.PEM))


class Authority:
    """The tenant's CA on disk, and a server context of each kind, made when first asked for."""

    def __init__(self, state_dir, names):
        self._dir = state_dir
        self._names = list(dict.fromkeys([*names, "localhost"]))
        self._ca = Issuer("Rehearsal tenant CA")
        self._contexts = {}
        self._publish()

    def _publish(self):
        """Write ca.pem and the hashed directory ca/."""
        pem = self._ca.cert.public_bytes(serialization.Encoding.PEM)
        hashed = os.path.join(self._dir, "ca")
        os.makedirs(hashed, mode=0o755, exist_ok=True)
        os.chmod(hashed, 0o755)
        for path in (os.path.join(self._dir, "ca.pem"), os.path.join(hashed, "rehearsal.pem")):
            with open(path, "wb") as out:
                out.write(pem)
            os.chmod(path, 0o644)
        subprocess.run(["openssl", "rehash", hashed], check=True, stdin=subprocess.DEVNULL)

    def context(self, kind):
        """The SSLContext of that kind; None for plain_http. Each has its own session tickets, so that a client that
        resumes a session meets the new certificate all the same."""
        if kind == "plain_http":
            return None
        if kind not in self._contexts:
            self._contexts[kind] = self._make(kind)
        return self._contexts[kind]

    def _make(self, kind):
        now = datetime.datetime.utcnow()
        begin, end = {"expired": (now - LIFE, now - SLACK), "not_yet_valid": (now + SLACK, now + LIFE)}.get(
            kind, (now - SLACK, now + LIFE))
        issuer = Issuer("Another CA") if kind == "other_ca" else self._ca
        pem = issuer.server([WRONG_NAME] if kind == "wrong_name" else self._names, begin, end, kind == "self_signed")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "tls11":
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        else:
            context.minimum_version = ssl.TLSVersion.TLSv1_2
        path = os.path.join(self._dir, "server.pem")  # ssl loads from a file only
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(pem)
        try:
            context.load_cert_chain(path)
        finally:
            os.unlink(path)
        return context
