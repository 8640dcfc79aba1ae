/* SPDX-License-Identifier: Apache-2.0 */
/* Asking Graph for one person's rights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/graph/graph_rig.h"

#include "contract/buf.h"
#include "graph/rights.h"

#include "contract/ban.h"

#define PACKAGE     "acce5500-0001-4a00-8a00-000000000001"
#define CORRELATION "01234567-89ab-4def-8123-456789abcdef"
#define BASE        "GET /v1.0/identityGovernance/"
#define ASSIGNMENTS                                                                                \
	BASE "entitlementManagement/assignments?$expand=target,accessPackage&"                     \
	     "$filter=accessPackage/id%20eq%20%27" PACKAGE                                         \
	     "%27%20and%20target/objectId%20eq%20%27" RIG_OID                                      \
	     "%27%20and%20state%20eq%20%27Delivered%27 "
#define ACTIVATIONS                                                                                \
	BASE "privilegedAccess/group/assignmentScheduleInstances?"                                 \
	     "$filter=principalId%20eq%20%27" RIG_OID "%27 "

#define ASSIGNMENT(id, state)                                                                      \
	"{\"id\":\"" id "\",\"state\":\"" state "\",\"schedule\":{\"startDateTime\":null,"         \
	"\"expiration\":{\"type\":\"noExpiration\"}},\"target\":{\"objectId\":\"" RIG_OID "\"},"   \
	"\"accessPackage\":{\"id\":\"" PACKAGE "\"}}"
#define ACTIVATION(id)                                                                             \
	"{\"id\":\"" id "\",\"principalId\":\"" RIG_OID "\",\"groupId\":\"" RIG_GROUP "\","        \
	"\"accessId\":\"member\",\"assignmentType\":\"Activated\",\"startDateTime\":null,"         \
	"\"endDateTime\":\"2026-08-01T14:00:00Z\"}"
#define FORBIDDEN "{\"error\":{\"code\":\"Authorization_RequestDenied\"}}"

struct rights_rig {
	struct graph_rig g;
	struct gp_right rights[4];
	size_t n;
};

static void on_rights(void *arg, enum gp_status status, const struct gp_right *rights, size_t n,
		      const struct gp_error *err)
{
	struct rights_rig *r = arg;
	assert_true(n == 0 || rights != NULL);
	assert_true((status == GP_ST_OK) == (err == NULL));
	assert_true(status == GP_ST_OK || n == 0);
	r->n = n;
	for (size_t i = 0; i < n && i < sizeof(r->rights) / sizeof(r->rights[0]); i++)
		r->rights[i] = rights[i];
	graph_rig_over(&r->g, status, err);
}

static void ask(struct rights_rig *r, enum gp_right_kind kind)
{
	enum gp_status st =
		kind == GP_RIGHT_PACKAGE
			? gp_graph_get_assignments(r->g.graph, PACKAGE, RIG_OID, CORRELATION,
						   on_rights, r, &r->g.call)
			: gp_graph_get_activations(r->g.graph, RIG_OID, CORRELATION, on_rights, r,
						   &r->g.call);
	assert_int_equal(st, GP_ST_OK);
	assert_int_equal(r->g.done, 0);
}

static void test_rights_one_page(void **state)
{
	(void)state;
	struct rights_rig r = {0};
	graph_rig_start(&r.g);
	graph_rig_script(&r.g, ASSIGNMENTS, 200, NULL,
			 "{\"value\":[" ASSIGNMENT("a", "Delivered") "]}");
	ask(&r, GP_RIGHT_PACKAGE);
	graph_rig_wait(&r.g);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.rights[0].kind, GP_RIGHT_PACKAGE);
	assert_true(gp_right_holds(&r.rights[0], 0));
	const char *request = graph_rig_request(&r.g, 0);
	assert_non_null(strstr(request, "client-request-id: " CORRELATION));
	assert_null(strstr(request, "ConsistencyLevel"));
	graph_rig_stop(&r.g);

	r = (struct rights_rig){0};
	graph_rig_start(&r.g);
	graph_rig_script(&r.g, ACTIVATIONS, 200, NULL, "{\"value\":[" ACTIVATION("x") "]}");
	ask(&r, GP_RIGHT_PIM);
	graph_rig_wait(&r.g);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.rights[0].of, RIG_GROUP);
	assert_true(r.rights[0].end_s == 1785592800);
	graph_rig_stop(&r.g);
}

static void test_rights_none(void **state)
{
	(void)state;
	for (int kind = GP_RIGHT_PACKAGE; kind <= GP_RIGHT_PIM; kind++) {
		struct rights_rig r = {0};
		graph_rig_start(&r.g);
		graph_rig_script(&r.g, BASE, 200, NULL, "{\"value\":[]}");
		ask(&r, (enum gp_right_kind)kind);
		graph_rig_wait(&r.g);
		assert_int_equal(r.g.status, GP_ST_OK);
		assert_int_equal(r.n, 0);
		graph_rig_stop(&r.g);
	}
}

/* The second page repeats an id, and says something else. */
static void test_rights_two_pages(void **state)
{
	(void)state;
	struct rights_rig r = {0};
	graph_rig_start(&r.g);
	char *first = jwt_maker_format("{\"value\":[" ASSIGNMENT("a", "delivered") "," ASSIGNMENT(
					       "b", "delivered") "],\"@odata.nextLink\":\"%s/v1.0/"
								 "next?$skiptoken=1\"}",
				       tls_server_origin(r.g.entra.server));
	graph_rig_script(&r.g, ASSIGNMENTS, 200, NULL, first);
	graph_rig_script(
		&r.g, "GET /v1.0/next?$skiptoken=1 ", 200, NULL,
		"{\"value\":[" ASSIGNMENT("b", "expired") "," ASSIGNMENT("c", "delivered") "]}");
	ask(&r, GP_RIGHT_PACKAGE);
	graph_rig_wait(&r.g);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, 3);
	assert_true(r.rights[0].delivered && r.rights[2].delivered);
	assert_string_equal(r.rights[1].id, "b");
	assert_false(r.rights[1].delivered);
	assert_string_equal(r.rights[2].id, "c");
	free(first);
	graph_rig_stop(&r.g);
}

static void test_rights_next_page_elsewhere(void **state)
{
	(void)state;
	struct rights_rig r = {0};
	graph_rig_start(&r.g);
	graph_rig_script(&r.g, ACTIVATIONS, 200, NULL,
			 "{\"value\":[" ACTIVATION(
				 "x") "],\"@odata.nextLink\":\"https://evil.example/v1.0/next\"}");
	ask(&r, GP_RIGHT_PIM);
	graph_rig_wait(&r.g);
	assert_int_equal(r.g.status, GP_ST_DENIED);
	assert_int_equal(graph_rig_requests(&r.g), 1);
	graph_rig_stop(&r.g);
}

/* How a read ends that Graph answers with CODE and BODY; then it would be well again. */
static void answer(enum gp_right_kind kind, int code, const char *headers, const char *body,
		   enum gp_status want, const char *says)
{
	struct rights_rig r = {0};
	graph_rig_start(&r.g);
	graph_rig_script(&r.g, BASE, code, headers, body);
	graph_rig_script(&r.g, BASE, 200, NULL,
			 kind == GP_RIGHT_PACKAGE ? "{\"value\":[" ASSIGNMENT("a", "delivered") "]}"
						  : "{\"value\":[" ACTIVATION("a") "]}");
	ask(&r, kind);
	graph_rig_wait(&r.g);
	assert_int_equal(r.g.status, want);
	assert_int_equal(r.n, want == GP_ST_OK ? 1 : 0);
	if (says != NULL)
		assert_non_null(strstr(r.g.error, says));
	graph_rig_stop(&r.g);
}

static void test_rights_answers(void **state)
{
	(void)state;
	answer(GP_RIGHT_PACKAGE, 403, NULL, FORBIDDEN, GP_ST_DENIED,
	       "Authorization_RequestDenied; this needs the permission "
	       "EntitlementManagement.Read.All");
	answer(GP_RIGHT_PIM, 403, NULL, FORBIDDEN, GP_ST_DENIED,
	       "PrivilegedAssignmentSchedule.Read.AzureADGroup");
	answer(GP_RIGHT_PIM, 403, NULL, "{}", GP_ST_DENIED, "HTTP 403");
	/* The list is not there, which says nothing of the person. */
	answer(GP_RIGHT_PACKAGE, 404, NULL, "{\"error\":{\"code\":\"Request_ResourceNotFound\"}}",
	       GP_ST_UNAVAILABLE, NULL);
	answer(GP_RIGHT_PACKAGE, 404, NULL, "{}", GP_ST_UNAVAILABLE, NULL);
	answer(GP_RIGHT_PIM, 400, NULL, "{\"error\":{\"code\":\"MissingParameters\"}}",
	       GP_ST_INVALID, "MissingParameters");
	answer(GP_RIGHT_PACKAGE, 429, "Retry-After: 0\r\n", "{}", GP_ST_OK, NULL);
	answer(GP_RIGHT_PIM, 429, "Retry-After: 0\r\n", "{}", GP_ST_OK, NULL);
	answer(GP_RIGHT_PIM, 503, "Retry-After: 0\r\n", "{}", GP_ST_OK, NULL);
	answer(GP_RIGHT_PIM, 401, NULL, "{}", GP_ST_OK, NULL);
	answer(GP_RIGHT_PACKAGE, 429, "Retry-After: 61\r\n", "{}", GP_ST_UNAVAILABLE, NULL);
	answer(GP_RIGHT_PACKAGE, 200, NULL, "{}", GP_ST_INVALID, NULL);
	answer(GP_RIGHT_PACKAGE, 200, NULL, "{\"value\":[{}]}", GP_ST_INVALID, "assignment 0");
	answer(GP_RIGHT_PIM, 200, NULL, "{\"value\":[" ACTIVATION("x") ",{}]}", GP_ST_INVALID,
	       "activation 1");
	answer(GP_RIGHT_PIM, 200, NULL, "<html>", GP_ST_INVALID, NULL);
}

/* As many as there may be, and one more. */
static void test_rights_too_many(void **state)
{
	(void)state;
	for (size_t n = GP_RIGHTS_MAX; n <= GP_RIGHTS_MAX + 1; n++) {
		struct rights_rig r = {0};
		struct gp_buf body = GP_BUF(4U << 20);
		graph_rig_start(&r.g);
		gp_buf_text(&body, "{\"value\":[");
		for (size_t i = 0; i < n; i++)
			gp_buf_printf(&body,
				      "%s{\"id\":\"%zu\",\"principalId\":\"" RIG_OID
				      "\",\"groupId\":\"" RIG_GROUP "\",\"accessId\":\"member\","
				      "\"assignmentType\":\"assigned\",\"startDateTime\":null,"
				      "\"endDateTime\":null}",
				      i > 0 ? "," : "", i);
		gp_buf_text(&body, "]}");
		assert_int_equal(gp_buf_status(&body), GP_ST_OK);
		graph_rig_script(&r.g, ACTIVATIONS, 200, NULL, gp_buf_get(&body));
		ask(&r, GP_RIGHT_PIM);
		graph_rig_wait(&r.g);
		assert_int_equal(r.g.status, n > GP_RIGHTS_MAX ? GP_ST_TOO_BIG : GP_ST_OK);
		assert_int_equal(r.n, n > GP_RIGHTS_MAX ? 0 : n);
		gp_buf_free(&body);
		graph_rig_stop(&r.g);
	}
}

static void test_rights_cancel(void **state)
{
	(void)state;
	struct rights_rig r = {0};
	graph_rig_start(&r.g);
	ask(&r, GP_RIGHT_PACKAGE);
	gp_graph_cancel(r.g.call);
	assert_true(loop_drain(r.g.entra.event));
	assert_int_equal(r.g.done, 0);
	/* Another one goes with the client. */
	ask(&r, GP_RIGHT_PIM);
	graph_rig_stop(&r.g);
	assert_int_equal(r.g.done, 0);
}

static void test_rights_free_in_done(void **state)
{
	(void)state;
	struct rights_rig r = {0};
	graph_rig_start(&r.g);
	graph_rig_script(&r.g, ACTIVATIONS, 200, NULL, "{\"value\":[" ACTIVATION("x") "]}");
	r.g.free_in_done = true;
	ask(&r, GP_RIGHT_PIM);
	graph_rig_wait(&r.g);
	assert_int_equal(r.n, 1);
	graph_rig_stop(&r.g);
}

static void test_rights_of_nobody(void **state)
{
	(void)state;
	struct rights_rig r = {0};
	graph_rig_start(&r.g);
	static const char *const bad[] = {"", "x", RIG_OID "0", "' or true"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(gp_graph_get_assignments(r.g.graph, bad[i], RIG_OID, NULL,
							  on_rights, &r, NULL),
				 GP_ST_INVALID);
		assert_int_equal(gp_graph_get_assignments(r.g.graph, PACKAGE, bad[i], NULL,
							  on_rights, &r, NULL),
				 GP_ST_INVALID);
		assert_int_equal(
			gp_graph_get_activations(r.g.graph, bad[i], NULL, on_rights, &r, NULL),
			GP_ST_INVALID);
	}
	assert_int_equal(gp_graph_get_activations(r.g.graph, NULL, NULL, on_rights, &r, NULL),
			 GP_ST_INVALID);
	assert_int_equal(graph_rig_requests(&r.g), 0);
	graph_rig_stop(&r.g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights_one_page),
		cmocka_unit_test(test_rights_none),
		cmocka_unit_test(test_rights_two_pages),
		cmocka_unit_test(test_rights_next_page_elsewhere),
		cmocka_unit_test(test_rights_answers),
		cmocka_unit_test(test_rights_too_many),
		cmocka_unit_test(test_rights_cancel),
		cmocka_unit_test(test_rights_free_in_done),
		cmocka_unit_test(test_rights_of_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
