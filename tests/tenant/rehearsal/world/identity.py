# SPDX-License-Identifier: Apache-2.0
"""State of the identity platform that `reset` puts back: the service's health, policy's seam, codes and refresh tokens.

Conditional Access itself is not evaluated here: Policy holds what its outcome would be for a client program.
"""
from dataclasses import dataclass, field, fields

# What a program meets while the login service is unwell (class RETRY, and tenants that are gone): state -> number.
HEALTH = {
    "good": None,
    "retryable": 50033, "strong_authentication_down": 50087, "external_server_error": 90006, "timeout": 90012,
    "budget_exceeded": 90024, "directory_down": 90033, "throttled": 90055, "graph_down": 90090,
    "conflicting_identities": 50197, "deprovisioned": 5000224, "resource_unavailable": 399284,
}


def _fill(record, changes):
    """Set members of a dataclass from JSON; unknown names are errors."""
    known = {one.name for one in fields(record)}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"no such member: {name}; there are {', '.join(sorted(known))}")
        setattr(record, name, value)


@dataclass
class Health:
    login: str = "good"          # a key of HEALTH
    retry_after: int = None      # sent beside the error
    data_centre: str = "one"     # a device code must be redeemed where it was made (50134)

    def update(self, changes):
        if changes.get("login", self.login) not in HEALTH:
            raise ValueError(f"login is one of {', '.join(HEALTH)}")
        _fill(self, changes)

    @property
    def number(self):
        return HEALTH[self.login]


@dataclass
class Policy:
    """What the tenant's policies would say to a program; the browser's side has decide.py."""
    block_device_code: bool = False     # authentication flows: refresh tokens born of device code die (530036)
    require_mfa: bool = False           # 50076 where amr has no mfa
    mfa_max_age: float = None           # seconds; 50078
    sign_in_frequency: float = None     # seconds; 70043 at refresh, 70044 in a silent request
    every_time: bool = False            # 70046 at refresh
    platforms: bool = False             # a User-Agent without a known platform is refused (50005)
    blocked_app_only: bool = False      # workload identities: client credentials get 53003 with capolids
    capolids: list = field(default_factory=lambda: ["ca000000-0001-4a00-8a00-00000000ca01"])
    contexts: dict = field(default_factory=dict)   # authentication context id: "mfa", "fresh" or "block"

    def update(self, changes):
        _fill(self, changes)


@dataclass
class Machine:
    """The machine that IMDS and Arc speak for (imds.py)."""
    identities: list = field(default_factory=lambda: ["reader"])   # short names of registrations
    state: str = "good"          # a key of imds.STATES
    failures: int = -1           # so many requests meet that state, then good ones follow; -1: all
    challenge: str = "good"      # of Arc: one of imds.CHALLENGES
    cache: dict = field(default_factory=dict, repr=False)

    def update(self, changes):
        _fill(self, {name: value for name, value in changes.items() if name != "cache"})


@dataclass
class RefreshToken:
    """Bound to a client and a person, not to a resource or a tenant (entra-facts 3.4)."""
    signin: object          # the SignIn it came of
    born: float             # monotonic-like: the tenant's clock, of the first token of the family
    issued: float           # the tenant's clock
    platform: str           # publicClient, web or spa
    dead: int = None        # number it is refused with for ever
    uses: int = 0


@dataclass
class Code:
    """An authorization code: what the redemption is checked against."""
    signin: object
    redirect_uri: str
    platform: str
    challenge: str
    method: str
    issued: float
    redeemed: bool = False


class Identity:
    def __init__(self):
        self.health = Health()
        self.policy = Policy()
        self.machine = Machine()
        self.codes = {}
        self.refresh = {}
        self.devices = {}            # device object id: whether it exists in the tenant
