/* SPDX-License-Identifier: Apache-2.0 */
/* `guestpass status` against a daemon of our own making: what is asked, and how it ends. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/cli.h"

#include "contract/ban.h"

#define QUESTION "{\"v\":1,\"op\":\"status\"}"
#define ANSWER(health)                                                                             \
	"{\"v\":1,\"health\":\"" health "\",\"problems\":[],\"version\":\"0\",\"tier\":\"t\","     \
	"\"guests_allowed\":true,\"tenant\":{\"id\":\"x\",\"reachable\":true,\"last_contact\":1,"  \
	"\"clock_skew_s\":0},\"credential\":{\"kind\":\"secret\",\"not_after\":0},"                \
	"\"sync\":{\"last\":1,\"last_publish\":1,\"status\":\"ok\",\"error\":\"\",\"guests\":1,"   \
	"\"canary\":\"yes\",\"published\":true,\"publish_status\":\"ok\","                         \
	"\"publish_error\":\"\"},\"sign_ins\":{\"in_flight\":0,\"limit\":1},\"sessions\":0,"       \
	"\"quarantined\":[]}"

struct bed {
	char dir[48];
	char socket[72];
	int fd;
};

static int setup(void **state)
{
	static struct bed bed;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(bed.dir, sizeof(bed.dir), "/tmp/guestpass-cli.XXXXXX");
	if (mkdtemp(bed.dir) == NULL)
		return -1;
	(void)snprintf(bed.socket, sizeof(bed.socket), "%s/admin.sock", bed.dir);
	memcpy(address.sun_path, bed.socket, sizeof(bed.socket));
	bed.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	*state = &bed;
	return bed.fd >= 0 &&
			       bind(bed.fd, (const struct sockaddr *)&address, sizeof(address)) ==
				       0 &&
			       listen(bed.fd, 4) == 0
		       ? 0
		       : -1;
}

static int teardown(void **state)
{
	const struct bed *bed = *state;
	(void)close(bed->fd);
	(void)unlink(bed->socket);
	return rmdir(bed->dir);
}

/* A process that answers one question, if it is the right one. */
static pid_t serve(const struct bed *bed, const char *answer, size_t len)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	char question[256] = "";
	/* Nobody waits for ever if the other side never comes. */
	(void)alarm(20);
	int fd = accept(bed->fd, NULL, NULL);
	ssize_t n = recv(fd, question, sizeof(question) - 1, 0);
	if (n != (ssize_t)strlen(QUESTION) || strcmp(question, QUESTION) != 0)
		_exit(1);
	_exit(len == 0 || send(fd, answer, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : 2);
}

static void served(pid_t pid)
{
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Runs the sub-command with its output in a file; returns the exit code and the output. */
static int run(const struct bed *bed, const char *option, char *out, size_t size)
{
	char name[] = "status";
	char dir[64];
	char opt[32];
	char *argv[] = {name, dir, opt, NULL};
	int saved = dup(STDOUT_FILENO);
	FILE *file = tmpfile();

	assert_true(saved >= 0);
	assert_non_null(file);
	(void)snprintf(dir, sizeof(dir), "--run-dir=%s", bed->dir);
	(void)snprintf(opt, sizeof(opt), "%s", option);
	(void)fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	int code = gp_command_status(3, argv);
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	(void)close(saved);
	rewind(file);
	size_t n = fread(out, 1, size - 1, file);
	out[n] = '\0';
	assert_int_equal(fclose(file), 0);
	return code;
}

static void test_status_exit_code_is_health(void **state)
{
	static const struct {
		const char *answer;
		int code;
	} cases[] = {
		{ANSWER("ok"), GP_EXIT_OK},
		{ANSWER("degraded"), GP_EXIT_DEGRADED},
		{ANSWER("failing"), GP_EXIT_FAILING},
		{ANSWER("blue"), GP_EXIT_FAILING},
	};
	char out[4096];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid = serve(*state, cases[i].answer, strlen(cases[i].answer));
		assert_int_equal(run(*state, "--json", out, sizeof(out)), cases[i].code);
		assert_int_equal(strncmp(out, "{\"v\":1,\"health\":\"", 17), 0);
		served(pid);
	}
	pid_t pid = serve(*state, ANSWER("ok"), sizeof(ANSWER("ok")) - 1);
	assert_int_equal(run(*state, "--color=always", out, sizeof(out)), GP_EXIT_OK);
	assert_non_null(strstr(out, "tier t: \033[32mok\033[0m\n"));
	served(pid);
}

static void test_status_bad_answers(void **state)
{
	static const char *const answers[] = {"", "{", "null", "{\"v\":1,\"error\":\"no\"}"};
	char out[4096];
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		pid_t pid = serve(*state, answers[i], strlen(answers[i]));
		assert_int_equal(run(*state, "--json", out, sizeof(out)), GP_EXIT_UNREACHABLE);
		assert_string_equal(out, "");
		served(pid);
	}
}

static void test_status_usage(void **state)
{
	char out[64];
	assert_int_equal(run(*state, "--colour=never", out, sizeof(out)), GP_EXIT_USAGE);
	assert_int_equal(run(*state, "--color=pink", out, sizeof(out)), GP_EXIT_USAGE);
	assert_int_equal(run(*state, "now", out, sizeof(out)), GP_EXIT_USAGE);
	assert_string_equal(out, "");
}

static void test_ask_is_bounded(void **state)
{
	const struct bed *bed = *state;
	gp_buf_auto struct gp_buf answer = GP_BUF(GP_ASK_ANSWER_MAX);
	struct gp_error err = {0};
	char long_dir[200];
	memset(long_dir, 'x', sizeof(long_dir) - 1);
	long_dir[sizeof(long_dir) - 1] = '\0';

	/* It listens, and nobody answers. */
	assert_int_equal(gp_ask(bed->dir, QUESTION, 50, &answer, &err), GP_ST_TIMEOUT);
	assert_int_equal(gp_ask("/nonexistent", QUESTION, 50, &answer, &err), GP_ST_UNAVAILABLE);
	assert_int_equal(gp_ask(long_dir, QUESTION, 50, &answer, &err), GP_ST_TOO_BIG);
	assert_int_equal(answer.len, 0);
}

static void test_ask_too_long(void **state)
{
	gp_buf_auto struct gp_buf answer = GP_BUF(GP_ASK_ANSWER_MAX);
	struct gp_error err = {0};
	const struct bed *bed = *state;
	char *big = calloc(1, GP_ASK_ANSWER_MAX + 1);
	assert_non_null(big);
	memset(big, ' ', GP_ASK_ANSWER_MAX + 1);

	pid_t pid = serve(bed, big, GP_ASK_ANSWER_MAX);
	assert_int_equal(gp_ask(bed->dir, QUESTION, 5000, &answer, &err), GP_ST_OK);
	assert_int_equal(answer.len, GP_ASK_ANSWER_MAX);
	served(pid);
	pid = serve(bed, big, GP_ASK_ANSWER_MAX + 1);
	assert_int_equal(gp_ask(bed->dir, QUESTION, 5000, &answer, &err), GP_ST_TOO_BIG);
	served(pid);
	free(big);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_status_exit_code_is_health),
		TEST(test_status_bad_answers),
		TEST(test_status_usage),
		TEST(test_ask_is_bounded),
		TEST(test_ask_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
