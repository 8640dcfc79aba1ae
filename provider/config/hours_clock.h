/* SPDX-License-Identifier: Apache-2.0 */
/* What clocks show where a tier's hours are meant. */
#ifndef GP_CONFIG_HOURS_CLOCK_H
#define GP_CONFIG_HOURS_CLOCK_H

#include "base/zone.h"

/* HOURS as configured (config/hours.h). GP_ST_NOT_FOUND: there are none, or this machine does not
 * know their zone. */
enum gp_status gp_hours_clock(const char *hours, int64_t wall_s,
			      struct gp_zone_time *out) gp_must_check;

#endif
