/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of the audit, and beside it FILE.head with the number and hash of the last line. The
 * line is what counts: it is written and synced first. The head is for what a file cannot say of
 * itself, that it was rotated away or that its end was cut. Room-private.
 */
#ifndef GP_STORE_AUDIT_FILE_H
#define GP_STORE_AUDIT_FILE_H

#include <sys/types.h>

#include "base/audit_chain.h"

struct gp_audit_file {
	char *name;
	int fd;
	int head_fd; /* -1: FILE.head cannot be kept here */
	dev_t dev;
	ino_t ino;
	bool torn; /* the last line has no end, and the piece could not be taken away */
};

/* Opens (makes) the file, takes an unfinished last line away, and opens FILE.head. Where no such
 * file can be made (a directory that is not ours) there is none, and the log says so. */
enum gp_status gp_audit_file_open(struct gp_audit_file *file, const char *name,
				  struct gp_error *err) gp_must_check;
void gp_audit_file_close(struct gp_audit_file *file);
enum gp_status gp_audit_file_reopen(struct gp_audit_file *file, struct gp_error *err) gp_must_check;

/* What became of lines that could not be written and synced. */
struct gp_audit_rest {
	bool left;  /* some of them could not be taken away again */
	bool whole; /* all of them had been written */
	int error;  /* of taking away or of syncing that; 0: they are gone for good */
};
/* Appends whole LINES in one write and syncs them, to a new file if this one was renamed; AFTER is
 * their head, kept once they are on the disk. When that fails they are taken away again. */
enum gp_status gp_audit_file_append(struct gp_audit_file *file, struct gp_str lines,
				    const struct gp_audit_head *after, struct gp_audit_rest *rest,
				    struct gp_error *err) gp_must_check;

/* The last record of the chain in FD, and what it says of the one before. GP_ST_NOT_FOUND: there is
 * none near the end. */
enum gp_status gp_audit_last(int fd, struct gp_audit_head *out,
			     struct gp_audit_link *link) gp_must_check;
/* The kept head. GP_ST_NOT_FOUND: none was kept yet; GP_ST_INVALID: it cannot be read;
 * GP_ST_UNAVAILABLE: none can be kept here. */
enum gp_status gp_audit_file_head(const struct gp_audit_file *file,
				  struct gp_audit_head *out) gp_must_check;
void gp_audit_file_keep_head(const struct gp_audit_file *file, const struct gp_audit_head *head);

#endif
