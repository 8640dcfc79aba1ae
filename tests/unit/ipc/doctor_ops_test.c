/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to "doctor": findings of the policies, with ids that the command knows. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

#include "base/json.h"
#include "doctor/findings.h"
#include "ipc/admin.h"
#include "policy/ca_policy.h"
#include "tests/unit/config/sample.h"

#include "contract/ban.h"

#define ANSWER_MAX 60000 /* one frame */

#define POLICY(name, state, more, grant)                                                           \
	"{\"id\":\"aaaaaaaa-0000-4000-8000-000000000009\",\"displayName\":\"" name                 \
	"\",\"state\":\"" state "\",\"conditions\":{\"users\":{\"includeUsers\":[\"All\"]},"       \
	"\"applications\":{\"includeApplications\":[\"" API "\"]}" more                            \
	"},\"grantControls\":{\"operator\":\"AND\",\"builtInControls\":[\"" grant "\"]}}"
#define PLACE                                                                                      \
	",\"locations\":{\"includeLocations\":[\"All\"],\"excludeLocations\":[\"AllTrusted\"]}"
#define BLOCKED                                                                                    \
	"{\"b2bCollaborationInbound\":{\"usersAndGroups\":{\"accessType\":\"blocked\","            \
	"\"targets\":[{\"target\":\"AllUsers\"}]}}}"
#define SET(policies, standard)                                                                    \
	"{\"policies\":[{\"value\":[" policies "]}],\"locations\":[],\"default\":" standard        \
	",\"partners\":[]}"

static struct gp_config *config(void)
{
	struct gp_config *out = NULL;
	struct gp_error err = {0};
	const struct gp_config_file file = {"g.conf", gp_str_from(SAMPLE)};
	if (gp_config_parse(&file, 1, &out, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	return out;
}

/* The ids of the answer, each of which the command knows, with a blank between two. */
static void read_answer(const struct gp_buf *out, char *ids, size_t size, size_t *unseen)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *list = NULL;
	struct gp_error err = {0};
	ids[0] = '\0';
	assert_int_equal(gp_buf_status(out), GP_ST_OK);
	assert_int_equal(gp_json_parse((struct gp_str){gp_buf_get(out), out->len}, &doc, &err),
			 GP_ST_OK);
	assert_int_equal(gp_json_get_array(gp_json_root(doc), "not_looked_at", &list), GP_ST_OK);
	*unseen = gp_json_array_len(list);
	assert_int_equal(gp_json_get_array(gp_json_root(doc), "findings", &list), GP_ST_OK);
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		struct gp_str id = {0};
		struct gp_str what = {0};
		const struct gp_json *one = gp_json_array_at(list, i);
		assert_int_equal(gp_json_get_str(one, "id", 64, &id), GP_ST_OK);
		assert_int_equal(gp_json_get_str(one, "what", 1024, &what), GP_ST_OK);
		assert_true(what.len > 0);
		assert_int_not_equal(gp_finding_by_name(id), GP_FINDING_COUNT);
		size_t len = strlen(ids);
		assert_int_equal(gp_format(ids + len, size - len, "%s%.*s", len > 0 ? " " : "",
					   GP_STR_ARGS(id)),
				 GP_ST_OK);
	}
}

static const char *look(const char *text, struct gp_buf *out)
{
	static char ids[4096];
	struct gp_ca_set *set = NULL;
	struct gp_error err = {0};
	struct gp_config *c = config();
	size_t unseen = 0;
	if (gp_ca_set_parse(gp_str_from(text), &set, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	struct gp_admin_findings f;
	gp_admin_findings_begin(&f, out);
	gp_admin_doctor_policies(set, c, &f);
	gp_admin_findings_end(&f, "");
	gp_ca_set_free(set);
	gp_config_free(c);
	read_answer(out, ids, sizeof(ids), &unseen);
	assert_int_equal(unseen, 0);
	return ids;
}

static void test_doctor_ops_findings(void **state)
{
	(void)state;
	static const struct {
		const char *set, *ids, *words;
	} rows[] = {
		{SET("", "{}"), "", ""},
		{SET(POLICY("P", "enabled", "", "mfa"), "{}"), "", ""},
		{SET(POLICY("P \\\"x\\\"", "enabled", "", "compliantDevice"), "{}"),
		 "ca-impossible",
		 "the policy 'P \\\"x\\\"' (aaaaaaaa-0000-4000-8000-000000000009) "
		 "asks for a compliant"},
		{SET(POLICY("P", "enabled", PLACE, "compliantDevice"), "{}"), "ca-impossible-some",
		 "device"},
		{SET(POLICY("P", "enabledForReportingButNotEnforced", "", "block"), "{}"),
		 "ca-report-only", "blocks this tier's API"},
		/* Both homes of the configuration. */
		{SET("", BLOCKED), "home-blocked home-blocked", HOME_2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gp_buf_auto struct gp_buf out = GP_BUF(ANSWER_MAX);
		const char *ids = look(rows[i].set, &out);
		if (strcmp(ids, rows[i].ids) != 0)
			fail_msg("row %zu found '%s', not '%s'", i, ids, rows[i].ids);
		assert_non_null(strstr(gp_buf_get(&out), rows[i].words));
	}
}

/* However many there are, and whatever their names hold, the answer fits its frame. */
static void test_doctor_ops_many(void **state)
{
	(void)state;
	static char ids[4096];
	gp_buf_auto struct gp_buf text = GP_BUF(1U << 20);
	gp_buf_auto struct gp_buf out = GP_BUF(ANSWER_MAX);
	struct gp_ca_set *set = NULL;
	struct gp_error err = {0};
	struct gp_config *c = config();
	size_t unseen = 0;
	gp_buf_text(&text, "{\"policies\":[{\"value\":[");
	for (int i = 0; i < 200; i++) {
		gp_buf_text(&text, i > 0 ? "," : "");
		gp_buf_text(&text, POLICY("\\u0007\\u202e\\u0007\\u202e\\u0007\\u202e\\u0007\\u202e"
					  "\\u0007\\u202e\\u0007\\u202e\\u0007\\u202e\\u0007",
					  "enabled", "", "compliantDevice"));
	}
	gp_buf_text(&text, "]}],\"locations\":[],\"default\":{},\"partners\":[]}");
	assert_int_equal(gp_ca_set_parse((struct gp_str){gp_buf_get(&text), text.len}, &set, &err),
			 GP_ST_OK);
	struct gp_admin_findings f;
	gp_admin_findings_begin(&f, &out);
	gp_admin_doctor_policies(set, c, &f);
	gp_admin_findings_end(&f, "\"something\"");
	read_answer(&out, ids, sizeof(ids), &unseen);
	assert_int_equal(unseen, 2); /* that there were more, and that */
	gp_ca_set_free(set);
	gp_config_free(c);
}

/* A tier that needs nothing of Graph is answered at once. */
static void test_doctor_ops_without_policies(void **state)
{
	(void)state;
	char ids[64];
	size_t unseen = 0;
	gp_buf_auto struct gp_buf out = GP_BUF(ANSWER_MAX);
	struct gp_tenant tenant = {.refs = 1, .config = config()};
	const struct gp_admin_deps deps = {.tenant = &tenant};
	const struct gp_admin_asker asker = {.conn = NULL};
	struct gp_admin_later *later = NULL;
	gp_admin_doctor(&deps, NULL, &asker, &later, &out);
	assert_null(later);
	assert_int_equal(tenant.refs, 1);
	read_answer(&out, ids, sizeof(ids), &unseen);
	assert_string_equal(ids, "policies-unread");
	assert_int_equal(unseen, 0);
	gp_config_free(tenant.config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doctor_ops_findings),
		cmocka_unit_test(test_doctor_ops_many),
		cmocka_unit_test(test_doctor_ops_without_policies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
