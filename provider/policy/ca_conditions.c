/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy is about beside people and places. */
#include "policy/ca_internal.h"

#include "contract/ban.h"

/* Suites of Microsoft's own, of which an API of ours is none. */
static bool is_suite(struct gp_str item)
{
	return gp_str_is(item, "None") || gp_str_is(item, "Office365") ||
	       gp_str_is(item, "MicrosoftAdminPortals");
}

static enum gp_tri is_api(const struct gp_ca_view *view, struct gp_str item)
{
	uint8_t id[16];
	if (gp_str_is(item, "All")) {
		return GP_TRUE;
	}
	if (is_suite(item)) {
		return GP_FALSE;
	}
	if (view->signin->api == NULL ||
	    gp_guid_parse(gp_str_from(view->signin->api), id) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	if (gp_ca_same_id(item, id)) {
		return GP_TRUE;
	}
	return gp_guid_parse(item, id) == GP_ST_OK ? GP_FALSE : GP_UNKNOWN;
}

static enum gp_tri is_context(const struct gp_ca_view *view, struct gp_str item)
{
	return gp_str_is(item, view->context) ? GP_TRUE : GP_FALSE;
}

/* Is the policy about the context alone? One for APIs too is not what anybody can make. */
static enum gp_tri about_context(const struct gp_ca_view *view, const struct gp_json *apps)
{
	static const char *const known[] = {"includeAuthenticationContextClassReferences", NULL};
	enum gp_tri named = gp_ca_any(view, apps, known[0], is_context);
	return named == GP_FALSE
		       ? GP_FALSE
		       : gp_tri_and(named, gp_ca_only_known(apps, known) ? GP_TRUE : GP_UNKNOWN);
}

/* User actions and authentication contexts are other targets than an API. */
enum gp_tri gp_ca_applications(const struct gp_ca_view *view, const struct gp_json *conditions)
{
	static const char *const known[] = {"includeApplications", "excludeApplications",
					    "includeUserActions",
					    "includeAuthenticationContextClassReferences", NULL};
	const struct gp_json *apps = NULL;
	enum gp_status st = gp_json_get_object(conditions, "applications", &apps);
	if (st != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	if (view->context != NULL) {
		return about_context(view, apps);
	}
	/* A filter for applications is one of those. */
	enum gp_tri more = gp_ca_only_known(apps, known) ? GP_FALSE : GP_UNKNOWN;
	enum gp_tri in = gp_ca_any(view, apps, "includeApplications", is_api);
	enum gp_tri out = gp_ca_any(view, apps, "excludeApplications", is_api);
	return gp_tri_and(gp_tri_or(in, more), gp_tri_not(gp_tri_or(out, more)));
}

static enum gp_tri is_all(const struct gp_ca_view *view, struct gp_str item)
{
	(void)view;
	return gp_str_is(item, "all") ? GP_TRUE : GP_UNKNOWN;
}

/* As what Entra counts a device code is not documented. */
enum gp_tri gp_ca_client_apps(const struct gp_ca_view *view, const struct gp_json *conditions)
{
	return gp_ca_has_list(conditions, "clientAppTypes")
		       ? gp_ca_any(view, conditions, "clientAppTypes", is_all)
		       : GP_TRUE;
}

/* Which one it is nobody here can say. */
static enum gp_tri is_any(const struct gp_ca_view *view, struct gp_str item)
{
	(void)view;
	(void)item;
	return GP_UNKNOWN;
}

/* Entra sees the platform of the browser, or ours. */
enum gp_tri gp_ca_platforms(const struct gp_ca_view *view, const struct gp_json *conditions)
{
	static const char *const known[] = {"includePlatforms", "excludePlatforms", NULL};
	const struct gp_json *platforms = NULL;
	enum gp_status st = gp_json_get_object(conditions, "platforms", &platforms);
	if (st == GP_ST_NOT_FOUND || (st == GP_ST_OK && gp_ca_is_empty(platforms))) {
		return GP_TRUE;
	}
	if (st != GP_ST_OK || !gp_ca_only_known(platforms, known)) {
		return GP_UNKNOWN;
	}
	return gp_tri_and(gp_ca_any(view, platforms, "includePlatforms", is_all),
			  gp_tri_not(gp_ca_any(view, platforms, "excludePlatforms", is_any)));
}

/* Ours is the device code flow. */
static enum gp_tri is_our_flow(const struct gp_ca_view *view, struct gp_str flag)
{
	(void)view;
	if (gp_str_is(flag, "deviceCodeFlow")) {
		return GP_TRUE;
	}
	return gp_str_is(flag, "authenticationTransfer") ? GP_FALSE : GP_UNKNOWN;
}

enum gp_tri gp_ca_flows(const struct gp_ca_view *view, const struct gp_json *conditions)
{
	static const char *const known[] = {"transferMethods", NULL};
	const struct gp_json *flows = NULL;
	struct gp_str methods = {0};
	enum gp_status st = gp_json_get_object(conditions, "authenticationFlows", &flows);
	if (st == GP_ST_NOT_FOUND || (st == GP_ST_OK && gp_ca_is_empty(flows))) {
		return GP_TRUE;
	}
	if (st != GP_ST_OK || !gp_ca_only_known(flows, known)) {
		return GP_UNKNOWN;
	}
	if (gp_json_get_str(flows, "transferMethods", 256, &methods) == GP_ST_OK &&
	    gp_str_is(methods, "none")) {
		return GP_TRUE; /* not configured */
	}
	return gp_ca_any_flag(view, flows, "transferMethods", is_our_flow);
}

/* Devices, risks, service principals and what came later are told apart nowhere: each is something
 * that only Entra knows. */
enum gp_tri gp_ca_others(const struct gp_ca_view *view, const struct gp_json *conditions)
{
	static const char *const known[] = {"users",     "applications",        "clientAppTypes",
					    "platforms", "authenticationFlows", "locations",
					    NULL};
	(void)view;
	return gp_ca_only_known(conditions, known) ? GP_TRUE : GP_UNKNOWN;
}
