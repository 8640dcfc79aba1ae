/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: the ways from its earlier versions, and what it holds beside the guests. */
#include "store/store.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/buf.h"

#include "tests/unit/store/place.h"

#include "contract/ban.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define ADA    "aaaaaaaa-0000-4000-8000-000000000001"
#define BOB    "bbbbbbbb-0000-4000-8000-000000000002"
#define GROUP  "10000000-86f1-41af-91ab-2d7cd011db47"

/* Version 1 as it was released. Never to be changed. */
static const char version_1[] =
	"CREATE TABLE guest ("
	" tid TEXT NOT NULL CHECK (length(tid) = 36),"
	" oid TEXT NOT NULL CHECK (length(oid) = 36),"
	" uid INTEGER NOT NULL UNIQUE CHECK (uid BETWEEN 1 AND 4294967294),"
	" name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),"
	" first_seen_s INTEGER NOT NULL,"
	" created_s INTEGER NOT NULL,"
	" PRIMARY KEY (tid, oid)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER guest_stays BEFORE DELETE ON guest BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER guest_keeps_number BEFORE UPDATE OF tid, oid, uid ON guest BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TABLE value ("
	" name TEXT PRIMARY KEY NOT NULL,"
	" number INTEGER NOT NULL CHECK (number >= 0)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO guest VALUES ('" TENANT "', '" ADA
	"', 2000000001, 'ada@fabrikam.example', 7, 5);"
	"INSERT INTO value VALUES ('generation', 41);"
	"PRAGMA user_version = 1; PRAGMA application_id = 1196454772;";

/* What the second version, as it landed, had of what the third changes. Never to be changed. */
static const char version_2[] =
	"CREATE TABLE guest ("
	" tid TEXT NOT NULL CHECK (length(tid) = 36),"
	" oid TEXT NOT NULL CHECK (length(oid) = 36),"
	" uid INTEGER NOT NULL UNIQUE CHECK (uid BETWEEN 1 AND 4294967294),"
	" name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),"
	" first_seen_s INTEGER NOT NULL,"
	" created_s INTEGER NOT NULL,"
	" left_s INTEGER NOT NULL DEFAULT 0,"
	" last_sign_in_s INTEGER NOT NULL DEFAULT 0,"
	" basis TEXT NOT NULL DEFAULT 'hash',"
	" PRIMARY KEY (tid, oid)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER guest_stays BEFORE DELETE ON guest BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER guest_keeps_number BEFORE UPDATE OF tid, oid, uid ON guest BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TABLE value (name TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE held ("
	" uid INTEGER PRIMARY KEY NOT NULL CHECK (uid BETWEEN 1 AND 4294967294),"
	" name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64)"
	") STRICT;"
	"CREATE TRIGGER guest_not_held BEFORE INSERT ON guest"
	" WHEN EXISTS (SELECT 1 FROM held WHERE uid = NEW.uid AND name != NEW.name) BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TABLE posix_group (tid TEXT NOT NULL, oid TEXT NOT NULL, gid INTEGER NOT NULL "
	"UNIQUE,"
	" first_seen_s INTEGER NOT NULL, PRIMARY KEY (tid, oid)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE person (oid TEXT PRIMARY KEY NOT NULL, account_enabled INTEGER NOT NULL,"
	" user_type INTEGER NOT NULL, external_state INTEGER NOT NULL, user_class INTEGER NOT NULL,"
	" source INTEGER NOT NULL, gone INTEGER NOT NULL, mail TEXT NOT NULL,"
	" display_name TEXT NOT NULL, company TEXT NOT NULL, upn TEXT NOT NULL,"
	" created_s INTEGER NOT NULL, state_changed_s INTEGER NOT NULL, read_s INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE watched (oid TEXT PRIMARY KEY NOT NULL, present INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE member (group_oid TEXT NOT NULL, is_group INTEGER NOT NULL,"
	" member_oid TEXT NOT NULL, source INTEGER NOT NULL,"
	" PRIMARY KEY (group_oid, is_group, member_oid)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE link (name TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"INSERT INTO guest VALUES ('" TENANT "', '" ADA
	"', 2000000001, 'ada@fabrikam.example', 7, 5, 9, 8, 'set');"
	"INSERT INTO held VALUES (2000000002, 'ida@fabrikam.example');"
	"PRAGMA user_version = 2; PRAGMA application_id = 1196454772;";

/* What both old versions kept of her, and what only the second did. */
static struct gp_guest_record expect_ada(const struct place *p, int64_t left_s, int64_t sign_in_s,
					 const char *basis)
{
	struct gp_guest_record r = {0};
	assert_int_equal(gp_store_guest_by_oid(p->store, TENANT, ADA, &r), GP_ST_OK);
	assert_int_equal(r.uid, 2000000001);
	assert_string_equal(r.name, "ada@fabrikam.example");
	assert_int_equal(r.first_seen_s, 7);
	assert_int_equal(r.created_s, 5);
	assert_int_equal(r.left_s, left_s);
	assert_int_equal(r.last_sign_in_s, sign_in_s);
	assert_string_equal(r.basis, basis);
	return r;
}

static void test_version_2_is_brought_up(void **state)
{
	struct place *p = *state;
	struct gp_guest_record r = {0};
	run_sql(p, version_2, SQLITE_OK);
	for (int i = 0; i < 2; i++) {
		reopen(p);
		r = expect_ada(p, 9, 8, "set");
	}
	assert_int_equal(gp_copy(r.oid, sizeof(r.oid), GP_STR(BOB)), GP_ST_OK);
	assert_int_equal(gp_copy(r.name, sizeof(r.name), GP_STR("bob@fabrikam.example")), GP_ST_OK);
	r.uid = 2000000002;
	assert_int_equal(gp_store_guest_add(p->store, &r, NULL), GP_ST_CONFLICT);
	gp_store_close(p->store);
	p->store = NULL;
	run_sql(p, "DELETE FROM guest", SQLITE_CONSTRAINT);
	run_sql(p, "UPDATE guest SET uid = 2000000009", SQLITE_CONSTRAINT);
}

static void test_version_1_is_brought_up(void **state)
{
	struct place *p = *state;
	uint64_t generation = 0;
	run_sql(p, version_1, SQLITE_OK);
	for (int i = 0; i < 2; i++) {
		reopen(p);
		(void)expect_ada(p, 0, 0, "hash");
		assert_int_equal(gp_store_value_get(p->store, "generation", &generation), GP_ST_OK);
		assert_int_equal(generation, 41);
	}
	gp_store_close(p->store);
	p->store = NULL;
	/* The promises of the first version still hold. */
	run_sql(p, "DELETE FROM guest", SQLITE_CONSTRAINT);
	run_sql(p, "UPDATE guest SET uid = 5", SQLITE_CONSTRAINT);
}

/* A migration that cannot be finished leaves the old version whole. */
static void test_broken_migration_changes_nothing(void **state)
{
	struct place *p = *state;
	struct gp_error err = {0};
	struct gp_guest_record r = {0};
	run_sql(p, version_1, SQLITE_OK);
	run_sql(p, "CREATE TABLE member (in_the_way TEXT)", SQLITE_OK);
	assert_int_not_equal(gp_store_open(p->file, &p->store, &err), GP_ST_OK);
	assert_null(p->store);
	run_sql(p, "DROP TABLE member; SELECT left_s FROM guest", SQLITE_ERROR);
	reopen(p);
	assert_int_equal(gp_store_guest_by_oid(p->store, TENANT, ADA, &r), GP_ST_OK);
}

static struct gp_guest_record bob(void)
{
	return (struct gp_guest_record){.tid = TENANT,
					.oid = BOB,
					.uid = 2000000002,
					.name = "bob@fabrikam.example",
					.first_seen_s = 8,
					.basis = "import"};
}

static void test_guest_changes(void **state)
{
	struct place *p = *state;
	struct gp_guest_record r = bob();
	struct gp_guest_record got = {0};
	struct gp_error err = {0};
	reopen(p);
	assert_int_equal(gp_store_guest_add(p->store, &r, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guest_left(p->store, TENANT, BOB, 99, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guest_signed_in(p->store, TENANT, BOB, 77, NULL), GP_ST_OK);
	assert_int_equal(
		gp_store_guest_rename(p->store, TENANT, BOB, "bob@fabrikam.example~1", NULL),
		GP_ST_OK);
	assert_int_equal(gp_store_guest_left(p->store, TENANT, ADA, 99, NULL), GP_ST_OK);
	reopen(p);
	assert_int_equal(gp_store_guest_by_oid(p->store, TENANT, BOB, &got), GP_ST_OK);
	assert_string_equal(got.name, "bob@fabrikam.example~1");
	assert_int_equal(got.left_s, 99);
	assert_int_equal(got.last_sign_in_s, 77);
	assert_string_equal(got.basis, "import");
	struct gp_guest_record other = bob();
	assert_int_equal(gp_copy(other.oid, sizeof(other.oid), GP_STR(ADA)), GP_ST_OK);
	other.uid++;
	assert_int_equal(gp_store_guest_add(p->store, &other, NULL), GP_ST_OK);
	assert_int_equal(
		gp_store_guest_rename(p->store, TENANT, ADA, "bob@fabrikam.example~1", &err),
		GP_ST_CONFLICT);
}

static void test_held_numbers_are_not_given(void **state)
{
	struct place *p = *state;
	const struct gp_held_number held = {2000000002, "ida@fabrikam.example"};
	struct gp_guest_record r = bob();
	struct gp_held_number *list = NULL;
	size_t len = 0;
	reopen(p);
	assert_int_equal(gp_store_held_add(p->store, &held, NULL), GP_ST_OK);
	/* Once is enough, and nothing takes it away. */
	const struct gp_held_number again = {2000000002, "somebody@else.example"};
	assert_int_equal(gp_store_held_add(p->store, &again, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guest_add(p->store, &r, NULL), GP_ST_CONFLICT);
	/* But to the one who had it. */
	assert_int_equal(gp_copy(r.name, sizeof(r.name), gp_str_from(held.name)), GP_ST_OK);
	assert_int_equal(gp_store_guest_add(p->store, &r, NULL), GP_ST_OK);
	assert_int_equal(gp_store_held(p->store, &list, &len, NULL), GP_ST_OK);
	assert_int_equal(len, 1);
	assert_int_equal(list[0].uid, held.uid);
	assert_string_equal(list[0].name, held.name);
	free(list);
	gp_store_close(p->store);
	p->store = NULL;
	run_sql(p, "DELETE FROM held", SQLITE_CONSTRAINT);
}

/* The guard comes with the first number that is held, also in a transaction that goes back, and
 * again at a start when somebody took it away. */
static void test_held_numbers_have_a_guard(void **state)
{
	struct place *p = *state;
	const struct gp_held_number held = {2000000002, "ida@fabrikam.example"};
	const struct gp_guest_record r = bob();
	reopen(p);
	assert_int_equal(gp_store_begin(p->store, NULL), GP_ST_OK);
	assert_int_equal(gp_store_held_add(p->store, &held, NULL), GP_ST_OK);
	gp_store_rollback(p->store);
	assert_int_equal(gp_store_begin(p->store, NULL), GP_ST_OK);
	assert_int_equal(gp_store_held_add(p->store, &held, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guest_add(p->store, &r, NULL), GP_ST_CONFLICT);
	gp_store_rollback(p->store);
	assert_int_equal(gp_store_held_add(p->store, &held, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guest_add(p->store, &r, NULL), GP_ST_CONFLICT);
	gp_store_close(p->store);
	p->store = NULL;
	run_sql(p, "DROP TRIGGER guest_not_held", SQLITE_OK);
	reopen(p);
	assert_int_equal(gp_store_guest_add(p->store, &r, NULL), GP_ST_CONFLICT);
}

static void test_groups_keep_numbers(void **state)
{
	struct place *p = *state;
	struct gp_group_record *list = NULL;
	size_t len = 7;
	const struct gp_group_record r = {TENANT, GROUP, 2130706433, 5};
	struct gp_group_record same_number = r;
	reopen(p);
	assert_int_equal(gp_store_groups(p->store, &list, &len, NULL), GP_ST_OK);
	assert_int_equal(len, 0);
	free(list);
	assert_int_equal(gp_store_group_add(p->store, &r, NULL), GP_ST_OK);
	assert_int_equal(gp_copy(same_number.oid, sizeof(same_number.oid), GP_STR(ADA)), GP_ST_OK);
	assert_int_equal(gp_store_group_add(p->store, &same_number, NULL), GP_ST_CONFLICT);
	assert_int_equal(gp_store_groups(p->store, &list, &len, NULL), GP_ST_OK);
	assert_int_equal(len, 1);
	assert_string_equal(list[0].oid, GROUP);
	assert_int_equal(list[0].gid, r.gid);
	assert_int_equal(list[0].first_seen_s, 5);
	free(list);
	gp_store_close(p->store);
	p->store = NULL;
	run_sql(p, "DELETE FROM posix_group", SQLITE_CONSTRAINT);
	run_sql(p, "UPDATE posix_group SET gid = 5", SQLITE_CONSTRAINT);
}

static enum gp_status on_person(void *arg, const struct gp_person_row *row)
{
	gp_buf_printf(arg, "person %.8s %u%u%u%u%u%d %s|%s|%s|%s %d %d %d\n", row->oid,
		      row->account_enabled, row->user_type, row->external_state, row->user_class,
		      row->source, row->gone, row->mail, row->display_name, row->company, row->upn,
		      (int)row->created_s, (int)row->state_changed_s, (int)row->read_s);
	return GP_ST_OK;
}

static enum gp_status on_watched(void *arg, const char *oid, bool present)
{
	gp_buf_printf(arg, "watched %.8s %d\n", oid, present);
	return GP_ST_OK;
}

static enum gp_status on_member(void *arg, const struct gp_member_row *row)
{
	gp_buf_printf(arg, "member %.8s %.8s %d %u\n", row->group, row->member, row->is_group,
		      row->source);
	return GP_ST_OK;
}

static enum gp_status on_link(void *arg, const char *name, const char *text)
{
	gp_buf_printf(arg, "link %s %s\n", name, text);
	return GP_ST_OK;
}

static void expect(struct place *p, const char *want)
{
	struct gp_buf told = GP_BUF(4096);
	const struct gp_entra_rows rows = {on_person, on_watched, on_member, &told};
	reopen(p);
	assert_int_equal(gp_store_entra_rows(p->store, &rows, NULL), GP_ST_OK);
	assert_int_equal(gp_store_links(p->store, on_link, &told, NULL), GP_ST_OK);
	assert_string_equal(gp_buf_get(&told), want);
	gp_buf_free(&told);
}

static void test_what_graph_said(void **state)
{
	struct place *p = *state;
	struct gp_person_row ada = {ADA, 2, 1, 3, 1, 1, false, "a@x", "Ada", "X", "a_x", 5, 6, 7};
	struct gp_member_row in = {GROUP, ADA, false, 1};
	struct gp_member_row nested = {GROUP, BOB, true, 2};
	expect(p, "");
	assert_int_equal(gp_store_person_put(p->store, &ada, NULL), GP_ST_OK);
	ada.gone = true;
	ada.mail = "new@x";
	assert_int_equal(gp_store_person_put(p->store, &ada, NULL), GP_ST_OK);
	assert_int_equal(gp_store_watched_put(p->store, GROUP, true, NULL), GP_ST_OK);
	assert_int_equal(gp_store_member_put(p->store, &in, NULL), GP_ST_OK);
	assert_int_equal(gp_store_member_put(p->store, &nested, NULL), GP_ST_OK);
	assert_int_equal(gp_store_link_put(p->store, "users", "https://a", NULL), GP_ST_OK);
	assert_int_equal(gp_store_link_put(p->store, "users", "https://b", NULL), GP_ST_OK);
	assert_int_equal(gp_store_link_put(p->store, "groups 0", "https://c", NULL), GP_ST_OK);
	expect(p, "person aaaaaaaa 213111 new@x|Ada|X|a_x 5 6 7\nwatched 10000000 1\n"
		  "member 10000000 aaaaaaaa 0 1\nmember 10000000 bbbbbbbb 1 2\n"
		  "link groups 0 https://c\nlink users https://b\n");
	assert_int_equal(gp_store_member_drop(p->store, &in, NULL), GP_ST_OK);
	assert_int_equal(gp_store_watched_drop(p->store, GROUP, NULL), GP_ST_OK);
	assert_int_equal(gp_store_person_drop(p->store, ADA, NULL), GP_ST_OK);
	assert_int_equal(gp_store_links_drop(p->store, NULL), GP_ST_OK);
	expect(p, "member 10000000 bbbbbbbb 1 2\n");
}

static enum gp_status stop(void *arg, const struct gp_member_row *row)
{
	(void)arg;
	(void)row;
	return GP_ST_TOO_BIG;
}

static void test_reader_may_stop(void **state)
{
	struct place *p = *state;
	struct gp_buf told = GP_BUF(64);
	struct gp_error err = {0};
	struct gp_member_row nested = {GROUP, BOB, true, 2};
	const struct gp_entra_rows rows = {on_person, on_watched, stop, &told};
	reopen(p);
	assert_int_equal(gp_store_member_put(p->store, &nested, NULL), GP_ST_OK);
	assert_int_equal(gp_store_entra_rows(p->store, &rows, &err), GP_ST_TOO_BIG);
	assert_int_equal(err.code, GP_ST_TOO_BIG);
	/* The statement is free again. */
	assert_int_equal(gp_store_member_drop(p->store, &nested, NULL), GP_ST_OK);
	gp_buf_free(&told);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_version_1_is_brought_up),
		TEST(test_version_2_is_brought_up),
		TEST(test_broken_migration_changes_nothing),
		TEST(test_guest_changes),
		TEST(test_held_numbers_are_not_given),
		TEST(test_held_numbers_have_a_guard),
		TEST(test_groups_keep_numbers),
		TEST(test_what_graph_said),
		TEST(test_reader_may_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
