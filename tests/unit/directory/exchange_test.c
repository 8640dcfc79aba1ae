/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/support/loop.h"

#include "contract/ban.h"

#define WAIT  20000
#define LARGE ((size_t)8 << 20) /* more than any socket holds */

struct world {
	char dir[64];
	char path[96];
	sd_event *event;
	int listen_fd, fd;
	sd_event_source *io;
	struct gp_exchange *exchange;
	struct gp_directory_bytes bytes;
	/* what the publisher's side saw */
	size_t received;
	bool right; /* every byte was the expected one */
	/* what came of it */
	size_t done;
	enum gp_status status;
	struct gp_publish_reply reply;
	char error[192];
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (w == NULL || gp_copy(w->dir, sizeof(w->dir), GP_STR("/tmp/gp-exchange-XXXXXX")) != 0 ||
	    mkdtemp(w->dir) == NULL || sd_event_new(&w->event) < 0) {
		free(w);
		return -1;
	}
	(void)snprintf(w->path, sizeof(w->path), "%s/publish.sock", w->dir);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", w->path);
	w->fd = -1;
	w->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(w->listen_fd >= 0);
	assert_int_equal(bind(w->listen_fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(w->listen_fd, 1), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	gp_exchange_free(w->exchange);
	gp_directory_bytes_free(&w->bytes);
	sd_event_source_disable_unref(w->io);
	if (w->fd >= 0) {
		(void)close(w->fd);
	}
	if (w->listen_fd >= 0) {
		(void)close(w->listen_fd);
	}
	sd_event_unref(w->event);
	(void)unlink(w->path);
	int rc = rmdir(w->dir);
	free(w);
	return rc;
}

static void on_done(void *arg, enum gp_status status, const struct gp_publish_reply *reply,
		    const struct gp_error *err)
{
	struct world *w = arg;
	w->done++;
	w->status = status;
	if (reply != NULL) {
		w->reply = *reply;
	}
	if (err != NULL) {
		(void)snprintf(w->error, sizeof(w->error), "%s", err->text);
	}
	gp_exchange_free(w->exchange);
	w->exchange = NULL;
}

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static enum gp_status start(struct world *w, size_t len, int64_t deadline_ms, const char *path)
{
	const struct gp_exchange_request request = {.event = w->event,
						    .socket_path = path,
						    .deadline_ms = deadline_ms,
						    .done = on_done,
						    .arg = w};
	w->bytes = (struct gp_directory_bytes){calloc(1, len), len};
	assert_non_null(w->bytes.ptr);
	for (size_t i = 0; i < len; i++) {
		w->bytes.ptr[i] = byte_at(i);
	}
	return gp_exchange_start(&request, &w->bytes, &w->exchange, NULL);
}

static void take(struct world *w)
{
	w->fd = accept4(w->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(w->fd >= 0);
}

static void say(const struct world *w, const void *bytes, size_t len)
{
	assert_int_equal(send(w->fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static uint8_t answer[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
static size_t answer_len;

/* The second piece of the answer, on a later turn of the loop. */
static int on_later(sd_event_source *source, void *arg)
{
	const struct world *w = arg;
	(void)source;
	say(w, answer + GP_PUBLISH_REPLY - 3, answer_len - (GP_PUBLISH_REPLY - 3));
	return 0;
}

/* Reads the candidate as it comes, and answers once it is whole, in two pieces. */
static int on_readable(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	static uint8_t piece[65536];
	struct world *w = arg;
	(void)source;
	(void)events;
	ssize_t n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
	for (ssize_t i = 0; i < n; i++, w->received++) {
		if (w->received >= GP_PUBLISH_HEAD &&
		    piece[i] != byte_at(w->received - GP_PUBLISH_HEAD)) {
			w->right = false;
		}
	}
	if (w->received == GP_PUBLISH_HEAD + LARGE) {
		const struct gp_publish_reply reply = {GP_PUBLISH_DONE, 42, "written"};
		answer_len = gp_publish_reply_encode(&reply, answer);
		say(w, answer, GP_PUBLISH_REPLY - 3);
		assert_true(sd_event_add_defer(w->event, NULL, on_later, w) >= 0);
	}
	return 0;
}

static void test_exchange_large(void **state)
{
	struct world *w = *state;
	w->right = true;
	assert_int_equal(start(w, LARGE, 0, w->path), GP_ST_OK);
	assert_null(w->bytes.ptr);
	take(w);
	assert_true(sd_event_add_io(w->event, &w->io, w->fd, EPOLLIN, on_readable, w) >= 0);
	assert_true(loop_until(w->event, &w->done, 1, WAIT));
	assert_true(w->right);
	assert_int_equal(w->received, GP_PUBLISH_HEAD + LARGE);
	assert_int_equal(w->status, GP_ST_OK);
	assert_int_equal(w->reply.outcome, GP_PUBLISH_DONE);
	assert_int_equal(w->reply.generation, 42);
	assert_string_equal(w->reply.text, "written");
}

static void test_exchange_nobody_there(void **state)
{
	struct world *w = *state;
	char longest[200];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(start(w, 10, 0, "/nonexistent/publish.sock"), GP_ST_UNAVAILABLE);
	assert_non_null(w->bytes.ptr);
	assert_null(w->exchange);
	gp_directory_bytes_free(&w->bytes);
	assert_int_equal(start(w, 10, 0, longest), GP_ST_TOO_BIG);
	gp_directory_bytes_free(&w->bytes);
	(void)close(w->listen_fd);
	w->listen_fd = -1;
	assert_int_equal(start(w, 10, 0, w->path), GP_ST_UNAVAILABLE);
	assert_int_equal(w->done, 0);
}

static void test_exchange_deadline(void **state)
{
	struct world *w = *state;
	assert_int_equal(start(w, LARGE, 30, w->path), GP_ST_OK);
	assert_true(loop_until(w->event, &w->done, 1, WAIT));
	assert_int_equal(w->status, GP_ST_TIMEOUT);
	assert_non_null(strstr(w->error, "deadline"));
}

/* A publisher that wants no more of it says so and hangs up in the middle. */
static void test_exchange_refused_early(void **state)
{
	struct world *w = *state;
	const struct gp_publish_reply reply = {GP_PUBLISH_REFUSED, 7, "not your turn"};
	uint8_t out[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	assert_int_equal(start(w, LARGE, 0, w->path), GP_ST_OK);
	take(w);
	assert_true(loop_drain(w->event));
	say(w, out, gp_publish_reply_encode(&reply, out));
	assert_true(loop_until(w->event, &w->done, 1, WAIT));
	assert_int_equal(w->status, GP_ST_OK);
	assert_int_equal(w->reply.outcome, GP_PUBLISH_REFUSED);
	assert_string_equal(w->reply.text, "not your turn");
}

static void test_exchange_bad_replies(void **state)
{
	struct world *w = *state;
	static const char garbage[64] = "HTTP/1.1 200 OK";
	uint8_t out[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	const struct gp_publish_reply reply = {GP_PUBLISH_DONE, 1, "x"};
	size_t len = gp_publish_reply_encode(&reply, out);
	assert_int_equal(start(w, 10, 0, w->path), GP_ST_OK);
	take(w);
	say(w, garbage, sizeof(garbage));
	assert_true(loop_until(w->event, &w->done, 1, WAIT));
	assert_int_equal(w->status, GP_ST_INVALID);
	assert_int_equal(w->reply.outcome, GP_PUBLISH_REFUSED);
	(void)close(w->fd);
	/* Every shorter reply is none. */
	for (size_t n = 0; n < len; n++) {
		assert_int_equal(start(w, 10, 0, w->path), GP_ST_OK);
		take(w);
		if (n > 0) {
			say(w, out, n);
		}
		assert_true(loop_drain(w->event));
		(void)close(w->fd);
		w->fd = -1;
		assert_true(loop_until(w->event, &w->done, n + 2, WAIT));
		assert_int_equal(w->status, GP_ST_CLOSED);
	}
	assert_int_equal(w->reply.outcome, GP_PUBLISH_REFUSED);
}

static void test_exchange_broken_off(void **state)
{
	struct world *w = *state;
	assert_int_equal(start(w, LARGE, 30, w->path), GP_ST_OK);
	assert_true(loop_drain(w->event));
	gp_exchange_free(w->exchange);
	w->exchange = NULL;
	assert_true(loop_drain(w->event));
	assert_int_equal(w->done, 0);
	gp_exchange_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exchange_large),       TEST(test_exchange_nobody_there),
		TEST(test_exchange_deadline),    TEST(test_exchange_refused_early),
		TEST(test_exchange_bad_replies), TEST(test_exchange_broken_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
