# SPDX-License-Identifier: Apache-2.0
"""What tokens say: claims by registration, by kind of home, and in each switch (fact sheet 4, 16, 17.3)."""
import base64
import json

import pytest

from tenant_client import SECRET, check_error, unsigned

ADA, DANA, MIA = "ada@fabrikam.example", "dana@mailonly.example", "mia@contoso.example"
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
OVERAGE = 201


def change(tenant, name, **members):
    return tenant.control("PATCH", f"/registrations/{name}", members)


def claims_for(tenant, *names, api=None):
    """Set optional claims of the client's ID token, and `api` (default: the same) of the API's access token."""
    change(tenant, "signin", optionalClaims={"idToken": list(names)})
    change(tenant, "api", optionalClaims={"accessToken": list(names if api is None else api)})


def both(tenant, mail=ADA, scope=None, **form):
    answer = tenant.poll(tenant.approved(mail, scope)["device_code"], **form)
    assert answer.status_code == 200, answer.text
    out = answer.json()
    return unsigned(out["access_token"]), unsigned(out["id_token"]), out


# Guests of data/kinds.json
MSA, GOOGLE, FACEBOOK = "milo@outlook.example", "gia@gmail.example", "faye@social.example"
SAML, WSFED = "sam@adatum.example", "wes@tailspin.example"


@pytest.mark.covers("token.optional_claims", "15.2.no_acct")
def test_optional_claims_only_where_configured(tenant):
    claims_for(tenant, "acct", "auth_time", "upn", "login_hint", "given_name", "family_name", "tenant_ctry",
               api=["acct"])
    access, identity, _ = both(tenant, MIA)
    assert identity["upn"] == MIA and identity["login_hint"]
    assert identity["given_name"] == "Mia" and identity["tenant_ctry"] == "DE"
    assert access["acct"] == 0 and not {"upn", "auth_time", "login_hint", "given_name"} & set(access)
    claims_for(tenant)
    access, identity, _ = both(tenant)
    assert not {"acct", "auth_time", "amr", "ipaddr", "idtyp"} & (set(access) | set(identity))
    assert identity["email"] == ADA and "email" not in access


@pytest.mark.covers("token.profile_scope")
def test_oid_tid_and_names_need_profile(tenant):
    access, identity, _ = both(tenant, scope=f"openid {tenant.ready['api_scope']}")
    assert not {"oid", "tid", "name",
                "preferred_username"} & (set(access) | set(identity)) and access["sub"] != identity["sub"]


@pytest.mark.covers("token.upn_modifiers")
@pytest.mark.parametrize("modifier, upn", [
    (None, None), ("include_externally_authenticated_upn", "ada_fabrikam.example#EXT#@contoso.onmicrosoft.example"),
    ("include_externally_authenticated_upn_without_hash", "ada_fabrikam.example_EXT_@contoso.onmicrosoft.example")])
def test_upn_of_a_guest_needs_a_modifier(tenant, modifier, upn):
    claims_for(tenant, {"name": "upn", "additionalProperties": [modifier] if modifier else []})
    assert both(tenant)[1].get("upn") == upn


@pytest.mark.covers("token.idtyp")
@pytest.mark.parametrize("entry, user, app", [("idtyp", None, "app"), (None, None, None),
                                             ({"name": "idtyp", "additionalProperties": ["include_user_token"]}, "user",
                                              "app")])
def test_idtyp(tenant, entry, user, app):
    change(tenant, "api", optionalClaims={"accessToken": [entry] if entry else []},
           assigned=["reader", "SSH prod partners"])
    assert both(tenant)[0].get("idtyp") == user
    robot = tenant.app(client_secret=SECRET, scope=f"{tenant.ready['api_uri']}/.default").json()["access_token"]
    assert unsigned(robot).get("idtyp") == app


@pytest.mark.covers("token.groups", "token.wids")
def test_groups_by_mode(tenant):
    prod, nested = "67000000-0001-4e00-8e00-000000000001", "67000000-0002-4e00-8e00-000000000002"
    for mode, wanted in ((None, None), ("None", None), ("SecurityGroup", {prod, nested}), ("DirectoryRole", None),
                         ("All", {prod, nested}), ("ApplicationGroup", {prod, nested})):
        change(tenant, "api", groupMembershipClaims=mode)
        access, identity, _ = both(tenant)
        assert (set(access["groups"]) if "groups" in access else None) == wanted and "groups" not in identity
    change(tenant, "api", assigned=[prod])
    assert set(both(tenant)[0]["groups"]) == {prod}
    change(tenant, "signin", groupMembershipClaims="All", optionalClaims={"accessToken": ["groups"]})
    assert "groups" not in both(tenant)[1]
    tenant.control("POST", "/guests", {"mail": "root@contoso.example", "directoryRoles": ["Global Administrator"],
                                       "groups": ["SSH prod partners"],
                                       "home": {"kind": "internal", "mail": "root@contoso.example", "password": "x"}})
    change(tenant, "api", groupMembershipClaims="DirectoryRole")
    access = both(tenant, "root@contoso.example")[0]
    assert access["wids"] == ["62e90394-69f5-4237-9190-012177145e10"] and "groups" not in access


@pytest.mark.covers("15.2.groups_overage", "token.overage")
def test_more_than_200_groups(tenant):
    change(tenant, "signin", groupMembershipClaims="SecurityGroup")
    tenant.control("POST", "/groups", {"displayName": "many", "count": OVERAGE - 3, "members": [ADA]})
    assert len(both(tenant)[1]["groups"]) == 200
    tenant.control("POST", "/groups", {"displayName": "one more", "members": [ADA]})
    identity = both(tenant)[1]
    assert "groups" not in identity and identity["_claim_names"] == {"groups": "src1"}
    endpoint = identity["_claim_sources"]["src1"]["endpoint"]
    assert endpoint.endswith(f"/users/{identity['oid']}/getMemberObjects")


@pytest.mark.covers("token.roles")
def test_app_roles(tenant):
    change(tenant, "api", assigned=["SSH prod partners", {"principal": "SSH prod partners: Northwind",
                                                          "role": "ssh.northwind"},
                                    {"principal": ADA, "role": "ssh.guest"}])
    assert sorted(both(tenant)[0]["roles"]) == ["ssh.guest", "ssh.northwind"]
    assert "roles" not in both(tenant, "grace@fabrikam.example")[0]


@pytest.mark.covers("token.version_one")
@pytest.mark.parametrize("version", [None, 1])
def test_version_one(tenant, version):
    import jwt
    change(tenant, "api", requestedAccessTokenVersion=version)
    access, identity, answer = both(tenant)
    assert (access["ver"], access["aud"]) == ("1.0", tenant.ready["api_uri"]) and identity["ver"] == "2.0"
    assert access["iss"] == f"https://sts.windows.net/{tenant.tid}/" and access["appid"] == tenant.ready["client_id"]
    assert access["appidacr"] == "0" and access["unique_name"] == ADA
    assert not {"azp", "preferred_username"} & set(access)
    header = jwt.get_unverified_header(answer["access_token"])
    assert header["x5t"] == header["kid"] and "x5t" not in jwt.get_unverified_header(answer["id_token"])
    change(tenant, "api", optionalClaims={"accessToken": [{"name": "aud", "additionalProperties": ["use_guid"]}]})
    assert both(tenant)[0]["aud"] == tenant.ready["api_id"]


@pytest.mark.covers("token.custom_key")
def test_application_with_a_key_of_its_own(tenant):
    import jwt
    change(tenant, "signin", customSigningKey=True)
    _, _, answer = both(tenant)
    kid = jwt.get_unverified_header(answer["id_token"])["kid"]
    base = f"{tenant.login}/{tenant.tid}"
    usual = tenant.http.get(f"{base}/discovery/v2.0/keys", timeout=10).json()["keys"]
    where = tenant.http.get(f"{base}/v2.0/.well-known/openid-configuration?appid={tenant.ready['client_id']}",
                            timeout=10).json()
    own = tenant.http.get(where["jwks_uri"], timeout=10).json()["keys"]
    assert kid not in [key["kid"] for key in usual] and kid in [key["kid"] for key in own]
    key = next(key for key in own if key["kid"] == kid)
    assert jwt.decode(answer["id_token"], jwt.PyJWK(key, "RS256").key, algorithms=["RS256"],
                      audience=tenant.ready["client_id"])


@pytest.mark.covers("15.2.email_spoofed", "token.email")
def test_email_is_what_the_homes_administrator_wrote(tenant):
    tenant.control("PATCH", f"/accounts/{ADA}", {"claimed_email": "ceo@contoso.example"})
    access, identity, _ = both(tenant)
    assert access["email"] == identity["email"] == "ceo@contoso.example" and identity["preferred_username"] == ADA
    claims_for(tenant)
    assert "email" not in both(tenant, MIA)[1]
    assert both(tenant, MIA, f"openid profile email {tenant.ready['api_scope']}")[1]["email"] == MIA


# Switches of what is not known

@pytest.mark.covers("switch.xms_edov_type")
@pytest.mark.parametrize("kind, value", [("boolean", True), ("number", 1), ("text", "1")])
def test_type_of_xms_edov(tenant, kind, value):
    tenant.switch(xms_edov_type=kind)
    claim = both(tenant)[1]["xms_edov"]
    assert claim == value and type(claim) is type(value)
    claims_for(tenant, "xms_edov")
    assert "xms_edov" not in both(tenant)[0]


@pytest.mark.covers("switch.xms_edov_unverified")
@pytest.mark.parametrize("how", ["absent", "false"])
def test_xms_edov_where_the_domain_is_not_verified(kinds, how):
    kinds.switch(xms_edov_unverified=how)
    access = both(kinds, SAML)[0]
    assert access.get("xms_edov", "absent") is (False if how == "false" else "absent") or access.get("xms_edov") is None


@pytest.mark.covers("switch.amr_names", "switch.home_amr", "token.amr")
@pytest.mark.parametrize("names", ["new", "old"])
@pytest.mark.parametrize("detail", ["mfa_only", "granular"])
def test_amr(tenant, names, detail):
    tenant.switch(amr_names=names, home_amr=detail)
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": ADA, "amr": ["pwd", "totp", "mfa"]})
    access = unsigned(tenant.poll(flow["device_code"]).json()["access_token"])
    method = {"new": "totp", "old": "otp"}[names]
    assert access["amr"] == (["pwd", "mfa"] if detail == "mfa_only" else ["pwd", method, "mfa"])
    flow = tenant.device().json()
    tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": MIA, "amr": ["tap", "mfa"]})
    access = unsigned(tenant.poll(flow["device_code"]).json()["access_token"])
    assert access["amr"] == [{"new": "tap", "old": "otp"}[names], "mfa"]


@pytest.mark.covers("switch.acrs_without_policy")
@pytest.mark.parametrize("trap", [True, False])
def test_context_that_no_policy_targets(tenant, trap):
    tenant.switch(acrs_without_policy=trap)
    asked = json.dumps({"access_token": {"acrs": {"essential": True, "value": "c7"}}})
    access, identity, _ = both(tenant, claims=asked)
    assert access.get("acrs") == (["c7"] if trap else None) and "acrs" not in identity


@pytest.mark.covers("switch.acrs_opportunistic")
@pytest.mark.parametrize("trap", [True, False])
def test_contexts_nobody_asked_for(tenant, trap):
    tenant.switch(acrs_opportunistic=trap)
    tenant.control("PATCH", "/policy", {"contexts": {"c1": "mfa", "c2": "block"}})
    claims_for(tenant, "acrs", api=[])
    access, identity, _ = both(tenant)
    assert identity.get("acrs") == (["c1"] if trap else None) and "acrs" not in access


@pytest.mark.covers("switch.claims_at_devicecode", "acrs.requested")
@pytest.mark.parametrize("counts", [False, True])
def test_claims_in_the_request_for_the_code(tenant, counts):
    tenant.switch(claims_at_devicecode=counts)
    asked = json.dumps({"id_token": {"acrs": {"values": ["c3"]}}})
    flow = tenant.device(claims=asked).json()
    tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": ADA})
    assert unsigned(tenant.poll(flow["device_code"]).json()["id_token"]).get("acrs") == (["c3"] if counts else None)
    assert both(tenant, claims=asked)[1]["acrs"] == ["c3"]


@pytest.mark.covers("switch.cp1_guest_long_token", "token.cp1")
@pytest.mark.parametrize("long", [True, False])
def test_capability_cp1(tenant, long):
    tenant.switch(cp1_guest_long_token=long)
    asked = json.dumps({"access_token": {"xms_cc": {"values": ["CP1"]}}})
    hours = {}
    for mail in (ADA, MIA):
        access, _, answer = both(tenant, mail, claims=asked)
        assert access["xms_cc"] == ["cp1"]
        hours[mail] = answer["expires_in"] / 3600
    assert 19.9 < hours[MIA] <= 28 and (19.9 < hours[ADA] <= 28 if long else hours[ADA] <= 1.5)
    assert "xms_cc" not in both(tenant)[0]


@pytest.mark.covers("switch.expires_in_type", "15.3.text_expires_in")
@pytest.mark.parametrize("kind, is_a", [("number", int), ("text", str)])
def test_type_of_expires_in(tenant, kind, is_a):
    tenant.switch(expires_in_type=kind)
    for answer in (both(tenant)[2], tenant.app(client_secret=SECRET).json()):
        assert type(answer["expires_in"]) is is_a and 3500 < int(answer["expires_in"]) <= 5400


@pytest.mark.covers("switch.default_scope_preauthorized")
@pytest.mark.parametrize("included", [True, False])
def test_default_scope_and_preauthorisation(tenant, included):
    tenant.switch(default_scope_preauthorized=included)
    flow = tenant.device(f"openid profile {tenant.ready['api_uri']}/.default").json()
    blocked = tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": ADA})["blocked"]
    assert blocked == (None if included else 65001)


@pytest.mark.covers("15.2.no_idp", "15.2.member", "token.idp")
@pytest.mark.parametrize("mail, idp, acct", [(MIA, None, 0), ("ines@contoso.example", None, 1), (DANA, "mail", 1),
                                             ("fiona@fabrikam.example",
                                              "https://sts.windows.net/fab41ca0-2222-4b00-8b00-000000000002/", 0)])
def test_idp_and_acct(tenant, mail, idp, acct):
    for claims in both(tenant, mail)[:2]:
        assert (claims.get("idp"), claims["acct"]) == (idp, acct)


@pytest.mark.covers("switch.msa_idp")
@pytest.mark.parametrize("form, idp", [("sts", f"https://sts.windows.net/{CONSUMERS}/"), ("live.com", "live.com")])
def test_idp_of_a_microsoft_account(kinds, form, idp):
    kinds.switch(msa_idp=form)
    assert both(kinds, MSA)[1]["idp"] == idp


@pytest.mark.covers("switch.google_idp")
@pytest.mark.parametrize("form", ["google.com", "https://accounts.google.com"])
def test_idp_of_google(kinds, form):
    kinds.switch(google_idp=form)
    assert both(kinds, GOOGLE)[1]["idp"] == form


@pytest.mark.covers("switch.saml_idp")
@pytest.mark.parametrize("form", ["issuer", "domain"])
def test_idp_of_a_saml_provider(kinds, form):
    kinds.switch(saml_idp=form)
    names = {"issuer": ("http://idp.adatum.example/trust", "urn:federation:tailspin"),
             "domain": ("adatum.example", "tailspin.example")}
    assert (both(kinds, SAML)[1]["idp"], both(kinds, WSFED)[1]["idp"]) == names[form]
    assert both(kinds, FACEBOOK)[1]["idp"] == "facebook.com"


def info_of(answer):
    return json.loads(base64.urlsafe_b64decode(answer["client_info"] + "=="))


@pytest.mark.covers("15.3.client_info", "token.client_info", "error.50179", "switch.client_info_refused")
@pytest.mark.parametrize("refused", [["mail"], ["mail", "google", "saml"], []])
def test_client_info_by_kind_of_home(kinds, refused):
    kinds.switch(client_info_refused=refused)
    for kind, mail in (("mail", DANA), ("google", GOOGLE), ("saml", SAML)):
        flow = kinds.approved(mail)
        answer = kinds.poll(flow["device_code"], client_info="1")
        if kind in refused:
            check_error(answer, 50179, "invalid_request")
            kinds.switch(slow_down=False)
            assert "client_info" not in kinds.poll(flow["device_code"]).json()
        else:
            assert info_of(answer.json()) == {"uid": kinds.id_of(mail), "utid": kinds.tid}
    answer = both(kinds, client_info="1")[2]
    assert info_of(answer)["utid"] == "fab41ca0-2222-4b00-8b00-000000000002"
    assert info_of(both(kinds, MIA, client_info="1")[2]) == {"uid": kinds.id_of(MIA), "utid": kinds.tid}


@pytest.mark.covers("switch.msa_uid")
@pytest.mark.parametrize("form", ["cid", "oid"])
def test_uid_of_a_microsoft_account(kinds, form):
    kinds.switch(msa_uid=form)
    info = info_of(both(kinds, MSA, client_info="1")[2])
    cid = "00000000-0000-0000-0a11-ce0000000014"
    assert info["utid"] == CONSUMERS and (info["uid"] == cid) == (form == "cid") and len(info["uid"]) == 36
