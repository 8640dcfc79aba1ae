# SPDX-License-Identifier: Apache-2.0
"""Names in all kinds of processes: every answer is the right one or none, and nothing breaks its host."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from support.guest import ADA
from support.host import RUN, run
from support.waiting import until

DIRECTORY = RUN / "directory"


def program(text, *args, **kw):
    """A process of its own that looks up names through libc; what it printed."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(text), *args], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=60, **kw)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def uid(host):
    return host.passwd(ADA)[2]


def test_without_descriptors(host, uid):
    """A daemon closes all it has, and uses all it may have: its look-ups go on. (A libc that cannot load a service
    for want of a descriptor does not try again in that process, whichever service it is.)"""
    told = program("""
        import os, pwd, resource, sys, time
        name, uid = sys.argv[1], int(sys.argv[2])
        assert pwd.getpwnam(name).pw_uid == uid
        os.closerange(3, 4096)
        assert pwd.getpwuid(uid).pw_name == name
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 64))
        for _ in range(3):
            assert pwd.getpwnam(name).pw_uid == uid
        print("fine")
        """, ADA, uid)
    assert told == "fine\n"


def test_forks_and_threads(host, uid):
    told = program("""
        import os, pwd, sys, threading
        name, uid = sys.argv[1], int(sys.argv[2])
        wrong = []
        def look():
            for _ in range(2000):
                if pwd.getpwuid(uid).pw_name != name or pwd.getpwnam(name).pw_uid != uid:
                    wrong.append(1)
        threads = [threading.Thread(target=look) for _ in range(4)]
        for t in threads:
            t.start()
        children = []
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                os._exit(0 if pwd.getpwnam(name).pw_uid == uid else 1)
            children.append(pid)
        for t in threads:
            t.join()
        assert not wrong
        assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
        os.execvp("id", ["id", "-u", name])
        """, ADA, uid)
    assert told == f"{uid}\n"


def test_in_a_chroot(host, uid, tmp_path):
    """Looked up before, a name is known after; not looked up before, it is as the new root has it."""
    inside = textwrap.dedent("""
        import os, pwd, sys
        name, uid, known = sys.argv[1], int(sys.argv[2]), sys.argv[4] == "known"
        if known:
            pwd.getpwnam(name)
        os.chroot(sys.argv[3])
        os.chdir("/")
        try:
            print(pwd.getpwuid(uid).pw_name)
        except KeyError:
            print("nobody")
        """)
    root = tmp_path / "root"
    for directory in ("etc", "run", "usr"):
        (root / directory).mkdir(parents=True)
    shutil.copy("/etc/nsswitch.conf", root / "etc")
    assert program(inside, ADA, uid, root, "known") == f"{ADA}\n"
    assert program(inside, ADA, uid, root, "new") == "nobody\n"
    # With the system's libraries and the directory of guests in it.
    for link in ("lib", "lib64", "bin", "sbin"):
        if Path("/", link).is_symlink():
            (root / link).symlink_to(os.readlink(f"/{link}"))
    mounted = f"mount --bind /usr {root}/usr && mkdir -p {root}/run/guestpass && mount --bind {RUN} {root}/run/guestpass"
    told = run("unshare", "--mount", "--propagation", "private", "sh", "-c",
               f"{mounted} && exec chroot {root} getent passwd {uid}").stdout
    assert told.startswith(f"{ADA}:")


def test_in_a_users_namespace(host, uid):
    """Root's files look like nobody's there, and those who live in it have only themselves to fool."""
    gid = host.passwd(ADA)[3]
    as_guest = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"]
    if run(*as_guest, "unshare", "--user", "true", check=False).returncode != 0:
        pytest.skip("no namespaces of users here: in a chroot, or by a setting of the kernel")
    for kind in (["--map-root-user"], ["--map-current-user"]):
        told = run(*as_guest, "unshare", "--user", *kind, "getent", "passwd", ADA, check=False)
        assert told.stdout.startswith(f"{ADA}:"), told


def test_outside_of_one_a_file_of_nobodys_is_not_believed(host):
    kept = DIRECTORY.stat()
    os.chown(DIRECTORY, 65534, 65534)
    try:
        assert not host.knows(ADA)
    finally:
        os.chown(DIRECTORY, kept.st_uid, kept.st_gid)
    assert host.knows(ADA)


def test_in_a_setuid_program(host, uid):
    gid = host.passwd(ADA)[3]
    told = run("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "passwd", "-S").stdout
    assert told.startswith(f"{ADA} L")


def damage(change):
    """The published file as a broken disk or a bad hand would leave it."""
    data = bytearray(DIRECTORY.read_bytes())
    fresh = DIRECTORY.with_name("fresh")
    fresh.write_bytes(change(data))
    os.chmod(fresh, 0o644)
    os.rename(fresh, DIRECTORY)


def flipped(at):
    def change(data):
        data[at] ^= 0xFF
        return data
    return change


@pytest.mark.parametrize("change", [lambda d: b"", lambda d: d[:100], lambda d: d[:-8], lambda d: d + b"\0" * 8,
                                    flipped(0), flipped(32), flipped(64), flipped(-200)],
                         ids=["empty", "head", "shorter", "longer", "magic", "length", "count", "record"])
def test_a_damaged_file(host, uid, change):
    """A process that has the good one goes on with it; new ones find nothing wrong in it, or nothing; the next
    publication puts it right."""
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent("""
            import pwd, sys
            name, uid = sys.argv[1], int(sys.argv[2])
            assert pwd.getpwnam(name).pw_uid == uid
            print("ready", flush=True)
            sys.stdin.readline()
            assert pwd.getpwnam(name).pw_uid == uid
            """), ADA, uid], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as old:
        assert old.stdout.readline() == "ready\n"
        damage(change)
        told = run("getent", "-s", "guestpass", "passwd", ADA, check=False)
        assert told.returncode == 2 or told.stdout.split(":")[2] == uid, told
        assert run("getent", "passwd", "root").returncode == 0
        assert run("id", "-u", "localadm").returncode == 0
        old.stdin.write("\n")
        old.stdin.flush()
        assert old.wait(20) == 0
    host.daemon.send_signal(signal.SIGHUP)
    until(lambda: host.welcomes(ADA) and host.passwd(ADA)[2] == uid, 30, lambda: host.log_tail(20))
    until(lambda: host.status().get("health") == "ok", 30, lambda: str(host.status()))
