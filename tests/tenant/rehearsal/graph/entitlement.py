# SPDX-License-Identifier: Apache-2.0
"""Making what governance.py lists (entra-facts 9.1, 17.7): catalogs, their resources, access packages and policies."""
import uuid

from .call import endpoint
from .errors import bad_request, missing
from .governance import BASE, CONTEXT, READ, WRITE, expanded, expansions
from .schema import TEXT, describe
from ..world.governance import later

describe("catalogResource", {"id": TEXT, "originId": TEXT, "originSystem": TEXT, "displayName": TEXT})
SCOPES = ("notSpecified", "specificDirectoryUsers", "specificConnectedOrganizationUsers",
          "specificDirectoryServicePrincipals", "allMemberUsers", "allDirectoryUsers", "allDirectoryServicePrincipals",
          "allConfiguredConnectedOrganizationUsers", "allExternalUsers", "allDirectoryAgentIdentities")
EXPIRATIONS = ("notSpecified", "noExpiration", "afterDateTime", "afterDuration")
NAVS = ("roles", "scopes")


def _wrong(what):
    return bad_request(f"The request is not valid: {what}", "InvalidModel")


def _body(call, **kinds):
    """The body, if it has these members of these types."""
    if not isinstance(call.body, dict):
        raise _wrong("no object")
    for name, kind in kinds.items():
        if not isinstance(call.body.get(name), kind):
            raise _wrong(f"{name} is missing or of another type")
    return call.body


def _named(rows, part, what):
    """What `{"id": ...}` names among the rows."""
    found = rows.get(str(part.get("id")))
    if found is None:
        raise _wrong(f"there is no such {what}")
    return found


def _made(graph, path, one):
    return 201, {"@odata.context": graph.context(f"{CONTEXT}/{path}/$entity"), **one}


@endpoint("POST", f"{BASE}/catalogs", WRITE, writes=True)
def make_catalog(graph, call):
    body = _body(call, displayName=str)
    if body.get("state", "published") not in ("published", "unpublished"):
        raise _wrong("state")
    made = {"id": str(uuid.uuid4()), "displayName": body["displayName"], "description": body.get("description"),
            "catalogType": "userManaged", "state": body.get("state", "published"),
            "isExternallyVisible": body.get("isExternallyVisible", False) is True,
            "createdDateTime": graph.world.clock.iso()}
    graph.world.governance.catalogs[made["id"]] = made
    return _made(graph, "catalogs", made)


# Resources of a catalog: groups. They are there some time after they were asked for.

def _resource(graph, one):
    group = graph.world.groups[one["group"]]
    origin = {"originId": group.id, "originSystem": "AadGroup"}
    return {"id": one["id"], "displayName": group.props["displayName"], **origin,
            "roles": [{"id": one["role"], "displayName": "Member", "originSystem": "AadGroup",
                       "originId": f"Member_{group.id}"}],
            "scopes": [{"id": one["scope"], "displayName": "Root", **origin, "isRootScope": True}]}


def _resources(graph, catalog_id):
    rows = graph.world.governance.catalogResources.values()
    return [one for one in rows if one["catalogId"] == catalog_id and one["group"] in graph.world.groups]


@endpoint("POST", f"{BASE}/resourceRequests", "entitlement.resources", writes=True)
def request_resource(graph, call):
    body, world = _body(call, requestType=str, resource=dict, catalog=dict), graph.world
    catalog = _named(world.governance.catalogs, body["catalog"], "catalog")
    wanted = body["resource"]
    if body["requestType"] != "adminAdd" or wanted.get("originSystem") != "AadGroup":
        raise _wrong("this tenant adds groups to catalogs, nothing else")
    if wanted.get("originId") not in world.groups:
        raise _wrong("there is no such group")
    if any(one["group"] == wanted["originId"] for one in _resources(graph, catalog["id"])):
        raise bad_request("The resource is already in the catalog.", "ResourceAlreadyOnboarded")
    made = {"catalogId": catalog["id"], "group": wanted["originId"],
            **{name: str(uuid.uuid4()) for name in ("id", "role", "scope")}}
    world.at(world.clock.now() + world.switches.entitlement_delay,
             lambda: world.governance.catalogResources.update({made["id"]: made}))
    return _made(graph, "resourceRequests", {"id": str(uuid.uuid4()), "requestType": "adminAdd", "state": "submitted",
                                             "status": "Accepted", "createdDateTime": world.clock.iso()})


@endpoint("GET", f"{BASE}/catalogs/{{ref}}/resources", READ)
def resources(graph, call, ref):
    if ref not in graph.world.governance.catalogs:
        raise missing(ref)
    wanted = expansions(call, NAVS)
    rows = [_resource(graph, one) for one in _resources(graph, ref)]
    return graph.table(call, "catalogResource", rows, f"{CONTEXT}/catalogs('{ref}')/resources",
                       lambda one: expanded(one, NAVS, wanted), True)


# Packages and who may ask for them

@endpoint("POST", f"{BASE}/accessPackages", WRITE, writes=True)
def make_package(graph, call):
    body, store = _body(call, displayName=str, catalog=dict), graph.world.governance
    catalog = _named(store.catalogs, body["catalog"], "catalog")
    made = {"id": str(uuid.uuid4()), "displayName": body["displayName"], "description": body.get("description") or "",
            "isHidden": body.get("isHidden", False) is True, "catalogId": catalog["id"], "groups": []}
    store.accessPackages[made["id"]] = made
    return _made(graph, "accessPackages", {name: made[name] for name in ("id", "displayName", "description",
                                                                         "isHidden")})


def _is_of(part, known):
    """Whether a body names exactly this role or scope."""
    return isinstance(part, dict) and all(part.get(name) == known[name] for name in ("id", "originId", "originSystem"))


@endpoint("POST", f"{BASE}/accessPackages/{{ref}}/resourceRoleScopes", WRITE, writes=True)
def add_role(graph, call, ref):
    body, store = _body(call, role=dict, scope=dict), graph.world.governance
    package = store.accessPackages.get(ref)
    if package is None:
        raise missing(ref)
    named = body["role"].get("resource")
    row = store.catalogResources.get(str(named.get("id"))) if isinstance(named, dict) else None
    if row is None or row["catalogId"] != package["catalogId"] or row["group"] not in graph.world.groups:
        raise _wrong("the resource is not in the package's catalog")
    known = _resource(graph, row)
    if not _is_of(body["role"], known["roles"][0]) or not _is_of(body["scope"], known["scopes"][0]):
        raise _wrong("the resource has no such role or scope")
    if row["group"] in package["groups"]:
        raise _wrong("the package has this role already")
    package["groups"].append(row["group"])
    return _made(graph, f"accessPackages('{ref}')/resourceRoleScopes",
                 {"id": f"{row['role']}_{row['scope']}", "createdDateTime": graph.world.clock.iso()})


def _targets(graph, body):
    scope, targets = body["allowedTargetScope"], body.get("specificAllowedTargets", [])
    if scope not in SCOPES or not isinstance(targets, list) or scope.startswith("specific") != bool(targets):
        raise _wrong("allowedTargetScope and specificAllowedTargets do not fit")
    for one in targets if scope == "specificConnectedOrganizationUsers" else ():
        good = isinstance(one, dict) and one.get("@odata.type") == "#microsoft.graph.connectedOrganizationMembers"
        if not good or one.get("connectedOrganizationId") not in graph.world.governance.connectedOrganizations:
            raise _wrong("there is no such connected organization")


def _stages(graph, settings):
    """Whoever decides must be there; a stage that nobody decides is refused."""
    for stage in settings.get("stages", ()):
        deciders = stage.get("primaryApprovers", []) if isinstance(stage, dict) else []
        if not deciders:
            raise _wrong("a stage without approvers")
        for one in (*deciders, *stage.get("fallbackPrimaryApprovers", [])):
            if one.get("@odata.type") == "#microsoft.graph.singleUser" and one.get("userId") not in graph.world.users:
                raise _wrong("there is no such approver")


@endpoint("POST", f"{BASE}/assignmentPolicies", WRITE, writes=True)
def make_policy(graph, call):
    body = _body(call, displayName=str, allowedTargetScope=str, expiration=dict, accessPackage=dict,
                 requestorSettings=dict, requestApprovalSettings=dict)
    store = graph.world.governance
    package = _named(store.accessPackages, body["accessPackage"], "access package")
    _targets(graph, body)
    try:
        _stages(graph, body["requestApprovalSettings"])
        if body["expiration"].get("type") not in EXPIRATIONS:
            raise _wrong("expiration")
        if body["expiration"]["type"] == "afterDuration":
            later(0, body["expiration"].get("duration"))
    except (AttributeError, TypeError, ValueError) as wrong:
        raise _wrong(str(wrong)[:80]) from wrong
    made = {**{name: value for name, value in body.items() if name != "accessPackage"}, "id": str(uuid.uuid4()),
            "createdDateTime": graph.world.clock.iso(), "accessPackageId": package["id"]}
    store.assignmentPolicies[made["id"]] = made
    return _made(graph, "assignmentPolicies", {name: value for name, value in made.items() if name != "accessPackageId"})
