/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the bytes of a directory file from users and groups. Pure: the same input gives the same
 * bytes. The daemon builds candidates with it; the publisher then trusts none of them.
 */
#ifndef GP_CONTRACT_DIRECTORY_BUILD_H
#define GP_CONTRACT_DIRECTORY_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/directory.h"
#include "contract/status.h"
#include "contract/str.h"

struct gp_ids_rules;

struct gp_directory_new_group {
	struct gp_str name; /* lower case */
	uint32_t gid;
};

struct gp_directory_new_user {
	struct gp_str name; /* lower case */
	struct gp_str gecos;
	struct gp_str home;
	struct gp_str shell;
	uint32_t uid;
	int32_t expiry_day;     /* first day of no entry, since 1970-01-01, or NO_EXPIRY */
	uint32_t primary;       /* index into the groups */
	const uint32_t *groups; /* supplementary, as indexes into the groups; no duplicates */
	uint32_t group_count;   /* and without the primary */
};

struct gp_directory_input {
	uint64_t generation; /* must grow from one publication to the next */
	uint64_t seed;       /* of the hash indexes; any number, best random and kept */
	const struct gp_directory_new_user *users;
	size_t user_count;
	const struct gp_directory_new_group *groups;
	size_t group_count;
	bool unlisted;                /* look-ups are answered, enumerations are not */
	const struct gp_str *domains; /* home domains whose guests may be looked up, lower case */
	size_t domain_count;
};

struct gp_directory_bytes {
	uint8_t *ptr;
	size_t len;
};

/* RULES give the ranges, prefix and suffix written into the header and say which records are
 * adopted. Order of users and groups is free. GP_ST_CONFLICT on a duplicate name or number,
 * GP_ST_INVALID on a bad text or index, GP_ST_TOO_BIG, GP_ST_NO_MEMORY. Free OUT with
 * gp_directory_bytes_free(). That the result obeys the rules is gp_directory_validate()'s to say.
 */
enum gp_status gp_directory_build(const struct gp_directory_input *in,
				  const struct gp_ids_rules *rules, struct gp_directory_bytes *out,
				  struct gp_error *err) gp_must_check;
void gp_directory_bytes_free(struct gp_directory_bytes *bytes);

/* True if both files say the same of the same users and groups, whatever their generations. */
bool gp_directory_same_records(const struct gp_directory_view *a,
			       const struct gp_directory_view *b);

#endif
