/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two clocks, injected: monotonic for deadlines, wall for claims and time windows. Tests pass
 * their own functions; nothing else in provider/ reads a clock.
 */
#ifndef GP_BASE_CLOCK_H
#define GP_BASE_CLOCK_H

#include <stdint.h>

struct gp_clock {
	int64_t (*wall_s)(void *arg);       /* seconds since 1970 */
	int64_t (*monotonic_ms)(void *arg); /* CLOCK_BOOTTIME: deadlines go on over a suspend */
	void *arg;
};

/* The machine's clocks; lives for ever. */
const struct gp_clock *gp_clock_system(void);

static inline int64_t gp_clock_wall_s(const struct gp_clock *c)
{
	return c->wall_s(c->arg);
}

static inline int64_t gp_clock_monotonic_ms(const struct gp_clock *c)
{
	return c->monotonic_ms(c->arg);
}

/* "2026-11-22T20:37:42Z" into OUT. */
#define GP_TIME_TEXT 21
void gp_time_format(int64_t wall_s, char out[static GP_TIME_TEXT]);

#endif
