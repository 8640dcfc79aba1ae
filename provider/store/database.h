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
	GP_SQL_GUEST_ADD,
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

/* Creates the tables that DB does not have yet. */
enum gp_status gp_schema_migrate(sqlite3 *db, const char *file, struct gp_error *err) gp_must_check;

#endif
