#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""directory_scale.py: what many guests cost the daemon; run inside tests/bed/bed --net --install.

For each number of guests fresh daemons read them from the rehearsal tenant over HTTPS: processor time until they are
published (the daemon's and the publisher's), memory at rest and at its highest, a full read and a round later on, and
the seconds from a change in Entra until it is published; the median of a few. Prints, and asserts nothing about time.
With --json FILE the figures go there too.
"""

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from support.host import Host, run  # noqa: E402
from support.tenant import Tenant  # noqa: E402
from support.waiting import until  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
GROUP = "SSH prod partners"
PATIENCE_S = 300
READS = 3
PAUSE_S = 6  # longer than the daemon's between two publications


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid, name):
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def publisher_of(pid):
    [child] = [p.name for p in Path("/proc").iterdir() if p.name.isdigit()
               and f"PPid:\t{pid}\n" in (p / "status").read_text() and "guestpass-pub" in (p / "comm").read_text()]
    return int(child)


def asked(*args):
    return json.loads(run("guestpass", "sync", "--json", *args, check=False, timeout=PATIENCE_S).stdout)


def medians(told):
    return {key: statistics.median(one[key] for one in told) for key in told[0]}


class Scale:
    def __init__(self, host, tenant, guests):
        self.host, self.tenant, self.guests = host, tenant, guests

    @staticmethod
    def last_publish():
        status = run("guestpass", "status", "--json", check=False, timeout=PATIENCE_S).stdout
        return json.loads(status)["sync"]["last_publish"]

    def published(self):
        answer = json.loads(run("guestpass", "status", "--json", check=False).stdout or "{}").get("sync", {})
        # Of 100,000 some forty have the number of another, and stand back.
        return answer.get("published") and answer.get("guests", 0) >= self.guests * 0.99

    def first(self):
        for file in (*Path("/var/lib/guestpass").glob("guests.db*"), Path("/run/guestpass/directory"),
                     Path("/var/lib/guestpass-published/directory")):
            file.unlink(missing_ok=True)
        began = time.monotonic()
        self.host.start_daemon(guest=None)
        until(self.published, PATIENCE_S, lambda: self.host.log_tail(20))
        pid = self.host.daemon.pid
        # A read needs a while more to let go of what it needed.
        return {"first_s": time.monotonic() - began, "first_cpu": cpu_s(pid),
                "publish_cpu": cpu_s(publisher_of(pid)), "first_peak": memory_mb(pid, "VmHWM"),
                "rest": memory_mb(pid, "VmRSS")}

    def again(self):
        pid = self.host.daemon.pid
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        before = cpu_s(pid)
        asked("--full")
        full = cpu_s(pid) - before
        peak, rest = memory_mb(pid, "VmHWM"), memory_mb(pid, "VmRSS")
        before = cpu_s(pid)
        asked()
        return {"full_cpu": full, "full_peak": peak, "rest_later": rest, "round_cpu": cpu_s(pid) - before}

    def change(self, n):
        mail = f"late{n}@fabrikam.example"
        self.tenant.control("POST", "/guests", {"mail": mail, "companyName": "Fabrikam"})
        # So that the last publication is long enough ago, as it is in a host's life.
        until(lambda: time.time() - self.last_publish() > PAUSE_S, 60, "it is quiet")
        self.tenant.control("PUT", f"/groups/{GROUP}/members/{mail}")
        began, before = time.monotonic(), cpu_s(publisher_of(self.host.daemon.pid))
        asked()
        until(lambda: run("setpriv", "--reuid=1", "getent", "-s", "guestpass", "passwd", mail,
                          check=False).returncode == 0, 60, "the change is published", step_s=0.02)
        return {"change_s": time.monotonic() - began,
                "change_publish_cpu": cpu_s(publisher_of(self.host.daemon.pid)) - before}

    def restart(self):
        self.host.stop_daemon()
        began = time.monotonic()
        self.host.start_daemon(guest=None)
        until(lambda: run("guestpass", "show", f"late0@fabrikam.example", check=False).returncode == 0, 60,
              "everybody is known", step_s=0.02)
        return {"restart_s": time.monotonic() - began}

    def reads(self):
        """By a fresh daemon with an empty database."""
        self.host.stop_daemon()
        return {**self.first(), **self.again()}

    def all(self, changes):
        figures = {"guests": self.guests, **medians([self.reads() for _ in range(READS)])}
        figures.update(medians([self.change(n) for n in range(changes)]))
        figures.update(self.restart())
        return figures


def report(f):
    print(f"{f['guests']} guests")
    print(f"  first read until published  {f['first_cpu']:8.2f} s of processor, {f['first_s']:.1f} s in all "
          f"(the tenant's part included); the publisher's {f['publish_cpu']:.2f} s")
    print(f"  memory at rest              {f['rest']:8.1f} MB after the first read, {f['rest_later']:.1f} MB after another")
    print(f"  memory at its highest       {f['first_peak']:8.1f} MB in the first read, {f['full_peak']:.1f} MB in another")
    print(f"  a full read later           {f['full_cpu']:8.2f} s of processor")
    print(f"  a round without changes     {f['round_cpu']:8.2f} s of processor")
    print(f"  a change until published    {f['change_s']:8.2f} s; the publisher's {f['change_publish_cpu']:.2f} s")
    print(f"  a restart knows everybody   {f['restart_s']:8.2f} s after it began")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--guests", type=int, nargs="+", default=[10000, 100000])
    parser.add_argument("--changes", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if not os.environ.get("GP_BED"):
        sys.exit("directory_scale.py changes /etc: run it with make bench")
    work = Path(tempfile.mkdtemp(prefix="bench."))
    os.chmod(work, 0o755)
    host = Host(work)
    host.set_up()
    told = []
    for guests in args.guests:
        tenant = Tenant(work / f"tenant{guests}", options=["--scale", str(guests)])
        try:
            tenant.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})
            host.configure(tenant.ready_file)
            told.append(Scale(host, tenant, guests).all(args.changes))
            report(told[-1])
        finally:
            host.stop_daemon()
            tenant.stop()
    if args.json:
        args.json.write_text(json.dumps(told))


if __name__ == "__main__":
    main()
