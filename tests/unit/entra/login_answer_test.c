/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "entra/login_error.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

struct member {
	const char *name;
	const char *json;
};

static const struct member device[] = {
	{"user_code", "\"FJC3LNB7A\""},
	{"device_code", "\"long-opaque\""},
	{"verification_uri", "\"https://login.microsoft.com/device\""},
	{"expires_in", "900"},
	{"interval", "5"},
	{"message", "\"To sign in, use a web browser\""},
	{NULL, NULL},
};

static const struct member tokens[] = {
	{"token_type", "\"Bearer\""},
	{"scope", "\"openid profile api://x/ssh.login\""},
	{"expires_in", "4178"},
	{"ext_expires_in", "4178"},
	{"access_token", "\"a.b.c\""},
	{"id_token", "\"d.e.f\""},
	{"client_info", "\"eyJ1aWQiOiIuLi4ifQ\""},
	{NULL, NULL},
};

/* The members with one in another's place, or without it when JSON is NULL. */
static char *make_body(const struct member *m, const char *name, const char *json)
{
	char *body = jwt_maker_format("{\"x\":0");

	for (; m->name != NULL; m++) {
		const char *value = name != NULL && strcmp(m->name, name) == 0 ? json : m->json;
		if (value == NULL)
			continue;
		char *more = jwt_maker_format("%s,\"%s\":%s", body, m->name, value);
		free(body);
		body = more;
	}
	char *whole = jwt_maker_format("%s}", body);
	free(body);
	return whole;
}

static void test_device_code_good(void **state)
{
	char *body = make_body(device, NULL, NULL);
	struct gp_device_code code = {0};

	(void)state;
	assert_int_equal(gp_device_code_parse(gp_str_from(body), &code, NULL), GP_ST_OK);
	assert_string_equal(code.device_code.ptr, "long-opaque");
	assert_string_equal(code.user_code, "FJC3LNB7A");
	assert_string_equal(code.verification_uri, "https://login.microsoft.com/device");
	assert_int_equal(code.expires_in_s, 900);
	assert_int_equal(code.interval_s, 5);
	gp_device_code_wipe(&code);
	assert_null(code.device_code.ptr);
	assert_string_equal(code.user_code, "");
	free(body);
	/* RFC 8628 3.2: five seconds when it says nothing. */
	body = make_body(device, "interval", NULL);
	assert_int_equal(gp_device_code_parse(gp_str_from(body), &code, NULL), GP_ST_OK);
	assert_int_equal(code.interval_s, 5);
	gp_device_code_wipe(&code);
	free(body);
}

static void test_device_code_accepts(void **state)
{
	static const struct member rows[] = {
		{"expires_in", "30"},
		{"expires_in", "3600"},
		{"interval", "1"},
		{"interval", "60"},
		{"interval", "null"},
		{"message", NULL},
		{"verification_uri", "\"https://microsoft.com/devicelogin\""},
		{"verification_uri", "\"https://www.microsoft.com/link\""},
		{"user_code", "\"1234567890123456789012345678901\""},
		{"user_code", "\"abcd-efgh\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *body = make_body(device, rows[i].name, rows[i].json);
		struct gp_device_code code = {0};
		struct gp_error err = {0};
		if (gp_device_code_parse(gp_str_from(body), &code, &err) != GP_ST_OK)
			fail_msg("%s: %s", body, err.text);
		gp_device_code_wipe(&code);
		free(body);
	}
}

static void test_device_code_refuses(void **state)
{
	static const struct member rows[] = {
		{"device_code", NULL},
		{"device_code", "\"\""},
		{"device_code", "1"},
		{"device_code", "\"a b\""},
		{"device_code", "\"a\\r\\nb\""},
		{"user_code", NULL},
		{"user_code", "\"\""},
		{"user_code", "123"},
		{"user_code", "\"A B\""},
		{"user_code", "\"A\\u001b[2J\""},
		{"user_code", "\"\xC3\xA9\""},
		{"user_code", "\"12345678901234567890123456789012\""},
		{"verification_uri", NULL},
		{"verification_uri", "\"http://login.microsoft.com/device\""},
		{"verification_uri", "\"HTTPS://login.microsoft.com/device\""},
		{"verification_uri", "\"https://\""},
		{"verification_uri", "\"https://login.microsoft.com/ device\""},
		{"verification_uri", "\"https://login.microsoft.com/\\u202e\""},
		{"verification_uri", "\"javascript:x\""},
		{"expires_in", NULL},
		{"expires_in", "29"},
		{"expires_in", "3601"},
		{"expires_in", "\"900\""},
		{"expires_in", "900.5"},
		{"interval", "0"},
		{"interval", "61"},
		{"interval", "-5"},
		{"interval", "\"5\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *body = make_body(device, rows[i].name, rows[i].json);
		struct gp_device_code code = {.interval_s = 77};
		struct gp_error err = {0};
		if (gp_device_code_parse(gp_str_from(body), &code, &err) != GP_ST_INVALID)
			fail_msg("taken: %s", body);
		assert_int_equal(code.interval_s, 77);
		assert_null(code.device_code.ptr);
		assert_true(err.text[0] != '\0');
		free(body);
	}
	static char long_uri[400];
	memset(long_uri, 'x', sizeof(long_uri) - 1);
	memcpy(long_uri, "\"https://", 9);
	long_uri[sizeof(long_uri) - 2] = '"';
	char *body = make_body(device, "verification_uri", long_uri);
	struct gp_device_code code = {0};
	assert_int_equal(gp_device_code_parse(gp_str_from(body), &code, NULL), GP_ST_INVALID);
	free(body);
}

static void test_token_response_good(void **state)
{
	char *body = make_body(tokens, NULL, NULL);
	struct gp_token_response r = {0};

	(void)state;
	assert_int_equal(gp_token_response_parse(gp_str_from(body), &r, NULL), GP_ST_OK);
	assert_string_equal(r.access_token.ptr, "a.b.c");
	assert_string_equal(r.id_token.ptr, "d.e.f");
	assert_string_equal(r.client_info.ptr, "eyJ1aWQiOiIuLi4ifQ");
	assert_int_equal(r.expires_in_s, 4178);
	gp_token_response_wipe(&r);
	assert_null(r.access_token.ptr);
	assert_null(r.id_token.ptr);
	free(body);
}

static void test_token_response_members(void **state)
{
	static const struct {
		const char *name;
		const char *json;
		enum gp_status st;
	} rows[] = {
		{"token_type", "\"bearer\"", GP_ST_OK},
		{"token_type", NULL, GP_ST_INVALID},
		{"token_type", "\"MAC\"", GP_ST_INVALID},
		{"token_type", "\"Bearer \"", GP_ST_INVALID},
		{"token_type", "1", GP_ST_INVALID},
		{"expires_in", "\"4178\"", GP_ST_OK},
		{"expires_in", "1", GP_ST_OK},
		{"expires_in", NULL, GP_ST_INVALID},
		{"expires_in", "0", GP_ST_INVALID},
		{"expires_in", "-1", GP_ST_INVALID},
		{"expires_in", "\"-1\"", GP_ST_INVALID},
		{"expires_in", "\"0\"", GP_ST_INVALID},
		{"expires_in", "\"\"", GP_ST_INVALID},
		{"expires_in", "\"41 78\"", GP_ST_INVALID},
		{"expires_in", "\"0x10\"", GP_ST_INVALID},
		{"expires_in", "4178.5", GP_ST_INVALID},
		{"expires_in", "99999999999999999999", GP_ST_INVALID},
		{"expires_in", "true", GP_ST_INVALID},
		{"access_token", NULL, GP_ST_INVALID},
		{"access_token", "\"\"", GP_ST_INVALID},
		{"access_token", "7", GP_ST_INVALID},
		{"access_token", "\"a.b.c\\r\\nHost: x\"", GP_ST_INVALID},
		{"access_token", "\"a b\"", GP_ST_INVALID},
		{"access_token", "\"a\\u0000b\"", GP_ST_INVALID},
		{"id_token", NULL, GP_ST_OK},
		{"id_token", "null", GP_ST_OK},
		{"id_token", "\"\"", GP_ST_INVALID},
		{"id_token", "7", GP_ST_INVALID},
		{"client_info", NULL, GP_ST_OK},
		{"client_info", "[]", GP_ST_INVALID},
		{"scope", NULL, GP_ST_OK},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *body = make_body(tokens, rows[i].name, rows[i].json);
		struct gp_token_response r = {.expires_in_s = 77};
		struct gp_error err = {0};
		const enum gp_status st = gp_token_response_parse(gp_str_from(body), &r, &err);
		if (st != rows[i].st)
			fail_msg("%s: %s", body, err.text);
		assert_true((st == GP_ST_OK) == (r.access_token.ptr != NULL));
		assert_true((st == GP_ST_OK) == (r.expires_in_s != 77));
		gp_token_response_wipe(&r);
		free(body);
	}
}

static void test_token_response_too_long(void **state)
{
	static char text[16388];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '"';
	text[sizeof(text) - 2] = '"';
	char *body = make_body(tokens, "access_token", text);
	struct gp_token_response r = {0};
	assert_int_equal(gp_token_response_parse(gp_str_from(body), &r, NULL), GP_ST_INVALID);
	assert_null(r.access_token.ptr);
	free(body);
}

/* Cut anywhere, neither answer is taken; with any bit flipped there is no fault and no half. */
static void test_login_answer_mutations(void **state)
{
	const struct member *kinds[] = {device, tokens};

	(void)state;
	for (size_t kind = 0; kind < 2; kind++) {
		char *body = make_body(kinds[kind], NULL, NULL);
		const size_t len = strlen(body);
		for (size_t i = 0; i < len * 9; i++) {
			struct gp_device_code code = {0};
			struct gp_token_response r = {0};
			const size_t bit = i < len ? 0 : i - len;
			const struct gp_str s = {body, i < len ? i : len};
			if (i >= len)
				body[bit / 8] = (char)(body[bit / 8] ^ (1 << bit % 8));
			const enum gp_status a = gp_device_code_parse(s, &code, NULL);
			const enum gp_status b = gp_token_response_parse(s, &r, NULL);
			assert_true((a == GP_ST_OK) == (code.device_code.ptr != NULL));
			assert_true((b == GP_ST_OK) == (r.access_token.ptr != NULL));
			assert_true(i >= len || (a != GP_ST_OK && b != GP_ST_OK));
			if (i >= len)
				body[bit / 8] = (char)(body[bit / 8] ^ (1 << bit % 8));
			gp_device_code_wipe(&code);
			gp_token_response_wipe(&r);
		}
		free(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_code_good),
		cmocka_unit_test(test_device_code_accepts),
		cmocka_unit_test(test_device_code_refuses),
		cmocka_unit_test(test_token_response_good),
		cmocka_unit_test(test_token_response_members),
		cmocka_unit_test(test_token_response_too_long),
		cmocka_unit_test(test_login_answer_mutations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
