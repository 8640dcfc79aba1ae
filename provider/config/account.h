/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's account as /etc/passwd and /etc/group have it, and what file modes let it do. The
 * files are read directly: a daemon that serves NSS must not ask it.
 */
#ifndef GP_CONFIG_ACCOUNT_H
#define GP_CONFIG_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "contract/status.h"

#define GP_ACCOUNT_GROUPS_MAX 64

struct gp_account {
	uid_t uid;
	gid_t gids[GP_ACCOUNT_GROUPS_MAX]; /* its own group first; what is beyond the limit is not
					      counted */
	size_t gids_len;
};

struct gp_account_files {
	const char *passwd; /* "/etc/passwd" but for tests */
	const char *group;
};

/* GP_ST_NOT_FOUND if there is no such user; GP_ST_DENIED if it is root. */
enum gp_status gp_account_find(const struct gp_account_files *files, const char *user,
			       struct gp_account *out, struct gp_error *err) gp_must_check;

/* Whether owner, group and mode of ST permit WANTED, a sum of R_OK, W_OK and X_OK. */
bool gp_account_may(const struct gp_account *account, const struct stat *st, mode_t wanted);

#endif
