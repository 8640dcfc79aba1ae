# SPDX-License-Identifier: Apache-2.0
"""The demo with a person: what to type where, audit records as they come, until Enter or Ctrl-C."""

import select
import sys
from pathlib import Path
from shlex import quote

from show import audit_full, audit_line, coloured, line, say
from stage import ADA, DORA, GRACE, ada_home, passwords
from support.host import AUDIT, ROOT, run

STEP_S = 0.2
STATUS = Path("/usr/bin/guestpass")

GUIDE = """
{ready} Nothing here changes your machine; the host is a copy of it.

  1. In a second terminal:

       cd {root}
       {ssh} {ada}@demo

  2. Open the page that it names in your browser, enter the code, sign in as Ada:

       {page}
       {ada}    password {ada_password}

     (ssh says localhost, which is the same; not every machine knows that name.) The certificate
     is the demo's own, so accept the browser's warning. No browser at hand? In a third terminal, in
     the same directory:

       {person} CODE {ada}

  3. Press Enter in the second terminal: you are Ada. Try  id, who, ls -la  and  exit.

  What must not work:

     Grace with a code of Ada's    {grace}    password {grace_password}
     Dora, who is disabled         {ssh} {dora}@demo
     a key instead of a sign-in    {ssh} {ada}@demo-key
                                   (after a first login: Ada's home then has the key)

  Any other ssh client: host 127.0.0.1, port {port}. Audit records appear below as they are written.
  Here:  a Enter = the last record in full{status}   Enter, q Enter or Ctrl-C = end
"""


# Whoever did these, the outcome must be this.
SCENES = (
    ("Ada signs in and gets a shell",
     lambda r: r.get("event") == "session-open" and r.get("name") == ADA, "admitted"),
    ("Grace completes Ada's sign-in: refused",
     lambda r: r.get("event") == "sign-in" and r.get("name") == ADA and r.get("proved_oid", r.get("oid")) != r.get("oid"),
     "refused"),
    ("Dora, whose guest account is disabled: refused",
     lambda r: r.get("event") == "sign-in" and r.get("name") == DORA, "refused"),
    ("a key instead of a sign-in: refused (where sshd takes no keys, there is nothing to record)",
     lambda r: r.get("event") == "account" and r.get("service") == "sshd" and r.get("name") == ADA
     and (r.get("reason") == "no-sign-in" or not r.get("decision")), "refused"),
)


class PersonMode:
    def __init__(self, stage):
        self.stage, self.host = stage, stage.host
        self.shown = 0
        self.key_lies_there = False

    def run(self):
        """Until the person ends it; True if nothing went otherwise than it should."""
        self.guide()
        try:
            while self.tick():
                pass
        except KeyboardInterrupt:
            say()
        return self.summary()

    def guide(self):
        shared, known, ready = self.stage.shared, passwords(), self.stage.tenant.ready
        shared = shared.relative_to(ROOT) if shared.is_relative_to(ROOT) else shared
        person = f"/usr/bin/python3 tests/tenant/person.py --base {reachable(ready['login'])} --ca {quote(str(shared / 'ca.pem'))}"
        say(GUIDE.format(
            ready=coloured("demo", "The host is ready for its guests."), ssh=f"ssh -F {quote(str(shared / 'ssh'))}",
            root=quote(str(ROOT)), page=reachable(ready["verification_uri"]), person=person, port=self.host.port, ada=ADA,
            grace=GRACE, dora=DORA,
            ada_password=known[ADA], grace_password=known[GRACE],
            status="   s Enter = guestpass status" if STATUS.exists() else ""))

    def tick(self):
        """Show what is new, obey one key; False at the end."""
        if self.host.daemon_died() or self.stage.tenant.process.poll() is not None:
            raise AssertionError(f"the daemon or the tenant ended by itself\n{self.host.log_tail()}")
        self.show_new()
        if not self.key_lies_there and ada_home().is_dir():
            self.stage.authorize_key()
            self.key_lies_there = True
        if not select.select([sys.stdin], [], [], STEP_S)[0]:
            return True
        typed = sys.stdin.readline()
        word = typed.strip().lower()
        if word == "a":
            self.show_last()
        elif word == "s" and STATUS.exists():
            done = run(STATUS, "status", check=False)
            for text in (done.stdout + done.stderr).rstrip().split("\n"):
                line("demo", text)
        elif word in ("", "q"):
            return False
        else:
            say("  Here:  a, s, or Enter to end. The login happens in the second terminal.")
        return True

    def show_new(self):
        records = self.host.audit()
        for record in records[self.shown:]:
            line("audit", audit_line(record))
        self.shown = len(records)

    def show_last(self):
        records = self.host.audit()
        if records:
            audit_full(records[-1])
            say(f"  All of them: {AUDIT} in the copy.")
        else:
            say("  No record yet: nobody has logged in.")

    def summary(self):
        self.show_new()
        records = self.host.audit()
        good = True
        say(f"\n{coloured('demo', '--- Summary')}\n")
        for number, (title, belongs, verdict) in enumerate(SCENES, 1):
            verdicts = {r.get("verdict") for r in records if belongs(r)}
            right = verdicts <= {verdict, "abandoned"}
            word = "NOT ok" if not right else "ok" if verdict in verdicts else "not seen"
            say(f"{word:>8}   {number}. {title}")
            good = good and right
        say("\nAn ssh window that still waits ends at its next Enter.")
        return good


def reachable(url):
    """The same page by number: the person's machine may have no /etc/hosts, and so no localhost."""
    return url.replace("//localhost:", "//127.0.0.1:", 1)
