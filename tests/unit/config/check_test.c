/* SPDX-License-Identifier: Apache-2.0 */
/* What --check finds about the files that a configuration names, and the account that reads them.
 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/account.h"
#include "config/config.h"
#include "contract/buf.h"

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
	(void)snprintf(top, sizeof(top), "/tmp/guestpass-check.XXXXXX");
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

#define OTHER 4242

/* What a check found, one line each. */
static void on_finding(void *arg, const struct gp_error *err)
{
	gp_buf_printf(arg, "%s\n", err->text);
}

static void finds(const struct gp_config *c, enum gp_status status, const char *text)
{
	struct gp_buf found = GP_BUF(4096);
	assert_int_equal(gp_config_check_files(c, on_finding, &found), status);
	assert_string_equal(gp_buf_get(&found), text);
	gp_buf_free(&found);
}

static void finds_of_reader(const struct gp_config *c, const struct gp_account *account,
			    const char *text)
{
	struct gp_buf found = GP_BUF(4096);
	enum gp_status st = gp_config_check_reader(c, account, on_finding, &found);
	assert_string_equal(gp_buf_get(&found), text);
	assert_true((st == GP_ST_OK) == (found.len == 0));
	gp_buf_free(&found);
}

/* Overwritten by the next call. */
static const char *format(const char *how, const char *a, const char *b)
{
	static char text[1024];
	(void)snprintf(text, sizeof(text), "%s%s%s\n", how, a, b);
	return text;
}

static void name(char *path, const char *file)
{
	(void)snprintf(path, GP_CONFIG_PATH, "%s", at(file));
}

static struct gp_config *sample(void)
{
	struct gp_config_file file = {"g.conf", gp_str_from(SAMPLE)};
	struct gp_config *c = NULL;
	assert_int_equal(gp_config_parse(&file, 1, &c, NULL), GP_ST_OK);
	name(c->reader[0].certificate, "pem");
	name(c->reader[0].key, "key");
	/* The first start makes it. */
	name(c->state_directory, "state");
	/* There is no such file, so the defaults hold. */
	name(c->ids_conf, "ids.conf");
	return c;
}

static void test_check_files(void **state)
{
	(void)state;
	struct gp_config *c = sample();
	char message[1024];

	finds(c, GP_ST_OK, "");
	put("file", "x", 0640);
	name(c->state_directory, "file");
	(void)snprintf(c->home_prefix, sizeof(c->home_prefix), "/root");
	(void)snprintf(c->shell, sizeof(c->shell), "/bin/bash # theirs");
	(void)snprintf(message, sizeof(message),
		       "state_directory: %s: not a directory\n"
		       "home_prefix: '/root' is not below a home prefix of ids.conf\n"
		       "shell: '/bin/bash # theirs' is not a shell of ids.conf; the '#' and what "
		       "follows it belong to the value: a comment has a line of its own\n",
		       c->state_directory);
	finds(c, GP_ST_INVALID, message);
	gp_config_free(c);
}

/* Who may write ids.conf is not a matter of one of its lines. */
static void test_check_ids_conf(void **state)
{
	(void)state;
	struct gp_config *c = sample();

	put("ids.conf", "", 0666);
	finds(c, GP_ST_DENIED,
	      format(c->ids_conf,
		     ": must be a regular file, owned by root and writable by nobody else", ""));
	gp_config_free(c);
}

static void test_check_reader_modes(void **state)
{
	(void)state;
	struct gp_config *c = sample();
	static const struct {
		mode_t mode;
		const char *says;
	} cases[] = {
		{0644, ": readable by everybody; make it mode 0640"},
		{0666, ": readable by everybody; make it mode 0640"},
		{0642, ": writable by everybody"},
		{0641, ": executable by everybody; make it mode 0640"},
		{0660, ": writable by its group"},
	};

	c->reader[0].certificate[0] = '\0';
	finds_of_reader(c, NULL, format("reader_key: ", at("key"), ": No such file or directory"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put("key", "x", cases[i].mode);
		finds_of_reader(c, NULL, format("reader_key: ", at("key"), cases[i].says));
	}
	put("key", "x", 0640);
	finds_of_reader(c, NULL, "");
	put("pem", "x", 0664);
	name(c->reader[0].certificate, "pem");
	finds_of_reader(c, NULL,
			format("reader_certificate: ", at("pem"), ": writable by its group"));
	put("pem", "x", 0644);
	finds_of_reader(c, NULL, "");
	gp_config_free(c);
}

static void test_check_reader_access(void **state)
{
	(void)state;
	struct gp_config *c = sample();
	struct gp_account in_group = {.uid = OTHER, .gids = {OTHER, getegid()}, .gids_len = 2};
	struct gp_account other = {.uid = OTHER, .gids = {OTHER}, .gids_len = 1};
	char why[256];

	assert_int_equal(chmod(top, 0755), 0);
	put("pem", "x", 0644);
	put("key", "x", 0640);
	finds_of_reader(c, &in_group, "");
	(void)snprintf(why, sizeof(why),
		       ": user 'guestpass' cannot read it (uid %u, gid %u, mode 0640)", geteuid(),
		       getegid());
	finds_of_reader(c, &other, format("reader_key: ", at("key"), why));

	/* The directory on the way counts, and it is named. */
	assert_int_equal(mkdir(at("shut"), 0700), 0);
	put("shut/key", "x", 0640);
	name(c->reader[0].key, "shut/key");
	(void)snprintf(why, sizeof(why), ": user 'guestpass' may not enter %s", at("shut"));
	finds_of_reader(c, &in_group, format("reader_key: ", at("shut/key"), why));
	gp_config_free(c);
}

static void test_check_account(void **state)
{
	(void)state;
	char passwd[128];
	char group[128];
	struct gp_account a = {0};
	struct gp_error err = {0};
	(void)snprintf(passwd, sizeof(passwd), "%s", at("passwd"));
	(void)snprintf(group, sizeof(group), "%s", at("group"));
	struct gp_account_files files = {passwd, group};

	assert_int_equal(gp_account_find(&files, "guestpass", &a, &err), GP_ST_IO);
	put("passwd", "root:x:0:0::/:/bin/sh\nguestpass:x:990:991::/:/bin/false\n", 0644);
	put("group", "a:x:7:root,guestpass\nb:x:8:guestpass2\nc:x:9:guestpass\n", 0644);
	assert_int_equal(gp_account_find(&files, "guestpass", &a, &err), GP_ST_OK);
	assert_int_equal(a.uid, 990);
	assert_int_equal(a.gids_len, 3);
	assert_int_equal(a.gids[0], 991);
	assert_int_equal(a.gids[1], 7);
	assert_int_equal(a.gids[2], 9);
	assert_int_equal(gp_account_find(&files, "guest", &a, &err), GP_ST_NOT_FOUND);
	assert_non_null(strstr(err.text, "user: there is no 'guest' in "));
	assert_int_equal(gp_account_find(&files, "root", &a, &err), GP_ST_DENIED);
}

static void test_check_account_may(void **state)
{
	(void)state;
	const struct gp_account a = {.uid = 990, .gids = {991, 7}, .gids_len = 2};
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		bool may;
	} cases[] = {
		{990, 0, 0400, true}, {990, 7, 0044, false}, {0, 7, 0640, true},
		{0, 991, 0640, true}, {0, 7, 0604, false},   {0, 0, 0640, false},
		{0, 0, 0600, false},  {0, 0, 0604, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct stat st = {.st_uid = cases[i].uid,
					.st_gid = cases[i].gid,
					.st_mode = S_IFREG | cases[i].mode};
		assert_int_equal(gp_account_may(&a, &st, R_OK), cases[i].may);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_check_files),        TEST(test_check_ids_conf),
		TEST(test_check_reader_modes), TEST(test_check_reader_access),
		TEST(test_check_account),      TEST(test_check_account_may),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
