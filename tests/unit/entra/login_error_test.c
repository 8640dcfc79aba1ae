/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/login_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

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

/* How many numbers each class has: a number in two lists, or lost, changes the sums. */
static void test_login_error_table(void **state)
{
	static const struct {
		enum gp_login_class class;
		int count;
	} sums[] = {
		{GP_CLASS_GUEST_NOT_HERE, 16}, {GP_CLASS_GUEST_PENDING, 2},
		{GP_CLASS_GUEST_DISABLED, 2},  {GP_CLASS_HOME_SIDE, 26},
		{GP_CLASS_POLICY_BLOCK, 27},   {GP_CLASS_INTERACT, 12},
		{GP_CLASS_REAUTH, 16},         {GP_CLASS_NOT_ASSIGNED, 1},
		{GP_CLASS_CONSENT, 9},         {GP_CLASS_CODE_FLOW, 15},
		{GP_CLASS_CONFIG, 53},         {GP_CLASS_RETRY, 10},
		{GP_CLASS_PENDING, 0},         {GP_CLASS_SLOW_DOWN, 0},
		{GP_CLASS_EXPIRED, 0},         {GP_CLASS_DECLINED, 0},
	};
	static int found[GP_CLASS_RETRY + 1];

	(void)state;
	for (uint32_t n = 0; n < 10000000; n++) {
		/* Only the lengths that occur, to keep the test short. */
		if ((n > 140000 && n < 240000) || (n > 1010000 && n < 7000000))
			continue;
		found[gp_login_error_class_of(n)]++;
	}
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		if (found[sums[i].class] != sums[i].count)
			fail_msg("%s: %d numbers", gp_login_class_name(sums[i].class),
				 found[sums[i].class]);
	assert_int_equal(gp_login_error_class_of(0), GP_CLASS_UNKNOWN);
	assert_int_equal(gp_login_error_class_of(UINT32_MAX), GP_CLASS_UNKNOWN);
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
		cmocka_unit_test(test_login_class_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
