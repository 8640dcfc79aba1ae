/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/local.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/ban.h"

struct files {
	char dir[32];
	char passwd[48];
	char group[48];
};

static int set_up(void **state)
{
	struct files *f = calloc(1, sizeof(*f));
	if (f == NULL) {
		return -1;
	}
	memcpy(f->dir, "/tmp/gp-local-XXXXXX", sizeof("/tmp/gp-local-XXXXXX"));
	if (mkdtemp(f->dir) == NULL) {
		free(f);
		return -1;
	}
	(void)snprintf(f->passwd, sizeof(f->passwd), "%s/passwd", f->dir);
	(void)snprintf(f->group, sizeof(f->group), "%s/group", f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct files *f = *state;
	(void)unlink(f->passwd);
	(void)unlink(f->group);
	int rc = rmdir(f->dir);
	free(f);
	return rc;
}

static void put(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static struct gp_local take(const struct files *f, const char *passwd, const char *group)
{
	struct gp_local local;
	struct gp_error err = {0};
	put(f->passwd, passwd, strlen(passwd));
	put(f->group, group, strlen(group));
	if (gp_local_read(f->passwd, f->group, &local, &err) != GP_ST_OK) {
		fail_msg("%s", err.text);
	}
	return local;
}

#define NO_NUMBER 4000000000U

static bool user_name(const struct gp_local *local, const char *name)
{
	return gp_local_has_user(local, gp_str_from(name), NO_NUMBER);
}

static bool user_number(const struct gp_local *local, uint32_t uid)
{
	return gp_local_has_user(local, GP_STR("nobody-has-this"), uid);
}

static void test_local_names_and_numbers(void **state)
{
	struct gp_local l = take(*state,
				 "root:x:0:0:root:/root:/bin/bash\n"
				 "ada@fabrikam.example:x:1500:1500::/home/ada:/bin/sh\n"
				 "Bob@Northwind.example:x:2000000000:100:,,,:/:\n",
				 "root:x:0:\ngp-guests:x:2130706432:root,ada\n");
	assert_true(user_name(&l, "root"));
	assert_true(user_name(&l, "ada@fabrikam.example"));
	/* Look-ups of guests do not regard case, so this does not either. */
	assert_true(user_name(&l, "bob@northwind.example"));
	assert_true(user_name(&l, "BOB@northwind.EXAMPLE"));
	assert_true(user_number(&l, 0));
	assert_true(user_number(&l, 1500));
	assert_true(user_number(&l, 2000000000));
	assert_false(user_name(&l, "ada"));
	assert_false(user_name(&l, "ada@fabrikam.example2"));
	assert_false(user_name(&l, ""));
	/* A group's number is no user's, and so with names. */
	assert_false(user_number(&l, 100));
	assert_false(user_name(&l, "gp-guests"));
	assert_true(gp_local_has_group(&l, GP_STR("gp-guests"), NO_NUMBER));
	assert_true(gp_local_has_group(&l, GP_STR("x"), 2130706432));
	assert_false(gp_local_has_group(&l, GP_STR("gp-guest"), 1500));
	gp_local_free(&l);
	assert_false(user_name(&l, "root"));
	gp_local_free(&l);
}

static void test_local_odd_lines(void **state)
{
	struct gp_local l = take(*state,
				 "\n:x:5:\n#off:x:6:\n+nis:x:7:\n-nis::8:\n+\nbare\n"
				 "signed:x:+9:9\nhuge:x:4294967296:1\nempty:x::1\nlast:x:10",
				 "");
	for (uint32_t uid = 5; uid < 10; uid++) {
		assert_false(user_number(&l, uid));
	}
	assert_true(user_number(&l, 10));
	assert_false(user_number(&l, 0));
	assert_true(user_name(&l, "last"));
	/* Without a good number the name is taken nonetheless. */
	assert_true(user_name(&l, "bare"));
	assert_true(user_name(&l, "signed"));
	assert_true(user_name(&l, "huge"));
	assert_true(user_name(&l, "empty"));
	assert_false(user_name(&l, "off"));
	assert_false(user_name(&l, "+nis"));
	assert_false(gp_local_has_group(&l, GP_STR(""), 0));
	gp_local_free(&l);
}

/* A NUL ends nothing: the publisher reads what stands behind it, and would refuse every directory
 * with a guest of that name or number. */
static void test_local_bytes(void **state)
{
	struct files *f = *state;
	struct gp_local l;
	static const char bytes[] = "a\0b:x:1:\nc:x:2:\n\xff\xfe:x:3:\n";
	put(f->passwd, bytes, sizeof(bytes) - 1);
	put(f->group, "", 0);
	assert_int_equal(gp_local_read(f->passwd, f->group, &l, NULL), GP_ST_OK);
	assert_false(user_name(&l, "a"));
	assert_true(user_number(&l, 1));
	assert_true(user_name(&l, "c"));
	assert_true(user_number(&l, 2));
	assert_true(user_number(&l, 3));
	gp_local_free(&l);
}

static void test_local_unreadable(void **state)
{
	struct files *f = *state;
	struct gp_local l;
	struct gp_error err = {0};
	assert_int_equal(gp_local_read(f->passwd, f->group, &l, &err), GP_ST_NOT_FOUND);
	assert_non_null(strstr(err.text, f->passwd));
	put(f->passwd, "root:x:0:0:::\n", 14);
	assert_int_equal(gp_local_read(f->passwd, f->group, &l, &err), GP_ST_NOT_FOUND);
	assert_non_null(strstr(err.text, f->group));
	assert_null(l.users.text);
	/* Neither a directory nor something that would block. */
	assert_int_equal(gp_local_read(f->dir, f->group, &l, &err), GP_ST_IO);
	assert_int_equal(mkfifo(f->group, 0600), 0);
	assert_int_equal(gp_local_read(f->passwd, f->group, &l, &err), GP_ST_IO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_local_names_and_numbers),
		TEST(test_local_odd_lines),
		TEST(test_local_bytes),
		TEST(test_local_unreadable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
