/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/ban.h"

/* Around both changes of the clocks in Berlin, 2026-03-29 01:00 and 2026-10-25 01:00 UTC, far in
 * the future, and in zones of another day. */
static void test_zone_times(void **state)
{
	(void)state;
	static const struct {
		const char *zone;
		int64_t wall_s;
		unsigned int weekday, hour, minute;
	} cases[] = {
		{"UTC", 0, 4, 0, 0},
		{"Europe/Berlin", 1774745999, 0, 1, 59},
		{"Europe/Berlin", 1774746000, 0, 3, 0},
		{"Europe/Berlin", 1792889999, 0, 2, 59},
		{"Europe/Berlin", 1792890000, 0, 2, 0},
		{"Europe/Berlin", 1792893600, 0, 3, 0},
		{"Europe/Berlin", 2531217600, 5, 13, 0},
		{"Pacific/Kiritimati", 1790000000, 2, 4, 13},
		{"America/Los_Angeles", 1790000000, 1, 7, 13},
		{"Asia/Kathmandu", 1790000000, 1, 19, 58},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gp_zone_time t;
		assert_int_equal(gp_zone_time(cases[i].zone, cases[i].wall_s, &t), GP_ST_OK);
		assert_int_equal(t.weekday, cases[i].weekday);
		assert_int_equal(t.minute, cases[i].hour * 60 + cases[i].minute);
	}
}

static void test_zone_unknown(void **state)
{
	(void)state;
	static const char *const wrong[] = {"Europe/Nowhere", "", "../../etc/passwd",
					    "/etc/passwd"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct gp_zone_time t;
		if (gp_zone_time(wrong[i], 0, &t) == GP_ST_OK)
			fail_msg("'%s' is taken for a zone", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_times),
		cmocka_unit_test(test_zone_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
