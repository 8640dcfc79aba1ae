/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/text.h"

#include "contract/ban.h"

static void test_text_escapes(void **state)
{
	(void)state;
	static const struct {
		struct gp_str in;
		const char *line;
		const char *screen;
	} cases[] = {
		{GP_STR("plain"), "plain", "plain"},
		{GP_STR("G\xC3\xB6teborg \xF0\x9F\x98\x80"), "G\xC3\xB6teborg \xF0\x9F\x98\x80",
		 "G\xC3\xB6teborg \xF0\x9F\x98\x80"},
		{GP_STR("\x1B[2J"), "\\x1B[2J", "\\x1B[2J"},
		{GP_STR("a\nb\tc"), "a\\x0Ab\\x09c", "a\nb\tc"},
		{GP_STR("a\rb\x7F"), "a\\x0Db\\x7F", "a\\x0Db\\x7F"},
		{GP_STR("a\0b"), "a\\x00b", "a\\x00b"},
		{GP_STR("\xC2\x9B"
			"1m"),
		 "\\u{9B}1m", "\\u{9B}1m"},
		{GP_STR("\xE2\x80\xAE"), "\\u{202E}", "\\u{202E}"},
		{GP_STR("\xE2\x81\xA6"), "\\u{2066}", "\\u{2066}"},
		{GP_STR("\xE2\x80\x8B"), "\\u{200B}", "\\u{200B}"},
		{GP_STR("\xF3\xA0\x80\x81"), "\\u{E0001}", "\\u{E0001}"},
		{GP_STR("\xFF\xC0\xAF"), "\\xFF\\xC0\\xAF", "\\xFF\\xC0\\xAF"},
		{GP_STR("\xED\xA0\x80"), "\\xED\\xA0\\x80", "\\xED\\xA0\\x80"},
		{GP_STR("\xC3"), "\\xC3", "\\xC3"},
		{GP_STR(""), "", ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[64];
		size_t n = gp_text_safe(cases[i].in, GP_TEXT_LINE, out, sizeof(out));
		assert_string_equal(out, cases[i].line);
		assert_int_equal(n, strlen(out));
		assert_int_equal(gp_text_is_safe(cases[i].in, GP_TEXT_LINE),
				 gp_str_is(cases[i].in, cases[i].line));
		(void)gp_text_safe(cases[i].in, GP_TEXT_SCREEN, out, sizeof(out));
		assert_string_equal(out, cases[i].screen);
		assert_int_equal(gp_text_is_safe(cases[i].in, GP_TEXT_SCREEN),
				 gp_str_is(cases[i].in, cases[i].screen));
	}
}

/* Every single byte and every pair: what comes out has no control byte and is valid UTF-8. */
static void test_text_output_is_always_safe(void **state)
{
	(void)state;
	for (unsigned int pair = 0; pair < 65536; pair++) {
		const char in[2] = {(char)(pair >> 8), (char)pair};
		char out[32];
		size_t n = gp_text_safe((struct gp_str){in, 2}, GP_TEXT_LINE, out, sizeof(out));
		assert_true(gp_text_is_safe((struct gp_str){out, n}, GP_TEXT_LINE));
	}
}

static void test_text_cut_between_characters(void **state)
{
	(void)state;
	static const struct gp_str in = GP_STR("ab\xC3\xB6\x1B"
					       "cdefgh\xE2\x82\xAC");
	char full[64];
	size_t whole = gp_text_safe(in, GP_TEXT_LINE, full, sizeof(full));
	for (size_t size = 8; size <= whole + 1; size++) {
		char out[64];
		memset(out, 'Z', sizeof(out));
		size_t n = gp_text_safe(in, GP_TEXT_LINE, out, size);
		assert_true(n < size);
		assert_int_equal(out[n], 0);
		assert_int_equal(out[size], 'Z');
		assert_true(gp_text_is_safe((struct gp_str){out, n}, GP_TEXT_LINE));
		if (size <= whole) {
			assert_memory_equal(out + n - 3, "...", 3);
			assert_memory_equal(out, full, n - 3);
		} else {
			assert_string_equal(out, full);
		}
	}
}

static void test_text_utf8(void **state)
{
	(void)state;
	unsigned int cp = 0;
	assert_int_equal(gp_utf8_decode(GP_STR("\xE2\x82\xAC"), &cp), 3);
	assert_int_equal(cp, 0x20AC);
	assert_int_equal(gp_utf8_decode(GP_STR("\xF4\x8F\xBF\xBF"), &cp), 4);
	assert_int_equal(cp, 0x10FFFF);
	assert_int_equal(gp_utf8_decode(GP_STR("\xF4\x90\x80\x80"), &cp), 0);
	assert_int_equal(gp_utf8_decode(GP_STR("\xE0\x80\x80"), &cp), 0);
	assert_int_equal(gp_utf8_decode(GP_STR("\x80"), &cp), 0);
	assert_int_equal(gp_utf8_decode(GP_STR(""), &cp), 0);
	assert_int_equal(gp_utf8_decode((struct gp_str){"\xE2\x82\xAC", 2}, &cp), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_escapes),
		cmocka_unit_test(test_text_output_is_always_safe),
		cmocka_unit_test(test_text_cut_between_characters),
		cmocka_unit_test(test_text_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
