# SPDX-License-Identifier: Apache-2.0
"""Login errors: which OAuth error and HTTP status goes with an AADSTS number, and the body they arrive in."""
import pathlib
import uuid
from dataclasses import dataclass

from aiohttp import web

WITH_URI = {90002, 700016, 7000215, 7000218, 53003, 50105, 70011, 1002012, 900144}


@dataclass(frozen=True)
class Entry:
    """One line of data/login_errors.txt."""
    number: int
    kind: str      # class of the fact sheet's table: who must act
    error: str
    status: int
    text: str


def _load():
    path = pathlib.Path(__file__).resolve().parents[2] / "data" / "login_errors.txt"
    lines = [line.split(" ", 4) for line in path.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    return {int(number): Entry(int(number), kind, error, int(status), text)
            for number, kind, error, status, text in lines}


TABLE = _load()
UNKNOWN = Entry(0, "OTHER", "invalid_grant", 400, "An error occurred.")
# What the v1 endpoint says, and v2 says where the switch step_up_error is so (entra-facts 5.1).
STEP_UP = {number for number, entry in TABLE.items()
           if entry.kind in ("INTERACT", "POLICY_BLOCK") and entry.error == "invalid_grant"}


# Numbers whose OAuth error nobody could verify: the switch that says it (entra-facts 17.9).
SWITCHED = {7000229: "missing_client_principal_error", 650052: "missing_service_error", 650053: "unknown_scope_error"}


class LoginError(Exception):
    """Raised anywhere below a login endpoint; becomes the documented body."""

    def __init__(self, code, error=None, status=None, suberror=None, claims=None, **words):
        super().__init__(code)
        self.code = code
        known = TABLE.get(code, UNKNOWN)
        self.error = error or known.error
        self.status = status or known.status
        self.usual_status, self.usual_error = status is None, error is None
        self.suberror, self.claims = suberror, claims
        self.retry_after = None
        self.trace = None  # id of the entry in the sign-in log, if there is one
        self.text = known.text.format_map(_Lenient(words))


class _Lenient(dict):
    def __missing__(self, key):
        return ""


def slow_down():
    """RFC 8628's error; Entra documents no number for it, so there is none."""
    out = LoginError(70016, error="slow_down")
    out.code = None
    out.text = "The client is polling too quickly and should back off."
    return out


def body(world, error, correlation_id):
    """The JSON of a login error."""
    stamp, trace = world.clock.stamp(), error.trace or str(uuid.uuid4())
    gap = "\r\n" if world.switches.description_separator == "crlf" else " "
    prefix = f"AADSTS{error.code}: " if error.code else ""
    parts = [prefix + error.text + world.switches.error_description_suffix, f"Trace ID: {trace}",
             f"Correlation ID: {correlation_id}", f"Timestamp: {stamp}"]
    named = error.error
    if error.usual_error and error.code in STEP_UP:
        named = world.switches.step_up_error
    elif error.usual_error and error.code in SWITCHED:
        named = getattr(world.switches, SWITCHED[error.code])
    out = {"error": named, "error_description": gap.join(parts),
           "error_codes": [error.code] if error.code else [], "timestamp": stamp, "trace_id": trace,
           "correlation_id": correlation_id}
    if error.code in WITH_URI:
        out["error_uri"] = f"{world.login}/error?code={error.code}"
    if error.suberror and world.switches.suberrors:
        out["suberror"] = error.suberror
    if error.claims:
        out["claims"] = error.claims
    return out


def response(world, error, correlation_id):
    status = error.status
    if error.usual_status:
        switched = {90002: world.switches.unknown_tenant_status, 90055: world.switches.throttled_status}
        status = switched.get(error.code, status)
    return web.json_response(body(world, error, correlation_id), status=status)
