/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round of changes: what Graph tells since the last one, applied to a copy of the roll. Lists
 * of changes say where to look, not what is: whoever appears in them is read by himself afterwards.
 * It arrives whole or not at all.
 */
#ifndef GP_DIRECTORY_ROUND_H
#define GP_DIRECTORY_ROUND_H

#include "base/clock.h"
#include "directory/links.h"
#include "directory/roll.h"
#include "directory/source.h"

#define GP_ROUND_USERS_MAX 2000 /* changed at once: beyond, reading everything is cheaper */

struct gp_round;

/* Called once, from the loop. GP_ST_EXPIRED and GP_ST_TOO_BIG: everything must be read instead,
 * because a link is worth nothing any more, or too much happened, or a group was nested or came
 * back whose members nobody told. */
typedef void gp_round_done(void *arg, enum gp_status status, const struct gp_error *err);

/* Users to be read again in the next round, because what was said of them did not agree. */
struct gp_doubts {
	char (*ids)[GP_GUID_TEXT];
	size_t count;
};
void gp_doubts_free(struct gp_doubts *doubts);

struct gp_round_request {
	const struct gp_source_ops *ops; /* borrowed, like all of these */
	struct gp_graph *graph;
	const struct gp_clock *clock;
	const struct gp_roll *roll;
	const struct gp_links *links;
	const struct gp_doubts *doubts; /* of the last round */
	gp_round_done *done;
	void *arg;
};

enum gp_status gp_round_start(const struct gp_round_request *request, struct gp_round **out,
			      struct gp_error *err) gp_must_check;
void gp_round_free(struct gp_round *round); /* breaks it off; NULL is allowed */

/* After GP_ST_OK: what came out, now the caller's. ROLL is NULL when nothing changed. */
struct gp_round_result {
	struct gp_roll *roll;
	struct gp_links links;
	struct gp_doubts doubts;
};
void gp_round_take(struct gp_round *round, struct gp_round_result *out);

#endif
