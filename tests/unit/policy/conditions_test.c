/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of where and when somebody signed in, where his client is, and whom he may become. */
#include "tests/unit/policy/terms.h"

#include "contract/ban.h"

static void test_conditions_sign_in_age(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.identity.auth_time = -1;
	expect(&w, "sign-in-age", GP_YES, "ok");
	w.config.max_auth_age_s = 900;
	expect(&w, "sign-in-age", GP_CANNOT_TELL, "sign-in-age-unknown");
	w.identity.auth_time = NOW - 900;
	expect(&w, "sign-in-age", GP_YES, "ok");
	w.identity.auth_time--;
	expect(&w, "sign-in-age", GP_NO, "sign-in-too-old");
	w.identity.auth_time = NOW + 300;
	expect(&w, "sign-in-age", GP_YES, "ok");
	w.identity.auth_time++;
	expect(&w, "sign-in-age", GP_NO, "sign-in-too-old");
	w.facts.identity = NULL;
	expect(&w, "sign-in-age", GP_CANNOT_TELL, "sign-in-age-unknown");
}

/* How long the person needed after the code was shown does not make the sign-in older. */
static void test_conditions_sign_in_age_from_the_code(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.config.max_auth_age_s = 900;
	w.facts.code_issued_s = NOW - 600;
	w.identity.auth_time = NOW - 1500;
	expect(&w, "sign-in-age", GP_YES, "ok");
	w.identity.auth_time--;
	expect(&w, "sign-in-age", GP_NO, "sign-in-too-old");
	w.identity.auth_time = NOW - 10;
	expect(&w, "sign-in-age", GP_YES, "ok");
	/* A clock that was set back between the two: then it is now that counts. */
	w.facts.code_issued_s = NOW + 5000;
	w.identity.auth_time = NOW - 900;
	expect(&w, "sign-in-age", GP_YES, "ok");
	w.identity.auth_time--;
	expect(&w, "sign-in-age", GP_NO, "sign-in-too-old");
}

static void test_conditions_sign_in_address(void **state)
{
	(void)state;
	enum { M = GP_SIGNIN_ADDRESS_MATCH, N = GP_SIGNIN_ADDRESS_NETWORK };
	static const char *const unknown = "sign-in-address-unknown";
	static const char *const differs = "sign-in-address-differs";
	static const struct {
		const char *ssh, *signed_in;
		int rule;
		enum gp_verdict verdict;
		const char *reason;
	} cases[] = {
		{"198.51.100.7", "198.51.100.7", M, GP_YES, "ok"},
		{"::ffff:198.51.100.7", "198.51.100.7", M, GP_YES, "ok"},
		{"198.51.100.7", "198.51.100.8", M, GP_NO, differs},
		{"198.51.100.7", "198.51.100.8", N, GP_YES, "ok"},
		{"198.51.100.7", "198.51.100.255", N, GP_YES, "ok"},
		{"198.51.100.7", "198.51.101.7", N, GP_NO, differs},
		{"2001:db8:1:2::3", "2001:db8:1:2::3", M, GP_YES, "ok"},
		{"2001:db8:1:2::3", "2001:db8:1:2::4", M, GP_NO, differs},
		{"2001:db8:1:2::3", "2001:db8:1:ffff::4", N, GP_YES, "ok"},
		{"2001:db8:1:2::3", "2001:db8:2:2::3", N, GP_NO, differs},
		/* One of them is not seen by the other's way. */
		{"198.51.100.7", "2001:db8::1", M, GP_CANNOT_TELL, unknown},
		{"2001:db8::1", "198.51.100.7", N, GP_CANNOT_TELL, unknown},
		/* It may be that of this host, which asked for the token. */
		{"203.0.113.9", "203.0.113.9", M, GP_CANNOT_TELL, unknown},
		{"198.51.100.7", "203.0.113.77", N, GP_CANNOT_TELL, unknown},
		{"198.51.100.7", "", M, GP_CANNOT_TELL, unknown},
		{"198.51.100.7", "browser.example", N, GP_CANNOT_TELL, unknown},
		{"client.example", "198.51.100.7", M, GP_CANNOT_TELL, unknown},
		{NULL, "198.51.100.7", M, GP_CANNOT_TELL, unknown},
	};
	struct world w;
	world_good(&w);
	w.facts.ipaddr_seen = GP_TRUE;
	PUT(w.config.egress_addresses[0], "203.0.113.0/24");
	PUT(w.config.egress_addresses[1], "2001:db8:ffff::/48");
	w.config.egress_addresses_len = 2;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w.config.signin_address = (enum gp_signin_address)cases[i].rule;
		w.facts.address = cases[i].ssh;
		PUT(w.identity.ipaddr, cases[i].signed_in);
		expect(&w, "sign-in-address", cases[i].verdict, cases[i].reason);
	}
	/* A host that says one family of its own may have the other too. */
	w.config.egress_addresses_len = 1;
	w.config.signin_address = GP_SIGNIN_ADDRESS_NETWORK;
	w.facts.address = "2001:db8:1:2::3";
	PUT(w.identity.ipaddr, "2001:db8:1:2::3");
	expect(&w, "sign-in-address", GP_CANNOT_TELL, unknown);
	w.config.egress_addresses_len = 0;
	w.facts.address = "198.51.100.7";
	PUT(w.identity.ipaddr, "198.51.100.7");
	expect(&w, "sign-in-address", GP_CANNOT_TELL, unknown);
	w.config.egress_addresses_len = 2;
	w.config.signin_address = GP_SIGNIN_ADDRESS_MATCH;
	expect(&w, "sign-in-address", GP_YES, "ok");
	/* Before anybody has seen that the claim is the browser's it proves nothing. */
	w.facts.address = "198.51.100.7";
	PUT(w.identity.ipaddr, "198.51.100.7");
	w.facts.ipaddr_seen = GP_FALSE;
	expect(&w, "sign-in-address", GP_CANNOT_TELL, "sign-in-address-not-captured");
	w.config.signin_address = GP_SIGNIN_ADDRESS_REPORT;
	expect(&w, "sign-in-address", GP_YES, "ok");
	w.config.signin_address = GP_SIGNIN_ADDRESS_OFF;
	expect(&w, "sign-in-address", GP_YES, "ok");
}

static void test_conditions_sudo(void **state)
{
	(void)state;
	struct world w;
	struct gp_pass_object activation = {
		.basis = GP_BASIS_PIM, .of = SECOND, .begin_s = NOW - 60, .end_s = NOW + 60};
	world_good(&w);
	expect(&w, "sudo", GP_YES, "ok");
	w.facts.step_up = true;
	expect(&w, "sudo", GP_NO, "sudo-not-offered");
	expect(&w, "service", GP_NO, "service-not-allowed");
	PUT(w.config.sudo_services[0], "sudo");
	w.config.sudo_services_len = 1;
	w.facts.service = "sudo";
	expect(&w, "service", GP_YES, "ok");
	PUT(w.config.sudo_group, SECOND);
	expect(&w, "sudo", GP_NO, "elevation-demanded");
	w.facts.elevated = true;
	expect(&w, "sudo", GP_CANNOT_TELL, "sudo-group-unknown");
	w.facts.sudo_member = GP_FALSE;
	expect(&w, "sudo", GP_NO, "not-in-sudo-group");
	w.facts.sudo_member = GP_TRUE;
	expect(&w, "sudo", GP_CANNOT_TELL, "sudo-group-unknown");
	w.facts.passes.activations_read = true;
	expect(&w, "sudo", GP_NO, "sudo-not-activated");
	w.facts.passes.objects = &activation;
	w.facts.passes.objects_len = 1;
	expect(&w, "sudo", GP_YES, "ok");
	activation.end_s = NOW;
	expect(&w, "sudo", GP_NO, "sudo-not-activated");
	activation.end_s = NOW + 1;
	activation.begin_s = NOW + 1;
	expect(&w, "sudo", GP_NO, "sudo-not-activated");
	activation.begin_s = NOW;
	expect(&w, "sudo", GP_YES, "ok");
	PUT(activation.of, GROUP);
	expect(&w, "sudo", GP_NO, "sudo-not-activated");
	w.config.sudo_basis = GP_SUDO_GROUP;
	expect(&w, "sudo", GP_YES, "ok");
	/* A group alone lets nobody into a login. */
	w.facts.step_up = false;
	expect(&w, "service", GP_NO, "service-not-allowed");
}

static void test_conditions_location(void **state)
{
	(void)state;
	static const struct {
		enum gp_ca_outcome outcome;
		bool elevated;
		enum gp_verdict verdict;
		const char *reason;
	} cases[] = {
		{GP_CA_NOT_EVALUATED, false, GP_CANNOT_TELL, "policies-unread"},
		{GP_CA_NONE, false, GP_YES, "ok"},
		{GP_CA_LEFT_TO_ENTRA, false, GP_YES, "ok"},
		{GP_CA_ADDRESS_UNKNOWN, false, GP_NO, "location-unknown"},
		{GP_CA_ADDRESS_UNKNOWN, true, GP_NO, "location-unknown"},
		{GP_CA_DEMAND, false, GP_NO, "elevation-demanded"},
		{GP_CA_DEMAND, true, GP_YES, "ok"},
		{GP_CA_BLOCK, false, GP_NO, "location-blocked"},
		{GP_CA_BLOCK, true, GP_NO, "location-blocked"},
	};
	struct world w;
	world_good(&w);
	w.facts.location.outcome = GP_CA_BLOCK;
	expect(&w, "location", GP_YES, "ok"); /* not looked at */
	w.config.ssh_location = GP_SSH_LOCATION_ENFORCE;
	w.config.policy_max_age_s = 3600;
	PUT(w.config.elevation_resource, SECOND);
	w.facts.location.read_s = NOW - 3600;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w.facts.location.outcome = cases[i].outcome;
		w.facts.elevated = cases[i].elevated;
		expect(&w, "location", cases[i].verdict, cases[i].reason);
	}
	w.facts.location.read_s--;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w.facts.location.outcome = cases[i].outcome;
		expect(&w, "location", GP_CANNOT_TELL, "policies-too-old");
	}
	w.facts.location.read_s = NOW + 301;
	expect(&w, "location", GP_CANNOT_TELL, "policies-too-old");
	w.facts.location.read_s = NOW;
	w.facts.elevated = false;
	w.facts.location.outcome = GP_CA_DEMAND;
	w.config.elevation_resource[0] = '\0';
	expect(&w, "location", GP_NO, "location-needs-elevation");
	w.facts.location.outcome = GP_CA_ADDRESS_UNKNOWN;
	w.config.ssh_location_unknown = GP_UNKNOWN_LOCATION_LEFT_TO_ENTRA;
	expect(&w, "location", GP_YES, "ok");
	/* Tried out, it only says so. */
	w.config.ssh_location = GP_SSH_LOCATION_REPORT;
	w.facts.location.outcome = GP_CA_BLOCK;
	struct gp_check check = looked_at(&w, GP_PHASE_TOKEN, "location");
	assert_int_equal(check.verdict, GP_NO);
	assert_true(check.report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions_sign_in_age),
		cmocka_unit_test(test_conditions_sign_in_age_from_the_code),
		cmocka_unit_test(test_conditions_sign_in_address),
		cmocka_unit_test(test_conditions_sudo),
		cmocka_unit_test(test_conditions_location),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
