/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/conditional_access.h"

#include <stdlib.h>

#include "policy/ca_internal.h"

#include "contract/ban.h"

/* What a policy that applies would do. */
enum effect {
	EFFECT_UNKNOWN = 0,
	EFFECT_NONE,
	EFFECT_DEMAND,
	EFFECT_BLOCK,
};

enum state {
	STATE_UNKNOWN = 0,
	STATE_OFF,
	STATE_REPORT,
	STATE_ON,
};

static enum state state_of(const struct gp_json *policy)
{
	struct gp_str text = {0};
	if (gp_json_get_str(policy, "state", 64, &text) != GP_ST_OK) {
		return STATE_UNKNOWN;
	}
	return gp_str_is(text, "enabled")                             ? STATE_ON
	       : gp_str_is(text, "enabledForReportingButNotEnforced") ? STATE_REPORT
	       : gp_str_is(text, "disabled")                          ? STATE_OFF
								      : STATE_UNKNOWN;
}

static enum gp_tri is_block(const struct gp_ca_view *view, struct gp_str item)
{
	(void)view;
	return gp_str_is(item, "block") ? GP_TRUE : GP_FALSE;
}

static enum gp_tri wants_fresh_sign_in(const struct gp_json *policy)
{
	const struct gp_json *session = NULL;
	const struct gp_json *frequency = NULL;
	bool on = false;
	enum gp_status st = gp_json_get_object(policy, "sessionControls", &session);
	if (st == GP_ST_OK) {
		st = gp_json_get_object(session, "signInFrequency", &frequency);
	}
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? GP_FALSE : GP_UNKNOWN;
	}
	if (gp_json_get_bool(frequency, "isEnabled", &on) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	return on ? GP_TRUE : GP_FALSE;
}

/* Every control but block is one that Entra asks for; the other session controls are about what an
 * application does later. */
static enum effect effect_of(const struct gp_json *policy)
{
	static const char *const operator_only[] = {"operator", NULL};
	const struct gp_json *grant = NULL;
	enum gp_status st = gp_json_get_object(policy, "grantControls", &grant);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND) {
		return EFFECT_UNKNOWN;
	}
	if (st == GP_ST_OK && !gp_ca_only_known(grant, operator_only)) {
		enum gp_tri blocks = gp_ca_any(NULL, grant, "builtInControls", is_block);
		return blocks == GP_TRUE    ? EFFECT_BLOCK
		       : blocks == GP_FALSE ? EFFECT_DEMAND
					    : EFFECT_UNKNOWN;
	}
	enum gp_tri fresh = wants_fresh_sign_in(policy);
	return fresh == GP_TRUE ? EFFECT_DEMAND : fresh == GP_FALSE ? EFFECT_NONE : EFFECT_UNKNOWN;
}

typedef enum gp_tri condition(const struct gp_ca_view *view, const struct gp_json *conditions);

static void take(enum gp_tri value, const char *name, enum gp_tri *sum, const char **because)
{
	if (value != GP_TRUE && *sum != GP_FALSE && (*sum == GP_TRUE || value == GP_FALSE)) {
		*because = name;
	}
	*sum = gp_tri_and(*sum, value);
}

enum gp_tri gp_ca_others_hold(const struct gp_ca_view *view, const struct gp_json *policy,
			      const struct gp_json *conditions, const char **because)
{
	static const struct {
		const char *name;
		condition *holds;
	} all[] = {
		{"users", gp_ca_users},
		{"applications", gp_ca_applications},
		{"clientAppTypes", gp_ca_client_apps},
		{"platforms", gp_ca_platforms},
		{"authenticationFlows", gp_ca_flows},
		{"other conditions", gp_ca_others},
	};
	static const char *const members[] = {
		"id",         "displayName",     "description",      "state",
		"templateId", "createdDateTime", "modifiedDateTime", "deletedDateTime",
		"conditions", "grantControls",   "sessionControls",  NULL};
	enum gp_tri sum = GP_TRUE;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		take(all[i].holds(view, conditions), all[i].name, &sum, because);
	}
	take(gp_ca_only_known(policy, members) ? GP_TRUE : GP_UNKNOWN, "other members", &sum,
	     because);
	return sum;
}

struct ruling {
	struct gp_ca_finding finding;
	enum effect effect;
	enum state state;
	bool counts;     /* it has a place among its conditions, and may be in force */
	bool by_address; /* only the unknown address keeps it from being decided */
};

static void rule(const struct gp_ca_view *view, const struct gp_json *policy, struct ruling *out)
{
	const struct gp_json *conditions = NULL;
	*out = (struct ruling){.finding.because = "state", .state = state_of(policy)};
	gp_ca_name(policy, &out->finding);
	out->effect = effect_of(policy);
	out->finding.blocks = out->effect == EFFECT_BLOCK;
	enum gp_status st = gp_json_get_object(policy, "conditions", &conditions);
	if (out->state == STATE_OFF || (st == GP_ST_OK && !gp_ca_has_location(conditions))) {
		return;
	}
	out->counts = true;
	if (st != GP_ST_OK) {
		out->finding.because = "conditions";
		return;
	}
	enum gp_tri holds = gp_ca_others_hold(view, policy, conditions, &out->finding.because);
	out->by_address = holds == GP_TRUE && !view->address_known;
	take(view->address_known ? gp_ca_locations(view, conditions) : GP_UNKNOWN, "locations",
	     &holds, &out->finding.because);
	take(out->effect == EFFECT_UNKNOWN ? GP_UNKNOWN : GP_TRUE, "grantControls", &holds,
	     &out->finding.because);
	take(out->state == STATE_UNKNOWN ? GP_UNKNOWN : GP_TRUE, "state", &holds,
	     &out->finding.because);
	out->by_address =
		out->by_address && out->state == STATE_ON && out->effect != EFFECT_UNKNOWN;
	if (holds == GP_TRUE) {
		out->finding.because = "all conditions";
	}
	if (out->state == STATE_REPORT) {
		out->finding.because = "report-only";
	}
	out->finding.verdict = holds == GP_TRUE    ? GP_CA_APPLIES
			       : holds == GP_FALSE ? GP_CA_NO
						   : GP_CA_UNKNOWN;
}

/* The worst wins; of equal ones the first. */
static void add(const struct ruling *r, struct gp_ca_result *out)
{
	enum gp_ca_outcome mine = GP_CA_NONE;
	if (!r->counts || r->state == STATE_REPORT || r->effect == EFFECT_NONE) {
		return;
	}
	if (r->finding.verdict == GP_CA_NO) {
		out->others++;
	} else if (r->finding.verdict == GP_CA_UNKNOWN) {
		out->unknown++;
		mine = r->by_address ? GP_CA_ADDRESS_UNKNOWN : GP_CA_LEFT_TO_ENTRA;
	} else {
		out->applying++;
		mine = r->effect == EFFECT_BLOCK ? GP_CA_BLOCK : GP_CA_DEMAND;
	}
	if (mine > out->outcome) {
		out->outcome = mine;
		out->by = r->finding;
	}
}

/* One that is no id makes all of them doubtful. */
static void take_groups(struct gp_ca_view *view)
{
	const struct gp_ca_signin *s = view->signin;
	if (!s->groups_known) {
		return;
	}
	view->groups = calloc(s->groups_len + 1, sizeof(*view->groups));
	for (size_t i = 0; view->groups != NULL && i < s->groups_len; i++) {
		if (gp_guid_parse(gp_str_from(s->groups[i]), view->groups[i]) != GP_ST_OK) {
			free(view->groups);
			view->groups = NULL;
			return;
		}
	}
	view->groups_len = s->groups_len;
	if (view->groups != NULL) {
		qsort(view->groups, view->groups_len, sizeof(*view->groups), gp_ca_compare_ids);
	}
}

void gp_ca_evaluate(const struct gp_ca_set *set, const struct gp_ca_signin *signin,
		    gp_ca_each *each, void *arg, struct gp_ca_result *out)
{
	struct gp_ca_view view = {.set = set, .signin = signin};
	*out = (struct gp_ca_result){.outcome = GP_CA_NONE};
	take_groups(&view);
	(void)gp_ca_take_address(&view);
	for (size_t i = 0; i < set->policies_len; i++) {
		struct ruling ruling;
		rule(&view, set->policies[i], &ruling);
		add(&ruling, out);
		if (each != NULL && ruling.counts) {
			each(arg, &ruling.finding);
		}
	}
	free(view.groups);
}

static enum gp_tri is_control(const struct gp_ca_view *view, struct gp_str item)
{
	static const char *const known[] = {"block",
					    "mfa",
					    "compliantDevice",
					    "domainJoinedDevice",
					    "approvedApplication",
					    "compliantApplication",
					    "passwordChange",
					    "riskRemediation"};
	(void)view;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (gp_str_is(item, known[i])) {
			return GP_TRUE;
		}
	}
	return GP_UNKNOWN;
}

static enum gp_tri is_of_later(const struct gp_ca_view *view, struct gp_str item)
{
	return is_control(view, item) == GP_TRUE ? GP_FALSE : GP_TRUE;
}

static enum gp_tri has_any(const struct gp_json *grant, const char *key)
{
	const struct gp_json *list = NULL;
	return gp_json_get_array(grant, key, &list) == GP_ST_OK && gp_json_array_len(list) > 0
		       ? GP_TRUE
		       : GP_FALSE;
}

/* Whatever this version does not know may ask for nothing; where one control is enough, whoever
 * does that one has done what the policy asks. */
static bool has_way_around(const struct gp_json *grant)
{
	static const char *const known[] = {"operator",
					    "builtInControls",
					    "termsOfUse",
					    "customAuthenticationFactors",
					    "authenticationStrength",
					    NULL};
	struct gp_str word = {0};
	if (gp_json_get_str(grant, "operator", 16, &word) == GP_ST_OK && gp_str_is(word, "AND")) {
		return false;
	}
	return !gp_ca_only_known(grant, known) ||
	       (gp_ca_has_list(grant, "builtInControls") &&
		gp_ca_any(NULL, grant, "builtInControls", is_of_later) != GP_FALSE);
}

/* Does it certainly ask for something? A control of later may be one that asks for nothing, so here
 * it counts for none; for a place it counts as one, since there that refuses. */
static enum gp_tri asks(const struct gp_json *policy)
{
	static const char *const known[] = {"operator", NULL};
	const struct gp_json *grant = NULL;
	const struct gp_json *strength = NULL;
	enum gp_tri fresh = wants_fresh_sign_in(policy);
	enum gp_tri any = GP_FALSE;
	enum gp_status st = gp_json_get_object(policy, "grantControls", &grant);
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? fresh : gp_tri_or(fresh, GP_UNKNOWN);
	}
	if (has_way_around(grant)) {
		return gp_tri_or(fresh, GP_UNKNOWN);
	}
	if (gp_ca_has_list(grant, "builtInControls")) {
		any = gp_tri_or(any, gp_ca_any(NULL, grant, "builtInControls", is_control));
	}
	any = gp_tri_or(any, has_any(grant, "termsOfUse"));
	any = gp_tri_or(any, has_any(grant, "customAuthenticationFactors"));
	if (gp_json_get_object(grant, "authenticationStrength", &strength) == GP_ST_OK &&
	    !gp_ca_is_empty(strength)) {
		any = GP_TRUE;
	}
	if (any == GP_FALSE && !gp_ca_only_known(grant, known)) {
		any = GP_UNKNOWN;
	}
	return gp_tri_or(fresh, any);
}

/* A place narrows it as any condition does. */
static enum gp_tri protects(const struct gp_ca_view *view, const struct gp_json *policy)
{
	const struct gp_json *conditions = NULL;
	const char *because = NULL;
	enum state state = state_of(policy);
	if (state == STATE_OFF || state == STATE_REPORT) {
		return GP_FALSE;
	}
	if (gp_json_get_object(policy, "conditions", &conditions) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	enum gp_tri holds =
		gp_tri_and(gp_ca_others_hold(view, policy, conditions, &because), asks(policy));
	bool doubt = gp_ca_has_location(conditions) || state == STATE_UNKNOWN;
	return doubt ? gp_tri_and(holds, GP_UNKNOWN) : holds;
}

enum gp_tri gp_ca_context(const struct gp_ca_set *set, const struct gp_ca_signin *signin,
			  const char *context, struct gp_ca_finding *out)
{
	struct gp_ca_view view = {.set = set, .signin = signin, .context = context};
	enum gp_tri any = GP_FALSE;
	*out = (struct gp_ca_finding){.because = "applications"};
	take_groups(&view);
	for (size_t i = 0; i < set->policies_len && any != GP_TRUE; i++) {
		any = gp_tri_or(any, protects(&view, set->policies[i]));
		if (any == GP_TRUE) {
			gp_ca_name(set->policies[i], out);
		}
	}
	free(view.groups);
	return any;
}

const char *gp_ca_outcome_name(enum gp_ca_outcome outcome)
{
	switch (outcome) {
	case GP_CA_NONE:
		return "none";
	case GP_CA_LEFT_TO_ENTRA:
		return "left-to-entra";
	case GP_CA_ADDRESS_UNKNOWN:
		return "address-unknown";
	case GP_CA_DEMAND:
		return "demand";
	case GP_CA_BLOCK:
		return "block";
	case GP_CA_NOT_EVALUATED:
		break;
	}
	return "not-evaluated";
}
