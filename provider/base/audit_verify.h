/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the chain of the audit whole? Lines are taken one after the other; what does not fit is told
 * with its place. It proves that nothing was changed between what is there and a head that was kept
 * elsewhere; whoever may write the file can make another whole chain, with another head.
 */
#ifndef GP_BASE_AUDIT_VERIFY_H
#define GP_BASE_AUDIT_VERIFY_H

#include "base/audit_chain.h"
#include "base/audit_lines.h"

enum gp_audit_finding {
	GP_AUDIT_CHANGED = 0, /* the line is not what it was */
	GP_AUDIT_DROPPED,     /* lines before it are missing */
	GP_AUDIT_ORDER,       /* a number that was there already: put in, or repeated */
	GP_AUDIT_FOREIGN,     /* a line of another kind amid the chain */
	GP_AUDIT_CUT,         /* the end is missing: a head came after it */
	GP_AUDIT_REWRITTEN,   /* a head says that there was another line of this number */
	GP_AUDIT_TOO_OLD,     /* the head is of before the first line that is there */
	/* What breaks nothing. */
	GP_AUDIT_PIECE, /* a record that was never finished */
};
/* "changed" and so on; a constant. */
const char *gp_audit_finding_name(enum gp_audit_finding finding);

struct gp_audit_found {
	enum gp_audit_finding finding;
	struct gp_audit_place at;
	uint64_t count;   /* DROPPED: how many are missing */
	const char *text; /* a sentence, a constant */
};

struct gp_audit_verify {
	void (*found)(void *arg, const struct gp_audit_found *found); /* may be NULL */
	void *arg;
	struct gp_audit_head wanted; /* must be in the chain; hash "": none; seq 0: any number */
	/* What came out. */
	uint64_t records; /* of the chain */
	uint64_t older;   /* from before there was a chain */
	uint64_t broken;  /* findings that break it */
	uint64_t pieces;
	uint64_t first_seq;
	struct gp_audit_head head; /* of the last record */
	bool wanted_seen;
	/* Its own. */
	struct gp_audit_head before; /* of the one before the last, while DOUBT */
	struct gp_audit_place at, before_at, piece_at, wanted_at;
	uint64_t pieces_since; /* the last record */
	bool doubt;            /* the last record does not follow the one before it */
};

/* Zero it, set what is to be told and wanted, then: each line without its newline, FINISHED if it
 * had one; and the end. GP_ST_NO_MEMORY, GP_ST_INTERNAL: nothing can be said. */
enum gp_status gp_audit_verify_line(struct gp_audit_verify *v, struct gp_audit_place at,
				    struct gp_str line, bool finished) gp_must_check;
void gp_audit_verify_end(struct gp_audit_verify *v);
/* All lines of FILES from the one at FROM on, and the end. Of what is longer than any line of ours
 * only the beginning is looked at. */
enum gp_status gp_audit_verify_files(struct gp_audit_verify *v, const struct gp_audit_files *files,
				     size_t from, struct gp_error *err) gp_must_check;

#endif
