# SPDX-License-Identifier: Apache-2.0
"""Rules between tenants in the shape of Graph's policies (entra-facts 10.5, 10.6): who may come in, who may invite.

`world.policies` holds authorizationPolicy, crossTenantAccessPolicy, externalIdentitiesPolicy, adminConsentRequestPolicy
and the lists of domains for invitations. A partner's own policy stands at its home, as `crossTenantAccessPolicy`.
"""
import copy

OPEN = {"usersAndGroups": {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]},
        "applications": {"accessType": "allowed", "targets": [{"target": "AllApplications",
                                                               "targetType": "application"}]}}
SHUT = {"usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]},
        "applications": {"accessType": "blocked", "targets": [{"target": "AllApplications",
                                                               "targetType": "application"}]}}
EVERYBODY = ("AllUsers", "AllApplications")

PRECEDENCE = ["azureActiveDirectory", "externalFederation", "socialIdentityProviders"]
FALLBACKS = ("emailOneTimePasscode", "microsoftAccount", "defaultConfiguredIdp")
INVITERS = ("none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone")

SERVICE_DEFAULT = {
    "isServiceDefault": True,
    "inboundTrust": {"isMfaAccepted": False, "isCompliantDeviceAccepted": False,
                     "isHybridAzureADJoinedDeviceAccepted": False},
    "b2bCollaborationInbound": OPEN, "b2bCollaborationOutbound": OPEN, "b2bDirectConnectInbound": SHUT,
    "b2bDirectConnectOutbound": SHUT, "automaticUserConsentSettings": {"inboundAllowed": False,
                                                                       "outboundAllowed": False},
    "tenantRestrictions": None,
    "invitationRedemptionIdentityProviderConfiguration": {"primaryIdentityProviderPrecedenceOrder": PRECEDENCE,
                                                          "fallbackIdentityProvider": "defaultConfiguredIdp"}}
PARTNER = {"isServiceProvider": None, "isInMultiTenantOrganization": False, "inboundTrust": None,
           "b2bCollaborationInbound": None,
           "b2bCollaborationOutbound": None, "b2bDirectConnectInbound": None, "b2bDirectConnectOutbound": None,
           "automaticUserConsentSettings": None, "tenantRestrictions": None}
POLICIES = {
    "authorizationPolicy": {"allowInvitesFrom": "everyone", "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3"},
    "crossTenantAccessPolicy": {"allowedCloudEndpoints": [], "default": SERVICE_DEFAULT, "partners": []},
    "externalIdentitiesPolicy": {"allowExternalIdentitiesToLeave": True},
    "adminConsentRequestPolicy": {"isEnabled": False},
    "invitationDomains": {"allowed": [], "blocked": []}}


def policies(given=None):
    """All policies: the service's defaults, with the members that a data file gives in their place."""
    out = copy.deepcopy(POLICIES)
    for name, members in (given or {}).items():
        out[name].update(copy.deepcopy(members))
    access = out["crossTenantAccessPolicy"]
    access["default"] = {**copy.deepcopy(SERVICE_DEFAULT), **access["default"]}
    access["partners"] = [{**PARTNER, **one} for one in access["partners"]]
    return out


def partner(world, tenant_id, make=False):
    """The partner entry of a tenant, or None; `make`: add an empty one, which inherits everything."""
    partners = world.policies["crossTenantAccessPolicy"]["partners"]
    found = next((one for one in partners if one["tenantId"] == tenant_id), None)
    if found is None and make:
        found = {"tenantId": tenant_id, **PARTNER}
        partners.append(found)
    return found


def effective(world, tenant_id, name):
    """A member of the partner's entry, or of the default where the entry has null: inherited member by member."""
    found = partner(world, tenant_id)
    value = found.get(name) if found else None
    return world.policies["crossTenantAccessPolicy"]["default"][name] if value is None else value


def _side_allows(side, wanted):
    """One side of a rule (users, or applications): the listed ones alone are allowed, or they alone are blocked."""
    listed = any(one["target"] in EVERYBODY or one["target"] in wanted for one in side.get("targets", []))
    return listed == (side["accessType"] == "allowed")


def allows(rule, users, apps):
    """Whether a b2bCollaboration rule lets these through. `users`: ids of the person and its groups; `apps`: app
    ids."""
    return (_side_allows(rule["usersAndGroups"], users) and _side_allows(rule["applications"], apps)) if rule else True


def theirs(home, name):
    """A member of the partner tenant's own policy towards us; None if it never said anything."""
    return (home.get("crossTenantAccessPolicy") or {}).get(name)


def crossing(world, account, user, app_id):
    """The AADSTS number that stops this account at the border, or None: the home's rule comes first, then ours."""
    home = world.home_of(account)
    outbound = theirs(home, "b2bCollaborationOutbound")
    if home.get("outbound_blocked") or not allows(outbound, (account.oid,), (app_id,)):
        return 500212
    if home.get("cloud") and home["cloud"] not in world.policies["crossTenantAccessPolicy"]["allowedCloudEndpoints"]:
        return 1000104
    known = () if user is None else (user.id, *world.groups_of(user))
    inbound = effective(world, account.tid, "b2bCollaborationInbound")
    if home.get("inbound_blocked") or not allows(inbound, known, (app_id,)):
        return 500213
    return None


def mfa_trusted(world, account):
    return account.kind == "entra" and bool(effective(world, account.tid, "inboundTrust").get("isMfaAccepted"))


def automatic_redemption(world, account):
    """No consent page: allowed inbound by us and outbound by them."""
    if account.kind != "entra":
        return False
    ours = effective(world, account.tid, "automaticUserConsentSettings") or {}
    outbound = theirs(world.home_of(account), "automaticUserConsentSettings") or {}
    return bool(ours.get("inboundAllowed")) and bool(outbound.get("outboundAllowed"))


def set_blocks(world, home, changes):
    """Control's short form: outbound_blocked at the home, inbound_blocked at ours, written into the policies too."""
    for name in ("outbound_blocked", "inbound_blocked"):
        if name in changes:
            home[name] = bool(changes[name])
    if "inbound_blocked" in changes:
        entry = partner(world, home["id"], make=True)
        entry["b2bCollaborationInbound"] = copy.deepcopy(SHUT) if home["inbound_blocked"] else None
    if "outbound_blocked" in changes:
        rules = home.setdefault("crossTenantAccessPolicy", {})
        rules["b2bCollaborationOutbound"] = copy.deepcopy(SHUT) if home["outbound_blocked"] else None
