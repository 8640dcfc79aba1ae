# SPDX-License-Identifier: Apache-2.0
"""Applications and their service principals: any number of clients and of APIs (tiers), in one table by short name.

Three ids that must never be mixed (entra-facts 17): appId in tokens and requests, servicePrincipalId where a principal
is meant (oid of app-only tokens, grants, assignments), objectId of the application object. A registration is a plain
dict, as the data file and control give it; `complete` adds what is not given.
"""
import uuid

from ..graph.permissions import KNOWN
from .errors import LoginError

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
GRAPH_PUBLIC = "https://graph.microsoft.com"
GRAPH_DELEGATED = ("User.Read", "User.Read.All", "GroupMember.Read.All", "Directory.Read.All", "User.ReadBasic.All",
                   "User.Invite.All", "Agreement.Read.All", "AgreementAcceptance.Read.All", "Application.Read.All",
                   "Policy.Read.All", "Policy.Read.ConditionalAccess", "EntitlementManagement.Read.All",
                   "AuthenticationContext.Read.All")
GRAPH = {"appId": GRAPH_APP_ID, "objectId": None, "servicePrincipalId": str(uuid.uuid5(uuid.NAMESPACE_OID, GRAPH_APP_ID)),
         "displayName": "Microsoft Graph", "identifierUris": [GRAPH_PUBLIC],
         "scopes": list(GRAPH_DELEGATED), "requestedAccessTokenVersion": 1, "servicePrincipal": "enabled"}
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
PLATFORMS = ("publicClient", "web", "spa")

DEFAULTS = {
    "signInAudience": "AzureADMyOrg", "isFallbackPublicClient": False, "identifierUris": [], "scopes": [], "roles": [],
    "servicePrincipal": "enabled",       # enabled, disabled (accountEnabled false) or missing
    "disabled": False,                   # the application's isDisabled
    "disabledByMicrosoftStatus": None,
    "optionalClaims": {}, "groupMembershipClaims": None, "requestedAccessTokenVersion": None,
    "appRoles": [],                      # {"id", "value", "allowedMemberTypes", "isEnabled"}
    "appRoleAssignmentRequired": False, "assigned": [],
    "preAuthorizedApplications": [],     # appIds, or {"appId": , "scopes": [...]}
    "grants": [],                        # scopes of Graph for all, or {"resource", "consentType", "principal", "scope"}
    "requiredResourceAccess": None,      # {name of an API, "graph" or an appId: [scopes]}; None: whatever is asked
    "secrets": [],                       # values, or {"value": , "expires": seconds since 1970}
    "certificates": [],                  # PEM
    "trustedSubjects": [],               # names of certificates that x5c may bring along
    "federatedCredentials": [],          # {"issuer", "subject", "audiences", "keys": the issuer's key document}
    "customSigningKey": False,           # a claims-mapping signing key of its own: tokens for it have another key
    "tags": [],                          # of the service principal
    "owners": [], "principalOwners": [],  # of the application and of its service principal: people by mail or id
    "application": {},                   # Graph's object, if it was made by Graph: graph/application_body.py
}

# What a registration may have besides: its names and ids, its platforms, and whether a consent screen calls it risky.
MEMBERS = ("appId", "objectId", "servicePrincipalId", "displayName", "name", *PLATFORMS, *DEFAULTS, "risky")
TYPES = {**{name: type(value) for name, value in DEFAULTS.items() if value is not None},
         **{name: dict for name in PLATFORMS}, "displayName": str}


def problems(given, where):
    """What is wrong with members of a registration, those of a data file or those that control changes."""
    unknown = sorted(name for name in given if name not in MEMBERS)
    out = [f"{where}.{name}: no such member; there are {', '.join(MEMBERS)}" for name in unknown]
    out += [f"{where}.{name}: not {kind.__name__}: {given[name]!r}" for name, kind in TYPES.items()
            if name in given and not isinstance(given[name], kind)]
    roles = given.get("roles")
    for place, role in enumerate(roles if isinstance(roles, list) else ()):
        if not isinstance(role, str) or role not in KNOWN:
            out.append(f"{where}.roles[{place}]: no such permission: {role!r}; there are {', '.join(sorted(KNOWN))}")
    return out


def complete(name, given):
    """A registration with every member; ids that are not given follow from the appId."""
    out = {**{key: (value.copy() if hasattr(value, "copy") else value) for key, value in DEFAULTS.items()}, **given}
    out.setdefault("objectId", str(uuid.uuid5(uuid.NAMESPACE_URL, f"application/{out['appId']}")))
    out.setdefault("servicePrincipalId", str(uuid.uuid5(uuid.NAMESPACE_OID, out["appId"])))
    for platform in PLATFORMS:
        out.setdefault(platform, {"redirectUris": []})
    out["name"] = name
    return out


def resource(world, name):
    """The API of that short name; "graph" is Microsoft's own."""
    return GRAPH if name == "graph" else world.registrations[name]


def called(api):
    """How errors name an API: by its first identifier URI, if it has one."""
    return (api["identifierUris"] or [api["appId"]])[0]


def name_of_resource(world, prefix):
    """Short name of the API behind an identifier URI or an appId, or None."""
    if prefix in (GRAPH_PUBLIC, world.graph, GRAPH_APP_ID):
        return "graph"
    for name, one in world.registrations.items():
        if prefix in one["identifierUris"] or prefix.lower() == one["appId"]:
            return name
    return None


def claims_of(registration, token):
    """Optional claims of "idToken" or "accessToken": {name: additional properties}."""
    out = {}
    for one in registration.get("optionalClaims", {}).get(token, []):
        entry = {"name": one} if isinstance(one, str) else one
        out[entry["name"]] = tuple(entry.get("additionalProperties", ()))
    return out


def check_client(registration, tenant):
    """Whether the application may ask for tokens at all (entra-facts 17.1, 17.4, 17.6)."""
    words = {"app_id": registration["appId"], "app": registration["displayName"], "tenant": tenant}
    if registration["servicePrincipal"] == "missing":
        raise LoginError(7000229, **words)
    if registration["disabledByMicrosoftStatus"]:
        raise LoginError(70001, **words)
    if registration["disabled"] or registration["servicePrincipal"] == "disabled":
        raise LoginError(7000112, **words)


def check_resource(world, client, name):
    """Whether tokens for this API are issued at all, and to this client."""
    api = resource(world, name)
    if name == "graph":
        if client["requiredResourceAccess"] == {} and not client["grants"]:
            raise LoginError(650056, tenant=world.tenant["name"])
        return
    if api["servicePrincipal"] == "missing":
        raise LoginError(world.switches.missing_service_principal, resource=called(api),
                         tenant=world.tenant["name"])
    if api["servicePrincipal"] == "disabled" or api["disabled"]:
        raise LoginError(500014, resource=api["displayName"])
    listed = client["requiredResourceAccess"]
    unlisted = listed is not None and name not in listed and api["appId"] not in listed
    if unlisted and world.switches.resource_must_be_listed:
        raise LoginError(650057, app_id=client["appId"], app=client["displayName"], resource=called(api),
                         listed=", ".join(listed))


def check_list(world, client):
    """What `.default` needs: every API of the static list is known here."""
    for ref in client["requiredResourceAccess"] or {}:
        if ref not in world.registrations and ref != "graph" and name_of_resource(world, ref) is None:
            raise LoginError(65005, resource=ref)


def assignments(world, api, principal):
    """Roles by which this principal is assigned to the API: values of appRoles, "" for default access.

    Direct only: assignment does not reach the members of nested groups. `principal` is a user object, or a client.
    """
    own = [principal["name"], principal["servicePrincipalId"]] if isinstance(principal, dict) else []
    out = []
    for entry in api["assigned"]:
        ref = entry if isinstance(entry, str) else entry["principal"]
        value = "" if isinstance(entry, str) else entry.get("role", "")
        if own:
            hit = ref in own
        else:
            found = world.principal(ref)
            hit = found is not None and (found is principal or found.id in principal.groups)
        if hit and value not in out:
            out.append(value)
    return out


def granted(world, client, name, user=None, preauthorised=True):
    """Delegated scopes that this client has for this API: pre-authorised, or granted to all, or to this person."""
    out = set()
    if name != "graph" and preauthorised:
        for entry in resource(world, name)["preAuthorizedApplications"]:
            app_id, scopes = (entry, None) if isinstance(entry, str) else (entry["appId"], entry.get("scopes"))
            if app_id == client["appId"]:
                out.update(resource(world, name)["scopes"] if scopes is None else scopes)
    for grant in client["grants"]:
        if isinstance(grant, str):
            grant = {"resource": "graph", "consentType": "AllPrincipals", "scope": grant}
        mine = grant.get("consentType", "AllPrincipals") == "AllPrincipals" or (
            user is not None and world.principal(grant.get("principal", "")) is user)
        if grant["resource"] == name and mine:
            out.update(grant["scope"].split())
    return out
