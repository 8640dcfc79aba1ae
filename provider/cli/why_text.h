/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's question "why", as the sub-commands why and whatif ask it, and one check of its
 * answer. */
#ifndef GP_CLI_WHY_TEXT_H
#define GP_CLI_WHY_TEXT_H

#include <stdio.h>

#include "base/json.h"
#include "contract/buf.h"
#include "contract/status.h"

/* What was said on the command line; NULL: nothing. */
struct gp_why_said {
	const char *name, *at, *from, *service;
};

/* The question as one line of JSON. GP_ST_INVALID with what is wrong with AT, or if it is too long
 * for OUT. */
enum gp_status gp_why_question(const struct gp_why_said *said, struct gp_buf *out,
			       struct gp_error *err) gp_must_check;

/* One line for a person, behind INDENT. */
void gp_why_print_check(const struct gp_json *check, const char *indent, FILE *out);

#endif
