/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that stands still until a test moves it. */
#ifndef GP_TESTS_TEST_CLOCK_H
#define GP_TESTS_TEST_CLOCK_H

#include "base/clock.h"

struct test_clock {
	struct gp_clock clock; /* what the unit under test is given */
	int64_t wall_s;
	int64_t monotonic_ms;
};

/* CLOCK must not move in memory afterwards. */
void test_clock_init(struct test_clock *clock, int64_t wall_s);
/* Both clocks go on by MS; the wall clock by whole seconds. */
void test_clock_advance_ms(struct test_clock *clock, int64_t ms);

#endif
