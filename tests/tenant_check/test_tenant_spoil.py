# SPDX-License-Identifier: Apache-2.0
"""Each way to spoil an answer spoils it as named, and nothing else of it."""
import json

import pytest

from raw_client import Raw
from weather_client import ask, covers, hits, honest, keys_path, strike


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


def _check_oversized_chunked(one, _whole):
    assert one.all("Content-Length") == [] and one.all("Transfer-Encoding") == ["chunked"]
    rest, total = one.body, 0
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        total += int(size, 16)
        assert rest[int(size, 16):][:2] == b"\r\n"
        rest = rest[int(size, 16) + 2:]
    assert total > 4 << 20


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
