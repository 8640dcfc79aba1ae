# SPDX-License-Identifier: Apache-2.0
"""What is expected of each spoilt token: refused as not verifiable, but for what is named here."""

from weather.expect import ADMITTED, refused

ID, ACCESS, BOTH, ANSWER = "id", "access", "both", "answer"

# Claims that admit without being there, or whatever they say; texts that are only shown.
HARMLESS = {
    **{name: (ID, ACCESS, BOTH) for name in (
        "missing_acct", "missing_auth_time", "missing_idtyp", "missing_uti", "missing_name",
        "missing_preferred_username", "hostile_name", "hostile_username")},
    **{name: (ID,) for name in ("missing_azp", "missing_azpacr", "missing_scp")},  # the access token's alone
    "missing_idp": (ID, ACCESS),             # the other one says it
    "upper_tid": (ID, ACCESS, BOTH),         # a GUID is a number
    "two_scp": (ACCESS,),                    # ours is among them
    "with_roles": (ACCESS,),
    "wrong_auth_time": (BOTH,),              # how old a sign-in may be is Conditional Access's to say
    "other_auth_time": (BOTH,),
    "rotate_after_keep": (ANSWER,), "rotate_after_drop": (ANSWER,),  # the keys that signed them are still known
    "text_expires_in": (ANSWER,),
}

# Refused by what they say: both tokens agree, and they are genuine.
ROW = {
    ("wrong_oid", BOTH): "other person", ("other_person", BOTH): "other person",
    ("wrong_acct", BOTH): "token not guest",
    ("missing_idp", BOTH): "contradiction", ("own_idp", BOTH): "contradiction", ("wrong_idp", BOTH): "contradiction",
    ("msa_idp", BOTH): "contradiction", ("live_idp", BOTH): "contradiction",
    ("google_idp", BOTH): "other home", ("bare_idp", BOTH): "other home", ("long_idp", BOTH): "other home",
    ("other_client_info", ANSWER): "contradiction",
    # No tokens at all.
    ("no_access_token", ANSWER): "unavailable", ("no_expires_in", ANSWER): "unavailable",
    ("other_token_type", ANSWER): "unavailable",
    **{(name, token): "unavailable" for name in ("huge", "huge_header") for token in (ID, ACCESS, BOTH)},
}


def expect_token(name, token):
    if token in HARMLESS.get(name, ()):
        return ADMITTED
    return refused(ROW.get((name, token), "unverified"))


def spoilt(catalogue):
    """(name, token) of every way to spoil tokens, each token alone and both."""
    for name, one in catalogue.items():
        yield from ((name, token) for token in one["tokens"])
        if set(one["tokens"]) == {ID, ACCESS}:
            yield name, BOTH
