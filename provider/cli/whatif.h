/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestpass whatif: the daemon's answer to "why", sorted by who knows what. The daemon's checks are
 * as they are; here it is only said where each one's facts come from.
 */
#ifndef GP_CLI_WHATIF_H
#define GP_CLI_WHATIF_H

#include <stdio.h>

#include "base/json.h"
#include "contract/buf.h"

enum gp_whatif_who {
	GP_WHATIF_SIGN_IN = 0, /* also what nobody placed: nothing is known of it before */
	GP_WHATIF_HOST,        /* the configuration, this host's records, what root said */
	GP_WHATIF_ENTRA,       /* the tenant's directory and governance */
	GP_WHATIF_LOCATION,    /* the tenant's location policies, for the SSH client's address */
	GP_WHATIF_WHO,         /* how many there are */
};

/* Who knows what the check NAME looks at, before a sign-in. */
enum gp_whatif_who gp_whatif_who(const char *name);

struct gp_whatif {
	const struct gp_json *root;  /* the daemon's answer to "why" */
	const struct gp_json *graph; /* to "as-admin", for what-if; NULL: nobody asked */
	const char *from;            /* the address that was asked about */
};
/* As a tree for a person at NOW_S. */
void gp_whatif_show(const struct gp_whatif *what, int64_t now_s, FILE *out);
/* The same as one line of JSON. */
void gp_whatif_json(const struct gp_whatif *what, struct gp_buf *out);

#endif
