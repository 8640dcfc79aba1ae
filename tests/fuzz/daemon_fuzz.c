/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's login and admin sockets over real sockets in one process, with everything of the
 * daemon below them but its network, its directory, its audit file and its clocks. The input is a
 * program: modules connect, ask, answer, talk nonsense and vanish; people approve, refuse and are
 * somebody else; the tenant answers, late, badly or not at all; time passes; the configuration is
 * read again; the daemon is stopped. clients.c and world.c hold the rules that must never break.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/report.h"
#include "ipc/admin.h"
#include "ipc/login.h"
#include "tests/fuzz/daemon/clients.h"
#include "tests/fuzz/daemon/world.h"
#include "tests/fuzz/support/split.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

extern const size_t replay_variants_max;
const size_t replay_variants_max = 100;
extern const size_t sweep_steps_max;
const size_t sweep_steps_max = 3;

static struct {
	struct gp_tenant *tenant;
	struct gp_signins *signins;
	struct gp_registry *registry;
	struct gp_login_service *login;
	struct gp_admin *admin;
	struct listener login_at, admin_at;
	bool stopped;
} d;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	gp_log_set_level(GP_LOG_ERROR);
	(void)jwt_maker_key(0, 2048);
	(void)jwt_maker_key(1, 2048);
	return 0;
}

/* Where memory runs out on purpose (tests/enomem), it does not before the daemon has started. */
__attribute__((weak)) void failing_hold(bool hold);

static void hold_memory(bool hold)
{
	if (failing_hold != NULL)
		failing_hold(hold);
}

static void start_daemon(void)
{
	struct gp_audit *const audit = (struct gp_audit *)&world; /* ours takes no notice of it */
	struct gp_sync *const sync = (struct gp_sync *)&world;
	struct gp_store *const store = (struct gp_store *)&world;
	const struct gp_clock *clock = &world.clock.clock;

	d.stopped = false;
	hold_memory(true);
	d.tenant = world_tenant(0);
	clients_listen(&d.login_at);
	clients_listen(&d.admin_at);
	const struct gp_signins_deps signins = {world.event, clock,          sync, store,
						audit,       "host.example", NULL};
	must(gp_signins_new(&signins, &d.signins) == GP_ST_OK &&
	     gp_registry_new(&d.registry) == GP_ST_OK);
	const struct gp_login_deps login = {world.event, clock, d.tenant, d.signins, d.registry,
					    sync,        store, audit,    NULL,      ""};
	const struct gp_admin_deps admin = {world.event,    clock, d.tenant, d.signins,
					    d.registry,     sync,  store,    audit,
					    "/nonexistent", "",    NULL};
	must(gp_login_service_new(&login, d.login_at.fd, &d.login, NULL) == GP_ST_OK &&
	     gp_admin_new(&admin, d.admin_at.fd, &d.admin, NULL) == GP_ST_OK);
	hold_memory(false);
}

/* As daemon.c does it on SIGTERM. */
static void stop_daemon(void)
{
	d.stopped = true;
	gp_login_service_stop(d.login);
	gp_signins_stop(d.signins);
	clients_hear();
	must(gp_signins_count(d.signins) == 0);
}

static void end_daemon(void)
{
	gp_admin_free(d.admin);
	gp_login_service_free(d.login);
	must(gp_signins_count(d.signins) == 0);
	gp_signins_free(d.signins);
	gp_registry_free(d.registry);
	must(d.tenant->refs == 1);
	gp_tenant_unref(d.tenant);
}

static void reload(unsigned int kind)
{
	if (world.generations == GENERATIONS)
		return;
	hold_memory(true);
	struct gp_tenant *fresh = world_tenant(kind);
	hold_memory(false);
	gp_login_service_reload(d.login, fresh);
	gp_admin_reload(d.admin, fresh);
	gp_tenant_unref(d.tenant);
	d.tenant = fresh;
	clients_reloaded(kind);
}

/* "guestpass status" understands every answer to its question. */
static void read_status(struct gp_str answer)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_report report;
	struct gp_error err = {0};
	must(gp_json_parse(answer, &doc, NULL) == GP_ST_OK &&
	     gp_report_read(doc, &report, &err) == GP_ST_OK);
	must(report.sign_ins == (int64_t)gp_signins_count(d.signins));
}

static void ask_admin(struct gp_str question, bool is_status)
{
	static char answer[65536];
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	clients_next_peer(0, FIRST_PID);
	must(connect(fd, (const struct sockaddr *)&d.admin_at.address, d.admin_at.len) == 0);
	world_step();
	if (question.len > 0 &&
	    send(fd, question.ptr, question.len, MSG_NOSIGNAL) == (ssize_t)question.len) {
		world_step();
		ssize_t n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN && question.len % 4 != 0) {
			/* Entra is asked first; every fourth asker does not wait for that. */
			world_wait(4000, clients_hear);
			net_settle();
			n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
		}
		must(n > 0 || question.len % 4 == 0 || question.len > 4096);
		if (is_status)
			read_status((struct gp_str){answer, (size_t)n});
	}
	(void)close(fd);
	world_step();
}

/* Somebody opens the page and types a code: one that a login shows, or an older one. */
static void browser(unsigned int how, unsigned int which)
{
	if (world.codes_len == 0)
		return;
	struct code *c = &world.codes[world.codes_len - 1 - which % world.codes_len];
	if (c->approved || c->declined)
		return;
	c->declined = (how & 0x40) != 0;
	c->approved = !c->declined;
	c->person = how % PEOPLE;
	c->kind = (enum tokens)(how / PEOPLE % 8 < TOKENS_KINDS ? how / PEOPLE % 8 : TOKENS_GOOD);
}

/* The tenant's people change. */
static void change_person(unsigned int which, unsigned int how)
{
	struct person *p = &world.people[which % PEOPLE];
	p->enabled = (enum gp_tri)((how & 3) % 3);
	p->member_type = (how & 4) != 0;
	p->pending = (how & 8) != 0;
	p->gone = (how & 16) != 0;
	p->in_group = (how & 32) == 0;
}

static void change_directory(unsigned int how)
{
	switch (how % 4) {
	case 0:
		world.quarantined[how / 4 % PEOPLE] = !world.quarantined[how / 4 % PEOPLE];
		break;
	case 1:
		world.was_read = false;
		break;
	case 2:
		world.was_read = true;
		gp_signins_read(d.signins);
		break;
	default:
		world.canary = (enum gp_tri)(how / 4 % 3);
		break;
	}
}

/* A login as it should be, up to the grant. */
static void whole_login(unsigned int slot)
{
	client_connect(slot, 0, FIRST_PID + (pid_t)(slot % PROCESSES));
	client_request(slot, GP_LOGIN_START, slot % 2, 0);
	world_step();
	world_wait(1000, clients_hear);
	net_settle();
	world_wait(1000, clients_hear);
	net_settle();
	clients_hear();
	if (client_code(slot) != 0)
		browser(slot % 2, (unsigned int)world.codes_len - client_code(slot));
	world_wait(11000, clients_hear);
	net_settle();
	client_answer(slot, false, 5000);
	world_step();
	world_wait(1000, clients_hear);
	net_settle();
}

static void request(unsigned int slot, enum gp_login_op op, struct gp_str *p)
{
	const unsigned int choice = split_byte(p);
	client_request(slot, op, choice, split_byte(p));
}

static void act_client(unsigned int op, unsigned int slot, struct gp_str *p)
{
	static const enum gp_login_op ops[] = {0, GP_LOGIN_START, GP_LOGIN_ACCOUNT, GP_LOGIN_OPEN,
					       GP_LOGIN_CLOSE};
	switch (op) {
	case 0:
		client_connect(slot, (slot & 64) != 0 ? 1000 : 0,
			       FIRST_PID + (pid_t)(slot / 8 % PROCESSES));
		break;
	case 1:
	case 2:
	case 3:
	case 4:
		request(slot, ops[op], p);
		break;
	case 5:
		client_answer(slot, (slot & 64) != 0, (uint32_t)split_byte(p) * 40);
		break;
	case 6: {
		const size_t n = split_byte(p);
		client_raw(slot, split_bytes(p, n));
		break;
	}
	case 7:
		client_hang_up(slot);
		break;
	default:
		client_stop_reading(slot);
		break;
	}
}

static void act_world(unsigned int op, struct gp_str *p)
{
	static const int64_t skews[] = {0, 299, 301, -301, 4000};
	const unsigned int x = split_byte(p);

	switch (op) {
	case 9:
		world_wait((int64_t)x * 500, clients_hear);
		break;
	case 10:
		browser(x, split_byte(p));
		break;
	case 11:
		(void)net_answer(x / 16, x % 16 < 11 ? x % 16 : 0);
		break;
	case 12:
		net_settle();
		break;
	case 13:
		change_person(x, split_byte(p));
		break;
	case 14:
		reload(x % CONFIG_KINDS);
		break;
	case 15:
		world.audit_fails = (x & 1) != 0;
		break;
	case 16:
		world.ended[x % PROCESSES] = !world.ended[x % PROCESSES];
		break;
	case 17:
		change_directory(x);
		break;
	case 18:
		world.skew_s = skews[x % 5];
		break;
	case 19:
		ask_admin(GP_STR("{\"v\":1,\"op\":\"status\"}"), true);
		break;
	case 20:
		ask_admin(split_bytes(p, x), false);
		break;
	case 21:
		whole_login(x);
		break;
	default:
		stop_daemon();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)close(before);
	world_begin((struct gp_str){(const char *)data, len});
	start_daemon();
	clients_begin(&d.login_at);
	struct gp_str *p = &world.program;
	for (unsigned int steps = 0; p->len > 0 && !d.stopped && steps < 200; steps++) {
		const unsigned int op = split_byte(p);
		if ((op & 31) % 23 < 9)
			act_client((op & 31) % 23, split_byte(p), p);
		else
			act_world((op & 31) % 23, p);
		/* Now and then several things happen before the daemon looks. */
		if ((op & 128) == 0)
			world_step();
		clients_hear();
	}
	clients_end();
	end_daemon();
	world_end();
	const int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)close(after);
	must(before == after);
	return 0;
}
