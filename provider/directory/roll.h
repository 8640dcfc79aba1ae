/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Graph last said of this tier: the users in the watched groups, those groups, and who is a
 * direct member of which. PURE. A read fills a new roll, a round of changes works on a copy, and a
 * knock adds one person; only what arrived whole takes the place of what was known.
 *
 * It is compact, because it stays in memory and there may be 100,000 of them: ids are bytes, texts
 * stand in one block.
 */
#ifndef GP_DIRECTORY_ROLL_H
#define GP_DIRECTORY_ROLL_H

#include "graph/graph.h"

/* How a fact got here. */
enum gp_source {
	GP_SOURCE_FULL = 1, /* a full read of the groups */
	GP_SOURCE_DELTA,    /* a round of changes */
	GP_SOURCE_KNOCK,    /* one guest looked up by name */
};

struct gp_person {
	uint8_t id[16];
	uint8_t account_enabled; /* enum gp_tri */
	uint8_t user_type;       /* enum gp_user_type */
	uint8_t external_state;  /* enum gp_external_state */
	uint8_t user_class;      /* enum gp_user_class */
	uint8_t source;          /* enum gp_source; 0: nothing is known but the id */
	bool gone;               /* Graph said that the object does not exist */
	uint32_t mail, display_name, company, upn; /* for gp_roll_text() */
	int64_t created_s, state_changed_s;
	int64_t read_s; /* wall: when Graph said all this */
};

struct gp_roll_group {
	uint8_t id[16];
	bool exists; /* false: Graph does not know it, or has not been asked yet */
};

struct gp_roll_member {
	uint32_t group;  /* index */
	uint32_t member; /* index of a person, or of a group */
	bool is_group;
	uint8_t source; /* enum gp_source */
};

struct gp_roll;
enum gp_status gp_roll_new(struct gp_roll **out) gp_must_check;
enum gp_status gp_roll_copy(const struct gp_roll *roll, struct gp_roll **out) gp_must_check;
void gp_roll_free(struct gp_roll *roll); /* NULL is allowed */

/* Ids are GUIDs as text; GP_ST_INVALID for anything else. Everything put twice counts once, and the
 * later facts win. */
enum gp_status gp_roll_put_user(struct gp_roll *roll, const struct gp_user *user,
				enum gp_source source, int64_t read_s) gp_must_check;
/* The object is gone: its facts stay, its memberships do not. Unknown ids are passed over. */
enum gp_status gp_roll_put_gone(struct gp_roll *roll, const char *id, int64_t read_s) gp_must_check;
enum gp_status gp_roll_put_group(struct gp_roll *roll, const char *id, bool exists) gp_must_check;
/* Members that are not known yet are added, with nothing but their id. */
enum gp_status gp_roll_put_member(struct gp_roll *roll, const char *group, const char *member,
				  bool is_group, enum gp_source source) gp_must_check;
enum gp_status gp_roll_drop_member(struct gp_roll *roll, const char *group, const char *member,
				   bool is_group) gp_must_check;
/* All of GROUP's. */
enum gp_status gp_roll_drop_members(struct gp_roll *roll, const char *group) gp_must_check;

/* Takes out what knocks said of everybody for whom MARKS, which has a byte for each person, is not
 * 0. */
void gp_roll_drop_knocked(struct gp_roll *roll, const uint8_t *marks);

size_t gp_roll_person_count(const struct gp_roll *roll);
const struct gp_person *gp_roll_person_at(const struct gp_roll *roll, size_t i);
const struct gp_person *gp_roll_find(const struct gp_roll *roll, const char *id);
/* The index that gp_roll_person_at() takes; SIZE_MAX when unknown. */
size_t gp_roll_index(const struct gp_roll *roll, const uint8_t id[16]);
const char *gp_roll_text(const struct gp_roll *roll, uint32_t offset);
/* As Graph's answer would be. */
void gp_roll_user(const struct gp_roll *roll, const struct gp_person *person, struct gp_user *out);

size_t gp_roll_group_count(const struct gp_roll *roll);
const struct gp_roll_group *gp_roll_group_at(const struct gp_roll *roll, size_t i);
const struct gp_roll_group *gp_roll_find_group(const struct gp_roll *roll, const char *id);

/* Likewise the index of a group. */
size_t gp_roll_group_index(const struct gp_roll *roll, const uint8_t id[16]);

/* The order of memberships, for bsearch(); how they got here does not matter. */
int gp_roll_member_order(const void *a, const void *b);
/* Memberships, in order of group, persons before groups, then index of the member. Sorts what was
 * added since; the answer is borrowed until the roll changes. */
const struct gp_roll_member *gp_roll_members(struct gp_roll *roll, size_t *count);

/* Sets BIT in MARKS, which has a byte for each person, of everybody who is in GROUP, directly or
 * through groups in it. Groups that hold each other are no trouble; one that is unknown or does not
 * exist has nobody. */
enum gp_status gp_roll_reach(struct gp_roll *roll, const char *group, uint8_t *marks,
			     uint8_t bit) gp_must_check;
/* Likewise for groups: MARKS has a byte for each group, GROUP itself included. */
enum gp_status gp_roll_reach_groups(struct gp_roll *roll, const char *group, uint8_t *marks,
				    uint8_t bit) gp_must_check;

/* A copy with those persons only for whom KEEP has a byte that is not 0, and those groups for whom
 * KEEP_GROUPS has. */
enum gp_status gp_roll_prune(struct gp_roll *roll, const uint8_t *keep, const uint8_t *keep_groups,
			     struct gp_roll **out) gp_must_check;

/* Persons in order of id from now on, which is the order in which a database likes them best. Their
 * indexes change. */
enum gp_status gp_roll_sort(struct gp_roll *roll) gp_must_check;

/* Bytes of memory that it holds. */
size_t gp_roll_size(const struct gp_roll *roll);

#endif
