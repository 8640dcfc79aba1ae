/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by root's word: carried over, chosen, held. */
#include "directory/numbers.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/support/need_root.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

#define EVE "eeeeeeee-0000-4000-8000-000000000005"

static struct gp_number_line line(const char *text)
{
	struct gp_number_line out;
	assert_int_equal(gp_number_line_parse(gp_str_from(text), &out, NULL), GP_ST_OK);
	return out;
}

static enum gp_status import(struct sync_world *w, const char *const *texts, size_t n, bool check)
{
	struct gp_number_line lines[4];
	struct gp_error err = {0};
	size_t added = 0;
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		lines[i] = line(texts[i]);
	}
	enum gp_status st = gp_numbers_import(w->sync, lines, n, check, &added, &at, &err);
	assert_int_equal(st == GP_ST_OK, err.text[0] == '\0');
	assert_int_equal(st == GP_ST_OK ? n : n - 1, at);
	return st;
}

static void start(struct sync_world *w)
{
	sync_world_publisher(w);
	sync_world_start(w);
}

/* On a new host, before anybody is read: who comes then has the number, name and date of before. */
static void test_numbers_survive_a_new_installation(void **state)
{
	struct sync_world *w = *state;
	static const char *const texts[] = {
		"tenant " TENANT,
		"guest " ADA " 2000700123 ada@fabrikam.example 1700000000 0 1000",
		"guest " EVE " 2000700124 eve@fabrikam.example 1700000001 1750000000 1000",
		"held 2000700125 bob@northwind.example",
	};
	struct gp_guest_record record;
	start(w);
	assert_int_equal(import(w, texts, 4, true), GP_ST_OK);
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, ADA, &record), GP_ST_NOT_FOUND);
	assert_int_equal(import(w, texts, 4, false), GP_ST_OK);
	assert_int_equal(import(w, texts, 4, false), GP_ST_OK);
	sync_world_complete_read(w);
	const struct gp_guest *ada = gp_sync_find_oid(w->sync, ADA);
	assert_int_equal(ada->uid, 2000700123);
	assert_int_equal(ada->first_seen_s, 1700000000);
	const struct gp_guest *eve = gp_sync_find_oid(w->sync, EVE);
	assert_false(eve->present);
	assert_int_equal(eve->uid, 2000700124);
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, ADA, &record), GP_ST_OK);
	assert_string_equal(record.basis, "import");
	sync_world_until_published(w);
}

/* Page by page, as the database has them: also when nothing was read yet, and none of another
 * tenant's. */
static void test_numbers_list(void **state)
{
	struct sync_world *w = *state;
	static const char *const texts[] = {
		"guest " ADA " 2000700123 ada@fabrikam.example 1700000000 0 1000",
		"guest " EVE " 2000700124 eve@fabrikam.example 1700000001 1750000000 1000",
		"held 2000700125 bob@northwind.example",
		"held 2000700100 caro@northwind.example",
	};
	static const uint32_t want[] = {2000700100, 2000700125, 2000700123, 2000700124};
	struct gp_guest_record other = {
		.tid = EVE, .oid = ADA, .uid = 2000700001, .name = "ada@elsewhere.example"};
	start(w);
	assert_int_equal(gp_store_guest_add(w->store, &other, NULL), GP_ST_OK);
	assert_int_equal(import(w, texts, 4, false), GP_ST_OK);
	for (size_t most = 1; most <= 5; most++) {
		struct gp_number_line lines[5];
		uint64_t next = 0;
		size_t seen = 0;
		do {
			uint64_t place = next;
			size_t count = 0;
			assert_int_equal(
				gp_numbers_list(w->sync, place, most, lines, &count, &next, NULL),
				GP_ST_OK);
			assert_in_range(count, 0, most);
			assert_true(next == 0 || next > place);
			for (size_t i = 0; i < count; i++, seen++) {
				assert_in_range(seen, 0, 3);
				assert_int_equal(lines[i].uid, want[seen]);
				assert_int_equal(lines[i].kind,
						 seen < 2 ? GP_NUMBER_HELD : GP_NUMBER_GUEST);
			}
		} while (next != 0);
		assert_int_equal(seen, 4);
	}
}

/* What cannot be read is no short list. */
static void test_numbers_list_of_a_damaged_database(void **state)
{
	struct sync_world *w = *state;
	struct gp_number_line lines[4];
	struct gp_error err = {0};
	uint64_t next = 0;
	size_t count = 0;
	sqlite3 *db = NULL;
	static const char *const texts[] = {"guest " ADA
					    " 2000700123 ada@fabrikam.example 1700000000 0 1000"};
	start(w);
	assert_int_equal(import(w, texts, 1, false), GP_ST_OK);
	assert_int_equal(sqlite3_open(w->store_file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA ignore_check_constraints = 1;"
				      "UPDATE guest SET name = 'ada' || char(0) || 'x'",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_not_equal(gp_numbers_list(w->sync, 0, 4, lines, &count, &next, &err), GP_ST_OK);
	assert_string_not_equal(err.text, "");
}

/* All or nothing; what is given is not changed; only ever earlier is somebody known. */
static void test_numbers_import_conflicts(void **state)
{
	struct sync_world *w = *state;
	start(w);
	sync_world_complete_read(w);
	const struct gp_guest *ada = gp_sync_find_oid(w->sync, ADA);
	char same[160];
	assert_int_equal(gp_format(same, sizeof(same),
				   "guest " ADA " %u ada@fabrikam.example 1600000000 0 1",
				   ada->uid),
			 GP_ST_OK);
	char taken[160];
	assert_int_equal(gp_format(taken, sizeof(taken),
				   "guest " EVE " %u eve@fabrikam.example 1 0 1", ada->uid),
			 GP_ST_OK);
	static const char *const wrong[] = {
		"guest " ADA " 2000700123 ada@fabrikam.example 1 0 1",
		"guest " EVE " 2000700123 ada@fabrikam.example 1 0 1",
		"guest " EVE " 5000 eve@fabrikam.example 1 0 1",
		"guest " EVE " 2000700123 eve 1 0 1",
		"tenant 00000000-0000-4000-8000-000000000009",
	};
	for (size_t i = 0; i <= sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *const texts[] = {"guest cccccccc-0000-4000-8000-000000000003 "
					     "2000700999 caro@x.example 1 0 1",
					     i == 0 ? taken : wrong[i - 1]};
		struct gp_guest_record record;
		assert_int_not_equal(import(w, texts, 2, false), GP_ST_OK);
		assert_int_equal(gp_store_guest_by_uid(w->store, 2000700999, &record),
				 GP_ST_NOT_FOUND);
	}
	const char *const texts[] = {same};
	assert_int_equal(import(w, texts, 1, false), GP_ST_OK);
	struct gp_guest_record record;
	assert_int_equal(gp_sync_record(w->sync, ADA, &record), GP_ST_OK);
	assert_int_equal(record.first_seen_s, 1600000000);
	assert_string_equal(record.basis, "hash");
}

/* Who could not get the number of his hash gets one that root chose. */
static void test_numbers_set(void **state)
{
	struct sync_world *w = *state;
	struct gp_error err = {0};
	struct gp_guest_record ada;
	w->rules->uid_base = 2000700000;
	w->rules->uid_size = 1; /* so that both have one hash */
	start(w);
	sync_world_complete_read(w);
	assert_int_equal(gp_sync_record(w->sync, ADA, &ada), GP_ST_OK);
	assert_string_equal(gp_sync_find_oid(w->sync, BOB)->quarantine, "number-taken");
	w->rules->uid_size = 10;
	assert_int_equal(gp_numbers_set(w->sync, ADA, 2000700003, &err), GP_ST_DENIED);
	assert_int_equal(gp_numbers_set(w->sync, EVE, 2000700003, &err), GP_ST_NOT_FOUND);
	assert_int_equal(gp_numbers_set(w->sync, BOB, 2000700000, &err), GP_ST_CONFLICT);
	assert_non_null(strstr(err.text, "ada@fabrikam.example has the number 2000700000"));
	assert_int_equal(gp_numbers_set(w->sync, BOB, 2000700010, &err), GP_ST_INVALID);
	assert_int_equal(gp_numbers_set(w->sync, BOB, 2000700003, &err), GP_ST_OK);
	gp_numbers_apply(w->sync);
	const struct gp_guest *bob = gp_sync_find_oid(w->sync, BOB);
	assert_false(bob->quarantined);
	assert_int_equal(bob->uid, 2000700003);
	assert_string_equal(bob->name, "bob@northwind.example");
	assert_int_equal(gp_numbers_set(w->sync, BOB, 2000700004, &err), GP_ST_DENIED);
	assert_int_equal(gp_sync_find_oid(w->sync, ADA)->uid, ada.uid);
}

/* The database is lost, the published file is not: nobody new gets a number, and who can be
 * recognised by name and number keeps his. */
static void test_database_lost(void **state)
{
	struct sync_world *w = *state;
	NEED_ROOT("only root's file is believed");
	start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	uint32_t uid = gp_sync_find_oid(w->sync, ADA)->uid;
	gp_sync_free(w->sync);
	w->sync = NULL;
	gp_store_close(w->store);
	assert_int_equal(unlink(w->store_file), 0);
	assert_int_equal(gp_store_open(w->store_file, &w->store, NULL), GP_ST_OK);
	/* So that the new database's first file is not older than the old one's last. */
	assert_int_equal(gp_store_value_put(w->store, "generation", w->generation, NULL), GP_ST_OK);
	sync_world_start(w);
	sync_world_tell(w, ADA, "ada@fabrikam.example");
	sync_world_tell(w, EVE, "eva@fabrikam.example");
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_end_listing(w, GP_ST_OK);
	assert_int_equal(gp_sync_find_oid(w->sync, ADA)->uid, uid);
	assert_string_equal(gp_sync_find_oid(w->sync, EVE)->quarantine, "allocation-stopped");
	assert_int_equal(sync_world_stats(w).unexplained, 1);
	/* The file stays: it may be all that still says whose the other number is. */
	assert_true(loop_drain(w->event));
	assert_int_equal(w->candidates, 1);
}

/* The database is lost, and the published file has people whom nobody knows any more. */
static void test_numbers_hold_what_is_published(void **state)
{
	struct sync_world *w = *state;
	struct gp_error err = {0};
	size_t held = 0;
	NEED_ROOT("only root's file is believed");
	start(w);
	sync_world_complete_read(w);
	sync_world_until_published(w);
	assert_int_equal(gp_numbers_hold_published(w->sync, &held, &err), GP_ST_DENIED);
	uint32_t adas = gp_sync_find_oid(w->sync, ADA)->uid;
	gp_sync_free(w->sync);
	gp_store_close(w->store);
	assert_int_equal(unlink(w->store_file), 0);
	assert_int_equal(gp_store_open(w->store_file, &w->store, NULL), GP_ST_OK);
	w->sync = NULL;
	sync_world_start(w);
	sync_world_tell(w, EVE, "eve@fabrikam.example");
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_end_listing(w, GP_ST_OK);
	assert_int_equal(sync_world_stats(w).unexplained, 2);
	assert_string_equal(gp_sync_find_oid(w->sync, EVE)->quarantine, "allocation-stopped");
	assert_int_equal(gp_numbers_hold_published(w->sync, &held, &err), GP_ST_OK);
	assert_int_equal(held, 2);
	gp_numbers_apply(w->sync);
	assert_int_equal(sync_world_stats(w).unexplained, 0);
	assert_false(gp_sync_find_oid(w->sync, EVE)->quarantined);
	/* Held, so nobody else may have it; Ada may, whose it was. */
	assert_int_equal(gp_numbers_set(w->sync, EVE, adas, &err), GP_ST_DENIED);
	gp_sync_now(w->sync, GP_SYNC_FULL);
	assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
	sync_world_complete_read(w);
	assert_int_equal(gp_sync_find_oid(w->sync, ADA)->uid, adas);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sync_world_set_up, sync_world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers_survive_a_new_installation),
		TEST(test_numbers_list),
		TEST(test_numbers_list_of_a_damaged_database),
		TEST(test_numbers_import_conflicts),
		TEST(test_numbers_set),
		TEST(test_database_lost),
		TEST(test_numbers_hold_what_is_published),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
