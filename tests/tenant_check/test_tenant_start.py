# SPDX-License-Identifier: Apache-2.0
"""The rehearsal tenant, and its person, started in ways that cannot be: one sentence says what is wrong."""
import socket
import subprocess
import sys
import textwrap

import pytest

from tenant_client import TENANT_DIR


def refused(program, *arguments, status, **how):
    """What a start that fails says; it is no traceback."""
    run = subprocess.run([sys.executable, "-B", *program, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, timeout=60, check=False, **how)
    assert run.returncode == status and run.stdout == "" and "Traceback" not in run.stderr, run.stderr
    return run.stderr


@pytest.mark.parametrize("option, value", [
    ("--scale", "-1"), ("--scale", "many"), ("--port", "-1"), ("--graph-port", "65536"), ("--control-port", "99999"),
    ("--imds-port", "99999"), ("--arc-port", "-2")])
def test_numbers_out_of_range(option, value):
    last = refused([str(TENANT_DIR)], f"{option}={value}", status=2).splitlines()[-1]
    assert f"argument {option}: " in last and value in last.partition(f"{option}: ")[2]


@pytest.mark.parametrize("option", ["--port", "--graph-port", "--control-port", "--imds-port", "--arc-port"])
def test_a_port_that_is_taken(option, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused([str(TENANT_DIR)], "--state-dir", str(tmp_path), option, str(port), status=1)
    assert said == f"rehearsal tenant: port {port} for {option} is taken: choose another\n"


def test_a_data_file_that_is_missing(tmp_path):
    path = str(tmp_path / "none.json")
    said = refused([str(TENANT_DIR)], "--state-dir", str(tmp_path), "--data", path, status=1)
    assert said == f"rehearsal tenant: {path}: No such file or directory\n"


@pytest.mark.parametrize("module", ["aiohttp", "jwt", "cryptography"])
def test_a_python_without_the_modules(module):
    program = textwrap.dedent(f"""
        import runpy, sys
        sys.modules[{module!r}] = None
        runpy.run_path({str(TENANT_DIR)!r}, run_name="__main__")""")
    said = refused(["-c", program], status=1)
    assert said.count("\n") == 1 and f"python3-{module}" in said and "/usr/bin/python3" in said


def test_the_person_without_a_terminal():
    said = refused([str(TENANT_DIR / "person.py")], "--base", "https://localhost:1", "--ca", "ca.pem", "CODE", "ada@x",
                   status=2, start_new_session=True)
    assert "--password-stdin" in said.splitlines()[-1]
