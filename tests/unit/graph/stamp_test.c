/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/stamp.h"

#include "contract/ban.h"

#define UNTOUCHED INT64_C(42)

static int64_t at(const char *text)
{
	int64_t t = UNTOUCHED;
	assert_int_equal(gp_stamp_parse(gp_str_from(text), &t), GP_ST_OK);
	return t;
}

static void test_stamp_good(void **state)
{
	(void)state;
	assert_int_equal(at("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(at("2026-02-28T23:59:59Z"), 1772323199);
	assert_int_equal(at("2026-02-28T23:59:59.9999999Z"), 1772323199);
	assert_int_equal(at("2028-02-29T00:00:00.5Z"), 1835395200);
	assert_int_equal(at("0001-01-01T00:00:00Z"), INT64_C(-62135596800));
	assert_int_equal(at("9999-12-31T23:59:59Z"), INT64_C(253402300799));
}

static void test_stamp_bad(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"Z",
		"2026-02-28",
		"2026-02-28T23:59:59",
		"2026-02-28T23:59:59z",
		"2026-02-28t23:59:59Z",
		"2026-02-28 23:59:59Z",
		"2026-02-28T23:59:59+00:00",
		"2026-02-28T23:59:59+01:00Z",
		"2026-02-28T23:59:59.Z",
		"2026-02-28T23:59:59.1.2Z",
		"2026-02-28T23:59:59,1Z",
		"2026-02-28T23:59:59ZZ",
		" 2026-02-28T23:59:59Z",
		"2026-2-28T23:59:59Z",
		"-026-02-28T23:59:59Z",
		"+2026-02-28T23:59:59Z",
		"0000-01-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"2026-01-32T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z",
		"2026-01-01T23:59:60Z",
		"2026-01-01T00:00:00.000000000000000000000000000000000000000000Z",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t t = UNTOUCHED;
		assert_int_equal(gp_stamp_parse(gp_str_from(texts[i]), &t), GP_ST_INVALID);
		assert_int_equal(t, UNTOUCHED);
	}
}

static void test_duration_good(void **state)
{
	(void)state;
	static const struct {
		const char *start;
		const char *duration;
		const char *end;
	} cases[] = {
		{"2026-07-01T00:00:00Z", "P90D", "2026-09-29T00:00:00Z"},
		{"2026-07-01T00:00:00Z", "P0D", "2026-07-01T00:00:00Z"},
		{"2026-07-01T10:00:00Z", "PT8H", "2026-07-01T18:00:00Z"},
		{"2026-07-01T10:00:00Z", "PT7776000S", "2026-09-29T10:00:00Z"},
		{"2026-07-01T10:00:00Z", "PT1M", "2026-07-01T10:01:00Z"},
		{"2026-07-01T10:00:00Z", "P1M", "2026-08-01T10:00:00Z"},
		{"2026-07-01T10:00:00Z", "P2W", "2026-07-15T10:00:00Z"},
		{"2026-01-31T10:00:00Z", "P1M", "2026-02-28T10:00:00Z"},
		{"2028-01-31T10:00:00Z", "P1M", "2028-02-29T10:00:00Z"},
		{"2028-02-29T10:00:00Z", "P1Y", "2029-02-28T10:00:00Z"},
		{"2028-02-29T10:00:00Z", "P4Y", "2032-02-29T10:00:00Z"},
		{"2000-02-29T00:00:00Z", "P100Y", "2100-02-28T00:00:00Z"},
		{"2026-12-31T23:59:59Z", "P14M", "2028-02-29T23:59:59Z"},
		{"2026-01-31T00:00:00Z", "P1Y1M1W1DT1H1M1S", "2027-03-08T01:01:01Z"},
		{"1969-12-31T23:59:59Z", "P1M", "1970-01-31T23:59:59Z"},
		{"0001-01-01T00:00:00Z", "P9998Y", "9999-01-01T00:00:00Z"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t end = UNTOUCHED;
		assert_int_equal(
			gp_stamp_add(at(cases[i].start), gp_str_from(cases[i].duration), &end),
			GP_ST_OK);
		assert_int_equal(end, at(cases[i].end));
	}
}

static void test_duration_bad(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"P",
		"PT",
		"P1DT",
		"T1H",
		"1D",
		"p1d",
		"P1d",
		"PD",
		"P1",
		"P1D2",
		"P-1D",
		"-P1D",
		"+P1D",
		"P+1D",
		"P1.5D",
		"PT0.5S",
		"PT1,5S",
		"P1H",
		"PT1D",
		"P1S",
		"PT1Y",
		"PT1W",
		"P1D1M",
		"P1D1W",
		"P1M1Y",
		"P1D1D",
		"PT1S1M",
		"PT1M1H",
		"PT1HT1M",
		"P01D",
		"P 1D",
		"P1D ",
		" P1D",
		"P1DD",
		"PP1D",
		"P9999Y",
		"P119999M",
		"P9999999D",
		"PT9999999999S",
		"P1000000000Y",
		"P18446744073709551616D",
		"P2026-01-01T00:00:00",
	};
	int64_t start = at("2026-07-01T00:00:00Z");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t end = UNTOUCHED;
		assert_int_equal(gp_stamp_add(start, gp_str_from(texts[i]), &end), GP_ST_INVALID);
		assert_int_equal(end, UNTOUCHED);
	}
}

static void test_duration_from_nowhere(void **state)
{
	(void)state;
	static const int64_t starts[] = {INT64_MIN, INT64_MAX, INT64_C(-62135596801),
					 INT64_C(253402300800)};
	int64_t end = UNTOUCHED;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		assert_int_equal(gp_stamp_add(starts[i], GP_STR("P1D"), &end), GP_ST_INVALID);
		assert_int_equal(end, UNTOUCHED);
	}
	/* Ends where years do. */
	assert_int_equal(gp_stamp_add(INT64_C(253402300798), GP_STR("PT1S"), &end), GP_ST_OK);
	assert_int_equal(gp_stamp_add(INT64_C(253402300798), GP_STR("PT2S"), &end), GP_ST_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamp_good),
		cmocka_unit_test(test_stamp_bad),
		cmocka_unit_test(test_duration_good),
		cmocka_unit_test(test_duration_bad),
		cmocka_unit_test(test_duration_from_nowhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
