# SPDX-License-Identifier: Apache-2.0
"""What a client program sees of the identity platform: fact sheet sections 1 to 6, 14, 16 and 17.6."""
from error_ids import OF_PROGRAMS, errors_of
from rehearsal import switches_login

BEHAVIOURS = {
    "registration.ids": "appId, service principal id and object id are three values; app-only tokens carry the second",
    "registration.tiers": "several APIs, each with scopes, claims, assignment and tokens of its own",
    "registration.roles": "app roles reach the tokens of those assigned to them",
    "registration.principal_grant": "a grant to one person (consentType Principal) is none for another",
    "code.pkce": "authorization code with an S256 challenge gives ID, access and refresh token",
    "code.plain": "a plain challenge is accepted too",
    "code.state_nonce": "state and session_state come back with the code, the nonce in the ID token only",
    "code.response_modes": "query, fragment and form_post",
    "code.loopback_port": "on loopback the port does not count, the path does; a bare host comes back with a slash",
    "code.single_use": "a code works once",
    "code.life": "a code lives about a minute",
    "code.public_secret": "a public client that sends a secret is refused",
    "code.web_platform": "a redirect URI of the web platform makes the redemption demand a secret",
    "code.spa_platform": "a redirect URI of the SPA platform demands PKCE and an Origin header",
    "code.session": "the browser's session signs in without pages, with its own auth_time and sid",
    "code.prompt_login": "prompt=login and select_account ask in spite of the session",
    "code.prompt_none": "prompt=none answers from the session or says what it lacks",
    "code.max_age": "max_age asks for a fresh proof",
    "code.login_hint": "login_hint skips the choice of the account",
    "code.domain_hint": "domain_hint chooses among the browser's accounts",
    "code.refusals": "errors about client and redirect URI stay on a page, others go back to the client",
    "code.consent_declined": "declined consent comes back as access_denied",
    "code.client_info": "client_info at redirect and redemption names the home",
    "code.implicit_id_token": "an ID token through the browser, if the registration allows it",
    "token.hasgroups": "more than six groups in a token through the browser become hasgroups",
    "logout": "logout ends the browser's session and goes back to registered URIs only",
    "shared.home_token": "over /organizations the token is the home tenant's, with its oid and without idp",
    **errors_of(OF_PROGRAMS),
    **{f"switch.{name}": f"each position: {entry[2]}" for name, entry in switches_login.TABLE.items()},
}
