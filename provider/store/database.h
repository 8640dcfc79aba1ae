/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite side of the store: opening, schema, prepared statements, errors. Room-private; the
 * files of the table families use it.
 */
#ifndef GP_STORE_DATABASE_H
#define GP_STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/store.h"

enum gp_statement {
	GP_SQL_BEGIN = 0,
	GP_SQL_COMMIT,
	GP_SQL_ROLLBACK,
	GP_SQL_GUEST_BY_OID,
	GP_SQL_GUEST_BY_NAME,
	GP_SQL_GUEST_BY_UID,
	GP_SQL_GUESTS,
	GP_SQL_GUESTS_AFTER,
	GP_SQL_GUEST_ADD,
	GP_SQL_GUEST_LEFT,
	GP_SQL_GUEST_RENAME,
	GP_SQL_GUEST_SIGNED_IN,
	GP_SQL_GUEST_PASS,
	GP_SQL_GUEST_FIRST_SEEN,
	GP_SQL_HELD,
	GP_SQL_HELD_ADD,
	GP_SQL_GROUPS,
	GP_SQL_GROUP_ADD,
	GP_SQL_PERSONS,
	GP_SQL_PERSON_PUT,
	GP_SQL_PERSON_DROP,
	GP_SQL_WATCHED,
	GP_SQL_WATCHED_PUT,
	GP_SQL_WATCHED_DROP,
	GP_SQL_MEMBERS,
	GP_SQL_MEMBER_PUT,
	GP_SQL_MEMBER_DROP,
	GP_SQL_LINKS,
	GP_SQL_LINK_PUT,
	GP_SQL_LINKS_DROP,
	GP_SQL_STANDING,
	GP_SQL_STANDING_PUT,
	GP_SQL_IN_QUESTION,
	GP_SQL_FREEZE,
	GP_SQL_FREEZE_PUT,
	GP_SQL_FREEZE_DROP,
	GP_SQL_FREEZES,
	GP_SQL_DOCUMENT_GET,
	GP_SQL_DOCUMENT_PUT,
	GP_SQL_VALUE_GET,
	GP_SQL_VALUE_PUT,
	GP_SQL_COUNT,
};

struct gp_store {
	sqlite3 *db;
	sqlite3_stmt *statements[GP_SQL_COUNT];
};

/* What SQLite's code RC means to us; ERR gets WHAT and SQLite's own words. */
enum gp_status gp_database_fail(sqlite3 *db, int rc, const char *what, struct gp_error *err);

/* The statement, reset and without bindings. */
sqlite3_stmt *gp_database_statement(struct gp_store *store, enum gp_statement which);
/* Runs a statement that answers no rows, then resets it. */
enum gp_status gp_database_run(struct gp_store *store, sqlite3_stmt *stmt, const char *what,
			       struct gp_error *err) gp_must_check;

/* TEXT is borrowed until the statement has run. False when there is no memory, or TEXT is NULL. */
bool gp_database_bind_text(sqlite3_stmt *stmt, int at, const char *text);
/* False when it does not fit, or is no text. */
bool gp_database_column_text(sqlite3_stmt *stmt, int at, char *dst, size_t size);
/* Column AT as a number of 1 to 2^32 - 2. */
bool gp_database_column_number(sqlite3_stmt *stmt, int at, uint32_t *out);
/* Makes room in ROWS, of which there are LEN, for one more of SIZE. False when there is no memory.
 */
bool gp_database_grow(void **rows, size_t len, size_t *room, size_t size);
/* Runs a statement that answers rows: ROW is called for each, until it returns something else than
 * GP_ST_OK, which is the answer then. */
typedef enum gp_status gp_database_row(void *arg, sqlite3_stmt *stmt);
enum gp_status gp_database_each(struct gp_store *store, sqlite3_stmt *stmt, gp_database_row *row,
				void *arg, const char *what, struct gp_error *err) gp_must_check;

/* After something large: the pages in SQLite's cache are not needed again soon. */
void gp_database_let_go(struct gp_store *store);

/* Creates the tables that DB does not have yet. */
enum gp_status gp_schema_migrate(sqlite3 *db, const char *file, struct gp_error *err) gp_must_check;
/* From now on the database itself refuses a guest with a held number. Before the first one is held;
 * a start does it again where there is one. */
enum gp_status gp_schema_guard_held(sqlite3 *db, struct gp_error *err) gp_must_check;

#endif
