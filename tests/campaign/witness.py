# SPDX-License-Identifier: Apache-2.0
"""What must be true whatever is killed when: each check counts how often it was made and what it found."""

import collections
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

AUDIT = Path("/var/log/guestpass/audit.jsonl")
DATABASE = Path("/var/lib/guestpass/guests.db")
PUBLISHED = (Path("/run/guestpass/directory"), Path("/var/lib/guestpass-published/directory"))
PUBLISH = "/usr/libexec/guestpass/guestpass-publish"

RULES = {
    "audit-whole": "each line of the audit is one whole record",
    "audit-chained": "each line of the audit has the hash of the one before, and the next number",
    "record-first": "who came in has the records of sign-in, account and session before the first output",
    "never-admitted": "nobody came in who is disabled, not a member, or another person",
    "database-sound": "integrity_check finds nothing in what a killed daemon left",
    "numbers-kept": "no guest's number or name in the database ever changed, none was lost, none given twice",
    "file-whole": "what a killed publisher left in place passes its own full check, in /run and in /var",
    "names-same": "each guest resolves to the same number as at the beginning",
    "ends-known": "no process of Guestpass ended but by the campaign",
    "nobody-hangs": "each login ends within its bound",
    "recovered": "daemon, publication and a whole login work again after the kills",
}


class Witness:
    def __init__(self, work, say):
        self.work, self.say = work, say
        self.lock = threading.Lock()
        self.checked = collections.Counter()
        self.broken = []  # (rule, what)
        self.offset = AUDIT.stat().st_size if AUDIT.exists() else 0
        self.link = None  # number and hash of the last line, as the next one must say them
        self.decisions = collections.defaultdict(list)
        self.records = 0
        self.guests = {}   # (tid, oid) -> (uid, name), as first seen
        self.numbers = {}  # name -> uid, as first published

    def check(self, rule, good, what):
        with self.lock:
            self.checked[rule] += 1
            if not good:
                self.broken.append((rule, what))
        if not good:
            self.say(f"BROKEN {rule}: {what}")

    # The audit.

    def due_after(self, line):
        """Number and hash that LINE must say; None when nobody knows. The next one's are kept."""
        due = self.link
        try:
            self.link = json.loads(line)["seq"] + 1, hashlib.sha256(line).hexdigest()
        except (ValueError, KeyError, TypeError):
            self.link = None
        return due

    def read_audit(self):
        """Take in the whole lines since the last time; a line without its end is still being written."""
        with self.lock:
            if not AUDIT.exists():
                return
            with open(AUDIT, "rb") as f:
                f.seek(self.offset)
                data = f.read()
            whole = data[:data.rfind(b"\n") + 1]
            self.offset += len(whole)
            lines = [(line, self.due_after(line)) for line in whole.splitlines()]
        for line, due in lines:
            try:
                record = json.loads(line)
                good = isinstance(record, dict) and {"seq", "prev", "time", "event"} <= set(record) and \
                    ("verdict" in record or "by" in record)
            except ValueError:
                record, good = {}, False
            self.check("audit-whole", good, f"{line[:200]!r}")
            self.check("audit-chained", due in (None, (record.get("seq"), record.get("prev"))),
                       f"{line[:200]!r} is not {due}")
            with self.lock:
                self.records += 1
                if record.get("decision"):
                    self.decisions[record["decision"]].append(record)
            if record.get("event") == "sign-in" and record.get("verdict") == "admitted":
                self.check("never-admitted", record.get("oid") and record["oid"] == record.get("proved_oid"),
                           f"record {record.get('decision')} admits another person")

    def came_in(self, name, decision, may):
        """NAME has a shell under DECISION, whose records must be there by now."""
        self.check("never-admitted", may, f"{name} came in under decision {decision}")
        self.read_audit()
        with self.lock:
            have = [(r["event"], r.get("verdict"), r.get("name")) for r in self.decisions.get(decision, [])]
        missing = [e for e in ("sign-in", "account", "session-open") if (e, "admitted", name) not in have]
        self.check("record-first", not missing, f"{name}, decision {decision}: no record of {missing}; there is {have}")

    # What a killed process left behind. Call these while nothing is started again.

    def look_at_database(self):
        aside = self.work / "left"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for suffix in ("", "-wal"):
            source = Path(f"{DATABASE}{suffix}")
            if source.exists():
                shutil.copy(source, aside / f"guests.db{suffix}")
        try:
            base = sqlite3.connect(aside / "guests.db")
            found = [row[0] for row in base.execute("PRAGMA integrity_check")]
            rows = base.execute("SELECT tid, oid, uid, name FROM guest").fetchall()
            base.close()
        except sqlite3.DatabaseError as e:
            self.check("database-sound", False, str(e))
            return
        self.check("database-sound", found == ["ok"], str(found))
        now = {(tid, oid): (uid, name) for tid, oid, uid, name in rows}
        changed = {k: (v, now.get(k)) for k, v in self.guests.items() if now.get(k) != v}
        twice = len({uid for uid, _ in now.values()}) != len(now)
        self.check("numbers-kept", not changed and not twice, f"{changed}" + (" a number twice" if twice else ""))
        self.guests.update({k: v for k, v in now.items() if k not in self.guests})

    def look_at_files(self):
        for path in PUBLISHED:
            done = subprocess.run([PUBLISH, "--check", str(path)], capture_output=True, text=True, check=False,
                                  timeout=30, stdin=subprocess.DEVNULL)
            self.check("file-whole", done.returncode == 0, f"{path}: {done.stderr.strip()}")

    def publication_is_half_done(self):
        """Killed between two of its steps: something lies beside the file."""
        return any(entry.name == "directory.new" or entry.name.startswith("superseded.")
                   for path in PUBLISHED for entry in path.parent.iterdir())

    def audit_ends_in_a_piece(self):
        return AUDIT.exists() and not AUDIT.read_bytes()[-1:] in (b"", b"\n")

    def look_up(self, names):
        """The numbers of NAMES, which are always members, through the NSS module."""
        done = subprocess.run(["getent", "-s", "guestpass", "passwd", *names], capture_output=True, text=True,
                              check=False, timeout=30, stdin=subprocess.DEVNULL)
        now = {line.split(":")[0]: int(line.split(":")[2]) for line in done.stdout.splitlines()}
        for name in names:
            first = self.numbers.setdefault(name, now.get(name))
            self.check("names-same", first is not None and now.get(name) == first,
                       f"{name} is {now.get(name)}, was {first}")

    def ended(self, service, killed):
        """Each end of a service was ours; in foreground mode the daemon follows its publisher."""
        for pid, status in service.ends:
            self.check("ends-known", (status == -9 and pid in killed) or (status == 1 and pid in killed),
                       f"{service.name} {pid} ended with {status}")
        service.ends.clear()


def file_size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
