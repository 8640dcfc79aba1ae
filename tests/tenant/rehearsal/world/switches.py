# SPDX-License-Identifier: Apache-2.0
"""Every point where Entra's behaviour is unknown, or differs between tenants, as a named switch.

The default of an unverified point is the one that is harder for the client.
"""
import json

from . import switches_graph, switches_login, switches_people

TABLE = {
    # name: (default, allowed values or type, what it does)
    "policy_block": (None, (int, type(None)), "AADSTS number with which policy blocks every sign-in in the browser"),
    "redeem_in_device_flow": (False, bool, "a pending guest can accept the invitation inside the browser leg"),
}

TABLE.update(switches_graph.TABLE)
TABLE.update(switches_login.TABLE)
TABLE.update(switches_people.TABLE)


def _in_words(allowed):
    """What a switch can be, for a refusal."""
    names = {bool: "true or false", int: "a whole number", str: "text", float: "a number", type(None): "null",
             list: "a list", dict: "an object"}
    several = allowed if isinstance(allowed, tuple) else (allowed,)
    return " or ".join(names.get(one, one.__name__) if isinstance(one, type) else json.dumps(one) for one in several)


class Switches:
    """The current positions; setting an unknown name or a wrong value is an error."""

    def __init__(self, given=None):
        self._now = {name: entry[0] for name, entry in TABLE.items()}
        self.update(given or {})

    def __getattr__(self, name):
        try:
            return self.__dict__["_now"][name]
        except KeyError:
            raise AttributeError(name) from None

    def update(self, changes):
        for name, value in changes.items():
            if name not in TABLE:
                raise ValueError(f"no such switch: {name}")
            allowed = TABLE[name][1]
            if isinstance(allowed, tuple) and not all(isinstance(one, type) for one in allowed):
                good = value in allowed
            elif allowed is int or (isinstance(allowed, tuple) and int in allowed and not isinstance(value, type(None))):
                good = isinstance(value, int) and not isinstance(value, bool)
            else:
                good = isinstance(value, allowed)
            if not good:
                raise ValueError(f"switch {name} cannot be {value!r}; it is {_in_words(allowed)}")
        self._now.update(changes)

    def all(self):
        return dict(self._now)
