/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/buf.h"
#include "tests/unit/support/loop.h"
#include "tests/unit/support/tls_server.h"

#include "contract/ban.h"

enum { WAIT_MS = 20000 };

struct rig {
	sd_event *event;
	struct tls_server *server;
	struct gp_http *http;
	struct gp_http_transfer *other; /* cancelled in the callback when set */
	bool free_in_callback;
	size_t again; /* requests still to send from the callback */
	size_t done;
	enum gp_status status;
	int code;
	char body[4096];
	char content_type[128];
	char error[192];
	int64_t date_s;
	int64_t retry_after_s;
	char url[256];
};

static void start_http(struct rig *r, struct gp_http_options options)
{
	options.ca_directory =
		options.ca_directory != NULL ? options.ca_directory : tls_server_ca_dir(r->server);
	options.user_agent = "Guestpass/0.1 (Linux)";
	assert_int_equal(gp_http_new(r->event, &options, &r->http, NULL), GP_ST_OK);
}

static void start(struct rig *r, const char *name)
{
	*r = (struct rig){.status = GP_ST_INTERNAL};
	assert_true(sd_event_new(&r->event) >= 0);
	r->server = tls_server_new(name);
	(void)snprintf(r->url, sizeof(r->url), "%s/thing", tls_server_origin(r->server));
}

static void stop(struct rig *r)
{
	gp_http_free(r->http);
	tls_server_free(r->server);
	sd_event_unref(r->event);
}

static void send_get(struct rig *r, size_t max_body);

static void on_done(void *arg, const struct gp_http_response *response)
{
	struct rig *r = arg;
	r->done++;
	r->status = response->status;
	r->code = response->code;
	(void)snprintf(r->body, sizeof(r->body), "%.*s", (int)response->body.len,
		       response->body.ptr != NULL ? response->body.ptr : "");
	(void)snprintf(r->content_type, sizeof(r->content_type), "%.*s",
		       (int)response->content_type.len,
		       response->content_type.ptr != NULL ? response->content_type.ptr : "");
	(void)snprintf(r->error, sizeof(r->error), "%s", response->err.text);
	r->date_s = response->date_s;
	r->retry_after_s = response->retry_after_s;
	if (r->other != NULL) {
		gp_http_cancel(r->other);
		r->other = NULL;
	}
	if (r->again > 0) {
		r->again--;
		send_get(r, 0);
	}
	if (r->free_in_callback) {
		gp_http_free(r->http);
		r->http = NULL;
	}
}

static void send_get(struct rig *r, size_t max_body)
{
	const struct gp_http_request request = {
		.method = "GET", .url = r->url, .max_body = max_body};
	size_t before = r->done;
	assert_int_equal(gp_http_send(r->http, &request, on_done, r, NULL), GP_ST_OK);
	assert_int_equal(r->done, before); /* never from within */
}

static void wait_done(struct rig *r, size_t n)
{
	assert_true(loop_until(r->event, &r->done, n, WAIT_MS));
}

static void test_http_answer(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server,
			  &(struct tls_answer){.status = 429,
					       .headers = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
							  "retry-AFTER: 7\r\n"
							  "Content-Type: application/json\r\n",
					       .body = "{\"a\":1}"});
	static const char *const headers[] = {"X-Thing: one", NULL};
	const struct gp_http_request request = {
		.method = "POST", .url = r.url, .headers = headers, .body = GP_STR("a=b&c=d")};
	assert_int_equal(gp_http_send(r.http, &request, on_done, &r, NULL), GP_ST_OK);
	wait_done(&r, 1);
	assert_int_equal(r.status, GP_ST_OK);
	assert_int_equal(r.code, 429);
	assert_string_equal(r.body, "{\"a\":1}");
	assert_string_equal(r.content_type, "application/json");
	assert_int_equal(r.date_s, 784111777);
	assert_int_equal(r.retry_after_s, 7);
	const char *seen = tls_server_request(r.server, 0);
	assert_non_null(strstr(seen, "POST /thing HTTP/1.1\r\n"));
	assert_non_null(strstr(seen, "User-Agent: Guestpass/0.1 (Linux)\r\n"));
	assert_non_null(strstr(seen, "X-Thing: one\r\n"));
	assert_non_null(strstr(seen, "\r\n\r\na=b&c=d"));
	assert_null(strcasestr(seen, "expect:"));
	stop(&r);
}

static void test_http_keeps_connections(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server, &(struct tls_answer){.status = 200, .body = "x", .times = -1});
	r.again = 9;
	send_get(&r, 0);
	wait_done(&r, 10);
	assert_int_equal(tls_server_requests(r.server), 10);
	assert_int_equal(tls_server_connections(r.server), 1);
	stop(&r);
}

static void test_http_many_at_once(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server, &(struct tls_answer){.status = 200, .body = "x", .times = -1});
	for (int i = 0; i < 100; i++)
		send_get(&r, 0);
	wait_done(&r, 100);
	assert_int_equal(r.status, GP_ST_OK);
	assert_int_equal(tls_server_requests(r.server), 100);
	assert_true(tls_server_connections(r.server) <= 16);
	stop(&r);
}

static void test_http_redirect_is_an_answer(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server,
			  &(struct tls_answer){.status = 302, .headers = "Location: /else\r\n"});
	send_get(&r, 0);
	wait_done(&r, 1);
	assert_int_equal(r.code, 302);
	assert_int_equal(tls_server_requests(r.server), 1);
	stop(&r);
}

static void one_answer(const struct tls_answer *answer, size_t max_body, enum gp_status want)
{
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){.timeout_s = 1});
	tls_server_script(r.server, answer);
	send_get(&r, max_body);
	wait_done(&r, 1);
	assert_int_equal(r.status, want);
	assert_string_equal(r.body, "");
	assert_int_equal(r.code, 0);
	assert_string_not_equal(r.error, "");
	stop(&r);
}

static void test_http_too_big(void **state)
{
	(void)state;
	/* Both by the announced length and by what really comes. */
	one_answer(&(struct tls_answer){.status = 200, .body = "0123456789"}, 9, GP_ST_TOO_BIG);
	one_answer(
		&(struct tls_answer){.body = "HTTP/1.1 200 OK\r\n\r\n0123456789", .end = TLS_RAW},
		9, GP_ST_TOO_BIG);
}

static void test_http_headers_too_big(void **state)
{
	(void)state;
	struct gp_buf text = GP_BUF(1 << 20);
	gp_buf_text(&text, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 2000; i++)
		gp_buf_printf(&text, "X-Filler-%d: 0123456789012345678901234567890123456789\r\n",
			      i);
	gp_buf_text(&text, "Content-Length: 1\r\n\r\nx");
	one_answer(&(struct tls_answer){.body = gp_buf_get(&text),
					.body_len = text.len,
					.end = TLS_RAW},
		   0, GP_ST_TOO_BIG);
	gp_buf_free(&text);
}

static void test_http_broken_answers(void **state)
{
	(void)state;
	one_answer(&(struct tls_answer){.status = 200, .body = "0123456789", .end = TLS_CUT}, 0,
		   GP_ST_IO);
	one_answer(&(struct tls_answer){.end = TLS_SHUT}, 0, GP_ST_IO);
	one_answer(&(struct tls_answer){.body = "hello\r\n", .end = TLS_RAW}, 0, GP_ST_IO);
	/* Cut in the head, or with only the head of a 100. */
	static const char *const heads[] = {
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le",
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
		"HTTP/1.1 200 OK\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n",
	};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		one_answer(&(struct tls_answer){.body = heads[i], .end = TLS_RAW}, 0, GP_ST_IO);
}

/* Neither an answer behind a 100 nor one with a trailer breaks off. */
static void test_http_heads_and_trailers(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server,
			  &(struct tls_answer){.body = "HTTP/1.1 100 Continue\r\n\r\n"
						       "HTTP/1.1 200 OK\r\n"
						       "Transfer-Encoding: chunked\r\n\r\n"
						       "1\r\nx\r\n0\r\nX-Trailer: 1\r\n\r\n",
					       .end = TLS_RAW});
	send_get(&r, 0);
	wait_done(&r, 1);
	assert_int_equal(r.status, GP_ST_OK);
	assert_int_equal(r.code, 200);
	assert_string_equal(r.body, "x");
	stop(&r);
}

static void test_http_stall_times_out(void **state)
{
	(void)state;
	one_answer(&(struct tls_answer){.end = TLS_STALL}, 0, GP_ST_TIMEOUT);
}

static void test_http_wrong_name(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "elsewhere.example");
	start_http(&r, (struct gp_http_options){0});
	send_get(&r, 0);
	wait_done(&r, 1);
	assert_int_equal(r.status, GP_ST_UNAVAILABLE);
	assert_int_equal(tls_server_requests(r.server), 0);
	stop(&r);
}

static void test_http_unknown_ca(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){.ca_directory = "/nonexistent"});
	send_get(&r, 0);
	wait_done(&r, 1);
	assert_int_not_equal(r.status, GP_ST_OK);
	assert_int_equal(tls_server_requests(r.server), 0);
	stop(&r);
}

static void test_http_nobody_listens(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	/* Its certificates stay in use; nobody is at its port any more. */
	tls_server_free(r.server);
	r.server = NULL;
	send_get(&r, 0);
	wait_done(&r, 1);
	assert_int_equal(r.status, GP_ST_UNAVAILABLE);
	stop(&r);
}

static void test_http_environment_is_not_read(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	assert_int_equal(setenv("https_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server, &(struct tls_answer){.status = 200, .body = "x"});
	send_get(&r, 0);
	wait_done(&r, 1);
	assert_int_equal(r.status, GP_ST_OK);
	assert_int_equal(unsetenv("https_proxy"), 0);
	assert_int_equal(unsetenv("ALL_PROXY"), 0);
	stop(&r);
}

static void test_http_configured_proxy_is_used(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	assert_int_equal(setenv("no_proxy", "localhost", 1), 0);
	/* Nobody is there: what fails shows that it was tried. */
	start_http(&r, (struct gp_http_options){.proxy = "http://127.0.0.1:1"});
	send_get(&r, 0);
	wait_done(&r, 1);
	assert_int_equal(r.status, GP_ST_UNAVAILABLE);
	assert_int_equal(tls_server_requests(r.server), 0);
	assert_int_equal(unsetenv("no_proxy"), 0);
	stop(&r);
}

static void test_http_free_in_callback(void **state)
{
	(void)state;
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server, &(struct tls_answer){.status = 200, .body = "x", .times = -1});
	r.free_in_callback = true;
	for (int i = 0; i < 5; i++)
		send_get(&r, 0);
	wait_done(&r, 1);
	assert_true(loop_drain(r.event));
	assert_int_equal(r.done, 1);
	stop(&r);
}

static void test_http_cancel(void **state)
{
	(void)state;
	struct rig r;
	struct gp_http_transfer *first = NULL;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	tls_server_script(r.server,
			  &(struct tls_answer){.path = "/stall", .end = TLS_STALL, .times = -1});
	tls_server_script(r.server, &(struct tls_answer){.status = 200, .body = "x", .times = -1});
	char stall[300];
	(void)snprintf(stall, sizeof(stall), "%s/stall", tls_server_origin(r.server));
	const struct gp_http_request request = {.method = "GET", .url = stall};
	assert_int_equal(gp_http_send(r.http, &request, on_done, &r, &first), GP_ST_OK);
	assert_int_equal(gp_http_send(r.http, &request, on_done, &r, &r.other), GP_ST_OK);
	gp_http_cancel(first);
	send_get(&r, 0); /* its callback cancels the other one */
	wait_done(&r, 1);
	assert_null(r.other);
	assert_true(loop_drain(r.event));
	assert_int_equal(r.done, 1);
	stop(&r);
}

static void test_http_refuses_bad_requests(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"http://localhost/",
		"file:///etc/passwd",
		"localhost",
		"https://",
		"https:///x",
		"https://user@host/",
		"https://host/a b",
		"https://host\\@x/",
		"https://host:0/",
		"https://host:99999/",
		"https://host:/",
		"https://ho%73t/",
		"https://host/\r\nX: y",
	};
	struct rig r;
	start(&r, "localhost");
	start_http(&r, (struct gp_http_options){0});
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct gp_http_request request = {.method = "GET", .url = bad[i]};
		assert_int_equal(gp_http_send(r.http, &request, on_done, &r, NULL), GP_ST_INVALID);
	}
	static const char *const headers[] = {"X: a\r\nY: b", NULL};
	const struct gp_http_request request = {.method = "GET", .url = r.url, .headers = headers};
	assert_int_equal(gp_http_send(r.http, &request, on_done, &r, NULL), GP_ST_INVALID);
	assert_true(loop_drain(r.event));
	assert_int_equal(r.done, 0);
	stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http_answer),
		cmocka_unit_test(test_http_keeps_connections),
		cmocka_unit_test(test_http_many_at_once),
		cmocka_unit_test(test_http_redirect_is_an_answer),
		cmocka_unit_test(test_http_too_big),
		cmocka_unit_test(test_http_headers_too_big),
		cmocka_unit_test(test_http_broken_answers),
		cmocka_unit_test(test_http_heads_and_trailers),
		cmocka_unit_test(test_http_stall_times_out),
		cmocka_unit_test(test_http_wrong_name),
		cmocka_unit_test(test_http_unknown_ca),
		cmocka_unit_test(test_http_nobody_listens),
		cmocka_unit_test(test_http_environment_is_not_read),
		cmocka_unit_test(test_http_configured_proxy_is_used),
		cmocka_unit_test(test_http_free_in_callback),
		cmocka_unit_test(test_http_cancel),
		cmocka_unit_test(test_http_refuses_bad_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
