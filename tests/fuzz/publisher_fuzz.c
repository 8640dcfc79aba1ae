/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A taken-over daemon before the publisher's socket. The input is a program: connections as this or
 * that user, candidates good, forbidden, changed, cut and too long, pauses, accounts that appear on
 * the host, restarts of the publisher. After each step the published file is one that was offered
 * whole by somebody who may, that obeys ids.conf, and that is newer than the one before.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "publish/publish.h"
#include "tests/fuzz/publisher/candidates.h"
#include "tests/fuzz/support/split.h"
#include "tests/fuzz/support/stepped_time.h"
#include "tests/fuzz/support/work_dir.h"

#include "contract/ban.h"

enum {
	DAEMON_UID = 900,
	CONNECTIONS = 8, /* more than the socket's queue holds */
	STREAM_MAX = 1 << 16,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A connection, whether or not it was accepted yet. */
struct connection {
	uid_t uid;
	size_t len;
	uint8_t said[STREAM_MAX];
};

static struct {
	struct gp_str program;
	int listening;
	struct sockaddr_un address;
	socklen_t address_len;
	int fd; /* the daemon's end; -1 when there is none */
	struct connection connections[CONNECTIONS];
	size_t connected, accepted;
	struct gp_publisher publisher;
	struct gp_directory_bytes current; /* what should be published */
	uint64_t generation;
	bool restart;
} s;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static struct gp_directory_bytes read_published(void)
{
	struct gp_directory_bytes out = {NULL, 0};
	struct stat st;
	const int fd = open("run/directory", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return out;
	must(fstat(fd, &st) == 0 && st.st_size > 0);
	out = (struct gp_directory_bytes){malloc((size_t)st.st_size), (size_t)st.st_size};
	must(out.ptr != NULL && read(fd, out.ptr, out.len) == (ssize_t)out.len);
	(void)close(fd);
	return out;
}

static bool same(const struct gp_directory_bytes *a, const struct gp_directory_bytes *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

/* Did somebody who may publish say these bytes? */
static bool was_said(const struct gp_directory_bytes *bytes)
{
	for (size_t i = 0; i < CONNECTIONS; i++) {
		const struct connection *c = &s.connections[i];
		if ((c->uid == 0 || c->uid == DAEMON_UID) &&
		    memmem(c->said, c->len, bytes->ptr, bytes->len) != NULL)
			return true;
	}
	return false;
}

/* Looks whether the published file changed, and if so, whether it may have become what it is. */
static void look(void)
{
	struct gp_directory_bytes now = read_published();

	if (same(&now, &s.current)) {
		gp_directory_bytes_free(&now);
		return;
	}
	must(now.len > 0 && was_said(&now));
	const uint64_t generation = candidate_must_be_lawful(&now);
	must(generation > s.generation);
	s.generation = generation;
	gp_directory_bytes_free(&s.current);
	s.current = now;
}

static void hang_up(void)
{
	if (s.fd >= 0)
		(void)close(s.fd);
	s.fd = -1;
}

static void connect_as(unsigned int who)
{
	static const uid_t uids[] = {0, DAEMON_UID, 1000, DAEMON_UID};

	hang_up();
	s.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	must(s.fd >= 0);
	if (connect(s.fd, (const struct sockaddr *)&s.address, s.address_len) != 0) {
		hang_up();
		return;
	}
	struct connection *c = &s.connections[s.connected++ % CONNECTIONS];
	c->uid = uids[who % 4];
	c->len = 0;
}

static void say(const void *bytes, size_t len)
{
	struct connection *c = &s.connections[(s.connected - 1) % CONNECTIONS];
	if (s.fd < 0 || len > STREAM_MAX - c->len)
		return;
	const ssize_t n = send(s.fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n <= 0)
		return;
	memcpy(c->said + c->len, bytes, (size_t)n);
	c->len += (size_t)n;
}

static void say_head(uint64_t len)
{
	uint8_t head[GP_PUBLISH_HEAD];
	gp_publish_head_encode(len, head);
	say(head, sizeof(head));
}

static void offer(unsigned int cut)
{
	struct gp_directory_bytes bytes = {NULL, 0};

	candidate_make(&s.program, s.generation, &bytes);
	if (bytes.ptr == NULL)
		return;
	say_head(bytes.len);
	say(bytes.ptr, bytes.len * (256 - cut) / 256);
	gp_directory_bytes_free(&bytes);
}

/* The replies, each of which must be one. */
static void hear(void)
{
	uint8_t bytes[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	struct gp_publish_reply reply;
	size_t text = 0;

	while (s.fd >= 0 && recv(s.fd, bytes, GP_PUBLISH_REPLY, MSG_DONTWAIT) == GP_PUBLISH_REPLY) {
		must(gp_publish_reply_text_len(bytes, &text) == GP_ST_OK &&
		     (text == 0 ||
		      recv(s.fd, bytes + GP_PUBLISH_REPLY, text, MSG_DONTWAIT) == (ssize_t)text));
		must(gp_publish_reply_decode(bytes, GP_PUBLISH_REPLY + text, &reply) == GP_ST_OK);
		must(reply.outcome != GP_PUBLISH_DONE || reply.generation <= s.generation);
	}
}

static void act(void)
{
	switch (split_byte(&s.program) % 9) {
	case 0:
		connect_as(split_byte(&s.program));
		break;
	case 1:
	case 2:
		offer(0);
		break;
	case 3:
		offer(split_byte(&s.program));
		break;
	case 4: {
		const size_t n = split_byte(&s.program);
		const struct gp_str bytes = split_bytes(&s.program, n);
		say(bytes.ptr, bytes.len);
		break;
	}
	case 5: {
		const uint64_t n = split_byte(&s.program);
		say_head(n << split_byte(&s.program) % 57);
		break;
	}
	case 6:
		hang_up();
		break;
	case 7:
		candidate_host_accounts(split_byte(&s.program));
		break;
	default:
		stepped_time_advance_ms((int64_t)split_byte(&s.program) * 50);
		s.restart = split_byte(&s.program) % 4 == 0;
		break;
	}
}

/* In place of libc's: who is connected, and what happens while the publisher waits. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (level == SOL_SOCKET && name == SO_PEERCRED) {
		const uid_t uid = s.connections[s.accepted++ % CONNECTIONS].uid;
		*(struct ucred *)value = (struct ucred){1, uid, uid};
		return 0;
	}
	return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit, const sigset_t *mask)
{
	(void)mask;
	/* The second one is that of whoever started it: here there is nobody. */
	must(count == 2);
	for (;;) {
		const struct timespec none = {0, 0};
		look();
		hear();
		if (syscall(SYS_ppoll, fds, count, &none, NULL, 8) > 0)
			return 1;
		if (s.program.len == 0 || (s.restart && fds->fd == s.listening))
			break;
		const int64_t before = stepped_time_ms();
		act();
		if (limit != NULL && stepped_time_ms() > before) {
			errno = EINTR; /* it looks at its deadline again */
			return -1;
		}
	}
	if (fds->fd != s.listening)
		hang_up();
	return fds->fd == s.listening ? 0 : 1;
}

static void listen_somewhere(void)
{
	s.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	s.address = (struct sockaddr_un){.sun_family = AF_UNIX};
	s.address_len = sizeof(s.address);
	/* An address that the kernel chooses: nothing to clean up. */
	must(bind(s.listening, (const struct sockaddr *)&s.address, sizeof(sa_family_t)) == 0 &&
	     listen(s.listening, 4) == 0 &&
	     getsockname(s.listening, (struct sockaddr *)&s.address, &s.address_len) == 0);
}

static void run_publisher(void)
{
	struct gp_error err = {0};

	s.restart = false;
	s.publisher = (struct gp_publisher){
		.run_dir = "run",
		.durable_dir = "durable",
		.ids_conf = "ids.conf",
		.passwd = "passwd",
		.group = "group",
		.allow_uid = DAEMON_UID,
		.idle_exit_s = 1,
		.deadline_ms = 5000,
		.life_fd = -1,
	};
	must(gp_publisher_open(&s.publisher, &err) == GP_ST_OK);
	(void)!gp_publisher_restore(&s.publisher, &err);
	look();
	must(gp_publish_serve(&s.publisher, s.listening, &err) == GP_ST_OK);
	gp_publisher_close(&s.publisher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool entered;

	if (!entered) {
		work_dir_enter();
		/* Its log, a line a candidate; sanitizers write to the descriptor. */
		stderr = fopen("/dev/null", "we");
		must(stderr != NULL);
	}
	entered = true;
	candidate_new_host();
	stepped_time_reset();
	s.program = (struct gp_str){(const char *)data, len};
	s.fd = -1;
	s.generation = 0;
	s.connected = s.accepted = 0;
	for (size_t i = 0; i < CONNECTIONS; i++)
		s.connections[i].len = 0;
	listen_somewhere();
	stepped_time_hold();
	do
		run_publisher();
	while (s.program.len > 0);
	stepped_time_release();
	look();
	hang_up();
	(void)close(s.listening);
	gp_directory_bytes_free(&s.current);
	return 0;
}
