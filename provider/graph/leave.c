/* SPDX-License-Identifier: Apache-2.0 */
/* When a person leaves, as the directory has it: employeeLeaveDateTime, which needs a permission of
 * its own (entra-facts 6.5, 7.1). */
#include "graph/internal.h"
#include "graph/stamp.h"

#include "contract/ban.h"

#define LIMIT_MS 60000
#define MEMBER   "employeeLeaveDateTime"

enum gp_status gp_leave_parse(struct gp_str body, const char *oid, int64_t *out,
			      struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_str text = {0};
	char id[GP_GUID_TEXT];
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *user = gp_json_root(doc);
	if (!gp_graph_guid(user, "id", id) || strcmp(id, oid) != 0)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer is another user");
	if (gp_json_has_null(user, MEMBER)) {
		*out = GP_LEAVE_NEVER;
		return GP_ST_OK;
	}
	st = gp_json_get_str(user, MEMBER, GP_STAMP_MAX, &text);
	if (st == GP_ST_NOT_FOUND)
		return gp_fail(err, GP_ST_DENIED,
			       "Graph: no " MEMBER "; this needs the permission %s",
			       GP_PERMISSION_LEAVE);
	if (st == GP_ST_OK)
		st = gp_stamp_parse(text, out);
	return st == GP_ST_OK ? st : gp_fail(err, GP_ST_INVALID, "Graph: " MEMBER " is not a time");
}

static void on_answer(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		      const struct gp_error *call_err)
{
	int64_t leave_s = GP_LEAVE_UNKNOWN;
	struct gp_error err = {0};
	if (status == GP_ST_OK)
		status = gp_leave_parse(body, call->oid, &leave_s, &err);
	else
		err = *call_err;
	bool ok = status == GP_ST_OK;
	gp_graph_call_detach(call);
	call->leave_done(call->arg, status, ok ? leave_s : GP_LEAVE_UNKNOWN, ok ? NULL : &err);
	gp_graph_call_free(call);
}

enum gp_status gp_graph_get_leave(struct gp_graph *graph, const char *oid,
				  const char *correlation_id, gp_graph_leave_done *done, void *arg,
				  struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {oid, correlation_id, LIMIT_MS, on_answer};
	enum gp_status st = oid != NULL ? gp_graph_call_new(graph, &what, &call) : GP_ST_INVALID;
	if (st != GP_ST_OK)
		return st;
	call->leave_done = done;
	call->arg = arg;
	call->permission = GP_PERMISSION_LEAVE;
	gp_buf_printf(&call->url, "%s/v1.0/users/%s?$select=id," MEMBER, graph->root, call->oid);
	st = gp_buf_status(&call->url);
	if (st == GP_ST_OK)
		st = gp_graph_call_ask(call);
	return gp_graph_call_begun(call, st, out);
}
