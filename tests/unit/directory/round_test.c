/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of changes, and what a sync does between one full read and the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

#define EVA    "eeeeeeee-0000-4000-8000-000000000005"
#define OTHER  "99999999-0000-4000-8000-000000000009"
#define NESTED "30000000-86f1-41af-91ab-2d7cd011db47"

static const char ada_name[] = "ada@fabrikam.example";
static const char eva_name[] = "eva@fabrikam.example";

/* Ada and Bob were read, and Bob's group has a group in it. */
static void begin(struct sync_world *w)
{
	sync_world_publisher(w);
	sync_world_start(w);
	sync_world_tell(w, ADA, ada_name);
	w->listing.group(w->listing.arg, NESTED);
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_tell(w, BOB, "bob@northwind.example");
	sync_world_end_listing(w, GP_ST_OK);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	assert_string_equal(w->group, NESTED);
	sync_world_end_listing(w, GP_ST_OK);
	assert_int_equal(w->status, GP_ST_OK);
	assert_int_equal(gp_sync_count(w->sync), 2);
	/* Users, the two top groups, the nested one. */
	assert_int_equal(w->links, 3);
}

/* Goes on to the link of the first groups; the order of links is the sync's own affair. */
static void until_groups(struct sync_world *w)
{
	sync_world_next_round(w);
	while (w->kind != GP_DELTA_GROUPS) {
		sync_world_end_delta(w, GP_ST_OK);
	}
}

static void until_users(struct sync_world *w)
{
	sync_world_next_round(w);
	while (w->kind != GP_DELTA_USERS) {
		sync_world_end_delta(w, GP_ST_OK);
	}
}

static void member(struct sync_world *w, const char *group, const char *who, bool is_group,
		   bool removed)
{
	w->sink.member(w->sink.arg, group, who, is_group, removed);
}

/* The links of the round end, until users are asked for. */
static void until_asked(struct sync_world *w)
{
	size_t batches = w->batches;
	for (size_t i = 0; i < 3 && w->batches == batches; i++) {
		sync_world_end_delta(w, GP_ST_OK);
	}
	assert_int_equal(w->batches, batches + 1);
}

static void tell_user(struct sync_world *w, const char *oid, const char *mail, enum gp_tri enabled)
{
	struct gp_user user = sync_world_user(oid, mail);
	user.account_enabled = enabled;
	w->users.each(w->users.arg, oid, GP_ST_OK, &user);
}

static void end_users(struct sync_world *w, enum gp_status status)
{
	w->users.done(w->users.arg, status, NULL);
}

static enum gp_tri enabled_of(struct sync_world *w, const char *oid)
{
	struct gp_user user;
	gp_sync_user(w->sync, gp_sync_find_oid(w->sync, oid), &user);
	return user.account_enabled;
}

static void test_round_nothing_changed(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	sync_world_until_published(w);
	sync_world_next_round(w);
	sync_world_finish_round(w);
	assert_int_equal(w->batches, 0);
	assert_int_equal(w->candidates, 1);
	/* Each link leads to the next one. */
	char first[64];
	(void)snprintf(first, sizeof(first), "%s", w->followed);
	sync_world_next_round(w);
	sync_world_finish_round(w);
	assert_string_not_equal(w->followed, first);
	assert_int_equal(w->listings, 3);
}

static void test_round_adds_a_member(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	until_groups(w);
	member(w, GROUP1, EVA, false, false);
	member(w, GROUP1, EVA, false, false);
	/* Another group's are nobody of ours. */
	member(w, OTHER, OTHER, false, false);
	until_asked(w);
	assert_int_equal(w->asked_len, 1);
	assert_string_equal(w->asked[0], EVA);
	assert_null(gp_sync_find_oid(w->sync, EVA));
	tell_user(w, EVA, eva_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	assert_int_equal(w->status, GP_ST_OK);
	assert_true(gp_sync_find(w->sync, GP_STR("eva@fabrikam.example"))->present);
	struct gp_guest_record record;
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, EVA, &record), GP_ST_OK);
}

static void test_round_removes_a_member(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	until_groups(w);
	/* In and out again: the last word counts. */
	member(w, GROUP1, ADA, false, false);
	member(w, GROUP1, ADA, false, true);
	until_asked(w);
	/* Removed, not deleted. */
	tell_user(w, ADA, ada_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	const struct gp_guest *ada = gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"));
	assert_non_null(ada);
	assert_false(ada->present);
	assert_false(ada->person->gone);
	/* And in once more. */
	until_groups(w);
	member(w, GROUP2, ADA, false, false);
	until_asked(w);
	tell_user(w, ADA, "new.name@fabrikam.example", GP_TRUE);
	end_users(w, GP_ST_OK);
	ada = gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"));
	assert_true(ada->present);
	assert_int_equal(ada->left_s, 0);
}

static void test_round_user_deleted(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	until_users(w);
	w->sink.user(w->sink.arg, OTHER, GP_FALSE, GP_REMOVED_DELETED);
	w->sink.user(w->sink.arg, ADA, GP_UNKNOWN, GP_REMOVED_CHANGED);
	until_asked(w);
	assert_int_equal(w->asked_len, 1);
	w->users.each(w->users.arg, ADA, GP_ST_NOT_FOUND, NULL);
	end_users(w, GP_ST_OK);
	const struct gp_guest *ada = gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"));
	assert_false(ada->present);
	assert_true(ada->person->gone);
}

/* A list says disabled, a read says enabled: one of them is old. Less counts, and he is asked for
 * again. */
static void test_round_doubts(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	until_users(w);
	w->sink.user(w->sink.arg, ADA, GP_FALSE, GP_REMOVED_NOT);
	until_asked(w);
	tell_user(w, ADA, ada_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	assert_int_equal(enabled_of(w, ADA), GP_FALSE);
	sync_world_next_round(w);
	until_asked(w);
	assert_string_equal(w->asked[0], ADA);
	tell_user(w, ADA, ada_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	assert_int_equal(enabled_of(w, ADA), GP_TRUE);
	sync_world_next_round(w);
	sync_world_finish_round(w);
	assert_int_equal(w->batches, 2);
}

/* New in the group, and where we ask he has not arrived yet. */
static void test_round_member_not_there_yet(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	until_groups(w);
	member(w, GROUP1, EVA, false, false);
	until_asked(w);
	w->users.each(w->users.arg, EVA, GP_ST_NOT_FOUND, NULL);
	end_users(w, GP_ST_OK);
	assert_true(gp_sync_find_oid(w->sync, EVA)->quarantined);
	sync_world_next_round(w);
	until_asked(w);
	tell_user(w, EVA, eva_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	assert_true(gp_sync_find(w->sync, GP_STR("eva@fabrikam.example"))->present);
}

/* Somebody joins the nested group; then it is taken out of the top one. */
static void test_round_nested_groups(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	until_groups(w);
	member(w, NESTED, EVA, false, false);
	until_asked(w);
	tell_user(w, EVA, eva_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	assert_true(gp_sync_find(w->sync, GP_STR("eva@fabrikam.example"))->present);
	until_groups(w);
	member(w, GROUP1, NESTED, true, true);
	sync_world_finish_round(w);
	assert_false(gp_sync_find(w->sync, GP_STR("eva@fabrikam.example"))->present);
	until_groups(w);
	member(w, GROUP2, NESTED, true, false);
	sync_world_finish_round(w);
	assert_true(gp_sync_find(w->sync, GP_STR("eva@fabrikam.example"))->present);
	/* The group itself goes. */
	until_groups(w);
	w->sink.group(w->sink.arg, NESTED, GP_REMOVED_CHANGED);
	sync_world_finish_round(w);
	assert_false(gp_sync_find(w->sync, GP_STR("eva@fabrikam.example"))->present);
}

/* What the changes cannot tell is read wholly. */
static void test_round_needs_everything(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	for (int i = 0; i < 4; i++) {
		size_t listings = w->listings;
		if (i == 0) {
			until_groups(w);
			member(w, GROUP1, OTHER, true, false); /* who is in there? */
			sync_world_end_delta(w, GP_ST_OK);
		} else if (i == 1) {
			sync_world_next_round(w);
			sync_world_end_delta(w, GP_ST_EXPIRED);
		} else if (i == 2) {
			sync_world_next_round(w);
			sync_world_end_delta(w, GP_ST_TOO_BIG);
		} else {
			gp_sync_now(w->sync, GP_SYNC_FULL);
		}
		assert_true(loop_until(w->event, &w->listings, listings + 1, WAIT));
		assert_string_equal(w->group, GROUP1);
		sync_world_tell(w, ADA, ada_name);
		sync_world_end_listing(w, GP_ST_OK);
		sync_world_tell(w, BOB, "bob@northwind.example");
		sync_world_end_listing(w, GP_ST_OK);
		assert_int_equal(w->status, GP_ST_OK);
	}
	assert_int_equal(gp_sync_count(w->sync), 2);
}

/* Wherever it breaks off, nothing is believed and the same links are followed again. */
static void test_round_broken_changes_nothing(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	for (int i = 0; i < 3; i++) {
		char link[64];
		sync_world_next_round(w);
		(void)snprintf(link, sizeof(link), "%s", w->followed);
		while (w->kind != GP_DELTA_GROUPS) {
			sync_world_end_delta(w, GP_ST_OK);
		}
		member(w, GROUP1, ADA, false, true);
		member(w, GROUP1, EVA, false, false);
		if (i == 0) {
			sync_world_end_delta(w, GP_ST_UNAVAILABLE);
		} else {
			until_asked(w);
			tell_user(w, EVA, eva_name, GP_TRUE);
			if (i == 2) {
				assert_int_equal(gp_store_begin(w->store, NULL), GP_ST_OK);
				tell_user(w, ADA, ada_name, GP_TRUE);
			}
			end_users(w, i == 1 ? GP_ST_TIMEOUT : GP_ST_OK);
			gp_store_rollback(w->store);
		}
		assert_int_not_equal(w->status, GP_ST_OK);
		assert_true(gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"))->present);
		assert_null(gp_sync_find_oid(w->sync, EVA));
		sync_world_next_round(w);
		assert_string_equal(w->followed, link);
		sync_world_end_delta(w, GP_ST_UNAVAILABLE);
	}
}

/* A new daemon goes on where the last one stopped, and knows everybody before it asked. */
static void test_restart_goes_on(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	sync_world_until_published(w);
	uint32_t uid = gp_sync_find_oid(w->sync, ADA)->uid;
	size_t listings = w->listings;
	sync_world_restart(w);
	assert_int_equal(gp_sync_count(w->sync), 2);
	assert_int_equal(gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"))->uid, uid);
	assert_int_equal(sync_world_stats(w).last_sync_s, 0);
	while (w->kind != GP_DELTA_GROUPS) {
		sync_world_end_delta(w, GP_ST_OK);
	}
	member(w, NESTED, EVA, false, false);
	until_asked(w);
	tell_user(w, EVA, eva_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	assert_true(gp_sync_find(w->sync, GP_STR("eva@fabrikam.example"))->present);
	assert_int_equal(w->listings, listings);
	/* Then it makes sure. */
	assert_true(loop_until(w->event, &w->listings, listings + 1, WAIT));
	test_clock_advance_ms(&w->clock, 60000);
	sync_world_until_published(w);
	/* Other groups are configured: what is kept says nothing about them. */
	memcpy(w->config->access_groups[1], OTHER, sizeof(OTHER));
	gp_sync_free(w->sync);
	w->sync = NULL;
	sync_world_start(w);
}

/* Three of four are gone at once: somebody must have erred, or must say that it is right. */
static void test_removal_is_held(void **state)
{
	struct sync_world *w = *state;
	static const char *const ids[] = {
		"aaaaaaaa-0000-4000-8000-0000000000a1", "aaaaaaaa-0000-4000-8000-0000000000a2",
		"aaaaaaaa-0000-4000-8000-0000000000a3", "aaaaaaaa-0000-4000-8000-0000000000a4"};
	sync_world_start(w);
	for (size_t i = 0; i < 4; i++) {
		char mail[32];
		(void)snprintf(mail, sizeof(mail), "g%zu@x.example", i);
		sync_world_tell(w, ids[i], mail);
	}
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_end_listing(w, GP_ST_OK);
	assert_int_equal(sync_world_stats(w).guests, 4);
	for (int accept = 0; accept < 2; accept++) {
		size_t listings = w->listings;
		gp_sync_now(w->sync, accept ? GP_SYNC_ACCEPT : GP_SYNC_FULL);
		assert_true(loop_until(w->event, &w->listings, listings + 1, WAIT));
		sync_world_tell(w, ids[0], "g0@x.example");
		sync_world_end_listing(w, GP_ST_OK);
		sync_world_end_listing(w, GP_ST_OK);
		if (!accept) {
			/* A local account that is added meanwhile lets nothing through. */
			sync_world_write(w->passwd, "root:x:0:0:::\nx:x:1001:1001:::\n");
			assert_true(loop_drain(w->event));
		}
		struct gp_sync_stats stats = sync_world_stats(w);
		assert_int_equal(stats.guests, accept ? 1 : 4);
		assert_int_equal(stats.held.removed, accept ? 0 : 3);
		assert_int_equal(stats.held.of, accept ? 0 : 4);
		assert_int_equal(stats.last_status, accept ? GP_ST_OK : GP_ST_CONFLICT);
	}
	assert_int_equal(sync_world_stats(w).departed, 3);
}

/* A group that Graph does not know has nobody; the others are read. */
static void test_missing_group(void **state)
{
	struct sync_world *w = *state;
	sync_world_start(w);
	sync_world_end_listing(w, GP_ST_NOT_FOUND);
	sync_world_tell(w, BOB, "bob@northwind.example");
	sync_world_end_listing(w, GP_ST_OK);
	assert_int_equal(w->status, GP_ST_OK);
	assert_int_equal(sync_world_stats(w).guests, 1);
	assert_int_equal(sync_world_stats(w).missing_groups, 1);
	/* It comes back: who is in it is read anew. */
	until_groups(w);
	w->sink.group(w->sink.arg, GROUP1, GP_REMOVED_NOT);
	sync_world_end_delta(w, GP_ST_OK);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	assert_string_equal(w->group, GROUP1);
}

/* A local account that is added takes precedence at once, without a read. */
static void test_local_account_is_noticed(void **state)
{
	struct sync_world *w = *state;
	begin(w);
	sync_world_until_published(w);
	size_t candidates = w->candidates;
	test_clock_advance_ms(&w->clock, 60000);
	sync_world_write(w->passwd, "root:x:0:0:::\nada@fabrikam.example:x:1001:1001:::\n");
	assert_true(loop_until(w->event, &w->candidates, candidates + 1, WAIT));
	assert_true(gp_sync_find_oid(w->sync, ADA)->quarantined);
	assert_string_equal(gp_sync_find_oid(w->sync, ADA)->quarantine, "local-account");
	test_clock_advance_ms(&w->clock, 60000);
	sync_world_write(w->passwd, "root:x:0:0:::\n");
	assert_true(loop_until(w->event, &w->candidates, candidates + 2, WAIT));
	assert_false(gp_sync_find_oid(w->sync, ADA)->quarantined);
}

/* Deleted and invited again: another person, who gets the name only by an administrator's word. */
static void test_name_passes_on(void **state)
{
	struct sync_world *w = *state;
	struct gp_replaced done;
	struct gp_error err = {0};
	begin(w);
	uint32_t uid = gp_sync_find_oid(w->sync, ADA)->uid;
	assert_int_equal(gp_sync_replace(w->sync, ada_name, ADA, &done, &err), GP_ST_DENIED);
	until_groups(w);
	member(w, GROUP1, ADA, false, true);
	member(w, GROUP1, EVA, false, false);
	until_asked(w);
	w->users.each(w->users.arg, ADA, GP_ST_NOT_FOUND, NULL);
	tell_user(w, EVA, ada_name, GP_TRUE);
	end_users(w, GP_ST_OK);
	assert_string_equal(gp_sync_find_oid(w->sync, EVA)->quarantine, "name-departed");
	assert_int_equal(gp_sync_replace(w->sync, ada_name, EVA, &done, &err), GP_ST_NOT_FOUND);
	assert_int_equal(gp_sync_replace(w->sync, "nobody@x", ADA, &done, &err), GP_ST_NOT_FOUND);
	assert_int_equal(gp_sync_replace(w->sync, ada_name, ADA, &done, &err), GP_ST_OK);
	assert_string_equal(done.name, "ada@fabrikam.example~1");
	assert_int_equal(done.uid, uid);
	assert_true(gp_str_ends(gp_str_from(done.home), "/ada@fabrikam.example"));
	assert_true(gp_str_ends(gp_str_from(done.new_home), "/ada@fabrikam.example~1"));
	const struct gp_guest *eva = gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"));
	assert_string_equal(eva->id, EVA);
	assert_int_not_equal(eva->uid, uid);
	const struct gp_guest *ada = gp_sync_find(w->sync, GP_STR("ada@fabrikam.example~1"));
	assert_string_equal(ada->id, ADA);
	assert_int_equal(ada->uid, uid);
	assert_false(ada->present);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sync_world_set_up, sync_world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_nothing_changed),
		TEST(test_round_adds_a_member),
		TEST(test_round_removes_a_member),
		TEST(test_round_user_deleted),
		TEST(test_round_doubts),
		TEST(test_round_member_not_there_yet),
		TEST(test_round_nested_groups),
		TEST(test_round_needs_everything),
		TEST(test_round_broken_changes_nothing),
		TEST(test_restart_goes_on),
		TEST(test_removal_is_held),
		TEST(test_missing_group),
		TEST(test_name_passes_on),
		TEST(test_local_account_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
