/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/ban.h"

static void test_networks(void **state)
{
	(void)state;
	static const struct {
		const char *network, *address;
		bool in;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.0/24", "::ffff:192.0.2.7", true},
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "192.0.2.6", false},
		{"0.0.0.0/0", "255.255.255.255", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},
		/* Who writes everything in IPv6 means IPv4 too: they are mapped into it. */
		{"::/0", "192.0.2.1", true},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"fe80::/10", "fe80::1%eth0", true},
		{"::1", "::1", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gp_network network;
		struct gp_address address;
		assert_int_equal(gp_network_parse(gp_str_from(cases[i].network), &network),
				 GP_ST_OK);
		assert_int_equal(gp_address_parse(gp_str_from(cases[i].address), &address),
				 GP_ST_OK);
		assert_int_equal(gp_network_has(&network, &address), cases[i].in);
	}
}

static void test_no_networks(void **state)
{
	(void)state;
	static const char *const wrong[] = {"",
					    "/",
					    "/8",
					    "192.0.2.0/",
					    "192.0.2.0/33",
					    "192.0.2.1/24",
					    "192.0.2/24",
					    "localhost",
					    "2001:db8::/129",
					    "2001:db8::1/32",
					    "fe80::1%eth0",
					    "1.2.3.4%eth0",
					    "192.0.2.0/-1",
					    "192.0.2.0/24/24"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct gp_network network;
		assert_int_not_equal(gp_network_parse(gp_str_from(wrong[i]), &network), GP_ST_OK);
	}
	struct gp_address address;
	assert_int_not_equal(gp_address_parse(GP_STR("partner.example"), &address), GP_ST_OK);
	assert_int_not_equal(gp_address_parse(GP_STR("1.2.3.4%eth0"), &address), GP_ST_OK);
	assert_int_not_equal(gp_address_parse(GP_STR(""), &address), GP_ST_OK);
	assert_int_not_equal(gp_address_parse((struct gp_str){"1.2.3.4\0", 8}, &address), GP_ST_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_no_networks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
