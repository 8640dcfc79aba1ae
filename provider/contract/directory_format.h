/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of the directory file, for the four files that know them: reader, validator, builder
 * and publisher. DIRECTORY.md explains each field; everybody else includes directory.h.
 */
#ifndef GP_CONTRACT_DIRECTORY_FORMAT_H
#define GP_CONTRACT_DIRECTORY_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/directory.h"
#include "contract/str.h"

#define GP_DIR_MAGIC     "GPDIR\r\n\x1a" /* 8 bytes; a transfer in text mode would break it */
#define GP_DIR_MAGIC_LEN 8
#define GP_DIR_VERSION   1U

/* Header fields: offset from the start of the file. */
enum gp_dir_header_field {
	GP_DIR_H_VERSION = 8,
	GP_DIR_H_SUPERSEDED = 12,
	GP_DIR_H_CHECKSUM = 16,
	GP_DIR_H_GENERATION = 24, /* from here on the checksum covers everything */
	GP_DIR_H_LENGTH = 32,
	GP_DIR_H_SEED = 40,
	GP_DIR_H_UID_BASE = 48,
	GP_DIR_H_UID_SIZE = 52,
	GP_DIR_H_GID_BASE = 56,
	GP_DIR_H_GID_SIZE = 60,
	GP_DIR_H_USERS = 64,
	GP_DIR_H_GROUPS = 68,
	GP_DIR_H_MEMBERS = 72,
	GP_DIR_H_USERS_LEN = 76,
	GP_DIR_H_GROUPS_LEN = 80,
	GP_DIR_H_FLAGS = 84,       /* u16 */
	GP_DIR_H_DOMAINS_LEN = 86, /* u16 */
	GP_DIR_H_PREFIX = 88,
	GP_DIR_H_SUFFIX = 104,
	GP_DIR_H_SIZE = 136,
};

#define GP_DIR_FLAG_UNLISTED 1U /* of the header */
#define GP_DIR_SLOT          8U /* u32 hash or number, u32 offset of the record (0: empty) */
#define GP_DIR_USER_FIXED    20U
#define GP_DIR_GROUP_FIXED   16U
#define GP_DIR_RECORD_ALIGN  4U
#define GP_DIR_FLAG_ADOPTED  1U
/* Nobody looks further than this from a key's home slot, so a crafted index cannot make a look-up
 * long, and the builder tries another seed rather than go beyond it. */
#define GP_DIR_PROBE_MAX 128U

static inline uint16_t gp_dir_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* Compilers make one load of it on little-endian machines. */
static inline uint32_t gp_dir_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t gp_dir_u64(const uint8_t *p)
{
	return (uint64_t)gp_dir_u32(p) | (uint64_t)gp_dir_u32(p + 4) << 32;
}

void gp_dir_put_u16(uint8_t *p, uint16_t v);
void gp_dir_put_u32(uint8_t *p, uint32_t v);
void gp_dir_put_u64(uint8_t *p, uint64_t v);

/* Slots of an index over N records: never more than half full. */
static inline uint32_t gp_dir_slots(uint32_t n)
{
	return n == 0 ? 0 : 2 * n + 1;
}

/* Where a hash belongs among so many slots. */
static inline uint32_t gp_dir_home_slot(uint32_t hash, uint32_t slots)
{
	return (uint32_t)(((uint64_t)hash * slots) >> 32);
}

/* A name folded to lower case (ASCII) and padded with zeros to whole words. */
struct gp_dir_key {
	uint64_t words[(GP_DIRECTORY_NAME_MAX + 8) / 8];
	size_t len;
};

/* False when NAME is empty or too long to be in any file. */
bool gp_dir_key_from(struct gp_str name, struct gp_dir_key *key);
uint32_t gp_dir_hash_key(const struct gp_dir_key *key, uint64_t seed);
uint32_t gp_dir_hash_number(uint32_t number, uint64_t seed);
/* Over the first 12 bytes and all from GP_DIR_H_GENERATION on; LEN is a multiple of 8 and at least
 * GP_DIR_H_SIZE. */
uint64_t gp_dir_checksum(const uint8_t *bytes, size_t len);

/* The record at offset AT, bounded by END, into OUT, and its length into *SIZE; only what keeps
 * reads inside the file is checked. */
bool gp_dir_read_user(const struct gp_directory_view *view, size_t at,
		      struct gp_directory_user *out, size_t *size);
bool gp_dir_read_group(const struct gp_directory_view *view, size_t at,
		       struct gp_directory_group *out, size_t *size);
/* Numbers within the file's ranges (or adopted), names and texts harmless: what look-ups demand of
 * a record before they hand it out. */
bool gp_dir_user_sane(const struct gp_directory_view *view, const struct gp_directory_user *user);
bool gp_dir_group_sane(const struct gp_directory_view *view,
		       const struct gp_directory_group *group);

#endif
