#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tenant_bench.py: what the rehearsal tenant serves on one core with 100,000 guests, and how much memory that takes.

The tenant is bound to one core. The client keeps a few connections busy and does nothing else, so what is measured is
the tenant: its requests per second of time that passed, and per second of its own CPU, which other work on the machine
does not change. Prints, and asserts nothing.
"""
import argparse
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCALE, CONNECTIONS, SECONDS, START_WITHIN = 100_000, 8, 4.0, 120.0
SECRET = "rehearsal-reader-secret-not-for-use-elsewhere"
TICKS = os.sysconf("SC_CLK_TCK")
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.I)


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid, name):
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


class Tenant:
    def __init__(self, scale, core):
        self.dir = tempfile.TemporaryDirectory(prefix="tenant-bench.")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), sys.executable, "-B", str(ROOT / "tests/tenant"), "--scale", str(scale),
             "--state-dir", self.dir.name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        ready = Path(self.dir.name, "ready.json")
        limit = time.monotonic() + START_WITHIN
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > limit:
                raise SystemExit("the tenant did not start")
            time.sleep(0.05)
        self.ready = json.loads(ready.read_text())
        self.context = ssl.create_default_context(cafile=self.ready["ca_file"])

    def json(self, url, body=None, form=None, method=None):
        data = urllib.parse.urlencode(form).encode() if form else None
        data = json.dumps(body).encode() if body is not None else data
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if body is not None else {},
                                         method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=self.context))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)

    def connect(self, base):
        port = int(base.rpartition(":")[2])
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(raw, server_hostname="localhost")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.dir.cleanup()


def read_answer(connection):
    """The status line's number; the body is read and dropped."""
    held = b""
    while b"\r\n\r\n" not in held:
        more = connection.recv(65536)
        if not more:
            raise SystemExit("the tenant closed a connection")
        held += more
    head, _, body = held.partition(b"\r\n\r\n")
    missing = int(LENGTH.search(head + b"\r\n")[1]) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return int(head.split(b" ", 2)[1])


def request(base, method, path, headers, body=b""):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {base.removeprefix('https://')}",
             *(f"{a}: {b}" for a, b in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def measure(tenant, base, message, wanted, seconds):
    """(requests, seconds, CPU seconds of the tenant) while every connection always has a request in flight."""
    connections = [tenant.connect(base) for _ in range(CONNECTIONS)]
    done, pid = 0, tenant.process.pid
    for one in connections:  # the first answers, with handshakes and what is made once, are not measured
        one.sendall(message)
        read_answer(one)
        one.sendall(message)
    begin, cpu = time.monotonic(), cpu_s(pid)
    while time.monotonic() - begin < seconds:
        for one in connections:
            status = read_answer(one)
            if status != wanted:
                raise SystemExit(f"{message.split(chr(13).encode())[0].decode()}: HTTP {status}")
            one.sendall(message)
            done += 1
    out = done, time.monotonic() - begin, cpu_s(pid) - cpu
    for one in connections:
        one.close()
    return out


def cases(tenant, token):
    """name: (base, request, status)"""
    ready = tenant.ready
    graph, login, group = ready["graph"], ready["login"], ready["group_ids"]["SSH prod partners"]
    bearer = {"Authorization": f"Bearer {token}"}
    query = urllib.parse.urlencode({"$filter": "mail eq 'guest-050000@partner-000.example'", "$select": "id"})
    found = urllib.request.Request(f"{graph}/v1.0/users?{query}", headers=bearer)
    with urllib.request.build_opener(urllib.request.HTTPSHandler(context=tenant.context)).open(found,
                                                                                               timeout=60) as answer:
        oid = json.load(answer)["value"][0]["id"]
    form = urllib.parse.urlencode({"client_id": ready["client_id"],
                                   "scope": f"openid profile {ready['api_scope']}"}).encode()
    flow = json.load(urllib.request.build_opener(urllib.request.HTTPSHandler(context=tenant.context)).open(
        f"{login}/{ready['tenant_id']}/oauth2/v2.0/devicecode", form, timeout=60))
    poll = urllib.parse.urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                                   "client_id": ready["client_id"], "device_code": flow["device_code"]}).encode()
    select = "$select=id,accountEnabled,userType,externalUserState,mail,userPrincipalName,displayName"
    as_form, as_json = {"Content-Type": "application/x-www-form-urlencoded"}, {**bearer,
                                                                               "Content-Type": "application/json"}
    members = f"/v1.0/groups/{group}/members?{select}"
    return {
        "poll, pending": (login, request(login, "POST", f"/{ready['tenant_id']}/oauth2/v2.0/token", as_form, poll),
                          400),
        "GET user by id": (graph, request(graph, "GET", f"/v1.0/users/{oid}?{select}", bearer), 200),
        "GET user by mail": (graph, request(graph, "GET", f"/v1.0/users?{query.replace('+', '%20')}", bearer), 200),
        "checkMemberGroups": (graph, request(graph, "POST", f"/v1.0/users/{oid}/checkMemberGroups", as_json,
                                             json.dumps({"groupIds": [group]}).encode()), 200),
        "members, page of 100": (graph, request(graph, "GET", members, bearer), 200),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=SCALE)
    parser.add_argument("--core", type=int, default=0, help="the tenant's")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each case")
    options = parser.parse_args()
    others = set(os.sched_getaffinity(0)) - {options.core}
    if others:
        os.sched_setaffinity(0, others)
    begin = time.monotonic()
    tenant = Tenant(options.scale, options.core)
    try:
        pid = tenant.process.pid
        print(f"tenant with {options.scale} guests: started in {time.monotonic() - begin:.1f} s, "
              f"{memory(pid, 'VmRSS'):.0f} MB resident")
        tenant.json(tenant.ready["control"] + "/graph/limits", {"units": 10 ** 9}, method="PUT")
        tenant.json(tenant.ready["control"] + "/switches", {"slow_down": False}, method="PATCH")
        token = tenant.json(f"{tenant.ready['login']}/{tenant.ready['tenant_id']}/oauth2/v2.0/token", form={
            "grant_type": "client_credentials", "client_id": tenant.ready["reader_id"], "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default"})["access_token"]
        for name, (base, message, wanted) in cases(tenant, token).items():
            number, seconds, cpu = measure(tenant, base, message, wanted, options.seconds)
            print(f"{name:22} {number / seconds:7.0f} requests/s, {number / cpu:7.0f} for each second of CPU")
        print(f"at the end {memory(pid, 'VmRSS'):.0f} MB resident, {memory(pid, 'VmHWM'):.0f} MB at the most")
    finally:
        tenant.stop()


if __name__ == "__main__":
    main()
