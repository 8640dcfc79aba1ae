/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations on guests and on organisations share. Room-private. */
#ifndef GP_IPC_STANDING_OPS_H
#define GP_IPC_STANDING_OPS_H

#include "ipc/admin.h"
#include "store/standing.h"

/* What root did about a guest or an organisation; texts that do not apply are NULL. */
struct gp_lifecycle {
	const char *oid, *name; /* the guest */
	const char *home;       /* the organisation */
	const char *by;         /* who ran it: deps->by */
	const char *reason;
	const char *sponsor;
	int64_t until_s; /* 0: does not apply */
};
/* The one place where it is put on record. EVENT is "grant", "revoke", "confirm", "freeze" or
 * "thaw". */
void gp_admin_lifecycle(const struct gp_admin_deps *deps, const char *event,
			const struct gp_lifecycle *what);

/* The reason of REQUEST made safe; false, with an error in OUT, when it is needed and missing, or
 * too long. */
bool gp_admin_reason(const struct gp_json *request, bool needed,
		     char reason[static GP_STANDING_TEXT], struct gp_buf *out);
/* ,"KEY":"TEXT" */
void gp_admin_text(struct gp_buf *out, const char *key, const char *text);

#endif
