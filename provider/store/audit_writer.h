/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that writes the audit and waits for the disk, so that the loop waits no longer than it
 * wants to. One job at a time: a disk that does not answer is asked nothing more. Room-private.
 */
#ifndef GP_STORE_AUDIT_WRITER_H
#define GP_STORE_AUDIT_WRITER_H

#include "contract/buf.h"
#include "store/audit_file.h"

struct gp_audit_writer;

/* How a job ended. */
struct gp_audit_done {
	enum gp_status status;
	struct gp_error error;
	struct gp_audit_rest rest;
	struct gp_audit_head last; /* REST is left: of the last record that is in the file */
};

/* Takes FILE, which is open, over, also when it fails. */
enum gp_status gp_audit_writer_new(struct gp_audit_file *file, struct gp_audit_writer **out,
				   struct gp_error *err) gp_must_check;
/* A thread that the disk holds is left behind, with all that is its. NULL is allowed. */
void gp_audit_writer_free(struct gp_audit_writer *writer);

/* Has LINES (taken over; empty afterwards) written and synced. GP_ST_TIMEOUT: not within LIMIT_MS,
 * and the job goes on; no other may be given before gp_audit_writer_ended() says how it ended.
 * Otherwise GP_ST_OK, and *OUT says it. */
enum gp_status gp_audit_writer_run(struct gp_audit_writer *writer, struct gp_buf *lines,
				   const struct gp_audit_head *after, int64_t limit_ms,
				   struct gp_audit_done *out) gp_must_check;
/* Has the job that was not waited for ended? */
bool gp_audit_writer_ended(struct gp_audit_writer *writer, struct gp_audit_done *out);

#endif
