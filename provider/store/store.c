/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/text.h"
#include "store/database.h"

#include "contract/ban.h"

#define BUSY_MS 2000 /* somebody else, such as a backup, holds the file: then it is an error */

#define GUEST_COLUMNS "tid, oid, uid, name, first_seen_s, created_s, left_s, last_sign_in_s, basis"
#define GUEST_READ    GUEST_COLUMNS ", pass_end_s, pass_read_s"
#define PERSON_COLUMNS                                                                             \
	"oid, account_enabled, user_type, external_state, user_class, source, gone, mail, "        \
	"display_name, company, upn, created_s, state_changed_s, read_s"

static const char guest_by_oid[] = "SELECT " GUEST_READ " FROM guest WHERE tid = ?1 AND oid = ?2";
static const char guest_by_name[] = "SELECT " GUEST_READ " FROM guest WHERE name = ?1";
static const char guest_by_uid[] = "SELECT " GUEST_READ " FROM guest WHERE uid = ?1";
static const char guests[] = "SELECT " GUEST_READ " FROM guest";
static const char guests_after[] =
	"SELECT " GUEST_READ " FROM guest WHERE uid > ?1 ORDER BY uid LIMIT ?2";
static const char persons[] = "SELECT " PERSON_COLUMNS " FROM person";
static const char guest_add[] = "INSERT OR ROLLBACK INTO guest (" GUEST_COLUMNS ")"
				" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char first_seen[] = "UPDATE guest SET first_seen_s = ?3 WHERE tid = ?1 AND oid = ?2"
				 " AND ?3 > 0 AND first_seen_s > ?3";
static const char person_put[] =
	"INSERT OR REPLACE INTO person (" PERSON_COLUMNS
	") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
static const char member_put[] = "INSERT OR REPLACE INTO member (group_oid, is_group, member_oid, "
				 "source) VALUES (?1, ?2, ?3, ?4)";

#define STANDING_COLUMNS                                                                           \
	"has_baseline, utid, home_uid, home, mail, state_changed_s, in_question, granted_s, "      \
	"granted_until_s, grant_reason, grant_sponsor, grant_by, revoked_s, revoke_reason, "       \
	"revoke_by, confirmed_s, confirm_by"
static const char standing[] =
	"SELECT " STANDING_COLUMNS " FROM standing WHERE tid = ?1 AND oid = ?2";
static const char standing_put[] =
	"INSERT OR REPLACE INTO standing (tid, oid, " STANDING_COLUMNS ") VALUES (?1, ?2, ?3, ?4, "
	"?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
static const char freeze_put[] =
	"INSERT INTO freeze (home, since_s, reason, by) VALUES (?1, ?2, ?3, "
	"?4) ON CONFLICT (home) DO NOTHING";

static const char *const statements[GP_SQL_COUNT] = {
	[GP_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[GP_SQL_COMMIT] = "COMMIT",
	[GP_SQL_ROLLBACK] = "ROLLBACK",
	[GP_SQL_GUEST_BY_OID] = guest_by_oid,
	[GP_SQL_GUEST_BY_NAME] = guest_by_name,
	[GP_SQL_GUEST_BY_UID] = guest_by_uid,
	[GP_SQL_GUESTS] = guests,
	[GP_SQL_GUESTS_AFTER] = guests_after,
	[GP_SQL_GUEST_ADD] = guest_add,
	[GP_SQL_GUEST_LEFT] = "UPDATE guest SET left_s = ?3 WHERE tid = ?1 AND oid = ?2",
	[GP_SQL_GUEST_RENAME] = "UPDATE guest SET name = ?3 WHERE tid = ?1 AND oid = ?2",
	[GP_SQL_GUEST_SIGNED_IN] =
		"UPDATE guest SET last_sign_in_s = ?3 WHERE tid = ?1 AND oid = ?2",
	[GP_SQL_GUEST_PASS] =
		"UPDATE guest SET pass_end_s = ?3, pass_read_s = ?4 WHERE tid = ?1 AND oid = ?2",
	[GP_SQL_GUEST_FIRST_SEEN] = first_seen,
	[GP_SQL_HELD] = "SELECT uid, name FROM held ORDER BY uid",
	[GP_SQL_HELD_ADD] =
		"INSERT INTO held (uid, name) VALUES (?1, ?2) ON CONFLICT (uid) DO NOTHING",
	[GP_SQL_GROUPS] = "SELECT tid, oid, gid, first_seen_s FROM posix_group",
	[GP_SQL_GROUP_ADD] =
		"INSERT INTO posix_group (tid, oid, gid, first_seen_s) VALUES (?1, ?2, ?3, ?4)",
	[GP_SQL_PERSONS] = persons,
	[GP_SQL_PERSON_PUT] = person_put,
	[GP_SQL_PERSON_DROP] = "DELETE FROM person WHERE oid = ?1",
	[GP_SQL_WATCHED] = "SELECT oid, present FROM watched",
	[GP_SQL_WATCHED_PUT] = "INSERT OR REPLACE INTO watched (oid, present) VALUES (?1, ?2)",
	[GP_SQL_WATCHED_DROP] = "DELETE FROM watched WHERE oid = ?1",
	[GP_SQL_MEMBERS] = "SELECT group_oid, is_group, member_oid, source FROM member",
	[GP_SQL_MEMBER_PUT] = member_put,
	[GP_SQL_MEMBER_DROP] =
		"DELETE FROM member WHERE group_oid = ?1 AND is_group = ?2 AND member_oid = ?3",
	[GP_SQL_LINKS] = "SELECT name, text FROM link ORDER BY name",
	[GP_SQL_LINK_PUT] = "INSERT OR REPLACE INTO link (name, text) VALUES (?1, ?2)",
	[GP_SQL_LINKS_DROP] = "DELETE FROM link",
	[GP_SQL_DOCUMENT_GET] = "SELECT read_s, text FROM document WHERE name = ?1",
	[GP_SQL_DOCUMENT_PUT] =
		"INSERT OR REPLACE INTO document (name, read_s, text) VALUES (?1, ?2, ?3)",
	[GP_SQL_STANDING] = standing,
	[GP_SQL_STANDING_PUT] = standing_put,
	[GP_SQL_IN_QUESTION] =
		"SELECT oid FROM standing WHERE tid = ?1 AND in_question = 1 ORDER BY oid",
	[GP_SQL_FREEZE] = "SELECT home, since_s, reason, by FROM freeze WHERE home = ?1",
	[GP_SQL_FREEZE_PUT] = freeze_put,
	[GP_SQL_FREEZE_DROP] = "DELETE FROM freeze WHERE home = ?1",
	[GP_SQL_FREEZES] = "SELECT home, since_s, reason, by FROM freeze ORDER BY home",
	[GP_SQL_VALUE_GET] = "SELECT number FROM value WHERE name = ?1",
	[GP_SQL_VALUE_PUT] = "INSERT OR REPLACE INTO value (name, number) VALUES (?1, ?2)",
};

static enum gp_status status_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return GP_ST_INTERNAL; /* asked about a failure that was none */
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return GP_ST_INVALID;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return GP_ST_DENIED;
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return GP_ST_IO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return GP_ST_UNAVAILABLE;
	case SQLITE_NOMEM:
		return GP_ST_NO_MEMORY;
	case SQLITE_CONSTRAINT:
		return GP_ST_CONFLICT;
	case SQLITE_TOOBIG:
		return GP_ST_TOO_BIG;
	default:
		return GP_ST_INTERNAL;
	}
}

enum gp_status gp_database_fail(sqlite3 *db, int rc, const char *what, struct gp_error *err)
{
	char why[128];
	(void)gp_text_safe(gp_str_from(db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc)),
			   GP_TEXT_LINE, why, sizeof(why));
	return gp_fail(err, status_of(rc), "store: %s: %s", what, why);
}

sqlite3_stmt *gp_database_statement(struct gp_store *store, enum gp_statement which)
{
	sqlite3_stmt *stmt = store->statements[which];
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return stmt;
}

enum gp_status gp_database_run(struct gp_store *store, sqlite3_stmt *stmt, const char *what,
			       struct gp_error *err)
{
	int rc = sqlite3_step(stmt);
	enum gp_status st = GP_ST_OK;
	if (rc != SQLITE_DONE) {
		st = gp_database_fail(store->db, rc, what, err);
	}
	(void)sqlite3_reset(stmt);
	return st;
}

bool gp_database_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	return text != NULL && sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC) == SQLITE_OK;
}

bool gp_database_column_text(sqlite3_stmt *stmt, int at, char *dst, size_t size)
{
	const unsigned char *text = sqlite3_column_text(stmt, at);
	int len = sqlite3_column_bytes(stmt, at);
	return text != NULL && len >= 0 &&
	       gp_copy(dst, size, (struct gp_str){(const char *)text, (size_t)len}) == GP_ST_OK;
}

bool gp_database_column_number(sqlite3_stmt *stmt, int at, uint32_t *out)
{
	int64_t number = sqlite3_column_int64(stmt, at);
	if (number < 1 || number >= UINT32_MAX) {
		return false;
	}
	*out = (uint32_t)number;
	return true;
}

bool gp_database_grow(void **rows, size_t len, size_t *room, size_t size)
{
	if (len < *room) {
		return true;
	}
	size_t more_room = *room == 0 ? 64 : *room * 2;
	void *more = reallocarray(*rows, more_room, size);
	if (more == NULL) {
		return false;
	}
	*rows = more;
	*room = more_room;
	return true;
}

enum gp_status gp_database_each(struct gp_store *store, sqlite3_stmt *stmt, gp_database_row *row,
				void *arg, const char *what, struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	int rc = SQLITE_DONE;
	while (st == GP_ST_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		st = row(arg, stmt);
	}
	if (st != GP_ST_OK) {
		(void)gp_fail(err, st, "store: %s: %s", what,
			      st == GP_ST_NO_MEMORY ? "no memory" : "a row is damaged");
	} else if (rc != SQLITE_DONE) {
		st = gp_database_fail(store->db, rc, what, err);
	}
	(void)sqlite3_reset(stmt);
	return st;
}

void gp_database_let_go(struct gp_store *store)
{
	(void)sqlite3_db_release_memory(store->db);
}

/* Who may write to the directory could put another file in our place. */
static enum gp_status check_directory(const char *file, struct gp_error *err)
{
	char dir[4096];
	struct stat st;
	const char *slash = strrchr(file, '/');
	size_t len = slash == NULL ? 1 : slash == file ? 1 : (size_t)(slash - file);
	struct gp_str name = slash == NULL ? GP_STR(".") : (struct gp_str){file, len};
	if (gp_copy(dir, sizeof(dir), name) != GP_ST_OK) {
		return gp_fail(err, GP_ST_TOO_BIG, "store: the path is too long");
	}
	if (stat(dir, &st) != 0) {
		return gp_fail(err, GP_ST_DENIED, "store: %s: %m", dir);
	}
	if (!S_ISDIR(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		return gp_fail(err, GP_ST_DENIED,
			       "store: %s must be a directory of ours that nobody else writes to",
			       dir);
	}
	return GP_ST_OK;
}

static bool is_ours(const struct stat *st)
{
	/* A second name would let what is written here change a file elsewhere. */
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 077) == 0 &&
	       st->st_nlink <= 1;
}

/* SQLite would make the file readable for everybody; it copies our mode to those beside it. */
static enum gp_status check_file(const char *file, struct gp_error *err)
{
	int fd =
		open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0) {
		enum gp_status code = errno == ENOSPC || errno == EIO ? GP_ST_IO : GP_ST_DENIED;
		return gp_fail(err, code, "store: %s: %m", file);
	}
	struct stat st;
	bool good = fstat(fd, &st) == 0 && is_ours(&st);
	(void)close(fd);
	if (!good) {
		return gp_fail(err, GP_ST_DENIED,
			       "store: %s must be a file of ours, mode 0600, with one name", file);
	}
	return GP_ST_OK;
}

/* What SQLite keeps beside the file; of another's it would only say that it cannot open the
 * database. */
static enum gp_status check_beside(const char *file, struct gp_error *err)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
	char path[4096];
	struct stat st;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (gp_format(path, sizeof(path), "%s%s", file, suffixes[i]) != GP_ST_OK) {
			return gp_fail(err, GP_ST_TOO_BIG, "store: the path is too long");
		}
		if (lstat(path, &st) != 0 && errno == ENOENT) {
			continue;
		}
		if (lstat(path, &st) != 0 || !is_ours(&st)) {
			return gp_fail(err, GP_ST_DENIED,
				       "store: %s must be a file of ours, mode 0600, with one "
				       "name, or absent",
				       path);
		}
	}
	return GP_ST_OK;
}

/* quick_check answers one row, "ok", when nothing is wrong. */
static enum gp_status check_sound(sqlite3 *db, const char *file, struct gp_error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
	}
	enum gp_status st = GP_ST_OK;
	if (rc != SQLITE_ROW) {
		st = gp_database_fail(db, rc, file, err);
	} else {
		const unsigned char *answer = sqlite3_column_text(stmt, 0);
		if (answer == NULL || memcmp(answer, "ok", 3) != 0) {
			st = gp_fail(err, GP_ST_INVALID, "store: %s is damaged", file);
		}
	}
	sqlite3_finalize(stmt);
	return st;
}

static enum gp_status set_up(struct gp_store *store, const char *file, struct gp_error *err)
{
	/* The cache is large enough for what 100,000 newcomers write without going to the disk
	 * twice, and let go of after each transaction. */
	static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				      "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
				      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -20000;";
	(void)sqlite3_extended_result_codes(store->db, 1);
	(void)sqlite3_busy_timeout(store->db, BUSY_MS);
	int rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_exec(store->db, pragmas, NULL, NULL, NULL);
	}
	if (rc != SQLITE_OK) {
		return gp_database_fail(store->db, rc, file, err);
	}
	enum gp_status st = check_sound(store->db, file, err);
	if (st == GP_ST_OK) {
		st = gp_schema_migrate(store->db, file, err);
	}
	for (size_t i = 0; st == GP_ST_OK && i < GP_SQL_COUNT; i++) {
		rc = sqlite3_prepare_v3(store->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
					&store->statements[i], NULL);
		if (rc != SQLITE_OK) {
			st = gp_database_fail(store->db, rc, "preparing a statement", err);
		}
	}
	return st;
}

enum gp_status gp_store_open(const char *file, struct gp_store **out, struct gp_error *err)
{
	enum gp_status st = check_directory(file, err);
	if (st == GP_ST_OK) {
		st = check_file(file, err);
	}
	if (st == GP_ST_OK) {
		st = check_beside(file, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	struct gp_store *store = calloc(1, sizeof(*store));
	if (store == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	int rc = sqlite3_open_v2(file, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				 NULL);
	st = rc == SQLITE_OK ? set_up(store, file, err)
			     : gp_database_fail(store->db, rc, file, err);
	if (st != GP_ST_OK) {
		gp_store_close(store);
		return st;
	}
	*out = store;
	return GP_ST_OK;
}

void gp_store_close(struct gp_store *store)
{
	if (store == NULL) {
		return;
	}
	for (size_t i = 0; i < GP_SQL_COUNT; i++) {
		sqlite3_finalize(store->statements[i]);
	}
	(void)sqlite3_close(store->db);
	free(store);
}

enum gp_status gp_store_begin(struct gp_store *store, struct gp_error *err)
{
	return gp_database_run(store, gp_database_statement(store, GP_SQL_BEGIN),
			       "beginning a transaction", err);
}

enum gp_status gp_store_commit(struct gp_store *store, struct gp_error *err)
{
	enum gp_status st = gp_database_run(store, gp_database_statement(store, GP_SQL_COMMIT),
					    "committing a transaction", err);
	gp_database_let_go(store);
	return st;
}

void gp_store_rollback(struct gp_store *store)
{
	/* Some errors have ended the transaction already. */
	if (sqlite3_get_autocommit(store->db) == 0) {
		(void)sqlite3_step(gp_database_statement(store, GP_SQL_ROLLBACK));
		(void)sqlite3_reset(store->statements[GP_SQL_ROLLBACK]);
	}
}
