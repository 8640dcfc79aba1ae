# SPDX-License-Identifier: Apache-2.0
"""Runs late: whether the tests of this run have set every switch about people to each of its positions."""
import pytest
from tenant_client import SET, TENANT_DIR

assert TENANT_DIR


def positions(default, allowed):
    """The positions that must have been tried; of a switch with endless ones, any that is not the default."""
    if allowed is bool:
        return {True, False} - {default}
    if isinstance(allowed, tuple) and not any(isinstance(one, type) for one in allowed):
        return set(allowed) - {default}
    return None


@pytest.mark.covers("switch.people")
def test_each_switch_about_people_was_in_each_position(covered):
    from rehearsal.world.switches_people import TABLE
    if not any("test_people_sessions.py" in test for test in covered.passed | covered.failed):
        pytest.skip("only a part of the tests is run")
    missing = []
    for name, (default, allowed, _) in TABLE.items():
        tried = {value for switch, value in SET if switch == name}
        wanted = positions(default, allowed)
        if wanted is None:
            missing += [] if tried - {repr(default)} else [name]
        else:
            missing += [(name, one) for one in wanted if repr(one) not in tried]
    assert missing == []
