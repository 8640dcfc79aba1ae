# SPDX-License-Identifier: Apache-2.0
"""Groups with a membership rule: they follow it some time after a user or the rule has changed (entra-facts 7.4).

    rule := clause (-and clause)* (-or ...)*      clause := user.PROPERTY (-eq|-ne|-startsWith|-contains)
    "text"|true|false|null """
import re

from ..graph.schema import USER_ALL

CLAUSE = re.compile(r"^\(*\s*user\.(\w+)\s+-(eq|ne|startsWith|contains)\s+(\"[^\"]*\"|true|false|null)\s*\)*$", re.I)
KIND = "DynamicMembership"


def _clause(text):
    hit = CLAUSE.match(text.strip())
    if hit is None or hit[1] not in USER_ALL:
        raise ValueError(f"no membership rule: {text[:80]}")
    name, operation, word = hit[1], hit[2].lower(), hit[3]
    wanted = word[1:-1].lower() if word.startswith('"') else {"true": True, "false": False, "null": None}[word.lower()]

    def test(props):
        value = props.get(name)
        value = value.lower() if isinstance(value, str) else value
        if operation in ("eq", "ne"):
            return (value == wanted) == (operation == "eq")
        if isinstance(value, list):
            return operation == "contains" and wanted in [str(one).lower() for one in value]
        return isinstance(value, str) and (value.startswith(wanted) if operation == "startswith" else wanted in value)
    return test


def parse(rule):
    """A predicate over a user's properties; ValueError if the rule cannot be read."""
    either = [[_clause(part) for part in re.split(r"\s-?and\s", both, flags=re.I)]
              for both in re.split(r"\s-?or\s", rule, flags=re.I)]
    return lambda props: any(all(test(props) for test in both) for both in either)


def is_dynamic(group):
    return KIND in (group.props["groupTypes"] or ()) and bool(group.props["membershipRule"])


class DynamicGroups:
    def __init__(self, world):
        self.world = world
        for gid in [one.id for one in world.groups.values() if is_dynamic(one)]:
            self._follow(gid, None)

    def changed(self, change):
        """Hear of every change in the journal."""
        later = self.world.clock.now() + self.world.switches.dynamic_lag
        if change.kind == "user" and change.what in ("created", "changed", "restored"):
            for group in self.world.groups.values():
                if is_dynamic(group):
                    self.world.at(later, lambda gid=group.id: self._follow(gid, change.id))
        elif change.kind == "group" and change.what != "deleted" and is_dynamic(self.world.groups[change.id]):
            self.world.at(later, lambda: self._follow(change.id, None))

    def _follow(self, gid, user_id):
        """Put one user, or everybody, where the rule of now wants him."""
        group = self.world.groups.get(gid)
        if group is None or not is_dynamic(group):
            return
        fits = parse(group.props["membershipRule"])
        users = list(self.world.users.values()) if user_id is None else [self.world.users.get(user_id)]
        for user in users:
            if user is not None and fits(user.props):
                self.world.join(gid, user.id)
            elif user is not None:
                self.world.leave(gid, user.id)
