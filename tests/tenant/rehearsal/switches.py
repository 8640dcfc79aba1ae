# SPDX-License-Identifier: Apache-2.0
"""Every point where Entra's behaviour is unknown, or differs between tenants, as a named switch.

The default of an unverified point is the one that is harder for the client.
"""
from . import switches_graph, switches_login, switches_people

TABLE = {
    # name: (default, allowed values or type, what it does)
    "slow_down": (True, bool, "polling faster than the interval is answered slow_down and adds 5 s"),
    "expired_spelling": ("expired_token", ("expired_token", "code_expired"), "spelling of an expired code at the poll"),
    "declined_code": (700171, (700171, 70017), "number beside authorization_declined"),
    "unknown_device_code": ("bad_verification_code", ("bad_verification_code", "invalid_grant"),
                            "answer to a well-formed device code nobody was given"),
    "refusal_at_poller": ("pending", ("pending", "error"),
                          "what the poller sees when the browser shows a block page: pending until expiry, or the error"),
    "policy_block": (None, (int, type(None)), "AADSTS number with which policy blocks every sign-in in the browser"),
    "redeem_in_device_flow": (False, bool, "a pending guest can accept the invitation inside the browser leg"),
    "recheck_at_redemption": (False, bool, "a guest disabled or deleted after the browser leg gets no token"),
    "device_code_lifetime": (900, int, "expires_in of a device code"),
    "device_code_interval": (5, int, "interval of a device code"),
    "device_message": (None, (str, type(None)), "replaces `message` of the device code answer"),
    "error_description_suffix": ("", str, "appended to the text of every login error"),
    "description_separator": ("space", ("space", "crlf"), "what stands between the parts of error_description"),
    "missing_service_principal": (500011, (500011, 650052), "number for an API that has no service principal here"),
    "resource_must_be_listed": (True, bool, "an API outside the client's requiredResourceAccess is refused with 650057"),
    "two_resources_code": (28002, (28002, 70011), "number for scopes of two resources in one request"),
    "step_up_error": ("invalid_grant", ("invalid_grant", "interaction_required"),
                      "error beside the numbers that ask for more of the person: as v2 usually says, or as v1 did"),
    "scope_lists_oidc": (True, bool, "`scope` of the token answer lists openid and friends too"),
    "bare_id_token": (False, bool, "ID tokens without sid, aio and email, as some captures show"),
    "access_token_amr": (True, bool, "amr and ipaddr appear in v2 access tokens when configured"),
    "browser_address": (None, (str, type(None)), "ipaddr claim; null: the browser's own address"),
    "mail_idp": ("mail", str, "idp claim of an e-mail one-time-code guest"),
}

TABLE.update(switches_graph.TABLE)
TABLE.update(switches_login.TABLE)
TABLE.update(switches_people.TABLE)


class Switches:
    """The current positions; setting an unknown name or a wrong value is an error."""

    def __init__(self, given=None):
        self._now = {name: entry[0] for name, entry in TABLE.items()}
        self.update(given or {})

    def __getattr__(self, name):
        try:
            return self.__dict__["_now"][name]
        except KeyError:
            raise AttributeError(name) from None

    def update(self, changes):
        for name, value in changes.items():
            if name not in TABLE:
                raise ValueError(f"no such switch: {name}")
            allowed = TABLE[name][1]
            if isinstance(allowed, tuple) and not all(isinstance(one, type) for one in allowed):
                good = value in allowed
            elif allowed is int or (isinstance(allowed, tuple) and int in allowed and not isinstance(value, type(None))):
                good = isinstance(value, int) and not isinstance(value, bool)
            else:
                good = isinstance(value, allowed)
            if not good:
                raise ValueError(f"switch {name} cannot be {value!r}")
        self._now.update(changes)

    def all(self):
        return dict(self._now)
