# SPDX-License-Identifier: Apache-2.0
"""Things planted before the start where Guestpass keeps its files: each is refused, with its name, or replaced;
none is followed, and what it leads to stays as it was."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from support.guest import ADA, PASSWORDS, log_in
from support.host import AUDIT, RUN, run
from support.waiting import until

STATE, PUBLISHED = Path("/var/lib/guestpass"), Path("/var/lib/guestpass-published")
GROUP = "SSH prod partners"
DATABASE = STATE / "guests.db"
CONTENT = b"this is somebody else's\n" * 20  # longer than the header of a directory file


class Outside:
    """A file of OWNER elsewhere, and a name that nothing has."""

    def __init__(self, directory, owner):
        self.file, self.nothing = directory / "file", directory / "nothing"
        self.owner = owner
        self.file.write_bytes(CONTENT)
        os.chmod(self.file, 0o600 if owner != "root" else 0o644)
        shutil.chown(self.file, owner, owner)

    def is_untouched(self):
        now = self.file.stat()
        assert self.file.read_bytes() == CONTENT
        assert (now.st_uid, now.st_mode & 0o777) == (pwd.getpwnam(self.owner).pw_uid,
                                                     0o600 if self.owner != "root" else 0o644)
        assert not os.path.lexists(self.nothing)


def foreign(path, _outside):
    path.write_bytes(CONTENT)
    os.chmod(path, 0o666)
    shutil.chown(path, "nobody", "nogroup")


KINDS = {
    "symlink": lambda path, outside: path.symlink_to(outside.file),
    "dangling": lambda path, outside: path.symlink_to(outside.nothing),
    "hard-link": lambda path, outside: os.link(outside.file, path),
    "fifo": lambda path, outside: os.mkfifo(path, 0o600),
    "directory": lambda path, outside: path.mkdir(),
    "foreign": foreign,
}


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


@contextlib.contextmanager
def planted(kind, outside, *paths):
    """KIND stands at each of the paths; what stood there comes back."""
    aside = [(path, path.with_name(path.name + ".aside")) for path in paths]
    for path, kept in aside:
        if os.path.lexists(path):
            path.rename(kept)
        KINDS[kind](path, outside)
    try:
        yield
    finally:
        for path, kept in aside:
            remove(path)
            if os.path.lexists(kept):
                kept.rename(path)


@pytest.fixture(scope="module")
def between(host, tenant):
    """Nothing runs between the tests; after them all runs again, and guests log in."""
    host.stop_daemon()
    with tenant.switched(index_lag=0):
        yield host
    host.start_daemon()
    with log_in(host, tenant, ADA, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0


@pytest.fixture
def stopped(between):
    yield between
    between.stop_daemon()


@contextlib.contextmanager
def without(tenant, name):
    """Something to publish: a guest fewer."""
    tenant.control("DELETE", f"/groups/{GROUP}/members/{name}")
    try:
        yield
    finally:
        tenant.control("PUT", f"/groups/{GROUP}/members/{name}")


def outside_on(filesystem, owner):
    """Where a hard link can lead from FILESYSTEM."""
    directory = filesystem / "outside"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o755)
    return Outside(directory, owner)


def start_and_fail(limit_s=30):
    """The daemon does not start; what it says of it."""
    done = subprocess.run(["/usr/sbin/guestpassd", "--foreground"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=limit_s)
    assert done.returncode == 1, done
    return done.stderr


THE_DAEMONS = [DATABASE, *(Path(f"{DATABASE}{s}") for s in ("-wal", "-shm", "-journal")), AUDIT]


@pytest.mark.parametrize("kind", KINDS)
def test_in_place_of_the_daemons_files(stopped, kind):
    """As whoever can write there, which is its own account: it does not start, and names the file."""
    for path in THE_DAEMONS:
        beside = [Path(f"{DATABASE}{s}") for s in ("", "-wal", "-shm", "-journal")] if path != AUDIT else [path]
        outside = outside_on(Path("/var"), "guestpass")
        # A database without its journal would be another one.
        with contextlib.ExitStack() as stack:
            if path == DATABASE:
                for other in beside[1:]:
                    if os.path.lexists(other):
                        other.rename(other.with_name(other.name + ".kept"))
                        stack.callback(other.with_name(other.name + ".kept").rename, other)
            with planted(kind, outside, path):
                said = start_and_fail()
                assert "start-failed" in said and f"{path}" in said, said
        outside.is_untouched()


PUBLISHERS = [RUN / "directory", RUN / "directory.new", RUN / "superseded.7", PUBLISHED / "directory",
              PUBLISHED / "directory.new"]
LOCK = RUN / "publisher.lock"


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "directory"])
def test_in_place_of_the_publishers_files(stopped, kind):
    """They go, and what belongs there is published."""
    run_outside, var_outside = outside_on(Path("/run"), "root"), outside_on(Path("/var"), "root")
    with planted(kind, run_outside, *PUBLISHERS[:3], LOCK), planted(kind, var_outside, *PUBLISHERS[3:]):
        stopped.start_daemon()
        until(lambda: stopped.status()["sync"]["published"], 20, lambda: stopped.log_tail())
        for path in (PUBLISHERS[0], PUBLISHERS[3]):
            assert path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1
            assert run("/usr/libexec/guestpass/guestpass-publish", "--check", path).stdout.startswith(f"{path}: good")
        assert not any(os.path.lexists(path) for path in (*PUBLISHERS[1:3], PUBLISHERS[4]))
        assert LOCK.is_file() and not LOCK.is_symlink()
        assert (LOCK.stat().st_uid, LOCK.stat().st_mode & 0o777, LOCK.stat().st_nlink) == (0, 0o600, 1)
        stopped.stop_daemon()
    run_outside.is_untouched()
    var_outside.is_untouched()


@pytest.mark.parametrize("path", PUBLISHERS, ids=lambda p: "-".join(p.parts[-2:]))
def test_a_directory_in_place_of_a_publishers_file(stopped, tenant, path):
    """It may hold something, so it stays, and the publisher says what is in the way."""
    # Each time another one, so that there is something to publish.
    absent = sorted(PASSWORDS)[PUBLISHERS.index(path)]
    with planted("directory", None, path), without(tenant, absent):
        (path / "inside").write_bytes(CONTENT)
        if path.name.startswith("superseded"):
            said = start_and_fail()
            assert f"{path.name}: Is a directory" in said and "publisher-ended" in said
        else:
            stopped.start_daemon(guest=None)
            told = until(lambda: stopped.status().get("sync", {}).get("publish_error"), 20, stopped.log_tail)
            assert "Is a directory" in told, told
            until(lambda: stopped.status()["health"] == "degraded", 20, lambda: str(stopped.status()))
            stopped.stop_daemon()
        assert (path / "inside").read_bytes() == CONTENT


def test_a_directory_in_place_of_the_publishers_lock(stopped):
    with planted("directory", None, LOCK):
        said = start_and_fail()
        assert f"{LOCK.name}: Is a directory" in said and "publisher-ended" in said


SOCKETS = [RUN / name for name in ("login.sock", "admin.sock", "knock.sock", "publish.sock")]


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "directory"])
def test_in_place_of_the_sockets(stopped, kind):
    outside = outside_on(Path("/run"), "root")
    with planted(kind, outside, *SOCKETS):
        stopped.start_daemon()
        assert all(path.is_socket() and path.stat().st_uid == 0 for path in SOCKETS)
        stopped.stop_daemon(signal.SIGKILL)
    outside.is_untouched()


def test_a_directory_in_place_of_a_socket(stopped):
    for path in SOCKETS:
        with planted("directory", None, path):
            assert str(path) in start_and_fail()


@pytest.mark.parametrize("path", [RUN, STATE, PUBLISHED], ids=lambda p: p.name)
def test_a_symlink_in_place_of_a_directory(stopped, path):
    elsewhere = stopped.work / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    before = elsewhere.stat()
    outside = Outside(stopped.work, "root")
    outside.file, kept = elsewhere, outside.file
    with planted("symlink", outside, path):
        said = start_and_fail()
        assert str(path) in said, said
    now = elsewhere.stat()
    assert (now.st_uid, now.st_mode, list(elsewhere.iterdir())) == (before.st_uid, before.st_mode, [])
    kept.unlink()


def test_a_run_directory_of_somebody_else(stopped):
    """Its owner loses it before anything is put there, and what he planted is no directory of guests."""
    with planted("directory", None, RUN):
        (RUN / "directory").symlink_to("/etc/passwd")
        (RUN / "login.sock").write_bytes(CONTENT)
        os.chmod(RUN, 0o777)
        shutil.chown(RUN, "nobody", "nogroup")
        stopped.start_daemon()
        assert (RUN.stat().st_uid, RUN.stat().st_mode & 0o777) == (0, 0o755)
        assert not (RUN / "directory").is_symlink()
        stopped.stop_daemon()


def test_a_durable_directory_of_somebody_else(stopped):
    with planted("directory", None, PUBLISHED):
        shutil.chown(PUBLISHED, "nobody", "nogroup")
        said = start_and_fail()
        assert f"{PUBLISHED}: must be owned by root" in said
        assert list(PUBLISHED.iterdir()) == []
