/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "store/database.h"

#include "contract/ban.h"

/* "GPst": tells our files from other people's databases. */
#define APPLICATION_ID 0x47507374

/* Migration I leads from version I to version I + 1. A released one is never changed. */
static const char *const migrations[] = {
	/* 1: guests and their numbers. The two triggers keep the promise that a number is never
	 * given twice even from a hand that edits the file with good intentions. */
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
	") STRICT, WITHOUT ROWID;",
	/* 2: when a guest left and was last here, how he got his number; numbers that were
	 * published once and whose owner nobody knows; the groups of this host; and what Graph
	 * last said, so that a start needs no network and goes on with what changed. */
	"ALTER TABLE guest ADD COLUMN left_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE guest ADD COLUMN last_sign_in_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE guest ADD COLUMN basis TEXT NOT NULL DEFAULT 'hash';"
	"CREATE TABLE held ("
	" uid INTEGER PRIMARY KEY NOT NULL CHECK (uid BETWEEN 1 AND 4294967294),"
	" name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64)"
	") STRICT;"
	"CREATE TRIGGER held_stays BEFORE DELETE ON held BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER guest_not_held BEFORE INSERT ON guest"
	" WHEN EXISTS (SELECT 1 FROM held WHERE uid = NEW.uid AND name != NEW.name) BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TABLE posix_group ("
	" tid TEXT NOT NULL CHECK (length(tid) = 36),"
	" oid TEXT NOT NULL CHECK (length(oid) = 36),"
	" gid INTEGER NOT NULL UNIQUE CHECK (gid BETWEEN 1 AND 4294967294),"
	" first_seen_s INTEGER NOT NULL,"
	" PRIMARY KEY (tid, oid)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER posix_group_stays BEFORE DELETE ON posix_group BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER posix_group_keeps_number BEFORE UPDATE ON posix_group BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TABLE person ("
	" oid TEXT PRIMARY KEY NOT NULL CHECK (length(oid) = 36),"
	" account_enabled INTEGER NOT NULL, user_type INTEGER NOT NULL,"
	" external_state INTEGER NOT NULL, user_class INTEGER NOT NULL,"
	" source INTEGER NOT NULL, gone INTEGER NOT NULL,"
	" mail TEXT NOT NULL, display_name TEXT NOT NULL, company TEXT NOT NULL,"
	" upn TEXT NOT NULL,"
	" created_s INTEGER NOT NULL, state_changed_s INTEGER NOT NULL, read_s INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE watched ("
	" oid TEXT PRIMARY KEY NOT NULL CHECK (length(oid) = 36),"
	" present INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE member ("
	" group_oid TEXT NOT NULL, is_group INTEGER NOT NULL, member_oid TEXT NOT NULL,"
	" source INTEGER NOT NULL,"
	" PRIMARY KEY (group_oid, is_group, member_oid)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE link (name TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL)"
	" STRICT, WITHOUT ROWID;",
	/* 3: guests by their numbers, so that the two other ways to find one carry a number and not
	 * two ids: 100,000 newcomers cost a third. What would break the promise ends the whole
	 * transaction, which spares SQLite a copy of each page that a newcomer changes. */
	"CREATE TABLE guest_3 ("
	" uid INTEGER PRIMARY KEY NOT NULL CHECK (uid BETWEEN 1 AND 4294967294),"
	" tid TEXT NOT NULL CHECK (length(tid) = 36),"
	" oid TEXT NOT NULL CHECK (length(oid) = 36),"
	" name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),"
	" first_seen_s INTEGER NOT NULL, created_s INTEGER NOT NULL,"
	" left_s INTEGER NOT NULL DEFAULT 0, last_sign_in_s INTEGER NOT NULL DEFAULT 0,"
	" basis TEXT NOT NULL DEFAULT 'hash',"
	" UNIQUE (oid, tid)"
	") STRICT;"
	"INSERT INTO guest_3 SELECT uid, tid, oid, name, first_seen_s, created_s, left_s,"
	" last_sign_in_s, basis FROM guest;"
	"DROP TABLE guest;"
	"ALTER TABLE guest_3 RENAME TO guest;"
	"CREATE TRIGGER guest_stays BEFORE DELETE ON guest BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER guest_keeps_number BEFORE UPDATE OF tid, oid, uid ON guest BEGIN"
	" SELECT RAISE(ABORT, 'a number is never given twice'); END;"
	"CREATE TRIGGER guest_not_held BEFORE INSERT ON guest"
	" WHEN EXISTS (SELECT 1 FROM held WHERE uid = NEW.uid AND name != NEW.name) BEGIN"
	" SELECT RAISE(ROLLBACK, 'a number is never given twice'); END;",
	/* 4: how a guest stands here beyond what Entra says, and frozen organisations. */
	"CREATE TABLE standing ("
	" tid TEXT NOT NULL CHECK (length(tid) = 36),"
	" oid TEXT NOT NULL CHECK (length(oid) = 36),"
	" has_baseline INTEGER NOT NULL, utid TEXT NOT NULL, home_uid TEXT NOT NULL,"
	" home TEXT NOT NULL, mail TEXT NOT NULL, state_changed_s INTEGER NOT NULL,"
	" in_question INTEGER NOT NULL,"
	" granted_s INTEGER NOT NULL, granted_until_s INTEGER NOT NULL,"
	" grant_reason TEXT NOT NULL, grant_sponsor TEXT NOT NULL, grant_by TEXT NOT NULL,"
	" revoked_s INTEGER NOT NULL, revoke_reason TEXT NOT NULL, revoke_by TEXT NOT NULL,"
	" confirmed_s INTEGER NOT NULL, confirm_by TEXT NOT NULL,"
	" PRIMARY KEY (tid, oid)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE freeze ("
	" home TEXT PRIMARY KEY NOT NULL CHECK (length(home) > 0),"
	" since_s INTEGER NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;",
	/* 5: the end of a guest's pass, and whose accounts are in question found without reading
	   all. */
	"ALTER TABLE guest ADD COLUMN pass_end_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE guest ADD COLUMN pass_read_s INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX standing_in_question ON standing (tid, oid) WHERE in_question = 1;",
	/* 6: what the tenant's policies say, as Graph answered. */
	"CREATE TABLE document ("
	" name TEXT PRIMARY KEY NOT NULL, read_s INTEGER NOT NULL, text TEXT NOT NULL"
	") STRICT;",
	/* 7: a host that holds no number has no trigger that looks for one: it was a third of what
	   each newcomer's record cost. See gp_schema_guard_held(). */
	"DROP TRIGGER guest_not_held;",
};
#define VERSION ((int64_t)(sizeof(migrations) / sizeof(migrations[0])))

/* Ends the whole transaction, as the other promises do. */
static const char guard_held[] =
	"CREATE TRIGGER IF NOT EXISTS guest_not_held BEFORE INSERT ON guest"
	" WHEN EXISTS (SELECT 1 FROM held WHERE uid = NEW.uid AND name != NEW.name) BEGIN"
	" SELECT RAISE(ROLLBACK, 'a number is never given twice'); END;";

enum gp_status gp_schema_guard_held(sqlite3 *db, struct gp_error *err)
{
	int rc = sqlite3_exec(db, guard_held, NULL, NULL, NULL);
	return rc == SQLITE_OK ? GP_ST_OK
			       : gp_database_fail(db, rc, "guarding the held numbers", err);
}

static enum gp_status query_number(sqlite3 *db, const char *sql, int64_t *out, struct gp_error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
	}
	enum gp_status st = GP_ST_OK;
	if (rc == SQLITE_ROW) {
		*out = sqlite3_column_int64(stmt, 0);
	} else {
		st = gp_database_fail(db, rc, "reading the schema", err);
	}
	sqlite3_finalize(stmt);
	return st;
}

static enum gp_status migrate_one(sqlite3 *db, int64_t to, struct gp_error *err)
{
	char mark[96];
	enum gp_status st = gp_format(
		mark, sizeof(mark), "PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT;",
		(int)to, APPLICATION_ID);
	if (st != GP_ST_OK) {
		return gp_fail(err, GP_ST_INTERNAL, "schema version does not fit");
	}
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_exec(db, migrations[to - 1], NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_exec(db, mark, NULL, NULL, NULL);
	}
	if (rc != SQLITE_OK) {
		st = gp_database_fail(db, rc, "bringing the schema up to date", err);
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	}
	return st;
}

enum gp_status gp_schema_migrate(sqlite3 *db, const char *file, struct gp_error *err)
{
	int64_t version = 0;
	int64_t application = 0;
	int64_t objects = 0;
	enum gp_status st = query_number(db, "SELECT count(*) FROM sqlite_schema", &objects, err);
	if (st == GP_ST_OK) {
		st = query_number(db, "PRAGMA application_id", &application, err);
	}
	if (st == GP_ST_OK) {
		st = query_number(db, "PRAGMA user_version", &version, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	if ((objects > 0 || version != 0) && application != APPLICATION_ID) {
		return gp_fail(err, GP_ST_INVALID, "%s is a database, but not a store of Guestpass",
			       file);
	}
	if (version < 0 || version > VERSION) {
		return gp_fail(err, GP_ST_UNSUPPORTED,
			       "%s has schema version %lld, this program knows up to %lld", file,
			       (long long)version, (long long)VERSION);
	}
	while (st == GP_ST_OK && version < VERSION) {
		st = migrate_one(db, ++version, err);
	}
	int64_t held = 0;
	if (st == GP_ST_OK) {
		st = query_number(db, "SELECT EXISTS (SELECT 1 FROM held)", &held, err);
	}
	return st == GP_ST_OK && held != 0 ? gp_schema_guard_held(db, err) : st;
}
