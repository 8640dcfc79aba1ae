# SPDX-License-Identifier: Apache-2.0
"""Keeps the pages of other sites away from the control API: loopback is no border for a browser.

The browser of whoever rehearses visits other sites too. A page there may send requests to localhost
(cross-site request forgery), or give its own name our address (DNS rebinding) and then even read the
answers. So the host must be called as the machine itself is, and what a browser marks as coming from
elsewhere is refused. Programs send no such marks, and are not hindered.
"""
from aiohttp import web

OUR_NAMES = ("localhost", "127.0.0.1", "[::1]")
JSON = "application/json"


def _host_name(host):
    """The name in a Host header, without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def objection(request):
    """Why this request is not for us to answer, or None. A port may differ: people forward them."""
    headers = request.headers
    host = headers.get("Host", "")
    if _host_name(host) not in OUR_NAMES:
        return "control answers only to the names localhost and 127.0.0.1"
    origin = headers.get("Origin")
    if origin is not None and origin.lower() != f"https://{host}".lower():
        return "control does not answer pages of other sites"
    page = request.method == "GET" and not request.path.startswith("/_control")
    if not page and headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return "control does not answer pages of other sites"
    if origin is not None and request.method not in ("GET", "HEAD") and request.content_type != JSON:
        return f"a page must send its changes as {JSON}"
    return None


@web.middleware
async def guard(request, handler):
    refused = objection(request)
    if refused:
        return web.json_response({"error": refused}, status=403)
    return await handler(request)
