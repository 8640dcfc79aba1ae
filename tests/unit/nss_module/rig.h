/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the NSS module's tests: its sources, compiled into the test program with a directory of its
 * own in place of /run/guestpass, a clock that the tests move, and the test's user in root's place.
 */
#ifndef GP_TESTS_UNIT_NSS_MODULE_RIG_H
#define GP_TESTS_UNIT_NSS_MODULE_RIG_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#undef GP_RUNDIR
#define GP_RUNDIR      "run"
#define GP_TRUSTED_UID geteuid()

#include "contract/directory_format.h"

static int test_clock(clockid_t id, struct timespec *ts);
static uid_t test_euid(void);
#define clock_gettime test_clock
#include "contract/directory_open.c"
#include "nss_module/mapping.c"
#define geteuid test_euid
#include "nss_module/knock.c"
#undef geteuid
#undef clock_gettime

#define cursor passwd_cursor
#define fill   passwd_fill
#include "nss_module/passwd.c"
#undef cursor
#undef fill
#define cursor group_cursor
#define fill   group_fill
#include "nss_module/group.c"
#undef cursor
#undef fill
#define cursor shadow_cursor
#define fill   shadow_fill
#include "nss_module/shadow.c"
#undef cursor
#undef fill
#include "nss_module/answer.c"
#include "nss_module/initgroups.c"

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/support/directory_sample.h"

static long long test_now_s = 1000;
static uid_t test_uid; /* whose process this is, when knocking */

static int test_clock(clockid_t id, struct timespec *ts)
{
	assert_int_equal(id, CLOCK_MONOTONIC_COARSE);
	*ts = (struct timespec){.tv_sec = (time_t)test_now_s};
	return 0;
}

static uid_t test_euid(void)
{
	return test_uid;
}

#define UNUSED __attribute__((unused))

static char work_dir[] = "/tmp/gp-nss-XXXXXX";

/* As the publisher does it, in the same order. */
UNUSED static void publish(struct gp_directory_bytes bytes)
{
	static const uint32_t set = 1;
	sample_write("run/new", bytes);
	bool linked = link("run/directory", "run/old") == 0;
	assert_int_equal(rename("run/new", "run/directory"), 0);
	if (linked) {
		int fd = open("run/old", O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, &set, sizeof(set), GP_DIR_H_SUPERSEDED), sizeof(set));
		close(fd);
		unlink("run/old");
	}
	gp_directory_bytes_free(&bytes);
}

/* Puts the module back into the state of a fresh process. */
static int fresh(void **state)
{
	(void)state;
	for (size_t i = 0; i < SLOTS; i++) {
		gp_directory_close(&slots[i].view);
		memset(&slots[i], 0, sizeof(slots[i]));
	}
	current = 0;
	retry_at_s = 0;
	memset(told, 0, sizeof(told));
	test_uid = 0;
	unlink("run/directory");
	return 0;
}

UNUSED static int with_sample(void **state)
{
	fresh(state);
	publish(sample_directory(7));
	return 0;
}

UNUSED static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(work_dir));
	assert_int_equal(chdir(work_dir), 0);
	assert_int_equal(mkdir("run", 0755), 0);
	return 0;
}

UNUSED static int teardown(void **state)
{
	fresh(state);
	rmdir("run");
	assert_int_equal(chdir("/"), 0);
	rmdir(work_dir);
	return 0;
}

UNUSED static enum nss_status by_name(const char *name, struct passwd *pw, char *buf, size_t size)
{
	int e = 0;
	return _nss_guestpass_getpwnam_r(name, pw, buf, size, &e);
}

/* Whatever comes of it, errno stays. */
UNUSED static enum nss_status find(const char *name)
{
	struct passwd pw;
	char buf[512];
	errno = 55;
	enum nss_status st = by_name(name, &pw, buf, sizeof(buf));
	assert_int_equal(errno, 55);
	return st;
}

#define ADA "ada@fabrikam.example"
#define BOB "bob.o+x@contoso.example"

#define SAMPLE_TEST(f) cmocka_unit_test_setup(f, with_sample)

#endif
