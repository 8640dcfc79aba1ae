/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/graph/graph_rig.h"

#include "contract/ban.h"

#define USER       "{\"id\":\"" RIG_OID "\",\"accountEnabled\":true}"
#define GONE       "{\"error\":{\"code\":\"Request_ResourceNotFound\",\"message\":\"m\"}}"
#define REQUEST_ID "12345678-1234-4234-8234-123456789abc"

static void on_user(void *arg, enum gp_status status, const struct gp_user *user,
		    const struct gp_error *err)
{
	struct graph_rig *g = arg;
	assert_true((status == GP_ST_OK) == (user != NULL));
	if (user != NULL)
		g->user = *user;
	graph_rig_over(g, status, err);
}

static void on_groups(void *arg, enum gp_status status, const bool *member, size_t n,
		      const struct gp_error *err)
{
	struct graph_rig *g = arg;
	g->members = n;
	for (size_t i = 0; i < n; i++)
		g->member[i] = member[i];
	graph_rig_over(g, status, err);
}

static void ask_user(struct graph_rig *g)
{
	assert_int_equal(gp_graph_get_user(g->graph, "CCCCCCCC-0000-4000-8000-000000000003",
					   REQUEST_ID, on_user, g, &g->call),
			 GP_ST_OK);
	assert_int_equal(g->done, 0);
}

static void test_graph_user(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "/v1.0/users/" RIG_OID "?$select=" GP_USER_SELECT " ", 200,
			 "Date: Fri, 15 Jan 2027 07:50:00 GMT\r\n", USER);
	ask_user(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_string_equal(g.user.id, RIG_OID);
	/* 1800000000 is Fri, 15 Jan 2027 08:00:00 GMT. */
	assert_int_equal(gp_authority_skew_s(g.entra.authority), 600);
	const char *seen = graph_rig_request(&g, 0);
	assert_non_null(strstr(seen, "Authorization: Bearer token-one\r\n"));
	assert_non_null(strstr(seen, "client-request-id: " REQUEST_ID "\r\n"));
	assert_null(strstr(seen, "ConsistencyLevel"));
	graph_rig_stop(&g);
}

/* One answer to GET user, and what becomes of it. */
static void user_answer(int code, const char *headers, const char *body, enum gp_status want)
{
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "/v1.0/users/", code, headers, body);
	ask_user(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, want);
	assert_int_equal(graph_rig_requests(&g), 1);
	assert_string_not_equal(g.error, "");
	graph_rig_stop(&g);
}

static void test_graph_answers_without_a_second_try(void **state)
{
	(void)state;
	user_answer(404, NULL, GONE, GP_ST_NOT_FOUND);
	/* A 404 of anything but Graph's directory is no word about the guest. */
	user_answer(404, NULL, "<html>not found</html>", GP_ST_UNAVAILABLE);
	user_answer(404, NULL, "{\"error\":{\"code\":\"\"}}", GP_ST_UNAVAILABLE);
	user_answer(403, NULL, "{\"error\":{\"code\":\"Authorization_RequestDenied\"}}",
		    GP_ST_DENIED);
	user_answer(403, NULL, GONE, GP_ST_DENIED);
	user_answer(400, NULL, "{\"error\":{\"code\":\"Request_BadRequest\"}}", GP_ST_INVALID);
	user_answer(200, NULL, "<html>", GP_ST_INVALID);
	user_answer(200, NULL, "{}", GP_ST_INVALID);
	user_answer(200, NULL, "{\"id\":\"dddddddd-0000-4000-8000-000000000003\"}", GP_ST_INVALID);
	user_answer(302, "Location: https://evil.example/\r\n", NULL, GP_ST_UNAVAILABLE);
	/* Longer than a call may last: not waited for. */
	user_answer(429, "Retry-After: 61\r\n", "{}", GP_ST_UNAVAILABLE);
}

static void test_graph_new_token_once(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "/v1.0/users/", 401, NULL, "{}");
	graph_rig_script(&g, "/v1.0/users/", 200, NULL, USER);
	ask_user(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_non_null(strstr(graph_rig_request(&g, 0), "Bearer token-one\r\n"));
	assert_non_null(strstr(graph_rig_request(&g, 1), "Bearer token-two\r\n"));
	graph_rig_stop(&g);
	/* A second 401 ends it. */
	graph_rig_start(&g);
	graph_rig_script(&g, "/v1.0/users/", 401, NULL, "{}");
	graph_rig_script(&g, "/v1.0/users/", 401, NULL, "{}");
	ask_user(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_DENIED);
	assert_int_equal(graph_rig_requests(&g), 2);
	graph_rig_stop(&g);
}

static void test_graph_repeats(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "/v1.0/users/", 429, "Retry-After: 0\r\n", "{}");
	graph_rig_script(&g, "/v1.0/users/", 503, "Retry-After: 0\r\n", "{}");
	graph_rig_script(&g, "/v1.0/users/", 500, "Retry-After: 0\r\n", "{}");
	graph_rig_script(&g, "/v1.0/users/", 504, "Retry-After: 0\r\n", "{}");
	graph_rig_script(&g, "/v1.0/users/", 200, NULL, USER);
	ask_user(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_int_equal(graph_rig_requests(&g), 5);
	graph_rig_stop(&g);
}

static void test_graph_gives_up(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	tls_server_script(g.entra.server, &(struct tls_answer){.path = "/v1.0/users/",
							       .status = 503,
							       .headers = "Retry-After: 0\r\n",
							       .times = -1});
	ask_user(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_UNAVAILABLE);
	assert_int_equal(graph_rig_requests(&g), 5);
	graph_rig_stop(&g);
}

static void test_graph_without_a_token(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	tls_server_forget_script(g.entra.server);
	graph_rig_script(&g, "/oauth2/v2.0/token", 400, NULL,
			 "{\"error\":\"unauthorized_client\",\"error_codes\":[700016]}");
	ask_user(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_DENIED);
	assert_non_null(strstr(g.error, "700016"));
	assert_int_equal(graph_rig_requests(&g), 0);
	graph_rig_stop(&g);
}

static const char groups[3][GP_GUID_TEXT] = {
	"67000000-0001-4e00-8e00-000000000001",
	"67000000-0002-4e00-8e00-000000000002",
	"67000000-0003-4e00-8e00-00000000000a",
};

static void test_graph_groups(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "POST /v1.0/users/" RIG_OID "/checkMemberGroups ", 200, NULL,
			 "{\"value\":[\"67000000-0003-4E00-8E00-00000000000A\","
			 "\"99999999-0003-4e00-8e00-00000000000a\"]}");
	assert_int_equal(
		gp_graph_check_groups(g.graph, RIG_OID, groups, 3, NULL, on_groups, &g, &g.call),
		GP_ST_OK);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_int_equal(g.members, 3);
	assert_false(g.member[0]);
	assert_false(g.member[1]);
	assert_true(g.member[2]);
	const char *seen = graph_rig_request(&g, 0);
	assert_non_null(strstr(seen, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(seen, "\r\n\r\n{\"groupIds\":[\"67000000-0001-4e00-8e00-"
				     "000000000001\",\"67000000-0002-4e00-8e00-000000000002\","
				     "\"67000000-0003-4e00-8e00-00000000000a\"]}"));
	graph_rig_stop(&g);
}

static void test_graph_groups_bad_answers(void **state)
{
	(void)state;
	static const char *const bodies[] = {"{}",
					     "{\"value\":{}}",
					     "{\"value\":[1]}",
					     "{\"value\":[\"" RIG_GROUP "x\"]}",
					     "[]",
					     "{\"value\":[\"\"]}",
					     "{\"value\":[\"x\"]}"};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct graph_rig g;
		graph_rig_start(&g);
		graph_rig_script(&g, "/checkMemberGroups", 200, NULL, bodies[i]);
		assert_int_equal(gp_graph_check_groups(g.graph, RIG_OID, groups, 3, NULL, on_groups,
						       &g, NULL),
				 GP_ST_OK);
		graph_rig_wait(&g);
		assert_int_equal(g.status, GP_ST_INVALID);
		assert_int_equal(g.members, 0);
		graph_rig_stop(&g);
	}
}

static void test_graph_bad_questions(void **state)
{
	(void)state;
	static const char many[21][GP_GUID_TEXT] = {RIG_GROUP};
	static const char none[1][GP_GUID_TEXT] = {"x"};
	struct graph_rig g;
	graph_rig_start(&g);
	assert_int_equal(gp_graph_get_user(g.graph, "me", NULL, on_user, &g, NULL), GP_ST_INVALID);
	assert_int_equal(gp_graph_get_user(g.graph, RIG_OID, "x\r\ny", on_user, &g, NULL),
			 GP_ST_INVALID);
	assert_int_equal(
		gp_graph_check_groups(g.graph, RIG_OID, many, 21, NULL, on_groups, &g, NULL),
		GP_ST_INVALID);
	assert_int_equal(
		gp_graph_check_groups(g.graph, RIG_OID, none, 1, NULL, on_groups, &g, NULL),
		GP_ST_INVALID);
	assert_int_equal(
		gp_graph_check_groups(g.graph, RIG_OID, many, 0, NULL, on_groups, &g, NULL),
		GP_ST_INVALID);
	assert_true(loop_drain(g.entra.event));
	assert_int_equal(g.done, 0);
	graph_rig_stop(&g);
}

static void test_graph_cancel_and_free(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	tls_server_script(
		g.entra.server,
		&(struct tls_answer){.path = "/v1.0/", .status = 200, .body = USER, .times = -1});
	ask_user(&g);
	gp_graph_cancel(g.call);
	ask_user(&g);
	struct gp_graph_call *second = g.call;
	ask_user(&g);
	gp_graph_cancel(second);
	ask_user(&g);
	g.free_in_done = true; /* with the other one under way */
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_null(g.graph);
	graph_rig_stop(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_graph_user),
		cmocka_unit_test(test_graph_answers_without_a_second_try),
		cmocka_unit_test(test_graph_new_token_once),
		cmocka_unit_test(test_graph_repeats),
		cmocka_unit_test(test_graph_gives_up),
		cmocka_unit_test(test_graph_without_a_token),
		cmocka_unit_test(test_graph_groups),
		cmocka_unit_test(test_graph_groups_bad_answers),
		cmocka_unit_test(test_graph_bad_questions),
		cmocka_unit_test(test_graph_cancel_and_free),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
