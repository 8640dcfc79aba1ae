# SPDX-License-Identifier: Apache-2.0
"""What a guest's session is not: a way through the host, a place where his own files or variables start something,
or, for those who are not in shell_group, a shell. Each is tried with a real sshd that has the file made by
`guestpass sshd-config` and, behind it, an administrator's who opens everything; beside it a local user does the same
and succeeds, or the refusals would prove nothing."""

import contextlib
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from conftest import PASSWORDS
from support.guest import ADA, GRACE, log_in, sign_in, wait_for_code
from support.host import free_port, run
from support.terminal import SSH, Terminal
from support.waiting import until

LOCAL = "localadm"
NORTHWIND = "SSH prod partners: Northwind"  # Ada is in it, Grace is not
LOOSE = """Include /etc/ssh/sshd_config.d/*.conf
AcceptEnv *
AllowAgentForwarding yes
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
X11Forwarding yes
PermitTunnel yes
GatewayPorts yes
PermitUserRC yes
PermitUserEnvironment yes
PubkeyAuthentication yes
PasswordAuthentication yes
Subsystem sftp internal-sftp
"""
SNIPPET = Path("/etc/ssh/sshd_config.d/guestpass.conf")


@pytest.fixture(scope="module")
def tier(host, tenant):
    """Only members of gp-shell get a shell; sshd has the file that guestpass makes of that."""
    group = tenant.ready["group_ids"][NORTHWIND]
    shipped = SNIPPET.read_text()
    port = host.port
    host.configure(tenant.ready_file, f"group gp-shell.entra_group={group}", "tier.shell_group=gp-shell")
    host.restart_daemon()
    until(lambda: "gp-shell" in groups_of(ADA), 30, host.log_tail)
    SNIPPET.write_text(run("guestpass", "sshd-config").stdout)
    config = host.work / "sshd_loose.conf"
    config.write_text(LOOSE)
    host.start_sshd("-f", str(config))
    host.loose = str(config)
    yield host
    host.stop_sshd()
    host.port = port
    SNIPPET.write_text(shipped)
    host.configure(tenant.ready_file)
    host.restart_daemon()


def groups_of(name):
    return set(run("id", "-Gn", name).stdout.split())


def settings(host, name):
    """What sshd says holds for NAME."""
    shown = run("/usr/sbin/sshd", "-T", "-f", host.loose, "-C", f"user={name},host=h,addr=192.0.2.1").stdout
    told = {}
    for line in shown.splitlines():
        key, _, value = line.partition(" ")
        told.setdefault(key, []).append(value)
    return told


CLOSED = {
    "authenticationmethods": "keyboard-interactive:pam", "pubkeyauthentication": "no",
    "passwordauthentication": "no", "hostbasedauthentication": "no", "disableforwarding": "yes",
    "allowtcpforwarding": "no", "allowstreamlocalforwarding": "no", "allowagentforwarding": "no",
    "x11forwarding": "no", "permittunnel": "no", "gatewayports": "no", "permituserrc": "no",
    "acceptenv": "GUESTPASS_NONE", "permituserenvironment": "no", "maxauthtries": "1",
}
OPEN = {
    "authenticationmethods": "any", "pubkeyauthentication": "yes", "passwordauthentication": "yes",
    "disableforwarding": "no", "allowtcpforwarding": "yes", "allowstreamlocalforwarding": "yes",
    "allowagentforwarding": "yes", "x11forwarding": "yes", "permittunnel": "yes", "gatewayports": "yes",
    "permituserrc": "yes", "acceptenv": "*", "forcecommand": "none",
}


def test_what_sshd_says_holds(tier):
    for name, wanted in ((ADA, {**CLOSED, "forcecommand": "none"}),
                         (GRACE, {**CLOSED, "forcecommand": "internal-sftp -u 0077"}),
                         (LOCAL, OPEN)):
        told = settings(tier, name)
        assert {key: told.get(key) for key in wanted} == {key: [value] for key, value in wanted.items()}, name


@pytest.fixture(scope="module")
def agent(work):
    path = work / "agent.sock"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL) as process:
        until(path.exists, 10, "the agent listens")
        yield str(path)
        process.terminate()


class Listener:
    """Counts who comes to a port of this host."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.came = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.socket.accept()
                self.came += 1
                with peer:
                    peer.sendall(b"here")


def reached(port):
    """What somebody at the other end of a forwarded port says."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        with contextlib.suppress(ConnectionResetError):
            return s.recv(16)
    return b""


def unix_listener(path):
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(path))
    os.chmod(path, 0o777)
    s.listen()

    def serve():
        with contextlib.suppress(OSError):
            while True:
                peer, _ = s.accept()
                with peer:
                    peer.sendall(b"here")
    threading.Thread(target=serve, daemon=True).start()
    return s


def log_in_local(host, *command, name=LOCAL, **kw):
    t = host.ssh(name, *command, **kw)
    t.expect("[Pp]assword:")
    t.line(PASSWORDS[name])
    return t


PROBE = ("echo agent=[$SSH_AUTH_SOCK] display=[$DISPLAY] sent=[$SENT] set=[$SETENV] lang=[$LC_ALL] planted=[$PLANTED]; "
         "echo umask=$(umask); id -Gn; tty; echo ready; cat")


@pytest.mark.parametrize("who", [ADA, LOCAL])
def test_nothing_is_forwarded_and_no_variable_taken(tier, tenant, agent, who):
    target, local, remote, through = Listener(), free_port(), free_port(), free_port()
    socket_path = tier.work / f"target-{who}.sock"
    unix = unix_listener(socket_path)
    options = ["ForwardAgent=yes", "ForwardX11=yes", "ForwardX11Trusted=yes", "SendEnv=SENT", "SetEnv=SETENV=yes",
               "SendEnv=LC_ALL", f"LocalForward={local} 127.0.0.1:{target.port}",
               f"LocalForward={through} {socket_path}", f"RemoteForward={remote} 127.0.0.1:{target.port}"]
    env = {"SSH_AUTH_SOCK": agent, "DISPLAY": "127.0.0.1:77", "SENT": "yes", "LC_ALL": "C.UTF-8"}
    opened = who == LOCAL
    t = (log_in_local(tier, PROBE, options=options, env=env) if opened
         else log_in(tier, tenant, who, PROBE, options=options, env=env))
    with t, unix:
        t.expect("\nready\r")
        assert bool(re.search(r"agent=\[/", t.text)) == opened, t.text
        assert bool(re.search(r"display=\[.+?\] sent", t.text)) == opened, t.text
        assert ("sent=[yes] set=[yes] lang=[C.UTF-8]" if opened else "sent=[] set=[] lang=[]") in t.text
        assert (reached(local) == b"here") == opened
        assert (reached(through) == b"here") == opened
        if opened:
            assert reached(remote) == b"here"
        else:
            with pytest.raises(ConnectionRefusedError):
                reached(remote)
            assert "remote port forwarding failed" in t.text
        assert target.came == (2 if opened else 0)
        t.write("\x04")
        assert t.end() == 0


@pytest.mark.parametrize("who", [ADA, "root"])
def test_no_tunnel(tier, tenant, who):
    """Beside root, since only he may make the other end."""
    if not Path("/dev/net/tun").exists():
        pytest.skip("there is no /dev/net/tun for the client")
    tunnel = {"options": ["Tunnel=ethernet", "ExitOnForwardFailure=no"]}
    t = (log_in_local(tier, "echo ready; cat", name=who, **tunnel) if who == "root"
         else log_in(tier, tenant, who, "echo ready; cat", **tunnel))
    with t:
        t.expect("\nready\r")
        assert ("Tunnel forwarding failed" in t.text) == (who == ADA), t.text


@contextlib.contextmanager
def planted(name, home):
    """Files with which a user could make sshd start something or set a variable."""
    directory = Path(home) / ".ssh"
    ran = Path(home) / "rc-ran"
    uid, gid = (int(run("id", flag, name).stdout) for flag in ("-u", "-g"))
    directory.mkdir(exist_ok=True)
    (directory / "rc").write_text(f"touch {ran}\n")
    (directory / "environment").write_text("PLANTED=yes\n")
    for path in (directory, directory / "rc", directory / "environment"):
        os.chown(path, uid, gid)
    try:
        yield ran
    finally:
        ran.unlink(missing_ok=True)
        for path in (directory / "rc", directory / "environment"):
            path.unlink()


def test_own_files_start_nothing(tier, tenant):
    with log_in(tier, tenant, ADA, "true") as t:  # his home is there now
        assert t.end() == 0
    with planted(ADA, f"/home/guests/{ADA}") as ran:
        with log_in(tier, tenant, ADA, "echo planted=[$PLANTED]") as t:
            assert t.end() == 0
            assert "\nplanted=[]\n" in t.text
        assert not ran.exists()
    # For everybody, since sshd knows no other way.
    with planted(LOCAL, f"/home/{LOCAL}") as ran:
        with log_in_local(tier, "echo planted=[$PLANTED]") as t:
            assert t.end() == 0
            assert "\nplanted=[]\n" in t.text
        assert ran.exists()


def test_the_session_is_his_alone(tier, tenant):
    with log_in(tier, tenant, ADA, "umask; id -Gn; touch f; mkdir -p d; stat -c %a f d ~") as t:
        assert t.end() == 0
    assert "\n0077\ngp-guests gp-shell\n600\n700\n700\n" in t.text, t.text
    with log_in_local(tier, "umask") as t:
        assert t.end() == 0
        # From Debian 13 on pam_umask knows groups of users' own.
        release = int(re.search(r'VERSION_ID="?(\d+)', Path("/etc/os-release").read_text())[1])
        assert ("\n0002\n" if release >= 13 else "\n0022\n") in t.text, t.text


def test_who_is_not_in_shell_group_gets_no_shell(tier, tenant):
    for command in ([], ["echo came-in"], ["/bin/sh", "-c", "'echo came-in'"]):
        with tier.ssh(GRACE, *command) as t:
            assert sign_in(tenant, wait_for_code(t), GRACE).outcome == "done"
            t.line()
            assert t.end() != 0
            assert "This service allows sftp connections only" in t.text, t.text
            assert "\ncame-in" not in t.text


def sftp(host, tenant, name, *lines):
    with Terminal(["sftp", "-P", str(host.port), *SSH[2:], f"{name}@127.0.0.1"],
                  env={"PATH": "/usr/bin:/bin", "HOME": "/root", "TERM": "xterm", "LANG": "C.UTF-8"}) as t:
        assert sign_in(tenant, wait_for_code(t), name).outcome == "done"
        t.line()
        for line in lines:
            t.expect("sftp> ")
            t.line(line)
        t.expect("sftp> ")
        t.line("bye")
        t.end()
    return t.text


@pytest.mark.parametrize("who", [ADA, GRACE])
def test_files_go_by_sftp(tier, tenant, who):
    source = tier.work / "source"
    source.write_text("a file\n")
    os.chmod(source, 0o666)
    text = sftp(tier, tenant, who, f"put {source} got", "mkdir made")
    home = Path(f"/home/guests/{who}")
    assert (home / "got").read_text() == "a file\n", text
    assert [oct((home / name).stat().st_mode & 0o777) for name in ("got", "made")] == ["0o600", "0o700"]
    (home / "got").unlink()
    (home / "made").rmdir()


def test_low_may_forward_from_the_guests_side(tier, tenant):
    """With the key, and after the file was made again; what is not named stays closed."""
    group = tenant.ready["group_ids"][NORTHWIND]
    strict = SNIPPET.read_text()
    tier.configure(tenant.ready_file, f"group gp-shell.entra_group={group}", "tier.shell_group=gp-shell",
                   "tier.forwarding=local")
    SNIPPET.write_text(run("guestpass", "sshd-config").stdout)
    try:
        port = tier.port
        tier.start_sshd("-f", tier.loose)
        target, local, remote = Listener(), free_port(), free_port()
        with log_in(tier, tenant, ADA, "echo ready; cat", options=[
                f"LocalForward={local} 127.0.0.1:{target.port}", f"RemoteForward={remote} 127.0.0.1:{target.port}"]) as t:
            t.expect("\nready\r")
            assert reached(local) == b"here"
            assert "remote port forwarding failed" in t.text
            t.write("\x04")
            assert t.end() == 0
        assert settings(tier, GRACE)["allowtcpforwarding"] == ["no"]
        assert settings(tier, GRACE)["disableforwarding"] == ["yes"]
    finally:
        tier.stop_sshd()
        tier.port = port
        SNIPPET.write_text(strict)


def test_a_configuration_that_is_wrong_makes_no_file(tier):
    file = tier.work / "wrong.conf"
    file.write_text("[guestpass]\ntenant = 1\n")
    done = run("guestpass", "sshd-config", f"--config={file}", check=False)
    assert (done.returncode, done.stdout) == (2, "") and "wrong.conf:2" in done.stderr
    assert run("guestpass", "sshd-config", "x", check=False).returncode == 64
