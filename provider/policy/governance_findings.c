/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/governance_findings.h"

#include "contract/ban.h"

#define WORD_MAX 256
#define TEXT_MAX 512

static struct gp_str text_of(const struct gp_json *object, const char *key)
{
	struct gp_str text = GP_STR("");
	return gp_json_get_str(object, key, WORD_MAX, &text) == GP_ST_OK ? text : GP_STR("");
}

static const struct gp_json *object_of(const struct gp_json *object, const char *key)
{
	const struct gp_json *part = NULL;
	return gp_json_get_object(object, key, &part) == GP_ST_OK ? part : NULL;
}

static bool is_true(const struct gp_json *object, const char *key)
{
	bool is = false;
	return gp_json_get_bool(object, key, &is) == GP_ST_OK && is;
}

static bool is_of_tier(const struct gp_json *policy, const struct gp_config *config)
{
	struct gp_str id = text_of(object_of(policy, "accessPackage"), "id");
	for (size_t i = 0; i < config->access_groups_len; i++) {
		if (config->access_bases[i].basis == GP_BASIS_PACKAGE &&
		    gp_str_equal_nocase(id, gp_str_from(config->access_bases[i].package))) {
			return true;
		}
	}
	return false;
}

static void tell(const struct gp_json *policy, const char *id, const char *what,
		 gp_governance_finding *each, void *arg)
{
	char text[TEXT_MAX];
	struct gp_str name = text_of(policy, "displayName");
	struct gp_str package = text_of(object_of(policy, "accessPackage"), "id");
	if (gp_format(text, sizeof(text), "the policy '%.*s' of the access package %.*s %s",
		      GP_STR_ARGS(name), GP_STR_ARGS(package), what) == GP_ST_OK) {
		each(arg, id, text);
	}
}

static void look_at(const struct gp_json *policy, gp_governance_finding *each, void *arg)
{
	struct gp_str type = text_of(object_of(policy, "expiration"), "type");
	if (!gp_str_is(type, "afterDateTime") && !gp_str_is(type, "afterDuration")) {
		tell(policy, "package-no-end", "gives assignments without an end", each, arg);
	}
	/* What an administrator assigns by hand he has approved. */
	if (is_true(object_of(policy, "requestorSettings"), "enableTargetsToSelfAddAccess") &&
	    !is_true(object_of(policy, "requestApprovalSettings"), "isApprovalRequiredForAdd")) {
		tell(policy, "package-no-approval",
		     "lets people take it for themselves, and nobody approves", each, arg);
	}
}

void gp_governance_packages(const struct gp_json *pages, const struct gp_config *config,
			    gp_governance_finding *each, void *arg)
{
	for (size_t p = 0; p < gp_json_array_len(pages); p++) {
		const struct gp_json *rows = NULL;
		if (gp_json_get_array(gp_json_array_at(pages, p), "value", &rows) != GP_ST_OK) {
			return;
		}
		for (size_t i = 0; i < gp_json_array_len(rows); i++) {
			if (is_of_tier(gp_json_array_at(rows, i), config)) {
				look_at(gp_json_array_at(rows, i), each, arg);
			}
		}
	}
}

void gp_governance_invitations(const struct gp_json *policy, gp_governance_finding *each, void *arg)
{
	if (gp_str_is(text_of(policy, "allowInvitesFrom"), "everyone")) {
		each(arg, "guests-invite",
		     "guests of the tenant may invite guests (allowInvitesFrom = everyone)");
	}
}
