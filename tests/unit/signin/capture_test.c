/* SPDX-License-Identifier: Apache-2.0 */
/* Which address proves that a token holds the browser's. */
#include "signin/capture_internal.h"

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

static void says(const struct gp_capture_record *record, const char *words)
{
	gp_buf_auto struct gp_buf out = GP_BUF(16384);
	gp_capture_write(record, &out);
	assert_int_equal(gp_buf_status(&out), GP_ST_OK);
	if (strstr(gp_buf_get(&out), words) == NULL)
		fail_msg("%s is not in %s", words, gp_buf_get(&out));
}

/* What could not be kept is not told as proved, nor what proves nothing of guests. */
static void test_record(void **state)
{
	(void)state;
	struct gp_capture_record r = {.sts_prefix = "",
				      .has_tokens = true,
				      .address = GP_CAPTURE_ADDRESS_BROWSER,
				      .proved = GP_TRUE};
	says(&r, "\"outcome\":\"signed-in\",\"why\":\"\"");
	says(&r, "\"proved\":true}");
	r.proved = GP_UNKNOWN;
	r.not_kept = true;
	says(&r, "\"outcome\":\"not-kept\",\"why\":\"what was seen could not be kept");
	says(&r, "\"proved\":false}");
	r = (struct gp_capture_record){
		.sts_prefix = "", .has_tokens = true, .address = GP_CAPTURE_ADDRESS_NO_GUEST};
	says(&r, "an account of this tenant says nothing of guests");
	r.identity.acct = -1;
	says(&r, "needs the optional claim acct");
	/* Of Entra's own words nothing is shown, and a block is what a policy answers. */
	r = (struct gp_capture_record){
		.sts_prefix = "", .expires_in_s = 900, .error = {.class = GP_CLASS_EXPIRED}};
	memcpy(r.error.description, "Trace ID", sizeof("Trace ID"));
	says(&r, "\"why\":\"the code ran out");
	r.error.class = GP_CLASS_GUEST_DISABLED;
	says(&r, "not answered: it ended for another reason");
	r.error.class = GP_CLASS_POLICY_BLOCK;
	r.error.number = 53003;
	memcpy(r.error.error, "access_denied", sizeof("access_denied"));
	says(&r, "\"answer\":\"access_denied 53003\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_address),
					   cmocka_unit_test(test_record)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
