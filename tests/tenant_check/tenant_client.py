# SPDX-License-Identifier: Apache-2.0
"""What the tests of the rehearsal tenant talk with: plain requests, certificates of their own, the process itself."""
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import uuid

import jwt
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

TENANT_DIR = pathlib.Path(__file__).resolve().parent.parent / "tenant"
sys.path.insert(0, str(TENANT_DIR))

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECRET = "rehearsal-reader-secret-not-for-use-elsewhere"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
PASSWORDS = {user["mail"]: user["password"]
             for home in json.loads((TENANT_DIR / "data" / "contoso.json").read_text())["homes"] for user in home["users"]}
SET = set()  # (switch, position) that some test of this run has set
START_WITHIN = 90.0  # with 100,000 guests on a busy machine


class Certificate:
    """A client certificate, as an admin would make one for the reader."""

    def __init__(self, key=None):
        self.key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reader")])
        now = datetime.datetime.utcnow()
        self.cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
                     .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                     .not_valid_after(now + datetime.timedelta(days=30)).sign(self.key, hashes.SHA256()))
        self.pem = self.cert.public_bytes(serialization.Encoding.PEM).decode()
        self.der = self.cert.public_bytes(serialization.Encoding.DER)
        self.key_pem = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption()).decode()
        self.sha1 = self.cert.fingerprint(hashes.SHA1())
        self.sha256 = self.cert.fingerprint(hashes.SHA256())


class Tenant:
    """A started tenant and short ways to ask it."""

    def __init__(self, *extra):
        self.state = tempfile.TemporaryDirectory(prefix="tenant-check.")
        self.process = subprocess.Popen([sys.executable, str(TENANT_DIR), "--state-dir", self.state.name, *extra],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        ready = os.path.join(self.state.name, "ready.json")
        deadline = time.monotonic() + START_WITHIN
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the tenant did not start")
            time.sleep(0.02)
        with open(ready, encoding="utf-8") as source:
            self.ready = json.load(source)
        self.login, self.graph, self.tid = self.ready["login"], self.ready["graph"], self.ready["tenant_id"]
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = self.ready["ca_file"]

    def stop(self):
        self.http.close()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=10)
        self.state.cleanup()
        return status

    def control(self, method, path, body=None, status=200):
        answer = self.http.request(method, f"{self.ready['control']}{path}", json=body, timeout=10)
        assert answer.status_code == status, answer.text
        return answer.json()

    def switch(self, **positions):
        SET.update((name, repr(value)) for name, value in positions.items())
        return self.control("PATCH", "/switches", positions)

    def post(self, path, form, tenant=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"{self.login}/{tenant or self.tid}{path}", data=form, headers=named, timeout=10)

    def device(self, scope=None, **form):
        wanted = f"openid profile {self.ready['api_scope']}" if scope is None else scope
        return self.post("/oauth2/v2.0/devicecode", {"client_id": self.ready["client_id"], "scope": wanted, **form})

    def poll(self, device_code, **form):
        return self.post("/oauth2/v2.0/token", {"grant_type": DEVICE_GRANT, "client_id": self.ready["client_id"],
                                                "device_code": device_code, **form})

    def approved(self, mail="ada@fabrikam.example", scope=None, force=False):
        """A device code whose browser leg `mail` has completed."""
        flow = self.device(scope).json()
        done = self.control("POST", f"/signins/{flow['user_code']}/approve", {"as": mail, "force": force})
        assert done["blocked"] is None, done
        return flow

    def tokens(self, mail="ada@fabrikam.example", scope=None, force=False):
        answer = self.poll(self.approved(mail, scope, force)["device_code"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def app(self, **form):
        return self.post("/oauth2/v2.0/token", {"grant_type": "client_credentials", "client_id": self.ready["reader_id"],
                                                "scope": GRAPH_SCOPE, **form})

    def bearer(self):
        return {"Authorization": "Bearer " + self.app(client_secret=SECRET).json()["access_token"]}

    def get(self, path, headers=None, **query):
        url = path if path.startswith("https://") else f"{self.graph}/v1.0{path}"
        return self.http.get(url, params=query, headers=self.bearer() if headers is None else headers, timeout=10)

    def send(self, path, body, headers=None):
        return self.http.post(f"{self.graph}/v1.0{path}", json=body, headers=headers or self.bearer(), timeout=10)

    def person(self):
        from person import Person
        return Person(self.login, self.ready["ca_file"])

    def id_of(self, mail):
        return self.control("GET", f"/guests/{mail}")["id"]

    def verified(self, token, audience):
        """Claims of a token, checked by PyJWT against the published keys."""
        kid = jwt.get_unverified_header(token)["kid"]
        keys = self.http.get(f"{self.login}/{self.tid}/discovery/v2.0/keys", timeout=10).json()["keys"]
        key = next(one for one in keys if one["kid"] == kid)
        return jwt.decode(token, jwt.PyJWK(key, "RS256").key, algorithms=["RS256"], audience=audience,
                          issuer=f"{self.login}/{self.tid}/v2.0")

    def assertion(self, cert, header=None, alg="PS256", **claims):
        now = int(time.time())
        text = {"aud": f"{self.login}/{self.tid}/oauth2/v2.0/token", "iss": self.ready["reader_id"],
                "sub": self.ready["reader_id"], "jti": str(uuid.uuid4()), "nbf": now, "iat": now, "exp": now + 300}
        text.update(claims)
        text = {name: value for name, value in text.items() if value is not None}
        return {"client_assertion_type": ASSERTION_TYPE,
                "client_assertion": jwt.encode(text, cert.key, algorithm=alg, headers=header)}


def unsigned(token):
    return jwt.decode(token, options={"verify_signature": False})


def check_error(answer, code, error, status=400):
    """The whole documented body of a login error."""
    body = answer.json()
    assert answer.status_code == status, body
    assert body["error"] == error
    assert body["error_codes"] == [code]
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert f"Timestamp: {body['timestamp']}" in body["error_description"]
    assert datetime.datetime.strptime(body["timestamp"], "%Y-%m-%d %H:%M:%SZ")
    assert uuid.UUID(body["trace_id"]) != uuid.UUID(body["correlation_id"])
    return body
