# SPDX-License-Identifier: Apache-2.0
"""The whole tenant as a data file: written, read again, and refused with the place of what is wrong."""
import copy
import json
import subprocess
import sys

import pytest

from people_help import ADA, DELIA, EVAN, KINDS, MIA, PAT, home, organisation, walk
from tenant_client import TENANT_DIR


@pytest.mark.covers("state.round_trip")
def test_written_state_is_the_same_tenant_again(kinds):
    kinds.control("POST", f"/guests/{ADA}/hand-over", {"mail": EVAN})
    kinds.control("POST", "/invitations", {"invitedUserEmailAddress": "nora@fabrikam.example",
                                           "inviteRedirectUrl": "https://x.example"})
    kinds.control("DELETE", f"/guests/{PAT}")
    kinds.control("PATCH", f"/guests/{MIA}", {"accountEnabled": False, "displayName": "Mia \u202e"})
    kinds.control("POST", "/guests/ines@contoso.example/convert", {"mail": "ines@fabrikam.example"})
    home(kinds, EVAN, mfa="must_register")
    organisation(kinds, "northwind.example", fault="denied")
    kinds.switch(signin_log_delay=7)
    kinds.control("PATCH", "/policy", {"sign_in_frequency": 900, "contexts": {"c1": "mfa"}})
    kinds.control("PATCH", "/health", {"retry_after": 5})
    kinds.control("POST", f"/accounts/{EVAN}/revoke", {})
    kinds.control("PUT", "/clock", {"offset": 50})
    written = kinds.control("GET", "/state")
    seen = {path: kinds.control("GET", path) for path in ("/guests", "/groups", "/deleted", "/policies",
                                                          "/registrations", "/switches", "/policy", "/health")}
    kinds.control("POST", "/reset")
    assert kinds.control("GET", "/guests") != seen["/guests"]
    assert kinds.control("PUT", "/state", written)["users"] == len(seen["/guests"])
    assert {path: kinds.control("GET", path) for path in seen} == seen
    assert kinds.control("GET", "/state") == written
    assert kinds.control("GET", "/clock")["offset"] == 50
    result = walk(kinds, EVAN)[1]
    assert result.ok and "register" in result.pages
    kinds.control("POST", f"/guests/{PAT}/restore")


@pytest.mark.covers("state.round_trip")
def test_reset_goes_back_to_the_start(kinds):
    start = kinds.control("GET", "/state")
    kinds.control("PUT", "/state", json.loads((TENANT_DIR / "data" / "contoso.json").read_text(encoding="utf-8")))
    assert len(kinds.control("GET", "/guests")) == 12
    kinds.control("POST", "/reset")
    assert kinds.control("GET", "/state") == start


WRONG = [
    (lambda d: d.pop("groups"), "groups: missing"), (lambda d: d.update(extra=1), "extra: no such member"),
    (lambda d: d["tenant"].update(id="contoso"), "tenant.id: not a GUID"),
    (lambda d: d["homes"][0].pop("name"), "homes[0].name: missing"),
    (lambda d: d["homes"][0].update(kind="entrra"), "homes[0].kind: no such kind of home: 'entrra'"),
    (lambda d: d["homes"][0]["users"][0].update(mfa="maybe"), "homes[0].users[0].mfa: 'maybe' is none of"),
    (lambda d: d["homes"][0]["users"][1].update(mail=ADA),
     "homes[0].users[1].mail: 'ada@fabrikam.example' stands there twice"),
    (lambda d: d["users"][2].update(home={"kind": "saml"}), "users[2].home.mail: missing"),
    (lambda d: d["users"][2].update(acountEnabled=False), "users[2].acountEnabled: no such member"),
    (lambda d: d["users"][2].update(accountEnabled="no"), "users[2].accountEnabled: not true or false"),
    (lambda d: d["users"][1].update(id=d["users"][0]["id"]), "users[1].id:"),
    (lambda d: d["users"].append(7), "users[12]: not an object"),
    (lambda d: d["users"][0].update(externalUserState="Perhaps"), "users[0].externalUserState: no such state"),
    (lambda d: d["groups"][0]["members"].append("nobody@x.example"), "groups[0].members[10]: nobody and no group here"),
    (lambda d: d["registrations"]["api"].pop("appId"), "registrations.api.appId: missing"),
    (lambda d: d["registrations"].pop("reader"), "registrations.reader: missing"),
    (lambda d: d["registrations"]["reader"].update(disabld=True), "registrations.reader.disabld: no such member"),
    (lambda d: d["registrations"]["reader"]["roles"].append("Bogus.Role"),
     "registrations.reader.roles[2]: no such permission: 'Bogus.Role'"),
    (lambda d: d.update(switches={"weather": 1}), "switches: no such switch: weather"),
    (lambda d: d.update(policies={"authorizationPolicy": {"allowInvitesFrom": "all"}}),
     "allowInvitesFrom: 'all' is none of"),
    (lambda d: d.update(policies={"x": {}}), "policies.x: no such policy"),
    (lambda d: d.update(clock={"offset": "late"}), "clock.offset: not a number"),
    (lambda d: d.update(clock={"offset": 1e12}), "clock.offset: the clock moves by at most 100 years"),
    (lambda d: d.update(homes={}), "homes: not list")]


@pytest.mark.covers("state.wrong")
@pytest.mark.parametrize("spoil, text", WRONG, ids=[text for _, text in WRONG])
def test_wrong_state_is_refused_and_nothing_is_lost(tenant, spoil, text):
    before = tenant.control("GET", "/state")
    data = copy.deepcopy(json.loads((TENANT_DIR / "data" / "contoso.json").read_text(encoding="utf-8")))
    spoil(data)
    assert text in tenant.control("PUT", "/state", data, status=400)["error"]
    assert tenant.control("GET", "/state") == before
    assert walk(tenant, ADA)[1].ok


@pytest.mark.covers("state.wrong")
def test_all_problems_are_named_at_once(tenant):
    data = json.loads((TENANT_DIR / "data" / "contoso.json").read_text(encoding="utf-8"))
    data["users"][0]["mail"], data["groups"][0]["id"] = "nowhere", "g"
    data["registrations"]["reader"]["disabld"], data["clock"], data["usres"] = True, 5, []
    data["policies"] = {"authorizationPolicy": 5}
    lines = tenant.control("PUT", "/state", data, status=400)["error"].splitlines()
    for start in ("users[0].mail: ", "groups[0].id: ", "registrations.reader.disabld: ", "clock: not dict",
                  "usres: no such", "policies.authorizationPolicy: "):
        assert sum(one.startswith(start) for one in lines) == 1, (start, lines)
    del data["groups"], data["tenant"]
    lines = tenant.control("PUT", "/state", data, status=400)["error"].splitlines()
    assert {"groups: missing", "tenant: missing"} < set(lines) and not any("nobody" in one for one in lines)
    assert any(one.startswith("users[0].mail: ") for one in lines)


@pytest.mark.covers("state.file")
@pytest.mark.parametrize("text, words", [
    ("{", "not JSON"), ("[]", "not a JSON object"), ('{"extends": "loop.json"}', "extends itself"),
    ('{"users": []}', "tenant: missing")])
def test_data_file_is_checked_at_the_start(tmp_path, text, words):
    path = tmp_path / "loop.json"
    path.write_text(text, encoding="utf-8")
    run = subprocess.run([sys.executable, str(TENANT_DIR), "--data", str(path), "--state-dir", str(tmp_path / "s")],
                         capture_output=True,
                         text=True, timeout=60, check=False)
    assert run.returncode == 1 and words in run.stderr and "Traceback" not in run.stderr


@pytest.mark.covers("state.file")
def test_file_adds_to_the_one_it_extends(kinds):
    assert json.loads(KINDS.read_text(encoding="utf-8"))["extends"] == "contoso.json"
    mails = {one["mail"] for one in kinds.control("GET", "/guests")}
    assert {ADA, "milo@outlook.example"} <= mails and DELIA not in mails
    assert kinds.control("GET", "/deleted")[0]["mail"] == DELIA


def _round_trip(tenant):
    """What control accepted can be written and read again."""
    written = tenant.control("GET", "/state")
    tenant.control("PUT", "/state", written)
    assert tenant.control("GET", "/state") == written


BAD_GUESTS = [
    ({"home": {}}, "guest.mail: missing"), ({"mail": 5}, "guest.mail: not str: 5"),
    ({"mail": "zoe"}, "guest.mail: no address"), ({"mail": "zoe@x", "home": 5}, "guest.home: not dict"),
    ({"mail": "zoe@x", "home": {"kind": "entrra"}}, "guest.home.kind: no such kind: 'entrra'"),
    ({"mail": "zoe@x", "groups": ["No such"]}, "nobody here: 'No such'"),
    ({"mail": "zoe@x", "groups": [ADA]}, f"nobody here: '{ADA}'"),
    ({"mail": "zoe@x", "groups": "SSH prod partners"}, "guest.groups: 'SSH prod partners' is none of: list"),
    ({"mail": "zoe@x", "groups": [7]}, "guest.groups[0]: not str: 7"),
    ({"mail": "zoe@x", "sponsors": ["x@y"]}, "nobody here: 'x@y'"),
    ({"mail": "zoe@x", "id": "a0000000-0001-4d00-8d00-00000000ada0"}, "stands there twice"),
    ({"mail": "zoe@x", "nickname": "Z"}, "guest.nickname: no such member"),
    ({"mail": "zoe@x", "password": "p"}, "guest.password: no home for zoe@x; domains with one are fabrikam.example"),
    ({"mail": "zoe@x", "home": {"kind": "mail"}, "password": "p"}, "guest.password: a guest of kind mail"),
    ({"mail": ADA, "password": "p"}, f"guest.password: {ADA} has an account at home"),
    ({"mail": "zoe@fabrikam.example", "password": 5}, "guest.password: 5 is none of: str"),
    ({"mail": "zoe@fabrikam.example", "password": "p", "groups": ["No such"]}, "nobody here: 'No such'"),
    ({"mail": "zoe@x", "createdDateTime": "yesterday"}, "guest.createdDateTime: no time")]


@pytest.mark.covers("state.wrong")
@pytest.mark.parametrize("body, text", BAD_GUESTS, ids=[text for _, text in BAD_GUESTS])
def test_wrong_guest_is_not_made(tenant, body, text):
    before = tenant.control("GET", "/state")
    assert text in tenant.control("POST", "/guests", body, status=400)["error"]
    assert tenant.control("GET", "/state") == before
    assert tenant.get("/users").status_code == 200


@pytest.mark.covers("state.round_trip")
@pytest.mark.parametrize("more", [{}, {"home": {"mail": "zoe@x.example"}}, {"home": {"kind": "mail"}}])
def test_short_guest_is_one_of_entra_at_its_address(tenant, more):
    made = tenant.control("POST", "/guests", {"mail": "zoe@x.example", "groups": ["SSH prod partners"],
                                              "sponsors": [ADA], **more})
    assert made["home"] == {"kind": "entra", "mail": "zoe@x.example", **more.get("home", {})}
    assert made["groups"] == ["SSH prod partners"]
    _round_trip(tenant)


@pytest.mark.covers("state.wrong")
@pytest.mark.parametrize("body, text", [
    ({"mail": 5}, "no address"), ({"mail": "nowhere"}, "no address"),
    ({"accountEnabled": "no"}, "not true or false"), ({"externalUserState": "Acepted"}, "no such state: 'Acepted'"),
    ({"identities": 5}, "5 is none of: list"), ({"identities": [5]}, "identities[0]: not dict: 5"),
    ({"userPrincipalName": None}, "None is none of: str"), ({"first_sign_in": "no"}, "'no' is none of: bool"),
    ({"displayName": "Fine", "otherMails": [None]}, "otherMails[0]: not str"), ({"userType": "Gast"}, "'Gast'"),
    ({"signInSessionsValidFromDateTime": "soon"}, "no time: 'soon'"), ({"signInActivity": []}, "[] is none of")])
def test_wrong_change_of_a_guest_changes_nothing(tenant, body, text):
    before = tenant.control("GET", "/state")
    assert text in tenant.control("PATCH", f"/guests/{ADA}", body, status=400)["error"]
    assert tenant.control("GET", "/state") == before


@pytest.mark.covers("state.round_trip")
@pytest.mark.parametrize("body", [
    {"mail": None}, {"accountEnabled": False}, {"externalUserState": None}, {"identities": []}, {"displayName": None},
    {"otherMails": ["x@y.example"], "first_sign_in": True}, {"userType": "Member"}, {"proxyAddresses": []},
    {"userPrincipalName": "odd"}, {"createdDateTime": "2026-01-01T00:00:00Z"}, {"signInActivity": None}])
def test_accepted_change_of_a_guest_can_be_written_and_read(tenant, body):
    tenant.control("PATCH", f"/guests/{tenant.id_of(ADA)}", body)
    _round_trip(tenant)
    assert tenant.get("/users").status_code == 200


@pytest.mark.covers("state.wrong")
@pytest.mark.parametrize("offset", ["1e12", "-1e12", "1e400", "-1e400", "NaN", "true", '"60"', "null", "[]"])
def test_clock_goes_no_further_than_dates_do(tenant, offset):
    answer = tenant.http.put(f"{tenant.ready['control']}/clock", data=f'{{"offset": {offset}}}', timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(("offset: the clock moves by at most 100 years", "offset: not a number"))
    assert tenant.control("GET", "/clock")["offset"] == 0


@pytest.mark.covers("state.wrong")
@pytest.mark.parametrize("years", [-100, 100])
def test_clock_goes_as_far_as_it_says(tenant, years):
    tenant.control("PUT", "/clock", {"offset": years * 365 * 86400})
    try:
        assert tenant.device().status_code == 200
        _round_trip(tenant)
    finally:
        tenant.control("PUT", "/clock", {"offset": 0})


@pytest.mark.covers("state.file")
@pytest.mark.parametrize("offset", ["1e12", "inf", "nan"])
def test_clock_is_checked_at_the_start(tmp_path, offset):
    run = subprocess.run([sys.executable, str(TENANT_DIR), "--clock-offset", offset, "--state-dir", str(tmp_path)],
                         capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2 and "at most 100 years" in run.stderr and "Traceback" not in run.stderr


def _raw(tenant, method, path, data=None, **headers):
    answer = tenant.http.request(method, f"{tenant.ready['control']}{path}", data=data, headers=headers, timeout=60)
    return answer.status_code, answer.json()["error"]


@pytest.mark.covers("control.errors")
@pytest.mark.parametrize("method, path, body, status, text", [
    ("POST", "/signins/{code}/approve", "{}", 400, "`as` is missing"),
    ("POST", "/signins/{code}/approve", '{"as": "x@y"}', 400, "nobody signs in as x@y"),
    ("PUT", "/clock", "{}", 400, "`offset` is missing"),
    ("PUT", "/clock", "{offset", 400, "the body is not JSON: line 1 column 2"),
    ("PUT", "/clock", "[1]", 400, "the body is not a JSON object"),
    ("PUT", "/clock", b"\xff\xfe", 400, "the body is not text in the charset that it says"),
    ("PUT", "/clock", "[" * 100000, 400, "the body is not JSON that anybody means: too deep"),
    ("GET", "/log?after=soon", None, 400, "'soon' is not a number"),
    ("GET", "/guests?top=x", None, 400, "'x' is not a number"),
    ("POST", "/groups", '{"displayName": "Odd", "members": ["x@y"]}', 400, "nobody here: 'x@y'"),
    ("PUT", f"/guests/{ADA}/relations", '{"sponsors": ["x@y"]}', 400, "nobody here: 'x@y'"),
    ("PUT", f"/guests/{ADA}/relations", '{"manager": 5}', 400, "nobody here: 5"),
    ("POST", "/governance/assignments", '{"target": "x@y"}', 400, "nobody here: 'x@y'"),
    ("POST", "/pim/assigned", '{"principal": "x@y"}', 400, "nobody here: 'x@y'"),
    ("GET", "/guest", None, 404, "no such call: GET /_control/guest; GET /_control/ lists them"),
    ("DELETE", "/clock", None, 405,
     "/_control/clock is not for DELETE, but for GET, HEAD, PUT; GET /_control/ lists the calls")])
def test_control_says_what_is_wrong(tenant, method, path, body, status, text):
    before = tenant.control("GET", "/state")
    path = path.replace("{code}", tenant.device().json()["user_code"])
    assert _raw(tenant, method, path, body) == (status, text)
    assert tenant.control("GET", "/state") == before


@pytest.mark.covers("state.round_trip")
def test_large_state_is_read(tenant):
    data = tenant.control("GET", "/state")
    data["about"] = "x" * (30 << 20)
    answer = tenant.http.put(f"{tenant.ready['control']}/state", json=data, timeout=60)
    assert answer.status_code == 200 and answer.json()["users"] == 12


@pytest.mark.covers("control.errors")
def test_too_large_body_is_refused_in_json(tenant):
    status, text = _raw(tenant, "PUT", "/state", (b" " * (1 << 20) for _ in range(258)))
    assert status == 413 and "Maximum request body size 268435456 exceeded" in text
    assert tenant.control("GET", "/clock")["offset"] == 0


@pytest.mark.covers("control.errors")
@pytest.mark.parametrize("body, text", [
    ({"disabld": True}, "registration.disabld: no such member; there are appId"),
    ({"disabled": "yes"}, "registration.disabled: not bool: 'yes'"), ({"roles": 5}, "registration.roles: not list: 5"),
    ({"disabled": True, "roles": ["Bogus.Role"]}, "registration.roles[0]: no such permission: 'Bogus.Role'; there are"),
    ({"roles": [["User.Read.All"]]}, "registration.roles[0]: no such permission"), ({"spa": 1}, "registration.spa: ")])
def test_wrong_change_of_a_registration_changes_nothing(tenant, body, text):
    before = tenant.control("GET", "/state")
    assert text in tenant.control("PATCH", "/registrations/reader", body, status=400)["error"]
    assert tenant.control("GET", "/state") == before


@pytest.mark.covers("control.guest_with_password")
@pytest.mark.parametrize("mail, home", [("zoe@fabrikam.example", {}), ("zoe@contoso.example", {"kind": "internal"}),
                                        ("zoe@gmail.example", {"kind": "google"}),
                                        ("zoe@outlook.example", {"kind": "msa"})])
def test_guest_with_a_password_can_sign_in(kinds, mail, home):
    made = kinds.control("POST", "/guests", {"mail": mail, "displayName": "Zoe", "password": "new-here-1", "home": home,
                                             "groups": ["SSH prod partners"]})
    assert "new-here-1" not in json.dumps(made)
    assert not walk(kinds, mail, password="wrong")[1].ok
    assert walk(kinds, mail, password="new-here-1")[1].ok
    _round_trip(kinds)
    assert walk(kinds, mail, password="new-here-1")[1].ok
    kinds.control("POST", "/reset")
    assert not walk(kinds, mail, password="new-here-1")[1].ok
