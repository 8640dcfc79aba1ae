#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sign_in_bench.py: two hundred sign-ins in flight in one daemon; run inside tests/bed/bed --net --install.

Each round is a fresh daemon: 200 people begin at once (START to ASK), all are polled for at Entra's interval
of 5 s (CPU, memory), then some finish (approval to DONE). Prints the median of the rounds and asserts nothing
about time. The tenant is a Python program on the same cores, so its own share is printed beside ours.
"""

import argparse
import contextlib
import math
import os
import re
import selectors
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from support.door import ASK, DONE, Door, answer, start  # noqa: E402
from support.guest import ADA, CODE  # noqa: E402
from support.host import Host, run  # noqa: E402
from support.tenant import Tenant  # noqa: E402
from support.waiting import until  # noqa: E402

SIGN_INS, PER_GUEST, FINISH = 200, 20, 40
INTERVAL_S = 5
TICKS = os.sysconf("SC_CLK_TCK")
REPLY_LIMIT_S = 60


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def share(values, part):
    """The value below which that part of the values lies (nearest rank)."""
    return sorted(values)[max(math.ceil(part * len(values)) - 1, 0)]


class Round:
    """One daemon with its two hundred sign-ins."""

    def __init__(self, host, tenant, people):
        self.host, self.tenant, self.people = host, tenant, people
        self.pid = host.daemon.pid
        self.doors, self.codes = [], []

    def receive_all(self, doors):
        """(seconds on our clock, frame) of the next frame of each door, as they come."""
        got = {}
        with selectors.DefaultSelector() as selector:
            for door in doors:
                selector.register(door.socket, selectors.EVENT_READ, door)
            while len(got) < len(doors):
                ready = selector.select(REPLY_LIMIT_S)
                if not ready:
                    raise AssertionError(f"no answer within {REPLY_LIMIT_S} s\n{self.host.log_tail()}")
                for key, _ in ready:
                    got[key.data] = (time.monotonic(), key.data.receive())
                    selector.unregister(key.fileobj)
        return got

    def begin(self, stack):
        """Everybody comes at once; the seconds from START to ASK of each."""
        begun = {}
        for name, uid in self.people.items():
            for _ in range(PER_GUEST):
                door = stack.enter_context(contextlib.closing(Door()))
                self.doors.append(door)
                begun[door] = time.monotonic()
                door.send(start(name, uid, f"198.51.100.{len(self.doors) % 250}"))
        got = self.receive_all(self.doors)
        for door in self.doors:
            op, text, _ = got[door][1]
            assert op == ASK, text
            self.codes.append(re.search(CODE, text)[1])
        return [got[door][0] - begun[door] for door in self.doors]

    def polls(self):
        mine = set(self.codes)
        return [s["polls"] for s in self.tenant.control("GET", "/signins") if s["user_code"] in mine]

    def poll(self, seconds):
        """CPU of the daemon and of the tenant, and polls, while nothing but polling happens."""
        until(lambda: min(self.polls()) >= 1, 30, "everybody was polled for once")
        before = sum(self.polls())
        clock, ours, theirs = time.monotonic(), cpu_s(self.pid), cpu_s(self.tenant.process.pid)
        time.sleep(seconds)  # the window is what is measured
        clock = time.monotonic() - clock
        ours, theirs = cpu_s(self.pid) - ours, cpu_s(self.tenant.process.pid) - theirs
        return {"cpu": ours / clock, "tenant_cpu": theirs / clock, "polls": (sum(self.polls()) - before) / clock,
                "rss": resident(self.pid)}

    def finish(self):
        """Some approve, spread over one interval, since all are polled for in step; the seconds from each
        approval to its DONE."""
        doors, approved = self.doors[:FINISH], {}

        def approve():
            for door, code in zip(doors, self.codes):
                door.send(answer())  # Enter: the daemon holds it longer than one interval
                self.tenant.control("POST", f"/signins/{code}/approve", {"as": ADA, "force": True})
                approved[door] = time.monotonic()
                time.sleep(INTERVAL_S / FINISH)
        browser = threading.Thread(target=approve)
        browser.start()
        got = self.receive_all(doors)
        browser.join()
        for _, (op, text, code) in got.values():
            assert (op, code) == (DONE, 0), text
        return [max(got[door][0] - approved[door], 0) for door in doors]

    def one_by_one(self, count=20):
        """START to ASK with nobody else at the door, and the tenant's own answer to a like request."""
        name, uid = next(iter(self.people.items()))
        ready = self.tenant.ready
        times, direct = [], []
        session = requests.Session()
        session.trust_env = False
        for n in range(count):
            with contextlib.closing(Door()) as door:
                begun = time.monotonic()
                door.send(start(name, uid, f"203.0.113.{n}"))
                assert door.receive()[0] == ASK
                times.append(time.monotonic() - begun)
            begun = time.monotonic()
            reply = session.post(f"{ready['login']}/{ready['tenant_id']}/oauth2/v2.0/devicecode",
                                 data={"client_id": ready["client_id"], "scope": f"{ready['api_scope']} openid"},
                                 verify=ready["ca_file"], timeout=10)
            assert reply.status_code == 200, reply.text
            direct.append(time.monotonic() - begun)
        return statistics.median(times), statistics.median(direct)


def measure(host, tenant, people, seconds):
    host.restart_daemon(guest=list(people)[-1])
    r = Round(host, tenant, people)
    alone, direct = r.one_by_one()
    before = resident(r.pid)
    with contextlib.ExitStack() as stack:
        asks = r.begin(stack)
        figures = r.poll(seconds)
        dones = r.finish()
    return {"alone": alone, "direct": direct, "ask": share(asks, 0.5), "ask99": share(asks, 0.99),
            "done": share(dones, 0.5), "done99": share(dones, 0.99), "base": before,
            "each": (figures["rss"] - before) / SIGN_INS, **figures}


def report(rounds, seconds):
    m = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    ms = {key: 1000 * m[key] for key in ("alone", "direct", "ask", "ask99", "done", "done99")}
    print(f"sign-ins: {SIGN_INS} in flight, median of {len(rounds)} rounds")
    print(f"  START to ASK, alone       {ms['alone']:8.1f} ms   {m['alone'] / m['direct']:.2f} x asking the tenant oneself")
    print(f"  START to ASK, all at once {ms['ask']:8.1f} ms   p99 {ms['ask99']:.1f} ms, with the tenant's part")
    print(f"  approval to DONE          {ms['done']:8.1f} ms   p99 {ms['done99']:.1f} ms, polled every {INTERVAL_S} s")
    print(f"  CPU while polling         {100 * m['cpu']:8.2f} %    of one core over {seconds} s; "
          f"{m['cpu'] / m['tenant_cpu']:.2f} x the tenant's")
    print(f"  a poll                    {1e6 * m['cpu'] / m['polls']:8.0f} us   of CPU, {m['polls']:.0f} polls a second")
    print(f"  memory of a sign-in       {m['each']:8.1f} KiB  RSS, {m['base'] / 1024:.1f} MiB without any")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30, help="of polling in each round")
    args = parser.parse_args()
    if not os.environ.get("GP_BED"):
        sys.exit("sign_in_bench.py changes /etc: run it with make bench")
    work = Path(tempfile.mkdtemp(prefix="bench."))
    os.chmod(work, 0o755)
    host = Host(work)
    host.set_up()
    tenant = Tenant(work / "tenant")
    try:
        names = [f"crowd{n}@fabrikam.example" for n in range(SIGN_INS // PER_GUEST)]
        for name in names:
            tenant.control("POST", "/guests", {"mail": name, "displayName": name, "groups": ["SSH prod partners"],
                                               "home": {"kind": "entra", "mail": ADA}})
        tenant.control("PATCH", "/switches", {"device_code_interval": INTERVAL_S})
        host.configure(tenant.ready_file, f"limits.codes_per_guest={PER_GUEST}", "limits.codes_per_address=20",
                       "guestpass.log_level=info")
        host.restart_daemon(guest=names[-1])
        people = {name: int(run("id", "-u", name).stdout) for name in names}
        report([measure(host, tenant, people, args.seconds) for _ in range(args.rounds)], args.seconds)
    finally:
        host.stop_daemon()
        tenant.stop()


if __name__ == "__main__":
    main()
