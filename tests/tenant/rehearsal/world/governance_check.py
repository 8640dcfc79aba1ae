# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the `governance` of a data file: lists, references between them, durations, whom it names."""
from .governance import LISTS, SETTINGS, later

MEMBERS = (*LISTS, "settings", "assignments", "pim")
REFERENCES = {"catalogResources": {"catalogId": "catalogs"},
              "accessPackages": {"catalogId": "catalogs"}, "assignmentPolicies": {"accessPackageId": "accessPackages"},
              "assignments": {"package": "accessPackages", "policy": "assignmentPolicies"},
              "acceptances": {"agreementId": "agreements"}}
ACCESS = ("member", "owner")
STATES = ("delivering", "partiallyDelivered", "delivered", "expired", "deliveryFailed")


def _objects(value):
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def problems(given):
    """(place, text) of everything that is wrong with it by itself."""
    ids = {name: {one.get("id") for one in _objects(given.get(name))} for name in (*LISTS, "assignments")}
    for name, value in given.items():
        if name not in MEMBERS:
            yield f"governance.{name}", "no such member"
        elif not isinstance(value, dict if name in ("settings", "pim") else list):
            yield f"governance.{name}", "neither a list nor an object"
    for name in (*LISTS, "assignments"):
        for number, one in enumerate(given.get(name) or ()):
            where = f"governance.{name}[{number}]"
            if not isinstance(one, dict) or not isinstance(one.get("id"), str):
                yield where, "not an object with an id"
                continue
            for member, target in REFERENCES.get(name, {}).items():
                if one.get(member) not in ids[target]:
                    yield f"{where}.{member}", f"not in {target}: {one.get(member)!r}"
            if name == "assignments" and one.get("state", "delivered") not in STATES:
                yield f"{where}.state", f"none of {', '.join(STATES)}: {one['state']!r}"
            schedule = one if name == "assignmentPolicies" else one.get("schedule") or {}
            expiration = schedule.get("expiration")
            if expiration and expiration.get("type") == "afterDuration":
                yield from _duration(f"{where}.expiration.duration", expiration.get("duration"))
    for kind, instances in (given.get("pim") or {}).items():
        for number, one in enumerate(_objects(instances)):
            if one.get("accessId", "member") not in ACCESS:
                yield f"governance.pim.{kind}[{number}].accessId", f"none of {', '.join(ACCESS)}: {one['accessId']!r}"
    settings = {**SETTINGS, **(given.get("settings") or {})}
    yield from _duration("governance.settings.durationUntilExternalUserDeletedAfterBlocked",
                         settings["durationUntilExternalUserDeletedAfterBlocked"])


def _duration(where, text):
    try:
        later(0, text)
    except (TypeError, ValueError):
        yield where, f"no ISO 8601 duration: {text!r}"


def people(given):
    """(place, reference) of every user and group that it names."""
    for number, one in enumerate(_objects(given.get("accessPackages"))):
        for place, ref in enumerate(one.get("groups") or ()):
            yield f"governance.accessPackages[{number}].groups[{place}]", ref
    for number, one in enumerate(_objects(given.get("catalogResources"))):
        yield f"governance.catalogResources[{number}].group", one.get("group")
    for number, one in enumerate(_objects(given.get("assignments"))):
        yield f"governance.assignments[{number}].target", one.get("target")
    for number, one in enumerate(_objects(given.get("accessReviews"))):
        yield f"governance.accessReviews[{number}].group", one.get("group")
    for kind, instances in (given.get("pim") or {}).items():
        for number, one in enumerate(_objects(instances)):
            for name in ("principal", "group"):
                yield f"governance.pim.{kind}[{number}].{name}", one.get(f"{name}Id") or one.get(name)
