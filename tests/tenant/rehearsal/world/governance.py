# SPDX-License-Identifier: Apache-2.0
"""What gives people their groups for a time (entra-facts 9): access packages with assignments, PIM for groups, access
reviews; and the lists beside them. What happens later happens by the tenant's clock, through `world.at`."""
import calendar
import copy
import re
import time
import uuid

from . import audit_log, redemption
from .objects import CREATED

DURATION = re.compile(r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
UNITS = (7 * 86400, 86400, 3600, 60, 1)  # behind years and months, which go by the calendar
SETTINGS = {"externalUserLifecycleAction": "none", "durationUntilExternalUserDeletedAfterBlocked": "P30D"}
LISTS = ("catalogs", "catalogResources", "accessPackages", "assignmentPolicies", "connectedOrganizations",
         "accessReviews", "workflows", "agreements", "acceptances")
ACTIVE = ("delivered", "partiallyDelivered")


def later(start, text):
    """The time that is an ISO 8601 duration after `start`; the 31st becomes the last day of a shorter month."""
    hit = DURATION.match(text or "")
    if not hit or not any(hit.groups()):
        raise ValueError(f"no duration: {text!r}")
    years, months, *others = (int(number or 0) for number in hit.groups())
    year, month, day, *clock = time.gmtime(start)[:6]
    year, month = divmod(year * 12 + month - 1 + years * 12 + months, 12)
    day = min(day, calendar.monthrange(year, month + 1)[1])
    return calendar.timegm((year, month + 1, day, *clock)) + start % 1 + sum(
        number * unit for number, unit in zip(others, UNITS))


def seconds(text):
    """Time of an ISO 8601 stamp in UTC."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def end_of(schedule):
    """When a schedule ends, or None for never."""
    expiration = schedule.get("expiration") or {}
    if expiration.get("type") == "afterDateTime":
        return seconds(expiration["endDateTime"])
    if expiration.get("type") == "afterDuration":
        return later(seconds(schedule["startDateTime"]), expiration["duration"])
    return None


class Governance:
    """Plain JSON objects by id, as Graph shows them, but with ids in place of what is expanded."""

    def __init__(self, world, data):
        self.world = world
        data = copy.deepcopy(data or {})
        for name in LISTS:
            setattr(self, name, {one["id"]: one for one in data.get(name, [])})
        self.settings = {**SETTINGS, **data.get("settings", {})}
        self.assignments, self.requests = {}, {}
        self.pim_assigned, self.pim_eligible = {}, {}
        for one in data.get("assignments", []):  # what the file leaves open began when everything began
            one["schedule"] = {"startDateTime": CREATED, **(one.get("schedule") or {})}
            one.setdefault("expiredDateTime", CREATED if one.get("state") == "expired" else None)
            self.assign(world.principal(one["target"]), one["package"], one["policy"], one.get("schedule"), one)
        for name, store in (("eligible", self.pim_eligible), ("assigned", self.pim_assigned)):
            for one in data.get("pim", {}).get(name, ()):
                self._load_in_pim(store, name, one)
        for review in self.accessReviews.values():
            self.watch_review(review)
        world.leave_watchers.append(self._left)

    # Access packages

    def groups_of(self, package_id):
        """Ids of the groups that a package gives; one that was deleted is no longer among them."""
        found = map(self.world.principal, self.accessPackages[package_id]["groups"])
        return [one.id for one in found if one is not None]

    def assign(self, user, package_id, policy_id, schedule=None, given=None):
        """An assignment that is delivered at once, or has another state that `given` names."""
        given = given or {}
        policy = self.assignmentPolicies[policy_id]
        schedule = {"startDateTime": self.world.clock.iso(), "recurrence": None,
                    "expiration": {"type": "notSpecified", "endDateTime": None, "duration": None,
                                   **policy["expiration"]},
                    **(schedule or {})}
        made = {"id": given.get("id") or str(uuid.uuid4()), "state": "delivering", "status": "Delivering",
                "expiredDateTime": None, "schedule": schedule, "target": user.id, "accessPackage": package_id,
                "assignmentPolicy": policy_id}
        self.assignments[made["id"]] = made
        self.set_state(made, given.get("state", "delivered"))
        made["expiredDateTime"] = given.get("expiredDateTime", made["expiredDateTime"])
        return made

    def dump(self):
        """The form of a data file; requests that are not worked off are no part of it."""
        return {**{name: list(getattr(self, name).values()) for name in LISTS}, "settings": self.settings,
                "assignments": [{"id": one["id"], "target": one["target"], "package": one["accessPackage"],
                                 "policy": one["assignmentPolicy"], "schedule": one["schedule"], "state": one["state"],
                                 "expiredDateTime": one["expiredDateTime"]} for one in self.assignments.values()],
                "pim": {"eligible": list(self.pim_eligible.values()), "assigned": list(self.pim_assigned.values())}}

    def set_state(self, assignment, state):
        """A new state with what it does to the groups."""
        world, user = self.world, assignment["target"]
        assignment.update(state=state, status=state[0].upper() + state[1:])
        if state in ACTIVE:
            for gid in self.groups_of(assignment["accessPackage"]):
                if user in world.users:
                    world.join(gid, user)
            end = end_of(assignment["schedule"])
            if end is not None:
                world.at(end, lambda: self._ended(assignment))
            return
        if state == "expired":
            assignment["expiredDateTime"] = world.clock.iso()
        for gid in self.groups_of(assignment["accessPackage"]):
            if user in world.users and not self._holds(user, gid):
                world.leave(gid, user)

    def _ended(self, assignment):
        end = end_of(assignment["schedule"])
        if assignment["state"] in ACTIVE and end is not None and end <= self.world.clock.now():
            self.end(assignment)

    def end(self, assignment):
        """The assignment is over; with the last one an external user may be blocked, and deleted later."""
        world = self.world
        self.set_state(assignment, "expired")
        user = world.users.get(assignment["target"])
        action = self.settings["externalUserLifecycleAction"]
        if user is None or not user.external or action == "none" or self._any_active(user.id):
            return
        with audit_log.acting(app={"appId": "", "displayName": "Azure AD Identity Governance"}):
            world.change_user(user, {"accountEnabled": False})
        if action == "blockSignInAndDelete":
            last = later(world.clock.now(), self.settings["durationUntilExternalUserDeletedAfterBlocked"])
            world.at(last, lambda: self._delete_blocked(user))

    def _delete_blocked(self, user):
        if user.id in self.world.users and not user.props["accountEnabled"] and not self._any_active(user.id):
            self.world.delete_user(user)

    def _any_active(self, user_id):
        return any(one["target"] == user_id and one["state"] in ACTIVE for one in self.assignments.values())

    def _holds(self, user_id, gid):
        """Whether an assignment or PIM keeps this user in the group."""
        return any(one["target"] == user_id and one["state"] in ACTIVE and gid in self.groups_of(one["accessPackage"])
                   for one in self.assignments.values()) or any(
                       one["principalId"] == user_id and one["groupId"] == gid and one["accessId"] == "member"
                       for one in self.pim_assigned.values())

    def _left(self, gid, member_id):
        """Somebody took a member out by hand: the assignment that put him there may put him back."""
        world = self.world

        def again():
            if member_id in world.users and gid in world.groups and self._holds(member_id, gid):
                world.join(gid, member_id)
        if world.switches.assignment_readds_member and self._holds(member_id, gid):
            world.at(world.clock.now() + world.switches.entitlement_delay, again)

    def request(self, body):
        """POST assignmentRequests; the request is worked off later. KeyError or ValueError if it makes no sense."""
        kind, wanted = body["requestType"], body["assignment"]
        made = {"id": str(uuid.uuid4()), "requestType": kind, "state": "submitted", "status": "Accepted",
                "createdDateTime": self.world.clock.iso(), "completedDateTime": None, "schedule": body.get("schedule"),
                "assignment": wanted.get("id"), "accessPackage": None, "target": None}
        if kind == "adminRemove":
            assignment = self.assignments[wanted["id"]]
            made.update(accessPackage=assignment["accessPackage"], target=assignment["target"])
            finish = lambda: self.end(assignment)  # noqa: E731
        elif kind == "adminAdd":
            package = self.accessPackages[wanted["accessPackageId"]]
            policy = self.assignmentPolicies[wanted["assignmentPolicyId"]]
            if policy["accessPackageId"] != package["id"]:
                raise ValueError("the policy belongs to another access package")
            target = wanted.get("targetId") or (wanted.get("target") or {}).get("objectId")
            user = self.world.users[target] if target else self._invited(wanted["target"]["email"])
            made.update(accessPackage=package["id"], target=user.id)
            finish = lambda: made.update(assignment=self.assign(  # noqa: E731
                user, package["id"], policy["id"], body.get("schedule"))["id"])
        else:
            raise ValueError(f"requestType {kind!r} is not for an application")
        self.requests[made["id"]] = made
        delay, now = self.world.switches.entitlement_delay, self.world.clock.now()
        self.world.at(now + delay / 2, lambda: made.update(state="delivering", status="Delivering"))

        def done():
            finish()
            made.update(state="delivered", status="Delivered", completedDateTime=self.world.clock.iso())
        self.world.at(now + delay, done)
        return made

    def _invited(self, mail):
        found = self.world.users_by_mail(mail)
        if found:
            return found[0]
        made = redemption.invite(self.world, {"invitedUserEmailAddress": mail,
                                              "inviteRedirectUrl": "https://myaccess.microsoft.com"})
        return self.world.users[made["invitedUser"]["id"]]

    # PIM for groups

    def make_eligible(self, principal, group_ref, until=None, access="member"):
        return self._instance(self.pim_eligible, principal, group_ref, "eligible", until, access)

    def assign_in_pim(self, principal, group_ref, kind, until=None, access="member"):
        """Assigned, or activated (which needs an eligibility and an end): an ordinary member as long as it lasts. An
        owner manages the group, which makes no member of him."""
        gid = self.world.principal(group_ref).id
        if kind == "activated" and not any((one["principalId"], one["groupId"], one["accessId"]) == (
                principal.id, gid, access) for one in self.pim_eligible.values()):
            raise ValueError("not eligible")
        made = self._instance(self.pim_assigned, principal, group_ref, kind, until, access)
        if access == "member":
            self.world.join(gid, principal.id)
        return made

    def _instance(self, store, principal, group_ref, kind, until, access, given_id=None):
        gid, now = self.world.principal(group_ref).id, self.world.clock.now()
        made = {"id": given_id or f"{gid}_{access}_{uuid.uuid4()}", "principalId": principal.id, "groupId": gid,
                "accessId": access, "assignmentType": kind, "memberType": "direct", "startDateTime": self.world.clock.iso(now),
                "endDateTime": None if until is None else self.world.clock.iso(until), "scheduleId": str(uuid.uuid4())}
        store[made["id"]] = made
        if until is not None:
            self.world.at(until, lambda: self.end_in_pim(store, made["id"]))
        return made

    def _load_in_pim(self, store, kind, given):
        """An instance of the data file: {principal, group} is enough, the whole of it keeps its id and times."""
        principal = self.world.principal(given.get("principalId") or given["principal"])
        name = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}/{principal.id}/{given.get('groupId') or given['group']}"))
        made = self._instance(store, principal, given.get("groupId") or given["group"], kind,
                              seconds(given["endDateTime"]) if given.get("endDateTime") else None,
                              given.get("accessId", "member"), given.get("id", name))
        made.update(startDateTime=CREATED, scheduleId=str(uuid.uuid5(uuid.NAMESPACE_OID, made["id"])))
        made.update({name: value for name, value in given.items() if name in made})
        if store is self.pim_assigned and made["accessId"] == "member":
            self.world.join(made["groupId"], principal.id)

    def end_in_pim(self, store, instance_id):
        made = store.pop(instance_id, None)
        joined = made and store is self.pim_assigned and made["accessId"] == "member"
        if joined and made["groupId"] in self.world.groups:
            if not self._holds(made["principalId"], made["groupId"]):
                self.world.leave(made["groupId"], made["principalId"])

    # Access reviews

    def watch_review(self, review):
        """A review that applies its decisions does so at the end of each instance."""
        for instance in review["instances"]:
            if review["settings"]["autoApplyDecisionsEnabled"]:
                self.world.at(seconds(instance["endDateTime"]), lambda one=instance: self._review_ended(review, one))

    def _review_ended(self, review, instance):
        if self.accessReviews.get(review["id"]) is review and instance["status"] != "Applied":
            self.apply_review(review, instance)

    def apply_review(self, review, instance):
        """Only now a Deny has an effect: out of the group; where the review says so the guest is disabled too."""
        settings, world = review["settings"], self.world
        for one in instance["decisions"]:
            decision = one["decision"]
            if decision == "NotReviewed" and settings["defaultDecisionEnabled"]:
                decision = settings["defaultDecision"]
            if decision == "NotReviewed" or one["applyResult"] != "New":
                continue
            user = world.users.get(one["principal"])
            if user is None:
                one["applyResult"] = "AppliedSuccessfullyButObjectNotFound"
                continue
            if decision == "Deny":
                if review["group"] in world.groups:
                    world.leave(review["group"], user.id)
                if any("disable" in action["@odata.type"] for action in settings["applyActions"]):
                    world.change_user(user, {"accountEnabled": False})
            one["applyResult"] = "AppliedSuccessfully"
        instance["status"] = "Applied"
