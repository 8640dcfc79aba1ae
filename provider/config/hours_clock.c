/* SPDX-License-Identifier: Apache-2.0 */
#include "config/hours_clock.h"

#include "config/hours.h"

#include "contract/ban.h"

enum gp_status gp_hours_clock(const char *hours, int64_t wall_s, struct gp_zone_time *out)
{
	struct gp_hours parsed;
	if (hours[0] == '\0' || gp_hours_parse(gp_str_from(hours), &parsed) != NULL)
		return GP_ST_NOT_FOUND;
	return gp_zone_time(parsed.zone, wall_s, out);
}
