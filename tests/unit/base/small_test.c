/* SPDX-License-Identifier: Apache-2.0 */
/* The units of base/ that are a few lines each: clock, random, secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "tests/unit/support/test_clock.h"

#include "contract/ban.h"

static void test_clock_format(void **state)
{
	static const struct {
		int64_t wall_s;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z"},         {1767000000, "2025-12-29T09:20:00Z"},
		{951782400, "2000-02-29T00:00:00Z"}, {253402300799, "9999-12-31T23:59:59Z"},
		{INT64_MAX, "9999-12-31T23:59:59Z"}, {-1, "1970-01-01T00:00:00Z"},
		{INT64_MIN, "1970-01-01T00:00:00Z"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[GP_TIME_TEXT];
		gp_time_format(rows[i].wall_s, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void test_clock_system(void **state)
{
	const struct gp_clock *c = gp_clock_system();
	const int64_t before = gp_clock_monotonic_ms(c);

	(void)state;
	assert_true(gp_clock_wall_s(c) > 1700000000);
	assert_true(before > 0);
	assert_true(gp_clock_monotonic_ms(c) >= before);
}

static void test_clock_of_tests(void **state)
{
	struct test_clock t;

	(void)state;
	test_clock_init(&t, 1767000000);
	test_clock_advance_ms(&t, 1500);
	test_clock_advance_ms(&t, 500);
	assert_int_equal(gp_clock_wall_s(&t.clock), 1767000002);
	assert_int_equal(gp_clock_monotonic_ms(&t.clock), 3000);
}

static void test_random_bytes(void **state)
{
	uint8_t a[64] = {0};
	uint8_t b[64] = {0};

	(void)state;
	gp_random(a, sizeof(a));
	gp_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void test_random_below(void **state)
{
	unsigned int seen = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		const uint32_t v = gp_random_below(7);
		assert_true(v < 7);
		seen |= 1U << v;
	}
	assert_int_equal(seen, 0x7F);
	assert_int_equal(gp_random_below(1), 0);
	assert_true(gp_random_below(0x80000001U) <= 0x80000000U);
}

static void test_random_guid(void **state)
{
	char a[GP_GUID_TEXT];
	char b[GP_GUID_TEXT];
	uint8_t raw[16];

	(void)state;
	gp_random_guid(a);
	gp_random_guid(b);
	assert_string_not_equal(a, b);
	assert_int_equal(gp_guid_parse(gp_str_from(a), raw), GP_ST_OK);
	assert_int_equal(a[14], '4');
	assert_non_null(strchr("89ab", a[19]));
}

static void test_secret(void **state)
{
	struct gp_secret s = {0};

	(void)state;
	assert_int_equal(gp_secret_str(&s).len, 0);
	assert_non_null(gp_secret_str(&s).ptr);
	assert_int_equal(gp_secret_set(&s, GP_STR("first word")), GP_ST_OK);
	assert_string_equal(s.ptr, "first word");
	/* A part of itself. */
	assert_int_equal(gp_secret_set(&s, (struct gp_str){s.ptr + 6, 4}), GP_ST_OK);
	assert_string_equal(s.ptr, "word");
	assert_int_equal(gp_secret_set(&s, (struct gp_str){"a\0b", 3}), GP_ST_INVALID);
	assert_string_equal(s.ptr, "word");
	assert_int_equal(gp_secret_set(&s, GP_STR("")), GP_ST_OK);
	assert_null(s.ptr);
	assert_int_equal(gp_secret_set(&s, GP_STR("x")), GP_ST_OK);
	gp_secret_wipe(&s);
	assert_null(s.ptr);
	assert_int_equal(s.len, 0);
	gp_secret_wipe(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_format),   cmocka_unit_test(test_clock_system),
		cmocka_unit_test(test_clock_of_tests), cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_random_below),   cmocka_unit_test(test_random_guid),
		cmocka_unit_test(test_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
