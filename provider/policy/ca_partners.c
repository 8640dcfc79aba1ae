/* SPDX-License-Identifier: Apache-2.0 */
/* Entra inherits from the default by member, not by object: null is "as the default has it". */
#include "policy/ca_partners.h"

#include "contract/ban.h"

#define WORD_MAX 128

/* What the tenant has for HOME; NULL when nothing. */
static const struct gp_json *partner_of(const struct gp_ca_set *set, const char *home)
{
	const struct gp_json *pages = NULL;
	uint8_t id[16];
	if (gp_guid_parse(gp_str_from(home), id) != GP_ST_OK ||
	    gp_json_get_array(gp_json_root(set->doc), "partners", &pages) != GP_ST_OK) {
		return NULL;
	}
	for (size_t i = 0; i < gp_json_array_len(pages); i++) {
		const struct gp_json *value = NULL;
		if (gp_json_get_array(gp_json_array_at(pages, i), "value", &value) != GP_ST_OK) {
			continue;
		}
		for (size_t k = 0; k < gp_json_array_len(value); k++) {
			const struct gp_json *partner = gp_json_array_at(value, k);
			struct gp_str tenant = {0};
			if (gp_json_get_str(partner, "tenantId", WORD_MAX, &tenant) == GP_ST_OK &&
			    gp_ca_same_id(tenant, id)) {
				return partner;
			}
		}
	}
	return NULL;
}

/* The object MEMBER that has PART: HOME's, or else the default's. */
static enum gp_status find(const struct gp_ca_set *set, const char *home, const char *member,
			   const char *part, const struct gp_json **out)
{
	const struct gp_json *whole[2] = {partner_of(set, home), NULL};
	if (gp_json_get_object(gp_json_root(set->doc), "default", &whole[1]) != GP_ST_OK) {
		whole[1] = NULL;
	}
	for (size_t i = 0; i < 2; i++) {
		const struct gp_json *object = NULL;
		if (whole[i] == NULL) {
			continue;
		}
		enum gp_status st = gp_json_get_object(whole[i], member, &object);
		const struct gp_json *value = NULL;
		if (st == GP_ST_OK) {
			st = gp_json_get(object, part, &value);
		}
		if (st != GP_ST_NOT_FOUND) {
			*out = object;
			return st;
		}
	}
	return GP_ST_NOT_FOUND;
}

enum gp_tri gp_ca_trusts_mfa(const struct gp_ca_set *set, const char *home)
{
	const struct gp_json *trust = NULL;
	bool accepted = false;
	if (find(set, home, "inboundTrust", "isMfaAccepted", &trust) != GP_ST_OK ||
	    gp_json_get_bool(trust, "isMfaAccepted", &accepted) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	return accepted ? GP_TRUE : GP_FALSE;
}

/* Is WORD among the targets of RULE? */
static enum gp_tri has_target(const struct gp_json *rule, struct gp_str word)
{
	const struct gp_json *targets = NULL;
	if (gp_json_get_array(rule, "targets", &targets) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	for (size_t i = 0; i < gp_json_array_len(targets); i++) {
		struct gp_str target = {0};
		if (gp_json_get_str(gp_json_array_at(targets, i), "target", WORD_MAX, &target) !=
		    GP_ST_OK) {
			return GP_UNKNOWN;
		}
		if (gp_str_equal_nocase(target, word)) {
			return GP_TRUE;
		}
	}
	return GP_FALSE;
}

static enum gp_tri access_of(const struct gp_json *rule, bool *blocked)
{
	struct gp_str type = {0};
	if (gp_json_get_str(rule, "accessType", WORD_MAX, &type) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	*blocked = gp_str_is(type, "blocked");
	return *blocked || gp_str_is(type, "allowed") ? GP_TRUE : GP_UNKNOWN;
}

enum gp_tri gp_ca_lets_users_in(const struct gp_ca_set *set, const char *home)
{
	const struct gp_json *inbound = NULL;
	const struct gp_json *rule = NULL;
	bool blocked = false;
	if (find(set, home, "b2bCollaborationInbound", "usersAndGroups", &inbound) != GP_ST_OK ||
	    gp_json_get_object(inbound, "usersAndGroups", &rule) != GP_ST_OK ||
	    access_of(rule, &blocked) != GP_TRUE) {
		return GP_UNKNOWN;
	}
	/* Some of their users or groups: who that is only their tenant knows. */
	enum gp_tri all = has_target(rule, GP_STR("AllUsers"));
	if (all != GP_TRUE) {
		return GP_UNKNOWN;
	}
	return blocked ? GP_FALSE : GP_TRUE;
}

enum gp_tri gp_ca_lets_to_api(const struct gp_ca_set *set, const char *home, const char *api)
{
	const struct gp_json *inbound = NULL;
	const struct gp_json *rule = NULL;
	bool blocked = false;
	if (find(set, home, "b2bCollaborationInbound", "applications", &inbound) != GP_ST_OK ||
	    gp_json_get_object(inbound, "applications", &rule) != GP_ST_OK ||
	    access_of(rule, &blocked) != GP_TRUE) {
		return GP_UNKNOWN;
	}
	enum gp_tri named = gp_tri_or(has_target(rule, GP_STR("AllApplications")),
				      has_target(rule, gp_str_from(api)));
	return blocked ? gp_tri_not(named) : named;
}
