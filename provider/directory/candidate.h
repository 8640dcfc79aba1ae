/* SPDX-License-Identifier: Apache-2.0 */
/* The directory file that is proposed to the publisher. PURE. */
#ifndef GP_DIRECTORY_CANDIDATE_H
#define GP_DIRECTORY_CANDIDATE_H

#include "contract/directory_build.h"
#include "directory/local.h"
#include "directory/sync.h"

struct gp_candidate {
	const struct gp_guest *guests; /* quarantined ones are left out */
	size_t guest_count;
	const struct gp_ids_rules *rules;
	const struct gp_local *local;
	const char *home_prefix;
	const char *shell;
	uint64_t generation;
	uint64_t seed;
};

/* GP_ST_INVALID when the configured shell is not one that ids.conf permits; GP_ST_CONFLICT when a
 * local group has the name or the number of the group of all guests. */
enum gp_status gp_candidate_build(const struct gp_candidate *in, struct gp_directory_bytes *out,
				  struct gp_error *err) gp_must_check;

/* The organisation's name as a GECOS field: everybody on the host can read it, and programs take
 * ',' and ':' apart and replace '&'. Cut between characters where it is too long. */
void gp_candidate_gecos(const char *organisation, char out[static GP_DIRECTORY_GECOS_MAX + 1]);

#endif
