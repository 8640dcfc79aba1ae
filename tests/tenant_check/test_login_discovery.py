# SPDX-License-Identifier: Apache-2.0
"""Discovery of both versions, keys, home realms, userinfo (fact sheet 1)."""
import pytest

from tenant_client import unsigned

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"


def get(tenant, path, **query):
    return tenant.http.get(f"{tenant.login}/{path}", params=query, timeout=10)


@pytest.mark.covers("discovery.shared")
@pytest.mark.parametrize("shared, issuer", [("common", "{tenantid}"), ("organizations", "{tenantid}"),
                                            ("consumers", CONSUMERS)])
def test_issuer_of_shared_names(tenant, shared, issuer):
    found = get(tenant, f"{shared}/v2.0/.well-known/openid-configuration").json()
    assert found["issuer"] == f"{tenant.login}/{issuer}/v2.0" and found["tenant_region_scope"] is None
    assert found["token_endpoint"] == f"{tenant.login}/{shared}/oauth2/v2.0/token"
    first = get(tenant, f"{shared}/.well-known/openid-configuration").json()
    assert first["issuer"] == f"https://sts.windows.net/{issuer}/"


@pytest.mark.covers("discovery.v1")
def test_version_one(tenant):
    by_guid, by_domain = (get(tenant, f"{ref}/.well-known/openid-configuration").json()
                          for ref in (tenant.tid, "contoso.example"))
    assert by_guid == by_domain and by_guid["issuer"] == f"https://sts.windows.net/{tenant.tid}/"
    assert by_guid["token_endpoint"].endswith(f"/{tenant.tid}/oauth2/token")
    keys = tenant.http.get(by_guid["jwks_uri"], timeout=10).json()["keys"]
    assert keys and all("issuer" not in key and "cloud_instance_name" not in key for key in keys)


@pytest.mark.covers("discovery.members")
def test_members_of_version_two(tenant):
    found = get(tenant, f"{tenant.tid}/v2.0/.well-known/openid-configuration").json()
    assert {"token_endpoint", "jwks_uri", "issuer", "authorization_endpoint", "device_authorization_endpoint",
            "userinfo_endpoint",
            "end_session_endpoint", "kerberos_endpoint", "cloud_instance_name", "msgraph_host",
            "rbac_url"} <= set(found)
    assert not {"code_challenge_methods_supported", "grant_types_supported"} & set(found)
    assert found["userinfo_endpoint"] == f"{tenant.graph}/oidc/userinfo"


@pytest.mark.covers("keys.cloud_instance", "switch.key_cloud_instance")
@pytest.mark.parametrize("named", [True, False])
def test_keys_name_their_cloud(tenant, named):
    tenant.switch(key_cloud_instance=named)
    keys = get(tenant, f"{tenant.tid}/discovery/v2.0/keys").json()["keys"]
    cloud = get(tenant, f"{tenant.tid}/v2.0/.well-known/openid-configuration").json()["cloud_instance_name"]
    ours = [key for key in keys if "{tenantid}" in key["issuer"]]
    assert ours and all(key.get("cloud_instance_name") == (cloud if named else None) for key in ours)
    assert all("cloud_instance_name" not in key for key in keys if CONSUMERS in key["issuer"])


@pytest.mark.covers("discovery.userrealm")
@pytest.mark.parametrize("name, kind", [("mia@contoso.example", "Managed"), ("ada@fabrikam.example", "Managed"),
                                        ("somebody@nowhere.example", "Unknown")])
def test_home_realm(tenant, name, kind):
    found = get(tenant, f"common/userrealm/{name}", **{"api-version": "1.0"}).json()
    assert (found["ver"], found["account_type"]) == ("1.0", kind) and found["cloud_audience_urn"]


@pytest.mark.covers("userinfo")
def test_userinfo(tenant):
    def ask(token):
        return tenant.http.get(f"{tenant.graph}/oidc/userinfo", headers={"Authorization": f"Bearer {token}"},
                               timeout=10)
    token = tenant.tokens(scope="openid profile email")["access_token"]
    found = ask(token).json()
    assert found["sub"] == unsigned(token)["sub"]
    assert (found["name"], found["email"]) == ("Ada Lovelace", "ada@fabrikam.example")
    assert set(ask(tenant.tokens(scope="openid profile")["access_token"]).json()) >= {"sub", "name"}
    for wrong in (tenant.tokens()["access_token"], "garbage", tenant.bearer()["Authorization"][7:]):
        answer = ask(wrong)
        assert answer.status_code == 401 and "WWW-Authenticate" in answer.headers
