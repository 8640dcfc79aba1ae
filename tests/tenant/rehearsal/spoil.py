# SPDX-License-Identifier: Apache-2.0
"""Ways to spoil a real answer on its way: its JSON, its header fields, its length.

Each is a function that changes a wire.Answer. What works on JSON leaves an answer alone that is none.
"""
import json

TABLE = {}  # name: (function, what it does)
OVERSIZE = 6 << 20     # bytes: above every cap of the product (4 MiB for a page of Graph)
DEEP = 10000           # levels
HUGE_HEADER = 80 << 10  # bytes: above the cap for all header fields together (64 KiB)
PORTAL = ("<!DOCTYPE html>\n<html><head><title>Guest network</title></head>\n"
          "<body><h1>Welcome</h1><p>Accept the terms to go on.</p></body></html>\n")
MARK = "\ue000"        # stands for a byte that no JSON encoder would write


def _spoil(about):
    def register(function):
        TABLE[function.__name__] = (function, about)
        return function
    return register


def _json_spoil(about):
    """Register a function (value) -> text or bytes of the spoiled JSON."""
    def register(function):
        def change(answer):
            try:
                value = json.loads(answer.body.decode())
            except ValueError:
                return
            out = function(value)
            answer.body = out.encode() if isinstance(out, str) else out
        TABLE[function.__name__] = (change, about)
        return function
    return register


def _texts(value, change):
    """VALUE with CHANGE done to every string value, member names excepted."""
    if isinstance(value, dict):
        return {name: _texts(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one, change) for one in value]
    return change(value) if isinstance(value, str) else value


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


@_spoil("valid JSON with a member of 6 MiB in front, in chunks, its length not announced")
def oversized_chunked(answer):
    TABLE["oversized_json"][0](answer)
    size = 64 << 10
    pieces = [answer.body[start:start + size] for start in range(0, len(answer.body), size)]
    answer.body = b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in pieces) + b"0\r\n\r\n"
    answer.lengths = []
    answer.set("Transfer-Encoding", "chunked")


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
    return json.dumps(_texts(value, lambda text: text + "\x00x"))


@_json_spoil("every string holds a NUL byte as it is")
def nul_byte(value):
    text = json.dumps(_texts(value, lambda one: one + MARK), ensure_ascii=False)
    return text.encode().replace(MARK.encode(), b"\x00")


@_json_spoil("every string holds bytes that are no UTF-8")
def invalid_utf8(value):
    text = json.dumps(_texts(value, lambda one: one + MARK), ensure_ascii=False)
    return text.encode().replace(MARK.encode(), b"\xc3\x28\xff")


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


@_spoil("bytes that are no HTTP at all")
def garbage(answer):
    answer.raw, answer.keep = b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(range(256)), False


def apply(answer, names):
    """Spoil ANSWER in each of the named ways, one after the other."""
    for name in names:
        TABLE[name][0](answer)
