# SPDX-License-Identifier: Apache-2.0
"""Waiting for a condition, never for a time."""

import time

STEP_S = 0.02


def until(condition, limit_s, what, step_s=STEP_S):
    """Return the first true value of condition(); fail with `what` after limit_s seconds. A condition that is dear
    to look at wants longer steps."""
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit_s} s: {what() if callable(what) else what}")
        time.sleep(step_s)
