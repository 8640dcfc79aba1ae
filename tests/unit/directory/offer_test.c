/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing, through the sync that causes it. */
#include "directory/offer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/support/need_root.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

/* The same records are not published again, and the numbers are those of before the restart. */
static void test_offer_after_a_restart(void **state)
{
	struct sync_world *w = *state;
	NEED_ROOT("only root's file is believed");
	sync_world_publisher(w);
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	uint32_t uid = gp_sync_find_oid(w->sync, ADA)->uid;
	uint64_t generation = w->generation;
	sync_world_restart(w);
	sync_world_finish_round(w);
	sync_world_until_published(w);
	assert_int_equal(w->candidates, 1);
	assert_int_equal(sync_world_stats(w).last_publish_s, 0);
	assert_int_equal(gp_sync_find_oid(w->sync, ADA)->uid, uid);
	/* The published file is lost: the next one has a later generation all the same. */
	assert_int_equal(unlink(w->current), 0);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	sync_world_complete_read(w);
	assert_true(loop_until(w->event, &w->candidates, 2, WAIT));
	assert_true(w->generation > generation);
}

/* Who left the groups keeps his number for good, and a name for his files that opens no door. */
static void test_offer_guest_leaves(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	uint64_t generation = w->generation;
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_tell(w, BOB, "bob@northwind.example");
	sync_world_end_listing(w, GP_ST_OK);
	assert_false(gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"))->present);
	assert_int_equal(sync_world_stats(w).departed, 1);
	assert_true(loop_until(w->event, &w->candidates, 2, WAIT));
	sync_world_until_published(w);
	assert_true(w->generation > generation);
	struct gp_guest_record record;
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, ADA, &record), GP_ST_OK);
	struct gp_directory_view view = {0};
	struct gp_directory_user user;
	if (geteuid() == 0) {
		assert_int_equal(gp_directory_open(w->current, &view), GP_ST_OK);
		assert_int_equal(gp_directory_find_uid(&view, record.uid, &user), GP_ST_OK);
		assert_true(gp_str_ends(user.shell, "nologin"));
		assert_int_equal(user.expiry_day, record.left_s / 86400);
		assert_int_equal(view.user_count, 2);
		gp_directory_close(&view);
	}
}

/* Changes that follow each other within the pause go out as one. */
static void test_offer_coalesces(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	for (size_t i = 0; i < 3; i++) {
		gp_sync_reload(w->sync, w->config, NULL);
		assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
		sync_world_end_listing(w, GP_ST_OK);
		sync_world_tell(w, BOB, "bob@northwind.example");
		sync_world_end_listing(w, GP_ST_OK);
		assert_true(loop_drain(w->event));
		assert_int_equal(w->candidates, 1);
		assert_false(sync_world_stats(w).published);
		assert_int_equal(sync_world_stats(w).publish_status, GP_ST_OK);
	}
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_tell(w, BOB, "bob@northwind.example");
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_until_published(w);
	assert_int_equal(w->candidates, 2);
}

/* Nobody listens, then somebody does: the candidate is offered again. */
static void test_offer_publisher_absent(void **state)
{
	struct sync_world *w = *state;
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_publish_fails(w);
	assert_int_equal(sync_world_stats(w).publish_status, GP_ST_UNAVAILABLE);
	assert_false(sync_world_stats(w).published);
	assert_int_equal(w->status, GP_ST_OK);
	sync_world_publisher(w);
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MAX_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	sync_world_complete_read(w);
	sync_world_until_published(w);
	assert_int_equal(w->candidates, 1);
	assert_int_equal(sync_world_stats(w).publish_status, GP_ST_OK);
}

static void test_offer_publisher_troubles(void **state)
{
	struct sync_world *w = *state;
	static const struct {
		enum sync_world_behaviour behaviour;
		enum gp_status status;
	} rows[] = {{BE_FULL, GP_ST_UNAVAILABLE}, {BE_CLOSING, GP_ST_CLOSED}};
	sync_world_publisher(w);
	for (size_t i = 0; i < 2; i++) {
		w->behaviour = rows[i].behaviour;
		if (i == 0) {
			sync_world_start(w);
			sync_world_complete_read(w);
		} else {
			sync_world_restart(w);
			sync_world_finish_round(w);
		}
		sync_world_until_publish_fails(w);
		assert_int_equal(sync_world_stats(w).publish_status, rows[i].status);
		assert_false(sync_world_stats(w).published);
	}
}

/* The publisher knows of a later generation: the next candidate is above it. */
static void test_offer_generation_behind(void **state)
{
	struct sync_world *w = *state;
	sync_world_publisher(w);
	w->behaviour = BE_AHEAD;
	sync_world_start(w);
	sync_world_complete_read(w);
	sync_world_until_publish_fails(w);
	uint64_t refused = w->generation;
	assert_int_equal(sync_world_stats(w).publish_status, GP_ST_DENIED);
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MAX_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	sync_world_complete_read(w);
	sync_world_until_published(w);
	assert_int_equal(w->generation, refused + 1001);
	uint64_t kept = 0;
	assert_int_equal(gp_store_value_get(w->store, "generation", &kept), GP_ST_OK);
	assert_int_equal(kept, w->generation);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sync_world_set_up, sync_world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_offer_after_a_restart),    TEST(test_offer_guest_leaves),
		TEST(test_offer_coalesces),          TEST(test_offer_publisher_absent),
		TEST(test_offer_publisher_troubles), TEST(test_offer_generation_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
