/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <glib.h>
#include <string.h>

#include "contract/ban.h"

#define DAY_S    86400
#define THURSDAY 4 /* 1970-01-01 */

enum gp_status gp_zone_time(const char *zone, int64_t wall_s, struct gp_zone_time *out)
{
	/* GLib takes paths too, and complains of what it finds there. */
	GTimeZone *tz = zone[0] != '/' && strchr(zone, '.') == NULL && zone[0] != '\0'
				? g_time_zone_new_identifier(zone)
				: NULL;
	if (tz == NULL)
		return GP_ST_NOT_FOUND;
	/* A moment in UTC lies in exactly one interval, also around a change of the clocks. */
	gint interval = g_time_zone_find_interval(tz, G_TIME_TYPE_UNIVERSAL, wall_s);
	int64_t local_s = wall_s + (interval >= 0 ? g_time_zone_get_offset(tz, interval) : 0);
	g_time_zone_unref(tz);
	if (interval < 0 || local_s < 0)
		return GP_ST_NOT_FOUND;
	out->weekday = (unsigned int)((local_s / DAY_S + THURSDAY) % 7);
	out->minute = (unsigned int)(local_s % DAY_S / 60);
	return GP_ST_OK;
}
