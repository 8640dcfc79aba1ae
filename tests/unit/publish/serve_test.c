/* SPDX-License-Identifier: Apache-2.0 */
/* The publisher as a program: its socket and its command line. */
#include "tests/unit/publish/rig.h"

#include "tests/unit/support/need_root.h"

#include "contract/ban.h"

/* The whole program in a child, listening on run.sock. */
static pid_t start_server(const char *const *more)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "sock"};
	unlink("sock");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(chmod("sock", 0666), 0);
	assert_int_equal(listen(fd, 8), 0);
	gp_publisher_close(&pub);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* A test that fails must not leave a server behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		char fd_text[12];
		char uid_text[12];
		char *argv[24];
		int argc = 0;
		snprintf(fd_text, sizeof(fd_text), "%d", fd);
		snprintf(uid_text, sizeof(uid_text), "%u", geteuid());
		const char *const fixed[] = {"guestpass-publish",
					     "--run-dir",
					     "run",
					     "--durable-dir",
					     "durable",
					     "--ids-conf",
					     "ids.conf",
					     "--passwd",
					     "passwd",
					     "--group",
					     "group",
					     "--socket-fd",
					     fd_text,
					     "--allow-uid",
					     uid_text};
		for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
			argv[argc++] = (char *)(uintptr_t)fixed[i];
		for (; more != NULL && *more != NULL; more++)
			argv[argc++] = (char *)(uintptr_t)*more;
		argv[argc] = NULL;
		optind = 1;
		_exit(publish_main(argc, argv));
	}
	close(fd);
	return pid;
}

static int stop_server(pid_t pid, int sig)
{
	int status = 0;
	if (sig != 0)
		kill(pid, sig);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int dial(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "sock"};
	const struct timeval limit = {20, 0};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void say(int fd, const void *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* False when the server hung up instead. */
static bool hear(int fd, struct gp_publish_reply *reply)
{
	uint8_t bytes[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	size_t text = 0;
	if (recv(fd, bytes, GP_PUBLISH_REPLY, MSG_WAITALL) != GP_PUBLISH_REPLY)
		return false;
	assert_int_equal(gp_publish_reply_text_len(bytes, &text), GP_ST_OK);
	/* To wait for no bytes is to wait for the next reply. */
	if (text > 0)
		assert_int_equal(recv(fd, bytes + GP_PUBLISH_REPLY, text, MSG_WAITALL),
				 (ssize_t)text);
	assert_int_equal(gp_publish_reply_decode(bytes, GP_PUBLISH_REPLY + text, reply), GP_ST_OK);
	return true;
}

static void say_candidate(int fd, struct gp_directory_bytes b)
{
	uint8_t head[GP_PUBLISH_HEAD];
	gp_publish_head_encode(b.len, head);
	say(fd, head, sizeof(head));
	say(fd, b.ptr, b.len);
	gp_directory_bytes_free(&b);
}

static void test_publish_serves(void **state)
{
	(void)state;
	struct gp_publish_reply r;
	pid_t pid = start_server(NULL);
	int fd = dial();
	say_candidate(fd, sample_directory(1));
	assert_true(hear(fd, &r));
	assert_int_equal(r.outcome, GP_PUBLISH_DONE);
	struct gp_directory_bytes bad = sample_directory(2);
	bad.ptr[200] ^= 1;
	say_candidate(fd, bad);
	assert_true(hear(fd, &r));
	assert_int_equal(r.outcome, GP_PUBLISH_REFUSED);
	assert_int_equal(r.generation, 1);
	assert_string_equal(r.text, "header, length or checksum is wrong");
	say_candidate(fd, sample_large(3000, 2));
	assert_true(hear(fd, &r));
	assert_int_equal(r.outcome, GP_PUBLISH_DONE);
	/* Too large, and not our protocol: answered, then hung up. */
	uint8_t head[GP_PUBLISH_HEAD];
	gp_publish_head_encode(GP_DIRECTORY_SIZE_MAX + 1, head);
	say(fd, head, sizeof(head));
	assert_true(hear(fd, &r));
	assert_int_equal(r.outcome, GP_PUBLISH_REFUSED);
	assert_false(hear(fd, &r));
	close(fd);
	fd = dial();
	say(fd, "GET / HTTP/1.1\r\n", 16);
	assert_true(hear(fd, &r));
	assert_false(hear(fd, &r));
	close(fd);
	/* Half a candidate changes nothing. */
	fd = dial();
	gp_publish_head_encode(5000, head);
	say(fd, head, sizeof(head));
	say(fd, head, sizeof(head));
	close(fd);
	fd = dial();
	say_candidate(fd, sample_directory(3));
	assert_true(hear(fd, &r));
	assert_int_equal(r.outcome, GP_PUBLISH_DONE);
	close(fd);
	assert_int_equal(stop_server(pid, SIGTERM), 0);
	assert_int_equal(generation_of("run/directory"), 3);
}

static void test_publish_turns_others_away(void **state)
{
	(void)state;
	NEED_ROOT("only root can become somebody else");
	pid_t pid = start_server(NULL);
	pid_t other = fork();
	assert_true(other >= 0);
	if (other == 0) {
		struct gp_publish_reply r;
		if (chmod(work_dir, 0755) != 0 || setgid(12345) != 0 || setuid(12345) != 0)
			_exit(9);
		int fd = dial();
		_exit(hear(fd, &r) ? 1 : 0);
	}
	assert_int_equal(stop_server(other, 0), 0);
	assert_int_equal(stop_server(pid, SIGTERM), 0);
}

/* The first of the tests: it counts what this process says. */
static void test_publish_says_so_much(void **state)
{
	(void)state;
	char text[256] = {0};
	int told[2] = {-1, -1};
	int kept = dup(STDERR_FILENO);
	int spoken = 0;
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	assert_true(kept >= 0 && dup2(told[1], STDERR_FILENO) == STDERR_FILENO);
	for (int i = 0; i < 3 * SAID_MAX; i++)
		spoken += may_say();
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
	close(told[1]);
	ssize_t n = read(told[0], text, sizeof(text) - 1);
	close(told[0]);
	/* The notice is the last of them, and comes once. */
	assert_int_equal(spoken, SAID_MAX - 1);
	assert_true(n > 0);
	assert_string_equal(text, "guestpass-publish: more of this is not said for a minute\n");
}

static void test_publish_deadline(void **state)
{
	(void)state;
	struct gp_publish_reply r;
	struct gp_error err = {0};
	pub.deadline_ms = 30;
	pub.idle_exit_s = 1;
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	/* One who begins and never ends is given up. */
	say(pair[0], "GPUB", 4);
	assert_int_equal(serve_one(&pub, pair[1]), GP_ST_TIMEOUT);
	close(pair[1]);
	assert_false(hear(pair[0], &r));
	close(pair[0]);
	/* Nobody comes: the server ends by itself. */
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "sock"};
	unlink("sock");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(gp_publish_serve(&pub, fd, &err), GP_ST_OK);
	/* The daemon is gone: so is the server, however long it might wait. */
	int life[2] = {-1, -1};
	assert_int_equal(pipe2(life, O_CLOEXEC), 0);
	pub.idle_exit_s = 0;
	pub.life_fd = life[0];
	close(life[1]);
	assert_int_equal(gp_publish_serve(&pub, fd, &err), GP_ST_OK);
	close(life[0]);
	close(fd);
}

/* Runs the program with ARGS in a child; its exit code. */
static int run_program(const char *const *args)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char *argv[24] = {(char *)(uintptr_t) "guestpass-publish"};
		int argc = 1;
		for (; *args != NULL; args++)
			argv[argc++] = (char *)(uintptr_t)*args;
		optind = 1;
		int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(quiet, 2);
		dup2(quiet, 1);
		_exit(publish_main(argc, argv));
	}
	return stop_server(pid, 0);
}

#define PATHS                                                                                      \
	"--run-dir", "run", "--durable-dir", "durable", "--ids-conf", "ids.conf", "--passwd",      \
		"passwd", "--group", "group"

static void test_publish_command_line(void **state)
{
	(void)state;
	assert_int_equal(offer(&pub, sample_directory(1)).outcome, GP_PUBLISH_DONE);
	gp_publisher_close(&pub);
	const char *const check[] = {"--check", "durable/directory", PATHS, NULL};
	assert_int_equal(run_program(check), EXIT_DONE);
	assert_int_equal(unlink("run/directory"), 0);
	const char *const restore[] = {"--restore", PATHS, NULL};
	assert_int_equal(run_program(restore), EXIT_DONE);
	assert_int_equal(generation_of("run/directory"), 1);
	put("ids.conf", "");
	assert_int_equal(run_program(check), EXIT_REFUSED);
	const char *const absent[] = {"--check", "nothing", PATHS, NULL};
	assert_int_equal(run_program(absent), EXIT_FAILED);
	const char *const no_socket[] = {PATHS, NULL};
	assert_int_equal(run_program(no_socket), EXIT_USAGE);
	const char *const unknown[] = {"--what", NULL};
	assert_int_equal(run_program(unknown), EXIT_USAGE);
	const char *const nobody[] = {"--allow-user", "nobody-here", PATHS, NULL};
	assert_int_equal(run_program(nobody), EXIT_USAGE);
	uid_t uid = 0;
	assert_int_equal(gp_publish_find_uid("passwd", GP_STR("local"), &uid), GP_ST_OK);
	assert_int_equal(uid, 1001);
	assert_int_equal(gp_publish_find_uid("passwd", GP_STR("short"), &uid), GP_ST_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_publish_says_so_much),  PUBLISH_TEST(test_publish_serves),
		PUBLISH_TEST(test_publish_turns_others_away), PUBLISH_TEST(test_publish_deadline),
		PUBLISH_TEST(test_publish_command_line),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
