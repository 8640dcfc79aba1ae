/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/sync.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/audit.h"
#include "tests/unit/support/need_root.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

static void test_sync_reads_keeps_and_publishes(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_start(w);
	assert_int_equal(gp_sync_count(w->sync), 0);
	assert_int_equal(sync_world_stats(w).canary, GP_UNKNOWN);
	sync_world_complete_read(w);
	assert_int_equal(w->synced, 1);
	assert_int_equal(w->status, GP_ST_OK);
	assert_int_equal(gp_sync_count(w->sync), 2);
	/* Durable before anything is published. */
	struct gp_guest_record record;
	assert_int_equal(w->candidates, 0);
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, ADA, &record), GP_ST_OK);
	assert_string_equal(record.name, "ada@fabrikam.example");
	const struct gp_guest *ada = gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"));
	assert_non_null(ada);
	assert_int_equal(ada->uid, record.uid);
	assert_ptr_equal(gp_sync_find_oid(w->sync, ADA), ada);
	assert_null(gp_sync_find(w->sync, GP_STR("ada@fabrikam.exampl")));
	assert_null(gp_sync_find(w->sync, GP_STR("")));
	assert_null(gp_sync_find_oid(w->sync, TENANT));
	assert_non_null(gp_sync_at(w->sync, 1));
	assert_null(gp_sync_at(w->sync, 2));
	sync_world_until_published(w);
	struct gp_sync_stats stats = sync_world_stats(w);
	assert_int_equal(w->candidates, 1);
	assert_int_equal(stats.guests, 2);
	assert_int_equal(stats.quarantined, 0);
	assert_int_equal(stats.canary, GP_TRUE);
	assert_int_equal(stats.last_sync_s, 1795379862);
	assert_int_equal(stats.last_publish_s, 1795379862);
	assert_int_equal(stats.last_status, GP_ST_OK);
	assert_int_equal(stats.publish_status, GP_ST_OK);
}

/* ADA listing that breaks off takes nobody away, whichever group it was. */
static void test_sync_broken_read_changes_nothing(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	sync_world_tell(w, BOB, "bob@northwind.example");
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_end_listing(w, GP_ST_TIMEOUT);
	assert_int_equal(w->synced, 2);
	assert_int_equal(w->status, GP_ST_TIMEOUT);
	assert_int_equal(gp_sync_count(w->sync), 2);
	assert_non_null(gp_sync_find_oid(w->sync, ADA));
	assert_int_equal(sync_world_stats(w).last_status, GP_ST_TIMEOUT);
	assert_string_equal(sync_world_stats(w).last_error.text, "page 2 is missing");
	assert_int_equal(sync_world_stats(w).canary, GP_TRUE);
	assert_true(loop_drain(w->event));
	assert_int_equal(w->candidates, 1);
}

/* ADA reload throws the read under way away; so does the end. */
static void test_sync_reload_cancels(void **state)
{
	struct sync_world *w = *state;
	sync_world_start(w);
	sync_world_tell(w, ADA, "ada@fabrikam.example");
	gp_sync_reload(w->sync, w->config, NULL);
	assert_int_equal(w->cancelled, 1);
	assert_true(loop_until(w->event, &w->listings, 2, WAIT));
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_end_listing(w, GP_ST_OK);
	assert_int_equal(w->synced, 1);
	assert_int_equal(gp_sync_count(w->sync), 0);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 4, WAIT));
	gp_sync_free(w->sync);
	w->sync = NULL;
	assert_int_equal(w->cancelled, 2);
}

/* Somebody waits: not longer than a first retry takes, and not sooner either. */
static void test_sync_hurries_for_who_waits(void **state)
{
	struct sync_world *w = *state;
	sync_world_start(w);
	gp_sync_hurry(w->sync);
	assert_true(loop_drain(w->event));
	assert_int_equal(w->listings, 1);
	for (size_t i = 1; i <= 4; i++) {
		sync_world_end_listing(w, GP_ST_TIMEOUT);
		assert_int_equal(w->synced, i);
		gp_sync_hurry(w->sync);
		assert_true(loop_drain(w->event));
		assert_int_equal(w->listings, i);
		test_clock_advance_ms(&w->clock, 5000);
		gp_sync_hurry(w->sync);
		assert_true(loop_until(w->event, &w->listings, i + 1, 4000));
	}
	assert_int_equal(w->cancelled, 0);
}

/* Who waits does not make everything be read again for what that cannot cure. */
static void test_sync_hurries_for_no_lasting_failure(void **state)
{
	struct sync_world *w = *state;
	const enum gp_status lasting[] = {GP_ST_DENIED, GP_ST_INVALID, GP_ST_TOO_BIG};
	sync_world_start(w);
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
		sync_world_end_listing(w, lasting[i]);
		assert_int_equal(w->synced, i + 1);
		test_clock_advance_ms(&w->clock, 5000);
		gp_sync_hurry(w->sync);
		assert_true(loop_drain(w->event));
		assert_int_equal(w->listings, i + 1);
		gp_sync_reload(w->sync, w->config, NULL);
		assert_true(loop_until(w->event, &w->listings, i + 2, WAIT));
	}
	/* Everything was listed, and cannot be kept. */
	assert_int_equal(gp_store_begin(w->store, NULL), GP_ST_OK);
	sync_world_complete_read(w);
	gp_store_rollback(w->store);
	assert_int_not_equal(w->status, GP_ST_OK);
	size_t listings = w->listings;
	test_clock_advance_ms(&w->clock, 5000);
	gp_sync_hurry(w->sync);
	assert_true(loop_drain(w->event));
	assert_int_equal(w->listings, listings);
}

/* The store cannot keep the numbers: then nobody has one. */
static void test_sync_store_fails(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_start(w);
	assert_int_equal(gp_store_begin(w->store, NULL), GP_ST_OK);
	sync_world_complete_read(w);
	gp_store_rollback(w->store);
	assert_int_equal(w->synced, 1);
	assert_int_not_equal(w->status, GP_ST_OK);
	assert_int_equal(gp_sync_count(w->sync), 0);
	assert_int_equal(sync_world_stats(w).canary, GP_UNKNOWN);
	assert_true(loop_drain(w->event));
	assert_int_equal(w->candidates, 0);
}

static void test_sync_quarantine(void **state)
{
	struct sync_world *w = *state;
	sync_world_start(w);
	sync_world_tell(w, ADA, "x@fabrikam.example");
	sync_world_tell(w, BOB, "x@fabrikam.example");
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_end_listing(w, GP_ST_OK);
	const struct gp_guest *holder = gp_sync_find(w->sync, GP_STR("x@fabrikam.example"));
	assert_non_null(holder);
	assert_string_equal(holder->id, ADA);
	const struct gp_guest *other = gp_sync_find_oid(w->sync, BOB);
	assert_non_null(other);
	assert_true(other->quarantined);
	assert_string_equal(other->quarantine, "name-taken");
	assert_int_equal(sync_world_stats(w).guests, 1);
	assert_int_equal(sync_world_stats(w).quarantined, 1);
}

/* One local account keeps one guest out, and nobody else; each read looks anew. */
static void test_sync_local_account(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_write(w->passwd, "root:x:0:0:::\nbob@northwind.example:x:1001:1001:::\n");
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	const struct gp_guest *bob = gp_sync_find_oid(w->sync, BOB);
	assert_non_null(bob);
	assert_true(bob->quarantined);
	assert_string_equal(bob->quarantine, "local-account");
	assert_int_equal(sync_world_stats(w).guests, 1);
	assert_int_equal(w->candidates, 1);
	sync_world_write(w->passwd, "root:x:0:0:::\n");
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	sync_world_complete_read(w);
	assert_non_null(gp_sync_find(w->sync, GP_STR("bob@northwind.example")));
	assert_int_equal(sync_world_stats(w).quarantined, 0);
}

/* How many lines of FILE have TEXT. */
static size_t lines_with(const char *file, const char *text)
{
	char line[4096];
	size_t count = 0;
	FILE *in = fopen(file, "re");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		count += strstr(line, text) != NULL;
	}
	assert_int_equal(fclose(in), 0);
	return count;
}

/* Who comes into quarantine is recorded once, also when no daemon ran when it began. */
static void test_sync_quarantine_is_recorded(void **state)
{
	struct sync_world *w = *state;
	char file[128];
	char head[128];
	static const char bob[] = "\"event\":\"quarantined\",\"oid\":\"" BOB
				  "\",\"by\":\"guestpassd\",\"reason\":\"local-account\"";
	NEED_ROOT("only root's file is believed");
	assert_int_equal(gp_format(file, sizeof(file), "%s/audit.jsonl", w->dir), GP_ST_OK);
	assert_int_equal(gp_format(head, sizeof(head), "%s.head", file), GP_ST_OK);
	assert_int_equal(gp_audit_open(file, &w->audit, NULL), GP_ST_OK);
	gp_audit_set_journal(w->audit, NULL);
	sync_world_publisher(w);
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	assert_int_equal(lines_with(file, "\"event\":\"enrolled\""), 2);
	assert_int_equal(lines_with(file, "quarantined"), 0);
	sync_world_restart(w);
	assert_int_equal(lines_with(file, "\"seq\""), 2);
	/* It began between two daemons: the table of before is gone, what was published is not. */
	sync_world_write(w->passwd, "root:x:0:0:::\nbob@northwind.example:x:1001:1001:::\n");
	sync_world_restart(w);
	assert_true(gp_sync_find_oid(w->sync, BOB)->quarantined);
	assert_int_equal(lines_with(file, bob), 1);
	sync_world_finish_round(w);
	assert_true(loop_until(w->event, &w->candidates, 2, WAIT));
	sync_world_until_published(w);
	assert_int_equal(lines_with(file, "quarantined"), 1);
	/* The same as before is nothing new. */
	sync_world_restart(w);
	sync_world_finish_round(w);
	assert_true(gp_sync_find_oid(w->sync, BOB)->quarantined);
	assert_int_equal(lines_with(file, "quarantined"), 1);
	gp_sync_free(w->sync);
	w->sync = NULL;
	gp_audit_close(w->audit);
	w->audit = NULL;
	assert_int_equal(unlink(file), 0);
	assert_int_equal(unlink(head), 0);
}

static void test_sync_local_files_unreadable(void **state)
{
	struct sync_world *w = *state;
	sync_world_start(w);
	assert_int_equal(unlink(w->group_file), 0);
	sync_world_complete_read(w);
	assert_int_equal(w->status, GP_ST_NOT_FOUND);
	assert_non_null(strstr(sync_world_stats(w).last_error.text, w->group_file));
	assert_int_equal(gp_sync_count(w->sync), 0);
}

static void test_sync_local_group(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_write(w->group_file, "root:x:0:\ngp-guests:x:1002:\n");
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_publish_fails(w);
	assert_int_equal(sync_world_stats(w).publish_status, GP_ST_CONFLICT);
	assert_non_null(strstr(sync_world_stats(w).publish_error.text, "gp-guests"));
	assert_false(sync_world_stats(w).published);
	assert_int_equal(w->candidates, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sync_world_set_up, sync_world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sync_reads_keeps_and_publishes),
		TEST(test_sync_broken_read_changes_nothing),
		TEST(test_sync_reload_cancels),
		TEST(test_sync_hurries_for_who_waits),
		TEST(test_sync_hurries_for_no_lasting_failure),
		TEST(test_sync_store_fails),
		TEST(test_sync_quarantine),
		TEST(test_sync_local_account),
		TEST(test_sync_quarantine_is_recorded),
		TEST(test_sync_local_files_unreadable),
		TEST(test_sync_local_group),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
