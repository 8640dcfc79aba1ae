# SPDX-License-Identifier: Apache-2.0
"""Weather rules: each kind strikes as named, alone, together, in a batch; and no kind of the catalogue is untested."""
import json
import sys
import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from behaviours_weather import BEHAVIOURS, ident
from raw_client import SHORT, Raw, until
from tenant_client import check_error, unsigned
from weather_client import ask, covers, held, hits, honest, keys_path, kinds, strike

# Ways an answer is sent

@covers("delay")
def test_delay_holds_the_request_and_delays_add_up(tenant):
    for _ in range(2):
        tenant.control("POST", "/weather", {"path": "*/keys", "delay": 0.3})
    begin = time.monotonic()
    assert tenant.http.get(tenant.login + keys_path(tenant), timeout=20).status_code == 200
    assert time.monotonic() - begin >= 0.6
    strike(tenant, "delay", delay=3600)
    with ask(tenant) as one:
        until(lambda: held(tenant) == 1, "the request is delayed")
        assert one.read(SHORT).data == b""
        assert tenant.control("POST", "/weather/release") == {"released": 1}
        assert one.read().end == "cut" and one.data == b""


@covers("close")
def test_close_ends_the_connection_and_loses_the_request(tenant):
    flow = tenant.approved()
    strike(tenant, "close", path="*/token", times=1)
    with pytest.raises(requests.ConnectionError):
        tenant.poll(flow["device_code"])
    assert tenant.control("GET", "/log?path=/token")[-1]["status"] is None
    assert tenant.poll(flow["device_code"]).status_code == 200


@pytest.mark.parametrize("place", [pytest.param(one, marks=covers(f"stall_{one}")) for one in ("headers", "body")])
def test_stall_holds_the_connection_until_released(tenant, place):
    whole = honest(tenant)
    strike(tenant, f"stall_{place}")
    with ask(tenant) as one:
        until(lambda: held(tenant) == 1, "the answer is held")
        one.read(SHORT)
        assert one.end == "open"
        if place == "headers":
            assert one.data == b""
        else:
            assert one.status == 200 and one.body == whole.body[:len(whole.body) // 2]
        assert tenant.control("POST", "/weather/release") == {"released": 1}
        assert one.read().end == "cut"


def test_stall_lets_go_when_the_client_leaves(tenant):
    strike(tenant, "stall_body")
    with ask(tenant):
        until(lambda: held(tenant) == 1, "the answer is held")
    until(lambda: held(tenant) == 0, "the connection is given up")


@covers("cut_headers", "cut_body")
def test_cut_aborts_in_the_middle(tenant):
    whole = honest(tenant)
    strike(tenant, "cut_headers", times=1)
    strike(tenant, "cut_body")
    with ask(tenant) as one:
        assert one.read().end == "cut"
        assert one.data.startswith(b"HTTP/1.1 200 OK\r\n") and b"\r\n\r\n" not in one.data
    with ask(tenant) as one:
        assert one.read().end == "cut"
        assert one.body == whole.body[:len(whole.body) // 2] and one.all("Content-Length") == [str(len(whole.body))]


def test_what_a_cut_took_away_was_done(tenant):
    flow = tenant.approved()
    strike(tenant, "cut_body", path="*/token", times=1)
    try:
        answer = tenant.poll(flow["device_code"])
        assert len(answer.content) < int(answer.headers["Content-Length"])
    except requests.exceptions.ChunkedEncodingError as e:  # later versions of requests see it themselves
        assert "IncompleteRead" in str(e)
    assert tenant.control("GET", f"/signins/{flow['user_code']}")["state"] == "redeemed"


@covers("drip")
def test_drip_sends_slowly_and_completely(tenant):
    whole = honest(tenant)
    strike(tenant, "drip", times=1)
    with ask(tenant) as one:
        one.read(enough=lambda data: data.startswith(b"HTTP/1.1"))
        assert held(tenant) == 1 and len(one.data) < len(whole.data) // 2
        tenant.control("POST", "/weather/release")
        assert one.read().end == "cut"
    strike(tenant, "drip", drip=20000)
    with ask(tenant) as one:
        one.read(enough=lambda data: data.endswith(b"]}"))
        assert one.body == whole.body


# Other answers

STATUS = {"throttled": 429, "throttled_seconds": 429, "throttled_date": 429, "status_500": 500, "status_502": 502,
          "status_503": 503, "status_504": 504}


@pytest.mark.parametrize("kind, status", [pytest.param(*one, marks=covers(one[0])) for one in STATUS.items()])
def test_status_replaces_the_answer(tenant, kind, status):
    tenant.control("PUT", "/clock", {"offset": -5000})
    strike(tenant, kind)
    answer = tenant.http.get(tenant.login + keys_path(tenant), timeout=20)
    wait = answer.headers.get("Retry-After")
    assert answer.status_code == status and b"keys" not in answer.content
    if kind == "throttled_date":
        assert parsedate_to_datetime(wait) > parsedate_to_datetime(answer.headers["Date"])
        assert abs(parsedate_to_datetime(wait).timestamp() - time.time() + 5000) < 60
    else:
        assert wait == {"throttled_seconds": "5", "status_503": "5"}.get(kind)


@covers("login_error")
def test_login_error_has_the_documented_body(tenant):
    strike(tenant, "login_error")
    check_error(tenant.http.get(tenant.login + keys_path(tenant), timeout=20), 90033, "temporarily_unavailable", 503)
    tenant.control("DELETE", "/weather")
    strike(tenant, "login_error", aadsts=90055, status=429, retry_after="+30")
    slowed = tenant.http.get(tenant.login + keys_path(tenant), timeout=20)
    check_error(slowed, 90055, "temporarily_unavailable", 429)
    assert parsedate_to_datetime(slowed.headers["Retry-After"]) > parsedate_to_datetime(slowed.headers["Date"])


@covers("redirect_self", "redirect_other")
def test_redirects(tenant):
    url = tenant.login + keys_path(tenant) + "?appid=x"
    strike(tenant, "redirect_self", times=1)
    strike(tenant, "redirect_other", times=2)
    strike(tenant, "redirect_other", redirect="https://elsewhere.invalid/x")
    found = [tenant.http.get(url, timeout=20, allow_redirects=False) for _ in range(3)]
    assert [(one.status_code, one.headers["Location"]) for one in found] == [
        (302, url), (307, url.replace(tenant.login, tenant.graph)), (307, "https://elsewhere.invalid/x")]


@covers("rotate_keep", "rotate_drop", "keys_rotated")
def test_keys_rotate_behind_an_answer(tenant):
    def kids():
        return [key["kid"] for key in tenant.http.get(tenant.login + keys_path(tenant), timeout=20).json()["keys"]]
    strike(tenant, "rotate_drop", path="*/devicecode", times=1)
    before = kids()
    flow = tenant.device().json()
    after = kids()
    assert before[0] not in after
    strike(tenant, "rotate_keep", path="*/token")
    tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": "ada@fabrikam.example"})
    tenant.verified(tenant.poll(flow["device_code"]).json()["access_token"], tenant.ready["api_id"])
    assert after[0] in kids() and kids()[0] != after[0]
    one = kinds(tenant)["keys_rotated"]
    kept = kids()[0]
    assert tenant.control(one["method"], one["path"], one["body"])["kid"] == kids()[0]
    assert kept not in kids()


# Which requests, how often, what together

def test_rules_choose_by_host_path_and_method(tenant):
    for rule in ({"host": "graph"}, {"path": "*/keys"}, {"method": "POST"}):
        tenant.control("POST", "/weather", {**rule, "status": 503})
    assert tenant.get("/users", {}).status_code == 503 and hits(tenant) == [1, 0, 0]
    assert honest(tenant).status == 503 and hits(tenant) == [1, 1, 0]
    assert tenant.device().status_code == 503 and hits(tenant) == [1, 1, 1]
    assert tenant.http.get(f"{tenant.login}/device", timeout=20).status_code == 200


def test_skip_and_times_count_requests(tenant):
    strike(tenant, "status_500", skip=1, times=2)
    found = [tenant.http.get(tenant.login + keys_path(tenant), timeout=20).status_code for _ in range(5)]
    assert found == [200, 500, 500, 200, 200]


def test_one_rule_can_be_dropped(tenant):
    first, second = strike(tenant, "status_500"), strike(tenant, "status_503")
    assert [one["id"] for one in tenant.control("DELETE", f"/weather/{first['id']}")] == [second["id"]]
    assert tenant.http.get(tenant.login + keys_path(tenant), timeout=20).status_code == 503


def test_rules_combine_and_the_first_replaces(tenant):
    for rule in ({"delay": 0.2}, {"status": 503, "body": {"a": "b"}, "retry_after": 3}, {"status": 500}, {"drip": 5000},
                 {"spoil": "bom"}, {"spoil": "duplicate_keys"}, {"headers": {"X-Storm": "1", "Date": "yesterday"}}):
        tenant.control("POST", "/weather", {"path": "*/keys", **rule})
    begin = time.monotonic()
    with Raw(tenant, tenant.login, keys_path(tenant), headers=["Connection: close"]) as one:
        one.read()
    assert time.monotonic() - begin >= 0.2 and hits(tenant) == [1] * 7
    assert one.status == 503 and one.all("Retry-After") == ["3"] and one.all("X-Storm") == ["1"]
    assert one.all("Date") == ["yesterday"]
    assert one.body == b'\xef\xbb\xbf{"a": "b"}'  # behind the mark it is no JSON any more


def test_spoils_follow_each_other_in_order(tenant):
    for name in ("duplicate_keys", "bom", "long_length"):
        strike(tenant, f"spoil_{name}")
    with ask(tenant) as one:
        one.read()
    assert one.body.startswith(b'\xef\xbb\xbf{"keys": null, "keys": [') and one.end == "closed"
    assert one.all("Content-Length") == [str(len(one.body) + 1000)]


def test_headers_alone_change_the_real_answer(tenant):
    tenant.control("POST", "/weather", {"path": "*/keys", "headers": {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}})
    tenant.control("POST", "/weather", {"path": "*/keys", "content_type": "text/plain", "retry_after": "soon"})
    answer = tenant.http.get(tenant.login + keys_path(tenant), timeout=20)
    assert answer.json()["keys"] and answer.headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert answer.headers["Content-Type"] == "text/plain" and answer.headers["Retry-After"] == "soon"


def test_stall_comes_before_cut_at_one_place(tenant):
    strike(tenant, "cut_body")
    strike(tenant, "stall_body")
    with ask(tenant) as one:
        until(lambda: held(tenant) == 1, "the answer is held")
        assert one.read(SHORT).end == "open" and one.status == 200


def test_weather_in_a_batch(tenant):
    bearer = tenant.bearer()
    batch = {"requests": [{"id": "1", "method": "GET", "url": "/users/x"},
                          {"id": "2", "method": "GET", "url": "/users"}]}
    rule = {"host": "graph", "path": "/v1.0/users/*"}
    tenant.control("POST", "/weather", {**rule, "redirect": "self", "times": 1})
    found = {one["id"]: one for one in tenant.send("/$batch", batch, bearer).json()["responses"]}
    assert found["1"]["status"] == 302 and found["1"]["headers"]["Location"] == f"{tenant.graph}/v1.0/users/x"
    assert found["2"]["status"] == 200
    tenant.control("POST", "/weather", {**rule, "spoil": "truncated_json"})
    with pytest.raises(ValueError):
        tenant.send("/$batch", batch, bearer).json()
    tenant.control("DELETE", "/weather")
    tenant.control("POST", "/weather", {**rule, "delay": 3600})
    body = json.dumps(batch).encode()
    with Raw(tenant, tenant.graph, "/v1.0/$batch", method="POST", body=body, headers=[
            f"Authorization: {bearer['Authorization']}", "Content-Type: application/json"]) as one:
        until(lambda: held(tenant) == 1, "a delay of a member holds the whole batch")
        tenant.control("POST", "/weather/release")
        assert one.read().end == "cut" and one.data == b""
    tenant.control("DELETE", "/weather")
    tenant.control("POST", "/weather", {**rule, "close": True})
    with pytest.raises(requests.ConnectionError):
        tenant.send("/$batch", batch, bearer)


@pytest.mark.parametrize("kind", [pytest.param(one, marks=covers(one)) for one in ("clock_ahead", "clock_behind")])
def test_clock_of_the_catalogue(tenant, kind):
    one = kinds(tenant)[kind]
    tenant.control(one["method"], one["path"], one["body"])
    date = parsedate_to_datetime(tenant.http.get(tenant.login + keys_path(tenant), timeout=20).headers["Date"])
    assert abs(date.timestamp() - time.time() - one["body"]["offset"]) < 60 and abs(one["body"]["offset"]) == 3600
    assert abs(unsigned(tenant.tokens()["access_token"])["iat"] + 300 - date.timestamp()) < 60


def test_reset_clears_all_rules_and_lets_go(tenant):
    strike(tenant, "stall_headers")
    with ask(tenant) as one:
        until(lambda: held(tenant) == 1, "the answer is held")
        tenant.control("POST", "/reset")
        assert one.read().end == "cut"
    assert tenant.control("GET", "/weather") == [] and honest(tenant).status == 200
    until(lambda: held(tenant) == 0, "nothing is held")


@pytest.mark.parametrize("rule", [
    {"stall": "tail"}, {"cut": True}, {"drip": 0}, {"drip": "1"}, {"spoil": "milk"}, {"delay": -1}, {"delay": True},
    {"times": 0}, {"skip": -1}, {"rotate": "yes"}, {"host": "control"}, {"status": 99}, {"close": 1}, {"headers": []},
    {"spoil": []}, {}, {"host": "graph", "times": 1}], ids=lambda rule: next(iter(rule), "nothing"))
def test_rules_that_make_no_sense_are_refused(tenant, rule):
    tenant.control("POST", "/weather", rule, status=400)
    assert tenant.control("GET", "/weather") == []


@pytest.mark.parametrize("method, path, wrong, allowed", [
    ("POST", "/weather", {"host": "control"}, "one of login, graph, machine"),
    ("POST", "/weather", {"spoil": "milk"}, "duplicate_keys"),
    ("POST", "/weather", {"times": 0}, "a whole number from 1 to"),
    ("POST", "/weather", {"statu": 500}, "it has host, path, method"),
    ("POST", "/weather", {"host": "graph"}, "no effect; one of these must be there: delay"),
    ("PUT", "/sky/graph", {"port": "ajar"}, "open, closed, silent, reset"),
    ("PUT", "/sky/graph", {"port": []}, "open, closed, silent, reset"),
    ("PUT", "/sky/graph", {"tls": "bad"}, "self_signed"),
    ("PATCH", "/switches", {"refusal_at_poller": "never"}, "error"),
    ("PATCH", "/switches", {"redeem_in_device_flow": 3}, "true or false"),
    ("PATCH", "/switches", {"policy_block": "x"}, "a whole number or null")])
def test_refusals_name_what_is_allowed(tenant, method, path, wrong, allowed):
    assert allowed in tenant.control(method, path, wrong, status=400)["error"]


def test_a_rule_that_is_not_there_cannot_be_dropped(tenant):
    kept = strike(tenant, "status_500")
    for wrong in ("9999", "none"):
        assert wrong in tenant.control("DELETE", f"/weather/{wrong}", status=404)["error"]
    assert [one["id"] for one in tenant.control("GET", "/weather")] == [kept["id"]]


def marked(test):
    """Behaviours that a test is marked with, as a whole or in one of its positions."""
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "covers":
            yield from mark.args
        elif mark.name == "parametrize":
            yield from (one for value in mark.args[1] for inner in getattr(value, "marks", ()) for one in inner.args)


def test_every_kind_of_the_catalogue_has_a_test(tenant):
    import test_tenant_sky
    import test_tenant_spoil
    import test_tenant_tokens
    found = tenant.control("GET", "/weather/catalogue")
    assert {ident(one["kind"], one["group"]): one["about"] for one in found} == BEHAVIOURS
    assert len(found) == len(BEHAVIOURS) and all(BEHAVIOURS.values())
    modules = (sys.modules[__name__], test_tenant_sky, test_tenant_spoil, test_tenant_tokens)
    tests = [one for module in modules for one in vars(module).values()]
    assert {behaviour for one in tests for behaviour in marked(one)} >= BEHAVIOURS.keys()
