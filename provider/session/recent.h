/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signed in lately, for hosts that let an SSH key open the door for a while after a sign-in.
 * In memory: after a restart of the daemon a key opens nothing until its owner signs in again.
 */
#ifndef GP_SESSION_RECENT_H
#define GP_SESSION_RECENT_H

#include "base/clock.h"
#include "signin/signin.h"

#define GP_RECENT_MAX   4096
#define GP_RECENT_AGE_S 43200 /* the most that the configuration takes for key_valid */

struct gp_recent;
enum gp_status gp_recent_new(struct gp_recent **out) gp_must_check;
void gp_recent_free(struct gp_recent *recent);

/* The guest of GRANT was admitted by a sign-in now. Without room the oldest is forgotten; without
 * memory this one is, and his key opens nothing. */
void gp_recent_add(struct gp_recent *recent, const struct gp_grant *grant,
		   const struct gp_clock *clock);
/* The last sign-in of OID and its age; NULL when there is none. Of the two clocks the one by which
 * more time has passed counts: a wall clock that is set back makes no sign-in younger. Borrowed
 * until the next gp_recent_add(). */
const struct gp_grant *gp_recent_find(const struct gp_recent *recent, const char *oid,
				      const struct gp_clock *clock, int64_t *age_s);

#endif
