/* SPDX-License-Identifier: Apache-2.0 */
/* What Graph last said: users, watched groups, direct memberships, and where to go on. */
#include "store/database.h"

#include <stdlib.h>
#include <string.h>

#include "contract/ban.h"

enum gp_status gp_store_person_put(struct gp_store *store, const struct gp_person_row *row,
				   struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_PERSON_PUT);
	const int64_t numbers[] = {row->account_enabled, row->user_type, row->external_state,
				   row->user_class,      row->source,    row->gone ? 1 : 0};
	const char *const texts[] = {row->mail, row->display_name, row->company, row->upn};
	const int64_t times[] = {row->created_s, row->state_changed_s, row->read_s};
	int at = 1;
	bool good = gp_database_bind_text(stmt, at++, row->oid);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		good = sqlite3_bind_int64(stmt, at++, numbers[i]) == SQLITE_OK && good;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		good = gp_database_bind_text(stmt, at++, texts[i]) && good;
	}
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		good = sqlite3_bind_int64(stmt, at++, times[i]) == SQLITE_OK && good;
	}
	if (!good) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "keeping a user", err);
}

static enum gp_status run_with_id(struct gp_store *store, enum gp_statement which, const char *oid,
				  const char *what, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, which);
	if (!gp_database_bind_text(stmt, 1, oid)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, what, err);
}

enum gp_status gp_store_person_drop(struct gp_store *store, const char *oid, struct gp_error *err)
{
	return run_with_id(store, GP_SQL_PERSON_DROP, oid, "dropping a user", err);
}

enum gp_status gp_store_watched_drop(struct gp_store *store, const char *oid, struct gp_error *err)
{
	return run_with_id(store, GP_SQL_WATCHED_DROP, oid, "dropping a group", err);
}

enum gp_status gp_store_watched_put(struct gp_store *store, const char *oid, bool present,
				    struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_WATCHED_PUT);
	if (!gp_database_bind_text(stmt, 1, oid) ||
	    sqlite3_bind_int64(stmt, 2, present ? 1 : 0) != SQLITE_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "keeping a group", err);
}

static enum gp_status run_member(struct gp_store *store, enum gp_statement which,
				 const struct gp_member_row *row, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, which);
	if (!gp_database_bind_text(stmt, 1, row->group) ||
	    sqlite3_bind_int64(stmt, 2, row->is_group ? 1 : 0) != SQLITE_OK ||
	    !gp_database_bind_text(stmt, 3, row->member) ||
	    (which == GP_SQL_MEMBER_PUT && sqlite3_bind_int64(stmt, 4, row->source) != SQLITE_OK)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "keeping a membership", err);
}

enum gp_status gp_store_member_put(struct gp_store *store, const struct gp_member_row *row,
				   struct gp_error *err)
{
	return run_member(store, GP_SQL_MEMBER_PUT, row, err);
}

enum gp_status gp_store_member_drop(struct gp_store *store, const struct gp_member_row *row,
				    struct gp_error *err)
{
	return run_member(store, GP_SQL_MEMBER_DROP, row, err);
}

static uint8_t small(sqlite3_stmt *stmt, int at)
{
	int64_t value = sqlite3_column_int64(stmt, at);
	return value >= 0 && value <= UINT8_MAX ? (uint8_t)value : 0;
}

static enum gp_status person_row(void *arg, sqlite3_stmt *stmt)
{
	const struct gp_entra_rows *rows = arg;
	struct gp_person_row row = {
		.account_enabled = small(stmt, 1),
		.user_type = small(stmt, 2),
		.external_state = small(stmt, 3),
		.user_class = small(stmt, 4),
		.source = small(stmt, 5),
		.gone = small(stmt, 6) != 0,
		.mail = (const char *)sqlite3_column_text(stmt, 7),
		.display_name = (const char *)sqlite3_column_text(stmt, 8),
		.company = (const char *)sqlite3_column_text(stmt, 9),
		.upn = (const char *)sqlite3_column_text(stmt, 10),
		.created_s = sqlite3_column_int64(stmt, 11),
		.state_changed_s = sqlite3_column_int64(stmt, 12),
		.read_s = sqlite3_column_int64(stmt, 13),
	};
	if (!gp_database_column_text(stmt, 0, row.oid, sizeof(row.oid)) || row.mail == NULL ||
	    row.display_name == NULL || row.company == NULL || row.upn == NULL) {
		return GP_ST_INVALID;
	}
	return rows->person(rows->arg, &row);
}

static enum gp_status watched_row(void *arg, sqlite3_stmt *stmt)
{
	const struct gp_entra_rows *rows = arg;
	char oid[GP_GUID_TEXT];
	if (!gp_database_column_text(stmt, 0, oid, sizeof(oid))) {
		return GP_ST_INVALID;
	}
	return rows->watched(rows->arg, oid, small(stmt, 1) != 0);
}

static enum gp_status member_row(void *arg, sqlite3_stmt *stmt)
{
	const struct gp_entra_rows *rows = arg;
	struct gp_member_row row = {.is_group = small(stmt, 1) != 0, .source = small(stmt, 3)};
	if (!gp_database_column_text(stmt, 0, row.group, sizeof(row.group)) ||
	    !gp_database_column_text(stmt, 2, row.member, sizeof(row.member))) {
		return GP_ST_INVALID;
	}
	return rows->member(rows->arg, &row);
}

enum gp_status gp_store_entra_rows(struct gp_store *store, const struct gp_entra_rows *rows,
				   struct gp_error *err)
{
	struct gp_entra_rows copy = *rows;
	enum gp_status st =
		gp_database_each(store, gp_database_statement(store, GP_SQL_PERSONS), person_row,
				 &copy, "reading what Graph said of users", err);
	if (st == GP_ST_OK) {
		st = gp_database_each(store, gp_database_statement(store, GP_SQL_WATCHED),
				      watched_row, &copy, "reading what Graph said of groups", err);
	}
	if (st == GP_ST_OK) {
		st = gp_database_each(store, gp_database_statement(store, GP_SQL_MEMBERS),
				      member_row, &copy, "reading what Graph said of memberships",
				      err);
	}
	gp_database_let_go(store);
	return st;
}

struct link_reader {
	gp_store_link *each;
	void *arg;
};

static enum gp_status link_row(void *arg, sqlite3_stmt *stmt)
{
	const struct link_reader *reader = arg;
	const char *name = (const char *)sqlite3_column_text(stmt, 0);
	const char *text = (const char *)sqlite3_column_text(stmt, 1);
	return name != NULL && text != NULL ? reader->each(reader->arg, name, text) : GP_ST_INVALID;
}

enum gp_status gp_store_links(struct gp_store *store, gp_store_link *each, void *arg,
			      struct gp_error *err)
{
	struct link_reader reader = {each, arg};
	return gp_database_each(store, gp_database_statement(store, GP_SQL_LINKS), link_row,
				&reader, "reading where to go on", err);
}

enum gp_status gp_store_link_put(struct gp_store *store, const char *name, const char *text,
				 struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_LINK_PUT);
	if (!gp_database_bind_text(stmt, 1, name) || !gp_database_bind_text(stmt, 2, text)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "keeping where to go on", err);
}

enum gp_status gp_store_links_drop(struct gp_store *store, struct gp_error *err)
{
	return gp_database_run(store, gp_database_statement(store, GP_SQL_LINKS_DROP),
			       "forgetting where to go on", err);
}

struct document {
	bool found;
	int64_t read_s;
	char *text;
};

static enum gp_status document_row(void *arg, sqlite3_stmt *stmt)
{
	struct document *out = arg;
	const char *text = (const char *)sqlite3_column_text(stmt, 1);
	size_t len = (size_t)sqlite3_column_bytes(stmt, 1);
	if (text == NULL || strlen(text) != len || out->found) {
		return GP_ST_INVALID;
	}
	out->text = strdup(text);
	out->read_s = sqlite3_column_int64(stmt, 0);
	out->found = out->text != NULL;
	return out->found ? GP_ST_OK : GP_ST_NO_MEMORY;
}

enum gp_status gp_store_document_get(struct gp_store *store, const char *name, int64_t *read_s,
				     char **text, struct gp_error *err)
{
	struct document out = {0};
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_DOCUMENT_GET);
	*text = NULL;
	*read_s = 0;
	if (!gp_database_bind_text(stmt, 1, name)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	enum gp_status st = gp_database_each(store, stmt, document_row, &out,
					     "reading an answer of Graph", err);
	if (st != GP_ST_OK) {
		free(out.text);
		return st;
	}
	*text = out.text;
	*read_s = out.read_s;
	return out.found ? GP_ST_OK : GP_ST_NOT_FOUND;
}

enum gp_status gp_store_document_put(struct gp_store *store, const char *name, int64_t read_s,
				     const char *text, struct gp_error *err)
{
	sqlite3_stmt *stmt = gp_database_statement(store, GP_SQL_DOCUMENT_PUT);
	if (!gp_database_bind_text(stmt, 1, name) ||
	    sqlite3_bind_int64(stmt, 2, read_s) != SQLITE_OK ||
	    !gp_database_bind_text(stmt, 3, text)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "store: no memory");
	}
	return gp_database_run(store, stmt, "keeping an answer of Graph", err);
}
