#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""janitor CGROUP: when standard input ends, remove this directory of cgroups.

Namespaces end with their processes, however these end; directories of cgroups stay. So this waits
outside, where nothing that ends the test reaches it.
"""

import contextlib
import os
import sys
import time

LIMIT_S = 30


def remove(top):
    """Children first. The kernel refuses as long as a process is in one."""
    for path, _, _ in os.walk(top, topdown=False):
        os.rmdir(path)


def main():
    top = sys.argv[1]
    sys.stdin.buffer.read()
    deadline = time.monotonic() + LIMIT_S
    while os.path.isdir(top):
        with contextlib.suppress(OSError):
            remove(top)
            break
        if time.monotonic() > deadline:
            return f"janitor: processes are left in {top}"
        time.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())
