/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/jwt_maker.h"

#include "tests/unit/entra/authority_rig.h"

#include "contract/ban.h"

static void test_authority_document(void **state)
{
	(void)state;
	static const char good[] = LOGIN "/" RIG_TENANT "/v2.0";
	static const char t[] = LOGIN "/t";
	static const char d[] = LOGIN "/d";
	static const char k[] = LOGIN "/k";
	static const struct {
		const char *issuer;
		const char *token;
		const char *device;
		const char *keys;
		enum gp_status want;
	} rows[] = {
		{good, t, d, k, GP_ST_OK},
		{LOGIN "/" RIG_TENANT "/v2.0/", t, d, k, GP_ST_INVALID},
		{LOGIN "/{tenantid}/v2.0", t, d, k, GP_ST_INVALID},
		{LOGIN "/AAAAAAAA-0000-4000-8000-000000000001/v2.0", t, d, k, GP_ST_INVALID},
		{"https://login.example/" RIG_TENANT "/v2.0", t, d, k, GP_ST_INVALID},
		{good, "https://login.example/t", d, k, GP_ST_INVALID},
		{good, "http://login.example:8443/t", d, k, GP_ST_INVALID},
		{good, t, "https://evil.example:8443/d", k, GP_ST_INVALID},
		{good, t, d, "https://login.example:8443@evil.example/k", GP_ST_INVALID},
		{good, t, d, "", GP_ST_INVALID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_endpoints out = {0};
		struct gp_error err = {0};
		char *text = document(rows[i].issuer, rows[i].token, rows[i].device, rows[i].keys);
		assert_int_equal(
			gp_endpoints_parse(gp_str_from(text), LOGIN, RIG_TENANT, &out, &err),
			rows[i].want);
		if (rows[i].want == GP_ST_OK) {
			assert_string_equal(out.issuer, good);
			assert_string_equal(out.token, t);
			assert_string_equal(out.device_code, d);
			assert_string_equal(out.keys, k);
		} else {
			assert_string_equal(out.issuer, "");
			assert_string_not_equal(err.text, "");
		}
		free(text);
	}
}

static void test_authority_document_missing_members(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"issuer\":1}",
		"{\"issuer\":\"" LOGIN "/" RIG_TENANT "/v2.0\"}",
		"{\"issuer\":\"" LOGIN "/" RIG_TENANT "/v2.0\",\"token_endpoint\":\"" LOGIN
		"/t\",\"device_authorization_endpoint\":\"" LOGIN "/d\"}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct gp_endpoints out = {0};
		assert_int_not_equal(
			gp_endpoints_parse(gp_str_from(bad[i]), LOGIN, RIG_TENANT, &out, NULL),
			GP_ST_OK);
	}
}

/* --- reading --- */

static void test_authority_callers_share(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen a = {0};
	struct seen b = {0};
	entra_rig_start(&r);
	entra_rig_script_authority(&r);
	assert_null(gp_authority_endpoints(r.authority));
	assert_null(gp_authority_keys(r.authority));
	ask_ready(&r, &a);
	ask_ready(&r, &b);
	wait_for(&r, &a, 1);
	wait_for(&r, &b, 1);
	assert_int_equal(a.status, GP_ST_OK);
	assert_int_equal(tls_server_requests(r.server), 2);
	assert_non_null(strstr(tls_server_request(r.server, 0),
			       "GET /" RIG_TENANT "/v2.0/.well-known/openid-configuration "));
	assert_int_equal(gp_jwks_count(gp_authority_keys(r.authority)), 1);
	/* From the cache, but still not from within. */
	ask_ready(&r, &a);
	wait_for(&r, &a, 2);
	assert_int_equal(tls_server_requests(r.server), 2);
	entra_rig_stop(&r);
}

static void test_authority_failure_is_told_and_held(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	tls_server_script(r.server, &(struct tls_answer){.status = 400,
							 .body = "{\"error\":\"invalid_tenant\","
								 "\"error_codes\":[90002]}"});
	ask_ready(&r, &s);
	wait_for(&r, &s, 1);
	assert_int_equal(s.status, GP_ST_DENIED);
	assert_non_null(strstr(s.error, "90002"));
	/* At once again: one attempt for all, a little later. */
	entra_rig_script_authority(&r);
	ask_ready(&r, &s);
	ask_ready(&r, &s);
	assert_true(loop_drain(r.event));
	assert_int_equal(s.done, 1);
	assert_int_equal(tls_server_requests(r.server), 1);
	wait_for(&r, &s, 3);
	assert_int_equal(s.status, GP_ST_OK);
	assert_int_equal(tls_server_requests(r.server), 3);
	entra_rig_stop(&r);
}

/* Whether asking again may help: by the status, and by what Entra says with it. */
static void test_authority_failure_passes_or_not(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *body;
		enum gp_status want;
	} rows[] = {
		{408, "", GP_ST_UNAVAILABLE},
		{429, "", GP_ST_UNAVAILABLE},
		{503, "<html>", GP_ST_UNAVAILABLE},
		{400, "{\"error\":\"temporarily_unavailable\",\"error_codes\":[90033]}",
		 GP_ST_UNAVAILABLE},
		{404, "<html>", GP_ST_DENIED},
		{302, "", GP_ST_DENIED},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct entra_rig r;
		struct seen s = {0};
		entra_rig_start(&r);
		tls_server_script(r.server, &(struct tls_answer){.status = rows[i].code,
								 .body = rows[i].body});
		ask_ready(&r, &s);
		wait_for(&r, &s, 1);
		assert_int_equal(s.status, rows[i].want);
		entra_rig_stop(&r);
	}
}

static void test_authority_hold_ends_by_itself(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	tls_server_script(r.server, &(struct tls_answer){.status = 503});
	ask_ready(&r, &s);
	wait_for(&r, &s, 1);
	assert_int_equal(s.status, GP_ST_UNAVAILABLE);
	entra_rig_script_authority(&r);
	test_clock_advance_ms(&r.clock, 2001);
	ask_ready(&r, &s);
	wait_for(&r, &s, 2);
	assert_int_equal(s.status, GP_ST_OK);
	entra_rig_stop(&r);
}

/* The hold lasts as long as a server that throttles asks for, within bounds: until its end nobody
 * asks, afterwards the next one does at once. */
static void test_authority_hold_as_long_as_asked(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		const char *headers;
		int64_t hold_ms;
	} rows[] = {
		{"/.well-known/", "Retry-After: 7\r\n", 7000},
		{"/keys", "Retry-After: 7\r\n", 7000},
		{"/.well-known/", "Retry-After: 1\r\n", 2000},
		{"/.well-known/", "Retry-After: 0\r\n", 2000},
		{"/keys", "Retry-After: 3600\r\n", 60000},
		{"/keys", "", 2000},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct entra_rig r;
		struct seen s = {0};
		entra_rig_start(&r);
		tls_server_script(r.server, &(struct tls_answer){.path = rows[i].path,
								 .status = 429,
								 .headers = rows[i].headers});
		if (strcmp(rows[i].path, "/keys") == 0)
			tls_server_script(r.server, &(struct tls_answer){.path = "/.well-known/",
									 .status = 200,
									 .body = r.discovery});
		ask_ready(&r, &s);
		wait_for(&r, &s, 1);
		assert_int_equal(s.status, GP_ST_UNAVAILABLE);
		size_t asked = tls_server_requests(r.server);
		entra_rig_script_authority(&r);
		test_clock_advance_ms(&r.clock, rows[i].hold_ms - 2000);
		ask_ready(&r, &s);
		assert_true(loop_drain(r.event));
		assert_int_equal(s.done, 1);
		assert_int_equal(tls_server_requests(r.server), asked);
		test_clock_advance_ms(&r.clock, 2000);
		ask_ready(&r, &s);
		wait_for(&r, &s, 3);
		assert_int_equal(s.status, GP_ST_OK);
		assert_int_equal(tls_server_requests(r.server), asked + 2);
		entra_rig_stop(&r);
	}
}

static void test_authority_bad_keys_give_nothing(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	tls_server_script(
		r.server,
		&(struct tls_answer){.path = "/keys", .status = 200, .body = "{\"keys\":[]}"});
	entra_rig_script_authority(&r);
	ask_ready(&r, &s);
	wait_for(&r, &s, 1);
	assert_int_not_equal(s.status, GP_ST_OK);
	assert_null(gp_authority_endpoints(r.authority));
	entra_rig_stop(&r);
}

/* Keys that sign for others only are no reason to forget those that are known, or to wait for
 * hours. */
static void test_authority_keys_of_others_give_nothing(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	char *jwk = jwt_maker_jwk(jwt_maker_key(1, 2048), "any",
				  "https://x.example/{tenantid}/v2.0", "");
	char *keys = jwt_maker_format("{\"keys\":[%s]}", jwk);
	entra_rig_start(&r);
	tls_server_script(r.server,
			  &(struct tls_answer){.path = "/keys", .status = 200, .body = keys});
	entra_rig_script_authority(&r);
	ask_ready(&r, &s);
	wait_for(&r, &s, 1);
	assert_int_equal(s.status, GP_ST_INVALID);
	assert_string_equal(s.error, "keys: none signs for this tenant");
	assert_null(gp_authority_keys(r.authority));
	/* The good keys of the script are still to come. */
	tls_server_script(
		r.server,
		&(struct tls_answer){.path = "/.well-known/", .status = 200, .body = r.discovery});
	ask_ready(&r, &s);
	wait_for(&r, &s, 2);
	assert_int_equal(s.status, GP_ST_OK);
	tls_server_script(r.server,
			  &(struct tls_answer){.path = "/keys", .status = 200, .body = keys});
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	wait_for(&r, &s, 3);
	assert_int_equal(s.status, GP_ST_INVALID);
	struct gp_str issuer = GP_STR("");
	assert_non_null(gp_jwks_find(gp_authority_keys(r.authority), GP_STR("any"), &issuer));
	assert_false(gp_str_is(issuer, "https://x.example/{tenantid}/v2.0"));
	entra_rig_stop(&r);
	free(jwk);
	free(keys);
}

static void test_authority_refetch(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	entra_rig_ready(&r);
	s.rig = &r;
	/* The first one fails: what is known stays in use. */
	tls_server_script(r.server, &(struct tls_answer){.path = "/keys", .status = 503});
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	wait_for(&r, &s, 2);
	assert_int_equal(s.status, GP_ST_UNAVAILABLE);
	assert_int_equal(tls_server_requests(r.server), 3);
	assert_non_null(gp_authority_keys(r.authority));
	/* It does not count, but the next one waits a little. */
	entra_rig_script_authority(&r);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	assert_true(loop_drain(r.event));
	assert_int_equal(s.done, 2);
	assert_int_equal(tls_server_requests(r.server), 3);
	wait_for(&r, &s, 3);
	assert_int_equal(s.status, GP_ST_OK);
	assert_int_equal(tls_server_requests(r.server), 5);
	test_clock_advance_ms(&r.clock, 300 * 1000);
	char *issuer = jwt_maker_format("%s/" RIG_TENANT "/v2.0", tls_server_origin(r.server));
	char *jwk = jwt_maker_jwk(jwt_maker_key(1, 2048), "new", issuer, "");
	char *keys = jwt_maker_format("{\"keys\":[%s]}", jwk);
	tls_server_script(r.server,
			  &(struct tls_answer){.path = "/keys", .status = 200, .body = keys});
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	wait_for(&r, &s, 4);
	assert_int_equal(s.status, GP_ST_OK);
	/* With success: once in five minutes. */
	test_clock_advance_ms(&r.clock, 299 * 1000);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_UNAVAILABLE);
	assert_true(loop_drain(r.event));
	assert_int_equal(s.done, 4);
	assert_non_null(
		gp_jwks_find(gp_authority_keys(r.authority), GP_STR("new"), &(struct gp_str){0}));
	assert_null(
		gp_jwks_find(gp_authority_keys(r.authority), GP_STR("any"), &(struct gp_str){0}));
	tls_server_script(r.server,
			  &(struct tls_answer){.path = "/keys", .status = 200, .body = keys});
	test_clock_advance_ms(&r.clock, 1000);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	wait_for(&r, &s, 5);
	entra_rig_stop(&r);
	free(issuer);
	free(jwk);
	free(keys);
}

/* Those who wait out the hold share one read, and its success counts like any other. */
static void test_authority_refetch_after_a_hold_counts(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	entra_rig_ready(&r);
	s.rig = &r;
	tls_server_script(r.server, &(struct tls_answer){.path = "/keys", .status = 503});
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	wait_for(&r, &s, 1);
	assert_int_equal(s.status, GP_ST_UNAVAILABLE);
	entra_rig_script_authority(&r);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	wait_for(&r, &s, 3);
	assert_int_equal(s.status, GP_ST_OK);
	size_t asked = tls_server_requests(r.server);
	assert_int_equal(asked, 5);
	test_clock_advance_ms(&r.clock, 299 * 1000);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_UNAVAILABLE);
	assert_true(loop_drain(r.event));
	assert_int_equal(tls_server_requests(r.server), asked);
	entra_rig_stop(&r);
}

/* A read that fails within the five minutes (a scheduled one: the clock is set back, since hours
 * are not waited for) does not open them again. */
static void test_authority_refetch_counts_in_spite_of_a_failure(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	entra_rig_ready(&r);
	s.rig = &r;
	tls_server_script(r.server,
			  &(struct tls_answer){.path = "/keys", .status = 200, .body = r.keys});
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	wait_for(&r, &s, 1);
	assert_int_equal(s.status, GP_ST_OK);
	test_clock_advance_ms(&r.clock, 300 * 1000);
	tls_server_script(r.server, &(struct tls_answer){.path = "/keys", .status = 503});
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_OK);
	test_clock_advance_ms(&r.clock, -299 * 1000);
	wait_for(&r, &s, 2);
	assert_int_equal(s.status, GP_ST_UNAVAILABLE);
	assert_int_equal(gp_authority_refetch_keys(r.authority, on_done, &s), GP_ST_UNAVAILABLE);
	entra_rig_stop(&r);
}

static void test_authority_skew(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	/* 1800000000 is Fri, 15 Jan 2027 08:00:00 GMT. */
	tls_server_script(r.server, &(struct tls_answer){
					    .status = 500,
					    .headers = "Date: Fri, 15 Jan 2027 07:50:00 GMT\r\n"});
	assert_int_equal(gp_authority_skew_s(r.authority), 0);
	ask_ready(&r, &s);
	wait_for(&r, &s, 1);
	assert_int_equal(gp_authority_skew_s(r.authority), 600);
	gp_authority_saw_date(r.authority, 0);
	assert_int_equal(gp_authority_skew_s(r.authority), 600);
	gp_authority_saw_date(r.authority, RIG_NOW + 5);
	assert_int_equal(gp_authority_skew_s(r.authority), -5);
	entra_rig_stop(&r);
}

static void test_authority_forget_and_free_in_callback(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen a = {0};
	struct seen b = {0};
	struct seen c = {0};
	entra_rig_start(&r);
	entra_rig_script_authority(&r);
	a.forget = &b;
	ask_ready(&r, &a);
	ask_ready(&r, &b);
	ask_ready(&r, &c);
	c.free_authority = true;
	wait_for(&r, &c, 1);
	assert_int_equal(a.done, 1);
	assert_int_equal(b.done, 0);
	assert_true(loop_drain(r.event));
	entra_rig_stop(&r);
}

static void test_authority_freed_while_reading(void **state)
{
	(void)state;
	struct entra_rig r;
	struct seen s = {0};
	entra_rig_start(&r);
	tls_server_script(r.server, &(struct tls_answer){.end = TLS_STALL});
	ask_ready(&r, &s);
	gp_authority_free(r.authority);
	r.authority = NULL;
	assert_true(loop_drain(r.event));
	assert_int_equal(s.done, 0);
	entra_rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_authority_document),
		cmocka_unit_test(test_authority_document_missing_members),
		cmocka_unit_test(test_authority_callers_share),
		cmocka_unit_test(test_authority_failure_is_told_and_held),
		cmocka_unit_test(test_authority_failure_passes_or_not),
		cmocka_unit_test(test_authority_hold_ends_by_itself),
		cmocka_unit_test(test_authority_hold_as_long_as_asked),
		cmocka_unit_test(test_authority_bad_keys_give_nothing),
		cmocka_unit_test(test_authority_keys_of_others_give_nothing),
		cmocka_unit_test(test_authority_refetch),
		cmocka_unit_test(test_authority_refetch_after_a_hold_counts),
		cmocka_unit_test(test_authority_refetch_counts_in_spite_of_a_failure),
		cmocka_unit_test(test_authority_skew),
		cmocka_unit_test(test_authority_forget_and_free_in_callback),
		cmocka_unit_test(test_authority_freed_while_reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
