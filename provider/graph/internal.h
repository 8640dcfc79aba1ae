/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the Graph client. call.c carries one question to Graph: token, sending, repeating,
 * deadline. What is asked and what an answer means stands in users.c and members.c.
 */
#ifndef GP_GRAPH_INTERNAL_H
#define GP_GRAPH_INTERNAL_H

#include "base/clock.h"
#include "base/json.h"
#include "contract/buf.h"
#include "graph/graph.h"
#include "http/http.h"

#define GP_GRAPH_URL_MAX  8192
#define GP_GRAPH_PAGE_MAX (4U << 20) /* bytes of one page of users */
#define GP_GRAPH_PAGES    1000

struct gp_graph {
	sd_event *event;
	struct gp_http *http;
	const struct gp_clock *clock;
	struct gp_app_token *token;
	char root[GP_CONFIG_TEXT];
	struct gp_graph_call *first;
};

/* Graph's answer 200, or the end of the attempts (BODY is empty then). It detaches the call, tells
 * the caller and frees the call, in this order; or it asks on. */
typedef void gp_graph_answer(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
			     const struct gp_error *err);

struct gp_graph_call {
	struct gp_graph *graph;
	struct gp_graph_call *prev;
	struct gp_graph_call *next;
	/* the question */
	struct gp_buf url;
	bool post;
	bool eventual; /* an advanced query (entra-facts 7.3) */
	struct gp_buf body;
	char correlation_id[GP_GUID_TEXT];
	/* where it stands */
	gp_graph_answer *answer;
	struct gp_http_transfer *transfer;
	sd_event_source *timer;
	int64_t deadline_ms;
	unsigned int failures; /* in a row */
	bool token_renewed;    /* after a 401 */
	bool over;             /* its caller is being told, or does not want to be */
	bool parsing;          /* its page is being read: memory stays until that is done */
	/* what the caller wants */
	char oid[GP_GUID_TEXT];
	gp_graph_user_done *user_done;
	gp_graph_groups_done *groups_done;
	char groups[GP_CONFIG_GROUPS_MAX][GP_GUID_TEXT];
	size_t groups_len;
	struct gp_graph_listing listing;
	uint8_t (*pages)[16]; /* fingerprints of the pages seen */
	size_t pages_len;
	void *arg;
};

/* A call with nothing asked yet, in GRAPH's list. ID must be a GUID; its lower-case form is put
 * into call->oid. CORRELATION_ID may be NULL. */
struct gp_graph_new_call {
	const char *id;
	const char *correlation_id;
	int64_t limit_ms;
	gp_graph_answer *answer;
};
enum gp_status gp_graph_call_new(struct gp_graph *graph, const struct gp_graph_new_call *what,
				 struct gp_graph_call **out) gp_must_check;
/* Asks what CALL holds. Never calls back from within. */
enum gp_status gp_graph_call_ask(struct gp_graph_call *call) gp_must_check;
/* Takes CALL off everything: nothing will happen to it any more. Its caller is told after this. */
void gp_graph_call_detach(struct gp_graph_call *call);
void gp_graph_call_free(struct gp_graph_call *call);

/* error.code of a Graph error body, made safe; empty when there is none. Pure. */
void gp_graph_error_code(struct gp_str body, char *out, size_t size);

/* One page of users. Pure. EACH gets every object that is a user. NEXT gets the address of the next
 * page, empty on the last one; an address that is not below ROOT's origin is an error, and so is an
 * object without a GUID. */
struct gp_graph_page {
	const char *root;
	gp_graph_member_each *each;
	void *arg;
};
enum gp_status gp_graph_page_parse(struct gp_str body, const struct gp_graph_page *page, char *next,
				   size_t next_size, struct gp_error *err) gp_must_check;

#endif
