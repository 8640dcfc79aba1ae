# SPDX-License-Identifier: Apache-2.0
"""The look of the human pages: plain forms, labels, light and dark, no script."""
from html import escape

from aiohttp import web

from ..login.errors import TABLE

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5d5d5d; --paper: #fff; --back: #eef1f6; --line: #8a8f98;
        --act: #0f5cb8; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f1f1f1; --soft: #b9bdc4; --paper: #20242b; --back: #13161b; --line: #7b828d; --act: #7ab4ff; --bad: #ff9a92; } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; }
main { background: var(--paper); width: min(28rem, 94vw); padding: 2rem; border-radius: .6rem; box-shadow: 0 2px 14px #0003; }
header { color: var(--soft); font-weight: 600; margin-bottom: .8rem; }
h1 { font-size: 1.35rem; margin: 0 0 .8rem; }
label { display: block; font-weight: 600; margin-top: .8rem; }
input[type=text], input[type=email], input[type=password] { width: 100%; font: inherit; padding: .55rem .6rem; margin-top: .25rem;
       border: 1px solid var(--line); border-radius: .35rem; background: transparent; color: inherit; }
.code { letter-spacing: .3em; text-transform: uppercase; font-family: ui-monospace, monospace; }
button { font: inherit; padding: .5rem 1.1rem; border-radius: .35rem; border: 1px solid var(--line); background: transparent;
       color: inherit; cursor: pointer; }
button.main { background: var(--act); border-color: var(--act); color: var(--paper); }
button.account { display: block; width: 100%; text-align: left; margin-top: .5rem; }
a { color: var(--act); }
.row { display: flex; gap: .6rem; justify-content: flex-end; margin-top: 1.3rem; }
.bad { color: var(--bad); font-weight: 600; } .soft { color: var(--soft); font-size: .88rem; overflow-wrap: anywhere; }
"""


def page(kind, head, title, body, code=None):
    """One page; data-page and data-code let a test know what a person reads from the text."""
    mark = f' data-code="{code}"' if code else ""
    text = (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
            f'<style>{STYLE}</style></head>\n<body><main data-page="{kind}"{mark}><header>{escape(head)}</header>\n'
            f'<h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n')
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def wrong(text):
    return f'<p class="bad" role="alert">{escape(text)}</p>' if text else ""


def form(action, body):
    return f'<form method="post" action="{escape(action)}">{body}</form>'


def buttons(*pairs):
    """Buttons named `do`; the first is the main one and stands last, where the eye ends."""
    out = [f'<button name="do" value="{value}"{" formnovalidate" if place else " class=main"}>{escape(text)}</button>'
           for place, (value, text) in enumerate(pairs)]
    return f'<div class="row">{"".join(reversed(out))}</div>'


def field(name, label, kind="text", extra=""):
    return f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" type="{kind}" required {extra}>'


def enter_code(error="", given=""):
    body = wrong(error) + "<p>Enter the code displayed on your app or device.</p>" + form("/device", field(
        "code", "Code", extra=f'class="code" autocomplete="off" autofocus maxlength="16" value="{escape(given)}"')
        + buttons(("next", "Next")))
    return page("code", "Rehearsal tenant", "Enter code", body)


def choose_account(tenant, action, client, remembered, elsewhere, error="", code=None):
    rows = "".join(f'<button class="account" name="account" value="{escape(mail)}">{escape(name)}<br>'
                   f'<span class="soft">{escape(mail)}, signed in</span></button>' for mail, name in remembered)
    picked = form(action, rows) if rows else ""
    other = form(action, field("email", "Use another account: e-mail address" if rows else "E-mail address", "email",
                               'autocomplete="username"' + ("" if rows else " autofocus")) + buttons(("next", "Next")))
    where = " on another device" if elsewhere else ""
    about = f"<p>You are signing in to <b>{escape(client)}</b>{where}. If you did not start this, close this page.</p>"
    return page("account", tenant, "Pick an account" if rows else "Sign in", wrong(error) + about + picked + other, code)


# Pages of the homes

def _another(link):
    return f'<p><a href="{escape(link)}">Use another account</a></p>'


def first_factor(method, organisation, action, mail, other, error="", code=None):
    """Whatever this home asks first."""
    if method == "password":
        body = field("password", "Password", "password", 'autocomplete="current-password" autofocus') + buttons(("signin", "Sign in"))
    elif method == "tap":
        body = field("tap", "Temporary Access Pass", "password", 'autocomplete="off" autofocus') + buttons(("signin", "Sign in"))
    else:
        what = {"phone": "Approve the request on your phone.", "hello": "Show your face or finger, or enter your PIN."}
        body = f"<p>{what.get(method, 'Choose your certificate.')}</p>" + buttons(("approve", "Approve"), ("deny", "Deny"))
    body = wrong(error) + f"<p>{escape(mail)}</p>" + form(action, body) + _another(other)
    return page(method, organisation, f"Sign in to {organisation}", body, code)


def second_factor(kind, organisation, action, mail, error, code):
    body = (wrong(error) + f"<p>{escape(mail)}</p><p>Approve the sign-in request on your phone.</p>"
            + form(action, buttons(("approve", "Approve"), ("deny", "Deny"))))
    return page(kind, organisation, "Approve sign-in request", body, code)


def proof_up(kind, organisation, action, code):
    body = (f"<p>{escape(organisation)} needs a second proof that it is you: add a phone or an authenticator app.</p>"
            + form(action, buttons(("register", "Add it now"), ("cancel", "Not now"))))
    return page(kind, organisation, "More information required", body, code)


def new_password(organisation, action, mail, error, code):
    body = (wrong(error) + f"<p>{escape(mail)}</p>" + form(action, field(
        "new_password", "New password", "password", 'autocomplete="new-password" autofocus') + buttons(("change", "Sign in"), ("cancel", "Cancel"))))
    return page("newpassword", organisation, "Update your password", body, code)


def new_account(organisation, action, mail):
    body = (f"<p>There is no account for {escape(mail)} yet. Create one to go on.</p>" + form(action, field(
        "new_password", "Create a password", "password", 'autocomplete="new-password" autofocus') + buttons(("create", "Next"))))
    return page("newaccount", organisation, "Create account", body)


def mail_code(action, mail, other, error=""):
    body = (wrong(error) + f"<p>We just sent a code to {escape(mail)}.</p>"
            + form(action, field("otp", "Code from the e-mail", extra='autocomplete="one-time-code" inputmode="numeric" autofocus')
                   + buttons(("signin", "Sign in"))) + _another(other))
    return page("mailcode", "One-time code", "Enter the code from your e-mail", body)


# Pages of our tenant

def ask(kind, tenant, action, title, text, code, *choices):
    """A question with a number; the first choice goes on."""
    return page(kind, tenant, title, f"<p>{escape(text)}</p>" + form(action, buttons(*choices)), code)


def consent(tenant, domain, action, pending, code=None):
    what = "You were invited to this organisation. By accepting you join it as a guest." if pending else \
        "This organisation asks for your permission at your first sign-in."
    body = (f"<p>{what}</p><ul><li>Receive your profile data: your name, e-mail address and photo</li>"
            "<li>Collect and log your activity</li></ul>"
            f'<p class="soft">{escape(tenant)} ({escape(domain)})</p>'
            + form(action, buttons(("accept", "Accept"), ("cancel", "Cancel"))))
    return page("consent", tenant, f"Permission requested by {tenant}", body, code)


def _scopes(names):
    return "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in names) + "</ul>"


def app_consent(tenant, action, client, names):
    body = (f"<p><b>{escape(client)}</b> would like to:</p>" + _scopes(names)
            + form(action, buttons(("accept", "Accept"), ("cancel", "Cancel"))))
    return page("appconsent", tenant, "Permissions requested", body, 65001)


def approval(tenant, action, client, error, code):
    body = (wrong(error) + f"<p>An administrator must approve <b>{escape(client)}</b>. Say why you need it.</p>" + form(
        action, field("reason", "Justification") + buttons(("send", "Request approval"), ("cancel", "Back"))))
    return page("approval", tenant, "Approval required", body, code)


def admin_consent(tenant, action, client, names):
    body = (f"<p><b>{escape(client)}</b> wants, for everybody in your organisation:</p>" + _scopes(names)
            + form(action, buttons(("accept", "Accept"), ("cancel", "Cancel"))))
    return page("adminconsent", tenant, "Permissions requested: review for your organisation", body)


def confirm(tenant, action, client, mail):
    body = (f"<p>You are signed in as {escape(mail)}.</p><p>Continue only if you started this sign-in yourself, on a "
            "device in front of you.</p>" + form(action, buttons(("continue", "Continue"), ("cancel", "Cancel"))))
    return page("confirm", tenant, f"Are you trying to sign in to {client}?", body)


def done(tenant, client):
    return page("done", tenant, client, "<p>You have signed in to this application on your device. You may now close "
                "this window.</p>")


def redeemed(tenant, link):
    return page("done", tenant, f"You are a guest of {tenant}", "<p>Your invitation is accepted.</p>"
                f'<p><a href="{escape(link)}">Go on</a></p>')


def consented(tenant, client, granted):
    text = f"{client} may do this for everybody now." if granted else "Nothing was granted."
    return page("done", tenant, "Permissions", f"<p>{escape(text)}</p>")


def declined(tenant, client):
    return page("declined", tenant, client, "<p>You cancelled the sign-in. You may now close this window.</p>")


def blocked(organisation, code, text, correlation, stamp):
    policy = code in TABLE and TABLE[code].kind == "POLICY_BLOCK"
    title = "You cannot access this right now" if policy else "Sorry, but we are having trouble signing you in"
    body = (wrong(f"AADSTS{code}: {text}") + f'<p class="soft">Error code: {code}<br>Correlation ID: {correlation}<br>'
            f"Timestamp: {stamp}</p>")
    return page("blocked", organisation, title, body, code)


def signed_out(name):
    return page("signedout", name, "You signed out", "<p>It's a good idea to close all browser windows.</p>")


def leave(tenant, action, mine):
    rows = "".join(f'<button class="account" name="account" value="{escape(mail)}">Leave as {escape(mail)}</button>' for mail in mine)
    body = ("<p>You lose access to everything here.</p>" + form(action, rows)) if rows else "<p>You are not signed in here.</p>"
    return page("leave", tenant, f"Leave {tenant}", body)


def left(tenant):
    return page("left", tenant, f"You left {tenant}", "<p>You are no guest here any more.</p>")


def gone(text):
    return page("gone", "Rehearsal tenant", "Start again", wrong(text) + '<p><a href="/device">Enter a code</a></p>')


def mailbox(address, letters):
    rows = "".join(_letter(one) for one in letters)
    return page("mailbox", address, "Mailbox", f"<ul>{rows}</ul>" if rows else "<p>No mail.</p>")


def _letter(one):
    if "link" in one:
        return f'<li><a href="{escape(one["link"])}">Accept invitation</a> <span class="soft">{one["time"]}</span></li>'
    return f'<li><b>{escape(one["code"])}</b> <span class="soft">{one["time"]}{", used" if one["used"] else ""}</span></li>'
