# SPDX-License-Identifier: Apache-2.0
"""What the tenant's policies do to a sign-in that is under way: block it, ask for something, or let it pass.

All enabled policies that apply must be satisfied; block wins; report-only ones are only logged (entra-facts 10.5). A
condition that even the tenant cannot evaluate does not apply here.
"""
from dataclasses import dataclass

from ..login.registrations import GRAPH_APP_ID
from ..world import crosstenant
from . import evaluate
from .strengths import STRENGTHS

EVERY_TIME = 300.0  # "every time" asks again at most every five minutes
# What a guest can do here, and what only at a home that we trust in it (entra-facts 10.3).
HERE = {"sms", "voice", "microsoftAuthenticatorPush", "softwareOath"}
AT_HOME = {"fido": "fido2", "hwk": "windowsHelloForBusiness", "x509": "x509CertificateMultiFactor"}
# Controls that no guest can meet, with the number of the page.
NEVER = {"approvedApplication": 53002, "compliantApplication": 53009, "passwordChange": 53003, "riskRemediation": 53003}
DEVICE = {"compliantDevice": ("isCompliantDeviceAccepted", 53000),
          "domainJoinedDevice": ("isHybridAzureADJoinedDeviceAccepted", 53001)}


@dataclass
class Need:
    """One control that is not met. `ask`: the number of a page that can meet it; else `block` is the page's number."""
    ask: int = None
    block: int = None
    terms: str = ""


def guest_type(user):
    if getattr(user, "external", False):
        return "b2bCollaborationGuest" if user.props["userType"] == "Guest" else "b2bCollaborationMember"
    return "internalGuest" if user.props["userType"] == "Guest" else ""


def _flow(walk):
    """A walk through the pages, or the sign-in itself once its token is asked for."""
    return getattr(walk, "flow", walk)


def signin_of(world, walk, address, context=None):
    """The sign-in as `evaluate` wants it."""
    flow, account, user = _flow(walk), walk.account, walk.user
    api = world.registrations.get(flow.scopes.resource)
    return {"userId": user.id, "groups": list(world.groups_of(user)), "roles": list(world.directory_roles.get(user.id, ())),
            "guestType": guest_type(user), "homeTenant": account.tid or "" if account.kind == "entra" else "",
            "appId": api["appId"] if api else GRAPH_APP_ID, "authContext": context,
            "clientAppType": "mobileAppsAndDesktopClients", "platform": "linux",
            "ip": world.switches.browser_address or address or "127.0.0.1", "country": world.switches.browser_country,
            "trustedIps": list(world.switches.legacy_trusted_ips), "device": {},
            "transferMethod": "deviceCodeFlow" if flow.by_device_code else "none", "signInRisk": "none",
            "userRisk": "none", "insiderRisk": ""}


def applying(world, signin, state="enabled"):
    rows, places = world.conditional_access["policies"], world.conditional_access["namedLocations"]
    return [one for one in rows if one.get("state") == state
            and evaluate.applies(one, places, signin)[0] == evaluate.YES]


def mfa_done(world, walk):
    """Done here, or at an account of ours, or at a home that we trust in it."""
    if "mfahere" in walk.met or "proofup" in walk.met:
        return True
    trusted = walk.account.kind == "internal" or crosstenant.mfa_trusted(world, walk.account)
    return trusted and "mfa" in walk.amr


def _mfa(world, walk):
    return None if mfa_done(world, walk) else Need(ask=50076 if walk.user.id in world.mfa_here else 50079)


def _strength(world, walk, wanted):
    """For guests of Entra tenants only; FIDO2, Hello and certificates count at a home that we trust."""
    if walk.account.kind not in ("entra", "internal"):
        return Need(block=53003)
    rows = [set(one.split(",")) for one in wanted.get("allowedCombinations") or ()]
    trusted = walk.account.kind == "internal" or crosstenant.mfa_trusted(world, walk.account)
    shown = {AT_HOME[one] for one in walk.amr if one in AT_HOME} if trusted else set()
    if any(row <= shown for row in rows):
        return None
    if any(row - {"password"} <= HERE for row in rows):
        return _mfa(world, walk)
    return Need(block=53003)


def _device(world, walk, control):
    trust, number = DEVICE[control]
    if _flow(walk).by_device_code:
        return Need(block=530033)  # the browser cannot pass its device on
    accepted = walk.account.kind == "internal" or \
        bool(crosstenant.effective(world, walk.account.tid, "inboundTrust").get(trust))
    return Need(block=number if accepted else 530004)


def _terms(world, walk, agreement):
    done = "terms" in walk.met or any(one["agreementId"] == agreement and one["userId"] == walk.user.id and one["state"] == "accepted"
               for one in world.governance.acceptances.values())
    return None if done else Need(ask=50158, terms=agreement)


def _controls(grant):
    """The controls of a policy, in the order in which Entra collects them."""
    order = ["block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication",
             "passwordChange", "riskRemediation"]
    built = grant.get("builtInControls") or []
    found = [("built", one) for one in order if one in built]
    if grant.get("authenticationStrength"):
        found.append(("strength", grant["authenticationStrength"]))
    return found + [("terms", one) for one in grant.get("termsOfUse") or []]


def _need(world, walk, kind, control):
    if kind == "terms":
        return _terms(world, walk, control)
    if kind == "strength":
        return _strength(world, walk, _whole_strength(world, control))
    if control == "mfa":
        return _mfa(world, walk)
    return _device(world, walk, control) if control in DEVICE else Need(block=NEVER.get(control, 53003))


def _whole_strength(world, strength):
    """A policy may hold only the id of it."""
    rows = [*STRENGTHS, *world.conditional_access["authenticationStrengths"]]
    return next((one for one in rows if one["id"] == strength.get("id")), strength)


def _grant(world, walk, grant):
    """The first thing that this policy's grant wants and that is not there."""
    controls = _controls(grant)
    if ("built", "block") in controls:
        return Need(block=53003)
    needs = [_need(world, walk, *one) for one in controls]
    if grant.get("operator") == "OR":
        if not needs or None in needs:
            return None
        return next((one for one in needs if one.ask), needs[0])
    return next((one for one in needs if one is not None and one.block), None) or \
        next((one for one in needs if one is not None), None)


def _frequency(world, walk, session):
    rule = (session or {}).get("signInFrequency") or {}
    if not rule.get("isEnabled") or "reauth" in walk.met:
        return None
    age = world.clock.now() - walk.auth_time
    if rule.get("frequencyInterval") == "everyTime":
        asked = world.switches.every_time_in_browser != "ignored"
        return Need(ask=50078) if asked and age > EVERY_TIME else None
    limit = (rule.get("value") or 0) * {"hours": 3600, "days": 86400}.get(rule.get("type"), 3600)
    return Need(ask=50078) if age > limit else None


def look(world, walk, address, context=None):
    """(Need or None, ids of the policies that it comes from, entries for the log) of the policies that apply."""
    signin = signin_of(world, walk, address, context)
    found, ids, log = [], [], []
    for one in applying(world, signin):
        needs = [need for need in (_grant(world, walk, one.get("grantControls") or {}),
                                   _frequency(world, walk, one.get("sessionControls"))) if need]
        found += needs
        ids += [one["id"]] if any(need.block for need in needs) else []
        log.append(_entry(one, "failure" if needs else "success"))
    log += [_entry(one, "reportOnlyInterrupted") for one in applying(world, signin, "enabledForReportingButNotEnforced")]
    first = next((one for one in found if one.block == 53003), None) or next((one for one in found if one.block), None) \
        or next(iter(found), None)
    return first, ids, log


def _entry(policy, result):
    grant = policy.get("grantControls") or {}
    return {"id": policy["id"], "displayName": policy.get("displayName", ""), "result": result,
            "enforcedGrantControls": [*(grant.get("builtInControls") or [])], "enforcedSessionControls": []}


def accept_terms(world, walk, agreement):
    key = f"{agreement}_{walk.user.id}"
    world.governance.acceptances[key] = {
        "id": key, "agreementId": agreement, "agreementFileId": agreement, "userId": walk.user.id,
        "userEmail": walk.account.mail, "userDisplayName": walk.user.props["displayName"], "state": "accepted",
        "recordedDateTime": world.clock.iso(), "expirationDateTime": None, "deviceId": None, "deviceDisplayName": None,
        "deviceOSType": None, "deviceOSVersion": None}


def what_if(world, body):
    """Which policies would apply, whatever their state (entra-facts 10.4)."""
    who, where, under = body["signInIdentity"], body["signInContext"], body.get("signInConditions") or {}
    user = world.users.get(str(who.get("userId", "")).lower())
    signin = {"userId": who.get("userId"), "guestType": who.get("externalUserType") or (guest_type(user) if user else None),
              "homeTenant": who.get("externalTenantId") or (user.home or {}).get("tid") if user else None,
              "groups": list(world.groups_of(user)) if user else None,
              "roles": list(world.directory_roles.get(user.id, ())) if user else None,
              "appId": next(iter(where.get("includeApplications") or ()), None),
              "authContext": where.get("authenticationContextValue"), "userAction": where.get("userAction"),
              "ip": under.get("ipAddress"), "country": under.get("country"), "platform": under.get("devicePlatform"),
              "clientAppType": under.get("clientAppType"), "signInRisk": under.get("signInRiskLevel"),
              "userRisk": under.get("userRiskLevel"),
              "transferMethod": (under.get("authenticationFlow") or {}).get("transferMethod"), "device": None,
              "trustedIps": list(world.switches.legacy_trusted_ips)}
    out = []
    for one in world.conditional_access["policies"]:
        verdict, _ = evaluate.applies(one, world.conditional_access["namedLocations"], signin)
        if one.get("state") == "disabled":
            verdict = evaluate.NO
        if verdict == evaluate.YES or not body.get("appliedPoliciesOnly"):
            out.append({**one, "policyApplies": verdict == evaluate.YES,
                        "analysisReasons": "notSet" if verdict == evaluate.YES else
                        "policyNotEnabled" if one.get("state") == "disabled" else
                        "notEnoughInformation" if verdict == evaluate.UNKNOWN else "invalidCondition"})
    return out
