/* SPDX-License-Identifier: Apache-2.0 */
/* What a capture saw is of one tenant. */
#include "signin/host.h"

#include "tests/unit/store/place.h"

#include "contract/ban.h"

#define TENANT "11111111-1111-4111-8111-111111111111"
#define OTHER  "22222222-2222-4222-8222-222222222222"

/* What proves it at one proves nothing at another, and one takes nothing back at another. */
static void test_what_was_seen_is_of_one_tenant(void **state)
{
	struct place *p = *state;
	struct gp_error err = {0};
	reopen(p);
	assert_int_equal(gp_host_ipaddr_seen(p->store, TENANT), GP_FALSE);
	assert_int_equal(gp_host_ipaddr_put(p->store, TENANT, 1790000000, &err), GP_ST_OK);
	reopen(p);
	assert_int_equal(gp_host_ipaddr_seen(p->store, TENANT), GP_TRUE);
	assert_int_equal(gp_host_ipaddr_seen(p->store, OTHER), GP_FALSE);
	assert_int_equal(gp_host_ipaddr_put(p->store, OTHER, 0, &err), GP_ST_OK);
	assert_int_equal(gp_host_ipaddr_seen(p->store, TENANT), GP_TRUE);
	assert_int_equal(gp_host_ipaddr_put(p->store, TENANT, 0, &err), GP_ST_OK);
	assert_int_equal(gp_host_ipaddr_seen(p->store, TENANT), GP_FALSE);
	assert_int_equal(gp_host_ipaddr_put(p->store, TENANT, -1, &err), GP_ST_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_was_seen_is_of_one_tenant, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
