/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/survey.h"

#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define PAGES_MAX 50
#define PAGE_ROWS 5000

static void finish(struct gp_graph_call *call, enum gp_status status, const struct gp_error *err)
{
	struct gp_str text = {0};
	gp_graph_call_detach(call);
	if (status == GP_ST_OK)
		text = (struct gp_str){gp_buf_get(&call->text), call->text.len};
	call->survey.done(call->survey.arg, status, text, status == GP_ST_OK ? NULL : err);
	gp_graph_call_free(call);
}

/* Asks for the first page of the question that is next. */
static enum gp_status begin_part(struct gp_graph_call *call)
{
	const struct gp_graph_question *q = &call->survey.questions[call->part];
	gp_buf_free(&call->url);
	gp_buf_free(&call->body);
	gp_buf_free(&call->pages_text);
	gp_buf_printf(&call->url, "%s%s", call->graph->root, q->path);
	gp_buf_printf(&call->pages_text, "\"%s\":%s", q->name, q->list ? "[" : "");
	call->post = q->post != NULL;
	call->eventual = q->advanced;
	gp_buf_text(&call->body, q->post != NULL ? q->post : "");
	call->permission = q->permission;
	free(call->pages);
	call->pages = NULL;
	call->pages_len = 0;
	call->failures = 0;
	call->token_renewed = false;
	call->forbidden = false;
	enum gp_status st = gp_buf_status(&call->body);
	return st == GP_ST_OK ? gp_graph_first_page(call, PAGES_MAX) : st;
}

/* It must be whole JSON of the right kind to stand in the text; where it goes on is in NEXT. */
static enum gp_status take_page(struct gp_graph_call *call, struct gp_str body,
				char next[static GP_GRAPH_URL_MAX], struct gp_error *err)
{
	const bool list = call->survey.questions[call->part].list;
	struct gp_graph_rows rows = {0};
	enum gp_status st = GP_ST_OK;
	next[0] = '\0';
	if (list) {
		st = gp_graph_rows_parse(body, call->graph->root, PAGE_ROWS, &rows, next,
					 GP_GRAPH_URL_MAX, err);
	} else {
		st = gp_json_parse(body, &rows.doc, err);
		if (st == GP_ST_OK && gp_json_type(gp_json_root(rows.doc)) != GP_JSON_OBJECT)
			st = gp_fail(err, GP_ST_INVALID, "Graph: the answer is no object");
	}
	gp_json_doc_free(rows.doc);
	if (st != GP_ST_OK)
		return st;
	gp_buf_str(&call->pages_text, body);
	if (list)
		gp_buf_text(&call->pages_text, next[0] != '\0' ? "," : "]");
	return gp_buf_status(&call->pages_text) == GP_ST_OK
		       ? GP_ST_OK
		       : gp_fail(err, GP_ST_TOO_BIG, "Graph: more than is kept of it");
}

static enum gp_status keep_part(struct gp_graph_call *call, struct gp_error *err)
{
	gp_buf_text(&call->text, call->text.len > 1 ? "," : "");
	gp_buf_str(&call->text,
		   (struct gp_str){gp_buf_get(&call->pages_text), call->pages_text.len});
	return gp_buf_status(&call->text) == GP_ST_OK
		       ? GP_ST_OK
		       : gp_fail(err, GP_ST_TOO_BIG, "Graph: more than is kept");
}

/* The one that is asked did not become an answer. True when the others go on. */
static bool may_go_on(struct gp_graph_call *call, enum gp_status status, const struct gp_error *err)
{
	bool late = gp_clock_monotonic_ms(call->graph->clock) >= call->deadline_ms;
	if (call->survey.failed == NULL || late || gp_buf_status(&call->text) != GP_ST_OK)
		return false;
	/* No token, or one that Graph does not take, says nothing of the question. */
	if (status == GP_ST_DENIED && !call->forbidden)
		status = GP_ST_UNAVAILABLE;
	call->survey.failed(call->survey.arg, call->part, status, err);
	return true;
}

static void on_page(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		    const struct gp_error *call_err)
{
	char next[GP_GRAPH_URL_MAX];
	struct gp_error err = {0};
	if (status == GP_ST_OK)
		status = take_page(call, body, next, &err);
	else
		err = *call_err;
	if (status == GP_ST_OK && next[0] != '\0') {
		call->post = false; /* what an action answers is paged by plain links */
		status = gp_graph_next_page(call, next, &err);
		if (status == GP_ST_OK)
			return;
	} else if (status == GP_ST_OK) {
		status = keep_part(call, &err);
	}
	if (status != GP_ST_OK && !may_go_on(call, status, &err)) {
		finish(call, status, &err);
		return;
	}
	status = GP_ST_OK;
	if (++call->part < call->survey.len) {
		status = begin_part(call);
		if (status == GP_ST_OK)
			return;
		(void)gp_fail(&err, status, "Graph: the next question cannot be asked");
	}
	if (status == GP_ST_OK)
		gp_buf_text(&call->text, "}");
	finish(call, status, &err);
}

enum gp_status gp_graph_ask_all(struct gp_graph *graph, const struct gp_graph_survey *survey,
				struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {NULL, NULL, survey->limit_ms, on_page};
	enum gp_status st =
		survey->len > 0 ? gp_graph_call_new(graph, &what, &call) : GP_ST_INVALID;
	if (st != GP_ST_OK)
		return st;
	call->survey = *survey;
	call->unknown_members = true;
	call->text = GP_BUF(survey->text_max);
	call->pages_text = GP_BUF(survey->text_max);
	gp_buf_text(&call->text, "{");
	st = begin_part(call);
	/* From the second request on: nobody waits for this, and others may. */
	call->pause_ms = survey->pause_ms;
	return gp_graph_call_begun(call, st, out);
}
