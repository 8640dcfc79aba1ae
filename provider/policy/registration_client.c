/* SPDX-License-Identifier: Apache-2.0 */
/* The sign-in client: a public client that may ask for this and nothing else, and what was
 * consented to for it. */
#include "base/json.h"
#include "policy/registration_findings.h"

#include "contract/ban.h"

struct grants {
	const struct gp_registration_look *look;
	struct gp_str graph; /* object ids of service principals; "": not known */
	struct gp_str apis[2];
	bool openid, profile; /* granted to everybody */
	bool scope;           /* likewise, of the tier's API */
	size_t single;        /* grants of single people */
	bool unread;          /* one makes no sense */
};

static bool is_word(struct gp_str word, const char *const *words)
{
	while (*words != NULL && !gp_str_is(word, *words)) {
		words++;
	}
	return *words != NULL;
}

static void take_word(struct grants *g, struct gp_str word, bool of_graph, bool of_api)
{
	static const char *const sign_in[] = {"openid", "profile", "email", NULL};
	const char *scope = gp_config_scope_word(g->look->config);
	g->openid = g->openid || (of_graph && gp_str_is(word, "openid"));
	g->profile = g->profile || (of_graph && gp_str_is(word, "profile"));
	g->scope = g->scope || (of_api && gp_str_is(word, scope));
	/* Other tiers have APIs with the same scope, and one client for all. */
	if (of_graph ? !is_word(word, sign_in) : !gp_str_is(word, scope)) {
		gp_registration_tell(g->look, "client-open",
				     "the sign-in client holds '%.*s' for everybody%s",
				     GP_STR_ARGS(word), of_graph ? ", of Graph" : "");
	}
}

static void take_grant(void *arg, const struct gp_json *row)
{
	struct grants *g = arg;
	struct gp_str scopes = GP_STR("");
	/* As many words as there are rights, so longer than any other text. */
	if (gp_json_get_str(row, "scope", GP_JSON_MAX, &scopes) != GP_ST_OK) {
		g->unread = true;
		return;
	}
	struct gp_str resource = gp_registration_text(row, "resourceId");
	if (!gp_str_is(gp_registration_text(row, "consentType"), "AllPrincipals")) {
		g->single++;
		return;
	}
	bool of_graph = g->graph.len > 0 && gp_str_equal_nocase(resource, g->graph);
	bool of_api = g->apis[0].len > 0 && gp_str_equal_nocase(resource, g->apis[0]);
	for (size_t i = 0; i < scopes.len;) {
		size_t end = i;
		while (end < scopes.len && scopes.ptr[end] != ' ') {
			end++;
		}
		if (end > i) {
			take_word(g, (struct gp_str){scopes.ptr + i, end - i}, of_graph, of_api);
		}
		i = end + 1;
	}
}

static bool is_preauthorized(const struct gp_registration_look *look)
{
	const struct gp_json *app = gp_registration_object(look, "app", GP_REGISTRATION_API);
	const struct gp_json *api = NULL;
	const struct gp_json *list = NULL;
	if (gp_json_get_object(app, "api", &api) != GP_ST_OK ||
	    gp_json_get_array(api, "preAuthorizedApplications", &list) != GP_ST_OK) {
		return false;
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		if (gp_str_equal_nocase(gp_registration_text(gp_json_array_at(list, i), "appId"),
					gp_str_from(look->config->sign_in_client_id))) {
			return true;
		}
	}
	return false;
}

static void look_at_consent(const struct gp_registration_look *look)
{
	const struct gp_json *graph = NULL;
	struct grants g = {.look = look};
	if (look->found->objects == NULL ||
	    gp_json_get_object(gp_json_root(look->found->objects), "principal.graph", &graph) !=
		    GP_ST_OK) {
		return;
	}
	g.graph = gp_registration_text(graph, "id");
	g.apis[0] = gp_registration_text(
		gp_registration_object(look, "principal", GP_REGISTRATION_API), "id");
	if (!gp_registration_rows(look, "grants.client", take_grant, &g)) {
		return;
	}
	if (g.unread) {
		gp_registration_tell(
			look, "client-consent",
			"what was consented to makes no sense: a grant without a scope");
		return;
	}
	if (!g.scope && gp_registration_object(look, "app", GP_REGISTRATION_API) != NULL &&
	    !is_preauthorized(look)) {
		gp_registration_tell(look, "client-broken",
				     "the tier's API does not pre-authorise the sign-in client, "
				     "and nobody consented to '%s' for everybody",
				     gp_config_scope_word(look->config));
	}
	if (!g.openid || !g.profile) {
		gp_registration_tell(look, "client-consent",
				     "nobody consented to 'openid profile' for everybody");
	}
	if (g.single > 0) {
		gp_registration_tell(look, "client-single",
				     "%zu people consented for themselves alone", g.single);
	}
}

static bool wants_roles(const struct gp_json *app)
{
	const struct gp_json *apis = NULL;
	if (gp_json_get_array(app, "requiredResourceAccess", &apis) != GP_ST_OK) {
		return false;
	}
	for (size_t i = 0; i < gp_json_array_len(apis); i++) {
		const struct gp_json *list = NULL;
		if (gp_json_get_array(gp_json_array_at(apis, i), "resourceAccess", &list) !=
		    GP_ST_OK) {
			continue;
		}
		for (size_t k = 0; k < gp_json_array_len(list); k++) {
			if (gp_str_is(gp_registration_text(gp_json_array_at(list, k), "type"),
				      "Role")) {
				return true;
			}
		}
	}
	return false;
}

static bool has_redirects(const struct gp_json *app, const char *platform)
{
	const struct gp_json *part = NULL;
	return gp_json_get_object(app, platform, &part) == GP_ST_OK &&
	       gp_registration_has(part, "redirectUris");
}

void gp_registration_look_at_client(const struct gp_registration_look *look)
{
	const struct gp_json *app = gp_registration_object(look, "app", GP_REGISTRATION_CLIENT);
	bool is_public = false;
	if (app != NULL) {
		if (gp_json_get_bool(app, "isFallbackPublicClient", &is_public) != GP_ST_OK ||
		    !is_public) {
			gp_registration_tell(look, "client-broken",
					     "the sign-in client is no public client "
					     "(isFallbackPublicClient)");
		}
		if (has_redirects(app, "web") || has_redirects(app, "spa")) {
			gp_registration_tell(look, "client-open",
					     "the sign-in client has redirect addresses of a web "
					     "application");
		}
		if (wants_roles(app)) {
			gp_registration_tell(look, "client-open",
					     "the sign-in client wants application permissions");
		}
	}
	look_at_consent(look);
}
