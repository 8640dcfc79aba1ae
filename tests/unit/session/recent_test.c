/* SPDX-License-Identifier: Apache-2.0 */
#include "session/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/support/test_clock.h"

#include "contract/ban.h"

#define NOW 1795379862
#define ADA "aaaaaaaa-0000-4000-8000-000000000001"
#define BOB "bbbbbbbb-0000-4000-8000-000000000001"

struct rig {
	struct test_clock clock;
	struct gp_recent *recent;
};

static int set_up(void **state)
{
	static struct rig r;
	test_clock_init(&r.clock, NOW);
	assert_int_equal(gp_recent_new(&r.recent), GP_ST_OK);
	*state = &r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;
	gp_recent_free(r->recent);
	return 0;
}

static void add(struct rig *r, const char *oid, const char *correlation_id)
{
	struct gp_grant grant = {0};
	assert_int_equal(gp_copy(grant.identity.oid, sizeof(grant.identity.oid), gp_str_from(oid)),
			 GP_ST_OK);
	assert_int_equal(gp_copy(grant.correlation_id, sizeof(grant.correlation_id),
				 gp_str_from(correlation_id)),
			 GP_ST_OK);
	gp_recent_add(r->recent, &grant, &r->clock.clock);
}

/* -1: nobody signed in as OID */
static int64_t age(const struct rig *r, const char *oid)
{
	int64_t age_s = -2;
	const struct gp_grant *grant = gp_recent_find(r->recent, oid, &r->clock.clock, &age_s);
	return grant != NULL ? age_s : -1;
}

static void test_the_last_one_counts(void **state)
{
	struct rig *r = *state;
	int64_t age_s = 0;
	assert_int_equal(age(r, ADA), -1);
	add(r, ADA, "first");
	test_clock_advance_ms(&r->clock, 100000);
	assert_int_equal(age(r, ADA), 100);
	assert_int_equal(age(r, BOB), -1);
	add(r, BOB, "of bob");
	add(r, ADA, "second");
	test_clock_advance_ms(&r->clock, 1000);
	assert_string_equal(gp_recent_find(r->recent, ADA, &r->clock.clock, &age_s)->correlation_id,
			    "second");
	assert_int_equal(age_s, 1);
	assert_int_equal(age(r, BOB), 1);
}

/* Whichever way the wall clock is set, no sign-in becomes younger by it. */
static void test_clocks_that_jump(void **state)
{
	struct rig *r = *state;
	add(r, ADA, "");
	test_clock_advance_ms(&r->clock, 600000);
	r->clock.wall_s = NOW - 86400;
	assert_int_equal(age(r, ADA), 600);
	r->clock.wall_s = NOW + 86400;
	assert_int_equal(age(r, ADA), 86400);
	/* Signed in while the clock was a day ahead. */
	add(r, BOB, "");
	r->clock.wall_s = NOW + 600;
	test_clock_advance_ms(&r->clock, 60000);
	assert_int_equal(age(r, BOB), 60);
}

static void test_what_is_old_is_forgotten(void **state)
{
	struct rig *r = *state;
	add(r, ADA, "");
	test_clock_advance_ms(&r->clock, (int64_t)GP_RECENT_AGE_S * 1000 - 1000);
	add(r, BOB, "");
	assert_int_equal(age(r, ADA), GP_RECENT_AGE_S - 1);
	test_clock_advance_ms(&r->clock, 1000);
	add(r, BOB, "");
	assert_int_equal(age(r, ADA), -1);
	assert_int_equal(age(r, BOB), 0);
}

static void test_no_more_than_there_is_room_for(void **state)
{
	struct rig *r = *state;
	char oid[GP_GUID_TEXT];
	add(r, ADA, "");
	add(r, BOB, "");
	for (unsigned int i = 0; i < GP_RECENT_MAX - 1; i++) {
		assert_int_equal(gp_format(oid, sizeof(oid), "cccccccc-0000-4000-8000-%012x", i),
				 GP_ST_OK);
		add(r, oid, "");
	}
	assert_int_equal(age(r, ADA), -1);
	assert_int_equal(age(r, BOB), 0);
	assert_int_equal(age(r, oid), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_last_one_counts),
		TEST(test_clocks_that_jump),
		TEST(test_what_is_old_is_forgotten),
		TEST(test_no_more_than_there_is_room_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
