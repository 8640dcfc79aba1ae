# SPDX-License-Identifier: Apache-2.0
"""The switches about people: homes, guests, pages, invitations and the logs of them. Merged into switches.TABLE."""
TABLE = {
    "signin_log_delay": (300, int, "seconds of the tenant's clock until a sign-in can be seen in /auditLogs/signIns"),
    "audit_log_delay": (300, int,
                        "seconds of the tenant's clock until a change can be seen in /auditLogs/directoryAudits"),
    "browser_correlation": ("own", ("own", "device_code"),
                            "correlation id of the browser leg's log entry and block page: its own, "
                            "or the client-request-id of the request for the device code"),
    "reset_redemption_state": ("PendingAcceptance", ("PendingAcceptance", "Accepted"),
                               "externalUserState between a reset redemption and the new acceptance"),
    "entra_identity_issuer": ("ExternalAzureAD", ("ExternalAzureAD", "domain"), "issuer in `identities` of a guest of "
                              "another tenant: that word, or the domain of the organisation"),
    "msa_identity_issuer": ("MicrosoftAccount", ("MicrosoftAccount", "ExternalAzureAD"),
                            "issuer in `identities` of a guest with a Microsoft account"),
    "invitation_status": (None, (None, "InProgress", "Error"),
                          "status in the answer to an invitation instead of what it is"),
    # What the pages say, and in which order
    "deleted_guest_code": (500341, (500341, 50020), "number for the identity of a soft-deleted user"),
    "stranger_code": (50020, (50020, 500211, 50177, 50178, 90072, 700056, 50034),
                      "number for an Entra account without a user object here"),
    "remembered_stranger_code": (16000, (16000, 16003), "the same, for an account that the browser was signed in with"),
    "federated_stranger_code": (51004, (51004, 50020), "the same, for an identity of a SAML or WS-Fed provider"),
    "consumer_stranger_code": (500204, (500204, 500200, 500207, 500208, 50020), "the same, for a Microsoft account"),
    "privacy_refused_code": (65004, (65004, 50204), "number when a guest refuses the privacy page"),
    "consent_refused_code": (65004, (65004, 90137), "number when somebody refuses an application's consent page"),
    "guests_can_consent": (False, bool, "a guest may consent to an application, where no assignment is required"),
    "missing_consent": ("refused", ("refused", "admin_approval"),
                        "where consent is missing and the person cannot give it: 65001, or the "
                        "page that asks an administrator (90094, 90095, 90096; risky application 900941, 900942)"),
    "assignment_names": ("client", ("client", "api"), "which application the page of 50105 names"),
    "home_failures_in_log": (False, bool, "what goes wrong at a guest's home stands in our sign-in log too"),
    "home_reprompts": (False, bool, "a home asks for its password again when our tenant wants a fresh sign-in"),
    "password_change_ends_session": (False, bool, "a changed home password ends the browser's session with our tenant"),
    "session_lifetime": (86400, int, "seconds of the tenant's clock that a browser stays signed in"),
    # The seam of policy
    "policy_interrupt": (None, (int, type(None)),
                         "number of the class INTERACT with which policy interrupts every sign-in"),
    "policy_mfa": (False, bool,
                   "policy wants multi-factor authentication: done here, or at a home whose inboundTrust accepts it"),
    "policy_every_time": (False, bool, "policy wants a fresh sign-in, at most every five minutes"),
    "browser_country": (None, (str, type(None)),
                        "country of the browser's address; null: not known, an empty text: no country knows it"),
    "legacy_trusted_ips": ([], list, "trusted IPs of multi-factor authentication, which Graph does not show (10.2)"),
    "every_time_in_browser": ("ignored", ("ignored", "asked", "asked_and_moves"),
                              "what a fresh sign-in means in the browser: nothing, "
                              "the home is asked and auth_time stays, or auth_time moves"),
}
