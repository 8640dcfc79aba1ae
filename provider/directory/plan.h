/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets which number and name. PURE: what Graph said and what is already given, in; guests and
 * new records, out. A collision quarantines the one who must stand back and merges nothing:
 *
 * - Who has a record keeps its number and name, whatever his mail address says today, also after he
 *   left: then he is published as one who may not log in.
 * - Of several newcomers with one name or one number, the one with the earlier createdDateTime
 *   stands, then the one with the lower oid: so every host decides alike. The others are
 *   quarantined, "name-taken" or "number-taken".
 * - What a record holds is never taken away, also when its guest is gone: a newcomer is quarantined
 *   with "name-departed" when the one who has his name left. Where a newcomer would have come first
 *   on a fresh host, he is quarantined with "host-differs".
 * - Whose name or number a local account has is quarantined with "local-account", record or not,
 *   for as long as that lasts. It comes last, so that nobody gets his name or number elsewhere.
 * - A mapped group gets its number in the same way, and is left out with the same reasons.
 */
#ifndef GP_DIRECTORY_PLAN_H
#define GP_DIRECTORY_PLAN_H

#include "contract/ids_conf.h"
#include "directory/guest.h"
#include "directory/local.h"
#include "store/standing.h"

struct gp_plan_input {
	const struct gp_config *config; /* tenant, template, classes, home prefix, mapped groups */
	const struct gp_ids_rules *rules;
	const struct gp_local *local;
	int64_t now_s;
	const struct gp_roll *roll;
	const uint64_t *standing;              /* of each person of the roll */
	const struct gp_guest_record *records; /* all there are */
	size_t record_count;
	const struct gp_group_record *groups; /* likewise */
	size_t group_count;
	const struct gp_held_number *held; /* likewise */
	size_t held_count;
	const struct gp_oid *in_question; /* likewise, in their order */
	size_t in_question_count;
	/* Not NULL: database and published file disagree, so nobody gets a number but he who has
	 * this very name and number in the file. The others are "allocation-stopped". */
	const struct gp_directory_view *only;
};

/* A guest whose record is to say that he left, or that he is back. */
struct gp_plan_move {
	char oid[GP_GUID_TEXT];
	int64_t left_s; /* 0: he is back */
};

/* A mapped group, at the place of its bit in a guest's groups. It has its name with it, because the
 * configuration may be another one by the time that the plan is looked at. */
struct gp_plan_group {
	char name[GP_CONFIG_GROUP_NAME];
	uint32_t gid;
	const char *quarantine; /* not published, and why; NULL if it is */
};

struct gp_plan {
	struct gp_guest *guests; /* by name; the quarantined ones, which have none, come first */
	size_t guest_count;
	struct gp_plan_group *groups;
	size_t group_count;
	/* To be stored before anything is published. */
	struct gp_guest_record *added;
	size_t added_count;
	struct gp_group_record *added_groups;
	size_t added_group_count;
	struct gp_plan_move *moves;
	size_t move_count;
	/* Counts. */
	size_t present; /* also the quarantined ones */
	size_t departed;
	size_t quarantined;
	size_t newly_departed; /* present by the records, and not any more */
	size_t stayed;         /* present by the records, and still */
};

enum gp_status gp_plan_make(const struct gp_plan_input *in, struct gp_plan *out,
			    struct gp_error *err) gp_must_check;
/* What was to be stored has been, and is let go of: after a first read it is more than the guests
 * themselves, who are kept until the next. */
void gp_plan_forget_changes(struct gp_plan *plan);
/* NULL is allowed; the plan is empty afterwards. */
void gp_plan_free(struct gp_plan *plan);

/* Where everybody of ROLL stands, by the access groups and the mapped groups of CONFIG. STANDING
 * has an element for each person. */
enum gp_status gp_plan_standing(struct gp_roll *roll, const struct gp_config *config,
				uint64_t *standing) gp_must_check;
/* Did Graph show that it tells whether accounts are enabled? By the present guests; without any, by
 * whether it told anything of anybody. */
enum gp_tri gp_plan_canary(const struct gp_roll *roll, const uint64_t *standing);

#endif
