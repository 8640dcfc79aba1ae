/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Graph calls that a tier needs in its tenant, as a JSON document for review: registrations,
 * group, access package, policies. PURE. Nothing here talks to the tenant. Ids that only the tenant
 * can give are placeholders; guestpass(1) has their syntax.
 */
#ifndef GP_CLI_SCAFFOLD_H
#define GP_CLI_SCAFFOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "contract/buf.h"
#include "contract/directory.h"
#include "contract/status.h"

/* What exists already and what is known. All texts are borrowed; NULL: not known, so a placeholder
 * stands there. */
struct gp_scaffold {
	const char *tier;
	bool elevation;           /* a second API for what needs more than the door */
	const char *tenant;       /* its id */
	const char *word;         /* of the scope; never NULL */
	const char *fleet;        /* what Entra's page shows to the guest */
	const char *break_glass;  /* a group that no policy touches */
	const char *approver;     /* a user who approves where a guest has no sponsor */
	const char *organization; /* the connected organisation that may ask for the package */
	const char *certificate;  /* the reader's: base64 of its DER */
	/* The application ids of what exists; no step makes it then. */
	const char *reader, *client, *api, *elevation_api, *admins;
	/* Who is to use --as-admin: a user's object id. NULL: nobody, and then no step is for it.
	 */
	const char *administrator;
	/* The tier's access groups, if they exist, and whether an access package gives one of them.
	 */
	const char (*groups)[GP_GUID_TEXT];
	size_t groups_len;
	bool has_package;
};

#define GP_SCAFFOLD_TIER_MAX 54 /* "gp-<tier>-access" is a mailNickname, of 64 bytes at most */
#define GP_SCAFFOLD_TEXT_MAX (256U << 10)

/* The whole document, indented, with a newline at its end. What cannot be written latches OUT's
 * error. */
void gp_scaffold_text(const struct gp_scaffold *scaffold, struct gp_buf *out);

/* One call, as a template: "<name>" is what is known, a part, or a placeholder; in BODY ' stands
 * for the quotation mark. Members that do not count are NULL. */
struct gp_scaffold_step {
	const char *step, *method, *path, *body;
	const char *needs; /* delegated permissions, all of them */
	const char *note;
	struct {
		const char *name, *at; /* a placeholder, and the JSON pointer to it in the answer */
	} gives[4];
	unsigned when; /* GP_SCAFFOLD_*: all of these must hold */
};

enum {
	GP_SCAFFOLD_NEW_GROUP = 1U << 0,
	GP_SCAFFOLD_NEW_READER = 1U << 1,
	GP_SCAFFOLD_NEW_CLIENT = 1U << 2,
	GP_SCAFFOLD_OLD_CLIENT = 1U << 3, /* it exists, and a new API must be made known to it */
	GP_SCAFFOLD_NEW_API = 1U << 4,
	GP_SCAFFOLD_NEW_PACKAGE = 1U << 5,
	GP_SCAFFOLD_NEW_GRAPH = 1U << 6, /* a reader or a client is granted something of Graph */
	/* Once for each API, and once for each access group. */
	GP_SCAFFOLD_EACH_API = 1U << 7,
	GP_SCAFFOLD_EACH_GROUP = 1U << 8,
	/* Somebody is to read as an administrator; and the client for it is new, or is there. */
	GP_SCAFFOLD_ADMIN = 1U << 9,
	GP_SCAFFOLD_NEW_ADMINS = 1U << 10,
	GP_SCAFFOLD_OLD_ADMINS = 1U << 11,
};

extern const struct gp_scaffold_step gp_scaffold_steps[];
extern const size_t gp_scaffold_steps_len;

#endif
