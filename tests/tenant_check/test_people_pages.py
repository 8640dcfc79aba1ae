# SPDX-License-Identifier: Apache-2.0
"""What our tenant says to a proven person: strangers, pending and disabled guests, policy, second factors, consent."""
import re

import pytest
from browser import Browser, redeem
from tenant_client import unsigned

from people_help import (ADA, ADAM, ALIAS, ALMA, CONRAD, DELIA, DORA, EVAN, GIA, LINUS, MARA, MIA, MILO, PASSWORDS,
                         PAT, SAM, TOVA,
                         home, organisation, refused_with, walk)

POLICY_BLOCK = (50005, 50097, 50127, 50129, 50131, 50155, 50187, 53000, 53001, 53002, 530021, 53003, 53004, 53005,
                53009, 53010,
                530002, 530003, 530004, 530031, 530032, 530033, 530034, 530035, 500213, 90084, 1000104)
ASKED = {50072: "proofup", 50079: "proofup", 50074: "mfahere", 50076: "mfahere", 50078: "reauth", 50158: "challenge",
         50199: "interrupt"}


def forget(tenant, mail):
    tenant.control("DELETE", f"/guests/{mail}")
    tenant.control("POST", f"/guests/{mail}/purge")


@pytest.mark.covers("error.50020", "error.500211", "error.50177", "error.50178", "error.90072", "error.700056",
                    "error.50034")
@pytest.mark.parametrize("code", [50020, 500211, 50177, 50178, 90072, 700056, 50034])
def test_stranger_of_another_tenant(kinds, code):
    kinds.switch(stranger_code=code)
    refused_with(kinds, EVAN, code)


@pytest.mark.covers("error.16000", "error.16003")
@pytest.mark.parametrize("code", [16000, 16003])
def test_stranger_whom_the_browser_remembers(kinds, code):
    kinds.switch(remembered_stranger_code=code)
    person = kinds.person()
    assert walk(kinds, EVAN, person)[1].code == 50020
    refused_with(kinds, EVAN, code, person)


@pytest.mark.covers("error.500204", "error.500200", "error.500207", "error.500208")
@pytest.mark.parametrize("code", [500204, 500200, 500207, 500208, 50020])
def test_stranger_with_a_microsoft_account(kinds, code):
    kinds.switch(consumer_stranger_code=code)
    forget(kinds, MILO)
    refused_with(kinds, MILO, code)


@pytest.mark.covers("error.51004")
@pytest.mark.parametrize("code", [51004, 50020])
def test_stranger_of_a_federated_provider(kinds, code):
    kinds.switch(federated_stranger_code=code)
    forget(kinds, SAM)
    refused_with(kinds, SAM, code)


@pytest.mark.covers("error.50034")
def test_unknown_address(kinds):
    for mail in ("who@nowhere.example", "who@contoso.example", "who@fabrikam.example"):
        assert refused_with(kinds, mail, 50034).outcome == "account"


@pytest.mark.covers("error.500341", "guest.deleted")
@pytest.mark.parametrize("code", [500341, 50020])
def test_deleted_guest_and_the_same_one_restored(kinds, code):
    kinds.switch(deleted_guest_code=code)
    refused_with(kinds, DELIA, code)
    kinds.switch(refusal_at_poller="pending")
    kinds.control("POST", f"/guests/{DELIA}/restore")
    assert walk(kinds, DELIA)[1].ok
    forget(kinds, DELIA)
    assert walk(kinds, DELIA)[1].code == 50020


@pytest.mark.covers("error.500571", "error.50057")
def test_disabled_here(kinds):
    refused_with(kinds, DORA, 500571)
    kinds.control("PATCH", f"/guests/{MIA}", {"accountEnabled": False})
    refused_with(kinds, MIA, 50057)


@pytest.mark.covers("error.50014", "guest.pending", "15.5.pending")
@pytest.mark.parametrize("inside", [False, True])
def test_pending_guest_in_the_device_flow(kinds, inside):
    kinds.switch(redeem_in_device_flow=inside)
    if not inside:
        refused_with(kinds, PAT, 50014)
    assert walk(kinds, PAT)[1].ok == inside
    state = kinds.control("GET", f"/guests/{PAT}")["externalUserState"]
    assert state == ("Accepted" if inside else "PendingAcceptance")


@pytest.mark.covers("error.50204", "error.65004", "consent.privacy")
@pytest.mark.parametrize("code", [65004, 50204])
def test_privacy_page_refused(kinds, code):
    kinds.switch(privacy_refused_code=code)
    refused_with(kinds, LINUS, code, consent=False)
    person, flow = kinds.person(), kinds.device().json()
    page = person.send(person.send(person.open(flow["verification_uri"]), code=flow["user_code"]), email=LINUS)
    page = person.send(page, password=PASSWORDS[LINUS])
    assert page.kind == "consent" and page.code == 50204 and "Permission requested by Contoso" in page.text
    assert kinds.control("GET", "/signin-log?all=1")[0]["status"]["errorCode"] == 50204


@pytest.mark.covers("error.50105")
@pytest.mark.parametrize("position, named", [("client", "Contoso SSH hosts"), ("api", "SSH prod hosts")])
def test_not_assigned(kinds, position, named):
    kinds.switch(assignment_names=position)
    kinds.control("PATCH", "/registrations/api", {"assigned": ["SSH prod partners"]})
    result = refused_with(kinds, LINUS, 50105)  # a member of a nested group only
    assert f"'{named}'" in result.text and result.page.forms == [] and result.page.links == []
    kinds.switch(refusal_at_poller="pending")
    kinds.control("PATCH", "/registrations/api", {"assigned": [LINUS]})
    assert walk(kinds, LINUS)[1].ok


@pytest.mark.covers(*(f"error.{code}" for code in POLICY_BLOCK))
@pytest.mark.parametrize("code", POLICY_BLOCK)
def test_every_block_by_policy(kinds, code):
    kinds.switch(policy_block=code)
    result = refused_with(kinds, ADA, code)
    assert "You cannot access this right now" in result.text and "Correlation ID" in result.text


@pytest.mark.covers(*(f"error.{code}" for code in (*ASKED, 500121)))
@pytest.mark.parametrize("code", ASKED)
def test_every_interruption_by_policy(kinds, code):
    kinds.switch(policy_interrupt=code)
    wanted = 500121 if code in (50074, 50076) else code
    refused_with(kinds, ADA, wanted, refuse=(ASKED[code],))
    kinds.switch(refusal_at_poller="pending")
    flow, result = walk(kinds, ADA)
    assert result.ok and ASKED[code] in result.pages
    assert kinds.poll(flow["device_code"]).status_code == 200
    assert code in {entry["status"]["errorCode"] for entry in kinds.control("GET", "/signin-log?all=1")}


@pytest.mark.covers("error.50140", "error.50058", "error.50161", "error.50088")
def test_interruptions_that_cannot_be_refused_or_met(kinds):
    kinds.switch(policy_interrupt=50140)
    result = walk(kinds, ADA)[1]
    assert result.ok and "kmsi" in result.pages
    for code in (50058, 50161, 50088):
        kinds.switch(policy_interrupt=code)
        refused_with(kinds, ADA, code)


@pytest.mark.covers("policy.mfa", "error.50076", "error.50079")
@pytest.mark.parametrize("trusted", [False, True])
def test_second_factor_here_or_trusted_at_home(kinds, trusted):
    kinds.switch(policy_mfa=True)
    if trusted:
        kinds.control("PATCH", "/policies/crossTenantAccessPolicy", {"partners": [
            {"tenantId": "fab41ca0-2222-4b00-8b00-000000000002", "inboundTrust": {"isMfaAccepted": True}}]})
    first, second = walk(kinds, MARA)[1], walk(kinds, MARA)[1]
    assert first.ok and second.ok
    assert ("proofup" in first.pages, "mfahere" in second.pages) == (not trusted, not trusted)
    home(kinds, MARA, mfa="none")
    if trusted:
        refused_with(kinds, MARA, 50079, refuse=("proofup",))
    else:
        refused_with(kinds, MARA, 500121, refuse=("mfahere",))


@pytest.mark.covers("policy.outcome")
def test_policy_of_programs_in_the_browser(kinds):
    kinds.control("PATCH", "/policy", {"require_mfa": True})
    assert "proofup" in walk(kinds, ADA)[1].pages
    kinds.control("PATCH", "/policy", {"block_device_code": True})
    refused_with(kinds, ADA, 53003)
    assert Browser(kinds).code(ADA)


@pytest.mark.covers("policy.mfa")
def test_second_factor_is_never_trusted_of_other_homes(kinds):
    kinds.switch(policy_mfa=True)
    for mail in (MILO, GIA, SAM):
        assert "proofup" in walk(kinds, mail)[1].pages
    assert "proofup" not in walk(kinds, MIA)[1].pages


@pytest.mark.covers("error.65001")
def test_consent_is_missing(kinds):
    kinds.control("PATCH", "/registrations/api", {"preAuthorizedApplications": []})
    refused_with(kinds, ADA, 65001)


@pytest.mark.covers("consent.application", "error.90137")
@pytest.mark.parametrize("code", [65004, 90137])
def test_application_consent_page(kinds, code):
    kinds.control("PATCH", "/registrations/api", {"preAuthorizedApplications": [], "appRoleAssignmentRequired": False})
    kinds.switch(consent_refused_code=code)
    assert walk(kinds, ADA)[1].code == 65001  # a guest cannot
    refused_with(kinds, MIA, code, consent=False)
    kinds.switch(refusal_at_poller="pending")
    flow, result = walk(kinds, MIA)
    assert result.ok and "appconsent" in result.pages and kinds.poll(flow["device_code"]).status_code == 200
    assert "appconsent" not in walk(kinds, MIA)[1].pages
    kinds.switch(guests_can_consent=True)
    assert "appconsent" in walk(kinds, ADA)[1].pages
    kinds.control("PATCH", "/registrations/api", {"appRoleAssignmentRequired": True})
    assert walk(kinds, GIA)[1].code == 65001  # assignment required: nobody can


@pytest.mark.covers("error.90094", "error.90095", "error.90096", "error.900941", "error.900942", "consent.admin")
@pytest.mark.parametrize("risky", [False, True])
def test_only_an_administrator_can_consent(kinds, risky):
    kinds.control("PATCH", "/registrations/api", {"preAuthorizedApplications": []})
    kinds.control("PATCH", "/registrations/signin", {"risky": risky})
    kinds.switch(missing_consent="admin_approval")
    refused_with(kinds, ADA, 900941 if risky else 90094)
    kinds.control("PATCH", "/policies/adminConsentRequestPolicy", {"isEnabled": True})
    refused_with(kinds, ADA, 900942 if risky else 90095, refuse=("approval",))
    refused_with(kinds, ADA, 90096, reason="I mend your servers")
    assert kinds.control("GET", "/consent-requests")[0]["reason"] == "I mend your servers"
    refused_with(kinds, ADA, 90096)
    kinds.switch(refusal_at_poller="pending")
    url = f"{kinds.login}/{kinds.tid}/adminconsent?client_id={kinds.ready['client_id']}"
    assert kinds.person().redeem(url, MIA, PASSWORDS[MIA]).code == 90094
    assert kinds.person().redeem(url, ADAM, PASSWORDS[ADAM], consent=False).text.count("Nothing was granted")
    assert walk(kinds, ADA)[1].code == 90096
    assert kinds.person().redeem(url, ADAM, PASSWORDS[ADAM]).ok
    assert walk(kinds, ADA)[1].ok and kinds.control("GET", "/consent-requests") == []


@pytest.mark.covers("invite.link", "guest.alias")
def test_alias_must_use_the_mailed_link(kinds):
    kinds.switch(redeem_in_device_flow=True)
    assert walk(kinds, ALMA)[1].code == 50020
    kinds.control("POST", "/invitations", {"invitedUserEmailAddress": ALIAS, "inviteRedirectUrl": "https://x.example",
                                           "sendInvitationMessage": True})
    person = kinds.person()
    assert person.redeem(person.invitation(ALIAS), EVAN, PASSWORDS[EVAN]).code == 50020
    other = kinds.person()
    assert other.redeem(other.invitation(ALIAS), ALMA, PASSWORDS[ALMA]).ok
    guest = kinds.control("GET", f"/guests/{ALIAS}")
    assert guest["externalUserState"] == "Accepted" and guest["home"]["mail"] == ALMA
    assert walk(kinds, ALMA)[1].ok


@pytest.mark.covers("invite.link")
def test_link_redeems_and_is_dead_with_its_guest(kinds):
    person = kinds.person()
    answer = kinds.control("POST", "/invitations", {"invitedUserEmailAddress": EVAN,
                                                    "inviteRedirectUrl": "https://myapps.example/go"})
    refused = person.redeem(answer["inviteRedeemUrl"], EVAN, PASSWORDS[EVAN], consent=False)
    assert refused.code == 65004 and walk(kinds, EVAN)[1].code == 50014
    result = kinds.person().redeem(answer["inviteRedeemUrl"], EVAN, PASSWORDS[EVAN])
    assert result.ok and "consent" in result.pages and result.page.links == ["https://myapps.example/go"]
    entry = kinds.control("GET", "/audit-log?all=1")[0]
    assert entry["activityDisplayName"] == "Redeem external user invite"
    assert entry["initiatedBy"]["user"]["id"] == answer["invitedUser"]["id"]
    kinds.control("PATCH", f"/guests/{EVAN}", {"accountEnabled": False})
    assert kinds.person().redeem(answer["inviteRedeemUrl"], EVAN, PASSWORDS[EVAN]).code == 500571
    forget(kinds, EVAN)
    for link in (answer["inviteRedeemUrl"], f"{kinds.login}/redeem?rd=nonsense"):
        assert person.open(link).kind == "gone"


@pytest.mark.covers("invite.link", "home.mailcode", "home.new_account")
def test_redemption_by_one_time_code_and_with_a_new_account(kinds):
    person = kinds.person()
    link = kinds.control("POST", "/invitations", {"invitedUserEmailAddress": "olaf@small.example",
                                                  "inviteRedirectUrl": "https://x.example"})
    result = person.redeem(link["inviteRedeemUrl"], "olaf@small.example")
    assert result.ok and result.pages[:2] == ["mailcode", "consent"]
    access = kinds.control("GET", "/policies")["crossTenantAccessPolicy"]
    order = access["default"]["invitationRedemptionIdentityProviderConfiguration"]
    order["fallbackIdentityProvider"] = "microsoftAccount"
    kinds.control("PATCH", "/policies/crossTenantAccessPolicy", access)
    link = kinds.control("POST", "/invitations", {"invitedUserEmailAddress": "nina@small.example",
                                                  "inviteRedirectUrl": "https://x.example"})
    result = person.redeem(link["inviteRedeemUrl"], "nina@small.example", new_password="brand-new-1")
    assert result.ok and result.pages[:2] == ["newaccount", "consent"]
    guest = kinds.control("GET", "/guests/nina@small.example")
    assert guest["home"]["kind"] == "msa" and guest["identities"][0]["issuer"] == "MicrosoftAccount"
    kinds.control("PATCH", "/registrations/api", {"appRoleAssignmentRequired": False})
    assert walk(kinds, "nina@small.example", password="brand-new-1")[1].ok


@pytest.mark.covers("invite.automatic")
@pytest.mark.parametrize("ours, theirs", [(True, True), (True, False), (False, True)])
def test_automatic_redemption_needs_both_sides(kinds, ours, theirs):
    kinds.switch(redeem_in_device_flow=True)
    kinds.control("PATCH", "/policies/crossTenantAccessPolicy", {"partners": [
        {"tenantId": "fab41ca0-2222-4b00-8b00-000000000002",
         "automaticUserConsentSettings": {"inboundAllowed": ours}}]})
    organisation(kinds, "fabrikam.example", crossTenantAccessPolicy={
        "automaticUserConsentSettings": {"outboundAllowed": theirs}})
    result = walk(kinds, PAT)[1]
    assert result.ok and ("consent" in result.pages) == (not (ours and theirs))
    assert kinds.control("GET", f"/guests/{PAT}")["externalUserState"] == "Accepted"


@pytest.mark.covers("guest.reset_redemption")
def test_reset_redemption_locks_the_old_identity_out(kinds):
    ada = kinds.id_of(ADA)
    kinds.control("PATCH", f"/guests/{ada}", {"otherMails": [EVAN]})
    answer = kinds.control("POST", "/invitations", {"invitedUserEmailAddress": EVAN,
                                                    "inviteRedirectUrl": "https://x.example",
                                                    "resetRedemption": True, "invitedUser": {"id": ada}})
    assert walk(kinds, ADA)[1].code == 50020 and walk(kinds, EVAN)[1].code == 50014
    assert kinds.person().redeem(answer["inviteRedeemUrl"], ADA, PASSWORDS[ADA]).code == 50020
    assert kinds.person().redeem(answer["inviteRedeemUrl"], EVAN, PASSWORDS[EVAN]).ok
    flow, result = walk(kinds, EVAN)
    assert result.ok
    tokens = kinds.poll(flow["device_code"], client_info="1").json()
    assert kinds.verified(tokens["id_token"], kinds.ready["client_id"])["oid"] == ada


@pytest.mark.covers("guest.two_objects")
def test_one_address_on_two_objects(kinds):
    assert len([one for one in kinds.control("GET", "/guests") if one["mail"] == TOVA]) == 2
    ids = set()
    for mail in (TOVA, "tova.contact@contoso.example"):
        kinds.control("PATCH", "/registrations/api", {"appRoleAssignmentRequired": False})
        flow, result = walk(kinds, mail)
        assert result.ok
        ids.add(kinds.verified(kinds.poll(flow["device_code"]).json()["id_token"], kinds.ready["client_id"])["oid"])
    assert len(ids) == 2


@pytest.mark.covers("guest.converted")
def test_converted_account_has_no_ext(kinds):
    guest = kinds.control("GET", f"/guests/{CONRAD}")
    assert guest["userPrincipalName"] == "conrad@contoso.example" and guest["creationType"] is None
    assert guest["userType"] == "Member" and guest["home"]["kind"] == "entra" and walk(kinds, CONRAD)[1].ok


@pytest.mark.covers("error.500202")
def test_microsoft_account_on_a_shared_endpoint(kinds):
    kinds.control("PATCH", "/registrations/signin", {"signInAudience": "AzureADandPersonalMicrosoftAccount"})
    form = {"client_id": kinds.ready["client_id"], "scope": "openid profile"}
    flow = kinds.post("/oauth2/v2.0/devicecode", form, tenant="common").json()
    result = kinds.person().sign_in(flow["user_code"], MILO, PASSWORDS[MILO])
    assert result.code == 500202 and "AADSTS500202" in result.text


@pytest.mark.covers("page.accessible")
def test_every_page_is_a_plain_accessible_form(kinds):
    """Walks that show every kind of page; what each is made of, without a browser."""
    person = kinds.person()
    seen, page_of = {}, person._page

    def keep(answer):
        seen.setdefault(page_of(answer).kind, answer.text)
        return page_of(answer)
    person._page = keep
    kinds.switch(redeem_in_device_flow=True)
    home(kinds, ADA, password_expired=True, mfa="unregistered")
    walk(kinds, ADA, person, new_password="renewed-1")
    for state in ({"method": "tap"}, {"method": "phone"}, {"method": "hello"}, {"method": "certificate"}):
        home(kinds, EVAN, **state)
        kinds.control("DELETE", "/sessions")
        walk(kinds, EVAN, person)
    for code in (50072, 50076, 50078, 50140, 50158, 50199):
        kinds.switch(policy_interrupt=code)
        walk(kinds, GIA, person)
    kinds.switch(policy_interrupt=None, missing_consent="admin_approval")
    walk(kinds, PAT, person)
    walk(kinds, "dana@mailonly.example", person, confirm=False)
    kinds.control("PATCH", "/policies/adminConsentRequestPolicy", {"isEnabled": True})
    kinds.control("PATCH", "/registrations/api", {"preAuthorizedApplications": [], "appRoleAssignmentRequired": False})
    walk(kinds, GIA, person)
    walk(kinds, MIA, person)
    person.redeem(f"{kinds.login}/{kinds.tid}/adminconsent?client_id={kinds.ready['client_id']}", ADAM, PASSWORDS[ADAM])
    person.leave(kinds.tid, GIA)
    person.open(f"{kinds.login}/redeem?rd=x")
    person.sign_out(kinds.tid)
    person.open(f"{kinds.login}/mailbox/{EVAN}")
    wanted = {"code", "account", "password", "tap", "phone", "hello", "certificate", "mailcode", "newpassword",
              "register", "mfa",
              "mfahere", "proofup", "reauth", "kmsi", "challenge", "interrupt", "consent", "appconsent", "approval",
              "adminconsent",
              "confirm", "done", "blocked", "declined", "gone", "leave", "left", "signedout", "mailbox"}
    assert set(seen) == wanted
    for kind, html in seen.items():
        assert html.count("<h1>") == 1 and '<html lang="en">' in html and "<script" not in html, kind
        assert "prefers-color-scheme: dark" in html and "<title>" in html and 'name="viewport"' in html, kind
        for name in re.findall(r'<input [^>]*id="(\w+)"', html):
            assert f'<label for="{name}">' in html, (kind, name)
        assert html.count("<input ") == len(re.findall(r'<input [^>]*id="', html)), kind


@pytest.mark.covers("invite.app_link")
def test_tenanted_link_to_an_application_redeems(kinds):
    kinds.control("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "none"})  # who was invited may come
    browser = Browser(kinds)
    browser.open(PAT, consent=False)
    assert browser.answer["error"] == "access_denied" and "AADSTS65004" in browser.answer["error_description"]
    assert kinds.control("GET", f"/guests/{PAT}")["externalUserState"] == "PendingAcceptance"
    assert redeem(kinds, Browser(kinds).code(PAT)).status_code == 200
    assert kinds.control("GET", f"/guests/{PAT}")["externalUserState"] == "Accepted"
    assert Browser(kinds).open(ALMA, PASSWORDS[ALMA]).code == 50020  # an alias is not redeemed this way


@pytest.mark.covers("consent.prompt")
def test_consent_is_asked_again_on_demand(kinds):
    page = Browser(kinds).open(ADA, prompt="consent")
    assert page.code == 90094
    kinds.control("PATCH", "/registrations/api", {"appRoleAssignmentRequired": False})
    administrator = Browser(kinds)
    administrator.code(ADAM, password=PASSWORDS[ADAM], prompt="consent")
    assert [one["consentType"] for one in kinds.control("GET", "/registrations")["signin"]["grants"]
            if isinstance(one, dict)] == ["Principal"] * 2


@pytest.mark.covers("session.fresh")
@pytest.mark.parametrize("reprompts", [False, True])
def test_fresh_sign_in_is_the_homes_to_give(kinds, reprompts):
    kinds.switch(home_reprompts=reprompts)
    browser = Browser(kinds)
    first = unsigned(redeem(kinds, browser.code(ADA)).json()["id_token"])["auth_time"]
    kinds.control("PUT", "/clock", {"offset": 100})
    page = browser.person.open(browser.url(prompt="login"))
    page = browser.person.send(page, account=ADA)
    assert (page.kind == "password") == reprompts
    if reprompts:
        browser.person.send(page, password=PASSWORDS[ADA])
    again = unsigned(redeem(kinds, browser.answer["code"]).json()["id_token"])["auth_time"]
    assert (again >= first + 100) == reprompts


@pytest.mark.covers("guest.identities")
@pytest.mark.parametrize("entra, msa", [("ExternalAzureAD", "MicrosoftAccount"), ("domain", "ExternalAzureAD")])
def test_identities_of_the_object(kinds, entra, msa):
    kinds.switch(entra_identity_issuer=entra, msa_identity_issuer=msa)
    issuers = {ADA: "fabrikam.example" if entra == "domain" else entra, MILO: msa, GIA: "google.com",
               "faye@social.example": "facebook.com", SAM: "http://idp.adatum.example/trust",
               "dana@mailonly.example": "mail"}
    for mail, issuer in issuers.items():
        guest = kinds.control("GET", f"/guests/{mail}")
        federated, own = guest["identities"]
        assert federated == {"signInType": "federated", "issuer": issuer,
                             "issuerAssignedId": None if mail == ADA else mail}
        assert own == {"signInType": "userPrincipalName", "issuer": "contoso.onmicrosoft.example",
                       "issuerAssignedId": guest["userPrincipalName"]}
    for mail in (MIA, PAT):  # internal, and not redeemed yet
        own = kinds.control("GET", f"/guests/{mail}")["identities"]
        assert [one["issuer"] for one in own] == ["contoso.onmicrosoft.example"]
