# SPDX-License-Identifier: Apache-2.0
"""Every switch of Graph is set by some test, one with few positions in each of them."""
import ast
from pathlib import Path

import pytest

from tenant_client import TENANT_DIR  # noqa: F401  it puts the tenant on the path

from rehearsal.world.switches_graph import TABLE


def _parameters(function):
    """{argument: values} of the parametrize marks of a test."""
    out = {}
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "parametrize":
            try:
                names, values = ast.literal_eval(mark.args[0]), ast.literal_eval(mark.args[1])
            except ValueError:
                continue
            if "," not in names:
                out[names] = {value for value in values if isinstance(value, (str, int))}
    return out


def positions():
    """{switch: values that tests give it}; a value that cannot be read from the text is None."""
    out = {}
    for path in Path(__file__).parent.glob("test_*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            known = _parameters(function)
            for one in ast.walk(function):
                if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "switch":
                    for keyword in one.keywords:
                        if isinstance(keyword.value, ast.Name):
                            values = known.get(keyword.value.id, {None})
                        else:
                            values = {keyword.value.value} if isinstance(keyword.value, ast.Constant) else {None}
                        out.setdefault(keyword.arg, set()).update(values)
    return out


@pytest.mark.covers("graph.switches")
def test_every_switch_is_tried_in_each_position():
    tried = positions()
    assert not TABLE.keys() - tried.keys(), "switches that no test sets"
    for name, (default, allowed, _) in TABLE.items():
        if allowed is bool:
            assert {True, False} <= tried[name] | {default}, name
        elif isinstance(allowed, tuple):
            assert set(allowed) <= tried[name] | {default}, name
