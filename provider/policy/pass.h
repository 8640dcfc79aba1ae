/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes: one guest's right to enter, from a moment until a moment. PURE. Membership of an access
 * group says that somebody may have one; what gives it is the group's basis (config/config.h), and
 * only an object of that very basis does: who is a member by an activation that is over is an
 * ordinary member in Graph for a while. The end is the earliest that anything says, and it is a
 * moment, not a time from now, so a clock that jumps moves no end.
 */
#ifndef GP_POLICY_PASS_H
#define GP_POLICY_PASS_H

#include "config/config.h"
#include "graph/graph.h"
#include "policy/verdict.h"

#define GP_PASS_ID 192 /* as long as Graph's ids */

/* What gives the members of a group a pass. */
struct gp_pass_object {
	enum gp_basis basis;
	char of[GP_GUID_TEXT]; /* the access package, or the group; empty for a local grant */
	char id[GP_PASS_ID];   /* its own name, for the record */
	int64_t begin_s;       /* INT64_MIN: since ever */
	int64_t end_s;         /* INT64_MAX: no end */
};

/* What is known of one guest. Zeroed, nothing is. */
struct gp_pass_facts {
	const enum gp_tri *member; /* of the access groups, by place; NULL: of none */
	size_t member_len;
	const struct gp_pass_object *objects;
	size_t objects_len;
	/* Are all objects of that kind among them? */
	bool packages_read, activations_read, grants_read;
	bool of_sign_in;      /* ACCOUNT: of them only the one by which he was admitted is here */
	int64_t first_seen_s; /* 0: never */
	enum gp_tri leave_read;
	int64_t leave_s; /* employeeLeaveDateTime; 0: none */
};

struct gp_pass {
	enum gp_basis basis; /* GP_BASIS_NONE: there is none */
	char group[GP_GUID_TEXT];
	char id[GP_PASS_ID];
	int64_t begin_s;
	int64_t end_s; /* the first second without it; INT64_MAX: no end */
};

/* GP_YES with the pass that lasts longest; GP_NO with *REASON "no-pass", "pass-ended",
 * "pass-not-begun" or "not-member"; GP_CANNOT_TELL. For "pass-ended" OUT is the one that ended
 * last. */
enum gp_verdict gp_pass_find(const struct gp_config *config, const struct gp_pass_facts *facts,
			     int64_t now_s, struct gp_pass *out, const char **reason);

/* When a step-up by PASSES ends at the latest: the end of the activation of sudo_group that lasts
 * longest, INT64_MAX where the configuration asks for none, INT64_MIN where none holds. Pure. */
int64_t gp_sudo_end(const struct gp_config *config, const struct gp_pass_facts *passes,
		    int64_t now_s);

#endif
