# SPDX-License-Identifier: Apache-2.0
"""Each way to spoil an answer spoils it as named, and nothing else of it."""
import gzip
import json

import pytest

from raw_client import Raw
from weather_client import ask, covers, hits, honest, keys_path, kinds, strike


def _json(one):
    return json.loads(one.body)


def _right_length(one):
    assert one.all("Content-Length") == [str(len(one.body))]


def _check_html(one, _whole):
    assert one.status == 200 and one.body.startswith(b"<!DOCTYPE html>")
    assert one.all("Content-Type") == ["text/html; charset=utf-8"]


def _check_truncated_json(one, whole):
    _right_length(one)
    assert whole.body.startswith(one.body) and 0 < len(one.body) < len(whole.body)
    with pytest.raises(ValueError):
        _json(one)


def _check_oversized_json(one, whole):
    _right_length(one)
    assert len(one.body) > 4 << 20 and _json(one)["keys"] == _json(whole)["keys"]


def _unchunked(one):
    """(content, what follows the last chunk) of a chunked body."""
    assert one.all("Content-Length") == [] and one.all("Transfer-Encoding") == ["chunked"]
    out, rest = b"", one.body
    while True:
        size, _, rest = rest.partition(b"\r\n")
        size = int(size, 16)
        if size == 0:
            return out, rest
        assert rest[size:size + 2] == b"\r\n"
        out, rest = out + rest[:size], rest[size + 2:]


def _check_oversized_chunked(one, whole):
    content, rest = _unchunked(one)
    assert len(content) > 4 << 20 and json.loads(content)["keys"] == _json(whole)["keys"] and rest == b"\r\n"


def _check_chunked(one, whole):
    content, rest = _unchunked(one)
    assert content == whole.body and rest.startswith(b"X-Trailer: ") and rest.endswith(b"\r\n\r\n")


def _check_bad_chunks(one, _whole):
    with pytest.raises(ValueError):
        _unchunked(one)


def _check_http10(one, whole):
    assert one.data.startswith(b"HTTP/1.0 200 OK\r\n") and one.all("Content-Length") == [] and one.body == whole.body


def _check_informational(one, whole):
    first, second, rest = one.data.split(b"\r\n\r\n", 2)
    assert first.startswith(b"HTTP/1.1 100 ") and second.startswith(b"HTTP/1.1 103 ")
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n") and rest.endswith(whole.body)


def _check_gzip(one, whole):
    assert gzip.decompress(one.body) == whole.body and one.all("Content-Encoding") == ["gzip"]
    _right_length(one)


def _check_no_date(one, whole):
    assert one.all("Date") == [] and one.body == whole.body


def _check_odd_date(one, whole):
    assert one.all("Date") == ["tomorrow"] and one.body == whole.body


def _check_null_members(one, whole):
    assert _json(one) == dict.fromkeys(_json(whole))


def _check_empty_strings(one, whole):
    assert _json(one)["keys"][0] == {**dict.fromkeys(_json(whole)["keys"][0], ""), "x5c": [""]}


def _check_long_strings(one, whole):
    assert _json(one)["keys"][0]["kid"] == _json(whole)["keys"][0]["kid"] + "x" * (64 << 10)


def _check_escape_sequences(one, whole):
    text = _json(one)["keys"][0]["kid"].removeprefix(_json(whole)["keys"][0]["kid"])
    assert "\x1b[" in text and "\n" in text and "\u202e" in text


def _issuers(one):
    return [key["issuer"] for key in _json(one)["keys"]]


def _check_foreign_urls(one, whole):
    assert all(text.startswith("https://elsewhere.rehearsal.invalid/") for text in _issuers(one))
    assert [text.split("/", 3)[3] for text in _issuers(one)] == [text.split("/", 3)[3] for text in _issuers(whole)]


def _check_http_urls(one, whole):
    assert _issuers(one) == [text.replace("https:", "http:") for text in _issuers(whole)]


def _check_outer_array(one, whole):
    assert _json(one) == [_json(whole)]


def _check_two_documents(one, whole):
    assert one.body == whole.body + b"\n" + whole.body


def _check_duplicate_keys(one, whole):
    pairs = json.loads(one.body, object_pairs_hook=list)
    assert [name for name, _ in pairs] == ["keys", "keys"] and pairs[0][1] is None
    assert _json(one) == _json(whole)
    assert {name: [known for known, _ in pairs[1][1][0]].count(name) for name in _json(whole)["keys"][0]}["kid"] == 2


def _check_wrong_types(one, whole):
    assert {name: type(value) for name, value in _json(whole).items()} == {"keys": list}
    assert {name: type(value) for name, value in _json(one).items()} == {"keys": dict}


def _check_long_length(one, whole):
    assert one.body == whole.body and one.all("Content-Length") == [str(len(whole.body) + 1000)] and one.end == "closed"


def _check_short_length(one, whole):
    assert one.body == whole.body and one.all("Content-Length") == [str(len(whole.body) // 2)]


def _check_deep_json(one, whole):
    _right_length(one)
    assert b"[" * 10000 + b"]" * 10000 in one.body and one.body.endswith(whole.body[1:])


def _check_nul_in_json(one, whole):
    assert _json(one)["keys"][0]["kid"] == _json(whole)["keys"][0]["kid"] + "\x00x" and b"\x00" not in one.body


def _check_nul_byte(one, whole):
    assert _json(whole)["keys"][0]["kid"].encode() + b"\x00" in one.body
    _right_length(one)


def _check_bom(one, whole):
    assert one.body == b"\xef\xbb\xbf" + whole.body
    _right_length(one)


def _check_empty(one, whole):
    assert one.status == 200 and one.body == b"" and one.all("Content-Length") == ["0"]
    assert one.all("Content-Type") == whole.all("Content-Type")


def _check_wrong_content_type(one, whole):
    assert one.all("Content-Type") == ["text/plain"] and one.body == whole.body


def _check_invalid_utf8(one, _whole):
    _right_length(one)
    with pytest.raises(UnicodeDecodeError):
        one.body.decode()


def _check_huge_header(one, whole):
    assert max(map(len, one.head.split(b"\r\n"))) > 64 << 10 and one.body == whole.body


def _check_duplicate_length(one, whole):
    assert one.all("Content-Length") == [str(len(whole.body)), str(len(whole.body) + 10)] and one.body == whole.body


def _check_garbage(one, _whole):
    assert one.data.startswith(b"SSH-2.0-") and b"HTTP" not in one.data


SPOILED = {name.removeprefix("_check_"): check for name, check in list(globals().items()) if name.startswith("_check_")}


@pytest.mark.parametrize("name", [pytest.param(name, marks=covers(f"spoil_{name}")) for name in sorted(SPOILED)])
def test_spoiled_answer(tenant, name):
    whole = honest(tenant)
    strike(tenant, f"spoil_{name}", times=1)
    with Raw(tenant, tenant.login, keys_path(tenant), headers=["Connection: close"]) as one:
        one.read()
        assert one.end == "closed"
        SPOILED[name](one, whole)
    assert honest(tenant).body == whole.body


@covers("spoil_huge_numbers", "spoil_negative_numbers")
def test_spoiled_numbers(tenant):
    strike(tenant, "spoil_huge_numbers", path="*/devicecode", times=1)
    strike(tenant, "spoil_negative_numbers", path="*/devicecode", skip=1)
    for number in (1e30, -1):
        found = tenant.device().json()
        assert found["interval"] == found["expires_in"] == number and len(found["user_code"]) == 9


@covers("spoil_endless_pages")
def test_endless_pages(tenant):
    bearer = tenant.bearer()
    strike(tenant, "spoil_endless_pages", path="/v1.0/users", host="graph")
    url = f"{tenant.graph}/v1.0/users?$top=2&$select=id"
    page = tenant.get(url, bearer).json()
    assert page["@odata.nextLink"] == url and len(page["value"]) == 2
    assert tenant.get(page["@odata.nextLink"], bearer).json() == page


def test_truncated_where_only_the_end_of_the_connection_ends_the_body(tenant):
    whole = honest(tenant)
    strike(tenant, "spoil_http10")
    strike(tenant, "cut_body")
    with ask(tenant) as one:
        assert one.read().end == "cut" and one.body == whole.body[:len(whole.body) // 2]
        assert one.all("Content-Length") == []


@pytest.mark.parametrize("name", ["chunked", "http10"])  # Python's http.client takes a 103 for the answer
def test_a_client_gets_through_what_is_harmless(tenant, name):
    url = tenant.login + keys_path(tenant)
    real = tenant.http.get(url, timeout=20).json()
    known = kinds(tenant)
    assert known[f"spoil_{name}"]["harmless"] is known["spoil_informational"]["harmless"] is True
    assert known["spoil_html"]["harmless"] is False
    strike(tenant, f"spoil_{name}")
    assert [tenant.http.get(url, timeout=20).json() for _ in range(2)] == [real] * 2


def test_spoiled_answer_keeps_the_connection(tenant):
    strike(tenant, "spoil_bom")
    with ask(tenant) as one:
        one.read(enough=lambda data: data.endswith(b"]}"))
        first, one.data = one.data, b""
        one.socket.sendall(f"GET {keys_path(tenant)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        one.read(enough=lambda data: data.endswith(b"]}"))
        assert one.body == first.partition(b"\r\n\r\n")[2]


def test_spoil_leaves_answers_that_are_no_json(tenant):
    page = tenant.http.get(f"{tenant.login}/device", timeout=20).content
    strike(tenant, "spoil_duplicate_keys", path="/device")
    assert tenant.http.get(f"{tenant.login}/device", timeout=20).content == page and hits(tenant) == [1]
