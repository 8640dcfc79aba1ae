# SPDX-License-Identifier: Apache-2.0
"""Switches of Graph: what entra-facts 6.5 to 11 leave open, or what differs between tenants and services."""

TABLE = {
    # name: (default, allowed values or type, what it does)
    "graph_page_size": (100, int, "page size when the request has no $top, and the upper bound of $top when below 100"),
    "graph_null_properties": ([], list, "user properties that Graph answers as null whatever is granted"),
    "graph_empty_pages": (False, bool, "a listing's first page is empty and has a nextLink"),
    "graph_repeated_rows": (False, bool, "the last row of a page comes again on the next"),
    "graph_inner_error": ("innerError", ("innerError", "innererror"), "spelling of the inner error"),
    "graph_error_code": ("plain", ("plain", "empty", "nested"),
                         "error.code: the code, an empty text, or a general one with "
                         "the code inside the inner error"),
    "graph_throttle_code": ("TooManyRequests", ("TooManyRequests", "activityLimitReached"), "error.code of a 429"),
    "graph_mixed_filter": (True, bool, "a filter on several properties is an advanced query"),
    "graph_advanced_forgotten": ("error", ("error", "ignored"),
                                 "$count, $search and sorted filters without their header: "
                                 "an error, or the parameter is silently ignored"),
    "page_needs_header": (True, bool, "the next pages of an advanced query need the header ConsistencyLevel too"),
    "check_unknown_groups": ("missing", ("missing", "not_found"),
                             "checkMemberGroups with the id of no group: not in the answer, or "
                             "404 for all"),
    "dynamic_lag": (3600, int, "seconds until a group with a membership rule follows its rule"),
    "index_lag": (5, int, "seconds by which what advanced queries read is behind the directory"),
    "user_read_without_permission": ("null", ("null", "forbidden"),
                                     "GET /users/{id} with no user permission: only id, or 403"),
    "hidden_members": ("empty", ("empty", "forbidden"),
                       "members of a group with hidden membership, without the right to "
                       "see them: an empty list, or 403"),
    "lifecycle_permission": ("User-LifeCycleInfo.Read.All", ("User-LifeCycleInfo.Read.All", "LifeCycleInfo.Read.All"),
                             "real name of the permission for employeeLeaveDateTime"),
    "leave_date_without_permission": ("forbidden", ("forbidden", "missing"),
                                      "employeeLeaveDateTime selected without its permission: 403, or left out"),
    "premium_licence": (True, bool, "the tenant has the licence for signInActivity and sign-in logs"),
    "disable_user_permission": ("pair", ("pair", "single"),
                                "changing accountEnabled needs User.EnableDisableAccount.All "
                                "together with User.Read.All, or alone"),
    "audit_target_filter": (False, bool, "directoryAudits filter by targetResources/any(...)"),
    "entitlement_delay": (60, int,
                          "seconds until an assignment request is worked off, or a removed member is put back"),
    "entitlement_request_names": ("state", ("state", "older"),
                                  "names in assignment requests: state and status, or requestState "
                                  "and requestStatus"),
    "assignment_readds_member": (True, bool,
                                 "a member removed by hand is put back by the assignment that made him one"),
    "pim_capitalised": (True, bool, "PIM writes Assigned and Direct with capitals"),
    "pim_null_start": (True, bool, "startDateTime of a permanent PIM assignment is null"),
    "review_filter": (False, bool, "decisions of access reviews filter by principal/id"),
    "terms_app_only": (False, bool, "an application may read acceptances of terms of use"),
    "delta_lag": (5, int, "seconds until a change shows in delta queries"),
    "delta_duplicates": (True, bool,
                         "an object that changed twice comes twice in a round; in the first round one comes again"),
    "delta_initial_removed": (True, bool, "the first round tells of deleted users too"),
    "delta_empty_pages": (True, bool, "a round with changes begins with an empty page"),
    "delta_replay": (False, bool, "a round repeats the changes of the round before"),
    "delta_members_per_entry": (100, int, "members that one entry of a group holds; a larger group comes in several"),
    "delta_expired_code": ("syncStateNotFound", ("syncStateNotFound", "resyncRequired"),
                           "error.code of a delta token too old"),
    "delta_expired_status": (400, (400, 410), "HTTP status of a delta token too old"),
    "revoke_moves_guest": (False, bool, "revokeSignInSessions moves signInSessionsValidFromDateTime of guests too"),
}
