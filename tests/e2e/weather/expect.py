# SPDX-License-Identifier: Apache-2.0
"""What the product has to do in each weather at each point of each phase: one rule, one table of texts."""

from dataclasses import dataclass

from weather.kinds import (BUSY, CLOCK, CODE, DENIED, DISCOVERY, ELSEWHERE, FINE, GARBLED, GROUPS, KEYS, LOST, MEMBERS,
                           NAME, SLOW, THROTTLED, TOKEN, USER, WRONG)

# The rows of the tables of texts that weather and spoilt tokens lead to, by a part that is in no other.
ROWS = {
    "unavailable": "Guest sign-in is not available on this host right now",
    "unverified": "Your sign-in could not be verified, so it was refused",
    "start over": "The sign-in could not be completed. Connect again to start over",
    "generic": "You cannot sign in here now",
    "clock": "The clock of this host is wrong",
    "other person": "is not the guest whose name you gave",
    "contradiction": "The answers to your sign-in contradict each other",
    "internal guest": "Your account has its password in the organisation of this host",
    "token not guest": "Your sign-in does not say that you are a guest",
    "other home": "This host does not admit guests of your home organisation",
    "code gone": "The code was not accepted any more",
}


@dataclass(frozen=True, eq=False)
class Point:
    """Where in a login weather strikes: requests of a phase, at one host. LASTING weather outlives the sign-in,
    the other kind strikes one request."""
    phase: str
    name: str
    host: str = ""
    path: str = ""
    method: str = ""
    lasting: bool = True

    def __str__(self):
        return f"{self.phase}: {self.name}"


POINTS = [
    Point("start", "discovery", "login", DISCOVERY),
    Point("start", "keys", "login", KEYS),
    Point("start", "app token", "login", TOKEN),
    Point("sync", "members", "graph", MEMBERS),
    Point("code", "lasting", "login", CODE),
    Point("code", "passing", "login", CODE, lasting=False),
    Point("poll", "waiting", "login", TOKEN),
    Point("poll", "redeeming", "login", TOKEN, lasting=False),
    Point("verification", "keys", "login", KEYS),
    Point("verification", "keys once", "login", KEYS, lasting=False),
    Point("verification", "guest", "graph", USER, "GET"),
    Point("verification", "groups", "graph", GROUPS, "POST"),
    Point("verification", "guest once", "graph", USER, "GET", lasting=False),
    Point("account", "held"),
]

ADMITTED = "admitted"
NOT_APPLICABLE = None


def refused(row):
    assert row in ROWS, row
    return row


def _exists(kind, point):
    if point.phase == "account":
        return True
    if point.host not in kind.hosts or (kind.by == NAME and point.name in ("app token", "keys")):
        return False  # a login error is none of Graph's; a name that was just asked for is remembered for a minute
    if kind.whole_host:
        # What is over a whole host strikes no single request, and no request of two.
        return point.lasting and point.name != "groups" or (point.name == "redeeming" and kind.effect == CLOCK)
    return True


def _clock(kind, point):
    """A tenant in another time is noticed from what its hosts answer."""
    if point.phase in ("start", "sync", "code"):
        return refused("generic")
    if point.name == "redeeming":
        # Tokens from long before the code was asked for, or from a time to come, are nobody's sign-in.
        return refused("clock" if 0 < kind.clock <= 600 else "unverified")
    if point.phase == "verification":
        return refused("clock")
    return ADMITTED


def _poll(kind, point):
    """A sign-in outlives the weather while its code lives; only an answer that means something ends it."""
    if kind.name == "spoil_escape_sequences" and point.name == "waiting":
        return refused("code gone")  # "pending" with more behind it is no word; its number says so much
    if kind.effect_at(point.path) == WRONG and (point.name == "redeeming" or not kind.after):
        return refused("unavailable")
    if point.name == "redeeming" and kind.after:
        return refused("start over")  # the tokens were in what was lost, and there is one answer with them
    return ADMITTED


def expect(kind, point):
    """ADMITTED, or the row of the text table with which the login is refused. None: the cell does not exist.

    In all cells: names keep resolving, the daemon stays up, a refusal has its reference, its audit record and its
    line in the log, and once the weather is over the next login works and the status is good again.
    """
    if not _exists(kind, point):
        return NOT_APPLICABLE
    if point.phase == "account":
        return ADMITTED  # no network is asked between the answer and the session
    effect = kind.effect_at(point.path)
    if effect == CLOCK:
        return _clock(kind, point)
    if kind.name == "keys_rotated" and (point.phase, point.name) == ("verification", "keys"):
        return refused("unverified")  # the key that signed the tokens is gone before it was asked for
    if kind.name == "rotate_drop" and point.name == "app token":
        return refused("unavailable")  # Graph does not believe a token whose key is gone
    if effect == FINE:
        return ADMITTED
    if effect == ELSEWHERE:
        return refused("unverified")  # keys of somebody else's verify nothing
    if point.phase == "sync":
        # What was known stays known: only a Graph that is away altogether is missed at the door.
        return refused("unavailable") if kind.whole_host else ADMITTED
    if point.phase == "poll":
        return _poll(kind, point)
    again = {"passing": (LOST, BUSY, THROTTLED, GARBLED, DENIED),  # what is no answer of Entra's is none
             "keys once": (LOST, BUSY, THROTTLED, SLOW),
             "guest once": (LOST, BUSY, THROTTLED, SLOW)}
    return ADMITTED if effect in again.get(point.name, ()) else refused("unavailable")
