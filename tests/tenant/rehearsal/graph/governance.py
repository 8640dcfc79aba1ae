# SPDX-License-Identifier: Apache-2.0
"""Entitlement management (entra-facts 9.1): access packages, assignments (also those that are over), requests that are
worked off later, connected organisations, settings."""
import re

from .call import endpoint
from .errors import bad_request, missing, unsupported
from .schema import FLAG, TEXT, describe

BASE = "/identityGovernance/entitlementManagement"
CONTEXT = "identityGovernance/entitlementManagement"
READ, WRITE = "entitlement.read", "entitlement.write"
EXPANSION = re.compile(r"^(\w+)(?:\(\$select=([\w,]+)\))?$")

describe("accessPackage", {"id": TEXT, "displayName": TEXT, "isHidden": FLAG, "catalog/id": TEXT})
describe("assignment", {"id": TEXT, "state": TEXT, "status": TEXT, "accessPackage/id": TEXT,
                        "accessPackage/displayName": TEXT,
                        "target/objectId": TEXT, "target/objectid": TEXT, "target/email": TEXT,
                        "target/displayName": TEXT,
                        "assignmentPolicy/id": TEXT})
describe("assignmentRequest", {"id": TEXT, "state": TEXT, "requestType": TEXT, "accessPackage/id": TEXT})
describe("governed", {"id": TEXT, "displayName": TEXT, "state": TEXT, "accessPackage/id": TEXT})


def expansions(call, known):
    """{navigation: members to show, or None for all} of $expand."""
    out, text = {}, call.query.get("$expand", "")
    for part in re.findall(r"[^,(]+(?:\([^)]*\))?", text):
        hit = EXPANSION.match(part.strip())
        if hit is None or hit[1] not in known:
            raise bad_request(f"Could not find a navigation property '{part[:60]}'.")
        out[hit[1]] = hit[2].split(",") if hit[2] else None
    return out


def expanded(whole, navigations, wanted):
    """An object without the navigations that were not asked for."""
    out = {}
    for name, value in whole.items():
        if name not in navigations:
            out[name] = value
        elif name in wanted:
            keep = wanted[name]
            cut = lambda one, keep=keep: {  # noqa: E731
                key: held for key, held in one.items() if not keep or key in keep}
            out[name] = [cut(one) for one in value] if isinstance(value, list) else cut(value)
    return out


def _serve(graph, call, kind, rows, navigations, path):
    wanted = expansions(call, navigations)
    if "$select" in call.query and wanted:
        call.query = {**call.query, "$select": ",".join([call.query["$select"], *wanted])}
    return graph.table(call, kind, rows, f"{CONTEXT}/{path}", lambda one: expanded(one, navigations, wanted), True)


def _one(graph, call, rows, ref, navigations, path):
    found = next((one for one in rows if one["id"] == ref), None)
    if found is None:
        raise missing(ref)
    return 200, {"@odata.context": graph.context(f"{CONTEXT}/{path}/$entity"),
                 **expanded(found, navigations, expansions(call, navigations))}


# Packages, catalogs, policies

PACKAGE_NAVS = ("catalog", "assignmentPolicies", "resourceRoleScopes")


def _role(group):
    return {"id": f"{group.id}_member", "role": {"id": "member", "displayName": "Member", "originSystem": "AadGroup",
                                                  "originId": f"Member_{group.id}"},
            "scope": {"id": group.id, "displayName": group.props["displayName"], "originId": group.id,
                      "originSystem": "AadGroup", "isRootScope": True}}


def _policy(one):
    return {"allowedTargetScope": "notSpecified", "requestApprovalSettings": {"isApprovalRequiredForAdd": False,
                                                                              "stages": []},
            "requestorSettings": {"enableTargetsToSelfAddAccess": False}, "reviewSettings": None,
            **{name: value for name, value in one.items() if name != "accessPackageId"},
            "accessPackage": {"id": one["accessPackageId"]}}


def _packages(graph):
    store = graph.world.governance
    for one in store.accessPackages.values():
        yield {"id": one["id"], "displayName": one["displayName"], "description": one.get("description", ""),
               "isHidden": one.get("isHidden", False), "catalog": store.catalogs[one["catalogId"]],
               "assignmentPolicies": [_policy(rule) for rule in store.assignmentPolicies.values()
                                      if rule["accessPackageId"] == one["id"]],
               "resourceRoleScopes": [_role(graph.world.groups[gid]) for gid in store.groups_of(one["id"])
                                      if gid in graph.world.groups]}


@endpoint("GET", f"{BASE}/accessPackages", READ)
def packages(graph, call):
    return _serve(graph, call, "accessPackage", list(_packages(graph)), PACKAGE_NAVS, "accessPackages")


@endpoint("GET", f"{BASE}/accessPackages/{{ref}}", READ)
def package(graph, call, ref):
    return _one(graph, call, _packages(graph), ref, PACKAGE_NAVS, "accessPackages")


@endpoint("GET", f"{BASE}/accessPackages/{{ref}}/{{navigation}}", READ)
def package_navigation(graph, call, ref, navigation):
    found = next((one for one in _packages(graph) if one["id"] == ref), None)
    if found is None or navigation not in PACKAGE_NAVS:
        raise missing(ref)
    if navigation == "catalog":
        return 200, found["catalog"]
    return graph.table(call, "governed", found[navigation], f"{CONTEXT}/accessPackages('{ref}')/{navigation}")


@endpoint("GET", f"{BASE}/catalogs", READ)
def catalogs(graph, call):
    return graph.table(call, "governed", list(graph.world.governance.catalogs.values()), f"{CONTEXT}/catalogs")


@endpoint("GET", f"{BASE}/assignmentPolicies", READ)
def policies(graph, call):
    rows = [_policy(one) for one in graph.world.governance.assignmentPolicies.values()]
    return _serve(graph, call, "governed", rows, ("accessPackage",), "assignmentPolicies")


# Assignments and requests

ASSIGNMENT_NAVS = ("target", "accessPackage", "assignmentPolicy")


def _subject(graph, user_id):
    """The person as entitlement management knows him; he stays known when the user object is gone."""
    world = graph.world
    user = world.users.get(user_id) or (world.deleted[user_id][0] if user_id in world.deleted else None)
    props = user.props if user else {}
    return {"id": f"{user_id[:-2]}5b", "objectId": user_id, "email": props.get("mail"),
            "displayName": props.get("displayName"),
            "principalName": props.get("userPrincipalName"), "subjectType": "user", "subjectLifecycle": "governed"}


def _assignments(graph):
    store = graph.world.governance
    for one in store.assignments.values():
        package_one = store.accessPackages[one["accessPackage"]]
        yield {**one, "target": _subject(graph, one["target"]),
               "accessPackage": {"id": package_one["id"], "displayName": package_one["displayName"]},
               "assignmentPolicy": _policy(store.assignmentPolicies[one["assignmentPolicy"]])}


@endpoint("GET", f"{BASE}/assignments", READ)
def assignments(graph, call):
    return _serve(graph, call, "assignment", list(_assignments(graph)), ASSIGNMENT_NAVS, "assignments")


@endpoint("GET", f"{BASE}/assignments/{{ref}}", READ)
def assignment(graph, call, ref):
    return _one(graph, call, _assignments(graph), ref, ASSIGNMENT_NAVS, "assignments")


REQUEST_NAVS = ("assignment", "accessPackage", "requestor")


def _request(graph, one):
    store = graph.world.governance
    held = store.assignments.get(one["assignment"])
    out = {"id": one["id"], "requestType": one["requestType"], "createdDateTime": one["createdDateTime"],
           "completedDateTime": one["completedDateTime"], "schedule": one["schedule"],
           "requestor": _subject(graph, one["target"]),
           "accessPackage": {"id": one["accessPackage"]},
           "assignment": {"id": held["id"], "state": held["state"]} if held else {}}
    old = graph.world.switches.entitlement_request_names == "older"
    return {**out, "requestState" if old else "state": one["state"],
            "requestStatus" if old else "status": one["status"]}


@endpoint("GET", f"{BASE}/assignmentRequests", READ)
def requests(graph, call):
    rows = [_request(graph, one) for one in graph.world.governance.requests.values()]
    return _serve(graph, call, "assignmentRequest", rows, REQUEST_NAVS, "assignmentRequests")


@endpoint("GET", f"{BASE}/assignmentRequests/{{ref}}", READ)
def request(graph, call, ref):
    rows = [_request(graph, one) for one in graph.world.governance.requests.values()]
    return _one(graph, call, rows, ref, REQUEST_NAVS, "assignmentRequests")


@endpoint("POST", f"{BASE}/assignmentRequests", WRITE, writes=True)
def make_request(graph, call):
    try:
        made = graph.world.governance.request(call.body)
    except KeyError as wrong:
        raise bad_request(f"The request names what is not there: {str(wrong)[:80]}", "InvalidModel") from wrong
    except (ValueError, TypeError, AttributeError) as wrong:
        raise bad_request(f"The request is not valid: {str(wrong)[:80]}", "InvalidModel") from wrong
    return 201, {"@odata.context": graph.context(f"{CONTEXT}/assignmentRequests/$entity"),
                 **expanded(_request(graph, made), REQUEST_NAVS, {})}


# Connected organisations, settings

@endpoint("GET", f"{BASE}/connectedOrganizations", READ)
def organisations(graph, call):
    rows = list(graph.world.governance.connectedOrganizations.values())
    return _serve(graph, call, "governed", rows, ("internalSponsors", "externalSponsors"), "connectedOrganizations")


@endpoint("GET", f"{BASE}/connectedOrganizations/{{ref}}/{{navigation}}", READ)
def organisation_sponsors(graph, call, ref, navigation):
    found = graph.world.governance.connectedOrganizations.get(ref)
    if found is None:
        raise missing(ref)
    if navigation not in ("internalSponsors", "externalSponsors"):
        raise unsupported()
    return graph.table(call, "governed", found.get(navigation, []), "directoryObjects")


@endpoint("GET", f"{BASE}/settings", READ)
def settings(graph, _call):
    return 200, {"@odata.context": graph.context(f"{CONTEXT}/settings/$entity"), **graph.world.governance.settings}
