/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/door.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "contract/ban.h"

/* Requests and answers are small: four fields and some numbers. */
#define OUT_MAX (4 * (2 + GP_LOGIN_FIELD_MAX) + 64)

int64_t gp_door_now_ms(void)
{
	struct timespec ts = {0};
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t gp_door_left_ms(const struct gp_door *door)
{
	int64_t left = door->deadline_ms - gp_door_now_ms();
	return left > 0 ? left : 0;
}

static enum gp_status status_of(int error)
{
	switch (error) {
	case EAGAIN:
		return GP_ST_TIMEOUT;
	case ENOENT:
	case ECONNREFUSED:
	case EACCES:
	case EPERM:
		return GP_ST_UNAVAILABLE;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return GP_ST_CLOSED;
	default:
		return GP_ST_IO;
	}
}

/* connect() and send() on a local socket wait while the other side's queue is full (a daemon that
 * is stopped): this bounds both. */
static enum gp_status bound_sends(struct gp_door *door)
{
	int64_t ms = gp_door_left_ms(door);
	if (ms == 0)
		return GP_ST_TIMEOUT;
	if (ms > GP_DOOR_SEND_MS)
		ms = GP_DOOR_SEND_MS;
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
	if (setsockopt(door->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) != 0)
		return GP_ST_IO;
	return GP_ST_OK;
}

enum gp_status gp_door_open(struct gp_door *door, const char *path, int64_t timeout_ms)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	door->fd = -1;
	door->deadline_ms = gp_door_now_ms() + timeout_ms;
	enum gp_status st = gp_copy(addr.sun_path, sizeof(addr.sun_path), gp_str_from(path));
	if (st != GP_ST_OK)
		return st;
	door->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (door->fd < 0)
		return GP_ST_IO;
	st = bound_sends(door);
	while (st == GP_ST_OK &&
	       connect(door->fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0) {
		if (errno != EINTR)
			st = status_of(errno);
		else
			st = bound_sends(door);
	}
	if (st != GP_ST_OK)
		gp_door_close(door);
	return st;
}

enum gp_status gp_door_send(struct gp_door *door, const struct gp_login_msg *msg)
{
	uint8_t out[OUT_MAX];
	size_t len = 0;

	enum gp_status st = gp_login_encode(msg, out, sizeof(out), &len);
	if (st == GP_ST_OK)
		st = bound_sends(door);
	while (st == GP_ST_OK && send(door->fd, out, len, MSG_NOSIGNAL) < 0) {
		if (errno != EINTR)
			st = status_of(errno);
		else
			st = bound_sends(door);
	}
	return st;
}

enum gp_status gp_door_pending(struct gp_door *door, struct gp_login_msg *msg)
{
	/* MSG_TRUNC: the packet's true length, so that one too long is seen as such. */
	ssize_t n = recv(door->fd, door->frame, sizeof(door->frame), MSG_DONTWAIT | MSG_TRUNC);
	if (n == 0)
		return GP_ST_CLOSED;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GP_ST_NOT_FOUND;
	if (n < 0)
		return status_of(errno);
	return gp_login_decode(door->frame, (size_t)n, msg);
}

enum gp_status gp_door_receive(struct gp_door *door, struct gp_login_msg *msg)
{
	int64_t until = gp_door_now_ms() + GP_DOOR_SILENCE_MS;
	if (until > door->deadline_ms)
		until = door->deadline_ms;

	for (;;) {
		enum gp_status st = gp_door_pending(door, msg);
		if (st != GP_ST_NOT_FOUND)
			return st;
		int64_t left = until - gp_door_now_ms();
		if (left <= 0)
			return GP_ST_TIMEOUT;
		struct pollfd p = {.fd = door->fd, .events = POLLIN};
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return GP_ST_IO;
	}
}

void gp_door_close(struct gp_door *door)
{
	if (door->fd >= 0)
		close(door->fd);
	door->fd = -1;
}
