/* SPDX-License-Identifier: Apache-2.0 */
#include "session/recent.h"

#include <stdlib.h>
#include <string.h>

#include "contract/ban.h"

struct entry {
	struct entry *next; /* the latest first */
	int64_t wall_s, monotonic_ms;
	struct gp_grant grant;
};

struct gp_recent {
	struct entry *first;
};

enum gp_status gp_recent_new(struct gp_recent **out)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
}

static void free_list(struct entry *e)
{
	while (e != NULL) {
		struct entry *next = e->next;
		free(e);
		e = next;
	}
}

void gp_recent_free(struct gp_recent *recent)
{
	if (recent == NULL)
		return;
	free_list(recent->first);
	free(recent);
}

static int64_t age_of(const struct entry *e, const struct gp_clock *clock)
{
	int64_t by_wall_s = gp_clock_wall_s(clock) - e->wall_s;
	int64_t by_monotonic_s = (gp_clock_monotonic_ms(clock) - e->monotonic_ms) / 1000;
	return by_wall_s > by_monotonic_s ? by_wall_s : by_monotonic_s;
}

/* Leaves at most MOST that may still count, without OID's. */
static void prune(struct gp_recent *recent, const char *oid, size_t most,
		  const struct gp_clock *clock)
{
	struct entry **at = &recent->first;
	for (size_t n = 0; *at != NULL;) {
		struct entry *e = *at;
		if (n < most && age_of(e, clock) < GP_RECENT_AGE_S &&
		    strcmp(e->grant.identity.oid, oid) != 0) {
			at = &e->next;
			n++;
			continue;
		}
		*at = e->next;
		free(e);
	}
}

void gp_recent_add(struct gp_recent *recent, const struct gp_grant *grant,
		   const struct gp_clock *clock)
{
	prune(recent, grant->identity.oid, GP_RECENT_MAX - 1, clock);
	struct entry *e = malloc(sizeof(*e));
	if (e == NULL)
		return;
	*e = (struct entry){.next = recent->first,
			    .wall_s = gp_clock_wall_s(clock),
			    .monotonic_ms = gp_clock_monotonic_ms(clock),
			    .grant = *grant};
	recent->first = e;
}

const struct gp_grant *gp_recent_find(const struct gp_recent *recent, const char *oid,
				      const struct gp_clock *clock, int64_t *age_s)
{
	for (const struct entry *e = recent->first; e != NULL; e = e->next) {
		if (strcmp(e->grant.identity.oid, oid) != 0)
			continue;
		*age_s = age_of(e, clock);
		return &e->grant;
	}
	return NULL;
}
