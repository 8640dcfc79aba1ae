/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ca_findings.h"

#include "policy/ca_partners.h"

#include "contract/ban.h"

#define TEXT_MAX     4096
#define CONTROLS_MAX 64

struct look {
	const struct gp_ca_set *set;
	const struct gp_ca_audience *audience;
	struct gp_ca_view view; /* of a guest of whom no more is known than that he is one */
	gp_ca_impossible_each *each;
	void *arg;
	const char *untrusted; /* the first home whose multifactor authentication does not count */
	bool all_untrusted;
};

const char *gp_ca_obstacle_text(enum gp_ca_obstacle obstacle)
{
	switch (obstacle) {
	case GP_CA_OBSTACLE_DEVICE:
		return "asks for a compliant or joined device, which a sign-in by device code "
		       "cannot show";
	case GP_CA_OBSTACLE_APPROVED_APP:
		return "asks for an approved application, which no guest can have";
	case GP_CA_OBSTACLE_APP_PROTECTION:
		return "asks for application protection, which no guest can have";
	case GP_CA_OBSTACLE_PASSWORD_CHANGE:
		return "asks for a change of password, which no guest can make here";
	case GP_CA_OBSTACLE_RISK:
		return "asks for risk to be remediated, which a guest can only do at home";
	case GP_CA_OBSTACLE_STRENGTH_HOME:
		return "asks for an authentication strength, which guests without a home in Entra "
		       "cannot show";
	case GP_CA_OBSTACLE_STRENGTH_TRUST:
		return "asks for an authentication strength that a guest can show at home only, "
		       "and multifactor authentication done there is not trusted";
	case GP_CA_OBSTACLE_DEVICE_CODE:
		return "blocks the device code flow, by which guests sign in";
	case GP_CA_OBSTACLE_BLOCKED:
		return "blocks this tier's API";
	case GP_CA_OBSTACLE_NONE:
		break;
	}
	return "asks for nothing that is impossible";
}

/* Can a guest show all methods of this combination in this tenant? */
static bool shown_here(struct gp_str combination)
{
	static const char *const here[] = {"password", "sms", "voice", "softwareOath",
					   "microsoftAuthenticatorPush"};
	while (combination.len > 0) {
		const char *comma = memchr(combination.ptr, ',', combination.len);
		size_t len = comma != NULL ? (size_t)(comma - combination.ptr) : combination.len;
		struct gp_str word = gp_str_trim((struct gp_str){combination.ptr, len});
		size_t i = 0;
		while (i < sizeof(here) / sizeof(here[0]) && !gp_str_is(word, here[i])) {
			i++;
		}
		if (i == sizeof(here) / sizeof(here[0])) {
			return false;
		}
		len += comma != NULL ? 1 : 0;
		combination = (struct gp_str){combination.ptr + len, combination.len - len};
	}
	return true;
}

/* Can it be shown in this tenant? Unknown when Graph does not say what it is made of. */
static enum gp_tri strength_here(const struct gp_json *strength)
{
	const struct gp_json *list = NULL;
	enum gp_tri any = GP_FALSE;
	if (gp_json_get_array(strength, "allowedCombinations", &list) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		struct gp_str text = {0};
		if (gp_json_str(gp_json_array_at(list, i), TEXT_MAX, &text) != GP_ST_OK) {
			return GP_UNKNOWN;
		}
		any = gp_tri_or(any, shown_here(text) ? GP_TRUE : GP_FALSE);
	}
	return any;
}

static enum gp_ca_obstacle builtin(struct gp_str word)
{
	static const struct {
		const char *word;
		enum gp_ca_obstacle obstacle;
	} words[] = {
		{"compliantDevice", GP_CA_OBSTACLE_DEVICE},
		{"domainJoinedDevice", GP_CA_OBSTACLE_DEVICE},
		{"approvedApplication", GP_CA_OBSTACLE_APPROVED_APP},
		{"compliantApplication", GP_CA_OBSTACLE_APP_PROTECTION},
		{"passwordChange", GP_CA_OBSTACLE_PASSWORD_CHANGE},
		{"riskRemediation", GP_CA_OBSTACLE_RISK},
		{"block", GP_CA_OBSTACLE_BLOCKED},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (gp_str_is(word, words[i].word)) {
			return words[i].obstacle;
		}
	}
	return GP_CA_OBSTACLE_NONE;
}

/* The controls of one policy: the obstacles among them, and whether another way is left. */
struct controls {
	size_t count;
	enum gp_ca_obstacle first; /* NONE when there is none */
	bool others;               /* one that a guest can meet, or that nobody here knows */
	const struct gp_json *strength;
};

static void take_control(struct controls *c, enum gp_ca_obstacle obstacle)
{
	c->count++;
	if (obstacle == GP_CA_OBSTACLE_NONE) {
		c->others = true;
	} else if (c->first == GP_CA_OBSTACLE_NONE || obstacle == GP_CA_OBSTACLE_BLOCKED) {
		c->first = obstacle;
	}
}

static void take_controls(const struct gp_json *grant, struct controls *c)
{
	static const char *const more[] = {"termsOfUse", "customAuthenticationFactors"};
	const struct gp_json *list = NULL;
	if (gp_json_get_array(grant, "builtInControls", &list) == GP_ST_OK) {
		for (size_t i = 0; i < gp_json_array_len(list) && i < CONTROLS_MAX; i++) {
			struct gp_str word = {0};
			enum gp_status st = gp_json_str(gp_json_array_at(list, i), TEXT_MAX, &word);
			take_control(c, st == GP_ST_OK ? builtin(word) : GP_CA_OBSTACLE_NONE);
		}
	}
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (gp_ca_has_list(grant, more[i])) {
			take_control(c, GP_CA_OBSTACLE_NONE);
		}
	}
	if (gp_json_get_object(grant, "authenticationStrength", &c->strength) != GP_ST_OK ||
	    gp_ca_is_empty(c->strength)) {
		c->strength = NULL;
	}
}

static bool is_guests_word(struct gp_str word)
{
	return gp_str_is(word, "All") || gp_str_is(word, "GuestsOrExternalUsers");
}

static bool list_names(const struct look *l, const struct gp_json *users, const char *key,
		       bool words)
{
	const struct gp_json *list = NULL;
	if (gp_json_get_array(users, key, &list) != GP_ST_OK) {
		return false;
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		struct gp_str word = {0};
		if (gp_json_str(gp_json_array_at(list, i), TEXT_MAX, &word) != GP_ST_OK) {
			continue;
		}
		if (words && is_guests_word(word)) {
			return true;
		}
		for (size_t k = 0; !words && k < l->audience->groups_len; k++) {
			if (gp_str_equal_nocase(word, gp_str_from(l->audience->groups[k]))) {
				return true;
			}
		}
	}
	return false;
}

/* Is it about guests as such, or about a group that they come in by? A policy for single persons,
 * other groups or directory roles may hit a guest, but is not made for them. */
static bool is_about_guests(const struct look *l, const struct gp_json *conditions)
{
	const struct gp_json *users = NULL;
	const struct gp_json *kinds = NULL;
	if (gp_json_get_object(conditions, "users", &users) != GP_ST_OK) {
		return false;
	}
	return list_names(l, users, "includeUsers", true) ||
	       list_names(l, users, "includeGroups", false) ||
	       (gp_json_get_object(users, "includeGuestsOrExternalUsers", &kinds) == GP_ST_OK &&
		!gp_ca_is_empty(kinds));
}

/* Does it hold for guests here: for all of them, for some, for none? */
static enum gp_tri holds(const struct look *l, const struct gp_json *policy,
			 const struct gp_json *conditions)
{
	const char *because = NULL;
	enum gp_tri sum = gp_ca_others_hold(&l->view, policy, conditions, &because);
	return gp_ca_has_location(conditions) ? gp_tri_and(sum, GP_UNKNOWN) : sum;
}

static void tell(const struct look *l, struct gp_ca_impossible *found, enum gp_ca_obstacle obstacle,
		 bool all)
{
	found->obstacle = obstacle;
	found->all = all;
	found->home = obstacle == GP_CA_OBSTACLE_STRENGTH_TRUST ? l->untrusted : NULL;
	l->each(l->arg, found);
}

static void look_at_strength(const struct look *l, struct gp_ca_impossible *found,
			     const struct gp_json *strength, bool all)
{
	if (l->audience->other_homes) {
		tell(l, found, GP_CA_OBSTACLE_STRENGTH_HOME, all && l->audience->homes_len == 0);
	}
	if (strength_here(strength) == GP_FALSE && l->untrusted != NULL) {
		tell(l, found, GP_CA_OBSTACLE_STRENGTH_TRUST,
		     all && l->all_untrusted && !l->audience->other_homes);
	}
}

static bool is_about_device_code(const struct gp_json *conditions)
{
	static const char flow[] = "deviceCodeFlow";
	const struct gp_json *flows = NULL;
	struct gp_str methods = {0};
	return gp_json_get_object(conditions, "authenticationFlows", &flows) == GP_ST_OK &&
	       gp_json_get_str(flows, "transferMethods", 256, &methods) == GP_ST_OK &&
	       methods.len > 0 && memmem(methods.ptr, methods.len, flow, sizeof(flow) - 1) != NULL;
}

static void look_at_controls(const struct look *l, struct gp_ca_impossible *found,
			     const struct gp_json *policy, const struct gp_json *conditions,
			     bool all)
{
	const struct gp_json *grant = NULL;
	struct controls c = {0};
	struct gp_str word = {0};
	if (gp_json_get_object(policy, "grantControls", &grant) != GP_ST_OK) {
		return;
	}
	take_controls(grant, &c);
	bool any = gp_json_get_str(grant, "operator", 8, &word) == GP_ST_OK &&
		   gp_str_equal_nocase(word, GP_STR("OR"));
	if (c.first == GP_CA_OBSTACLE_BLOCKED) {
		bool by_flow = is_about_device_code(conditions);
		/* What blocks some by a place, a risk or a group is what such policies are for. */
		if (by_flow || all) {
			tell(l, found,
			     by_flow ? GP_CA_OBSTACLE_DEVICE_CODE : GP_CA_OBSTACLE_BLOCKED, all);
		}
		return;
	}
	if (c.first != GP_CA_OBSTACLE_NONE && (!any || (!c.others && c.strength == NULL))) {
		tell(l, found, c.first, all);
	}
	if (c.strength != NULL && (!any || !c.others)) {
		look_at_strength(l, found, c.strength, all);
	}
}

static void look_at(const struct look *l, const struct gp_json *policy)
{
	const struct gp_json *conditions = NULL;
	struct gp_str state = {0};
	struct gp_ca_impossible found = {.report_only = false};
	if (gp_json_get_str(policy, "state", 64, &state) != GP_ST_OK ||
	    gp_str_is(state, "disabled") ||
	    gp_json_get_object(policy, "conditions", &conditions) != GP_ST_OK ||
	    !is_about_guests(l, conditions)) {
		return;
	}
	enum gp_tri applies = holds(l, policy, conditions);
	if (applies == GP_FALSE) {
		return;
	}
	found.report_only = !gp_str_is(state, "enabled");
	gp_ca_name(policy, &found.policy);
	look_at_controls(l, &found, policy, conditions, applies == GP_TRUE);
}

static void look_at_trust(struct look *l)
{
	l->all_untrusted = l->audience->homes_len > 0;
	for (size_t i = 0; i < l->audience->homes_len; i++) {
		if (gp_ca_trusts_mfa(l->set, l->audience->homes[i]) != GP_FALSE) {
			l->all_untrusted = false;
		} else if (l->untrusted == NULL) {
			l->untrusted = l->audience->homes[i];
		}
	}
}

void gp_ca_find_impossible(const struct gp_ca_set *set, const struct gp_ca_audience *audience,
			   gp_ca_impossible_each *each, void *arg)
{
	/* Nobody's object id: policies for single persons do not hold for him. */
	static const char nobody[] = "00000000-0000-0000-0000-000000000000";
	const struct gp_ca_signin signin = {
		.oid = nobody, .guest = GP_CA_B2B_GUEST, .api = audience->api};
	struct look l = {.set = set,
			 .audience = audience,
			 .view = {.set = set, .signin = &signin},
			 .each = each,
			 .arg = arg};
	look_at_trust(&l);
	for (size_t i = 0; i < set->policies_len; i++) {
		look_at(&l, set->policies[i]);
	}
}

void gp_ca_find_blocked_homes(const struct gp_ca_set *set, const struct gp_ca_audience *audience,
			      gp_ca_home_each *each, void *arg)
{
	for (size_t i = 0; i < audience->homes_len; i++) {
		const char *home = audience->homes[i];
		if (gp_ca_lets_users_in(set, home) == GP_FALSE) {
			each(arg, home, false);
		} else if (gp_ca_lets_to_api(set, home, audience->api) == GP_FALSE) {
			each(arg, home, true);
		}
	}
}

enum gp_tri gp_ca_guards_guests(const struct gp_ca_set *set, const struct gp_ca_audience *audience,
				const char *context)
{
	static const char nobody[] = "00000000-0000-0000-0000-000000000000";
	const struct gp_ca_signin signin = {
		.oid = nobody, .guest = GP_CA_B2B_GUEST, .api = audience->api};
	struct gp_ca_finding by;
	return gp_ca_context(set, &signin, context, &by);
}
