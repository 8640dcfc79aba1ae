/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of this host's groups, and those that are held for an owner nobody knows. */
#include <stdlib.h>

#include "store/database.h"

#include "contract/ban.h"

struct groups {
	struct gp_group_record *rows;
	size_t len, room;
};

struct held {
	struct gp_held_number *rows;
	size_t len, room;
};

static enum gp_status add_group(void *arg, sqlite3_stmt *stmt)
{
	struct groups *list = arg;
	struct gp_group_record r = {0};
	if (!gp_database_grow((void **)&list->rows, list->len, &list->room, sizeof(r))) {
		return GP_ST_NO_MEMORY;
	}
	if (!gp_database_column_text(stmt, 0, r.tid, sizeof(r.tid)) ||
	    !gp_database_column_text(stmt, 1, r.oid, sizeof(r.oid)) ||
	    !gp_database_column_number(stmt, 2, &r.gid)) {
		return GP_ST_INVALID;
	}
	r.first_seen_s = sqlite3_column_int64(stmt, 3);
	list->rows[list->len++] = r;
	return GP_ST_OK;
}

enum gp_status gp_store_groups(struct gp_store *store, struct gp_group_record **out, size_t *len,
			       struct gp_error *err)
{
	struct groups list = {0};
	enum gp_status st = gp_database_each(store, gp_database_statement(store, GP_SQL_GROUPS),
					     add_group, &list, "reading the groups' numbers", err);
	if (st != GP_ST_OK) {
		free(list.rows);
		return st;
	}
	*out = list.rows;
	*len = list.len;
	return GP_ST_OK;
}

enum gp_status gp_store_group_add(struct gp_store *store, const struct gp_group_record *record,
				  struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_GROUP_ADD);
	if (!gp_database_bind_text(stmt, 1, record->tid) ||
	    !gp_database_bind_text(stmt, 2, record->oid) ||
	    sqlite3_bind_int64(stmt, 3, record->gid) != SQLITE_OK ||
	    sqlite3_bind_int64(stmt, 4, record->first_seen_s) != SQLITE_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "adding a group", err);
}

static enum gp_status add_held(void *arg, sqlite3_stmt *stmt)
{
	struct held *list = arg;
	struct gp_held_number r = {0};
	if (!gp_database_grow((void **)&list->rows, list->len, &list->room, sizeof(r))) {
		return GP_ST_NO_MEMORY;
	}
	if (!gp_database_column_number(stmt, 0, &r.uid) ||
	    !gp_database_column_text(stmt, 1, r.name, sizeof(r.name))) {
		return GP_ST_INVALID;
	}
	list->rows[list->len++] = r;
	return GP_ST_OK;
}

enum gp_status gp_store_held(struct gp_store *store, struct gp_held_number **out, size_t *len,
			     struct gp_error *err)
{
	struct held list = {0};
	enum gp_status st = gp_database_each(store, gp_database_statement(store, GP_SQL_HELD),
					     add_held, &list, "reading the held numbers", err);
	if (st != GP_ST_OK) {
		free(list.rows);
		return st;
	}
	*out = list.rows;
	*len = list.len;
	return GP_ST_OK;
}

enum gp_status gp_store_held_add(struct gp_store *store, const struct gp_held_number *held,
				 struct gp_error *err)
{
	enum gp_status st = gp_schema_guard_held(store->db, err);
	if (st != GP_ST_OK) {
		return st;
	}
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_HELD_ADD);
	if (sqlite3_bind_int64(stmt, 1, held->uid) != SQLITE_OK ||
	    !gp_database_bind_text(stmt, 2, held->name)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "holding a number", err);
}
