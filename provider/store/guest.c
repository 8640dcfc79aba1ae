/* SPDX-License-Identifier: Apache-2.0 */
/* The guests' records, and the named numbers beside them. */
#include <stdlib.h>

#include "store/database.h"

#include "contract/ban.h"

static bool bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	return text != NULL && sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT) == SQLITE_OK;
}

static bool column_text(sqlite3_stmt *stmt, int at, char *dst, size_t size)
{
	const unsigned char *text = sqlite3_column_text(stmt, at);
	int len = sqlite3_column_bytes(stmt, at);
	return text != NULL && len >= 0 &&
	       gp_copy(dst, size, (struct gp_str){(const char *)text, (size_t)len}) == GP_ST_OK;
}

/* The tables' constraints promise all this; a file can be damaged all the same. */
static enum gp_status read_row(sqlite3_stmt *stmt, struct gp_guest_record *out)
{
	struct gp_guest_record r = {0};
	int64_t uid = sqlite3_column_int64(stmt, 2);
	if (!column_text(stmt, 0, r.tid, sizeof(r.tid)) ||
	    !column_text(stmt, 1, r.oid, sizeof(r.oid)) ||
	    !column_text(stmt, 3, r.name, sizeof(r.name)) || uid < 1 || uid >= UINT32_MAX) {
		return GP_ST_INVALID;
	}
	r.uid = (uint32_t)uid;
	r.first_seen_s = sqlite3_column_int64(stmt, 4);
	r.created_s = sqlite3_column_int64(stmt, 5);
	*out = r;
	return GP_ST_OK;
}

static enum gp_status read_one(struct gp_store *store, sqlite3_stmt *stmt,
			       struct gp_guest_record *out)
{
	enum gp_status st = GP_ST_OK;
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		st = read_row(stmt, out);
	} else if (rc == SQLITE_DONE) {
		st = GP_ST_NOT_FOUND;
	} else {
		st = gp_database_fail(store->db, rc, "reading a guest", NULL);
	}
	(void)sqlite3_reset(stmt);
	return st;
}

enum gp_status gp_store_guest_by_oid(struct gp_store *store, const char *tid, const char *oid,
				     struct gp_guest_record *out)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUEST_BY_OID);
	if (!bind_text(stmt, 1, tid) || !bind_text(stmt, 2, oid)) {
		return GP_ST_INVALID;
	}
	return read_one(store, stmt, out);
}

enum gp_status gp_store_guest_by_name(struct gp_store *store, const char *name,
				      struct gp_guest_record *out)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUEST_BY_NAME);
	return bind_text(stmt, 1, name) ? read_one(store, stmt, out) : GP_ST_INVALID;
}

enum gp_status gp_store_guest_by_uid(struct gp_store *store, uint32_t uid,
				     struct gp_guest_record *out)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUEST_BY_UID);
	if (sqlite3_bind_int64(stmt, 1, uid) != SQLITE_OK) {
		return GP_ST_NO_MEMORY;
	}
	return read_one(store, stmt, out);
}

enum gp_status gp_store_guest_add(struct gp_store *store, const struct gp_guest_record *record,
				  struct gp_error *err)
{
	uint8_t guid[16];
	if (gp_guid_parse(gp_str_from(record->tid), guid) != GP_ST_OK ||
	    gp_guid_parse(gp_str_from(record->oid), guid) != GP_ST_OK || record->name[0] == '\0') {
		return gp_fail(err, GP_ST_INVALID, "store: not a guest's record");
	}
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUEST_ADD);
	if (!bind_text(stmt, 1, record->tid) || !bind_text(stmt, 2, record->oid) ||
	    sqlite3_bind_int64(stmt, 3, record->uid) != SQLITE_OK ||
	    !bind_text(stmt, 4, record->name) ||
	    sqlite3_bind_int64(stmt, 5, record->first_seen_s) != SQLITE_OK ||
	    sqlite3_bind_int64(stmt, 6, record->created_s) != SQLITE_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "adding a guest", err);
}

enum gp_status gp_store_guests(struct gp_store *store, struct gp_guest_record **out, size_t *len,
			       struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUESTS);
	struct gp_guest_record *rows = NULL;
	size_t n = 0;
	size_t room = 0;
	enum gp_status st = GP_ST_OK;
	int rc = SQLITE_DONE;
	while (st == GP_ST_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (n == room) {
			room = room == 0 ? 64 : room * 2;
			struct gp_guest_record *more = reallocarray(rows, room, sizeof(*rows));
			if (more == NULL) {
				st = gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
				break;
			}
			rows = more;
		}
		st = read_row(stmt, &rows[n]);
		if (st == GP_ST_OK) {
			n++;
		} else {
			st = gp_fail(err, st, "store: a guest's record is damaged");
		}
	}
	if (st == GP_ST_OK && rc != SQLITE_DONE) {
		st = gp_database_fail(store->db, rc, "reading the guests", err);
	}
	(void)sqlite3_reset(stmt);
	if (st != GP_ST_OK) {
		free(rows);
		return st;
	}
	*out = rows;
	*len = n;
	return GP_ST_OK;
}

enum gp_status gp_store_value_get(struct gp_store *store, const char *name, uint64_t *out)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_VALUE_GET);
	if (!bind_text(stmt, 1, name)) {
		return GP_ST_INVALID;
	}
	enum gp_status st = GP_ST_NOT_FOUND;
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		int64_t value = sqlite3_column_int64(stmt, 0);
		st = value >= 0 ? GP_ST_OK : GP_ST_INVALID;
		if (st == GP_ST_OK) {
			*out = (uint64_t)value;
		}
	} else if (rc != SQLITE_DONE) {
		st = gp_database_fail(store->db, rc, "reading a value", NULL);
	}
	(void)sqlite3_reset(stmt);
	return st;
}

enum gp_status gp_store_value_put(struct gp_store *store, const char *name, uint64_t value,
				  struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_VALUE_PUT);
	if (value > INT64_MAX || !bind_text(stmt, 1, name) ||
	    sqlite3_bind_int64(stmt, 2, (int64_t)value) != SQLITE_OK) {
		return gp_fail(err, GP_ST_INVALID, "store: %s cannot be kept", name);
	}
	return gp_database_run(store, stmt, "keeping a value", err);
}
