/* SPDX-License-Identifier: Apache-2.0 */
/* The APIs: what tokens they give, to whom, and who is assigned; and what holds of all. */
#include "policy/registration_findings.h"

#include <stdio.h>

#include "base/json.h"
#include "policy/governance_findings.h"

#include "contract/ban.h"

#define TEXT_MAX  1024
#define KEY_MAX   40
#define NAMES_MAX 200

void gp_registration_tell(const struct gp_registration_look *look, const char *id, const char *fmt,
			  ...)
{
	char text[TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0) {
		text[0] = '\0';
	}
	va_end(args);
	look->each(look->arg, id, text);
}

const struct gp_json *gp_registration_object(const struct gp_registration_look *look,
					     const char *what, enum gp_registration which)
{
	char key[KEY_MAX];
	const struct gp_json *object = NULL;
	if (gp_format(key, sizeof(key), "%s.%s", what, gp_registration_name(which)) != GP_ST_OK ||
	    look->found->objects == NULL ||
	    gp_json_get_object(gp_json_root(look->found->objects), key, &object) != GP_ST_OK) {
		return NULL;
	}
	return object;
}

bool gp_registration_rows(const struct gp_registration_look *look, const char *key,
			  gp_registration_row *each, void *arg)
{
	const struct gp_json *pages = NULL;
	if (look->found->lists == NULL ||
	    gp_json_get_array(gp_json_root(look->found->lists), key, &pages) != GP_ST_OK) {
		return false;
	}
	for (size_t p = 0; p < gp_json_array_len(pages); p++) {
		const struct gp_json *rows = NULL;
		if (gp_json_get_array(gp_json_array_at(pages, p), "value", &rows) != GP_ST_OK) {
			return false;
		}
		for (size_t i = 0; i < gp_json_array_len(rows); i++) {
			each(arg, gp_json_array_at(rows, i));
		}
	}
	return true;
}

bool gp_registration_has(const struct gp_json *object, const char *key)
{
	const struct gp_json *list = NULL;
	return gp_json_get_array(object, key, &list) == GP_ST_OK && gp_json_array_len(list) > 0;
}

struct gp_str gp_registration_text(const struct gp_json *object, const char *key)
{
	struct gp_str text = GP_STR("");
	return gp_json_get_str(object, key, TEXT_MAX, &text) == GP_ST_OK ? text : GP_STR("");
}

static bool is_set(const struct gp_json *object, const char *key, bool value)
{
	bool is = false;
	return gp_json_get_bool(object, key, &is) == GP_ST_OK && is == value;
}

static const char *called(enum gp_registration which)
{
	static const char *const names[] = {"the tier's API", "the API of elevation_resource",
					    "the sign-in client", "the reader"};
	return names[which];
}

/* Missing or switched off: what is not there is told, and nothing more of it. */
static void look_whether_it_is(const struct gp_registration_look *look, enum gp_registration which,
			       const char *id)
{
	const struct gp_json *app = gp_registration_object(look, "app", which);
	const struct gp_json *principal = gp_registration_object(look, "principal", which);
	const char *name = called(which);
	if (look->found->no_application[which]) {
		gp_registration_tell(look, id, "%s (%s) is not registered in this tenant", name,
				     gp_registration_app_id(look->config, which));
	} else if (look->found->no_principal[which]) {
		gp_registration_tell(look, id, "%s has no service principal in this tenant", name);
	}
	if (is_set(app, "isDisabled", true) ||
	    gp_registration_text(app, "disabledByMicrosoftStatus").len > 0 ||
	    is_set(principal, "accountEnabled", false)) {
		gp_registration_tell(look, id, "%s is switched off", name);
	}
}

struct credential {
	size_t count;
};

static void count_row(void *arg, const struct gp_json *row)
{
	struct credential *c = arg;
	(void)row;
	c->count++;
}

/* Neither the APIs nor the sign-in client ever prove themselves. */
static void look_for_credentials(const struct gp_registration_look *look,
				 enum gp_registration which, const char *id)
{
	const struct gp_json *app = gp_registration_object(look, "app", which);
	const struct gp_json *principal = gp_registration_object(look, "principal", which);
	struct credential federated = {0};
	char key[KEY_MAX];
	if (gp_format(key, sizeof(key), "federated.%s", gp_registration_name(which)) == GP_ST_OK) {
		(void)gp_registration_rows(look, key, count_row, &federated);
	}
	if (federated.count > 0 || gp_registration_has(app, "keyCredentials") ||
	    gp_registration_has(app, "passwordCredentials") ||
	    gp_registration_has(principal, "keyCredentials") ||
	    gp_registration_has(principal, "passwordCredentials")) {
		gp_registration_tell(look, id, "%s has a credential, which it never needs",
				     called(which));
	}
}

/* The scope that a sign-in asks for; NULL: there is none that is switched on. */
static const struct gp_json *scope_of(const struct gp_json *api, const char *word)
{
	const struct gp_json *scopes = NULL;
	if (gp_json_get_array(api, "oauth2PermissionScopes", &scopes) != GP_ST_OK) {
		return NULL;
	}
	for (size_t i = 0; i < gp_json_array_len(scopes); i++) {
		const struct gp_json *one = gp_json_array_at(scopes, i);
		if (gp_str_is(gp_registration_text(one, "value"), word) &&
		    is_set(one, "isEnabled", true)) {
			return one;
		}
	}
	return NULL;
}

static void look_at_preauthorized(const struct gp_registration_look *look,
				  enum gp_registration which, const struct gp_json *api)
{
	const struct gp_json *list = NULL;
	if (gp_json_get_array(api, "preAuthorizedApplications", &list) != GP_ST_OK) {
		return;
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		struct gp_str id = gp_registration_text(gp_json_array_at(list, i), "appId");
		if (!gp_str_equal_nocase(id, gp_str_from(look->config->sign_in_client_id))) {
			gp_registration_tell(look, "api-open",
					     "%s pre-authorises another client: %.*s",
					     called(which), GP_STR_ARGS(id));
		}
	}
}

static bool has_claim(const struct gp_json *app, const char *name)
{
	const struct gp_json *claims = NULL;
	const struct gp_json *list = NULL;
	if (gp_json_get_object(app, "optionalClaims", &claims) != GP_ST_OK ||
	    gp_json_get_array(claims, "accessToken", &list) != GP_ST_OK) {
		return false;
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		if (gp_str_is(gp_registration_text(gp_json_array_at(list, i), "name"), name)) {
			return true;
		}
	}
	return false;
}

static void look_at_claims(const struct gp_registration_look *look, enum gp_registration which,
			   const struct gp_json *app)
{
	const struct {
		const char *name, *why;
		bool wanted;
	} claims[] = {
		{"acct", "whether somebody is a guest or a member is not in the token", true},
		{"auth_time", "max_auth_age refuses everybody", look->config->max_auth_age_s != 0},
		{"acrs", "auth_context may refuse everybody",
		 look->config->auth_context[0] != '\0'},
		{"ipaddr", "nobody is told from where a sign-in came",
		 look->config->signin_address != GP_SIGNIN_ADDRESS_OFF},
	};
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		if (claims[i].wanted && !has_claim(app, claims[i].name)) {
			gp_registration_tell(look, "api-claims",
					     "%s has no optional claim '%s' on access tokens: %s",
					     called(which), claims[i].name, claims[i].why);
		}
	}
}

static void look_at_tokens(const struct gp_registration_look *look, enum gp_registration which,
			   const struct gp_json *app)
{
	const struct gp_json *api = NULL;
	int64_t version = 0;
	const char *word = gp_config_scope_word(look->config);
	if (gp_json_get_object(app, "api", &api) != GP_ST_OK ||
	    gp_json_get_int(api, "requestedAccessTokenVersion", 0, INT32_MAX, &version) !=
		    GP_ST_OK ||
	    version != 2) {
		gp_registration_tell(look, "api-broken",
				     "%s issues tokens of version 1, which are refused here",
				     called(which));
	}
	if (scope_of(api, word) == NULL) {
		gp_registration_tell(look, "api-broken",
				     "%s has no scope '%s', or it is switched off", called(which),
				     word);
	}
	if (is_set(api, "acceptMappedClaims", true)) {
		gp_registration_tell(look, "api-open",
				     "%s lets a claims-mapping policy rewrite its tokens "
				     "(acceptMappedClaims)",
				     called(which));
	}
	if (!gp_str_is(gp_registration_text(app, "signInAudience"), "AzureADMyOrg")) {
		gp_registration_tell(look, "api-open",
				     "%s is not for this tenant alone (signInAudience)",
				     called(which));
	}
	look_at_preauthorized(look, which, api);
	look_at_claims(look, which, app);
}

/* Who is assigned to one API. */
struct assigned {
	const struct gp_config *config;
	bool groups[GP_CONFIG_GROUPS_MAX]; /* the access groups, by place */
	bool sudo_group;
	size_t users, other_groups, applications;
	/* of one list of nested groups */
	const struct gp_registration_look *look;
	const char *key;
	bool found;
	struct gp_str wanted;
};

static void find_nested(void *arg, const struct gp_json *row)
{
	struct assigned *a = arg;
	a->found = a->found || gp_str_equal_nocase(gp_registration_text(row, "id"), a->wanted);
}

/* Is ID a group inside an access group? */
static bool is_nested(struct assigned *a, struct gp_str id)
{
	char key[KEY_MAX];
	a->found = false;
	a->wanted = id;
	for (size_t i = 0; i < a->config->access_groups_len; i++) {
		if (gp_format(key, sizeof(key), "nested.%zu", i) == GP_ST_OK) {
			(void)gp_registration_rows(a->look, key, find_nested, a);
		}
	}
	return a->found;
}

static void take_assigned(void *arg, const struct gp_json *row)
{
	struct assigned *a = arg;
	struct gp_str id = gp_registration_text(row, "principalId");
	struct gp_str type = gp_registration_text(row, "principalType");
	if (gp_str_is(type, "User")) {
		a->users++;
		return;
	}
	if (!gp_str_is(type, "Group")) {
		a->applications++;
		return;
	}
	bool ours = gp_str_equal_nocase(id, gp_str_from(a->config->sudo_group));
	a->sudo_group = a->sudo_group || ours;
	for (size_t i = 0; i < a->config->access_groups_len; i++) {
		if (gp_str_equal_nocase(id, gp_str_from(a->config->access_groups[i]))) {
			a->groups[i] = true;
			ours = true;
		}
	}
	a->other_groups += ours || is_nested(a, id) ? 0 : 1;
}

static void find_assigned(void *arg, const struct gp_json *row)
{
	struct assigned *a = arg;
	a->found = a->found ||
		   gp_str_equal_nocase(gp_registration_text(row, "principalId"), a->wanted);
}

/* Assignment reaches the direct members of a group and nobody else: a group in it needs its own. */
static void take_nested(void *arg, const struct gp_json *row)
{
	struct assigned *a = arg;
	struct gp_str name = gp_registration_text(row, "displayName");
	a->found = false;
	a->wanted = gp_registration_text(row, "id");
	(void)gp_registration_rows(a->look, "assigned.api", find_assigned, a);
	if (!a->found) {
		gp_registration_tell(a->look, "api-nested",
				     "the group '%.*s' (%.*s) is in an access group and is not "
				     "assigned to the tier's API itself",
				     GP_STR_ARGS(name), GP_STR_ARGS(a->wanted));
	}
}

static void look_at_assignments(const struct gp_registration_look *look)
{
	struct assigned a = {.config = look->config, .look = look};
	char key[KEY_MAX];
	if (!gp_registration_rows(look, "assigned.api", take_assigned, &a)) {
		return;
	}
	for (size_t i = 0; i < look->config->access_groups_len; i++) {
		if (!a.groups[i]) {
			gp_registration_tell(look, "api-not-assigned",
					     "the access group %s is not assigned to the tier's "
					     "API",
					     look->config->access_groups[i]);
		} else if (gp_format(key, sizeof(key), "nested.%zu", i) == GP_ST_OK) {
			(void)gp_registration_rows(look, key, take_nested, &a);
		}
	}
	if (a.users + a.other_groups + a.applications > 0) {
		gp_registration_tell(look, "api-others",
				     "beside the access groups %zu people, %zu groups and %zu "
				     "applications are assigned to the tier's API",
				     a.users, a.other_groups, a.applications);
	}
}

static void look_at_elevation(const struct gp_registration_look *look)
{
	struct assigned a = {.config = look->config, .look = look};
	bool any = false;
	if (!gp_registration_rows(look, "assigned.elevation", take_assigned, &a)) {
		return;
	}
	for (size_t i = 0; i < look->config->access_groups_len; i++) {
		any = any || a.groups[i];
	}
	if (!any && !a.sudo_group) {
		gp_registration_tell(look, "api-not-assigned",
				     "neither an access group nor sudo_group is assigned to the "
				     "API of elevation_resource");
	}
}

static void look_at_api(const struct gp_registration_look *look, enum gp_registration which)
{
	const struct gp_json *app = gp_registration_object(look, "app", which);
	const struct gp_json *principal = gp_registration_object(look, "principal", which);
	look_whether_it_is(look, which, "api-broken");
	look_for_credentials(look, which, "api-open");
	if (app != NULL) {
		look_at_tokens(look, which, app);
	}
	if (principal != NULL && !is_set(principal, "appRoleAssignmentRequired", true)) {
		gp_registration_tell(look, "api-open",
				     "%s needs no assignment: everybody in the tenant gets its "
				     "tokens",
				     called(which));
	}
}

/* The names of owners, each once; cut where there are many. */
struct owners {
	char names[NAMES_MAX];
	size_t len;
};

static void take_owner(void *arg, const struct gp_json *row)
{
	struct owners *o = arg;
	struct gp_str name = gp_registration_text(row, "displayName");
	char one[64];
	if (gp_format(one, sizeof(one), "'%.*s'", (int)(name.len < 60 ? name.len : 60), name.ptr) !=
		    GP_ST_OK ||
	    strstr(o->names, one) != NULL ||
	    gp_format(o->names + o->len, sizeof(o->names) - o->len, "%s%s", o->len > 0 ? ", " : "",
		      one) != GP_ST_OK) {
		o->names[o->len] = '\0';
		return;
	}
	o->len = strlen(o->names);
}

static void look_at_owners(const struct gp_registration_look *look, enum gp_registration which)
{
	static const char *const lists[] = {"owners", "principal-owners"};
	struct owners o = {.len = 0};
	char key[KEY_MAX];
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (gp_format(key, sizeof(key), "%s.%s", lists[i], gp_registration_name(which)) ==
		    GP_ST_OK) {
			(void)gp_registration_rows(look, key, take_owner, &o);
		}
	}
	if (o.len > 0) {
		gp_registration_tell(look, "registration-owners", "%s is owned by %s",
				     called(which), o.names);
	}
}

static void look_at_invitations(const struct gp_registration_look *look)
{
	const struct gp_json *policy = NULL;
	if (look->found->objects != NULL &&
	    gp_json_get_object(gp_json_root(look->found->objects), "authorization", &policy) ==
		    GP_ST_OK) {
		gp_governance_invitations(policy, look->each, look->arg);
	}
}

void gp_registrations_judge(const struct gp_registration_look *look)
{
	look_at_api(look, GP_REGISTRATION_API);
	look_at_assignments(look);
	if (look->config->elevation_resource[0] != '\0') {
		look_at_api(look, GP_REGISTRATION_ELEVATION);
		look_at_elevation(look);
	}
	look_whether_it_is(look, GP_REGISTRATION_CLIENT, "client-broken");
	look_for_credentials(look, GP_REGISTRATION_CLIENT, "client-open");
	gp_registration_look_at_client(look);
	look_whether_it_is(look, GP_REGISTRATION_READER, "reader-missing");
	gp_registration_look_at_reader(look);
	for (int i = 0; i < GP_REGISTRATION_COUNT; i++) {
		look_at_owners(look, (enum gp_registration)i);
	}
	look_at_invitations(look);
}
