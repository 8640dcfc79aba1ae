/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/table.h"

#include <stdlib.h>

#include "contract/ban.h"

static int oid_order(const void *a, const void *b)
{
	return strcmp(((const struct gp_table_entry *)a)->guest->id,
		      ((const struct gp_table_entry *)b)->guest->id);
}

enum gp_status gp_table_make(struct gp_plan *plan, struct gp_table *out, struct gp_error *err)
{
	struct gp_table table = {.plan = *plan};
	table.by_oid = calloc(plan->guest_count + 1, sizeof(*table.by_oid));
	if (table.by_oid == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for %zu guests", plan->guest_count);
	}
	for (size_t i = 0; i < plan->guest_count; i++) {
		table.by_oid[i].guest = &plan->guests[i];
		table.quarantined += plan->guests[i].quarantined;
	}
	if (plan->guest_count > 1) {
		qsort(table.by_oid, plan->guest_count, sizeof(*table.by_oid), oid_order);
	}
	*plan = (struct gp_plan){0};
	*out = table;
	return GP_ST_OK;
}

void gp_table_free(struct gp_table *table)
{
	gp_plan_free(&table->plan);
	free(table->by_oid);
	*table = (struct gp_table){0};
}

const struct gp_guest *gp_table_find(const struct gp_table *table, struct gp_str name)
{
	char key[GP_NAME_BUF];
	size_t low = table->quarantined;
	size_t high = table->plan.guest_count;
	if (name.len == 0 || gp_copy(key, sizeof(key), name) != GP_ST_OK) {
		return NULL;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int diff = strcmp(key, table->plan.guests[middle].name);
		if (diff == 0) {
			return &table->plan.guests[middle];
		}
		if (diff < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}

const struct gp_guest *gp_table_find_oid(const struct gp_table *table, const char *oid)
{
	size_t low = 0;
	size_t high = table->plan.guest_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int diff = strcmp(oid, table->by_oid[middle].guest->id);
		if (diff == 0) {
			return table->by_oid[middle].guest;
		}
		if (diff < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}
