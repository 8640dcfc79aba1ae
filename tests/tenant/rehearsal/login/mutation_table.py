# SPDX-License-Identifier: Apache-2.0
"""The table of mutations, and how an entry gets into it.

A mutation is a function (world, draft) that changes a Draft of tokens.py before it is signed, or
(world, answer) that changes the token answer.
"""
OTHER_GUID = "0badf00d-0bad-4bad-8bad-0badf00d0bad"
REQUIRED = ("iss", "aud", "exp", "iat", "nbf", "sub", "tid", "oid", "ver")
ID_ONLY, ACCESS_ONLY, BOTH = ("id",), ("access",), ("id", "access")
TABLE = {}         # name: (function, tokens it is for, what it does)
ANSWER_TABLE = {}  # name: (function, what it does)


def claim(name, value, text, tokens=BOTH, called=None):
    def change(world, draft):
        if value is None:
            draft.claims.pop(name, None)
        else:
            draft.claims[name] = value(world, draft) if callable(value) else value
    TABLE[called or f"wrong_{name}"] = (change, tokens, text)


def mutation(text, tokens=BOTH):
    def register(function):
        TABLE[function.__name__] = (function, tokens, text)
        return function
    return register


def answer(text):
    def register(function):
        ANSWER_TABLE[function.__name__] = (function, text)
        return function
    return register
