/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "contract/text.h"

#include "contract/ban.h"

#define TOO_LONG "abcdefghijklmnopqrstuvwxyz.abcdefghijklmnopqrstuvwxyz-1234@b.xyzw"
#define LONG_58  "abcdefghijklmnopqrstuvwxyz.abcdefghijklmnopqrstuvwxyz-1234"

static void test_name_good(void **state)
{
	(void)state;
	static const struct {
		const char *mail, *name;
	} rows[] = {
		{"ada@fabrikam.example", "ada@fabrikam.example"},
		{"Ada.Lovelace@Fabrikam.EXAMPLE", "ada.lovelace@fabrikam.example"},
		{"a@b", "a@b"},
		{"_x+tag-1@b", "_x+tag-1@b"},
		{"1234@5678", "1234@5678"},
		{LONG_58 "@b.xyz", LONG_58 "@b.xyz"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[GP_NAME_BUF] = "untouched";
		assert_int_equal(gp_name_from_mail(rows[i].mail, name, NULL), GP_ST_OK);
		assert_string_equal(name, rows[i].name);
	}
}

static void test_name_bad(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",
		"ada",
		"@fabrikam.example",
		"ada@",
		"@",
		"a@b@c",
		"-ada@b",
		".ada@b",
		"+ada@b",
		"ada lovelace@b",
		"ada:x@b",
		"ada/../x@b",
		"ada\n@b",
		"ada\x1b[31m@b",
		"\xc3\xa4@b",
		"ada@b,",
		"o'hara@b",
		"ada%x@b",
		"ada#EXT#@b",
		TOO_LONG,
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[GP_NAME_BUF] = "untouched";
		struct gp_error err = {0};
		assert_int_equal(gp_name_from_mail(rows[i], name, &err), GP_ST_INVALID);
		assert_string_equal(name, "");
		assert_true(err.text[0] != '\0');
		assert_true(gp_text_is_safe(gp_str_from(err.text), GP_TEXT_LINE));
	}
	char name[GP_NAME_BUF];
	assert_int_equal(gp_name_from_mail(NULL, name, NULL), GP_ST_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_good),
		cmocka_unit_test(test_name_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
