/* SPDX-License-Identifier: Apache-2.0 */
/* In place of http/http.c: requests wait here until the program answers them. What the tenant says
 * in good health depends on its people; the program may have it say anything else. */
#include <stdio.h>
#include <stdlib.h>

#include "contract/buf.h"
#include "http/http.h"
#include "tests/fuzz/daemon/world.h"
#include "tests/fuzz/support/split.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

enum kind { DISCOVERY, KEYS, DEVICE_CODE, POLL, APP_TOKEN, USER, MEMBERSHIP };

struct gp_http_transfer {
	struct gp_http_transfer *next;
	struct gp_http *http;
	gp_http_done *done;
	void *arg;
	enum kind kind;
	char correlation[GP_GUID_TEXT];
	char oid[GP_GUID_TEXT]; /* USER and MEMBERSHIP */
	struct code *code;      /* POLL */
};

struct gp_http {
	sd_event *event;
	size_t generation; /* of the configuration that it was made with */
};

static struct gp_http_transfer *first;

enum gp_status gp_http_new(sd_event *event, const struct gp_http_options *options,
			   struct gp_http **out, struct gp_error *err)
{
	(void)options;
	(void)err;
	struct gp_http *http = calloc(1, sizeof(*http));
	must(http != NULL);
	http->event = event;
	must(world.generations > 0 && world.generations <= GENERATIONS);
	http->generation = world.generations - 1;
	world.transports++;
	*out = http;
	return GP_ST_OK;
}

void gp_http_free(struct gp_http *http)
{
	if (http == NULL)
		return;
	for (struct gp_http_transfer *t = first, *next = NULL; t != NULL; t = next) {
		next = t->next;
		if (t->http == http)
			gp_http_cancel(t);
	}
	world.transports--;
	free(http);
}

sd_event *gp_http_event(const struct gp_http *http)
{
	return http->event;
}

static void unlink_transfer(struct gp_http_transfer *t)
{
	struct gp_http_transfer **at = &first;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	world.pending--;
}

void gp_http_cancel(struct gp_http_transfer *t)
{
	if (t == NULL || t->done == NULL)
		return;
	unlink_transfer(t);
	if (t->code != NULL)
		t->code->polled_ms = world.clock.monotonic_ms;
	free(t);
}

/* The code whose name stands in the body of a poll. */
static struct code *code_of(struct gp_str body)
{
	const char *at = memmem(body.ptr, body.len, "device_code=dc-", 15);
	size_t n = 0;
	must(at != NULL);
	for (const char *c = at + 15; c < body.ptr + body.len && *c >= '0' && *c <= '9'; c++)
		n = n * 10 + (size_t)(*c - '0');
	must(n < world.codes_len);
	return &world.codes[n];
}

static enum kind kind_of(const struct gp_http_request *r)
{
	const struct gp_str url = gp_str_from(r->url);
	if (gp_str_starts(url, GRAPH_ROOT "/v1.0/users/"))
		return gp_str_ends(url, "/checkMemberGroups") ? MEMBERSHIP : USER;
	must(gp_str_starts(url, LOGIN_ROOT "/" OUR_TENANT "/"));
	if (gp_str_ends(url, "/openid-configuration"))
		return DISCOVERY;
	if (gp_str_ends(url, "/keys"))
		return KEYS;
	if (gp_str_ends(url, "/devicecode"))
		return DEVICE_CODE;
	must(gp_str_ends(url, "/token"));
	return memmem(r->body.ptr, r->body.len, "client_credentials", 18) != NULL ? APP_TOKEN
										  : POLL;
}

/* A code is polled by one, and never faster than its interval. */
static void look_at_poll(struct gp_http_transfer *t, struct gp_str body)
{
	t->code = code_of(body);
	must(strcmp(t->code->correlation, t->correlation) == 0);
	for (const struct gp_http_transfer *o = first; o != NULL; o = o->next)
		must(o->code != t->code);
	must(world.clock.monotonic_ms - t->code->polled_ms >= t->code->interval_ms);
	must(!t->code->given);
}

static void take_headers(struct gp_http_transfer *t, const char *const *headers)
{
	static const char id[] = "client-request-id: ";
	for (; headers != NULL && *headers != NULL; headers++) {
		if (strncmp(*headers, id, sizeof(id) - 1) == 0)
			must(gp_copy(t->correlation, sizeof(t->correlation),
				     gp_str_from(*headers + sizeof(id) - 1)) == GP_ST_OK);
		/* The reader's token goes to Graph alone. */
		if (strncmp(*headers, "Authorization:", 14) == 0)
			must(t->kind == USER || t->kind == MEMBERSHIP);
	}
}

enum gp_status gp_http_send(struct gp_http *http, const struct gp_http_request *request,
			    gp_http_done *done, void *arg, struct gp_http_transfer **out)
{
	struct gp_http_transfer *t = calloc(1, sizeof(*t));
	must(t != NULL);
	t->http = http;
	t->done = done;
	t->arg = arg;
	t->kind = kind_of(request);
	take_headers(t, request->headers);
	if (t->kind == POLL)
		look_at_poll(t, request->body);
	if (t->kind == USER || t->kind == MEMBERSHIP)
		must(gp_copy(t->oid, sizeof(t->oid),
			     (struct gp_str){request->url + strlen(GRAPH_ROOT "/v1.0/users/"),
					     GP_GUID_TEXT - 1}) == GP_ST_OK);
	struct gp_http_transfer **at = &first;
	while (*at != NULL)
		at = &(*at)->next;
	*at = t;
	world.pending++;
	if (out != NULL)
		*out = t;
	return GP_ST_OK;
}

static const struct person *person_of(const char *oid)
{
	for (size_t i = 0; i < PEOPLE; i++)
		if (strcmp(world.people[i].oid, oid) == 0)
			return &world.people[i];
	return NULL;
}

/* An answer, malloc'ed, and its HTTP status. */
struct said {
	int http;
	char *body;
};

static struct said say(int http, char *body)
{
	return (struct said){http, body};
}

static struct said new_code(const struct gp_http_transfer *t)
{
	if (world.codes_len >= CODES)
		return say(503, strdup("{}"));
	const size_t n = world.codes_len++;
	struct code *c = &world.codes[n];
	memcpy(c->correlation, t->correlation, sizeof(c->correlation));
	c->polled_ms = world.clock.monotonic_ms;
	c->interval_ms = POLL_S * 1000;
	return say(200, jwt_maker_format("{\"user_code\":\"CODE%03zu\",\"device_code\":\"dc-%zu\","
					 "\"verification_uri\":\"https://login.example/device\","
					 "\"expires_in\":900,\"interval\":%d,\"message\":\"m\"}",
					 n, n, POLL_S));
}

static struct said poll_answer(struct code *c)
{
	if (c->declined)
		return say(400, strdup("{\"error\":\"authorization_declined\"}"));
	if (!c->approved)
		return say(400, strdup("{\"error\":\"authorization_pending\"}"));
	c->given = true;
	return say(200, strdup(tokens_body(&world.people[c->person], c->kind, world.clock.wall_s)));
}

static struct said user_answer(const struct gp_http_transfer *t, const struct person *p)
{
	static const char *const enabled[] = {"", "\"accountEnabled\":false,",
					      "\"accountEnabled\":true,"};
	if (p == NULL || p->gone)
		return say(404, strdup("{\"error\":{\"code\":\"Request_ResourceNotFound\"}}"));
	return say(200, jwt_maker_format(
				"{\"id\":\"%s\",%s\"userType\":\"%s\",\"externalUserState\":"
				"\"%s\",\"mail\":\"m\",\"displayName\":\"\\u001b[31mX\"}",
				t->oid, enabled[p->enabled], p->member_type ? "Member" : "Guest",
				p->pending ? "PendingAcceptance" : "Accepted"));
}

static struct said good(struct gp_http_transfer *t)
{
	const struct person *p = t->oid[0] != '\0' ? person_of(t->oid) : NULL;
	switch (t->kind) {
	case DISCOVERY:
		return say(200, strdup("{\"issuer\":\"" LOGIN_ROOT "/" OUR_TENANT "/v2.0\","
				       "\"token_endpoint\":\"" LOGIN_ROOT "/" OUR_TENANT
				       "/oauth2/v2.0/token\",\"device_authorization_endpoint\":"
				       "\"" LOGIN_ROOT "/" OUR_TENANT "/oauth2/v2.0/devicecode\","
				       "\"jwks_uri\":\"" LOGIN_ROOT "/" OUR_TENANT
				       "/discovery/v2.0/keys\"}"));
	case KEYS:
		return say(200, strdup(tokens_keys()));
	case DEVICE_CODE:
		return new_code(t);
	case POLL:
		return poll_answer(t->code);
	case APP_TOKEN:
		return say(200, strdup("{\"token_type\":\"Bearer\",\"expires_in\":3599,"
				       "\"access_token\":\"reader\"}"));
	case USER:
		return user_answer(t, p);
	case MEMBERSHIP:
		break;
	}
	if (p == NULL || p->gone)
		return say(404, strdup("{\"error\":{\"code\":\"Request_ResourceNotFound\"}}"));
	return say(200, strdup(p->in_group ? "{\"value\":[\"" GROUP_ID "\"]}" : "{\"value\":[]}"));
}

/* Graph's good answers are what an admission may stand on. */
static void note(const struct gp_http_transfer *t)
{
	struct code *c = world_code(t->correlation);
	const struct person *p = person_of(t->oid);
	if (c == NULL || p == NULL)
		return;
	if (t->kind == USER) {
		c->user_good = p->enabled == GP_TRUE && !p->member_type && !p->pending && !p->gone;
		memcpy(c->user_oid, t->oid, sizeof(c->user_oid));
	} else {
		c->member = p->in_group && !p->gone;
		memcpy(c->member_oid, t->oid, sizeof(c->member_oid));
	}
}

static struct said bad(const struct gp_http_transfer *t, unsigned int how)
{
	switch (how) {
	case 1:
		return say(503, strdup("<html>"));
	case 2:
		return say(429, strdup("{\"error\":\"temporarily_unavailable\"}"));
	case 3:
		return say(401, strdup("{\"error\":\"invalid_client\",\"error_codes\":[7000215]}"));
	case 4:
		return say(403, strdup("{\"error\":{\"code\":\"Authorization_RequestDenied\"}}"));
	case 5:
		return say(400, strdup(t->kind == POLL ? "{\"error\":\"invalid_grant\","
							 "\"error_codes\":[50020]}"
						       : "{\"error\":\"invalid_request\"}"));
	case 6:
		return say(200, strdup("{}"));
	case 7:
		return say(200, strdup("{\"value\":[\"x\"],\"id\":7,\"keys\":[],"));
	default:
		break;
	}
	/* Whatever it is, it is no JSON: what good answers may say is for good() alone. */
	const struct gp_str text = split_at(&world.program, '\0');
	return say(200, jwt_maker_format("!%.*s", GP_STR_ARGS(text)));
}

static struct said refuse_or_answer(struct gp_http_transfer *t, unsigned int how, bool *is_good)
{
	if (how == 10 && t->kind == POLL) {
		t->code->interval_ms += POLL_S * 1000;
		return say(400, strdup("{\"error\":\"slow_down\"}"));
	}
	*is_good = how == 0 || how > 9;
	return *is_good ? good(t) : bad(t, how);
}

static void answer(struct gp_http_transfer *t, unsigned int how)
{
	struct said s = {0, NULL};
	struct gp_http_response r = {.retry_after_s = how == 2 ? 7 : -1};
	bool is_good = false;

	if (how == 9) {
		r.status = GP_ST_UNAVAILABLE;
		(void)gp_fail(&r.err, r.status, "no connection");
	} else {
		s = refuse_or_answer(t, how, &is_good);
		r.code = s.http;
		r.body = gp_str_from(s.body);
		r.date_s = world.clock.wall_s - world.skew_s;
		world.skews[t->http->generation] = world.skew_s;
	}
	if (is_good && (t->kind == USER || t->kind == MEMBERSHIP))
		note(t);
	if (t->code != NULL)
		t->code->polled_ms = world.clock.monotonic_ms;
	unlink_transfer(t);
	gp_http_done *done = t->done;
	t->done = NULL; /* a cancel by somebody who does not know yet finds nothing to do */
	done(t->arg, &r);
	free(t);
	free(s.body);
}

bool net_answer(unsigned int start, unsigned int how)
{
	struct gp_http_transfer *t = first;
	for (; t != NULL && start > 0 && t->next != NULL; start--)
		t = t->next;
	if (t == NULL)
		return false;
	answer(t, how);
	return true;
}

void net_settle(void)
{
	for (unsigned int i = 0; i < 40 && net_answer(0, 0); i++)
		world_step();
}
