/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "entra/app_credential.h"
#include "tests/unit/support/credential_files.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

struct asker {
	struct gp_app_token *token;
	size_t done;
	enum gp_status status;
	char value[64];
	char error[192];
	bool free_token;
};

static void on_token(void *arg, enum gp_status status, struct gp_str token,
		     const struct gp_error *err)
{
	struct asker *a = arg;
	a->done++;
	a->status = status;
	(void)snprintf(a->value, sizeof(a->value), "%.*s", GP_STR_ARGS(token));
	(void)snprintf(a->error, sizeof(a->error), "%s", err != NULL ? err->text : "");
	if (a->free_token) {
		gp_app_token_free(a->token);
		a->token = NULL;
	}
}

static void ask(struct entra_rig *r, struct asker *a)
{
	size_t before = a->done;
	assert_int_equal(gp_app_token_get(a->token, on_token, a), GP_ST_OK);
	assert_int_equal(a->done, before);
	assert_true(loop_until(r->event, &a->done, before + 1, RIG_WAIT_MS));
}

static void start_token(struct entra_rig *r, struct gp_credential **c, struct asker *a)
{
	*a = (struct asker){0};
	entra_rig_start(r);
	configure_two(r);
	entra_rig_script_authority(r);
	assert_int_equal(gp_credential_load(r->config, c, NULL), GP_ST_OK);
	assert_int_equal(gp_app_token_new(r->http, &r->clock.clock, r->authority, r->config, *c,
					  &a->token, NULL),
			 GP_ST_OK);
}

static void stop_token(struct entra_rig *r, struct gp_credential *c, struct asker *a)
{
	gp_app_token_free(a->token);
	gp_credential_free(c);
	remove_pairs(r->config);
	entra_rig_stop(r);
}

static void script_token(struct entra_rig *r, int status, const char *headers, const char *body)
{
	tls_server_script(r->server, &(struct tls_answer){.path = "/oauth2/v2.0/token",
							  .status = status,
							  .headers = headers,
							  .body = body});
}

/* The assertion in a request's form; it is base64url and dots, so nothing of it is escaped. */
static const char *assertion_in(const char *request)
{
	static char out[4096];
	const char *at = strstr(request, "&client_assertion=");
	assert_non_null(at);
	at += strlen("&client_assertion=");
	assert_int_equal(gp_copy(out, sizeof(out), (struct gp_str){at, strcspn(at, "&")}),
			 GP_ST_OK);
	return out;
}

#define ANSWER(token, seconds)                                                                     \
	"{\"token_type\":\"Bearer\",\"expires_in\":" seconds ",\"access_token\":\"" token "\"}"

static void test_token_is_kept_until_shortly_before_its_end(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct asker a;
	start_token(&r, &c, &a);
	script_token(&r, 200, NULL, ANSWER("one", "3600"));
	script_token(&r, 200, NULL, ANSWER("two", "3600"));
	script_token(&r, 200, NULL, ANSWER("three", "3600"));
	assert_int_equal(gp_app_token_get(a.token, on_token, &a), GP_ST_OK);
	ask(&r, &a);
	assert_true(loop_until(r.event, &a.done, 2, RIG_WAIT_MS));
	assert_string_equal(a.value, "one");
	assert_int_equal(tls_server_requests(r.server), 3);
	const char *seen = tls_server_request(r.server, 2);
	assert_non_null(strstr(seen, "grant_type=client_credentials&client_id=" RIG_READER));
	assert_non_null(strstr(seen, "%2F.default"));
	assert_true(signed_by(assertion_in(seen), jwt_maker_key(1, 2048)));
	test_clock_advance_ms(&r.clock, 3299 * 1000);
	ask(&r, &a);
	assert_string_equal(a.value, "one");
	test_clock_advance_ms(&r.clock, 1000);
	ask(&r, &a);
	assert_string_equal(a.value, "two");
	gp_app_token_drop(a.token);
	ask(&r, &a);
	assert_string_equal(a.value, "three");
	/* A right that is missing makes for no storm, and is looked for again. */
	gp_app_token_lacks_right(a.token);
	ask(&r, &a);
	assert_string_equal(a.value, "three");
	test_clock_advance_ms(&r.clock, 60 * 1000);
	ask(&r, &a);
	assert_string_equal(a.value, "three");
	script_token(&r, 200, NULL, ANSWER("four", "3600"));
	gp_app_token_lacks_right(a.token);
	ask(&r, &a);
	assert_string_equal(a.value, "four");
	stop_token(&r, c, &a);
}

static void test_token_other_certificate(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct asker a;
	start_token(&r, &c, &a);
	script_token(&r, 401, NULL, "{\"error\":\"invalid_client\",\"error_codes\":[700027]}");
	script_token(&r, 200, NULL, ANSWER("one", "3600"));
	ask(&r, &a);
	assert_string_equal(a.value, "one");
	assert_true(
		signed_by(assertion_in(tls_server_request(r.server, 2)), jwt_maker_key(1, 2048)));
	assert_true(
		signed_by(assertion_in(tls_server_request(r.server, 3)), jwt_maker_key(0, 2048)));
	/* Both refused: an error that names the number. */
	gp_app_token_drop(a.token);
	script_token(&r, 401, NULL, "{\"error\":\"invalid_client\",\"error_codes\":[700027]}");
	script_token(&r, 401, NULL, "{\"error\":\"invalid_client\",\"error_codes\":[700027]}");
	ask(&r, &a);
	assert_int_equal(a.status, GP_ST_DENIED);
	assert_string_equal(a.value, "");
	assert_non_null(strstr(a.error, "700027"));
	assert_int_equal(tls_server_requests(r.server), 6);
	stop_token(&r, c, &a);
}

static void test_token_certificate_valid_now_comes_first(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct asker a;
	start_token(&r, &c, &a);
	gp_app_token_free(a.token);
	gp_credential_free(c);
	/* The one valid longest begins tomorrow. */
	make_pair(&r.config->reader[1], r.dir,
		  &(struct pair_kind){"long", jwt_maker_key(1, 2048), RIG_NOW + DAY,
				      RIG_NOW + 9 * DAY});
	assert_int_equal(gp_credential_load(r.config, &c, NULL), GP_ST_OK);
	assert_int_equal(
		gp_app_token_new(r.http, &r.clock.clock, r.authority, r.config, c, &a.token, NULL),
		GP_ST_OK);
	script_token(&r, 200, NULL, ANSWER("one", "3600"));
	ask(&r, &a);
	assert_true(
		signed_by(assertion_in(tls_server_request(r.server, 2)), jwt_maker_key(0, 2048)));
	stop_token(&r, c, &a);
}

static void test_token_failure_holds_the_crowd(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct asker a;
	start_token(&r, &c, &a);
	script_token(&r, 429, "Retry-After: 30\r\n", "");
	ask(&r, &a);
	assert_int_equal(a.status, GP_ST_UNAVAILABLE);
	test_clock_advance_ms(&r.clock, 29 * 1000);
	ask(&r, &a);
	assert_int_equal(a.status, GP_ST_UNAVAILABLE);
	assert_int_equal(tls_server_requests(r.server), 3);
	test_clock_advance_ms(&r.clock, 1001);
	script_token(&r, 200, NULL, ANSWER("one", "3600"));
	ask(&r, &a);
	assert_string_equal(a.value, "one");
	stop_token(&r, c, &a);
}

static void test_token_by_secret(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct asker a = {0};
	entra_rig_start(&r);
	entra_rig_script_authority(&r);
	assert_int_equal(gp_format(r.config->reader_secret_file,
				   sizeof(r.config->reader_secret_file), "%s/secret", r.dir),
			 GP_ST_OK);
	write_text(r.config->reader_secret_file, "s3cr&t value\r\n", 0600);
	assert_int_equal(gp_credential_load(r.config, &c, NULL), GP_ST_OK);
	assert_int_equal(gp_credential_not_after_s(c), 0);
	assert_int_equal(
		gp_app_token_new(r.http, &r.clock.clock, r.authority, r.config, c, &a.token, NULL),
		GP_ST_OK);
	script_token(&r, 200, NULL, ANSWER("one", "\"3600\""));
	ask(&r, &a);
	assert_string_equal(a.value, "one");
	const char *seen = tls_server_request(r.server, 2);
	assert_non_null(strstr(seen, "&client_secret=s3cr%26t%20value"));
	assert_null(strstr(seen, "client_assertion"));
	stop_token(&r, c, &a);
}

static void test_token_authority_fails(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct asker a;
	start_token(&r, &c, &a);
	tls_server_forget_script(r.server);
	ask(&r, &a);
	assert_int_not_equal(a.status, GP_ST_OK);
	assert_string_equal(a.value, "");
	stop_token(&r, c, &a);
}

static void test_token_freed_in_callback(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct asker a;
	start_token(&r, &c, &a);
	script_token(&r, 200, NULL, ANSWER("one", "3600"));
	a.free_token = true;
	assert_int_equal(gp_app_token_get(a.token, on_token, &a), GP_ST_OK);
	ask(&r, &a);
	assert_true(loop_drain(r.event));
	assert_int_equal(a.done, 1);
	stop_token(&r, c, &a);
}

/* An administrator's own: never asked for again. */
static void test_token_given(void **state)
{
	(void)state;
	struct entra_rig r;
	struct asker a = {0};
	struct gp_secret value = {0};
	entra_rig_start(&r);
	assert_int_equal(gp_secret_set(&value, GP_STR("an-admin-token")), GP_ST_OK);
	assert_int_equal(
		gp_app_token_given(r.http, &r.clock.clock, r.authority, &value, 60, &a.token, NULL),
		GP_ST_OK);
	assert_null(value.ptr);
	ask(&r, &a);
	assert_int_equal(a.status, GP_ST_OK);
	assert_string_equal(a.value, "an-admin-token");
	test_clock_advance_ms(&r.clock, 60000);
	ask(&r, &a);
	assert_int_equal(a.status, GP_ST_DENIED);
	gp_app_token_drop(a.token);
	ask(&r, &a);
	assert_int_equal(a.status, GP_ST_DENIED);
	assert_int_equal(tls_server_requests(r.server), 0);
	gp_app_token_free(a.token);
	entra_rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token_is_kept_until_shortly_before_its_end),
		cmocka_unit_test(test_token_other_certificate),
		cmocka_unit_test(test_token_certificate_valid_now_comes_first),
		cmocka_unit_test(test_token_failure_holds_the_crowd),
		cmocka_unit_test(test_token_by_secret),
		cmocka_unit_test(test_token_authority_fails),
		cmocka_unit_test(test_token_freed_in_callback),
		cmocka_unit_test(test_token_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
