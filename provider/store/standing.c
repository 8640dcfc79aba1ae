/* SPDX-License-Identifier: Apache-2.0 */
#include "store/standing.h"

#include <stdlib.h>

#include "store/database.h"

#include "contract/ban.h"

/* Where each member of a standing is kept, in the order of the columns. */
enum kind { TEXT, TIME, FLAG };
static const struct {
	enum kind kind;
	size_t offset, size;
} columns[] = {
#define COLUMN(kind, member)                                                                       \
	{                                                                                          \
		kind, offsetof(struct gp_standing, member),                                        \
			sizeof(((struct gp_standing *)0)->member)                                  \
	}
	COLUMN(FLAG, has_baseline),
	COLUMN(TEXT, baseline.utid),
	COLUMN(TEXT, baseline.uid),
	COLUMN(TEXT, baseline.home),
	COLUMN(TEXT, baseline.mail),
	COLUMN(TIME, baseline.state_changed_s),
	COLUMN(FLAG, baseline.in_question),
	COLUMN(TIME, granted_s),
	COLUMN(TIME, granted_until_s),
	COLUMN(TEXT, grant_reason),
	COLUMN(TEXT, grant_sponsor),
	COLUMN(TEXT, grant_by),
	COLUMN(TIME, revoked_s),
	COLUMN(TEXT, revoke_reason),
	COLUMN(TEXT, revoke_by),
	COLUMN(TIME, confirmed_s),
	COLUMN(TEXT, confirm_by),
#undef COLUMN
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static enum gp_status read_standing(sqlite3_stmt *stmt, struct gp_standing *out)
{
	struct gp_standing standing = {0};
	for (size_t i = 0; i < COLUMNS; i++) {
		char *to = (char *)&standing + columns[i].offset;
		int at = (int)i;
		int64_t number = sqlite3_column_int64(stmt, at);
		bool flag = number != 0;
		switch (columns[i].kind) {
		case TEXT:
			if (!gp_database_column_text(stmt, at, to, columns[i].size)) {
				return GP_ST_INVALID;
			}
			break;
		case TIME:
			memcpy(to, &number, sizeof(number));
			break;
		case FLAG:
			memcpy(to, &flag, sizeof(flag));
			break;
		}
	}
	*out = standing;
	return GP_ST_OK;
}

enum gp_status gp_store_standing(struct gp_store *store, const char *tid, const char *oid,
				 struct gp_standing *out, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_STANDING);
	if (!gp_database_bind_text(stmt, 1, tid) || !gp_database_bind_text(stmt, 2, oid)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	enum gp_status st = GP_ST_OK;
	int rc = sqlite3_step(stmt);
	*out = (struct gp_standing){0};
	if (rc == SQLITE_ROW) {
		st = read_standing(stmt, out);
		if (st != GP_ST_OK) {
			(void)gp_fail(err, st, "store: a guest's standing is damaged");
		}
	} else if (rc != SQLITE_DONE) {
		st = gp_database_fail(store->db, rc, "reading a guest's standing", err);
	}
	(void)sqlite3_reset(stmt);
	return st;
}

static bool bind_column(sqlite3_stmt *stmt, size_t i, const struct gp_standing *standing)
{
	const char *from = (const char *)standing + columns[i].offset;
	int at = (int)i + 3;
	int64_t number = 0;
	bool flag = false;
	switch (columns[i].kind) {
	case TEXT:
		return gp_database_bind_text(stmt, at, from);
	case TIME:
		memcpy(&number, from, sizeof(number));
		return sqlite3_bind_int64(stmt, at, number) == SQLITE_OK;
	case FLAG:
		memcpy(&flag, from, sizeof(flag));
		return sqlite3_bind_int64(stmt, at, flag ? 1 : 0) == SQLITE_OK;
	}
	return false;
}

enum gp_status gp_store_standing_put(struct gp_store *store, const char *tid, const char *oid,
				     const struct gp_standing *standing, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_STANDING_PUT);
	bool bound = gp_database_bind_text(stmt, 1, tid) && gp_database_bind_text(stmt, 2, oid);
	for (size_t i = 0; i < COLUMNS && bound; i++) {
		bound = bind_column(stmt, i, standing);
	}
	if (!bound) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "keeping a guest's standing", err);
}

struct oids {
	struct gp_oid *rows;
	size_t len, room;
};

static enum gp_status add_oid(void *arg, sqlite3_stmt *stmt)
{
	struct oids *list = arg;
	if (!gp_database_grow((void **)&list->rows, list->len, &list->room, sizeof(*list->rows))) {
		return GP_ST_NO_MEMORY;
	}
	char *to = list->rows[list->len].text;
	if (!gp_database_column_text(stmt, 0, to, sizeof(list->rows[0].text))) {
		return GP_ST_INVALID;
	}
	list->len++;
	return GP_ST_OK;
}

enum gp_status gp_store_in_question(struct gp_store *store, const char *tid, struct gp_oid **out,
				    size_t *len, struct gp_error *err)
{
	struct oids list = {0};
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_IN_QUESTION);
	if (!gp_database_bind_text(stmt, 1, tid)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	enum gp_status st =
		gp_database_each(store, stmt, add_oid, &list, "reading who is in question", err);
	if (st != GP_ST_OK) {
		free(list.rows);
		return st;
	}
	*out = list.rows;
	*len = list.len;
	return GP_ST_OK;
}

static int oid_order(const void *a, const void *b)
{
	return strcmp(((const struct gp_oid *)a)->text, ((const struct gp_oid *)b)->text);
}

bool gp_oid_listed(const struct gp_oid *list, size_t n, const char *oid)
{
	struct gp_oid key = {0};
	return n > 0 && gp_copy(key.text, sizeof(key.text), gp_str_from(oid)) == GP_ST_OK &&
	       bsearch(&key, list, n, sizeof(key), oid_order) != NULL;
}

static enum gp_status read_freeze(sqlite3_stmt *stmt, struct gp_freeze *out)
{
	struct gp_freeze freeze = {0};
	if (!gp_database_column_text(stmt, 0, freeze.home, sizeof(freeze.home)) ||
	    !gp_database_column_text(stmt, 2, freeze.reason, sizeof(freeze.reason)) ||
	    !gp_database_column_text(stmt, 3, freeze.by, sizeof(freeze.by))) {
		return GP_ST_INVALID;
	}
	freeze.since_s = sqlite3_column_int64(stmt, 1);
	*out = freeze;
	return GP_ST_OK;
}

enum gp_status gp_store_freeze(struct gp_store *store, const char *home, struct gp_freeze *out,
			       struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_FREEZE);
	if (!gp_database_bind_text(stmt, 1, home)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	enum gp_status st = GP_ST_NOT_FOUND;
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		st = read_freeze(stmt, out);
		if (st != GP_ST_OK) {
			(void)gp_fail(err, st, "store: a freeze is damaged");
		}
	} else if (rc != SQLITE_DONE) {
		st = gp_database_fail(store->db, rc, "reading who is frozen", err);
	}
	(void)sqlite3_reset(stmt);
	return st;
}

enum gp_status gp_store_freeze_put(struct gp_store *store, const struct gp_freeze *freeze,
				   struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_FREEZE_PUT);
	if (!gp_database_bind_text(stmt, 1, freeze->home) ||
	    sqlite3_bind_int64(stmt, 2, freeze->since_s) != SQLITE_OK ||
	    !gp_database_bind_text(stmt, 3, freeze->reason) ||
	    !gp_database_bind_text(stmt, 4, freeze->by)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "freezing an organisation", err);
}

enum gp_status gp_store_freeze_drop(struct gp_store *store, const char *home, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_FREEZE_DROP);
	if (!gp_database_bind_text(stmt, 1, home)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "thawing an organisation", err);
}

struct list {
	struct gp_freeze *rows;
	size_t len, room;
};

static enum gp_status add_freeze(void *arg, sqlite3_stmt *stmt)
{
	struct list *list = arg;
	if (!gp_database_grow((void **)&list->rows, list->len, &list->room, sizeof(*list->rows))) {
		return GP_ST_NO_MEMORY;
	}
	enum gp_status st = read_freeze(stmt, &list->rows[list->len]);
	list->len += st == GP_ST_OK;
	return st;
}

enum gp_status gp_store_freezes(struct gp_store *store, struct gp_freeze **out, size_t *len,
				struct gp_error *err)
{
	struct list list = {0};
	enum gp_status st = gp_database_each(store, gp_database_statement(store, GP_SQL_FREEZES),
					     add_freeze, &list, "reading who is frozen", err);
	if (st != GP_ST_OK) {
		free(list.rows);
		return st;
	}
	*out = list.rows;
	*len = list.len;
	return GP_ST_OK;
}
