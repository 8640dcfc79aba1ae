# SPDX-License-Identifier: Apache-2.0
"""Checks that compile: both compilers with -Werror, headers alone, clang-tidy, cppcheck."""

import hashlib
import re
import shutil

from common import JOBS, ROOT, each, run


def werror(context, build, *settings):
    code, text = run([*context.make, f"-j{JOBS}", "-k", f"B={build}", *settings, "WERROR=1", "objects"])
    if code == 0:
        return []
    return [line for line in text.splitlines() if "error" in line.lower()] or text.splitlines()[-20:]


def check_headers(context):
    """Each header compiles alone, with nothing before it."""
    def alone(path):
        code, text = run(["gcc", *context.compile_flags, "-fsyntax-only", "-Wall", "-Werror", "-x", "c",
                          "-include", path, "/dev/null"])
        return text.splitlines()[:5] if code else []
    return each(context.headers, alone)


def check_cppcheck(context):
    version = run(["cppcheck", "--version"])[1]
    if " 2.10" not in version:
        return f"the list of checks is for Cppcheck 2.10, this is {version.strip()}"
    cache = ROOT / context.build / "cppcheck"
    cache.mkdir(parents=True, exist_ok=True)
    flags = [f for f in context.compile_flags if f.startswith(("-D", "-I"))]
    code, text = run(["cppcheck", "--quiet", "--std=c11", "--language=c", f"-j{JOBS}",
                      "--enable=warning,portability,performance", "--inline-suppr",
                      "--suppress=missingIncludeSystem", "--error-exitcode=1", "--template=gcc",
                      f"--cppcheck-build-dir={cache}", *flags, *context.sources])
    return [line for line in text.splitlines() if re.match(r"\S+:\d+:", line)] or ["failed"] if code else []


def read_by(context, path):
    """The text of a source and of ours that it includes, as the compiler noted them when the tests were built."""
    noted = (ROOT / context.build / path).with_suffix(".d")
    names = noted.read_text().replace("\\\n", " ").splitlines()[0].split()[1:]
    return b"".join((ROOT / name).read_bytes() for name in names)


def tidy_one(context, cache, path):
    """clang-tidy on one file, unless this very text of it and its headers passed before."""
    digest = hashlib.sha256()
    for rules in (".clang-tidy", "tests/.clang-tidy"):
        digest.update((ROOT / rules).read_bytes())
    digest.update("\0".join(context.compile_flags).encode())
    digest.update(read_by(context, path))
    stamp = cache / digest.hexdigest()
    if stamp.exists():
        return []
    code, text = run(["clang-tidy", "-quiet", path, "--", *context.compile_flags])
    if code == 0:
        stamp.touch()
        return []
    found = [line.removeprefix(f"{ROOT}/") for line in text.splitlines()
             if re.search(r"(error|warning):|exceeds the threshold|note: \d+ (lines|parameters|statements)", line)]
    return found or [f"{path}: clang-tidy exit code {code}"]


def check_tidy(context):
    if shutil.which("clang-tidy") is None:
        return ["clang-tidy is missing"]
    version = run(["clang-tidy", "--version"])[1]
    if "version 14." not in version:
        return "the list of checks is for clang-tidy 14"
    cache = ROOT / context.build / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    return each(context.sources, lambda path: tidy_one(context, cache, path))


CHECKS = [
    # The tests' own build has the same flags: only what no test is made of is left to compile. Of clang only its
    # words are wanted, no objects.
    ("gcc", lambda c: werror(c, c.build, "CC=gcc")),
    ("clang", lambda c: werror(c, f"{c.build}-clang", "CC=clang", "HARDEN=-fsyntax-only")),
    ("headers", check_headers),
    ("cppcheck", check_cppcheck),
    ("tidy", check_tidy),
]
