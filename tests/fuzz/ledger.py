# SPDX-License-Identifier: Apache-2.0
"""The two lists of the fuzzing: targets.txt, which harness reads for which source, and the table in
REPORT.md, which adds up all campaigns."""

import re
from dataclasses import dataclass

BEGIN, END = "<!-- table -->", "<!-- end of table -->"
HEAD = """| target | CPU time | executions | per second | edges | features | inputs | their bytes | lines covered | crashes |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
"""


@dataclass
class Row:
    """One harness over all campaigns: time on a processor, whatever else the machine did. Edges, features and inputs are the most of any slice."""

    seconds: int = 0
    executions: int = 0
    edges: int = 0
    features: int = 0
    files: int = 0
    bytes: int = 0
    lines: int = 0
    lines_all: int = 0
    crashes: int = 0

    def text(self, target):
        h, rest = divmod(self.seconds, 3600)
        covered = f"{self.lines}/{self.lines_all} ({100 * self.lines // self.lines_all} %)" if self.lines_all else "-"
        return (f"| {target} | {h}:{rest // 60:02}:{rest % 60:02} | {self.executions} | "
                f"{self.executions // max(self.seconds, 1)} | {self.edges} | {self.features} | "
                f"{self.files} | {self.bytes} | {covered} | {self.crashes} |\n")


ROW = re.compile(r"\| (\w+) \| (\d+):(\d\d):(\d\d) \| (\d+) \| \d+ \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| "
                 r"(?:(\d+)/(\d+) \(\d+ %\)|-) \| (\d+) \|")


def read(path):
    """{target: Row} of the table."""
    rows = {}
    text = path.read_text(encoding="utf-8")
    for line in text[text.index(BEGIN):text.index(END)].splitlines():
        match = ROW.fullmatch(line)
        if match:
            target, h, m, s, *rest = match.groups()
            rows[target] = Row(int(h) * 3600 + int(m) * 60 + int(s), *[int(n or 0) for n in rest])
    return rows


def add(rows, line):
    """One line of slices.jsonl."""
    row = rows.setdefault(line["target"], Row())
    row.seconds += round(line["cpu_s"])
    row.executions += line["execs"]
    row.edges = max(row.edges, line["cov"])
    row.features = max(row.features, line["ft"])
    row.files, row.bytes = line["files"], line["bytes"]
    row.crashes += line["code"] != 0


def write(path, rows):
    text = path.read_text(encoding="utf-8")
    all_of_them = Row(seconds=sum(r.seconds for r in rows.values()),
                      executions=sum(r.executions for r in rows.values()))
    table = HEAD + "".join(rows[t].text(t) for t in sorted(rows))
    h, rest = divmod(all_of_them.seconds, 3600)
    table += f"\nAltogether {all_of_them.executions} executions in {h}:{rest // 60:02} hours on a processor.\n"
    path.write_text(text[:text.index(BEGIN)] + BEGIN + "\n" + table + text[text.index(END):], encoding="utf-8")


def targets(path):
    """{source: [harness, ...]}; an empty list where the file gives a reason for none."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            source, _, rest = line.partition(":")
            found[source.strip()] = [] if rest.strip().startswith("-") else rest.split()
    return found


def sources_by_target(path):
    """{harness: [source, ...]}"""
    found = {}
    for source, harnesses in targets(path).items():
        for harness in harnesses:
            found.setdefault(harness, []).append(source)
    return found
