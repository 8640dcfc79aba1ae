# SPDX-License-Identifier: Apache-2.0
"""Delta queries over users and groups (entra-facts 7.5). A round is a list of rows worked out when it begins; its pages
and its deltaLink carry all state in sealed tokens, so that any client may come back with any token, or twice with the
same."""
import base64
import hmac
import json
import re
import secrets

from .call import endpoint
from .errors import GraphError, bad_request, no_property, unsupported
from .objects import check_selected
from .schema import DEFAULT, KNOWN, NEVER_NULL

LIFE = 7 * 86400
MAX_IDS = 50
UNTRACKED = ("signInActivity",)   # stored outside the directory
ID_EQ = re.compile(r"^id\s+eq\s+'([0-9a-fA-F-]{36})'$")
ALONE = ("$expand", "$top", "$orderby", "$search", "$count", "$skip")


class Tokens:
    """Opaque tokens: sealed JSON, of this start of the tenant."""

    def __init__(self):
        self._key = secrets.token_bytes(16)

    def seal(self, state):
        text = json.dumps(state, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key, text, "sha256")[:12] + text).decode().rstrip("=")

    def open(self, token):
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError as wrong:
            raise bad_request("Badly formed token.") from wrong
        if not hmac.compare_digest(raw[:12], hmac.digest(self._key, raw[12:], "sha256")[:12]):
            raise bad_request("Badly formed token.")
        return json.loads(raw[12:])


TOKENS = Tokens()


@endpoint("GET", "/users/delta", "users.delta")
def users(graph, call):
    graph.check_guest(call)
    return Round(graph, call, "user").answer()


@endpoint("GET", "/groups/delta", "groups.delta")
def groups(graph, call):
    graph.check_guest(call)
    return Round(graph, call, "group").answer()


class Round:
    """One request of a round. `state`: kind, select (names or None), ids (filter or None), epoch, time of issue, `upto`
    (number of the change that the round reaches to), `since` (that the last one reached to), and within a round
    `listing`, `begin`."""

    def __init__(self, graph, call, kind):
        self.graph, self.world, self.call, self.kind = graph, graph.world, call, kind
        query = {"$deltatoken" if name.lower() == "$deltatoken" else name: value
                 for name, value in call.query.items()}
        for name in ALONE:
            if name in query:
                raise unsupported(f"'{name}' is not supported with a delta query.")
        self.token, self.page = query.get("$deltatoken"), query.get("$skiptoken")
        if (self.token not in (None, "", "latest") or self.page) and ("$select" in query or "$filter" in query):
            raise bad_request("Query options are part of the token and must not be given again.")
        self.query = query
        self.minimal = "return=minimal" in call.headers.get("prefer", "").replace(" ", "").lower()

    def answer(self):
        now, switches = self.world.clock.now(), self.world.switches
        if self.page or self.token not in (None, "", "latest"):
            state = self._opened(TOKENS.open(self.page or self.token), now)
        else:
            state = {"kind": self.kind, "select": self._selected(), "ids": self._ids(), "since": None}
        self.names = check_selected(self.world, self.call, tuple(state["select"] or DEFAULT[self.kind]))
        self.with_members = self.kind == "group" and (state["select"] is None or "members" in state["select"])
        if self.page:
            rows = self.graph.pager.rows(state["listing"])
            if rows is None:
                raise self._expired()
            return self._page(state, rows, state["begin"])
        self.world.purge_expired()
        last = state.get("upto")
        state.update(epoch=self.graph.delta_epoch, last=last,
                     upto=max(self._reach(now - switches.delta_lag), last or 0))
        if self.token == "latest":
            return self._page(state, [], 0)
        since = state["since"] if switches.delta_replay and state["since"] is not None else state["last"]
        if state["last"] is None:
            rows = self._whole(state)
        else:
            rows = self._changed(state, since)
        state["since"] = state["last"]
        if rows and switches.delta_empty_pages:
            return self._page({**state, "listing": self.graph.pager.hold(rows)}, rows, 0, size=0)
        return self._page(state, rows, 0)

    # Tokens

    def _opened(self, state, now):
        if state["kind"] != self.kind:
            raise bad_request("Badly formed token.")
        if state["epoch"] != self.graph.delta_epoch:
            options = {"$select": state["select"] and ",".join(state["select"]),
                       "$filter": state["ids"] and " or ".join(f"id eq '{one}'" for one in state["ids"])}
            self.call.query = {name: text for name, text in options.items() if text}
            raise GraphError(410, "resyncRequired", "Resync required. Follow Location to begin again.",
                             {"Location": self.graph.link(self.call, {"$deltatoken": ""})})
        if now - state["time"] > LIFE:
            raise self._expired()
        return state

    def _expired(self):
        switches = self.world.switches
        return GraphError(switches.delta_expired_status, switches.delta_expired_code,
                          "The sync state is not there any more. Begin with a full synchronisation.")

    def _reach(self, until):
        """Number of the newest change that has reached what delta queries read."""
        young = self.world.journal.younger(until)
        return young[-1].seq - 1 if young else self.world.journal.last

    # Options

    def _selected(self):
        text = self.query.get("$select")
        if not text:
            return None
        names = list(dict.fromkeys(["id", *(name.strip() for name in text.split(","))]))
        for name in names:
            if name in UNTRACKED:
                raise GraphError(501, "NotImplemented", f"The property '{name}' is not tracked by delta queries.")
            if name not in KNOWN[self.kind] and not (self.kind == "group" and name == "members"):
                raise no_property(name, self.kind)
        return names

    def _ids(self):
        text = self.query.get("$filter")
        if text is None:
            return None
        hits = [ID_EQ.match(part.strip()) for part in re.split(r"\s+or\s+", text.strip())]
        if not all(hits):
            raise unsupported("A delta query supports only filters of the form id eq '...' or id eq '...'.")
        if len(hits) > MAX_IDS:
            raise bad_request(f"A delta query can filter on at most {MAX_IDS} ids.")
        return [hit[1].lower() for hit in hits]

    # Rows: an id (the object as it is), (id, reason), (id, members) or (id, changed property names)

    def _whole(self, state):
        wanted = state["ids"]
        store = self.world.users if self.kind == "user" else self.world.groups
        found = [one for one in (store if wanted is None else wanted) if one in store]
        rows = []
        for one in found:
            rows += self._group_rows(one) if self.with_members else [one]
        if self.world.switches.delta_duplicates and len(found) > 1:
            rows.append(rows[0])
        if self.kind == "user" and self.world.switches.delta_initial_removed:
            rows += [(one, "changed") for one in self.world.deleted if wanted is None or one in wanted]
        return rows

    def _group_rows(self, gid):
        """A group with its members; a large one in several entries with the same id."""
        size = self.world.switches.delta_members_per_entry
        members = [(one, None) for one in self.world.groups[gid].members]
        if not members:
            return [gid]
        return [(gid, members[begin:begin + size]) for begin in range(0, len(members), size)]

    def _changed(self, state, since):
        changes = self.world.journal.since(since)
        if changes is None:
            raise self._expired()
        wanted = state["ids"] and set(state["ids"])
        kinds = ("user",) if self.kind == "user" else ("group", "member")
        rows = []
        for change in changes[:state["upto"] - since]:
            if change.kind in kinds and (wanted is None or change.id in wanted):
                row = self._row(change)
                if row is not None:
                    rows.append(row)
        return rows if self.world.switches.delta_duplicates else self._merged(rows)

    def _row(self, change):
        if change.kind == "member":
            reason = None if change.what == "added" else "deleted"
            tracked = self.with_members and change.id in self.world.groups
            return (change.id, [(change.other, reason)]) if tracked else None
        if change.what == "deleted":
            return change.id, "changed" if self.kind == "user" else "deleted"
        if change.what == "gone":
            return change.id, "deleted"
        if change.what == "changed":
            names = tuple(name for name in change.other or () if name in self.names)
            return (change.id, names) if names else None
        return change.id

    def _merged(self, rows):
        """One row for each object: its last state, and for each member what became of it last."""
        out = {}
        for row in rows:
            one, what = (row, None) if isinstance(row, str) else row
            before = out.pop(one, None)
            if isinstance(what, list):
                held = before[1] if isinstance(before, tuple) and isinstance(before[1], list) else []
                what = list({**dict(held), **dict(what)}.items())
            elif isinstance(what, tuple) and isinstance(before, tuple) and isinstance(before[1], tuple):
                what = tuple(dict.fromkeys(before[1] + what))
            elif isinstance(what, tuple) and isinstance(before, (str, tuple)):
                what = before[1] if isinstance(before, tuple) and isinstance(before[1], list) else None
            out[one] = one if what is None else (one, what)
        return list(out.values())

    # Pages

    def _page(self, state, rows, begin, size=None):
        end = begin + (self.world.switches.graph_page_size if size is None else size)
        value = [one for one in map(self._shown, rows[begin:end]) if one is not None]
        names = [name for name in (state["select"] or ())]
        tail = f"{self.kind}s" + (f"({','.join(names)})" if names else "")
        out = {"@odata.context": f"{self.world.graph}/v1.0/$metadata#{tail}", "value": value}
        kept = {name: state[name] for name in ("kind", "select", "ids", "since", "epoch", "upto")}
        kept["time"] = self.world.clock.now()
        self.call.query = {}
        if end < len(rows):
            listing = state.get("listing") or self.graph.pager.hold(rows)
            out["@odata.nextLink"] = self.graph.link(self.call, {"$skiptoken": TOKENS.seal(
                {**kept, "listing": listing, "begin": end})})
        else:
            out["@odata.deltaLink"] = self.graph.link(self.call, {"$deltatoken": TOKENS.seal(kept)})
        return 200, out

    def _shown(self, row):
        """The JSON of a row; None for an object that is not there any more, which a later row says."""
        one, what = (row, None) if isinstance(row, str) else row
        if isinstance(what, str):
            return {"id": one, "@removed": {"reason": what}}
        found = self.world.users.get(one) if self.kind == "user" else self.world.groups.get(one)
        if found is None:
            return None
        changed = what if isinstance(what, tuple) else ()
        names = self.names
        if self.minimal and (changed or isinstance(what, list)):
            names = ("id", *(name for name in names if name in changed and name != "id"))
        out = {}
        for name in names:
            if name == "members":
                continue
            value = found.props.get(name)
            if value is None and name in NEVER_NULL:
                value = NEVER_NULL[name]
            if value is not None or name in changed or (self.kind == "user" and found.props.was_set(name)):
                out[name] = value
        out["id"] = one
        if isinstance(what, list):
            out["members@delta"] = [self._member(*member) for member in what]
        return out

    def _member(self, one, reason):
        kind = "group" if one in self.world.groups or one in self.world.gone_groups else "user"
        out = {"@odata.type": f"#microsoft.graph.{kind}", "id": one}
        return {**out, "@removed": {"reason": reason}} if reason else out
