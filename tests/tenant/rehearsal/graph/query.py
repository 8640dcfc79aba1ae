# SPDX-License-Identifier: Apache-2.0
"""The OData part of a listing: $select, $top, $orderby, $search, $count, and pages."""
import base64
import hmac
import re
import secrets
from collections import OrderedDict

from .errors import bad_request, no_property, unsupported
from .schema import KNOWN, NEVER_NULL, ORDERS, SEARCHES
from ..world.objects import Props

MAX_TOP = 999
MAX_TOP_ACTIVITY = 500        # with signInActivity selected
HELD_ROWS = 1_000_000         # of all listings in progress together
OPTIONS = ("$select", "$filter", "$top", "$orderby", "$search", "$count", "$expand", "$skiptoken")
TERM = re.compile(r'^"(\w+):([^"]+)"$')


def selected(query, kind, default):
    """Names to answer with: $select, or the default set."""
    text = query.get("$select")
    if not text:
        return default
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in KNOWN[kind]:
            raise no_property(name, kind)
    return names if "id" not in names else ("id", *(name for name in names if name != "id"))


def project(props, names):
    if isinstance(props, Props):
        return props.take(names, NEVER_NULL)
    get, out = props.get, {}
    for name in names:
        value = get(name)
        out[name] = NEVER_NULL.get(name) if value is None else value
    return out


def top_of(query, usual, most=MAX_TOP):
    """Rows on a page. A page size of less than 100 is a tenant that gives small pages whatever is asked."""
    text = query.get("$top")
    if text is None:
        return usual
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= most:
        raise bad_request(f"Invalid page size specified: '{text[:20]}'. Must be between 1 and {most} inclusive.")
    return min(int(text), usual) if usual < 100 else int(text)


def check_options(query, expands=False):
    if "$expand" in query and not expands:
        raise unsupported("$expand is not supported here.")
    for name in query:
        if name.startswith("$") and name not in OPTIONS:
            raise bad_request(f"The query parameter '{name[:40]}' is not supported.")


def searched(text, kind):
    """A predicate for $search: "property:words", joined by AND or OR."""
    either = []
    for part in re.split(r"\s+OR\s+", text.strip()):
        both = []
        for term in re.split(r"\s+AND\s+", part):
            hit = TERM.match(term.strip())
            if hit is None:
                raise bad_request("Syntax error: a $search clause is \"property:text\".")
            if hit[1] not in SEARCHES[kind]:
                raise unsupported(f"Property '{hit[1][:40]}' does not support $search.")
            both.append((hit[1], hit[2].strip().lower()))
        either.append(both)

    def found(props, name, words):
        value = props.get(name) or ""
        for text in value if isinstance(value, list) else [value]:
            tokens = re.split(r"[^\w]+", text.lower())
            if text.lower().startswith(words) or all(any(token.startswith(word) for token in tokens)
                                                     for word in words.split()):
                return True
        return False
    return lambda props: any(all(found(props, *term) for term in both) for both in either)


def ordered(text, kind):
    """Key function and direction for $orderby; one property, as the directory supports it."""
    name, _, direction = text.strip().partition(" ")
    if name not in KNOWN[kind]:
        raise no_property(name, kind)
    if name not in ORDERS[kind] or direction.strip() not in ("", "asc", "desc"):
        raise unsupported(f"Sorting by '{text[:60]}' is not supported.")
    return (lambda props: (props.get(name) or "").lower()), direction.strip() == "desc"


class Pager:
    """Listings in progress. A page token is opaque; one of a forgotten listing is an expired page."""

    def __init__(self):
        self._held = OrderedDict()  # id of a listing: its rows
        self._rows = 0
        self._key = secrets.token_bytes(16)

    def resume(self, token):
        """(rows, begin, size) of the page that a token stands for."""
        try:
            raw = base64.urlsafe_b64decode(token[10:] + "=" * (-len(token[10:]) % 4))
        except ValueError:
            raw = b""
        text, seal = raw[:-8], raw[-8:]
        parts = text.decode("ascii", "replace").split(".")
        good = token.startswith("RFNwdAIAAQ") and len(parts) == 3 and hmac.compare_digest(seal, self._seal(text))
        if not good or parts[0] not in self._held:
            raise bad_request("The specified page token value has expired and can no longer be used.",
                              "Directory_ExpiredPageToken")
        self._held.move_to_end(parts[0])
        return self._held[parts[0]], int(parts[1]), int(parts[2]), parts[0]

    def _seal(self, text):
        return hmac.digest(self._key, text, "sha256")[:8]

    def token(self, listing, begin, size):
        text = f"{listing}.{begin}.{size}".encode()
        return "RFNwdAIAAQ" + base64.urlsafe_b64encode(text + self._seal(text)).decode().rstrip("=")

    def hold(self, rows):
        """Keep a listing until the memory for listings is used up by newer ones; its id."""
        for listing, held in self._held.items():
            if held is rows:
                self._held.move_to_end(listing)
                return listing
        listing = secrets.token_hex(8)
        self._held[listing] = rows
        self._rows += len(rows)
        while self._rows > HELD_ROWS and len(self._held) > 1:
            self._rows -= len(self._held.popitem(last=False)[1])
        return listing

    def rows(self, listing):
        """The rows of a listing, or None if it is forgotten."""
        return self._held.get(listing)

    def forget(self):
        self._held.clear()
        self._rows = 0
