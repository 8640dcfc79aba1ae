# SPDX-License-Identifier: Apache-2.0
"""The kinds of weather and what a client sees of each. The tenant's catalogue says how each is made; a kind that is
there and not here fails the test, and so does one that is here and not there."""

from dataclasses import dataclass

# What a client sees, whatever the cause:
FINE = "fine"            # the right answer, in time
SLOW = "slow"            # no whole answer for longer than anybody waits
LOST = "lost"            # no answer, or not the whole of it, and no waiting
BUSY = "busy"            # an answer that says to come again
THROTTLED = "throttled"  # the same, and it means everybody
GARBLED = "garbled"      # an answer that cannot be read
HUGE = "huge"            # one that nobody should read
WRONG = "wrong"          # one that can be read, but is not what was asked for
ELSEWHERE = "elsewhere"  # one that points to somebody else's host
DENIED = "denied"        # a status, and nothing that Entra or Graph would say with it
CLOCK = "clock"          # the right answer of a tenant in another time

RULE, SKY, CALL, NAME = "rule", "sky", "call", "name"


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of weather. BY says how it comes: to single requests (RULE), over a whole host (SKY, NAME), or at
    once (CALL). RULE here replaces the one of the catalogue, or stands for a kind that is not in it."""
    name: str
    effect: str
    by: str = RULE
    after: bool = False    # the request is done, then its answer is spoilt: what was redeemed is
    rotates: bool = False  # the signing key changes
    rule: dict = None
    clock: int = 0         # seconds that the tenant is ahead
    hosts: tuple = ("login", "graph")
    at: tuple = ()         # (path, effect) where the effect is another

    def effect_at(self, path):
        return dict(self.at).get(path, self.effect)

    @property
    def whole_host(self):
        return self.by != RULE


def _each(names, effect, **members):
    return [Kind(name, effect, **members) for name in names.split()]


DISCOVERY, KEYS = "*/.well-known/openid-configuration", "*/discovery/v2.0/keys"
TOKEN, CODE = "*/oauth2/v2.0/token", "*/oauth2/v2.0/devicecode"
MEMBERS, USER, GROUPS = "/v1.0/groups/*", "/v1.0/users/*", "/v1.0/users/*/checkMemberGroups"

PAGE = "<!doctype html><title>Sign in to the network</title><p>Please accept the terms."

# In the catalogue.
KNOWN = [
    *_each("delay", FINE),
    *_each("close", LOST),
    *_each("stall_headers stall_body", SLOW, after=True),
    *_each("drip", SLOW, after=True, rule={"drip": 4}),  # so slow that no answer comes within 30 s
    *_each("cut_headers cut_body", LOST, after=True),
    *_each("throttled throttled_seconds throttled_date", THROTTLED),
    *_each("status_500 status_502 status_503 status_504", BUSY),
    *_each("login_error", BUSY, hosts=("login",)),
    *_each("redirect_self redirect_other", DENIED),
    *_each("rotate_keep rotate_drop", FINE, rotates=True),
    *_each("spoil_html spoil_truncated_json spoil_duplicate_keys spoil_short_length spoil_deep_json "
           "spoil_nul_byte spoil_invalid_utf8 spoil_bom spoil_empty spoil_two_documents spoil_gzip", GARBLED,
           after=True),
    *_each("spoil_oversized_json spoil_oversized_chunked spoil_huge_header spoil_long_strings", HUGE, after=True),
    *_each("spoil_wrong_types spoil_null_members spoil_empty_strings spoil_escape_sequences spoil_nul_in_json "
           "spoil_outer_array", WRONG, after=True),
    *_each("spoil_huge_numbers spoil_negative_numbers", FINE, after=True, at=((TOKEN, WRONG), (CODE, WRONG))),
    *_each("spoil_endless_pages", FINE, after=True, at=((MEMBERS, WRONG),)),
    *_each("spoil_foreign_urls", FINE, after=True, at=((DISCOVERY, WRONG), (KEYS, ELSEWHERE))),
    *_each("spoil_http_urls", FINE, after=True, at=((DISCOVERY, WRONG), (KEYS, ELSEWHERE), (CODE, WRONG))),
    *_each("spoil_long_length spoil_bad_chunks spoil_garbage", LOST, after=True),
    *_each("spoil_duplicate_length", SLOW, after=True),  # the larger one is believed, and waited for
    *_each("spoil_wrong_content_type spoil_no_date spoil_odd_date spoil_chunked spoil_http10 spoil_informational",
           FINE),
    *_each("tls_expired tls_not_yet_valid tls_other_ca tls_wrong_name tls_self_signed tls_tls11 tls_plain_http "
           "port_closed port_silent port_reset", LOST, by=SKY),
    *_each("dns", LOST, by=NAME),
    Kind("clock_ahead", CLOCK, by=CALL, clock=3600),
    Kind("clock_behind", CLOCK, by=CALL, clock=-3600),
    *_each("keys_rotated", FINE, by=CALL, rotates=True),
    *_each("connections_dropped", FINE, by=CALL),
]

# Our own.
MORE = [
    Kind("drip_fast", FINE, rule={"drip": 4000}),
    Kind("status_408", BUSY, rule={"status": 408}),
    Kind("page_403", DENIED, rule={"status": 403, "body": PAGE}),
    Kind("page_404", DENIED, rule={"status": 404, "body": PAGE}),
    Kind("status_418", DENIED, rule={"status": 418, "body": {}}),
    Kind("other_json", WRONG, rule={"status": 200, "body": {"message": "It works"}}),
    Kind("clock_a_little_ahead", CLOCK, by=CALL, clock=400),
    Kind("clock_a_little_behind", CLOCK, by=CALL, clock=-400),
]

KINDS = KNOWN + MORE
