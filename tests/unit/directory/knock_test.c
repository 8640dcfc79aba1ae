/* SPDX-License-Identifier: Apache-2.0 */
/* Who is looked up because somebody asked for him, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "directory/lookup_limit.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

#define EVE      "eeeeeeee-0000-4000-8000-000000000005"
#define EVE_NAME "eve@fabrikam.example"

static const bool in_first[] = {true, false};
static const bool in_none[] = {false, false};

/* Ada and Bob are known; their domains are those that may be looked up. */
static void read_once(struct sync_world *w)
{
	sync_world_publisher(w);
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
}

static const struct gp_guest *find(const struct sync_world *w, const char *name)
{
	return gp_sync_find(w->sync, gp_str_from(name));
}

static void come(struct sync_world *w, const char *oid, const char *name)
{
	const struct gp_user user = sync_world_user(oid, name);
	size_t checks = w->group_checks;
	gp_sync_knock(w->sync, name);
	assert_string_equal(w->looked_up, name);
	sync_world_is(w, &user);
	assert_int_equal(w->group_checks, checks + 1);
	sync_world_is_in(w, in_first, 2);
}

static void test_knock_finds_who_was_just_added(void **state)
{
	struct sync_world *w = *state;
	read_once(w);
	come(w, EVE, EVE_NAME);
	const struct gp_guest *eve = find(w, EVE_NAME);
	assert_non_null(eve);
	assert_true(eve->present);
	assert_int_equal(eve->person->source, GP_SOURCE_KNOCK);
	struct gp_guest_record record;
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, EVE, &record), GP_ST_OK);
	assert_int_equal(record.uid, eve->uid);
	sync_world_until_published(w);
	assert_int_equal(w->candidates, 2);
}

static void test_knock_is_for_some_only(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_start(w);
	/* Before the first read everybody is a stranger. */
	gp_sync_knock(w->sync, EVE_NAME);
	assert_int_equal(w->lookups, 0);
	sync_world_complete_read(w);
	gp_sync_knock(w->sync, "eve@elsewhere.example");
	gp_sync_knock(w->sync, "eve");
	gp_sync_knock(w->sync, "");
	assert_int_equal(w->lookups, 0);
	gp_sync_knock(w->sync, EVE_NAME);
	assert_int_equal(w->lookups, 1);
	sync_world_is(w, NULL);
	/* Not again so soon, because there was nobody. */
	test_clock_advance_ms(&w->clock, 59000);
	gp_sync_knock(w->sync, EVE_NAME);
	assert_int_equal(w->lookups, 1);
	test_clock_advance_ms(&w->clock, 1000);
	gp_sync_knock(w->sync, EVE_NAME);
	assert_int_equal(w->lookups, 2);
}

static void test_knock_of_nobody_changes_nothing(void **state)
{
	struct sync_world *w = *state;
	const struct gp_user eve = sync_world_user(EVE, EVE_NAME);
	read_once(w);
	gp_sync_knock(w->sync, EVE_NAME);
	sync_world_is(w, &eve);
	sync_world_is_in(w, in_none, 2);
	assert_null(find(w, EVE_NAME));
	assert_null(gp_sync_find_oid(w->sync, EVE));
	assert_true(loop_drain(w->event));
	assert_int_equal(w->candidates, 1);
}

/* Those who come together cost one change; each is asked for by himself. */
static void test_knock_many_at_once(void **state)
{
	struct sync_world *w = *state;
	const struct gp_user eve = sync_world_user(EVE, EVE_NAME);
	read_once(w);
	gp_sync_knock(w->sync, EVE_NAME);
	gp_sync_knock(w->sync, "nobody@northwind.example");
	assert_int_equal(w->lookups, 1);
	sync_world_is(w, &eve);
	sync_world_is_in(w, in_first, 2);
	assert_null(find(w, EVE_NAME));
	assert_int_equal(w->lookups, 2);
	assert_string_equal(w->looked_up, "nobody@northwind.example");
	sync_world_is(w, NULL);
	assert_non_null(find(w, EVE_NAME));
}

/* Whoever left keeps his name, so he is asked for by his id: the address may be another's now. */
static void test_knock_brings_back_who_left(void **state)
{
	struct sync_world *w = *state;
	read_once(w);
	uint32_t uid = find(w, "bob@northwind.example")->uid;
	sync_world_next_round(w);
	sync_world_end_delta(w, GP_ST_OK);
	w->sink.member(w->sink.arg, GROUP2, BOB, false, true);
	sync_world_end_delta(w, GP_ST_OK);
	const struct gp_user bob = sync_world_user(BOB, "robert@northwind.example");
	w->users.each(w->users.arg, BOB, GP_ST_OK, &bob);
	w->users.done(w->users.arg, GP_ST_OK, NULL);
	assert_false(find(w, "bob@northwind.example")->present);
	gp_sync_knock(w->sync, "bob@northwind.example");
	assert_string_equal(w->looked_up, BOB);
	sync_world_is(w, &bob);
	sync_world_is_in(w, in_first, 2);
	const struct gp_guest *back = find(w, "bob@northwind.example");
	assert_true(back->present);
	assert_int_equal(back->uid, uid);
}

/* A list that is read meanwhile, or soon after, may not have him yet. Later it counts. */
static void test_knock_outlives_late_lists(void **state)
{
	struct sync_world *w = *state;
	read_once(w);
	for (int late = 0; late < 2; late++) {
		gp_sync_now(w->sync, GP_SYNC_FULL);
		assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
		if (late == 0) {
			come(w, EVE, EVE_NAME);
		}
		sync_world_complete_read(w);
		assert_true(find(w, EVE_NAME)->present);
		test_clock_advance_ms(&w->clock, 400000);
	}
	test_clock_advance_ms(&w->clock, 400000);
	gp_sync_now(w->sync, GP_SYNC_FULL);
	assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
	sync_world_complete_read(w);
	assert_false(find(w, EVE_NAME)->present);
}

/* Found in a group below an access group, then removed from that: the look counts no longer. */
static void test_knock_ends_with_a_removal(void **state)
{
	struct sync_world *w = *state;
	const struct gp_user eve = sync_world_user(EVE, EVE_NAME);
	read_once(w);
	come(w, EVE, EVE_NAME);
	test_clock_advance_ms(&w->clock, 1000);
	sync_world_next_round(w);
	sync_world_end_delta(w, GP_ST_OK);
	w->sink.member(w->sink.arg, GROUP2, EVE, false, true);
	sync_world_end_delta(w, GP_ST_OK);
	w->users.each(w->users.arg, EVE, GP_ST_OK, &eve);
	w->users.done(w->users.arg, GP_ST_OK, NULL);
	assert_false(find(w, EVE_NAME)->present);
}

/* A round that began before does not lose him. */
static void test_knock_during_a_round(void **state)
{
	struct sync_world *w = *state;
	read_once(w);
	sync_world_next_round(w);
	sync_world_end_delta(w, GP_ST_OK);
	w->sink.member(w->sink.arg, GROUP2, BOB, false, true);
	come(w, EVE, EVE_NAME);
	sync_world_end_delta(w, GP_ST_OK);
	w->users.each(w->users.arg, BOB, GP_ST_NOT_FOUND, NULL);
	w->users.done(w->users.arg, GP_ST_OK, NULL);
	assert_true(find(w, EVE_NAME)->present);
	assert_false(find(w, "bob@northwind.example")->present);
}

static void test_knock_breaks_off(void **state)
{
	struct sync_world *w = *state;
	read_once(w);
	gp_sync_knock(w->sync, EVE_NAME);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_int_equal(w->cancelled, 1);
	test_clock_advance_ms(&w->clock, 60000);
	gp_sync_knock(w->sync, EVE_NAME);
	assert_int_equal(w->lookups, 2);
	gp_sync_free(w->sync);
	w->sync = NULL;
	assert_true(w->cancelled >= 2);
}

static void test_lookup_limit(void **state)
{
	static struct gp_lookup_limit limit;
	char name[40];
	(void)state;
	memset(&limit, 0, sizeof(limit));
	assert_true(gp_lookup_limit_take(&limit, "a@x.example", 0));
	assert_false(gp_lookup_limit_take(&limit, "a@x.example", 9999));
	assert_true(gp_lookup_limit_take(&limit, "a@x.example", 10000));
	for (int i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "b%d@x.example", i);
		assert_true(gp_lookup_limit_take(&limit, name, 20000));
	}
	/* Six in a minute; the first of them makes room when it is as old as that. */
	assert_false(gp_lookup_limit_take(&limit, "c@x.example", 59999));
	assert_true(gp_lookup_limit_take(&limit, "c@y.example", 59999));
	assert_true(gp_lookup_limit_take(&limit, "c@x.example", 60000));
	assert_false(gp_lookup_limit_take(&limit, "d@x.example", 60001));
	/* Nobody was found: a minute. Then somebody is: ten seconds. */
	gp_lookup_limit_told(&limit, "c@y.example", false);
	assert_false(gp_lookup_limit_take(&limit, "c@y.example", 119998));
	assert_true(gp_lookup_limit_take(&limit, "c@y.example", 119999));
	gp_lookup_limit_told(&limit, "c@y.example", true);
	assert_true(gp_lookup_limit_take(&limit, "c@y.example", 129999));
	gp_lookup_limit_told(&limit, "who@is.that", true);
	/* More domains than places: the one used longest ago gives way. */
	for (int i = 0; i < 2 * GP_DIRECTORY_DOMAINS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "a@%d.example", i);
		assert_true(gp_lookup_limit_take(&limit, name, 200000 + i));
		assert_false(gp_lookup_limit_take(&limit, name, 200000 + i));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sync_world_set_up, sync_world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_knock_finds_who_was_just_added),
		TEST(test_knock_is_for_some_only),
		TEST(test_knock_of_nobody_changes_nothing),
		TEST(test_knock_many_at_once),
		TEST(test_knock_brings_back_who_left),
		TEST(test_knock_outlives_late_lists),
		TEST(test_knock_ends_with_a_removal),
		TEST(test_knock_during_a_round),
		TEST(test_knock_breaks_off),
		cmocka_unit_test(test_lookup_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
