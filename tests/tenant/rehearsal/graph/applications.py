# SPDX-License-Identifier: Apache-2.0
"""Applications (entra-facts 17.1): made, read and changed. A new one gets no tokens until its service principal is
made too (principals.py)."""
import uuid

from . import application_body
from .call import endpoint
from .errors import bad_request, missing
from .schema import TEXT, describe
from ..login import registrations

describe("application", {"id": TEXT, "appId": TEXT, "displayName": TEXT, "uniqueName": TEXT})


def _one(graph, call, registration):
    out = application_body.shown(graph.world, registration)
    names = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in out]
    if unknown:
        raise bad_request(f"Could not find a property named '{unknown[0][:60]}' on type 'microsoft.graph.application'.")
    return {"@odata.context": graph.context("applications/$entity", call),
            **{name: value for name, value in out.items() if not names or name in names}}


def _by_object(graph, ref):
    """By the application's own id: neither its appId nor its service principal's id will do."""
    found = next((one for one in graph.world.registrations.values() if one["objectId"] == ref.lower()), None)
    if found is None:
        raise missing(ref)
    return found


def _by_app_id(graph, ref):
    found = graph.world.registration(ref)
    if found is None:
        raise missing(ref)
    return found


@endpoint("GET", "/applications", "applications.read")
def applications(graph, call):
    return graph.table(call, "application", [application_body.shown(graph.world, one)
                                              for one in graph.world.registrations.values()], "applications")


@endpoint("GET", "/applications/{ref}", "applications.read")
def application(graph, call, ref):
    return 200, _one(graph, call, _by_object(graph, ref))


@endpoint("GET", "/applications(appId='{ref}')", "applications.read")
def application_by_app_id(graph, call, ref):
    return 200, _one(graph, call, _by_app_id(graph, ref))


@endpoint("POST", "/applications", "applications.create", writes=True)
def create(graph, call):
    world, body = graph.world, call.body
    application_body.check(world, None, body)
    whole = {"createdDateTime": world.clock.iso(), **application_body.merged(application_body.blank(), body)}
    app_id = str(uuid.uuid4())
    name = body["displayName"] if body["displayName"] not in (*world.registrations, "graph") else app_id
    made = registrations.complete(name, {"appId": app_id, "objectId": str(uuid.uuid4()),
                                         "servicePrincipalId": str(uuid.uuid4()), "servicePrincipal": "missing",
                                         **application_body.members(world, whole)})
    world.registrations[name] = made
    return 201, _one(graph, call, made)


def _change(graph, call, registration):
    application_body.check(graph.world, registration, call.body)
    whole = application_body.merged(application_body.whole_of(graph.world, registration), call.body)
    registration.update(application_body.members(graph.world, whole, call.body))
    return 204, None


@endpoint("PATCH", "/applications/{ref}", "applications.write")
def change(graph, call, ref):
    return _change(graph, call, _by_object(graph, ref))


@endpoint("PATCH", "/applications(appId='{ref}')", "applications.write")
def change_by_app_id(graph, call, ref):
    return _change(graph, call, _by_app_id(graph, ref))


# What hangs on an application: other proofs of it, and who may change it

describe("federatedCredential", {"id": TEXT, "name": TEXT, "issuer": TEXT, "subject": TEXT})
describe("owner", {"id": TEXT, "displayName": TEXT})


@endpoint("GET", "/applications/{ref}/federatedIdentityCredentials", "applications.read")
def federated(graph, call, ref):
    rows = [{"id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{ref}/{place}")), "name": f"federated-{place}", "description": None,
             **{name: one[name] for name in ("issuer", "subject", "audiences")}}
            for place, one in enumerate(_by_object(graph, ref)["federatedCredentials"])]
    return graph.table(call, "federatedCredential", rows, f"applications('{ref}')/federatedIdentityCredentials")


def owners_of(graph, call, refs, where):
    """People in the short form of a directory object."""
    found = [graph.world.principal(ref) for ref in refs]
    rows = [{"@odata.type": "#microsoft.graph.user", "id": one.id, "displayName": one.props["displayName"],
             "userPrincipalName": one.props["userPrincipalName"]} for one in found if one is not None]
    return graph.table(call, "owner", rows, where)


@endpoint("GET", "/applications/{ref}/owners", "applications.read")
def owners(graph, call, ref):
    return owners_of(graph, call, _by_object(graph, ref)["owners"], f"applications('{ref}')/owners")
