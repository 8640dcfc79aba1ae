# SPDX-License-Identifier: Apache-2.0
"""A client that sees every byte of an answer and how the connection ended: plain sockets and ssl."""
import socket
import ssl
import time
from urllib.parse import urlsplit

LONG = 20.0   # a deadline, not a measure
SHORT = 0.3   # how long to look for bytes that must not come, or that have been sent before


def context(tenant):
    """Trusts the tenant's CA, and tells an end without TLS's farewell from one with it."""
    out = ssl.create_default_context(cafile=tenant.ready["ca_file"])
    out.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return out


class Raw:
    """One request on a connection of its own."""

    def __init__(self, tenant, root, path, tls=None, method="GET", body=b"", headers=()):
        where = urlsplit(root)
        plain = socket.create_connection(("127.0.0.1", where.port), timeout=LONG)
        try:
            self.socket = (tls or context(tenant)).wrap_socket(plain, server_hostname=where.hostname,
                                                               suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise
        self.data, self.end = b"", None
        lines = [f"{method} {path} HTTP/1.1", f"Host: {where.netloc}", f"Content-Length: {len(body)}", *headers]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self, wait=LONG, enough=None):
        """Read until the connection ends (`end` is "closed" with a farewell, "cut" without), nothing comes for WAIT
        seconds ("open"), or ENOUGH(data)."""
        self.socket.settimeout(wait)
        self.end = "open"
        while not (enough and enough(self.data)):
            try:
                piece = self.socket.recv(1 << 16)
            except TimeoutError:
                return self
            except (ssl.SSLError, ConnectionError):
                self.end = "cut"
                return self
            if not piece:
                self.end = "closed"
                return self
            self.data += piece
        return self

    @property
    def head(self):
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self):
        return int(self.head.split(b" ", 2)[1])

    def all(self, name):
        """Every value of a header field."""
        lines = [line.split(b": ", 1) for line in self.head.split(b"\r\n")[1:]]
        return [value.decode() for known, value in lines if known.decode().lower() == name.lower()]


def until(condition, what):
    """Wait for a condition with a deadline; its value."""
    end = time.monotonic() + LONG
    while not (found := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return found
