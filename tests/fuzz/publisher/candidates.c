/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/publisher/candidates.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "contract/directory_format.h"
#include "contract/ids_conf.h"
#include "tests/fuzz/support/split.h"
#include "tests/fuzz/support/work_dir.h"

#include "contract/ban.h"

#define SHELL GP_STR("/bin/bash")

static const char ids_text[] = "adopt_user = caro 40001\nadopt_group = testers 50001\n";

/* The first four are good, the others are what nobody may publish. */
static const struct gp_directory_new_user users[] = {
	{GP_STR("ada@fabrikam.example"), GP_STR("Fabrikam"), GP_STR("/home/guests/ada"), SHELL,
	 GP_IDS_UID_BASE + 5, GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
	{GP_STR("bob@contoso.example"), GP_STR(""), GP_STR("/home/guests/bob"), SHELL,
	 GP_IDS_UID_BASE + 6, 20500, 0, NULL, 0},
	{GP_STR("caro"), GP_STR(""), GP_STR("/home/guests/caro"), SHELL, 40001,
	 GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
	{GP_STR("dan@contoso.example"), GP_STR("x"), GP_STR("/home/guests/dan"), SHELL,
	 GP_IDS_UID_BASE + 7, GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
	{GP_STR("root"), GP_STR(""), GP_STR("/home/guests/root"), SHELL, GP_IDS_UID_BASE + 8,
	 GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
	{GP_STR("eve@x.example"), GP_STR(""), GP_STR("/root"), SHELL, GP_IDS_UID_BASE + 9,
	 GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
	{GP_STR("eva@x.example"), GP_STR(""), GP_STR("/home/guests/eva"), GP_STR("/tmp/sh"),
	 GP_IDS_UID_BASE + 10, GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
	{GP_STR("eli@x.example"), GP_STR(""), GP_STR("/home/guests/eli"), SHELL, 1001,
	 GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
};
static const struct gp_directory_new_group groups[] = {
	{GP_STR("gp-guests"), GP_IDS_GID_BASE},
	{GP_STR("testers"), 50001},
	{GP_STR("gp-builders"), GP_IDS_GID_BASE + 1},
	{GP_STR("sudo"), GP_IDS_GID_BASE + 2},
	{GP_STR("gp-wheel"), 2000},
};

enum { USERS = sizeof(users) / sizeof(users[0]), GROUPS = sizeof(groups) / sizeof(groups[0]) };

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void empty_dir(const char *path)
{
	DIR *dir = opendir(path);
	if (dir == NULL) {
		must(errno == ENOENT && mkdir(path, 0755) == 0);
		return;
	}
	for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	(void)closedir(dir);
}

void candidate_new_host(void)
{
	static bool written;

	empty_dir("run");
	empty_dir("durable");
	if (!written)
		work_dir_put("ids.conf", gp_str_from(ids_text), 0644);
	written = true;
	candidate_host_accounts(0);
}

void candidate_host_accounts(unsigned int which)
{
	static unsigned int now = UINT32_MAX;
	if (which == now)
		return;
	now = which;
	work_dir_put("passwd",
		     gp_str_from((which & 1) != 0
					 ? "root:x:0:0::/:/bin/sh\nAda@fabrikam.example:x:"
					   "1:1:::\n"
					 : "root:x:0:0::/:/bin/sh\nlocal:x:1001:1001:::\n"),
		     0644);
	work_dir_put("group",
		     gp_str_from((which & 2) != 0 ? "root:x:0:\ngp-builders:x:77:\n"
						  : "root:x:0:\nsudo:x:27:local\n"),
		     0644);
}

static const struct gp_ids_rules *rules(void)
{
	static struct gp_ids_rules read;
	struct gp_error err = {0};
	if (read.home_count == 0)
		must(gp_ids_conf_parse(gp_str_from(ids_text), "ids.conf", &read, &err) == GP_ST_OK);
	return &read;
}

static void change(struct gp_str *program, struct gp_directory_bytes *bytes)
{
	for (unsigned int n = split_byte(program) % 4; n > 0 && bytes->len > 0; n--) {
		size_t at = split_byte(program) << 8;
		at = (at + split_byte(program)) % bytes->len;
		bytes->ptr[at] ^= (uint8_t)split_byte(program);
	}
	/* Else nearly every change would end at the checksum. */
	if (bytes->len >= GP_DIR_H_SIZE)
		gp_dir_put_u64(bytes->ptr + GP_DIR_H_CHECKSUM,
			       gp_dir_checksum(bytes->ptr, bytes->len));
}

void candidate_make(struct gp_str *program, uint64_t generation, struct gp_directory_bytes *out)
{
	struct gp_directory_new_user some[USERS];
	struct gp_directory_new_group of[GROUPS];
	static const uint32_t supplementary[] = {1};
	const unsigned int who = split_byte(program);
	const unsigned int how = split_byte(program);
	size_t n = 0;
	size_t m = 0;

	for (size_t i = 0; i < USERS; i++)
		if ((who >> i & 1) != 0)
			some[n++] = users[i];
	for (size_t i = 0; i < GROUPS; i++)
		if (i < 1 || (how >> i & 1) != 0)
			of[m++] = groups[i];
	for (size_t i = 0; i < n && m > 1; i++) {
		some[i].groups = supplementary;
		some[i].group_count = 1;
	}
	static const struct gp_str domains[] = {GP_STR("x.example"), GP_STR("a.example")};
	static const int64_t steps[] = {1, 1, 2, 0, -1, INT64_C(1) << 32, INT64_C(1) << 40, 1};
	const struct gp_directory_input in = {generation + (uint64_t)steps[how >> 5],
					      7,
					      some,
					      n,
					      of,
					      m,
					      (how & 1) != 0,
					      domains,
					      (how & 2) != 0 ? 2 : 0};
	if (gp_directory_build(&in, rules(), out, NULL) == GP_ST_OK && (how & 1) != 0)
		change(program, out);
}

static void one_user(const struct gp_directory_user *user)
{
	must(user->uid >= GP_IDS_UID_BASE || gp_str_is(user->name, "caro"));
	must(!gp_str_is(user->name, "root") && !gp_str_is(user->name, "local"));
	must(gp_str_starts(user->home, "/home/guests/"));
	must(!gp_str_is(user->shell, "/tmp/sh"));
}

uint64_t candidate_must_be_lawful(const struct gp_directory_bytes *bytes)
{
	struct gp_directory_view view;
	struct gp_directory_user user;
	struct gp_directory_group group;
	struct gp_error err = {0};
	size_t cursor = 0;

	must(gp_directory_validate(bytes->ptr, bytes->len, rules(), &view, &err) == GP_ST_OK);
	while (gp_directory_next_user(&view, &cursor, &user) == GP_ST_OK)
		one_user(&user);
	cursor = 0;
	while (gp_directory_next_group(&view, &cursor, &group) == GP_ST_OK)
		must(gp_str_starts(group.name, "gp-") ? group.gid >= GP_IDS_GID_BASE
						      : gp_str_is(group.name, "testers"));
	return view.generation;
}
