/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the publisher's tests: its sources, compiled into the test program with the test's user in
 * root's place, and a directory with all the files that it works with.
 */
#ifndef GP_TESTS_UNIT_PUBLISH_RIG_H
#define GP_TESTS_UNIT_PUBLISH_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define GP_TRUSTED_UID geteuid()
#define main           publish_main
int publish_main(int argc, char **argv);

/* What the publisher is to be told of its files: a disk that cannot be read. */
static bool pread_fails;
static bool fstatat_fails;

static ssize_t rig_pread(int fd, void *to, size_t len, off_t at)
{
	if (!pread_fails)
		return pread(fd, to, len, at);
	errno = EIO;
	return -1;
}

static int rig_fstatat(int fd, const char *name, struct stat *st, int flags)
{
	if (!fstatat_fails || strcmp(name, "directory") != 0)
		return fstatat(fd, name, st, flags);
	errno = EIO;
	return -1;
}

#define pread   rig_pread
#define fstatat rig_fstatat
#include "contract/directory_open.c"
#include "contract/ids_conf_load.c"
#include "publish/confine.c"
#include "publish/files.c"
#include "publish/local.c"
#include "publish/main.c"
#include "publish/offer.c"
#include "publish/serve.c"
#include "publish/write.c"
#undef main
#undef pread
#undef fstatat

#include <sys/un.h>
#include <sys/wait.h>

#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

#define UNUSED __attribute__((unused))

static char work_dir[] = "/tmp/gp-publish-XXXXXX";
static struct gp_publisher pub;

static const char passwd_text[] = "root:x:0:0:root:/root:/bin/bash\n"
				  "+nis\n"
				  "short\n"
				  "local:x:1001:1001::/home/local:/bin/bash\n";
static const char group_text[] = "root:x:0:\nsudo:x:27:local\nlocal:x:1001:\n";
static const char ids_text[] = "adopt_user = caro 40001\nadopt_group = testers 50001\n";

static void put(const char *path, const char *text)
{
	unlink(path);
	struct gp_directory_bytes b = {(uint8_t *)(uintptr_t)text, strlen(text)};
	sample_write(path, b);
}

static void use_paths(struct gp_publisher *p)
{
	memset(p, 0, sizeof(*p));
	p->run_dir = "run";
	p->durable_dir = "durable";
	p->ids_conf = "ids.conf";
	p->passwd = "passwd";
	p->group = "group";
	p->allow_uid = geteuid();
	p->deadline_ms = 5000;
	p->life_fd = -1;
	p->run_fd = p->durable_fd = p->lock_fd = -1;
}

UNUSED static int open_publisher(void **state)
{
	(void)state;
	struct gp_error err = {0};
	put("passwd", passwd_text);
	put("group", group_text);
	put("ids.conf", ids_text);
	assert_int_equal(mkdir("run", 0755), 0);
	assert_int_equal(mkdir("durable", 0755), 0);
	use_paths(&pub);
	assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);
	return 0;
}

static void empty_dir(const char *path)
{
	DIR *dir = opendir(path);
	if (dir == NULL)
		return;
	const struct dirent *e;
	while ((e = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	rmdir(path);
}

UNUSED static int close_publisher(void **state)
{
	(void)state;
	gp_publisher_close(&pub);
	empty_dir("run");
	empty_dir("durable");
	return 0;
}

UNUSED static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(work_dir));
	assert_int_equal(chdir(work_dir), 0);
	return 0;
}

UNUSED static int teardown(void **state)
{
	(void)state;
	assert_int_equal(chdir("/"), 0);
	empty_dir(work_dir);
	return 0;
}

/* Offers BYTES, which are then freed. */
UNUSED static struct gp_publish_reply offer(struct gp_publisher *p, struct gp_directory_bytes bytes)
{
	struct gp_publish_reply r = gp_publisher_offer(p, bytes.ptr, bytes.len);
	gp_directory_bytes_free(&bytes);
	return r;
}

/* Besides the lock, which stays. */
UNUSED static size_t files_in(const char *path)
{
	size_t n = 0;
	DIR *dir = opendir(path);
	assert_non_null(dir);
	const struct dirent *e;
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.' && strcmp(e->d_name, LOCK_NAME) != 0;
	closedir(dir);
	return n;
}

UNUSED static uint64_t generation_of(const char *path)
{
	struct gp_directory_view v;
	assert_int_equal(gp_directory_open(path, &v), GP_ST_OK);
	assert_false(gp_directory_superseded(&v));
	uint64_t g = v.generation;
	gp_directory_close(&v);
	return g;
}

#define PUBLISH_TEST(f) cmocka_unit_test_setup_teardown(f, open_publisher, close_publisher)

#endif
