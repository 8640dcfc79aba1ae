/* SPDX-License-Identifier: Apache-2.0 */
/* Many users by $batch, and one by his address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/internal.h"
#include "tests/unit/graph/graph_rig.h"

#include "contract/ban.h"

#define ID(n) "cccccccc-0000-4000-8000-00000000000" n
#define OK_(n)                                                                                     \
	"{\"id\":\"" n "\",\"status\":200,\"body\":{\"id\":\"" ID(n) "\",\"accountEnabled\":true}" \
								     "}"
#define GONE(n)                                                                                    \
	"{\"id\":\"" n                                                                             \
	"\",\"status\":404,\"body\":{\"error\":{\"code\":\"Request_ResourceNotFound\"}}}"

static struct gp_buf told;

static void each(void *arg, const char *id, enum gp_status status, const struct gp_user *user)
{
	struct graph_rig *g = arg;
	assert_true((user != NULL) == (status == GP_ST_OK));
	gp_buf_printf(&told, "%c %s\n", id[35], gp_status_name(status));
	g->users++;
	if (g->cancel_in_each) {
		gp_graph_cancel(g->call);
		g->call = NULL;
	}
}

static void on_done(void *arg, enum gp_status status, const struct gp_error *err)
{
	graph_rig_over(arg, status, err);
}

static const char three[][GP_GUID_TEXT] = {ID("0"), ID("1"), ID("2")};

static void ask(struct graph_rig *g)
{
	const struct gp_graph_users users = {each, on_done, g};
	gp_buf_free(&told);
	told = GP_BUF(8192);
	assert_int_equal(gp_graph_get_users(g->graph, three, 3, &users, &g->call), GP_ST_OK);
}

static enum gp_status answer(const char *body)
{
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL, body);
	ask(&g);
	graph_rig_wait(&g);
	enum gp_status st = g.status;
	graph_rig_stop(&g);
	return st;
}

static void test_users_unordered(void **state)
{
	(void)state;
	assert_int_equal(answer("{\"responses\":[" OK_("2") "," GONE("0") "," OK_("1") "]}"),
			 GP_ST_OK);
	assert_string_equal(gp_buf_get(&told), "2 ok\n0 not-found\n1 ok\n");
}

/* What was throttled, down or left out is asked again, and nothing else. */
static void test_users_parts_again(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL,
			 "{\"responses\":[" OK_("1") ",{\"id\":\"0\",\"status\":429,\"headers\":{"
						     "\"Retry-After\":\"0\"}}]}");
	graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL,
			 "{\"responses\":[{\"id\":\"2\",\"status\":503,\"headers\":"
			 "{\"retry-after\":\"0\"}}," OK_("0") "]}");
	graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL, "{\"responses\":[" GONE("2") "]}");
	ask(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_string_equal(gp_buf_get(&told), "1 ok\n0 ok\n2 not-found\n");
	const char *last = graph_rig_request(&g, 2);
	assert_non_null(strstr(last, "/users/" ID("2") "?$select=" GP_USER_SELECT));
	assert_null(strstr(last, ID("0")));
	graph_rig_stop(&g);
}

static void test_users_more_than_a_batch(void **state)
{
	(void)state;
	struct graph_rig g;
	char ids[GP_BATCH_MAX + 1][GP_GUID_TEXT];
	struct gp_buf body = GP_BUF(16384);
	graph_rig_start(&g);
	gp_buf_text(&body, "{\"responses\":[");
	for (size_t i = 0; i <= GP_BATCH_MAX; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "cccccccc-0000-4000-8000-0000000000%02zu",
			       i);
		if (i < GP_BATCH_MAX)
			gp_buf_printf(&body,
				      "%s{\"id\":\"%zu\",\"status\":200,\"body\":{\"id\":\"%s\"}}",
				      i > 0 ? "," : "", i, ids[i]);
	}
	gp_buf_text(&body, "]}");
	graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL, gp_buf_get(&body));
	graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL,
			 "{\"responses\":[{\"id\":\"0\",\"status\":200,\"body\":"
			 "{\"id\":\"cccccccc-0000-4000-8000-000000000020\"}}]}");
	const struct gp_graph_users users = {each, on_done, &g};
	gp_buf_free(&told);
	told = GP_BUF(8192);
	assert_int_equal(gp_graph_get_users(g.graph, ids, GP_BATCH_MAX + 1, &users, &g.call),
			 GP_ST_OK);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_OK);
	assert_int_equal(g.users, GP_BATCH_MAX + 1);
	gp_buf_free(&body);
	graph_rig_stop(&g);
}

static void test_users_broken(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		enum gp_status status;
	} cases[] = {
		{"{}", GP_ST_INVALID},
		{"{\"responses\":[" OK_("1") "," OK_("1") "]}", GP_ST_INVALID},
		{"{\"responses\":[" OK_("3") "]}", GP_ST_INVALID},
		{"{\"responses\":[{\"id\":\"0\",\"status\":\"200\"}]}", GP_ST_INVALID},
		{"{\"responses\":[{\"id\":0,\"status\":200}]}", GP_ST_INVALID},
		{"{\"responses\":[{\"id\":\"0\",\"status\":200}]}", GP_ST_INVALID},
		/* Another person than was asked for. */
		{"{\"responses\":[{\"id\":\"0\",\"status\":200,\"body\":{\"id\":\"" ID(
			 "1") "\"}}]}",
		 GP_ST_INVALID},
		{"{\"responses\":[{\"id\":\"0\",\"status\":403,\"body\":{}}]}", GP_ST_DENIED},
		/* A 404 that is not Graph's own does not say that he is gone. */
		{"{\"responses\":[{\"id\":\"0\",\"status\":404,\"body\":{}}]}", GP_ST_UNAVAILABLE},
		{"{\"responses\":[{\"id\":\"0\",\"status\":400}]}", GP_ST_UNAVAILABLE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(answer(cases[i].body), cases[i].status);
}

static void test_users_give_up(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	for (int i = 0; i < 5; i++)
		graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL,
				 "{\"responses\":[{\"id\":\"0\",\"status\":429,\"headers\":"
				 "{\"Retry-After\":\"0\"}}]}");
	ask(&g);
	graph_rig_wait(&g);
	assert_int_equal(g.status, GP_ST_UNAVAILABLE);
	assert_int_equal(graph_rig_requests(&g), 5);
	graph_rig_stop(&g);
}

static void test_users_cancel_in_the_middle(void **state)
{
	(void)state;
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, "POST /v1.0/$batch ", 200, NULL,
			 "{\"responses\":[" OK_("2") "," GONE("0") "," OK_("1") "]}");
	g.cancel_in_each = true;
	ask(&g);
	assert_true(loop_until(g.entra.event, &g.users, 1, RIG_WAIT_MS));
	assert_true(loop_drain(g.entra.event));
	assert_int_equal(g.users, 1);
	assert_int_equal(g.done, 0);
	graph_rig_stop(&g);
}

static void on_found(void *arg, enum gp_status status, const struct gp_user *user,
		     const struct gp_error *err)
{
	struct graph_rig *g = arg;
	if (user != NULL)
		g->user = *user;
	graph_rig_over(g, status, err);
}

static enum gp_status find(const char *mail, const char *path, const char *body)
{
	struct graph_rig g;
	graph_rig_start(&g);
	graph_rig_script(&g, path, 200, NULL, body);
	assert_int_equal(gp_graph_find_user(g.graph, mail, RIG_OID, on_found, &g, &g.call),
			 GP_ST_OK);
	graph_rig_wait(&g);
	enum gp_status st = g.status;
	graph_rig_stop(&g);
	return st;
}

static void test_find_user(void **state)
{
	(void)state;
	assert_int_equal(
		find("o'neil+x#1@a.example",
		     "GET /v1.0/users?$select=" GP_USER_SELECT
		     "&$top=2&$filter=mail%20eq%20%27o%27%27neil%2Bx%231%40a%2Eexample%27 ",
		     "{\"value\":[{\"id\":\"" ID("1") "\"}]}"),
		GP_ST_OK);
	assert_int_equal(find("a@b.example", "/v1.0/users?", "{\"value\":[]}"), GP_ST_NOT_FOUND);
	assert_int_equal(find("a@b.example", "/v1.0/users?",
			      "{\"value\":[{\"id\":\"" ID("1") "\"},{\"id\":\"" ID("2") "\"}]}"),
			 GP_ST_CONFLICT);
	assert_int_equal(find("a@b.example", "/v1.0/users?", "{\"value\":{}}"), GP_ST_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users_unordered),
		cmocka_unit_test(test_users_parts_again),
		cmocka_unit_test(test_users_more_than_a_batch),
		cmocka_unit_test(test_users_broken),
		cmocka_unit_test(test_users_give_up),
		cmocka_unit_test(test_users_cancel_in_the_middle),
		cmocka_unit_test(test_find_user),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	gp_buf_free(&told);
	return failed;
}
