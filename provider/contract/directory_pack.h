/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second half of gp_directory_build(): the records and indexes of a directory that has been
 * checked, sorted and measured, put into bytes.
 */
#ifndef GP_CONTRACT_DIRECTORY_PACK_H
#define GP_CONTRACT_DIRECTORY_PACK_H

#include <stdint.h>

#include "contract/directory.h"
#include "contract/directory_build.h"
#include "contract/directory_format.h"
#include "contract/ids_conf.h"

struct gp_dir_build {
	const struct gp_directory_input *in;
	const struct gp_ids_rules *rules;
	struct gp_error *err;
	uint32_t *users;        /* indexes in order of name */
	uint32_t *groups;       /* likewise */
	uint32_t *first_member; /* per group, into members; group_count + 1 of them */
	uint32_t *members;      /* user indexes, in order of name within a group */
	uint32_t *user_at;      /* offset of each user's record */
	uint32_t *group_at;
	uint64_t member_count;
	uint64_t users_len, groups_len;
	struct gp_str domains[GP_DIRECTORY_DOMAINS_MAX]; /* in order */
	size_t domains_len;
	struct gp_directory_view v; /* offsets of the sections */
	uint8_t *out;
};

static inline uint64_t gp_dir_aligned(uint64_t n)
{
	return (n + GP_DIR_RECORD_ALIGN - 1) & ~(uint64_t)(GP_DIR_RECORD_ALIGN - 1);
}

/* Fills OUT, whose size and sections are laid out in V. */
enum gp_status gp_dir_pack(struct gp_dir_build *b) gp_must_check;

#endif
