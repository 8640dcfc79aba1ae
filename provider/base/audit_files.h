/* SPDX-License-Identifier: Apache-2.0 */
/* The files that an audit file became when it was rotated, as logrotate names them. */
#ifndef GP_BASE_AUDIT_FILES_H
#define GP_BASE_AUDIT_FILES_H

#include <stdint.h>

#include "contract/status.h"

struct gp_audit_one {
	char *name;
	int fd;       /* opened to be read */
	uint64_t seq; /* of its first record of the chain; 0: it has none */
};

struct gp_audit_files {
	struct gp_audit_one *files; /* in the order of the chain, NAME itself among them */
	size_t count;
	size_t compressed; /* passed over: they cannot be read */
};

/* NAME, NAME-20261126 and NAME.1 and so on. None is an empty list. */
enum gp_status gp_audit_files_list(const char *name, struct gp_audit_files *out,
				   struct gp_error *err) gp_must_check;
/* One more, at the end, whatever its name. */
enum gp_status gp_audit_files_add(struct gp_audit_files *files, const char *name,
				  struct gp_error *err) gp_must_check;
void gp_audit_files_free(struct gp_audit_files *files);

#endif
