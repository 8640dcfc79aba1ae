/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When guests may enter: "Mon-Fri 07:00-19:00 Europe/Berlin". Days are a day, a span, or several
 * with commas; further windows follow after ';' and the zone stands once, at the end. A window
 * that ends before it begins goes on into the next day ("22:00-06:00"); "24:00" is the day's end.
 * Pure: what the clock of the zone shows is the caller's affair (base/zone.h).
 */
#ifndef GP_CONFIG_HOURS_H
#define GP_CONFIG_HOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_HOURS_WINDOWS 8
#define GP_ZONE_MAX      64

struct gp_hours {
	struct {
		uint8_t days;          /* bit 0 is Sunday */
		unsigned int from, to; /* minutes of the day; TO is the first one outside */
	} windows[GP_HOURS_WINDOWS];
	size_t len;
	char zone[GP_ZONE_MAX]; /* an IANA name; whether it exists is not looked at here */
};

/* What is wrong with TEXT, or NULL. */
const char *gp_hours_parse(struct gp_str text, struct gp_hours *out);
const char *gp_hours_wrong(struct gp_str text);
/* WEEKDAY 0 is Sunday, MINUTE is of that day. */
bool gp_hours_include(const struct gp_hours *hours, unsigned int weekday, unsigned int minute);

#endif
