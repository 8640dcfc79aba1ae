# SPDX-License-Identifier: Apache-2.0
"""Service principals and who is assigned to them (entra-facts 17.4). What names a principal here is its object id;
an appId in its place is refused."""
import uuid

from . import application_body
from .applications import owners_of
from .call import endpoint
from .errors import GraphError, bad_request, missing
from .permissions import KNOWN
from .schema import FLAG, TEXT, describe
from ..login.registrations import DEFAULT_ROLE, GRAPH, GRAPH_APP_ID
from ..world.world import GUID

describe("servicePrincipal", {"id": TEXT, "appId": TEXT, "displayName": TEXT, "accountEnabled": FLAG})
describe("assignmentToApp", {"id": TEXT, "principalId": TEXT, "resourceId": TEXT, "appRoleId": TEXT})
# The ids of Graph's application permissions that a host may need (6.5).
GRAPH_ROLES = {"df021288-bdef-4463-88db-98f22de89214": "User.Read.All",
               "97235f07-e226-4f63-ace3-39588e11d3a1": "User.ReadBasic.All",
               "98830695-27a2-44f7-8c18-0c3ebc9698f6": "GroupMember.Read.All",
               "246dd0d5-5bd0-4def-940b-0421030a5b68": "Policy.Read.All",
               "b0afded3-3588-46d8-8b3d-9842eff778da": "AuditLog.Read.All",
               "c74fd47d-ed3c-45c3-9a9e-b8676de685d2": "EntitlementManagement.Read.All",
               "37730810-e9ba-4e46-b07e-8ca78d182097": "Policy.Read.ConditionalAccess"}
# Those whose id is not in the fact sheet have one that is made up.
GRAPH_ROLES.update({str(uuid.uuid5(uuid.NAMESPACE_OID, name)): name for name in sorted(KNOWN)
                    if name not in GRAPH_ROLES.values()})


def _role(guid, value, kinds):
    return {"id": guid, "value": value, "displayName": value, "description": value, "isEnabled": True,
            "allowedMemberTypes": kinds}


def shown(world, one):
    """The service principal of a registration, or Graph's own."""
    own = one is GRAPH
    app = None if own else application_body.shown(world, one)
    return {
        "id": one["servicePrincipalId"], "appId": one["appId"], "displayName": one["displayName"],
        "accountEnabled": one["servicePrincipal"] == "enabled", "servicePrincipalType": "Application",
        "appRoleAssignmentRequired": one.get("appRoleAssignmentRequired", False),
        "servicePrincipalNames": [one["appId"], *one["identifierUris"]], "tags": one.get("tags", []),
        "appRoles": [_role(*pair, ["Application"]) for pair in GRAPH_ROLES.items()] if own else one["appRoles"],
        "oauth2PermissionScopes": [] if own else app["api"]["oauth2PermissionScopes"],
        "keyCredentials": [], "passwordCredentials": [], "isDisabled": None if own else app["isDisabled"],
        "disabledByMicrosoftStatus": one.get("disabledByMicrosoftStatus")}


def there(world):
    """All that have a service principal here."""
    return [GRAPH, *(one for one in world.registrations.values() if one["servicePrincipal"] != "missing")]


def by_object_id(world, ref):
    found = next((one for one in there(world) if one["servicePrincipalId"] == str(ref).lower()), None)
    if found is None:
        raise missing(str(ref))
    return found


def _one(graph, call, found):
    names = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    out = shown(graph.world, found)
    unknown = [name for name in names if name not in out]
    if unknown:
        raise bad_request(f"Could not find a property named '{unknown[0][:60]}' on type "
                          "'microsoft.graph.servicePrincipal'.")
    return {"@odata.context": graph.context("servicePrincipals/$entity", call),
            **{name: value for name, value in out.items() if not names or name in names}}


@endpoint("GET", "/servicePrincipals", "applications.read")
def principals(graph, call):
    return graph.table(call, "servicePrincipal", [shown(graph.world, one) for one in there(graph.world)], "servicePrincipals")


@endpoint("GET", "/servicePrincipals/{ref}", "applications.read")
def principal(graph, call, ref):
    return 200, _one(graph, call, by_object_id(graph.world, ref))


@endpoint("GET", "/servicePrincipals(appId='{ref}')", "applications.read")
def principal_by_app_id(graph, call, ref):
    found = next((one for one in there(graph.world) if one["appId"] == ref.lower()), None)
    if found is None:
        raise missing(ref)
    return 200, _one(graph, call, found)


@endpoint("POST", "/servicePrincipals", "applications.write", writes=True)
def create(graph, call):
    body = call.body if isinstance(call.body, dict) else {}
    kinds = {"appId": str, "accountEnabled": bool, "appRoleAssignmentRequired": bool, "tags": list}
    for name, value in body.items():
        if name not in kinds or not isinstance(value, kinds[name]):
            raise bad_request(f"Invalid value specified for property '{name[:60]}' of resource 'ServicePrincipal'.")
    app_id = body.get("appId", "")
    found = graph.world.registration(app_id)
    if found is None and app_id != GRAPH_APP_ID:
        raise bad_request(f"The appId '{app_id[:60]}' of the service principal does not reference a valid application "
                          "object.", "NoBackingApplicationObject")
    if found is None or found["servicePrincipal"] != "missing":
        raise GraphError(409, "Request_MultipleObjectsWithSameKeyValue", "The service principal cannot be created, "
                         f"updated, or restored because the service principal name {app_id} is already in use.")
    found.update(servicePrincipal="enabled" if body.get("accountEnabled", True) else "disabled",
                 appRoleAssignmentRequired=body.get("appRoleAssignmentRequired", False), tags=body.get("tags", []))
    return 201, _one(graph, call, found)


@endpoint("GET", "/servicePrincipals/{ref}/owners", "applications.read")
def principal_owners(graph, call, ref):
    found = by_object_id(graph.world, ref)
    return owners_of(graph, call, found.get("principalOwners", []), f"servicePrincipals('{ref}')/owners")


# Assignments

def _assigned(world, ref):
    """(id, type, display name) of who is assigned; None if there is nobody of this object id any more."""
    found = world.principal(ref)
    if found is not None:
        return found.id, "User" if found.id in world.users else "Group", found.props["displayName"]
    one = next((one for one in there(world) if ref in (one["servicePrincipalId"], one.get("name"))), None)
    return one and (one["servicePrincipalId"], "ServicePrincipal", one["displayName"])


def _row(world, resource, ref, role_id, created):
    who = _assigned(world, ref)
    name = uuid.uuid5(uuid.NAMESPACE_OID, f"{who and who[0]}/{resource['servicePrincipalId']}/{role_id}")
    return who and {"id": name.hex, "deletedDateTime": None, "appRoleId": role_id, "createdDateTime": created,
                    "principalId": who[0], "principalType": who[1], "principalDisplayName": who[2],
                    "resourceId": resource["servicePrincipalId"], "resourceDisplayName": resource["displayName"]}


def _rows(world, resource):
    """Everybody who is assigned to a resource; to Graph those with a permission that has an id here."""
    if resource is GRAPH:
        rows = [_row(world, resource, one["servicePrincipalId"], guid, None) for one in there(world)
                for guid, value in GRAPH_ROLES.items() if value in one.get("roles", ())]
    else:
        ids = {role["value"]: role["id"] for role in resource["appRoles"]}
        entries = [{"principal": one} if isinstance(one, str) else one for one in resource["assigned"]]
        rows = [_row(world, resource, one["principal"], ids.get(one.get("role"), DEFAULT_ROLE),
                     one.get("createdDateTime")) for one in entries]
    return [one for one in rows if one]


@endpoint("GET", "/servicePrincipals/{ref}/appRoleAssignedTo", "assignments.read")
def assigned_to(graph, call, ref):
    return graph.table(call, "assignmentToApp", _rows(graph.world, by_object_id(graph.world, ref)),
                       f"servicePrincipals('{ref}')/appRoleAssignedTo")


@endpoint("GET", "/servicePrincipals/{ref}/appRoleAssignments", "assignments.read")
def assignments(graph, call, ref):
    own = by_object_id(graph.world, ref)["servicePrincipalId"]
    rows = [row for resource in there(graph.world) for row in _rows(graph.world, resource) if row["principalId"] == own]
    return graph.table(call, "assignmentToApp", rows, f"servicePrincipals('{ref}')/appRoleAssignments")


def _to_graph(world, body):
    """An application permission: for a service principal, by the id of the permission."""
    one = by_object_id(world, body["principalId"])
    value = GRAPH_ROLES.get(body["appRoleId"].lower())
    if value is None or one is GRAPH:
        raise bad_request("Permission being assigned was not found on application")
    one["roles"].append(value)


def _to_api(world, api, body):
    """Default access is for an API that declares no role for users."""
    roles = {role["id"]: role["value"] for role in api["appRoles"] if role.get("isEnabled", True)}
    if body["appRoleId"] not in roles and (roles or body["appRoleId"] != DEFAULT_ROLE):
        raise bad_request("Permission being assigned was not found on application")
    api["assigned"].append({"principal": body["principalId"].lower(), "role": roles.get(body["appRoleId"], ""),
                            "createdDateTime": world.clock.iso()})


@endpoint("POST", "/servicePrincipals/{ref}/appRoleAssignedTo", "assignments.write", writes=True)
def assign(graph, call, ref):
    world, body = graph.world, call.body
    names = ("principalId", "resourceId", "appRoleId")
    good = isinstance(body, dict) and all(GUID.match(str(body.get(name))) for name in names)
    if not good or set(body) - set(names):
        raise bad_request("An assignment needs principalId, resourceId and appRoleId, each an id.")
    resource = by_object_id(world, ref)
    if body["resourceId"].lower() != resource["servicePrincipalId"]:
        raise bad_request("The resourceId is not the service principal in the address.")
    if _assigned(world, body["principalId"].lower()) is None:
        raise missing(body["principalId"])
    made = _row(world, resource, body["principalId"].lower(), body["appRoleId"].lower(), world.clock.iso())
    if any(one["id"] == made["id"] for one in _rows(world, resource)):
        raise bad_request("Permission being assigned already exists on the object", "InvalidUpdate")
    if resource is GRAPH:
        _to_graph(world, body)
    else:
        _to_api(world, resource, body)
    return 201, {"@odata.context": graph.context(f"servicePrincipals('{ref}')/appRoleAssignedTo/$entity"), **made}
