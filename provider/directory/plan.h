/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets which number and name. PURE: what Graph listed and what is already given, in; guests and
 * new records, out. A collision quarantines the one who must stand back and merges nothing:
 *
 * - Who has a record keeps its number and name, whatever his mail address says today.
 * - Of several newcomers with one name or one number, the one with the earlier createdDateTime
 *   stands, then the one with the lower oid: so every host decides alike. The others are
 *   quarantined, "name-taken" or "number-taken".
 * - What a record holds is never taken away, also when its guest is gone. Where a newcomer would
 *   have come first on a fresh host, he is quarantined with "host-differs".
 * - Whose name or number a local account has is quarantined with "local-account", record or not,
 * for as long as that lasts. It comes last, so that nobody gets his name or number elsewhere.
 */
#ifndef GP_DIRECTORY_PLAN_H
#define GP_DIRECTORY_PLAN_H

#include "directory/local.h"
#include "directory/sync.h"

struct gp_plan_input {
	const char *tid; /* our tenant */
	const struct gp_ids_rules *rules;
	const char *home_prefix;
	const struct gp_local *local;
	int64_t now_s;
	const struct gp_user *users; /* of all access groups; the same one may come twice */
	size_t user_count;
	const struct gp_guest_record *records; /* all there are */
	size_t record_count;
};

struct gp_plan {
	struct gp_guest *guests; /* by name; the quarantined ones, which have none, come first */
	size_t guest_count;
	struct gp_guest_record *added; /* to be stored before anything is published */
	size_t added_count;
};

enum gp_status gp_plan_make(const struct gp_plan_input *in, struct gp_plan *out,
			    struct gp_error *err) gp_must_check;
/* NULL is allowed; the plan is empty afterwards. */
void gp_plan_free(struct gp_plan *plan);

/* Did the listing show that Graph tells whether accounts are enabled? By its guests; without any,
 * by whether it told anything of anybody. */
enum gp_tri gp_plan_canary(const struct gp_user *users, size_t count);

#endif
