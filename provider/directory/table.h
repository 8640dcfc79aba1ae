/* SPDX-License-Identifier: Apache-2.0 */
/* The guests of the last complete read, to be found by name and by object id. */
#ifndef GP_DIRECTORY_TABLE_H
#define GP_DIRECTORY_TABLE_H

#include "directory/plan.h"

struct gp_table_entry {
	const struct gp_guest *guest;
};

struct gp_table {
	struct gp_plan plan;
	struct gp_table_entry *by_oid;
	size_t quarantined; /* they stand first in the plan */
};

/* Takes PLAN over when it succeeds. */
enum gp_status gp_table_make(struct gp_plan *plan, struct gp_table *out,
			     struct gp_error *err) gp_must_check;
void gp_table_free(struct gp_table *table);
const struct gp_guest *gp_table_find(const struct gp_table *table, struct gp_str name);
const struct gp_guest *gp_table_find_oid(const struct gp_table *table, const char *oid);

#endif
