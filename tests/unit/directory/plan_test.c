/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "identity/number.h"

#include "contract/ban.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define OTHER  "0f0f0f0f-86f1-41af-91ab-2d7cd011db47"
#define A      "aaaaaaaa-0000-4000-8000-000000000001"
#define B      "bbbbbbbb-0000-4000-8000-000000000002"
#define C      "cccccccc-0000-4000-8000-000000000003"

#define USERS 8

struct world {
	struct gp_ids_rules *rules;
	struct gp_user users[USERS];
	size_t user_count;
	struct gp_guest_record records[USERS];
	size_t record_count;
	struct gp_local local; /* empty; its lists are a test's own */
	struct gp_plan plan;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	if (w == NULL || (w->rules = calloc(1, sizeof(*w->rules))) == NULL) {
		free(w);
		return -1;
	}
	gp_ids_rules_default(w->rules);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	gp_plan_free(&w->plan);
	free(w->rules);
	free(w);
	return 0;
}

static void put(char *dst, size_t size, const char *text)
{
	assert_int_equal(gp_copy(dst, size, gp_str_from(text)), GP_ST_OK);
}

static struct gp_user *add_user(struct world *w, const char *oid, const char *mail, int64_t created)
{
	assert_true(w->user_count < USERS);
	struct gp_user *u = &w->users[w->user_count++];
	put(u->id, sizeof(u->id), oid);
	put(u->mail, sizeof(u->mail), mail);
	u->account_enabled = GP_TRUE;
	u->user_type = GP_USER_TYPE_GUEST;
	u->external_state = GP_EXTERNAL_ACCEPTED;
	u->created_s = created;
	return u;
}

static uint32_t number_of(const struct world *w, const char *oid)
{
	uint32_t n = 0;
	assert_int_equal(gp_number_of(TENANT, oid, w->rules->uid_base, w->rules->uid_size, &n),
			 GP_ST_OK);
	return n;
}

static struct gp_guest_record *add_record(struct world *w, const char *tid, const char *oid,
					  uint32_t uid, const char *name, int64_t created)
{
	assert_true(w->record_count < USERS);
	struct gp_guest_record *r = &w->records[w->record_count++];
	put(r->tid, sizeof(r->tid), tid);
	put(r->oid, sizeof(r->oid), oid);
	put(r->name, sizeof(r->name), name);
	r->uid = uid;
	r->created_s = created;
	return r;
}

static void make(struct world *w)
{
	const struct gp_plan_input in = {
		.tid = TENANT,
		.rules = w->rules,
		.home_prefix = "/home/guests",
		.local = &w->local,
		.now_s = 5000,
		.users = w->users,
		.user_count = w->user_count,
		.records = w->records,
		.record_count = w->record_count,
	};
	if (w->rules->home_count == 0 || !gp_ids_home_ok(w->rules, GP_STR("/home/guests/a@x"))) {
		w->rules->home_count = 1;
		put(w->rules->homes[0], sizeof(w->rules->homes[0]), "/home/guests/");
	}
	gp_plan_free(&w->plan);
	assert_int_equal(gp_plan_make(&in, &w->plan, NULL), GP_ST_OK);
}

static const struct gp_guest *guest(const struct world *w, const char *oid)
{
	static const struct gp_guest none;
	for (size_t i = 0; i < w->plan.guest_count; i++) {
		if (strcmp(w->plan.guests[i].user.id, oid) == 0) {
			return &w->plan.guests[i];
		}
	}
	fail_msg("no guest %s", oid);
	return &none;
}

static void expect(const struct world *w, const char *oid, const char *name, uint32_t uid)
{
	const struct gp_guest *g = guest(w, oid);
	assert_false(g->quarantined);
	assert_null(g->quarantine);
	assert_string_equal(g->name, name);
	assert_int_equal(g->uid, uid);
}

static void expect_quarantine(const struct world *w, const char *oid, const char *reason)
{
	const struct gp_guest *g = guest(w, oid);
	assert_true(g->quarantined);
	assert_string_equal(g->quarantine, reason);
	assert_string_equal(g->name, "");
	assert_int_equal(g->uid, 0);
	for (size_t i = 0; i < w->plan.added_count; i++) {
		assert_string_not_equal(w->plan.added[i].oid, oid);
	}
}

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

/* Also when he who holds it is no longer listed, or belongs to another tenant. */
static void test_plan_name_held(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "x@fabrikam.example", 100);
	(void)add_record(w, TENANT, B, number_of(w, B), "x@fabrikam.example", 900);
	make(w);
	expect_quarantine(w, A, "name-taken");
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
	const struct gp_plan_input in = {.tid = TENANT,
					 .rules = w->rules,
					 .home_prefix = "/home/guests/",
					 .local = &w->local,
					 .users = w->users,
					 .user_count = 1,
					 .records = w->records,
					 .record_count = 1};
	gp_plan_free(&w->plan);
	assert_int_equal(gp_plan_make(&in, &w->plan, NULL), GP_ST_OK);
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

/* Listed in two groups, he is one guest; the listing that says less counts. */
static void test_plan_merges_groups(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "a@x", 100);
	(void)add_user(w, B, "b@x", 100);
	add_user(w, A, "a@x", 100)->account_enabled = GP_FALSE;
	(void)add_user(w, A, "a@x", 100);
	make(w);
	assert_int_equal(w->plan.guest_count, 2);
	assert_int_equal(guest(w, A)->user.account_enabled, GP_FALSE);
	assert_int_equal(guest(w, B)->user.account_enabled, GP_TRUE);
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

static void test_plan_canary(void **state)
{
	struct world *w = *state;
	assert_int_equal(gp_plan_canary(NULL, 0), GP_UNKNOWN);
	struct gp_user *a = add_user(w, A, "a@x", 1);
	struct gp_user *b = add_user(w, B, "b@x", 1);
	assert_int_equal(gp_plan_canary(w->users, 2), GP_TRUE);
	a->account_enabled = GP_FALSE;
	assert_int_equal(gp_plan_canary(w->users, 2), GP_TRUE);
	a->account_enabled = GP_UNKNOWN;
	assert_int_equal(gp_plan_canary(w->users, 2), GP_FALSE);
	/* One odd object beside guests that are told of properly. */
	a->user_type = GP_USER_TYPE_UNKNOWN;
	assert_int_equal(gp_plan_canary(w->users, 2), GP_TRUE);
	/* Nothing but ids: the right to read users is missing. */
	b->user_type = GP_USER_TYPE_UNKNOWN;
	b->account_enabled = GP_UNKNOWN;
	assert_int_equal(gp_plan_canary(w->users, 2), GP_FALSE);
	/* Members prove nothing about guests. */
	a->user_type = b->user_type = GP_USER_TYPE_MEMBER;
	a->account_enabled = b->account_enabled = GP_TRUE;
	assert_int_equal(gp_plan_canary(w->users, 2), GP_UNKNOWN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plan_nothing),
		TEST(test_plan_newcomers),
		TEST(test_plan_record_holds),
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
		TEST(test_plan_merges_groups),
		TEST(test_plan_is_stable),
		TEST(test_plan_canary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
