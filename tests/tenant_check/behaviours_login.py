# SPDX-License-Identifier: Apache-2.0
"""What a client program sees of the identity platform: fact sheet sections 1 to 6, 14, 16 and 17.6."""
from error_ids import OF_PROGRAMS, errors_of

BEHAVIOURS = {
    "registration.ids": "appId, service principal id and object id are three values; app-only tokens carry the second",
    "registration.tiers": "several APIs, each with scopes, claims, assignment and tokens of its own",
    "registration.roles": "app roles reach the tokens of those assigned to them",
    "registration.principal_grant": "a grant to one person (consentType Principal) is none for another",
    **errors_of(OF_PROGRAMS),
}
