/* SPDX-License-Identifier: Apache-2.0 */
/* Names and numbers: who gets them, who keeps them, who must stand back. */
#include "tests/unit/directory/plan_rig.h"

#include "contract/ban.h"

static void test_plan_nothing(void **state)
{
	struct world *w = *state;
	make(w);
	assert_int_equal(w->plan.guest_count, 0);
	assert_int_equal(w->plan.added_count, 0);
	gp_plan_free(NULL);
}

static void test_plan_newcomers(void **state)
{
	struct world *w = *state;
	(void)add_user(w, B, "Bob@Northwind.example", 100);
	(void)add_user(w, A, "ada@fabrikam.example", 200);
	make(w);
	assert_int_equal(w->plan.guest_count, 2);
	assert_int_equal(w->plan.added_count, 2);
	assert_string_equal(w->plan.guests[0].name, "ada@fabrikam.example");
	assert_string_equal(w->plan.guests[1].name, "bob@northwind.example");
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
	for (size_t i = 0; i < 2; i++) {
		const struct gp_guest_record *r = &w->plan.added[i];
		assert_string_equal(r->tid, TENANT);
		assert_int_equal(r->first_seen_s, 5000);
		assert_int_equal(r->uid, number_of(w, r->oid));
		assert_int_equal(r->created_s, strcmp(r->oid, A) == 0 ? 200 : 100);
		assert_string_equal(r->name, guest(w, r->oid)->name);
	}
}

/* The record holds, whatever the mail address says today. */
static void test_plan_record_holds(void **state)
{
	struct world *w = *state;
	uint32_t odd = w->rules->uid_base + 5;
	(void)add_user(w, A, "new.name@fabrikam.example", 100);
	(void)add_user(w, B, "not a mail address", 100);
	(void)add_record(w, TENANT, A, odd, "ada@fabrikam.example", 100);
	(void)add_record(w, TENANT, B, odd + 1, "bob@northwind.example", 100);
	make(w);
	expect(w, A, "ada@fabrikam.example", odd);
	expect(w, B, "bob@northwind.example", odd + 1);
	assert_int_equal(w->plan.added_count, 0);
}

/* What is kept of a pass goes along, and whose account is in question keeps his name. */
static void test_plan_passes_and_questions(void **state)
{
	struct world *w = *state;
	const struct gp_oid questioned[] = {{A}, {C}};
	(void)add_user(w, A, "ada@fabrikam.example", 100);
	(void)add_user(w, B, "bob@northwind.example", 100);
	add_record(w, TENANT, A, number_of(w, A), "ada@fabrikam.example", 100)->pass_end_s = 77;
	(void)add_record(w, TENANT, B, number_of(w, B), "bob@northwind.example", 100);
	w->in_question = questioned;
	w->in_question_count = 2;
	make(w);
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
	assert_int_equal(guest(w, A)->pass_end_s, 77);
	assert_true(guest(w, A)->in_question);
	assert_false(guest(w, A)->quarantined);
	assert_int_equal(guest(w, B)->pass_end_s, 0);
	assert_false(guest(w, B)->in_question);
}

/* A permission of ours that vanished takes no name away from people who work; but it gives none. */
static void test_plan_type_unknown(void **state)
{
	struct world *w = *state;
	add_user(w, A, "ada@fabrikam.example", 100)->user_type = GP_USER_TYPE_UNKNOWN;
	add_user(w, B, "bob@northwind.example", 100)->user_type = GP_USER_TYPE_UNKNOWN;
	(void)add_record(w, TENANT, A, number_of(w, A), "ada@fabrikam.example", 100);
	make(w);
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
	expect_quarantine(w, B, "type-unknown");
}

static void test_plan_members_are_no_guests(void **state)
{
	struct world *w = *state;
	add_user(w, A, "ada@fabrikam.example", 100)->user_type = GP_USER_TYPE_MEMBER;
	add_user(w, B, "bob@northwind.example", 100)->user_type = GP_USER_TYPE_MEMBER;
	(void)add_record(w, TENANT, A, number_of(w, A), "ada@fabrikam.example", 100);
	make(w);
	expect_quarantine(w, A, "not-a-guest");
	expect_quarantine(w, B, "not-a-guest");
}

/* They exist on the host, so that the door can tell them why they may not enter. */
static void test_plan_disabled_and_pending_stay(void **state)
{
	struct world *w = *state;
	add_user(w, A, "ada@fabrikam.example", 100)->account_enabled = GP_FALSE;
	add_user(w, B, "bob@northwind.example", 100)->external_state = GP_EXTERNAL_PENDING;
	make(w);
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
	expect(w, B, "bob@northwind.example", number_of(w, B));
}

static void test_plan_bad_names(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "", 100);
	(void)add_user(w, B, "root", 100);
	(void)add_user(w, C, "../../etc@x", 100);
	make(w);
	expect_quarantine(w, A, "name-unusable");
	expect_quarantine(w, B, "name-unusable");
	expect_quarantine(w, C, "name-unusable");
}

static void test_plan_name_twice(void **state)
{
	struct world *w = *state;
	/* The earlier one stands, however the listing is ordered; without a date one comes last. */
	(void)add_user(w, A, "x@fabrikam.example", 0);
	(void)add_user(w, B, "X@fabrikam.example", 300);
	(void)add_user(w, C, "x@FABRIKAM.example", 200);
	make(w);
	expect(w, C, "x@fabrikam.example", number_of(w, C));
	expect_quarantine(w, A, "name-taken");
	expect_quarantine(w, B, "name-taken");
	assert_int_equal(w->plan.added_count, 1);
	/* Equal dates: the lower oid. */
	w->users[0].created_s = w->users[1].created_s = w->users[2].created_s = 300;
	make(w);
	expect(w, A, "x@fabrikam.example", number_of(w, A));
	expect_quarantine(w, C, "name-taken");
}

/* Who left keeps his name, until somebody says that another is to have it; and so does one of
 * another tenant, of whom nobody can say that. */
static void test_plan_name_held(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "x@fabrikam.example", 100);
	(void)add_record(w, TENANT, B, number_of(w, B), "x@fabrikam.example", 900);
	make(w);
	expect_quarantine(w, A, "name-departed");
	put(w->records[0].tid, sizeof(w->records[0].tid), OTHER);
	make(w);
	expect_quarantine(w, A, "name-taken");
	assert_int_equal(w->plan.added_count, 0);
}

/* With one number to give, everybody claims it. */
static void test_plan_number_twice(void **state)
{
	struct world *w = *state;
	w->rules->uid_size = 1;
	(void)add_user(w, A, "a@x", 300);
	(void)add_user(w, B, "b@x", 200);
	(void)add_user(w, C, "c@x", 200);
	make(w);
	expect(w, B, "b@x", w->rules->uid_base);
	expect_quarantine(w, A, "number-taken");
	expect_quarantine(w, C, "number-taken");
	assert_int_equal(w->plan.added_count, 1);
}

static void test_plan_number_held(void **state)
{
	struct world *w = *state;
	w->rules->uid_size = 1;
	(void)add_record(w, TENANT, B, w->rules->uid_base, "b@x", 200);
	(void)add_user(w, B, "b@x", 200);
	(void)add_user(w, C, "c@x", 300);
	(void)add_user(w, A, "a@x", 100);
	make(w);
	expect(w, B, "b@x", w->rules->uid_base);
	expect_quarantine(w, C, "number-taken");
	/* On a fresh host he would have had the number. */
	expect_quarantine(w, A, "host-differs");
	assert_int_equal(w->plan.added_count, 0);
}

/* The name of one who loses his number is not passed on: he may get his number elsewhere. */
static void test_plan_loser_of_number_keeps_name_blocked(void **state)
{
	struct world *w = *state;
	w->rules->uid_size = 1;
	(void)add_user(w, A, "x@x", 100);
	(void)add_user(w, B, "y@x", 200);
	(void)add_user(w, C, "y@x", 300);
	make(w);
	expect(w, A, "x@x", w->rules->uid_base);
	expect_quarantine(w, B, "number-taken");
	expect_quarantine(w, C, "name-taken");
}

static void test_plan_reserved_number(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "a@x", 100);
	w->rules->adopted_user_count = 1;
	w->rules->adopted_users[0].number = number_of(w, A);
	put(w->rules->adopted_users[0].name, sizeof(w->rules->adopted_users[0].name), "anna");
	make(w);
	expect_quarantine(w, A, "number-reserved");
}

static void test_plan_rules_changed(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "a@x", 100);
	(void)add_record(w, TENANT, A, w->rules->uid_base - 1, "a@x", 100);
	make(w);
	expect_quarantine(w, A, "outside-rules");
	w->records[0].uid = w->rules->uid_base;
	w->rules->home_count = 1;
	put(w->rules->homes[0], sizeof(w->rules->homes[0]), "/srv/");
	fill_roll(w);
	plan_roll(w);
	expect_quarantine(w, A, "home-unusable");
}

/* Whoever has a local namesake stands aside, and nobody else; not for ever. */
static void test_plan_local_name(void **state)
{
	struct world *w = *state;
	const char *names[] = {"ada@fabrikam.example", "root", "x@x"};
	(void)add_user(w, A, "ada@fabrikam.example", 100);
	(void)add_user(w, B, "bob@northwind.example", 100);
	(void)add_user(w, C, "X@x", 100);
	(void)add_record(w, TENANT, A, number_of(w, A), names[0], 100);
	w->local.users = (struct gp_local_list){.names = names, .name_count = 3};
	make(w);
	expect_quarantine(w, A, "local-account");
	expect_quarantine(w, C, "local-account");
	expect(w, B, "bob@northwind.example", number_of(w, B));
	assert_int_equal(w->plan.added_count, 1);
	/* Groups have names and numbers of their own. */
	w->local.groups = w->local.users;
	w->local.users = (struct gp_local_list){0};
	make(w);
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
	expect(w, C, "x@x", number_of(w, C));
}

static void test_plan_local_number(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "a@x", 100);
	(void)add_user(w, B, "b@x", 100);
	(void)add_user(w, C, "c@x", 100);
	(void)add_record(w, TENANT, A, w->rules->uid_base + 5, "a@x", 100);
	uint32_t numbers[] = {0, w->rules->uid_base + 5, number_of(w, B)};
	w->local.users = (struct gp_local_list){.numbers = numbers, .number_count = 3};
	make(w);
	expect_quarantine(w, A, "local-account");
	expect_quarantine(w, B, "local-account");
	expect(w, C, "c@x", number_of(w, C));
}

/* What he cannot have here is not passed on: he has it on other hosts. */
static void test_plan_local_account_keeps_name_blocked(void **state)
{
	struct world *w = *state;
	uint32_t numbers[] = {number_of(w, A)};
	(void)add_user(w, A, "x@x", 100);
	(void)add_user(w, B, "x@x", 200);
	w->local.users = (struct gp_local_list){.numbers = numbers, .number_count = 1};
	make(w);
	expect_quarantine(w, A, "local-account");
	expect_quarantine(w, B, "name-taken");
}

/* What one sync stored is what the next one finds: nobody is renumbered or renamed. */
static void test_plan_is_stable(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "x@x", 300);
	(void)add_user(w, B, "x@x", 200);
	(void)add_user(w, C, "c@x", 100);
	make(w);
	assert_int_equal(w->plan.added_count, 2);
	memcpy(w->records, w->plan.added, 2 * sizeof(w->records[0]));
	w->record_count = 2;
	w->users[0].created_s = 50; /* somebody tampers with dates and addresses */
	put(w->users[2].mail, sizeof(w->users[2].mail), "x@x");
	make(w);
	assert_int_equal(w->plan.added_count, 0);
	expect(w, B, "x@x", number_of(w, B));
	expect(w, C, "c@x", number_of(w, C));
	expect_quarantine(w, A, "name-taken");
}

static void test_plan_forget_changes(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "ada@fabrikam.example", 100);
	make(w);
	assert_int_equal(w->plan.added_count, 1);
	gp_plan_forget_changes(&w->plan);
	assert_int_equal(w->plan.added_count, 0);
	assert_null(w->plan.added);
	assert_null(w->plan.added_groups);
	assert_null(w->plan.moves);
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plan_nothing),
		TEST(test_plan_newcomers),
		TEST(test_plan_record_holds),
		TEST(test_plan_passes_and_questions),
		TEST(test_plan_type_unknown),
		TEST(test_plan_members_are_no_guests),
		TEST(test_plan_disabled_and_pending_stay),
		TEST(test_plan_bad_names),
		TEST(test_plan_name_twice),
		TEST(test_plan_name_held),
		TEST(test_plan_number_twice),
		TEST(test_plan_number_held),
		TEST(test_plan_loser_of_number_keeps_name_blocked),
		TEST(test_plan_reserved_number),
		TEST(test_plan_rules_changed),
		TEST(test_plan_local_name),
		TEST(test_plan_local_number),
		TEST(test_plan_local_account_keeps_name_blocked),
		TEST(test_plan_is_stable),
		TEST(test_plan_forget_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
