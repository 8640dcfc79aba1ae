# SPDX-License-Identifier: Apache-2.0
"""Every way to spoil a token, in the poll that redeems, over real ssh. Here a selection in which each row of the
table of texts occurs; `make weather` takes all of them."""

import pytest

from rehearsal.login import mutations
from weather import cells
from weather.expect import ADMITTED
from weather.login import Login
from weather.report import FULL, noted, part_of
from weather.tokens import ANSWER, HARMLESS, ROW, expect_token, spoilt

CATALOGUE = mutations.catalogue()
PLAIN = 8  # of those that have no row of their own


def selection():
    """One of each row, one that is harmless, and some of the rest."""
    every = list(spoilt(CATALOGUE))
    firsts = {row: cell for cell, row in reversed(ROW.items())}
    rest = [cell for cell in every if expect_token(*cell) == "unverified"]
    return [*firsts.values(), ("hostile_name", "both"), *rest[::len(rest) // PLAIN]]


def test_the_table_names_nothing_else():
    every = set(spoilt(CATALOGUE))
    assert set(ROW) <= every
    assert {(name, token) for name, tokens in HARMLESS.items() for token in tokens} <= every


@pytest.mark.parametrize("name,token", part_of(list(spoilt(CATALOGUE)) if FULL else selection()))
def test_spoilt(host, tenant, name, token):
    wanted = expect_token(name, token)
    spoil = {"name": name} if token == ANSWER else {"name": name, "token": token}
    with noted(wanted, spoilt=name, token=token) as cell:
        tenant.control("DELETE", "/mutations")
        try:
            with Login(host, tenant) as a:
                assert a.prompted()
                tenant.control("POST", "/mutations", spoil)
                a.approve()
                seen = a.finish()
        finally:
            tenant.control("DELETE", "/mutations")
        cell.got = seen.outcome
        assert seen.outcome == wanted, f"{seen} is not {wanted}; the screen:\n{seen.text}\n{host.log_tail()}"
        if wanted == "unverified":
            assert any("token-refused rule=" in line for line in host.log_lines(seen.reference))
    if name.startswith("rotate_"):
        cells.fresh(host)


def test_honest_tokens_admit_afterwards(host, tenant):
    with Login(host, tenant) as a:
        assert a.walk().outcome == ADMITTED
