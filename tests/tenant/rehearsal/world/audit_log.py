# SPDX-License-Identifier: Apache-2.0
"""The directory's audit log, as /auditLogs/directoryAudits shows it: who invited, disabled, removed whom.

World's methods write it. Who acts is said by `acting`; unless somebody is named, it is the administrator at the portal.
"""
import contextlib
import contextvars
import json
import uuid
from collections import deque, namedtuple

KEPT = 20_000
ADMIN = {"id": "adadadad-0000-4d00-8d00-00000000ad01", "displayName": "Rehearsal Admin"}
SECRETS = ("password",)

Entry = namedtuple("Entry", "made value")
_actor = contextvars.ContextVar("actor", default=None)


@contextlib.contextmanager
def acting(app=None, user=None):
    """What is done inside is done by this application's registration, or by this user."""
    token = _actor.set(("app", app) if app is not None else ("user", user))
    try:
        yield
    finally:
        _actor.reset(token)


def _initiator(world):
    kind, who = _actor.get() or ("user", None)
    if kind == "app":
        return {"user": None, "app": {"appId": who["appId"], "displayName": who["displayName"],
                                      "servicePrincipalId": None,
                                      "servicePrincipalName": None}}
    if who is None:
        named = {**ADMIN, "userPrincipalName": f"admin@{world.tenant['initial_domain']}"}
    else:
        named = {"id": who.id, "displayName": who.props["displayName"],
                 "userPrincipalName": who.props["userPrincipalName"]}
    return {"app": None, "user": {**named, "ipAddress": ""}}


def _target(thing, modified):
    changes = [{"displayName": name, "oldValue": json.dumps(old), "newValue": json.dumps(new)}
               for name, (old, new) in (modified or {}).items() if name not in SECRETS]
    kind = "User" if hasattr(thing, "home") else "Group"
    return {"id": thing.id, "displayName": thing.props["displayName"], "type": kind,
            "userPrincipalName": thing.props["userPrincipalName"] if kind == "User" else None,
            "groupType": None if kind == "User" else "azureAD", "modifiedProperties": changes}


class AuditLog:
    def __init__(self, world, quiet=False):
        """`quiet`: while the world is made, nothing is a change."""
        self._world, self._quiet = world, quiet
        self._entries = deque(maxlen=KEPT)

    def note(self, activity, *targets, operation="Update", category="UserManagement", modified=None, result="success",
             reason="", service="Core Directory"):
        """`targets`: users and groups; `modified`: {property: (old, new)} of the first one."""
        if self._quiet:
            return
        world = self._world
        self._entries.append(Entry(world.clock.now(), {
            "id": f"Directory_{uuid.uuid4()}", "category": category, "correlationId": str(uuid.uuid4()),
            "result": result,
            "resultReason": reason, "activityDisplayName": activity, "activityDateTime": world.clock.iso(),
            "loggedByService": service, "operationType": operation, "initiatedBy": _initiator(world),
            "targetResources": [_target(one, modified if place == 0 else None) for place, one in enumerate(targets)],
            "additionalDetails": []}))

    def visible(self):
        """What Graph may show now, newest first."""
        limit = self._world.clock.now() - self._world.switches.audit_log_delay
        return [entry.value for entry in reversed(self._entries) if entry.made <= limit]

    def everything(self):
        """For control: also what Graph does not show yet."""
        return [entry.value for entry in reversed(self._entries)]
