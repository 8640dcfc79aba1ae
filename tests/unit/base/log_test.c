/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/ban.h"

static int pipe_fds[2];
static int saved_stderr;

static int redirect(void **state)
{
	(void)state;
	(void)unsetenv("JOURNAL_STREAM");
	saved_stderr = dup(STDERR_FILENO);
	return saved_stderr >= 0 && pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC) == 0 &&
			       dup2(pipe_fds[1], STDERR_FILENO) >= 0
		       ? 0
		       : -1;
}

static int restore(void **state)
{
	(void)state;
	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
	gp_log_set_level(GP_LOG_INFO);
	return 0;
}

/* What was written since the last call; behind the time, which is of fixed length. */
static const char *written(void)
{
	static char text[8192];
	const ssize_t n = read(pipe_fds[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 21 ? text + 21 : text;
}

static void test_log_line(void **state)
{
	(void)state;
	gp_log(GP_LOG_WARN, "keys-refetch-failed", "status=%s attempt=%d", "timeout", 3);
	assert_string_equal(written(), "warn keys-refetch-failed status=timeout attempt=3\n");
	gp_log(GP_LOG_INFO, "ready", "%s", "");
	assert_string_equal(written(), "info ready\n");
}

static void test_log_neutralises(void **state)
{
	(void)state;
	gp_log(GP_LOG_ERROR, "refused", "name=%s", "x\n2026-01-01T00:00:00Z info granted\x1B[2J");
	assert_string_equal(written(),
			    "error refused name=x\\x0A2026-01-01T00:00:00Z info granted\\x1B[2J\n");
}

static void test_log_level(void **state)
{
	enum gp_log_level level = GP_LOG_ERROR;

	(void)state;
	gp_log(GP_LOG_DEBUG, "dropped", "%s", "");
	assert_string_equal(written(), "");
	gp_log_set_level(GP_LOG_DEBUG);
	gp_log(GP_LOG_DEBUG, "kept", "%s", "");
	assert_string_equal(written(), "debug kept\n");
	gp_log_set_level(GP_LOG_ERROR);
	gp_log(GP_LOG_WARN, "dropped", "%s", "");
	assert_string_equal(written(), "");
	assert_true(gp_log_level_parse("debug", &level));
	assert_int_equal(level, GP_LOG_DEBUG);
	assert_false(gp_log_level_parse("loud", &level));
	assert_int_equal(level, GP_LOG_DEBUG);
}

static void test_log_long_and_errno(void **state)
{
	char big[5000];

	(void)state;
	memset(big, '\x01', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	errno = EAGAIN;
	gp_log(GP_LOG_INFO, "big", "text=%s", big);
	assert_int_equal(errno, EAGAIN);
	const char *line = written();
	assert_true(strlen(line) < 2200);
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

/* Whoever can cause a record again and again cannot fill the log with it. */
static void test_log_bounded(void **state)
{
	struct gp_log_bound bound = {0};
	struct gp_log_bound other = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		gp_log_bounded(&bound, GP_LOG_WARN, "refused", "n=%d", i);
	const char *text = written();
	assert_non_null(strstr(text, "warn refused n=9\n"));
	assert_null(strstr(text, "n=10\n"));
	assert_non_null(strstr(text, "warn log-bounded event=refused for_s=60\n"));
	gp_log_bounded(&other, GP_LOG_WARN, "another", "n=%d", 1);
	assert_string_equal(written(), "warn another n=1\n");
	bound.since_ms -= 60000;
	gp_log_bounded(&bound, GP_LOG_WARN, "refused", "n=%d", 1000);
	text = written();
	assert_non_null(strstr(text, "log-bounded event=refused left_out=990\n"));
	assert_non_null(strstr(text, "warn refused n=1000\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_log_line, redirect, restore),
		cmocka_unit_test_setup_teardown(test_log_neutralises, redirect, restore),
		cmocka_unit_test_setup_teardown(test_log_level, redirect, restore),
		cmocka_unit_test_setup_teardown(test_log_long_and_errno, redirect, restore),
		cmocka_unit_test_setup_teardown(test_log_bounded, redirect, restore),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
