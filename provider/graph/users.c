/* SPDX-License-Identifier: Apache-2.0 */
/* Many users by their ids, twenty a request, and one by his mail address. */
#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS      600000
#define FIND_LIMIT_MS 60000
#define RETRY_MAX_S   3600
#define NUMBER_LEN    4 /* of a request's number as text */

/* Retry-After of a part; its name may be written in any case (RFC 9110, 5.1). */
static int64_t retry_after(const struct gp_json *part)
{
	static const char *const names[] = {"Retry-After", "retry-after"};
	const struct gp_json *headers = NULL;
	if (gp_json_get_object(part, "headers", &headers) != GP_ST_OK)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct gp_str text = {0};
		uint64_t s = 0;
		if (gp_json_get_str(headers, names[i], 16, &text) == GP_ST_OK &&
		    gp_parse_u64(text, RETRY_MAX_S, &s) == GP_ST_OK)
			return (int64_t)s;
	}
	return -1;
}

enum gp_status gp_batch_parse(struct gp_str body, size_t count,
			      void (*each)(void *arg, const struct gp_batch_part *part), void *arg,
			      struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *responses = NULL;
	bool seen[GP_BATCH_MAX] = {false};
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	if (gp_json_get_array(gp_json_root(doc), "responses", &responses) != GP_ST_OK ||
	    gp_json_array_len(responses) > count)
		return gp_fail(err, GP_ST_INVALID, "Graph: the answer is no batch of ours");
	for (size_t i = 0; i < gp_json_array_len(responses); i++) {
		const struct gp_json *response = gp_json_array_at(responses, i);
		struct gp_batch_part part = {.retry_after_s = retry_after(response)};
		struct gp_str id = {0};
		uint64_t number = 0;
		int64_t code = 0;
		if (gp_json_get_str(response, "id", NUMBER_LEN, &id) != GP_ST_OK ||
		    gp_parse_u64(id, GP_BATCH_MAX - 1, &number) != GP_ST_OK || number >= count ||
		    seen[number] ||
		    gp_json_get_int(response, "status", 100, 599, &code) != GP_ST_OK)
			return gp_fail(err, GP_ST_INVALID, "Graph: part %zu of a batch is not ours",
				       i);
		if (gp_json_get_object(response, "body", &part.body) != GP_ST_OK)
			part.body = NULL;
		seen[number] = true;
		part.index = (size_t)number;
		part.code = (int)code;
		each(arg, &part);
	}
	return GP_ST_OK;
}

/* What became of the parts of one answer. */
struct round {
	struct gp_graph_call *call;
	enum gp_status status; /* of a part that ends the call */
	int code;
	int64_t retry_after_s; /* the longest asked for */
};

static bool is_gone(const struct gp_batch_part *part)
{
	const struct gp_json *error = NULL;
	struct gp_str code = {0};
	return part->code == 404 && gp_json_get_object(part->body, "error", &error) == GP_ST_OK &&
	       gp_json_get_str(error, "code", 256, &code) == GP_ST_OK &&
	       gp_str_is(code, "Request_ResourceNotFound");
}

static void on_part(void *arg, const struct gp_batch_part *part)
{
	struct round *r = arg;
	struct gp_graph_call *call = r->call;
	if (call->over || call->answered[part->index] || r->status != GP_ST_OK)
		return;
	const char *id = call->ids[call->ids_done + part->index];
	struct gp_user user = {0};
	if (part->code == 200) {
		if (gp_user_parse(part->body, &user) != GP_ST_OK || strcmp(user.id, id) != 0) {
			r->status = GP_ST_INVALID;
			r->code = part->code;
			return;
		}
		call->answered[part->index] = true;
		call->users.each(call->users.arg, id, GP_ST_OK, &user);
	} else if (is_gone(part)) {
		call->answered[part->index] = true;
		call->users.each(call->users.arg, id, GP_ST_NOT_FOUND, NULL);
	} else if (part->code == 429 || part->code >= 500) {
		if (part->retry_after_s > r->retry_after_s)
			r->retry_after_s = part->retry_after_s;
	} else {
		if (part->code == 403)
			gp_app_token_lacks_right(call->graph->token);
		r->status =
			part->code == 401 || part->code == 403 ? GP_ST_DENIED : GP_ST_UNAVAILABLE;
		r->code = part->code;
	}
}

static size_t batch_len(const struct gp_graph_call *call)
{
	size_t left = call->ids_len - call->ids_done;
	return left < GP_BATCH_MAX ? left : GP_BATCH_MAX;
}

/* The request for what has not been answered yet of the next twenty. */
static enum gp_status write_batch(struct gp_graph_call *call)
{
	bool first = true;
	gp_buf_free(&call->body);
	gp_buf_text(&call->body, "{\"requests\":[");
	for (size_t i = 0; i < batch_len(call); i++) {
		if (call->answered[i])
			continue;
		gp_buf_printf(&call->body,
			      "%s{\"id\":\"%zu\",\"method\":\"GET\","
			      "\"url\":\"/users/%s?$select=" GP_USER_SELECT "\"}",
			      first ? "" : ",", i, call->ids[call->ids_done + i]);
		first = false;
	}
	gp_buf_text(&call->body, "]}");
	return gp_buf_status(&call->body);
}

static bool is_complete(const struct gp_graph_call *call)
{
	for (size_t i = 0; i < batch_len(call); i++)
		if (!call->answered[i])
			return false;
	return true;
}

static void finish(struct gp_graph_call *call, enum gp_status status, const struct gp_error *err)
{
	gp_graph_call_detach(call);
	call->users.done(call->users.arg, status, status == GP_ST_OK ? NULL : err);
	gp_graph_call_free(call);
}

/* Another twenty, or the end. */
static void go_on(struct gp_graph_call *call)
{
	struct gp_error err = {0};
	call->ids_done += batch_len(call);
	call->batch_failures = 0;
	memset(call->answered, 0, sizeof(call->answered));
	if (call->ids_done == call->ids_len) {
		finish(call, GP_ST_OK, NULL);
		return;
	}
	enum gp_status st = write_batch(call);
	if (st == GP_ST_OK)
		st = gp_graph_call_ask(call);
	if (st != GP_ST_OK) {
		(void)gp_fail(&err, st, "the request to Graph cannot be sent");
		finish(call, st, &err);
	}
}

static void on_batch(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		     const struct gp_error *call_err)
{
	struct gp_error err = {0};
	struct round r = {.call = call, .retry_after_s = -1};
	if (status != GP_ST_OK) {
		finish(call, status, call_err);
		return;
	}
	call->parsing = true;
	status = gp_batch_parse(body, batch_len(call), on_part, &r, &err);
	call->parsing = false;
	if (call->over) {
		gp_graph_call_free(call);
		return;
	}
	if (status == GP_ST_OK && r.status != GP_ST_OK)
		status = gp_fail(&err, r.status, "Graph: HTTP %d in a batch", r.code);
	if (status != GP_ST_OK) {
		finish(call, status, &err);
		return;
	}
	if (is_complete(call)) {
		go_on(call);
		return;
	}
	/* Throttled, down, or left out: each part for itself. */
	(void)gp_fail(&err, GP_ST_UNAVAILABLE, "Graph: parts of a batch stay unanswered");
	status = write_batch(call);
	if (status != GP_ST_OK)
		finish(call, status, &err);
	else
		gp_graph_call_again(call, ++call->batch_failures, r.retry_after_s, &err);
}

static enum gp_status take_ids(struct gp_graph_call *call, const char (*ids)[GP_GUID_TEXT],
			       size_t n)
{
	call->ids = calloc(n, sizeof(*call->ids));
	if (call->ids == NULL)
		return GP_ST_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		uint8_t guid[16];
		if (gp_guid_parse(gp_str_from(ids[i]), guid) != GP_ST_OK)
			return GP_ST_INVALID;
		gp_guid_format(guid, call->ids[i]);
	}
	call->ids_len = n;
	return GP_ST_OK;
}

enum gp_status gp_graph_get_users(struct gp_graph *graph, const char (*ids)[GP_GUID_TEXT], size_t n,
				  const struct gp_graph_users *users, struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {NULL, NULL, LIMIT_MS, on_batch};
	if (n == 0)
		return GP_ST_INVALID;
	enum gp_status st = gp_graph_call_new(graph, &what, &call);
	if (st != GP_ST_OK)
		return st;
	call->users = *users;
	call->post = true;
	gp_buf_printf(&call->url, "%s/v1.0/$batch", graph->root);
	st = take_ids(call, ids, n);
	if (st == GP_ST_OK)
		st = write_batch(call);
	if (st == GP_ST_OK)
		st = gp_buf_status(&call->url);
	if (st == GP_ST_OK)
		st = gp_graph_call_ask(call);
	return gp_graph_call_begun(call, st, out);
}

/* The answer to a search for one. */
struct found {
	struct gp_user user;
	size_t count;
};

static void on_found(void *arg, const struct gp_user *user)
{
	struct found *f = arg;
	if (f->count++ == 0)
		f->user = *user;
}

static void on_found_group(void *arg, const char *id)
{
	(void)arg;
	(void)id;
}

static void on_search(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		      const struct gp_error *call_err)
{
	char next[GP_GRAPH_URL_MAX] = "";
	struct gp_error err = {0};
	struct found found = {0};
	const struct gp_graph_page page = {call->graph->root, on_found, on_found_group, &found};
	if (status == GP_ST_OK)
		status = gp_graph_page_parse(body, &page, next, sizeof(next), &err);
	else
		err = *call_err;
	if (status == GP_ST_OK && found.count == 0)
		status = gp_fail(&err, GP_ST_NOT_FOUND, "Graph knows nobody with this address");
	else if (status == GP_ST_OK && (found.count > 1 || next[0] != '\0'))
		status = gp_fail(&err, GP_ST_CONFLICT, "several users have this address");
	gp_graph_call_detach(call);
	bool ok = status == GP_ST_OK;
	call->user_done(call->arg, status, ok ? &found.user : NULL, ok ? NULL : &err);
	gp_graph_call_free(call);
}

/* MAIL inside a literal: its quotes are doubled, then everything but letters and digits is written
 * as %XX (entra-facts 7.3), so that no character can mean anything. */
static void add_literal(struct gp_buf *url, const char *mail)
{
	for (const char *p = mail; *p != '\0'; p++) {
		uint8_t c = (uint8_t)*p;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			gp_buf_add(url, p, 1);
		else if (c == '\'')
			gp_buf_text(url, "%27%27");
		else
			gp_buf_printf(url, "%%%02X", c);
	}
}

enum gp_status gp_graph_find_user(struct gp_graph *graph, const char *mail,
				  const char *correlation_id, gp_graph_user_done *done, void *arg,
				  struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {NULL, correlation_id, FIND_LIMIT_MS, on_search};
	if (mail[0] == '\0')
		return GP_ST_INVALID;
	enum gp_status st = gp_graph_call_new(graph, &what, &call);
	if (st != GP_ST_OK)
		return st;
	call->user_done = done;
	call->arg = arg;
	gp_buf_printf(&call->url, "%s/v1.0/users?$select=%s&$top=2&$filter=mail%%20eq%%20%%27",
		      graph->root, GP_USER_SELECT);
	add_literal(&call->url, mail);
	gp_buf_text(&call->url, "%27");
	st = gp_buf_status(&call->url);
	if (st == GP_ST_OK)
		st = gp_graph_call_ask(call);
	return gp_graph_call_begun(call, st, out);
}
