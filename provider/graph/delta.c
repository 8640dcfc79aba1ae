/* SPDX-License-Identifier: Apache-2.0 */
/* Delta queries: what changed among the users, and in the watched groups (entra-facts 7.5). */
#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS   600000
#define OBJECTS    20000 /* of a page; Graph gives some hundreds */
#define REASON_MAX 64

#define USERS_SELECT "id,accountEnabled,userType,externalUserState,mail,displayName,companyName"

/* A reason that we do not know is the stronger one. */
static enum gp_removed take_removed(const struct gp_json *object)
{
	const struct gp_json *removed = NULL;
	struct gp_str reason = {0};
	enum gp_status st = gp_json_get(object, "@removed", &removed);
	if (st == GP_ST_NOT_FOUND)
		return GP_REMOVED_NOT;
	if (st == GP_ST_OK && gp_json_get_str(removed, "reason", REASON_MAX, &reason) == GP_ST_OK &&
	    gp_str_is(reason, "changed"))
		return GP_REMOVED_CHANGED;
	return GP_REMOVED_DELETED;
}

static enum gp_tri take_enabled(const struct gp_json *object)
{
	bool enabled = false;
	if (gp_json_get_bool(object, "accountEnabled", &enabled) != GP_ST_OK)
		return GP_UNKNOWN;
	return enabled ? GP_TRUE : GP_FALSE;
}

static enum gp_status take_members(const struct gp_json *object, const char *group,
				   const struct gp_delta_sink *sink)
{
	const struct gp_json *members = NULL;
	enum gp_status st = gp_json_get_array(object, "members@delta", &members);
	if (st == GP_ST_NOT_FOUND)
		return GP_ST_OK;
	size_t n = gp_json_array_len(members);
	if (st != GP_ST_OK || n > OBJECTS)
		return GP_ST_INVALID;
	for (size_t i = 0; i < n; i++) {
		const struct gp_json *member = gp_json_array_at(members, i);
		struct gp_str type = {0};
		char id[GP_GUID_TEXT];
		if (!gp_graph_guid(member, "id", id) ||
		    gp_json_get_str(member, "@odata.type", 256, &type) != GP_ST_OK)
			return GP_ST_INVALID;
		bool is_group = gp_str_is(type, "#microsoft.graph.group");
		if (is_group || gp_str_is(type, "#microsoft.graph.user"))
			sink->member(sink->arg, group, id, is_group,
				     take_removed(member) != GP_REMOVED_NOT);
	}
	return GP_ST_OK;
}

static enum gp_status take_object(const struct gp_json *object, const struct gp_delta_page *page)
{
	char id[GP_GUID_TEXT];
	if (!gp_graph_guid(object, "id", id))
		return GP_ST_INVALID;
	enum gp_removed removed = take_removed(object);
	if (page->kind == GP_DELTA_USERS) {
		page->sink->user(page->sink->arg, id, take_enabled(object), removed);
		return GP_ST_OK;
	}
	page->sink->group(page->sink->arg, id, removed);
	return removed == GP_REMOVED_NOT ? take_members(object, id, page->sink) : GP_ST_OK;
}

enum gp_status gp_delta_page_parse(struct gp_str body, const struct gp_delta_page *page,
				   char next[static GP_GRAPH_URL_MAX],
				   char link[static GP_GRAPH_URL_MAX], struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *value = NULL;
	next[0] = link[0] = '\0';
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *root = gp_json_root(doc);
	if (gp_json_get_array(root, "value", &value) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer has no list of changes");
	st = gp_graph_link(root, "@odata.nextLink", page->root, next, GP_GRAPH_URL_MAX, err);
	if (st == GP_ST_OK)
		st = gp_graph_link(root, "@odata.deltaLink", page->root, link, GP_GRAPH_URL_MAX,
				   err);
	if (st != GP_ST_OK)
		return st;
	if ((next[0] == '\0') == (link[0] == '\0'))
		return gp_fail(err, GP_ST_INVALID,
			       "Graph: changes go on in one place or end in one");
	size_t n = gp_json_array_len(value);
	if (n > OBJECTS)
		return gp_fail(err, GP_ST_TOO_BIG, "Graph: a page of %zu changes", n);
	for (size_t i = 0; i < n; i++)
		if (take_object(gp_json_array_at(value, i), page) != GP_ST_OK)
			return gp_fail(err, GP_ST_INVALID, "Graph: change %zu of a page is none",
				       i);
	return GP_ST_OK;
}

/* Cancelled by its caller in the middle of a page, it tells him nothing more. */
static void on_user(void *arg, const char *id, enum gp_tri enabled, enum gp_removed removed)
{
	struct gp_graph_call *call = arg;
	if (!call->over && call->sink.user != NULL)
		call->sink.user(call->sink.arg, id, enabled, removed);
}

static void on_group(void *arg, const char *id, enum gp_removed removed)
{
	struct gp_graph_call *call = arg;
	if (!call->over && call->sink.group != NULL)
		call->sink.group(call->sink.arg, id, removed);
}

static void on_member(void *arg, const char *group, const char *member, bool is_group, bool removed)
{
	struct gp_graph_call *call = arg;
	if (!call->over && call->sink.member != NULL)
		call->sink.member(call->sink.arg, group, member, is_group, removed);
}

static void on_page(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		    const struct gp_error *call_err)
{
	char next[GP_GRAPH_URL_MAX] = "";
	char link[GP_GRAPH_URL_MAX] = "";
	struct gp_error err = {0};
	if (status == GP_ST_OK) {
		const struct gp_delta_sink sink = {
			.user = on_user, .group = on_group, .member = on_member, .arg = call};
		const struct gp_delta_page page = {call->delta_kind, call->graph->root, &sink};
		call->parsing = true;
		status = gp_delta_page_parse(body, &page, next, link, &err);
		call->parsing = false;
	} else {
		err = *call_err;
	}
	if (call->over) {
		gp_graph_call_free(call);
		return;
	}
	if (status == GP_ST_OK && next[0] != '\0') {
		status = gp_graph_next_page(call, next, &err);
		if (status == GP_ST_OK)
			return;
	}
	gp_graph_call_detach(call);
	bool ok = status == GP_ST_OK;
	call->sink.done(call->sink.arg, status, ok ? link : NULL, ok ? NULL : &err);
	gp_graph_call_free(call);
}

/* The filter, as it stands in an address: id eq 'a' or id eq 'b'. */
static enum gp_status add_filter(struct gp_graph_call *call, const struct gp_delta_request *request)
{
	if (request->ids_len == 0 || request->ids_len > GP_DELTA_IDS_MAX)
		return GP_ST_INVALID;
	for (size_t i = 0; i < request->ids_len; i++) {
		uint8_t guid[16];
		char id[GP_GUID_TEXT];
		if (gp_guid_parse(gp_str_from(request->ids[i]), guid) != GP_ST_OK)
			return GP_ST_INVALID;
		gp_guid_format(guid, id);
		gp_buf_printf(&call->url, "%sid%%20eq%%20%%27%s%%27",
			      i == 0 ? "&$filter=" : "%20or%20", id);
	}
	return GP_ST_OK;
}

static enum gp_status address(struct gp_graph_call *call, const struct gp_delta_request *request)
{
	const char *root = call->graph->root;
	if (request->link != NULL) {
		gp_buf_text(&call->url, request->link);
		return gp_http_same_origin(request->link, root) ? GP_ST_OK : GP_ST_DENIED;
	}
	if (request->kind == GP_DELTA_USERS) {
		gp_buf_printf(&call->url, "%s/v1.0/users/delta?$deltatoken=latest&$select=%s", root,
			      USERS_SELECT);
		return request->ids_len == 0 ? GP_ST_OK : GP_ST_INVALID;
	}
	gp_buf_printf(&call->url, "%s/v1.0/groups/delta?$deltatoken=latest&$select=id,members",
		      root);
	return add_filter(call, request);
}

enum gp_status gp_graph_delta(struct gp_graph *graph, const struct gp_delta_request *request,
			      const struct gp_delta_sink *sink, struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {NULL, NULL, LIMIT_MS, on_page};
	enum gp_status st = gp_graph_call_new(graph, &what, &call);
	if (st != GP_ST_OK)
		return st;
	call->sink = *sink;
	call->delta_kind = request->kind;
	st = address(call, request);
	if (st == GP_ST_OK)
		st = gp_graph_first_page(call, GP_DELTA_PAGES_MAX);
	return gp_graph_call_begun(call, st, out);
}
