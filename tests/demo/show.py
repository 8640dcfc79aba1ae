# SPDX-License-Identifier: Apache-2.0
"""What the demo prints: both screens side by side as labelled lines, and audit records."""

import codecs
import re
import sys

from person import Person

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\^_=>])")
last_label = [""]
COLOURS = {"ssh": "32", "browser": "36", "audit": "33", "demo": "1", "ok": "32", "NOT ok": "31"}


def plain(text):
    """Nothing that could move a cursor: what a screen shows is not ours to trust."""
    text = ESCAPES.sub("", text)
    return "".join(c if c.isprintable() else "?" for c in text.replace("\t", "    "))


def say(text=""):
    """A line of the demo's own words."""
    last_label[0] = ""
    print(text, flush=True)


def coloured(name, text):
    if not sys.stdout.isatty():
        return text
    return f"\x1b[{COLOURS[name]}m{text}\x1b[0m"


def line(label, text):
    """A line of one of the screens, with a gap where another screen begins."""
    if label != last_label[0] and last_label[0]:
        print()
    last_label[0] = label
    print(f"{coloured(label, f'{label:>8} |')} {plain(text)}".rstrip(), flush=True)


class Window:
    """The ssh terminal: bytes in, whole lines out as they come."""

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        self.flushed = False
        self.blank = False

    def feed(self, data):
        self.rest += self.decoder.decode(data).replace("\r", "")
        while "\n" in self.rest:
            text, self.rest = self.rest.split("\n", 1)
            if not (self.flushed and text == ""):
                self.put(text)
            self.flushed = False

    def put(self, text):
        """One empty line is enough of them."""
        empty = plain(text).strip() == ""
        if not (empty and self.blank):
            line("ssh", text)
        self.blank = empty

    def flush(self):
        """Show a line that has no end yet, a prompt, before something else is shown."""
        if self.rest:
            self.put(self.rest)
            self.rest, self.flushed = "", True

    def key(self, name):
        self.flush()
        line("ssh", f"<{name}>")


class ShownPerson(Person):
    """The person at the browser, with what is seen and what is typed printed."""

    def __init__(self, base, ca):
        super().__init__(base, ca, show=self.shown)

    @staticmethod
    def shown(text):
        for one in text.rstrip().split("\n"):
            line("browser", one)

    def send(self, page, **values):
        for name, value in values.items():
            line("browser", f"<{name}: {'*' * len(value) if name == 'password' else value}>")
        return super().send(page, **values)


def audit_line(record):
    """One record in one line: when, what, for whom, the verdict and why, the decision id."""
    return "{time}  {event:13}  {name:21}  {verdict:9}  {reason:16}  {decision}".format(
        time=record.get("time", "?")[11:19], event=record.get("event", "?"), name=record.get("name", "-"),
        verdict=record.get("verdict", "-"), reason=record.get("reason", record.get("detail", "-")),
        decision=record.get("decision", "- (no sign-in)"))


def audit_full(record):
    for key, value in record.items():
        if key != "checks":
            line("audit", f"{key:16} {value}")
    for check in record.get("checks", []):
        line("audit", "  check {name:18} {verdict:12} {reason:22} {input}".format(
            **{"name": "?", "verdict": "?", "reason": "", "input": "", **check}))
