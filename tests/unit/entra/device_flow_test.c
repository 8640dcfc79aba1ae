/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/device_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "entra/device_internal.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/log_catch.h"

#include "tests/unit/entra/device_flow_rig.h"

#include "contract/ban.h"

static void test_device_requests(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	const struct gp_device_code *code = gp_device_flow_code(d.flow);
	assert_string_equal(code->user_code, "FJC3LNB7A");
	assert_int_equal(gp_device_flow_issued_s(d.flow), RIG_NOW);
	assert_int_equal(gp_device_flow_expires_ms(d.flow), d.rig.clock.monotonic_ms + 900 * 1000);
	const char *seen = tls_server_request(d.rig.server, 2);
	assert_non_null(strstr(seen, "POST /" RIG_TENANT "/oauth2/v2.0/devicecode "));
	assert_non_null(strstr(seen, "client-request-id: " CORRELATION "\r\n"));
	assert_non_null(strstr(seen, "return-client-request-id: true\r\n"));
	assert_non_null(strstr(seen, "User-Agent: Guestpass/0.1 (Linux)\r\n"));
	assert_non_null(strstr(seen, "\r\n\r\nclient_id=" RIG_CLIENT
				     "&scope=api%3A%2F%2Fx%2Fssh.login%20openid%20profile"));
	assert_null(strstr(seen, "offline_access"));

	script(&d, "/token", 200, NULL, TOKENS);
	assert_true(polled_after(&d, 5000));
	seen = tls_server_request(d.rig.server, 3);
	assert_non_null(strstr(seen, "client-request-id: " CORRELATION "\r\n"));
	assert_non_null(strstr(seen, "\r\n\r\ngrant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%"
				     "3Adevice_code&client_id=" RIG_CLIENT
				     "&device_code=secret-device-code&client_info=1"));
	assert_int_equal(d.news, 2);
	assert_int_equal(d.event, GP_DEVICE_TOKENS);
	assert_string_equal(d.access_token, "the-access-token");
	/* Over is over. */
	assert_false(polled_after(&d, 3600 * 1000));
	stop(&d);
}

static void test_device_interval_and_slow_down(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	for (int i = 0; i < 3; i++) {
		script(&d, "/token", 400, NULL, PENDING);
		assert_false(polled_after(&d, 4999));
		assert_true(polled_after(&d, 1));
	}
	script(&d, "/token", 400, NULL, ERROR("slow_down", "0"));
	assert_true(polled_after(&d, 5000));
	/* Sticky: from now on ten seconds, then fifteen. */
	script(&d, "/token", 400, NULL, PENDING);
	assert_false(polled_after(&d, 9999));
	assert_true(polled_after(&d, 1));
	script(&d, "/token", 400, NULL, ERROR("slow_down", "0"));
	assert_true(polled_after(&d, 10000));
	assert_false(polled_after(&d, 14999));
	script(&d, "/token", 200, NULL, TOKENS);
	assert_true(polled_after(&d, 1));
	assert_int_equal(d.event, GP_DEVICE_TOKENS);
	stop(&d);
}

static void test_device_ends(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *body;
		enum gp_login_class class;
	} rows[] = {
		{400, ERROR("authorization_declined", "700171"), GP_CLASS_DECLINED},
		{400, ERROR("access_denied", "0"), GP_CLASS_DECLINED},
		{400, ERROR("expired_token", "70020"), GP_CLASS_EXPIRED},
		{400, ERROR("code_expired", "70019"), GP_CLASS_EXPIRED},
		{400, ERROR("invalid_grant", "53003"), GP_CLASS_POLICY_BLOCK},
		{401, ERROR("invalid_client", "7000218"), GP_CLASS_CONFIG},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dance d;
		start_with_code(&d);
		script(&d, "/token", rows[i].code, NULL, rows[i].body);
		assert_true(polled_after(&d, 5000));
		assert_int_equal(d.news, 2);
		assert_int_equal(d.event, GP_DEVICE_FAILED);
		assert_int_equal(d.error.class, rows[i].class);
		assert_false(polled_after(&d, 3600 * 1000));
		stop(&d);
	}
}

static void test_device_bad_tokens_fail(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	script(&d, "/token", 200, NULL, "{\"token_type\":\"Bearer\"}");
	assert_true(polled_after(&d, 5000));
	assert_int_equal(d.event, GP_DEVICE_FAILED);
	assert_int_equal(d.error.class, GP_CLASS_UNKNOWN);
	stop(&d);
}

static void test_device_expires_here(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	script(&d, "/token", 400, NULL, PENDING);
	assert_true(polled_after(&d, 899 * 1000));
	assert_int_equal(d.news, 1);
	assert_false(polled_after(&d, 1000));
	assert_int_equal(d.event, GP_DEVICE_FAILED);
	assert_int_equal(d.error.class, GP_CLASS_EXPIRED);
	stop(&d);
}

static void test_device_survives_outage(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	script(&d, "/token", 503, NULL, "<html>");
	/* Twice: libcurl itself repeats a request once when a kept connection turns out dead. */
	tls_server_script(d.rig.server,
			  &(struct tls_answer){.path = "/token", .end = TLS_SHUT, .times = 2});
	script(&d, "/token", 500, NULL, ERROR("server_error", "0"));
	/* Nobody's word: a proxy's page, half of an answer. */
	script(&d, "/token", 403, NULL, "<html>");
	script(&d, "/token", 404, NULL, "{}");
	script(&d, "/token", 302, "Location: https://login.example/elsewhere\r\n", "");
	script(&d, "/token", 200, NULL, "<html>");
	script(&d, "/token", 200, NULL, "{\"token_type\":\"Bea");
	script(&d, "/token", 200, NULL, "");
	script(&d, "/token", 502, "Retry-After: 20\r\n", "");
	assert_true(polled_after(&d, 5000));
	for (int i = 0; i < 6; i++)
		assert_true(polled_after(&d, 30000));
	assert_true(polled_after(&d, 30000));
	assert_true(polled_after(&d, 30000));
	assert_true(polled_after(&d, 30000));
	assert_int_equal(d.news, 1);
	assert_false(polled_after(&d, 19999));
	script(&d, "/token", 200, NULL, TOKENS);
	assert_true(polled_after(&d, 501));
	assert_int_equal(d.event, GP_DEVICE_TOKENS);
	stop(&d);
}

/* The administrator reads whether it was Entra that did not answer in earnest. */
static void test_device_outage_is_logged(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *body;
		const char *says;
	} rows[] = {
		{503, "<html>", "http=503 number=0 error=no answer of Entra's "},
		{400, ERROR("temporarily_unavailable", "90033"),
		 "http=400 number=90033 error=temporarily_unavailable "},
		{500, ERROR("server_error", "0"), "http=500 number=0 error=server_error "},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dance d;
		struct log_catch log;
		char text[4096];
		start_with_code(&d);
		script(&d, "/token", rows[i].code, NULL, rows[i].body);
		log_catch_start(&log);
		bool polled = polled_after(&d, 5000);
		log_catch_stop(&log, text, sizeof(text));
		assert_true(polled);
		assert_int_equal(d.news, 1);
		assert_non_null(strstr(text, "device-flow-unanswered"));
		assert_non_null(strstr(text, rows[i].says));
		stop(&d);
	}
}

static void test_device_throttled_pauses_all(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *headers;
		const char *body;
		int64_t least_ms;
		int64_t most_ms;
	} rows[] = {
		{429, "Retry-After: 40\r\n", "", 40000, 40000},
		{429, NULL, "", 30000, 60000},
		{400, NULL, ERROR("invalid_grant", "50196"), 30000, 60000},
		{400, NULL, ERROR("temporarily_unavailable", "90055"), 30000, 60000},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dance d;
		start_with_code(&d);
		struct gp_device_flow *first = d.flow;
		script(&d, "/devicecode", 200, NULL, CODE);
		d.news = 0;
		ask_code(&d);
		assert_true(loop_until(d.rig.event, &d.news, 1, RIG_WAIT_MS));
		struct gp_device_flow *second = d.flow;
		/* Both poll at once, one is throttled: neither comes back early. */
		script(&d, "/token", rows[i].code, rows[i].headers, rows[i].body);
		script(&d, "/token", 400, NULL, PENDING);
		test_clock_advance_ms(&d.rig.clock, 5000);
		gp_device_flows_run_due(d.flows);
		d.flow = first;
		settle(&d);
		d.flow = second;
		settle(&d);
		size_t before = tls_server_requests(d.rig.server);
		assert_false(polled_after(&d, rows[i].least_ms - 1));
		assert_int_equal(tls_server_requests(d.rig.server), before);
		/* They come back within an interval of each other. */
		script(&d, "/token", 400, NULL, PENDING);
		script(&d, "/token", 400, NULL, PENDING);
		assert_true(polled_after(&d, rows[i].most_ms - rows[i].least_ms + 5001));
		d.flow = first;
		settle(&d);
		assert_int_equal(tls_server_requests(d.rig.server), before + 2);
		assert_int_equal(d.news, 1);
		gp_device_flow_cancel(first);
		d.flow = second;
		stop(&d);
	}
}

static void test_device_without_client_info(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	script(&d, "/token", 400, NULL, ERROR("invalid_request", "50179"));
	script(&d, "/token", 400, NULL, ERROR("invalid_request", "50179"));
	assert_true(polled_after(&d, 5000));
	assert_int_equal(d.news, 1);
	assert_true(polled_after(&d, 5000));
	assert_null(strstr(tls_server_request(d.rig.server, 4), "client_info"));
	stop(&d);
}

static void test_device_code_refused(void **state)
{
	(void)state;
	struct dance d;
	start(&d);
	script(&d, "/devicecode", 400, NULL, ERROR("invalid_client", "7000218"));
	ask_code(&d);
	assert_true(loop_until(d.rig.event, &d.news, 1, RIG_WAIT_MS));
	assert_int_equal(d.event, GP_DEVICE_FAILED);
	assert_int_equal(d.error.class, GP_CLASS_CONFIG);
	stop(&d);
}

static void test_device_code_is_asked_again(void **state)
{
	(void)state;
	struct dance d;
	start(&d);
	script(&d, "/devicecode", 503, "Retry-After: 0\r\n", "");
	script(&d, "/devicecode", 200, NULL, CODE);
	ask_code(&d);
	assert_true(loop_until(d.rig.event, &d.news, 1, RIG_WAIT_MS));
	assert_int_equal(d.event, GP_DEVICE_CODE);
	stop(&d);
}

/* What is no answer of Entra's is none. */
static void test_device_code_from_a_proxy_is_asked_again(void **state)
{
	(void)state;
	static const int codes[] = {200, 403};
	for (size_t i = 0; i < 2; i++) {
		struct dance d;
		start(&d);
		script(&d, "/devicecode", codes[i], "Retry-After: 0\r\n", "<html>");
		script(&d, "/devicecode", 200, NULL, CODE);
		ask_code(&d);
		assert_true(loop_until(d.rig.event, &d.news, 1, RIG_WAIT_MS));
		assert_int_equal(d.event, GP_DEVICE_CODE);
		stop(&d);
	}
}

static void test_device_code_outage_ends(void **state)
{
	(void)state;
	struct dance d;
	start(&d);
	tls_server_script(d.rig.server, &(struct tls_answer){.path = "/devicecode",
							     .status = 503,
							     .headers = "Retry-After: 0\r\n",
							     .times = -1});
	ask_code(&d);
	assert_true(loop_until(d.rig.event, &d.news, 1, RIG_WAIT_MS));
	assert_int_equal(d.event, GP_DEVICE_FAILED);
	assert_int_equal(d.error.class, GP_CLASS_RETRY);
	assert_int_equal(tls_server_requests(d.rig.server), 2 + 3);
	stop(&d);
}

static void test_device_code_must_be_https(void **state)
{
	(void)state;
	struct dance d;
	start(&d);
	script(&d, "/devicecode", 200, NULL,
	       "{\"user_code\":\"A\",\"device_code\":\"x\",\"verification_uri\":"
	       "\"http://login.example/device\",\"expires_in\":900,\"interval\":5}");
	ask_code(&d);
	assert_true(loop_until(d.rig.event, &d.news, 1, RIG_WAIT_MS));
	assert_int_equal(d.event, GP_DEVICE_FAILED);
	stop(&d);
}

static void test_device_cancel_in_callback(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	d.cancel = true;
	d.free_flows = true;
	script(&d, "/token", 200, NULL, TOKENS);
	test_clock_advance_ms(&d.rig.clock, 5000);
	gp_device_flows_run_due(d.flows);
	assert_true(loop_until(d.rig.event, &d.news, 2, RIG_WAIT_MS));
	assert_null(d.flows);
	stop(&d);
}

static void test_device_all_freed_while_expiring(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	d.cancel = true;
	d.free_flows = true;
	test_clock_advance_ms(&d.rig.clock, 900 * 1000);
	gp_device_flows_run_due(d.flows);
	assert_int_equal(d.news, 2);
	assert_null(d.flows);
	stop(&d);
}

static void test_device_flows_may_go_first(void **state)
{
	(void)state;
	struct dance d;
	start_with_code(&d);
	gp_device_flows_free(d.flows);
	d.flows = NULL;
	gp_device_flow_cancel(d.flow);
	d.flow = NULL;
	assert_int_equal(d.news, 1);
	stop(&d);
}

static void test_device_bad_start(void **state)
{
	(void)state;
	struct dance d;
	start(&d);
	assert_int_equal(gp_device_flow_start(d.flows, "s", "", "x\r\ny: z", on_news, &d, &d.flow),
			 GP_ST_INVALID);
	assert_null(d.flow);
	stop(&d);
}

static void test_device_flow_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct gp_device_flow) <= 2048);
}

/* An authentication context is asked for with the code and at each poll. */
static void test_device_context(void **state)
{
	(void)state;
	static const char claims[] = "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22"
				     "essential%22%3Atrue%2C%22value%22%3A%22c12%22%7D%7D%7D";
	struct dance d;
	start(&d);
	assert_int_equal(gp_copy(d.context, sizeof(d.context), GP_STR("c12")), GP_ST_OK);
	script(&d, "/devicecode", 200, NULL, CODE);
	ask_code(&d);
	assert_true(loop_until(d.rig.event, &d.news, 1, RIG_WAIT_MS));
	assert_non_null(strstr(tls_server_request(d.rig.server, 2), claims));
	script(&d, "/token", 200, NULL, TOKENS);
	assert_true(polled_after(&d, 5000));
	assert_non_null(strstr(tls_server_request(d.rig.server, 3), claims));
	stop(&d);
	start_with_code(&d);
	assert_null(strstr(tls_server_request(d.rig.server, 2), "claims="));
	stop(&d);
}

struct seen {
	size_t count;
	int http;
	char error[64];
};

static void on_seen(void *arg, int http, const struct gp_login_error *error)
{
	struct seen *seen = arg;
	seen->count++;
	seen->http = http;
	memcpy(seen->error, error->error, sizeof(seen->error));
}

/* Who looks hears of what only means: wait, too. */
static void test_device_watched(void **state)
{
	(void)state;
	struct dance d;
	struct seen seen = {0};
	start_with_code(&d);
	gp_device_flows_watch(d.flows, on_seen, &seen);
	script(&d, "/token", 400, NULL, PENDING);
	assert_true(polled_after(&d, 5000));
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.http, 400);
	assert_string_equal(seen.error, "authorization_pending");
	script(&d, "/token", 200, NULL, TOKENS);
	assert_true(polled_after(&d, 5000));
	assert_int_equal(seen.count, 1);
	assert_int_equal(d.event, GP_DEVICE_TOKENS);
	stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_requests),
		cmocka_unit_test(test_device_interval_and_slow_down),
		cmocka_unit_test(test_device_ends),
		cmocka_unit_test(test_device_bad_tokens_fail),
		cmocka_unit_test(test_device_expires_here),
		cmocka_unit_test(test_device_survives_outage),
		cmocka_unit_test(test_device_outage_is_logged),
		cmocka_unit_test(test_device_throttled_pauses_all),
		cmocka_unit_test(test_device_without_client_info),
		cmocka_unit_test(test_device_code_refused),
		cmocka_unit_test(test_device_code_is_asked_again),
		cmocka_unit_test(test_device_code_from_a_proxy_is_asked_again),
		cmocka_unit_test(test_device_code_outage_ends),
		cmocka_unit_test(test_device_code_must_be_https),
		cmocka_unit_test(test_device_cancel_in_callback),
		cmocka_unit_test(test_device_all_freed_while_expiring),
		cmocka_unit_test(test_device_flows_may_go_first),
		cmocka_unit_test(test_device_bad_start),
		cmocka_unit_test(test_device_flow_is_small),
		cmocka_unit_test(test_device_context),
		cmocka_unit_test(test_device_watched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
