# SPDX-License-Identifier: Apache-2.0
"""What all checks share: the list of our files, and running a tool."""

import concurrent.futures
import os
import re
import shlex
import subprocess
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JOBS = min(2, os.cpu_count() or 1)
OURS = ("pam_module", "nss_module", "provider", "conf", "tests", ".ci")


class Context:
    """One run of lint. A check takes it and returns a list of findings, or None or a reason to
    skip. Findings read "file:line: what"."""

    def __init__(self, build):
        self.build = build
        self.make = shlex.split(os.environ.get("MAKE", "make"))

    @cached_property
    def files(self):
        found = [ROOT / n for n in ("Makefile", "README.md") if (ROOT / n).exists()]
        for top in OURS:
            for where, dirs, names in os.walk(ROOT / top):
                dirs[:] = [d for d in dirs if d != "__pycache__" and d != ".pytest_cache"]
                found += [Path(where) / n for n in names]
        return sorted(p.relative_to(ROOT) for p in found if p.is_file())

    def suffixed(self, *suffixes):
        return [p for p in self.files if p.suffix in suffixes]

    @cached_property
    def sources(self):
        return self.suffixed(".c")

    @cached_property
    def headers(self):
        return self.suffixed(".h")

    @cached_property
    def compile_flags(self):
        """The preprocessor's flags as the Makefile has them, so that there is one place for them."""
        text = subprocess.run(
            [*self.make, "-s", "--no-print-directory", f"B={self.build}", "--eval",
             "print-cppflags: ; @printf '%s\\n' '$(subst ','\\'',$(ALL_CPPFLAGS))'", "print-cppflags"],
            cwd=ROOT, capture_output=True, text=True, check=True).stdout
        build = (ROOT / self.build).resolve()
        return [*shlex.split(text), f'-DGP_BUILDDIR="{build}"', "-std=gnu17"]


def run(argv, **kw):
    """Run a tool in the root of the tree; return (exit code, both outputs)."""
    done = subprocess.run([str(a) for a in argv], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, **kw)
    return done.returncode, done.stdout


def each(items, work):
    """work(item) for all items, two at a time; their lists of findings as one."""
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return [line for lines in pool.map(work, items) for line in lines]


def blank_comments(text):
    """C source without comments and string contents, with every line where it was."""
    def blank(match):
        token = match.group(0)
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        return token[0] + " " * (len(token) - 2) + token[-1]
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)
