/* SPDX-License-Identifier: Apache-2.0 */
/* Which address proves that a token holds the browser's. */
#include "signin/capture.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "contract/ban.h"

static void set(struct gp_config *config, size_t i, const char *network)
{
	assert_int_equal(
		gp_copy(config->egress_addresses[i], GP_CONFIG_NETWORK, gp_str_from(network)),
		GP_ST_OK);
}

static void test_address(void **state)
{
	(void)state;
	static struct gp_config config;
	static const struct {
		const char *ipaddr;
		enum gp_capture_address expected;
	} rows[] = {
		{"203.0.113.9", GP_CAPTURE_ADDRESS_BROWSER},
		{"2001:db8::9", GP_CAPTURE_ADDRESS_BROWSER},
		{"198.51.100.7", GP_CAPTURE_ADDRESS_EGRESS},
		{"::ffff:198.51.100.7", GP_CAPTURE_ADDRESS_EGRESS},
		{"2001:db8:1::5", GP_CAPTURE_ADDRESS_EGRESS},
		{"", GP_CAPTURE_ADDRESS_ABSENT},
		{"somewhere", GP_CAPTURE_ADDRESS_ABSENT},
	};
	/* Where nothing is set everything could be this host's own. */
	assert_int_equal(gp_capture_address_of(&config, "203.0.113.9"),
			 GP_CAPTURE_ADDRESS_NO_EGRESS);
	assert_int_equal(gp_capture_address_of(&config, ""), GP_CAPTURE_ADDRESS_ABSENT);
	set(&config, 0, "198.51.100.0/24");
	set(&config, 1, "2001:db8:1::/48");
	config.egress_addresses_len = 2;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(gp_capture_address_of(&config, rows[i].ipaddr), rows[i].expected);
	/* Of the other family nothing is known where only one is listed. */
	config.egress_addresses_len = 1;
	assert_int_equal(gp_capture_address_of(&config, "203.0.113.9"), GP_CAPTURE_ADDRESS_BROWSER);
	assert_int_equal(gp_capture_address_of(&config, "2001:db8::9"),
			 GP_CAPTURE_ADDRESS_NO_EGRESS);
	set(&config, 0, "2001:db8:1::/48");
	assert_int_equal(gp_capture_address_of(&config, "203.0.113.9"),
			 GP_CAPTURE_ADDRESS_NO_EGRESS);
	set(&config, 0, "198.51.100.0/24");
	config.egress_addresses_len = 2;
	/* A network that cannot be read holds everything. */
	set(&config, 1, "nonsense");
	assert_int_equal(gp_capture_address_of(&config, "203.0.113.9"), GP_CAPTURE_ADDRESS_EGRESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_address)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
