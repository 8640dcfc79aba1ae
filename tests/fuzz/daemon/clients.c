/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/daemon/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contract/text.h"
#include "session/registry.h"
#include "tests/fuzz/daemon/world.h"

#include "contract/ban.h"

enum { SLOTS = 6, GRANTS = 64, REQUESTS = 256, LATE_MS = 31000 };

static const char *const services[] = {"sshd", "login", "su", "systemd-user"};
static const char *const addresses[] = {"192.0.2.1", "192.0.2.2", "2001:db8::1", ""};

struct request {
	enum gp_login_op op;
	const char *service, *name, *address;
	uint32_t uid, caller;
	bool has_id;
	uint8_t id[GP_DECISION_ID_BYTES];
	pid_t pid;
	bool silent;
	/* what came of it */
	bool asked, answered, done;
	bool heard;        /* anything at all */
	unsigned int code; /* shown to it; counted from 1 */
};

struct client {
	int fd; /* -1: none */
	pid_t pid;
	struct request *request; /* its first frame, when that was one */
	bool reads;
	int64_t owed_since_ms; /* the daemon has to say something; -1: it has not */
};

/* A login that was admitted. */
struct grant {
	uint8_t id[GP_DECISION_ID_BYTES];
	const struct request *by;
	enum gp_session_state state; /* NONE: over */
	int64_t since_ms;
	pid_t leader;
};

static struct {
	const struct listener *login;
	struct client clients[SLOTS];
	struct request requests[REQUESTS];
	size_t requests_len;
	struct grant grants[GRANTS];
	size_t grants_len;
	unsigned int config;
	struct ucred peer;
} s;

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
	memset(&s, 0, sizeof(s));
	s.login = login;
	for (size_t i = 0; i < SLOTS; i++)
		s.clients[i] = (struct client){.fd = -1, .owed_since_ms = -1};
}

/* In place of libc's. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (level == SOL_SOCKET && name == SO_PEERCRED) {
		memcpy(value, &s.peer, sizeof(s.peer));
		return 0;
	}
	return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}

void clients_next_peer(uid_t uid, pid_t pid)
{
	s.peer = (struct ucred){pid, uid, uid};
}

void client_hang_up(unsigned int slot)
{
	struct client *c = &s.clients[slot % SLOTS];
	if (c->fd >= 0)
		(void)close(c->fd);
	*c = (struct client){.fd = -1, .owed_since_ms = -1};
}

void client_connect(unsigned int slot, uid_t uid, pid_t pid)
{
	struct client *c = &s.clients[slot % SLOTS];
	client_hang_up(slot);
	clients_next_peer(uid, pid);
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	c->pid = pid;
	c->reads = true;
	c->owed_since_ms = -1;
	must(c->fd >= 0);
	if (connect(c->fd, (const struct sockaddr *)&s.login->address, s.login->len) != 0)
		client_hang_up(slot);
	/* At once, so that it is this peer that the daemon asks the kernel about. */
	world_step();
}

void client_stop_reading(unsigned int slot)
{
	struct client *c = &s.clients[slot % SLOTS];
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
	struct client *c = &s.clients[slot % SLOTS];
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
	if (s.grants_len > 0)
		memcpy(r->id, s.grants[(grant - 1) % s.grants_len].id, sizeof(r->id));
	/* Somebody else's id, or a changed one, comes from the names and from this. */
	if (grant > 200)
		r->id[0] ^= 1;
}

void client_request(unsigned int slot, enum gp_login_op op, unsigned int choice, unsigned int grant)
{
	struct client *c = &s.clients[slot % SLOTS];
	char tty[8];

	if (c->fd < 0 || s.requests_len == REQUESTS)
		return;
	struct request *r = &s.requests[s.requests_len];
	*r = (struct request){.op = op, .pid = c->pid};
	choose(r, choice, grant);
	must(gp_format(tty, sizeof(tty), "t%zu", s.requests_len) == GP_ST_OK);
	struct gp_login_msg msg = {
		.op = op,
		.service = gp_str_from(r->service),
		.user = gp_str_from(r->name),
		.rhost = gp_str_from(r->address),
		.tty = gp_str_from(tty),
		.uid = r->uid,
		.caller = r->caller,
		.flags = r->silent ? GP_LOGIN_SILENT : GP_LOGIN_UTF8,
		.timeout_s = op == GP_LOGIN_START ? ((grant & 1) != 0 ? 20 : 300) : 0,
		.has_decision = r->has_id,
	};
	memcpy(msg.decision, r->id, sizeof(msg.decision));
	if (!send_msg(c, &msg))
		return;
	s.requests_len++;
	if (c->request == NULL)
		c->request = r;
}

void client_answer(unsigned int slot, bool typed, uint32_t after_ms)
{
	struct client *c = &s.clients[slot % SLOTS];
	const struct gp_login_msg msg = {
		.op = GP_LOGIN_ANSWER, .typed = typed, .after_ms = after_ms};
	if (c->fd < 0 || !send_msg(c, &msg) || c->request == NULL)
		return;
	c->request->answered |= c->request->asked;
}

void clients_reloaded(unsigned int kind)
{
	s.config = kind;
}

unsigned int client_code(unsigned int slot)
{
	const struct client *c = &s.clients[slot % SLOTS];
	return c->request != NULL ? c->request->code : 0;
}

static bool is_request_of(const struct audited *a, const struct request *r)
{
	char tty[8];
	must(gp_format(tty, sizeof(tty), "t%zu", (size_t)(r - s.requests)) == GP_ST_OK);
	return strcmp(a->tty, tty) == 0;
}

static const char *event_of(enum gp_login_op op)
{
	return op == GP_LOGIN_START     ? "sign-in"
	       : op == GP_LOGIN_ACCOUNT ? "account"
	       : op == GP_LOGIN_OPEN    ? "session-open"
					: "session-close";
}

/* Its record, the last one; NULL if there is none. */
static const struct audited *record_of(const struct request *r, size_t *count)
{
	const struct audited *found = NULL;
	*count = 0;
	for (size_t i = 0; i < world.records_len; i++) {
		const struct audited *a = &world.records[i];
		if (!is_request_of(a, r) || strcmp(a->event, event_of(r->op)) != 0)
			continue;
		found = a;
		(*count)++;
	}
	return found;
}

static void granted_start(struct request *r, const struct gp_login_msg *done)
{
	size_t count = 0;
	const struct audited *a = record_of(r, &count);

	must_ever(done->has_decision && r->asked && r->answered && r->code != 0 && !r->silent);
	must_ever(memcmp(a->decision, done->decision, sizeof(a->decision)) == 0);
	for (size_t i = 0; i < s.grants_len; i++)
		must_ever(memcmp(s.grants[i].id, done->decision, sizeof(s.grants[i].id)) != 0);
	if (s.grants_len == GRANTS)
		return;
	struct grant *g = &s.grants[s.grants_len++];
	*g = (struct grant){
		.by = r, .state = GP_SESSION_GRANTED, .since_ms = world.clock.monotonic_ms};
	memcpy(g->id, done->decision, sizeof(g->id));
}

/* The grant that R refers to and belongs to, live or over. */
static struct grant *grant_of(const struct request *r)
{
	for (size_t i = 0; r->has_id && i < s.grants_len; i++) {
		struct grant *g = &s.grants[i];
		if (memcmp(g->id, r->id, sizeof(g->id)) == 0)
			return g->by->uid == r->uid && strcmp(g->by->name, r->name) == 0 &&
					       strcmp(g->by->service, r->service) == 0 &&
					       strcmp(g->by->address, r->address) == 0
				       ? g
				       : NULL;
	}
	return NULL;
}

/* What may go on without a sign-in of its own. */
static bool other_basis(const struct request *r)
{
	if (strcmp(r->service, "su") == 0)
		return r->caller == 0;
	if (strcmp(r->service, "systemd-user") != 0)
		return false;
	for (size_t i = 0; i < s.grants_len; i++)
		if (s.grants[i].state >= GP_SESSION_OPENING && s.grants[i].by->uid == r->uid &&
		    strcmp(s.grants[i].by->name, r->name) == 0)
			return true;
	return false;
}

static bool home_admits(const struct request *r)
{
	for (size_t i = 0; i < PEOPLE - 1; i++)
		if (strcmp(world.people[i].name, r->name) == 0)
			return world_config_admits(s.config, r->service, world.people[i].home) &&
			       !world.quarantined[i];
	return false;
}

static void ruled_account(const struct request *r, bool admitted, bool refused)
{
	struct grant *g = grant_of(r);
	const int64_t age = g != NULL ? world.clock.monotonic_ms - g->since_ms : 0;
	const bool live = g != NULL && age <= GP_SESSION_GRANTED_MS &&
			  (g->state == GP_SESSION_GRANTED || g->state == GP_SESSION_OPENING);

	if (admitted) {
		must_ever((live && home_admits(r)) || other_basis(r));
		if (live && g->state == GP_SESSION_GRANTED) {
			g->state = GP_SESSION_OPENING;
			g->since_ms = world.clock.monotonic_ms;
		}
	} else if (live && refused) {
		g->state = GP_SESSION_NONE; /* judged again, and found wanting */
	}
}

static void ruled_open(const struct request *r, bool admitted)
{
	struct grant *g = grant_of(r);
	if (!admitted)
		return;
	/* The sweep comes every 15 s. */
	const bool live = g != NULL && g->state == GP_SESSION_OPENING &&
			  world.clock.monotonic_ms - g->since_ms <= GP_SESSION_OPENING_MS + 16000;
	must_ever(live || other_basis(r));
	if (live) {
		g->state = GP_SESSION_OPEN;
		g->leader = r->pid;
	}
}

static void ruled_close(const struct request *r)
{
	struct grant *g = grant_of(r);
	if (g == NULL || g->state == GP_SESSION_NONE)
		return;
	if (g->state != GP_SESSION_OPEN || g->leader == r->pid ||
	    gp_process_start_time(g->leader) == 0)
		g->state = GP_SESSION_NONE;
}

static void swept(const struct request *r)
{
	for (size_t i = 0; i < s.grants_len; i++)
		if (s.grants[i].by == r)
			s.grants[i].state = GP_SESSION_NONE;
}

/* The daemon decides in the order of its records, whoever hears of it and when. */
void clients_recorded(const struct audited *a)
{
	uint64_t n = 0;
	const bool admitted = strcmp(a->verdict, "admitted") == 0 && a->written;

	must(a->tty[0] == 't' &&
	     gp_parse_u64(gp_str_from(a->tty + 1), s.requests_len, &n) == GP_ST_OK);
	const struct request *r = &s.requests[n];
	if (r->op == GP_LOGIN_START) {
		must(strcmp(a->event, "sign-in") == 0 || strcmp(a->event, "session-close") == 0);
		if (a->event[1] == 'e')
			swept(r);
		return;
	}
	must(strcmp(a->event, event_of(r->op)) == 0);
	if (r->op == GP_LOGIN_ACCOUNT)
		ruled_account(r, admitted, strcmp(a->verdict, "refused") == 0);
	else if (r->op == GP_LOGIN_OPEN)
		ruled_open(r, admitted);
	else
		ruled_close(r);
}

static void judge_done(struct request *r, const struct gp_login_msg *done)
{
	size_t count = 0;
	const struct audited *a = record_of(r, &count);
	const bool granted = done->code == GP_LOGIN_GRANTED;

	must(!r->done);
	r->done = true;
	/* No word without its record, and no grant without one that says so and was written. */
	must(count == 1);
	if (r->op == GP_LOGIN_CLOSE)
		must_ever(granted && strcmp(a->verdict, "ended") == 0);
	else
		must_ever(granted == (a->written && strcmp(a->verdict, "admitted") == 0));
	must_ever(r->op == GP_LOGIN_START ? done->has_decision == granted : !done->has_decision);
	if (r->op == GP_LOGIN_START && granted)
		granted_start(r, done);
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
	for (size_t i = 0; i < s.requests_len; i++)
		must(&s.requests[i] == r || s.requests[i].code != r->code);
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
		hear(&s.clients[i]);
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
	for (size_t i = 0; i < s.requests_len; i++)
		must_be_recorded(&s.requests[i]);
}
