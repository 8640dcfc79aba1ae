/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/internal.h"
#include "tests/unit/graph/graph_rig.h"

#include "contract/ban.h"

#define U1 "cccccccc-0000-4000-8000-000000000001"
#define U2 "cccccccc-0000-4000-8000-000000000002"
#define G1 "67000000-0001-4e00-8e00-000000000001"
#define G2 "67000000-0001-4e00-8e00-000000000002"

/* What was told, as one line each. */
static struct gp_buf told;
static char last_link[512];

static void on_user(void *arg, const char *id, enum gp_tri enabled, enum gp_removed removed)
{
	struct graph_rig *g = arg;
	gp_buf_printf(&told, "user %c e%d r%d\n", id[35], (int)enabled, (int)removed);
	g->users++;
	if (g->cancel_in_each) {
		gp_graph_cancel(g->call);
		g->call = NULL;
	}
}

static void on_group(void *arg, const char *id, enum gp_removed removed)
{
	(void)arg;
	gp_buf_printf(&told, "group %c r%d\n", id[35], (int)removed);
}

static void on_member(void *arg, const char *group, const char *member, bool is_group, bool removed)
{
	(void)arg;
	gp_buf_printf(&told, "member %c %s%c %s\n", group[35], is_group ? "group " : "", member[35],
		      removed ? "out" : "in");
}

static void on_done(void *arg, enum gp_status status, const char *link, const struct gp_error *err)
{
	assert_true((link != NULL) == (status == GP_ST_OK));
	(void)snprintf(last_link, sizeof(last_link), "%s", link != NULL ? link : "");
	graph_rig_over(arg, status, err);
}

static enum gp_status begin(struct graph_rig *g, const struct gp_delta_request *request)
{
	const struct gp_delta_sink sink = {on_user, on_group, on_member, on_done, g};
	gp_buf_free(&told);
	told = GP_BUF(8192);
	return gp_graph_delta(g->graph, request, &sink, &g->call);
}

static void ask(struct graph_rig *g, const struct gp_delta_request *request)
{
	assert_int_equal(begin(g, request), GP_ST_OK);
	assert_int_equal(g->done, 0);
}

/* Follows a link that answers CODE with BODY, in which ROOT stands for Graph's origin. */
static enum gp_status follow(enum gp_delta_kind kind, int code, const char *headers,
			     const char *body)
{
	struct graph_rig g;
	graph_rig_start(&g);
	const char *root = tls_server_origin(g.entra.server);
	char *link = jwt_maker_format("%s/v1.0/delta?$deltatoken=one", root);
	struct gp_buf text = GP_BUF(65536);
	for (const char *p = body; *p != '\0'; p++) {
		if (*p == '~')
			gp_buf_text(&text, root);
		else
			gp_buf_add(&text, p, 1);
	}
	graph_rig_script(&g, "GET /v1.0/delta?$deltatoken=one ", code, headers, gp_buf_get(&text));
	graph_rig_script(&g, "GET /v1.0/delta?$skiptoken=two ", 200, NULL,
			 "{\"value\":[],\"@odata.deltaLink\":\"\"}");
	const struct gp_delta_request request = {.kind = kind, .link = link};
	ask(&g, &request);
	graph_rig_wait(&g);
	enum gp_status st = g.status;
	gp_buf_free(&text);
	free(link);
	graph_rig_stop(&g);
	return st;
}

static void test_delta_from_now(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	char *body = jwt_maker_format("{\"value\":[],\"@odata.deltaLink\":\"%s/v1.0/d?x=1\"}",
				      tls_server_origin(g.entra.server));
	static const char ids[][GP_GUID_TEXT] = {G1, "67000000-0001-4E00-8E00-000000000002"};
	graph_rig_script(&g,
			 "GET /v1.0/groups/delta?$deltatoken=latest&$select=id,members"
			 "&$filter=id%20eq%20%27" G1 "%27%20or%20id%20eq%20%27" G2 "%27 ",
			 200, NULL, body);
	const struct gp_delta_request groups = {GP_DELTA_GROUPS, ids, 2, NULL};
	ask(&g, &groups);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_non_null(strstr(last_link, "/v1.0/d?x=1"));
	assert_string_equal(gp_buf_get(&told), "");
	graph_rig_script(&g,
			 "GET /v1.0/users/delta?$deltatoken=latest"
			 "&$select=id,accountEnabled,userType,externalUserState,mail,displayName,"
			 "companyName ",
			 200, NULL, body);
	const struct gp_delta_request users = {.kind = GP_DELTA_USERS};
	g.done = 0;
	ask(&g, &users);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	free(body);
	graph_rig_stop(&g);
}

static void test_delta_what_changed(void **state)
{
	(void)state;
	assert_int_equal(follow(GP_DELTA_USERS, 200, NULL,
				"{\"value\":[{\"id\":\"" U1 "\",\"accountEnabled\":false},"
				"{\"id\":\"" U2 "\",\"@removed\":{\"reason\":\"changed\"}},"
				"{\"id\":\"" U2 "\",\"@removed\":{\"reason\":\"deleted\"}},"
				"{\"id\":\"" U2 "\",\"@removed\":{}},"
				"{\"id\":\"" U1 "\",\"accountEnabled\":true}],"
				"\"@odata.deltaLink\":\"~/v1.0/later\"}"),
			 GP_ST_OK);
	assert_string_equal(gp_buf_get(&told), "user 1 e1 r0\nuser 2 e0 r1\nuser 2 e0 r2\n"
					       "user 2 e0 r2\nuser 1 e2 r0\n");
	assert_int_equal(follow(GP_DELTA_GROUPS, 200, NULL,
				"{\"value\":[{\"id\":\"" G1 "\",\"members@delta\":["
				"{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" U1 "\"},"
				"{\"@odata.type\":\"#microsoft.graph.device\",\"id\":\"" U1 "\"},"
				"{\"@odata.type\":\"#microsoft.graph.group\",\"id\":\"" G2 "\"},"
				"{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" U2
				"\",\"@removed\":{\"reason\":\"deleted\"}}]},"
				"{\"id\":\"" G1 "\"},"
				"{\"id\":\"" G2 "\",\"@removed\":{\"reason\":\"changed\"}}],"
				"\"@odata.deltaLink\":\"~/v1.0/later\"}"),
			 GP_ST_OK);
	assert_string_equal(gp_buf_get(&told),
			    "group 1 r0\nmember 1 1 in\nmember 1 group 2 in\nmember 1 2 out\n"
			    "group 1 r0\ngroup 2 r1\n");
}

/* An empty page that goes on is nothing special. */
static void test_delta_pages(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	const char *root = tls_server_origin(g.entra.server);
	char *link = jwt_maker_format("%s/v1.0/a", root);
	char *first = jwt_maker_format("{\"value\":[],\"@odata.nextLink\":\"%s/v1.0/b\"}", root);
	char *second = jwt_maker_format(
		"{\"value\":[{\"id\":\"" U1 "\"}],\"@odata.deltaLink\":\"%s/v1.0/c\"}", root);
	graph_rig_script(&g, "GET /v1.0/a ", 200, NULL, first);
	graph_rig_script(&g, "GET /v1.0/b ", 503, "Retry-After: 0\r\n", "{}");
	graph_rig_script(&g, "GET /v1.0/b ", 200, NULL, second);
	const struct gp_delta_request request = {.kind = GP_DELTA_USERS, .link = link};
	ask(&g, &request);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_string_equal(gp_buf_get(&told), "user 1 e0 r0\n");
	free(link);
	free(first);
	free(second);
	graph_rig_stop(&g);
}

static void test_delta_expired(void **state)
{
	(void)state;
	assert_int_equal(follow(GP_DELTA_USERS, 410, "Location: https://x.example/\r\n", "{}"),
			 GP_ST_EXPIRED);
	assert_int_equal(
		follow(GP_DELTA_USERS, 400, NULL, "{\"error\":{\"code\":\"syncStateNotFound\"}}"),
		GP_ST_EXPIRED);
	assert_int_equal(
		follow(GP_DELTA_GROUPS, 404, NULL, "{\"error\":{\"code\":\"resyncRequired\"}}"),
		GP_ST_EXPIRED);
	assert_int_equal(follow(GP_DELTA_GROUPS, 403, NULL, "{}"), GP_ST_DENIED);
	assert_int_equal(
		follow(GP_DELTA_GROUPS, 501, NULL, "{\"error\":{\"code\":\"NotImplemented\"}}"),
		GP_ST_UNAVAILABLE);
}

static void test_delta_broken(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"",
		"{}",
		"{\"value\":[]}",
		"{\"value\":[],\"@odata.deltaLink\":\"~/a\",\"@odata.nextLink\":\"~/b\"}",
		"{\"value\":[],\"@odata.deltaLink\":7}",
		"{\"value\":[{}],\"@odata.deltaLink\":\"~/a\"}",
		"{\"value\":[{\"id\":\"x\"}],\"@odata.deltaLink\":\"~/a\"}",
		"{\"value\":[{\"id\":\"" G1
		"\",\"members@delta\":{}}],\"@odata.deltaLink\":\"~/a\"}",
		"{\"value\":[{\"id\":\"" G1 "\",\"members@delta\":[{\"id\":\"" U1
		"\"}]}],\"@odata.deltaLink\":\"~/a\"}",
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(follow(GP_DELTA_GROUPS, 200, NULL, bodies[i]), GP_ST_INVALID);
	assert_int_equal(follow(GP_DELTA_USERS, 200, NULL,
				"{\"value\":[],\"@odata.deltaLink\":\"https://evil.example/a\"}"),
			 GP_ST_DENIED);
}

static void test_delta_refuses_what_cannot_be(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	static const char ids[GP_DELTA_IDS_MAX + 1][GP_GUID_TEXT] = {G1};
	const struct gp_delta_request none = {.kind = GP_DELTA_GROUPS};
	const struct gp_delta_request many = {GP_DELTA_GROUPS, ids, GP_DELTA_IDS_MAX + 1, NULL};
	const struct gp_delta_request no_guid = {GP_DELTA_GROUPS, ids, 2, NULL};
	const struct gp_delta_request filtered = {GP_DELTA_USERS, ids, 1, NULL};
	const struct gp_delta_request elsewhere = {.kind = GP_DELTA_USERS,
						   .link = "https://evil.example/v1.0/a"};
	assert_int_equal(begin(&g, &none), GP_ST_INVALID);
	assert_int_equal(begin(&g, &many), GP_ST_INVALID);
	assert_int_equal(begin(&g, &no_guid), GP_ST_INVALID);
	assert_int_equal(begin(&g, &filtered), GP_ST_INVALID);
	assert_int_equal(begin(&g, &elsewhere), GP_ST_DENIED);
	assert_int_equal(graph_rig_requests(&g), 0);
	graph_rig_stop(&g);
}

static void test_delta_cancel_in_the_middle(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "/v1.0/users/delta", 200, NULL,
			 "{\"value\":[{\"id\":\"" U1 "\"},{\"id\":\"" U2
			 "\"}],\"@odata.deltaLink\":\"https://localhost/\"}");
	g.cancel_in_each = true;
	const struct gp_delta_request request = {.kind = GP_DELTA_USERS};
	ask(&g, &request);
	assert_true(loop_drain(g.entra.event));
	gp_graph_cancel(g.call);
	assert_true(loop_drain(g.entra.event));
	assert_int_equal(g.done, 0);
	graph_rig_stop(&g);
}

/* Cut anywhere, or with any byte changed, it is another page or an error, never a crash. */
static void test_delta_spoilt(void **state)
{
	(void)state;
	static const char page_text[] =
		"{\"value\":[{\"id\":\"" G1 "\",\"members@delta\":[{\"@odata.type\":"
		"\"#microsoft.graph.user\",\"id\":\"" U1
		"\",\"@removed\":{\"reason\":\"deleted\"}}]}],"
		"\"@odata.deltaLink\":\"https://localhost/v1.0/a\"}";
	const struct gp_delta_sink sink = {on_user, on_group, on_member, NULL, NULL};
	const struct gp_delta_page page = {GP_DELTA_GROUPS, "https://localhost", &sink};
	char next[GP_GRAPH_URL_MAX], link[GP_GRAPH_URL_MAX], copy[sizeof(page_text)];
	told = GP_BUF(1 << 20);
	assert_int_equal(gp_delta_page_parse(gp_str_from(page_text), &page, next, link, NULL),
			 GP_ST_OK);
	for (size_t i = 0; i < sizeof(page_text) - 1; i++) {
		assert_int_not_equal(
			gp_delta_page_parse((struct gp_str){page_text, i}, &page, next, link, NULL),
			GP_ST_OK);
		memcpy(copy, page_text, sizeof(copy));
		copy[i] = (char)(copy[i] ^ 1);
		enum gp_status st = gp_delta_page_parse((struct gp_str){copy, sizeof(copy) - 1},
							&page, next, link, NULL);
		assert_true(st != GP_ST_OK || (next[0] == '\0') != (link[0] == '\0'));
	}
	gp_buf_free(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delta_from_now),
		cmocka_unit_test(test_delta_what_changed),
		cmocka_unit_test(test_delta_pages),
		cmocka_unit_test(test_delta_expired),
		cmocka_unit_test(test_delta_broken),
		cmocka_unit_test(test_delta_refuses_what_cannot_be),
		cmocka_unit_test(test_delta_cancel_in_the_middle),
		cmocka_unit_test(test_delta_spoilt),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	gp_buf_free(&told);
	return failed;
}
