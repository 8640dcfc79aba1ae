/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One full read of the watched groups: the access groups, the mapped groups, and every group below
 * them. Where changes will go on is asked before anything is read, so that nothing can happen in
 * between unseen. It arrives whole or not at all.
 */
#ifndef GP_DIRECTORY_READING_H
#define GP_DIRECTORY_READING_H

#include "base/clock.h"
#include "directory/links.h"
#include "directory/roll.h"
#include "directory/source.h"

struct gp_reading;

/* Called once, from the loop; the reading still is to be freed, there or later. */
typedef void gp_reading_done(void *arg, enum gp_status status, const struct gp_error *err);

struct gp_reading_request {
	const struct gp_source_ops *ops; /* borrowed, like all of these */
	struct gp_graph *graph;
	const struct gp_config *config;
	const struct gp_clock *clock;
	gp_reading_done *done;
	void *arg;
};

enum gp_status gp_reading_start(const struct gp_reading_request *request, struct gp_reading **out,
				struct gp_error *err) gp_must_check;
void gp_reading_free(struct gp_reading *reading); /* breaks it off; NULL is allowed */
/* After GP_ST_OK: what was read, now the caller's. LINKS must be empty before. */
void gp_reading_take(struct gp_reading *reading, struct gp_roll **roll, struct gp_links *links);
struct gp_progress gp_reading_progress(const struct gp_reading *reading);

#endif
