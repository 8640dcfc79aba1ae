/* SPDX-License-Identifier: Apache-2.0 */
/* One question to Graph, until it is answered: with the reader's token, a new one after a 401,
 * again after throttling and outages, never beyond its deadline. */
#include <stdlib.h>
#include <time.h>

#include "base/random.h"
#include "contract/text.h"
#include "graph/internal.h"
#include "http/retry.h"

#include "contract/ban.h"

#define RETRIES    4
#define AUTH_MAX   (32U << 10)
#define HEADER_MAX 64
#define BODY_MAX   16384 /* a $batch of twenty */

void gp_graph_error_code(struct gp_str body, char *out, size_t size)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *error = NULL;
	struct gp_str code = {0};
	out[0] = '\0';
	if (gp_json_parse(body, &doc, NULL) == GP_ST_OK &&
	    gp_json_get_object(gp_json_root(doc), "error", &error) == GP_ST_OK &&
	    gp_json_get_str(error, "code", 256, &code) == GP_ST_OK)
		(void)gp_text_safe(code, GP_TEXT_LINE, out, size);
}

static void end(struct gp_graph_call *call, enum gp_status st, const struct gp_error *err)
{
	call->answer(call, st, GP_STR(""), err);
}

static int64_t left_ms(const struct gp_graph_call *call)
{
	return call->deadline_ms - gp_clock_monotonic_ms(call->graph->clock);
}

static void set_timer(struct gp_graph_call *call, int64_t ms)
{
	/* They fail only for a source that does not exist, and this one does. */
	(void)sd_event_source_set_time_relative(call->timer, ms > 0 ? (uint64_t)ms * 1000 : 0);
	(void)sd_event_source_set_enabled(call->timer, SD_EVENT_ONESHOT);
}

void gp_graph_call_again(struct gp_graph_call *call, unsigned int failures, int64_t retry_after_s,
			 const struct gp_error *err)
{
	int64_t delay = gp_retry_delay_ms(failures, retry_after_s);
	if (failures > RETRIES || delay >= left_ms(call)) {
		end(call, err->code, err);
		return;
	}
	set_timer(call, delay);
}

/* Many hosts share the quota of such calls: if they all came back after a second it would go on. */
#define CROWD_WAIT_S  30
#define CROWD_RANGE_S 91

static void again_later(struct gp_graph_call *call, int64_t retry_after_s,
			const struct gp_error *err)
{
	if (call->pause_ms > 0 && retry_after_s < 0)
		retry_after_s = CROWD_WAIT_S + (int64_t)gp_random_below(CROWD_RANGE_S);
	gp_graph_call_again(call, ++call->failures, retry_after_s, err);
}

static void on_response(void *arg, const struct gp_http_response *r);

static enum gp_status send_request(struct gp_graph_call *call, struct gp_str token)
{
	gp_buf_auto struct gp_buf auth = GP_BUF(AUTH_MAX);
	char correlation[HEADER_MAX];
	const char *headers[8] = {gp_buf_get(&auth), "Accept: application/json"};
	size_t n = 2;
	gp_buf_printf(&auth, "Authorization: Bearer %.*s", GP_STR_ARGS(token));
	enum gp_status st = gp_buf_status(&auth);
	headers[0] = gp_buf_get(&auth);
	if (st == GP_ST_OK && call->correlation_id[0] != '\0') {
		st = gp_format(correlation, sizeof(correlation), "client-request-id: %s",
			       call->correlation_id);
		headers[n++] = correlation;
	}
	if (call->eventual)
		headers[n++] = "ConsistencyLevel: eventual";
	if (call->unknown_members)
		headers[n++] = "Prefer: include-unknown-enum-members";
	if (call->post)
		headers[n++] = "Content-Type: application/json";
	headers[n] = NULL;
	const char *url = gp_buf_get(&call->url);
	/* The last gate before the token leaves. */
	if (st == GP_ST_OK && !gp_http_same_origin(url, call->graph->root))
		st = GP_ST_DENIED;
	const struct gp_http_request request = {
		.method = call->post ? "POST" : "GET",
		.url = url,
		.headers = headers,
		.body = {gp_buf_get(&call->body), call->body.len},
		.max_body = GP_GRAPH_PAGE_MAX,
	};
	call->graph->requests++;
	return st == GP_ST_OK ? gp_http_send(call->graph->http, &request, on_response, call,
					     &call->transfer)
			      : st;
}

static void on_token(void *arg, enum gp_status status, struct gp_str token,
		     const struct gp_error *token_err)
{
	struct gp_graph_call *call = arg;
	struct gp_error err = {0};
	if (gp_status_may_pass(status)) {
		again_later(call, -1, token_err);
		return;
	}
	if (status != GP_ST_OK) {
		end(call, status, token_err);
		return;
	}
	enum gp_status st = send_request(call, token);
	if (st != GP_ST_OK) {
		(void)gp_fail(&err, st, "the request to Graph cannot be sent");
		end(call, st, &err);
	}
}

enum gp_status gp_graph_call_ask(struct gp_graph_call *call)
{
	set_timer(call, left_ms(call));
	return gp_app_token_get(call->graph->token, on_token, call);
}

enum gp_status gp_graph_call_ask_slowly(struct gp_graph_call *call)
{
	if (call->pause_ms == 0)
		return gp_graph_call_ask(call);
	set_timer(call, call->pause_ms);
	return GP_ST_OK;
}

static void ask_or_end(struct gp_graph_call *call)
{
	struct gp_error err = {0};
	enum gp_status st = gp_graph_call_ask(call);
	if (st != GP_ST_OK) {
		(void)gp_fail(&err, st, "no token can be asked for");
		end(call, st, &err);
	}
}

/* A delta link that is too old, in the ways in which the service says so (entra-facts 7.5). */
static bool is_expired(int http, const char *code)
{
	return http == 410 ||
	       (http >= 400 && http < 500 &&
		(strcmp(code, "syncStateNotFound") == 0 || strcmp(code, "resyncRequired") == 0));
}

/* Answers that no repetition makes better. */
static void refused(struct gp_graph_call *call, const struct gp_http_response *r)
{
	char code[64];
	struct gp_error err = {0};
	enum gp_status st = GP_ST_UNAVAILABLE;
	gp_graph_error_code(r->body, code, sizeof(code));
	call->forbidden = r->code == 403;
	if (call->forbidden)
		gp_app_token_lacks_right(call->graph->token);
	if (r->code == 404 && strcmp(code, "Request_ResourceNotFound") == 0)
		st = GP_ST_NOT_FOUND;
	else if (is_expired(r->code, code))
		st = GP_ST_EXPIRED;
	else if (r->code == 401 || r->code == 403)
		st = GP_ST_DENIED;
	else if (r->code == 400 && strcmp(code, "Directory_ExpiredPageToken") != 0)
		st = GP_ST_INVALID;
	if (r->code == 403 && call->permission != NULL)
		(void)gp_fail(&err, st, "Graph: HTTP 403 %s; this needs the permission %s", code,
			      call->permission);
	else
		(void)gp_fail(&err, st, "Graph: HTTP %d %s", r->code, code);
	end(call, st, &err);
}

static void on_response(void *arg, const struct gp_http_response *r)
{
	struct gp_graph_call *call = arg;
	struct gp_error err = r->err;
	call->transfer = NULL;
	gp_app_token_saw_date(call->graph->token, r->date_s);
	if (r->status == GP_ST_OK && r->code == 200) {
		call->failures = 0;
		call->answer(call, GP_ST_OK, r->body, NULL);
	} else if (r->status == GP_ST_OK && r->code == 401 && !call->token_renewed) {
		call->token_renewed = true;
		gp_app_token_drop(call->graph->token);
		ask_or_end(call);
	} else if (gp_retry_makes_sense(r)) {
		if (r->status == GP_ST_OK)
			(void)gp_fail(&err, GP_ST_UNAVAILABLE, "Graph: HTTP %d", r->code);
		again_later(call, r->retry_after_s, &err);
	} else if (r->status != GP_ST_OK) {
		end(call, r->status, &err);
	} else {
		refused(call, r);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct gp_graph_call *call = arg;
	struct gp_error err = {0};
	(void)source;
	(void)usec;
	if (left_ms(call) > 0 && call->transfer == NULL) {
		ask_or_end(call);
		return 0;
	}
	if (left_ms(call) > 0) {
		set_timer(call, left_ms(call));
		return 0;
	}
	(void)gp_fail(&err, GP_ST_TIMEOUT, "Graph did not answer in time");
	end(call, GP_ST_TIMEOUT, &err);
	return 0;
}

static enum gp_status set_up(struct gp_graph_call *call, const struct gp_graph_new_call *what)
{
	uint8_t guid[16];
	if (what->id != NULL) {
		if (gp_guid_parse(gp_str_from(what->id), guid) != GP_ST_OK)
			return GP_ST_INVALID;
		gp_guid_format(guid, call->oid);
	}
	if (what->correlation_id != NULL) {
		/* It becomes a header line. */
		if (gp_guid_parse(gp_str_from(what->correlation_id), guid) != GP_ST_OK)
			return GP_ST_INVALID;
		gp_guid_format(guid, call->correlation_id);
	}
	call->url = GP_BUF(GP_GRAPH_URL_MAX);
	call->body = GP_BUF(BODY_MAX);
	call->deadline_ms = gp_clock_monotonic_ms(call->graph->clock) + what->limit_ms;
	if (sd_event_add_time_relative(call->graph->event, &call->timer, CLOCK_BOOTTIME, 0, 10000,
				       on_timer, call) < 0 ||
	    sd_event_source_set_enabled(call->timer, SD_EVENT_OFF) < 0)
		return GP_ST_NO_MEMORY;
	return GP_ST_OK;
}

enum gp_status gp_graph_call_new(struct gp_graph *graph, const struct gp_graph_new_call *what,
				 struct gp_graph_call **out)
{
	struct gp_graph_call *call = calloc(1, sizeof(*call));
	if (call == NULL)
		return GP_ST_NO_MEMORY;
	call->graph = graph;
	call->answer = what->answer;
	call->next = graph->first;
	if (call->next != NULL)
		call->next->prev = call;
	graph->first = call;
	enum gp_status st = set_up(call, what);
	if (st != GP_ST_OK) {
		gp_graph_call_detach(call);
		gp_graph_call_free(call);
		return st;
	}
	*out = call;
	return GP_ST_OK;
}

void gp_graph_call_detach(struct gp_graph_call *call)
{
	if (call->over)
		return;
	call->over = true;
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		call->graph->first = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	gp_http_cancel(call->transfer);
	call->transfer = NULL;
	gp_app_token_forget(call->graph->token, call);
	call->timer = sd_event_source_disable_unref(call->timer);
}

void gp_graph_call_free(struct gp_graph_call *call)
{
	gp_buf_free(&call->url);
	gp_buf_free(&call->body);
	gp_buf_free(&call->text);
	gp_buf_free(&call->pages_text);
	free(call->pages);
	free(call->ids);
	free(call->rights);
	free(call->sponsors);
	free(call);
}

void gp_graph_cancel(struct gp_graph_call *call)
{
	if (call == NULL || call->over)
		return;
	gp_graph_call_detach(call);
	if (!call->parsing)
		gp_graph_call_free(call);
}

enum gp_status gp_graph_call_begun(struct gp_graph_call *call, enum gp_status st,
				   struct gp_graph_call **out)
{
	if (st != GP_ST_OK)
		gp_graph_cancel(call);
	else if (out != NULL)
		*out = call;
	return st;
}
