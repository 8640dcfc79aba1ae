/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/expiry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/directory.h"

#include "contract/ban.h"

#define DAY ((int64_t)86400)

/* The last day on which there is any of the pass is one of entry. */
static void test_days(void **state)
{
	(void)state;
	static const struct {
		int64_t end_s;
		int32_t day;
	} rows[] = {
		{20000 * DAY, 20000}, /* midnight: that day is the first without it */
		{20000 * DAY + 1, 20001},
		{20000 * DAY + DAY - 1, 20001},
		{20001 * DAY, 20001},
		{20000 * DAY - 1, 20000},
		{INT64_MAX, GP_DIRECTORY_NO_EXPIRY},
		{INT64_MAX - 1, GP_DIRECTORY_EXPIRY_MAX},
		{(int64_t)GP_DIRECTORY_EXPIRY_MAX * DAY + 1, GP_DIRECTORY_EXPIRY_MAX},
		{1, 1},
		{0, 1},
		{-1, 1},
		{INT64_MIN, 1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(gp_expiry_day(rows[i].end_s), rows[i].day);
	}
}

static void test_ends(void **state)
{
	(void)state;
	struct gp_config *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	c->access_groups_len = 2;
	c->access_bases[0].basis = GP_BASIS_GROUP;
	c->access_bases[1].basis = GP_BASIS_GROUP;
	assert_int_equal(gp_expiry_end(c, 100, 0), INT64_MAX);
	assert_int_equal(gp_expiry_end(c, 100, INT64_MAX), INT64_MAX);
	assert_int_equal(gp_expiry_end(c, 100, 7000), 7000);
	/* By membership alone, from when he was first seen; the earliest of all counts. */
	c->max_stay_s = 5000;
	assert_int_equal(gp_expiry_end(c, 100, 0), 5100);
	assert_int_equal(gp_expiry_end(c, 100, 7000), 5100);
	assert_int_equal(gp_expiry_end(c, 100, 3000), 3000);
	assert_int_equal(gp_expiry_end(c, 0, 0), INT64_MAX);
	assert_int_equal(gp_expiry_end(c, INT64_MAX - 1, 0), INT64_MAX);
	c->project_end_s = 4000;
	assert_int_equal(gp_expiry_end(c, 100, 0), 4000);
	/* A pass of another kind may begin anew: only what was found of it bounds it. */
	c->access_bases[1].basis = GP_BASIS_PACKAGE;
	c->project_end_s = 0;
	assert_int_equal(gp_expiry_end(c, 100, 0), INT64_MAX);
	assert_int_equal(gp_expiry_end(c, 100, 7000), 7000);
	c->project_end_s = 6000;
	assert_int_equal(gp_expiry_end(c, 100, 7000), 6000);
	assert_int_equal(gp_expiry_end(c, 100, 0), 6000);
	c->access_groups_len = 0;
	c->project_end_s = 0;
	assert_int_equal(gp_expiry_end(c, 100, 0), INT64_MAX);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
