/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about one guest's standing have in common. */
#ifndef GP_CLI_STANDING_H
#define GP_CLI_STANDING_H

#include "cli/cell.h"
#include "cli/cli.h"
#include "contract/buf.h"

struct gp_standing_answer {
	char name[GP_CELL]; /* of the guest; his object id when he has none yet */
	bool was_revoked;
};

/* Asks QUESTION, which is then answered in DOC; the exit code, with what went wrong said. With
 * --json the answer has been printed. */
int gp_standing_ask(const struct gp_common *args, const struct gp_buf *question,
		    struct gp_json_doc **doc, struct gp_standing_answer *out, struct gp_error *err);

#endif
