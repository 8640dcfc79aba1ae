/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/daemon/clients_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contract/text.h"

#include "contract/ban.h"

struct clients clients;

static const char *const services[] = {"sshd", "login", "su", "systemd-user"};
static const char *const addresses[] = {"192.0.2.1", "192.0.2.2", "2001:db8::1", ""};

void clients_listen(struct listener *l)
{
	*l = (struct listener){.address = {.sun_family = AF_UNIX}, .len = sizeof(l->address)};
	l->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	must(bind(l->fd, (const struct sockaddr *)&l->address, sizeof(sa_family_t)) == 0 &&
	     listen(l->fd, 16) == 0 &&
	     getsockname(l->fd, (struct sockaddr *)&l->address, &l->len) == 0);
}

void clients_begin(const struct listener *login)
{
	memset(&clients, 0, sizeof(clients));
	clients.login = login;
	for (size_t i = 0; i < SLOTS; i++)
		clients.clients[i] = (struct client){.fd = -1, .owed_since_ms = -1};
}

/* In place of libc's. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (level == SOL_SOCKET && name == SO_PEERCRED) {
		memcpy(value, &clients.peer, sizeof(clients.peer));
		return 0;
	}
	return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}

void clients_next_peer(uid_t uid, pid_t pid)
{
	clients.peer = (struct ucred){pid, uid, uid};
}

void client_hang_up(unsigned int slot)
{
	struct client *c = &clients.clients[slot % SLOTS];
	if (c->fd >= 0)
		(void)close(c->fd);
	*c = (struct client){.fd = -1, .owed_since_ms = -1};
}

void client_connect(unsigned int slot, uid_t uid, pid_t pid)
{
	struct client *c = &clients.clients[slot % SLOTS];
	client_hang_up(slot);
	clients_next_peer(uid, pid);
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	c->pid = pid;
	c->reads = true;
	c->owed_since_ms = -1;
	must(c->fd >= 0);
	if (connect(c->fd, (const struct sockaddr *)&clients.login->address, clients.login->len) !=
	    0)
		client_hang_up(slot);
	/* At once, so that it is this peer that the daemon asks the kernel about. */
	world_step();
}

void client_stop_reading(unsigned int slot)
{
	struct client *c = &clients.clients[slot % SLOTS];
	if (c->fd < 0)
		return;
	(void)shutdown(c->fd, SHUT_RD);
	c->reads = false;
	c->owed_since_ms = -1;
}

static bool send_msg(struct client *c, const struct gp_login_msg *msg)
{
	uint8_t frame[GP_LOGIN_FRAME_MAX];
	size_t len = 0;
	must(gp_login_encode(msg, frame, sizeof(frame), &len) == GP_ST_OK);
	if (send(c->fd, frame, len, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	if (c->reads)
		c->owed_since_ms = world.clock.monotonic_ms;
	return true;
}

void client_raw(unsigned int slot, struct gp_str bytes)
{
	struct client *c = &clients.clients[slot % SLOTS];
	if (c->fd >= 0 && bytes.len > 0)
		(void)!send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
}

static void choose(struct request *r, unsigned int choice, unsigned int grant)
{
	const unsigned int who = choice & 3;
	r->name = who < PEOPLE - 1 ? world.people[who].name : "nobody@x.example";
	r->uid = GUEST_UID + who;
	r->service = services[choice >> 2 & 3];
	r->address = addresses[choice >> 4 & 3];
	r->caller = (choice & 64) != 0 ? 1000 : 0;
	r->silent = (choice & 0xC0) == 0xC0;
	if ((choice & 128) != 0 && !r->silent)
		r->uid++;
	if (r->op == GP_LOGIN_START || grant == 0)
		return;
	r->has_id = true;
	if (clients.grants_len > 0)
		memcpy(r->id, clients.grants[(grant - 1) % clients.grants_len].id, sizeof(r->id));
	/* Somebody else's id, or a changed one, comes from the names and from this. */
	if (grant > 200)
		r->id[0] ^= 1;
	r->key = r->op == GP_LOGIN_OPEN && grant > 40;
}

void client_request(unsigned int slot, enum gp_login_op op, unsigned int choice, unsigned int grant)
{
	struct client *c = &clients.clients[slot % SLOTS];
	char tty[8];

	if (c->fd < 0 || clients.requests_len == REQUESTS)
		return;
	struct request *r = &clients.requests[clients.requests_len];
	*r = (struct request){.op = op, .pid = c->pid, .config = clients.config};
	choose(r, choice, grant);
	must(gp_format(tty, sizeof(tty), "t%zu", clients.requests_len) == GP_ST_OK);
	struct gp_login_msg msg = {
		.op = op,
		.service = gp_str_from(r->service),
		.user = gp_str_from(r->name),
		.rhost = gp_str_from(r->address),
		.tty = gp_str_from(tty),
		.uid = r->uid,
		.caller = r->caller,
		.flags = (uint8_t)((r->silent ? GP_LOGIN_SILENT : GP_LOGIN_UTF8) |
				   (r->key ? GP_LOGIN_KEY : 0)),
		.timeout_s = op == GP_LOGIN_START ? ((grant & 1) != 0 ? 20 : 300) : 0,
		.has_decision = r->has_id,
	};
	memcpy(msg.decision, r->id, sizeof(msg.decision));
	if (!send_msg(c, &msg))
		return;
	clients.requests_len++;
	if (c->request == NULL)
		c->request = r;
}

void client_answer(unsigned int slot, bool typed, uint32_t after_ms)
{
	struct client *c = &clients.clients[slot % SLOTS];
	const struct gp_login_msg msg = {
		.op = GP_LOGIN_ANSWER, .typed = typed, .after_ms = after_ms};
	if (c->fd < 0 || !send_msg(c, &msg) || c->request == NULL)
		return;
	c->request->answered |= c->request->asked;
}

void clients_reloaded(unsigned int kind)
{
	clients.config = kind;
}

unsigned int client_code(unsigned int slot)
{
	const struct client *c = &clients.clients[slot % SLOTS];
	return c->request != NULL ? c->request->code : 0;
}

/* Which code is on this screen? One code is shown to one login alone. */
static void look_for_code(struct request *r, struct gp_str text)
{
	const char *at = text.len > 0 ? memmem(text.ptr, text.len, "CODE", 4) : NULL;
	unsigned int n = 0;
	if (at == NULL || at + 7 > text.ptr + text.len)
		return;
	for (int i = 4; i < 7; i++)
		n = n * 10 + (unsigned int)(at[i] - '0');
	must(n < world.codes_len && (r->code == 0 || r->code == n + 1));
	r->code = n + 1;
	for (size_t i = 0; i < clients.requests_len; i++)
		must(&clients.requests[i] == r || clients.requests[i].code != r->code);
}

static void judge(struct client *c, const struct gp_login_msg *msg)
{
	struct request *r = c->request;

	if (r == NULL)
		abort(); /* nothing was asked */
	must(!r->done);
	must(gp_text_is_safe(msg->text, GP_TEXT_SCREEN));
	r->heard = true;
	c->owed_since_ms = -1;
	if (msg->op == GP_LOGIN_DONE) {
		judge_done(r, msg);
		return;
	}
	must(msg->op == GP_LOGIN_ASK && r->op == GP_LOGIN_START && !r->silent);
	r->asked = true;
	look_for_code(r, msg->text);
}

static void hear(struct client *c)
{
	static uint8_t frame[GP_LOGIN_FRAME_MAX];
	struct gp_login_msg msg;

	while (c->fd >= 0 && c->reads) {
		const ssize_t n = recv(c->fd, frame, sizeof(frame), MSG_DONTWAIT);
		if (n > 0) {
			must(gp_login_decode(frame, (size_t)n, &msg) == GP_ST_OK);
			judge(c, &msg);
			continue;
		}
		if (n == 0)
			c->owed_since_ms = -1; /* it has hung up */
		break;
	}
	/* PROTOCOL.md: from a request or an answer to the next frame. */
	must(c->owed_since_ms < 0 || world.clock.monotonic_ms - c->owed_since_ms <= LATE_MS);
}

void clients_hear(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		hear(&clients.clients[i]);
}

static void must_be_recorded(const struct request *r)
{
	size_t count = 0;
	const struct audited *last = record_of(r, &count);

	/* What was heard of, was decided; an admission that nobody came for is taken back. */
	must(count <= 2 && (count > 0 || !r->heard));
	must(count < 2 || (r->op == GP_LOGIN_START && strcmp(last->verdict, "abandoned") == 0));
}

void clients_end(void)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		client_hang_up(i);
		world_step();
	}
	for (size_t i = 0; i < clients.requests_len; i++)
		must_be_recorded(&clients.requests[i]);
}
