# SPDX-License-Identifier: Apache-2.0
"""The table of coverage itself: names of tests in it, and its closing line."""
from types import SimpleNamespace

from behaviours import BEHAVIOURS
from coverage_table import Coverage

FIRST = next(iter(BEHAVIOURS))


def seen(*tests):
    out = Coverage()
    for test in tests:
        out.see(SimpleNamespace(nodeid=test, iter_markers=lambda _name: [SimpleNamespace(args=[FIRST])]))
        out.outcome(SimpleNamespace(nodeid=test, failed=False, passed=True, when="call"))
    return out


def test_a_parameter_may_hold_a_slash():
    found = seen("tests/x/test_a.py::test_b[/v1.0/users-[x]/y]", "tests/x/test_a.py::test_b[2]", "test_c.py::test_d")
    assert dict((one, tests) for one, _, tests in found.rows())[FIRST] == ["test_a.py::test_b", "test_c.py::test_d"]


def test_the_last_line_counts():
    total = len(BEHAVIOURS)
    assert Coverage().text().endswith(f"|\n\n{total} behaviours, {total} unproved\n")
    assert seen("test_c.py::test_d").text().endswith(f"\n{total} behaviours, {total - 1} unproved\n")
