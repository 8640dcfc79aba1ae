/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "contract/status.h"

#include "contract/ban.h"

static void test_status_names_differ(void **state)
{
	(void)state;
	for (int a = GP_ST_OK; a <= GP_ST_INTERNAL; a++) {
		const char *name = gp_status_name((enum gp_status)a);
		assert_non_null(name);
		assert_true(strlen(name) > 0);
		for (int b = GP_ST_OK; b < a; b++)
			assert_string_not_equal(name, gp_status_name((enum gp_status)b));
	}
	assert_non_null(gp_status_name((enum gp_status)999));
}

static void test_status_may_pass(void **state)
{
	(void)state;
	for (int st = 0; st <= GP_ST_INTERNAL + 1; st++) {
		const bool want = st == GP_ST_UNAVAILABLE || st == GP_ST_TIMEOUT || st == GP_ST_IO;
		assert_int_equal(gp_status_may_pass((enum gp_status)st), want);
	}
}

static void test_status_fail(void **state)
{
	(void)state;
	struct gp_error err = {0};
	char big[400];
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(gp_fail(&err, GP_ST_IO, "file %d", 7), GP_ST_IO);
	assert_int_equal(err.code, GP_ST_IO);
	assert_string_equal(err.text, "file 7");
	assert_int_equal(gp_fail(&err, GP_ST_TOO_BIG, "%s", big), GP_ST_TOO_BIG);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_int_equal(gp_fail(NULL, GP_ST_DENIED, "nobody listens"), GP_ST_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_names_differ),
		cmocka_unit_test(test_status_may_pass),
		cmocka_unit_test(test_status_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
