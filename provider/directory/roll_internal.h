/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a roll: roll.c has the persons, roll_members.c the groups and who is in them. */
#ifndef GP_DIRECTORY_ROLL_INTERNAL_H
#define GP_DIRECTORY_ROLL_INTERNAL_H

#include "directory/roll.h"

#define GP_ROLL_COMPANIES 64 /* remembered, so that one organisation's name is kept once */

/* Ids to indexes: open addressing, at most half full. */
struct gp_roll_index {
	uint32_t *slots; /* index + 1; 0 is empty */
	size_t count;    /* of slots, a power of two */
};

struct gp_roll {
	struct gp_person *persons;
	size_t person_count, person_room;
	struct gp_roll_index by_id;
	struct gp_roll_group *groups;
	size_t group_count, group_room;
	struct gp_roll_index group_by_id;
	struct gp_roll_member *members;
	size_t member_count, member_room;
	size_t sorted; /* so many are in order and unique */
	char *text;
	size_t text_len, text_room;
	uint32_t companies[GP_ROLL_COMPANIES];
};

/* Makes room for one more element of SIZE; what reads fill a roll use it too. */
enum gp_status gp_roll_grow(void **array, size_t count, size_t *room, size_t size) gp_must_check;
/* The index of ID, or SIZE_MAX. IDS is the first id, each STRIDE bytes further. */
size_t gp_roll_index_find(const struct gp_roll_index *index, const uint8_t *ids, size_t stride,
			  const uint8_t id[16]);
/* Enters number COUNT - 1 of the COUNT ids; makes the index larger when it must be. */
enum gp_status gp_roll_index_add(struct gp_roll_index *index, const uint8_t *ids, size_t stride,
				 size_t count) gp_must_check;
/* The person with ID, added when there is none. */
enum gp_status gp_roll_person(struct gp_roll *roll, const uint8_t id[16],
			      size_t *out) gp_must_check;

#endif
