# SPDX-License-Identifier: Apache-2.0
"""The last test of all: is every behaviour proved that the tenant owes?"""
import pytest


def test_every_behaviour_is_proved(covered, request):
    if len({item.path for item in request.session.items}) < 5:
        pytest.skip("only a part of the tests was run")
    missing = [f"{one}: {text}" for one, text, tests in covered.rows() if not tests]
    assert not missing, "no passing test proves\n" + "\n".join(missing)
