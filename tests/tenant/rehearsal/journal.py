# SPDX-License-Identifier: Apache-2.0
"""What changed in the directory, in order: the ground of delta queries."""
from collections import namedtuple

KEPT = 200_000

# kind: "user" or "group" (`what`: created, changed, deleted, restored, gone; `other` is None), or "member"
# (`id` is the group, `other` the member; `what`: added, removed).
Change = namedtuple("Change", "seq kind id what other")


class Journal:
    def __init__(self):
        self._changes = []
        self.last = 0      # number of the newest change
        self.first = 1     # number of the oldest change still known

    def note(self, kind, object_id, what, other=None):
        self.last += 1
        self._changes.append(Change(self.last, kind, object_id, what, other))
        if len(self._changes) > KEPT:
            drop = KEPT // 4
            del self._changes[:drop]
            self.first += drop

    def since(self, seq):
        """Changes after number `seq`, oldest first; None if some of them are forgotten already."""
        if seq + 1 < self.first or seq > self.last:
            return None
        return self._changes[seq + 1 - self.first:]
