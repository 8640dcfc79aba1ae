/* SPDX-License-Identifier: Apache-2.0 */
/* Which known name a misspelled one was meant to be. */
#include "config/schema.h"

#include "contract/ban.h"

#define NAME_MAX_ 31

/* How many characters must be inserted, deleted, replaced or swapped with their neighbour; names
 * too long for the table are far from everything. */
static size_t distance(struct gp_str a, struct gp_str b)
{
	size_t rows[3][NAME_MAX_ + 1] = {{0}};
	size_t *before = rows[0];
	size_t *last = rows[1];
	size_t *row = rows[2];

	if (a.len > NAME_MAX_ || b.len > NAME_MAX_)
		return NAME_MAX_ + 1;
	for (size_t j = 0; j <= b.len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t best = last[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1] ? 1 : 0);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		size_t *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b.len];
}

/* Further away than this it is not a misspelling. */
static size_t near_enough(struct gp_str name)
{
	return name.len < 4 ? 1 : name.len < 9 ? 2 : 3;
}

const struct gp_key *gp_schema_nearest(struct gp_str section, struct gp_str name)
{
	const struct gp_key *nearest = NULL;
	size_t least = 2 * near_enough(name) + 2;

	for (size_t i = 0; i < gp_schema_len; i++) {
		const struct gp_key *key = &gp_schema[i];
		size_t far = 2 * distance(name, gp_str_from(key->name)) +
			     (gp_str_is(section, key->section) ? 0 : 1);
		if (far < least) {
			least = far;
			nearest = key;
		}
	}
	return nearest;
}

const char *gp_schema_nearest_section(struct gp_str section)
{
	const char *nearest = NULL;
	size_t least = near_enough(section) + 1;

	for (size_t i = 0; i < gp_schema_len; i++) {
		size_t far = distance(section, gp_str_from(gp_schema[i].section));
		if (far < least) {
			least = far;
			nearest = gp_schema[i].section;
		}
	}
	return nearest;
}
