/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/graph/graph_rig.h"

#include "contract/ban.h"

#define ONE   "{\"id\":\"cccccccc-0000-4000-8000-000000000001\"}"
#define TWO   "{\"id\":\"cccccccc-0000-4000-8000-000000000002\"}"
#define THREE "{\"id\":\"cccccccc-0000-4000-8000-000000000003\"}"

static void on_each(void *arg, const struct gp_user *user)
{
	struct graph_rig *g = arg;
	g->users++;
	g->user = *user;
	if (g->cancel_in_each) {
		gp_graph_cancel(g->call);
		g->call = NULL;
	}
}

static void on_group(void *arg, const char *id)
{
	struct graph_rig *g = arg;
	assert_string_equal(id, RIG_GROUP);
	g->groups++;
}

static void on_done(void *arg, enum gp_status status, const struct gp_error *err)
{
	graph_rig_over(arg, status, err);
}

static void ask(struct graph_rig *g)
{
	const struct gp_graph_listing listing = {on_each, on_group, on_done, g};
	assert_int_equal(gp_graph_list_members(g->graph, RIG_GROUP, &listing, &g->call), GP_ST_OK);
	assert_int_equal(g->done, 0);
}

/* A page that leads on to PATH of ROOT. */
static char *page(const char *users, const char *root, const char *path)
{
	return jwt_maker_format("{\"@odata.count\":3,\"value\":[%s],\"@odata.nextLink\":\"%s%s\"}",
				users, root, path);
}

static void test_members_pages(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	const char *root = tls_server_origin(g.entra.server);
	char *first = page(ONE, root, "/v1.0/next?$skiptoken=a%2Fb&x='y'");
	char *second = page("", root, "/v1.0/last");
	graph_rig_script(
		&g, "GET /v1.0/groups/" RIG_GROUP "/members?$select=" GP_USER_SELECT "&$top=999 ",
		200, NULL, first);
	graph_rig_script(&g, "GET /v1.0/next?$skiptoken=a%2Fb&x='y' ", 200, NULL, second);
	graph_rig_script(&g, "GET /v1.0/last ", 200, NULL,
			 "{\"value\":[" TWO ",{\"@odata.type\":\"#microsoft.graph.device\","
			 "\"id\":\"x\"},{\"@odata.type\":\"#microsoft.graph.group\","
			 "\"id\":\"" RIG_GROUP "\",\"mail\":null}," THREE "]}");
	ask(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_int_equal(g.users, 3);
	assert_string_equal(g.user.id, "cccccccc-0000-4000-8000-000000000003");
	assert_int_equal(g.groups, 1);
	/* A plain read, not one of an index that lags. */
	assert_null(strstr(graph_rig_request(&g, 0), "ConsistencyLevel"));
	assert_int_equal(gp_graph_requests(g.graph), 3);
	free(first);
	free(second);
	graph_rig_stop(&g);
}

static void test_members_next_page_elsewhere(void **state)
{
	(void)state;
	static const char *const roots[] = {"https://evil.example", "http://localhost",
					    "https://localhost", "", "//localhost"};
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		struct graph_rig g;
		graph_rig_start(&g);
		char *first = page(ONE, roots[i], "/v1.0/next");
		graph_rig_script(&g, "/members?", 200, NULL, first);
		ask(&g);
		graph_rig_wait(&g);
		assert_int_equal(g.status, GP_ST_DENIED);
		assert_int_equal(graph_rig_requests(&g), 1);
		free(first);
		graph_rig_stop(&g);
	}
}

static void test_members_circle(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	char *first = page(ONE, tls_server_origin(g.entra.server), "/v1.0/next");
	graph_rig_script(&g, "/members?", 200, NULL, first);
	graph_rig_script(&g, "/v1.0/next", 200, NULL, first);
	ask(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_INVALID);
	assert_int_equal(graph_rig_requests(&g), 2);
	free(first);
	graph_rig_stop(&g);
}

/* What the second page answers, and how the listing ends. */
static void second_page(int code, const char *headers, const char *body, enum gp_status want)
{
	struct graph_rig g;
	graph_rig_start(&g);
	char *first = page(ONE, tls_server_origin(g.entra.server), "/v1.0/next");
	graph_rig_script(&g, "/members?", 200, NULL, first);
	graph_rig_script(&g, "/v1.0/next", code, headers, body);
	graph_rig_script(&g, "/v1.0/next", 200, NULL, "{\"value\":[" TWO "]}");
	ask(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, want);
	free(first);
	graph_rig_stop(&g);
}

static void test_members_broken_listing_is_an_error(void **state)
{
	(void)state;
	second_page(400, NULL, "{\"error\":{\"code\":\"Directory_ExpiredPageToken\"}}",
		    GP_ST_UNAVAILABLE);
	second_page(403, NULL, "{}", GP_ST_DENIED);
	second_page(404, NULL, "{\"error\":{\"code\":\"Request_ResourceNotFound\"}}",
		    GP_ST_NOT_FOUND);
	second_page(200, NULL, "{}", GP_ST_INVALID);
	second_page(200, NULL, "{\"value\":[{}]}", GP_ST_INVALID);
	second_page(200, NULL, "{\"value\":[" TWO ",{\"id\":\"nobody\"}]}", GP_ST_INVALID);
	second_page(200, NULL,
		    "{\"value\":[{\"@odata.type\":\"#microsoft.graph.group\",\"id\":\"x\"}]}",
		    GP_ST_INVALID);
	second_page(200, NULL, "{\"value\":[" TWO "],\"@odata.nextLink\":7}", GP_ST_INVALID);
	/* But these are only the weather. */
	second_page(429, "Retry-After: 0\r\n", "{}", GP_ST_OK);
	second_page(401, NULL, "{}", GP_ST_OK);
}

static void test_members_cancel_in_the_middle(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "/members?", 200, NULL, "{\"value\":[" ONE "," TWO "," THREE "]}");
	g.cancel_in_each = true;
	ask(&g);
	assert_true(loop_until(g.entra.event, &g.users, 1, RIG_WAIT_MS));
	assert_true(loop_drain(g.entra.event));
	assert_int_equal(g.users, 1);
	assert_int_equal(g.done, 0);
	graph_rig_stop(&g);
}

static void test_members_deadline(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "/members?", 429, "Retry-After: 601\r\n", "{}");
	ask(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_UNAVAILABLE);
	graph_rig_stop(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members_pages),
		cmocka_unit_test(test_members_next_page_elsewhere),
		cmocka_unit_test(test_members_circle),
		cmocka_unit_test(test_members_broken_listing_is_an_error),
		cmocka_unit_test(test_members_cancel_in_the_middle),
		cmocka_unit_test(test_members_deadline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
