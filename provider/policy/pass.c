/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/pass.h"

#include <string.h>

#include "contract/ban.h"

/* What one group comes to, from the least to the most that can be said for the guest. */
enum standing {
	NOT_MEMBER = 0,
	NO_OBJECT,
	NOT_BEGUN,
	ENDED,
	UNREADABLE,
	MEMBERSHIP_UNKNOWN,
	VALID,
};

static const struct {
	enum gp_verdict verdict;
	const char *reason;
} rulings[] = {
	[NOT_MEMBER] = {GP_NO, "not-member"},
	[NO_OBJECT] = {GP_NO, "no-pass"},
	[NOT_BEGUN] = {GP_NO, "pass-not-begun"},
	[ENDED] = {GP_NO, "pass-ended"},
	[UNREADABLE] = {GP_CANNOT_TELL, "pass-unreadable"},
	[MEMBERSHIP_UNKNOWN] = {GP_CANNOT_TELL, "membership-unknown"},
	[VALID] = {GP_YES, "ok"},
};

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The end by all that bounds it. A pass without a beginning of its own began when the guest was
 * first seen, and one of somebody who was never seen begins now. */
static int64_t end_of(const struct gp_config *config, const struct gp_pass_facts *facts,
		      const struct gp_pass_object *object, int64_t now_s)
{
	int64_t begin = object->begin_s;
	int64_t end = object->end_s;
	if (begin == INT64_MIN) {
		begin = facts->first_seen_s != 0 ? facts->first_seen_s : now_s;
	}
	if (config->max_stay_s != 0 && begin < INT64_MAX - config->max_stay_s) {
		end = earlier(end, begin + config->max_stay_s);
	}
	if (config->project_end_s != 0) {
		end = earlier(end, config->project_end_s);
	}
	if (facts->leave_read == GP_TRUE && facts->leave_s != 0) {
		end = earlier(end, facts->leave_s);
	}
	return end;
}

static enum standing look_at(const struct gp_config *config, const struct gp_pass_facts *facts,
			     const struct gp_pass_object *object, int64_t now_s,
			     struct gp_pass *out)
{
	*out = (struct gp_pass){.basis = object->basis,
				.begin_s = object->begin_s,
				.end_s = end_of(config, facts, object, now_s)};
	memcpy(out->id, object->id, sizeof(out->id));
	/* An end at or before the beginning never held anything. */
	if (now_s >= out->end_s) {
		return ENDED;
	}
	return now_s < object->begin_s ? NOT_BEGUN : VALID;
}

static bool is_of(const struct gp_pass_object *object, const struct gp_access *access,
		  const char *group)
{
	if (object->basis != access->basis) {
		return false;
	}
	switch (access->basis) {
	case GP_BASIS_PACKAGE:
		return strcmp(object->of, access->package) == 0;
	case GP_BASIS_PIM:
		return strcmp(object->of, group) == 0;
	case GP_BASIS_LOCAL:
		return true;
	case GP_BASIS_GROUP:
	case GP_BASIS_NONE:
		break;
	}
	return false;
}

static bool is_read(const struct gp_pass_facts *facts, enum gp_basis basis)
{
	switch (basis) {
	case GP_BASIS_PACKAGE:
		return facts->packages_read;
	case GP_BASIS_PIM:
		return facts->activations_read;
	case GP_BASIS_LOCAL:
		return facts->grants_read;
	case GP_BASIS_GROUP:
		return true;
	case GP_BASIS_NONE:
		break;
	}
	return false;
}

static bool is_better(enum standing a, const struct gp_pass *pass, enum standing b,
		      const struct gp_pass *than)
{
	return a != b ? a > b : pass->end_s > than->end_s;
}

/* The best that the objects of one group come to, whoever is a member. */
static enum standing best_object(const struct gp_config *config, const struct gp_pass_facts *facts,
				 size_t place, int64_t now_s, struct gp_pass *out)
{
	const struct gp_access *access = &config->access_bases[place];
	/* Membership alone is a pass since the guest was first seen. */
	const struct gp_pass_object member = {
		.basis = GP_BASIS_GROUP, .begin_s = INT64_MIN, .end_s = INT64_MAX};
	enum standing best = NO_OBJECT;
	if (access->basis == GP_BASIS_GROUP) {
		best = look_at(config, facts, &member, now_s, out);
	}
	for (size_t i = 0; i < facts->objects_len; i++) {
		struct gp_pass pass;
		if (!is_of(&facts->objects[i], access, config->access_groups[place])) {
			continue;
		}
		enum standing now = look_at(config, facts, &facts->objects[i], now_s, &pass);
		if (is_better(now, &pass, best, out)) {
			best = now;
			*out = pass;
		}
	}
	memcpy(out->group, config->access_groups[place], sizeof(out->group));
	return best != VALID && !is_read(facts, access->basis) ? UNREADABLE : best;
}

static enum standing look_at_group(const struct gp_config *config,
				   const struct gp_pass_facts *facts, size_t place, int64_t now_s,
				   struct gp_pass *out)
{
	enum gp_tri member = facts->member != NULL && place < facts->member_len
				     ? facts->member[place]
				     : GP_UNKNOWN;
	*out = (struct gp_pass){0};
	if (member == GP_FALSE) {
		return NOT_MEMBER;
	}
	enum standing standing = best_object(config, facts, place, now_s, out);
	/* A date that the tier wants respected and that could not be read may be over. */
	if (standing == VALID && config->leave_date && facts->leave_read != GP_TRUE) {
		return UNREADABLE;
	}
	return standing == VALID && member != GP_TRUE ? MEMBERSHIP_UNKNOWN : standing;
}

enum gp_verdict gp_pass_find(const struct gp_config *config, const struct gp_pass_facts *facts,
			     int64_t now_s, struct gp_pass *out, const char **reason)
{
	enum standing best = NOT_MEMBER;
	*out = (struct gp_pass){0};
	for (size_t i = 0; i < config->access_groups_len && i < GP_CONFIG_GROUPS_MAX; i++) {
		struct gp_pass pass;
		enum standing standing = look_at_group(config, facts, i, now_s, &pass);
		if (is_better(standing, &pass, best, out)) {
			best = standing;
			*out = pass;
		}
	}
	if (best != VALID && best != ENDED) {
		*out = (struct gp_pass){0};
	}
	*reason = rulings[best].reason;
	return rulings[best].verdict;
}
