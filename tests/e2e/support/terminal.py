# SPDX-License-Identifier: Apache-2.0
"""A program on a real pty, with a record of what was on its screen when."""

import re
import time

import pexpect

SSH = ["ssh", "-tt", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
       "-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=keyboard-interactive,password",
       "-o", "NumberOfPasswordPrompts=1", "-o", "LogLevel=INFO"]


class Record:
    """Receives what pexpect reads: a list of (seconds since the start, bytes). WATCH sees it at once."""

    def __init__(self, watch=None):
        self.start = time.monotonic()
        self.pieces = []
        self.watch = watch

    def write(self, data):
        self.pieces.append((time.monotonic() - self.start, data))
        if self.watch is not None:
            self.watch(data)

    def flush(self):
        """pexpect wants one."""


class Terminal:
    """with Terminal(["su", "-"]) as t: t.expect("Password"); t.line("secret"); t.end()"""

    def __init__(self, argv, limit_s=20, env=None, size=(50, 132), watch=None):
        self.argv = argv
        self.record = Record(watch)
        self.child = pexpect.spawn(argv[0], argv[1:], timeout=limit_s, dimensions=size, env=env, echo=True)
        self.child.logfile_read = self.record
        self.child.delaybeforesend = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.child.close(force=True)

    @property
    def bytes(self):
        return b"".join(data for _, data in self.record.pieces)

    @property
    def text(self):
        return self.bytes.decode("utf-8", "replace").replace("\r\n", "\n")

    def expect(self, pattern, limit_s=-1):
        """Wait for a regular expression; return its match. The screen so far is in the failure."""
        try:
            self.child.expect(pattern.encode() if isinstance(pattern, str) else pattern, timeout=limit_s)
        except (pexpect.TIMEOUT, pexpect.EOF) as e:
            raise AssertionError(f"{type(e).__name__} while waiting for {pattern!r} from {' '.join(self.argv)}; "
                                 f"the screen:\n{self.text}") from None
        return self.child.match

    def line(self, text=""):
        self.child.sendline(text)

    def write(self, data):
        self.child.send(data)

    def end(self, limit_s=-1):
        """Wait for the program's end; return its exit code (128 + number for a signal)."""
        self.expect_end(limit_s)
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else 128 + self.child.signalstatus

    def either_or_end(self, pattern):
        """True if the pattern comes next, False if the program ends first."""
        try:
            return self.child.expect([pexpect.EOF, pattern.encode()]) == 1
        except pexpect.TIMEOUT:
            raise AssertionError(f"neither {pattern!r} nor the end of {' '.join(self.argv)}; "
                                 f"the screen:\n{self.text}") from None

    def expect_end(self, limit_s=-1):
        try:
            self.child.expect(pexpect.EOF, timeout=limit_s)
        except pexpect.TIMEOUT:
            raise AssertionError(f"{' '.join(self.argv)} does not end; the screen:\n{self.text}") from None

    def seen_at(self, pattern):
        """Seconds after the start at which the screen first showed the pattern; None if it never did."""
        shown = b""
        for when, data in self.record.pieces:
            shown += data
            if re.search(pattern.encode(), shown):
                return when
        return None


def ssh(name, port, *command, options=(), limit_s=20, host="127.0.0.1", term="xterm", watch=None, env=None):
    """An ssh client as a person would start it, on a pty of its own."""
    extra = [word for option in options for word in ("-o", option)]
    env = {"PATH": "/usr/bin:/bin", "HOME": "/root", "TERM": term, "LANG": "C.UTF-8", **(env or {})}
    return Terminal([SSH[0], *extra, *SSH[1:], "-p", str(port), "-l", name, host, *command], limit_s=limit_s, env=env,
                    watch=watch)
