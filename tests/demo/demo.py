#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py DIR: inside the bed, the demo itself. DIR is a directory that the machine sees too.

AUTO=0: a person does it. Otherwise it plays its scenes; exit code 0 only if all went as they should.
"""

import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/tenant")]

from person_mode import PersonMode  # noqa: E402
from scenes import Play  # noqa: E402
from show import say  # noqa: E402
from stage import Stage  # noqa: E402


def main():
    if not os.environ.get("GP_BED"):
        sys.exit("demo: this changes /etc and starts sshd: run it with make demo")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        with Stage(sys.argv[1]) as stage:
            good = (PersonMode if os.environ.get("AUTO") == "0" else Play)(stage).run()
    except KeyboardInterrupt:
        say("\nInterrupted; nothing of it is left.")
        return 130
    except AssertionError as e:
        say(f"demo: {e}")
        return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
