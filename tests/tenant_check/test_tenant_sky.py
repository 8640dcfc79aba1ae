# SPDX-License-Identifier: Apache-2.0
"""The weather of the listeners: certificates, TLS versions, closed ports, names; control works through all of it."""
import json
import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests

from raw_client import LONG, SHORT, Raw, context, until
from tenant_client import SECRET, Tenant
from weather_client import covers

ROOTS = ("login", "graph")
REFUSED_BY_OTHERS = {  # kind: what OpenSSL says of it
    "expired": "certificate has expired", "not_yet_valid": "certificate is not yet valid",
    "other_ca": "unable to get local issuer certificate", "wrong_name": "Hostname mismatch",
    "self_signed": "self-signed certificate"}


def path_of(tenant, host):
    return {"login": f"/{tenant.tid}/discovery/v2.0/keys", "graph": "/v1.0/users"}[host]


def connected(tenant, host, tls=None):
    return Raw(tenant, tenant.ready[host], path_of(tenant, host), tls)


def status_of(tenant, host, tls=None):
    with connected(tenant, host, tls) as one:
        return one.read(enough=lambda data: b"\r\n\r\n" in data).status


def others(host):
    return "graph" if host == "login" else "login"


def works(tenant, host):
    assert status_of(tenant, host) == {"login": 200, "graph": 401}[host]


def change(tenant, host, **state):
    return tenant.control("PUT", f"/sky/{host}", state)[host]


@pytest.mark.parametrize("host", ROOTS)
@pytest.mark.parametrize("kind", [pytest.param(one, marks=covers(f"tls_{one}")) for one in sorted(REFUSED_BY_OTHERS)])
def test_certificate_is_wrong_as_named(tenant, kind, host):
    assert change(tenant, host, tls=kind)["tls"] == kind
    with pytest.raises(ssl.SSLCertVerificationError, match=REFUSED_BY_OTHERS[kind]):
        connected(tenant, host)
    works(tenant, others(host))
    change(tenant, host)
    works(tenant, host)


@covers("tls_tls11")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
@pytest.mark.parametrize("host", ROOTS)
def test_only_tls_1_1(tenant, host):
    change(tenant, host, tls="tls11")
    modern = context(tenant)
    modern.minimum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        connected(tenant, host, modern)
    old = context(tenant)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with connected(tenant, host, old) as one:
        assert one.socket.version() == "TLSv1.1"
    tenant.control("POST", "/reset")
    with pytest.raises(ssl.SSLError):
        connected(tenant, host, old)
    works(tenant, host)


@covers("tls_plain_http")
@pytest.mark.parametrize("host", ROOTS)
def test_http_in_the_clear(tenant, host):
    change(tenant, host, tls="plain_http")
    with pytest.raises(ssl.SSLError, match="(?i)wrong.version.number"):
        connected(tenant, host)
    url = tenant.ready[host].replace("https:", "http:") + path_of(tenant, host)
    assert tenant.http.get(url, timeout=LONG).status_code == {"login": 200, "graph": 401}[host]


@covers("port_closed")
def test_control_works_while_both_hosts_are_closed(tenant):
    for host in ROOTS:
        assert change(tenant, host, port="closed") == {"tls": "good", "port": "closed", "connections": 0}
    for host in ROOTS:
        with pytest.raises(ConnectionRefusedError):
            connected(tenant, host)
        # The port stays taken: nobody else can answer in the tenant's place.
        with socket.socket() as thief, pytest.raises(OSError):
            thief.bind(("127.0.0.1", urlsplit(tenant.ready[host]).port))
    assert tenant.control("GET", "/clock")["offset"] == 0
    change(tenant, "login")
    works(tenant, "login")
    with pytest.raises(ConnectionRefusedError):
        connected(tenant, "graph")
    tenant.control("POST", "/reset")
    works(tenant, "graph")


@covers("port_silent")
@pytest.mark.parametrize("host", ROOTS)
def test_nobody_speaks_on_a_silent_port(tenant, host):
    assert change(tenant, host, port="silent")["port"] == "silent"
    with socket.create_connection(("127.0.0.1", urlsplit(tenant.ready[host]).port), timeout=LONG) as plain:
        plain.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            context(tenant).wrap_socket(plain, server_hostname="localhost")
    works(tenant, others(host))
    change(tenant, host)
    works(tenant, host)


@covers("port_reset")
@pytest.mark.parametrize("host", ROOTS)
def test_connections_are_reset_at_once(tenant, host):
    change(tenant, host, port="reset")
    with pytest.raises(ConnectionResetError):
        connected(tenant, host)
    works(tenant, others(host))
    tenant.control("POST", "/reset")
    works(tenant, host)


def test_state_is_set_as_a_whole_and_members_combine(tenant):
    both = {"tls": "expired", "port": "closed"}
    assert change(tenant, "graph", **both) == {**both, "connections": 0}
    with pytest.raises(ConnectionRefusedError):
        connected(tenant, "graph")
    assert change(tenant, "graph", tls="expired")["port"] == "open"
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        connected(tenant, "graph")
    tenant.control("PUT", "/sky/graph", {"tls": "ssl2"}, status=400)
    tenant.control("PUT", "/sky/graph", {"rain": "heavy"}, status=400)
    tenant.control("PUT", "/sky/control", {"port": "closed"}, status=400)
    assert tenant.control("GET", "/sky")["graph"]["tls"] == "expired"


def test_kept_connection_ends_with_a_change_and_only_then(tenant):
    with connected(tenant, "login") as one, connected(tenant, "graph") as other:
        one.read(enough=lambda data: data.endswith(b"]}"))
        other.read(enough=lambda data: data.endswith(b"}}}"))
        assert tenant.control("GET", "/sky")["login"]["connections"] >= 1
        change(tenant, "login")  # as it was
        assert one.read(wait=0.2).end == "open"
        assert change(tenant, "login", tls="expired")["connections"] == 0
        assert one.read().end == "cut"
        assert other.read(wait=0.2).end == "open"


def test_resumed_session_meets_the_new_certificate(tenant):
    tls = context(tenant)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # the session is there with the handshake
    root = urlsplit(tenant.login)

    def handshake(session):
        plain = socket.create_connection(("127.0.0.1", root.port), timeout=LONG)
        with tls.wrap_socket(plain, server_hostname=root.hostname, session=session) as done:
            return done.session, done.session_reused
    session, _ = handshake(None)
    assert handshake(session)[1] is True
    change(tenant, "login", tls="other_ca")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(session)


@covers("connections_dropped")
def test_connections_can_be_dropped_alone(tenant):
    with connected(tenant, "graph") as one:
        one.read(enough=lambda data: data.endswith(b"}}}"))
        assert tenant.control("DELETE", "/sky/graph/connections")["dropped"] >= 1  # the session may keep one too
        assert one.read().end == "cut"
    works(tenant, "graph")


def test_request_under_way_ends_with_a_change(tenant):
    tenant.control("POST", "/weather", {"stall": "body"})
    with connected(tenant, "login") as one:
        until(lambda: tenant.control("GET", "/weather/held")["held"] == 1, "the answer is held")
        change(tenant, "login", port="closed")
        assert one.read().end == "cut"
    until(lambda: tenant.control("GET", "/weather/held")["held"] == 0, "nothing is held")


@covers("dns")
def test_names_of_the_hosts_are_used_everywhere():
    """So that taking a name away takes away what it stands for; until then the certificates are good for it."""
    tenant = Tenant("--login-name", "login.rehearsal.test", "--graph-name", "graph.rehearsal.test")
    try:
        assert urlsplit(tenant.login).hostname == "login.rehearsal.test"
        assert urlsplit(tenant.graph).hostname == "graph.rehearsal.test"
        assert urlsplit(tenant.ready["control"]).hostname == "localhost"
        assert tenant.ready["verification_uri"] == f"{tenant.login}/device"
        with Raw(tenant, tenant.login, f"/{tenant.tid}/v2.0/.well-known/openid-configuration") as one:
            document = json.loads(one.read(enough=lambda data: data.endswith(b"}")).body)
        addresses = {name: value for name, value in document.items() if name == "issuer" or name.endswith("_endpoint")}
        assert all(value.startswith((tenant.login, tenant.graph)) for value in addresses.values()), addresses
        near = {host: tenant.ready[host].replace(f"{host}.rehearsal.test", "localhost") for host in ROOTS}
        tenant.switch(graph_page_size=1)
        answer = tenant.http.post(f"{near['login']}/{tenant.tid}/oauth2/v2.0/token", timeout=LONG, data={
            "grant_type": "client_credentials", "client_id": tenant.ready["reader_id"], "client_secret": SECRET,
            "scope": f"{tenant.graph}/.default"})
        page = tenant.http.get(f"{near['graph']}/v1.0/users?$top=1", timeout=LONG,
                               headers={"Authorization": f"Bearer {answer.json()['access_token']}"}).json()
        assert page["@odata.nextLink"].startswith(tenant.graph + "/")
        with Raw(tenant, tenant.graph, "/v1.0/users") as one:
            assert one.read(enough=lambda data: b"\r\n\r\n" in data).status == 401
    finally:
        assert tenant.stop() == 0


def test_control_is_on_its_own_port_only(tenant):
    for host in ROOTS:
        assert tenant.http.get(f"{tenant.ready[host]}/_control/clock", timeout=LONG).status_code == 404
    assert tenant.http.get(tenant.ready["control"] + "/", timeout=LONG).status_code == 200
    with pytest.raises(requests.ConnectionError):
        tenant.http.get(tenant.ready["control"].replace("https:", "http:") + "/", timeout=LONG)


def test_another_state_comes_with_a_fair_sky(tenant):
    change(tenant, "graph", port="closed")
    tenant.control("DELETE", "/weather")
    assert tenant.control("GET", "/sky")["graph"]["port"] == "closed"  # rules and sky are two things
    tenant.control("PUT", "/state", tenant.control("GET", "/state"))
    assert tenant.control("GET", "/sky")["graph"]["port"] == "open"
    works(tenant, "graph")
