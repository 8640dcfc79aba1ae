# SPDX-License-Identifier: Apache-2.0
"""What Graph's users, groups, lists, delta queries and throttling owe (entra-facts 6.5, 7)."""
BEHAVIOURS = {
    "graph.filter.plain": "$filter: eq, in, or, startsWith, any, ge and le on times, parentheses",
    "graph.filter.advanced": "$filter: ne, not, endsWith need ConsistencyLevel and $count=true",
    "graph.filter.mixed": "$filter on several properties: an advanced query, or not",
    "graph.filter.identities": "$filter on identities: eq, issuer and issuerAssignedId together",
    "graph.filter.refused": "$filter: what is malformed or does not filter is refused",
    "graph.count.forgotten": "$count, $search, $orderby without the header: an error, or ignored",
    "graph.count.number": "/users/$count is a bare number and an advanced query",
    "graph.search": "$search by property, with the header only",
    "graph.orderby": "$orderby; together with $filter an advanced query",
    "graph.index.lag": "advanced queries read an index that is some seconds old",
}
BEHAVIOURS.update({
    "graph.user.properties": "/users/{id}: every property of a guest; null or empty where never set",
    "graph.user.upn": "/users/{upn} with %23EXT%23, also after the mail has changed",
    "graph.user.disable": "PATCH accountEnabled with its own permission, with User.Read.All or alone",
    "graph.user.patch": "PATCH of a user: what may be written, what not",
    "graph.user.deleted": "deletedItems: list with cast, get, restore with groups, purge",
    "graph.user.gone_after_30_days": "a deleted user cannot be restored after 30 days",
    "graph.user.sponsors": "sponsors (users and groups, often none) and manager",
    "graph.user.revoke": "revokeSignInSessions: not for guests, unless the switch says so",
    "graph.objects.by_ids": "getByIds: types, unknown ids, its permission",
    "graph.permission.own": "customSecurityAttributes and signInActivity have permissions of their own",
    "graph.permission.licence": "signInActivity needs the licence; its pages hold 500",
    "graph.permission.leave_date": "employeeLeaveDateTime: name of its permission, and what lacking it does",
    "graph.permission.table": "a higher permission holds the lower; a basic one shows only names",
    "graph.delegated.self": "a user's own token reads himself, and what its scopes open",
    "graph.delegated.restricted": "a restricted guest's own token cannot enumerate",
})
BEHAVIOURS.update({
    "graph.members.lag": "a member just removed is still in the cast listing; checkMemberGroups is current",
    "graph.members.lag_deleted": "a user just deleted is still in the cast listing, as he was",
    "graph.members.hidden": "hidden membership without Member.Read.Hidden: empty or 403; silently missing in checks",
    "graph.members.permissions": "members with GroupMember.ReadBasic.All alone: only type and id",
    "graph.members.cast": "casts of member lists; mixed lists with $select of one type's properties",
    "graph.check.permissions": "checkMemberGroups app-only needs User.Read.All and GroupMember.Read.All",
    "graph.member_groups.limit": "getMemberGroups beyond 11,000 groups: Directory_ResultSizeLimitExceeded",
    "graph.member_of": "memberOf and transitiveMemberOf, with and without a right to see groups",
    "graph.groups.change_members": "members/$ref: add, add twice, remove, remove twice",
    "graph.groups.create": "groups are made and deleted; names are not unique; a rule's members cannot be changed",
    "graph.page.size": "pages hold 100, at most 999",
    "graph.page.link": "nextLink is absolute and opaque, may be asked again, does not shift",
    "graph.page.expired": "an expired page: Directory_ExpiredPageToken",
    "graph.page.empty": "an empty page with a nextLink",
    "graph.page.repeated": "a row that comes again on the next page",
    "graph.page.option": "unknown query options; @odata.count on the first page only",
    "graph.throttle.cost": "resource units of each call",
    "graph.throttle.bucket": "429 with Retry-After and the throttle headers when the bucket is empty",
    "graph.throttle.size": "the bucket's size follows the tenant's",
    "graph.throttle.batch": "each request in a batch is throttled by itself",
    "graph.throttle.writes": "the quota of writes; a POST that only checks is none",
    "graph.error.spelling": "innerError or innererror; the code plain, empty or nested",
    "graph.error.health": "5xx by the service's health, also inside a batch",
})
BEHAVIOURS.update({
    "graph.batch.answers": "$batch: inner errors, failed dependencies (424), order not kept",
    "graph.batch.envelope": "$batch: 1 to 20 requests with unique ids, else 400",
    "graph.token.required": "no token, no JWT, another audience: 401 with WWW-Authenticate",
    "graph.token.dead": "expired and revoked tokens: 401",
    "graph.permission.silent_user": "GET of a user with no user permission: only id, or 403",
    "graph.permission.null_property": "a property that is null whatever is granted",
    "graph.check.ids": "checkMemberGroups: 20 ids, a malformed one fails all, unknown ones are just missing",
    "graph.members.ring": "groups that hold each other",
})
BEHAVIOURS.update({
    "graph.delta.users": "users/delta: first round, changes of selected properties only, $select part of the token",
    "graph.delta.minimal": "Prefer: return=minimal: only what changed",
    "graph.delta.null": "a property never set is absent, one set to null is null",
    "graph.delta.deleted_users": "deleted, restored, gone for good",
    "graph.delta.initial_removed": "@removed already in the first round",
    "graph.delta.duplicates": "the same object several times, across pages and in one round",
    "graph.delta.empty_pages": "an empty page with a nextLink",
    "graph.delta.lag": "changes take time to show",
    "graph.delta.replay": "rounds that overlap; a token used twice",
    "graph.delta.latest": "$deltatoken=latest in both spellings: only a deltaLink",
    "graph.delta.options": "what a delta query supports: $select, $filter on up to 50 ids; 501 for what is not tracked",
    "graph.delta.groups": "groups/delta: direct members, type and id; removed and deleted members look alike",
    "graph.delta.groups_object": "groups/delta: a group that changes, one that goes",
    "graph.delta.members_tracked": "members are tracked without $select, or when selected; an empty group has none",
    "graph.delta.split": "a large group in several entries with the same id",
    "graph.delta.expired": "a token older than seven days",
    "graph.delta.permissions": "permissions of delta queries",
})
BEHAVIOURS.update({
    "graph.throttle.ca": "Conditional Access: one request a second, no Retry-After",
    "graph.throttle.ca_shared": "Conditional Access: the quota is one for all apps; resource units are each app's own",
    "graph.throttle.invitations": "the quota of invitations",
    "graph.throttle.logs": "logs: five requests in ten seconds",
    "graph.policies.ca": "policies, named locations, contexts, strengths: their permissions, members of no schema",
    "graph.policies.evaluate": "What If: its permission, its answer without policies",
    "graph.policies.cross_tenant": "crossTenantAccessPolicy: default, partners, one partner",
    "graph.policies.authorization": "authorizationPolicy",
    "graph.organization": "the tenant itself",
    "graph.find_tenant": "tenant information by id and by domain",
    "graph.invitations": "POST /invitations app-only: 201, or 403 by policy",
    "graph.logs.sign_ins": "signIns: filters, one entry, permission",
    "graph.logs.delay": "a sign-in shows after some minutes",
    "graph.logs.licence": "logs need a licence",
    "graph.logs.audits": "directoryAudits: who did what; filter by target by switch",
})
BEHAVIOURS.update({
    "graph.scale.whole": "100,000 guests: listings and the first delta round come out whole",
    "graph.scale.memory": "100,000 guests: less than 300 MB",
    "graph.scale.one": "100,000 guests: one of them by id, UPN, mail",
})
BEHAVIOURS["graph.robust"] = "nonsense at every endpoint is answered by an error of Graph's"
BEHAVIOURS.update({
    "graph.page.header": "the header on the next pages of an advanced query: needed, or not",
    "graph.check.unknown": "checkMemberGroups with an unknown group: missing in the answer, or 404",
    "graph.groups.dynamic": "groups with a membership rule follow it after a while",
})
BEHAVIOURS["graph.switches"] = "every switch of Graph is set by a test, in each of its positions"
BEHAVIOURS.update({
    "graph.batch.writes": "$batch: PATCH, DELETE and POST inside, 204 without a body",
    "graph.batch.urls": "$batch: relative urls, encoding, headers of each request; no batch in a batch",
    "graph.batch.dependencies": "$batch: what depends on a failed request fails with 424, and so on",
})
BEHAVIOURS["graph.page.new_state"] = "another tenant put in the place of this one: nothing of the old one is listed"
BEHAVIOURS["graph.members.hidden_nested"] = "members of a hidden nested group are not found through it"
