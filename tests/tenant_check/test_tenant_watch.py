# SPDX-License-Identifier: Apache-2.0
"""What the admin page asks of control: lists in parts, the live log, and the files of the page itself."""
import json
import threading
import time

import pytest
import requests


def mails(answer):
    return [one["mail"] for one in answer]


def listed(tenant, path, **query):
    """(items, whole length) of a list in parts."""
    answer = tenant.http.get(tenant.ready["control"] + path, params=query, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json(), int(answer.headers["X-Total-Count"])


# Lists

def test_guests_come_in_parts_that_join(tenant):
    whole, total = listed(tenant, "/guests")
    assert total == len(whole) == 12
    parts = [listed(tenant, "/guests", top=5, skip=skip)[0] for skip in (0, 5, 10)]
    assert [len(part) for part in parts] == [5, 5, 2]
    assert sum(parts, []) == whole
    assert listed(tenant, "/guests", top=0) == ([], 12)
    assert listed(tenant, "/guests", top=5, skip=100) == ([], 12)


@pytest.mark.parametrize("query,wanted", [
    ({"q": "LOVELACE"}, ["ada@fabrikam.example"]),
    ({"q": "_fabrikam.example#ext#@contoso", "state": "pending"}, ["pat@fabrikam.example"]),
    ({"q": "a0000000-0009"}, ["bob@northwind.example"]),
    ({"q": "nobody has this"}, []),
    ({"state": "pending"}, ["pat@fabrikam.example"]),
    ({"state": "disabled"}, ["dora@fabrikam.example"]),
    ({"state": "ungrouped"}, ["olga@northwind.example"]),
    ({"state": "member"}, ["fiona@fabrikam.example", "mia@contoso.example"]),
    ({"home": "mail"}, ["dana@mailonly.example"]),
    ({"home": "northwind.example", "state": "first"}, ["linus@northwind.example"]),
    ({"group": "67000000-0002-4e00-8e00-000000000002", "home": "fabrikam.example"}, ["ada@fabrikam.example"]),
])
def test_guests_are_found(tenant, query, wanted):
    found, total = listed(tenant, "/guests", **query)
    assert mails(found) == wanted
    assert total == len(wanted)


@pytest.mark.parametrize("query,word", [({"state": "asleep"}, "pending"), ({"top": "x"}, "not a number"),
                                        ({"skip": -1}, "negative")])
def test_wrong_questions_for_guests(tenant, query, word):
    answer = tenant.http.get(tenant.ready["control"] + "/guests", params=query, timeout=10)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_members_of_a_group(tenant):
    group = tenant.ready["group_ids"]["SSH prod partners"]
    whole, total = listed(tenant, f"/groups/{group}/members")
    assert total == len(whole) == 10
    assert [one["displayName"] for one in whole if one["group"]] == ["SSH prod partners: Northwind"]
    assert mails(listed(tenant, f"/groups/{group}/members", q="grace")[0]) == ["grace@fabrikam.example"]
    brief = {one["id"]: one["members"] for one in tenant.control("GET", "/groups?brief=1")}
    assert brief[group] == 10
    tenant.control("GET", "/groups/nothing/members", status=404)


def test_organisations_and_their_accounts(tenant):
    homes = {one["name"]: one for one in tenant.control("GET", "/organisations")}
    assert homes["Fabrikam"]["accounts"] == 7 and "users" not in homes["Fabrikam"]
    tenant.control("PATCH", "/homes/ada@fabrikam.example", {"enabled": False})
    found, total = listed(tenant, "/organisations/fabrikam.example/accounts", q="ada")
    assert total == 1 and found[0]["enabled"] is False
    assert "password" not in found[0]
    assert tenant.control("GET", "/homes/ada@fabrikam.example")["password"] == "analytical-engine-1843"
    tenant.control("GET", "/homes/nobody@nowhere.example", status=404)


def test_overview_names_what_differs(tenant):
    quiet = tenant.control("GET", "/overview")
    assert quiet["problems"] == [] and quiet["switches"] == {}
    assert quiet["users"] == {"all": 12, "accepted": 9, "pending": 1, "disabled": 1, "members": 2}
    tenant.control("PATCH", "/switches", {"policy_block": 53003})
    tenant.control("POST", "/weather", {"delay": 0.01})
    tenant.control("POST", "/mutations", {"name": "wrong_azp"})
    tenant.control("PUT", "/clock", {"offset": 300})
    tenant.control("PATCH", "/organisations/northwind.example", {"inbound_blocked": True})
    tenant.control("PATCH", "/registrations/reader", {"roles": ["User.Read.All"]})
    now = tenant.control("GET", "/overview")
    assert sorted({view for view, _ in now["problems"]}) == ["clock", "homes", "mutations", "registrations", "switches",
                                                            "weather"]
    assert now["switches"] == {"policy_block": 53003}
    assert any("GroupMember.Read.All" in text for _, text in now["problems"])


def test_keys_mailbox_and_errors(tenant):
    before = tenant.control("GET", "/keys")
    assert [one["signs"] for one in before].count(True) == 1
    made = tenant.control("POST", "/keys/rotate")["kid"]
    after = tenant.control("GET", "/keys")
    assert [one["kid"] for one in after if one["signs"]] == [made]
    assert {one["kid"] for one in before} < {one["kid"] for one in after}
    assert tenant.control("GET", "/mailbox") == []
    assert tenant.control("GET", "/errors")["53003"]["error"] == "invalid_grant"


# The live log

def follow(tenant):
    """The stream of the live log and an iterator over its messages: (event, JSON)."""
    answer = tenant.http.get(tenant.ready["control"] + "/log/live", stream=True, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/event-stream"

    def messages():
        event = "message"
        for line in answer.iter_lines(chunk_size=1):
            if line.startswith(b"event: "):
                event = line[7:].decode()
            elif line.startswith(b"data: "):
                yield event, json.loads(line[6:])
                event = "message"
    return answer, messages()


def test_the_live_log_tells_of_a_request_and_its_answer(tenant):
    tenant.device()
    stream, messages = follow(tenant)
    with stream:
        event, first = next(messages)
        assert event == "message" and first[-1]["path"].endswith("/devicecode")
        tenant.control("POST", "/weather", {"host": "graph", "path": "/v1.0/groups", "delay": 1.0})
        asked = threading.Thread(target=tenant.get, args=("/groups",))
        asked.start()
        seen = []
        for event, entries in messages:
            assert event == "message"
            seen += [(one["path"], one["status"]) for one in entries if one["path"] == "/v1.0/groups"]
            if seen and seen[-1][1] is not None:
                break
        asked.join()
        assert seen == [("/v1.0/groups", None), ("/v1.0/groups", 200)]
        tenant.control("POST", "/reset")
        assert next(messages)[0] == "reset"


def test_there_are_not_more_watchers_than_planned(tenant):
    def watch():
        session = requests.Session()
        session.trust_env, session.verify = False, tenant.ready["ca_file"]
        return session.get(tenant.ready["control"] + "/log/live", stream=True, timeout=10)

    streams = [watch()]
    while streams[-1].status_code == 200:
        assert len(streams) <= 16
        streams.append(watch())
    assert streams[-1].status_code == 503 and "watch" in streams[-1].json()["error"]
    for one in streams:
        one.close()
    deadline = time.monotonic() + 30
    while watch().status_code != 200:  # the places are free again once it is noticed that nobody reads
        assert time.monotonic() < deadline


# The page

def test_the_page_is_files_with_a_strict_policy(tenant):
    answer = tenant.http.get(tenant.ready["admin"], timeout=10)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("../admin.py", "%2e%2e/admin.py", "lib/../../admin.py", "views", "nothing.js", "//etc/passwd"):
        assert tenant.http.get(tenant.ready["admin"] + name, timeout=10).status_code == 404, name
    assert tenant.http.post(tenant.ready["admin"], timeout=10).status_code == 405
