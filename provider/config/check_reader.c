/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the reader's credential: what they are, who else may read them, and whether the
 * daemon's account may. */
#include <errno.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "config/check.h"

#include "contract/ban.h"

/* What is wrong with the mode of a file; NULL for nothing. */
static const char *too_open(mode_t mode, bool secret)
{
	if (secret && (mode & S_IROTH) != 0)
		return "readable by everybody; make it mode 0640";
	if ((mode & S_IWOTH) != 0)
		return "writable by everybody";
	if (secret && (mode & S_IXOTH) != 0)
		return "executable by everybody; make it mode 0640";
	if ((mode & S_IWGRP) != 0)
		return "writable by its group";
	return NULL;
}

/* A list of access rights says more than owner, group and mode do. */
static bool has_list(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

/* True if ACCOUNT may enter each directory on the way to PATH; else DIRECTORY is one that it may
 * not. What cannot be looked at counts as right: the file itself is reported then. */
static bool reachable(const struct gp_account *account, const char *path, char *directory,
		      size_t size)
{
	struct stat st;
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		struct gp_str part = {path, slash == path ? 1 : (size_t)(slash - path)};
		if (gp_copy(directory, size, part) != GP_ST_OK)
			return true;
		if (stat(directory, &st) == 0 && !gp_account_may(account, &st, X_OK) &&
		    !has_list(directory))
			return false;
	}
	return true;
}

static void check_access(struct gp_check *c, const struct gp_account *account,
			 const struct gp_config *config, const char *key, const char *path)
{
	struct stat st;
	char directory[GP_CONFIG_PATH];
	struct gp_error err = {0};

	if (path[0] == '\0' || stat(path, &st) != 0)
		return;
	if (!gp_account_may(account, &st, R_OK) && !has_list(path))
		(void)gp_fail(&err, GP_ST_DENIED,
			      "%s: %s: user '%s' cannot read it (uid %u, gid %u, mode %04o)", key,
			      path, config->user, st.st_uid, st.st_gid, st.st_mode & 07777U);
	else if (!reachable(account, path, directory, sizeof(directory)))
		(void)gp_fail(&err, GP_ST_DENIED, "%s: %s: user '%s' may not enter %s", key, path,
			      config->user, directory);
	else
		return;
	gp_check_note(c, &err);
}

static void check_file(struct gp_check *c, const char *key, const char *path, bool secret)
{
	struct stat st;

	if (path[0] == '\0')
		return;
	if (stat(path, &st) != 0)
		gp_check_absent(c, key, path);
	else if (!S_ISREG(st.st_mode))
		gp_check_amiss(c, GP_ST_INVALID, key, path, "not a regular file");
	else if (too_open(st.st_mode, secret) != NULL)
		gp_check_amiss(c, GP_ST_DENIED, key, path, too_open(st.st_mode, secret));
}

enum gp_status gp_config_check_reader(const struct gp_config *config,
				      const struct gp_account *account, gp_config_finding *found,
				      void *arg)
{
	const struct {
		const char *key;
		const char *path;
		bool secret;
	} files[] = {
		{"reader_certificate", config->reader[0].certificate, false},
		{"reader_key", config->reader[0].key, true},
		{"reader_certificate_2", config->reader[1].certificate, false},
		{"reader_key_2", config->reader[1].key, true},
		{"reader_secret_file", config->reader_secret_file, true},
	};
	struct gp_check c = {.found = found, .arg = arg};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		check_file(&c, files[i].key, files[i].path, files[i].secret);
		if (account != NULL)
			check_access(&c, account, config, files[i].key, files[i].path);
	}
	return c.first;
}
