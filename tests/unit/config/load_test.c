/* SPDX-License-Identifier: Apache-2.0 */
/* Real files: who owns them, what they are, and the drop-ins beside them. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

#include "tests/unit/config/sample.h"

#include "contract/ban.h"

static char top[64];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/guestpass-load.XXXXXX");
	return mkdtemp(top) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *at(const char *name)
{
	static char path[128];
	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(at(name), "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static enum gp_status load(struct gp_config **out, struct gp_error *err)
{
	char file[128];
	(void)snprintf(file, sizeof(file), "%s", at("g.conf"));
	return gp_config_load(file, (int64_t)geteuid(), out, err);
}

static void load_fails(enum gp_status status, const char *name, const char *what)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	char message[192];

	assert_int_equal(load(&config, &err), status);
	assert_null(config);
	(void)snprintf(message, sizeof(message), "%s%s", at(name), what);
	assert_string_equal(err.text, message);
}

static void test_load_with_drop_ins(void **state)
{
	(void)state;
	struct gp_config *config = NULL;
	struct gp_error err = {0};

	put("g.conf", SAMPLE, 0644);
	assert_int_equal(load(&config, &err), GP_ST_OK);
	assert_int_equal(config->codes_total, 500);
	gp_config_free(config);

	assert_int_equal(mkdir(at("conf.d"), 0755), 0);
	put("conf.d/20-b.conf", "[limits]\ncodes_total = 20\n", 0600);
	put("conf.d/10-a.conf", "[limits]\ncodes_total = 30\n", 0644);
	put("conf.d/.hidden.conf", "nonsense", 0666);
	put("conf.d/note.txt", "nonsense", 0666);
	config = NULL;
	assert_int_equal(load(&config, &err), GP_ST_OK);
	assert_int_equal(config->codes_total, 20);
	gp_config_free(config);

	/* The names' order is the order of reading. */
	put("conf.d/30-c.conf", "\n[limits]\ncodes_total = 21\n", 0644);
	load_fails(GP_ST_DENIED, "conf.d/30-c.conf",
		   ":3: 'codes_total' loosens what the main file or an earlier drop-in says");
}

static void test_load_refuses_what_others_may_write(void **state)
{
	(void)state;
	put("g.conf", SAMPLE, 0664);
	load_fails(GP_ST_DENIED, "g.conf", ": writable by others than its owner");
	put("g.conf", SAMPLE, 0646);
	load_fails(GP_ST_DENIED, "g.conf", ": writable by others than its owner");
	put("g.conf", SAMPLE, 0644);
	assert_int_equal(mkdir(at("conf.d"), 0755), 0);
	put("conf.d/a.conf", "", 0622);
	load_fails(GP_ST_DENIED, "conf.d/a.conf", ": writable by others than its owner");
	assert_int_equal(chmod(at("conf.d/a.conf"), 0644), 0);
	assert_int_equal(chmod(at("conf.d"), 0777), 0);
	load_fails(GP_ST_DENIED, "conf.d", ": writable by others than its owner");
}

static void test_load_refuses_other_owner(void **state)
{
	(void)state;
	struct gp_config *config = NULL;
	struct gp_error err = {0};

	put("g.conf", SAMPLE, 0644);
	if (geteuid() == 0)
		assert_int_equal(chown(at("g.conf"), 1234, 1234), 0);
	assert_int_equal(gp_config_load(at("g.conf"), -1, &config, &err), GP_ST_DENIED);
	assert_null(config);
	assert_non_null(strstr(err.text, "g.conf: not owned by root"));
	/* The other owner is right where the caller says so. */
	assert_int_equal(gp_config_load(at("g.conf"), geteuid() == 0 ? 1234 : (int64_t)geteuid(),
					&config, &err),
			 GP_ST_OK);
	gp_config_free(config);
}

static void test_load_refuses_other_kinds(void **state)
{
	(void)state;
	load_fails(GP_ST_NOT_FOUND, "g.conf", ": No such file or directory");
	put("real.conf", SAMPLE, 0644);
	assert_int_equal(symlink("real.conf", at("g.conf")), 0);
	load_fails(GP_ST_DENIED, "g.conf", ": a symbolic link; write its target");
	assert_int_equal(unlink(at("g.conf")), 0);
	/* Nobody writes to it: a reader that waits would wait for ever. */
	assert_int_equal(mkfifo(at("g.conf"), 0600), 0);
	load_fails(GP_ST_DENIED, "g.conf", ": not a regular file");
	assert_int_equal(unlink(at("g.conf")), 0);
	assert_int_equal(mkdir(at("g.conf"), 0755), 0);
	load_fails(GP_ST_DENIED, "g.conf", ": not a regular file");
}

static void test_load_refuses_too_much(void **state)
{
	(void)state;
	FILE *f = fopen(at("g.conf"), "we");
	assert_non_null(f);
	for (unsigned int i = 0; i <= GP_CONFIG_FILE_MAX; i++)
		assert_int_equal(fputc('\n', f), '\n');
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at("g.conf"), 0644), 0);
	load_fails(GP_ST_TOO_BIG, "g.conf", ": larger than 65536 bytes");

	put("g.conf", SAMPLE, 0644);
	assert_int_equal(mkdir(at("conf.d"), 0755), 0);
	for (int i = 0; i <= GP_CONFIG_DROP_INS_MAX; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "conf.d/%03d.conf", i);
		put(name, "", 0644);
	}
	load_fails(GP_ST_TOO_BIG, "conf.d", ": more than 64 files");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_load_with_drop_ins),       TEST(test_load_refuses_what_others_may_write),
		TEST(test_load_refuses_other_owner), TEST(test_load_refuses_other_kinds),
		TEST(test_load_refuses_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
