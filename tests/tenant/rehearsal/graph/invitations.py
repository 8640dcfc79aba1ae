# SPDX-License-Identifier: Apache-2.0
"""POST /invitations (entra-facts 8). There is no GET: what became of an invitation shows in the user's
externalUserState."""
from ..world import redemption
from .call import endpoint
from .errors import GraphError


@endpoint("POST", "/invitations", "invitations", quota="invitations", writes=True)
def invite(graph, call):
    world, caller = graph.world, call.caller
    app = None if caller.delegated else world.registration(caller.app_id)
    try:
        made = redemption.invite(world, call.body, app, world.users.get(caller.user_id))
    except redemption.Refused as wrong:
        raise GraphError(wrong.status, wrong.code, wrong.message) from wrong
    return 201, {"@odata.context": graph.context("invitations/$entity"), **made}
