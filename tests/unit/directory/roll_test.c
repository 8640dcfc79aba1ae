/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>

#include "directory/roll.h"

#include "contract/ban.h"

#define G1  "10000000-86f1-41af-91ab-2d7cd011db47"
#define G2  "20000000-86f1-41af-91ab-2d7cd011db47"
#define G3  "30000000-86f1-41af-91ab-2d7cd011db47"
#define ADA "aaaaaaaa-0000-4000-8000-000000000001"
#define BOB "bbbbbbbb-0000-4000-8000-000000000002"
#define EVA "eeeeeeee-0000-4000-8000-000000000003"

static struct gp_roll *fresh(void)
{
	struct gp_roll *roll = NULL;
	assert_int_equal(gp_roll_new(&roll), GP_ST_OK);
	return roll;
}

static void put(struct gp_roll *roll, const char *id, const char *mail, const char *company)
{
	struct gp_user user = {.account_enabled = GP_TRUE, .user_type = GP_USER_TYPE_GUEST};
	(void)snprintf(user.id, sizeof(user.id), "%s", id);
	(void)snprintf(user.mail, sizeof(user.mail), "%s", mail);
	(void)snprintf(user.company_name, sizeof(user.company_name), "%s", company);
	assert_int_equal(gp_roll_put_user(roll, &user, GP_SOURCE_FULL, 7), GP_ST_OK);
}

static void join(struct gp_roll *roll, const char *group, const char *member, bool is_group)
{
	assert_int_equal(gp_roll_put_group(roll, group, true), GP_ST_OK);
	assert_int_equal(gp_roll_put_member(roll, group, member, is_group, GP_SOURCE_FULL),
			 GP_ST_OK);
}

/* Is the person reached from GROUP? */
static bool reached(struct gp_roll *roll, const char *group, const char *id)
{
	uint8_t *marks = calloc(gp_roll_person_count(roll) + 1, 1);
	assert_non_null(marks);
	assert_int_equal(gp_roll_reach(roll, group, marks, 4), GP_ST_OK);
	const struct gp_person *p = gp_roll_find(roll, id);
	assert_non_null(p);
	uint8_t mark = marks[gp_roll_index(roll, p->id)];
	assert_true(mark == 0 || mark == 4);
	free(marks);
	return mark != 0;
}

static void test_roll_keeps_facts(void **state)
{
	(void)state;
	struct gp_roll *roll = fresh();
	assert_null(gp_roll_find(roll, ADA));
	assert_null(gp_roll_person_at(roll, 0));
	put(roll, ADA, "ada@fabrikam.example", "Fabrikam");
	put(roll, BOB, "bob@fabrikam.example", "Fabrikam");
	put(roll, ADA, "ada@new.example", "Fabrikam");
	assert_int_equal(gp_roll_person_count(roll), 2);
	const struct gp_person *ada = gp_roll_find(roll, "AAAAAAAA-0000-4000-8000-000000000001");
	const struct gp_person *bob = gp_roll_find(roll, BOB);
	assert_non_null(ada);
	assert_string_equal(gp_roll_text(roll, ada->mail), "ada@new.example");
	assert_int_equal(ada->company, bob->company);
	assert_int_equal(ada->source, GP_SOURCE_FULL);
	assert_int_equal(ada->read_s, 7);
	struct gp_user user;
	gp_roll_user(roll, bob, &user);
	assert_string_equal(user.id, BOB);
	assert_string_equal(user.mail, "bob@fabrikam.example");
	assert_string_equal(user.company_name, "Fabrikam");
	assert_string_equal(user.display_name, "");
	assert_int_equal(user.account_enabled, GP_TRUE);
	user.id[0] = 'x';
	assert_int_equal(gp_roll_put_user(roll, &user, GP_SOURCE_FULL, 7), GP_ST_INVALID);
	assert_string_equal(gp_roll_text(roll, UINT32_MAX), "");
	gp_roll_free(roll);
	gp_roll_free(NULL);
}

static void test_roll_reaches_through_groups(void **state)
{
	(void)state;
	struct gp_roll *roll = fresh();
	put(roll, ADA, "a", "");
	put(roll, EVA, "e", "");
	join(roll, G1, ADA, false);
	join(roll, G1, ADA, false);
	join(roll, G1, G2, true);
	join(roll, G2, BOB, false); /* not known yet */
	join(roll, G2, G3, true);
	join(roll, G3, G1, true); /* a ring */
	join(roll, G3, EVA, false);
	size_t n = 0;
	(void)gp_roll_members(roll, &n);
	assert_int_equal(n, 6);
	assert_true(reached(roll, G1, ADA) && reached(roll, G1, BOB) && reached(roll, G1, EVA));
	assert_true(reached(roll, G3, BOB));
	assert_int_equal(gp_roll_find(roll, BOB)->source, 0);
	assert_false(reached(roll, ADA, ADA));
	/* A group that is gone has nobody, and nobody through it. */
	assert_int_equal(gp_roll_put_group(roll, G2, false), GP_ST_OK);
	assert_true(reached(roll, G1, ADA));
	assert_false(reached(roll, G1, BOB) || reached(roll, G1, EVA));
	uint8_t groups[3] = {0};
	assert_int_equal(gp_roll_reach_groups(roll, G1, groups, 1), GP_ST_OK);
	assert_int_equal(groups[0] + groups[1] + groups[2], 2);
	gp_roll_free(roll);
}

static void test_roll_loses_members(void **state)
{
	(void)state;
	struct gp_roll *roll = fresh();
	put(roll, ADA, "a", "");
	put(roll, BOB, "b", "");
	join(roll, G1, ADA, false);
	join(roll, G1, BOB, false);
	join(roll, G2, BOB, false);
	assert_int_equal(gp_roll_drop_member(roll, G1, BOB, false), GP_ST_OK);
	assert_int_equal(gp_roll_drop_member(roll, G1, BOB, false), GP_ST_OK);
	assert_int_equal(gp_roll_drop_member(roll, G3, EVA, true), GP_ST_OK);
	assert_int_equal(gp_roll_drop_member(roll, G1, "bob", false), GP_ST_INVALID);
	assert_false(reached(roll, G1, BOB));
	assert_true(reached(roll, G1, ADA) && reached(roll, G2, BOB));
	assert_int_equal(gp_roll_put_gone(roll, BOB, 9), GP_ST_OK);
	assert_int_equal(gp_roll_put_gone(roll, EVA, 9), GP_ST_OK);
	assert_false(reached(roll, G2, BOB));
	assert_true(gp_roll_find(roll, BOB)->gone);
	assert_string_equal(gp_roll_text(roll, gp_roll_find(roll, BOB)->mail), "b");
	put(roll, BOB, "b", "");
	assert_false(gp_roll_find(roll, BOB)->gone);
	assert_int_equal(gp_roll_drop_members(roll, G1), GP_ST_OK);
	assert_false(reached(roll, G1, ADA));
	gp_roll_free(roll);
}

/* What a group's list says counts more than a knock, whichever came first. */
static void test_roll_prefers_lists(void **state)
{
	(void)state;
	struct gp_roll *roll = fresh();
	for (int i = 0; i < 2; i++) {
		enum gp_source first = i == 0 ? GP_SOURCE_KNOCK : GP_SOURCE_FULL;
		enum gp_source second = i == 0 ? GP_SOURCE_FULL : GP_SOURCE_KNOCK;
		const char *group = i == 0 ? G1 : G2;
		assert_int_equal(gp_roll_put_member(roll, group, ADA, false, first), GP_ST_OK);
		assert_int_equal(gp_roll_put_member(roll, group, ADA, false, second), GP_ST_OK);
	}
	size_t n = 0;
	const struct gp_roll_member *members = gp_roll_members(roll, &n);
	assert_int_equal(n, 2);
	assert_int_equal(members[0].source, GP_SOURCE_FULL);
	assert_int_equal(members[1].source, GP_SOURCE_FULL);
	gp_roll_free(roll);
}

static void test_roll_copies_and_prunes(void **state)
{
	(void)state;
	struct gp_roll *roll = fresh();
	put(roll, ADA, "a", "A");
	put(roll, BOB, "b", "B");
	put(roll, EVA, "e", "A");
	join(roll, G1, ADA, false);
	join(roll, G1, G2, true);
	join(roll, G2, BOB, false);
	join(roll, G2, EVA, false);
	struct gp_roll *copy = NULL;
	assert_int_equal(gp_roll_copy(roll, &copy), GP_ST_OK);
	put(copy, ADA, "other", "Other");
	assert_int_equal(gp_roll_drop_members(copy, G1), GP_ST_OK);
	assert_string_equal(gp_roll_text(roll, gp_roll_find(roll, ADA)->mail), "a");
	assert_true(reached(roll, G1, EVA));
	const uint8_t keep[] = {1, 0, 1};
	const uint8_t keep_groups[] = {1, 1};
	struct gp_roll *pruned = NULL;
	assert_int_equal(gp_roll_put_gone(roll, ADA, 3), GP_ST_OK);
	assert_int_equal(gp_roll_prune(roll, keep, keep_groups, &pruned), GP_ST_OK);
	assert_null(gp_roll_find(pruned, BOB));
	assert_true(gp_roll_find(pruned, ADA)->gone);
	assert_int_equal(gp_roll_find(pruned, EVA)->read_s, 7);
	assert_true(reached(pruned, G1, EVA));
	assert_true(gp_roll_size(pruned) > 0);
	gp_roll_free(pruned);
	gp_roll_free(copy);
	gp_roll_free(roll);
}

#define MANY 20000

static void test_roll_sorts(void **state)
{
	struct gp_roll *roll = fresh();
	(void)state;
	assert_int_equal(gp_roll_sort(roll), GP_ST_OK);
	put(roll, EVA, "eva@x", "X");
	put(roll, ADA, "ada@x", "X");
	put(roll, BOB, "bob@x", "Y");
	join(roll, G1, EVA, false);
	join(roll, G1, G2, true);
	join(roll, G2, BOB, false);
	assert_int_equal(gp_roll_sort(roll), GP_ST_OK);
	static const char *const order[] = {ADA, BOB, EVA};
	for (size_t i = 0; i < 3; i++) {
		assert_ptr_equal(gp_roll_find(roll, order[i]), gp_roll_person_at(roll, i));
	}
	assert_string_equal(gp_roll_text(roll, gp_roll_find(roll, BOB)->mail), "bob@x");
	assert_true(reached(roll, G1, EVA) && reached(roll, G1, BOB) && reached(roll, G2, BOB));
	assert_false(reached(roll, G1, ADA) || reached(roll, G2, EVA));
	/* It goes on as before. */
	put(roll, "00000000-0000-4000-8000-000000000009", "ida@x", "X");
	join(roll, G2, "00000000-0000-4000-8000-000000000009", false);
	assert_true(reached(roll, G1, "00000000-0000-4000-8000-000000000009"));
	gp_roll_free(roll);
}

static void test_roll_finds_everybody(void **state)
{
	(void)state;
	struct gp_roll *roll = fresh();
	char id[GP_GUID_TEXT];
	for (unsigned int i = 0; i < MANY; i++) {
		(void)snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012x", i * 2654435761U, i);
		put(roll, id, id, i % 2 == 0 ? "Even" : "Odd");
		join(roll, G1, id, false);
	}
	for (unsigned int i = 0; i < MANY; i++) {
		(void)snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012x", i * 2654435761U, i);
		const struct gp_person *p = gp_roll_find(roll, id);
		assert_ptr_equal(p, gp_roll_person_at(roll, i));
		assert_string_equal(gp_roll_text(roll, p->mail), id);
	}
	size_t n = 0;
	(void)gp_roll_members(roll, &n);
	assert_int_equal(n, MANY);
	gp_roll_free(roll);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roll_keeps_facts),
		cmocka_unit_test(test_roll_reaches_through_groups),
		cmocka_unit_test(test_roll_loses_members),
		cmocka_unit_test(test_roll_prefers_lists),
		cmocka_unit_test(test_roll_copies_and_prunes),
		cmocka_unit_test(test_roll_sorts),
		cmocka_unit_test(test_roll_finds_everybody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
