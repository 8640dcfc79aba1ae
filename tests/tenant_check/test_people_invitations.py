# SPDX-License-Identifier: Apache-2.0
"""Invitations and what becomes of a guest's object, asked for at the control API."""
import base64
import json

import pytest

from tenant_client import TENANT_DIR  # puts the tenant's modules on the path

ADA, MIA, INES, FABRIKAM = "ada@fabrikam.example", "mia@contoso.example", "ines@contoso.example", "fabrikam.example"
NEW = "nora@fabrikam.example"
assert TENANT_DIR


def body(mail=NEW, **more):
    return {"invitedUserEmailAddress": mail, "inviteRedirectUrl": "https://myapps.microsoft.com", **more}


def invite(tenant, mail=NEW, status=200, **more):
    return tenant.control("POST", "/invitations", body(mail, **more), status=status)


@pytest.mark.covers("invite.new")
def test_invitation_makes_a_pending_guest(tenant):
    answer = invite(tenant, invitedUserDisplayName="Nora New", sendInvitationMessage=True)
    guest = tenant.control("GET", f"/guests/{NEW}")
    assert answer["status"] == guest["externalUserState"] == "PendingAcceptance"
    assert answer["invitedUser"] == {"id": guest["id"]} and answer["invitedUserType"] == "Guest"
    assert answer["inviteRedeemUrl"].startswith(f"{tenant.login}/redeem?rd=https%3A%2F%2Finvitations")
    assert guest["displayName"] == "Nora New" and guest["userPrincipalName"].startswith("nora_fabrikam.example#EXT#@")
    assert guest["creationType"] == "Invitation" and guest["identities"][0]["issuer"] == "contoso.onmicrosoft.example"
    assert tenant.control("GET", f"/mailbox/{NEW}")[0]["link"] == answer["inviteRedeemUrl"]


@pytest.mark.covers("invite.status")
@pytest.mark.parametrize("status", ["InProgress", "Error"])
def test_other_states_of_an_invitation(tenant, status):
    tenant.switch(invitation_status=status)
    assert invite(tenant)["status"] == status
    assert tenant.control("GET", f"/guests/{NEW}")["externalUserState"] == "PendingAcceptance"


@pytest.mark.covers("invite.required")
@pytest.mark.parametrize("wrong", [
    {"invitedUserEmailAddress": ""}, {"inviteRedirectUrl": ""}, {"inviteRedirectUrl": "javascript:1"},
    {"invitedUserEmailAddress": "no address"}, {"invitedUserEmailAddress": "a@b@c.example"},
    {"invitedUserType": "Robot"},
    {"invitedUserSponsors": [{"id": "nobody"}]}, {"resetRedemption": True}, {"invitedUser": {"id": "nobody"}}])
def test_incomplete_invitations_are_refused_and_leave_nothing(tenant, wrong):
    before = len(tenant.control("GET", "/guests"))
    status = 404 if "invitedUser" in wrong else 400
    tenant.control("POST", "/invitations", {**body(), **wrong}, status=status)
    assert len(tenant.control("GET", "/guests")) == before


@pytest.mark.covers("invite.domains")
def test_domain_lists(tenant):
    tenant.control("PATCH", "/policies/invitationDomains", {"blocked": ["evil.example"]})
    assert "not allowed" in invite(tenant, "x@evil.example", 400)["error"]
    invite(tenant)
    tenant.control("PATCH", "/policies/invitationDomains", {"blocked": [], "allowed": ["northwind.example"]})
    invite(tenant, "other@fabrikam.example", 400)
    invite(tenant, "someone@northwind.example")


@pytest.mark.covers("invite.existing")
def test_who_is_there_already(tenant):
    assert "already exists" in invite(tenant, MIA, 400)["error"]
    assert "verified domain" in invite(tenant, "new@contoso.example", 400)["error"]
    again = invite(tenant, ADA)
    assert again["invitedUser"]["id"] == tenant.id_of(ADA) and again["status"] == "Completed"


def world_of(**data):
    """The tenant's knowledge in this process, for what the control API cannot say: who invites."""
    from rehearsal.world.clock import Clock
    from rehearsal.world.state import read
    from rehearsal.world.world import World
    return World({**read(TENANT_DIR / "data" / "contoso.json"), **data}, Clock(), "https://localhost:1")


@pytest.mark.covers("invite.who")
@pytest.mark.parametrize("allowed, good", [
    ("none", ""), ("adminsAndGuestInviters", "admin inviter"),
    ("adminsGuestInvitersAndAllMembers", "admin inviter member app"),
    ("everyone", "admin inviter member app guest")])
def test_who_may_invite(allowed, good):
    from rehearsal.world import redemption
    world = world_of(policies={"authorizationPolicy": {"allowInvitesFrom": allowed}})
    mia, ines, ada = (world.users_by_mail(mail)[0] for mail in (MIA, INES, ADA))
    world.directory_roles[ines.id] = ["Guest Inviter"]
    inviters = {"app": {"app": world.registrations["reader"]}, "member": {"user": mia}, "inviter": {"user": ines},
                "guest": {"user": ada}, "admin": {}}
    for name, who in inviters.items():
        if name in good.split():
            assert redemption.invite(world, body(f"{name}@fabrikam.example"), **who)["status"] == "PendingAcceptance"
        else:
            with pytest.raises(redemption.Refused) as refused:
                redemption.invite(world, body(f"{name}@fabrikam.example"), **who)
            assert (refused.value.status, refused.value.code) == (403, "Authorization_RequestDenied")


@pytest.mark.covers("invite.sponsor")
def test_sponsor_is_the_inviter_or_who_is_named():
    from rehearsal.world import redemption
    world = world_of()
    mia, ada = (world.users_by_mail(mail)[0] for mail in (MIA, ADA))

    def sponsors(mail, named=(), **who):
        more = {"invitedUserSponsors": [{"id": one} for one in named]}
        return world.sponsors[redemption.invite(world, body(mail, **more), **who)["invitedUser"]["id"]]
    assert sponsors("a@fabrikam.example", user=mia) == [mia.id]
    assert sponsors("b@fabrikam.example", [ada.id], user=mia) == [ada.id]
    assert sponsors("c@fabrikam.example", app=world.registrations["reader"]) == []


@pytest.mark.covers("invite.order")
def test_order_of_identity_providers():
    from rehearsal.world import redemption
    homes = [{"id": "e" * 8 + "-0000-4000-8000-000000000001", "name": "E", "domains": ["both.example"], "users": []},
             {"id": "saml.example", "kind": "saml", "name": "S", "issuer": "http://idp.saml.example",
              "domains": ["both.example", "s.example"]},
             {"id": "google.com", "kind": "google", "name": "Google"},
             {"id": "live.com", "kind": "msa", "name": "MS",
              "users": [{"id": "1", "mail": "old@any.example", "name": "O"}]}]
    world = world_of(homes=homes)
    rule = world.policies["crossTenantAccessPolicy"]["default"]["invitationRedemptionIdentityProviderConfiguration"]

    def kinds(*mails):
        return [redemption.home_for(world, mail)["kind"] for mail in mails]
    mails = ("x@both.example", "x@s.example", "x@gmail.com", "old@any.example", "new@any.example")
    assert kinds(*mails) == ["entra", "saml", "google", "msa", "mail"]
    rule["primaryIdentityProviderPrecedenceOrder"] = ["externalFederation", "socialIdentityProviders",
                                                      "azureActiveDirectory"]
    assert kinds("x@both.example") == ["saml"]
    rule["fallbackIdentityProvider"] = "microsoftAccount"
    assert kinds("new@any.example") == ["msa"]


@pytest.mark.covers("guest.reset_redemption", "15.5.reset_redemption")
@pytest.mark.parametrize("state", ["PendingAcceptance", "Accepted"])
def test_reset_redemption_keeps_the_object(tenant, state):
    tenant.switch(reset_redemption_state=state)
    before = tenant.control("GET", f"/guests/{ADA}")
    answer = tenant.control("POST", f"/guests/{before['id']}/reset-redemption", {"mail": "ada@home.example"})
    same = ("id", "userPrincipalName", "displayName", "groups")
    assert [answer[name] for name in same] == [before[name] for name in same]
    assert answer["mail"] == "ada@home.example" and answer["externalUserState"] == state
    assert answer["home"] == {"kind": "mail", "mail": "ada@home.example"}


@pytest.mark.covers("guest.reset_redemption")
def test_reset_redemption_by_invitation_wants_a_known_address(tenant):
    ada = tenant.id_of(ADA)
    more = {"resetRedemption": True, "invitedUser": {"id": ada}}
    assert "addresses" in invite(tenant, "ada@home.example", 400, **more)["error"]
    tenant.control("PATCH", f"/guests/{ada}", {"otherMails": ["ada@home.example"]})
    answer = invite(tenant, "ada@home.example", **more)
    assert answer["invitedUser"]["id"] == ada and answer["resetRedemption"] is True
    assert answer["status"] == "PendingAcceptance"
    assert "resetRedemption" in invite(tenant, "ada@home.example", 400, invitedUser={"id": ada})["error"]


@pytest.mark.covers("guest.reset_redemption")
def test_application_may_not_reset_who_has_a_directory_role():
    from rehearsal.world import redemption
    world = world_of()
    ada = world.users_by_mail(ADA)[0]
    world.directory_roles[ada.id] = ["Directory Readers"]
    wanted = body(ADA, resetRedemption=True, invitedUser={"id": ada.id})
    with pytest.raises(redemption.Refused) as refused:
        redemption.invite(world, wanted, app=world.registrations["reader"])
    assert refused.value.status == 403
    assert redemption.invite(world, wanted)["status"] == "PendingAcceptance"


@pytest.mark.covers("guest.converted", "15.5.converted")
def test_internal_account_becomes_external(tenant):
    before = tenant.control("GET", f"/guests/{MIA}")
    invite(tenant, "mia@fabrikam.example", 400, invitedUser={"id": before["id"]})
    tenant.control("PATCH", f"/guests/{MIA}", {"mail": "mia@fabrikam.example"})
    invite(tenant, "mia@fabrikam.example", invitedUser={"id": before["id"]})
    after = tenant.control("GET", f"/guests/{before['id']}")
    same = ("id", "userPrincipalName", "userType", "groups", "creationType")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert "#EXT#" not in after["userPrincipalName"]
    assert after["externalUserState"] == "PendingAcceptance" and after["home"]["kind"] == "entra"
    tenant.control("POST", f"/guests/{before['id']}/convert", status=409)


@pytest.mark.covers("guest.handed_over")
def test_object_is_handed_over(tenant):
    before = tenant.control("GET", f"/guests/{ADA}")
    tenant.control("POST", f"/guests/{ADA}/hand-over", {"mail": "evan@fabrikam.example"})
    after = tenant.control("GET", f"/guests/{before['id']}")
    assert after["groups"] == before["groups"] and after["userPrincipalName"] == before["userPrincipalName"]
    answer = tenant.poll(tenant.approved("evan@fabrikam.example")["device_code"], client_info="1").json()
    assert tenant.verified(answer["id_token"], tenant.ready["client_id"])["oid"] == before["id"]
    padded = answer["client_info"] + "=" * (-len(answer["client_info"]) % 4)
    assert json.loads(base64.urlsafe_b64decode(padded)) == {"uid": "fab41ca0-aaaa-4b00-8b00-00000000e0e0",
                                                           "utid": "fab41ca0-2222-4b00-8b00-000000000002"}
    flow = tenant.device().json()
    assert tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": ADA})["blocked"] == 50020
    taken = tenant.control("POST", f"/guests/{before['id']}/hand-over", {"mail": "grace@fabrikam.example"}, status=409)
    assert tenant.id_of("grace@fabrikam.example") in taken["error"]


@pytest.mark.covers("guest.deleted", "15.5.deleted_restored")
def test_deleted_restored_and_purged(tenant):
    before = tenant.control("GET", f"/guests/{ADA}")
    tenant.control("DELETE", f"/guests/{ADA}")
    tenant.control("GET", f"/guests/{ADA}", status=404)
    assert [one["id"] for one in tenant.control("GET", "/deleted")] == [before["id"]]
    after = tenant.control("POST", f"/guests/{before['id']}/restore")
    assert sorted(after["groups"]) == sorted(before["groups"]) and after["deletedDateTime"] is None
    tenant.control("DELETE", f"/guests/{ADA}")
    tenant.control("POST", f"/guests/{ADA}/purge")
    tenant.control("POST", f"/guests/{before['id']}/restore", status=404)


@pytest.mark.covers("guest.left")
def test_guest_leaves(tenant):
    ada = tenant.id_of(ADA)
    tenant.control("PATCH", "/policies/externalIdentitiesPolicy", {"allowExternalIdentitiesToLeave": False})
    tenant.control("POST", f"/guests/{ADA}/leave", status=403)
    tenant.control("POST", f"/guests/{MIA}/leave", status=400)
    tenant.control("PATCH", "/policies/externalIdentitiesPolicy", {"allowExternalIdentitiesToLeave": True})
    tenant.control("POST", f"/guests/{ADA}/leave")
    assert tenant.control("GET", "/deleted")[0]["id"] == ada
    gone = tenant.control("GET", "/audit-log?all=1")[0]
    assert gone["activityDisplayName"] == "Delete user" and gone["initiatedBy"]["user"]["id"] == ada


@pytest.mark.covers("crossing.policy")
def test_cross_tenant_rules_are_inherited_by_member(tenant):
    partner = {"tenantId": "fab41ca0-2222-4b00-8b00-000000000002", "inboundTrust": {"isMfaAccepted": True}}
    shut = {"usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]},
            "applications": {"accessType": "blocked", "targets": [{"target": "AllApplications",
                                                                   "targetType": "application"}]}}
    access = tenant.control("GET", "/policies")["crossTenantAccessPolicy"]

    def blocked(default, **members):
        tenant.control("PATCH", "/policies/crossTenantAccessPolicy", {
            "default": {**access["default"], "b2bCollaborationInbound": default}, "partners": [{**partner, **members}]})
        flow = tenant.device().json()
        return tenant.control("POST", f"/signins/{flow['user_code']}/approve", {"as": ADA})["blocked"]
    opened = access["default"]["b2bCollaborationInbound"]
    assert blocked(opened) is None
    assert blocked(shut) == 500213
    assert blocked(shut, b2bCollaborationInbound=opened) is None
    assert blocked(opened, b2bCollaborationInbound=shut) == 500213
    only_grace = {**opened, "usersAndGroups": {"accessType": "allowed", "targets": [
        {"target": tenant.id_of("grace@fabrikam.example"), "targetType": "user"}]}}
    assert blocked(opened, b2bCollaborationInbound=only_grace) == 500213
    other_app = {**opened, "applications": {"accessType": "blocked", "targets": [
        {"target": tenant.ready["client_id"], "targetType": "application"}]}}
    assert blocked(opened, b2bCollaborationInbound=other_app) == 500213
