/* SPDX-License-Identifier: Apache-2.0 */
/* The guests' records, and the named numbers beside them. */
#include <stdlib.h>

#include "store/database.h"

#include "contract/ban.h"

/* The tables' constraints promise all this; a file can be damaged all the same. */
static enum gp_status read_row(sqlite3_stmt *stmt, struct gp_guest_record *out)
{
	struct gp_guest_record r = {0};
	if (!gp_database_column_text(stmt, 0, r.tid, sizeof(r.tid)) ||
	    !gp_database_column_text(stmt, 1, r.oid, sizeof(r.oid)) ||
	    !gp_database_column_text(stmt, 3, r.name, sizeof(r.name)) ||
	    !gp_database_column_text(stmt, 8, r.basis, sizeof(r.basis)) ||
	    !gp_database_column_number(stmt, 2, &r.uid)) {
		return GP_ST_INVALID;
	}
	r.first_seen_s = sqlite3_column_int64(stmt, 4);
	r.created_s = sqlite3_column_int64(stmt, 5);
	r.left_s = sqlite3_column_int64(stmt, 6);
	r.last_sign_in_s = sqlite3_column_int64(stmt, 7);
	r.pass_end_s = sqlite3_column_int64(stmt, 9);
	r.pass_read_s = sqlite3_column_int64(stmt, 10);
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
	if (!gp_database_bind_text(stmt, 1, tid) || !gp_database_bind_text(stmt, 2, oid)) {
		return GP_ST_INVALID;
	}
	return read_one(store, stmt, out);
}

enum gp_status gp_store_guest_by_name(struct gp_store *store, const char *name,
				      struct gp_guest_record *out)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUEST_BY_NAME);
	return gp_database_bind_text(stmt, 1, name) ? read_one(store, stmt, out) : GP_ST_INVALID;
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
	if (!gp_database_bind_text(stmt, 1, record->tid) ||
	    !gp_database_bind_text(stmt, 2, record->oid) ||
	    sqlite3_bind_int64(stmt, 3, record->uid) != SQLITE_OK ||
	    !gp_database_bind_text(stmt, 4, record->name) ||
	    sqlite3_bind_int64(stmt, 5, record->first_seen_s) != SQLITE_OK ||
	    sqlite3_bind_int64(stmt, 6, record->created_s) != SQLITE_OK ||
	    sqlite3_bind_int64(stmt, 7, record->left_s) != SQLITE_OK ||
	    sqlite3_bind_int64(stmt, 8, record->last_sign_in_s) != SQLITE_OK ||
	    !gp_database_bind_text(stmt, 9, record->basis[0] != '\0' ? record->basis : "hash")) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "adding a guest", err);
}

/* Rows as they arrive, in one array. */
struct list {
	struct gp_guest_record *rows;
	size_t len, room;
};

static enum gp_status add_row(void *arg, sqlite3_stmt *stmt)
{
	struct list *list = arg;
	if (!gp_database_grow((void **)&list->rows, list->len, &list->room, sizeof(*list->rows))) {
		return GP_ST_NO_MEMORY;
	}
	enum gp_status st = read_row(stmt, &list->rows[list->len]);
	if (st == GP_ST_OK) {
		list->len++;
	}
	return st;
}

static enum gp_status read_list(struct gp_store *store, sqlite3_stmt *stmt,
				struct gp_guest_record **out, size_t *len, struct gp_error *err)
{
	struct list list = {0};
	enum gp_status st =
		gp_database_each(store, stmt, add_row, &list, "reading the guests", err);
	if (st != GP_ST_OK) {
		free(list.rows);
		return st;
	}
	*out = list.rows;
	*len = list.len;
	return GP_ST_OK;
}

enum gp_status gp_store_guests(struct gp_store *store, struct gp_guest_record **out, size_t *len,
			       struct gp_error *err)
{
	enum gp_status st =
		read_list(store, gp_database_statement(store, GP_SQL_GUESTS), out, len, err);
	gp_database_let_go(store);
	return st;
}

enum gp_status gp_store_guests_after(struct gp_store *store, uint32_t uid, size_t most,
				     struct gp_guest_record **out, size_t *len,
				     struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUESTS_AFTER);
	if (sqlite3_bind_int64(stmt, 1, uid) != SQLITE_OK ||
	    sqlite3_bind_int64(stmt, 2, (int64_t)most) != SQLITE_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return read_list(store, stmt, out, len, err);
}

static enum gp_status update_time(struct gp_store *store, enum gp_statement which, const char *tid,
				  const char *oid, int64_t time_s, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, which);
	if (!gp_database_bind_text(stmt, 1, tid) || !gp_database_bind_text(stmt, 2, oid) ||
	    sqlite3_bind_int64(stmt, 3, time_s) != SQLITE_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "changing a guest", err);
}

enum gp_status gp_store_guest_left(struct gp_store *store, const char *tid, const char *oid,
				   int64_t left_s, struct gp_error *err)
{
	return update_time(store, GP_SQL_GUEST_LEFT, tid, oid, left_s, err);
}

enum gp_status gp_store_guest_signed_in(struct gp_store *store, const char *tid, const char *oid,
					int64_t time_s, struct gp_error *err)
{
	return update_time(store, GP_SQL_GUEST_SIGNED_IN, tid, oid, time_s, err);
}

enum gp_status gp_store_guest_pass(struct gp_store *store, const char *tid, const char *oid,
				   int64_t end_s, int64_t read_s, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUEST_PASS);
	if (!gp_database_bind_text(stmt, 1, tid) || !gp_database_bind_text(stmt, 2, oid) ||
	    sqlite3_bind_int64(stmt, 3, end_s) != SQLITE_OK ||
	    sqlite3_bind_int64(stmt, 4, read_s) != SQLITE_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "keeping the end of a pass", err);
}

enum gp_status gp_store_guest_first_seen(struct gp_store *store, const char *tid, const char *oid,
					 int64_t time_s, struct gp_error *err)
{
	return update_time(store, GP_SQL_GUEST_FIRST_SEEN, tid, oid, time_s, err);
}

enum gp_status gp_store_guest_rename(struct gp_store *store, const char *tid, const char *oid,
				     const char *name, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GUEST_RENAME);
	if (!gp_database_bind_text(stmt, 1, tid) || !gp_database_bind_text(stmt, 2, oid) ||
	    !gp_database_bind_text(stmt, 3, name)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "renaming a guest", err);
}

enum gp_status gp_store_value_get(struct gp_store *store, const char *name, uint64_t *out)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_VALUE_GET);
	if (!gp_database_bind_text(stmt, 1, name)) {
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
	if (value > INT64_MAX || !gp_database_bind_text(stmt, 1, name) ||
	    sqlite3_bind_int64(stmt, 2, (int64_t)value) != SQLITE_OK) {
		return gp_fail(err, GP_ST_INVALID, "store: %s cannot be kept", name);
	}
	return gp_database_run(store, stmt, "keeping a value", err);
}
