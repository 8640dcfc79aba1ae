# SPDX-License-Identifier: Apache-2.0
"""The sign-in log, as /auditLogs/signIns shows it: one entry for each attempt, visible only after a while.

The browser leg calls `browser`; the token endpoint runs inside `attempt`, and whatever it learns meanwhile about who
signs in
it says with `about`. An entry is the v1.0 object; the members of beta only are kept beside it.
"""
import contextlib
import contextvars
import uuid
from collections import deque, namedtuple

from .errors import TABLE, LoginError
from .registrations import GRAPH_APP_ID

KEPT = 20_000
SILENT = {None, 70016}  # a poll while the person is still at the browser is no attempt
NO_POLICY = "notApplied"
AT_THE_BORDER = (500213, 90084, 1000104)  # refused without any Conditional Access policy

Entry = namedtuple("Entry", "made v1 beta")
_current = contextvars.ContextVar("attempt", default=None)


class SignInLog:
    def __init__(self, world):
        self._world = world
        self._entries = deque(maxlen=KEPT)

    def add(self, entry):
        self._entries.append(entry)

    def visible(self, beta=False):
        """What Graph may show now, newest first. v1.0 lists interactive sign-ins only, and hides the members of
        beta."""
        limit = self._world.clock.now() - self._world.switches.signin_log_delay
        seen = (entry for entry in reversed(self._entries) if entry.made <= limit)
        if beta:
            return [{**entry.v1, **entry.beta} for entry in seen]
        return [entry.v1 for entry in seen if entry.v1["isInteractive"]]

    def everything(self):
        """For control: also what Graph does not show yet."""
        return [{**entry.v1, **entry.beta} for entry in reversed(self._entries)]


def home_of(world, account):
    """(id, name) of the tenant where the account lives; no tenant for Google, SAML and one-time codes."""
    if account is None or account.kind == "internal":
        return world.tenant["id"], world.tenant["name"]
    return account.tid, account.organisation


def _resource(world, resource):
    known = world.registrations.get(resource)
    return (known["appId"], known["displayName"]) if known else (GRAPH_APP_ID, "Microsoft Graph")


def _device(agent):
    system = next((name for name in ("Linux", "Windows", "Android", "Mac") if name in agent), "")
    return {"deviceId": "", "displayName": "", "operatingSystem": system,
            "browser": agent.partition("/")[0] if agent else "",
            "isCompliant": False, "isManaged": False, "trustType": ""}


def failure_reason(code, words=None):
    """The sentence of the entry: the error's text without the person's address."""
    if code == 0:
        return "Other."
    return LoginError(code, **(words or {})).text if code in TABLE else "Sign-in was blocked."


def write(world, *, code, client, resource="graph", user=None, account=None, interactive=False, address="", agent="",
          correlation="", trace="", events=None, protocol="none", transfer="none", uti="", policies=(), details=None,
          amr=(), name=""):
    """Make an entry; returns its id, which is the trace id of the answer."""
    trace = trace or str(uuid.uuid4())
    home_id, home_name = home_of(world, account)
    resource_id, resource_name = _resource(world, resource)
    person = account is not None or user is not None or bool(name)
    mail = account.mail.lower() if account else user.props["userPrincipalName"].lower() if user else name.lower()
    blocked = code in TABLE and TABLE[code].kind == "POLICY_BLOCK" and code not in AT_THE_BORDER
    ca_failed = blocked or any(one["result"] == "failure" for one in policies)
    v1 = {
        "id": trace, "createdDateTime": world.clock.iso(), "correlationId": correlation or str(uuid.uuid4()),
        "userId": user.id if user else None if not person else "00000000-0000-0000-0000-000000000000",
        "userPrincipalName": mail,
        "userDisplayName": user.props["displayName"] if user else account.name if account else "",
        "appId": client["appId"], "appDisplayName": client["displayName"], "resourceId": resource_id,
        "resourceDisplayName": resource_name, "resourceTenantId": world.tenant["id"], "homeTenantId": home_id,
        "ipAddress": address, "clientAppUsed": "Mobile Apps and Desktop clients", "userAgent": agent,
        "isInteractive": interactive,
        "conditionalAccessStatus": "failure" if ca_failed else "success" if policies else NO_POLICY,
        "appliedConditionalAccessPolicies": list(policies), "deviceDetail": _device(agent),
        "location": {"city": "", "state": "", "countryOrRegion": "", "geoCoordinates": {}},
        "riskDetail": "none", "riskLevelAggregated": "none", "riskLevelDuringSignIn": "none", "riskState": "none",
        "riskEventTypes": [], "riskEventTypes_v2": [],
        "status": {"errorCode": code, "failureReason": failure_reason(code), "additionalDetails": details}}
    external = account is not None and account.kind != "internal"
    beta = {
        "authenticationProtocol": protocol, "originalTransferMethod": transfer,
        "crossTenantAccessType": "b2bCollaboration" if external else "none",
        "authenticationDetails": [{"authenticationMethod": one, "succeeded": code == 0} for one in amr],
        "uniqueTokenIdentifier": uti, "userType": (user.props["userType"] or "").lower() if user else "",
        "conditionalAccessAudiences": [], "authenticationContextClassReferences": [], "homeTenantName": home_name,
        "signInEventTypes": events or ["interactiveUser" if interactive else "nonInteractiveUser"]}
    world.signin_log.add(Entry(world.clock.now(), v1, beta))
    return trace


def browser(world, walk, code, agent="", address="", name=""):
    """The browser leg came to an end, or to a page that asks for more; returns the id of the entry."""
    flow = walk.flow
    return write(world, code=code, client=flow.client, resource=flow.scopes.resource, user=walk.user,
                 account=walk.account,
                 interactive=True, name=name, address=world.switches.browser_address or address, agent=agent,
                 correlation=walk.correlation, policies=getattr(walk, "policies", ()),
                 protocol="deviceCode" if flow.by_device_code else "oAuth2",
                 transfer="deviceCodeFlow" if flow.by_device_code else "none", amr=walk.amr)


class Attempt:
    """One request at the token endpoint, and what is known about it."""

    def __init__(self, world, request, correlation, form):
        self._world, self._form = world, form
        self._known = {"address": request.remote or "", "agent": request.headers.get("User-Agent", ""),
                       "correlation": correlation}
        self.about(client=world.registration(form.get("client_id")))
        flow = world.flows_by_device.get(form.get("device_code") or form.get("code") or "")
        if flow is not None:
            self.about(client=flow.client, user=flow.user, account=flow.account, resource=flow.scopes.resource,
                       protocol="deviceCode", transfer="deviceCodeFlow", amr=tuple(flow.amr or ()))
        if form.get("grant_type") == "client_credentials":
            self.about(events=["servicePrincipal"], protocol="none")

    def about(self, **known):
        self._known.update(known)

    def end(self, code):
        if self._known.get("client") is None:  # nobody's attempt: the tenant knows no such application
            return None
        return write(self._world, code=code, **self._known)


def about(**known):
    """What the running attempt is about: client, user, account, resource, protocol, transfer, uti, policies, details,
    amr."""
    running = _current.get()
    if running is not None:
        running.about(**known)


@contextlib.contextmanager
def attempt(world, request, correlation, form):
    """Around one token request: its end goes into the log; an error gets the entry's id as its trace id."""
    running = Attempt(world, request, correlation, form)
    token = _current.set(running)
    try:
        yield running
    except LoginError as wrong:
        if wrong.code not in SILENT:
            wrong.trace = running.end(wrong.code)
        raise
    else:
        running.end(0)
    finally:
        _current.reset(token)
