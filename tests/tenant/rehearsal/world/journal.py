# SPDX-License-Identifier: Apache-2.0
"""What changed in the directory, in order and with its time: the ground of delta queries and of the lagging index."""
from collections import namedtuple

KEPT = 200_000

# kind: "user" or "group" (`what`: created, changed, deleted, restored, gone; `other`: of a change the old values by
# property name, else None), or "member" (`id` is the group, `other` the member; `what`: added, removed).
Change = namedtuple("Change", "seq kind id what other time")


class Journal:
    """`now`: callable that gives the tenant's time."""

    def __init__(self, now):
        self._now = now
        self._changes = []
        self.watcher = None  # callable(change) that hears of each
        self.last = 0      # number of the newest change
        self.first = 1     # number of the oldest change still known

    def note(self, kind, object_id, what, other=None):
        self.last += 1
        change = Change(self.last, kind, object_id, what, other, self._now())
        self._changes.append(change)
        if self.watcher:
            self.watcher(change)
        if len(self._changes) > KEPT:
            drop = KEPT // 4
            del self._changes[:drop]
            self.first += drop

    def since(self, seq):
        """Changes after number `seq`, oldest first; None if some of them are forgotten already."""
        if seq + 1 < self.first or seq > self.last:
            return None
        return self._changes[seq + 1 - self.first:]

    def younger(self, time):
        """Changes noted after a time, newest first, up to the first that is older."""
        out = []
        for change in reversed(self._changes):
            if change.time <= time:
                break
            out.append(change)
        return out
