# SPDX-License-Identifier: Apache-2.0
"""Host B, Microsoft Graph v1.0: users, groups, memberships. Requests are plain values, so that $batch can nest them."""
import re
import urllib.parse
from dataclasses import dataclass, field

import jwt

from .graph_query import (GROUP_ALL, USER_DEFAULT, GraphError, Pager, bad_request, filtered, project, selected, top_of)
from .scopes import GRAPH_APP_ID, GRAPH_PUBLIC
from .world import GUID, User

MAX_IDS = 20
CAST = "microsoft.graph."
CHALLENGE = ('Bearer realm="", authorization_uri="{login}/common/oauth2/authorize", client_id="' + GRAPH_APP_ID + '"')
READ_USERS = {"User.Read.All", "User.ReadWrite.All", "Directory.Read.All"}
READ_GROUPS = {"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"}
BASIC = {"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"}
DENIED = (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


@dataclass
class Call:
    """One Graph request, from the wire or from inside a batch."""
    method: str
    path: str
    query: dict
    headers: dict
    body: object = None
    roles: set = field(default_factory=set)

    def advanced(self):
        return self.headers.get("consistencylevel", "").lower() == "eventual" and self.query.get("$count") == "true"


class Graph:
    def __init__(self, world):
        self.world = world
        self.pager = Pager()

    # Who asks

    def roles_of(self, authorization):
        """Application permissions in the bearer token; 401 unless this tenant issued it for Graph and it is alive."""
        world = self.world
        headers = {"WWW-Authenticate": CHALLENGE.format(login=world.login)}
        if not authorization.startswith("Bearer "):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty.", headers)
        claims = self._claims(authorization[7:].strip(), headers)
        now = world.clock.now()
        if not claims["nbf"] <= now < claims["exp"]:
            raise GraphError(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", headers)
        if claims["aud"] not in (GRAPH_PUBLIC, GRAPH_APP_ID, world.graph):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.", headers)
        if claims.get("issued", now) < world.tokens_revoked_before:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.", headers)
        return set(claims.get("roles", []))

    def _claims(self, token, headers):
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = next(one for one in self.world.keys.published() if one.kid == kid)
            return jwt.decode(token, key.private.public_key(), algorithms=["RS256"], options={
                "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
                "require": ["exp", "nbf", "aud"]})
        except (jwt.PyJWTError, StopIteration) as wrong:
            raise GraphError(401, "InvalidAuthenticationToken", "CompactToken parsing failed with error code: 80049217",
                             headers) from wrong

    # Objects as the caller may see them

    def _context(self, tail):
        return f"{self.world.graph}/v1.0/$metadata#{tail}"

    def _user(self, user, names, roles):
        """Properties of a user; without the right to read them they are null, and nothing says so."""
        out = project(user.props, names)
        if not roles & READ_USERS:
            seen = BASIC if "User.ReadBasic.All" in roles else {"id"}
            out = {name: value if name in seen else None for name, value in out.items()}
        for name in self.world.switches.graph_null_properties:
            if name in out:
                out[name] = None
        return out

    def _member(self, one, call):
        """A member as the caller may see it: of what he may not read only type and id are left, the rest is null.

        In a list cast to one type the type goes without saying, so `@odata.type` is absent there.
        """
        cast = CAST in call.path
        if isinstance(one, User):
            names = self._mixed_select(call, "user", USER_DEFAULT)
            if not call.roles & (READ_USERS | {"User.ReadBasic.All"}):
                return {"@odata.type": "#microsoft.graph.user", **dict.fromkeys(names), "id": one.id}
            out = self._user(one, names, call.roles)
        else:
            out = project(one.props, self._mixed_select(call, "group", GROUP_ALL))
        kind = "user" if isinstance(one, User) else "group"
        return out if cast else {"@odata.type": f"#microsoft.graph.{kind}", **out}

    @staticmethod
    def _mixed_select(call, kind, default):
        """In a mixed list $select may name properties that only the other types have."""
        text = call.query.get("$select")
        if not text or CAST in call.path:
            return selected(call.query, kind, default)
        known = set(GROUP_ALL) if kind == "group" else None
        names = [name.strip() for name in text.split(",")]
        return tuple(name for name in names if known is None or name in known)

    def _find_user(self, ref):
        user = self.world.users.get(ref.lower())
        if user is None and "@" in ref:
            user = next((one for one in self.world.users.values()
                         if one.props["userPrincipalName"].lower() == ref.lower()), None)
        if user is None:
            raise self._missing(ref)
        return user

    def _find_group(self, ref):
        if not GUID.match(ref):
            raise bad_request(f"Invalid object identifier '{ref[:60]}'.")
        group = self.world.groups.get(ref.lower())
        if group is None:
            raise self._missing(ref)
        return group

    @staticmethod
    def _missing(ref):
        return GraphError(404, "Request_ResourceNotFound", f"Resource '{ref[:80]}' does not exist or one of its queried "
                          "reference-property objects are not present.")

    @staticmethod
    def _need(call, permissions):
        if not call.roles & permissions:
            raise GraphError(*DENIED)

    # Lists

    def _list(self, call, objects, show, context):
        """A page of objects with its nextLink; resumes from $skiptoken."""
        if "$count" in call.query and not call.advanced():
            raise bad_request("$count is not currently supported.")
        top = top_of(call.query, self.world.switches.graph_page_size)
        token = call.query.get("$skiptoken")
        rows, following = self.pager.resume(token) if token else self.pager.start(objects(), top)
        out = {"@odata.context": self._context(context)}
        if call.advanced() and not token:
            out["@odata.count"] = len(objects())
        if following:
            query = {name: value for name, value in call.query.items() if name != "$skiptoken"}
            query["$skiptoken"] = following
            out["@odata.nextLink"] = (f"{self.world.graph}/v1.0{urllib.parse.quote(call.path)}?"
                                      + urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="$,"))
        out["value"] = [show(one) for one in rows]
        return 200, out

    def users(self, call):
        self._need(call, READ_USERS | {"User.ReadBasic.All"})
        names = selected(call.query, "user", USER_DEFAULT)
        return self._list(call, lambda: filtered(call.query, "user", list(self.world.users.values()), call.advanced()),
                          lambda one: self._user(one, names, call.roles), "users")

    def user(self, call, ref):
        readers = READ_USERS | {"User.ReadBasic.All"}
        if not call.roles & readers and self.world.switches.user_read_without_permission == "forbidden":
            raise GraphError(*DENIED)
        names = selected(call.query, "user", USER_DEFAULT)
        found = self._find_user(ref)
        return 200, {"@odata.context": self._context("users/$entity"), **self._user(found, names, call.roles)}

    def groups(self, call):
        self._need(call, READ_GROUPS)
        names = selected(call.query, "group", GROUP_ALL)
        return self._list(call, lambda: filtered(call.query, "group", list(self.world.groups.values()), call.advanced()),
                          lambda one: project(one.props, names), "groups")

    def group(self, call, ref):
        self._need(call, READ_GROUPS)
        names = selected(call.query, "group", GROUP_ALL)
        return 200, {"@odata.context": self._context("groups/$entity"), **project(self._find_group(ref).props, names)}

    def members(self, call, ref, relation, cast):
        self._need(call, READ_GROUPS)
        group = self._find_group(ref)
        if cast and not call.advanced():
            raise bad_request("Casting needs the header ConsistencyLevel and $count=true.", "Request_UnsupportedQuery")
        if cast not in ("", "user", "group"):
            raise bad_request(f"Unknown type 'microsoft.graph.{cast[:30]}'.")
        if cast:
            selected(call.query, cast, ())

        def listing():
            found = self.world.members_of(group.id, relation == "transitiveMembers")
            found = [one for one in found if not cast or isinstance(one, User) == (cast == "user")]
            return filtered(call.query, cast or "user", found, call.advanced())
        return self._list(call, listing, lambda one: self._member(one, call), "directoryObjects" if not cast else f"{cast}s")

    # Checks of membership

    def check_member_groups(self, call, ref):
        self._need(call, READ_GROUPS)
        ids = call.body.get("groupIds") if isinstance(call.body, dict) else None
        if not isinstance(ids, list) or not ids:
            raise bad_request("The request body must contain groupIds.")
        if len(ids) > MAX_IDS:
            raise bad_request(f"The number of group ids must not exceed {MAX_IDS}.")
        for one in ids:
            if not isinstance(one, str) or not GUID.match(one):
                raise bad_request(f"Invalid object identifier '{str(one)[:60]}'.")
        inside = self.world.groups_of(self._find_user(ref))
        return 200, {"@odata.context": self._context("Collection(Edm.String)"),
                     "value": [one for one in dict.fromkeys(ids) if one.lower() in inside]}

    def get_member_groups(self, call, ref):
        self._need(call, READ_GROUPS)
        if not isinstance(call.body, dict) or not isinstance(call.body.get("securityEnabledOnly"), bool):
            raise bad_request("The request body must contain securityEnabledOnly.")
        return 200, {"@odata.context": self._context("Collection(Edm.String)"),
                     "value": list(self.world.groups_of(self._find_user(ref)))}

    def member_of(self, call, ref, cast):
        self._need(call, READ_GROUPS)
        if cast and not call.advanced():
            raise bad_request("Casting needs the header ConsistencyLevel and $count=true.", "Request_UnsupportedQuery")
        user = self._find_user(ref)
        return self._list(call, lambda: [self.world.groups[gid] for gid in self.world.groups_of(user)],
                          lambda one: self._member(one, call), "directoryObjects")

    # Dispatch

    ROUTES = [(method, re.compile(pattern), name) for method, pattern, name in (
        ("GET", r"^/users$", "users"),
        ("GET", r"^/users/([^/]+)$", "user"),
        ("POST", r"^/users/([^/]+)/(?:microsoft\.graph\.)?checkMemberGroups$", "check_member_groups"),
        ("POST", r"^/users/([^/]+)/(?:microsoft\.graph\.)?getMemberGroups$", "get_member_groups"),
        ("GET", r"^/users/([^/]+)/transitiveMemberOf(?:/microsoft\.graph\.(group))?$", "member_of"),
        ("GET", r"^/groups$", "groups"),
        ("GET", r"^/groups/([^/]+)$", "group"),
        ("GET", r"^/groups/([^/]+)/(members|transitiveMembers)(?:/microsoft\.graph\.(\w+))?$", "members"))]

    def answer(self, call):
        """(status, JSON) of a call whose roles are known; raises GraphError."""
        for method, pattern, name in self.ROUTES:
            hit = pattern.match(call.path)
            if hit and method == call.method:
                return getattr(self, name)(call, *(part or "" for part in hit.groups()))
        if any(pattern.match(call.path) for _, pattern, _ in self.ROUTES):
            raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        segment = call.path.strip("/").split("/")[0]
        raise bad_request(f"Resource not found for the segment '{segment[:40]}'.", "BadRequest")
