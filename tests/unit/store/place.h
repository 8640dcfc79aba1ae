/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a directory of its own, which a test may also reach as the plain database that it is.
 */
#ifndef GP_TESTS_STORE_PLACE_H
#define GP_TESTS_STORE_PLACE_H

#include "store/store.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/ban.h"

struct place {
	char dir[64];
	char file[96];
	struct gp_store *store;
};

static inline int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	if (p == NULL ||
	    gp_copy(p->dir, sizeof(p->dir), GP_STR("/tmp/gp-store-XXXXXX")) != GP_ST_OK ||
	    mkdtemp(p->dir) == NULL ||
	    gp_format(p->file, sizeof(p->file), "%s/guests.db", p->dir) != GP_ST_OK) {
		free(p);
		return -1;
	}
	*state = p;
	return 0;
}

static inline int tear_down(void **state)
{
	struct place *p = *state;
	static const char *const tails[] = {"", "-wal", "-shm"};
	gp_store_close(p->store);
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

static inline void run_sql(const struct place *p, const char *sql, int want)
{
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(p->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), want);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(chmod(p->file, 0600), 0);
}

static inline void reopen(struct place *p)
{
	struct gp_error err = {0};
	gp_store_close(p->store);
	p->store = NULL;
	if (gp_store_open(p->file, &p->store, &err) != GP_ST_OK) {
		fail_msg("open: %s", err.text);
	}
}

#endif
