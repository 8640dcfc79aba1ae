/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates from the socket, one connection after another: there is one daemon, and the work is
 * not to be done twice at once. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "contract/text.h"
#include "publish/publish.h"

#include "contract/ban.h"

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
}

void gp_publish_catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t set;
	/* Blocked but while waiting, so that none is lost between look and wait. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

static int64_t now_ms(void)
{
	struct timespec ts = {0};
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits for EVENTS until DEADLINE_MS (negative: for ever), or until the other end of LIFE_FD (-1:
 * there is none) is closed. */
static enum gp_status wait_for_either(int fd, short events, int life_fd, int64_t deadline_ms)
{
	sigset_t open_mask;
	sigprocmask(SIG_SETMASK, NULL, &open_mask);
	sigdelset(&open_mask, SIGTERM);
	sigdelset(&open_mask, SIGINT);
	while (stop_asked == 0) {
		/* A negative number is left out. */
		struct pollfd p[2] = {{fd, events, 0}, {life_fd, POLLIN, 0}};
		int64_t left = deadline_ms < 0 ? 0 : deadline_ms - now_ms();
		if (left < 0)
			return GP_ST_TIMEOUT;
		const struct timespec ts = {left / 1000, left % 1000 * 1000000};
		int n = ppoll(p, 2, deadline_ms < 0 ? NULL : &ts, &open_mask);
		if (n > 0)
			return p[1].revents != 0 ? GP_ST_CLOSED : GP_ST_OK;
		if (n == 0)
			return GP_ST_TIMEOUT;
		if (errno != EINTR)
			return GP_ST_IO;
	}
	return GP_ST_CLOSED;
}

static enum gp_status wait_for(int fd, short events, int64_t deadline_ms)
{
	return wait_for_either(fd, events, -1, deadline_ms);
}

static enum gp_status receive(int fd, void *to, size_t len, int64_t deadline_ms)
{
	char *p = to;
	while (len > 0) {
		enum gp_status st = wait_for(fd, POLLIN, deadline_ms);
		if (st != GP_ST_OK)
			return st;
		ssize_t n = recv(fd, p, len, MSG_DONTWAIT);
		if (n == 0)
			return GP_ST_CLOSED;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return GP_ST_IO;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return GP_ST_OK;
}

static enum gp_status send_reply(int fd, const struct gp_publish_reply *reply, int64_t deadline_ms)
{
	uint8_t bytes[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	size_t len = gp_publish_reply_encode(reply, bytes);
	size_t done = 0;
	while (done < len) {
		enum gp_status st = wait_for(fd, POLLOUT, deadline_ms);
		if (st != GP_ST_OK)
			return st;
		ssize_t n = send(fd, bytes + done, len - done, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return GP_ST_IO;
		done += n > 0 ? (size_t)n : 0;
	}
	return GP_ST_OK;
}

#define ACCEPT_WAIT_MS 500
#define SAID_MAX       30
#define SAID_SPAN_MS   60000

/* A peer can be turned away or refused as often as it likes: so much a minute is said of it. */
static bool may_say(void)
{
	static int64_t since_ms;
	static int said;
	const int64_t now = now_ms();
	if (said == 0 || now - since_ms >= SAID_SPAN_MS) {
		since_ms = now;
		said = 0;
	}
	if (said == SAID_MAX)
		return false;
	said++;
	if (said == SAID_MAX)
		fputs("guestpass-publish: more of this is not said for a minute\n", stderr);
	return said < SAID_MAX;
}

static void log_reply(const struct gp_publish_reply *reply, size_t len)
{
	static const char *const outcomes[] = {
		[GP_PUBLISH_REFUSED] = "refused",
		[GP_PUBLISH_FAILED] = "failed",
		[GP_PUBLISH_UNCHANGED] = "unchanged",
		[GP_PUBLISH_DONE] = "published",
	};
	char safe[512];
	bool changed = reply->outcome == GP_PUBLISH_DONE;
	if (!changed && !may_say())
		return;
	gp_text_safe(gp_str_from(reply->text), GP_TEXT_LINE, safe, sizeof(safe));
	fprintf(stderr, "guestpass-publish: %s: %zu bytes, generation %llu%s%s\n",
		outcomes[reply->outcome], len, (unsigned long long)reply->generation,
		safe[0] != '\0' ? ": " : "", safe);
}

/* One candidate and its answer. */
static enum gp_status serve_one(struct gp_publisher *p, int fd)
{
	uint8_t head[GP_PUBLISH_HEAD];
	struct gp_publish_copy copy = {NULL, 0};
	struct gp_publish_reply reply = {.outcome = GP_PUBLISH_REFUSED};
	uint64_t len = 0;
	int64_t deadline = now_ms() + p->deadline_ms;

	enum gp_status st = receive(fd, head, sizeof(head), deadline);
	if (st != GP_ST_OK)
		return st;
	st = gp_publish_head_decode(head, &len);
	if (st == GP_ST_OK)
		st = gp_publish_alloc((size_t)len, &copy);
	if (st == GP_ST_OK)
		st = receive(fd, copy.ptr, copy.len, deadline);
	if (st == GP_ST_OK) {
		reply = gp_publisher_offer(p, copy.ptr, copy.len);
	} else if (st == GP_ST_CLOSED || st == GP_ST_IO || st == GP_ST_TIMEOUT) {
		gp_publish_free(&copy);
		return st;
	} else {
		/* The stream cannot be followed any further: answer and close. */
		reply.outcome = st == GP_ST_NO_MEMORY ? GP_PUBLISH_FAILED : GP_PUBLISH_REFUSED;
		if (gp_copy(reply.text, sizeof(reply.text), gp_str_from(gp_status_name(st))) !=
		    GP_ST_OK)
			reply.text[0] = '\0';
	}
	log_reply(&reply, copy.len);
	gp_publish_free(&copy);
	enum gp_status sent = send_reply(fd, &reply, now_ms() + p->deadline_ms);
	return st == GP_ST_OK ? sent : st;
}

static bool peer_may(const struct gp_publisher *p, int fd)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof(peer))
		return false;
	if (peer.uid == 0 || peer.uid == p->allow_uid)
		return true;
	if (may_say())
		fprintf(stderr, "guestpass-publish: uid %u turned away\n", peer.uid);
	return false;
}

enum gp_status gp_publish_serve(struct gp_publisher *p, int listen_fd, struct gp_error *err)
{
	while (stop_asked == 0) {
		int64_t until = p->idle_exit_s > 0 ? now_ms() + 1000LL * p->idle_exit_s : -1;
		enum gp_status st = wait_for_either(listen_fd, POLLIN, p->life_fd, until);
		if (st == GP_ST_TIMEOUT || st == GP_ST_CLOSED)
			return GP_ST_OK;
		if (st != GP_ST_OK)
			return gp_fail(err, st, "poll: %m");
		int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EINTR || errno == EAGAIN || errno == ECONNABORTED)
				continue;
			/* Who waits keeps the socket readable: rest before the next try. */
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			    errno == ENOBUFS) {
				if (may_say())
					fprintf(stderr, "guestpass-publish: accept: %m\n");
				(void)wait_for_either(-1, 0, p->life_fd, now_ms() + ACCEPT_WAIT_MS);
				continue;
			}
			return gp_fail(err, GP_ST_IO, "accept: %m");
		}
		if (peer_may(p, fd))
			while (serve_one(p, fd) == GP_ST_OK)
				continue;
		close(fd);
	}
	return GP_ST_OK;
}
