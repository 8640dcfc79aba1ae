/* SPDX-License-Identifier: Apache-2.0 */
/* The client itself, and the questions about one user. */
#include "graph/graph.h"

#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS   60000
#define GROUPS_MAX 1024 /* of an answer; it can hold no more than were asked for */

enum gp_status gp_graph_new(sd_event *event, struct gp_http *http, const struct gp_clock *clock,
			    struct gp_app_token *token, const struct gp_config *config,
			    struct gp_graph **out, struct gp_error *err)
{
	if (!gp_http_same_origin(config->cloud.graph, config->cloud.graph))
		return gp_fail(err, GP_ST_INVALID, "%s: not an https address", config->cloud.graph);
	struct gp_graph *graph = calloc(1, sizeof(*graph));
	if (graph == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	enum gp_status st =
		gp_copy(graph->root, sizeof(graph->root), gp_str_from(config->cloud.graph));
	if (st != GP_ST_OK) {
		free(graph);
		return gp_fail(err, st, "Graph's address is too long");
	}
	graph->event = event;
	graph->http = http;
	graph->clock = clock;
	graph->token = token;
	graph->policy_pause_ms = GP_POLICY_PAUSE_MS;
	*out = graph;
	return GP_ST_OK;
}

uint64_t gp_graph_requests(const struct gp_graph *graph)
{
	return graph->requests;
}

void gp_graph_free(struct gp_graph *graph)
{
	if (graph == NULL)
		return;
	while (graph->first != NULL)
		gp_graph_cancel(graph->first);
	free(graph);
}

static enum gp_status ask(struct gp_graph_call *call, struct gp_graph_call **out)
{
	enum gp_status st = gp_buf_status(&call->url);
	if (st == GP_ST_OK)
		st = gp_buf_status(&call->body);
	if (st == GP_ST_OK)
		st = gp_graph_call_ask(call);
	return gp_graph_call_begun(call, st, out);
}

static enum gp_status parse_user(struct gp_str body, const char *oid, struct gp_user *user,
				 struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	st = gp_user_parse(gp_json_root(doc), user);
	if (st != GP_ST_OK)
		return gp_fail(err, st, "Graph: the answer is no user");
	if (strcmp(user->id, oid) != 0)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer is another user");
	return GP_ST_OK;
}

static void on_user(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		    const struct gp_error *call_err)
{
	struct gp_user user = {0};
	struct gp_error err = {0};
	if (status == GP_ST_OK)
		status = parse_user(body, call->oid, &user, &err);
	else
		err = *call_err;
	gp_graph_call_detach(call);
	call->user_done(call->arg, status, status == GP_ST_OK ? &user : NULL,
			status == GP_ST_OK ? NULL : &err);
	gp_graph_call_free(call);
}

enum gp_status gp_graph_get_user(struct gp_graph *graph, const char *oid,
				 const char *correlation_id, gp_graph_user_done *done, void *arg,
				 struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {oid, correlation_id, LIMIT_MS, on_user};
	enum gp_status st = gp_graph_call_new(graph, &what, &call);
	if (st != GP_ST_OK)
		return st;
	call->user_done = done;
	call->arg = arg;
	gp_buf_printf(&call->url, "%s/v1.0/users/%s?$select=%s", graph->root, call->oid,
		      GP_USER_SELECT);
	return ask(call, out);
}

/* Marks which of CALL's groups are in the answer. Ids that were not asked for mean nothing. */
static enum gp_status parse_groups(struct gp_str body, const struct gp_graph_call *call,
				   bool *member, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *value = NULL;
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	if (gp_json_get_array(gp_json_root(doc), "value", &value) != GP_ST_OK ||
	    gp_json_array_len(value) > GROUPS_MAX)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer has no list of groups");
	for (size_t i = 0; i < gp_json_array_len(value); i++) {
		struct gp_str id = {0};
		uint8_t guid[16];
		if (gp_json_str(gp_json_array_at(value, i), GP_GUID_TEXT - 1, &id) != GP_ST_OK ||
		    gp_guid_parse(id, guid) != GP_ST_OK)
			return gp_fail(err, GP_ST_INVALID, "Graph: a group's id is no id");
		for (size_t g = 0; g < call->groups_len; g++)
			if (gp_str_equal_nocase(id, gp_str_from(call->groups[g])))
				member[g] = true;
	}
	return GP_ST_OK;
}

static void on_groups(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		      const struct gp_error *call_err)
{
	bool member[GP_CONFIG_GROUPS_MAX] = {false};
	struct gp_error err = {0};
	if (status == GP_ST_OK)
		status = parse_groups(body, call, member, &err);
	else
		err = *call_err;
	gp_graph_call_detach(call);
	bool ok = status == GP_ST_OK;
	call->groups_done(call->arg, status, ok ? member : NULL, ok ? call->groups_len : 0,
			  ok ? NULL : &err);
	gp_graph_call_free(call);
}

static enum gp_status add_groups(struct gp_graph_call *call, const char (*groups)[GP_GUID_TEXT],
				 size_t n)
{
	gp_buf_text(&call->body, "{\"groupIds\":[");
	for (size_t i = 0; i < n; i++) {
		uint8_t guid[16];
		if (gp_guid_parse(gp_str_from(groups[i]), guid) != GP_ST_OK)
			return GP_ST_INVALID;
		gp_guid_format(guid, call->groups[i]);
		gp_buf_printf(&call->body, "%s\"%s\"", i > 0 ? "," : "", call->groups[i]);
	}
	gp_buf_text(&call->body, "]}");
	call->groups_len = n;
	return GP_ST_OK;
}

enum gp_status gp_graph_check_groups(struct gp_graph *graph, const char *oid,
				     const char (*groups)[GP_GUID_TEXT], size_t n,
				     const char *correlation_id, gp_graph_groups_done *done,
				     void *arg, struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {oid, correlation_id, LIMIT_MS, on_groups};
	if (n == 0 || n > GP_CONFIG_GROUPS_MAX)
		return GP_ST_INVALID;
	enum gp_status st = gp_graph_call_new(graph, &what, &call);
	if (st != GP_ST_OK)
		return st;
	call->groups_done = done;
	call->arg = arg;
	call->post = true;
	st = add_groups(call, groups, n);
	if (st != GP_ST_OK) {
		gp_graph_cancel(call);
		return st;
	}
	gp_buf_printf(&call->url, "%s/v1.0/users/%s/checkMemberGroups", graph->root, call->oid);
	return ask(call, out);
}
