/* SPDX-License-Identifier: Apache-2.0 */
#include "store/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "contract/ban.h"

#define TENANT "aaaaaaaa-0000-4000-8000-000000000001"
#define ADA    "bbbbbbbb-0000-4000-8000-000000000001"
#define BOB    "bbbbbbbb-0000-4000-8000-000000000002"

struct place {
	char dir[32];
	char file[64];
	struct gp_store *store;
};

static void reopen(struct place *p)
{
	struct gp_error err = {0};
	gp_store_close(p->store);
	p->store = NULL;
	if (gp_store_open(p->file, &p->store, &err) != GP_ST_OK) {
		fail_msg("%s", err.text);
	}
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	assert_int_equal(gp_copy(p->dir, sizeof(p->dir), GP_STR("/tmp/gp-store-XXXXXX")), GP_ST_OK);
	assert_non_null(mkdtemp(p->dir));
	assert_int_equal(gp_format(p->file, sizeof(p->file), "%s/guests.db", p->dir), GP_ST_OK);
	reopen(p);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	struct place *p = *state;
	gp_store_close(p->store);
	for (size_t i = 0; i < 3; i++) {
		char path[80];
		assert_int_equal(gp_format(path, sizeof(path), "%s%s", p->file, ends[i]), GP_ST_OK);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

/* Every member different from every other, so that no two columns can be mistaken. */
static struct gp_standing full(void)
{
	return (struct gp_standing){.has_baseline = true,
				    .baseline = {.utid = TENANT,
						 .uid = "home-uid",
						 .home = "google.com",
						 .mail = "ada@fabrikam.example",
						 .state_changed_s = 1,
						 .in_question = true},
				    .granted_s = 2,
				    .granted_until_s = INT64_MAX,
				    .grant_reason = "reason",
				    .grant_sponsor = "sponsor",
				    .grant_by = "by",
				    .revoked_s = 3,
				    .revoke_reason = "revoked",
				    .revoke_by = "revoker",
				    .confirmed_s = 4,
				    .confirm_by = "confirmer"};
}

static void test_standing_is_kept(void **state)
{
	struct place *p = *state;
	struct gp_standing got;
	const struct gp_standing put = full();
	static const struct gp_standing zero;
	assert_int_equal(gp_store_standing(p->store, TENANT, ADA, &got, NULL), GP_ST_OK);
	assert_memory_equal(&got, &zero, sizeof(got));
	assert_int_equal(gp_store_standing_put(p->store, TENANT, ADA, &put, NULL), GP_ST_OK);
	reopen(p);
	assert_int_equal(gp_store_standing(p->store, TENANT, ADA, &got, NULL), GP_ST_OK);
	assert_true(got.has_baseline && got.baseline.in_question);
	assert_string_equal(got.baseline.utid, TENANT);
	assert_string_equal(got.baseline.uid, "home-uid");
	assert_string_equal(got.baseline.home, "google.com");
	assert_string_equal(got.baseline.mail, "ada@fabrikam.example");
	assert_int_equal(got.baseline.state_changed_s, 1);
	assert_int_equal(got.granted_s, 2);
	assert_true(got.granted_until_s == INT64_MAX);
	assert_string_equal(got.grant_reason, "reason");
	assert_string_equal(got.grant_sponsor, "sponsor");
	assert_string_equal(got.grant_by, "by");
	assert_int_equal(got.revoked_s, 3);
	assert_string_equal(got.revoke_reason, "revoked");
	assert_string_equal(got.revoke_by, "revoker");
	assert_int_equal(got.confirmed_s, 4);
	assert_string_equal(got.confirm_by, "confirmer");
	assert_int_equal(gp_store_standing(p->store, TENANT, BOB, &got, NULL), GP_ST_OK);
	assert_int_equal(got.granted_s, 0);
	assert_int_equal(gp_store_standing(p->store, BOB, ADA, &got, NULL), GP_ST_OK);
	assert_int_equal(got.granted_s, 0);
	assert_int_equal(gp_store_standing_put(p->store, TENANT, ADA, &zero, NULL), GP_ST_OK);
	assert_int_equal(gp_store_standing(p->store, TENANT, ADA, &got, NULL), GP_ST_OK);
	assert_int_equal(got.revoked_s, 0);
}

static void test_standing_damaged_is_no_standing(void **state)
{
	struct place *p = *state;
	struct gp_standing got = full();
	struct gp_error err = {0};
	sqlite3 *db = NULL;
	assert_int_equal(gp_store_standing_put(p->store, TENANT, ADA, &got, NULL), GP_ST_OK);
	assert_int_equal(sqlite3_open(p->file, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "UPDATE standing SET utid = 'x' || utid", NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_not_equal(gp_store_standing(p->store, TENANT, ADA, &got, &err), GP_ST_OK);
	assert_string_not_equal(err.text, "");
	assert_false(got.has_baseline);
}

static void test_freezes(void **state)
{
	struct place *p = *state;
	struct gp_freeze got;
	struct gp_freeze *all = NULL;
	size_t len = 0;
	const struct gp_freeze mail = {"mail", 1, "why", "root"};
	const struct gp_freeze again = {"mail", 2, "other", "other"};
	const struct gp_freeze tenant = {TENANT, 3, "", "root"};
	assert_int_equal(gp_store_freeze(p->store, "mail", &got, NULL), GP_ST_NOT_FOUND);
	assert_int_equal(gp_store_freeze_put(p->store, &mail, NULL), GP_ST_OK);
	assert_int_equal(gp_store_freeze_put(p->store, &again, NULL), GP_ST_OK);
	assert_int_equal(gp_store_freeze_put(p->store, &tenant, NULL), GP_ST_OK);
	reopen(p);
	assert_int_equal(gp_store_freeze(p->store, "mail", &got, NULL), GP_ST_OK);
	assert_int_equal(got.since_s, 1);
	assert_string_equal(got.reason, "why");
	assert_int_equal(gp_store_freezes(p->store, &all, &len, NULL), GP_ST_OK);
	assert_int_equal(len, 2);
	assert_string_equal(all[0].home, TENANT);
	free(all);
	assert_int_equal(gp_store_freeze_drop(p->store, "mail", NULL), GP_ST_OK);
	assert_int_equal(gp_store_freeze_drop(p->store, "mail", NULL), GP_ST_OK);
	assert_int_equal(gp_store_freeze(p->store, "mail", &got, NULL), GP_ST_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_standing_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_standing_damaged_is_no_standing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_freezes, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
