# SPDX-License-Identifier: Apache-2.0
"""The listeners of the hosts, and their weather: which certificate they show, and whether the port is open at all."""
import asyncio
import socket
import struct

from aiohttp import web

from .. import tls

PORT = {"open": "connections are taken", "closed": "connections are refused; the port stays ours",
        "silent": "connections are made, but nobody ever says a word, not even in the handshake of TLS",
        "reset": "connections are made, and reset at once"}
GOOD = {"tls": "good", "port": "open"}
BACKLOG = 1024


class _Reset(asyncio.Protocol):
    """A connection that ends as soon as it is there, with a reset instead of a farewell."""

    def connection_made(self, transport):
        now = struct.pack("ii", 1, 0)  # linger for no time
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        transport.abort()


class Listener:
    """One HTTPS port on loopback.

    A second socket stays bound to the port without listening: while the listener is closed connections are refused,
    and no other program gets the port.
    """

    def __init__(self, app, authority, port):
        self.state = dict(GOOD)
        self._authority = authority
        self._runner = web.AppRunner(app, access_log=None)
        self._server = None
        self._silent = None
        self._changing = asyncio.Lock()
        self._bound = self._bind(port)
        self.port = self._bound.getsockname()[1]

    @staticmethod
    def _bind(port):
        out = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            out.bind(("127.0.0.1", port))
        except OSError:
            out.close()
            raise
        return out

    async def start(self):
        await self._runner.setup()
        await self._open()

    async def _open(self):
        port, loop = self.state["port"], asyncio.get_running_loop()
        if port == "open":
            self._server = await loop.create_server(self._runner.server, sock=self._bind(self.port), backlog=BACKLOG,
                                                    ssl=self._authority.context(self.state["tls"]))
        elif port == "reset":
            self._server = await loop.create_server(_Reset, sock=self._bind(self.port), backlog=BACKLOG)
        elif port == "silent":
            self._silent = self._bind(self.port)
            self._silent.listen(BACKLOG)  # the kernel makes the connections, nobody takes them

    def connections(self):
        """Transports of the open connections. aiohttp forgets one that was aborted a little later."""
        transports = (one.transport for one in self._runner.server.connections)
        return [one for one in transports if one is not None and not one.is_closing()]

    def drop(self):
        """End every connection without a farewell; returns how many there were."""
        found = self.connections()
        for transport in found:
            transport.abort()
        return len(found)

    def _close(self):
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._silent is not None:
            self._silent.close()
            self._silent = None

    async def change(self, state):
        """Put STATE in force; every kept connection ends, so that the next request meets it."""
        async with self._changing:
            if state == self.state:
                return
            self._authority.context(state["tls"])  # made before anything is closed
            self._close()
            self.drop()
            self.state = dict(state)
            await self._open()

    async def stop(self):
        self._close()
        if self._runner.server is not None:
            await self._runner.server.shutdown(0.2)
        await self._runner.cleanup()
        self._bound.close()


class Sky:
    """The weather of both hosts as a whole."""

    def __init__(self, listeners):
        self._listeners = listeners  # by host; control's is not among them

    def describe(self):
        return {host: {**one.state, "connections": len(one.connections())} for host, one in self._listeners.items()}

    def listener(self, host):
        if host not in self._listeners:
            raise ValueError("hosts are: " + ", ".join(self._listeners))
        return self._listeners[host]

    async def change(self, host, wanted):
        listener = self.listener(host)
        allowed = {"tls": tls.KINDS, "port": PORT}
        for name, value in wanted.items():
            if name not in allowed:
                raise ValueError(f"the sky has no {name}; it has {', '.join(allowed)}")
            if not isinstance(value, str) or value not in allowed[name]:
                raise ValueError(f"{name} cannot be {value!r}; it is one of {', '.join(allowed[name])}")
        await listener.change({**GOOD, **wanted})

    async def reset(self):
        for listener in self._listeners.values():
            await listener.change(GOOD)
