/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"

#include "contract/ban.h"

#define FIRST_FRAME_US 5000000
#define FRAME_LIMIT    65536
#define ACCEPT_WAIT_US 500000

struct gp_conn {
	struct gp_conn *prev, *next;
	struct gp_server *server;
	int fd;
	struct ucred peer;
	sd_event_source *io;
	sd_event_source *timer;
	void *data;
};

struct gp_server {
	sd_event *event;
	int fd;
	sd_event_source *io;
	sd_event_source *resume; /* after a lack of descriptors or memory */
	struct gp_server_ops ops;
	struct gp_conn *first;
	struct gp_log_bound refused, evicted, no_descriptor;
	uint8_t *frame; /* one buffer for all: a frame is handled before the next is read */
};

const struct ucred *gp_conn_peer(const struct gp_conn *conn)
{
	return &conn->peer;
}

void gp_conn_set_data(struct gp_conn *conn, void *data)
{
	conn->data = data;
}

void *gp_conn_data(const struct gp_conn *conn)
{
	return conn->data;
}

bool gp_conn_send(struct gp_conn *conn, const void *bytes, size_t len)
{
	return send(conn->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

void gp_conn_close(struct gp_conn *conn)
{
	conn->server->ops.closed(conn->server->ops.arg, conn);
	sd_event_source_disable_unref(conn->io);
	sd_event_source_disable_unref(conn->timer);
	close(conn->fd);
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		conn->server->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	free(conn);
}

static int on_too_slow(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	struct gp_conn *conn = arg;
	gp_log(GP_LOG_DEBUG, "connection-silent", "pid=%ld", (long)conn->peer.pid);
	gp_conn_close(conn);
	return 0;
}

static int on_frame(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	(void)source;
	(void)events;
	struct gp_conn *conn = arg;
	struct gp_server *server = conn->server;
	/* MSG_TRUNC: the true length, so that a frame beyond the limit is seen to be one. */
	ssize_t n = recv(fd, server->frame, server->ops.frame_max, MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || (size_t)n > server->ops.frame_max) {
		gp_conn_close(conn);
		return 0;
	}
	conn->timer = sd_event_source_disable_unref(conn->timer);
	server->ops.frame(server->ops.arg, conn, server->frame, (size_t)n);
	return 0;
}

/* Nothing came from him, nor lies there unread. */
static bool is_silent(const struct gp_conn *conn)
{
	char byte = 0;
	return conn->timer != NULL && recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == EAGAIN;
}

/* Whoever has something to say is not kept out by others of his uid who have connected and say
 * nothing: when the bound is reached, the one of them goes who has been silent longest. */
static bool may_connect(struct gp_server *server, const struct ucred *peer)
{
	uint32_t have = 0;
	struct gp_conn *last = NULL;
	if (server->ops.root_only && peer->uid != 0)
		return false;
	for (struct gp_conn *c = server->first; c != NULL; c = c->next) {
		have += c->peer.uid == peer->uid ? 1 : 0;
		last = c;
	}
	if (have < server->ops.per_uid)
		return true;
	if (have > server->ops.per_uid)
		return false;
	for (struct gp_conn *c = last; c != NULL; c = c->prev) {
		if (c->peer.uid != peer->uid || !is_silent(c))
			continue;
		gp_log_bounded(&server->evicted, GP_LOG_WARN, "connection-evicted",
			       "uid=%ld pid=%ld newcomer_pid=%ld", (long)c->peer.uid,
			       (long)c->peer.pid, (long)peer->pid);
		gp_conn_close(c);
		return true;
	}
	return false;
}

/* True if the connection is kept; then FD belongs to it. */
static bool adopt(struct gp_server *server, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof(peer))
		return false;
	if (!may_connect(server, &peer)) {
		gp_log_bounded(&server->refused, GP_LOG_WARN, "connection-refused",
			       "uid=%ld pid=%ld", (long)peer.uid, (long)peer.pid);
		return false;
	}
	struct gp_conn *conn = calloc(1, sizeof(*conn));
	if (conn == NULL)
		return false;
	conn->server = server;
	conn->fd = fd;
	conn->peer = peer;
	if (sd_event_add_io(server->event, &conn->io, fd, EPOLLIN, on_frame, conn) < 0 ||
	    sd_event_add_time_relative(server->event, &conn->timer, CLOCK_BOOTTIME, FIRST_FRAME_US,
				       0, on_too_slow, conn) < 0) {
		sd_event_source_disable_unref(conn->io);
		free(conn);
		return false;
	}
	conn->next = server->first;
	if (conn->next != NULL)
		conn->next->prev = conn;
	server->first = conn;
	return true;
}

static int on_resume(sd_event_source *source, uint64_t usec, void *arg)
{
	const struct gp_server *server = arg;
	(void)source;
	(void)usec;
	/* It fails only for a source that does not exist. */
	(void)sd_event_source_set_enabled(server->io, SD_EVENT_ON);
	return 0;
}

/* Who waits stays readable, so without a pause the loop would do nothing but find no descriptor for
 * him, again and again. */
static void pause_accepting(struct gp_server *server)
{
	if (sd_event_source_set_time_relative(server->resume, ACCEPT_WAIT_US) < 0 ||
	    sd_event_source_set_enabled(server->resume, SD_EVENT_ONESHOT) < 0)
		return;
	(void)sd_event_source_set_enabled(server->io, SD_EVENT_OFF);
}

static int on_connect(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct gp_server *server = arg;
	(void)source;
	(void)events;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (conn < 0) {
		int why = errno;
		if (why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOBUFS) {
			gp_log_bounded(&server->no_descriptor, GP_LOG_ERROR, "accept-failed",
				       "errno=%d", why);
			pause_accepting(server);
		}
		return 0;
	}
	if (!adopt(server, conn))
		close(conn);
	return 0;
}

enum gp_status gp_server_new(sd_event *event, int fd, const struct gp_server_ops *ops,
			     struct gp_server **out, struct gp_error *err)
{
	struct gp_server *server = calloc(1, sizeof(*server));
	uint8_t *frame = ops->frame_max <= FRAME_LIMIT ? malloc(ops->frame_max) : NULL;
	if (server == NULL || frame == NULL ||
	    sd_event_add_io(event, &server->io, fd, EPOLLIN, on_connect, server) < 0 ||
	    sd_event_add_time_relative(event, &server->resume, CLOCK_BOOTTIME, 0, 0, on_resume,
				       server) < 0 ||
	    sd_event_source_set_enabled(server->resume, SD_EVENT_OFF) < 0) {
		if (server != NULL) {
			sd_event_source_disable_unref(server->io);
			sd_event_source_disable_unref(server->resume);
		}
		free(server);
		free(frame);
		close(fd);
		return gp_fail(err, GP_ST_NO_MEMORY, "cannot serve the socket");
	}
	server->event = event;
	server->fd = fd;
	server->ops = *ops;
	server->frame = frame;
	*out = server;
	return GP_ST_OK;
}

void gp_server_set_per_uid(struct gp_server *server, uint32_t per_uid)
{
	server->ops.per_uid = per_uid;
}

void gp_server_stop_accepting(struct gp_server *server)
{
	server->io = sd_event_source_disable_unref(server->io);
	server->resume = sd_event_source_disable_unref(server->resume);
	if (server->fd >= 0)
		close(server->fd);
	server->fd = -1;
}

void gp_server_free(struct gp_server *server)
{
	if (server == NULL)
		return;
	gp_server_stop_accepting(server);
	struct gp_conn *next = NULL;
	for (struct gp_conn *conn = server->first; conn != NULL; conn = next) {
		next = conn->next;
		gp_conn_close(conn);
	}
	free(server->frame);
	free(server);
}
