/* SPDX-License-Identifier: Apache-2.0 */
/* A guest as this host knows him. */
#ifndef GP_DIRECTORY_GUEST_H
#define GP_DIRECTORY_GUEST_H

#include "directory/roll.h"
#include "identity/name.h"

/* Where somebody stands: a bit for each mapped group of the configuration, in its order, and one
 * for being in an access group. */
#define GP_STANDING_PRESENT ((uint64_t)1 << 63)
_Static_assert(GP_CONFIG_MAPPED_MAX < 64, "a bit for each mapped group, and one more");

/* Why one in question is in quarantine. */
#define GP_REASON_ANOTHER_PERSON "another-person"

struct gp_guest {
	char id[GP_GUID_TEXT];
	char name[GP_NAME_BUF]; /* canonical; empty while quarantined */
	uint32_t uid;           /* 0 while quarantined */
	bool present;           /* in an access group; else he left, and keeps name and number */
	bool quarantined;       /* not published */
	const char *quarantine; /* reason code, a constant; NULL if not */
	const struct gp_person *person; /* NULL: only his record is left */
	uint64_t groups;                /* mapped groups that he is in */
	int64_t first_seen_s;
	int64_t left_s;     /* 0: present */
	int64_t pass_end_s; /* as his record has it: 0 not known, INT64_MAX no end */
	/* His account may be another person's: published, so that his files have an owner, and
	 * nobody enters as him. */
	bool in_question;
};

#endif
