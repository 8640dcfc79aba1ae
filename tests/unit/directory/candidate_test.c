/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/candidate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/ids_conf.h"

#include "contract/ban.h"

static struct gp_ids_rules *rules;
static const struct gp_local nobody_local;

static int set_up(void **state)
{
	(void)state;
	rules = calloc(1, sizeof(*rules));
	if (rules == NULL) {
		return -1;
	}
	gp_ids_rules_default(rules);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(rules);
	return 0;
}

static struct gp_guest guest(const char *name, uint32_t offset, const char *company)
{
	struct gp_guest g = {.uid = rules->uid_base + offset};
	assert_int_equal(gp_copy(g.name, sizeof(g.name), gp_str_from(name)), GP_ST_OK);
	assert_int_equal(
		gp_copy(g.user.company_name, sizeof(g.user.company_name), gp_str_from(company)),
		GP_ST_OK);
	return g;
}

static void test_candidate_gecos(void **state)
{
	(void)state;
	static const struct {
		const char *organisation, *gecos;
	} rows[] = {
		{"", ""},
		{"Fabrikam GmbH & Co. KG", "Fabrikam GmbH Co. KG"},
		{"Fabrikam, Inc.", "Fabrikam Inc."},
		{"a:0:0:root:/root:/bin/sh", "a 0 0 root /root /bin/sh"},
		{"Fabrikam\nroot::0:0", "Fabrikam root 0 0"},
		{"\x1b[31mred\x07", "[31mred"},
		{"M\xc3\xbcller \xc3\xa9t Fils", "M\xc3\xbcller \xc3\xa9t Fils"},
		{"broken \xff\xc3", "broken"},
		{" , : ", ""},
	};
	char out[GP_DIRECTORY_GECOS_MAX + 1];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gp_candidate_gecos(rows[i].organisation, out);
		assert_string_equal(out, rows[i].gecos);
		assert_true(gp_directory_text_ok(gp_str_from(out)));
	}
}

static void test_candidate_gecos_is_cut_between_characters(void **state)
{
	(void)state;
	char longest[1 + 2 * 100 + 1] = "x";
	char out[GP_DIRECTORY_GECOS_MAX + 1];
	for (size_t i = 0; i < 100; i++) {
		memcpy(longest + 1 + 2 * i, "\xc3\xbc", 3);
	}
	gp_candidate_gecos(longest, out);
	assert_int_equal(strlen(out), GP_DIRECTORY_GECOS_MAX - 1);
	assert_memory_equal(out, longest, GP_DIRECTORY_GECOS_MAX - 1);
}

static void test_candidate_build(void **state)
{
	(void)state;
	struct gp_guest guests[3] = {guest("", 0, ""), guest("ada@fabrikam.example", 7, "Fabrikam"),
				     guest("bob@northwind.example", 9, "Northwind: the best")};
	guests[0].quarantined = true;
	guests[2].user.account_enabled = GP_FALSE;
	const char *shell = rules->shells[0];
	struct gp_candidate in = {.guests = guests,
				  .guest_count = 3,
				  .rules = rules,
				  .local = &nobody_local,
				  .home_prefix = rules->homes[0],
				  .shell = shell,
				  .generation = 12,
				  .seed = 34};
	struct gp_directory_bytes bytes = {0};
	struct gp_directory_view view = {0};
	struct gp_directory_user user = {0};
	struct gp_directory_group group = {0};
	struct gp_error err = {0};
	if (gp_candidate_build(&in, &bytes, &err) != GP_ST_OK ||
	    gp_directory_validate(bytes.ptr, bytes.len, rules, &view, &err) != GP_ST_OK) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(view.generation, 12);
	assert_int_equal(view.user_count, 2);
	assert_int_equal(view.group_count, 1);
	assert_int_equal(gp_directory_find_user(&view, GP_STR("ada@fabrikam.example"), &user),
			 GP_ST_OK);
	assert_int_equal(user.uid, rules->uid_base + 7);
	assert_int_equal(user.gid, rules->gid_base);
	assert_int_equal(user.expiry_day, GP_DIRECTORY_NO_EXPIRY);
	assert_true(gp_str_is(user.gecos, "Fabrikam"));
	assert_true(gp_str_is(user.shell, shell));
	assert_true(gp_str_starts(user.home, rules->homes[0]));
	assert_true(gp_str_ends(user.home, "/ada@fabrikam.example"));
	assert_int_equal(gp_directory_find_gid(&view, rules->gid_base, &group), GP_ST_OK);
	assert_true(gp_str_is(group.name, "gp-guests"));
	/* A disabled guest is there, to be told at the door. */
	assert_int_equal(gp_directory_find_uid(&view, rules->uid_base + 9, &user), GP_ST_OK);
	gp_directory_bytes_free(&bytes);
}

static void test_candidate_nobody(void **state)
{
	(void)state;
	struct gp_candidate in = {.rules = rules,
				  .local = &nobody_local,
				  .home_prefix = "/home",
				  .shell = rules->shells[0],
				  .generation = 1};
	struct gp_directory_bytes bytes = {0};
	struct gp_directory_view view = {0};
	assert_int_equal(gp_candidate_build(&in, &bytes, NULL), GP_ST_OK);
	assert_int_equal(gp_directory_validate(bytes.ptr, bytes.len, rules, &view, NULL), GP_ST_OK);
	assert_int_equal(view.user_count, 0);
	gp_directory_bytes_free(&bytes);
}

static void test_candidate_shell(void **state)
{
	(void)state;
	struct gp_candidate in = {.rules = rules,
				  .local = &nobody_local,
				  .home_prefix = "/home",
				  .shell = "/tmp/sh",
				  .generation = 1};
	struct gp_directory_bytes bytes = {0};
	struct gp_error err = {0};
	assert_int_equal(gp_candidate_build(&in, &bytes, &err), GP_ST_INVALID);
	assert_non_null(strstr(err.text, "/tmp/sh"));
	assert_null(bytes.ptr);
}

/* The group that all guests are in must be theirs alone. */
static void test_candidate_local_group(void **state)
{
	(void)state;
	const char *names[] = {"adm", "gp-guests"};
	uint32_t numbers[] = {4, rules->gid_base};
	struct gp_local local = {.groups = {.names = names, .name_count = 2}};
	struct gp_candidate in = {.rules = rules,
				  .local = &local,
				  .home_prefix = "/home",
				  .shell = rules->shells[0],
				  .generation = 1};
	struct gp_directory_bytes bytes = {0};
	struct gp_error err = {0};
	assert_int_equal(gp_candidate_build(&in, &bytes, &err), GP_ST_CONFLICT);
	assert_non_null(strstr(err.text, "a local group has the name gp-guests or the number"));
	assert_non_null(strstr(err.text, "ids.conf"));
	assert_null(bytes.ptr);
	local.groups = (struct gp_local_list){.numbers = numbers, .number_count = 2};
	assert_int_equal(gp_candidate_build(&in, &bytes, &err), GP_ST_CONFLICT);
	/* As a user's they are no matter. */
	local.users = local.groups;
	local.groups = (struct gp_local_list){0};
	assert_int_equal(gp_candidate_build(&in, &bytes, &err), GP_ST_OK);
	gp_directory_bytes_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_candidate_gecos),
		cmocka_unit_test(test_candidate_gecos_is_cut_between_characters),
		cmocka_unit_test(test_candidate_build),
		cmocka_unit_test(test_candidate_nobody),
		cmocka_unit_test(test_candidate_shell),
		cmocka_unit_test(test_candidate_local_group),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
