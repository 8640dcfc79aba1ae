/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/str.h"

#include "contract/ban.h"

static void test_str_compare(void **state)
{
	(void)state;
	const struct gp_str none = {NULL, 0};
	assert_true(gp_str_equal(GP_STR("abc"), GP_STR("abc")));
	assert_false(gp_str_equal(GP_STR("abc"), GP_STR("abd")));
	assert_false(gp_str_equal(GP_STR("abc"), GP_STR("ab")));
	assert_true(gp_str_equal(none, GP_STR("")));
	assert_true(gp_str_is(none, ""));
	assert_false(gp_str_is(none, "a"));
	assert_true(gp_str_equal_nocase(GP_STR("A@Z[\x60"), GP_STR("a@z[\x60")));
	assert_false(gp_str_equal_nocase(GP_STR("@"), GP_STR("\x60")));
	assert_false(gp_str_equal_nocase(GP_STR("\xC4"), GP_STR("\xE4")));
	assert_true(gp_str_starts(GP_STR("gp-guests"), "gp-"));
	assert_false(gp_str_starts(GP_STR("gp"), "gp-"));
	assert_true(gp_str_starts(none, ""));
	assert_true(gp_str_ends(GP_STR("a.example"), ".example"));
	assert_false(gp_str_ends(GP_STR("example"), ".example"));
	assert_int_equal(gp_str_from(NULL).len, 0);
	assert_int_equal(gp_str_from("abc").len, 3);
}

static void test_str_copy(void **state)
{
	(void)state;
	char to[4] = "zzz";
	assert_int_equal(gp_copy(to, sizeof(to), GP_STR("abc")), GP_ST_OK);
	assert_string_equal(to, "abc");
	assert_int_equal(gp_copy(to, sizeof(to), GP_STR("abcd")), GP_ST_TOO_BIG);
	assert_string_equal(to, "");
	assert_int_equal(gp_copy(to, sizeof(to), GP_STR("a\0b")), GP_ST_INVALID);
	assert_string_equal(to, "");
	assert_int_equal(gp_copy(to, 0, GP_STR("")), GP_ST_TOO_BIG);
	assert_int_equal(gp_copy(to, 1, (struct gp_str){NULL, 0}), GP_ST_OK);
	assert_int_equal(gp_format(to, sizeof(to), "%d", 123), GP_ST_OK);
	assert_string_equal(to, "123");
	assert_int_equal(gp_format(to, sizeof(to), "%d", 1234), GP_ST_TOO_BIG);
	assert_string_equal(to, "");
}

static void test_str_parse_u64(void **state)
{
	(void)state;
	static const struct {
		struct gp_str text;
		uint64_t max;
		enum gp_status st;
		uint64_t value;
	} cases[] = {
		{GP_STR("0"), 0, GP_ST_OK, 0},
		{GP_STR("42"), 42, GP_ST_OK, 42},
		{GP_STR("43"), 42, GP_ST_TOO_BIG, 0},
		{GP_STR("18446744073709551615"), UINT64_MAX, GP_ST_OK, UINT64_MAX},
		{GP_STR("18446744073709551616"), UINT64_MAX, GP_ST_TOO_BIG, 0},
		{GP_STR("99999999999999999999"), UINT64_MAX, GP_ST_TOO_BIG, 0},
		{GP_STR("100000000000000000000"), UINT64_MAX, GP_ST_INVALID, 0},
		{GP_STR(""), 9, GP_ST_INVALID, 0},
		{GP_STR("01"), 9, GP_ST_INVALID, 0},
		{GP_STR("+1"), 9, GP_ST_INVALID, 0},
		{GP_STR(" 1"), 9, GP_ST_INVALID, 0},
		{GP_STR("1 "), 9, GP_ST_INVALID, 0},
		{GP_STR("1\0"), 9, GP_ST_INVALID, 0},
		{GP_STR("-1"), 9, GP_ST_INVALID, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t out = 7;
		assert_int_equal(gp_parse_u64(cases[i].text, cases[i].max, &out), cases[i].st);
		assert_true(out == (cases[i].st == GP_ST_OK ? cases[i].value : 7));
	}
}

static void test_str_trim(void **state)
{
	(void)state;
	assert_true(gp_str_is(gp_str_trim(GP_STR(" \t a b\t ")), "a b"));
	assert_int_equal(gp_str_trim(GP_STR("\t  ")).len, 0);
	assert_int_equal(gp_str_trim(GP_STR("")).len, 0);
	assert_true(gp_str_is(gp_str_trim(GP_STR("\na")), "\na"));
}

static void test_str_parse_digits(void **state)
{
	(void)state;
	int n = -7;
	assert_true(gp_parse_digits(GP_STR("2026-03-01"), 5, 2, &n));
	assert_int_equal(n, 3);
	assert_true(gp_parse_digits(GP_STR("999999999"), 0, 9, &n));
	assert_int_equal(n, 999999999);
	assert_false(gp_parse_digits(GP_STR("1234"), 2, 3, &n));
	assert_false(gp_parse_digits(GP_STR("1234"), 5, 1, &n));
	assert_false(gp_parse_digits(GP_STR("1234"), SIZE_MAX, 2, &n));
	assert_false(gp_parse_digits(GP_STR("-1"), 0, 2, &n));
	assert_false(gp_parse_digits(GP_STR("1234567890"), 0, 10, &n));
	assert_false(gp_parse_digits(GP_STR("12"), 0, 0, &n));
	assert_int_equal(n, 999999999);
}

static void test_str_guid(void **state)
{
	(void)state;
	static const char text[] = "00112233-4455-6677-8899-aabbccddeeff";
	uint8_t guid[16];
	char back[GP_GUID_TEXT];
	assert_int_equal(gp_guid_parse(gp_str_from(text), guid), GP_ST_OK);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(guid[i], i * 0x11);
	gp_guid_format(guid, back);
	assert_string_equal(back, text);
	assert_int_equal(gp_guid_parse(GP_STR("00112233-4455-6677-8899-AABBCCDDEEFF"), guid),
			 GP_ST_OK);
	/* Each byte in turn made wrong: no place accepts a stranger. */
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		char bad[sizeof(text)];
		memcpy(bad, text, sizeof(text));
		bad[i] = 'g';
		assert_int_equal(gp_guid_parse(gp_str_from(bad), guid), GP_ST_INVALID);
	}
	assert_int_equal(gp_guid_parse(GP_STR(""), guid), GP_ST_INVALID);
	assert_int_equal(gp_guid_parse((struct gp_str){text, 35}, guid), GP_ST_INVALID);
	assert_int_equal(gp_guid_parse(GP_STR("{0112233-4455-6677-8899-aabbccddeeff"), guid),
			 GP_ST_INVALID);
}

static void test_str_hex(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {0x00, 0x7F, 0x80, 0xFF};
	uint8_t back[4];
	char text[9];
	gp_hex(bytes, sizeof(bytes), text);
	assert_string_equal(text, "007f80ff");
	assert_int_equal(gp_unhex(GP_STR("007F80fF"), back, 4), GP_ST_OK);
	assert_memory_equal(back, bytes, 4);
	assert_int_equal(gp_unhex(GP_STR("007F80f"), back, 4), GP_ST_INVALID);
	assert_int_equal(gp_unhex(GP_STR("007F80f:"), back, 4), GP_ST_INVALID);
}

static void test_str_ct_equal(void **state)
{
	(void)state;
	assert_true(gp_ct_equal("abcd", "abcd", 4));
	assert_true(gp_ct_equal("a", "b", 0));
	for (size_t i = 0; i < 4; i++) {
		char other[] = "abcd";
		other[i] = (char)(other[i] ^ 0x80);
		assert_false(gp_ct_equal("abcd", other, 4));
	}
}

static void test_str_lines(void **state)
{
	(void)state;
	struct gp_str text = GP_STR("one\n\nthree\r\nfour");
	static const char *const lines[] = {"one", "", "three\r", "four"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_true(gp_str_is(gp_str_take_line(&text), lines[i]));
	assert_int_equal(text.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_str_lines),    cmocka_unit_test(test_str_compare),
		cmocka_unit_test(test_str_copy),     cmocka_unit_test(test_str_parse_u64),
		cmocka_unit_test(test_str_trim),     cmocka_unit_test(test_str_parse_digits),
		cmocka_unit_test(test_str_guid),     cmocka_unit_test(test_str_hex),
		cmocka_unit_test(test_str_ct_equal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
