/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/test_clock.h"

#include "contract/ban.h"

static int64_t wall_s(void *arg)
{
	const struct test_clock *clock = arg;
	return clock->wall_s;
}

static int64_t monotonic_ms(void *arg)
{
	const struct test_clock *clock = arg;
	return clock->monotonic_ms;
}

void test_clock_init(struct test_clock *clock, int64_t now_s)
{
	clock->clock = (struct gp_clock){wall_s, monotonic_ms, clock};
	clock->wall_s = now_s;
	clock->monotonic_ms = 1000;
}

void test_clock_advance_ms(struct test_clock *clock, int64_t ms)
{
	const int64_t before = clock->monotonic_ms;

	clock->monotonic_ms += ms;
	clock->wall_s += clock->monotonic_ms / 1000 - before / 1000;
}
