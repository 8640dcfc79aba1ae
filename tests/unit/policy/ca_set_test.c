/* SPDX-License-Identifier: Apache-2.0 */
/* Policies, locations and trust are read as a whole or not at all. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "policy/ca_policy.h"

#include "contract/ban.h"

static void not_a_set(const char *text)
{
	struct gp_ca_set *set = NULL;
	struct gp_error err = {0};
	assert_int_not_equal(gp_ca_set_parse(gp_str_from(text), &set, &err), GP_ST_OK);
	assert_null(set);
	assert_true(err.text[0] != '\0');
}

static void test_ca_set_all_or_nothing(void **state)
{
	(void)state;
	not_a_set("{}");
	not_a_set("{\"policies\":[],\"locations\":[],\"default\":{}}");
	not_a_set("{\"policies\":[],\"locations\":[],\"partners\":[]}");
	not_a_set("{\"policies\":[{}],\"locations\":[],\"default\":{},\"partners\":[]}");
	not_a_set("{\"policies\":{},\"locations\":[],\"default\":{},\"partners\":[]}");
	not_a_set("{\"policies\":[],\"locations\":[{\"value\":7}],\"default\":{},\"partners\":[]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ca_set_all_or_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
