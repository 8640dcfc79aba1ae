# SPDX-License-Identifier: Apache-2.0
"""The tenant's own Conditional Access policies decide in the browser and at the token: each control, each way around."""
import json
import threading

import msal
import pytest
from people_help import ADA, DANA, LINUS, PASSWORDS, refused_with, walk
from tenant_client import unsigned

FABRIKAM = "fab41ca0-2222-4b00-8b00-000000000002"
PARTNERS = "67000000-0001-4e00-8e00-000000000001"
PLACE = "70c00000-0001-4000-8000-000000000001"
TERMS = "a9ee0000-0001-4a00-8a00-000000000001"
PHISHING_RESISTANT = "00000000-0000-0000-0000-000000000004"
MFA_STRENGTH = "00000000-0000-0000-0000-000000000002"
GUESTS = {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest,b2bCollaborationMember",
                                           "externalTenants": {"membershipKind": "all"}}}


def policy(number=1, *, grant=("block",), operator="OR", users=None, apps=("All",), contexts=(), locations=None, flows=None,
           state="enabled", terms=(), strength=None, session=None):
    return {"id": f"ca000000-{number:04}-4000-8000-000000000001", "displayName": f"P{number}", "state": state,
            "conditions": {"clientAppTypes": ["all"], "users": users or {"includeUsers": ["All"]},
                           "applications": {"includeApplications": list(apps),
                                            "includeAuthenticationContextClassReferences": list(contexts)},
                           "locations": locations, "authenticationFlows": flows},
            "grantControls": {"operator": operator, "builtInControls": list(grant), "termsOfUse": list(terms),
                              "authenticationStrength": {"id": strength} if strength else None}
            if grant or terms or strength else None,
            "sessionControls": session}


def decide_by(tenant, *policies, places=()):
    tenant.control("PATCH", "/conditional-access", {"policies": list(policies), "namedLocations": list(places)})


def trust(tenant, home=FABRIKAM, **accepted):
    tenant.control("PATCH", "/policies/crossTenantAccessPolicy", {"partners": [{"tenantId": home, "inboundTrust": accepted}]})


def place(cidr, trusted=True):
    return {"@odata.type": "#microsoft.graph.ipNamedLocation", "id": PLACE, "displayName": "DC", "isTrusted": trusted,
            "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr}]}


def admitted(tenant, mail=ADA, **how):
    flow, result = walk(tenant, mail, **how)
    assert result.ok, (result.code, result.text)
    answer = tenant.poll(flow["device_code"])
    assert answer.status_code == 200, answer.text
    return result, answer.json()


@pytest.mark.covers("ca.block")
def test_block_names_its_policies(kinds):
    decide_by(kinds, policy(1), policy(2, grant=("mfa",)))
    flow, result = walk(kinds, ADA)
    assert result.code == 53003 and "Correlation ID" in result.text
    kinds.switch(slow_down=False, refusal_at_poller="error")
    told = kinds.poll(flow["device_code"]).json()
    ids = json.loads(told["claims"])["access_token"]["capolids"]["values"]
    assert ids == [policy(1)["id"]] and told["suberror"] == "message_only"


@pytest.mark.covers("ca.states")
def test_report_only_and_disabled_ones_decide_nothing(kinds):
    decide_by(kinds, policy(1, state="disabled"), policy(2, state="enabledForReportingButNotEnforced"))
    admitted(kinds)
    told = [one["appliedConditionalAccessPolicies"] for one in kinds.control("GET", "/signin-log?all=1")]
    assert [[row["result"] for row in rows] for rows in told if rows][0] == ["reportOnlyInterrupted"]


@pytest.mark.covers("ca.users")
@pytest.mark.parametrize("users,blocked", [
    ({"includeUsers": ["All"]}, True),
    ({"includeUsers": ["All"], "excludeGroups": [PARTNERS]}, False),
    ({"includeUsers": ["None"]}, False),
    ({"includeGroups": [PARTNERS]}, True),
    ({"includeUsers": ["GuestsOrExternalUsers"]}, True),
    (GUESTS, True),
    ({"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest,serviceProvider"}}, False),
    ({"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest", "externalTenants": {
        "membershipKind": "enumerated", "members": [FABRIKAM]}}}, True),
    ({"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest", "externalTenants": {
        "membershipKind": "enumerated", "members": [PARTNERS]}}}, False),
    ({"includeUsers": ["All"], "excludeGuestsOrExternalUsers": GUESTS["includeGuestsOrExternalUsers"]}, False),
])
def test_whom_a_policy_is_about(kinds, users, blocked):
    decide_by(kinds, policy(users=users))
    assert walk(kinds, ADA)[1].ok is not blocked


@pytest.mark.covers("ca.applications")
def test_what_a_policy_is_about(kinds):
    for apps, blocked in ((["All"], True), ([kinds.ready["api_id"]], True), ([kinds.ready["client_id"]], False),
                          (["Office365"], False), (["None"], False)):
        decide_by(kinds, policy(apps=apps))
        assert walk(kinds, ADA)[1].ok is not blocked, apps


@pytest.mark.covers("ca.flows")
def test_device_code_is_blocked_and_a_browser_is_not(kinds):
    from browser import Browser
    decide_by(kinds, policy(flows={"transferMethods": "deviceCodeFlow"}))
    refused_with(kinds, ADA, 53003)
    assert Browser(kinds).code(ADA)


@pytest.mark.covers("ca.locations")
def test_locations_of_the_browser(kinds):
    only_there = policy(locations={"includeLocations": ["All"], "excludeLocations": [PLACE]})
    for address, ok in (("198.51.100.7", True), ("203.0.113.7", False)):
        decide_by(kinds, only_there, places=[place("198.51.100.0/24")])
        kinds.switch(browser_address=address)
        assert walk(kinds, ADA)[1].ok is ok
    trusted = policy(locations={"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]})
    decide_by(kinds, trusted, places=[place("198.51.100.0/24", trusted=False)])
    kinds.switch(browser_address="198.51.100.7")
    assert walk(kinds, ADA)[1].code == 53003
    kinds.switch(legacy_trusted_ips=["198.51.100.0/24"])  # which Graph does not show
    assert walk(kinds, ADA)[1].ok
    country = {"@odata.type": "#microsoft.graph.countryNamedLocation", "id": PLACE, "displayName": "Germany",
               "countriesAndRegions": ["DE"], "includeUnknownCountriesAndRegions": True}
    decide_by(kinds, only_there, places=[country])
    for where, ok in (("DE", True), ("FR", False), ("", True)):
        kinds.switch(browser_country=where)
        assert walk(kinds, ADA)[1].ok is ok


@pytest.mark.covers("ca.mfa")
@pytest.mark.parametrize("trusted", [False, True])
def test_second_factor_by_policy(kinds, trusted):
    decide_by(kinds, policy(grant=("mfa",), users=GUESTS))
    if trusted:
        trust(kinds, isMfaAccepted=True)
    from people_help import MARA
    result, tokens = admitted(kinds, MARA)
    assert ("proofup" in result.pages) is not trusted
    assert "mfa" in unsigned(tokens["id_token"]).get("amr", ["mfa"])
    refused = walk(kinds, ADA, refuse=("proofup",))[1]
    assert refused.code == 50079 or trusted


@pytest.mark.covers("ca.device")
def test_device_controls_cannot_be_met_by_device_code(kinds):
    for control in ("compliantDevice", "domainJoinedDevice"):
        decide_by(kinds, policy(grant=(control,)))
        refused_with(kinds, ADA, 530033)
    decide_by(kinds, policy(grant=("compliantDevice", "mfa"), operator="OR"))
    assert "proofup" in admitted(kinds)[0].pages


@pytest.mark.covers("ca.impossible")
@pytest.mark.parametrize("control,code", [("approvedApplication", 53002), ("compliantApplication", 53009),
                                          ("passwordChange", 53003)])
def test_controls_that_no_guest_can_meet(kinds, control, code):
    decide_by(kinds, policy(grant=(control,)))
    refused_with(kinds, ADA, code)


@pytest.mark.covers("ca.strength")
def test_strengths_and_where_a_guest_can_show_them(kinds):
    decide_by(kinds, policy(grant=(), strength=MFA_STRENGTH))
    assert "proofup" in admitted(kinds)[0].pages
    assert walk(kinds, DANA)[1].code == 53003  # not for guests without an Entra home
    decide_by(kinds, policy(grant=(), strength=PHISHING_RESISTANT))
    refused_with(kinds, ADA, 53003)
    trust(kinds, isMfaAccepted=True)
    refused_with(kinds, ADA, 53003)  # trusted, and shown nothing of the kind


@pytest.mark.covers("ca.terms")
def test_terms_are_asked_once_and_may_be_declined(kinds):
    decide_by(kinds, policy(grant=(), terms=[TERMS]))
    assert "terms" not in admitted(kinds)[0].pages  # she accepted them long ago
    result = walk(kinds, LINUS, refuse=("terms",))[1]
    assert result.code == 50158
    assert "terms" in admitted(kinds, LINUS)[0].pages
    assert "terms" not in admitted(kinds, LINUS)[0].pages


@pytest.mark.covers("ca.frequency")
def test_sign_in_frequency_in_hours(kinds):
    rule = {"signInFrequency": {"isEnabled": True, "value": 1, "type": "hours", "frequencyInterval": "timeBased"}}
    decide_by(kinds, policy(grant=(), session=rule))
    kinds.switch(home_reprompts=True)
    person = kinds.person()
    assert "reauth" not in admitted(kinds, person=person)[0].pages
    kinds.control("PUT", "/clock", {"offset": 3700})
    result, tokens = admitted(kinds, person=person, password=PASSWORDS[ADA])
    assert "reauth" in result.pages
    assert unsigned(tokens["id_token"])["auth_time"] > unsigned(tokens["id_token"])["iat"] - 600


@pytest.mark.covers("ca.every_time")
@pytest.mark.parametrize("position,asked", [("ignored", False), ("asked_and_moves", True)])
def test_sign_in_frequency_every_time(kinds, position, asked):
    rule = {"signInFrequency": {"isEnabled": True, "value": None, "type": None, "frequencyInterval": "everyTime"}}
    decide_by(kinds, policy(grant=(), session=rule))
    kinds.switch(every_time_in_browser=position, home_reprompts=True)
    person = kinds.person()
    admitted(kinds, person=person)
    kinds.control("PUT", "/clock", {"offset": 400})
    assert ("reauth" in admitted(kinds, person=person, password=PASSWORDS[ADA])[0].pages) is asked


@pytest.mark.covers("ca.all_of_them")
def test_all_policies_must_be_satisfied(kinds):
    decide_by(kinds, policy(1, grant=("mfa",)), policy(2, grant=(), terms=[TERMS]))
    pages = admitted(kinds, LINUS)[0].pages
    assert "proofup" in pages and "terms" in pages


@pytest.mark.covers("ca.at_the_token")
def test_a_policy_that_came_between_the_browser_and_the_token(kinds):
    flow, result = walk(kinds, ADA)
    assert result.ok
    decide_by(kinds, policy())
    kinds.switch(slow_down=False)
    told = kinds.poll(flow["device_code"]).json()
    assert told["error_codes"] == [53003] and policy()["id"] in told["claims"]


@pytest.mark.covers("ca.not_evaluable")
def test_what_nobody_can_evaluate_does_not_apply(kinds):
    odd = policy()
    odd["conditions"]["moonPhases"] = ["full"]
    decide_by(kinds, odd)
    admitted(kinds)


@pytest.mark.covers("ca.ipaddr", "switch.ipaddr_holds")
@pytest.mark.parametrize("holds,expected", [("browser", "198.51.100.9"), ("poller", "127.0.0.1"), ("absent", None)])
def test_what_ipaddr_holds(kinds, holds, expected):
    kinds.switch(ipaddr_holds=holds, browser_address="198.51.100.9")
    assert unsigned(admitted(kinds)[1]["id_token"]).get("ipaddr") == expected


@pytest.mark.covers("ca.what_if")
def test_what_if_says_which_apply_and_not_whether_they_are_met(kinds):
    kinds.control("PATCH", "/registrations/reader", {"roles": ["Policy.Read.ConditionalAccess"]})
    decide_by(kinds, policy(1, users=GUESTS, grant=("mfa",)), policy(2, state="disabled"), policy(
        3, state="enabledForReportingButNotEnforced", locations={"includeLocations": [PLACE], "excludeLocations": []}),
        places=[place("198.51.100.0/24")])
    body = {"signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": kinds.id_of(ADA)},
            "signInContext": {"includeApplications": [kinds.ready["api_id"]]},
            "signInConditions": {"ipAddress": "203.0.113.7"}, "appliedPoliciesOnly": False}
    told = kinds.send("/identity/conditionalAccess/evaluate", body, kinds.bearer()).json()["value"]
    assert [(one["displayName"], one["policyApplies"]) for one in told] == [("P1", True), ("P2", False), ("P3", False)]


@pytest.mark.covers("ca.written")
def test_policies_are_written_through_graph(kinds):
    kinds.control("PATCH", "/registrations/reader", {"roles": ["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"]})
    kinds.control("PUT", "/graph/limits", {"conditional_access": [100, 1]})
    bearer = kinds.bearer()
    row = {name: value for name, value in policy().items() if name != "id"}
    made = kinds.send("/identity/conditionalAccess/policies", row, bearer)
    assert made.status_code == 201 and made.json()["id"]
    assert walk(kinds, ADA)[1].code == 53003
    for wrong in ({}, {**row, "state": "on"}, {**row, "conditions": {}}, {**row, "id": "x"}, {**row, "grantControls": None}):
        assert kinds.send("/identity/conditionalAccess/policies", wrong, bearer).status_code == 400
    kinds.control("PATCH", "/registrations/reader", {"roles": ["Policy.Read.All"]})
    assert kinds.send("/identity/conditionalAccess/policies", row, kinds.bearer()).status_code == 403


@pytest.mark.covers("ca.msal")
def test_microsofts_client_where_a_policy_wants_a_second_factor(kinds, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", kinds.ready["ca_file"])
    monkeypatch.setenv("CURL_CA_BUNDLE", kinds.ready["ca_file"])
    decide_by(kinds, policy(grant=("mfa",), users=GUESTS))
    kinds.switch(device_code_interval=1)
    app = msal.PublicClientApplication(kinds.ready["client_id"], authority=f"{kinds.login}/{kinds.tid}",
                                       instance_discovery=False)
    flow = app.initiate_device_flow([kinds.ready["api_scope"]])
    walked = []
    person = threading.Timer(0.3, lambda: walked.append(kinds.person().sign_in(flow["user_code"], ADA, PASSWORDS[ADA])))
    person.start()
    result = app.acquire_token_by_device_flow(flow)
    person.join()
    assert walked[0].ok and "proofup" in walked[0].pages
    assert result["id_token_claims"]["oid"] == kinds.id_of(ADA)
