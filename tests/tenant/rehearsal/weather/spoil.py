# SPDX-License-Identifier: Apache-2.0
"""Ways to spoil a real answer on its way: its JSON, its header fields, its length.

Each is a function that changes a wire.Answer. What works on JSON leaves an answer alone that is none. Those that are
harmless send what HTTP or JSON allows: a client has to get through them.
"""
import gzip as zip_format
import json
import re

TABLE = {}              # name: (function, what it does)
HARMLESS = set()        # names
OVERSIZE = 6 << 20      # bytes: above every cap of the product (4 MiB for a page of Graph)
DEEP = 10000            # levels
LONG = 64 << 10         # characters
HUGE_HEADER = 80 << 10  # bytes: above the cap for all header fields together (64 KiB)
CHUNK = 1000            # bytes
PORTAL = ("<!DOCTYPE html>\n<html><head><title>Guest network</title></head>\n"
          "<body><h1>Welcome</h1><p>Accept the terms to go on.</p></body></html>\n")
ESCAPES = "\x1b]0;owned\x07\x1b[2J\r\n\u202e"
ELSEWHERE = "elsewhere.rehearsal.invalid"
MARK = "\ue000"         # stands for a byte that no JSON encoder would write


def _spoil(about, harmless=False):
    def register(function):
        TABLE[function.__name__] = (function, about)
        if harmless:
            HARMLESS.add(function.__name__)
        return function
    return register


def _on_json(answer, function):
    try:
        value = json.loads(answer.body.decode())
    except ValueError:
        return
    out = function(value)
    answer.body = out.encode(errors="surrogatepass") if isinstance(out, str) else out


def _json_spoil(about):
    """Register a function (value) -> text or bytes of the spoiled JSON."""
    def register(function):
        TABLE[function.__name__] = (lambda answer: _on_json(answer, function), about)
        return function
    return register


def _leaves(value, change):
    """VALUE with CHANGE done to everything that is neither object nor list, member names excepted."""
    if isinstance(value, dict):
        return {name: _leaves(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_leaves(one, change) for one in value]
    return change(value)


def _texts(value, change):
    """JSON text of VALUE with CHANGE done to every string."""
    return json.dumps(_leaves(value, lambda one: change(one) if isinstance(one, str) else one), ensure_ascii=False)


def _numbers(value, number):
    """JSON text of VALUE with every number replaced by one that is written as NUMBER."""
    changed = _leaves(value, lambda one: MARK if type(one) in (int, float) else one)
    return json.dumps(changed, ensure_ascii=False).replace(f'"{MARK}"', number)


def _with(value, member):
    """JSON text of an object with MEMBER (text) as one more member in front; another value becomes one."""
    text = json.dumps(value if isinstance(value, dict) else {"value": value})
    return "{" + member + (text[1:] if text == "{}" else ", " + text[1:])


@_spoil("an HTML page with status 200, as a captive portal answers")
def html(answer):
    answer.status, answer.reason, answer.body = 200, "OK", PORTAL.encode()
    answer.set("Content-Type", "text/html; charset=utf-8")


@_json_spoil("the JSON ends after two thirds; the length is that of what is there")
def truncated_json(value):
    text = json.dumps(value)
    return text[:len(text) * 2 // 3]


@_json_spoil("valid JSON with a member of 6 MiB in front, its length announced")
def oversized_json(value):
    return _with(value, '"filler": "' + "x" * OVERSIZE + '"')


def _in_chunks(answer, size, end=b"0\r\n\r\n"):
    pieces = [answer.body[start:start + size] for start in range(0, len(answer.body), size)]
    answer.body = b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in pieces) + end
    answer.lengths = []
    answer.set("Transfer-Encoding", "chunked")


@_spoil("valid JSON with a member of 6 MiB in front, in chunks, its length not announced")
def oversized_chunked(answer):
    TABLE["oversized_json"][0](answer)
    _in_chunks(answer, 64 << 10)


@_json_spoil("every member twice: first null, then the real value")
def duplicate_keys(value):
    def twice(one):
        if isinstance(one, dict):
            return "{" + ", ".join(f"{json.dumps(name)}: null, {json.dumps(name)}: {twice(inner)}"
                                   for name, inner in one.items()) + "}"
        if isinstance(one, list):
            return "[" + ", ".join(twice(inner) for inner in one) + "]"
        return json.dumps(one)
    return twice(value)


@_json_spoil("every member of the outer object has another type")
def wrong_types(value):
    def other(one):
        if isinstance(one, list):
            return {"0": one}
        if isinstance(one, dict):
            return [one]
        return 7 if one is None or isinstance(one, str) else json.dumps(one)
    return json.dumps({name: other(one) for name, one in value.items()} if isinstance(value, dict) else other(value))


@_spoil("Content-Length is 1000 too large, then the connection ends")
def long_length(answer):
    answer.lengths, answer.keep = [1000], False


@_spoil("Content-Length is half of the body; the rest follows as if it were the next answer")
def short_length(answer):
    answer.lengths = [-(len(answer.body) - len(answer.body) // 2)]


@_json_spoil("one more member, nested 10000 deep")
def deep_json(value):
    return _with(value, '"deep": ' + "[" * DEEP + "]" * DEEP)


@_json_spoil("every string goes on behind a \\u0000")
def nul_in_json(value):
    return _texts(value, lambda text: text + "\x00x")


@_json_spoil("every string holds a NUL byte as it is")
def nul_byte(value):
    return _texts(value, lambda text: text + MARK).encode().replace(MARK.encode(), b"\x00")


@_json_spoil("every string holds bytes that are no UTF-8")
def invalid_utf8(value):
    return _texts(value, lambda text: text + MARK).encode().replace(MARK.encode(), b"\xc3\x28\xff")


@_spoil("a byte order mark before the body")
def bom(answer):
    answer.body = b"\xef\xbb\xbf" + answer.body


@_spoil("status and header fields as they should be, but no body")
def empty(answer):
    answer.body = b""


@_spoil("the right body, called text/plain")
def wrong_content_type(answer):
    answer.set("Content-Type", "text/plain")


@_spoil("a header field of 80 KiB")
def huge_header(answer):
    answer.set("X-Filler", "x" * HUGE_HEADER)


@_spoil("two Content-Length fields: the right one, and one ten larger")
def duplicate_length(answer):
    answer.lengths = [0, 10]


@_json_spoil("every value is null")
def null_members(value):
    return json.dumps({name: None for name in value} if isinstance(value, dict) else None)


@_json_spoil("every string is empty")
def empty_strings(value):
    return _texts(value, lambda _text: "")


@_json_spoil("every string goes on for 64 Ki characters")
def long_strings(value):
    return _texts(value, lambda text: text + "x" * LONG)


@_json_spoil("every string ends in escape sequences, a line break and a bidi mark")
def escape_sequences(value):
    return _texts(value, lambda text: text + ESCAPES)


@_json_spoil("every number is beyond 64 bits")
def huge_numbers(value):
    return _numbers(value, "1e30")


@_json_spoil("every number is negative")
def negative_numbers(value):
    return _numbers(value, "-1")


@_json_spoil("every address names a host elsewhere")
def foreign_urls(value):
    return _texts(value, lambda text: re.sub(r"^https://[^/?#]+", f"https://{ELSEWHERE}", text))


@_json_spoil("every address is http, not https")
def http_urls(value):
    return _texts(value, lambda text: re.sub(r"^https:", "http:", text))


@_json_spoil("an array around the object")
def outer_array(value):
    return json.dumps([value])


@_json_spoil("a second document behind the first")
def two_documents(value):
    return json.dumps(value) + "\n" + json.dumps(value)


@_spoil("a nextLink that leads to this page again, for ever")
def endless_pages(answer):
    def linked(value):
        return json.dumps({**value, "@odata.nextLink": answer.url} if isinstance(value, dict) else value)
    _on_json(answer, linked)


@_spoil("no Date field")
def no_date(answer):
    answer.drop("Date")


@_spoil("a Date field that is no date")
def odd_date(answer):
    answer.set("Date", "tomorrow")


@_spoil("the body is compressed, though nobody asked for that")
def gzip(answer):
    answer.body = zip_format.compress(answer.body)
    answer.set("Content-Encoding", "gzip")


@_spoil("chunked, with a trailer", harmless=True)
def chunked(answer):
    _in_chunks(answer, CHUNK, b"0\r\nX-Trailer: 1\r\nDate: yesterday\r\n\r\n")


@_spoil("chunked, and the second size is no number")
def bad_chunks(answer):
    _in_chunks(answer, len(answer.body) // 2 + 1, b"yes\r\n")
    answer.keep = False


@_spoil("HTTP/1.0 without a length: the end of the connection ends the body", harmless=True)
def http10(answer):
    answer.version, answer.lengths, answer.keep = "HTTP/1.0", [], False


@_spoil("100 and 103 before the answer, with header fields of their own", harmless=True)
def informational(answer):
    answer.before = (b"HTTP/1.1 100 Continue\r\nRetry-After: 3000\r\n\r\n"
                     b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\nLink: </x>; rel=preload\r\n\r\n")


@_spoil("bytes that are no HTTP at all")
def garbage(answer):
    answer.raw, answer.keep = b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(range(256)), False


def apply(answer, names):
    """Spoil ANSWER in each of the named ways, one after the other."""
    for name in names:
        TABLE[name][0](answer)
