# SPDX-License-Identifier: Apache-2.0
"""Delegated permissions that were granted: oauth2PermissionGrants (entra-facts 17.4)."""
import uuid

from .call import endpoint
from .errors import GraphError, bad_request, missing
from .principals import by_object_id, there
from .schema import TEXT, describe
from ..login.registrations import GRAPH

describe("grant", {"id": TEXT, "clientId": TEXT, "consentType": TEXT, "principalId": TEXT, "resourceId": TEXT})
MEMBERS = {"clientId", "consentType", "principalId", "resourceId", "scope"}
ALL, ONE = "AllPrincipals", "Principal"


def _row(client, resource_id, one):
    kind = one.get("consentType", ALL)
    who = one.get("principal") if kind == ONE else None
    name = uuid.uuid5(uuid.NAMESPACE_OID, f"{client['servicePrincipalId']}/{resource_id}/{kind}/{who}")
    return {"id": name.hex, "clientId": client["servicePrincipalId"], "consentType": kind, "principalId": who,
            "resourceId": resource_id, "scope": one["scope"]}


def _rows(world):
    """Grants as Graph lists them; single scopes of the data file are one grant of Graph's."""
    out, ids = [], {"graph": GRAPH["servicePrincipalId"],
                    **{name: one["servicePrincipalId"] for name, one in world.registrations.items()}}
    for client in there(world):
        given = client.get("grants", [])
        words = [one for one in given if isinstance(one, str)]
        if words:
            out.append(_row(client, ids["graph"], {"scope": " ".join(words)}))
        out += [_row(client, ids[one["resource"]], one) for one in given if isinstance(one, dict)]
    return out


@endpoint("GET", "/oauth2PermissionGrants", "grants.read")
def grants(graph, call):
    return graph.table(call, "grant", _rows(graph.world), "oauth2PermissionGrants")


@endpoint("GET", "/servicePrincipals/{ref}/oauth2PermissionGrants", "grants.read")
def grants_of(graph, call, ref):
    own = by_object_id(graph.world, ref)["servicePrincipalId"]
    return graph.table(call, "grant", [one for one in _rows(graph.world) if one["clientId"] == own],
                       f"servicePrincipals('{ref}')/oauth2PermissionGrants")


@endpoint("POST", "/oauth2PermissionGrants", "grants.write", writes=True)
def create(graph, call):
    world, body = graph.world, call.body
    if not isinstance(body, dict) or set(body) - MEMBERS or not isinstance(body.get("scope"), str):
        raise bad_request("A grant needs clientId, consentType, resourceId and scope.")
    kind, who = body.get("consentType"), body.get("principalId")
    if kind not in (ALL, ONE) or (kind == ALL) != (who is None):
        raise bad_request("consentType is AllPrincipals without a principalId, or Principal with one.")
    if who is not None and str(who).lower() not in world.users:
        raise missing(str(who))
    client, resource = by_object_id(world, body.get("clientId")), by_object_id(world, body.get("resourceId"))
    if client is GRAPH:
        raise bad_request("The client is not an application of this tenant.")
    made = {"resource": "graph" if resource is GRAPH else resource["name"], "consentType": kind,
            "principal": str(who).lower() if who else "", "scope": body["scope"]}
    row = _row(client, resource["servicePrincipalId"], made)
    if any(one["id"] == row["id"] for one in _rows(world)):
        raise GraphError(409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.")
    client["grants"].append(made)
    return 201, {"@odata.context": graph.context("oauth2PermissionGrants/$entity"), **row}
