/* SPDX-License-Identifier: Apache-2.0 */
/* Drop-ins: each rule, in both directions. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "config/config.h"

#include "tests/unit/config/sample.h"

#include "contract/ban.h"

static enum gp_status parse(const char *first, const char *second, struct gp_config **out,
			    struct gp_error *err)
{
	const struct gp_config_file files[] = {
		{"g.conf", gp_str_from(SAMPLE "[limits]\ncodes_total = 100\n")},
		{"conf.d/1.conf", gp_str_from(first)},
		{"conf.d/2.conf", gp_str_from(second)},
	};
	return gp_config_parse(files, second == NULL ? 2 : 3, out, err);
}

static struct gp_config *tightened(const char *first, const char *second)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	if (parse(first, second, &config, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	assert_non_null(config);
	return config;
}

#define MAPPED "[group gp-build]\nentra_group = " GROUP_1 "\n"

/* Who is in which group of the host is the main file's affair. */
static void test_tighten_mapped_groups(void **state)
{
	(void)state;
	const struct gp_config_file files[] = {
		{"g.conf", gp_str_from(SAMPLE MAPPED)},
		{"conf.d/1.conf", gp_str_from(MAPPED)},
		{"conf.d/2.conf", gp_str_from("[group gp-build]\nentra_group = " GROUP_2 "\n")},
	};
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	assert_int_equal(gp_config_parse(files, 2, &config, &err), GP_ST_OK);
	assert_int_equal(config->mapped_groups_len, 1);
	gp_config_free(config);
	assert_int_equal(gp_config_parse(files, 3, &config, &err), GP_ST_DENIED);
	assert_string_equal(err.text, "conf.d/2.conf:2: [group gp-build] belongs into the main "
				      "file and cannot be changed here");
}

static void test_tighten_each_rule(void **state)
{
	(void)state;
	struct gp_config *c = tightened("[guestpass]\ninterval = 60\n"
					"[tier]\naccess_groups = " GROUP_2 "=group\n"
					"home_tenants =\nidp_allowed = mail\nservices = sshd\n"
					"[limits]\ncodes_total = 50\nconnections = 1\n",
					NULL);
	assert_int_equal(c->interval_s, 60);
	assert_int_equal(c->access_groups_len, 1);
	assert_string_equal(c->access_groups[0], GROUP_2);
	assert_int_equal(c->home_tenants_len, 0);
	assert_int_equal(c->idp_allowed_len, 1);
	assert_string_equal(c->idp_allowed[0], "mail");
	assert_int_equal(c->codes_total, 50);
	assert_int_equal(c->connections, 1);
	assert_int_equal(c->guests, GP_GUESTS_ALLOWED);
	gp_config_free(c);

	c = tightened("[tier]\nguests = never\n", NULL);
	assert_int_equal(c->guests, GP_GUESTS_NEVER);
	gp_config_free(c);
}

static void test_tighten_same_again(void **state)
{
	(void)state;
	struct gp_config *c =
		tightened("[guestpass]\ntenant = " TENANT "\ncloud = global\n"
			  "qr_code = no\nuser = guestpass\n"
			  "[tier]\naccess_groups = " GROUP_2 "=group " GROUP_1 "=group\n"
			  "guests = allowed\n[limits]\ncodes_total = 100\n",
			  "# nothing\n");
	assert_string_equal(c->tenant_id, TENANT);
	assert_int_equal(c->access_groups_len, 2);
	gp_config_free(c);
}

static void test_tighten_refuses(void **state)
{
	(void)state;
	static const struct {
		const char *first;
		const char *second;
		const char *message;
	} cases[] = {
		{"\n[guestpass]\ntenant = " HOME_1 "\n", NULL,
		 "conf.d/1.conf:3: 'tenant' belongs into the main file and cannot be changed here"},
		{"[guestpass]\nproxy = http://p:1\n", NULL,
		 "conf.d/1.conf:2: 'proxy' belongs into the main file and cannot be changed here"},
		{"[guestpass]\ncloud = usgov\n", NULL,
		 "conf.d/1.conf:2: 'cloud' belongs into the main file and cannot be changed here"},
		{"[guestpass]\nqr_code = yes\n", NULL,
		 "conf.d/1.conf:2: 'qr_code' belongs into the main file and cannot be changed "
		 "here"},
		{"[limits]\ncodes_total = 101\n", NULL,
		 "conf.d/1.conf:2: 'codes_total' loosens what the main file or an earlier drop-in "
		 "says"},
		{"[limits]\nconnections = 601\n", NULL, /* more than the default */
		 "conf.d/1.conf:2: 'connections' loosens what the main file or an earlier drop-in "
		 "says"},
		{"[limits]\ncodes_total = 40\n", "[limits]\ncodes_total = 41\n",
		 "conf.d/2.conf:2: 'codes_total' loosens what the main file or an earlier drop-in "
		 "says"},
		{"[tier]\nguests = never\n", "[tier]\nguests = allowed\n",
		 "conf.d/2.conf:2: 'guests' loosens what the main file or an earlier drop-in says"},
		{"[tier]\nservices = sshd login\n", NULL,
		 "conf.d/1.conf:2: 'services' adds what the main file or an earlier drop-in does "
		 "not list"},
		{"[tier]\nhome_tenants =\n", "[tier]\nhome_tenants = " HOME_1 "\n",
		 "conf.d/2.conf:2: 'home_tenants' adds what the main file or an earlier drop-in "
		 "does not list"},
		{"[tier]\naccess_groups =\n", NULL,
		 "g.conf:8: guests = allowed needs 'access_groups' in [tier]"},
		{"[tier]\nguests = never\nguests = never\n", NULL,
		 "conf.d/1.conf:3: 'guests' again, after line 2"},
		{"[tier]\nguest = never\n", NULL,
		 "conf.d/1.conf:2: unknown key 'guest' in [tier]; did you mean 'guests'?"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gp_config *config = NULL;
		struct gp_error err = {0};
		if (parse(cases[i].first, cases[i].second, &config, &err) == GP_ST_OK)
			fail_msg("accepted, though: %s", cases[i].message);
		assert_null(config);
		assert_string_equal(err.text, cases[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tighten_each_rule),
		cmocka_unit_test(test_tighten_mapped_groups),
		cmocka_unit_test(test_tighten_same_again),
		cmocka_unit_test(test_tighten_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
