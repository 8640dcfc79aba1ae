#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""peers.py BUILD: our name service beside others, in one run; run inside tests/bed/bed.

The same users and groups are given to libc's files, libnss-extrausers, SSSD and nslcd (both from a slapd of our own,
SSSD with its memory cache warm), to us, and to a mapped hash without any check, which is the floor. Each figure is
the median of several measurements, for which the services take turns, so that what else the machine does hits all.
A ratio is the median of those of one turn each.
Prints, asserts nothing about time, and with --results writes the table and what it was made of.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["sssd-common", "sssd-ldap", "libnss-sss", "slapd", "ldap-utils", "libnss-ldapd", "nslcd", "libnss-extrausers",
            "strace"]
USERS, ROUNDS, WARM_GROUPS = 10000, 9, 500
SUFFIX = "dc=bench,dc=example"
LDAP = "ldap://127.0.0.1:3389/"
LIB = "/usr/lib/x86_64-linux-gnu"


def run(*argv, check=True, **kw):
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=600, **kw)
    if check and done.returncode != 0:
        raise SystemExit(f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def library(name):
    for directory in (LIB, *Path("/usr/lib").glob("*-linux-gnu"), "/usr/lib64", "/lib"):
        if (Path(directory) / name).exists():
            return str(Path(directory) / name)
    raise SystemExit(f"{name} is not installed")


def until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Bench:
    def __init__(self, build, work):
        self.build, self.work = Path(build).resolve(), Path(work)
        self.program = self.build / "bench/peer_bench"
        self.keys = self.work / "keys"
        self.stack = contextlib.ExitStack()
        self.services = {}

    def start(self, *argv):
        log = open(self.work / f"{Path(argv[0]).name}.log", "wb")
        process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.stack.callback(process.wait, 20)
        self.stack.callback(process.terminate)
        return process

    def users(self):
        Path("/run/guestpass").mkdir(mode=0o755, exist_ok=True)
        run(self.program, "make", USERS, self.work)

    def extrausers(self):
        Path("/var/lib/extrausers").mkdir(exist_ok=True)
        for name in ("passwd", "group"):
            shutil.copy(self.work / name, f"/var/lib/extrausers/{name}")
        Path("/var/lib/extrausers/shadow").touch()

    def ldif(self):
        def entries():
            yield f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: bench\ndc: bench\n"
            yield f"dn: ou=p,{SUFFIX}\nobjectClass: organizationalUnit\nou: p\n"
            yield f"dn: ou=g,{SUFFIX}\nobjectClass: organizationalUnit\nou: g\n"
            for line in (self.work / "passwd").read_text().splitlines():
                name, _, uid, gid, gecos, home, shell = line.split(":")
                yield (f"dn: uid={name},ou=p,{SUFFIX}\nobjectClass: account\nobjectClass: posixAccount\ncn: {name}\n"
                       f"uid: {name}\nuidNumber: {uid}\ngidNumber: {gid}\ngecos: {gecos}\nhomeDirectory: {home}\n"
                       f"loginShell: {shell}\n")
            for line in (self.work / "group").read_text().splitlines():
                name, _, gid, members = line.split(":")
                each = "".join(f"memberUid: {m}\n" for m in members.split(",") if m)
                yield f"dn: cn={name},ou=g,{SUFFIX}\nobjectClass: posixGroup\ncn: {name}\ngidNumber: {gid}\n{each}"
        (self.work / "all.ldif").write_text("\n".join(entries()))

    def slapd(self):
        database = self.work / "db"
        database.mkdir()
        indexes = "".join(f"index {a} eq\n" for a in ("uid", "uidNumber", "gidNumber", "memberUid", "cn", "objectClass"))
        includes = "".join(f"include /etc/ldap/schema/{s}.schema\n" for s in ("core", "cosine", "nis"))
        conf = self.work / "slapd.conf"
        conf.write_text(f"{includes}modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {self.work}/slapd.pid\n"
                        f"sizelimit unlimited\ndatabase mdb\nmaxsize 1073741824\nsuffix \"{SUFFIX}\"\n"
                        f"directory {database}\n{indexes}access to * by * read\n")
        self.ldif()
        run("slapadd", "-q", "-f", conf, "-l", self.work / "all.ldif")
        self.start("/usr/sbin/slapd", "-f", conf, "-h", LDAP, "-d", "0")
        until(lambda: listens(3389), 20, "slapd listens")

    def nslcd(self):
        Path("/etc/nslcd.conf").write_text(f"uid nslcd\ngid nslcd\nuri {LDAP}\nbase {SUFFIX}\n")
        os.chmod("/etc/nslcd.conf", 0o640)
        Path("/run/nslcd").mkdir(exist_ok=True)
        shutil.chown("/run/nslcd", "nslcd", "nslcd")
        self.start("/usr/sbin/nslcd", "-n")
        until(lambda: Path("/run/nslcd/socket").exists(), 20, "nslcd listens")

    def sssd(self):
        conf = Path("/etc/sssd/sssd.conf")
        conf.parent.mkdir(exist_ok=True)
        conf.write_text("[sssd]\nservices = nss\ndomains = bench\n[nss]\nmemcache_timeout = 36000\n"
                        "entry_negative_timeout = 36000\nfilter_users_in_groups = false\n[domain/bench]\n"
                        f"id_provider = ldap\naccess_provider = permit\nldap_uri = {LDAP}\nldap_search_base = {SUFFIX}\n"
                        "ldap_schema = rfc2307\nentry_cache_timeout = 36000\nldap_id_use_start_tls = false\n"
                        "enumerate = false\nmin_id = 1\n")
        os.chmod(conf, 0o600)
        self.start("/usr/sbin/sssd", "-i")
        until(lambda: Path("/var/lib/sss/pipes/nss").exists(), 30, "SSSD listens")
        so = library("libnss_sss.so.2")
        until(lambda: run(self.program, "warm", so, "sss", self.keys, "getpwnam", 1, check=False).returncode == 0, 60,
              "SSSD answers")
        for op, count in (("getpwnam", 4096), ("getpwuid", 4096), ("initgroups", WARM_GROUPS), ("miss", 1000)):
            run(self.program, "warm", so, "sss", self.keys, op, count)

    def set_up(self):
        self.users()
        self.extrausers()
        self.slapd()
        self.nslcd()
        self.sssd()
        shutil.copy(self.build / "bench/libnss_reference.so.2", LIB)
        shutil.copy(self.build / "libnss_guestpass.so.2", LIB)
        self.services = {"guestpass": library("libnss_guestpass.so.2"), "reference": library("libnss_reference.so.2"),
                         "sss": library("libnss_sss.so.2"), "ldap": library("libnss_ldap.so.2"),
                         "extrausers": library("libnss_extrausers.so.2"), "files": "libc"}

    def ask(self, service, op, threads=1):
        argv = [self.program, "ask", self.services[service], service, self.keys, op, threads]
        if service == "files":
            # Files of the bench's own in place of /etc's, seen by this process alone.
            argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                    'mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/group" /etc/group; shift; exec "$@"', "sh",
                    self.work, *argv]
        return float(run(*argv).stdout)

    def through_libc(self, service, op):
        kept = Path("/etc/nsswitch.conf").read_text()
        own = "".join(f"{base}: {service}\n" for base in ("passwd", "group", "initgroups"))
        Path("/etc/nsswitch.conf").write_text(own)
        try:
            sign = "@" if service in ("guestpass", "reference") else "."
            return float(run(self.program, "glibc", self.keys, sign, op).stdout)
        finally:
            Path("/etc/nsswitch.conf").write_text(kept)

    def turns(self, what, services, rounds=ROUNDS):
        """{service: [figure of each round]} of WHAT(service), the services taking turns."""
        told = {service: [] for service in services}
        for _ in range(rounds):
            for service in services:
                told[service].append(what(service))
        return told

    def system_calls(self, op):
        """Of ten thousand calls more, so that what a process does at its start does not count."""
        def total(calls):
            log = self.work / "strace"
            run("strace", "-f", "-c", "-o", log, self.program, "warm", self.services["guestpass"], "guestpass", self.keys,
                op, calls)
            return int(log.read_text().splitlines()[-1].split()[2 if "." not in log.read_text().splitlines()[-1].split()[0]
                                                               else 3])
        return (total(4000) - total(1)) / 3999


def beside(b):
    """With SSSD in the switch too: everybody is found, whoever stands first, and without SSSD's daemon as well."""
    guest = b.keys.read_text().split()[0]
    other = guest.replace("@", ".")
    kept = Path("/etc/nsswitch.conf").read_text()

    def found(order, name):
        Path("/etc/nsswitch.conf").write_text(f"passwd: {order}\ngroup: {order}\n")
        return run("getent", "passwd", name, check=False).stdout.startswith(f"{name}:")
    try:
        for order in ("files guestpass sss", "files sss guestpass"):
            assert found(order, guest) and found(order, other) and found(order, "root"), order
            assert not found(order, "nobody.at.all") and not found(order, "nobody@partner1.example"), order
    finally:
        Path("/etc/nsswitch.conf").write_text(kept)
    print("beside SSSD, in either order, both sides' names are found")


def ratio(told, one, other):
    """Of neighbours in time: a machine that is slower for a while is so for both."""
    return statistics.median(a / b for a, b in zip(told[one], told[other], strict=True))


def show(op, told):
    print(f"  {op:16}" + "".join(f"  {s} {statistics.median(ns):.0f}" for s, ns in told.items()), flush=True)


def collect(b):
    everybody = list(b.services)
    figures = {"direct": {}, "libc": {}, "steps": {}}
    for op in ("getpwnam", "getpwuid", "initgroups", "miss"):
        asked = [s for s in everybody if not (op == "initgroups" and s == "extrausers")]
        slow = [s for s in asked if s in ("files", "extrausers", "ldap")]
        told = b.turns(lambda s, op=op: b.ask(s, op), [s for s in asked if s not in slow])
        told.update(b.turns(lambda s, op=op: b.ask(s, op), slow, 1))
        figures["direct"][op] = told
        show(op, told)
        for s in ("guestpass", "reference"):
            steps = int(run(b.program, "steps", b.services[s], s, b.keys, op).stdout)
            figures["steps"].setdefault(s, {})[op] = steps
    for op in ("getpwnam", "getpwuid", "initgroups", "miss"):
        asked = ["guestpass", "sss"] + (["reference"] if op != "miss" else [])
        figures["libc"][op] = b.turns(lambda s, op=op: b.through_libc(s, op), asked)
        show(f"libc {op}", figures["libc"][op])
    figures["two_threads"] = {s: 2 * ratio(b.turns(lambda n, s=s: b.ask(s, "getpwnam", n), [1, 2]), 1, 2)
                              for s in ("guestpass", "reference")}
    figures["first"] = b.turns(lambda s: float(run(b.program, "first", b.services[s], s, b.keys).stdout),
                               ["guestpass", "sss", "reference"])
    figures["system_calls"] = {op: b.system_calls(op) for op in ("getpwnam", "getpwuid", "initgroups", "miss")}
    quiet, busy, left = run(b.program, "swap", b.services["guestpass"], "guestpass", b.keys, USERS).stdout.split()
    figures["swap"] = {"quiet": int(quiet), "busy": int(busy), "mappings": int(left)}
    sizes = {}
    for n in (1000, 100000):
        run(b.program, "make", n, b.work)
        sizes[n] = statistics.median(b.ask("guestpass", "getpwnam") for _ in range(ROUNDS))
    figures["growth"] = sizes[100000] / sizes[1000]
    figures["sizes"] = sizes
    return figures


def rows(f):
    d, c = f["direct"], f["libc"]
    yield "getpwnam hit, called directly", ratio(d["getpwnam"], "guestpass", "sss"), 0.07, "x SSSD's memory cache"
    yield "getpwuid hit, directly", ratio(d["getpwuid"], "guestpass", "sss"), 0.05, "x SSSD's memory cache"
    yield "initgroups, directly", ratio(d["initgroups"], "guestpass", "sss"), 0.07, "x SSSD's memory cache"
    yield "miss, directly", ratio(d["miss"], "guestpass", "sss"), 0.0005, "x SSSD's negative cache"
    yield "the mapped hash at a miss", ratio(d["miss"], "reference", "sss"), None, "x SSSD's negative cache"
    for op in ("getpwnam", "getpwuid", "initgroups"):
        yield f"{op} through libc", ratio(c[op], "guestpass", "reference"), 1.05, "x the mapped hash"
    for op in d:
        yield f"{op}, directly", ratio(d[op], "guestpass", "reference"), None, "x the mapped hash"
    yield "100k users / 1k users, getpwnam hit", f["growth"], 6, "x"
    yield "fresh process: dlopen and first look-up", ratio(f["first"], "guestpass", "sss"), 0.85, "x SSSD"
    yield "the mapped hash in a fresh process", ratio(f["first"], "reference", "sss"), None, "x SSSD"
    yield ("99th percentile while a file is published ten times a second", f["swap"]["busy"] / max(f["swap"]["quiet"], 1), 2,
           "x the quiet one")
    yield "mappings of the file afterwards", f["swap"]["mappings"], 1, ""
    for op, n in f["system_calls"].items():
        yield f"system calls of a steady {op}", n, 0, ""
    for op, n in f["steps"]["guestpass"].items():
        yield (f"instructions of a steady {op}, the call's own part included (mapped hash: {f['steps']['reference'][op]})", n,
               400 if op == "getpwnam" else None, "")


def table(f):
    out = ["| what | measured | goal | |", "|---|---|---|---|"]
    for what, value, goal, unit in rows(f):
        mark = "" if goal is None else "reached" if value <= goal else "**not reached**"
        shown = f"{value:.5f}" if 0 < value < 0.01 else f"{value:.3f}" if isinstance(value, float) else str(value)
        out.append(f"| {what} | {shown} {unit} | {'' if goal is None else f'at most {goal}'} | {mark} |")
    two = f["two_threads"]["guestpass"]
    out.append(f"| two threads' throughput | {two:.2f} x one | at least 1.9 | {'reached' if two >= 1.9 else '**not reached**'} |")
    out.append(f"| two threads' throughput of the mapped hash | {f['two_threads']['reference']:.2f} x one | | |")
    out += ["", f"Nanoseconds a call, {USERS} users, the entry points called directly:", "",
            "| | " + " | ".join(NAMES.values()) + " |", "|---|" + "---|" * len(NAMES)]
    for op, told in f["direct"].items():
        out.append(f"| {op} | " + " | ".join(f"{statistics.median(told[s]):,.0f}" if s in told else "" for s in NAMES) + " |")
    return "\n".join(out)


NAMES = {"guestpass": "guestpass", "reference": "mapped hash", "sss": "SSSD", "ldap": "nslcd", "extrausers": "extrausers",
         "files": "files"}


def write_results(path, figures, scale):
    lines = ["# What was measured", "", "Written by `make bench`; not by hand. Times are of one machine, so only ratios",
             "carry to another, and no test depends on them.", "",
             f"- when: {time.strftime('%Y-%m-%d', time.gmtime())}; {os.cpu_count()} processors, Linux "
             f"{platform.release()}, {platform.libc_ver()[0]} {platform.libc_ver()[1]}",
             f"- {__doc__.split(chr(10), 2)[2].strip().splitlines()[0]}"]
    lines = lines[:-1] + ["", "## Name look-ups", "", "\n".join(__doc__.split("\n", 2)[2].strip().splitlines()[:4]), "",
                          table(figures)]
    if scale:
        lines += ["", "## Many guests", "", "A daemon reads them from the rehearsal tenant over HTTPS; the median of three.", "",
                  "| | " + " | ".join(f"{s['guests']:,}" for s in scale) + " |", "|---|" + "---|" * len(scale)]
        for key, what in SCALE.items():
            lines.append(f"| {what} | " + " | ".join(f"{s[key]:.2f}" for s in scale) + " |")
    Path(path).write_text("\n".join(lines) + "\n")


SCALE = {"first_cpu": "first read until published: s of processor of the daemon",
         "publish_cpu": "s of processor of the publisher in it", "rest": "MB at rest after it",
         "first_peak": "MB at the highest in it", "rest_later": "MB at rest after another full read",
         "full_peak": "MB at the highest in that", "full_cpu": "s of processor of that",
         "round_cpu": "a round without changes: s of processor", "change_s": "s from a change until it is published",
         "restart_s": "s from a restart until everybody is known"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--scale", type=Path, help="the figures of directory_scale.py")
    args = parser.parse_args()
    if not os.environ.get("GP_BED"):
        sys.exit("peers.py changes /etc: run it with make bench")
    run(ROOT / "tests/bed/inside-install", *PACKAGES)
    work = tempfile.mkdtemp(prefix="peers.")
    os.chmod(work, 0o755)
    bench = Bench(args.build, work)
    with bench.stack:
        bench.set_up()
        beside(bench)
        print(f"name look-ups: {USERS} users, ns a call, the services in turns")
        figures = collect(bench)
    print(table(figures))
    if args.results:
        scale = json.loads(args.scale.read_text()) if args.scale and args.scale.exists() else None
        write_results(args.results, figures, scale)


if __name__ == "__main__":
    main()
