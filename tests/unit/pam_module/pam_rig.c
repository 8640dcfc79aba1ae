/* SPDX-License-Identifier: Apache-2.0 */
/* Fortified headers define poll() and others themselves; here we do. */
#undef _FORTIFY_SOURCE
#include "tests/unit/pam_module/pam_rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

#define MODULE      GP_BUILDDIR "/testmod/pam_guestpass.so"
#define PATIENCE_MS 10000
#define SEEN        __attribute__((visibility("default"), used))

static const char *const services[] = {"rig", "sshd", "su", "sudo", "cron", "other"};

struct rig rig;

static struct {
	char dir[64];
	int home; /* where the test came from */
	int fds;  /* how many were open then */
	int listener;
	bool running;
	bool failed;
	bool closed;
	pthread_t thread;
	const struct rig_step *steps;
	pthread_mutex_t lock;
	pthread_cond_t ended;
} daemon_side = {.home = -1,
		 .listener = -1,
		 .lock = PTHREAD_MUTEX_INITIALIZER,
		 .ended = PTHREAD_COND_INITIALIZER};

/* libc as the module sees it */

SEEN int getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size,
		    struct passwd **result)
{
	static char text[] = "\0x\0/nonexistent/ada\0/bin/sh";
	*result = NULL;
	rig.nss_calls++;
	if (rig.nss == RIG_NSS_SILENT || strcasecmp(name, RIG_ADA) != 0)
		return 0;
	if (size < sizeof(RIG_ADA))
		return ERANGE;
	memcpy(buf, rig.nss == RIG_NSS_OTHER_NAME ? "eda@fabrikam.example" : RIG_ADA,
	       sizeof(RIG_ADA));
	*pw = (struct passwd){.pw_name = buf,
			      .pw_passwd = text + 1,
			      .pw_uid = rig.nss == RIG_NSS_OTHER_UID ? 1000 : SAMPLE_ADA_UID,
			      .pw_gid = SAMPLE_GUESTS,
			      .pw_gecos = text,
			      .pw_dir = rig.home != NULL ? rig.home : text + 3,
			      .pw_shell = text + 20};
	*result = pw;
	return 0;
}

SEEN uid_t getuid(void)
{
	return rig.uid != RIG_DEFAULT ? rig.uid : (uid_t)syscall(SYS_getuid);
}

SEEN int clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);
	if (id == CLOCK_MONOTONIC)
		ts->tv_sec += rig.clock_shift_ms / 1000;
	return rc;
}

/* Only the module's thread waits with rig.fast: the daemon's uses ppoll(). */
SEEN int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	int n = (int)syscall(SYS_poll, fds, count, rig.fast && timeout_ms > 200 ? 200 : timeout_ms);
	if (n == 0 && rig.fast)
		rig.clock_shift_ms += timeout_ms + 1000;
	return n;
}

static void gp_printf(1, 0) keep_log(const char *fmt, va_list args)
{
	size_t at = strlen(rig.log);
	(void)vsnprintf(rig.log + at, sizeof(rig.log) - at, fmt, args);
}

SEEN void gp_printf(2, 3) syslog(int priority, const char *fmt, ...);
SEEN void syslog(int priority, const char *fmt, ...)
{
	va_list args;
	(void)priority;
	va_start(args, fmt);
	keep_log(fmt, args);
	va_end(args);
}

SEEN void gp_printf(3, 4) __syslog_chk(int priority, int flag, const char *fmt, ...);
SEEN void __syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list args;
	(void)priority;
	(void)flag;
	va_start(args, fmt);
	keep_log(fmt, args);
	va_end(args);
}

/* The daemon */

static bool await(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	const struct timespec patience = {.tv_sec = PATIENCE_MS / 1000};
	return ppoll(&p, 1, &patience, NULL) == 1;
}

static bool take_step(int fd, const struct rig_step *step)
{
	uint8_t out[GP_LOGIN_FRAME_MAX];
	struct gp_login_msg msg;
	size_t len = 0;

	if (step->kind == RIG_RECEIVE) {
		if (!await(fd) || rig.frame_count == RIG_FRAMES)
			return false;
		ssize_t n = recv(fd, rig.frames[rig.frame_count].bytes, GP_LOGIN_FRAME_MAX, 0);
		if (n <= 0)
			return false;
		rig.frames[rig.frame_count].len = (size_t)n;
		return gp_login_decode(rig.frames[rig.frame_count++].bytes, (size_t)n, &msg) ==
		       GP_ST_OK;
	}
	if (step->kind == RIG_SEND)
		return gp_login_encode(&step->msg, out, sizeof(out), &len) == GP_ST_OK &&
		       send(fd, out, len, MSG_NOSIGNAL) == (ssize_t)len;
	if (step->kind == RIG_RAW)
		return send(fd, step->bytes, step->len, MSG_NOSIGNAL) == (ssize_t)step->len;
	return await(fd) && recv(fd, out, sizeof(out), 0) == 0;
}

static void *serve(void *arg)
{
	(void)arg;
	/* rig_daemon_stop() shuts the listener down: accept() then fails. */
	int fd = await(daemon_side.listener)
			 ? accept4(daemon_side.listener, NULL, NULL, SOCK_CLOEXEC)
			 : -1;
	if (fd < 0)
		return NULL;
	rig.connections++;
	for (const struct rig_step *s = daemon_side.steps; s->kind != RIG_END; s++)
		if (!take_step(fd, s)) {
			daemon_side.failed = true;
			break;
		}
	close(fd);
	pthread_mutex_lock(&daemon_side.lock);
	daemon_side.closed = true;
	pthread_cond_broadcast(&daemon_side.ended);
	pthread_mutex_unlock(&daemon_side.lock);
	return NULL;
}

void rig_daemon_start(const struct rig_step *steps)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "run/login.sock"};

	rig_daemon_stop();
	(void)unlink(addr.sun_path);
	daemon_side.failed = false;
	daemon_side.closed = false;
	daemon_side.steps = steps;
	daemon_side.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(daemon_side.listener >= 0);
	assert_int_equal(bind(daemon_side.listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(daemon_side.listener, 4), 0);
	assert_int_equal(pthread_create(&daemon_side.thread, NULL, serve, NULL), 0);
	daemon_side.running = true;
}

void rig_daemon_stop(void)
{
	if (!daemon_side.running)
		return;
	(void)shutdown(daemon_side.listener, SHUT_RDWR);
	(void)pthread_join(daemon_side.thread, NULL);
	close(daemon_side.listener);
	daemon_side.running = false;
	assert_false(daemon_side.failed);
}

/* The person */

static void await_daemon(void)
{
	struct timespec until;
	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	pthread_mutex_lock(&daemon_side.lock);
	while (!daemon_side.closed &&
	       pthread_cond_timedwait(&daemon_side.ended, &daemon_side.lock, &until) == 0)
		continue;
	pthread_mutex_unlock(&daemon_side.lock);
}

static int converse(int count, const struct pam_message **msgs, struct pam_response **out,
		    void *data)
{
	(void)data;
	assert_int_equal(count, 1);
	assert_true(rig.shown_count < RIG_SHOWN);
	struct rig_shown *shown = &rig.shown[rig.shown_count++];
	shown->style = msgs[0]->msg_style;
	assert_true(snprintf(shown->text, sizeof(shown->text), "%s", msgs[0]->msg) <
		    (int)sizeof(shown->text));
	struct pam_response *response = calloc(1, sizeof(*response));
	assert_non_null(response);
	if (shown->style == PAM_PROMPT_ECHO_OFF) {
		rig.clock_shift_ms += rig.think_ms;
		if (rig.wait_for_daemon)
			await_daemon();
		if (rig.person == RIG_PERSON_GONE) {
			free(response);
			return PAM_CONV_ERR;
		}
		if (rig.person != RIG_PERSON_NULL)
			response->resp = strdup(rig.person == RIG_PERSON_TYPES ? RIG_SECRET : "");
	}
	*out = response;
	return PAM_SUCCESS;
}

/* Set-up */

void rig_options(const char *options)
{
	char path[64];
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		(void)snprintf(path, sizeof(path), "svc/%s", services[i]);
		FILE *f = fopen(path, "we");
		assert_non_null(f);
		fprintf(f, "auth required " MODULE " %s\naccount required " MODULE " %s\n", options,
			options);
		fprintf(f, "session required " MODULE " %s\npassword required " MODULE " %s\n",
			options, options);
		assert_int_equal(fclose(f), 0);
	}
}

static int open_fds(void)
{
	int count = 0;
	DIR *dir = opendir("/proc/self/fd");
	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

int rig_setup(void **state)
{
	(void)state;
	struct gp_directory_bytes sample = sample_directory(1);
	rig = (struct rig){.uid = RIG_DEFAULT};
	(void)snprintf(daemon_side.dir, sizeof(daemon_side.dir), "/tmp/gp-pam-XXXXXX");
	daemon_side.home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (daemon_side.home < 0 || mkdtemp(daemon_side.dir) == NULL ||
	    chdir(daemon_side.dir) != 0 || mkdir("run", 0755) != 0 || mkdir("svc", 0755) != 0)
		return -1;
	sample_write("run/directory", sample);
	gp_directory_bytes_free(&sample);
	rig_options("");
	daemon_side.fds = open_fds();
	return 0;
}

int rig_teardown(void **state)
{
	char path[64];
	(void)state;
	rig.fast = false;
	rig_daemon_stop();
	/* No call may have left a descriptor behind. */
	assert_int_equal(open_fds(), daemon_side.fds);
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		(void)snprintf(path, sizeof(path), "svc/%s", services[i]);
		(void)unlink(path);
	}
	(void)unlink("run/directory");
	(void)unlink("run/login.sock");
	(void)rmdir("run");
	(void)rmdir("svc");
	int rc = fchdir(daemon_side.home);
	close(daemon_side.home);
	return rc == 0 ? rmdir(daemon_side.dir) : -1;
}

pam_handle_t *rig_start(const char *service, const char *user)
{
	static const struct pam_conv conv = {converse, NULL};
	char svc[128];
	pam_handle_t *pamh = NULL;
	(void)snprintf(svc, sizeof(svc), "%s/svc", daemon_side.dir);
	assert_int_equal(pam_start_confdir(service, user, &conv, svc, &pamh), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_RHOST, "192.0.2.7"), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_TTY, "ssh"), PAM_SUCCESS);
	return pamh;
}

void rig_end(pam_handle_t *pamh)
{
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
}

int rig_call(pam_handle_t *pamh, enum rig_call what, int flags)
{
	switch (what) {
	case RIG_AUTH:
		return pam_authenticate(pamh, flags);
	case RIG_CRED:
		return pam_setcred(pamh, (int)PAM_ESTABLISH_CRED | flags);
	case RIG_ACCOUNT:
		return pam_acct_mgmt(pamh, flags);
	case RIG_OPEN:
		return pam_open_session(pamh, flags);
	case RIG_CLOSE:
		return pam_close_session(pamh, flags);
	case RIG_PASSWORD:
		return pam_chauthtok(pamh, flags);
	}
	return -1;
}

struct gp_login_msg rig_frame(size_t i)
{
	struct gp_login_msg msg = {0};
	assert_true(i < rig.frame_count);
	assert_int_equal(gp_login_decode(rig.frames[i].bytes, rig.frames[i].len, &msg), GP_ST_OK);
	return msg;
}

bool rig_leaked(const char *text)
{
	for (size_t i = 0; i < rig.frame_count; i++)
		if (memmem(rig.frames[i].bytes, rig.frames[i].len, text, strlen(text)) != NULL)
			return true;
	return strstr(rig.log, text) != NULL;
}

struct gp_login_msg rig_done(enum gp_login_code code, const char *text, bool with_decision)
{
	struct gp_login_msg msg = {.op = GP_LOGIN_DONE, .code = code, .text = gp_str_from(text)};
	msg.has_decision = with_decision;
	if (with_decision)
		memset(msg.decision, 0xA5, sizeof(msg.decision));
	return msg;
}

struct gp_login_msg rig_text(enum gp_login_op op, const char *text)
{
	return (struct gp_login_msg){.op = op, .text = gp_str_from(text)};
}
