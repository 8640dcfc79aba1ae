/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arbitrary bytes as /etc/passwd and, after a form feed, /etc/group. The publisher refuses a whole
 * candidate for one local account among its guests, so the daemon must see every account that the
 * publisher sees, or nobody's directory is renewed any more.
 */
#include <stdint.h>
#include <stdlib.h>

#include "config/account.h"
#include "contract/text.h"
#include "directory/local.h"
#include "publish/publish.h"
#include "tests/fuzz/support/memory_file.h"
#include "tests/fuzz/support/split.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool daemon_sees_one(const struct gp_directory_view *view, const struct gp_local *local)
{
	struct gp_directory_user user;
	struct gp_directory_group group;
	size_t cursor = 0;

	while (gp_directory_next_user(view, &cursor, &user) == GP_ST_OK)
		if (gp_local_has_user(local, user.name, user.uid))
			return true;
	cursor = 0;
	while (gp_directory_next_group(view, &cursor, &group) == GP_ST_OK)
		if (gp_local_has_group(local, group.name, group.gid))
			return true;
	return false;
}

static void both_agree(const struct gp_directory_view *view, const char *passwd, const char *group)
{
	struct gp_local local;
	struct gp_error err = {0};
	const enum gp_status publisher = gp_publish_check_local(view, passwd, group, &err);

	if (publisher != GP_ST_OK && !gp_text_is_safe(gp_str_from(err.text), GP_TEXT_LINE))
		abort();
	if (gp_local_read(passwd, group, &local, &err) != GP_ST_OK)
		abort(); /* a regular file of that size is always read */
	if (daemon_sees_one(view, &local) != (publisher == GP_ST_CONFLICT))
		abort();
	gp_local_free(&local);
}

static void own_account(const char *passwd, const char *group)
{
	const struct gp_account_files files = {passwd, group};
	struct gp_account account = {0};
	struct gp_error err = {0};
	uid_t uid = 0;

	if (gp_account_find(&files, "guestpass", &account, &err) == GP_ST_OK &&
	    (account.uid == 0 || account.gids_len == 0 || account.gids_len > GP_ACCOUNT_GROUPS_MAX))
		abort();
	(void)!gp_publish_find_uid(passwd, GP_STR("guestpass"), &uid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct memory_file passwd;
	static struct memory_file group;
	static struct gp_directory_bytes bytes;
	static struct gp_directory_view view;
	struct gp_str rest = {(const char *)data, len};

	if (bytes.ptr == NULL) {
		bytes = sample_directory(1);
		if (gp_directory_attach(bytes.ptr, bytes.len, &view) != GP_ST_OK)
			abort();
	}
	memory_file_set(&passwd, split_at(&rest, '\f'));
	memory_file_set(&group, rest);
	both_agree(&view, passwd.path, group.path);
	own_account(passwd.path, group.path);
	return 0;
}
