/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/number_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/directory.h"

#include "contract/ban.h"

#define OID "aaaaaaaa-0000-4000-8000-000000000001"
static const char guest[] = "guest " OID " 2000700000 ada@fabrikam.example 1790000000 0 1780000000";

static enum gp_status parse(const char *text, struct gp_number_line *out)
{
	struct gp_error err = {0};
	enum gp_status st = gp_number_line_parse(gp_str_from(text), out, &err);
	assert_int_equal(st == GP_ST_OK, err.text[0] == '\0');
	return st;
}

static void test_number_lines_there_and_back(void **state)
{
	(void)state;
	static const char *const lines[] = {guest, "tenant 72f988bf-86f1-41af-91ab-2d7cd011db47",
					    "held 2000700001 bob~3",
					    "guest " OID " 1000 caro 0 5 9223372036854775807"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct gp_number_line line;
		gp_buf_auto struct gp_buf again = GP_BUF(512);
		assert_int_equal(parse(lines[i], &line), GP_ST_OK);
		gp_number_line_write(&line, &again);
		assert_int_equal(gp_buf_get(&again)[again.len - 1], '\n');
		assert_true(
			gp_str_is((struct gp_str){gp_buf_get(&again), again.len - 1}, lines[i]));
	}
	struct gp_number_line line;
	assert_int_equal(parse(guest, &line), GP_ST_OK);
	assert_int_equal(line.uid, 2000700000);
	assert_string_equal(line.name, "ada@fabrikam.example");
	assert_int_equal(line.first_seen_s, 1790000000);
	assert_int_equal(parse("", &line), GP_ST_OK);
	assert_int_equal(line.kind, GP_NUMBER_NOTHING);
	assert_int_equal(parse("# guest", &line), GP_ST_OK);
	assert_int_equal(line.kind, GP_NUMBER_NOTHING);
}

static void test_number_lines_that_are_none(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"guest",
		" " OID,
		"guest " OID " 2000700000 ada@x 1 0",
		"guest " OID " 2000700000 ada@x 1 0 1 1",
		"guest " OID " 999 ada@x 1 0 1",
		"guest " OID " 4294967295 ada@x 1 0 1",
		"guest " OID " -1 ada@x 1 0 1",
		"guest " OID " 2000700000 Ada@x 1 0 1",
		"guest " OID " 2000700000 a:b@x 1 0 1",
		"guest " OID " 2000700000 ada@x -1 0 1",
		"guest " OID "  2000700000 ada@x 1 0 1",
		"guest aaaa 2000700000 ada@x 1 0 1",
		"held 2000700000",
		"held root 0",
		"tenant x",
		"user " OID " 2000700000 ada@x 1 0 1",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct gp_number_line line;
		assert_int_equal(parse(wrong[i], &line), GP_ST_INVALID);
	}
}

/* Cut anywhere and changed anywhere: refused, or a line that is written the same again. */
static void test_number_line_damaged(void **state)
{
	(void)state;
	size_t len = sizeof(guest) - 1;
	size_t accepted = 0;
	for (size_t n = 0; n <= len; n++) {
		for (unsigned int change = 0; change < 256; change += n == len ? 256 : 1) {
			struct gp_number_line line;
			char *copy = malloc(len + 1);
			assert_non_null(copy);
			memcpy(copy, guest, len + 1);
			struct gp_str text = {copy, change == 0 ? n : len};
			char *byte = &copy[n < len ? n : 0];
			*byte = (char)(uint8_t)((uint8_t)*byte ^ change);
			if (gp_number_line_parse(text, &line, NULL) == GP_ST_OK &&
			    line.kind == GP_NUMBER_GUEST) {
				gp_buf_auto struct gp_buf again = GP_BUF(512);
				gp_number_line_write(&line, &again);
				assert_true(gp_directory_user_name_ok(gp_str_from(line.name)));
				assert_true(again.len > 0 && again.len <= text.len + 1);
				accepted++;
			}
			free(copy);
		}
	}
	assert_in_range(accepted, 1, 40 * len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number_lines_there_and_back),
		cmocka_unit_test(test_number_lines_that_are_none),
		cmocka_unit_test(test_number_line_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
