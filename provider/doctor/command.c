/* SPDX-License-Identifier: Apache-2.0 */
/* A program of this host is asked, within a time and a size. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "doctor/doctor.h"

#include "contract/ban.h"

#define LIMIT_MS 10000

/* GP_ST_OK at the end of what it says. */
static enum gp_status take_output(int fd, struct gp_buf *out)
{
	const struct gp_clock *clock = gp_clock_system();
	const int64_t end_ms = gp_clock_monotonic_ms(clock) + LIMIT_MS;
	char bytes[4096];
	for (;;) {
		int64_t left = end_ms - gp_clock_monotonic_ms(clock);
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (left <= 0)
			return GP_ST_TIMEOUT;
		int ready = poll(&p, 1, (int)left);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0)
			return GP_ST_IO;
		if (ready == 0)
			return GP_ST_TIMEOUT;
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
	(void)arg;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return GP_ST_IO;
	enum gp_status st = start(argv, ends[1], &pid);
	(void)close(ends[1]);
	if (st == GP_ST_OK) {
		st = take_output(ends[0], out);
		/* It has closed its output or is not waited for any longer. */
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
