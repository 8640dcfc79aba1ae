# SPDX-License-Identifier: Apache-2.0
"""What a browser remembers, of our tenant and of the homes, and what ends it."""
import pytest

from people_help import ADA, EVAN, MIA, PASSWORDS, home, walk
from tenant_client import unsigned


def auth_time(tenant, flow):
    """Not verified: the clock may stand in the future."""
    return unsigned(tenant.poll(flow["device_code"]).json()["id_token"])["auth_time"]


@pytest.mark.covers("session.outlives")
def test_session_here_outlives_the_home_account(kinds):
    person = kinds.person()
    assert walk(kinds, ADA, person)[1].ok
    home(kinds, ADA, enabled=False)
    assert walk(kinds, ADA, person)[1].ok
    assert walk(kinds, ADA)[1].code == 50057  # another browser, a private window
    kinds.control("DELETE", "/sessions")
    assert walk(kinds, ADA, person)[1].code == 50057


@pytest.mark.covers("session.home")
def test_session_at_home_only_asks_the_home_silently(kinds):
    person = kinds.person()
    assert walk(kinds, EVAN, person)[1].code == 50020  # proven at home, nobody here
    assert walk(kinds, EVAN, person)[1].code == 16000
    home(kinds, EVAN, enabled=False)
    assert walk(kinds, EVAN, person)[1].code == 50057
    home(kinds, EVAN, enabled=True, locked=True)
    assert walk(kinds, EVAN, person)[1].code == 50053
    home(kinds, EVAN, locked=False, password="another-1")
    result = walk(kinds, EVAN, person, password="another-1")[1]
    assert "password" in result.pages and result.code == 50020


@pytest.mark.covers("session.sign_out")
def test_sign_out_here_and_at_home(kinds):
    person = kinds.person()
    walk(kinds, ADA, person)
    assert person.sign_out(kinds.tid).kind == "signedout"
    assert "password" not in walk(kinds, ADA, person)[1].pages  # the home still knows her
    person.sign_out(kinds.tid)
    person.sign_out("fabrikam.example")
    assert "password" in walk(kinds, ADA, person)[1].pages
    person.sign_out("fabrikam.example")
    home(kinds, ADA, enabled=False)
    assert walk(kinds, ADA, person)[1].ok  # our own session is still there
    person.sign_out(kinds.tid)
    assert walk(kinds, ADA, person)[1].code == 50057


@pytest.mark.covers("session.sign_out")
def test_sign_out_of_an_internal_account(kinds):
    person = kinds.person()
    walk(kinds, MIA, person)
    assert "password" not in walk(kinds, MIA, person)[1].pages
    person.sign_out(kinds.tid)
    assert "password" in walk(kinds, MIA, person)[1].pages


@pytest.mark.covers("session.auth_time")
def test_auth_time_stays_old_while_the_session_is_used(kinds):
    person = kinds.person()
    first = auth_time(kinds, walk(kinds, ADA, person)[0])
    kinds.control("PUT", "/clock", {"offset": 4000})
    assert auth_time(kinds, walk(kinds, ADA, person)[0]) == first
    assert auth_time(kinds, walk(kinds, ADA)[0]) >= first + 3900


@pytest.mark.covers("session.lifetime")
@pytest.mark.parametrize("lifetime", [600, 86400])
def test_session_ends_by_age(kinds, lifetime):
    kinds.switch(session_lifetime=lifetime)
    person = kinds.person()
    walk(kinds, ADA, person)
    kinds.control("PUT", "/clock", {"offset": 700})
    assert ("password" in walk(kinds, ADA, person)[1].pages) == (lifetime == 600)


@pytest.mark.covers("session.password_change")
@pytest.mark.parametrize("ends", [False, True])
def test_changed_home_password(kinds, ends):
    kinds.switch(password_change_ends_session=ends)
    person = kinds.person()
    walk(kinds, ADA, person)
    home(kinds, ADA, password="another-1")
    result = walk(kinds, ADA, person, password="another-1")[1]
    assert result.ok and ("password" in result.pages) == ends


@pytest.mark.covers("policy.every_time", "error.50078")
@pytest.mark.parametrize("position", ["ignored", "asked", "asked_and_moves"])
@pytest.mark.parametrize("reprompts", [True, False])
def test_every_time(kinds, position, reprompts):
    kinds.switch(policy_every_time=True, every_time_in_browser=position, home_reprompts=reprompts)
    person = kinds.person()
    first = auth_time(kinds, walk(kinds, ADA, person)[0])
    assert "reauth" not in walk(kinds, ADA, person)[1].pages  # at most every five minutes
    kinds.control("PUT", "/clock", {"offset": 400})
    flow, result = walk(kinds, ADA, person)
    assert result.ok and ("reauth" in result.pages) == (position != "ignored")
    assert ("password" in result.pages) == (position != "ignored" and reprompts)
    moved = auth_time(kinds, flow) > first + 300
    assert moved == (position == "asked_and_moves" and reprompts)


@pytest.mark.covers("guest.left")
def test_guest_leaves_in_the_browser(kinds):
    person, ada = kinds.person(), kinds.id_of(ADA)
    assert person.leave(kinds.tid, ADA).kind == "leave"  # not signed in
    walk(kinds, ADA, person)
    kinds.control("PATCH", "/policies/externalIdentitiesPolicy", {"allowExternalIdentitiesToLeave": False})
    assert person.leave(kinds.tid, ADA).kind == "gone"
    kinds.control("PATCH", "/policies/externalIdentitiesPolicy", {"allowExternalIdentitiesToLeave": True})
    assert person.leave(kinds.tid, ADA).kind == "left"
    assert ada in [one["id"] for one in kinds.control("GET", "/deleted")]
    result = walk(kinds, ADA, person, PASSWORDS[ADA])[1]
    assert result.code == 500341
