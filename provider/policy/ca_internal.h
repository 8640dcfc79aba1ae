/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the evaluation of Conditional Access. Room-private. The policies stay in Graph's
 * own JSON, because every member of them can matter, also one that nobody knew when this was
 * written; what is looked at often (ranges of addresses) is taken out of it once.
 */
#ifndef GP_POLICY_CA_INTERNAL_H
#define GP_POLICY_CA_INTERNAL_H

#include "base/json.h"
#include "policy/conditional_access.h"

struct gp_ca_location {
	bool has_id; /* one without can be named by no policy, and may be a trusted one */
	uint8_t id[16];
	bool by_address; /* ranges of addresses; else by country, which is Entra's alone */
	bool whole;      /* every range was understood */
	enum gp_tri trusted;
	struct gp_network *ranges;
	size_t ranges_len;
};

struct gp_ca_set {
	struct gp_json_doc *doc;
	const struct gp_json **policies; /* borrowed from DOC */
	size_t policies_len;
	struct gp_ca_location *locations;
	size_t locations_len;
};

/* One evaluation: what is known of the sign-in, prepared for looking up. */
struct gp_ca_view {
	const struct gp_ca_set *set;
	const struct gp_ca_signin *signin;
	const char *context;   /* asked about, in the place of an API; NULL: an API is */
	uint8_t (*groups)[16]; /* in order; NULL: not known */
	size_t groups_len;
	bool address_known;
	struct gp_address address;
};

/* Three-valued logic (Kleene). */
static inline enum gp_tri gp_tri_and(enum gp_tri a, enum gp_tri b)
{
	if (a == GP_FALSE || b == GP_FALSE) {
		return GP_FALSE;
	}
	return a == GP_TRUE && b == GP_TRUE ? GP_TRUE : GP_UNKNOWN;
}

static inline enum gp_tri gp_tri_or(enum gp_tri a, enum gp_tri b)
{
	if (a == GP_TRUE || b == GP_TRUE) {
		return GP_TRUE;
	}
	return a == GP_FALSE && b == GP_FALSE ? GP_FALSE : GP_UNKNOWN;
}

static inline enum gp_tri gp_tri_not(enum gp_tri a)
{
	return a == GP_TRUE ? GP_FALSE : a == GP_FALSE ? GP_TRUE : GP_UNKNOWN;
}

/* null, [], {} and "": not configured, whatever it is called. */
bool gp_ca_is_empty(const struct gp_json *value);
/* Are the members of OBJECT, but those of KNOWN (up to a NULL) and annotations, all empty? */
bool gp_ca_only_known(const struct gp_json *object, const char *const *known);
/* ITEM's answer for each string of the list KEY of OBJECT, ORed: GP_FALSE for an empty list.
 * GP_UNKNOWN for what is no list of strings. */
typedef enum gp_tri gp_ca_item(const struct gp_ca_view *view, struct gp_str item);
enum gp_tri gp_ca_any(const struct gp_ca_view *view, const struct gp_json *object, const char *key,
		      gp_ca_item *item);
/* Is the list KEY of OBJECT there with at least one element (or is it something else)? */
bool gp_ca_has_list(const struct gp_json *object, const char *key);
/* Flags in one comma-separated string. Calls ITEM for each. */
enum gp_tri gp_ca_any_flag(const struct gp_ca_view *view, const struct gp_json *object,
			   const char *key, gp_ca_item *item);
/* Is TEXT a GUID, the same as ID (16 bytes)? */
bool gp_ca_same_id(struct gp_str text, const uint8_t id[static 16]);
/* For bsearch(3) and qsort(3), of ids of 16 bytes. */
int gp_ca_compare_ids(const void *a, const void *b);
/* Id and name of POLICY, safe to print, into OUT; what it has not stays empty. */
void gp_ca_name(const struct gp_json *policy, struct gp_ca_finding *out);

/* conditional_access.c: do all conditions of POLICY but the place hold? *BECAUSE becomes the one
 * that decided against it, and stays when none did. */
enum gp_tri gp_ca_others_hold(const struct gp_ca_view *view, const struct gp_json *policy,
			      const struct gp_json *conditions, const char **because);
/* ca_users.c, ca_conditions.c: the conditions of one policy, from its "conditions". */
enum gp_tri gp_ca_users(const struct gp_ca_view *view, const struct gp_json *conditions);
enum gp_tri gp_ca_applications(const struct gp_ca_view *view, const struct gp_json *conditions);
enum gp_tri gp_ca_client_apps(const struct gp_ca_view *view, const struct gp_json *conditions);
enum gp_tri gp_ca_platforms(const struct gp_ca_view *view, const struct gp_json *conditions);
enum gp_tri gp_ca_flows(const struct gp_ca_view *view, const struct gp_json *conditions);
/* Risks, devices, service principals, and whatever is not known: TRUE if none is configured. */
enum gp_tri gp_ca_others(const struct gp_ca_view *view, const struct gp_json *conditions);
/* ca_locations.c */
bool gp_ca_has_location(const struct gp_json *conditions);
/* The address must be known. */
enum gp_tri gp_ca_locations(const struct gp_ca_view *view, const struct gp_json *conditions);
/* Where VIEW's signin comes from; false: from an address that no location can contain. */
bool gp_ca_take_address(struct gp_ca_view *view);

#endif
