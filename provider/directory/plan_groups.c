/* SPDX-License-Identifier: Apache-2.0 */
/* The mapped groups: their numbers, and who stands where. */
#include <stdlib.h>

#include "directory/plan_internal.h"
#include "identity/number.h"

#include "contract/ban.h"

static const struct gp_group_record *record_of(const struct gp_plan_input *in, const char *oid)
{
	for (size_t i = 0; i < in->group_count; i++) {
		if (strcmp(in->groups[i].tid, in->config->tenant_id) == 0 &&
		    strcmp(in->groups[i].oid, oid) == 0) {
			return &in->groups[i];
		}
	}
	return NULL;
}

static bool is_given(const struct gp_plan_input *in, const struct gp_plan *out, uint32_t gid)
{
	for (size_t i = 0; i < in->group_count; i++) {
		if (in->groups[i].gid == gid) {
			return true;
		}
	}
	for (size_t i = 0; i < out->added_group_count; i++) {
		if (out->added_groups[i].gid == gid) {
			return true;
		}
	}
	return false;
}

/* A newcomer's number. Of two that come together the one with the lower oid has it: they are
 * visited in that order. */
static const char *give(const struct gp_plan_input *in, const struct gp_mapped_group *group,
			uint32_t *gid, struct gp_plan *out)
{
	if (gp_number_of_group(in->config->tenant_id, group->entra_group, in->rules->gid_base,
			       in->rules->gid_size, gid) != GP_ST_OK) {
		return "number-unusable";
	}
	if (is_given(in, out, *gid)) {
		return "number-taken";
	}
	struct gp_group_record *record = &out->added_groups[out->added_group_count++];
	memcpy(record->tid, in->config->tenant_id, sizeof(record->tid));
	memcpy(record->oid, group->entra_group, sizeof(record->oid));
	record->gid = *gid;
	record->first_seen_s = in->now_s;
	return NULL;
}

static const char *settle(const struct gp_plan_input *in, const struct gp_mapped_group *group,
			  uint32_t *gid, struct gp_plan *out)
{
	const struct gp_group_record *record = record_of(in, group->entra_group);
	const char *why = NULL;
	if (record != NULL) {
		*gid = record->gid;
	} else {
		why = give(in, group, gid, out);
	}
	if (why != NULL) {
		return why;
	}
	/* The first number of the range is that of the group of all guests, and so is its name. */
	struct gp_str name = gp_str_from(group->name);
	if (!gp_ids_group_ok(in->rules, name, *gid) ||
	    (gp_str_starts(name, in->rules->group_prefix) && gp_str_ends(name, "guests") &&
	     name.len == strlen(in->rules->group_prefix) + strlen("guests"))) {
		return "outside-rules";
	}
	return gp_local_has_group(in->local, gp_str_from(group->name), *gid) ? "local-group" : NULL;
}

static size_t lowest_left(const struct gp_config *config, const bool *done)
{
	size_t lowest = GP_CONFIG_MAPPED_MAX;
	for (size_t i = 0; i < config->mapped_groups_len; i++) {
		if (!done[i] && (lowest == GP_CONFIG_MAPPED_MAX ||
				 strcmp(config->mapped_groups[i].entra_group,
					config->mapped_groups[lowest].entra_group) < 0)) {
			lowest = i;
		}
	}
	return lowest;
}

enum gp_status gp_plan_groups(const struct gp_plan_input *in, struct gp_plan *out,
			      struct gp_error *err)
{
	size_t n = in->config->mapped_groups_len;
	bool done[GP_CONFIG_MAPPED_MAX] = {false};
	out->groups = calloc(n + 1, sizeof(*out->groups));
	out->added_groups = calloc(n + 1, sizeof(*out->added_groups));
	if (out->groups == NULL || out->added_groups == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for %zu groups", n);
	}
	out->group_count = n;
	for (size_t left = n; left > 0; left--) {
		size_t i = lowest_left(in->config, done);
		done[i] = true;
		memcpy(out->groups[i].name, in->config->mapped_groups[i].name,
		       sizeof(out->groups[i].name));
		out->groups[i].quarantine =
			settle(in, &in->config->mapped_groups[i], &out->groups[i].gid, out);
	}
	return GP_ST_OK;
}

static enum gp_status add_standing(struct gp_roll *roll, const char *group, uint8_t *marks,
				   uint64_t bit, uint64_t *standing)
{
	size_t n = gp_roll_person_count(roll);
	memset(marks, 0, n);
	enum gp_status st = gp_roll_reach(roll, group, marks, 1);
	for (size_t i = 0; st == GP_ST_OK && i < n; i++) {
		standing[i] |= marks[i] != 0 ? bit : 0;
	}
	return st;
}

enum gp_status gp_plan_standing(struct gp_roll *roll, const struct gp_config *config,
				uint64_t *standing)
{
	size_t n = gp_roll_person_count(roll);
	uint8_t *marks = calloc(n + 1, 1);
	enum gp_status st = marks != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		standing[i] = 0;
	}
	for (size_t i = 0; st == GP_ST_OK && i < config->access_groups_len; i++) {
		st = add_standing(roll, config->access_groups[i], marks, GP_STANDING_PRESENT,
				  standing);
	}
	for (size_t i = 0; st == GP_ST_OK && i < config->mapped_groups_len; i++) {
		st = add_standing(roll, config->mapped_groups[i].entra_group, marks,
				  (uint64_t)1 << i, standing);
	}
	free(marks);
	return st;
}

enum gp_tri gp_plan_canary(const struct gp_roll *roll, const uint64_t *standing)
{
	bool any_guest = false;
	bool any_mute = false;
	for (size_t i = 0; i < gp_roll_person_count(roll); i++) {
		const struct gp_person *person = gp_roll_person_at(roll, i);
		if ((standing[i] & GP_STANDING_PRESENT) == 0 || person->gone) {
			continue;
		}
		bool told = person->account_enabled != GP_UNKNOWN;
		if (person->user_type == GP_USER_TYPE_GUEST) {
			any_guest = true;
			if (!told) {
				return GP_FALSE;
			}
		} else if (person->user_type == GP_USER_TYPE_UNKNOWN && !told) {
			any_mute = true;
		}
	}
	if (any_guest) {
		return GP_TRUE;
	}
	/* Without the right to read users Graph gives their ids and nothing else. */
	return any_mute ? GP_FALSE : GP_UNKNOWN;
}
