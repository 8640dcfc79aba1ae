/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to Graph one after the other, with a pause between them; each answer is kept as it
 * came. For what is asked rarely and of which nobody waits at a door.
 */
#ifndef GP_GRAPH_SURVEY_H
#define GP_GRAPH_SURVEY_H

#include "graph/graph.h"

struct gp_graph_question {
	const char *name;       /* of its answer */
	const char *path;       /* behind Graph's address, query included */
	const char *permission; /* named when Graph forbids it; NULL: that is not known */
	const char *post;       /* the body of a POST; NULL: a GET */
	bool list;              /* an answer has "value", and perhaps more pages */
	bool advanced;          /* an advanced query (entra-facts 7.3) */
};

struct gp_graph_survey {
	const struct gp_graph_question *questions; /* these and what they name live until DONE */
	size_t len;
	int64_t limit_ms; /* for all of it */
	int64_t pause_ms; /* before each request but the first */
	size_t text_max;
	/* A question that fails is left out, and this hears why: GP_ST_DENIED only if Graph forbids
	 * it (HTTP 403). It must not cancel. NULL: it ends everything. */
	void (*failed)(void *arg, size_t question, enum gp_status status,
		       const struct gp_error *err);
	/* TEXT is a JSON object: each answer under its question's name, an array of the pages of a
	 * list. Borrowed. */
	void (*done)(void *arg, enum gp_status status, struct gp_str text,
		     const struct gp_error *err);
	void *arg;
};

/* GP_ST_TOO_BIG: more than TEXT_MAX. SURVEY is copied. */
enum gp_status gp_graph_ask_all(struct gp_graph *graph, const struct gp_graph_survey *survey,
				struct gp_graph_call **out) gp_must_check;

#endif
