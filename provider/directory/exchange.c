/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "contract/ban.h"

struct gp_exchange {
	sd_event_source *io;
	sd_event_source *timer;
	int fd;
	struct gp_directory_bytes bytes;
	uint8_t head[GP_PUBLISH_HEAD];
	size_t sent; /* of head and bytes together */
	uint8_t reply[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	size_t got;
	size_t want; /* bytes of the reply, as far as is known */
	gp_exchange_done *done;
	void *arg;
};

static void quiet(struct gp_exchange *x)
{
	x->io = sd_event_source_disable_unref(x->io);
	x->timer = sd_event_source_disable_unref(x->timer);
	if (x->fd >= 0) {
		(void)close(x->fd);
		x->fd = -1;
	}
}

void gp_exchange_free(struct gp_exchange *exchange)
{
	if (exchange == NULL) {
		return;
	}
	quiet(exchange);
	gp_directory_bytes_free(&exchange->bytes);
	free(exchange);
}

/* The last thing done with X: the callback may free it. */
static int fail(struct gp_exchange *x, enum gp_status status, const char *what)
{
	struct gp_error err;
	status = gp_fail(&err, status, "publisher: %s", what);
	quiet(x);
	x->done(x->arg, status, NULL, &err);
	return 0;
}

/* Sends what is left of the candidate. True once all of it is gone. */
static bool send_more(struct gp_exchange *x, int *error)
{
	size_t total = sizeof(x->head) + x->bytes.len;
	while (x->sent < total) {
		const bool in_head = x->sent < sizeof(x->head);
		const uint8_t *at =
			in_head ? x->head + x->sent : x->bytes.ptr + (x->sent - sizeof(x->head));
		size_t len = in_head ? sizeof(x->head) - x->sent : total - x->sent;
		ssize_t n = send(x->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			*error = n < 0 ? errno : EIO;
			return false;
		}
		x->sent += (size_t)n;
	}
	return true;
}

static int finish(struct gp_exchange *x)
{
	struct gp_publish_reply reply;
	if (gp_publish_reply_decode(x->reply, x->got, &reply) != GP_ST_OK) {
		return fail(x, GP_ST_INVALID, "its reply cannot be read");
	}
	quiet(x);
	x->done(x->arg, GP_ST_OK, &reply, NULL);
	return 0;
}

static int receive_more(struct gp_exchange *x)
{
	for (;;) {
		ssize_t n = recv(x->fd, x->reply + x->got, x->want - x->got, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0 && errno == EAGAIN) {
			return 0;
		}
		if (n <= 0) {
			return fail(x, GP_ST_CLOSED, "it hung up before replying");
		}
		x->got += (size_t)n;
		if (x->got == GP_PUBLISH_REPLY && x->want == GP_PUBLISH_REPLY) {
			size_t text = 0;
			if (gp_publish_reply_text_len(x->reply, &text) != GP_ST_OK) {
				return fail(x, GP_ST_INVALID, "its reply cannot be read");
			}
			/* One byte holds the length, so this fits. */
			x->want += text;
		}
		if (x->got == x->want) {
			return finish(x);
		}
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct gp_exchange *x = arg;
	(void)fd;
	if (x->sent < sizeof(x->head) + x->bytes.len) {
		int error = 0;
		if (!send_more(x, &error)) {
			/* A publisher that refuses early replies and closes: read what it said. */
			if (error == EPIPE || error == ECONNRESET || (events & EPOLLIN) != 0) {
				return receive_more(x);
			}
			return error == EAGAIN ? 0
					       : fail(x, GP_ST_IO, "the candidate cannot be sent");
		}
		if (sd_event_source_set_io_events(source, EPOLLIN) < 0) {
			return fail(x, GP_ST_INTERNAL, "the loop cannot wait for the reply");
		}
	}
	return receive_more(x);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	return fail(arg, GP_ST_TIMEOUT, "no reply within the deadline");
}

static enum gp_status connect_to(struct gp_exchange *x, const char *path, struct gp_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	enum gp_status st = gp_copy(address.sun_path, sizeof(address.sun_path), gp_str_from(path));
	if (st != GP_ST_OK) {
		return gp_fail(err, st, "publisher: the socket's path is too long");
	}
	x->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (x->fd < 0) {
		return gp_fail(err, GP_ST_UNAVAILABLE, "publisher: no socket: %m");
	}
	/* A local connect never is in progress: it is done, or the queue is full (EAGAIN). */
	if (connect(x->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		return gp_fail(err, GP_ST_UNAVAILABLE, "publisher: %s: %m", path);
	}
	return GP_ST_OK;
}

enum gp_status gp_exchange_start(const struct gp_exchange_request *request,
				 struct gp_directory_bytes *bytes, struct gp_exchange **out,
				 struct gp_error *err)
{
	struct gp_exchange *x = calloc(1, sizeof(*x));
	if (x == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "publisher: no memory");
	}
	x->fd = -1;
	x->done = request->done;
	x->arg = request->arg;
	x->want = GP_PUBLISH_REPLY;
	gp_publish_head_encode(bytes->len, x->head);
	int64_t ms = request->deadline_ms > 0 ? request->deadline_ms : GP_EXCHANGE_DEADLINE_MS;
	enum gp_status st = connect_to(x, request->socket_path, err);
	if (st == GP_ST_OK &&
	    (sd_event_add_io(request->event, &x->io, x->fd, EPOLLIN | EPOLLOUT, on_io, x) < 0 ||
	     sd_event_add_time_relative(request->event, &x->timer, CLOCK_BOOTTIME,
					(uint64_t)ms * 1000, 0, on_deadline, x) < 0)) {
		st = gp_fail(err, GP_ST_NO_MEMORY, "publisher: the loop takes no more sources");
	}
	if (st != GP_ST_OK) {
		gp_exchange_free(x);
		return st;
	}
	x->bytes = *bytes;
	*bytes = (struct gp_directory_bytes){0};
	*out = x;
	return GP_ST_OK;
}
