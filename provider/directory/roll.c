/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/roll.h"

#include <stdint.h>
#include <stdlib.h>

#include "directory/roll_internal.h"

#include "contract/ban.h"

#define FIRST_ROOM  64
#define FIRST_SLOTS 128

enum gp_status gp_roll_grow(void **array, size_t count, size_t *room, size_t size)
{
	if (count < *room) {
		return GP_ST_OK;
	}
	/* By half: what is not used of 100,000 should not be as much again. */
	size_t more = *room < FIRST_ROOM ? FIRST_ROOM : *room + *room / 2;
	void *grown = reallocarray(*array, more, size);
	if (grown == NULL) {
		return GP_ST_NO_MEMORY;
	}
	*array = grown;
	*room = more;
	return GP_ST_OK;
}

/* Object ids are random, so some of their bytes are as good as a hash; mixed all the same, because
 * somebody may have chosen them. */
static size_t slot_of(const struct gp_roll_index *index, const uint8_t id[16])
{
	uint64_t a = 0;
	uint64_t b = 0;
	memcpy(&a, id, sizeof(a));
	memcpy(&b, id + sizeof(a), sizeof(b));
	uint64_t h = (a ^ (b << 31 | b >> 33)) * 0x9E3779B97F4A7C15ULL;
	return (size_t)(h >> 20) & (index->count - 1);
}

size_t gp_roll_index_find(const struct gp_roll_index *index, const uint8_t *ids, size_t stride,
			  const uint8_t id[16])
{
	if (index->count == 0) {
		return SIZE_MAX;
	}
	for (size_t at = slot_of(index, id); index->slots[at] != 0;
	     at = (at + 1) & (index->count - 1)) {
		size_t i = index->slots[at] - 1;
		if (memcmp(ids + i * stride, id, 16) == 0) {
			return i;
		}
	}
	return SIZE_MAX;
}

static void enter(struct gp_roll_index *index, const uint8_t id[16], size_t i)
{
	size_t at = slot_of(index, id);
	while (index->slots[at] != 0) {
		at = (at + 1) & (index->count - 1);
	}
	index->slots[at] = (uint32_t)i + 1;
}

enum gp_status gp_roll_index_add(struct gp_roll_index *index, const uint8_t *ids, size_t stride,
				 size_t count)
{
	if (count * 2 <= index->count) {
		enter(index, ids + (count - 1) * stride, count - 1);
		return GP_ST_OK;
	}
	size_t slots = index->count == 0 ? FIRST_SLOTS : index->count * 2;
	uint32_t *fresh = calloc(slots, sizeof(*fresh));
	if (fresh == NULL) {
		return GP_ST_NO_MEMORY;
	}
	free(index->slots);
	*index = (struct gp_roll_index){fresh, slots};
	for (size_t i = 0; i < count; i++) {
		enter(index, ids + i * stride, i);
	}
	return GP_ST_OK;
}

enum gp_status gp_roll_new(struct gp_roll **out)
{
	struct gp_roll *roll = calloc(1, sizeof(*roll));
	if (roll == NULL) {
		return GP_ST_NO_MEMORY;
	}
	/* Offset 0 is the empty text. */
	enum gp_status st = gp_roll_grow((void **)&roll->text, 0, &roll->text_room, 1);
	if (st != GP_ST_OK) {
		gp_roll_free(roll);
		return st;
	}
	roll->text[roll->text_len++] = '\0';
	*out = roll;
	return GP_ST_OK;
}

struct place {
	uint8_t id[16];
	uint32_t was;
};

static int place_order(const void *a, const void *b)
{
	return memcmp(((const struct place *)a)->id, ((const struct place *)b)->id, 16);
}

/* PLACES in order, and where each person of before is to go. */
static void permute(struct gp_roll *roll, const struct place *places, struct gp_person *persons,
		    uint32_t *now)
{
	for (size_t i = 0; i < roll->person_count; i++) {
		persons[i] = roll->persons[places[i].was];
		now[places[i].was] = (uint32_t)i;
	}
	for (size_t i = 0; i < roll->member_count; i++) {
		if (!roll->members[i].is_group) {
			roll->members[i].member = now[roll->members[i].member];
		}
	}
	free(roll->persons);
	roll->persons = persons;
	roll->person_room = roll->person_count;
	roll->sorted = 0;
	memset(roll->by_id.slots, 0, roll->by_id.count * sizeof(*roll->by_id.slots));
	for (size_t i = 0; i < roll->person_count; i++) {
		enter(&roll->by_id, persons[i].id, i);
	}
}

enum gp_status gp_roll_sort(struct gp_roll *roll)
{
	size_t n = roll->person_count;
	if (n < 2) {
		return GP_ST_OK;
	}
	struct place *places = calloc(n, sizeof(*places));
	struct gp_person *persons = calloc(n, sizeof(*persons));
	uint32_t *now = calloc(n, sizeof(*now));
	enum gp_status st = GP_ST_NO_MEMORY;
	if (places != NULL && persons != NULL && now != NULL) {
		for (size_t i = 0; i < n; i++) {
			memcpy(places[i].id, roll->persons[i].id, sizeof(places[i].id));
			places[i].was = (uint32_t)i;
		}
		qsort(places, n, sizeof(*places), place_order);
		permute(roll, places, persons, now);
		persons = NULL;
		st = GP_ST_OK;
	}
	free(places);
	free(persons);
	free(now);
	return st;
}

void gp_roll_free(struct gp_roll *roll)
{
	if (roll == NULL) {
		return;
	}
	free(roll->persons);
	free(roll->by_id.slots);
	free(roll->groups);
	free(roll->group_by_id.slots);
	free(roll->members);
	free(roll->text);
	free(roll);
}

static bool duplicate(void **to, const void *from, size_t count, size_t size)
{
	*to = NULL;
	if (count == 0) {
		return true;
	}
	*to = reallocarray(NULL, count, size);
	if (*to == NULL) {
		return false;
	}
	memcpy(*to, from, count * size);
	return true;
}

enum gp_status gp_roll_copy(const struct gp_roll *roll, struct gp_roll **out)
{
	struct gp_roll *copy = calloc(1, sizeof(*copy));
	if (copy == NULL) {
		return GP_ST_NO_MEMORY;
	}
	*copy = *roll;
	copy->persons = NULL;
	copy->by_id.slots = copy->group_by_id.slots = NULL;
	copy->groups = NULL;
	copy->members = NULL;
	copy->text = NULL;
	copy->person_room = roll->person_count;
	copy->group_room = roll->group_count;
	copy->member_room = roll->member_count;
	copy->text_room = roll->text_len;
	if (!duplicate((void **)&copy->persons, roll->persons, roll->person_count,
		       sizeof(*roll->persons)) ||
	    !duplicate((void **)&copy->by_id.slots, roll->by_id.slots, roll->by_id.count,
		       sizeof(*roll->by_id.slots)) ||
	    !duplicate((void **)&copy->groups, roll->groups, roll->group_count,
		       sizeof(*roll->groups)) ||
	    !duplicate((void **)&copy->group_by_id.slots, roll->group_by_id.slots,
		       roll->group_by_id.count, sizeof(*roll->group_by_id.slots)) ||
	    !duplicate((void **)&copy->members, roll->members, roll->member_count,
		       sizeof(*roll->members)) ||
	    !duplicate((void **)&copy->text, roll->text, roll->text_len, 1)) {
		gp_roll_free(copy);
		return GP_ST_NO_MEMORY;
	}
	*out = copy;
	return GP_ST_OK;
}

/* *OFFSET is where the same text stands already, or where it stands after this. */
static enum gp_status put_text(struct gp_roll *roll, const char *text, uint32_t *offset)
{
	size_t len = strlen(text) + 1;
	if (strcmp(roll->text + *offset, text) == 0) {
		return GP_ST_OK;
	}
	if (len == 1) {
		*offset = 0;
		return GP_ST_OK;
	}
	if (len > UINT32_MAX - roll->text_len) {
		return GP_ST_TOO_BIG;
	}
	if (roll->text_len + len > roll->text_room) {
		size_t room = roll->text_room + roll->text_room / 2 + len;
		char *grown = realloc(roll->text, room);
		if (grown == NULL) {
			return GP_ST_NO_MEMORY;
		}
		roll->text = grown;
		roll->text_room = room;
	}
	*offset = (uint32_t)roll->text_len;
	memcpy(roll->text + roll->text_len, text, len);
	roll->text_len += len;
	return GP_ST_OK;
}

/* Guests of one organisation share its name. */
static enum gp_status put_company(struct gp_roll *roll, const char *company, uint32_t *offset)
{
	uint64_t h = 0;
	for (const char *p = company; *p != '\0'; p++) {
		h = (h ^ (uint8_t)*p) * 0x9E3779B97F4A7C15ULL;
	}
	uint32_t *known = &roll->companies[(h >> 32) % GP_ROLL_COMPANIES];
	if (strcmp(roll->text + *known, company) == 0) {
		*offset = *known;
		return GP_ST_OK;
	}
	enum gp_status st = put_text(roll, company, offset);
	if (st == GP_ST_OK) {
		*known = *offset;
	}
	return st;
}

enum gp_status gp_roll_person(struct gp_roll *roll, const uint8_t id[16], size_t *out)
{
	*out = gp_roll_index(roll, id);
	if (*out != SIZE_MAX) {
		return GP_ST_OK;
	}
	if (roll->person_count >= UINT32_MAX - 1) {
		return GP_ST_TOO_BIG;
	}
	enum gp_status st = gp_roll_grow((void **)&roll->persons, roll->person_count,
					 &roll->person_room, sizeof(*roll->persons));
	if (st != GP_ST_OK) {
		return st;
	}
	struct gp_person *person = &roll->persons[roll->person_count];
	*person = (struct gp_person){0};
	memcpy(person->id, id, sizeof(person->id));
	st = gp_roll_index_add(&roll->by_id, roll->persons->id, sizeof(*person),
			       roll->person_count + 1);
	if (st == GP_ST_OK) {
		*out = roll->person_count++;
	}
	return st;
}

enum gp_status gp_roll_put_user(struct gp_roll *roll, const struct gp_user *user,
				enum gp_source source, int64_t read_s)
{
	uint8_t id[16];
	size_t i = 0;
	enum gp_status st = gp_guid_parse(gp_str_from(user->id), id);
	if (st == GP_ST_OK) {
		st = gp_roll_person(roll, id, &i);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	struct gp_person person = roll->persons[i];
	person.account_enabled = (uint8_t)user->account_enabled;
	person.user_type = (uint8_t)user->user_type;
	person.external_state = (uint8_t)user->external_state;
	person.user_class = (uint8_t)user->user_class;
	person.source = (uint8_t)source;
	person.gone = false;
	person.created_s = user->created_s;
	person.state_changed_s = user->state_changed_s;
	person.read_s = read_s;
	if ((st = put_text(roll, user->mail, &person.mail)) != GP_ST_OK ||
	    (st = put_text(roll, user->display_name, &person.display_name)) != GP_ST_OK ||
	    (st = put_text(roll, user->upn, &person.upn)) != GP_ST_OK ||
	    (st = put_company(roll, user->company_name, &person.company)) != GP_ST_OK) {
		return st;
	}
	roll->persons[i] = person;
	return GP_ST_OK;
}

size_t gp_roll_person_count(const struct gp_roll *roll)
{
	return roll->person_count;
}

const struct gp_person *gp_roll_person_at(const struct gp_roll *roll, size_t i)
{
	return i < roll->person_count ? &roll->persons[i] : NULL;
}

size_t gp_roll_index(const struct gp_roll *roll, const uint8_t id[16])
{
	if (roll->person_count == 0) {
		return SIZE_MAX;
	}
	return gp_roll_index_find(&roll->by_id, roll->persons->id, sizeof(*roll->persons), id);
}

const struct gp_person *gp_roll_find(const struct gp_roll *roll, const char *id)
{
	uint8_t bytes[16];
	if (gp_guid_parse(gp_str_from(id), bytes) != GP_ST_OK) {
		return NULL;
	}
	return gp_roll_person_at(roll, gp_roll_index(roll, bytes));
}

const char *gp_roll_text(const struct gp_roll *roll, uint32_t offset)
{
	return offset < roll->text_len ? roll->text + offset : "";
}

static void take_text(const struct gp_roll *roll, uint32_t offset, char *out, size_t size)
{
	/* What went in came out of a field of this size. */
	if (gp_copy(out, size, gp_str_from(gp_roll_text(roll, offset))) != GP_ST_OK) {
		out[0] = '\0';
	}
}

void gp_roll_user(const struct gp_roll *roll, const struct gp_person *person, struct gp_user *out)
{
	*out = (struct gp_user){
		.account_enabled = (enum gp_tri)person->account_enabled,
		.user_type = (enum gp_user_type)person->user_type,
		.external_state = (enum gp_external_state)person->external_state,
		.user_class = (enum gp_user_class)person->user_class,
		.created_s = person->created_s,
		.state_changed_s = person->state_changed_s,
	};
	gp_guid_format(person->id, out->id);
	take_text(roll, person->mail, out->mail, sizeof(out->mail));
	take_text(roll, person->display_name, out->display_name, sizeof(out->display_name));
	take_text(roll, person->company, out->company_name, sizeof(out->company_name));
	take_text(roll, person->upn, out->upn, sizeof(out->upn));
}

size_t gp_roll_size(const struct gp_roll *roll)
{
	return sizeof(*roll) + roll->person_room * sizeof(*roll->persons) +
	       (roll->by_id.count + roll->group_by_id.count) * sizeof(uint32_t) +
	       roll->group_room * sizeof(*roll->groups) +
	       roll->member_room * sizeof(*roll->members) + roll->text_room;
}
