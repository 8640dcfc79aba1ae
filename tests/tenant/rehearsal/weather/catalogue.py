# SPDX-License-Identifier: Apache-2.0
"""Every kind of weather in one list, with the control call that makes it, so that nobody who walks it forgets one."""
from .. import tls
from ..login import mutations
from . import sky, spoil

# kind: (rule, what it does). The rule wants host, path, ... to choose its requests.
RULES = {
    "delay": ({"delay": 2}, "the answer is late"),
    "close": ({"close": True}, "the connection ends before a byte of the answer, and the request is lost"),
    "stall_headers": ({"stall": "headers"}, "the request is taken and done, but the answer never begins"),
    "stall_body": ({"stall": "body"}, "header and half of the body come, then nothing more"),
    "cut_headers": ({"cut": "headers"}, "the request is done; the connection ends in the middle of the header"),
    "cut_body": ({"cut": "body"}, "the request is done; the connection ends in the middle of the body"),
    "drip": ({"drip": 20}, "the answer comes at 20 bytes a second"),
    "throttled": ({"status": 429}, "429 without Retry-After"),
    "throttled_seconds": ({"status": 429, "retry_after": 5}, "429 with Retry-After in seconds"),
    "throttled_date": ({"status": 429, "retry_after": "+5"}, "429 with Retry-After as an HTTP date"),
    "status_500": ({"status": 500}, "500"),
    "status_502": ({"status": 502, "body": spoil.PORTAL}, "502 with a page of a gateway"),
    "status_503": ({"status": 503, "retry_after": 5}, "503 with Retry-After"),
    "status_504": ({"status": 504}, "504"),
    "login_error": ({"aadsts": 90033}, "a login error in the documented body: a transient one"),
    "redirect_self": ({"redirect": "self"}, "302 to the same address"),
    "redirect_other": ({"redirect": "other", "status": 307}, "307 to the other host"),
    "rotate_keep": ({"rotate": "keep"}, "a new signing key right after the answer; the old one stays published"),
    "rotate_drop": ({"rotate": "drop"}, "a new signing key right after the answer; the old one is published no more"),
}
# kind: (method, path, body, what it does)
CALLS = {
    "clock_ahead": ("PUT", "/clock", {"offset": 3600}, "the tenant's clock is an hour ahead"),
    "clock_behind": ("PUT", "/clock", {"offset": -3600}, "the tenant's clock is an hour behind"),
    "keys_rotated": ("POST", "/keys/rotate", {"drop_old": True}, "a new signing key now; the old one is gone"),
    "connections_dropped": ("DELETE", "/sky/{host}/connections", {}, "every connection of a host ends now"),
}
DNS = "the name of a host does not resolve: start with --login-name or --graph-name and take the name away"


HARMLESS = {"delay", "rotate_keep", "rotate_drop", "keys_rotated", "connections_dropped", "rotate_after_keep",
            "rotate_after_drop", "two_scp", *(f"spoil_{name}" for name in spoil.HARMLESS)}


def _one(group, kind, method, path, body, about):
    return {"group": group, "kind": kind, "method": method, "path": path, "body": body, "about": about,
            "harmless": kind in HARMLESS}


def kinds():
    """List of {group, kind, method, path, body, about, harmless}; {host} in a path stands for login or graph. What is
    harmless a client has to get through: nothing is wrong with what it was given in the end."""
    out = [_one("rule", kind, "POST", "/weather", rule, about) for kind, (rule, about) in RULES.items()]
    out += [_one("spoil", f"spoil_{name}", "POST", "/weather", {"spoil": name}, about)
            for name, (_, about) in spoil.TABLE.items()]
    out += [_one("sky", f"tls_{kind}", "PUT", "/sky/{host}", {"tls": kind}, about)
            for kind, about in tls.KINDS.items() if kind != sky.GOOD["tls"]]
    out += [_one("sky", f"port_{state}", "PUT", "/sky/{host}", {"port": state}, about)
            for state, about in sky.PORT.items() if state != sky.GOOD["port"]]
    out += [_one("call", kind, *rest) for kind, rest in CALLS.items()]
    out.append(_one("machine", "dns", None, None, None, DNS))
    out += [_one("token", name, "POST", "/mutations", {"name": name}, one["about"])
            for name, one in mutations.catalogue().items()]
    return out
