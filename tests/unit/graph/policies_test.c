/* SPDX-License-Identifier: Apache-2.0 */
/* The tenant's policies as Graph tells them, whole or not at all; and all the groups of one person.
 */
#include "graph/policies.h"

#include "graph/internal.h"
#include "tests/unit/graph/graph_rig.h"

#include "contract/ban.h"

#define POLICIES  "GET /v1.0/identity/conditionalAccess/policies "
#define MORE      "GET /v1.0/identity/conditionalAccess/policies?$skiptoken=two "
#define LOCATIONS "GET /v1.0/identity/conditionalAccess/namedLocations "
#define DEFAULT   "GET /v1.0/policies/crossTenantAccessPolicy/default "
#define PARTNERS  "GET /v1.0/policies/crossTenantAccessPolicy/partners "
#define GROUPS    "POST /v1.0/users/" RIG_OID "/getMemberGroups "
#define FORBIDDEN "{\"error\":{\"code\":\"AccessDenied\"}}"
#define NONE      "{\"value\":[]}"
#define ONE       "{\"value\":[{\"id\":\"one\",\"state\":\"enabled\"}]}"
#define OWN       "{\"isServiceDefault\":true}"
#define ID(n)     "67000000-000" n "-4e00-8e00-000000000001"

struct policies_rig {
	struct graph_rig g;
	char text[2048];
	char groups[4][GP_GUID_TEXT];
	size_t n;
};

static void on_policies(void *arg, enum gp_status status, struct gp_str text,
			const struct gp_error *err)
{
	struct policies_rig *r = arg;
	assert_int_equal(gp_copy(r->text, sizeof(r->text), text), GP_ST_OK);
	graph_rig_over(&r->g, status, err);
}

static void start(struct policies_rig *r)
{
	*r = (struct policies_rig){0};
	graph_rig_start(&r->g);
	r->g.graph->policy_pause_ms = 1;
}

static void read_policies(struct policies_rig *r)
{
	assert_int_equal(gp_graph_get_policies(r->g.graph, on_policies, r, &r->g.call), GP_ST_OK);
	graph_rig_wait(&r->g);
}

static void script(struct policies_rig *r, const char *path, int code, const char *body)
{
	graph_rig_script(&r->g, path, code, NULL, body);
}

static void test_policies_whole(void **state)
{
	(void)state;
	struct policies_rig r;
	char page[512];
	start(&r);
	assert_int_equal(
		gp_format(page, sizeof(page),
			  "{\"value\":[{\"id\":\"one\",\"state\":\"enabled\"}],"
			  "\"@odata.nextLink\":\"%s/v1.0/identity/conditionalAccess/policies"
			  "?$skiptoken=two\"}",
			  r.g.graph->root),
		GP_ST_OK);
	script(&r, POLICIES, 200, page);
	script(&r, MORE, 200, NONE);
	script(&r, LOCATIONS, 200, ONE);
	script(&r, DEFAULT, 200, OWN);
	script(&r, PARTNERS, 200, NONE);
	read_policies(&r);
	assert_int_equal(r.g.status, GP_ST_OK);
	char whole[1024];
	assert_int_equal(gp_format(whole, sizeof(whole),
				   "{\"policies\":[%s," NONE "],\"locations\":[" ONE
				   "],\"default\":" OWN ",\"partners\":[" NONE "]}",
				   page),
			 GP_ST_OK);
	assert_string_equal(r.text, whole);
	/* Newer members of an enum come by their names, in each request. */
	assert_int_equal(graph_rig_requests(&r.g), 5);
	for (size_t i = 0; i < 5; i++)
		assert_non_null(
			strstr(graph_rig_request(&r.g, i), "Prefer: include-unknown-enum-members"));
	graph_rig_stop(&r.g);
}

static void ends(const char *policies, int code, const char *own, enum gp_status status,
		 const char *words)
{
	struct policies_rig r;
	start(&r);
	script(&r, POLICIES, code, policies);
	script(&r, LOCATIONS, 200, NONE);
	script(&r, DEFAULT, 200, own);
	script(&r, PARTNERS, 200, NONE);
	read_policies(&r);
	assert_int_equal(r.g.status, status);
	assert_string_equal(r.text, "");
	if (strstr(r.g.error, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, r.g.error);
	graph_rig_stop(&r.g);
}

static void test_policies_all_or_nothing(void **state)
{
	(void)state;
	ends(FORBIDDEN, 403, OWN, GP_ST_DENIED, "this needs the permission Policy.Read.All");
	ends("{\"value\":{}}", 200, OWN, GP_ST_INVALID, "no list");
	ends("{\"value\":[", 200, OWN, GP_ST_INVALID, "");
	ends("[]", 200, OWN, GP_ST_INVALID, "no list");
	ends(ONE, 200, "[]", GP_ST_INVALID, "no object");
	ends(ONE, 200, "{\"a\":", GP_ST_INVALID, "");
	ends("{\"value\":[],\"@odata.nextLink\":\"https://elsewhere.example/v1.0\"}", 200, OWN,
	     GP_ST_DENIED, "is not on");
}

static void test_policies_cancelled(void **state)
{
	(void)state;
	struct policies_rig r;
	start(&r);
	script(&r, POLICIES, 200, NONE);
	assert_int_equal(gp_graph_get_policies(r.g.graph, on_policies, &r, &r.g.call), GP_ST_OK);
	gp_graph_cancel(r.g.call);
	assert_true(loop_drain(r.g.entra.event));
	assert_int_equal(r.g.done, 0);
	graph_rig_stop(&r.g);
}

static void on_groups(void *arg, enum gp_status status, const char (*groups)[GP_GUID_TEXT],
		      size_t n, const struct gp_error *err)
{
	struct policies_rig *r = arg;
	assert_true(n <= sizeof(r->groups) / sizeof(r->groups[0]));
	for (size_t i = 0; i < n; i++)
		memcpy(r->groups[i], groups[i], sizeof(r->groups[i]));
	r->n = n;
	graph_rig_over(&r->g, status, err);
}

static void groups_are(struct policies_rig *r, int code, const char *body)
{
	start(r);
	script(r, GROUPS, code, body);
	assert_int_equal(
		gp_graph_get_member_groups(r->g.graph, RIG_OID, NULL, on_groups, r, &r->g.call),
		GP_ST_OK);
	graph_rig_wait(&r->g);
	assert_non_null(strstr(graph_rig_request(&r->g, 0), "{\"securityEnabledOnly\":false}"));
	graph_rig_stop(&r->g);
}

static void test_member_groups(void **state)
{
	(void)state;
	struct policies_rig r;
	groups_are(&r, 200,
		   "{\"value\":[\"" ID("1") "\",\"67000000-0002-4E00-8E00-000000000001\"]}");
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.groups[0], ID("1"));
	assert_string_equal(r.groups[1], ID("2"));
	groups_are(&r, 200, NONE);
	assert_int_equal(r.g.status, GP_ST_OK);
	assert_int_equal(r.n, 0);
	groups_are(&r, 200, "{\"value\":[\"" ID("1") "\",7]}");
	assert_int_equal(r.g.status, GP_ST_INVALID);
	assert_int_equal(r.n, 0);
	groups_are(&r, 403, FORBIDDEN);
	assert_int_equal(r.g.status, GP_ST_DENIED);
	groups_are(&r, 400, "{\"error\":{\"code\":\"Directory_ResultSizeLimitExceeded\"}}");
	assert_int_equal(r.g.status, GP_ST_INVALID);
}

/* Cut anywhere it is no answer; with any bit turned it names groups or is none. */
static void test_member_groups_spoilt(void **state)
{
	(void)state;
	char text[] = "{\"value\":[\"" ID("1") "\",\"" ID("2") "\"]}";
	const size_t len = sizeof(text) - 1;
	char(*groups)[GP_GUID_TEXT] = NULL;
	size_t n = 0;
	uint8_t guid[16];
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_not_equal(
			gp_member_groups_parse((struct gp_str){text, cut}, &groups, &n, NULL),
			GP_ST_OK);
		assert_null(groups);
	}
	for (size_t bit = 0; bit < len * 8; bit++) {
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
		if (gp_member_groups_parse((struct gp_str){text, len}, &groups, &n, NULL) ==
		    GP_ST_OK) {
			assert_true(n <= 2);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(gp_guid_parse(gp_str_from(groups[i]), guid),
						 GP_ST_OK);
			free(groups);
		}
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policies_whole),
		cmocka_unit_test(test_policies_all_or_nothing),
		cmocka_unit_test(test_policies_cancelled),
		cmocka_unit_test(test_member_groups),
		cmocka_unit_test(test_member_groups_spoilt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
