# SPDX-License-Identifier: Apache-2.0
"""The demo's stage inside the bed: tenant, daemon, publisher, sshd; and the people of the play."""

import contextlib
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path

from show import say
from support.host import ROOT, Host, run
from support.tenant import Tenant

ADA, GRACE, DORA = "ada@fabrikam.example", "grace@fabrikam.example", "dora@fabrikam.example"


def passwords():
    """Mail address -> password at the home organisation."""
    data = json.loads((ROOT / "tests/tenant/data/contoso.json").read_text())
    return {user["mail"]: user["password"] for home in data["homes"] for user in home["users"]}


class Stage:
    """with Stage(dir) as stage: ... DIR is seen by the machine too; all else is the copy's."""

    def __init__(self, shared):
        self.shared = Path(shared)
        self.work = Path(tempfile.mkdtemp(prefix="demo."))
        os.chmod(self.work, 0o755)
        self.host = Host(self.work)
        self.tenant = None
        self.doors = []

    def __enter__(self):
        try:
            say("Setting up on a copy of this machine: Guestpass, the tenant, the daemon, sshd ...")
            self.host.set_up()
            self.tenant = Tenant(self.work / "tenant", named=False)
            self.host.configure(self.tenant.ready_file)
            self.host.start_daemon()
            self.open_door(self.host)
            self.share()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def open_door(self, host, *options):
        """One more sshd; returns the file of its log."""
        log = host.start_sshd(*options)
        self.doors.append(host)
        return log

    def close(self):
        # Once begun it is done to the end; the bed ends the hard way at the third Ctrl-C.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for host in self.doors:
            end_sessions(host.port)
            host.stop_sshd()
        self.host.stop_daemon()
        if self.tenant is not None:
            self.tenant.stop()
        shutil.rmtree(self.work, ignore_errors=True)

    # What a person's own ssh and browser need.

    def share(self):
        os.chmod(self.shared, 0o755)
        shutil.copy(self.tenant.ready["ca_file"], self.shared / "ca.pem")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", self.shared / "key")
        host_key = Path("/etc/ssh/ssh_host_ed25519_key.pub").read_text()
        (self.shared / "known_hosts").write_text("demo " + host_key)
        common = (f"  HostName 127.0.0.1\n  Port {self.host.port}\n  HostKeyAlias demo\n"
                  f"  HostKeyAlgorithms ssh-ed25519\n  UserKnownHostsFile \"{self.shared}/known_hosts\"\n"
                  "  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n")
        (self.shared / "ssh").write_text(
            "Host demo\n" + common + "  PubkeyAuthentication no\n"
            "Host demo-key\n" + common + f"  PreferredAuthentications publickey\n  IdentityFile \"{self.shared}/key\"\n")
        # ssh wants the key to be its user's own; the person may not be root outside.
        owner = int(os.environ.get("SUDO_UID", os.getuid()))
        for path in self.shared.iterdir():
            os.chown(path, owner, -1)

    def authorize_key(self):
        """Put the demo's key into Ada's home, as she could herself."""
        home = ada_home()
        keys = home / ".ssh/authorized_keys"
        keys.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self.shared / "key.pub", keys)
        owner = home.stat()
        for path in (keys.parent, keys):
            os.chown(path, owner.st_uid, owner.st_gid)
        keys.chmod(0o600)
        return keys


def ada_home():
    return Path(run("getent", "passwd", ADA).stdout.split(":")[5])


def end_sessions(port):
    """End the connections of the sshd on PORT, which outlive it."""
    with contextlib.suppress(OSError, ValueError):
        sshd = int(Path(f"/run/sshd-{port}.pid").read_text())
        for child in Path(f"/proc/{sshd}/task/{sshd}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGTERM)
