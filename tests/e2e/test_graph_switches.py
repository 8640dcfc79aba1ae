# SPDX-License-Identifier: Apache-2.0
"""Where nobody knows how Graph behaves, the host works in every position: it reads the groups, and guests come in."""

import signal

import pytest

from support.guest import ADA, GRACE, log_in, prompted, refused
from support.waiting import until

# Positions that change what the host meets when it reads the groups.
READING = {"defaults": {}, "small": {"graph_page_size": 3},
           "hostile": {"graph_page_size": 3, "graph_repeated_rows": True, "graph_empty_pages": True},
           "kind": {"graph_page_size": 3, "page_needs_header": False, "index_lag": 0}}
MEMBERS = "/members"
# error.code of a deleted guest's 404, and what the person is told: without the code, no more than is known.
GONE, UNKNOWN = "no longer exists", "not available on this host right now"


def read_again(host, tenant):
    """The daemon reads the groups anew, to their last page; its status."""
    seen = max((one["seq"] for one in tenant.control("GET", "/log?host=graph")), default=0)
    host.daemon.send_signal(signal.SIGHUP)

    def asked():
        return [one for one in tenant.control("GET", f"/log?host=graph&after={seen}&path={MEMBERS}") if one["status"]]
    until(asked, 30, "the groups are read again")
    return until(lambda: (s := host.status()) and s["sync"]["canary"] == "yes" and s["sync"]["published"] and s, 30,
                 lambda: f"all is published: {host.status()}")


@pytest.mark.parametrize("name", READING)
def test_the_groups_are_read_in_every_position(host, tenant, name):
    until(lambda: host.status()["sync"]["published"], 30, lambda: f"all is published: {host.status()}")
    read_again(host, tenant)  # what was read last may hold a guest of an earlier test
    guests = host.status()["sync"]["guests"]
    with tenant.switched(**READING[name]):
        told = read_again(host, tenant)
        assert told["sync"]["guests"] == guests and told["health"] == "ok", told
        assert host.knows(ADA) and host.knows(GRACE)
        with log_in(host, tenant, ADA, "echo fine") as t:
            t.expect("\nfine\r")
            assert t.end() == 0


@pytest.mark.parametrize("code, sentence", [("plain", GONE), ("empty", UNKNOWN), ("nested", UNKNOWN)])
def test_a_deleted_guest_is_refused_whatever_the_code_is(host, tenant, code, sentence):
    oid = tenant.control("GET", f"/guests/{GRACE}")["id"]
    # Without lag: a read of the groups in between must not go on missing her once she is back.
    with prompted(host, GRACE, "true") as (t, user_code), tenant.switched(graph_error_code=code, index_lag=0):
        tenant.control("POST", f"/signins/{user_code}/approve", {"as": GRACE, "force": True})
        tenant.control("DELETE", f"/guests/{oid}")
        try:
            t.line()
            refused(t, sentence)
            assert (GONE in t.text) is (sentence == GONE)
        finally:
            tenant.control("POST", f"/guests/{oid}/restore")
    with log_in(host, tenant, GRACE, "echo back") as t:
        t.expect("\nback\r")
        assert t.end() == 0
