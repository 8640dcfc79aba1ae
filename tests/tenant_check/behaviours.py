# SPDX-License-Identifier: Apache-2.0
"""The behaviours that the rehearsal tenant owes, by id. A test names those it proves with @pytest.mark.covers(id, ...);
conftest.py prints the table, keeps it in tests/tenant/COVERAGE.md, and fails for a behaviour that no passing test proves.

This file holds the checklist of the fact sheet (its section 15); each area's behaviours stand in behaviours_AREA.py.
"""
import importlib
from pathlib import Path

CHECKLIST = {
    "15.1.success": "device code: pending, then tokens",
    "15.1.slow_down": "device code: polled too fast, slow_down",
    "15.1.declined": "device code: declined by the person",
    "15.1.expired_token": "device code: expired, spelled expired_token with 70020",
    "15.1.code_expired": "device code: expired, spelled code_expired with 70019",
    "15.1.unknown_code": "device code: unknown code",
    "15.1.blocked_pending": "device code: blocked by policy, the poller sees pending until expiry",
    "15.1.blocked_error": "device code: blocked by policy, the poller sees invalid_grant 53003 with capolids",
    "15.2.home_tid": "tokens: tid of the home tenant",
    "15.2.missing_oid": "tokens: the right tid, no oid",
    "15.2.member": "tokens: a member instead of a guest",
    "15.2.no_acct": "tokens: acct absent",
    "15.2.no_idp": "tokens: idp absent",
    "15.2.email_spoofed": "tokens: email claim that the home's administrator made up",
    "15.2.groups_overage": "tokens: more groups than a token holds",
    "15.2.alg_none": "tokens: alg none",
    "15.2.alg_hs256": "tokens: HS256 keyed with the public key",
    "15.2.unknown_kid": "tokens: unknown kid, then rotation",
    "15.2.foreign_issuer": "tokens: key of another issuer",
    "15.2.time_edges": "tokens: expired and not yet valid, at the edges of the skew",
    "15.2.app_only": "tokens: app-only token",
    "15.3.refresh_rotation": "refresh: a new token at each use, the old one still valid",
    "15.3.50173": "refresh: revoked (50173)",
    "15.3.700082": "refresh: expired by inactivity (700082)",
    "15.3.530036": "refresh: dead by the authentication-flows policy (530036)",
    "15.3.50076": "refresh: more is asked for (50076 with claims)",
    "15.3.500571": "refresh: guest disabled (500571)",
    "15.3.65001": "refresh: consent missing (65001)",
    "15.3.http": "token endpoint: 429, 5xx and bodies that are not JSON",
    "15.3.text_expires_in": "token endpoint: expires_in as a string",
    "15.3.huge_token": "token endpoint: tokens of more than 8 kB",
    "15.3.client_info": "token endpoint: client_info on and off",
    "15.3.client_info_differs": "token endpoint: client_info that disagrees with idp",
    "15.4.select": "Graph: $select honoured, the rest left out",
    "15.4.silent_nulls": "Graph: null members under low permission",
    "15.4.paging": "Graph: pages with nextLink",
    "15.4.expired_page": "Graph: expired page token",
    "15.4.advanced": "Graph: advanced queries demanded where they are needed",
    "15.4.delta_duplicates": "Graph: delta repeats objects",
    "15.4.delta_removed": "Graph: delta with @removed of both kinds",
    "15.4.delta_410": "Graph: delta reset with 410",
    "15.4.delta_sync_state": "Graph: delta token too old (syncStateNotFound)",
    "15.4.delta_empty": "Graph: delta pages without content",
    "15.4.batch": "Graph: batch answers in another order and in part failed",
    "15.4.429_retry_after": "Graph: 429 with Retry-After",
    "15.4.429_bare": "Graph: 429 without Retry-After",
    "15.4.ca_one_per_second": "Graph: Conditional Access endpoints at one request a second",
    "15.4.statuses": "Graph: 403, 404 and 5xx are three things",
    "15.4.empty_code": "Graph: error.code is an empty string",
    "15.4.two_matches": "Graph: a mail filter that matches two users",
    "15.4.quoting": "Graph: mail filters with ' and +",
    "15.5.pending": "guests: PendingAcceptance",
    "15.5.accepted": "guests: Accepted",
    "15.5.disabled": "guests: disabled",
    "15.5.deleted_restored": "guests: soft-deleted, then restored",
    "15.5.reset_redemption": "guests: reset redemption, the mail changes and the UPN does not",
    "15.5.converted": "guests: converted internal account, no #EXT#",
    "15.5.external_member": "guests: external member",
    "15.5.internal_guest": "guests: internal guest",
    "15.6.imds_strings": "IMDS: numbers as strings",
    "15.6.imds_410": "IMDS: 410, then 200",
    "15.6.imds_identities": "IMDS: several identities, an error without a choice",
    "15.6.arc_challenge": "Arc: 401 with the path of the key",
    "15.6.arc_traversal": "Arc: a path outside the directory of keys",
    "15.6.arc_oversized": "Arc: a key file that is too large",
}

BEHAVIOURS = dict(CHECKLIST)
for _path in sorted(Path(__file__).parent.glob("behaviours_*.py")):
    _area = importlib.import_module(_path.stem).BEHAVIOURS
    _twice = BEHAVIOURS.keys() & _area.keys()
    if _twice:
        raise ValueError(f"{_path.name} has ids that exist already: {sorted(_twice)}")
    BEHAVIOURS.update(_area)
