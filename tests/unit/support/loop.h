/* SPDX-License-Identifier: Apache-2.0 */
/* Runs an event loop until a condition of the test holds, with a deadline. */
#ifndef GP_TESTS_LOOP_H
#define GP_TESTS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>
#include <time.h>

static inline int64_t loop_now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* True once *N >= WANT; false when that takes longer than MS. */
static inline bool loop_until(sd_event *event, const size_t *n, size_t want, int ms)
{
	int64_t end = loop_now_ms() + ms;
	while (*n < want) {
		int64_t left = end - loop_now_ms();
		if (left <= 0 || sd_event_run(event, (uint64_t)left * 1000) < 0)
			return false;
	}
	return true;
}

/* Lets the loop do what is to be done at this moment, and nothing that comes later. */
static inline bool loop_drain(sd_event *event)
{
	int r = 0;
	do
		r = sd_event_run(event, 0);
	while (r > 0);
	return r == 0;
}

#endif
