/* SPDX-License-Identifier: Apache-2.0 */
/* Who vouches for a guest, and when he leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/internal.h"
#include "tests/unit/graph/graph_rig.h"

#include "contract/ban.h"

#define SPONSORS      "GET /v1.0/users/" RIG_OID "/sponsors?$select=id,displayName,mail "
#define LEAVE         "GET /v1.0/users/" RIG_OID "?$select=id,employeeLeaveDateTime "
#define ID(n)         "cccccccc-0000-4000-8000-00000000001" n
#define USER(n, rest) "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" ID(n) "\"" rest "}"
#define NAMED         ",\"displayName\":\"Mia\",\"mail\":\"mia@contoso.example\""
#define GONE          "{\"error\":{\"code\":\"Request_ResourceNotFound\"}}"
#define FORBIDDEN     "{\"error\":{\"code\":\"Authorization_RequestDenied\"}}"

struct sponsors_rig {
	struct graph_rig g;
	struct gp_sponsor sponsors[GP_SPONSORS_MAX];
	size_t n;
	int64_t leave_s;
};

static void on_sponsors(void *arg, enum gp_status status, const struct gp_sponsor *sponsors,
			size_t n, const struct gp_error *err)
{
	struct sponsors_rig *r = arg;
	assert_true(n <= GP_SPONSORS_MAX);
	for (size_t i = 0; i < n; i++)
		r->sponsors[i] = sponsors[i];
	r->n = n;
	graph_rig_over(&r->g, status, err);
}

static void on_leave(void *arg, enum gp_status status, int64_t leave_s, const struct gp_error *err)
{
	struct sponsors_rig *r = arg;
	r->leave_s = leave_s;
	graph_rig_over(&r->g, status, err);
}

static void ask_sponsors(struct sponsors_rig *r)
{
	assert_int_equal(
		gp_graph_get_sponsors(r->g.graph, RIG_OID, NULL, on_sponsors, r, &r->g.call),
		GP_ST_OK);
	graph_rig_wait(&r->g);
}

static void sponsors_answer(struct sponsors_rig *r, int code, const char *body)
{
	*r = (struct sponsors_rig){0};
	graph_rig_start(&r->g);
	graph_rig_script(&r->g, SPONSORS, code, NULL, body);
	ask_sponsors(r);
	graph_rig_stop(&r->g);
}

static void test_sponsors(void **state)
{
	(void)state;
	struct sponsors_rig r;
	sponsors_answer(&r, 200,
			"{\"value\":[" USER(
				"1", NAMED) ",{\"@odata.type\":"
					    "\"#microsoft.graph.device\",\"id\":\"" ID(
						    "2") "\"},"
							 "{\"@odata.type\":\"#microsoft.graph."
							 "group\",\"id\":\"" RIG_GROUP
							 "\",\"displayName\":\"Desk\\u001b[2J\","
							 "\"mail\":null}," USER("1", "") "]}");
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.sponsors[0].id, ID("1"));
	assert_string_equal(r.sponsors[0].name, "Mia");
	assert_string_equal(r.sponsors[0].mail, "mia@contoso.example");
	assert_false(r.sponsors[0].is_group);
	assert_true(r.sponsors[1].is_group);
	assert_string_equal(r.sponsors[1].id, RIG_GROUP);
	assert_string_equal(r.sponsors[1].name, "Desk\\x1B[2J");
	assert_string_equal(r.sponsors[1].mail, "");
	sponsors_answer(&r, 200, "{\"value\":[]}");
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, 0);
}

static void test_sponsors_texts(void **state)
{
	(void)state;
	struct sponsors_rig r;
	char name[2 * GP_SPONSOR_NAME + 1];
	char mail[GP_SPONSOR_MAIL + 1];
	memset(name, 'n', sizeof(name) - 1);
	memset(mail, 'm', sizeof(mail) - 1);
	name[sizeof(name) - 1] = mail[sizeof(mail) - 1] = '\0';
	char *body = jwt_maker_format(
		"{\"value\":[{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" ID(
			"1") "\","
			     "\"displayName\":\"%s\",\"mail\":\"%s\"},"
			     "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" ID(
				     "2") "\","
					  "\"displayName\":7,\"mail\":\"a\\u202eb@contoso."
					  "example\"},"
					  "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" ID(
						  "3") "\","
						       "\"mail\":\"%s\"}]}",
		name, mail, mail + 1);
	sponsors_answer(&r, 200, body);
	free(body);
	assert_int_equal(r.n, 3);
	assert_int_equal(strlen(r.sponsors[0].name), GP_SPONSOR_NAME - 1);
	/* Half an address, or one with escapes, is somebody else's. */
	assert_string_equal(r.sponsors[0].mail, "");
	assert_string_equal(r.sponsors[1].name, "");
	assert_string_equal(r.sponsors[1].mail, "");
	assert_string_equal(r.sponsors[2].mail, mail + 1);
}

static void test_sponsors_pages(void **state)
{
	(void)state;
	struct sponsors_rig r = {0};
	graph_rig_start(&r.g);
	const char *root = tls_server_origin(r.g.entra.server);
	char *first = jwt_maker_format("{\"value\":[],\"@odata.nextLink\":\"%s/v1.0/next\"}", root);
	/* The sixth is one too many, and nothing is asked for after him. */
	char *second = jwt_maker_format(
		"{\"value\":[" USER("1", "") "," USER("2", "") "," USER("3", "") "," USER(
			"4", "") "," USER("5",
					  "") "," USER("6",
						       "") "],"
							   "\"@odata.nextLink\":\"%s/v1.0/last\"}",
		root);
	graph_rig_script(&r.g, SPONSORS, 200, NULL, first);
	graph_rig_script(&r.g, "GET /v1.0/next ", 200, NULL, second);
	ask_sponsors(&r);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, GP_SPONSORS_MAX);
	assert_string_equal(r.sponsors[4].id, ID("5"));
	assert_int_equal(graph_rig_requests(&r.g), 2);
	free(first);
	free(second);
	graph_rig_stop(&r.g);
}

static void test_sponsors_refused(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *body;
		enum gp_status status;
	} cases[] = {
		{403, FORBIDDEN, GP_ST_DENIED},
		{404, GONE, GP_ST_NOT_FOUND},
		{404, "{}", GP_ST_UNAVAILABLE},
		{200, "{}", GP_ST_INVALID},
		{200, "{\"value\":[{}]}", GP_ST_INVALID},
		{200, "{\"value\":[" USER("1", NAMED) ",{\"id\":\"" ID("2") "\"}]}", GP_ST_INVALID},
		{200,
		 "{\"value\":[" USER("1", NAMED) "],\"@odata.nextLink\":\"https://evil.example/\"}",
		 GP_ST_DENIED},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sponsors_rig r;
		sponsors_answer(&r, cases[i].code, cases[i].body);
		assert_int_equal(r.g.status, cases[i].status);
		assert_int_equal(r.n, 0);
		if (cases[i].code == 403)
			assert_non_null(strstr(r.g.error, GP_PERMISSION_SPONSOR));
	}
}

static void test_leave(void **state)
{
	(void)state;
#define ME "{\"id\":\"" RIG_OID "\""
	static const struct {
		int code;
		const char *body;
		enum gp_status status;
		int64_t leave_s;
		const char *says;
	} cases[] = {
		{200, ME ",\"employeeLeaveDateTime\":\"2026-12-31T00:00:00Z\"}", GP_ST_OK,
		 1798675200, ""},
		{200, ME ",\"employeeLeaveDateTime\":null}", GP_ST_OK, GP_LEAVE_NEVER, ""},
		{200, ME "}", GP_ST_DENIED, GP_LEAVE_UNKNOWN, GP_PERMISSION_LEAVE},
		{200, ME ",\"employeeLeaveDateTime\":\"soon\"}", GP_ST_INVALID, GP_LEAVE_UNKNOWN,
		 "employeeLeaveDateTime"},
		{200, ME ",\"employeeLeaveDateTime\":0}", GP_ST_INVALID, GP_LEAVE_UNKNOWN, ""},
		{200, "{\"id\":\"" RIG_GROUP "\",\"employeeLeaveDateTime\":null}", GP_ST_INVALID,
		 GP_LEAVE_UNKNOWN, "another user"},
		{200, "{\"employeeLeaveDateTime\":null}", GP_ST_INVALID, GP_LEAVE_UNKNOWN, ""},
		{200, "[]", GP_ST_INVALID, GP_LEAVE_UNKNOWN, ""},
		{403, FORBIDDEN, GP_ST_DENIED, GP_LEAVE_UNKNOWN, GP_PERMISSION_LEAVE},
		{404, GONE, GP_ST_NOT_FOUND, GP_LEAVE_UNKNOWN, ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sponsors_rig r = {0};
		graph_rig_start(&r.g);
		graph_rig_script(&r.g, LEAVE, 429, "Retry-After: 0\r\n", "{}");
		graph_rig_script(&r.g, LEAVE, cases[i].code, NULL, cases[i].body);
		assert_int_equal(
			gp_graph_get_leave(r.g.graph, RIG_OID, NULL, on_leave, &r, &r.g.call),
			GP_ST_OK);
		graph_rig_wait(&r.g);
		assert_int_equal(r.g.status, cases[i].status);
		assert_true(r.leave_s == cases[i].leave_s);
		assert_non_null(strstr(r.g.error, cases[i].says));
		graph_rig_stop(&r.g);
	}
}

/* Cut and flipped, an answer with a date never says that he stays for ever. */
static void test_leave_spoilt(void **state)
{
	(void)state;
	static const char sample[] = ME ",\"employeeLeaveDateTime\":\"2026-12-31T00:00:00Z\"}";
	char text[sizeof(sample)];
	int64_t leave_s = 0;
	memcpy(text, sample, sizeof(sample));
	for (size_t len = 0; len < sizeof(sample) - 1; len++)
		assert_int_not_equal(
			gp_leave_parse((struct gp_str){text, len}, RIG_OID, &leave_s, NULL),
			GP_ST_OK);
	for (size_t bit = 0; bit < (sizeof(sample) - 1) * 8; bit++) {
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
		if (gp_leave_parse((struct gp_str){text, sizeof(text) - 1}, RIG_OID, &leave_s,
				   NULL) == GP_ST_OK)
			assert_true(leave_s != GP_LEAVE_NEVER);
		text[bit / 8] = sample[bit / 8];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sponsors),       cmocka_unit_test(test_sponsors_texts),
		cmocka_unit_test(test_sponsors_pages), cmocka_unit_test(test_sponsors_refused),
		cmocka_unit_test(test_leave),          cmocka_unit_test(test_leave_spoilt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
