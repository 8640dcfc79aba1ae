/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/login_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/text.h"
#include "entra/login_error_table.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

static const struct {
	int code;
	const char *error;
	uint32_t number;
	enum gp_login_class class;
	bool throttled;
} classed[] = {
	/* The string decides first, whatever the number. */
	{400, "authorization_pending", 70016, GP_CLASS_PENDING, false},
	{400, "authorization_pending", 0, GP_CLASS_PENDING, false},
	{401, "authorization_pending", 53003, GP_CLASS_PENDING, false},
	{400, "slow_down", 0, GP_CLASS_SLOW_DOWN, false},
	{429, "slow_down", 0, GP_CLASS_SLOW_DOWN, true},
	{400, "expired_token", 70020, GP_CLASS_EXPIRED, false},
	{400, "code_expired", 70019, GP_CLASS_EXPIRED, false},
	{400, "authorization_declined", 700171, GP_CLASS_DECLINED, false},
	{400, "authorization_declined", 70017, GP_CLASS_DECLINED, false},
	{400, "access_denied", 0, GP_CLASS_DECLINED, false},
	{400, "bad_verification_code", 0, GP_CLASS_CODE_FLOW, false},
	/* Then the number. */
	{400, "invalid_grant", 53003, GP_CLASS_POLICY_BLOCK, false},
	{401, "invalid_grant", 50097, GP_CLASS_POLICY_BLOCK, false},
	{400, "invalid_grant", 530033, GP_CLASS_POLICY_BLOCK, false},
	{400, "interaction_required", 50076, GP_CLASS_INTERACT, false},
	{400, "invalid_grant", 50020, GP_CLASS_GUEST_NOT_HERE, false},
	{400, "invalid_grant", 50014, GP_CLASS_GUEST_PENDING, false},
	{400, "invalid_grant", 50057, GP_CLASS_GUEST_DISABLED, false},
	{400, "invalid_grant", 500571, GP_CLASS_GUEST_DISABLED, false},
	{400, "invalid_grant", 500212, GP_CLASS_HOME_SIDE, false},
	{400, "invalid_grant", 500213, GP_CLASS_POLICY_BLOCK, false},
	{400, "invalid_grant", 50105, GP_CLASS_NOT_ASSIGNED, false},
	{400, "invalid_grant", 65001, GP_CLASS_CONSENT, false},
	{400, "invalid_grant", 70000, GP_CLASS_REAUTH, false},
	{401, "invalid_client", 7000218, GP_CLASS_CONFIG, false},
	{400, "invalid_grant", 50196, GP_CLASS_RETRY, true},
	{400, "invalid_grant", 90055, GP_CLASS_RETRY, true},
	{400, "invalid_grant", 50033, GP_CLASS_RETRY, false},
	{503, "invalid_grant", 53003, GP_CLASS_POLICY_BLOCK, false},
	/* A number that only begins like one of the list is another number. */
	{400, "invalid_grant", 530039, GP_CLASS_REAUTH, false},
	{400, "invalid_grant", 5300, GP_CLASS_REAUTH, false},
	/* Then the other strings. */
	{401, "invalid_client", 0, GP_CLASS_CONFIG, false},
	{400, "unauthorized_client", 1, GP_CLASS_CONFIG, false},
	{400, "invalid_scope", 1, GP_CLASS_CONFIG, false},
	{400, "invalid_resource", 1, GP_CLASS_CONFIG, false},
	{400, "interaction_required", 1, GP_CLASS_INTERACT, false},
	{400, "temporarily_unavailable", 1, GP_CLASS_RETRY, false},
	{400, "server_error", 1, GP_CLASS_RETRY, false},
	{400, "invalid_grant", 0, GP_CLASS_REAUTH, false},
	{400, "made_up", 0, GP_CLASS_REAUTH, false},
	{429, "made_up", 0, GP_CLASS_RETRY, true},
	{500, "made_up", 0, GP_CLASS_RETRY, false},
};

static void test_login_error_classes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classed) / sizeof(classed[0]); i++) {
		struct gp_login_error e;
		char *codes =
			classed[i].number != 0
				? jwt_maker_format(",\"error_codes\":[%u,16000]", classed[i].number)
				: jwt_maker_format("%s", "");
		char *body = jwt_maker_format("{\"error\":\"%s\"%s}", classed[i].error, codes);
		gp_login_error_parse(classed[i].code, gp_str_from(body), &e);
		if (e.class != classed[i].class || e.throttled != classed[i].throttled)
			fail_msg("row %zu, %s %u: %s", i, classed[i].error, classed[i].number,
				 gp_login_class_name(e.class));
		assert_int_equal(e.number, classed[i].number);
		assert_string_equal(e.error, classed[i].error);
		free(codes);
		free(body);
	}
}

/* What is not an error answer: a proxy's page, an empty body, another shape. */
static void test_login_error_other_bodies(void **state)
{
	static const char *const bodies[] = {
		"",
		"<html><body>Bad gateway</body></html>",
		"null",
		"[]",
		"{}",
		"{\"error\":null}",
		"{\"error\":\"\"}",
		"{\"error\":{\"code\":\"x\"}}",
		"{\"error\":\"authorization_pending\",\"error\":\"invalid_grant\"}",
		"{\"error\":\"authorization_pending\"",
		"{\"error\":\"authorization_pending\"}{}",
		"{\"error\":\"authorization_pending\\u0000\"}",
	};
	static const struct {
		int code;
		enum gp_login_class class;
		bool throttled;
	} codes[] = {
		{400, GP_CLASS_UNKNOWN, false}, {401, GP_CLASS_UNKNOWN, false},
		{404, GP_CLASS_UNKNOWN, false}, {200, GP_CLASS_UNKNOWN, false},
		{0, GP_CLASS_UNKNOWN, false},   {-1, GP_CLASS_UNKNOWN, false},
		{600, GP_CLASS_UNKNOWN, false}, {429, GP_CLASS_RETRY, true},
		{500, GP_CLASS_RETRY, false},   {502, GP_CLASS_RETRY, false},
		{599, GP_CLASS_RETRY, false},
	};
	(void)state;
	for (size_t b = 0; b < sizeof(bodies) / sizeof(bodies[0]); b++) {
		for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++) {
			struct gp_login_error e;
			gp_login_error_parse(codes[c].code, gp_str_from(bodies[b]), &e);
			if (e.class != codes[c].class || e.throttled != codes[c].throttled)
				fail_msg("%d %s", codes[c].code, bodies[b]);
			assert_string_equal(e.error, "");
			assert_int_equal(e.number, 0);
		}
	}
}

static void test_login_error_texts(void **state)
{
	struct gp_login_error e;
	char big[400];
	memset(big, 'd', sizeof(big));

	(void)state;
	char *body = jwt_maker_format(
		"{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS53003: blocked.\\r\\n"
		"Trace ID: x\\u001b[2J\",\"error_codes\":[53003],\"timestamp\":\"2026-08-01 "
		"10:00:00Z\",\"trace_id\":\"t-1\",\"correlation_id\":\"c-1\",\"suberror\":"
		"\"message_only\",\"claims\":\"{\\\"access_token\\\":{}}\"}");
	gp_login_error_parse(400, gp_str_from(body), &e);
	assert_int_equal(e.class, GP_CLASS_POLICY_BLOCK);
	assert_string_equal(e.description, "AADSTS53003: blocked.\\x0D\\x0ATrace ID: x\\x1B[2J");
	assert_string_equal(e.trace_id, "t-1");
	assert_string_equal(e.correlation_id, "c-1");
	free(body);
	body = jwt_maker_format("{\"error\":\"%.*s\",\"error_description\":\"%.*s\","
				"\"error_codes\":[\"53003\"],\"trace_id\":7}",
				100, big, 400, big);
	gp_login_error_parse(400, gp_str_from(body), &e);
	assert_int_equal(e.class, GP_CLASS_REAUTH);
	assert_int_equal(e.number, 0);
	assert_int_equal(strlen(e.error), sizeof(e.error) - 1);
	assert_int_equal(strlen(e.description), sizeof(e.description) - 1);
	assert_string_equal(e.trace_id, "");
	free(body);
}

static void test_login_error_numbers(void **state)
{
	static const char *const rows[] = {
		"53003",        "[]", "[\"53003\"]",   "[53003.0]", "[-53003]",
		"[null,53003]", "{}", "[99999999999]", "[[53003]]", "[0,53003]",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_login_error e;
		char *body = jwt_maker_format("{\"error\":\"invalid_grant\",\"error_codes\":%s}",
					      rows[i]);
		gp_login_error_parse(400, gp_str_from(body), &e);
		assert_int_equal(e.number, 0);
		assert_int_equal(e.class, GP_CLASS_REAUTH);
		free(body);
	}
}

/* The list of numbers once more, as it is documented: one that is lost or new, or says something
 * else about class and move, differs. */
static const struct {
	enum gp_login_class class;
	enum gp_login_move move;
	uint32_t numbers[17];
} table[] = {
	{GP_CLASS_GUEST_NOT_HERE,
	 GP_MOVE_GUEST,
	 {16000, 16003, 50020, 50034, 50177, 50178, 51004, 90072, 500211, 700056}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {20001, 20012, 50008, 50107}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 {28002, 65005, 70011, 90008, 90009, 500011, 500014, 650052, 650053, 650056, 650057, 700022,
	  1002012}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {50005}},
	{GP_CLASS_CONFIG, GP_MOVE_HOST, {50011, 500112}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 {50012, 50013, 50048, 500133, 50147, 501481, 501491, 700023, 700024, 700027, 700030,
	  700211, 700212, 700213, 700229, 1000502}},
	{GP_CLASS_GUEST_PENDING, GP_MOVE_GUEST, {50014}},
	{GP_CLASS_RETRY, GP_MOVE_NOBODY, {50033, 50087, 50197, 90006, 90012, 90024, 90033, 90090}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {50053}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {50055, 50125, 50135, 50144}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {50056, 50126}},
	{GP_CLASS_GUEST_DISABLED, GP_MOVE_SPONSOR, {50057}},
	{GP_CLASS_INTERACT, GP_MOVE_GUEST, {50058}},
	{GP_CLASS_CONFIG, GP_MOVE_HOST, {50059, 50194, 90002, 90019, 900382, 900432, 9001023}},
	{GP_CLASS_INTERACT, GP_MOVE_GUEST, {50072, 50079}},
	{GP_CLASS_INTERACT, GP_MOVE_GUEST, {50074, 50076}},
	{GP_CLASS_INTERACT, GP_MOVE_GUEST, {50078}},
	{GP_CLASS_REAUTH,
	 GP_MOVE_GUEST,
	 {50085, 50089, 50132, 50133, 50173, 54005, 70000, 70008, 700081, 700082, 700084}},
	{GP_CLASS_INTERACT, GP_MOVE_NOBODY, {50088}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 {50097, 50127, 50129, 50131, 50155, 50187, 53000, 53001, 530002, 530003, 530033}},
	{GP_CLASS_NOT_ASSIGNED, GP_MOVE_SPONSOR, {50105}},
	{GP_CLASS_CODE_FLOW, GP_MOVE_GUEST, {50134}},
	{GP_CLASS_INTERACT, GP_MOVE_GUEST, {50140, 50199, 50205}},
	{GP_CLASS_REAUTH, GP_MOVE_GUEST, {50143}},
	{GP_CLASS_INTERACT, GP_MOVE_GUEST, {50158, 50161}},
	{GP_CLASS_CONFIG, GP_MOVE_HOST, {50179, 90014, 90136, 165900, 240002, 900144}},
	{GP_CLASS_CODE_FLOW,
	 GP_MOVE_GUEST,
	 {50189, 70016, 70018, 70019, 70020, 70033, 70034, 70035, 70039, 90119, 90120}},
	{GP_CLASS_RETRY, GP_MOVE_NOBODY, {50196, 90055}},
	{GP_CLASS_GUEST_PENDING, GP_MOVE_GUEST, {50204}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {53002, 53005, 53009, 530021}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {53003, 530031, 530032}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {53004}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_GUEST, {53010}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {53011}},
	{GP_CLASS_CONSENT, GP_MOVE_TENANT, {65001, 90094, 90095, 90096, 650011, 900941, 900942}},
	{GP_CLASS_CONSENT, GP_MOVE_GUEST, {65004, 90137}},
	{GP_CLASS_CONFIG, GP_MOVE_HOST, {70001, 70002, 700011, 700016, 7000112, 7000229}},
	{GP_CLASS_CODE_FLOW, GP_MOVE_GUEST, {70017, 700171}},
	{GP_CLASS_CONFIG, GP_MOVE_HOST, {70025, 700005, 700007, 700025, 7000215, 7000218, 7000222}},
	{GP_CLASS_REAUTH, GP_MOVE_GUEST, {70043, 70044, 70046}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {90084}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {90123}},
	{GP_CLASS_CODE_FLOW, GP_MOVE_TENANT, {90132}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 {130500, 130501, 130502, 130503, 130504, 130505, 130506, 130507}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {135010, 135011}},
	{GP_CLASS_CONFIG, GP_MOVE_TENANT, {399284, 5000224}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {500021, 500022}},
	{GP_CLASS_INTERACT, GP_MOVE_GUEST, {500121}},
	{GP_CLASS_GUEST_NOT_HERE, GP_MOVE_GUEST, {500200, 500202, 500204, 500207, 500208}},
	{GP_CLASS_HOME_SIDE, GP_MOVE_HOME, {500212}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {500213}},
	{GP_CLASS_GUEST_NOT_HERE, GP_MOVE_SPONSOR, {500341}},
	{GP_CLASS_GUEST_DISABLED, GP_MOVE_SPONSOR, {500571}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {530004}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {530034}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {530035}},
	{GP_CLASS_REAUTH, GP_MOVE_TENANT, {530036}},
	{GP_CLASS_CONFIG, GP_MOVE_TENANT, {700003}},
	{GP_CLASS_POLICY_BLOCK, GP_MOVE_TENANT, {1000104}},
	{GP_CLASS_CONFIG, GP_MOVE_TENANT, {1002021}},
};

static void test_login_error_table(void **state)
{
	static const uint32_t near[] = {0,      5300,    530, 530030,    5003,
					500570, 5005710, 999, UINT32_MAX};
	size_t listed = 0;
	size_t known = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (const uint32_t *n = table[i].numbers; *n != 0; n++) {
			struct gp_login_advice advice;
			if (gp_login_error_class_of(*n) != table[i].class ||
			    !gp_login_error_advice(*n, &advice) || advice.move != table[i].move ||
			    advice.admin == NULL || advice.admin[0] == '\0')
				fail_msg("%u", *n);
			if (table[i].class != GP_CLASS_RETRY) {
				assert_non_null(advice.guest);
				assert_true(
					gp_text_is_safe(gp_str_from(advice.guest), GP_TEXT_LINE));
			}
			listed++;
		}
	}
	/* Only where numbers occur, to keep the test short. */
	static const uint32_t from_to[][2] = {{0, 300000},        {340000, 710000},
					      {899000, 1010000},  {5000000, 5001000},
					      {7000000, 7001000}, {9001000, 9002000}};
	for (size_t i = 0; i < sizeof(from_to) / sizeof(from_to[0]); i++)
		for (uint32_t n = from_to[i][0]; n < from_to[i][1]; n++)
			known += gp_login_error_class_of(n) != GP_CLASS_UNKNOWN ? 1 : 0;
	assert_int_equal(known, listed);
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		struct gp_login_advice advice;
		assert_int_equal(gp_login_error_class_of(near[i]), GP_CLASS_UNKNOWN);
		assert_false(gp_login_error_advice(near[i], &advice));
		assert_null(advice.guest);
	}
	assert_string_equal(gp_login_move_name((enum gp_login_move)99), "unknown");
	assert_string_equal(gp_login_move_name(GP_MOVE_HOME), "home organisation");
}

/* The policies that a block names; whatever else stands there is none. */
static void test_login_error_policies(void **state)
{
	static const char id[] = "ca000000-0001-4000-8000-000000000001";
	static const struct {
		const char *claims, *want;
	} rows[] = {
		{"{\\\"access_token\\\":{\\\"capolids\\\":{\\\"essential\\\":true,\\\"values\\\":["
		 "\\\"CA000000-0001-4000-8000-000000000001\\\",7,\\\"x\\\"]}}}",
		 id},
		{"{\\\"access_token\\\":{\\\"capolids\\\":{\\\"values\\\":{}}}}", ""},
		{"{\\\"access_token\\\":", ""},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_login_error e;
		char *body =
			jwt_maker_format("{\"error\":\"invalid_grant\",\"error_codes\":[53003],"
					 "\"claims\":\"%s\"}",
					 rows[i].claims);
		gp_login_error_parse(400, gp_str_from(body), &e);
		assert_int_equal(e.number, 53003);
		assert_string_equal(e.policies, rows[i].want);
		free(body);
	}
}

static void test_login_class_names(void **state)
{
	(void)state;
	for (int i = 0; i <= GP_CLASS_RETRY; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(gp_login_class_name((enum gp_login_class)i),
						gp_login_class_name((enum gp_login_class)j));
	assert_string_equal(gp_login_class_name((enum gp_login_class)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_error_classes),
		cmocka_unit_test(test_login_error_other_bodies),
		cmocka_unit_test(test_login_error_texts),
		cmocka_unit_test(test_login_error_numbers),
		cmocka_unit_test(test_login_error_table),
		cmocka_unit_test(test_login_error_policies),
		cmocka_unit_test(test_login_class_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
