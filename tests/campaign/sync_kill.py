#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sync_kill.py: SIGKILL daemon or publisher in the middle of reads and publications; inside tests/bed/bed --net --install.

Before each kill the groups of the tenant change and a read begins; the kill follows after a random part of the time
that such a read and its publication take. What was left behind is looked at before anything starts again: the
database is sound, no number and no name of anybody ever known changed, both published files pass the publisher's own
check. Ends with status 0 if no rule was broken; --report FILE writes what was done and found.
"""

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from services import Services, ask_status  # noqa: E402
from support.guest import ADA, GRACE  # noqa: E402
from support.host import Host, run  # noqa: E402
from support.tenant import Tenant  # noqa: E402
from witness import PUBLISHED, RULES, Witness, file_size  # noqa: E402

GROUP = "SSH prod partners"
GUESTS, CROWD = 2000, 40
STEADY = [ADA, GRACE]
RULES_HERE = ["database-sound", "numbers-kept", "file-whole", "names-same", "ends-known", "recovered"]
RECOVERY_LIMIT_S = 60
CHECK_EVERY = 10


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Campaign:
    def __init__(self, host, tenant, work, seed):
        self.host, self.tenant, self.rng = host, tenant, random.Random(seed)
        self.witness = Witness(Path(work), say)
        self.services = Services(Path(work), foreground=False)
        self.crowd = [f"churn{n}@fabrikam.example" for n in range(CROWD)]
        self.inside = set()
        self.kills, self.struck = collections.Counter(), collections.Counter()
        self.killed = set()

    def change(self):
        """Somebody comes or goes; both make a read write and publish."""
        for name in self.rng.sample(self.crowd, self.rng.randint(1, 4)):
            method = "DELETE" if name in self.inside else "PUT"
            self.tenant.control(method, f"/groups/{GROUP}/members/{name}")
            self.inside ^= {name}

    def healthy(self):
        deadline = time.monotonic() + RECOVERY_LIMIT_S
        told = {}
        while time.monotonic() < deadline:
            told = ask_status()
            if told.get("sync", {}).get("published") and told.get("sync", {}).get("last", 0) > 0:
                return True
            time.sleep(0.02)
        say(f"not well: {told.get('problems')}")
        return False

    def strike(self):
        process = self.rng.choices(["guestpassd", "guestpass-publish"], [65, 35])[0]
        pid = self.services.daemon.pid() if process == "guestpassd" else self.services.publisher_pid()
        if pid is None:
            return
        before = file_size(PUBLISHED[0])
        self.change()
        reader = subprocess.Popen(["guestpass", "sync", "--no-wait", *self.rng.choice([[], ["--full"]])],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if process == "guestpass-publish" and self.rng.random() < 0.7:
            self.until_it_publishes()
        else:
            time.sleep(self.rng.uniform(0, 0.35))  # how far it has come is what is left to chance
        with self.services.held():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                reader.wait()
                return
            self.killed.add(pid)
            self.kills[process] += 1
            until_gone(pid, self.services)
            self.struck["half of a publication"] += self.witness.publication_is_half_done()
            self.struck["a new file"] += file_size(PUBLISHED[0]) != before
            self.witness.look_at_database()
            self.witness.look_at_files()
        reader.wait()

    def until_it_publishes(self):
        """As the first thing of a publication can be seen, or not at all if there is none."""
        deadline = time.monotonic() + 0.8
        while time.monotonic() < deadline and not self.witness.publication_is_half_done():
            pass

    def run(self, kills):
        for name in self.crowd:
            self.tenant.control("POST", "/guests", {"mail": name, "companyName": "Fabrikam"})
        self.witness.check("recovered", self.healthy(), "the first read")
        self.witness.look_up(STEADY)
        while sum(self.kills.values()) < kills:
            self.strike()
            self.witness.look_up(STEADY)
            if sum(self.kills.values()) % CHECK_EVERY == 0:
                self.witness.check("recovered", self.healthy(), f"after {sum(self.kills.values())} kills")
                for service in self.services.all:
                    self.witness.ended(service, self.killed)
            if sum(self.kills.values()) % 100 == 0:
                say(f"{sum(self.kills.values())} kills, {len(self.witness.broken)} findings")
        self.witness.check("recovered", self.healthy(), "at the end")


def until_gone(pid, services):
    """The kernel has taken it away; its parent may not have noticed."""
    for service in services.all:
        if service.process is not None and service.process.pid == pid:
            service.process.wait(20)


def report(campaign, kills, seed, took):
    w = campaign.witness
    lines = ["# Kills during reads and publications", "",
             "Written by the campaign itself (`make campaign`); tests/campaign/sync_kill.py says how it strikes.", "",
             f"{kills} kills, seed {seed}, {took:.0f} s, {GUESTS} guests and {CROWD} who come and go, {len(w.broken)} findings.",
             "", "| killed | |", "|---|---|", *(f"| {name} | {n} |" for name, n in sorted(campaign.kills.items())), "",
             "Found right after a kill: " + ", ".join(f"{what} {n} times" for what, n in sorted(campaign.struck.items())) + ".",
             f"Guests in the database: {len(w.guests)}.", "",
             "| rule | checked | broken |", "|---|---|---|"]
    for rule, text in {**{r: RULES[r] for r in RULES_HERE}, "recovered": "reads and publications work again"}.items():
        lines.append(f"| {text} | {w.checked[rule]} | {sum(r == rule for r, _ in w.broken)} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--report", type=Path)
    args = parser.parse_args()
    if not os.environ.get("GP_BED"):
        sys.exit("sync_kill.py changes /etc and kills processes: run it with make campaign")
    work = Path(tempfile.mkdtemp(prefix="sync-kill."))
    os.chmod(work, 0o755)
    host = Host(work)
    host.set_up()
    tenant = Tenant(work / "tenant", options=["--scale", str(GUESTS)])
    say(f"seed {args.seed}")
    began = time.monotonic()
    try:
        tenant.control("PATCH", "/switches", {"delta_lag": 0, "index_lag": 0})
        host.configure(tenant.ready_file)
        campaign = Campaign(host, tenant, work, args.seed)
        try:
            campaign.run(args.kills)
        finally:
            campaign.services.stop()
        text = report(campaign, sum(campaign.kills.values()), args.seed, time.monotonic() - began)
        print(text)
        if args.report:
            args.report.write_text(text)
        if campaign.witness.broken:
            print(run("tail", "-n", "60", work / "guestpassd.log", check=False).stdout)
            sys.exit(1)
    finally:
        tenant.stop()


if __name__ == "__main__":
    main()
