# SPDX-License-Identifier: Apache-2.0
"""Conditional Access in the browser: what stands between a proven person and the token. The tenant's policies
(conditional/), and before them the switches, by which a test brings about one outcome alone.
"""
from dataclasses import dataclass

from ..conditional import enforce
from ..login import claims

EVERY_TIME = 300.0   # "every time" asks again at most every five minutes
# What can be done about a number of the class INTERACT on a page of ours; the others of the class end the walk.
STEPS = {50072: "proofup", 50079: "proofup", 50074: "mfahere", 50076: "mfahere", 50078: "reauth", 50140: "kmsi",
         50158: "challenge",
         50199: "interrupt"}


@dataclass
class Outcome:
    block: int = None        # number of a block page
    ask: int = None          # number of what the person must do first
    policies: tuple = ()     # appliedConditionalAccessPolicies of the log's entry
    step: str = ""           # the page for `ask`, where STEPS has another one
    capolids: tuple = ()     # ids of the policies that block
    terms: str = ""          # the agreement that is to be accepted


def _too_old(world, walk):
    if not world.switches.policy_every_time or world.switches.every_time_in_browser == "ignored":
        return False
    return "reauth" not in walk.met and world.clock.now() - walk.auth_time > EVERY_TIME


def evaluate(world, walk):
    """What policy says to this walk: block it, ask for something, or let it pass."""
    switches, outcome = world.switches, world.identity.policy
    if outcome.block_device_code and walk.flow.by_device_code:
        return Outcome(block=53003)
    if switches.policy_block:
        return Outcome(block=switches.policy_block)
    if switches.policy_interrupt:
        wanted = STEPS.get(switches.policy_interrupt)
        if wanted is None:
            return Outcome(block=switches.policy_interrupt)
        if wanted not in walk.met:
            return Outcome(ask=switches.policy_interrupt)
    if (switches.policy_mfa or outcome.require_mfa) and not enforce.mfa_done(world, walk):
        return Outcome(ask=50076 if walk.user.id in world.mfa_here else 50079)
    if _too_old(world, walk):
        return Outcome(ask=50078)
    found = _context(world, walk)
    return found if found.block or found.ask else _policies(world, walk)


def _policies(world, walk):
    """The policies on what is asked for, and on each authentication context that is named."""
    wanted = {claims.requested_context(walk.flow.claims, token) for token in ("access_token", "id_token")} - {None}
    log = []
    for context in (None, *sorted(wanted)):
        need, ids, entries = enforce.look(world, walk, walk.address, context)
        log += entries
        if need is not None:
            return Outcome(need.block, need.ask, tuple(log), "terms" if need.terms else "", tuple(ids), need.terms)
    return Outcome(policies=tuple(log))


def _context(world, walk):
    """What the authentication context asks that the request's `claims` names (entra-facts 3.6)."""
    wanted = [claims.requested_context(walk.flow.claims, token) for token in ("access_token", "id_token")]
    needs = {world.identity.policy.contexts.get(one) for one in wanted}
    if "block" in needs:
        return Outcome(block=53003)
    if "mfa" in needs and "mfa" not in walk.amr:
        return Outcome(ask=50076 if walk.user.id in world.mfa_here else 50079)
    if "fresh" in needs and "reauth" not in walk.met and world.clock.now() - walk.auth_time > EVERY_TIME:
        return Outcome(ask=50078)
    return Outcome()
