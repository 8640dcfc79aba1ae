/* SPDX-License-Identifier: Apache-2.0 */
/* What a page of assignments or activations says about one person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "graph/internal.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

#define ROOT    "https://graph.example"
#define OID     "cccccccc-0000-4000-8000-000000000003"
#define OTHER   "cccccccc-0000-4000-8000-000000000004"
#define PACKAGE "acce5500-0001-4a00-8a00-000000000001"
#define GROUP   "67000000-0004-4e00-8e00-000000000004"

#define JULY    INT64_C(1782864000) /* 2026-07-01 */
#define OCTOBER INT64_C(1790812800) /* 2026-10-01 */

#define TARGET  "\"target\":{\"id\":\"x\",\"objectId\":\"" OID "\"}"
#define HEAD    "\"id\":\"a\"," TARGET ",\"accessPackage\":{\"id\":\"" PACKAGE "\"}"
#define STATE   "\"state\":\"delivered\""
#define FOREVER "\"expiration\":{\"type\":\"noExpiration\",\"endDateTime\":null,\"duration\":null}"
#define START   "\"startDateTime\":\"2026-07-01T00:00:00Z\""
#define UNTIL                                                                                      \
	"\"expiration\":{\"type\":\"afterDateTime\",\"endDateTime\":\"2026-10-01T00:00:00Z\","     \
	"\"duration\":null}"
#define SCHEDULE(s) "\"schedule\":{" s "}"
#define GOOD                                                                                       \
	"{" HEAD "," STATE ",\"status\":\"ExpiredNotificationTriggered\","                         \
	"\"expiredDateTime\":\"2020-01-01T00:00:00Z\"," SCHEDULE(                                  \
		START ",\"recurrence\":null," UNTIL) "}"

#define PIM_HEAD                                                                                   \
	"\"id\":\"" GROUP "_member_1\",\"principalId\":\"" OID "\",\"groupId\":\"" GROUP "\""
#define PIM_TIMES                                                                                  \
	"\"startDateTime\":\"2026-07-01T00:00:00Z\",\"endDateTime\":\"2026-10-01T00:00:00Z\""
#define PIM_GOOD                                                                                   \
	"{" PIM_HEAD ",\"accessId\":\"member\",\"assignmentType\":\"activated\","                  \
	"\"memberType\":\"direct\"," PIM_TIMES "}"

struct told {
	struct gp_right right[8];
	size_t n;
};

static enum gp_status keep(void *arg, const struct gp_right *right)
{
	struct told *told = arg;
	if (told->n == sizeof(told->right) / sizeof(told->right[0]))
		return GP_ST_TOO_BIG;
	told->right[told->n++] = *right;
	return GP_ST_OK;
}

static enum gp_status parse_bytes(enum gp_right_kind kind, struct gp_str body, struct told *told)
{
	char next[GP_GRAPH_URL_MAX];
	struct gp_error err = {0};
	const struct gp_rights_page page = {kind, ROOT, OID, PACKAGE, keep, told};
	*told = (struct told){0};
	enum gp_status st = gp_rights_page_parse(body, &page, next, sizeof(next), &err);
	assert_true((st == GP_ST_OK) == (err.text[0] == '\0'));
	return st;
}

static enum gp_status parse(enum gp_right_kind kind, const char *row, struct told *told)
{
	char *body = jwt_maker_format("{\"value\":[%s]}", row);
	enum gp_status st = parse_bytes(kind, gp_str_from(body), told);
	free(body);
	return st;
}

static void test_right_assignment(void **state)
{
	(void)state;
	struct told told;
	assert_int_equal(parse(GP_RIGHT_PACKAGE, GOOD, &told), GP_ST_OK);
	assert_int_equal(told.n, 1);
	const struct gp_right *r = &told.right[0];
	assert_int_equal(r->kind, GP_RIGHT_PACKAGE);
	assert_string_equal(r->id, "a");
	assert_string_equal(r->of, PACKAGE);
	assert_true(r->delivered);
	assert_true(r->begin_s == JULY && r->end_s == OCTOBER);
	assert_false(gp_right_holds(r, JULY - 1));
	assert_true(gp_right_holds(r, JULY));
	assert_true(gp_right_holds(r, OCTOBER - 1));
	assert_false(gp_right_holds(r, OCTOBER));
	assert_false(gp_right_holds(&(struct gp_right){0}, 0));
}

static void test_right_states(void **state)
{
	(void)state;
	static const struct {
		const char *state;
		bool delivered;
	} cases[] = {
		{"delivered", true},       {"Delivered", true},           {"DELIVERED", true},
		{"delivering", false},     {"partiallyDelivered", false}, {"expired", false},
		{"deliveryFailed", false}, {"unknownFutureValue", false}, {"delivered ", false},
		{"deliver", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct told told;
		char *row = jwt_maker_format("{" HEAD ",\"state\":\"%s\",\"status\":\"Delivered\","
					     "" SCHEDULE(START "," FOREVER) "}",
					     cases[i].state);
		assert_int_equal(parse(GP_RIGHT_PACKAGE, row, &told), GP_ST_OK);
		assert_int_equal(told.n, 1);
		assert_int_equal(told.right[0].delivered, cases[i].delivered);
		assert_int_equal(gp_right_holds(&told.right[0], JULY), cases[i].delivered);
		free(row);
	}
}

static void test_right_ends(void **state)
{
	(void)state;
	static const struct {
		const char *schedule;
		int64_t begin_s;
		int64_t end_s;
	} cases[] = {
		{START "," FOREVER, JULY, INT64_MAX},
		{START ",\"expiration\":{\"type\":\"NotSpecified\"}", JULY, INT64_MAX},
		{START "," UNTIL, JULY, OCTOBER},
		{START ",\"expiration\":{\"type\":\"AfterDateTime\",\"endDateTime\":"
		       "\"2026-10-01T00:00:00.123Z\"}",
		 JULY, OCTOBER},
		{"\"startDateTime\":null," UNTIL, INT64_MIN, OCTOBER},
		{"\"startDateTime\":null," FOREVER, INT64_MIN, INT64_MAX},
		{START ",\"expiration\":{\"type\":\"afterDuration\",\"duration\":\"P92D\"}", JULY,
		 OCTOBER},
		{START ",\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P3M\","
		       "\"endDateTime\":null}",
		 JULY, OCTOBER},
		/* Whichever is earlier. */
		{START ",\"expiration\":{\"type\":\"afterDuration\",\"duration\":\"P1Y\","
		       "\"endDateTime\":\"2026-10-01T00:00:00Z\"}",
		 JULY, OCTOBER},
		{START ",\"expiration\":{\"type\":\"afterDuration\",\"duration\":\"P3M\","
		       "\"endDateTime\":\"2027-10-01T00:00:00Z\"}",
		 JULY, OCTOBER},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct told told;
		char *row = jwt_maker_format("{" HEAD "," STATE ",\"schedule\":{%s}}",
					     cases[i].schedule);
		assert_int_equal(parse(GP_RIGHT_PACKAGE, row, &told), GP_ST_OK);
		assert_int_equal(told.n, 1);
		assert_true(told.right[0].begin_s == cases[i].begin_s);
		assert_true(told.right[0].end_s == cases[i].end_s);
		free(row);
	}
}

static void test_right_of_others_is_passed_over(void **state)
{
	(void)state;
#define ROW(target, package)                                                                       \
	"{\"id\":\"b\",\"target\":{" target "},\"accessPackage\":{\"id\":\"" package "\"}," STATE  \
	"," SCHEDULE(START "," FOREVER) "}"
	struct told told;
	assert_int_equal(
		parse(GP_RIGHT_PACKAGE,
		      ROW("\"objectId\":\"" OTHER "\"", PACKAGE) "," ROW(
			      "\"objectId\":\"" OID "\"",
			      GROUP) "," ROW("\"objectId\":null,\"email\":\"new@fabrikam.example\"",
					     PACKAGE) "," GOOD,
		      &told),
		GP_ST_OK);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.right[0].id, "a");
	/* The same person, in other letters. */
	assert_int_equal(parse(GP_RIGHT_PACKAGE,
			       ROW("\"objectId\":\"CCCCCCCC-0000-4000-8000-000000000003\"",
				   "ACCE5500-0001-4A00-8A00-000000000001"),
			       &told),
			 GP_ST_OK);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.right[0].of, PACKAGE);
}

static void test_right_malformed(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"7",
		"null",
		"{}",
		"{" HEAD "}",
		"{" HEAD "," STATE "}",
		"{" HEAD "," STATE ",\"schedule\":null}",
		"{" HEAD "," SCHEDULE(START "," FOREVER) "}",
		"{" HEAD ",\"state\":null," SCHEDULE(START "," FOREVER) "}",
		"{" HEAD ",\"state\":\"\"," SCHEDULE(START "," FOREVER) "}",
		"{" HEAD ",\"state\":1," SCHEDULE(START "," FOREVER) "}",
		"{" TARGET ",\"accessPackage\":{\"id\":\"" PACKAGE "\"}," STATE
		"," SCHEDULE(START "," FOREVER) "}",
		"{\"id\":\"a\\u001b\"," TARGET ",\"accessPackage\":{\"id\":\"" PACKAGE "\"}," STATE
		"," SCHEDULE(START "," FOREVER) "}",
		"{\"id\":\"\"," TARGET ",\"accessPackage\":{\"id\":\"" PACKAGE "\"}," STATE
		"," SCHEDULE(START "," FOREVER) "}",
		"{\"id\":\"a\"," TARGET "," STATE "," SCHEDULE(START "," FOREVER) "}",
		"{\"id\":\"a\"," TARGET ",\"accessPackage\":{\"id\":\"x\"}," STATE
		"," SCHEDULE(START "," FOREVER) "}",
		"{\"id\":\"a\",\"target\":{},\"accessPackage\":{\"id\":\"" PACKAGE "\"}," STATE
		"," SCHEDULE(START "," FOREVER) "}",
		"{\"id\":\"a\",\"target\":null,\"accessPackage\":{\"id\":\"" PACKAGE "\"}," STATE
		"," SCHEDULE(START "," FOREVER) "}",
	};
	static const char *const schedules[] = {
		FOREVER,
		START,
		START ",\"expiration\":null",
		START ",\"expiration\":{}",
		"\"startDateTime\":\"2026-02-30T00:00:00Z\"," FOREVER,
		"\"startDateTime\":0," FOREVER,
		START ",\"recurrence\":{}," FOREVER,
		START ",\"expiration\":{\"type\":null}",
		START ",\"expiration\":{\"type\":\"afterEternity\"}",
		START ",\"expiration\":{\"type\":\"unknownFutureValue\",\"endDateTime\":null}",
		START ",\"expiration\":{\"type\":\"afterDateTime\"}",
		START ",\"expiration\":{\"type\":\"afterDateTime\",\"endDateTime\":null}",
		START ",\"expiration\":{\"type\":\"afterDateTime\",\"endDateTime\":\"never\"}",
		START ",\"expiration\":{\"type\":\"afterDuration\"}",
		START ",\"expiration\":{\"type\":\"afterDuration\",\"duration\":\"P\"}",
		START ",\"expiration\":{\"type\":\"afterDuration\",\"duration\":90}",
		START ",\"expiration\":{\"type\":\"afterDuration\",\"duration\":\"P1D\","
		      "\"endDateTime\":\"later\"}",
		"\"startDateTime\":null,\"expiration\":{\"type\":\"afterDuration\","
		"\"duration\":\"P90D\"}",
		START ",\"expiration\":{\"type\":\"noExpiration\","
		      "\"endDateTime\":\"2026-10-01T00:00:00Z\"}",
		START ",\"expiration\":{\"type\":\"notSpecified\",\"duration\":\"P90D\"}",
	};
	struct told told;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(parse(GP_RIGHT_PACKAGE, rows[i], &told), GP_ST_INVALID);
	for (size_t i = 0; i < sizeof(schedules) / sizeof(schedules[0]); i++) {
		/* Behind a good one too: all or nothing. */
		char *row = jwt_maker_format(GOOD ",{" HEAD "," STATE ",\"schedule\":{%s}}",
					     schedules[i]);
		assert_int_equal(parse(GP_RIGHT_PACKAGE, row, &told), GP_ST_INVALID);
		free(row);
	}
}

static void test_right_id_is_whole_or_an_error(void **state)
{
	(void)state;
	char id[GP_RIGHT_ID + 1];
	struct told told;
	for (size_t len = GP_RIGHT_ID - 1; len <= GP_RIGHT_ID; len++) {
		memset(id, 'x', len);
		id[len] = '\0';
		char *row = jwt_maker_format("{\"id\":\"%s\"," TARGET
					     ",\"accessPackage\":{\"id\":\"" PACKAGE "\"}," STATE
					     "," SCHEDULE(START "," FOREVER) "}",
					     id);
		assert_int_equal(parse(GP_RIGHT_PACKAGE, row, &told),
				 len < GP_RIGHT_ID ? GP_ST_OK : GP_ST_INVALID);
		free(row);
	}
}

static void test_right_activations(void **state)
{
	(void)state;
	static const struct {
		const char *access;
		const char *type;
		bool delivered;
		bool activated;
	} cases[] = {
		{"member", "activated", true, true},
		{"Member", "Activated", true, true},
		{"MEMBER", "assigned", true, false},
		{"member", "Assigned", true, false},
		{"owner", "activated", false, true},
		{"Owner", "assigned", false, false},
		{"members", "assigned", false, false},
		{"member", "unknownFutureValue", false, false},
	};
	struct told told;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *row = jwt_maker_format("{" PIM_HEAD ",\"accessId\":\"%s\","
					     "\"assignmentType\":\"%s\"," PIM_TIMES "}",
					     cases[i].access, cases[i].type);
		assert_int_equal(parse(GP_RIGHT_PIM, row, &told), GP_ST_OK);
		assert_int_equal(told.n, 1);
		assert_int_equal(told.right[0].delivered, cases[i].delivered);
		assert_int_equal(told.right[0].activated, cases[i].activated);
		assert_true(told.right[0].begin_s == JULY && told.right[0].end_s == OCTOBER);
		assert_string_equal(told.right[0].of, GROUP);
		free(row);
	}
#define PIM_MEMBER PIM_HEAD ",\"accessId\":\"member\",\"assignmentType\":\"assigned\""
	assert_int_equal(parse(GP_RIGHT_PIM,
			       "{" PIM_MEMBER ",\"startDateTime\":null,\"endDateTime\":null}",
			       &told),
			 GP_ST_OK);
	assert_true(told.right[0].begin_s == INT64_MIN && told.right[0].end_s == INT64_MAX);
	assert_int_equal(parse(GP_RIGHT_PIM,
			       "{\"id\":\"b\",\"principalId\":\"" OTHER "\"}," PIM_GOOD, &told),
			 GP_ST_OK);
	assert_int_equal(told.n, 1);
}

static void test_right_activations_malformed(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"{}",
		"[]",
		"{\"id\":\"b\",\"principalId\":null}",
		"{" PIM_HEAD "," PIM_TIMES "}",
		"{" PIM_HEAD ",\"accessId\":\"member\"," PIM_TIMES "}",
		"{" PIM_HEAD ",\"assignmentType\":\"assigned\"," PIM_TIMES "}",
		"{" PIM_MEMBER "}",
		"{" PIM_MEMBER ",\"startDateTime\":null}",
		"{" PIM_MEMBER ",\"endDateTime\":null}",
		"{" PIM_MEMBER ",\"startDateTime\":null,\"endDateTime\":\"\"}",
		"{" PIM_MEMBER ",\"startDateTime\":null,\"endDateTime\":\"2026-10-01\"}",
		"{\"id\":\"b\",\"principalId\":\"" OID "\",\"groupId\":\"g\","
		"\"accessId\":\"member\",\"assignmentType\":\"assigned\"," PIM_TIMES "}",
	};
	struct told told;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(parse(GP_RIGHT_PIM, rows[i], &told), GP_ST_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_assignment),
		cmocka_unit_test(test_right_states),
		cmocka_unit_test(test_right_ends),
		cmocka_unit_test(test_right_of_others_is_passed_over),
		cmocka_unit_test(test_right_malformed),
		cmocka_unit_test(test_right_id_is_whole_or_an_error),
		cmocka_unit_test(test_right_activations),
		cmocka_unit_test(test_right_activations_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
