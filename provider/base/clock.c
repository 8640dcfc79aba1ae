/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "contract/ban.h"

static int64_t system_wall_s(void *arg)
{
	struct timespec ts = {0};

	(void)arg;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec;
}

static int64_t system_monotonic_ms(void *arg)
{
	struct timespec ts = {0};

	(void)arg;
	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const struct gp_clock *gp_clock_system(void)
{
	static const struct gp_clock system_clock = {
		.wall_s = system_wall_s,
		.monotonic_ms = system_monotonic_ms,
	};
	return &system_clock;
}

void gp_time_format(int64_t wall_s, char out[static GP_TIME_TEXT])
{
	const int64_t last = 253402300799; /* 9999-12-31T23:59:59Z: the text has four digits */
	const time_t t = (time_t)(wall_s < 0 ? 0 : wall_s > last ? last : wall_s);
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, GP_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) != GP_TIME_TEXT - 1)
		memcpy(out, "0000-00-00T00:00:00Z", GP_TIME_TEXT);
}
