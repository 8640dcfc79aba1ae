/* SPDX-License-Identifier: Apache-2.0 */
/* The phases after the sign-in, over a real socket: this test is root's process that asks. */
#include "ipc/login.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

#define NAME    "ada@fabrikam.example"
#define ADDRESS "192.0.2.1"
#define HOME    "bbbbbbbb-0000-4000-8000-000000000002"

struct lodge {
	struct sync_world *world;
	struct entra_rig rig;
	struct gp_tenant tenant;
	struct gp_audit *audit;
	struct gp_registry *registry;
	struct gp_login_service *service;
	struct sockaddr_un address;
	socklen_t address_len;
	char audit_file[96];
	char audit_head[112];
	struct gp_grant grant;
	uint32_t uid;
	bool is_root;
	int log[2];
};

static void make_config(struct gp_config *c)
{
	memcpy(c->user_classes[0], "external-guest", sizeof("external-guest"));
	c->user_classes_len = 1;
	memcpy(c->access_groups[0], GROUP1, sizeof(GROUP1));
	c->access_bases[0].basis = GP_BASIS_GROUP;
	c->access_groups_len = 1;
	c->guests = GP_GUESTS_ALLOWED;
	c->signin_address = GP_SIGNIN_ADDRESS_REPORT;
	c->ssh_location = GP_SSH_LOCATION_OFF;
	c->connections = 16;
	c->services_len = 1;
	memcpy(c->services[0], "sshd", sizeof("sshd"));
	c->home_tenants_len = 1;
	memcpy(c->home_tenants[0], HOME, sizeof(HOME));
}

static void make_grant(struct lodge *l)
{
	memset(l->grant.decision, 7, sizeof(l->grant.decision));
	l->grant.user = (struct gp_user){.account_enabled = GP_TRUE,
					 .user_type = GP_USER_TYPE_GUEST,
					 .external_state = GP_EXTERNAL_ACCEPTED};
	memcpy(l->grant.user.id, ADA, sizeof(ADA));
	l->grant.identity =
		(struct gp_identity){.home = GP_HOME_ENTRA, .acct = 1, .auth_time = RIG_NOW};
	memcpy(l->grant.identity.oid, ADA, sizeof(ADA));
	memcpy(l->grant.identity.tid, RIG_TENANT, sizeof(RIG_TENANT));
	memcpy(l->grant.identity.home_tenant, HOME, sizeof(HOME));
	l->grant.pass =
		(struct gp_pass){.basis = GP_BASIS_GROUP, .begin_s = INT64_MIN, .end_s = INT64_MAX};
	memcpy(l->grant.pass.group, GROUP1, sizeof(GROUP1));
}

static int listen_somewhere(struct lodge *l)
{
	static int number;
	l->address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* An abstract address: nothing to clean up. */
	int n = snprintf(l->address.sun_path + 1, sizeof(l->address.sun_path) - 1,
			 "gp-account-test-%ld-%d", (long)getpid(), number++);
	assert_true(n > 0);
	l->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&l->address, l->address_len), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static int set_up(void **state)
{
	static struct lodge l;
	l = (struct lodge){.is_root = geteuid() == 0};
	assert_int_equal(sync_world_set_up(state), 0);
	l.world = *state;
	sync_world_start(l.world);
	sync_world_complete_read(l.world);
	entra_rig_start(&l.rig);
	entra_rig_ready(&l.rig);
	make_config(l.rig.config);
	make_grant(&l);
	l.tenant =
		(struct gp_tenant){.refs = 1, .config = l.rig.config, .authority = l.rig.authority};
	(void)snprintf(l.audit_file, sizeof(l.audit_file), "%s/audit", l.rig.dir);
	(void)snprintf(l.audit_head, sizeof(l.audit_head), "%s.head", l.audit_file);
	assert_int_equal(gp_audit_open(l.audit_file, &l.audit, NULL), GP_ST_OK);
	gp_audit_set_journal(l.audit, NULL);
	assert_int_equal(gp_registry_new(&l.registry), GP_ST_OK);
	l.uid = gp_sync_find(l.world->sync, GP_STR(NAME))->uid;
	const struct gp_login_deps deps = {
		.event = l.rig.event,
		.clock = &l.rig.clock.clock,
		.tenant = &l.tenant,
		.registry = l.registry,
		.sync = l.world->sync,
		.store = l.world->store,
		.audit = l.audit,
	};
	assert_int_equal(gp_login_service_new(&deps, listen_somewhere(&l), &l.service, NULL),
			 GP_ST_OK);
	*state = &l;
	return 0;
}

static int tear_down(void **state)
{
	struct lodge *l = *state;
	gp_login_service_free(l->service);
	gp_registry_free(l->registry);
	gp_audit_close(l->audit);
	(void)unlink(l->audit_file);
	(void)unlink(l->audit_head);
	entra_rig_stop(&l->rig);
	void *world = l->world;
	return sync_world_tear_down(&world);
}

/* A completed sign-in of Ada's over sshd. */
static void grant(struct lodge *l)
{
	const struct gp_signin_request request = {
		.service = GP_STR("sshd"),
		.user = GP_STR(NAME),
		.rhost = GP_STR(ADDRESS),
		.tty = GP_STR("ssh"),
		.uid = l->uid,
	};
	assert_int_equal(gp_registry_grant(l->registry, &l->grant, &request,
					   gp_clock_monotonic_ms(&l->rig.clock.clock)),
			 GP_ST_OK);
}

/* What Ada's sshd would ask, with the id of her sign-in. */
static struct gp_login_msg request(const struct lodge *l, enum gp_login_op op)
{
	struct gp_login_msg msg = {
		.op = op,
		.service = GP_STR("sshd"),
		.user = GP_STR(NAME),
		.rhost = GP_STR(ADDRESS),
		.tty = GP_STR("ssh"),
		.uid = l->uid,
		.has_decision = true,
	};
	memcpy(msg.decision, l->grant.decision, sizeof(msg.decision));
	return msg;
}

static struct gp_session *session_of(const struct lodge *l)
{
	const struct gp_login_msg msg = request(l, GP_LOGIN_ACCOUNT);
	return gp_registry_find(l->registry, l->grant.decision, &msg);
}

static enum gp_login_code ask(struct lodge *l, const struct gp_login_msg *msg)
{
	uint8_t frame[GP_LOGIN_FRAME_MAX];
	struct gp_login_msg answer = {0};
	size_t len = 0;
	ssize_t n = -1;
	int64_t end = loop_now_ms() + RIG_WAIT_MS;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&l->address, l->address_len), 0);
	assert_int_equal(gp_login_encode(msg, frame, sizeof(frame), &len), GP_ST_OK);
	assert_int_equal(send(fd, frame, len, MSG_NOSIGNAL), (ssize_t)len);
	while (n < 0 && loop_now_ms() < end) {
		assert_true(sd_event_run(l->rig.event, 100000) >= 0);
		n = recv(fd, frame, sizeof(frame), MSG_DONTWAIT);
	}
	assert_true(n > 0);
	assert_int_equal(gp_login_decode(frame, (size_t)n, &answer), GP_ST_OK);
	assert_int_equal(answer.op, GP_LOGIN_DONE);
	assert_false(answer.has_decision);
	close(fd);
	return answer.code;
}

static enum gp_login_code ask_op(struct lodge *l, enum gp_login_op op)
{
	const struct gp_login_msg msg = request(l, op);
	return ask(l, &msg);
}

/* gp_server drops whoever is not root, so only root can play the module. */
#define NEEDS_ROOT(l)                                                                              \
	if (!(l)->is_root)                                                                         \
	skip()

static void test_account_whole_way(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	grant(l);
	assert_int_equal(ask_op(l, GP_LOGIN_OPEN), GP_LOGIN_DENIED);
	assert_int_equal(ask_op(l, GP_LOGIN_ACCOUNT), GP_LOGIN_GRANTED);
	assert_int_equal(session_of(l)->state, GP_SESSION_OPENING);
	assert_int_equal(ask_op(l, GP_LOGIN_OPEN), GP_LOGIN_GRANTED);
	assert_int_equal(session_of(l)->state, GP_SESSION_OPEN);
	assert_int_equal(session_of(l)->leader, getpid());
	/* Used up: the same id, which stands in the session's environment, opens nothing else. */
	assert_int_equal(ask_op(l, GP_LOGIN_ACCOUNT), GP_LOGIN_DENIED);
	assert_int_equal(ask_op(l, GP_LOGIN_OPEN), GP_LOGIN_DENIED);
	assert_int_equal(ask_op(l, GP_LOGIN_CLOSE), GP_LOGIN_GRANTED);
	assert_null(session_of(l));
}

static void test_account_without_its_sign_in(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	grant(l);
	struct gp_login_msg msg = request(l, GP_LOGIN_ACCOUNT);
	msg.has_decision = false; /* a key, while the sign-in is fresh on another connection */
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	msg = request(l, GP_LOGIN_ACCOUNT);
	msg.decision[0] ^= 1;
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	msg = request(l, GP_LOGIN_ACCOUNT);
	msg.rhost = GP_STR("192.0.2.2");
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	msg = request(l, GP_LOGIN_ACCOUNT);
	msg.service = GP_STR("cron");
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	assert_int_equal(session_of(l)->state, GP_SESSION_GRANTED);
	test_clock_advance_ms(&l->rig.clock, GP_SESSION_GRANTED_MS + 1);
	assert_int_equal(ask_op(l, GP_LOGIN_ACCOUNT), GP_LOGIN_DENIED);
}

static void test_account_is_judged_again(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	grant(l);
	l->rig.config->guests = GP_GUESTS_NEVER;
	assert_int_equal(ask_op(l, GP_LOGIN_ACCOUNT), GP_LOGIN_DENIED);
	assert_null(session_of(l));
}

/* How often the audit file says WORD. */
static size_t recorded(const struct lodge *l, const char *word)
{
	static char text[65536];
	FILE *f = fopen(l->audit_file, "re");
	size_t n = 0;
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	assert_int_equal(fclose(f), 0);
	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		n++;
	return n;
}

/* Only on a tier that says so does a key have any meaning, and only after a sign-in. */
static void test_account_by_key_alone(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	struct gp_login_msg msg = request(l, GP_LOGIN_ACCOUNT);
	msg.has_decision = false;
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	l->rig.config->key_valid_s = 3600;
	l->rig.config->label = GP_LABEL_LOW;
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	/* Of another number, and of nobody. */
	grant(l);
	assert_int_equal(ask_op(l, GP_LOGIN_ACCOUNT), GP_LOGIN_GRANTED);
	msg.uid++;
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	msg.uid--;
	msg.user = GP_STR("nobody@fabrikam.example");
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	assert_int_equal(recorded(l, "\"basis\":\"key\""), 3);
	assert_int_equal(recorded(l, "\"basis\":\"none\""), 1);
	/* What has an id claims a sign-in, and no other service's login is one by key. */
	msg = request(l, GP_LOGIN_ACCOUNT);
	msg.decision[0]++;
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	msg.has_decision = false;
	msg.service = GP_STR("cron");
	assert_int_equal(ask(l, &msg), GP_LOGIN_DENIED);
	assert_int_equal(recorded(l, "\"basis\":\"key\""), 3);
	/* Admitted as a login by key, and then it was something else. */
	session_of(l)->by_key = true;
	assert_int_equal(ask_op(l, GP_LOGIN_OPEN), GP_LOGIN_DENIED);
	assert_null(session_of(l));
	assert_int_equal(recorded(l, "\"reason\":\"key-not-shown\""), 1);
}

static void test_account_named_bases(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	struct gp_login_msg manager = request(l, GP_LOGIN_ACCOUNT);
	manager.service = GP_STR("systemd-user");
	manager.has_decision = false;
	assert_int_equal(ask(l, &manager), GP_LOGIN_DENIED);
	grant(l);
	assert_int_equal(ask(l, &manager), GP_LOGIN_DENIED);
	assert_int_equal(ask_op(l, GP_LOGIN_ACCOUNT), GP_LOGIN_GRANTED);
	assert_int_equal(ask(l, &manager), GP_LOGIN_GRANTED);
	manager.uid++;
	assert_int_equal(ask(l, &manager), GP_LOGIN_DENIED);
	struct gp_login_msg su = manager;
	su.service = GP_STR("su");
	assert_int_equal(ask(l, &su), GP_LOGIN_GRANTED);
	su.caller = 1000;
	assert_int_equal(ask(l, &su), GP_LOGIN_DENIED);
}

/* A guest can put the id of another session of his into PAM's environment (pam_env reads a file in
 * his home). That one goes on, so it must not be forgotten. */
static void test_account_close_by_another_process(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	grant(l);
	session_of(l)->state = GP_SESSION_OPEN;
	session_of(l)->leader = getppid();
	session_of(l)->leader_start = gp_process_start_time(getppid());
	assert_int_equal(ask_op(l, GP_LOGIN_CLOSE), GP_LOGIN_GRANTED);
	assert_non_null(session_of(l));
	/* Its own process is gone: whoever says that it ended is right. */
	session_of(l)->leader_start++;
	assert_int_equal(ask_op(l, GP_LOGIN_CLOSE), GP_LOGIN_GRANTED);
	assert_null(session_of(l));
}

/* The log goes into a pipe; gives what stderr was. */
static int log_to_pipe(struct lodge *l)
{
	int saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	assert_int_equal(pipe2(l->log, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(dup2(l->log[1], STDERR_FILENO), STDERR_FILENO);
	return saved;
}

static void log_from_pipe(struct lodge *l, int saved, char *text, size_t size)
{
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	ssize_t n = read(l->log[0], text, size - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	close(saved);
	close(l->log[0]);
	close(l->log[1]);
}

/* It is refused before anything was looked up, and on record all the same. */
static void test_account_silent_sign_in(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	struct gp_login_msg start = request(l, GP_LOGIN_START);
	start.has_decision = false;
	start.timeout_s = 300;
	start.flags = GP_LOGIN_SILENT;
	assert_int_equal(ask(l, &start), GP_LOGIN_DENIED);
	assert_int_equal(recorded(l, "\"event\":\"sign-in\""), 1);
	assert_int_equal(recorded(l, "\"reason\":\"nothing-may-be-shown\""), 1);
	assert_int_equal(recorded(l, ADA), 1);
}

/* With as many sessions as can be kept a newcomer is turned away, and that is on record. */
static void test_account_no_room_for_a_sign_in(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	char text[8192];
	for (size_t i = 0; i < GP_SESSIONS_MAX; i++)
		assert_int_equal(gp_registry_reserve(l->registry), GP_ST_OK);
	struct gp_login_msg start = request(l, GP_LOGIN_START);
	start.has_decision = false;
	start.timeout_s = 300;
	int saved = log_to_pipe(l);
	enum gp_login_code code = ask(l, &start);
	log_from_pipe(l, saved, text, sizeof(text));
	assert_int_equal(code, GP_LOGIN_UNAVAILABLE);
	assert_non_null(strstr(text, "error registry-full status=too-big"));
	assert_non_null(strstr(text, "sign-in verdict=unavailable reason=no-room"));
	assert_int_equal(recorded(l, "\"event\":\"sign-in\""), 1);
	assert_int_equal(recorded(l, "\"verdict\":\"unavailable\""), 1);
	assert_int_equal(recorded(l, "\"reason\":\"no-room\""), 1);
	/* Nothing was reserved for it, so its end gives nothing back. */
	assert_int_equal(gp_registry_reserve(l->registry), GP_ST_TOO_BIG);
}

/* What is logged while the audit cannot be written says what the module was told. */
static void test_account_not_recorded(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	char text[8192];
	struct rlimit before;
	grant(l);
	struct gp_login_msg key = request(l, GP_LOGIN_ACCOUNT);
	key.has_decision = false;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	const struct rlimit nothing = {0, before.rlim_max};
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	int saved = log_to_pipe(l);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &nothing), 0);
	enum gp_login_code refused = ask(l, &key);
	enum gp_login_code admitted = ask_op(l, GP_LOGIN_ACCOUNT);
	enum gp_login_code closed = ask_op(l, GP_LOGIN_CLOSE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	log_from_pipe(l, saved, text, sizeof(text));
	(void)signal(SIGXFSZ, handler);
	assert_int_equal(refused, GP_LOGIN_DENIED);
	assert_int_equal(admitted, GP_LOGIN_UNAVAILABLE);
	assert_int_equal(closed, GP_LOGIN_GRANTED);
	assert_non_null(strstr(text, "audit-failed"));
	assert_non_null(strstr(text, "verdict=refused reason=no-sign-in"));
	assert_non_null(strstr(text, "verdict=unavailable reason=not-recorded"));
	assert_non_null(strstr(text, "verdict=ended reason=closed"));
}

/* A reload changes how many may connect at once, without a restart. */
static void test_account_reload_takes_the_limit(void **state)
{
	struct lodge *l = *state;
	NEEDS_ROOT(l);
	struct gp_config narrow = *l->rig.config;
	struct gp_tenant next = l->tenant;
	char answer[1];
	narrow.connections = 1;
	next.config = &narrow;
	gp_login_service_reload(l->service, &next);
	int first = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int second = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(first, (const struct sockaddr *)&l->address, l->address_len), 0);
	assert_int_equal(connect(second, (const struct sockaddr *)&l->address, l->address_len), 0);
	assert_true(loop_drain(l->rig.event));
	/* There is room for one, and the one that said nothing goes. */
	assert_int_equal(recv(first, answer, 1, MSG_DONTWAIT), 0);
	assert_int_equal(recv(second, answer, 1, MSG_DONTWAIT), -1);
	close(first);
	close(second);
	gp_login_service_reload(l->service, &l->tenant);
	assert_int_equal(next.refs, 2); /* as when it was copied */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_account_whole_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_account_without_its_sign_in, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_account_is_judged_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_account_by_key_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_account_named_bases, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_account_close_by_another_process, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_account_silent_sign_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_account_no_room_for_a_sign_in, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_account_not_recorded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_account_reload_takes_the_limit, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
