/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a pass, by which basis, and exactly until when. */
#include "policy/pass.h"

#include "tests/unit/policy/world.h"

#include "contract/ban.h"

#define PACKAGE "bbbbbbbb-2222-4333-8444-555555555555"

static enum gp_verdict find_at(const struct world *w, int64_t now_s, struct gp_pass *pass,
			       const char **reason)
{
	return gp_pass_find(&w->config, &w->facts.passes, now_s, pass, reason);
}

static void expect(const struct world *w, int64_t now_s, enum gp_verdict verdict,
		   const char *reason)
{
	struct gp_pass pass;
	const char *why = NULL;
	assert_int_equal(find_at(w, now_s, &pass, &why), verdict);
	assert_string_equal(why, reason);
	if (verdict == GP_YES) {
		assert_true(pass.begin_s <= now_s && now_s < pass.end_s);
	}
}

/* One group, one object of BASIS from BEGIN to END, everything read. */
static void world_of(struct world *w, enum gp_basis basis, int64_t begin_s, int64_t end_s)
{
	world_good(w);
	w->config.access_groups_len = 1;
	w->config.access_bases[0].basis = basis;
	PUT(w->config.access_bases[0].package, PACKAGE);
	w->objects[0] = (struct gp_pass_object){
		.basis = basis, .id = "a", .begin_s = begin_s, .end_s = end_s};
	PUT(w->objects[0].of, basis == GP_BASIS_PACKAGE ? PACKAGE : GROUP);
	w->facts.passes.objects = w->objects;
	w->facts.passes.objects_len = 1;
	w->facts.passes.packages_read = true;
	w->facts.passes.activations_read = true;
	w->facts.passes.grants_read = true;
}

static const enum gp_basis with_objects[] = {GP_BASIS_PACKAGE, GP_BASIS_PIM, GP_BASIS_LOCAL};

static void test_pass_every_second(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct world w;
		world_of(&w, with_objects[i], NOW, NOW + 10);
		expect(&w, NOW - 1, GP_NO, "pass-not-begun");
		for (int64_t now = NOW; now < NOW + 10; now++) {
			expect(&w, now, GP_YES, "ok");
		}
		expect(&w, NOW + 10, GP_NO, "pass-ended");
		expect(&w, INT64_MAX, GP_NO, "pass-ended");
		expect(&w, INT64_MIN, GP_NO, "pass-not-begun");
		world_of(&w, with_objects[i], INT64_MIN, INT64_MAX);
		expect(&w, NOW, GP_YES, "ok");
		world_of(&w, with_objects[i], NOW, NOW);
		expect(&w, NOW, GP_NO, "pass-ended");
	}
}

/* The end is the earliest that anything says. */
static void test_pass_bounds(void **state)
{
	(void)state;
	struct world w;
	struct gp_pass pass;
	const char *why = NULL;
	world_of(&w, GP_BASIS_PACKAGE, NOW - DAY, NOW + 100 * DAY);
	w.config.max_stay_s = 30 * (uint32_t)DAY;
	assert_int_equal(find_at(&w, NOW, &pass, &why), GP_YES);
	assert_int_equal(pass.end_s, NOW + 29 * DAY);
	w.config.project_end_s = NOW + 20 * DAY;
	assert_int_equal(find_at(&w, NOW, &pass, &why), GP_YES);
	assert_int_equal(pass.end_s, NOW + 20 * DAY);
	w.facts.passes.leave_read = GP_TRUE;
	w.facts.passes.leave_s = NOW + 10 * DAY;
	assert_int_equal(find_at(&w, NOW, &pass, &why), GP_YES);
	assert_int_equal(pass.end_s, NOW + 10 * DAY);
	expect(&w, NOW + 10 * DAY - 1, GP_YES, "ok");
	expect(&w, NOW + 10 * DAY, GP_NO, "pass-ended");
	w.objects[0].end_s = NOW + 1;
	assert_int_equal(find_at(&w, NOW, &pass, &why), GP_YES);
	assert_int_equal(pass.end_s, NOW + 1);
	/* Without a beginning of its own: from when he was first seen. */
	world_of(&w, GP_BASIS_PIM, INT64_MIN, INT64_MAX);
	w.config.max_stay_s = 2 * (uint32_t)DAY;
	expect(&w, NOW + DAY - 1, GP_YES, "ok");
	expect(&w, NOW + DAY, GP_NO, "pass-ended");
	/* The sum does not wrap. */
	world_of(&w, GP_BASIS_PIM, INT64_MAX - 1, INT64_MAX);
	w.config.max_stay_s = UINT32_MAX;
	expect(&w, INT64_MAX - 1, GP_YES, "ok");
}

static void test_pass_leave_date(void **state)
{
	(void)state;
	struct world w;
	world_of(&w, GP_BASIS_PACKAGE, NOW, NOW + DAY);
	w.config.leave_date = true;
	expect(&w, NOW, GP_CANNOT_TELL, "pass-unreadable");
	w.facts.passes.leave_read = GP_TRUE;
	expect(&w, NOW, GP_YES, "ok");
	/* What cannot be read makes nothing good that is over. */
	w.facts.passes.leave_read = GP_UNKNOWN;
	expect(&w, NOW + DAY, GP_NO, "pass-ended");
}

/* Membership is a pass since he was first seen, and that survives whatever happens in between. */
static void test_pass_by_group(void **state)
{
	(void)state;
	struct world w;
	world_of(&w, GP_BASIS_GROUP, 0, 0);
	w.facts.passes.objects_len = 0;
	w.config.max_stay_s = 7 * (uint32_t)DAY;
	w.facts.passes.first_seen_s = NOW - 7 * DAY + 1;
	expect(&w, NOW, GP_YES, "ok");
	expect(&w, NOW + 1, GP_NO, "pass-ended");
	w.facts.passes.first_seen_s = 0; /* he is seen now */
	expect(&w, NOW, GP_YES, "ok");
	w.config.max_stay_s = 0;
	w.facts.passes.first_seen_s = 1;
	expect(&w, INT64_MAX - 1, GP_YES, "ok");
	/* Another's object is none of his group's. */
	w.facts.passes.objects_len = 1;
	w.members[0] = GP_FALSE;
	expect(&w, NOW, GP_NO, "not-member");
}

/* A member whose activation is over, or whose package was never delivered, is an ordinary member in
 * Graph all the same. */
static void test_pass_needs_its_own_basis(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (int other = GP_BASIS_NONE; other <= GP_BASIS_LOCAL; other++) {
			struct world w;
			world_of(&w, with_objects[i], NOW, NOW + DAY);
			w.objects[0].basis = (enum gp_basis)other;
			bool same = other == (int)with_objects[i];
			expect(&w, NOW, same ? GP_YES : GP_NO, same ? "ok" : "no-pass");
		}
		struct world w;
		world_of(&w, with_objects[i], NOW, NOW + DAY);
		PUT(w.objects[0].of, SECOND);
		/* A grant of root's is for the tier, not for a group. */
		bool same = with_objects[i] == GP_BASIS_LOCAL;
		expect(&w, NOW, same ? GP_YES : GP_NO, same ? "ok" : "no-pass");
	}
}

static void test_pass_unreadable(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct world w;
		world_of(&w, with_objects[i], NOW, NOW + DAY);
		w.facts.passes.objects_len = 0;
		expect(&w, NOW, GP_NO, "no-pass");
		w.facts.passes.packages_read = false;
		w.facts.passes.activations_read = false;
		w.facts.passes.grants_read = false;
		expect(&w, NOW, GP_CANNOT_TELL, "pass-unreadable");
		/* What is not a member's needs no reading. */
		w.members[0] = GP_FALSE;
		expect(&w, NOW, GP_NO, "not-member");
	}
}

static void test_pass_membership_unknown(void **state)
{
	(void)state;
	struct world w;
	world_of(&w, GP_BASIS_LOCAL, NOW, NOW + DAY);
	w.members[0] = GP_UNKNOWN;
	expect(&w, NOW, GP_CANNOT_TELL, "membership-unknown");
	/* Over is over, whoever is a member: nobody is sent to the browser in vain. */
	expect(&w, NOW + DAY, GP_NO, "pass-ended");
	w.facts.passes.member = NULL;
	expect(&w, NOW, GP_CANNOT_TELL, "membership-unknown");
	w.facts.passes.member = w.members;
	w.facts.passes.member_len = 0;
	expect(&w, NOW, GP_CANNOT_TELL, "membership-unknown");
	memset(&w.members, 0x5a, sizeof(w.members));
	w.facts.passes.member_len = 1;
	expect(&w, NOW, GP_CANNOT_TELL, "membership-unknown");
}

/* Of several the one that lasts longest, of several groups too. */
static void test_pass_longest(void **state)
{
	(void)state;
	struct world w;
	struct gp_pass pass;
	const char *why = NULL;
	world_of(&w, GP_BASIS_PIM, NOW, NOW + 10);
	for (int64_t i = 1; i < 4; i++) {
		w.objects[i] = w.objects[0];
		w.objects[i].end_s = NOW + (i == 2 ? 1000 : i);
		PUT(w.objects[i].id, i == 2 ? "best" : "other");
	}
	w.facts.passes.objects_len = 4;
	assert_int_equal(find_at(&w, NOW, &pass, &why), GP_YES);
	assert_string_equal(pass.id, "best");
	w.config.access_groups_len = 2; /* the second is by local grants */
	w.members[1] = GP_TRUE;
	w.objects[3].basis = GP_BASIS_LOCAL;
	w.objects[3].end_s = INT64_MAX;
	assert_int_equal(find_at(&w, NOW, &pass, &why), GP_YES);
	assert_int_equal(pass.basis, GP_BASIS_LOCAL);
	assert_string_equal(pass.group, SECOND);
	/* A group whose objects cannot be read spoils no pass by another. */
	w.facts.passes.grants_read = false;
	w.objects[3].end_s = NOW;
	assert_int_equal(find_at(&w, NOW, &pass, &why), GP_YES);
	assert_int_equal(pass.basis, GP_BASIS_PIM);
}

static void test_pass_of_nothing(void **state)
{
	(void)state;
	static const struct gp_config none;
	static const struct gp_pass_facts nothing;
	struct gp_pass pass;
	const char *why = NULL;
	assert_int_equal(gp_pass_find(&none, &nothing, NOW, &pass, &why), GP_NO);
	assert_int_equal(pass.basis, GP_BASIS_NONE);
	struct world w;
	world_of(&w, GP_BASIS_NONE, NOW, NOW + DAY);
	expect(&w, NOW, GP_CANNOT_TELL, "pass-unreadable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass_every_second),
		cmocka_unit_test(test_pass_bounds),
		cmocka_unit_test(test_pass_leave_date),
		cmocka_unit_test(test_pass_by_group),
		cmocka_unit_test(test_pass_needs_its_own_basis),
		cmocka_unit_test(test_pass_unreadable),
		cmocka_unit_test(test_pass_membership_unknown),
		cmocka_unit_test(test_pass_longest),
		cmocka_unit_test(test_pass_of_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
