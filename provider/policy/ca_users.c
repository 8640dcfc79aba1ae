/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a policy is about: users, groups, roles and kinds of guests are one assignment, any of which
 * includes, and any of which excludes again. */
#include <stdlib.h>
#include <string.h>

#include "policy/ca_internal.h"

#include "contract/ban.h"

static enum gp_tri is_user(const struct gp_ca_view *view, struct gp_str item)
{
	uint8_t id[16];
	if (gp_str_is(item, "All")) {
		return GP_TRUE; /* guests too */
	}
	if (gp_str_is(item, "None")) {
		return GP_FALSE;
	}
	if (gp_str_is(item, "GuestsOrExternalUsers")) {
		switch (view->signin->guest) {
		case GP_CA_INTERNAL_GUEST:
		case GP_CA_B2B_GUEST:
		case GP_CA_B2B_MEMBER:
			return GP_TRUE;
		case GP_CA_INTERNAL_MEMBER:
			return GP_FALSE;
		case GP_CA_GUEST_UNKNOWN:
			break;
		}
		return GP_UNKNOWN;
	}
	if (view->signin->oid == NULL ||
	    gp_guid_parse(gp_str_from(view->signin->oid), id) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	if (gp_ca_same_id(item, id)) {
		return GP_TRUE;
	}
	/* A word that is no id may be a keyword that came later. */
	return gp_guid_parse(item, id) == GP_ST_OK ? GP_FALSE : GP_UNKNOWN;
}

static enum gp_tri is_group(const struct gp_ca_view *view, struct gp_str item)
{
	uint8_t id[16];
	if (view->groups == NULL || gp_guid_parse(item, id) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	return bsearch(id, view->groups, view->groups_len, sizeof(id), gp_ca_compare_ids) != NULL
		       ? GP_TRUE
		       : GP_FALSE;
}

/* A group whose members are hidden is missing from what the reader is told (entra-facts 18, 7.4).
 * That he is in none of the excluded ones is no more than that nothing else is known, which is
 * enough to refuse him by, and not to admit him by. */
static enum gp_tri is_excluded_group(const struct gp_ca_view *view, struct gp_str item)
{
	enum gp_tri is = is_group(view, item);
	return is == GP_FALSE && view->context != NULL ? GP_UNKNOWN : is;
}

/* Which directory roles a guest has is not read. */
static enum gp_tri is_role(const struct gp_ca_view *view, struct gp_str item)
{
	(void)view;
	(void)item;
	return GP_UNKNOWN;
}

static enum gp_tri is_kind(const struct gp_ca_view *view, struct gp_str flag)
{
	static const struct {
		const char *name;
		enum gp_ca_guest guest; /* unknown: nobody who can sign in here is of this kind */
	} kinds[] = {
		{"none", GP_CA_GUEST_UNKNOWN},
		{"internalGuest", GP_CA_INTERNAL_GUEST},
		{"b2bCollaborationGuest", GP_CA_B2B_GUEST},
		{"b2bCollaborationMember", GP_CA_B2B_MEMBER},
		{"b2bDirectConnectUser", GP_CA_GUEST_UNKNOWN},
		{"otherExternalUser", GP_CA_GUEST_UNKNOWN},
		{"serviceProvider", GP_CA_GUEST_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!gp_str_is(flag, kinds[i].name)) {
			continue;
		}
		if (gp_str_is(flag, "none")) {
			return GP_FALSE;
		}
		if (view->signin->guest == GP_CA_GUEST_UNKNOWN) {
			return GP_UNKNOWN;
		}
		return kinds[i].guest == view->signin->guest ? GP_TRUE : GP_FALSE;
	}
	return GP_UNKNOWN;
}

static enum gp_tri is_home(const struct gp_ca_view *view, struct gp_str item)
{
	uint8_t id[16];
	uint8_t listed[16];
	const char *home = view->signin->home_tenant;
	if (view->signin->home_is_entra != GP_TRUE || home == NULL ||
	    gp_guid_parse(gp_str_from(home), id) != GP_ST_OK) {
		return GP_UNKNOWN; /* Entra does not say how it counts a home that is no tenant */
	}
	/* A word that is no tenant may be a keyword of later. */
	if (gp_guid_parse(item, listed) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	return memcmp(id, listed, sizeof(id)) == 0 ? GP_TRUE : GP_FALSE;
}

static enum gp_tri of_tenants(const struct gp_ca_view *view, const struct gp_json *guests)
{
	static const char *const known[] = {"membershipKind", "members", NULL};
	const struct gp_json *tenants = NULL;
	struct gp_str kind = {0};
	enum gp_status st = gp_json_get_object(guests, "externalTenants", &tenants);
	if (st == GP_ST_NOT_FOUND) {
		return GP_TRUE;
	}
	if (st != GP_ST_OK || !gp_ca_only_known(tenants, known) ||
	    gp_json_get_str(tenants, "membershipKind", 64, &kind) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	/* An internal guest comes from no other tenant. */
	if (view->signin->guest == GP_CA_INTERNAL_GUEST) {
		return gp_str_is(kind, "all") ? GP_TRUE : GP_UNKNOWN;
	}
	if (gp_str_is(kind, "all")) {
		return GP_TRUE;
	}
	return gp_str_is(kind, "enumerated") ? gp_ca_any(view, tenants, "members", is_home)
					     : GP_UNKNOWN;
}

static enum gp_tri is_guest(const struct gp_ca_view *view, const struct gp_json *users,
			    const char *key)
{
	static const char *const known[] = {"guestOrExternalUserTypes", "externalTenants", NULL};
	const struct gp_json *guests = NULL;
	enum gp_status st = gp_json_get_object(users, key, &guests);
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? GP_FALSE : GP_UNKNOWN;
	}
	enum gp_tri kind = gp_ca_any_flag(view, guests, "guestOrExternalUserTypes", is_kind);
	enum gp_tri both = gp_tri_and(kind, of_tenants(view, guests));
	return gp_ca_only_known(guests, known) ? both : gp_tri_and(both, GP_UNKNOWN);
}

enum gp_tri gp_ca_users(const struct gp_ca_view *view, const struct gp_json *conditions)
{
	static const char *const known[] = {"includeUsers",
					    "excludeUsers",
					    "includeGroups",
					    "excludeGroups",
					    "includeRoles",
					    "excludeRoles",
					    "includeGuestsOrExternalUsers",
					    "excludeGuestsOrExternalUsers",
					    NULL};
	const struct gp_json *users = NULL;
	enum gp_status st = gp_json_get_object(conditions, "users", &users);
	if (st != GP_ST_OK) {
		/* A policy about nobody, such as one for service principals. */
		return st == GP_ST_NOT_FOUND ? GP_FALSE : GP_UNKNOWN;
	}
	enum gp_tri more = gp_ca_only_known(users, known) ? GP_FALSE : GP_UNKNOWN;
	enum gp_tri in = gp_ca_any(view, users, "includeUsers", is_user);
	in = gp_tri_or(in, gp_ca_any(view, users, "includeGroups", is_group));
	in = gp_tri_or(in, gp_ca_any(view, users, "includeRoles", is_role));
	in = gp_tri_or(in, is_guest(view, users, "includeGuestsOrExternalUsers"));
	enum gp_tri out = gp_ca_any(view, users, "excludeUsers", is_user);
	out = gp_tri_or(out, gp_ca_any(view, users, "excludeGroups", is_excluded_group));
	out = gp_tri_or(out, gp_ca_any(view, users, "excludeRoles", is_role));
	out = gp_tri_or(out, is_guest(view, users, "excludeGuestsOrExternalUsers"));
	return gp_tri_and(gp_tri_or(in, more), gp_tri_not(gp_tri_or(out, more)));
}
