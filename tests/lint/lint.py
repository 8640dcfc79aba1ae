#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""All static checks, one TAP line each. `lint.py NAME...` runs only the checks of these names."""

import argparse
import sys

import binaries
import compilers
import parsers
import texts
from common import Context

CHECKS = [*texts.CHECKS, *parsers.CHECKS, *compilers.CHECKS, *binaries.CHECKS]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build-check", help="where all was built with WERROR=1, by gcc")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    context = Context(args.build)
    failed = 0
    chosen = [c for c in CHECKS if not args.names or c[0] in args.names]
    if args.names and len(chosen) != len(set(args.names)):
        parser.error("the checks are: " + " ".join(name for name, _ in CHECKS))
    for name, check in chosen:
        try:
            findings = check(context)
        except FileNotFoundError as e:
            findings = [f"{e.filename}: {e.strerror}"]
        if findings is None or isinstance(findings, str):
            print(f"ok - {name} # SKIP {findings or 'nothing to check yet'}", flush=True)
            continue
        for line in findings[:60]:
            print(f"  {line}")
        if len(findings) > 60:
            print(f"  and {len(findings) - 60} more")
        print(f"{'not ok' if findings else 'ok'} - {name}", flush=True)
        failed += bool(findings)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
