/* SPDX-License-Identifier: Apache-2.0 */
/* Many questions, of which some cannot be answered. */
#include "graph/survey.h"

#include "graph/internal.h"
#include "tests/unit/graph/graph_rig.h"

#include "contract/ban.h"

#define FORBIDDEN "{\"error\":{\"code\":\"AccessDenied\"}}"
#define NONE      "{\"value\":[]}"
#define ONE       "{\"id\":\"one\"}"

static const struct gp_graph_question questions[] = {
	{.name = "a", .path = "/v1.0/a", .permission = "Read.A", .list = true, .advanced = true},
	{.name = "b", .path = "/v1.0/b?$x=1"},
	{.name = "c", .path = "/v1.0/c", .post = "{\"asked\":true}", .list = true},
};

struct survey_rig {
	struct graph_rig g;
	char text[1024];
	char failed[256];
};

static void on_failed(void *arg, size_t question, enum gp_status status, const struct gp_error *err)
{
	struct survey_rig *r = arg;
	size_t len = strlen(r->failed);
	assert_int_equal(gp_format(r->failed + len, sizeof(r->failed) - len, "%zu %s: %s;",
				   question, gp_status_name(status), err->text),
			 GP_ST_OK);
}

static void on_done(void *arg, enum gp_status status, struct gp_str text,
		    const struct gp_error *err)
{
	struct survey_rig *r = arg;
	assert_int_equal(gp_copy(r->text, sizeof(r->text), text), GP_ST_OK);
	graph_rig_over(&r->g, status, err);
}

static void script(struct survey_rig *r, const char *path, int code, const char *body)
{
	graph_rig_script(&r->g, path, code, NULL, body);
}

static void ask(struct survey_rig *r, bool go_on, size_t text_max)
{
	const struct gp_graph_survey survey = {
		.questions = questions,
		.len = sizeof(questions) / sizeof(questions[0]),
		.limit_ms = RIG_WAIT_MS,
		.pause_ms = 1,
		.text_max = text_max,
		.failed = go_on ? on_failed : NULL,
		.done = on_done,
		.arg = r,
	};
	assert_int_equal(gp_graph_ask_all(r->g.graph, &survey, &r->g.call), GP_ST_OK);
	graph_rig_wait(&r->g);
}

static void start(struct survey_rig *r, const char *a, int a_code, const char *c)
{
	*r = (struct survey_rig){0};
	graph_rig_start(&r->g);
	script(r, "GET /v1.0/a ", a_code, a);
	script(r, "GET /v1.0/b?$x=1 ", 200, ONE);
	script(r, "POST /v1.0/c ", 200, c);
}

static void test_all_are_answered(void **state)
{
	(void)state;
	struct survey_rig r;
	start(&r, NONE, 200, NONE);
	ask(&r, true, 4096);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_string_equal(r.text, "{\"a\":[" NONE "],\"b\":" ONE ",\"c\":[" NONE "]}");
	assert_string_equal(r.failed, "");
	assert_non_null(strstr(graph_rig_request(&r.g, 2), "{\"asked\":true}"));
	assert_null(strstr(graph_rig_request(&r.g, 1), "asked"));
	assert_non_null(strstr(graph_rig_request(&r.g, 0), "ConsistencyLevel: eventual"));
	assert_null(strstr(graph_rig_request(&r.g, 1), "ConsistencyLevel"));
	graph_rig_stop(&r.g);
}

static void test_what_fails_is_left_out(void **state)
{
	(void)state;
	struct survey_rig r;
	start(&r, FORBIDDEN, 403, NONE);
	ask(&r, true, 4096);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_string_equal(r.text, "{\"b\":" ONE ",\"c\":[" NONE "]}");
	assert_string_equal(r.failed, "0 denied: Graph: HTTP 403 AccessDenied; this needs the "
				      "permission Read.A;");
	graph_rig_stop(&r.g);

	/* Who is not let in was not forbidden this one. */
	start(&r, "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}", 401, NONE);
	script(&r, "GET /v1.0/a ", 401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}");
	ask(&r, true, 4096);
	assert_non_null(strstr(r.failed, "0 unavailable: Graph: HTTP 401"));
	graph_rig_stop(&r.g);

	/* Half of a list is none. */
	start(&r, "{\"value\":[],\"@odata.nextLink\":\"https://elsewhere.example/\"}", 200,
	      "{\"value\":7}");
	ask(&r, true, 4096);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_string_equal(r.text, "{\"b\":" ONE "}");
	assert_non_null(strstr(r.failed, "0 unavailable: Graph: the next page is not on "));
	assert_non_null(strstr(r.failed, "2 invalid: Graph: the answer has no list;"));
	graph_rig_stop(&r.g);
}

static void test_one_that_fails_can_end_all(void **state)
{
	(void)state;
	struct survey_rig r;
	start(&r, FORBIDDEN, 403, NONE);
	ask(&r, false, 4096);
	assert_int_equal(r.g.status, GP_ST_DENIED);
	assert_string_equal(r.text, "");
	assert_int_equal(graph_rig_requests(&r.g), 1);
	graph_rig_stop(&r.g);
}

static void test_too_much(void **state)
{
	(void)state;
	struct survey_rig r;
	start(&r, NONE, 200, NONE);
	ask(&r, true, 24);
	assert_int_equal(r.g.status, GP_ST_TOO_BIG);
	graph_rig_stop(&r.g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_answered),
		cmocka_unit_test(test_what_fails_is_left_out),
		cmocka_unit_test(test_one_that_fails_can_end_all),
		cmocka_unit_test(test_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
