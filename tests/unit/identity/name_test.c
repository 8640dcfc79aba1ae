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

static void test_name_templates(void **state)
{
	(void)state;
	static const struct {
		const char *template, *mail, *name;
	} rows[] = {
		{"{mail}", "Ada@Fabrikam.example", "ada@fabrikam.example"},
		{"{local}.guest", "Ada@fabrikam.example", "ada.guest"},
		{"{local}.{domain}.guest", "ada@fabrikam.example", "ada.fabrikam.example.guest"},
		{"g-{mail}", "ada@x.example", "g-ada@x.example"},
		{"{local}@{domain}", "ada@x.example", "ada@x.example"},
		{"{local}", "+ada@x.example", NULL},
		{"{local}", "1234@x.example", NULL},
		{"{local}{mail}", "ada@x@y", NULL},
		{"{mail}{mail}{mail}{mail}", "abcdefgh@example.example", NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[GP_NAME_BUF];
		enum gp_status st = gp_name_make(rows[i].template, rows[i].mail, name, NULL);
		assert_int_equal(st, rows[i].name != NULL ? GP_ST_OK : GP_ST_INVALID);
		assert_string_equal(name, rows[i].name != NULL ? rows[i].name : "");
	}
}

static void test_name_of_who_left(void **state)
{
	(void)state;
	char name[GP_NAME_BUF];
	char longest[GP_NAME_BUF];
	assert_int_equal(gp_name_departed("ada@x.example", 1, name), GP_ST_OK);
	assert_string_equal(name, "ada@x.example~1");
	assert_int_equal(gp_name_departed("ada@x.example~1", 12, name), GP_ST_OK);
	assert_string_equal(name, "ada@x.example~12");
	assert_int_equal(gp_name_departed("ada@x.example", 0, name), GP_ST_INVALID);
	assert_int_equal(gp_name_departed("ada@x.example", 1000000, name), GP_ST_INVALID);
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	longest[GP_NAME_MAX] = '\0';
	assert_int_equal(gp_name_departed(longest, 7, name), GP_ST_OK);
	assert_int_equal(strlen(name), GP_NAME_MAX);
	assert_string_equal(name + GP_NAME_MAX - 2, "~7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_templates),
		cmocka_unit_test(test_name_of_who_left),
		cmocka_unit_test(test_name_good),
		cmocka_unit_test(test_name_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
