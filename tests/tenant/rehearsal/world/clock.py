# SPDX-License-Identifier: Apache-2.0
"""The tenant's idea of the time: the machine's clock plus an offset that control may move."""
import time
from datetime import datetime
from email.utils import formatdate


class Clock:
    """Wall time for what the tenant says, monotonic time for what it measures."""

    def __init__(self, offset=0.0):
        self.offset = offset

    def now(self):
        return time.time() + self.offset

    @staticmethod
    def monotonic():
        return time.monotonic()

    def http_date(self):
        return formatdate(self.now(), usegmt=True)

    def stamp(self):
        """The form of `timestamp` in login errors: a space, not a T."""
        return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(self.now()))

    @staticmethod
    def parse(text):
        """Seconds of an ISO time as Graph writes it."""
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else 0.0

    def iso(self, seconds=None):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now() if seconds is None else seconds))
