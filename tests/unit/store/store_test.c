/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/ban.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define FIRST  "11111111-2222-4333-8444-555555555555"
#define SECOND "99999999-2222-4333-8444-555555555555"

struct place {
	char dir[64];
	char file[96];
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	if (p == NULL || gp_copy(p->dir, sizeof(p->dir), GP_STR("/tmp/gp-store-XXXXXX")) != 0 ||
	    mkdtemp(p->dir) == NULL ||
	    gp_format(p->file, sizeof(p->file), "%s/guests.db", p->dir) != GP_ST_OK) {
		free(p);
		return -1;
	}
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	static const char *const tails[] = {"", "-wal", "-shm", ".link"};
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char name[128];
		if (gp_format(name, sizeof(name), "%s%s", p->file, tails[i]) == GP_ST_OK) {
			(void)unlink(name);
		}
	}
	int rc = rmdir(p->dir);
	free(p);
	return rc;
}

static struct gp_store *open_store(const struct place *p)
{
	struct gp_store *store = NULL;
	struct gp_error err = {0};
	enum gp_status st = gp_store_open(p->file, &store, &err);
	if (st != GP_ST_OK) {
		fail_msg("open: %s", err.text);
	}
	return store;
}

static struct gp_guest_record record(const char *oid, uint32_t uid, const char *name)
{
	struct gp_guest_record r = {
		.tid = TENANT, .uid = uid, .first_seen_s = 1000, .created_s = 900};
	assert_int_equal(gp_copy(r.oid, sizeof(r.oid), gp_str_from(oid)), GP_ST_OK);
	assert_int_equal(gp_copy(r.name, sizeof(r.name), gp_str_from(name)), GP_ST_OK);
	return r;
}

static void assert_same(const struct gp_guest_record *a, const struct gp_guest_record *b)
{
	assert_string_equal(a->tid, b->tid);
	assert_string_equal(a->oid, b->oid);
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->first_seen_s, b->first_seen_s);
	assert_int_equal(a->created_s, b->created_s);
}

static void test_store_round_trip(void **state)
{
	const struct place *p = *state;
	struct gp_guest_record ada = record(FIRST, 0x7EFFFFFFU, "ada@fabrikam.example");
	struct gp_guest_record got = {0};
	struct gp_store *store = open_store(p);
	assert_int_equal(gp_store_guest_by_uid(store, ada.uid, &got), GP_ST_NOT_FOUND);
	assert_int_equal(gp_store_begin(store, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guest_add(store, &ada, NULL), GP_ST_OK);
	assert_int_equal(gp_store_commit(store, NULL), GP_ST_OK);
	gp_store_close(store);

	store = open_store(p);
	assert_int_equal(gp_store_guest_by_uid(store, ada.uid, &got), GP_ST_OK);
	assert_same(&got, &ada);
	got = (struct gp_guest_record){0};
	assert_int_equal(gp_store_guest_by_name(store, ada.name, &got), GP_ST_OK);
	assert_same(&got, &ada);
	got = (struct gp_guest_record){0};
	assert_int_equal(gp_store_guest_by_oid(store, TENANT, FIRST, &got), GP_ST_OK);
	assert_same(&got, &ada);
	assert_int_equal(gp_store_guest_by_oid(store, FIRST, TENANT, &got), GP_ST_NOT_FOUND);
	assert_int_equal(gp_store_guest_by_name(store, "ada@fabrikam.exampl", &got),
			 GP_ST_NOT_FOUND);
	assert_int_equal(gp_store_guest_by_name(store, NULL, &got), GP_ST_INVALID);
	struct stat st;
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	gp_store_close(store);
	gp_store_close(NULL);
}

static void test_store_conflicts(void **state)
{
	struct gp_store *store = open_store(*state);
	struct gp_guest_record a = record(FIRST, 2000, "a@x");
	struct gp_guest_record b = record(SECOND, 2001, "b@x");
	struct gp_error err = {0};
	assert_int_equal(gp_store_guest_add(store, &a, NULL), GP_ST_OK);
	struct gp_guest_record same_number = b;
	same_number.uid = a.uid;
	assert_int_equal(gp_store_guest_add(store, &same_number, &err), GP_ST_CONFLICT);
	assert_int_equal(err.code, GP_ST_CONFLICT);
	struct gp_guest_record same_name = record(SECOND, 2001, a.name);
	assert_int_equal(gp_store_guest_add(store, &same_name, NULL), GP_ST_CONFLICT);
	struct gp_guest_record same_guest = record(FIRST, 2001, "b@x");
	assert_int_equal(gp_store_guest_add(store, &same_guest, NULL), GP_ST_CONFLICT);
	struct gp_guest_record no_oid = record("", 2001, "b@x");
	assert_int_equal(gp_store_guest_add(store, &no_oid, NULL), GP_ST_INVALID);
	struct gp_guest_record no_number = record(SECOND, 0, "b@x");
	assert_int_equal(gp_store_guest_add(store, &no_number, NULL), GP_ST_CONFLICT);
	struct gp_guest_record no_name = record(SECOND, 2001, "");
	assert_int_equal(gp_store_guest_add(store, &no_name, NULL), GP_ST_INVALID);
	assert_int_equal(gp_store_guest_add(store, &b, NULL), GP_ST_OK);
	gp_store_close(store);
}

static void test_store_rollback(void **state)
{
	struct gp_store *store = open_store(*state);
	struct gp_guest_record a = record(FIRST, 2000, "a@x");
	struct gp_guest_record got;
	assert_int_equal(gp_store_begin(store, NULL), GP_ST_OK);
	assert_int_not_equal(gp_store_begin(store, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guest_add(store, &a, NULL), GP_ST_OK);
	gp_store_rollback(store);
	gp_store_rollback(store);
	assert_int_equal(gp_store_guest_by_uid(store, 2000, &got), GP_ST_NOT_FOUND);
	assert_int_not_equal(gp_store_commit(store, NULL), GP_ST_OK);
	gp_store_close(store);
}

static void test_store_lists_all(void **state)
{
	struct gp_store *store = open_store(*state);
	struct gp_guest_record *rows = NULL;
	size_t len = 99;
	assert_int_equal(gp_store_guests(store, &rows, &len, NULL), GP_ST_OK);
	assert_int_equal(len, 0);
	free(rows);
	rows = NULL;
	assert_int_equal(gp_store_begin(store, NULL), GP_ST_OK);
	for (uint32_t i = 0; i < 200; i++) {
		char oid[GP_GUID_TEXT], name[GP_NAME_BUF];
		assert_int_equal(gp_format(oid, sizeof(oid), "00000000-0000-4000-8000-%012x", i),
				 GP_ST_OK);
		assert_int_equal(gp_format(name, sizeof(name), "g%u@x", i), GP_ST_OK);
		struct gp_guest_record r = record(oid, 5000 + i, name);
		assert_int_equal(gp_store_guest_add(store, &r, NULL), GP_ST_OK);
	}
	assert_int_equal(gp_store_commit(store, NULL), GP_ST_OK);
	assert_int_equal(gp_store_guests(store, &rows, &len, NULL), GP_ST_OK);
	assert_int_equal(len, 200);
	uint64_t sum = 0;
	for (size_t i = 0; i < len; i++) {
		sum += rows[i].uid;
	}
	assert_int_equal(sum, 200 * 5000 + 199 * 100);
	free(rows);
	gp_store_close(store);
}

static void test_store_values(void **state)
{
	struct gp_store *store = open_store(*state);
	uint64_t v = 7;
	assert_int_equal(gp_store_value_get(store, "generation", &v), GP_ST_NOT_FOUND);
	assert_int_equal(v, 7);
	assert_int_equal(gp_store_value_put(store, "generation", 41, NULL), GP_ST_OK);
	assert_int_equal(gp_store_value_put(store, "generation", INT64_MAX, NULL), GP_ST_OK);
	assert_int_equal(gp_store_value_put(store, "generation", UINT64_MAX, NULL), GP_ST_INVALID);
	gp_store_close(store);
	store = open_store(*state);
	assert_int_equal(gp_store_value_get(store, "generation", &v), GP_ST_OK);
	assert_int_equal(v, INT64_MAX);
	gp_store_close(store);
}

static void run_sql(const char *file, const char *sql, int expect)
{
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), expect);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Not even by hand. */
static void test_store_number_is_never_given_twice(void **state)
{
	const struct place *p = *state;
	struct gp_store *store = open_store(p);
	struct gp_guest_record a = record(FIRST, 2000, "a@x");
	assert_int_equal(gp_store_guest_add(store, &a, NULL), GP_ST_OK);
	gp_store_close(store);
	run_sql(p->file, "DELETE FROM guest", SQLITE_CONSTRAINT);
	run_sql(p->file, "UPDATE guest SET uid = 2001", SQLITE_CONSTRAINT);
	run_sql(p->file, "UPDATE guest SET oid = '" SECOND "'", SQLITE_CONSTRAINT);
}

static void expect_open(const struct place *p, enum gp_status expected, const char *word)
{
	struct gp_store *store = NULL;
	struct gp_error err = {0};
	assert_int_equal(gp_store_open(p->file, &store, &err), expected);
	assert_null(store);
	assert_int_equal(err.code, expected);
	assert_non_null(strstr(err.text, word));
}

static void test_store_refuses_other_versions_and_files(void **state)
{
	const struct place *p = *state;
	gp_store_close(open_store(p));
	run_sql(p->file, "PRAGMA user_version = 99", SQLITE_OK);
	expect_open(p, GP_ST_UNSUPPORTED, "version 99");
	run_sql(p->file, "PRAGMA user_version = 3; PRAGMA application_id = 5", SQLITE_OK);
	expect_open(p, GP_ST_INVALID, "not a store");
}

static void write_over(const char *file, off_t at, const void *bytes, size_t n)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
	assert_int_equal(close(fd), 0);
}

static void test_store_damaged(void **state)
{
	const struct place *p = *state;
	char noise[4096];
	memset(noise, 'x', sizeof(noise));
	write_over(p->file, 0, noise, sizeof(noise));
	expect_open(p, GP_ST_INVALID, "database");
	assert_int_equal(unlink(p->file), 0);
	gp_store_close(open_store(p));
	/* Several pages: a migration let go of some. */
	for (off_t page = 1; page < 8; page++) {
		write_over(p->file, page * (off_t)sizeof(noise), noise, sizeof(noise));
	}
	expect_open(p, GP_ST_INVALID, "");
}

static void test_store_modes(void **state)
{
	const struct place *p = *state;
	char link[128];
	gp_store_close(open_store(p));
	assert_int_equal(chmod(p->file, 0640), 0);
	expect_open(p, GP_ST_DENIED, "mode 0600");
	assert_int_equal(chmod(p->file, 0600), 0);
	assert_int_equal(chmod(p->dir, 0770), 0);
	expect_open(p, GP_ST_DENIED, "directory");
	assert_int_equal(chmod(p->dir, 0700), 0);
	assert_int_equal(gp_format(link, sizeof(link), "%s.link", p->file), GP_ST_OK);
	assert_int_equal(symlink(p->file, link), 0);
	struct gp_store *store = NULL;
	assert_int_equal(gp_store_open(link, &store, NULL), GP_ST_DENIED);
	assert_int_equal(gp_store_open("/nonexistent/guests.db", &store, NULL), GP_ST_DENIED);
	gp_store_close(open_store(p));
}

/* What somebody put beside the file, or in its place, before we came. */
static void test_store_uses_nothing_planted(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	const struct place *p = *state;
	char at[512];
	char outside[512];
	struct stat st;
	assert_int_equal(gp_format(outside, sizeof(outside), "%s/outside", p->dir), GP_ST_OK);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		assert_int_equal(gp_format(at, sizeof(at), "%s%s", p->file, suffixes[i]), GP_ST_OK);
		gp_store_close(open_store(p));
		if (i == 0) {
			assert_int_equal(unlink(at), 0);
		}
		write_over(outside, 0, "theirs", 6);
		for (int kind = 0; kind < 5; kind++) {
			int made = kind == 0   ? symlink(outside, at)
				   : kind == 1 ? link(outside, at)
				   : kind == 2 ? mkfifo(at, 0600)
				   : kind == 3 ? mkdir(at, 0700)
					       : symlink("/nonexistent/else", at);
			assert_int_equal(made, 0);
			expect_open(p, GP_ST_DENIED, at);
			assert_int_equal(kind == 3 ? rmdir(at) : unlink(at), 0);
		}
		assert_int_equal(stat(outside, &st), 0);
		assert_int_equal(st.st_size, 6);
		assert_int_equal(unlink(outside), 0);
		gp_store_close(open_store(p));
	}
}

/* Adds guests one transaction after the other and tells of each commit; then leaves one
 * transaction open and waits to be killed. */
static void child_adds(const struct place *p, int told)
{
	struct gp_store *store = NULL;
	if (gp_store_open(p->file, &store, NULL) != GP_ST_OK) {
		_exit(1);
	}
	for (uint32_t i = 0;; i++) {
		struct gp_guest_record r = {.tid = TENANT, .uid = 6000 + i};
		if (gp_format(r.oid, sizeof(r.oid), "00000000-0000-4000-8000-%012x", i) !=
			    GP_ST_OK ||
		    gp_format(r.name, sizeof(r.name), "g%u@x", i) != GP_ST_OK ||
		    gp_store_begin(store, NULL) != GP_ST_OK ||
		    gp_store_guest_add(store, &r, NULL) != GP_ST_OK) {
			_exit(1);
		}
		if (i == 20) {
			break;
		}
		if (gp_store_commit(store, NULL) != GP_ST_OK || write(told, "c", 1) != 1) {
			_exit(1);
		}
	}
	if (write(told, "o", 1) != 1) {
		_exit(1);
	}
	for (;;) {
		pause();
	}
}

static void test_store_survives_kill(void **state)
{
	const struct place *p = *state;
	int pipes[2];
	gp_store_close(open_store(p));
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		child_adds(p, pipes[1]);
	}
	(void)close(pipes[1]);
	char said = 0;
	uint32_t commits = 0;
	while (said != 'o') {
		struct pollfd ready = {.fd = pipes[0], .events = POLLIN};
		assert_int_equal(poll(&ready, 1, 30000), 1);
		assert_int_equal(read(pipes[0], &said, 1), 1);
		commits += said == 'c';
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(pipes[0]);
	struct gp_store *store = open_store(p);
	struct gp_guest_record got;
	assert_int_equal(commits, 20);
	for (uint32_t i = 0; i < commits; i++) {
		assert_int_equal(gp_store_guest_by_uid(store, 6000 + i, &got), GP_ST_OK);
	}
	assert_int_equal(gp_store_guest_by_uid(store, 6000 + commits, &got), GP_ST_NOT_FOUND);
	gp_store_close(store);
}

/* A full disk: the write is told of, what was there stays, and later it goes on. */
static void test_store_full_disk(void **state)
{
	const struct place *p = *state;
	struct rlimit before, small;
	struct gp_error err = {0};
	struct gp_store *store = open_store(p);
	struct gp_guest_record a = record(FIRST, 2000, "a@x");
	struct gp_guest_record b = record(SECOND, 2001, "b@x");
	struct gp_guest_record got;
	assert_int_equal(gp_store_guest_add(store, &a, NULL), GP_ST_OK);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum gp_status st = gp_store_begin(store, &err);
	if (st == GP_ST_OK) {
		st = gp_store_guest_add(store, &b, &err);
	}
	if (st == GP_ST_OK) {
		st = gp_store_commit(store, &err);
	}
	gp_store_rollback(store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(st, GP_ST_IO);
	assert_true(err.text[0] != '\0');
	assert_int_equal(gp_store_guest_by_uid(store, 2000, &got), GP_ST_OK);
	assert_int_equal(gp_store_guest_by_uid(store, 2001, &got), GP_ST_NOT_FOUND);
	assert_int_equal(gp_store_guest_add(store, &b, NULL), GP_ST_OK);
	gp_store_close(store);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_store_round_trip),
		TEST(test_store_conflicts),
		TEST(test_store_rollback),
		TEST(test_store_lists_all),
		TEST(test_store_values),
		TEST(test_store_number_is_never_given_twice),
		TEST(test_store_refuses_other_versions_and_files),
		TEST(test_store_damaged),
		TEST(test_store_modes),
		TEST(test_store_uses_nothing_planted),
		TEST(test_store_survives_kill),
		TEST(test_store_full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
