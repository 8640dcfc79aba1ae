/* SPDX-License-Identifier: Apache-2.0 */
/* A program of this host is asked, within a time and a size. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "doctor/doctor.h"

#include "contract/ban.h"

#define LIMIT_MS 10000

/* GP_ST_OK when there is something to read from FD. */
static enum gp_status wait_for(int fd, int64_t end_ms)
{
	for (;;) {
		int64_t left = end_ms - gp_clock_monotonic_ms(gp_clock_system());
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (ready > 0)
			return GP_ST_OK;
		if (ready == 0)
			return GP_ST_TIMEOUT;
		if (errno != EINTR)
			return GP_ST_IO;
	}
}

/* GP_ST_OK at the end of what it says. */
static enum gp_status take_output(int fd, int64_t end_ms, struct gp_buf *out)
{
	char bytes[4096];
	for (;;) {
		enum gp_status st = wait_for(fd, end_ms);
		if (st != GP_ST_OK)
			return st;
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? GP_ST_OK : GP_ST_IO;
		gp_buf_add(out, bytes, (size_t)n);
		if (gp_buf_status(out) != GP_ST_OK)
			return GP_ST_TOO_BIG;
	}
}

/* It may have closed its output and go on. */
static enum gp_status wait_for_end(pid_t pid, int64_t end_ms)
{
	int fd = pidfd_open(pid, 0);
	if (fd < 0)
		return GP_ST_IO;
	enum gp_status st = wait_for(fd, end_ms);
	(void)close(fd);
	return st;
}

/* In the plain environment: what these programs print depends on it. */
static enum gp_status start(const char *const argv[], int to, pid_t *pid)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	char *const environment[] = {path, locale, NULL};
	posix_spawn_file_actions_t actions;
	if (posix_spawn_file_actions_init(&actions) != 0)
		return GP_ST_NO_MEMORY;
	enum gp_status st = GP_ST_OK;
	if (posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, to, 1) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, to, 2) != 0)
		st = GP_ST_NO_MEMORY;
	/* posix_spawn() takes the strings as they are and changes none of them. */
	union {
		const char *const *in;
		char *const *out;
	} words = {argv};
	if (st == GP_ST_OK) {
		int failed = posix_spawn(pid, argv[0], &actions, NULL, words.out, environment);
		st = failed == 0 ? GP_ST_OK : failed == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO;
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return st;
}

enum gp_status gp_doctor_run_command(void *arg, const char *const argv[], struct gp_buf *out,
				     int *code)
{
	int ends[2];
	pid_t pid = -1;
	int ended = 0;
	const int64_t *limit_ms = arg;
	const int64_t end_ms = gp_clock_monotonic_ms(gp_clock_system()) +
			       (limit_ms != NULL ? *limit_ms : LIMIT_MS);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return GP_ST_IO;
	enum gp_status st = start(argv, ends[1], &pid);
	(void)close(ends[1]);
	if (st == GP_ST_OK) {
		st = take_output(ends[0], end_ms, out);
		if (st == GP_ST_OK)
			st = wait_for_end(pid, end_ms);
		if (st != GP_ST_OK)
			(void)kill(pid, SIGKILL);
		while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(ends[0]);
	if (st == GP_ST_OK && !WIFEXITED(ended))
		st = GP_ST_CLOSED;
	*code = st == GP_ST_OK ? WEXITSTATUS(ended) : -1;
	return st;
}
