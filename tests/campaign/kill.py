#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill.py: SIGKILL each process at random moments during a stream of logins and reads of the groups; inside
tests/bed/bed --net --install.

First the processes run as the systemd units run them (the sockets outlive them), then in foreground mode.
After each kill what was left behind is looked at, and the next ones come only once the host has recovered in
between. Ends with status 0 if no rule was broken; --report FILE writes what was done and found.
"""

import argparse
import collections
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from services import Services, ask_status, descendants, name_of, status_of  # noqa: E402
from support.host import Host, run  # noqa: E402
from support.tenant import Tenant  # noqa: E402
from traffic import MEMBERS, Control, Traffic  # noqa: E402
from witness import AUDIT, PUBLISHED, RULES, Witness, file_size  # noqa: E402

# How often each is struck, of each hundred kills.
SHARES = {
    "units": {"guestpassd": 40, "guestpass-publish": 25, "sshd": 20, "ssh": 15},
    "foreground": {"guestpassd": 35, "starter": 20, "guestpass-publish": 25, "sshd": 12, "ssh": 8},
}
STARTER = """\
`starter` is guestpassd in its first moments in foreground mode, while it is still root: it makes the sockets
and directories, and starts the publisher, which systemd does for the units, and then gives root up. With units
there is none."""
REFUSALS = """\
Members are refused and cut off too, and must be: a sign-in lives in the memory of the daemon, so that with a
killed daemon it is refused, never let through; with a killed sshd or ssh, its connection is cut off. That a
host refuses none of them once it is well, the last rule below shows: at the end of each mode, when nothing is
killed any more, every member logs in, and anything but "in" breaks the rule."""
FOREGROUND_SHARE = 0.2
CHECK_EVERY = 10
RECOVERY_LIMIT_S = 60
FIND_LIMIT_S = 8
SWEPT_LIMIT_S = 60
STARTING_S = 0.08
WRITING_S = 2.0


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Campaign:
    def __init__(self, host, tenant, work, seed, short=False):
        self.host, self.tenant, self.work, self.seed, self.short = host, tenant, Path(work), seed, short
        self.rng = random.Random(seed)
        self.witness = Witness(self.work, say)
        self.kills = collections.Counter()  # (mode, process)
        self.killed = set()
        self.recovery = []
        self.outcomes = collections.Counter()
        self.half_done = collections.Counter()
        self.changes = self.starts = 0
        self.services = self.traffic = None
        self.began = time.monotonic()

    # Whom to strike, and when.

    def sshd_children(self):
        pid_file = Path(f"/run/sshd-{self.host.port}.pid")
        return [p for p in descendants(int(pid_file.read_text())) if name_of(p).startswith("sshd")]

    def wait_for(self, condition, limit_s):
        """The first true value within the bound; None else. Looks often: the moments that matter are short."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.0005)
        return None

    def moment(self, process):
        """Wait for one: any, or soon after something was begun that must not be left half done."""
        rng = self.rng
        how = rng.random()
        if process == "guestpassd" and how < 0.4:
            size = file_size(AUDIT)
            self.wait_for(lambda: file_size(AUDIT) != size, WRITING_S)
            time.sleep(rng.uniform(0, 0.004))
        elif process == "guestpassd" and how < 0.6:
            self.services.reload()
            time.sleep(rng.uniform(0, 0.4))
        elif process == "guestpass-publish" and how < 0.7:
            new = [path.with_name("directory.new") for path in PUBLISHED]
            self.wait_for(lambda: any(path.exists() for path in new), WRITING_S)
            time.sleep(rng.choice((0, rng.uniform(0, 0.003))))
        else:
            time.sleep(rng.uniform(0.02, 0.8))

    def victim(self, process):
        """The pid to strike now, if there is one."""
        if process == "starter":
            daemon = self.services.daemon
            pid = daemon.pid()
            young = time.monotonic() - daemon.started < STARTING_S
            return pid if pid and young and status_of(pid).get("Uid", "9").split()[0] == "0" else None
        if process == "guestpassd":
            return self.services.daemon.pid()
        if process == "guestpass-publish":
            return self.services.publisher_pid()
        with self.traffic.lock:
            clients = list(self.traffic.clients)
        some = clients if process == "ssh" else self.sshd_children()
        return self.rng.choice(some) if some else None

    @staticmethod
    def kill(pid):
        """False if it was gone already: it followed another one."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def strike(self, mode, process):
        """One kill; False if there was nobody to kill."""
        if process == "starter":
            self.kill_starter()
            return True
        self.moment(process)
        pid = self.wait_for(lambda: self.victim(process), FIND_LIMIT_S)
        if pid is None:
            return False
        if process in ("sshd", "ssh"):
            return self.kill(pid)
        with self.services.held():
            daemon = self.services.daemon.pid()
            if self.victim(process) != pid:
                return False
            self.killed.update((pid, daemon) if mode == "foreground" else (pid,))
            if not self.kill(pid):
                return False
            self.look(process, pid)
        return True

    def look(self, process, pid):
        """What it left behind, before anything is started again."""
        self.wait_for(lambda: status_of(pid).get("State", "Z")[0] == "Z", 5)
        if process == "guestpassd":
            self.witness.look_at_database()
            self.half_done["a record of the audit"] += self.witness.audit_ends_in_a_piece()
        else:
            self.witness.look_at_files()
            self.half_done["a publication"] += self.witness.publication_is_half_done()
        self.witness.read_audit()
        self.witness.look_up(MEMBERS)

    def kill_starter(self):
        """Take a foreground daemon down, and its next start too, within the first moments."""
        daemon = self.services.daemon
        with self.services.held():
            pid = daemon.pid()
            if pid is not None:
                self.killed.add(pid)
                self.kill(pid)
        starts = daemon.starts
        self.wait_for(lambda: daemon.starts > starts, FIND_LIMIT_S)
        time.sleep(self.rng.uniform(0, STARTING_S))
        pid = daemon.pid()
        if pid is not None:
            self.killed.add(pid)
            self.kill(pid)
        self.look("guestpassd", pid or 0)

    # Recovery.

    def well(self):
        status = ask_status()
        return status.get("sync", {}).get("published") and status.get("health") == "ok" and status

    def recover(self, whole=False):
        """Until the daemon has read and published again; WHOLE: and each member logs in."""
        began = time.monotonic()
        status = self.wait_for(self.well, RECOVERY_LIMIT_S)
        self.recovery.append(time.monotonic() - began)
        self.witness.check("recovered", bool(status), f"after {RECOVERY_LIMIT_S} s: {ask_status()}")
        for service in self.services.all:
            self.witness.ended(service, self.killed)
        self.witness.look_up(MEMBERS)
        self.witness.look_at_files()
        self.witness.read_audit()
        if whole:
            for name in MEMBERS[:1] if self.short else MEMBERS:
                outcome, _ = self.traffic.login(Control(self.tenant), "member", name, name)
                self.witness.check("recovered", outcome == "in", f"{name}'s login afterwards: {outcome}")

    def gone(self):
        """No session is left in the daemon that nobody has."""
        swept = self.wait_for(lambda: ask_status().get("sessions") == 0, SWEPT_LIMIT_S)
        self.witness.check("recovered", bool(swept), f"sessions that nobody has: {ask_status().get('sessions')}")

    # The whole.

    def phase(self, mode, kills):
        if kills == 0:
            return
        say(f"{mode}: {kills} kills")
        self.services = Services(self.work, mode == "foreground")
        self.traffic = Traffic(self.host, self.tenant, self.services, self.witness, self.rng)
        try:
            self.recover()
            self.traffic.start()
            done = 0
            while done < kills:
                shares = SHARES[mode]
                process = self.rng.choices(list(shares), list(shares.values()))[0]
                if not self.strike(mode, process):
                    continue
                self.kills[mode, process] += 1
                done += 1
                if done % CHECK_EVERY == 0:
                    self.recover()
                    say(f"{mode}: {done} of {kills} kills, {len(self.witness.broken)} rules broken")
            self.traffic.stop()
            self.recover(whole=True)
            if not self.short:
                self.gone()
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            self.traffic.stopping.set()
            self.outcomes.update(self.traffic.outcomes)
            self.changes += self.traffic.changes
            self.services.stop()
            self.starts += sum(s.starts for s in self.services.all)
            self.witness.read_audit()

    def run(self, kills):
        foreground = round(kills * FOREGROUND_SHARE)
        self.phase("units", kills - foreground)
        self.phase("foreground", foreground)
        return not self.witness.broken

    def report(self):
        witness = self.witness
        lines = [
            "# The kill campaign's report", "",
            "Written by the campaign itself (`make campaign`); tests/campaign/kill.py says how it strikes.", "",
            f"{sum(self.kills.values())} kills, seed {self.seed}, {time.monotonic() - self.began:.0f} s, "
            f"{len(witness.broken)} findings.", "",
            "| killed | as units | in foreground mode |", "|---|---|---|"]
        for process in dict.fromkeys(p for shares in SHARES.values() for p in shares):
            lines.append(f"| {process} | {self.kills['units', process]} | {self.kills['foreground', process]} |")
        lines += ["", STARTER, "", "| logins | in | refused | cut off | stuck |", "|---|---|---|---|---|"]
        for kind in dict.fromkeys(kind for kind, _ in sorted(self.outcomes)):
            lines.append(f"| {kind} | " + " | ".join(str(self.outcomes[kind, o])
                                                      for o in ("in", "refused", "cut", "stuck")) + " |")
        lines += ["", REFUSALS, "", "Found half done after a kill: " + ", ".join(
            f"{what} {n} times" for what, n in sorted(self.half_done.items())) + ".",
                  f"Changes of membership, each read at once: {self.changes}. Starts of the services: {self.starts}. "
                      f"Guests in the database: {len(witness.guests)}. Audit records: {witness.records}.",
                  f"Until the host was well again at a check: median {statistics.median(self.recovery):.1f} s, "
                  f"longest {max(self.recovery):.1f} s (a publication waits up to 5 s for the next by design).", "",
                  "| rule | checked | broken |", "|---|---|---|"]
        for rule, about in RULES.items():
            broken = sum(1 for r, _ in witness.broken if r == rule)
            lines.append(f"| {about} | {witness.checked[rule]} | {broken} |")
        if witness.broken:
            lines += ["", "## Findings", ""] + [f"- {rule}: {what}" for rule, what in witness.broken]
        return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--report", help="write the report to this file too")
    args = parser.parse_args()
    if not os.environ.get("GP_BED"):
        parser.error("only for use inside tests/bed/bed")
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    say(f"seed {seed}")
    work = Path(tempfile.mkdtemp(prefix="campaign."))
    os.chmod(work, 0o755)
    tenant = Tenant(work / "tenant")
    host = Host(work)
    try:
        host.set_up()
        host.start_sshd("-o", "MaxStartups=200")
        tenant.control("PATCH", "/switches", {"device_code_interval": 1, "index_lag": 0})
        host.configure(tenant.ready_file)
        campaign = Campaign(host, tenant, work, seed)
        good = campaign.run(args.kills)
        text = campaign.report()
        print(text, flush=True)
        if args.report:
            Path(args.report).write_text(text)
    finally:
        host.stop_sshd()
        tenant.stop()
    if not good and "GP_TEST_LOGS" in os.environ:
        run("sh", "-c", 'cp "$1"/*.log "$2"/', "sh", work, os.environ["GP_TEST_LOGS"], check=False)
    return 0 if good else 1


def thread_failed(args):
    """A stream that broke proves nothing, so the campaign has failed."""
    sys.__excepthook__(args.exc_type, args.exc_value, args.exc_traceback)
    os._exit(3)


if __name__ == "__main__":
    threading.excepthook = thread_failed
    sys.exit(main())
