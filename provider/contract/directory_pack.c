/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/directory_pack.h"

#include <stdlib.h>

#include "contract/directory_format.h"

#include "contract/ban.h"

#define SEEDS_TRIED 16

static int number_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static uint8_t *put_text(uint8_t *p, struct gp_str s)
{
	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	return p + s.len + 1; /* the buffer came zeroed */
}

static void put_user(struct gp_dir_build *b, uint32_t user, size_t *at)
{
	const struct gp_directory_new_user *u = &b->in->users[user];
	uint8_t *p = b->out + *at;
	uint32_t gids[GP_DIRECTORY_GROUPS_MAX] = {0};

	gp_dir_put_u32(p, u->uid);
	gp_dir_put_u32(p + 4, b->in->groups[u->primary].gid);
	gp_dir_put_u32(p + 8, (uint32_t)u->expiry_day);
	gp_dir_put_u16(p + 12, (uint16_t)u->group_count);
	p[14] = gp_ids_user_adopted(b->rules, u->name, u->uid) ? GP_DIR_FLAG_ADOPTED : 0;
	p[16] = (uint8_t)u->name.len;
	p[17] = (uint8_t)u->gecos.len;
	p[18] = (uint8_t)u->home.len;
	p[19] = (uint8_t)u->shell.len;
	p += GP_DIR_USER_FIXED;
	for (uint32_t i = 0; i < u->group_count; i++)
		gids[i] = b->in->groups[u->groups[i]].gid;
	if (u->group_count > 1)
		qsort(gids, u->group_count, sizeof(gids[0]), number_order);
	for (uint32_t i = 0; i < u->group_count; i++, p += 4)
		gp_dir_put_u32(p, gids[i]);
	p = put_text(p, u->name);
	p = put_text(p, u->gecos);
	p = put_text(p, u->home);
	p = put_text(p, u->shell);
	b->user_at[user] = (uint32_t)*at;
	*at += gp_dir_aligned((size_t)(p - (b->out + *at)));
}

static void put_group(struct gp_dir_build *b, uint32_t group, size_t *at)
{
	const struct gp_directory_new_group *g = &b->in->groups[group];
	uint32_t from = b->first_member[group];
	uint32_t to = b->first_member[group + 1];
	uint8_t *p = b->out + *at;
	uint8_t *lens = p + GP_DIR_GROUP_FIXED + g->name.len + 1;
	uint8_t *names = lens + (to - from);

	for (uint32_t m = from; m < to; m++) {
		struct gp_str name = b->in->users[b->members[m]].name;
		*lens++ = (uint8_t)name.len;
		names = put_text(names, name);
	}
	gp_dir_put_u32(p, g->gid);
	gp_dir_put_u32(p + 4, to - from);
	gp_dir_put_u32(p + 8, (uint32_t)(names - lens));
	p[12] = gp_ids_group_adopted(b->rules, g->name, g->gid) ? GP_DIR_FLAG_ADOPTED : 0;
	p[13] = (uint8_t)g->name.len;
	put_text(p + GP_DIR_GROUP_FIXED, g->name);
	b->group_at[group] = (uint32_t)*at;
	*at += gp_dir_aligned((size_t)(names - p));
}

struct table {
	uint8_t *slots;
	uint32_t count;
};

/* False when the run has become too long for readers. */
static bool insert(struct table t, uint32_t hash, uint32_t value, uint32_t record)
{
	uint32_t slot = gp_dir_home_slot(hash, t.count);
	for (uint32_t seen = 0; seen < GP_DIR_PROBE_MAX && seen < t.count; seen++) {
		uint8_t *p = t.slots + (size_t)slot * GP_DIR_SLOT;
		if (gp_dir_u32(p + 4) == 0) {
			gp_dir_put_u32(p, value);
			gp_dir_put_u32(p + 4, record);
			return true;
		}
		slot = slot + 1 < t.count ? slot + 1 : 0;
	}
	return false;
}

static bool insert_both(struct table names, struct table numbers, uint64_t seed, struct gp_str name,
			const uint32_t number_and_record[2])
{
	struct gp_dir_key key;
	if (!gp_dir_key_from(name, &key))
		return false;
	uint32_t hash = gp_dir_hash_key(&key, seed);
	uint32_t number = number_and_record[0];
	return insert(names, hash, hash, number_and_record[1]) &&
	       insert(numbers, gp_dir_hash_number(number, seed), number, number_and_record[1]);
}

static bool index_all(struct gp_dir_build *b, uint64_t seed)
{
	const struct gp_directory_input *in = b->in;
	struct table names = {b->out + b->v.user_names_at, b->v.user_slots};
	struct table numbers = {b->out + b->v.uids_at, b->v.user_slots};

	memset(names.slots, 0, b->v.users_at - b->v.user_names_at);
	for (size_t i = 0; i < in->user_count; i++) {
		const uint32_t pair[2] = {in->users[i].uid, b->user_at[i]};
		if (!insert_both(names, numbers, seed, in->users[i].name, pair))
			return false;
	}
	names = (struct table){b->out + b->v.group_names_at, b->v.group_slots};
	numbers = (struct table){b->out + b->v.gids_at, b->v.group_slots};
	for (size_t i = 0; i < in->group_count; i++) {
		const uint32_t pair[2] = {in->groups[i].gid, b->group_at[i]};
		if (!insert_both(names, numbers, seed, in->groups[i].name, pair))
			return false;
	}
	return true;
}

static void put_header(struct gp_dir_build *b, uint64_t seed)
{
	const struct gp_ids_rules *r = b->rules;
	uint8_t *p = b->out;

	memcpy(p, GP_DIR_MAGIC, GP_DIR_MAGIC_LEN);
	gp_dir_put_u32(p + GP_DIR_H_VERSION, GP_DIR_VERSION);
	gp_dir_put_u16(p + GP_DIR_H_FLAGS, b->in->unlisted ? GP_DIR_FLAG_UNLISTED : 0);
	gp_dir_put_u16(p + GP_DIR_H_DOMAINS_LEN, (uint16_t)b->domains_len);
	gp_dir_put_u64(p + GP_DIR_H_GENERATION, b->in->generation);
	gp_dir_put_u64(p + GP_DIR_H_LENGTH, b->v.len);
	gp_dir_put_u64(p + GP_DIR_H_SEED, seed);
	gp_dir_put_u32(p + GP_DIR_H_UID_BASE, r->uid_base);
	gp_dir_put_u32(p + GP_DIR_H_UID_SIZE, r->uid_size);
	gp_dir_put_u32(p + GP_DIR_H_GID_BASE, r->gid_base);
	gp_dir_put_u32(p + GP_DIR_H_GID_SIZE, r->gid_size);
	gp_dir_put_u32(p + GP_DIR_H_USERS, (uint32_t)b->in->user_count);
	gp_dir_put_u32(p + GP_DIR_H_GROUPS, (uint32_t)b->in->group_count);
	gp_dir_put_u32(p + GP_DIR_H_MEMBERS, (uint32_t)b->member_count);
	gp_dir_put_u32(p + GP_DIR_H_USERS_LEN, (uint32_t)b->users_len);
	gp_dir_put_u32(p + GP_DIR_H_GROUPS_LEN, (uint32_t)b->groups_len);
	put_text(p + GP_DIR_H_PREFIX, gp_str_from(r->group_prefix));
	put_text(p + GP_DIR_H_SUFFIX, gp_str_from(r->user_suffix));
	gp_dir_put_u64(p + GP_DIR_H_CHECKSUM, gp_dir_checksum(p, b->v.len));
}

enum gp_status gp_dir_pack(struct gp_dir_build *b)
{
	const struct gp_directory_input *in = b->in;
	uint64_t seed = in->seed;
	size_t at = b->v.users_at;

	for (size_t i = 0; i < in->user_count; i++)
		put_user(b, b->users[i], &at);
	for (size_t i = 0; i < in->group_count; i++)
		put_group(b, b->groups[i], &at);
	at = b->v.domains_at;
	for (size_t i = 0; i < in->domain_count; i++) {
		put_text(b->out + at, b->domains[i]);
		at += b->domains[i].len + 1;
	}
	/* One seed is enough unless somebody knows it and picked his names by it. */
	for (int tries = 0; tries < SEEDS_TRIED; tries++, seed = seed * 5 + 1) {
		if (index_all(b, seed)) {
			put_header(b, seed);
			return GP_ST_OK;
		}
	}
	return gp_fail(b->err, GP_ST_INTERNAL, "no seed gives a usable index");
}
