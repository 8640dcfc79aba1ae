/* SPDX-License-Identifier: Apache-2.0 */
/* The directory file that is proposed to the publisher. PURE. */
#ifndef GP_DIRECTORY_CANDIDATE_H
#define GP_DIRECTORY_CANDIDATE_H

#include "contract/directory_build.h"
#include "directory/plan.h"

struct gp_candidate {
	const struct gp_plan *plan; /* quarantined guests and groups are left out */
	const struct gp_roll *roll; /* that the plan was made of */
	const struct gp_config *config;
	const struct gp_ids_rules *rules;
	const struct gp_local *local;
	uint64_t generation;
	uint64_t seed;
};

/* Who left is in it with a shell that lets nobody in, expired since the day he left and without
 * groups: his files keep a name. GP_ST_INVALID when ids.conf does not permit the configured shell,
 * or none of those that let nobody in; GP_ST_CONFLICT when a local group has the name or the number
 * of the group of all guests. */
enum gp_status gp_candidate_build(const struct gp_candidate *in, struct gp_directory_bytes *out,
				  struct gp_error *err) gp_must_check;

/* The organisation's name as a GECOS field: everybody on the host can read it, and programs take
 * ',' and ':' apart and replace '&'. Cut between characters where it is too long. */
void gp_candidate_gecos(const char *organisation, char out[static GP_DIRECTORY_GECOS_MAX + 1]);

#endif
