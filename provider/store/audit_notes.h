/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit has to say of itself, with the next record that the disk takes. Room-private. */
#ifndef GP_STORE_AUDIT_NOTES_H
#define GP_STORE_AUDIT_NOTES_H

#include "store/audit.h"

#define GP_AUDIT_NOTES 16

struct gp_audit_note {
	const char *event; /* a constant */
	char decision[GP_DECISION_ID_TEXT];
	char detail[192];
};

struct gp_audit_notes {
	struct gp_audit_note notes[GP_AUDIT_NOTES];
	size_t count;
	uint64_t lost; /* records that are nowhere, and notes that had no room */
};

/* DECISION may be NULL. */
void gp_audit_note(struct gp_audit_notes *notes, const char *event, const char *decision,
		   const char *detail);
/* As events, into OUT; how many. They borrow from NOTES and from DETAIL. */
size_t gp_audit_notes_events(const struct gp_audit_notes *notes, int64_t time_s,
			     struct gp_audit_event out[static GP_AUDIT_NOTES + 1],
			     char detail[static 64]);
/* The first COUNT events are written. */
void gp_audit_notes_written(struct gp_audit_notes *notes, size_t count);

#endif
