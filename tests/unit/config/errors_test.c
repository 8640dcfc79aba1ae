/* SPDX-License-Identifier: Apache-2.0 */
/* [error NUMBER] sections. */
#include "config/config.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/config/sample.h"

#include "contract/ban.h"

static enum gp_status parse(const char *more, const char *drop_in, struct gp_config **out,
			    struct gp_error *err)
{
	char *text = NULL;
	assert_true(asprintf(&text, "%s%s", SAMPLE, more) > 0);
	const struct gp_config_file files[] = {{"g.conf", gp_str_from(text)},
					       {"d.conf", gp_str_from(drop_in)}};
	enum gp_status st = gp_config_parse(files, 2, out, err);
	free(text);
	return st;
}

static void bad(const char *more, const char *drop_in, const char *said)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	assert_int_not_equal(parse(more, drop_in, &config, &err), GP_ST_OK);
	assert_null(config);
	assert_string_equal(err.text, said);
}

static void test_errors(void **state)
{
	(void)state;
	struct gp_config *c = NULL;
	struct gp_error err = {0};
	if (parse("[error 53003]\nguest = Ask the desk = now.\n\n[error 7]\nadmin=seven\nguest = "
		  "g\n",
		  "", &c, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	assert_int_equal(c->errors_len, 2);
	const struct gp_error_text *found = gp_config_error_text(c, 53003);
	assert_non_null(found);
	assert_string_equal(found->guest, "Ask the desk = now.");
	assert_string_equal(found->admin, "");
	assert_string_equal(gp_config_error_text(c, 7)->admin, "seven");
	/* A number is a whole one. */
	assert_null(gp_config_error_text(c, 530031));
	assert_null(gp_config_error_text(c, 5300));
	assert_null(gp_config_error_text(c, 0));
	gp_config_free(c);
}

static void test_errors_refused(void **state)
{
	(void)state;
	char *text = NULL;
	bad("[error 53003]\n", "", "g.conf:16: [error 53003] needs 'guest' or 'admin'");
	bad("[error 53003]\nwho = x\n", "",
	    "g.conf:17: unknown key; an error has 'guest' and 'admin' only");
	bad("[error 53003]\nguest = x\nguest = y\n", "", "g.conf:18: 'guest' again");
	bad("[error 53003]\nguest = x\n[error 53003]\nadmin = y\n", "",
	    "g.conf:18: the same error again");
	bad("[error 53003]\nguest =\n", "", "g.conf:17: a sentence is missing");
	bad("", "[error 53003]\nguest = x\n", "d.conf:1: [error 53003] belongs into the main file");
	static const char *const heads[] = {
		"[error]",        "[error AADSTS53003]", "[error 0]",         "[error 053003]",
		"[error  53003]", "[error -1]",          "[error 4294967296]"};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char more[64];
		assert_int_equal(gp_format(more, sizeof(more), "%s\nguest = x\n", heads[i]),
				 GP_ST_OK);
		bad(more, "",
		    "g.conf:16: an error is written [error NUMBER], with one blank and the digits "
		    "behind AADSTS");
	}
	assert_true(asprintf(&text, "[error 1]\nadmin = %0255d\n", 0) > 0);
	struct gp_config *c = NULL;
	assert_int_equal(parse(text, "", &c, NULL), GP_ST_OK);
	gp_config_free(c);
	free(text);
	assert_true(asprintf(&text, "[error 1]\nadmin = %0256d\n", 0) > 0);
	bad(text, "", "g.conf:17: the sentence is too long (at most 255 bytes)");
	free(text);
}

static void test_errors_bound(void **state)
{
	(void)state;
	char text[4096] = "";
	struct gp_config *c = NULL;
	for (int i = 1; i <= 33; i++) {
		size_t len = strlen(text);
		if (i == 33)
			assert_int_equal(parse(text, "", &c, NULL), GP_ST_OK);
		assert_int_equal(
			gp_format(text + len, sizeof(text) - len, "[error %d]\nguest = x\n", i),
			GP_ST_OK);
	}
	assert_int_equal(c->errors_len, GP_CONFIG_ERRORS_MAX);
	gp_config_free(c);
	bad(text, "", "g.conf:80: too many errors (at most 32)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_errors_refused),
		cmocka_unit_test(test_errors_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
