/* SPDX-License-Identifier: Apache-2.0 */
/* One answer after the other, with a pause between them; each is kept as it came. */
#include "graph/policies.h"

#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS  900000
#define PAGES_MAX 50
#define PAGE_ROWS 5000

static const struct part {
	const char *name;
	const char *path;
	bool list;
} parts[] = {
	{"policies", "/v1.0/identity/conditionalAccess/policies", true},
	{"locations", "/v1.0/identity/conditionalAccess/namedLocations", true},
	{"default", "/v1.0/policies/crossTenantAccessPolicy/default", false},
	{"partners", "/v1.0/policies/crossTenantAccessPolicy/partners", true},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static void finish(struct gp_graph_call *call, enum gp_status status, const struct gp_error *err)
{
	struct gp_str text = {0};
	gp_graph_call_detach(call);
	if (status == GP_ST_OK)
		text = (struct gp_str){gp_buf_get(&call->text), call->text.len};
	call->policies_done(call->arg, status, text, status == GP_ST_OK ? NULL : err);
	gp_graph_call_free(call);
}

/* Asks for the first page of the part that is next. */
static enum gp_status begin_part(struct gp_graph_call *call)
{
	const struct part *part = &parts[call->part];
	gp_buf_free(&call->url);
	gp_buf_printf(&call->url, "%s%s", call->graph->root, part->path);
	gp_buf_printf(&call->text, "%s\"%s\":%s", call->part == 0 ? "{" : ",", part->name,
		      part->list ? "[" : "");
	free(call->pages);
	call->pages = NULL;
	call->pages_len = 0;
	call->token_renewed = false;
	return gp_graph_first_page(call, PAGES_MAX);
}

/* It must be whole JSON of the right kind to stand in the text; where it goes on is in NEXT. */
static enum gp_status take_page(struct gp_graph_call *call, struct gp_str body,
				char next[static GP_GRAPH_URL_MAX], struct gp_error *err)
{
	struct gp_graph_rows rows = {0};
	enum gp_status st = GP_ST_OK;
	next[0] = '\0';
	if (parts[call->part].list) {
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
	gp_buf_str(&call->text, body);
	if (parts[call->part].list)
		gp_buf_text(&call->text, next[0] != '\0' ? "," : "]");
	return gp_buf_status(&call->text) == GP_ST_OK
		       ? GP_ST_OK
		       : gp_fail(err, GP_ST_TOO_BIG, "Graph: more policies than are kept");
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
		status = gp_graph_next_page(call, next, &err);
		if (status == GP_ST_OK)
			return;
	} else if (status == GP_ST_OK && ++call->part < PARTS) {
		status = begin_part(call);
		if (status == GP_ST_OK)
			return;
		(void)gp_fail(&err, status, "Graph: the next list cannot be asked for");
	}
	if (status == GP_ST_OK)
		gp_buf_text(&call->text, "}");
	finish(call, status, &err);
}

enum gp_status gp_graph_get_policies(struct gp_graph *graph, gp_graph_policies_done *done,
				     void *arg, struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {NULL, NULL, LIMIT_MS, on_page};
	enum gp_status st = gp_graph_call_new(graph, &what, &call);
	if (st != GP_ST_OK)
		return st;
	call->policies_done = done;
	call->arg = arg;
	call->permission = GP_PERMISSION_POLICY;
	call->unknown_members = true;
	call->text = GP_BUF(GP_POLICIES_TEXT_MAX);
	st = begin_part(call);
	/* From the second request on: nobody waits for this, and others may. */
	call->pause_ms = graph->policy_pause_ms;
	return gp_graph_call_begun(call, st, out);
}
