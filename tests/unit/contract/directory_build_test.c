/* SPDX-License-Identifier: Apache-2.0 */
/* The builder: refuses what cannot be written, and writes the same for the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/directory_build.h"
#include "contract/directory_format.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

static const struct gp_directory_new_group two_groups[] = {
	{GP_STR("gp-guests"), SAMPLE_GUESTS},
	{GP_STR("gp-b"), SAMPLE_GUESTS + 1},
};

static struct gp_directory_new_user guest(struct gp_str name, uint32_t uid)
{
	return (struct gp_directory_new_user){.name = name,
					      .home = GP_STR("/home/guests/x"),
					      .shell = GP_STR("/bin/sh"),
					      .uid = uid,
					      .expiry_day = GP_DIRECTORY_NO_EXPIRY};
}

static enum gp_status build(const struct gp_directory_new_user *users, size_t user_count,
			    const struct gp_directory_new_group *groups, size_t group_count,
			    struct gp_directory_bytes *out)
{
	const struct gp_directory_input in = {1,           9,     users, user_count, groups,
					      group_count, false, NULL,  0};
	struct gp_directory_bytes b = {NULL, 0};
	struct gp_error err = {0};
	enum gp_status st = gp_directory_build(&in, sample_rules(), &b, &err);
	assert_int_equal(st == GP_ST_OK, err.text[0] == '\0');
	if (out != NULL)
		*out = b;
	else
		gp_directory_bytes_free(&b);
	return st;
}

static void test_build_conflicts(void **state)
{
	(void)state;
	struct gp_directory_new_user u[2] = {guest(GP_STR("a@x"), GP_IDS_UID_BASE),
					     guest(GP_STR("b@x"), GP_IDS_UID_BASE + 1)};
	assert_int_equal(build(u, 2, two_groups, 2, NULL), GP_ST_OK);
	u[1].uid = u[0].uid;
	assert_int_equal(build(u, 2, two_groups, 2, NULL), GP_ST_CONFLICT);
	u[1] = guest(GP_STR("a@x"), GP_IDS_UID_BASE + 1);
	assert_int_equal(build(u, 2, two_groups, 2, NULL), GP_ST_CONFLICT);
	struct gp_directory_new_group g[2] = {two_groups[0], two_groups[1]};
	g[1].gid = g[0].gid;
	assert_int_equal(build(u, 1, g, 2, NULL), GP_ST_CONFLICT);
	g[1] = g[0];
	g[1].gid++;
	assert_int_equal(build(u, 1, g, 2, NULL), GP_ST_CONFLICT);
}

static void test_build_domains(void **state)
{
	(void)state;
	const struct gp_str rows[][2] = {
		{GP_STR("b.example"), GP_STR("b.example")},
		{GP_STR("B.example"), GP_STR("c.x")},
		{GP_STR("example"), GP_STR("c.x")},
		{GP_STR(".x"), GP_STR("c.x")},
		{GP_STR("x."), GP_STR("c.x")},
		{GP_STR("a..x"), GP_STR("c.x")},
		{GP_STR(""), GP_STR("c.x")},
		{GP_STR("a@b.x"), GP_STR("c.x")},
	};
	struct gp_directory_input in = {1, 9, NULL, 0, two_groups, 2, false, NULL, 2};
	struct gp_directory_bytes b = {NULL, 0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		in.domains = rows[i];
		assert_int_equal(gp_directory_build(&in, sample_rules(), &b, NULL),
				 i == 0 ? GP_ST_CONFLICT : GP_ST_INVALID);
	}
	static struct gp_str many[GP_DIRECTORY_DOMAINS_MAX + 1];
	static char text[GP_DIRECTORY_DOMAINS_MAX + 1][16];
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		assert_int_equal(gp_format(text[i], sizeof(text[i]), "d%zu.example", i), GP_ST_OK);
		many[i] = gp_str_from(text[i]);
	}
	in.domains = many;
	in.domain_count = GP_DIRECTORY_DOMAINS_MAX + 1;
	assert_int_equal(gp_directory_build(&in, sample_rules(), &b, NULL), GP_ST_TOO_BIG);
	in.domain_count = GP_DIRECTORY_DOMAINS_MAX;
	struct gp_directory_view v;
	assert_int_equal(gp_directory_build(&in, sample_rules(), &b, NULL), GP_ST_OK);
	assert_int_equal(gp_directory_validate(b.ptr, b.len, sample_rules(), &v, NULL), GP_ST_OK);
	assert_true(gp_directory_has_domain_of(&v, GP_STR("a@d63.example")));
	assert_true(gp_directory_has_domain_of(&v, GP_STR("a@D0.Example")));
	assert_false(gp_directory_has_domain_of(&v, GP_STR("a@d64.example")));
	assert_false(gp_directory_has_domain_of(&v, GP_STR("d0.example")));
	assert_false(gp_directory_has_domain_of(&v, GP_STR("a@")));
	assert_false(gp_directory_has_domain_of(&v, GP_STR("")));
	/* Other domains are another directory. */
	struct gp_directory_bytes less = {NULL, 0};
	struct gp_directory_view w;
	in.domain_count--;
	assert_int_equal(gp_directory_build(&in, sample_rules(), &less, NULL), GP_ST_OK);
	assert_int_equal(gp_directory_attach(less.ptr, less.len, &w), GP_ST_OK);
	assert_false(gp_directory_same_records(&v, &w));
	assert_true(gp_directory_same_records(&v, &v));
	gp_directory_bytes_free(&less);
	gp_directory_bytes_free(&b);
}

static void test_build_refuses_bad_groups_of_users(void **state)
{
	(void)state;
	static const uint32_t twice[] = {1, 1};
	static const uint32_t beyond[] = {2};
	static const uint32_t primary[] = {0};
	struct gp_directory_new_user u = guest(GP_STR("a@x"), GP_IDS_UID_BASE);
	u.groups = twice;
	u.group_count = 2;
	assert_int_equal(build(&u, 1, two_groups, 2, NULL), GP_ST_CONFLICT);
	u.groups = beyond;
	u.group_count = 1;
	assert_int_equal(build(&u, 1, two_groups, 2, NULL), GP_ST_INVALID);
	u.groups = primary;
	assert_int_equal(build(&u, 1, two_groups, 2, NULL), GP_ST_INVALID);
	u.group_count = 0;
	u.primary = 2;
	assert_int_equal(build(&u, 1, two_groups, 2, NULL), GP_ST_INVALID);
	u.primary = 0;
	u.group_count = GP_DIRECTORY_GROUPS_MAX + 1;
	assert_int_equal(build(&u, 1, two_groups, 2, NULL), GP_ST_TOO_BIG);
}

/* Whatever the order of the input, the same bytes: so publications happen only on change. */
static void test_build_is_canonical(void **state)
{
	(void)state;
	const struct gp_directory_new_user a = guest(GP_STR("a@x"), GP_IDS_UID_BASE);
	const struct gp_directory_new_user b = guest(GP_STR("b@x"), GP_IDS_UID_BASE + 1);
	const struct gp_directory_new_user one[] = {a, b};
	const struct gp_directory_new_user other[] = {b, a};
	struct gp_directory_bytes x;
	struct gp_directory_bytes y;
	struct gp_directory_view v;
	assert_int_equal(build(one, 2, two_groups, 2, &x), GP_ST_OK);
	assert_int_equal(build(other, 2, two_groups, 2, &y), GP_ST_OK);
	struct gp_directory_view w;
	assert_int_equal(gp_directory_attach(x.ptr, x.len, &v), GP_ST_OK);
	assert_int_equal(gp_directory_attach(y.ptr, y.len, &w), GP_ST_OK);
	assert_true(gp_directory_same_records(&v, &w));
	gp_directory_bytes_free(&x);
	assert_int_equal(build(one, 1, two_groups, 2, &x), GP_ST_OK);
	assert_int_equal(gp_directory_attach(x.ptr, x.len, &v), GP_ST_OK);
	assert_false(gp_directory_same_records(&v, &w));
	gp_directory_bytes_free(&x);
	gp_directory_bytes_free(&y);
}

/* Names at the limit, and the longest home: lengths are one byte each in the file. */
static void test_build_longest_texts(void **state)
{
	(void)state;
	char name[GP_DIRECTORY_NAME_MAX + 1];
	char home[GP_DIRECTORY_HOME_MAX + 1];
	memset(name, 'n', sizeof(name));
	name[1] = '@';
	memset(home, 'h', sizeof(home));
	memcpy(home, "/home/guests/", 13);
	struct gp_directory_new_user u = guest((struct gp_str){name, 64}, GP_IDS_UID_BASE);
	u.home = (struct gp_str){home, 255};
	struct gp_directory_bytes b;
	struct gp_directory_view v;
	struct gp_directory_user found;
	assert_int_equal(build(&u, 1, two_groups, 2, &b), GP_ST_OK);
	assert_int_equal(gp_directory_validate(b.ptr, b.len, sample_rules(), &v, NULL), GP_ST_OK);
	assert_int_equal(gp_directory_find_user(&v, u.name, &found), GP_ST_OK);
	assert_int_equal(found.home.len, 255);
	gp_directory_bytes_free(&b);
	u.name.len = 65;
	assert_int_equal(build(&u, 1, two_groups, 2, NULL), GP_ST_INVALID);
	u.name.len = 64;
	u.home.len = 256;
	assert_int_equal(build(&u, 1, two_groups, 2, NULL), GP_ST_INVALID);
}

static void test_build_other_seeds(void **state)
{
	(void)state;
	/* The file must be good whatever the seed is: lengths of runs differ, answers do not. */
	struct gp_directory_new_user u[300];
	char text[300][24];
	for (uint32_t i = 0; i < 300; i++) {
		assert_int_equal(gp_format(text[i], sizeof(text[i]), "u%u@x.example", i), GP_ST_OK);
		u[i] = guest(gp_str_from(text[i]), GP_IDS_UID_BASE + i);
	}
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct gp_directory_input in = {
			1, seed * 0x123456789ABCDEF, u, 300, two_groups, 2, false, NULL, 0};
		struct gp_directory_bytes b;
		struct gp_directory_view v;
		assert_int_equal(gp_directory_build(&in, sample_rules(), &b, NULL), GP_ST_OK);
		assert_int_equal(gp_directory_validate(b.ptr, b.len, sample_rules(), &v, NULL),
				 GP_ST_OK);
		gp_directory_bytes_free(&b);
	}
}

/* Who left may be "NAME~N"; nothing else has a '~'. */
static void test_names_of_who_left(void **state)
{
	(void)state;
	static const char *const good[] = {"ada@x~1", "ada@x~999999", "ada@x", "a~5"};
	static const char *const bad[] = {"ada@x~",        "ada@x~0", "ada@x~01",
					  "ada@x~1000000", "ada~1@x", "~1",
					  "ada@x~1~2",     "12~3",    "ada@x~a"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(gp_directory_user_name_ok(gp_str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(gp_directory_user_name_ok(gp_str_from(bad[i])));
	assert_false(gp_directory_name_ok(GP_STR("ada@x~1")));
	assert_true(gp_str_is(gp_directory_name_base(GP_STR("ada@x~12")), "ada@x"));
	assert_true(gp_str_is(gp_directory_name_base(GP_STR("ada@x12")), "ada@x12"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_who_left),
		cmocka_unit_test(test_build_conflicts),
		cmocka_unit_test(test_build_domains),
		cmocka_unit_test(test_build_refuses_bad_groups_of_users),
		cmocka_unit_test(test_build_is_canonical),
		cmocka_unit_test(test_build_longest_texts),
		cmocka_unit_test(test_build_other_seeds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
