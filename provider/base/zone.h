/* SPDX-License-Identifier: Apache-2.0 */
/* What clocks show in a time zone (GLib reads the system's zone files: setting TZ for localtime(3)
 * would race with the resolver's threads). */
#ifndef GP_BASE_ZONE_H
#define GP_BASE_ZONE_H

#include <stdint.h>

#include "contract/status.h"

struct gp_zone_time {
	unsigned int weekday; /* 0 is Sunday */
	unsigned int minute;  /* of that day, 0 .. 1439 */
};

/* ZONE is an IANA name such as "Europe/Berlin"; GP_ST_NOT_FOUND when this machine does not know it.
 */
enum gp_status gp_zone_time(const char *zone, int64_t wall_s,
			    struct gp_zone_time *out) gp_must_check;

#endif
