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
static struct gp_config *config;
static struct gp_roll *roll;
static const struct gp_local nobody_local;

static int set_up(void **state)
{
	(void)state;
	rules = calloc(1, sizeof(*rules));
	config = calloc(1, sizeof(*config));
	if (rules == NULL || config == NULL || gp_roll_new(&roll) != GP_ST_OK) {
		return -1;
	}
	gp_ids_rules_default(rules);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(rules);
	free(config);
	gp_roll_free(roll);
	return 0;
}

static struct gp_guest guest(const char *name, uint32_t offset, const char *company)
{
	struct gp_guest g = {.uid = rules->uid_base + offset, .present = true};
	struct gp_user user = {.account_enabled = GP_TRUE};
	assert_int_equal(gp_copy(g.name, sizeof(g.name), gp_str_from(name)), GP_ST_OK);
	assert_int_equal(gp_format(g.id, sizeof(g.id), "aaaaaaaa-0000-4000-8000-%012x", offset),
			 GP_ST_OK);
	memcpy(user.id, g.id, sizeof(user.id));
	assert_int_equal(
		gp_copy(user.company_name, sizeof(user.company_name), gp_str_from(company)),
		GP_ST_OK);
	assert_int_equal(gp_roll_put_user(roll, &user, GP_SOURCE_FULL, 1), GP_ST_OK);
	return g;
}

/* What is proposed for PLAN, with homes in PREFIX and SHELL. */
static struct gp_candidate candidate(const struct gp_plan *plan, const char *prefix,
				     const char *shell)
{
	assert_int_equal(
		gp_copy(config->home_prefix, sizeof(config->home_prefix), gp_str_from(prefix)),
		GP_ST_OK);
	assert_int_equal(gp_copy(config->shell, sizeof(config->shell), gp_str_from(shell)),
			 GP_ST_OK);
	config->enumerate = true;
	return (struct gp_candidate){.plan = plan,
				     .roll = roll,
				     .config = config,
				     .rules = rules,
				     .local = &nobody_local,
				     .generation = 12,
				     .seed = 34};
}

static void build(const struct gp_candidate *in, struct gp_directory_bytes *bytes,
		  struct gp_directory_view *view)
{
	struct gp_error err = {0};
	if (gp_candidate_build(in, bytes, &err) != GP_ST_OK ||
	    gp_directory_validate(bytes->ptr, bytes->len, rules, view, &err) != GP_ST_OK) {
		fail_msg("%s", err.text);
	}
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
	const struct gp_plan plan = {.guests = guests, .guest_count = 3};
	guests[0].quarantined = true;
	for (size_t i = 0; i < 3; i++) {
		guests[i].person = gp_roll_find(roll, guests[i].id);
	}
	const char *shell = rules->shells[0];
	struct gp_candidate in = candidate(&plan, rules->homes[0], shell);
	struct gp_directory_bytes bytes = {0};
	struct gp_directory_view view = {0};
	struct gp_directory_user user = {0};
	struct gp_directory_group group = {0};
	build(&in, &bytes, &view);
	assert_int_equal(view.generation, 12);
	assert_int_equal(view.user_count, 2);
	assert_int_equal(view.group_count, 1);
	assert_false(view.unlisted);
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
	assert_int_equal(gp_directory_find_uid(&view, rules->uid_base + 9, &user), GP_ST_OK);
	gp_directory_bytes_free(&bytes);
	config->enumerate = false;
	build(&in, &bytes, &view);
	assert_true(view.unlisted);
	gp_directory_bytes_free(&bytes);
}

#define NOON 43200

/* The end of a pass is the account's; one in question is nobody's. */
static void test_candidate_expiry(void **state)
{
	(void)state;
	struct gp_guest guests[2] = {guest("ada@fabrikam.example", 7, "Fabrikam"),
				     guest("bob@northwind.example", 9, "")};
	struct gp_plan_group groups[] = {{.name = "gp-build", .gid = rules->gid_base + 3}};
	const struct gp_plan plan = {
		.guests = guests, .guest_count = 2, .groups = groups, .group_count = 1};
	struct gp_directory_bytes bytes = {0};
	struct gp_directory_view view = {0};
	struct gp_directory_user user = {0};
	guests[0].pass_end_s = (int64_t)20000 * 86400 + NOON;
	guests[1].in_question = true;
	guests[0].groups = guests[1].groups = 1;
	struct gp_candidate in = candidate(&plan, "/home/guests", "/bin/bash");
	build(&in, &bytes, &view);
	assert_int_equal(gp_directory_find_user(&view, GP_STR("ada@fabrikam.example"), &user),
			 GP_ST_OK);
	assert_true(gp_str_is(user.shell, "/bin/bash"));
	assert_int_equal(user.expiry_day, 20001);
	assert_int_equal(user.gid_count, 1);
	assert_int_equal(gp_directory_find_uid(&view, rules->uid_base + 9, &user), GP_ST_OK);
	assert_true(gp_str_is(user.name, "bob@northwind.example"));
	assert_true(gp_str_is(user.shell, "/usr/sbin/nologin"));
	assert_int_equal(user.expiry_day, 1);
	assert_int_equal(user.gid_count, 0);
	gp_directory_bytes_free(&bytes);
}

/* Who left: a name for his files, and nothing that opens a door. */
static void test_candidate_departed(void **state)
{
	(void)state;
	struct gp_guest guests[2] = {guest("ada@fabrikam.example", 7, "Fabrikam"),
				     guest("bob@northwind.example", 9, "")};
	struct gp_plan_group groups[] = {{.name = "gp-build", .gid = rules->gid_base + 3}};
	const struct gp_plan plan = {.guests = guests,
				     .guest_count = 2,
				     .groups = groups,
				     .group_count = 1,
				     .departed = 1};
	struct gp_directory_bytes bytes = {0};
	struct gp_directory_view view = {0};
	struct gp_directory_user user = {0};
	/* What is configured meanwhile does not matter: the plan's groups are the plan's. */
	memcpy(config->mapped_groups[0].name, "gp-other", sizeof("gp-other"));
	config->mapped_groups_len = 1;
	guests[0].present = false;
	guests[0].groups = guests[1].groups = 1;
	guests[0].left_s = (int64_t)20000 * 86400 + NOON;
	struct gp_candidate in = candidate(&plan, "/home/guests", "/bin/bash");
	build(&in, &bytes, &view);
	assert_int_equal(gp_directory_find_user(&view, GP_STR("ada@fabrikam.example"), &user),
			 GP_ST_OK);
	assert_true(gp_str_is(user.shell, "/usr/sbin/nologin"));
	assert_int_equal(user.expiry_day, 20000);
	assert_int_equal(user.gid_count, 0);
	assert_true(gp_str_is(user.gecos, ""));
	assert_int_equal(gp_directory_find_user(&view, GP_STR("bob@northwind.example"), &user),
			 GP_ST_OK);
	assert_int_equal(user.gid_count, 1);
	assert_int_equal(gp_directory_user_gid(&user, 0), rules->gid_base + 3);
	struct gp_directory_group group = {0};
	assert_int_equal(gp_directory_find_gid(&view, rules->gid_base + 3, &group), GP_ST_OK);
	assert_true(gp_str_is(group.name, "gp-build"));
	gp_directory_bytes_free(&bytes);
	/* Day 0 is no day for some programs. */
	guests[0].left_s = 5;
	groups[0].quarantine = "local-group";
	build(&in, &bytes, &view);
	assert_int_equal(view.group_count, 1);
	assert_int_equal(gp_directory_find_user(&view, GP_STR("ada@fabrikam.example"), &user),
			 GP_ST_OK);
	assert_int_equal(user.expiry_day, 1);
	gp_directory_bytes_free(&bytes);
	/* Without such a shell nobody can be shown as departed. */
	struct gp_error err = {0};
	rules->shell_count = 1;
	assert_int_equal(gp_copy(rules->shells[0], sizeof(rules->shells[0]), GP_STR("/bin/bash")),
			 GP_ST_OK);
	assert_int_equal(gp_candidate_build(&in, &bytes, &err), GP_ST_INVALID);
	assert_non_null(strstr(err.text, "nologin"));
	/* As long as nobody left, nobody needs it. */
	const struct gp_plan nobody_left = {.guests = guests + 1, .guest_count = 1};
	in.plan = &nobody_left;
	guests[1].groups = 0;
	assert_int_equal(gp_candidate_build(&in, &bytes, &err), GP_ST_OK);
	gp_directory_bytes_free(&bytes);
	gp_ids_rules_default(rules);
	config->mapped_groups_len = 0;
}

static void test_candidate_nobody(void **state)
{
	(void)state;
	const struct gp_plan plan = {.guest_count = 0};
	struct gp_candidate in = candidate(&plan, "/home", rules->shells[0]);
	struct gp_directory_bytes bytes = {0};
	struct gp_directory_view view = {0};
	build(&in, &bytes, &view);
	assert_int_equal(view.user_count, 0);
	gp_directory_bytes_free(&bytes);
}

static void test_candidate_shell(void **state)
{
	(void)state;
	const struct gp_plan plan = {.guest_count = 0};
	struct gp_candidate in = candidate(&plan, "/home", "/tmp/sh");
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
	const struct gp_plan plan = {.guest_count = 0};
	struct gp_candidate in = candidate(&plan, "/home", rules->shells[0]);
	struct gp_directory_bytes bytes = {0};
	struct gp_error err = {0};
	in.local = &local;
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
		cmocka_unit_test(test_candidate_expiry),
		cmocka_unit_test(test_candidate_departed),
		cmocka_unit_test(test_candidate_nobody),
		cmocka_unit_test(test_candidate_shell),
		cmocka_unit_test(test_candidate_local_group),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
