# SPDX-License-Identifier: Apache-2.0
"""The tenant's idea of the time: the machine's clock plus an offset that control may move."""
import time
from datetime import datetime
from email.utils import formatdate

FURTHEST = 100 * 365 * 86400  # seconds: further away, a time may have no date in HTTP


def checked_offset(value):
    """The offset as a number of seconds; ValueError with a sentence if the clock cannot go there."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a number")
    if not -FURTHEST <= value <= FURTHEST:
        raise ValueError(f"the clock moves by at most 100 years, {FURTHEST} seconds, either way")
    return float(value)


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
