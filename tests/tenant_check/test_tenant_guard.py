# SPDX-License-Identifier: Apache-2.0
"""Control is for programs of this machine and for its own page: what a browser sends for others is refused."""
import pytest


@pytest.mark.parametrize("headers,word", [
    ({"Origin": "https://evil.example", "Content-Type": "application/json"}, "other sites"),
    ({"Origin": "null", "Content-Type": "application/json"}, "other sites"),
    ({"Origin": "https://localhost:1", "Content-Type": "application/json"}, "other sites"),
    ({"Origin": "OURS", "Content-Type": "text/plain"}, "application/json"),
    ({"Sec-Fetch-Site": "cross-site"}, "other sites"),
    ({"Sec-Fetch-Site": "same-site"}, "other sites"),
    ({"Host": "evil.example"}, "localhost"),
    ({"Host": "localhost.evil.example:443"}, "localhost"),
    ({"Host": "localhost@evil.example"}, "localhost"),
])
def test_pages_of_others_change_nothing(tenant, headers, word):
    root = tenant.ready["control"]
    ours = root.removesuffix("/_control")
    sent = {name: ours if value == "OURS" else value for name, value in headers.items()}
    answer = tenant.http.request("PATCH", root + "/guests/ada@fabrikam.example", data='{"accountEnabled": false}',
                                 headers=sent, timeout=10)
    assert answer.status_code == 403
    assert word in answer.json()["error"]
    assert tenant.control("GET", "/guests/ada@fabrikam.example")["accountEnabled"] is True
    if "Content-Type" not in sent:
        assert tenant.http.get(root + "/guests", headers=sent, timeout=10).status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("headers", [
    {}, {"Content-Type": "text/plain"},
    {"Origin": "OURS", "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}])
def test_programs_and_our_own_page_may(tenant, headers):
    root = tenant.ready["control"]
    sent = {name: root.removesuffix("/_control") if value == "OURS" else value for name, value in headers.items()}
    answer = tenant.http.request("PATCH", root + "/guests/ada@fabrikam.example", data='{"accountEnabled": false}',
                                 headers=sent, timeout=10)
    assert answer.status_code == 200, answer.text
    assert tenant.control("GET", "/guests/ada@fabrikam.example")["accountEnabled"] is False
