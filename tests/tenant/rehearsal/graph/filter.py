# SPDX-License-Identifier: Apache-2.0
"""$filter (entra-facts 7.3): parsed once into a predicate, with what an index could answer, and what needs an advanced
query.

    filter := and ("or" and)*       and := not ("and" not)*       not := "not" not | "(" filter ")" | clause
    clause := name (eq|ne|ge|le) literal | name in (literal, ...) | startsWith(name, text) | endsWith(name, text)
            | name/any(v: lambda)

A literal is 'text' ('' for '), a number, true, false, null, or a time. Names are paths: accessPackage/id.
"""
import re
from collections import namedtuple

from .errors import bad_request, no_property, unsupported
from .schema import FILTERS, FLAG, IDENTITIES, KNOWN, NUMBER, OBJECTS, TEXT, TEXTS, TIME

TOKENS = re.compile(r"""\s*(?:(?P<text>'(?:[^']|'')*')
    |(?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?)
    |(?P<number>-?\d+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_$][A-Za-z0-9_]*)*)
    |(?P<mark>[(),:]))""", re.X)
INDEXED = ("id", "mail", "userPrincipalName")
LONE_ISSUERS = ("google.com", "facebook.com", "mail", "phone")
WORDS = {"true": True, "false": False, "null": None}
MAX_CLAUSES = 120

# test(props) -> bool; keys: [(indexed property, value)] that together hold every match, or None if all must be tried.
Node = namedtuple("Node", "test keys")


def _fold(value):
    return value.lower() if isinstance(value, str) else value


def _when(value):
    """Times compare by their first 19 characters: all are UTC, a date means its midnight."""
    return (value + "T00:00:00")[:19] if value else ""


class Parser:
    def __init__(self, text, kind, advanced, mixed_is_advanced=False):
        self.kind, self.advanced = kind, advanced
        self.tokens = self._split(text)
        self.place = 0
        self.seen = set()
        self.clauses = 0
        self.node = self._or()
        if self.place != len(self.tokens):
            raise self._wrong()
        if mixed_is_advanced and len(self.seen) > 1 and not advanced:
            raise unsupported("Complex query on multiple properties is not supported.")

    @staticmethod
    def _split(text):
        out, place, text = [], 0, text.rstrip()
        while place < len(text):
            hit = TOKENS.match(text, place)
            if hit is None:
                raise bad_request(f"Invalid filter clause: {text[place:place + 80]}")
            out.append((hit.lastgroup, hit[hit.lastgroup]))
            place = hit.end()
        return out

    def _wrong(self):
        rest = " ".join(text for _, text in self.tokens[self.place:])
        return bad_request(f"Invalid filter clause: {rest[:80]}")

    def _peek(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def _take(self, kind=None, text=None):
        found = self._peek()
        if (kind and found[0] != kind) or (text is not None and found[1] != text):
            raise self._wrong()
        self.place += 1
        return found[1]

    def _word(self, text):
        if self._peek() == ("name", text):
            self.place += 1
            return True
        return False

    # Logic

    def _or(self):
        parts = [self._and()]
        while self._word("or"):
            parts.append(self._and())
        if len(parts) == 1:
            return parts[0]
        tests = [one.test for one in parts]
        keys = None if any(one.keys is None for one in parts) else [key for one in parts for key in one.keys]
        return Node(lambda props: any(test(props) for test in tests), keys)

    def _and(self):
        parts = [self._not()]
        while self._word("and"):
            parts.append(self._not())
        if len(parts) == 1:
            return parts[0]
        tests = [one.test for one in parts]
        return Node(lambda props: all(test(props) for test in tests),
                    next((one.keys for one in parts if one.keys is not None), None))

    def _not(self):
        if self._word("not"):
            self._need_advanced()
            test = self._not().test
            return Node(lambda props: not test(props), None)
        if self._peek() == ("mark", "("):
            self._take()
            inner = self._or()
            self._take("mark", ")")
            return inner
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            raise bad_request("Too many clauses in the filter.")
        return self._clause()

    def _need_advanced(self):
        if not self.advanced:
            raise unsupported()

    # Clauses

    def _property(self, name):
        """The kind of a property that filters."""
        head = name.partition("/")[0]
        if head not in KNOWN[self.kind]:
            raise no_property(head, self.kind)
        self.seen.add(head)
        kind = FILTERS[self.kind].get(name)
        if kind is None:
            raise unsupported(f"Unsupported or invalid query filter clause specified for property '{name[:60]}'.")
        return kind

    def _clause(self):
        name = self._take("name")
        if name.lower() in ("startswith", "endswith"):
            return self._affix(name.lower(), None)
        if name.endswith("/any"):
            return self._any(name[:-4])
        kind = self._property(name)
        if self._word("in"):
            return self._within(name, kind)
        operation = self._take("name")
        if operation not in ("eq", "ne", "ge", "le") or kind in (TEXTS, IDENTITIES, OBJECTS):
            raise self._wrong()
        value = self._literal(kind)
        if operation in ("ge", "le"):
            if kind not in (TIME, NUMBER):
                raise unsupported(f"Operator '{operation}' is not supported for property '{name}'.")
            as_key = _when if kind is TIME else int
            limit, compare = as_key(value), int.__ge__ if kind is NUMBER else str.__ge__
            if operation == "le":
                compare = int.__le__ if kind is NUMBER else str.__le__
            return Node(lambda props: props.get(name) is not None and compare(as_key(props.get(name)), limit), None)
        if operation == "ne":
            self._need_advanced()
        if kind is TIME:
            wanted = _when(value)
            test = lambda props: _when(props.get(name)) == wanted  # noqa: E731
        else:
            wanted = _fold(value)
            test = lambda props: _fold(props.get(name)) == wanted  # noqa: E731
        if operation == "ne":
            return Node(lambda props: not test(props), None)
        return Node(test, [(name, wanted)] if name in INDEXED and isinstance(wanted, str) else None)

    def _literal(self, kind):
        form, text = self._peek()
        self.place += 1
        if form == "name" and text in WORDS:
            value = WORDS[text]
            if value is None or kind is FLAG:
                return value
        elif form == "text" and kind in (TEXT, TEXTS):
            return text[1:-1].replace("''", "'")
        elif form == "time" and kind is TIME:
            return text
        elif form == "number" and kind is NUMBER:
            return int(text)
        self.place -= 1
        raise self._wrong()

    def _within(self, name, kind):
        self._take("mark", "(")
        values = [_fold(self._literal(kind))]
        while self._peek() == ("mark", ","):
            self._take()
            values.append(_fold(self._literal(kind)))
        self._take("mark", ")")
        wanted = set(values)
        keys = [(name, one) for one in values if isinstance(one, str)] if name in INDEXED else None
        return Node(lambda props: _fold(props.get(name)) in wanted, keys)

    def _affix(self, operation, variable):
        """startsWith and endsWith, of a property or of a lambda's variable (then the test is over one value)."""
        self._take("mark", "(")
        name = self._take("name")
        if variable is None:
            if self._property(name) is not TEXT:
                raise self._wrong()
        elif name != variable:
            raise self._wrong()
        self._take("mark", ",")
        affix = self._literal(TEXT)
        self._take("mark", ")")
        if affix is None:
            raise self._wrong()
        affix = affix.lower()
        if operation == "endswith":
            self._need_advanced()
        compare = str.startswith if operation == "startswith" else str.endswith
        if variable is not None:
            return lambda value: compare((value or "").lower(), affix)
        return Node(lambda props: compare((props.get(name) or "").lower(), affix), None)

    # Lambdas

    def _any(self, name):
        kind = self._property(name)
        self._take("mark", "(")
        variable = self._take("name")
        self._take("mark", ":")
        if kind is TEXTS:
            test = self._any_text(variable)
        elif kind is IDENTITIES:
            test = self._any_identity(variable)
        elif kind is OBJECTS:
            test = self._any_object(variable)
        else:
            raise bad_request(f"The property '{name[:60]}' is no collection.")
        self._take("mark", ")")
        return Node(lambda props: any(test(one) for one in props.get(name) or ()), None)

    def _any_text(self, variable):
        name = self._take("name")
        if name.lower() in ("startswith", "endswith"):
            return self._affix(name.lower(), variable)
        if name != variable or self._take("name") != "eq":
            raise self._wrong()
        wanted = _fold(self._literal(TEXTS))
        return lambda value: _fold(value) == wanted

    def _any_identity(self, variable):
        """identities filter by eq only, issuer and issuerAssignedId together (7.2)."""
        wanted = {}
        while True:
            name, operation = self._take("name"), self._take("name")
            head, _, member = name.partition("/")
            if head != variable or member not in ("issuer", "issuerAssignedId", "signInType"):
                raise self._wrong()
            if operation != "eq":
                raise unsupported("Only eq is supported for identities.")
            wanted[member] = self._literal(TEXT)
            if not self._word("and"):
                break
        if wanted.get("signInType") == "userPrincipalName":
            raise unsupported("signInType userPrincipalName is not supported in a filter.")
        if "issuer" not in wanted or ("issuerAssignedId" not in wanted and wanted["issuer"] not in LONE_ISSUERS):
            raise unsupported("A filter on identities must name issuer and issuerAssignedId.")
        if wanted.get("issuerAssignedId", "") is None:
            raise unsupported("issuerAssignedId must have a value.")
        return lambda one: all(_fold(one.get(name)) == _fold(value) for name, value in wanted.items())

    def _any_object(self, variable):
        """Members of the objects in a collection: eq only, all of one object."""
        wanted = {}
        while True:
            head, _, member = self._take("name").partition("/")
            if head != variable or not member or self._take("name") != "eq":
                raise self._wrong()
            wanted[member] = _fold(self._literal(TEXT))
            if not self._word("and"):
                break
        return lambda one: all(_fold(one.get(name)) == value for name, value in wanted.items())


class Deep:
    """A JSON object whose members are found by path, in any capitalisation: target/objectid."""

    def __init__(self, value):
        self._value = value

    def get(self, path, default=None):
        value = self._value
        for name in path.split("/"):
            if not isinstance(value, dict):
                return default
            value = next((held for key, held in value.items() if key.lower() == name.lower()), None)
        return default if value is None else value
