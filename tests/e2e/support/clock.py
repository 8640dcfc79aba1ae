# SPDX-License-Identifier: Apache-2.0
"""The wall clocks of the daemon and of its tenant, moved by a test. The daemon is the one that is installed: a shared
object of the tests answers it when it asks for the time (tests/clock/preload.c). What sshd and its module do is in the
machine's own time, and they only measure."""

import contextlib
import datetime
import shutil
import struct
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Clocks:
    def __init__(self, host, tenant, file):
        self._tenant = tenant
        self._file = file
        self.offset = 0
        host.daemon_env = {"LD_PRELOAD": str(host.work / "moved.so"), "GP_CLOCK_FILE": str(file)}

    def host(self, offset):
        """The host's alone: by more than five minutes from the tenant's it is a wrong one."""
        self.offset = round(offset)
        with open(self._file, "r+b", buffering=0) as f:
            f.write(struct.pack("@q", self.offset))

    def tenant(self, offset):
        self._tenant.control("PUT", "/clock", {"offset": round(offset)})

    def both(self, offset):
        """Not to before a POST /tokens/revoke: Graph takes no token of an earlier moment, also not a new one."""
        self.tenant(offset)
        self.host(offset)

    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.offset, datetime.timezone.utc)


@contextlib.contextmanager
def moved_clocks(host, tenant):
    """The daemon anew, with a clock that moves; afterwards once more, with the machine's."""
    shutil.copy(ROOT / host.build / "clock/moved.so", host.work / "moved.so")
    file = host.work / "clock"
    file.write_bytes(struct.pack("@q", 0))
    file.chmod(0o644)  # root gives itself up and then starts others
    clocks = Clocks(host, tenant, file)
    try:
        host.restart_daemon()
        yield clocks
    finally:
        clocks.both(0)
        host.daemon_env = {}
        host.restart_daemon()
