# SPDX-License-Identifier: Apache-2.0
"""Behaviours of the people's side: homes, guests, pages, invitations, and the logs of them."""
BEHAVIOURS = {
    "invite.new": "an invitation makes a pending guest, with the documented answer",
    "invite.required": "an invitation without one of its two required members is refused",
    "invite.who": "allowInvitesFrom decides who may invite: application, member, guest, administrator",
    "invite.domains": "lists of allowed and blocked domains",
    "invite.existing": "an internal user of that address is not invited; a guest is invited again",
    "invite.order": "the order of identity providers for an address, and its adjustable parts",
    "invite.sponsor": "the inviter is the sponsor unless others are named",
    "guest.reset_redemption": "reset redemption: id, groups and UPN stay, the mail moves, the state is pending",
    "guest.converted": "an internal account converted: no #EXT#, groups and userType stay",
    "guest.handed_over": "the same object is another person's",
    "guest.deleted": "a soft-deleted guest, restored with its groups, or purged",
    "guest.left": "a guest leaves by itself where the policy lets it",
    "log.signin": "a sign-in makes entries in the v1.0 shape; members of beta only are apart",
    "log.signin.ids": "id is the trace id, correlationId the client's own id of the request",
    "log.signin.delay": "an entry is visible only after a while of the tenant's clock",
    "log.signin.browser_correlation": "correlation id of the browser's leg, in each position of its switch",
    "log.signin.app": "client credentials are logged as a service principal's sign-in, not among the interactive ones",
    "log.audit": "directory audits of invitations, disabling, deletion and group changes, with who did it",
    "crossing.policy": "blocks in the shape of crossTenantAccessPolicy, inherited member by member",
}
