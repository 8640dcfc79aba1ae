# SPDX-License-Identifier: Apache-2.0
"""One login as its person lives it, and what there is to read about it afterwards."""

import re
import time
from dataclasses import dataclass

from support.guest import ADA, CODE, REFERENCE
from support.waiting import until
from weather.expect import ADMITTED, ROWS

LIMIT_S = 240           # of one login: sshd gives 300 s
READING_S = 0.7         # a person needs a moment before Enter; what comes sooner counts as a program's
INSIDE = "inside-the-host"
QUESTION = r"Press Enter (?:when you have signed in|to check again): "


@dataclass
class Seen:
    """How a login ended: ADMITTED or the row of the text table, and the record of it."""
    outcome: str
    reference: str
    record: dict
    text: str

    def __str__(self):
        return f"{self.outcome} ({self.record.get('verdict')}, {self.record.get('reason')})"


def row_of(text):
    rows = [row for row, part in ROWS.items() if part in text]
    assert len(rows) == 1, f"{rows or 'no row'} of the text table in:\n{text}"
    return rows[0]


class Login:
    """with Login(host, tenant) as a: a.prompted(); a.approve(); a.finish()"""

    def __init__(self, host, tenant, name=ADA):
        self.host, self.tenant, self.name = host, tenant, name
        self.known = host.audit_size()
        self.terminal = host.ssh(name, f"echo {INSIDE}", limit_s=LIMIT_S)
        self.code = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminal.close()

    def prompted(self):
        """True when the question stands there, False when the login ended before."""
        if self.code is None and self.terminal.either_or_end(CODE):
            self.code = self.terminal.child.match[1].decode()
            self.terminal.expect(QUESTION)
        return self.code is not None

    def flow(self):
        return self.tenant.control("GET", f"/signins/{self.code}")

    def approve(self):
        """The browser's part, without its pages: they are on the host that the weather is over."""
        self.tenant.control("POST", f"/signins/{self.code}/approve", {"as": self.name, "force": True})

    def finish(self):
        """The person presses Enter whenever asked; how it ended."""
        t = self.terminal
        if self.code is not None:
            self.enter()
            while t.either_or_end(QUESTION):
                self.enter()
        code = t.end()
        return self._admitted(code) if INSIDE in t.text else self._refused(code)

    def walk(self):
        if self.prompted():
            self.approve()
        return self.finish()

    def enter(self):
        time.sleep(READING_S)
        self.terminal.line()

    def _admitted(self, code):
        assert code == 0, f"ended with {code}:\n{self.terminal.text}"
        record = self.host.audit_since(self.known, event="sign-in", name=self.name, verdict="admitted")
        return Seen(ADMITTED, "", record, self.terminal.text)

    def _refused(self, code):
        text = self.terminal.text
        assert code == 255, f"ended with {code}:\n{text}"
        reference = re.search(REFERENCE, text)
        assert reference, f"no reference to tell the administrators:\n{text}"
        record = self.host.audit_since(self.known, event="sign-in", correlation_id=reference[1])
        assert record["verdict"] in ("refused", "unavailable") and record["reason"], record
        until(lambda: self.host.log_lines(reference[1]), 10,
              lambda: f"{reference[1]} in the log\n{self.host.log_tail()}", step_s=0.1)
        return Seen(row_of(text), reference[1], record, text)
