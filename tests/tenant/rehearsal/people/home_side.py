# SPDX-License-Identifier: Apache-2.0
"""The pages of the homes: each provider's own way to prove a person, and what may be wrong with the account there.

The state of an account stands in its record of the data file (README: "Homes"), that of an organisation at the home.
"""
import secrets

from . import course, decide, pages
from .walk import Proof, at_tenant, go

TRIES = 10
# State of the organisation's identity provider: number of the page that the person gets.
FAULTS = {"realm_unknown": 50107, "bad_assertion": 50008, "signin_response": 20001, "bad_message": 20012,
          "denied": 90123}
BEFORE = ("realm_unknown",)                                # the home is never reached
RESTRICTIONS = {"v1": 500021, "v2": 500022}                # the proxy of the person's network
MUST_CHANGE = {"reset": 50125, "risk": 50135}
TAP = {"blocked": 130502, "expired": 130504, "used": 130505}
PHONE = {"blocked": 130500}
HELLO = {"unknown_key": 135010, "device_disabled": 135011}
ENROL = {"unregistered": 50072, "must_register": 50079}    # multi-factor authentication at home
AMR = {"password": ("pwd",), "tap": ("tap", "mfa"), "phone": ("swk", "rsa", "mfa"), "hello": ("hwk", "mfa", "ngcmfa"),
       "certificate": ("x509",)}
SECOND = {"push": ("rsa", "ngcmfa", "mfa"), "totp": ("totp", "mfa"), "sms": ("sms", "mfa"), "tel": ("tel", "mfa"),
          "fido": ("fido", "mfa")}


def base(account):
    """First segment of the path of this home's pages."""
    return account.home.get("id") or account.tid


def go_home(walk, name):
    return go(f"/{base(walk.account)}/{name}", walk)


def _action(walk, name):
    return f"/{base(walk.account)}/{name}?i={walk.key}"


def _note(world, walk, code, request):
    """A refusal at home: of our own accounts always in our log; of others where the switch says that it is seen
    here."""
    decide.block(walk.flow, code, walk.account)
    if walk.account.kind == "internal" or world.switches.home_failures_in_log:
        course.log(world, walk, code, request)


def _stopped(world, walk, code, request):
    """A page of the home that offers no way on."""
    _note(world, walk, code, request)
    text = decide.text_of(world, code, walk.account, walk.flow)
    return pages.blocked(walk.account.organisation, code, text, walk.correlation, world.clock.stamp())


def begin(world, walk, request):
    """From our tenant to the home of the chosen account."""
    account = walk.account
    if account.kind == "mail":
        world.new_mail_code(account.mail)
        return go("/mail/code", walk)
    restricted = RESTRICTIONS.get(account.home.get("tenant_restrictions"))
    if restricted:
        return _stopped(world, walk, restricted, request)
    fault = account.home.get("fault")
    if fault in BEFORE:
        return _stopped(world, walk, FAULTS[fault], request)
    if account.record.get("new"):
        return go_home(walk, "newaccount")
    return go_home(walk, account.record.get("method", "password"))


def silently(world, walk, proof, request):
    """The browser has a session at the home, and none here: the home answers without a page, if the account is still
    good."""
    record = walk.account.record
    if not walk.account.enabled:
        return _stopped(world, walk, 50057, request)
    if record.get("locked"):
        return _stopped(world, walk, 50053, request)
    if record.get("password") != proof.password or record.get("sessions_revoked_at", 0.0) > proof.auth_time:
        return begin(world, walk, request)
    return remember(world, walk, proof, request)


def remember(world, walk, proof, request):
    walk.proven, walk.remembered, walk.auth_time, walk.amr = True, True, proof.auth_time, proof.amr
    return course.advance(world, walk, request)


def proven(world, walk, request):
    now = world.clock.now() if walk.held_time is None else walk.held_time
    walk.proven, walk.auth_time, walk.amr = True, now, tuple(dict.fromkeys(walk.amr))
    walk.session.accounts[walk.account.mail] = Proof(walk.auth_time, walk.amr, walk.account.record.get("password"))
    return course.advance(world, walk, request)


# The account's own troubles

def _trouble(record):
    """What is wrong with an account whose password was right; None if nothing is."""
    if not record.get("enabled", True):
        return 50057
    if record.get("credential_blocked"):
        return 130501
    if record.get("needs_tap"):
        return 130506
    return None


def _change_due(record):
    if record.get("password_expired"):
        return 50144 if record["password_expired"] == "on_premises" else 50055
    return MUST_CHANGE.get(record.get("must_change"))


def _first_done(world, walk, method, request):
    """After the first factor: states of the account, a new password, the provider's fault, the second factor."""
    record = walk.account.record
    code = _trouble(record)
    if code:
        return _again(world, walk, method, code, request)
    walk.passed.add("first")
    walk.amr += AMR[method]
    due = _change_due(record) if method == "password" else None
    if due:
        _note(world, walk, due, request)
        return go_home(walk, "newpassword")
    return _second(world, walk, request)


def _second(world, walk, request):
    record, fault = walk.account.record, walk.account.home.get("fault")
    if fault in FAULTS:
        return _stopped(world, walk, FAULTS[fault], request)
    if "mfa" in walk.amr or walk.account.kind not in ("entra", "internal"):
        return proven(world, walk, request)
    wanted = record.get("mfa", "remembered")
    if wanted == "limit":
        return _stopped(world, walk, 50088, request)
    if wanted == "ask":
        return go_home(walk, "mfa")
    if wanted in ENROL:
        return go_home(walk, "register")
    if wanted == "remembered":
        walk.amr += ("mfa",)
    return proven(world, walk, request)


def _again(world, walk, method, code, request):
    """The same page once more, with what was wrong."""
    _note(world, walk, code, request)
    return _show(world, walk, method, code, decide.text_of(world, code, walk.account, walk.flow))


def _show(world, walk, method, code=None, text=""):
    error = f"AADSTS{code}: {text}" if code else ""
    return pages.first_factor(method, walk.account.organisation, _action(walk, method), walk.account.mail,
                              at_tenant(world, walk, "account"), error, code)


def at_home(method):
    """A page of the home is for the chosen account and comes in its turn; `method`: None for pages after the first
    factor."""
    def wrap(handler):
        def run(world, walk, form, request):
            account = walk.account
            if account is None or account.kind == "mail" or request.match_info["home"] != base(account):
                return go(f"/{world.tenant['id']}/account", walk)
            if method is None and "first" not in walk.passed:
                return begin(world, walk, request)
            if method is not None and account.record.get("method", "password") != method:
                return begin(world, walk, request)
            return handler(world, walk, form, request)
        return run
    return wrap


@at_home("password")
def _password(world, walk, form, request):
    record = walk.account.record
    if form is None:
        return _show(world, walk, "password")
    if record.get("locked"):
        return _again(world, walk, "password", 50053, request)
    if record.get("password") is None:
        return _again(world, walk, "password", 50056, request)
    if not secrets.compare_digest(str(form.get("password", "")).encode(), record["password"].encode()):
        record["failures"] = record.get("failures", 0) + 1
        record["locked"] = record["failures"] > TRIES
        return _again(world, walk, "password", 50053 if record["locked"] else 50126, request)
    record.pop("failures", None)
    return _first_done(world, walk, "password", request)


@at_home("tap")
def _tap(world, walk, form, request):
    if form is None:
        return _show(world, walk, "tap")
    known = walk.account.record.get("tap")
    if known is None:
        return _again(world, walk, "tap", 130507, request)
    if known.get("state") in TAP:
        return _again(world, walk, "tap", TAP[known["state"]], request)
    if not secrets.compare_digest(str(form.get("tap", "")).encode(), known["value"].encode()):
        return _again(world, walk, "tap", 130503, request)
    if known.get("once"):
        known["state"] = "used"
    return _first_done(world, walk, "tap", request)


@at_home("phone")
def _phone(world, walk, form, request):
    return _device(world, walk, form, request, "phone", PHONE)


@at_home("certificate")
def _certificate(world, walk, form, request):
    return _device(world, walk, form, request, "certificate", {})


@at_home("hello")
def _hello(world, walk, form, request):
    return _device(world, walk, form, request, "hello", HELLO)


def _device(world, walk, form, request, method, states):
    """A factor in the person's hand: a press of the button stands for it."""
    if form is None:
        return _show(world, walk, method)
    code = states.get(walk.account.record.get(method))
    if code or form.get("do") != "approve":
        return _again(world, walk, method, code or 500121, request)
    return _first_done(world, walk, method, request)


@at_home(None)
def _new_password(world, walk, form, request):
    """An expired password, or one that must go, is changed here; one that lives on premises cannot be."""
    record = walk.account.record
    code = _change_due(record)
    if code is None:
        return _second(world, walk, request)
    text = f"AADSTS{code}: {decide.text_of(world, code, walk.account, walk.flow)}"
    if code == 50144 or (form is not None and form.get("do") == "cancel"):
        return _stopped(world, walk, code, request)
    if form is None or not form.get("new_password"):
        return pages.new_password(walk.account.organisation, _action(walk, "newpassword"), walk.account.mail, text,
                                  code)
    record["password"], record["password_changed_at"] = str(form["new_password"]), world.clock.now()
    record.pop("password_expired", None)
    record.pop("must_change", None)
    return _second(world, walk, request)


def _new_account(world, walk, form, request):
    """An address without any account gets a Microsoft account (the last in the order of redemption)."""
    account = walk.account
    if account is None or not account.record.get("new"):
        return go(f"/{world.tenant['id']}/account", walk)
    if form is None or not form.get("new_password"):
        return pages.new_account(account.organisation, _action(walk, "newaccount"), account.mail)
    world.homes.add(account.home, {"id": account.oid, "name": account.name, "mail": account.mail,
                                   "password": str(form["new_password"])})
    walk.choose(world.account(account.mail))
    walk.amr = ("pwd",)
    return proven(world, walk, request)


@at_home(None)
def _mfa(world, walk, form, request):
    account = walk.account
    if form is not None and form.get("do") == "approve":
        walk.amr += SECOND[account.record.get("mfa_method", "push")]
        return proven(world, walk, request)
    error = ""
    if form is not None:
        _note(world, walk, 500121, request)
        error = f"AADSTS500121: {decide.text_of(world, 500121, account, walk.flow)}"
    return pages.second_factor("mfa", account.organisation, _action(walk, "mfa"), account.mail, error,
                               500121 if error else 50074)


@at_home(None)
def _register(world, walk, form, request):
    account = walk.account
    code = ENROL.get(account.record.get("mfa"))
    if code is None:
        return _second(world, walk, request)
    if form is None:
        return pages.proof_up("register", account.organisation, _action(walk, "register"), code)
    if form.get("do") != "register":
        return _stopped(world, walk, code, request)
    account.record["mfa"] = "ask"
    return go_home(walk, "mfa")


def _mail_code(world, walk, form, request):
    account = walk.account
    if account is None or account.kind != "mail":
        return go(f"/{world.tenant['id']}/account", walk)
    action, other = f"/mail/code?i={walk.key}", at_tenant(world, walk, "account")
    if form is None:
        return pages.mail_code(action, account.mail, other)
    given = str(form.get("otp", "")).strip()
    letter = next((one for one in world.mailbox.get(account.mail.lower(), []) if "code" in one), None)
    walk.failures += 1
    if walk.failures > TRIES or letter is None or letter["used"] or \
            not secrets.compare_digest(given.encode(), letter["code"].encode()):
        return pages.mail_code(action, account.mail, other, "That code is not right. Check your e-mail and try again.")
    letter["used"] = True
    walk.amr = ("otp",)
    return proven(world, walk, request)


PAGES = {"/{home}/password": _password, "/{home}/tap": _tap, "/{home}/phone": _phone, "/{home}/hello": _hello,
         "/{home}/certificate": _certificate,
         "/{home}/newpassword": _new_password, "/{home}/newaccount": _new_account, "/{home}/mfa": _mfa,
         "/{home}/register": _register, "/mail/code": _mail_code}
