/* SPDX-License-Identifier: Apache-2.0 */
#include "config/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "contract/ban.h"

static enum gp_status find_user(const char *passwd, const char *user, struct gp_account *out,
				struct gp_error *err)
{
	FILE *f = fopen(passwd, "re");
	if (f == NULL)
		return gp_fail(err, GP_ST_IO, "%s: %s", passwd, strerror(errno));
	enum gp_status st = GP_ST_NOT_FOUND;
	for (const struct passwd *pw = fgetpwent(f); pw != NULL; pw = fgetpwent(f)) {
		if (strcmp(pw->pw_name, user) != 0)
			continue;
		*out = (struct gp_account){.uid = pw->pw_uid, .gids = {pw->pw_gid}, .gids_len = 1};
		st = GP_ST_OK;
		break;
	}
	(void)fclose(f);
	if (st != GP_ST_OK)
		return gp_fail(err, st, "user: there is no '%s' in %s", user, passwd);
	if (out->uid == 0)
		return gp_fail(err, GP_ST_DENIED,
			       "user: '%s' is root, which the daemon must not be", user);
	return GP_ST_OK;
}

static enum gp_status add_groups(const char *group, const char *user, struct gp_account *out,
				 struct gp_error *err)
{
	FILE *f = fopen(group, "re");
	if (f == NULL)
		return gp_fail(err, GP_ST_IO, "%s: %s", group, strerror(errno));
	for (const struct group *gr = fgetgrent(f); gr != NULL; gr = fgetgrent(f)) {
		for (char **member = gr->gr_mem; *member != NULL; member++) {
			if (strcmp(*member, user) == 0 && out->gids_len < GP_ACCOUNT_GROUPS_MAX)
				out->gids[out->gids_len++] = gr->gr_gid;
		}
	}
	(void)fclose(f);
	return GP_ST_OK;
}

enum gp_status gp_account_find(const struct gp_account_files *files, const char *user,
			       struct gp_account *out, struct gp_error *err)
{
	enum gp_status st = find_user(files->passwd, user, out, err);
	return st == GP_ST_OK ? add_groups(files->group, user, out, err) : st;
}

bool gp_account_may(const struct gp_account *account, const struct stat *st, mode_t wanted)
{
	/* As the kernel does it: the first of the three that fits decides. */
	if (st->st_uid == account->uid)
		return ((st->st_mode >> 6) & wanted) == wanted;
	for (size_t i = 0; i < account->gids_len; i++) {
		if (st->st_gid == account->gids[i])
			return ((st->st_mode >> 3) & wanted) == wanted;
	}
	return (st->st_mode & wanted) == wanted;
}
