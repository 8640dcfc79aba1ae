/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list inside a JSON text, one element after the other: as trees of objects a page of a thousand
 * users takes ten times its bytes, and a single one of them next to nothing. Pure.
 *
 * This looks for boundaries only. Who parses the frame and each element with gp_json_parse(), and
 * gets through, has read a text that is JSON as a whole.
 */
#ifndef GP_BASE_JSON_CUT_H
#define GP_BASE_JSON_CUT_H

#include <stdbool.h>

#include "contract/buf.h"
#include "contract/str.h"

struct gp_json_cut {
	struct gp_str before, after; /* the text around the list, whose brackets are in neither */
	struct gp_str rest;          /* of the list */
	bool over;
};

/* Finds the list NAME, which is written without escapes, in the object TEXT. Borrows TEXT.
 * GP_ST_NOT_FOUND when TEXT has none, or is no object. */
enum gp_status gp_json_cut(struct gp_str text, const char *name,
			   struct gp_json_cut *out) gp_must_check;
/* The object with an empty list. */
void gp_json_cut_frame(const struct gp_json_cut *cut, struct gp_buf *out);
/* The next element, without the blanks around it; of what is no list it may be empty.
 * GP_ST_NOT_FOUND after the last one, GP_ST_INVALID for a list that does not go on as one. */
enum gp_status gp_json_cut_next(struct gp_json_cut *cut, struct gp_str *element) gp_must_check;

#endif
