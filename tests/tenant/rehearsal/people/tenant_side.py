# SPDX-License-Identifier: Apache-2.0
"""The pages of our tenant between the home and the token: multi-factor authentication here, consent, the last
question."""
from ..conditional import enforce
from . import course, decide, home_side, pages
from .walk import at_tenant, go_tenant

REASON_SIZE = 500


def for_proven(handler):
    """A page for somebody who has proven an identity and may be here; else it starts over."""
    def run(world, walk, form, request):
        if not walk.proven or walk.user is None:
            return go_tenant(world, walk, "account")
        return handler(world, walk, form, request)
    return run


def _due(name):
    """A page that is shown only where the verdict asks for it just now: `number` is why."""
    def wrap(handler):
        @for_proven
        def run(world, walk, form, request):
            verdict = decide.judge(world, walk)
            if verdict.code or verdict.step != name:
                return course.advance(world, walk, request)
            return handler(world, walk, form, request, verdict.step_code)
        return run
    return wrap


def _met(world, walk, name, request):
    walk.met.add(name)
    return course.advance(world, walk, request)


def _words(world, walk, code):
    return f"AADSTS{code}: {decide.text_of(world, code, walk.account, walk.flow)}"


@_due("mfahere")
def _mfa(world, walk, form, request, code):
    if form is not None and form.get("do") == "approve":
        walk.amr += home_side.SECOND["push"]
        return _met(world, walk, "mfahere", request)
    error = ""
    if form is not None:
        decide.block(walk.flow, 500121, walk.account)
        course.log(world, walk, 500121, request)
        error = _words(world, walk, 500121)
    return pages.second_factor("mfahere", world.tenant["name"], at_tenant(world, walk, "mfahere"), walk.account.mail,
                               error or _words(world, walk, code), 500121 if error else code)


@_due("proofup")
def _proof_up(world, walk, form, request, code):
    if form is None:
        return pages.proof_up("proofup", world.tenant["name"], at_tenant(world, walk, "proofup"), code)
    if form.get("do") != "register":
        return course.blocked(world, walk, code, request)
    world.mfa_here.add(walk.user.id)
    walk.amr += home_side.SECOND["push"]
    return _met(world, walk, "proofup", request)


@_due("reauth")
def _reauth(world, walk, form, request, code):
    """Sign in again: what the home makes of it is a switch, and so is whether auth_time moves by it."""
    if form is None:
        return pages.ask("reauth", world.tenant["name"], at_tenant(world, walk, "reauth"), "Sign in again",
                         _words(world, walk, code),
                         code, ("continue", "Sign in again"), ("cancel", "Cancel"))
    if form.get("do") != "continue":
        return course.blocked(world, walk, code, request)
    if not world.switches.home_reprompts:
        return _met(world, walk, "reauth", request)
    walk.held_time = walk.auth_time if world.switches.every_time_in_browser == "asked" else None
    walk.choose(walk.account)
    walk.met.add("reauth")
    return home_side.begin(world, walk, request)


@_due("kmsi")
def _kmsi(world, walk, form, request, code):
    if form is None:
        return pages.ask("kmsi", world.tenant["name"], at_tenant(world, walk, "kmsi"), "Stay signed in?",
                         _words(world, walk, code),
                         code, ("yes", "Yes"), ("no", "No"))
    return _met(world, walk, "kmsi", request)


def _asked(name, title):
    """A page with a question that only Continue answers well."""
    @_due(name)
    def run(world, walk, form, request, code):
        if form is None:
            return pages.ask(name, world.tenant["name"], at_tenant(world, walk, name), title,
                             _words(world, walk, code), code,
                             ("continue", "Continue"), ("cancel", "Cancel"))
        if form.get("do") != "continue":
            return course.blocked(world, walk, code, request)
        return _met(world, walk, name, request)
    return run


@_due("terms")
def _terms(world, walk, form, request, code):
    """Terms of use: what is accepted is remembered, and the next agreement may follow."""
    agreement = world.governance.agreements.get(walk.terms, {"id": walk.terms, "displayName": walk.terms})
    if form is None:
        return pages.ask("terms", world.tenant["name"], at_tenant(world, walk, "terms"), agreement["displayName"],
                         "To go on you must accept these terms of use.", code, ("accept", "Accept"),
                         ("cancel", "Decline"))
    if form.get("do") != "accept":
        return course.blocked(world, walk, code, request)
    enforce.accept_terms(world, walk, agreement["id"])
    return course.advance(world, walk, request)


# Consent

@_due("consent")
def _consent(world, walk, form, request, code):
    """The privacy page of our organisation at a guest's first sign-in; to accept it redeems an open invitation."""
    if form is None:
        pending = walk.user.props["externalUserState"] == "PendingAcceptance"
        return pages.consent(world.tenant["name"], world.tenant["domain"], at_tenant(world, walk, "consent"), pending,
                             code)
    if form.get("do") != "accept":
        return course.refused(world, walk, world.switches.privacy_refused_code, request)
    walk.consented = True
    course.interrupted(world, walk, 50205, request)  # the log says that the statement was accepted
    return course.advance(world, walk, request)


def _wanted(walk):
    """{API's short name: scopes} that the sign-in asks for."""
    scopes = walk.flow.scopes
    out = {"graph": list(scopes.oidc)}
    out.setdefault(scopes.resource, []).extend(scopes.values)
    return {name: values for name, values in out.items() if values}


@_due("appconsent")
def _app_consent(world, walk, form, request, _code):
    wanted = _wanted(walk)
    if form is None:
        return pages.app_consent(world.tenant["name"], at_tenant(world, walk, "appconsent"),
                                 walk.flow.client["displayName"],
                                 sum(wanted.values(), []))
    if form.get("do") != "accept":
        return course.refused(world, walk, world.switches.consent_refused_code, request)
    for name, values in wanted.items():
        walk.flow.client["grants"].append({"resource": name, "consentType": "Principal", "principal": walk.user.id,
                                           "scope": " ".join(values)})
    return _met(world, walk, "appconsent", request)


@_due("approval")
def _approval(world, walk, form, request, code):
    """An administrator must consent, and takes requests."""
    if form is None:
        return pages.approval(world.tenant["name"], at_tenant(world, walk, "approval"), walk.flow.client["displayName"],
                              _words(world, walk, code), code)
    if form.get("do") != "send":
        return course.blocked(world, walk, code, request)
    world.consent_requests[walk.user.id, walk.flow.client["appId"]] = str(form.get("reason", ""))[:REASON_SIZE]
    return course.advance(world, walk, request)


@for_proven
def _confirm(world, walk, form, request):
    """The last question of the device code's browser leg."""
    verdict = decide.judge(world, walk)
    if verdict.code or verdict.step:
        return course.advance(world, walk, request)
    if form is None:
        return pages.confirm(world.tenant["name"], at_tenant(world, walk, "confirm"), walk.flow.client["displayName"],
                             walk.account.mail)
    if form.get("do") != "continue":
        return course.cancel(world, walk)
    walk.confirmed = True
    return course.advance(world, walk, request)


@for_proven
def _admin_consent(world, walk, form, request):
    """An administrator grants what a client asks for, for everybody (entra-facts 17.5, the page of version 1)."""
    client = walk.flow.consent_for
    listed = client["requiredResourceAccess"] or _all_scopes(world)
    wanted = {name: values for name, values in listed.items() if values}
    if form is None:
        return pages.admin_consent(world.tenant["name"], at_tenant(world, walk, "adminconsent/grant"),
                                   client["displayName"],
                                   sum(wanted.values(), []))
    if form.get("do") == "accept":
        for name, values in wanted.items():
            client["grants"].append({"resource": name, "consentType": "AllPrincipals", "scope": " ".join(values)})
        for key in [key for key in world.consent_requests if key[1] == client["appId"]]:
            del world.consent_requests[key]
        world.audits.note("Consent to application", walk.user, category="ApplicationManagement", operation="Assign")
        walk.flow.outcome = "True"
    return course.finish(world, walk, walk.user, request)


def _all_scopes(world):
    """A client without a static list: the sign-in scopes and every scope of our APIs."""
    out = {"graph": ["openid", "profile", "email", "offline_access"]}
    out.update({name: list(one["scopes"]) for name, one in world.registrations.items() if one["scopes"]})
    return out


PAGES = {f"/{{tenant}}/{name}": handler for name, handler in {
    "mfahere": _mfa, "proofup": _proof_up, "reauth": _reauth, "kmsi": _kmsi, "consent": _consent,
    "appconsent": _app_consent, "terms": _terms,
    "approval": _approval, "confirm": _confirm, "adminconsent/grant": _admin_consent,
    "challenge": _asked("challenge", "One more check"), "interrupt": _asked("interrupt",
                                                                            "Continue signing in?")}.items()}
