/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/server.h"
#include "tests/unit/support/loop.h"

#include "contract/ban.h"

struct rig {
	sd_event *event;
	struct gp_server *server;
	struct sockaddr_un address;
	unsigned int frames;
	unsigned int closed;
	size_t last_len;
	bool echo;
	bool hang_up;
};

static void on_frame(void *arg, struct gp_conn *conn, const uint8_t *bytes, size_t len)
{
	struct rig *rig = arg;
	rig->frames++;
	rig->last_len = len;
	if (rig->echo)
		assert_true(gp_conn_send(conn, bytes, len));
	if (rig->hang_up)
		gp_conn_close(conn);
}

static void on_closed(void *arg, struct gp_conn *conn)
{
	struct rig *rig = arg;
	assert_non_null(conn);
	rig->closed++;
}

static void start(struct rig *rig, uint32_t per_uid, bool root_only)
{
	static int number;
	*rig = (struct rig){.address = {.sun_family = AF_UNIX}};
	/* An abstract address: nothing to clean up. */
	int n = snprintf(rig->address.sun_path + 1, sizeof(rig->address.sun_path) - 1,
			 "gp-server-test-%ld-%d", (long)getpid(), number++);
	assert_true(n > 0);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&rig->address, sizeof(rig->address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(sd_event_new(&rig->event), 0);
	const struct gp_server_ops ops = {on_frame, on_closed, rig, 64, per_uid, root_only};
	assert_int_equal(gp_server_new(rig->event, fd, &ops, &rig->server, NULL), GP_ST_OK);
}

static void stop(struct rig *rig)
{
	gp_server_free(rig->server);
	sd_event_unref(rig->event);
}

static int dial(const struct rig *rig)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&rig->address, sizeof(rig->address)),
			 0);
	return fd;
}

/* Runs the loop until it has nothing to do. */
static void settle(const struct rig *rig)
{
	while (sd_event_run(rig->event, 20000) > 0)
		;
}

static void test_server_relays_frames(void **state)
{
	(void)state;
	struct rig rig;
	char answer[64];
	start(&rig, 4, false);
	rig.echo = true;
	int fd = dial(&rig);
	assert_int_equal(send(fd, "hello", 5, 0), 5);
	settle(&rig);
	assert_int_equal(recv(fd, answer, sizeof(answer), MSG_DONTWAIT), 5);
	assert_memory_equal(answer, "hello", 5);
	close(fd);
	settle(&rig);
	assert_int_equal(rig.closed, 1);
	stop(&rig);
}

static void test_server_refuses_oversized_frames(void **state)
{
	(void)state;
	struct rig rig;
	char big[65] = {0};
	char answer[1];
	start(&rig, 4, false);
	int fd = dial(&rig);
	assert_int_equal(send(fd, big, sizeof(big), 0), (int)sizeof(big));
	settle(&rig);
	assert_int_equal(rig.frames, 0);
	assert_int_equal(rig.closed, 1);
	assert_int_equal(recv(fd, answer, 1, MSG_DONTWAIT), 0);
	close(fd);
	fd = dial(&rig);
	assert_int_equal(send(fd, big, 64, 0), 64);
	settle(&rig);
	assert_int_equal(rig.frames, 1);
	assert_int_equal(rig.last_len, 64);
	close(fd);
	stop(&rig);
}

static bool is_closed(int fd)
{
	char byte = 0;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno == ECONNRESET); /* what was sent was not read */
}

static int dial_and_say(const struct rig *rig)
{
	int fd = dial(rig);
	assert_int_equal(send(fd, "here", 4, 0), 4);
	settle(rig);
	return fd;
}

static void test_server_bounds_connections_of_a_peer(void **state)
{
	(void)state;
	struct rig rig;
	start(&rig, 2, false);
	int fds[3] = {dial_and_say(&rig), dial_and_say(&rig), dial_and_say(&rig)};
	assert_true(is_closed(fds[2]));
	assert_false(is_closed(fds[1]));
	close(fds[0]);
	settle(&rig);
	int again = dial_and_say(&rig);
	assert_false(is_closed(again));
	gp_server_set_per_uid(rig.server, 3);
	int more = dial_and_say(&rig);
	assert_false(is_closed(more));
	gp_server_set_per_uid(rig.server, 1);
	int beyond = dial_and_say(&rig);
	assert_true(is_closed(beyond));
	assert_false(is_closed(more));
	close(more);
	close(beyond);
	close(fds[1]);
	close(fds[2]);
	close(again);
	stop(&rig);
}

/* Those who connect and say nothing keep nobody out; those who speak are not dropped for others. */
static void test_server_drops_the_silent_first(void **state)
{
	(void)state;
	struct rig rig;
	start(&rig, 3, false);
	int speaks = dial_and_say(&rig);
	int silent[2] = {dial(&rig), dial(&rig)};
	settle(&rig);
	int log[2];
	char text[1024] = "";
	int saved = dup(STDERR_FILENO);
	assert_int_equal(pipe2(log, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(dup2(log[1], STDERR_FILENO), STDERR_FILENO);
	int first = dial_and_say(&rig);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_true(read(log[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "warn connection-evicted uid="));
	assert_false(is_closed(first));
	assert_true(is_closed(silent[0]));
	assert_false(is_closed(silent[1]));
	int second = dial_and_say(&rig);
	assert_false(is_closed(second));
	assert_true(is_closed(silent[1]));
	int third = dial_and_say(&rig);
	assert_true(is_closed(third));
	assert_false(is_closed(speaks));
	assert_int_equal(rig.closed, 2);
	const int all[] = {speaks, silent[0], silent[1], first, second,
			   third,  saved,     log[0],    log[1]};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		close(all[i]);
	stop(&rig);
}

/* A descriptor that comes with a frame is nobody's: it is closed, and the frame is read as it is.
 */
static void test_server_takes_no_descriptors(void **state)
{
	(void)state;
	struct rig rig;
	int passed[2] = {-1, -1};
	char byte = 0;
	start(&rig, 4, false);
	int fd = dial(&rig);
	assert_int_equal(pipe2(passed, O_CLOEXEC | O_NONBLOCK), 0);
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int))}};
	memcpy(CMSG_DATA(&control.head), &passed[1], sizeof(int));
	struct iovec text = {(char[]){"hello"}, 5};
	const struct msghdr msg = {.msg_iov = &text,
				   .msg_iovlen = 1,
				   .msg_control = &control,
				   .msg_controllen = sizeof(control)};
	assert_int_equal(sendmsg(fd, &msg, 0), 5);
	close(passed[1]);
	assert_int_equal(read(passed[0], &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	settle(&rig);
	assert_int_equal(rig.frames, 1);
	assert_int_equal(rig.last_len, 5);
	/* Its last holder has let go of it. */
	assert_int_equal(read(passed[0], &byte, 1), 0);
	close(passed[0]);
	close(fd);
	stop(&rig);
}

static void test_server_root_only(void **state)
{
	(void)state;
	struct rig rig;
	char answer[1];
	start(&rig, 4, true);
	int fd = dial(&rig);
	settle(&rig);
	ssize_t n = recv(fd, answer, 1, MSG_DONTWAIT);
	assert_int_equal(n, geteuid() == 0 ? -1 : 0);
	close(fd);
	stop(&rig);
}

static void test_server_answer_outlives_the_connection(void **state)
{
	(void)state;
	struct rig rig;
	char answer[64];
	start(&rig, 4, false);
	rig.echo = true;
	rig.hang_up = true;
	int fd = dial(&rig);
	assert_int_equal(send(fd, "bye", 3, 0), 3);
	settle(&rig);
	stop(&rig);
	assert_int_equal(rig.closed, 1);
	assert_int_equal(recv(fd, answer, sizeof(answer), MSG_DONTWAIT), 3);
	assert_int_equal(recv(fd, answer, sizeof(answer), MSG_DONTWAIT), 0);
	close(fd);
}

static void test_server_free_closes_everything(void **state)
{
	(void)state;
	struct rig rig;
	start(&rig, 4, false);
	int fds[2] = {dial(&rig), dial(&rig)};
	settle(&rig);
	stop(&rig);
	assert_int_equal(rig.closed, 2);
	close(fds[0]);
	close(fds[1]);
}

/* Without a free descriptor the one who waits keeps the socket readable: the loop must rest all the
 * same, and take him once there is one. */
static void test_server_rests_without_descriptors(void **state)
{
	(void)state;
	struct rig rig;
	struct rlimit before, none;
	size_t turns = 0;
	start(&rig, 4, false);
	settle(&rig);
	int fd = dial(&rig);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	while (turns < 100 && sd_event_run(rig.event, 0) > 0)
		turns++;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_in_range(turns, 1, 10);
	rig.echo = true;
	assert_int_equal(send(fd, "hello", 5, 0), 5);
	size_t heard = 0;
	int64_t end = loop_now_ms() + 20000;
	while (heard == 0 && loop_now_ms() < end) {
		assert_true(sd_event_run(rig.event, 1000000) >= 0);
		heard = rig.frames;
	}
	assert_int_equal(heard, 1);
	close(fd);
	stop(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_rests_without_descriptors),
		cmocka_unit_test(test_server_relays_frames),
		cmocka_unit_test(test_server_refuses_oversized_frames),
		cmocka_unit_test(test_server_bounds_connections_of_a_peer),
		cmocka_unit_test(test_server_drops_the_silent_first),
		cmocka_unit_test(test_server_takes_no_descriptors),
		cmocka_unit_test(test_server_root_only),
		cmocka_unit_test(test_server_answer_outlives_the_connection),
		cmocka_unit_test(test_server_free_closes_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
