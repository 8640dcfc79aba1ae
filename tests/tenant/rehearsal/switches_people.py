# SPDX-License-Identifier: Apache-2.0
"""The switches about people: homes, guests, pages, invitations and the logs of them. Merged into switches.TABLE."""
TABLE = {
    "signin_log_delay": (300, int, "seconds of the tenant's clock until a sign-in can be seen in /auditLogs/signIns"),
    "audit_log_delay": (300, int, "seconds of the tenant's clock until a change can be seen in /auditLogs/directoryAudits"),
    "browser_correlation": ("own", ("own", "device_code"), "correlation id of the browser leg's log entry and block page: its own, "
                            "or the client-request-id of the request for the device code"),
    "reset_redemption_state": ("PendingAcceptance", ("PendingAcceptance", "Accepted"),
                               "externalUserState between a reset redemption and the new acceptance"),
}
