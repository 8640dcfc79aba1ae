/* SPDX-License-Identifier: Apache-2.0 */
/* Where the chain goes on after a start. Room-private. */
#ifndef GP_STORE_AUDIT_RESUME_H
#define GP_STORE_AUDIT_RESUME_H

#include "store/audit_file.h"

#define GP_AUDIT_WHY 192

/* *HEAD is what the next record follows. WHY is empty, or says in "key=value" pairs why the last
 * record that is there is not the one that the kept head says. */
enum gp_status gp_audit_resume(const struct gp_audit_file *file, struct gp_audit_head *head,
			       char why[static GP_AUDIT_WHY], struct gp_error *err) gp_must_check;

#endif
