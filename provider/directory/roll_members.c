/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of a roll, who is in them, and who is in them through others. */
#include <stdint.h>
#include <stdlib.h>

#include "directory/roll_internal.h"

#include "contract/ban.h"

size_t gp_roll_group_index(const struct gp_roll *roll, const uint8_t id[16])
{
	if (roll->group_count == 0) {
		return SIZE_MAX;
	}
	return gp_roll_index_find(&roll->group_by_id, roll->groups->id, sizeof(*roll->groups), id);
}

static size_t group_index(const struct gp_roll *roll, const char *id)
{
	uint8_t bytes[16];
	if (gp_guid_parse(gp_str_from(id), bytes) != GP_ST_OK) {
		return SIZE_MAX;
	}
	return gp_roll_group_index(roll, bytes);
}

static enum gp_status need_group(struct gp_roll *roll, const char *id, size_t *out)
{
	uint8_t bytes[16];
	enum gp_status st = gp_guid_parse(gp_str_from(id), bytes);
	if (st != GP_ST_OK) {
		return st;
	}
	*out = gp_roll_group_index(roll, bytes);
	if (*out != SIZE_MAX) {
		return GP_ST_OK;
	}
	st = gp_roll_grow((void **)&roll->groups, roll->group_count, &roll->group_room,
			  sizeof(*roll->groups));
	if (st != GP_ST_OK) {
		return st;
	}
	struct gp_roll_group *group = &roll->groups[roll->group_count];
	*group = (struct gp_roll_group){0};
	memcpy(group->id, bytes, sizeof(group->id));
	st = gp_roll_index_add(&roll->group_by_id, roll->groups->id, sizeof(*group),
			       roll->group_count + 1);
	if (st == GP_ST_OK) {
		*out = roll->group_count++;
	}
	return st;
}

enum gp_status gp_roll_put_group(struct gp_roll *roll, const char *id, bool exists)
{
	size_t i = 0;
	enum gp_status st = need_group(roll, id, &i);
	if (st == GP_ST_OK) {
		roll->groups[i].exists = exists;
	}
	return st;
}

size_t gp_roll_group_count(const struct gp_roll *roll)
{
	return roll->group_count;
}

const struct gp_roll_group *gp_roll_group_at(const struct gp_roll *roll, size_t i)
{
	return i < roll->group_count ? &roll->groups[i] : NULL;
}

const struct gp_roll_group *gp_roll_find_group(const struct gp_roll *roll, const char *id)
{
	return gp_roll_group_at(roll, group_index(roll, id));
}

int gp_roll_member_order(const void *a, const void *b)
{
	const struct gp_roll_member *x = a;
	const struct gp_roll_member *y = b;
	if (x->group != y->group) {
		return x->group < y->group ? -1 : 1;
	}
	if (x->is_group != y->is_group) {
		return x->is_group ? 1 : -1;
	}
	return (x->member > y->member) - (x->member < y->member);
}

/* Of two that say the same, the one that a group's list said counts more than a knock. */
static void sort_members(struct gp_roll *roll)
{
	if (roll->sorted == roll->member_count) {
		return;
	}
	qsort(roll->members, roll->member_count, sizeof(*roll->members), gp_roll_member_order);
	size_t kept = 1;
	for (size_t i = 1; i < roll->member_count; i++) {
		struct gp_roll_member *last = &roll->members[kept - 1];
		if (gp_roll_member_order(last, &roll->members[i]) != 0) {
			roll->members[kept++] = roll->members[i];
		} else if (roll->members[i].source < last->source) {
			last->source = roll->members[i].source;
		}
	}
	roll->member_count = roll->sorted = kept;
}

const struct gp_roll_member *gp_roll_members(struct gp_roll *roll, size_t *count)
{
	sort_members(roll);
	*count = roll->member_count;
	return roll->members;
}

static enum gp_status member_index(struct gp_roll *roll, const char *member, bool is_group,
				   size_t *out)
{
	uint8_t id[16];
	if (is_group) {
		return need_group(roll, member, out);
	}
	enum gp_status st = gp_guid_parse(gp_str_from(member), id);
	return st == GP_ST_OK ? gp_roll_person(roll, id, out) : st;
}

enum gp_status gp_roll_put_member(struct gp_roll *roll, const char *group, const char *member,
				  bool is_group, enum gp_source source)
{
	size_t g = 0;
	size_t m = 0;
	enum gp_status st = need_group(roll, group, &g);
	if (st == GP_ST_OK) {
		st = member_index(roll, member, is_group, &m);
	}
	if (st == GP_ST_OK) {
		st = gp_roll_grow((void **)&roll->members, roll->member_count, &roll->member_room,
				  sizeof(*roll->members));
	}
	if (st == GP_ST_OK) {
		roll->members[roll->member_count++] = (struct gp_roll_member){
			(uint32_t)g, (uint32_t)m, is_group, (uint8_t)source};
	}
	return st;
}

/* Takes out those of which WANTED says so; their order stays. */
static void drop_where(struct gp_roll *roll,
		       bool (*wanted)(const struct gp_roll_member *m,
				      const struct gp_roll_member *key),
		       const struct gp_roll_member *key)
{
	size_t kept = 0;
	sort_members(roll);
	for (size_t i = 0; i < roll->member_count; i++) {
		if (!wanted(&roll->members[i], key)) {
			roll->members[kept++] = roll->members[i];
		}
	}
	roll->member_count = roll->sorted = kept;
}

static bool is_in_group(const struct gp_roll_member *m, const struct gp_roll_member *key)
{
	return m->group == key->group;
}

static bool is_person(const struct gp_roll_member *m, const struct gp_roll_member *key)
{
	return !m->is_group && m->member == key->member;
}

enum gp_status gp_roll_drop_member(struct gp_roll *roll, const char *group, const char *member,
				   bool is_group)
{
	uint8_t id[16];
	size_t g = group_index(roll, group);
	if (gp_guid_parse(gp_str_from(member), id) != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	size_t m = is_group ? gp_roll_group_index(roll, id) : gp_roll_index(roll, id);
	if (g == SIZE_MAX || m == SIZE_MAX) {
		return GP_ST_OK;
	}
	const struct gp_roll_member key = {(uint32_t)g, (uint32_t)m, is_group, 0};
	sort_members(roll);
	struct gp_roll_member *hit = roll->member_count == 0
					     ? NULL
					     : bsearch(&key, roll->members, roll->member_count,
						       sizeof(key), gp_roll_member_order);
	if (hit != NULL) {
		size_t after = roll->member_count - (size_t)(hit - roll->members) - 1;
		memmove(hit, hit + 1, after * sizeof(*hit));
		roll->sorted = --roll->member_count;
	}
	return GP_ST_OK;
}

enum gp_status gp_roll_drop_members(struct gp_roll *roll, const char *group)
{
	size_t g = group_index(roll, group);
	if (g != SIZE_MAX) {
		const struct gp_roll_member key = {.group = (uint32_t)g};
		drop_where(roll, is_in_group, &key);
	}
	return GP_ST_OK;
}

void gp_roll_drop_knocked(struct gp_roll *roll, const uint8_t *marks)
{
	size_t kept = 0;
	sort_members(roll);
	for (size_t i = 0; i < roll->member_count; i++) {
		const struct gp_roll_member *m = &roll->members[i];
		if (m->is_group || m->source != GP_SOURCE_KNOCK || marks[m->member] == 0) {
			roll->members[kept++] = *m;
		}
	}
	roll->member_count = roll->sorted = kept;
}

enum gp_status gp_roll_put_gone(struct gp_roll *roll, const char *id, int64_t read_s)
{
	uint8_t bytes[16];
	if (gp_guid_parse(gp_str_from(id), bytes) != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	size_t i = gp_roll_index(roll, bytes);
	if (i == SIZE_MAX) {
		return GP_ST_OK;
	}
	roll->persons[i].gone = true;
	roll->persons[i].read_s = read_s;
	const struct gp_roll_member key = {.member = (uint32_t)i};
	drop_where(roll, is_person, &key);
	return GP_ST_OK;
}

/* The first membership of group G, by halving. */
static size_t first_of(const struct gp_roll *roll, uint32_t g)
{
	size_t low = 0;
	size_t high = roll->member_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (roll->members[middle].group < g) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* Visits the groups below START, each once. Persons in them are marked, when there are marks. */
static void walk(const struct gp_roll *roll, uint32_t *queue, uint8_t *seen, uint8_t *marks,
		 uint8_t bit)
{
	size_t queued = 1;
	for (size_t at = 0; at < queued; at++) {
		uint32_t g = queue[at];
		if (!roll->groups[g].exists) {
			continue;
		}
		for (size_t i = first_of(roll, g);
		     i < roll->member_count && roll->members[i].group == g; i++) {
			const struct gp_roll_member *m = &roll->members[i];
			if (!m->is_group) {
				if (marks != NULL) {
					marks[m->member] |= bit;
				}
			} else if (seen[m->member] == 0) {
				seen[m->member] = 1;
				queue[queued++] = m->member;
			}
		}
	}
}

static enum gp_status reach(struct gp_roll *roll, const char *group, uint8_t *marks,
			    uint8_t *group_marks, uint8_t bit)
{
	size_t start = group_index(roll, group);
	if (start == SIZE_MAX) {
		return GP_ST_OK;
	}
	uint32_t *queue = calloc(roll->group_count, sizeof(*queue));
	uint8_t *seen = calloc(roll->group_count, 1);
	enum gp_status st = queue != NULL && seen != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
	if (st == GP_ST_OK) {
		sort_members(roll);
		queue[0] = (uint32_t)start;
		seen[start] = 1;
		walk(roll, queue, seen, marks, bit);
		for (size_t i = 0; group_marks != NULL && i < roll->group_count; i++) {
			group_marks[i] |= seen[i] != 0 ? bit : 0;
		}
	}
	free(queue);
	free(seen);
	return st;
}

enum gp_status gp_roll_reach(struct gp_roll *roll, const char *group, uint8_t *marks, uint8_t bit)
{
	return reach(roll, group, marks, NULL, bit);
}

enum gp_status gp_roll_reach_groups(struct gp_roll *roll, const char *group, uint8_t *marks,
				    uint8_t bit)
{
	return reach(roll, group, NULL, marks, bit);
}

static enum gp_status prune_into(struct gp_roll *roll, const uint8_t *keep,
				 const uint8_t *keep_groups, struct gp_roll *fresh)
{
	char group[GP_GUID_TEXT];
	char member[GP_GUID_TEXT];
	struct gp_user user;
	enum gp_status st = GP_ST_OK;
	for (size_t i = 0; st == GP_ST_OK && i < roll->person_count; i++) {
		const struct gp_person *p = &roll->persons[i];
		if (keep[i] == 0) {
			continue;
		}
		gp_roll_user(roll, p, &user);
		st = gp_roll_put_user(fresh, &user, (enum gp_source)p->source, p->read_s);
		if (st == GP_ST_OK) {
			fresh->persons[fresh->person_count - 1].gone = p->gone;
		}
	}
	for (size_t i = 0; st == GP_ST_OK && i < roll->group_count; i++) {
		if (keep_groups[i] != 0) {
			gp_guid_format(roll->groups[i].id, group);
			st = gp_roll_put_group(fresh, group, roll->groups[i].exists);
		}
	}
	sort_members(roll);
	for (size_t i = 0; st == GP_ST_OK && i < roll->member_count; i++) {
		const struct gp_roll_member *m = &roll->members[i];
		if (keep_groups[m->group] == 0 ||
		    (m->is_group ? keep_groups[m->member] : keep[m->member]) == 0) {
			continue;
		}
		gp_guid_format(roll->groups[m->group].id, group);
		gp_guid_format(m->is_group ? roll->groups[m->member].id
					   : roll->persons[m->member].id,
			       member);
		st = gp_roll_put_member(fresh, group, member, m->is_group,
					(enum gp_source)m->source);
	}
	return st;
}

enum gp_status gp_roll_prune(struct gp_roll *roll, const uint8_t *keep, const uint8_t *keep_groups,
			     struct gp_roll **out)
{
	struct gp_roll *fresh = NULL;
	enum gp_status st = gp_roll_new(&fresh);
	if (st == GP_ST_OK) {
		st = prune_into(roll, keep, keep_groups, fresh);
	}
	if (st != GP_ST_OK) {
		gp_roll_free(fresh);
		return st;
	}
	*out = fresh;
	return GP_ST_OK;
}
