/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's end. */
#include "tests/fuzz/module/host.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/support/split.h"
#include "tests/fuzz/support/stepped_time.h"

#include "contract/ban.h"

struct pam_handle *host;

void must(bool truth)
{
	if (!truth)
		abort();
}

void host_begin(struct pam_handle *h)
{
	host = h;
	h->fd = -1;
	h->start_ms = stepped_time_ms();
}

static void hang_up(void)
{
	if (host->fd >= 0)
		(void)close(host->fd);
	host->fd = -1;
}

void host_end(struct pam_handle *h)
{
	hang_up();
	must(host == h);
	host = NULL;
}

/* May what was just said be followed by a grant? */
static void judge(const uint8_t *frame, size_t len)
{
	struct gp_login_msg msg;

	if (host->ended)
		return;
	const bool read = gp_login_decode(frame, len, &msg) == GP_ST_OK;
	if (read && msg.op == GP_LOGIN_DONE) {
		host->ended = true;
		host->granted = msg.code == GP_LOGIN_GRANTED && !host->open_ask && !host->spoiled;
		host->has_id = msg.has_decision;
		memcpy(host->id, msg.decision, sizeof(host->id));
		return;
	}
	const bool may_ask = host->sign_in && !host->silent;
	host->spoiled |= !read || host->open_ask ||
			 !(msg.op == GP_LOGIN_SHOW || (msg.op == GP_LOGIN_ASK && may_ask));
	host->open_ask |= read && msg.op == GP_LOGIN_ASK;
}

static void send_bytes(const uint8_t *frame, size_t len)
{
	if (host->fd < 0 || send(host->fd, frame, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
		return;
	if (len > 0) /* an empty packet reads as a hang-up, and that is what it is */
		judge(frame, len);
	else
		host->spoiled = true;
}

static void send_msg(const struct gp_login_msg *msg)
{
	static uint8_t frame[GP_LOGIN_FRAME_MAX];
	size_t len = 0;
	if (gp_login_encode(msg, frame, sizeof(frame), &len) == GP_ST_OK)
		send_bytes(frame, len);
}

static void send_done(struct gp_str *program)
{
	const unsigned int how = split_byte(program);
	struct gp_login_msg msg = {.op = GP_LOGIN_DONE, .code = (enum gp_login_code)(how % 3)};

	msg.has_decision = (how & 4) != 0;
	if (msg.has_decision)
		memset(msg.decision, (int)how, sizeof(msg.decision));
	if ((how & 8) != 0)
		msg.text = split_at(program, '\0');
	send_msg(&msg);
}

static void send_raw(struct gp_str *program)
{
	static uint8_t large[GP_LOGIN_FRAME_MAX + 100];
	const size_t n = split_byte(program);
	const struct gp_str bytes = split_bytes(program, n);

	if (n == 255)
		send_bytes(large, sizeof(large));
	else
		send_bytes((const uint8_t *)bytes.ptr, bytes.len);
}

static void send_long(enum gp_login_op op, unsigned int letter)
{
	static char text[GP_LOGIN_TEXT_MAX];
	memset(text, letter != 0 ? (int)letter : 'x', sizeof(text));
	const struct gp_login_msg msg = {.op = op, .text = {text, sizeof(text)}};
	send_msg(&msg);
}

bool host_act(void)
{
	struct gp_str *program = &host->program;
	struct gp_login_msg msg = {.op = GP_LOGIN_SHOW};

	if (program->len == 0)
		return false;
	switch (split_byte(program) % 8) {
	case 0:
		msg.text = split_at(program, '\0');
		send_msg(&msg);
		break;
	case 1:
		msg.op = GP_LOGIN_ASK;
		msg.text = split_at(program, '\0');
		send_msg(&msg);
		break;
	case 2:
		send_done(program);
		break;
	case 3:
		send_raw(program);
		break;
	case 4:
		hang_up();
		break;
	case 5:
		stepped_time_advance_ms((int64_t)split_byte(program) * 500);
		break;
	case 6:
		send_long(GP_LOGIN_ASK, split_byte(program));
		break;
	default:
		send_long(GP_LOGIN_SHOW, split_byte(program));
		break;
	}
	return true;
}

static void hear(const struct gp_login_msg *msg)
{
	if (msg->op == GP_LOGIN_ANSWER) {
		must(host->open_ask && host->sign_in);
		host->open_ask = false;
		return;
	}
	must(host->requests++ == 0 && msg->op == host->asked_for);
	must(((msg->flags & GP_LOGIN_SILENT) != 0) == host->silent);
	must(msg->op == GP_LOGIN_START || msg->timeout_s == 0);
	must(msg->op != GP_LOGIN_START || !msg->has_decision);
	must(((msg->flags & GP_LOGIN_KEY) != 0) == (msg->op == GP_LOGIN_OPEN && host->key));
}

void host_listen(void)
{
	static uint8_t frame[GP_LOGIN_FRAME_MAX];
	struct gp_login_msg msg;

	while (host->fd >= 0) {
		const ssize_t n = recv(host->fd, frame, sizeof(frame), MSG_DONTWAIT);
		/* Said once of a module that left something unread; what it sent comes after. */
		if (n < 0 && errno == ECONNRESET)
			continue;
		if (n <= 0)
			break;
		must(gp_login_decode(frame, (size_t)n, &msg) == GP_ST_OK);
		hear(&msg);
	}
}

/* In place of libc's: the module's socket gets our other end, and a wait lets the daemon act. */
int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	int ends[2];
	(void)address;
	(void)len;

	must(host != NULL && !host->connected);
	const unsigned int how = split_byte(&host->program);
	if (how == 255) {
		errno = ECONNREFUSED;
		return -1;
	}
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 &&
	     dup2(ends[0], fd) == fd && close(ends[0]) == 0);
	host->fd = ends[1];
	host->connected = true;
	/* Some of what it says is there before it is asked anything. */
	for (unsigned int i = 0; i < how % 4 && how < 16; i++)
		(void)host_act();
	return 0;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	must(host != NULL && count == 1 && timeout_ms > 0);
	/* No wait ends after the longest time that a sign-in may take. */
	must(stepped_time_ms() + timeout_ms - host->start_ms <= GP_LOGIN_TIMEOUT_MAX * 1000);
	host_listen();
	if (!host_act())
		stepped_time_advance_ms(timeout_ms);
	fds->revents = POLLIN;
	return 1;
}
