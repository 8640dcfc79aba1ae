# SPDX-License-Identifier: Apache-2.0
"""Two evaluations of Conditional Access that share no code, ours in C and the tenant's in Python, over random policies.

Both get what the host can know of a sign-in and nothing else, so they must agree, in all three values. Policies are drawn
from every row of Graph's schema, with null, empty and unknown members among them. Each condition must have been met by each
verdict often enough for that to mean something."""
import collections
import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from tenant_client import TENANT_DIR

assert TENANT_DIR
from rehearsal.conditional import evaluate  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DRIVER = ROOT / os.environ.get("GP_TEST_BUILD", "build-check") / "differential/conditional_access"
POLICIES = 20_000
ENOUGH = 0.05  # of the policies that carry the condition
OID, API, HOME = (f"{n}ccccccc-0000-4000-8000-000000000003" for n in "123")
GROUP, PLACE = "67000000-000{}-4e00-8e00-000000000001", "70c00000-000{}-4000-8000-000000000001"
OTHER = "9ccccccc-0000-4000-8000-0000000000ff"
KINDS = ("b2bCollaborationGuest", "b2bCollaborationMember", "internalGuest", "otherExternalUser", "serviceProvider", "none",
         "laterKind")
RANGES = ("198.51.100.0/24", "203.0.113.0/25", "203.0.113.0/28", "2001:db8::/32", "2001:db8:1::/48", "not-a-network")
ADDRESSES = ("198.51.100.7", "203.0.113.7", "203.0.113.77", "2001:db8:1::7", "2001:db8:2::7")


class Draw:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def one(self, *choices):
        return self.r.choice(choices)

    def often(self, value, other=None, share=0.8):
        return value if self.r.random() < share else other

    def some(self, choices, most=3):
        return self.r.sample(list(choices), self.r.randint(0, min(most, len(choices))))

    def listed(self, choices):
        """A list, mostly; or null, or what is none."""
        rows = self.some(choices)
        return self.one(rows, rows, rows, rows, None) if self.r.random() > 0.02 else self.one("All", [7], {})

    def odd(self, rule):
        """Now and then a member of later, which may say something or not."""
        if isinstance(rule, dict) and self.r.random() < 0.08:
            rule = {**rule, "laterMember": self.one(None, [], {}, "", "x", ["x"], {"a": None}, {"a": 1}, 0, False)}
        return rule

    def guests(self):
        if self.r.random() < 0.6:
            return None
        tenants = self.one(None, {"membershipKind": "all"}, {"membershipKind": "enumerated", "members": self.some([HOME, OTHER])},
                           {"membershipKind": "enumerated", "members": [HOME]}, {"membershipKind": "later", "members": []})
        return self.odd({"guestOrExternalUserTypes": ",".join(self.some(KINDS, 4)), "externalTenants": self.odd(tenants)})

    def users(self):
        ids = [OID, OTHER, "GuestsOrExternalUsers", "LaterKeyword"]
        return self.odd({
            "includeUsers": self.one(["All"], ["All"], ["None"], self.listed(ids)), "excludeUsers": self.often([], self.listed(ids), 0.9),
            "includeGroups": self.listed([GROUP.format(n) for n in range(1, 5)] + ["partners"]),
            "excludeGroups": self.often([], self.listed([GROUP.format(n) for n in range(1, 5)])),
            "includeRoles": self.often([], [OTHER], 0.95), "excludeRoles": self.often([], [OTHER], 0.97),
            "includeGuestsOrExternalUsers": self.guests(), "excludeGuestsOrExternalUsers": self.often(None, self.guests(), 0.85)})

    def applications(self):
        apps = [API, OTHER, "Office365", "MicrosoftAdminPortals", "None", "LaterSuite"]
        return self.odd({"includeApplications": self.one(["All"], ["All"], self.listed(apps)),
                         "excludeApplications": self.often([], self.listed(apps), 0.8),
                         "includeUserActions": self.often([], ["urn:user:registerdevice"], 0.95),
                         "includeAuthenticationContextClassReferences": self.often([], ["c1"], 0.95),
                         "applicationFilter": self.often(None, {"mode": "include", "rule": "x"}, 0.95)})

    def places(self):
        ids = [PLACE.format(n) for n in range(1, 6)] + ["All", "AllTrusted", evaluate.LEGACY, OTHER, "AllCompliantNetworks"]
        rule = {"includeLocations": self.one(["All"], ["All"], ["AllTrusted"], self.some(ids[:5]), self.listed(ids)), "excludeLocations": self.one([], self.some(ids[:5]), self.listed(ids))}
        return self.odd(self.often(rule, self.one(None, {}, []), 0.95))

    def more(self):
        """Conditions of which most policies have none."""
        rows = {
            "clientAppTypes": self.one(["all"], ["all"], [], ["browser"], ["mobileAppsAndDesktopClients", "all"], None),
            "platforms": self.often(None, self.odd({"includePlatforms": self.one(["all"], ["linux"], []),
                                                    "excludePlatforms": self.often([], ["windows"])}), 0.5),
            "authenticationFlows": self.often(None, self.odd({"transferMethods": self.one(
                "deviceCodeFlow", "authenticationTransfer", "authenticationTransfer", "deviceCodeFlow,authenticationTransfer", "none",
                "later", "later", "", None)}), 0.25),
            "devices": self.often(None, self.one({"deviceFilter": None}, {"deviceFilter": {"mode": "include", "rule": "x"}}), 0.9),
            "clientApplications": self.often(None, self.one({"includeServicePrincipals": []}, {"includeServicePrincipals": ["x"]}), 0.9),
            "signInRiskLevels": self.often([], ["high"], 0.95), "userRiskLevels": self.often([], ["low"], 0.95),
            "servicePrincipalRiskLevels": self.often([], ["low"], 0.97),
            "insiderRiskLevels": self.often(None, self.one("", "minor,moderate"), 0.9),
            "times": self.often(None, self.one([], {}, {"hours": "9-17"}), 0.9)}
        return {name: value for name, value in rows.items() if self.r.random() < 0.8}

    def policy(self):
        """One in two has everything drawn, the others one condition beside the place: else few would ever apply."""
        conditions = {"clientAppTypes": ["all"], "users": {"includeUsers": ["All"]},
                      "applications": {"includeApplications": ["All"]}, "locations": self.places()}
        if self.r.random() < 0.5:
            drawn = {"users": self.users(), "applications": self.applications(), **self.more()}
            name = self.one(*drawn)
            return self.whole({**conditions, name: drawn[name]})
        return self.whole({"users": self.often(self.users(), self.one(None, [], "x"), 0.98),
                           "applications": self.often(self.applications(), self.one(None, []), 0.98),
                           "locations": self.places(), **self.more()})

    def whole(self, conditions):
        return self.odd(self.odd({"id": OTHER, "displayName": "P", "state": "enabled", "conditions": conditions,
                                  "grantControls": {"operator": "OR", "builtInControls": ["block"]}, "sessionControls": None}))

    def locations(self):
        out = []
        for n in range(1, 5):
            if self.r.random() < 0.25:
                out.append({"@odata.type": "#microsoft.graph.countryNamedLocation", "id": PLACE.format(n),
                            "countriesAndRegions": ["DE"], "countryLookupMethod": self.one("clientIpAddress", "authenticatorAppGps")})
            else:
                out.append({"@odata.type": "#microsoft.graph.ipNamedLocation", "id": PLACE.format(n),
                            "isTrusted": self.one(True, False, None),
                            "ipRanges": [{"cidrAddress": one} for one in self.some(RANGES)]})
        return out

    def signin(self):
        """What a host can know; the rest nobody tells it."""
        return {"userId": self.often(OID), "groups": self.often([GROUP.format(n) for n in (1, 2)]),
                "guestType": self.one("b2bCollaborationGuest", "b2bCollaborationGuest", "b2bCollaborationMember", "internalGuest", "", None),
                "homeTenant": self.one(HOME, HOME, "", None), "appId": self.often(API, share=0.95), "ip": self.one(*ADDRESSES),
                "trustedIps": self.one(None, [], ["203.0.113.64/26"]), "transferMethod": "deviceCodeFlow"}


def document(policy, locations):
    return json.dumps({"policies": [{"value": [policy]}], "locations": [{"value": locations}], "default": {},
                       "partners": [{"value": []}]})


def has_location(policy):
    """Everywhere, but for nowhere, is no condition: then the policy is Entra's alone."""
    rule = policy["conditions"].get("locations")
    if evaluate.is_empty(rule):
        return False
    if not isinstance(rule, dict) or rule.get("excludeLocations") not in (None, []) or \
            evaluate.strange(rule, "locations") == evaluate.YES:
        return True
    rows = rule.get("includeLocations")
    return not isinstance(rows, list) or "All" not in rows


@pytest.mark.covers("ca.differential")
def test_both_evaluations_agree():
    if not DRIVER.exists():
        pytest.fail(f"{DRIVER} is not built: make differential-build")
    seeds = (1, random.SystemRandom().randrange(1 << 32))
    print("seeds", *seeds)
    draws = []
    for seed in seeds:
        draw = Draw(seed)
        draws += [(draw.policy(), draw.locations(), draw.signin()) for _ in range(POLICIES // 2)]
    lines = "".join(json.dumps({"set": document(p, places), "signin": who}) + "\n" for p, places, who in draws)
    told = subprocess.run([DRIVER], input=lines, capture_output=True, text=True, timeout=300, check=True).stdout.split()
    assert len(told) == len(draws)
    hits = collections.Counter()
    for (policy, places, who), ours in zip(draws, told):
        if not has_location(policy):
            assert ours == "none", (policy, ours)
            continue
        theirs, each = evaluate.applies(policy, places, who)
        assert ours == theirs, json.dumps([policy, places, who, each, ours], indent=1)
        hits["all", theirs] += 1
        for name, verdict in each.items():
            hits[name, verdict] += 1
    total = sum(count for (name, _), count in hits.items() if name == "all")
    for name, verdict in sorted(hits):
        print(f"{name:20} {verdict:8} {hits[name, verdict]:6} {hits[name, verdict] / total:6.1%}")
    for name in ("all", "users", "applications", "locations"):
        for verdict in (evaluate.YES, evaluate.NO, evaluate.UNKNOWN):
            assert hits[name, verdict] >= ENOUGH * total, (name, verdict)
    # These say no to nobody but by a flow of another kind: what else could, the host never knows.
    for name in ("clientAppTypes", "platforms", "authenticationFlows", "others", "members"):
        for verdict in (evaluate.YES, evaluate.UNKNOWN):
            assert hits[name, verdict] >= ENOUGH * total, (name, verdict)
    assert hits["authenticationFlows", evaluate.NO] >= ENOUGH * total


CONTEXTS = 8_000
CONTROLS = ("block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication", "passwordChange",
            "riskRemediation")
STATES = ("enabled", "enabled", "enabled", "enabled", "enabledForReportingButNotEnforced", "disabled", "enabledForSome", None)


class DrawContext(Draw):
    """Policies on authentication contexts, whose state and controls vary too."""

    def on_context(self):
        apps = {"includeAuthenticationContextClassReferences": self.one(["c1"], ["c1"], ["c1", "c2"], ["c2"], self.listed(["c1", "c3", "c11"]))}
        apps = self.odd(self.often(apps, {**apps, "includeApplications": [API]}, 0.9))
        conditions = {"users": {"includeUsers": ["All"]}, "applications": apps}
        if self.r.random() < 0.6:
            drawn = {"users": self.users(), "locations": self.places(), **self.more()}
            name = self.one(*drawn)
            conditions[name] = drawn[name]
        row = self.whole(conditions)
        return {**row, "state": self.one(*STATES),
                "grantControls": self.one({"operator": "OR", "builtInControls": ["mfa"]}, {"operator": "OR", "builtInControls": ["block"]},
                                          {"operator": "AND", "builtInControls": [], "termsOfUse": ["x"]},
                                          {"operator": "OR", "builtInControls": []}, None, self.odd({"operator": "OR"}),
                                          self.odd({"operator": self.one("OR", "AND", None), "builtInControls": ["mfa"]}),
                                          {"operator": self.one("OR", "AND", "SOME"), "builtInControls": ["mfa", "ofLater"]}),
                "sessionControls": self.one(None, {}, {"signInFrequency": {"isEnabled": True}}, {"signInFrequency": {"isEnabled": False}},
                                            {"persistentBrowser": {"isEnabled": True, "mode": "never"}})}


def asks(policy):
    """Does it ask for anything that is known, so that nobody gets around it: controls, or a sign-in that is fresh?"""
    grant, session = policy["grantControls"] or {}, policy["sessionControls"] or {}
    each = [control in CONTROLS for control in grant.get("builtInControls") or []] + [True for _ in grant.get("termsOfUse") or []]
    later = [name for name in grant if name not in ("operator", "builtInControls", "termsOfUse")]
    each += [False for name in later if not evaluate.is_empty(grant[name])]
    enough = any(each) if grant.get("operator") == "AND" else bool(each) and all(each)
    return enough or (session.get("signInFrequency") or {}).get("isEnabled") is True


@pytest.mark.covers("ca.differential")
def test_a_context_is_protected_only_where_both_say_so():
    """Ours is the more careful one: it may be in doubt where the tenant is not, and never surer the other way."""
    if not DRIVER.exists():
        pytest.fail(f"{DRIVER} is not built: make differential-build")
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    draw = DrawContext(seed)
    draws = [(draw.on_context(), draw.locations(), {**draw.signin(), "authContext": "c1"}) for _ in range(CONTEXTS)]
    lines = "".join(json.dumps({"set": document(p, places), "signin": who}) + "\n" for p, places, who in draws)
    told = subprocess.run([DRIVER], input=lines, capture_output=True, text=True, timeout=300, check=True).stdout.split()
    hits = collections.Counter()
    for (policy, places, who), ours in zip(draws, told, strict=True):
        theirs, each = evaluate.applies(policy, places, who)
        assert ours != "yes" or (policy["state"] == "enabled" and asks(policy)), json.dumps([policy, who, ours], indent=1)
        if policy["state"] == "enabled" and asks(policy):
            allowed = {"yes": (evaluate.YES,), "no": (evaluate.NO,), "unknown": tuple((evaluate.YES, evaluate.NO, evaluate.UNKNOWN))}
            assert theirs in allowed[ours], json.dumps([policy, places, who, each, ours, theirs], indent=1)
        hits[ours] += 1
    print(hits)
    assert all(hits[word] >= ENOUGH * CONTEXTS for word in ("yes", "no", "unknown")), hits
