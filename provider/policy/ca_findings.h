/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the tenant's policies keep guests out of this tier for good: they ask for what a guest
 * who signs in by device code cannot show, or block him; and which homes the tenant lets nobody in
 * from. PURE. It predicts and explains; nothing is decided by it.
 *
 * Entra: device controls do not work in the device code flow, because the browser that signs in
 * does not pass its device's state to who asked for the code. Approved applications, application
 * protection and a change of password cannot be asked of guests; a user's risk is judged and mended
 * at home. Of a strength a guest can show in this tenant a password with SMS, a call, a push of
 * Authenticator or a software token; everything else only at home, which counts where the tenant
 * trusts that home's multifactor authentication, and for guests of Entra homes only.
 */
#ifndef GP_POLICY_CA_FINDINGS_H
#define GP_POLICY_CA_FINDINGS_H

#include <stdbool.h>

#include "policy/conditional_access.h"

enum gp_ca_obstacle {
	GP_CA_OBSTACLE_NONE = 0,
	GP_CA_OBSTACLE_DEVICE,
	GP_CA_OBSTACLE_APPROVED_APP,
	GP_CA_OBSTACLE_APP_PROTECTION,
	GP_CA_OBSTACLE_PASSWORD_CHANGE,
	GP_CA_OBSTACLE_RISK,
	GP_CA_OBSTACLE_STRENGTH_HOME,  /* a strength, for a guest whose home is not in Entra */
	GP_CA_OBSTACLE_STRENGTH_TRUST, /* one that is shown at home only, and home is not trusted */
	GP_CA_OBSTACLE_DEVICE_CODE,    /* the device code flow is blocked */
	GP_CA_OBSTACLE_BLOCKED,        /* everything is */
};

/* For whom it is looked. All of it is borrowed. */
struct gp_ca_audience {
	const char *api;                    /* appId of the tier's API */
	const char (*groups)[GP_GUID_TEXT]; /* each guest is in one of these, at least */
	size_t groups_len;
	const char (*homes)[GP_GUID_TEXT]; /* the Entra tenants that guests come from */
	size_t homes_len;
	bool other_homes; /* and some come from elsewhere */
};

struct gp_ca_impossible {
	struct gp_ca_finding policy; /* id and name */
	enum gp_ca_obstacle obstacle;
	bool all;         /* every guest meets it; else some do, by place, group, home or device */
	bool report_only; /* it would, once the policy is switched on */
	const char *home; /* STRENGTH_TRUST: the first home that is not trusted */
};

/* EACH hears of every policy that can never be met, in Graph's order, and of one policy twice when
 * it has two such faults. */
typedef void gp_ca_impossible_each(void *arg, const struct gp_ca_impossible *found);
void gp_ca_find_impossible(const struct gp_ca_set *set, const struct gp_ca_audience *audience,
			   gp_ca_impossible_each *each, void *arg);

/* EACH hears of every home of AUDIENCE that the tenant's own settings for partners keep out, as a
 * whole or from this API. What their side does with those who go out, our tenant does not see. */
typedef void gp_ca_home_each(void *arg, const char *home, bool from_this_api);
void gp_ca_find_blocked_homes(const struct gp_ca_set *set, const struct gp_ca_audience *audience,
			      gp_ca_home_each *each, void *arg);

/* Might an enabled policy on the authentication context protect a guest? GP_FALSE: none does. */
enum gp_tri gp_ca_guards_guests(const struct gp_ca_set *set, const struct gp_ca_audience *audience,
				const char *context);

/* "asks for ..., which ...", to stand behind the policy's name. */
const char *gp_ca_obstacle_text(enum gp_ca_obstacle obstacle);

#endif
