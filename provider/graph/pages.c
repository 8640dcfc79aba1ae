/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that go on at another address: followed verbatim, on Graph's host only, each once. */
#include <stdlib.h>

#include "base/sha256.h"
#include "graph/internal.h"

#include "contract/ban.h"

enum gp_status gp_graph_link(const struct gp_json *root, const char *key, const char *origin,
			     char *out, size_t size, struct gp_error *err)
{
	struct gp_str link = {0};
	enum gp_status st = gp_json_get_str(root, key, size - 1, &link);
	out[0] = '\0';
	if (st == GP_ST_NOT_FOUND)
		return GP_ST_OK;
	if (st == GP_ST_OK)
		st = gp_copy(out, size, link);
	if (st != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "Graph: the next page has no usable address");
	if (!gp_http_same_origin(out, origin)) {
		out[0] = '\0';
		return gp_fail(err, GP_ST_DENIED, "Graph: the next page is not on %s", origin);
	}
	return GP_ST_OK;
}

bool gp_graph_guid(const struct gp_json *object, const char *key, char out[static GP_GUID_TEXT])
{
	struct gp_str text = {0};
	uint8_t guid[16];
	if (gp_json_get_str(object, key, GP_GUID_TEXT - 1, &text) != GP_ST_OK ||
	    gp_guid_parse(text, guid) != GP_ST_OK)
		return false;
	gp_guid_format(guid, out);
	return true;
}

enum gp_status gp_graph_rows_parse(struct gp_str body, const char *origin, size_t max,
				   struct gp_graph_rows *out, char *next, size_t next_size,
				   struct gp_error *err)
{
	*out = (struct gp_graph_rows){0};
	next[0] = '\0';
	enum gp_status st = gp_json_parse(body, &out->doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *root = gp_json_root(out->doc);
	if (gp_json_get_array(root, "value", &out->rows) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer has no list");
	st = gp_graph_link(root, "@odata.nextLink", origin, next, next_size, err);
	if (st != GP_ST_OK)
		return st;
	out->len = gp_json_array_len(out->rows);
	if (out->len > max)
		return gp_fail(err, GP_ST_TOO_BIG, "Graph: a page of %zu objects", out->len);
	return GP_ST_OK;
}

enum gp_status gp_graph_rows_cut(struct gp_str body, const char *origin, struct gp_json_cut *out,
				 char *next, size_t next_size, struct gp_error *err)
{
	gp_buf_auto struct gp_buf frame = GP_BUF(GP_GRAPH_PAGE_MAX);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	next[0] = '\0';
	if (gp_json_cut(body, "value", out) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer has no list");
	gp_json_cut_frame(out, &frame);
	enum gp_status st = gp_buf_status(&frame);
	if (st == GP_ST_OK)
		st = gp_json_parse((struct gp_str){gp_buf_get(&frame), frame.len}, &doc, err);
	return st == GP_ST_OK ? gp_graph_link(gp_json_root(doc), "@odata.nextLink", origin, next,
					      next_size, err)
			      : st;
}

static enum gp_status note_page(struct gp_graph_call *call, struct gp_error *err)
{
	uint8_t digest[GP_SHA256_LEN];
	if (call->pages_len >= call->pages_max)
		return gp_fail(err, GP_ST_TOO_BIG, "Graph: more than %zu pages", call->pages_max);
	if (gp_sha256((struct gp_str){gp_buf_get(&call->url), call->url.len}, digest) != GP_ST_OK)
		return gp_fail(err, GP_ST_INTERNAL, "no SHA-256");
	for (size_t i = 0; i < call->pages_len; i++)
		if (memcmp(call->pages[i], digest, sizeof(call->pages[i])) == 0)
			return gp_fail(err, GP_ST_INVALID, "Graph: a page came twice");
	memcpy(call->pages[call->pages_len], digest, sizeof(call->pages[0]));
	call->pages_len++;
	return GP_ST_OK;
}

enum gp_status gp_graph_first_page(struct gp_graph_call *call, size_t max)
{
	call->pages_max = max;
	call->pages = calloc(max, sizeof(call->pages[0]));
	enum gp_status st = call->pages != NULL ? gp_buf_status(&call->url) : GP_ST_NO_MEMORY;
	if (st == GP_ST_OK)
		st = note_page(call, NULL);
	return st == GP_ST_OK ? gp_graph_call_ask_slowly(call) : st;
}

enum gp_status gp_graph_next_page(struct gp_graph_call *call, const char *link,
				  struct gp_error *err)
{
	gp_buf_free(&call->url);
	gp_buf_text(&call->url, link);
	call->token_renewed = false;
	enum gp_status st = gp_buf_status(&call->url);
	if (st == GP_ST_OK)
		st = note_page(call, err);
	return st == GP_ST_OK ? gp_graph_call_ask_slowly(call) : st;
}
