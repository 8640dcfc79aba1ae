/* SPDX-License-Identifier: Apache-2.0 */
/* The ways from the third and the fourth version of the schema; entra_test.c has those from older
 * ones. */
#include "store/standing.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store/place.h"

#include "contract/ban.h"

#define TENANT "11111111-1111-4111-8111-111111111111"
#define ADA    "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
#define BOB    "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"

/* As the versions were written by the program that had them. Never to be changed. */
static const char version_3[] =
	"CREATE TABLE value ( name TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL CHECK "
	"(number >= 0)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE held ( uid INTEGER PRIMARY KEY NOT NULL CHECK (uid BETWEEN 1 AND "
	"4294967294), name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64)) STRICT;"
	"CREATE TRIGGER held_stays BEFORE DELETE ON held BEGIN SELECT RAISE(ABORT, 'a number "
	"is never given twice'); END;"
	"CREATE TABLE posix_group ( tid TEXT NOT NULL CHECK (length(tid) = 36), oid TEXT NOT "
	"NULL CHECK (length(oid) = 36), gid INTEGER NOT NULL UNIQUE CHECK (gid BETWEEN 1 AND "
	"4294967294), first_seen_s INTEGER NOT NULL, PRIMARY KEY (tid, oid)) STRICT, WITHOUT "
	"ROWID;"
	"CREATE TRIGGER posix_group_stays BEFORE DELETE ON posix_group BEGIN SELECT "
	"RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER posix_group_keeps_number BEFORE UPDATE ON posix_group BEGIN SELECT "
	"RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TABLE person ( oid TEXT PRIMARY KEY NOT NULL CHECK (length(oid) = 36), "
	"account_enabled INTEGER NOT NULL, user_type INTEGER NOT NULL, external_state INTEGER "
	"NOT NULL, user_class INTEGER NOT NULL, source INTEGER NOT NULL, gone INTEGER NOT "
	"NULL, mail TEXT NOT NULL, display_name TEXT NOT NULL, company TEXT NOT NULL, upn "
	"TEXT NOT NULL, created_s INTEGER NOT NULL, state_changed_s INTEGER NOT NULL, read_s "
	"INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE watched ( oid TEXT PRIMARY KEY NOT NULL CHECK (length(oid) = 36), "
	"present INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE member ( group_oid TEXT NOT NULL, is_group INTEGER NOT NULL, member_oid "
	"TEXT NOT NULL, source INTEGER NOT NULL, PRIMARY KEY (group_oid, is_group, "
	"member_oid)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE link (name TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL) STRICT, "
	"WITHOUT ROWID;"
	"CREATE TABLE guest ( uid INTEGER PRIMARY KEY NOT NULL CHECK (uid BETWEEN 1 AND "
	"4294967294), tid TEXT NOT NULL CHECK (length(tid) = 36), oid TEXT NOT NULL CHECK "
	"(length(oid) = 36), name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64), "
	"first_seen_s INTEGER NOT NULL, created_s INTEGER NOT NULL, left_s INTEGER NOT NULL "
	"DEFAULT 0, last_sign_in_s INTEGER NOT NULL DEFAULT 0, basis TEXT NOT NULL DEFAULT "
	"'hash', UNIQUE (oid, tid)) STRICT;"
	"CREATE TRIGGER guest_stays BEFORE DELETE ON guest BEGIN SELECT RAISE(ABORT, 'a "
	"number is never given twice'); END;"
	"CREATE TRIGGER guest_keeps_number BEFORE UPDATE OF tid, oid, uid ON guest BEGIN "
	"SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER guest_not_held BEFORE INSERT ON guest WHEN EXISTS (SELECT 1 FROM held "
	"WHERE uid = NEW.uid AND name != NEW.name) BEGIN SELECT RAISE(ROLLBACK, 'a number is "
	"never given twice'); END;"
	"INSERT INTO guest VALUES (2000000001, '" TENANT "', '" ADA
	"', 'ada@fabrikam.example', 7, 5, 0, 8, 'set');"
	"PRAGMA user_version = 3; PRAGMA application_id = 1196454772;";

static const char version_4_added[] =
	"CREATE TABLE standing ( tid TEXT NOT NULL CHECK (length(tid) = 36), oid TEXT NOT "
	"NULL CHECK (length(oid) = 36), has_baseline INTEGER NOT NULL, utid TEXT NOT NULL, "
	"home_uid TEXT NOT NULL, home TEXT NOT NULL, mail TEXT NOT NULL, state_changed_s "
	"INTEGER NOT NULL, in_question INTEGER NOT NULL, granted_s INTEGER NOT NULL, "
	"granted_until_s INTEGER NOT NULL, grant_reason TEXT NOT NULL, grant_sponsor TEXT NOT "
	"NULL, grant_by TEXT NOT NULL, revoked_s INTEGER NOT NULL, revoke_reason TEXT NOT "
	"NULL, revoke_by TEXT NOT NULL, confirmed_s INTEGER NOT NULL, confirm_by TEXT NOT "
	"NULL, PRIMARY KEY (tid, oid)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE freeze ( home TEXT PRIMARY KEY NOT NULL CHECK (length(home) > 0), "
	"since_s INTEGER NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL) STRICT, WITHOUT "
	"ROWID;"
	"INSERT INTO standing VALUES ('" TENANT "', '" ADA
	"', 1, '', '', 'home', 'ada@fabrikam.example', 3, 1, 0, 0, '', '', '', 0, '', '', 0, '');"
	"INSERT INTO standing VALUES ('" TENANT "', '" BOB
	"', 1, '', '', 'home', 'bob@fabrikam.example', 3, 0, 0, 0, '', '', '', 0, '', '', 0, '');"
	"INSERT INTO freeze VALUES ('home', 6, 'an incident', 'root');"
	"PRAGMA user_version = 4;";

static size_t in_question(const struct place *p, const char *first)
{
	struct gp_oid *oids = NULL;
	size_t len = 0;
	assert_int_equal(gp_store_in_question(p->store, TENANT, &oids, &len, NULL), GP_ST_OK);
	if (len > 0) {
		assert_string_equal(oids[0].text, first);
	}
	free(oids);
	return len;
}

/* Of the end of a pass nothing is known yet; all else is as it was, also after another start. */
static void expect_ada(struct place *p)
{
	struct gp_guest_record r;
	for (int i = 0; i < 2; i++) {
		reopen(p);
		assert_int_equal(gp_store_guest_by_oid(p->store, TENANT, ADA, &r), GP_ST_OK);
		assert_int_equal(r.uid, 2000000001);
		assert_string_equal(r.name, "ada@fabrikam.example");
		assert_int_equal(r.first_seen_s, 7);
		assert_int_equal(r.last_sign_in_s, 8);
		assert_string_equal(r.basis, "set");
		assert_int_equal(r.pass_end_s, 0);
		assert_int_equal(r.pass_read_s, 0);
	}
	assert_int_equal(gp_store_guest_pass(p->store, TENANT, ADA, 90, 9, NULL), GP_ST_OK);
	reopen(p);
	assert_int_equal(gp_store_guest_by_oid(p->store, TENANT, ADA, &r), GP_ST_OK);
	assert_int_equal(r.pass_end_s, 90);
	assert_int_equal(r.pass_read_s, 9);
	assert_int_equal(r.first_seen_s, 7);
	gp_store_close(p->store);
	p->store = NULL;
	/* The promises of the first version still hold. */
	run_sql(p, "DELETE FROM guest", SQLITE_CONSTRAINT);
	run_sql(p, "UPDATE guest SET uid = 2000000009", SQLITE_CONSTRAINT);
}

static void test_version_3_is_brought_up(void **state)
{
	struct place *p = *state;
	run_sql(p, version_3, SQLITE_OK);
	reopen(p);
	assert_int_equal(in_question(p, ""), 0);
	expect_ada(p);
}

static void test_version_4_is_brought_up(void **state)
{
	struct place *p = *state;
	struct gp_standing standing;
	struct gp_freeze freeze;
	run_sql(p, version_3, SQLITE_OK);
	run_sql(p, version_4_added, SQLITE_OK);
	reopen(p);
	assert_int_equal(in_question(p, ADA), 1);
	assert_int_equal(gp_store_standing(p->store, TENANT, BOB, &standing, NULL), GP_ST_OK);
	assert_string_equal(standing.baseline.mail, "bob@fabrikam.example");
	assert_int_equal(gp_store_freeze(p->store, "home", &freeze, NULL), GP_ST_OK);
	assert_int_equal(freeze.since_s, 6);
	/* Who comes into question, and is not any more. */
	standing.baseline.in_question = true;
	assert_int_equal(gp_store_standing_put(p->store, TENANT, BOB, &standing, NULL), GP_ST_OK);
	assert_int_equal(in_question(p, ADA), 2);
	assert_int_equal(gp_store_standing(p->store, TENANT, ADA, &standing, NULL), GP_ST_OK);
	standing.baseline.in_question = false;
	assert_int_equal(gp_store_standing_put(p->store, TENANT, ADA, &standing, NULL), GP_ST_OK);
	assert_int_equal(in_question(p, BOB), 1);
	expect_ada(p);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_version_3_is_brought_up),
		TEST(test_version_4_is_brought_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
