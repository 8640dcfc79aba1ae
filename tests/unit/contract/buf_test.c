/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/buf.h"

#include "contract/ban.h"

static void test_buf_collects(void **state)
{
	(void)state;
	struct gp_buf b = GP_BUF(100);
	assert_string_equal(gp_buf_get(&b), "");
	gp_buf_text(&b, "one ");
	gp_buf_str(&b, (struct gp_str){"two!", 3});
	gp_buf_add(&b, " ", 1);
	gp_buf_printf(&b, "%d", 3);
	assert_int_equal(gp_buf_status(&b), GP_ST_OK);
	assert_string_equal(gp_buf_get(&b), "one two 3");
	assert_int_equal(b.len, 9);
	gp_buf_free(&b);
	assert_string_equal(gp_buf_get(&b), "");
	gp_buf_text(&b, "again");
	assert_string_equal(gp_buf_get(&b), "again");
	gp_buf_free(&b);
	gp_buf_free(NULL);
}

static void test_buf_cap_latches(void **state)
{
	(void)state;
	struct gp_buf b = GP_BUF(5);
	gp_buf_text(&b, "12345");
	assert_int_equal(gp_buf_status(&b), GP_ST_OK);
	gp_buf_text(&b, "");
	assert_int_equal(gp_buf_status(&b), GP_ST_OK);
	gp_buf_text(&b, "6");
	assert_int_not_equal(gp_buf_status(&b), GP_ST_OK);
	assert_string_equal(gp_buf_get(&b), "");
	gp_buf_text(&b, "");
	assert_int_not_equal(gp_buf_status(&b), GP_ST_OK);
	gp_buf_free(&b);
	struct gp_buf c = GP_BUF(5);
	gp_buf_printf(&c, "%s", "123456");
	assert_int_not_equal(gp_buf_status(&c), GP_ST_OK);
	gp_buf_free(&c);
}

static void test_buf_grows(void **state)
{
	(void)state;
	struct gp_buf b = GP_BUF(100000);
	for (int i = 0; i < 10000; i++)
		gp_buf_printf(&b, "%08d", i);
	assert_int_equal(gp_buf_status(&b), GP_ST_OK);
	assert_int_equal(b.len, 80000);
	assert_memory_equal(gp_buf_get(&b) + 79992, "00009999", 9);
	gp_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_collects),
		cmocka_unit_test(test_buf_cap_latches),
		cmocka_unit_test(test_buf_grows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
