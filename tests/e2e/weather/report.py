# SPDX-License-Identifier: Apache-2.0
"""What a run found, a line of JSON for each cell, for whoever prints the table."""

import contextlib
import json
import os
from pathlib import Path

RESULTS = os.environ.get("GP_WEATHER_RESULTS")
FULL = os.environ.get("GP_WEATHER") == "full"


def key_of(one):
    """What names a cell in a line of results."""
    return (one["spoilt"], one["token"]) if "spoilt" in one else (one["kind"], one["phase"], one["point"])


def read(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()] if Path(path).exists() else []


def is_good(one):
    return one["got"] == one["wanted"] and not one["why"]


def part_of(cells, key=lambda cell: cell):
    """This process's share of the cells that an earlier, interrupted run has not walked: every n-th."""
    done = {key_of(one) for one in read(os.environ.get("GP_WEATHER_DONE", os.devnull))}
    part, parts = (int(n) for n in os.environ.get("GP_WEATHER_PART", "0/1").split("/"))
    return [cell for cell in cells if key(cell) not in done][part::parts]


class Cell:
    """One cell's outcome, as far as it came."""

    def __init__(self):
        self.got = "nothing"


@contextlib.contextmanager
def noted(wanted, **where):
    cell, why = Cell(), ""
    try:
        yield cell
    except BaseException as wrong:
        why = str(wrong) or type(wrong).__name__
        raise
    finally:
        if RESULTS:
            with open(RESULTS, "a", encoding="utf-8") as out:
                out.write(json.dumps({**where, "wanted": wanted, "got": cell.got, "why": why[:4000]}) + "\n")
