# SPDX-License-Identifier: Apache-2.0
"""Control over governance: assignments of access packages, PIM for groups, decisions of access reviews, and their
lists."""
from .calls import Refused, call, known
from ..world.governance import LISTS
from ..world.governance_check import ACCESS, STATES

DECISIONS = ("Approve", "Deny", "NotReviewed", "DontKnow")


@call("GET", "/governance", "everything of governance")
def everything(world, _request, _body):
    store = world.governance
    return {**{name: list(getattr(store, name).values()) for name in LISTS}, "settings": store.settings,
            "assignments": list(store.assignments.values()), "requests": list(store.requests.values()),
            "pim": {"assigned": list(store.pim_assigned.values()), "eligible": list(store.pim_eligible.values())}}


@call("PATCH", "/governance", "add or replace by id objects of a list; `settings` members")
def change(world, _request, body):
    for name, value in body.items():
        if name == "settings":
            world.governance.settings.update(value)
        elif name in LISTS and isinstance(value, list):
            getattr(world.governance, name).update({one["id"]: one for one in value})
            if name == "accessReviews":
                for review in value:
                    world.governance.watch_review(review)
        else:
            raise Refused(400, f"no such list: {name}")
    return everything(world, None, None)


@call("POST", "/governance/assignments",
      "{\"target\": ref, \"package\": id, \"policy\": id, \"schedule\", \"state\"}: an assignment")
def assign(world, _request, body):
    return world.governance.assign(known(world, body["target"]), body["package"], body["policy"],
                                   body.get("schedule"), body)


@call("PATCH", "/governance/assignments/{id}",
      "{\"state\": delivering, partiallyDelivered, delivered, expired or deliveryFailed}")
def set_state(world, request, body):
    found = world.governance.assignments.get(request.match_info["id"])
    if found is None or body.get("state") not in STATES:
        raise Refused(404 if found is None else 400, "no such assignment, or state")
    if body["state"] == "expired":
        world.governance.end(found)
    else:
        world.governance.set_state(found, body["state"])
    return found


@call("POST", "/pim/{kind}",
      "kind eligible, assigned or activated: {\"group\": ref, \"principal\": ref, \"seconds\": n or null, "
      "\"access\": member or owner}")
def pim(world, request, body):
    kind, principal = request.match_info["kind"], known(world, body["principal"])
    known(world, body["group"])
    until = None if body.get("seconds") is None else world.clock.now() + body["seconds"]
    access = body.get("access", "member")
    if access not in ACCESS:
        raise Refused(400, "access is member or owner")
    if kind == "eligible":
        return world.governance.make_eligible(principal, body["group"], until, access)
    if kind not in ("assigned", "activated") or (kind == "activated" and until is None):
        raise Refused(400, "kinds are eligible, assigned and activated, which needs seconds")
    return world.governance.assign_in_pim(principal, body["group"], kind, until, access)


@call("DELETE", "/pim/{id}", "end an instance now")
def end_pim(world, request, _body):
    for store in (world.governance.pim_assigned, world.governance.pim_eligible):
        world.governance.end_in_pim(store, request.match_info["id"])
    return {}


def _instance(world, request):
    review = world.governance.accessReviews.get(request.match_info["review"])
    if review is None:
        raise Refused(404, "no such review")
    return review, review["instances"][0]


@call("PUT", "/reviews/{review}/decisions/{ref}", "{\"decision\": Approve, Deny, NotReviewed or DontKnow} about a user")
def decide(world, request, body):
    _, instance = _instance(world, request)
    user = world.principal(request.match_info["ref"])
    if user is None or body.get("decision") not in DECISIONS:
        raise Refused(400, "no such user, or decision")
    found = next((one for one in instance["decisions"] if one["principal"] == user.id), None)
    if found is None:
        found = {"id": f"{user.id[:-4]}dec1", "principal": user.id, "applyResult": "New"}
        instance["decisions"].append(found)
    found["decision"] = body["decision"]
    return found


@call("POST", "/reviews/{review}/apply", "apply the decisions")
def apply(world, request, _body):
    review, instance = _instance(world, request)
    world.governance.apply_review(review, instance)
    return instance
