/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a group, page by page. A listing is complete or it is an error. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS 600000
#define PAGE_LEN 10000 /* objects; 999 are asked for */

/* An object of another type than user is passed over; one that says nothing about itself is not. */
static enum gp_status take_objects(const struct gp_json *value, const struct gp_graph_page *page,
				   struct gp_error *err)
{
	size_t n = gp_json_array_len(value);
	if (n > PAGE_LEN)
		return gp_fail(err, GP_ST_TOO_BIG, "Graph: a page of %zu objects", n);
	for (size_t i = 0; i < n; i++) {
		const struct gp_json *object = gp_json_array_at(value, i);
		struct gp_str type = {0};
		struct gp_user user = {0};
		if (gp_json_get_str(object, "@odata.type", 256, &type) == GP_ST_OK &&
		    !gp_str_is(type, "#microsoft.graph.user"))
			continue;
		if (gp_user_parse(object, &user) != GP_ST_OK)
			return gp_fail(err, GP_ST_INVALID, "Graph: member %zu of a page is no user",
				       i);
		page->each(page->arg, &user);
	}
	return GP_ST_OK;
}

static enum gp_status take_next(const struct gp_json *root, const struct gp_graph_page *page,
				char *next, size_t next_size, struct gp_error *err)
{
	struct gp_str link = {0};
	enum gp_status st = gp_json_get_str(root, "@odata.nextLink", next_size - 1, &link);
	next[0] = '\0';
	if (st == GP_ST_NOT_FOUND)
		return GP_ST_OK;
	if (st == GP_ST_OK)
		st = gp_copy(next, next_size, link);
	if (st != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "Graph: the next page has no usable address");
	/* The bearer token would go there. */
	if (!gp_http_same_origin(next, page->root)) {
		next[0] = '\0';
		return gp_fail(err, GP_ST_DENIED, "Graph: the next page is not on %s", page->root);
	}
	return GP_ST_OK;
}

enum gp_status gp_graph_page_parse(struct gp_str body, const struct gp_graph_page *page, char *next,
				   size_t next_size, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *value = NULL;
	next[0] = '\0';
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *root = gp_json_root(doc);
	if (gp_json_get_array(root, "value", &value) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer has no list of members");
	st = take_next(root, page, next, next_size, err);
	return st == GP_ST_OK ? take_objects(value, page, err) : st;
}

static enum gp_status note_page(struct gp_graph_call *call, struct gp_error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	if (call->pages_len >= GP_GRAPH_PAGES)
		return gp_fail(err, GP_ST_TOO_BIG, "Graph: more than %d pages", GP_GRAPH_PAGES);
	if (EVP_Digest(gp_buf_get(&call->url), call->url.len, digest, &len, EVP_sha256(), NULL) !=
	    1)
		return gp_fail(err, GP_ST_INTERNAL, "no SHA-256");
	for (size_t i = 0; i < call->pages_len; i++)
		if (memcmp(call->pages[i], digest, sizeof(call->pages[i])) == 0)
			return gp_fail(err, GP_ST_INVALID, "Graph: a page came twice");
	memcpy(call->pages[call->pages_len], digest, sizeof(call->pages[0]));
	call->pages_len++;
	return GP_ST_OK;
}

static void each(void *arg, const struct gp_user *user)
{
	struct gp_graph_call *call = arg;
	/* Cancelled by its caller in the middle of a page. */
	if (!call->over)
		call->listing.each(call->listing.arg, user);
}

/* One page; NEXT is empty after the last one. */
static enum gp_status take_page(struct gp_graph_call *call, struct gp_str body, char *next,
				struct gp_error *err)
{
	const struct gp_graph_page page = {call->graph->root, each, call};
	call->parsing = true;
	enum gp_status st = gp_graph_page_parse(body, &page, next, GP_GRAPH_URL_MAX, err);
	call->parsing = false;
	return st;
}

static enum gp_status ask_next(struct gp_graph_call *call, const char *next, struct gp_error *err)
{
	gp_buf_free(&call->url);
	gp_buf_text(&call->url, next);
	call->token_renewed = false;
	enum gp_status st = gp_buf_status(&call->url);
	if (st == GP_ST_OK)
		st = note_page(call, err);
	if (st == GP_ST_OK)
		st = gp_graph_call_ask(call);
	return st;
}

static void on_page(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		    const struct gp_error *call_err)
{
	char next[GP_GRAPH_URL_MAX] = "";
	struct gp_error err = {0};
	if (status == GP_ST_OK)
		status = take_page(call, body, next, &err);
	else
		err = *call_err;
	if (call->over) {
		gp_graph_call_free(call);
		return;
	}
	if (status == GP_ST_OK && next[0] != '\0') {
		status = ask_next(call, next, &err);
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
	enum gp_status st = gp_graph_call_new(graph, &what, &call);
	if (st != GP_ST_OK)
		return st;
	call->listing = *listing;
	call->eventual = true;
	call->pages = calloc(GP_GRAPH_PAGES, sizeof(call->pages[0]));
	gp_buf_printf(&call->url,
		      "%s/v1.0/groups/%s/transitiveMembers/microsoft.graph.user"
		      "?$count=true&$select=%s&$top=999",
		      graph->root, call->oid, GP_USER_SELECT);
	st = call->pages != NULL ? gp_buf_status(&call->url) : GP_ST_NO_MEMORY;
	if (st == GP_ST_OK)
		st = note_page(call, NULL);
	if (st == GP_ST_OK)
		st = gp_graph_call_ask(call);
	if (st != GP_ST_OK) {
		gp_graph_cancel(call);
		return st;
	}
	if (out != NULL)
		*out = call;
	return GP_ST_OK;
}
