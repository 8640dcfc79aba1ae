# SPDX-License-Identifier: Apache-2.0
"""How a walk goes on once the home has proven the person: to a block page, to a page that asks for more, or to its
end."""
from ..login import signin_log
from . import decide, pages
from .walk import go_tenant


def log(world, walk, code, request, name=""):
    """An entry of the sign-in log; `name`: what was typed, where it is nobody's."""
    signin_log.browser(world, walk, code, request.headers.get("User-Agent", ""), request.remote, name)


def blocked(world, walk, code, request, head=None):
    """The block page: nobody else's, but another person may still complete the same code."""
    decide.block(walk.flow, code, walk.account)
    log(world, walk, code, request)
    return pages.blocked(head or world.tenant["name"], code, decide.text_of(world, code, walk.account, walk.flow),
                         walk.correlation,
                         world.clock.stamp())


def interrupted(world, walk, code, request):
    """Note once that a page asks for more than a password."""
    if code not in walk.logged:
        walk.logged.add(code)
        log(world, walk, code, request)


def advance(world, walk, request):
    """Back in our tenant, or after one of its pages."""
    if not walk.proven:
        return go_tenant(world, walk, "account")
    verdict = decide.judge(world, walk)
    if verdict.code:
        return blocked(world, walk, verdict.code, request)
    if verdict.step:
        interrupted(world, walk, verdict.step_code, request)
        return go_tenant(world, walk, verdict.step)
    if getattr(walk.flow, "consent_for", None):
        return _administrator(world, walk, request)
    if walk.flow.asks_confirmation and not walk.confirmed:
        interrupted(world, walk, 50199, request)
        return go_tenant(world, walk, "confirm")
    return finish(world, walk, verdict.user, request)


def _administrator(world, walk, request):
    if not decide.is_administrator(world, walk.user):
        return blocked(world, walk, 90094, request)
    return go_tenant(world, walk, "adminconsent/grant")


def finish(world, walk, user, request):
    world.interactions.pop(walk.key, None)
    decide.accept(world, user, walk.account)
    proof = walk.session.accounts.get(walk.account.mail)
    if proof is not None:
        proof.here = True
    walk.flow.session, walk.flow.met = walk.session.key, set(walk.met)
    decide.approve(world, walk.flow, user, walk.account, walk.auth_time, request.remote, list(dict.fromkeys(walk.amr)))
    walk.user = user
    log(world, walk, 0, request)
    return walk.flow.finished(world)


def cancel(world, walk, code=None):
    """The person ends the whole sign-in."""
    world.interactions.pop(walk.key, None)
    walk.flow.state, walk.flow.account = "declined", walk.account
    return walk.flow.cancelled(world, code)


def refused(world, walk, code, request):
    """The person will not do what a page asks: a block page for a device code, which lives on; the end of any other
    sign-in."""
    if walk.flow.by_device_code or not walk.flow.for_application:
        return blocked(world, walk, code, request)
    log(world, walk, code, request)
    return cancel(world, walk, code)
