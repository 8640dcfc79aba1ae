/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of the audit's files, one after the other, with bounded memory. */
#ifndef GP_BASE_AUDIT_LINES_H
#define GP_BASE_AUDIT_LINES_H

#include <stdbool.h>

#include "base/audit_files.h"
#include "contract/str.h"

struct gp_audit_place {
	const char *file; /* borrowed; valid as long as the list of files */
	uint64_t line;    /* from 1 on */
};

/* LINE without its newline, FINISHED if it had one; borrowed. Anything but GP_ST_OK ends it. */
typedef enum gp_status gp_audit_take_line(void *arg, struct gp_audit_place at, struct gp_str line,
					  bool finished);
/* All lines of FILES from the one at FROM on. Of what is longer than any line of ours TAKE sees
 * only the beginning, as unfinished. */
enum gp_status gp_audit_lines_each(const struct gp_audit_files *files, size_t from,
				   gp_audit_take_line *take, void *arg,
				   struct gp_error *err) gp_must_check;

#endif
