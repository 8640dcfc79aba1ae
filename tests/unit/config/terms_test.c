/* SPDX-License-Identifier: Apache-2.0 */
/* The tier's terms: bases of passes, times, days, hours, networks, labels, and how they tighten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/access.h"
#include "config/config.h"
#include "config/hours.h"
#include "config/times.h"
#include "contract/buf.h"
#include "tests/unit/config/sample.h"

#include "contract/ban.h"

#define PACKAGE "cccccccc-0000-4000-8000-000000000001"
#define TIER                                                                                       \
	SAMPLE_MAIN "[tier]\nguests = allowed\napi_client_id = " API "\nscope = api://" API        \
		    "/ssh.login\nowner = o@contoso.example\naccess_groups = " GROUP_1 "=group\n"

#define GROUPS "[group gp-a]\nentra_group = " GROUP_1 "\n[group gp-b]\nentra_group = " GROUP_2 "\n"

static struct gp_config *parsed(const char *text, const char *drop_in, struct gp_error *err)
{
	struct gp_config *config = NULL;
	const struct gp_config_file files[] = {{"g.conf", gp_str_from(text)},
					       {"d.conf", gp_str_from(drop_in)}};
	enum gp_status st = gp_config_parse(files, drop_in[0] != '\0' ? 2 : 1, &config, err);
	assert_int_equal(st == GP_ST_OK, config != NULL);
	return config;
}

static void test_auth_context(void **state)
{
	(void)state;
	static const char *const wrong[] = {"c",  "c0",    "c01", "c100", "d1",
					    "C1", "c1 c2", "c-1", "1"};
	struct gp_error err = {0};
	struct gp_config *c =
		parsed(SAMPLE_MAIN "[tier]\nssh_location = report\nauth_context = c99\n", "", &err);
	assert_non_null(c);
	assert_string_equal(c->auth_context, "c99");
	gp_config_free(c);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[512];
		assert_int_equal(gp_format(text, sizeof(text),
					   SAMPLE_MAIN "[tier]\nssh_location = report\n"
						       "auth_context = %s\n",
					   wrong[i]),
				 GP_ST_OK);
		assert_null(parsed(text, "", &err));
		assert_non_null(strstr(err.text, "not an authentication context, c1 to c99"));
	}
	assert_null(parsed(SAMPLE_MAIN "[tier]\nauth_context = c1\n", "", &err));
	assert_non_null(strstr(err.text, "auth_context needs ssh_location = enforce or report"));
}

static void test_terms_bases(void **state)
{
	(void)state;
	struct gp_error err = {0};
	struct gp_config *c =
		parsed(SAMPLE_MAIN "[tier]\naccess_groups = AAAAAAAA-0000-4000-8000-000000000005"
				   "=package:" PACKAGE ", " GROUP_2 "=pim " HOME_1 "=local\n",
		       "", &err);
	assert_int_equal(c->access_groups_len, 3);
	assert_string_equal(c->access_groups[0], GROUP_1);
	assert_int_equal(c->access_bases[0].basis, GP_BASIS_PACKAGE);
	assert_string_equal(c->access_bases[0].package, PACKAGE);
	assert_int_equal(c->access_bases[1].basis, GP_BASIS_PIM);
	assert_int_equal(c->access_bases[2].basis, GP_BASIS_LOCAL);
	gp_config_free(c);
	static const char *const wrong[] = {GROUP_1,
					    GROUP_1 "=",
					    GROUP_1 "=packages",
					    GROUP_1 "=package:",
					    GROUP_1 "=package:x",
					    "=group",
					    GROUP_1 "=group=group"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[96];
		assert_non_null(gp_access_text(gp_str_from(wrong[i]), text, sizeof(text)));
	}
	assert_null(parsed(SAMPLE_MAIN "[tier]\naccess_groups = " GROUP_1 "=group " GROUP_1
				       "=pim\n",
			   "", &err));
	assert_non_null(strstr(err.text, "a group has one basis"));
}

static void test_terms_durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t seconds; /* -1: wrong */
	} cases[] = {{"0", 0},
		     {"1s", 1},
		     {"30m", 1800},
		     {"12h", 43200},
		     {"90d", 7776000},
		     {"", -1},
		     {"d", -1},
		     {"-1d", -1},
		     {"1", -1},
		     {"1w", -1},
		     {"49711d", -1},
		     {"1.5d", -1},
		     {" 1d", -1},
		     {"1 d", -1},
		     {"99999999999999d", -1},
		     {"49710d", 4294944000}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t seconds = 0;
		enum gp_status st = gp_duration_parse(gp_str_from(cases[i].text), &seconds);
		assert_int_equal(st == GP_ST_OK, cases[i].seconds >= 0);
		if (cases[i].seconds >= 0)
			assert_int_equal(seconds, cases[i].seconds);
	}
}

static void test_terms_dates(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t end_s; /* -1: wrong */
	} cases[] = {{"1970-01-01", 86400},        {"2026-12-31", 1798761600},
		     {"2024-02-29", 1709251200},   {"2025-02-29", -1},
		     {"2100-02-29", -1},           {"2000-02-29", 951868800},
		     {"2026-13-01", -1},           {"2026-00-10", -1},
		     {"2026-04-31", -1},           {"26-12-31", -1},
		     {"2026-12-31T00:00:00Z", -1}, {"2026/12/31", -1},
		     {"1969-12-31", -1},           {"", -1}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t end_s = 0;
		enum gp_status st = gp_date_parse(gp_str_from(cases[i].text), &end_s);
		assert_int_equal(st == GP_ST_OK, cases[i].end_s >= 0);
		if (cases[i].end_s >= 0)
			assert_int_equal(end_s, cases[i].end_s);
	}
}

static void test_terms_hours(void **state)
{
	(void)state;
	struct gp_hours h;
	assert_null(gp_hours_parse(GP_STR("Mon-Fri 07:00-19:00 Europe/Berlin"), &h));
	assert_string_equal(h.zone, "Europe/Berlin");
	assert_false(gp_hours_include(&h, 1, 7 * 60 - 1));
	assert_true(gp_hours_include(&h, 1, 7 * 60));
	assert_true(gp_hours_include(&h, 5, 19 * 60 - 1));
	assert_false(gp_hours_include(&h, 5, 19 * 60));
	assert_false(gp_hours_include(&h, 6, 12 * 60));
	assert_false(gp_hours_include(&h, 0, 12 * 60));
	assert_false(gp_hours_include(&h, 7, 12 * 60));
	assert_false(gp_hours_include(&h, 1, 1440));
	/* Over midnight, and over the week's end. */
	assert_null(gp_hours_parse(GP_STR("Sat,Tue 22:00-06:00; Wed 12:00-24:00 UTC"), &h));
	assert_true(gp_hours_include(&h, 6, 22 * 60));
	assert_true(gp_hours_include(&h, 0, 6 * 60 - 1));
	assert_false(gp_hours_include(&h, 0, 6 * 60));
	assert_false(gp_hours_include(&h, 0, 23 * 60));
	assert_true(gp_hours_include(&h, 3, 5 * 60));
	assert_true(gp_hours_include(&h, 3, 1439));
	assert_false(gp_hours_include(&h, 4, 0));
	assert_null(gp_hours_parse(GP_STR("Fri-Mon 00:00-24:00 UTC"), &h));
	for (unsigned int day = 0; day < 7; day++)
		assert_int_equal(gp_hours_include(&h, day, 0), day == 5 || day == 6 || day < 2);
	static const char *const wrong[] = {"",
					    "UTC",
					    "Mon",
					    "Mon 07:00-19:00",
					    "07:00-19:00 UTC",
					    "mon 07:00-19:00 UTC",
					    "Mon, 07:00-19:00 UTC",
					    "Mon- 07:00-19:00 UTC",
					    "-Fri 07:00-19:00 UTC",
					    "Mon 7:00-19:00 UTC",
					    "Mon 07:00-24:01 UTC",
					    "Mon 24:00-07:00 UTC",
					    "Mon 07:60-19:00 UTC",
					    "Mon 07:00-07:00 UTC",
					    "Mon 07:00 UTC",
					    "Mon 07:00-19:00; UTC",
					    "Mon 07:00-19:00 ../etc",
					    "Mon 07:00-19:00 /etc/passwd",
					    "Mon 07:00-19:00 a//b"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(gp_hours_wrong(gp_str_from(wrong[i])));
}

static void test_terms_labels(void **state)
{
	(void)state;
	struct gp_error err = {0};
	struct gp_config *c = parsed(TIER "last_review = 2026-10-01\n", "", &err);
	/* Unlabelled is high. */
	assert_int_equal(c->label, GP_LABEL_HIGH);
	assert_int_equal(c->max_stay_s, 30 * 86400);
	assert_int_equal(c->idle_limit_s, 30 * 86400);
	assert_true(c->sponsor_required);
	gp_config_free(c);
	c = parsed(TIER "label = low\n", "", &err);
	assert_int_equal(c->max_stay_s, 365 * 86400);
	assert_int_equal(c->review_every_s, 0);
	assert_false(c->sponsor_required);
	gp_config_free(c);
	/* A drop-in's label moves what nobody set, and no key below may be looser than that. */
	c = parsed(TIER "label = low\nidle_limit = 20d\n",
		   "[tier]\nlabel = medium\nreview_every = 0\n", &err);
	assert_null(c);
	assert_non_null(strstr(err.text, "'review_every' loosens"));
	c = parsed(TIER "label = low\nidle_limit = 20d\nlast_review = 2026-10-01\n",
		   "[tier]\nlabel = medium\n", &err);
	assert_int_equal(c->max_stay_s, 90 * 86400);
	assert_int_equal(c->idle_limit_s, 20 * 86400);
	gp_config_free(c);
}

static void test_terms_between_keys(void **state)
{
	(void)state;
	struct gp_error err = {0};
	assert_null(parsed(TIER, "", &err));
	assert_non_null(strstr(err.text, "review_every needs last_review"));
	assert_null(parsed(TIER "last_review = 2026-10-01\nkey_valid = 1h\n", "", &err));
	assert_non_null(strstr(err.text, "SSH keys open nothing on hosts of label high"));
	/* Also where guests are not allowed yet. */
	assert_null(parsed(SAMPLE_MAIN "[tier]\nlabel = medium\nforwarding = local\n", "", &err));
	assert_non_null(strstr(err.text, "g.conf:9: forwarding = local is for hosts of label low"));
	assert_null(parsed(SAMPLE_MAIN "[tier]\nlabel = low\nforwarding = local\n",
			   "[tier]\nlabel = medium\n", &err));
	assert_null(parsed(SAMPLE_MAIN "[tier]\nshell_group = gp-shell\n[group gp-shells]\n"
				       "entra_group = " GROUP_1 "\n",
			   "", &err));
	assert_non_null(strstr(err.text, "g.conf:8: shell_group names no [group ...]"));
	assert_null(parsed(SAMPLE_MAIN "[tier]\nguests = allowed\napi_client_id = " API
				       "\nscope = api://" API "/ssh.login\nlabel = low\n"
				       "access_groups = " GROUP_1 "=group\n",
			   "", &err));
	assert_non_null(strstr(err.text, "guests = allowed needs 'owner'"));
}

static void test_terms_tighten(void **state)
{
	(void)state;
	static const struct {
		const char *main_text, *drop_in;
		bool may;
	} cases[] = {
		{"max_stay = 0\n", "max_stay = 10d\n", true},
		{"max_stay = 10d\n", "max_stay = 0\n", false},
		{"max_stay = 10d\n", "max_stay = 11d\n", false},
		{"max_stay = 10d\n", "max_stay = 9d\n", true},
		{"", "project_end = 2026-12-31\n", true},
		{"project_end = 2026-12-31\n", "project_end = 2027-01-01\n", false},
		{"project_end = 2026-12-31\n", "project_end = 2026-12-30\n", true},
		{"last_review = 2026-10-01\n", "last_review = 2026-11-01\n", false},
		{"", "sponsor_required = yes\n", true},
		{"sponsor_required = yes\n", "sponsor_required = no\n", false},
		{"", "networks = 192.0.2.0/24\n", true},
		{"networks = 192.0.2.0/24\n", "networks =\n", false},
		{"networks = 192.0.2.0/24 2001:db8::/32\n", "networks = 2001:db8::/32\n", true},
		{"networks = 192.0.2.0/24\n", "networks = 192.0.2.0/25\n", false},
		{"", "hours = Mon-Fri 07:00-19:00 UTC\n", true},
		{"hours = Mon-Fri 07:00-19:00 UTC\n", "hours = Mon-Sun 00:00-24:00 UTC\n", false},
		{"", "home_tenants_denied = " HOME_1 "\n", true},
		{"home_tenants_denied = " HOME_1 "\n", "home_tenants_denied =\n", false},
		{"home_tenants_denied = " HOME_1 "\n",
		 "home_tenants_denied = " HOME_1 " " HOME_2 "\n", true},
		{"", "report = idle\n", false},
		{"report = idle hours\n", "report = idle\n", true},
		{"", "creation_types = invitation\n", true},
		{"creation_types = invitation\n", "creation_types = invitation none\n", false},
		{"key_valid = 1h\n", "key_valid = 2h\n", false},
		{"key_valid = 1h\n", "key_valid = 0\n", true},
		{"forwarding = local\n", "forwarding = no\n", true},
		{"", "forwarding = local\n", false},
		{"", "shell_group = gp-a\n", true},
		{"shell_group = gp-a\n", "shell_group = gp-b\n", false},
		{"shell_group = gp-a\n", "shell_group =\n", false},
		{"", "label = high\nlast_review = 2026-10-01\n", false},
		{"last_review = 2026-10-01\n", "label = high\n", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		gp_buf_auto struct gp_buf main_text = GP_BUF(4096);
		gp_buf_auto struct gp_buf drop_in = GP_BUF(4096);
		struct gp_error err = {0};
		gp_buf_printf(&main_text, "%slabel = low\n%s%s", TIER, cases[i].main_text, GROUPS);
		gp_buf_printf(&drop_in, "[tier]\n%s", cases[i].drop_in);
		struct gp_config *c = parsed(gp_buf_get(&main_text), gp_buf_get(&drop_in), &err);
		if ((c != NULL) != cases[i].may)
			fail_msg("%s then %s: %s", cases[i].main_text, cases[i].drop_in, err.text);
		gp_config_free(c);
	}
}

static void test_terms_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {"networks = partner.example\n",
					    "networks = 192.0.2.1/24\n",
					    "networks = 192.0.2.0/33\n",
					    "report = binding\n",
					    "report = pass\n",
					    "hours = always\n",
					    "label = secret\n",
					    "max_stay = 10\n",
					    "key_valid = 13h\n",
					    "project_end = tomorrow\n",
					    "creation_types = magic\n",
					    "forwarding = remote\n",
					    "shell_group = gp shell\n",
					    "shell_group = *\n",
					    "owner =\n"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		gp_buf_auto struct gp_buf text = GP_BUF(4096);
		struct gp_error err = {0};
		gp_buf_printf(&text, SAMPLE_MAIN "[tier]\n%s", wrong[i]);
		assert_null(parsed(gp_buf_get(&text), "", &err));
		assert_non_null(strstr(err.text, "g.conf:8: "));
	}
}

/* What may stand there is in the message. */
static void test_terms_words(void **state)
{
	struct gp_error err = {0};
	(void)state;
	assert_null(parsed(SAMPLE_MAIN "[tier]\nsignin_address = equal\n", "", &err));
	assert_string_equal(err.text, "g.conf:8: signin_address = 'equal': none of the words that "
				      "it may be (match, network, report, off)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auth_context),       cmocka_unit_test(test_terms_bases),
		cmocka_unit_test(test_terms_durations),    cmocka_unit_test(test_terms_dates),
		cmocka_unit_test(test_terms_hours),        cmocka_unit_test(test_terms_labels),
		cmocka_unit_test(test_terms_between_keys), cmocka_unit_test(test_terms_tighten),
		cmocka_unit_test(test_terms_refused),      cmocka_unit_test(test_terms_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
