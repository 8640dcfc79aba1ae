/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the Graph client. call.c carries one question to Graph: token, sending, repeating,
 * deadline. pages.c follows answers that have more pages. What is asked and what an answer means
 * stands in users.c, members.c, delta.c, rights.c, sponsors.c, leave.c, survey.c,
 * member_groups.c.
 */
#ifndef GP_GRAPH_INTERNAL_H
#define GP_GRAPH_INTERNAL_H

#include "base/clock.h"
#include "base/json.h"
#include "base/json_cut.h"
#include "contract/buf.h"
#include "graph/graph.h"
#include "graph/policies.h"
#include "graph/rights.h"
#include "graph/survey.h"
#include "http/http.h"

#define GP_GRAPH_URL_MAX  8192
#define GP_GRAPH_PAGE_MAX (4U << 20) /* bytes of one page of users */
#define GP_GRAPH_PAGES    1000
#define GP_BATCH_MAX      20 /* entra-facts 7.6 */

struct gp_graph {
	sd_event *event;
	struct gp_http *http;
	const struct gp_clock *clock;
	struct gp_app_token *token;
	char root[GP_CONFIG_TEXT];
	struct gp_graph_call *first;
	uint64_t requests;
	int64_t policy_pause_ms; /* between two requests for policies; tests cannot wait */
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
	bool unknown_members; /* enum members that are newer than v1.0's by their names */
	/* before each request; above 0 also: 429 without Retry-After waits long */
	int64_t pause_ms;
	bool eventual;          /* an advanced query (entra-facts 7.3) */
	const char *permission; /* that it needs, named when Graph forbids it; may be NULL */
	struct gp_buf body;
	char correlation_id[GP_GUID_TEXT];
	/* where it stands */
	gp_graph_answer *answer;
	struct gp_http_transfer *transfer;
	sd_event_source *timer;
	int64_t deadline_ms;
	unsigned int failures; /* in a row */
	bool token_renewed;    /* after a 401 */
	bool forbidden;        /* by Graph itself: HTTP 403 */
	bool over;             /* its caller is being told, or does not want to be */
	bool parsing;          /* its page is being read: memory stays until that is done */
	/* what the caller wants */
	char oid[GP_GUID_TEXT];
	gp_graph_user_done *user_done;
	gp_graph_groups_done *groups_done;
	char groups[GP_CONFIG_GROUPS_MAX][GP_GUID_TEXT];
	size_t groups_len;
	struct gp_graph_listing listing;
	struct gp_delta_sink sink;
	enum gp_delta_kind delta_kind;
	struct gp_graph_users users;
	char (*ids)[GP_GUID_TEXT]; /* of $batch */
	size_t ids_len;
	size_t ids_done;             /* answered, all of earlier requests */
	bool answered[GP_BATCH_MAX]; /* of the request under way */
	unsigned int batch_failures; /* of it */
	uint8_t (*pages)[16];        /* fingerprints of the pages seen */
	size_t pages_len;
	size_t pages_max;
	gp_graph_rights_done *rights_done;
	enum gp_right_kind rights_kind;
	char package[GP_GUID_TEXT];
	struct gp_right *rights; /* of the pages so far */
	size_t rights_len;
	size_t rights_room;
	gp_graph_sponsors_done *sponsors_done;
	struct gp_sponsor *sponsors; /* GP_SPONSORS_MAX of them */
	size_t sponsors_len;
	gp_graph_leave_done *leave_done;
	gp_graph_member_groups_done *member_groups_done;
	struct gp_graph_survey survey;
	struct gp_buf text;       /* of the answers so far */
	struct gp_buf pages_text; /* of the one that is being read */
	size_t part;              /* which that is */
	void *arg;
};

/* A call with nothing asked yet, in GRAPH's list. ID must be a GUID; its lower-case form is put
 * into call->oid. It may be NULL: then oid is empty. CORRELATION_ID may be NULL. */
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
/* Asks what CALL holds after its pause, at once where it has none. */
enum gp_status gp_graph_call_ask_slowly(struct gp_graph_call *call) gp_must_check;
/* Asks it again after a pause: RETRY_AFTER_S, or one that grows with FAILURES when that is
 * negative. Beyond the attempts or the deadline it ends with ERR. */
void gp_graph_call_again(struct gp_graph_call *call, unsigned int failures, int64_t retry_after_s,
			 const struct gp_error *err);
/* ST is how asking went: CALL is given to its caller (OUT may be NULL), or cancelled. Returns ST.
 */
enum gp_status gp_graph_call_begun(struct gp_graph_call *call, enum gp_status st,
				   struct gp_graph_call **out) gp_must_check;
/* Takes CALL off everything: nothing will happen to it any more. Its caller is told after this. */
void gp_graph_call_detach(struct gp_graph_call *call);
void gp_graph_call_free(struct gp_graph_call *call);

/* error.code of a Graph error body, made safe; empty when there is none. Pure. */
void gp_graph_error_code(struct gp_str body, char *out, size_t size);

/* The address in ROOT's member KEY, "@odata.nextLink" or "@odata.deltaLink"; empty when it is not
 * there. GP_ST_DENIED when it is not on Graph's host: the bearer token would go there. Pure. */
enum gp_status gp_graph_link(const struct gp_json *root, const char *key, const char *origin,
			     char *out, size_t size, struct gp_error *err) gp_must_check;
/* OBJECT's member KEY, a GUID, in lower case. Pure. */
bool gp_graph_guid(const struct gp_json *object, const char *key,
		   char out[static GP_GUID_TEXT]) gp_must_check;
/* A page of a list: DOC owns ROWS, NEXT as gp_graph_link(). A list of more than MAX rows is
 * GP_ST_TOO_BIG. Pure. */
struct gp_graph_rows {
	struct gp_json_doc *doc; /* the caller frees it */
	const struct gp_json *rows;
	size_t len;
};
enum gp_status gp_graph_rows_parse(struct gp_str body, const char *origin, size_t max,
				   struct gp_graph_rows *out, char *next, size_t next_size,
				   struct gp_error *err) gp_must_check;
/* Likewise for a page of many rows, which the caller takes off OUT and parses one after the other.
 * OUT borrows BODY. */
enum gp_status gp_graph_rows_cut(struct gp_str body, const char *origin, struct gp_json_cut *out,
				 char *next, size_t next_size, struct gp_error *err) gp_must_check;
/* The first page is what CALL asks; at most MAX pages. */
enum gp_status gp_graph_first_page(struct gp_graph_call *call, size_t max) gp_must_check;
/* Asks for the page at LINK, unless it was seen already or is one too many. */
enum gp_status gp_graph_next_page(struct gp_graph_call *call, const char *link,
				  struct gp_error *err) gp_must_check;

/* One page of objects of mixed kinds. Pure. NEXT gets the address of the next page, empty on the
 * last one. An object without a GUID is an error. */
struct gp_graph_page {
	const char *root; /* Graph's origin */
	void (*user)(void *arg, const struct gp_user *user);
	void (*group)(void *arg, const char *id);
	void *arg;
};
enum gp_status gp_graph_page_parse(struct gp_str body, const struct gp_graph_page *page, char *next,
				   size_t next_size, struct gp_error *err) gp_must_check;

/* One page of rights. Pure. RIGHT gets those of OID, and of PACKAGE where that is asked; what it
 * answers other than GP_ST_OK ends the page with that. */
struct gp_rights_page {
	enum gp_right_kind kind;
	const char *root;
	const char *oid;     /* lower case */
	const char *package; /* likewise; of GP_RIGHT_PACKAGE */
	enum gp_status (*right)(void *arg, const struct gp_right *right);
	void *arg;
};
enum gp_status gp_rights_page_parse(struct gp_str body, const struct gp_rights_page *page,
				    char *next, size_t next_size,
				    struct gp_error *err) gp_must_check;

/* One page of sponsors, added to the *N that SPONSORS holds already, GP_SPONSORS_MAX at most. Pure.
 */
enum gp_status gp_sponsors_page_parse(struct gp_str body, const char *root,
				      struct gp_sponsor sponsors[static GP_SPONSORS_MAX], size_t *n,
				      char *next, size_t next_size,
				      struct gp_error *err) gp_must_check;

/* The answer of getMemberGroups. Pure. *OUT is the caller's, freed with free(). */
enum gp_status gp_member_groups_parse(struct gp_str body, char (**out)[GP_GUID_TEXT], size_t *len,
				      struct gp_error *err) gp_must_check;

/* When the user OID leaves, by Graph's answer. Pure. */
enum gp_status gp_leave_parse(struct gp_str body, const char *oid, int64_t *out,
			      struct gp_error *err) gp_must_check;

/* One page of a delta query. Pure. One of NEXT and LINK is filled, the other empty. SINK's done is
 * not called. */
struct gp_delta_page {
	enum gp_delta_kind kind;
	const char *root;
	const struct gp_delta_sink *sink;
};
enum gp_status gp_delta_page_parse(struct gp_str body, const struct gp_delta_page *page,
				   char next[static GP_GRAPH_URL_MAX],
				   char link[static GP_GRAPH_URL_MAX],
				   struct gp_error *err) gp_must_check;

/* One member of a $batch answer. */
struct gp_batch_part {
	size_t index;               /* what was asked as this number */
	int code;                   /* HTTP */
	int64_t retry_after_s;      /* -1: none */
	const struct gp_json *body; /* borrowed; NULL: none */
};
/* The answer to a $batch of COUNT requests, numbered from 0. Pure. EACH gets every part once; a
 * part of another number, or one twice, is an error. */
enum gp_status gp_batch_parse(struct gp_str body, size_t count,
			      void (*each)(void *arg, const struct gp_batch_part *part), void *arg,
			      struct gp_error *err) gp_must_check;

#endif
