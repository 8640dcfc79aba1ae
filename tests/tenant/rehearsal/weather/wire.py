# SPDX-License-Identifier: Apache-2.0
"""Answers written to the connection byte by byte, so that they may be wrong, slow, held or cut."""
import asyncio
import contextlib
from dataclasses import dataclass, field

from aiohttp import web

LOOK = 0.2   # how often a held connection looks whether its client is still there
PIECE = 0.1  # seconds between two pieces of a drip


@dataclass
class Answer:
    """An HTTP/1.1 answer before it is bytes: what spoil.py works on."""
    status: int
    reason: str
    headers: list                                         # (name, value), Content-Length excepted
    body: bytes
    url: str = ""                                         # that was asked for
    version: str = "HTTP/1.1"
    before: bytes = b""                                   # sent before the status line
    lengths: list = field(default_factory=lambda: [0])    # one Content-Length each: how far it is off the truth
    keep: bool = True                                     # whether the connection may stay
    raw: bytes = None                                     # sent instead of everything above

    @classmethod
    def of(cls, response, url, date):
        """What aiohttp would send for RESPONSE; DATE stands in Date unless the answer has its own."""
        headers = [(name, value) for name, value in response.headers.items()
                   if name.lower() not in ("content-length", "transfer-encoding")]
        headers += [("Set-Cookie", cookie.output(header="").strip()) for cookie in response.cookies.values()]
        if "Date" not in response.headers:
            headers += [("Date", date)]
        headers += [("Server", "rehearsal")]
        return cls(response.status, response.reason or "", headers, response.body or b"", url)

    def get(self, name):
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    def set(self, name, value):
        self.drop(name)
        self.headers.append((name, value))

    def drop(self, name):
        self.headers = [one for one in self.headers if one[0].lower() != name.lower()]

    def parts(self):
        """(head, body) as bytes."""
        if self.raw is not None:
            return b"", self.raw
        lines = [f"{self.version} {self.status} {self.reason}", *(f"{name}: {value}" for name, value in self.headers)]
        lines += [f"Content-Length: {max(0, len(self.body) + off)}" for off in self.lengths]
        if not self.keep:
            lines.append("Connection: close")
        return self.before + "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n", self.body


class Held:
    """Connections that wait: until their time is over, their client is gone, or control releases them."""

    def __init__(self):
        self._gates = set()

    def __len__(self):
        return len(self._gates)

    async def wait(self, request, seconds=None):
        """True unless the time was over first."""
        gate, loop = asyncio.Event(), asyncio.get_running_loop()
        end = None if seconds is None else loop.time() + seconds
        self._gates.add(gate)
        try:
            while request.transport is not None and not gate.is_set():
                left = LOOK if end is None else min(LOOK, end - loop.time())
                if left <= 0:
                    return False
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(gate.wait(), left)
            return True
        finally:
            self._gates.discard(gate)

    def release(self):
        """Let all of them go; returns how many there were."""
        count = len(self._gates)
        for gate in self._gates:
            gate.set()
        return count


def abort(request):
    if request.transport is not None:
        request.transport.abort()


def _end(head, body, strike):
    """(bytes to send, how it ends then): the earliest of stall and cut; a stall comes before a cut at one place."""
    ends = []
    if strike.stall:
        ends.append((0 if strike.stall == "headers" else len(head) + len(body) // 2, 0, "stall"))
    if strike.cut:
        ends.append((len(head) // 2 if strike.cut == "headers" else len(head) + len(body) // 2, 1, "cut"))
    stop, _, how = min(ends, default=(len(head) + len(body), 2, None))
    return stop, how


async def _drip(request, data, rate, held):
    size = max(1, int(rate * PIECE))
    for start in range(0, len(data), size):
        await request.writer.write(data[start:start + size])
        if await held.wait(request, size / rate):
            return False
    return True


class Sent(web.StreamResponse):
    """An Answer on its way as a Strike wants it. aiohttp sees it as a response and sends nothing of its own."""

    def __init__(self, answer, strike, held):
        super().__init__(status=answer.status)
        self._answer, self._strike, self._held = answer, strike, held
        self._over = True

    @property
    def keep_alive(self):
        return not self._over

    async def prepare(self, request):
        self._asked = request
        return None

    async def write_eof(self, data=b""):
        request, strike = self._asked, self._strike
        head, body = self._answer.parts()
        stop, how = _end(head, body, strike)
        text = (head + body)[:stop]
        if strike.drip:
            whole = await _drip(request, text, strike.drip, self._held)
        else:
            await request.writer.write(text)
            whole = True
        if whole and how == "stall":
            await self._held.wait(request)
        if how or not whole:
            abort(request)
        else:
            self._over = not (request.keep_alive and self._answer.keep)


class Gone(web.StreamResponse):
    """No answer: the connection is aborted before any byte of one."""

    def __init__(self):
        super().__init__(status=500)

    keep_alive = False

    async def prepare(self, request):
        abort(request)
        return None

    async def write_eof(self, data=b""):
        return None
