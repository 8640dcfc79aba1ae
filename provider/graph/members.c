/* SPDX-License-Identifier: Apache-2.0 */
/* The direct members of a group, page by page. A listing is complete or it is an error. */
#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS 600000
#define PAGE_LEN 10000 /* objects; 999 are asked for */

static enum gp_status take_group(const struct gp_json *object, const struct gp_graph_page *page)
{
	char text[GP_GUID_TEXT];
	if (!gp_graph_guid(object, "id", text))
		return GP_ST_INVALID;
	page->group(page->arg, text);
	return GP_ST_OK;
}

/* An object of another kind is passed over; one that says nothing about itself is not. */
static enum gp_status take_object(const struct gp_json *object, const struct gp_graph_page *page)
{
	struct gp_str type = {0};
	struct gp_user user = {0};
	if (gp_json_get_str(object, "@odata.type", 256, &type) == GP_ST_OK &&
	    !gp_str_is(type, "#microsoft.graph.user"))
		return gp_str_is(type, "#microsoft.graph.group") ? take_group(object, page)
								 : GP_ST_OK;
	enum gp_status st = gp_user_parse(object, &user);
	if (st == GP_ST_OK)
		page->user(page->arg, &user);
	return st;
}

static enum gp_status take_element(struct gp_str element, const struct gp_graph_page *page,
				   size_t i, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	enum gp_status st = gp_json_parse(element, &doc, err);
	if (st == GP_ST_OK && take_object(gp_json_root(doc), page) != GP_ST_OK)
		st = gp_fail(err, GP_ST_INVALID,
			     "Graph: member %zu of a page is no user and no group", i);
	return st;
}

enum gp_status gp_graph_page_parse(struct gp_str body, const struct gp_graph_page *page, char *next,
				   size_t next_size, struct gp_error *err)
{
	struct gp_json_cut cut;
	struct gp_str element = {0};
	enum gp_status st = gp_graph_rows_cut(body, page->root, &cut, next, next_size, err);
	if (st != GP_ST_OK)
		return st;
	size_t i = 0;
	while ((st = gp_json_cut_next(&cut, &element)) == GP_ST_OK) {
		if (i == PAGE_LEN)
			return gp_fail(err, GP_ST_TOO_BIG, "Graph: a page of more than %d objects",
				       PAGE_LEN);
		st = take_element(element, page, i++, err);
		if (st != GP_ST_OK)
			return st;
	}
	return st == GP_ST_NOT_FOUND ? GP_ST_OK
				     : gp_fail(err, st, "Graph: the list is none behind %zu", i);
}

/* Cancelled by its caller in the middle of a page, it tells him nothing more. */
static void on_user(void *arg, const struct gp_user *user)
{
	struct gp_graph_call *call = arg;
	if (!call->over)
		call->listing.user(call->listing.arg, user);
}

static void on_group(void *arg, const char *id)
{
	struct gp_graph_call *call = arg;
	if (!call->over)
		call->listing.group(call->listing.arg, id);
}

static void on_page(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		    const struct gp_error *call_err)
{
	char next[GP_GRAPH_URL_MAX] = "";
	struct gp_error err = {0};
	if (status == GP_ST_OK) {
		const struct gp_graph_page page = {call->graph->root, on_user, on_group, call};
		call->parsing = true;
		status = gp_graph_page_parse(body, &page, next, sizeof(next), &err);
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
	call->listing.done(call->listing.arg, status, status == GP_ST_OK ? NULL : &err);
	gp_graph_call_free(call);
}

enum gp_status gp_graph_list_members(struct gp_graph *graph, const char *group_id,
				     const struct gp_graph_listing *listing,
				     struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {group_id, NULL, LIMIT_MS, on_page};
	enum gp_status st =
		group_id != NULL ? gp_graph_call_new(graph, &what, &call) : GP_ST_INVALID;
	if (st != GP_ST_OK)
		return st;
	call->listing = *listing;
	gp_buf_printf(&call->url, "%s/v1.0/groups/%s/members?$select=%s&$top=999", graph->root,
		      call->oid, GP_USER_SELECT);
	st = gp_graph_first_page(call, GP_GRAPH_PAGES);
	return gp_graph_call_begun(call, st, out);
}
