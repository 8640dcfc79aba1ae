# SPDX-License-Identifier: Apache-2.0
"""What goes on while processes are killed: guests who log in through ssh, people who may not, and
memberships that change, so that the directory is published again and again."""

import collections
import contextlib
import re
import threading
import time

import requests

from support.guest import CODE
from support.terminal import ssh

GROUP = "SSH prod partners"
MEMBERS = ["ada@fabrikam.example", "grace@fabrikam.example", "linus@northwind.example", "bob@northwind.example"]
DISABLED, STRANGER, EXPELLED = "dora@fabrikam.example", "olga@northwind.example", "eska@fabrikam.example"
COMMAND = 'echo "in:$GUESTPASS_DECISION:"; sleep 0.4'
LOGIN_LIMIT_S = 90
KINDS = {"member": 10, "another-person": 3, "disabled": 2, "not-a-member": 2, "expelled": 3}


class Control:
    """The tenant's control API over one connection, for one thread."""

    def __init__(self, tenant):
        self.ready = tenant.ready
        self.session = requests.Session()
        self.session.trust_env = False

    def __call__(self, method, path, body=None):
        answer = self.session.request(method, self.ready["control"] + path, json=body, timeout=20,
                                      verify=self.ready["ca_file"])
        if answer.status_code >= 300:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()


class Traffic:
    def __init__(self, host, tenant, services, witness, rng, workers=3):
        self.host, self.tenant, self.services, self.witness = host, tenant, services, witness
        self.stopping = threading.Event()
        self.outcomes = collections.Counter()  # (kind, outcome)
        self.changes = 0
        self.clients = set()
        self.lock = threading.Lock()
        self.expelling = threading.Lock()
        seeds = [rng.randrange(2**32) for _ in range(workers + 1)]
        self.threads = [threading.Thread(target=self.stream, args=(type(rng)(seed),), daemon=True)
                        for seed in seeds[1:]]
        self.threads.append(threading.Thread(target=self.change, args=(type(rng)(seeds[0]),), daemon=True))

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(LOGIN_LIMIT_S + 30)
            self.witness.check("nobody-hangs", not thread.is_alive(), "a stream of logins does not end")

    def stream(self, rng):
        control = Control(self.tenant)
        while not self.stopping.is_set():
            kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
            if kind == "expelled":
                self.try_expelled(control)
            else:
                self.try_one(control, kind, rng)

    def try_one(self, control, kind, rng):
        name = {"disabled": DISABLED, "not-a-member": STRANGER}.get(kind) or rng.choice(MEMBERS)
        others = [m for m in MEMBERS if m != name]
        approver = rng.choice(others) if kind == "another-person" else name
        self.login(control, kind, name, approver)

    def try_expelled(self, control):
        """Out of the group now, whatever the directory still says."""
        with self.expelling:
            control("DELETE", f"/groups/{GROUP}/members/{EXPELLED}")
            try:
                self.login(control, "expelled", EXPELLED, EXPELLED)
            finally:
                control("PUT", f"/groups/{GROUP}/members/{EXPELLED}")

    def login(self, control, kind, name, approver):
        began = time.monotonic()
        terminal = ssh(name, self.host.port, COMMAND, limit_s=LOGIN_LIMIT_S)
        pid = terminal.child.pid
        with self.lock:
            self.clients.add(pid)
        try:
            outcome = self.converse(control, terminal, kind, name, approver)
        except AssertionError as e:
            outcome = "stuck"
            self.witness.check("nobody-hangs", False, f"{kind} {name}: {str(e)[-1500:]}")
        else:
            self.witness.check("nobody-hangs", True, "")
        finally:
            with self.lock:
                self.clients.discard(pid)
            terminal.close()
        with self.lock:
            self.outcomes[kind, outcome] += 1
        return outcome, time.monotonic() - began

    def converse(self, control, terminal, kind, name, approver):
        """Do what is asked until the command's output or the end comes: "in", "refused" or "cut"."""
        steps = f"({CODE})|(Press Enter[^\n]*: )|(in:([0-9a-f]*):)|([Pp]assword: )"
        while terminal.either_or_end(steps):
            match = terminal.child.match
            if match[1]:
                with contextlib.suppress(AssertionError):  # the code may be over: its daemon was killed
                    control("POST", f"/signins/{match[2].decode()}/approve", {"as": approver, "force": True})
            elif match[4]:
                self.witness.came_in(name, match[5].decode(), kind == "member")
                terminal.expect_end()
                return "in"
            else:
                terminal.line()
        terminal.child.close()
        return "refused" if re.search("Permission denied|Reference for|not available|refused", terminal.text) else "cut"

    def change(self, rng):
        """Members come and go, now and then a new guest; each time the daemon is told to read at once."""
        control = Control(self.tenant)
        guests = []
        series = f"{rng.randrange(16**6):06x}"  # a name once given to a guest is not given to another
        while not self.stopping.is_set():
            if len(guests) < 3 or rng.random() < 0.05:
                name = f"comer{len(guests)}.{series}@fabrikam.example"
                control("POST", "/guests", {"mail": name, "displayName": name, "groups": [GROUP],
                                            "home": {"kind": "entra", "mail": MEMBERS[0]}})
                guests.append([name, True])
            else:
                guest = rng.choice(guests)
                control("DELETE" if guest[1] else "PUT", f"/groups/{GROUP}/members/{guest[0]}")
                guest[1] = not guest[1]
            self.changes += 1
            self.services.reload()
            self.stopping.wait(rng.uniform(0.3, 1.5))
        for name, _ in guests:
            with contextlib.suppress(requests.RequestException):  # the tenant may be gone as well
                control("DELETE", f"/guests/{name}")
