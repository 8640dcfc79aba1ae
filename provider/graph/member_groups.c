/* SPDX-License-Identifier: Apache-2.0 */
/* Every group of one person: what policies name is not known beforehand. */
#include <stdlib.h>

#include "graph/internal.h"
#include "graph/policies.h"

#include "contract/ban.h"

#define LIMIT_MS 60000

enum gp_status gp_member_groups_parse(struct gp_str body, char (**out)[GP_GUID_TEXT], size_t *len,
				      struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *ids = NULL;
	uint8_t guid[16];
	*out = NULL;
	*len = 0;
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	if (gp_json_get_array(gp_json_root(doc), "value", &ids) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer has no list of groups");
	size_t n = gp_json_array_len(ids);
	if (n > GP_MEMBER_GROUPS_MAX)
		return gp_fail(err, GP_ST_TOO_BIG, "Graph: %zu groups", n);
	char(*groups)[GP_GUID_TEXT] = calloc(n + 1, sizeof(*groups));
	if (groups == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for %zu groups", n);
	for (size_t i = 0; i < n; i++) {
		struct gp_str id = {0};
		if (gp_json_str(gp_json_array_at(ids, i), GP_GUID_TEXT - 1, &id) != GP_ST_OK ||
		    gp_guid_parse(id, guid) != GP_ST_OK) {
			free(groups);
			return gp_fail(err, GP_ST_INVALID, "Graph: group %zu has no id", i);
		}
		gp_guid_format(guid, groups[i]);
	}
	*out = groups;
	*len = n;
	return GP_ST_OK;
}

static void on_answer(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		      const struct gp_error *call_err)
{
	char(*groups)[GP_GUID_TEXT] = NULL;
	size_t n = 0;
	struct gp_error err = {0};
	if (status == GP_ST_OK)
		status = gp_member_groups_parse(body, &groups, &n, &err);
	else
		err = *call_err;
	gp_graph_call_detach(call);
	call->member_groups_done(call->arg, status, (const char(*)[GP_GUID_TEXT])groups, n,
				 status == GP_ST_OK ? NULL : &err);
	free(groups);
	gp_graph_call_free(call);
}

enum gp_status gp_graph_get_member_groups(struct gp_graph *graph, const char *oid,
					  const char *correlation_id,
					  gp_graph_member_groups_done *done, void *arg,
					  struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {oid, correlation_id, LIMIT_MS, on_answer};
	enum gp_status st = oid != NULL ? gp_graph_call_new(graph, &what, &call) : GP_ST_INVALID;
	if (st != GP_ST_OK)
		return st;
	call->member_groups_done = done;
	call->arg = arg;
	call->post = true;
	gp_buf_printf(&call->url, "%s/v1.0/users/%s/getMemberGroups", graph->root, call->oid);
	gp_buf_text(&call->body, "{\"securityEnabledOnly\":false}");
	st = gp_buf_status(&call->url) == GP_ST_OK && gp_buf_status(&call->body) == GP_ST_OK
		     ? gp_graph_call_ask(call)
		     : GP_ST_NO_MEMORY;
	return gp_graph_call_begun(call, st, out);
}
