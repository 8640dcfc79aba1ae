/* SPDX-License-Identifier: Apache-2.0 */
/* Where to go on reading changes: one link for the users, and one for each fifty watched groups. */
#ifndef GP_DIRECTORY_LINKS_H
#define GP_DIRECTORY_LINKS_H

#include "graph/graph.h"

#define GP_LINKS_MAX 64 /* so that no more than 3,150 groups are watched */

struct gp_link {
	enum gp_delta_kind kind;
	char *text;
};

struct gp_links {
	struct gp_link all[GP_LINKS_MAX];
	size_t count;
};

/* Copies TEXT. GP_ST_TOO_BIG when there are GP_LINKS_MAX. */
enum gp_status gp_links_add(struct gp_links *links, enum gp_delta_kind kind,
			    const char *text) gp_must_check;
/* They are none afterwards. */
void gp_links_free(struct gp_links *links);

#endif
