/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a record for a configuration, which need not be the one that it was made under. */
#include <string.h>

#include "policy/record.h"

#include "contract/ban.h"

/* Where the group stands in the record; groups_len: nobody asked about it. */
static size_t place_of(const struct gp_record *record, const char *group)
{
	size_t i = 0;
	while (i < record->groups_len && strcmp(record->groups[i], group) != 0) {
		i++;
	}
	return i;
}

static bool is_access_same(const struct gp_access *a, const struct gp_access *b)
{
	return a->basis == b->basis && strcmp(a->package, b->package) == 0;
}

/* The same groups, each with the same basis. */
static bool is_same(const struct gp_record *record, const struct gp_config *config)
{
	for (size_t i = 0; i < config->access_groups_len; i++) {
		size_t at = place_of(record, config->access_groups[i]);
		if (at == record->groups_len ||
		    !is_access_same(&record->bases[at], &config->access_bases[i])) {
			return false;
		}
	}
	return config->access_groups_len == record->groups_len;
}

/* Of any of the groups of now. */
static enum gp_tri any_of(const enum gp_tri *member, size_t len)
{
	enum gp_tri any = len > 0 ? GP_FALSE : GP_UNKNOWN;
	for (size_t i = 0; i < len && any != GP_TRUE; i++) {
		any = member[i] == GP_FALSE ? any : member[i];
	}
	return any;
}

static void apply_groups(struct gp_record *record, const struct gp_config *config,
			 struct gp_facts *out)
{
	bool same = is_same(record, config);
	record->same_groups = same;
	for (size_t i = 0; i < config->access_groups_len && i < GP_CONFIG_GROUPS_MAX; i++) {
		size_t at = place_of(record, config->access_groups[i]);
		record->member[i] = at < record->groups_len ? record->member_of[at] : GP_UNKNOWN;
		/* The account phase knows by which group he came in, and of no other. */
		if (record->facts.passes.of_sign_in && !same && record->member[i] == GP_FALSE) {
			record->member[i] = GP_UNKNOWN;
		}
	}
	out->passes.member = record->member;
	out->passes.member_len = config->access_groups_len;
	if (!same) {
		out->member = any_of(record->member, config->access_groups_len);
	}
}

static bool was_asked(const struct gp_record *record, const struct gp_access *access)
{
	for (size_t i = 0; i < record->groups_len; i++) {
		/* All activations of a guest are one answer; a package's assignments are another
		 * one each. */
		if (access->basis == GP_BASIS_PIM ? record->bases[i].basis == GP_BASIS_PIM
						  : is_access_same(&record->bases[i], access)) {
			return true;
		}
	}
	return false;
}

/* Are all objects there that the groups of now need? */
static void apply_read(const struct gp_record *record, const struct gp_config *config,
		       struct gp_facts *out)
{
	for (size_t i = 0; i < config->access_groups_len; i++) {
		const struct gp_access *access = &config->access_bases[i];
		if (access->basis == GP_BASIS_PACKAGE && !was_asked(record, access)) {
			out->passes.packages_read = false;
		}
		if (access->basis == GP_BASIS_PIM && !was_asked(record, access)) {
			out->passes.activations_read = false;
		}
	}
	if (record->cut) {
		out->passes.packages_read = false;
		out->passes.activations_read = false;
		out->passes.grants_read = false;
	}
}

void gp_record_apply(struct gp_record *record, const struct gp_config *config, struct gp_facts *out)
{
	*out = record->facts;
	out->config = config;
	out->service = record->has_service ? record->service : NULL;
	out->address = record->has_address ? record->address : NULL;
	out->guest_oid = record->has_oid ? record->oid : NULL;
	out->user = record->has_user ? &record->user : NULL;
	out->identity = record->has_identity ? &record->identity : NULL;
	out->client_info = record->has_client_info ? &record->client_info : NULL;
	out->baseline = record->has_baseline ? &record->baseline : NULL;
	out->passes.objects = record->objects;
	out->passes.objects_len = record->objects_len;
	apply_groups(record, config, out);
	apply_read(record, config, out);
}
