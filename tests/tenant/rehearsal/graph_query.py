# SPDX-License-Identifier: Apache-2.0
"""The OData part of Graph: $select, $filter, $top and pages."""
import re
import secrets
from collections import OrderedDict

USER_DEFAULT = ("businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
                "preferredLanguage", "surname", "userPrincipalName")
USER_ALL = USER_DEFAULT + (
    "accountEnabled", "companyName", "createdDateTime", "creationType", "deletedDateTime", "department", "employeeId",
    "employeeLeaveDateTime", "externalUserState", "externalUserStateChangeDateTime", "identities",
    "onPremisesExtensionAttributes", "otherMails", "proxyAddresses", "securityIdentifier", "showInAddressList",
    "signInSessionsValidFromDateTime", "usageLocation", "userType")
GROUP_ALL = ("id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled", "groupTypes",
             "visibility", "isAssignableToRole", "createdDateTime", "deletedDateTime", "securityIdentifier")
NEVER_NULL = {"businessPhones": [], "otherMails": [], "proxyAddresses": [], "identities": [], "groupTypes": []}
MAX_TOP = 999
KEPT_LISTINGS = 64

CLAUSE = re.compile(r"^(?:(?P<neg>not)\s+)?(?P<name>\w+)\s+(?P<op>eq|ne)\s+(?P<value>'(?:[^']|'')*'|true|false|null)$")
CALL = re.compile(r"^(?P<op>startsWith|endsWith)\((?P<name>\w+),\s*(?P<value>'(?:[^']|'')*')\)$", re.I)
ANY = re.compile(r"^(?P<name>otherMails|proxyAddresses)/any\((?P<var>\w+):\s*(?P=var)\s+eq\s+(?P<value>'(?:[^']|'')*')\)$")
WITHIN = re.compile(r"^(?P<name>\w+)\s+in\s+\((?P<values>'(?:[^']|'')*'(?:\s*,\s*'(?:[^']|'')*')*)\)$")
LITERAL = re.compile(r"'((?:[^']|'')*)'")
AND = re.compile(r"\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)")


class GraphError(Exception):
    def __init__(self, status, code, message, headers=None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def bad_request(message, code="Request_BadRequest"):
    return GraphError(400, code, message)


def selected(query, kind, default):
    """Names to answer with: $select, or the default set."""
    text = query.get("$select")
    if not text:
        return default
    known = USER_ALL if kind == "user" else GROUP_ALL
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise bad_request(f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.")
    return tuple(dict.fromkeys(("id", *names))) if "id" in names else tuple(dict.fromkeys(names))


def project(props, names):
    return {name: props[name] if props.get(name) is not None else NEVER_NULL.get(name) for name in names}


def _value(text):
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return {"true": True, "false": False, "null": None}[text]


def _same(left, right):
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return left is right or (left == right and type(left) is type(right))


def _clause(text, kind, advanced):
    """A predicate over properties for one clause of a filter."""
    known = USER_ALL if kind == "user" else GROUP_ALL
    unsupported = bad_request("Unsupported Query.", "Request_UnsupportedQuery")
    hit = CLAUSE.match(text) or CALL.match(text) or ANY.match(text) or WITHIN.match(text)
    if hit is None:
        raise bad_request(f"Invalid filter clause: {text[:80]}")
    name = hit["name"]
    if name not in known:
        raise bad_request(f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.")
    if hit.re is WITHIN:
        values = [_value(f"'{one}'") for one in LITERAL.findall(hit["values"])]
        return lambda props: any(_same(props.get(name), one) for one in values)
    value = _value(hit["value"])
    if hit.re is ANY:
        return lambda props: any(_same(one, value) for one in props.get(name) or [])
    operation = hit["op"].lower()
    if operation == "startswith":
        return lambda props: str(props.get(name) or "").lower().startswith(value.lower())
    if not advanced and (operation in ("ne", "endswith") or hit.groupdict().get("neg")):
        raise unsupported
    if operation == "endswith":
        return lambda props: str(props.get(name) or "").lower().endswith(value.lower())
    wanted = (operation == "eq") != bool(hit["neg"])
    return lambda props: _same(props.get(name), value) == wanted


def filtered(query, kind, objects, advanced):
    text = query.get("$filter")
    if text is None:
        return objects
    clauses = [_clause(part.strip(), kind, advanced) for part in AND.split(text.strip())]
    return [one for one in objects if all(clause(one.props) for clause in clauses)]


def top_of(query, cap):
    text = query.get("$top")
    if text is None:
        return cap
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= MAX_TOP:
        raise bad_request(f"Invalid page size specified: '{text[:20]}'. Must be between 1 and {MAX_TOP} inclusive.")
    return min(int(text), cap) if cap < 100 else int(text)


class Pager:
    """Listings in progress, held by opaque tokens; an old or unknown token is an expired page."""

    def __init__(self):
        self._held = OrderedDict()

    def start(self, objects, size):
        return self._page(objects, size, 0)

    def resume(self, token):
        if token not in self._held:
            raise bad_request("The specified page token value has expired and can no longer be used.",
                              "Directory_ExpiredPageToken")
        return self._page(*self._held[token])

    def _page(self, objects, size, begin):
        rows, token = objects[begin:begin + size], None
        if begin + size < len(objects):
            token = "RFNwdAIAAQ" + secrets.token_urlsafe(30)
            self._held[token] = (objects, size, begin + size)
            while len(self._held) > KEPT_LISTINGS:
                self._held.popitem(last=False)
        return rows, token

    def forget(self):
        self._held.clear()
