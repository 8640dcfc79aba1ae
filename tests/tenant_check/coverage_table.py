# SPDX-License-Identifier: Apache-2.0
"""Which behaviour is proved by which test: collects the marks and outcomes of a run, and writes the table."""
from pathlib import Path

from behaviours import BEHAVIOURS

TABLE = Path(__file__).resolve().parents[1] / "tenant" / "COVERAGE.md"
HEAD = """# What the rehearsal tenant is proved to do

Written by `make check STAGE=tenant`, by hand never: a behaviour, and the tests that passed for it. `15.` is the checklist of the
fact sheet that the tenant is built from; the other ids are by area.

| id | behaviour | proved by |
|---|---|---|
"""


def name_of(test):
    """File and function of a test's id; what stands in brackets may hold any sign."""
    return test.partition("[")[0].rpartition("/")[2]


class Coverage:
    def __init__(self):
        self.marks = {}      # test: behaviours it is marked with
        self.failed = set()  # tests that did not pass
        self.passed = set()

    def see(self, item):
        ids = [one for mark in item.iter_markers("covers") for one in mark.args]
        unknown = [one for one in ids if one not in BEHAVIOURS]
        if unknown:
            raise ValueError(f"{item.nodeid}: no such behaviour: {unknown}")
        self.marks[item.nodeid] = ids

    def outcome(self, report):
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)

    def rows(self):
        """(id, sentence, names of passing tests); a test's positions count as one name."""
        proved = {one: {} for one in BEHAVIOURS}
        for test, ids in self.marks.items():
            if test in self.passed and test not in self.failed:
                for one in ids:
                    proved[one][name_of(test)] = None
        return [(one, text, list(proved[one])) for one, text in BEHAVIOURS.items()]

    def text(self):
        rows = self.rows()
        unproved = sum(not tests for _, _, tests in rows)
        lines = (f"| {one} | {text} | {', '.join(f'`{name}`' for name in tests) or '**nothing**'} |\n"
                 for one, text, tests in rows)
        return HEAD + "".join(lines) + f"\n{len(rows)} behaviours, {unproved} unproved\n"
