/* SPDX-License-Identifier: Apache-2.0 */
/* [group NAME] sections, and the keys about names and reads. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"

#include "tests/unit/config/sample.h"

#include "contract/ban.h"

static enum gp_status parse(const char *more, struct gp_config **out, struct gp_error *err)
{
	char *text = NULL;
	assert_true(asprintf(&text, "%s%s", SAMPLE, more) > 0);
	const struct gp_config_file file = {"g.conf", gp_str_from(text)};
	enum gp_status st = gp_config_parse(&file, 1, out, err);
	free(text);
	return st;
}

static struct gp_config *good(const char *more)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	if (parse(more, &config, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	assert_non_null(config);
	return config;
}

static void bad(const char *more, const char *said)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	assert_int_not_equal(parse(more, &config, &err), GP_ST_OK);
	assert_null(config);
	assert_string_equal(err.text, said);
}

static void test_mapped_groups(void **state)
{
	(void)state;
	struct gp_config *c =
		good("[group gp-build]\n# who builds\nentra_group = " GROUP_1 "\n"
		     "[group gp-q.a]\n\n  entra_group=AAAAAAAA-0000-4000-8000-000000000006\n"
		     "[limits]\ncodes_total = 9\n");
	assert_int_equal(c->mapped_groups_len, 2);
	assert_string_equal(c->mapped_groups[0].name, "gp-build");
	assert_string_equal(c->mapped_groups[0].entra_group, GROUP_1);
	assert_string_equal(c->mapped_groups[1].name, "gp-q.a");
	assert_string_equal(c->mapped_groups[1].entra_group, GROUP_2);
	assert_int_equal(c->codes_total, 9);
	gp_config_free(c);
}

static void test_mapped_groups_refused(void **state)
{
	(void)state;
	bad("[group gp-build]\n", "g.conf:16: [group gp-build] needs 'entra_group', the object id "
				  "of the group in Entra");
	bad("[group gp-build]\nentra_group = build\n",
	    "g.conf:17: 'entra_group' is not a GUID such as 6f1d5ee0-0000-4000-8000-000000000001");
	bad("[group gp-build]\nmembers = ada\n",
	    "g.conf:17: unknown key; a group has 'entra_group' only");
	bad("[group gp-build]\nentra_group = " GROUP_1 "\nentra_group = " GROUP_1 "\n",
	    "g.conf:18: 'entra_group' again");
	bad("[group gp-a]\nentra_group = " GROUP_1 "\n[group gp-b]\nentra_group = " GROUP_1 "\n",
	    "g.conf:19: [group gp-b] has the entra_group of [group gp-a]");
	bad("[group gp-a]\nentra_group = " GROUP_1 "\n[group gp-a]\nentra_group = " GROUP_2 "\n",
	    "g.conf:18: the same group again");
	static const char *const names[] = {"group",       "group ",       "group GP-A",
					    "group  gp-a", "group gp-a x", "group gp:a",
					    "group 12",    "group -a"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[128];
		(void)snprintf(text, sizeof(text), "[%s]\nentra_group = " GROUP_1 "\n", names[i]);
		bad(text,
		    "g.conf:16: a group is written [group NAME], with one blank and a name in "
		    "lower case");
	}
}

static void test_mapped_groups_bound(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	assert_non_null(f);
	for (int i = 0; i < GP_CONFIG_MAPPED_MAX; i++)
		(void)fprintf(f, "[group gp-%d]\nentra_group = aaaaaaaa-0000-4000-8000-%012d\n", i,
			      i + 1);
	assert_int_equal(fflush(f), 0);
	struct gp_config *c = good(text);
	assert_int_equal(c->mapped_groups_len, GP_CONFIG_MAPPED_MAX);
	gp_config_free(c);
	(void)fprintf(f, "[group gp-more]\nentra_group = " GROUP_1 "\n");
	assert_int_equal(fclose(f), 0);
	bad(text, "g.conf:142: too many groups (at most 63)");
	free(text);
}

static void test_read_keys(void **state)
{
	(void)state;
	struct gp_config *c = good("");
	assert_int_equal(c->full_interval_s, 21600);
	assert_int_equal(c->max_removal, 30);
	assert_true(c->enumerate);
	assert_string_equal(c->name_template, "{mail}");
	assert_int_equal(c->user_classes_len, 1);
	assert_string_equal(c->user_classes[0], "external-guest");
	gp_config_free(c);
	c = good("name_template = {local}.{domain}.guest\n"
		 "user_classes = external-guest internal-guest\n"
		 "[guestpass]\nfull_interval = 3600\nmax_removal = 100\nenumerate = no\n");
	assert_string_equal(c->name_template, "{local}.{domain}.guest");
	assert_int_equal(c->user_classes_len, 2);
	assert_false(c->enumerate);
	gp_config_free(c);
}

static void test_read_keys_refused(void **state)
{
	(void)state;
	static const char *const templates[] = {"guest", "{domain}", "{Mail}",
						"{mail", "{mail} x", "{mail}:"};
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		char text[128], said[256];
		(void)snprintf(text, sizeof(text), "name_template = %s\n", templates[i]);
		(void)snprintf(said, sizeof(said),
			       "g.conf:16: name_template = '%s': not made of {mail}, {local}, "
			       "{domain} and a-z 0-9 . _ - + @, or without {mail} and {local}",
			       templates[i]);
		said[sizeof(((struct gp_error *)0)->text) - 1] = '\0';
		bad(text, said);
	}
	bad("user_classes = internal-member\n",
	    "g.conf:16: user_classes = 'internal-member': none of external-guest, external-member, "
	    "internal-guest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapped_groups),
		cmocka_unit_test(test_mapped_groups_refused),
		cmocka_unit_test(test_mapped_groups_bound),
		cmocka_unit_test(test_read_keys),
		cmocka_unit_test(test_read_keys_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
