# SPDX-License-Identifier: Apache-2.0
"""The daemon's processes as the kernel sees them: which there are, what they hold, what they left behind."""

import os
import re
from dataclasses import dataclass
from pathlib import Path


def _stat(pid):
    """(state, parent, process group)"""
    text = Path(f"/proc/{pid}/stat").read_text()
    state, parent, group, *_ = text[text.rindex(")") + 2:].split()
    return state, int(parent), int(group)


def processes():
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = _stat(entry)
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


@dataclass
class Vitals:
    """Of the daemon and what it started."""
    pids: tuple
    zombies: list
    descriptors: int  # of the daemon
    resident: int     # of the daemon, in bytes

    @classmethod
    def of(cls, daemon):
        everything = processes()
        ours = sorted(pid for pid, (_, _, group) in everything.items() if group == daemon)
        zombies = [pid for pid, (state, parent, _) in everything.items() if state == "Z" and parent in ours]
        text = Path(f"/proc/{daemon}/status").read_text()
        return cls(tuple(pid for pid in ours if pid not in zombies), zombies, len(os.listdir(f"/proc/{daemon}/fd")),
                   int(re.search(r"VmRSS:\s+(\d+)", text)[1]) * 1024)


CONNECTIONS_KEPT = 20       # by libcurl, for whoever comes next
RESIDENT_GROWTH = 8 << 20   # in a whole run
WARM_UP = 5                 # cells


class Watch:
    """Compares the vitals after each cell with those after the first few of the same daemon."""

    def __init__(self, host):
        self.host, self.first, self.cells = host, None, 0

    def look(self):
        now = Vitals.of(self.host.daemon.pid)
        assert not now.zombies, now
        if self.first is None or self.first.pids[0] != now.pids[0]:
            self.first, self.cells = now, 0
        self.cells += 1
        assert now.pids == self.first.pids, f"{now}, before {self.first}"
        if self.cells <= WARM_UP:
            self.first = now
        assert now.descriptors <= self.first.descriptors + CONNECTIONS_KEPT, f"{now}, before {self.first}"
        assert now.resident <= self.first.resident + RESIDENT_GROWTH, f"{now}, before {self.first}"
