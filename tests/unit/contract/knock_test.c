/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/knock.h"

#include "contract/ban.h"

static void test_knock_there_and_back(void **state)
{
	(void)state;
	uint8_t bytes[GP_KNOCK_MAX];
	char name[GP_DIRECTORY_NAME_MAX + 1];
	char longest[GP_DIRECTORY_NAME_MAX + 2];
	size_t len = gp_knock_write(GP_STR("Ada@Fabrikam.Example"), bytes);
	assert_int_equal(len, 22);
	assert_memory_equal(bytes, "K\x01", 2);
	assert_int_equal(gp_knock_parse(bytes, len, name), GP_ST_OK);
	assert_string_equal(name, "ada@fabrikam.example");
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	const struct gp_str fits = {longest, GP_DIRECTORY_NAME_MAX};
	const struct gp_str too_long = {longest, GP_DIRECTORY_NAME_MAX + 1};
	assert_int_equal(gp_knock_write(fits, bytes), GP_KNOCK_MAX);
	assert_int_equal(gp_knock_parse(bytes, GP_KNOCK_MAX, name), GP_ST_OK);
	assert_int_equal(gp_knock_write(too_long, bytes), 0);
	assert_int_equal(gp_knock_write(GP_STR(""), bytes), 0);
}

static void test_knock_is_for_names(void **state)
{
	(void)state;
	static const struct gp_str wrong[] = {
		GP_STR("ada"),         GP_STR("ada~1@x"),   GP_STR("@x"),      GP_STR("a b@x"),
		GP_STR("a:b@x"),       GP_STR("a\n@x"),     GP_STR("../a@x"),  GP_STR("-a@x"),
		GP_STR("a@x\xC3\xA9"), GP_STR("a@x.com~1"), GP_STR("a@x\x7f"), GP_STR(".a@x"),
	};
	uint8_t bytes[GP_KNOCK_MAX];
	char name[GP_DIRECTORY_NAME_MAX + 1];
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		size_t len = gp_knock_write(wrong[i], bytes);
		assert_int_equal(gp_knock_parse(bytes, len, name), GP_ST_INVALID);
	}
}

/* Cut anywhere, and every byte changed: nothing, or another name that could be one. */
static void test_knock_damaged(void **state)
{
	(void)state;
	uint8_t bytes[GP_KNOCK_MAX];
	char name[GP_DIRECTORY_NAME_MAX + 1];
	size_t len = gp_knock_write(GP_STR("ada@x.example"), bytes);
	size_t accepted = 0;
	for (size_t n = 0; n <= len; n++) {
		uint8_t *copy = malloc(n + 1);
		assert_non_null(copy);
		memcpy(copy, bytes, n);
		assert_int_equal(gp_knock_parse(copy, n, name) == GP_ST_OK, n >= 6);
		free(copy);
	}
	for (size_t i = 0; i < len; i++) {
		for (unsigned int change = 1; change < 256; change++) {
			bytes[i] ^= (uint8_t)change;
			bool ok = gp_knock_parse(bytes, len, name) == GP_ST_OK;
			assert_false(ok && i < 2);
			if (ok) {
				assert_true(gp_directory_name_ok(gp_str_from(name)));
				accepted++;
			}
			bytes[i] ^= (uint8_t)change;
		}
	}
	assert_in_range(accepted, 1, 64 * len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_knock_there_and_back),
		cmocka_unit_test(test_knock_is_for_names),
		cmocka_unit_test(test_knock_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
