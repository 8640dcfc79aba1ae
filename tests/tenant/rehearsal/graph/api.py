# SPDX-License-Identifier: Apache-2.0
"""Host B, Microsoft Graph v1.0: who asks, what he may, and the lists that all endpoints answer with. The endpoints
themselves are in graph_*.py, which register in graph_call.ROUTES."""
import secrets
import urllib.parse
from collections import OrderedDict

import jwt

from . import index as graph_index
from ..world.audit_log import acting
from .call import Caller, find
from .errors import GraphError, bad_request, denied, missing, unsupported
from .filter import Deep, Parser
from .permissions import closure, opens
from .query import MAX_TOP, Pager, check_options, ordered, searched, top_of
from .throttle import Throttle
from ..login.scopes import GRAPH_APP_ID, GRAPH_PUBLIC
from ..world.world import GUID

CHALLENGE = ('Bearer realm="", authorization_uri="{login}/common/oauth2/authorize", client_id="' + GRAPH_APP_ID + '"')
RESTRICTED_GUEST = "2af84b1e-32c8-42b7-82bc-daa82404023b"
KEPT_TOKENS = 512
KEPT_SNAPSHOTS = 6
HEALTH = {"ok": None, "serviceNotAvailable": 503, "UnknownError": 500, "Directory_ReplicaUnavailable": 503}


class Graph:
    def __init__(self, world):
        self.world = world
        self._tokens = {}   # token: (kid, claims) of those whose signature was checked
        self.forget()

    def forget(self):
        """As at the start: what the world's reset means for Graph."""
        self.pager = Pager()
        self._snapshots = OrderedDict()
        self.throttle = Throttle(self.world)
        self.health = "ok"
        self.delta_epoch = secrets.token_hex(4)   # tokens of another epoch are answered 410

    # Who asks

    def caller_of(self, authorization):
        """The bearer token's caller; 401 unless this tenant issued it for Graph and it is alive."""
        world = self.world
        headers = {"WWW-Authenticate": CHALLENGE.format(login=world.login)}
        if not authorization.startswith("Bearer "):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty.", headers)
        claims = self._claims(authorization[7:].strip(), headers)
        now = world.clock.now()
        if not claims["nbf"] <= now < claims["exp"]:
            raise GraphError(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.",
                             headers)
        if claims["aud"] not in (GRAPH_PUBLIC, GRAPH_APP_ID, world.graph):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.",
                             headers)
        if claims.get("issued", now) < world.tokens_revoked_before:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.",
                             headers)
        app_id = claims.get("appid") or claims.get("azp") or ""
        if "scp" in claims:
            return Caller(app_id, closure(claims["scp"].split()), claims.get("oid", ""))
        return Caller(app_id, closure(claims.get("roles", [])))

    def _claims(self, token, headers):
        held = self._tokens.get(token)
        if held and any(one.kid == held[0] for one in self.world.keys.published()):
            return held[1]
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = next(one for one in self.world.keys.published() if one.kid == kid)
            claims = jwt.decode(token, key.private.public_key(), algorithms=["RS256"], options={
                "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
                "require": ["exp", "nbf", "aud"]})
        except (jwt.PyJWTError, StopIteration) as wrong:
            raise GraphError(401, "InvalidAuthenticationToken", "CompactToken parsing failed with error code: 80049217",
                             headers) from wrong
        if len(self._tokens) >= KEPT_TOKENS:
            self._tokens.clear()
        self._tokens[token] = (kid, claims)
        return claims

    def check_guest(self, call, user_id=None):
        """A restricted guest reads nothing but himself with his own token (10.6)."""
        caller = call.caller
        if caller.delegated and caller.user_id != user_id:
            user = self.world.users.get(caller.user_id)
            guest = user is None or user.props["userType"] == "Guest"
            if guest and self.world.policies["authorizationPolicy"]["guestUserRoleId"] == RESTRICTED_GUEST:
                raise denied()

    # Objects

    def context(self, tail, call=None):
        names = call.query.get("$select") if call is not None else None
        if names:
            head, slash, entity = tail.partition("/")
            tail = f"{head}({names}){slash}{entity}"
        return f"{self.world.graph}/v1.0/$metadata#{tail}"

    def view(self, call):
        return graph_index.view(self.world, call.advanced())

    def snapshot(self, view, what, make):
        """The list that `make` gives, made once for all who ask for the same while nothing changes."""
        key = (view.key, what)
        if key not in self._snapshots:
            self._snapshots[key] = make()
            if len(self._snapshots) > KEPT_SNAPSHOTS:
                self._snapshots.popitem(last=False)
        return self._snapshots[key]

    def find_user(self, ref):
        user = self.world.users.get(ref.lower())
        if user is None and "@" in ref:
            user = self.world.user_by_upn(ref)
        if user is None:
            raise missing(ref)
        return user

    def find_group(self, ref):
        if not GUID.match(ref):
            raise bad_request(f"Invalid object identifier '{ref[:60]}'.")
        group = self.world.groups.get(ref.lower())
        if group is None:
            raise missing(ref)
        return group

    # Lists

    def need_advanced(self, call, what):
        """True if the call is an advanced query; else an error, or False where the tenant ignores the parameter."""
        if call.advanced():
            return True
        if self.world.switches.graph_advanced_forgotten == "ignored":
            return False
        if what == "$count":
            raise bad_request("$count is not currently supported.")
        raise unsupported(f"{what} needs the header ConsistencyLevel: eventual and $count=true.")

    def narrowed(self, call, kind, view, objects):
        """$filter, $search and $orderby over a callable that gives the objects; indices are used where they can."""
        query, props = call.query, view.props
        rows = None
        if "$filter" in query:
            parsed = Parser(query["$filter"], kind, call.advanced(), self.world.switches.graph_mixed_filter)
            found = self._by_keys(parsed.node.keys, view) if kind == "user" else None
            rows = [one for one in (objects() if found is None else found) if parsed.node.test(props(one))]
        if "$search" in query and self.need_advanced(call, "$search"):
            test = searched(query["$search"], kind)
            rows = [one for one in (objects() if rows is None else rows) if test(props(one))]
        if "$orderby" in query:
            key, down = ordered(query["$orderby"], kind)
            plain = "$filter" not in query and "$search" not in query
            if plain or self.need_advanced(call, "$orderby with $filter"):
                rows = sorted(objects() if rows is None else rows, key=lambda one: key(props(one)), reverse=down)
        return objects() if rows is None else rows

    def _by_keys(self, keys, view):
        """The users that an index gives for a filter's keys; None to try all. The lagging index has no such index."""
        if keys is None or type(view) is not graph_index.Fresh:
            return None
        out = {}
        for name, value in keys:
            if name == "id":
                found = [self.world.users[value]] if value in self.world.users else []
            elif name == "mail":
                found = self.world.users_by_mail(value)
            else:
                user = self.world.user_by_upn(value)
                found = [user] if user else []
            out.update((one.id, one) for one in found)
        return out.values()

    def listing(self, call, rows, show, context, most=MAX_TOP, expands=False):
        """A page with its nextLink. `rows`: callable for a sequence of what `show` makes JSON of; resumes from
        $skiptoken."""
        switches = self.world.switches
        check_options(call.query, expands)
        counted = "$count" in call.query and self.need_advanced(call, "$count")
        out = {"@odata.context": self.context(context, call)}
        token = call.query.get("$skiptoken")
        if token:
            found, begin, size, listing = self.pager.resume(token)
        else:
            size, begin, listing, found = top_of(call.query, switches.graph_page_size, most), 0, None, rows()
            if counted and call.advanced():
                out["@odata.count"] = len(found)
        end = begin if switches.graph_empty_pages and not token and found else begin + size
        if end < len(found):
            listing = listing or self.pager.hold(found)
            again = 1 if switches.graph_repeated_rows and end > begin + 1 else 0
            out["@odata.nextLink"] = self.link(call, {"$skiptoken": self.pager.token(listing, end - again, size)})
        out["value"] = [show(one) for one in found[begin:end]]
        return 200, out

    def table(self, call, kind, rows, context, show=None, expands=False):
        """A page of plain JSON objects, as services beside the directory list them; $select keeps members."""
        names = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
        found = rows
        if "$filter" in call.query:
            node = Parser(call.query["$filter"], kind, True).node
            found = [one for one in found if node.test(Deep(one))]

        def shown(one):
            out = show(one) if show else one
            return {name: value for name, value in out.items() if not names or name in names or name.startswith("@")}
        call.query = {name: value for name, value in call.query.items() if name not in ("$count", "$orderby")}
        return self.listing(call, lambda: found, shown, context, expands=expands)

    def link(self, call, changes, path=None):
        """An absolute address that continues a call."""
        query = {**{name: value for name, value in call.query.items() if name != "$skiptoken"}, **changes}
        return (f"{self.world.graph}/v1.0{urllib.parse.quote(path or call.path)}?"
                + urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="$,"))

    # Dispatch

    def answer(self, call):
        """(status, JSON) of a call; raises GraphError. Headers of the answer are in call.extra."""
        if HEALTH[self.health]:
            raise GraphError(HEALTH[self.health], self.health, "The service is temporarily unavailable.")
        found = find(call.method, call.path)
        if found is None:
            segment = call.path.strip("/").split("/")[0]
            raise bad_request(f"Resource not found for the segment '{segment[:40]}'.", "BadRequest")
        endpoint, parts = found
        if endpoint is None:
            raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        self.throttle.charge(call, endpoint)
        if "$skiptoken" in call.query and not self.world.switches.page_needs_header:
            call.headers = {**call.headers, "consistencylevel": "eventual"}
        if not opens(endpoint.permission, call.caller.permissions, call.caller.delegated):
            raise denied()
        if not endpoint.writes:
            return endpoint.handler(self, call, *parts)
        caller = call.caller
        with acting(self.world.registration(caller.app_id) if not caller.delegated else None,
                    self.world.users.get(caller.user_id)):
            return endpoint.handler(self, call, *parts)
