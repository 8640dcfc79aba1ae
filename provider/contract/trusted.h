/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files may be believed: root's, regular, and writable by nobody else. Who counts as root is
 * a constant of the build; only unit tests, which need not run as root, define it otherwise.
 */
#ifndef GP_CONTRACT_TRUSTED_H
#define GP_CONTRACT_TRUSTED_H

#include <stdbool.h>
#include <sys/stat.h>

#ifndef GP_TRUSTED_UID
#define GP_TRUSTED_UID 0
#endif

static inline bool gp_trusted_file(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == GP_TRUSTED_UID &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

#endif
