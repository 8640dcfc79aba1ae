/* SPDX-License-Identifier: Apache-2.0 */
/* What `guestpassd --check` looks at beyond the text: the files that a configuration names. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config/config.h"
#include "contract/ids_conf.h"

#include "contract/ban.h"

static enum gp_status amiss(struct gp_error *err, enum gp_status st, const char *key,
			    const char *path, const char *what)
{
	return gp_fail(err, st, "%s: %s: %s", key, path, what);
}

/* A regular file; a secret one is nobody's to read but its owner's and its group's. */
static enum gp_status check_file(const char *key, const char *path, bool secret,
				 struct gp_error *err)
{
	struct stat st;

	if (path[0] == '\0')
		return GP_ST_OK;
	if (stat(path, &st) != 0)
		return amiss(err, errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO, key, path,
			     strerror(errno));
	if (!S_ISREG(st.st_mode))
		return amiss(err, GP_ST_INVALID, key, path, "not a regular file");
	if ((st.st_mode & S_IWOTH) != 0 || (secret && (st.st_mode & (S_IRWXO | S_IWGRP)) != 0))
		return amiss(err, GP_ST_DENIED, key, path,
			     secret ? "readable by everybody, or writable by its group"
				    : "writable by everybody");
	return GP_ST_OK;
}

static enum gp_status check_directory(const char *key, const char *path, struct gp_error *err)
{
	struct stat st;

	if (path[0] == '\0')
		return GP_ST_OK;
	if (stat(path, &st) != 0)
		return amiss(err, errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO, key, path,
			     strerror(errno));
	return S_ISDIR(st.st_mode) ? GP_ST_OK
				   : amiss(err, GP_ST_INVALID, key, path, "not a directory");
}

static enum gp_status check_ids(const struct gp_config *config, struct gp_error *err)
{
	struct gp_ids_rules *rules = calloc(1, sizeof(*rules));
	char home[GP_CONFIG_PATH + 8];

	if (rules == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "ids_conf: out of memory");
	enum gp_status st = gp_ids_conf_load(config->ids_conf, rules, err);
	if (st == GP_ST_OK)
		st = gp_format(home, sizeof(home), "%s/x", config->home_prefix);
	if (st == GP_ST_OK && !gp_ids_home_ok(rules, gp_str_from(home)))
		st = amiss(err, GP_ST_DENIED, "home_prefix", config->home_prefix,
			   "not below a home prefix of ids.conf");
	if (st == GP_ST_OK && !gp_ids_shell_ok(rules, gp_str_from(config->shell)))
		st = amiss(err, GP_ST_DENIED, "shell", config->shell, "not a shell of ids.conf");
	free(rules);
	return st;
}

enum gp_status gp_config_check_files(const struct gp_config *config, struct gp_error *err)
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
	enum gp_status st = GP_ST_OK;

	for (size_t i = 0; st == GP_ST_OK && i < sizeof(files) / sizeof(files[0]); i++)
		st = check_file(files[i].key, files[i].path, files[i].secret, err);
	if (st == GP_ST_OK)
		st = check_directory("ca_directory", config->ca_directory, err);
	if (st == GP_ST_OK)
		st = check_directory("state_directory", config->state_directory, err);
	return st == GP_ST_OK ? check_ids(config, err) : st;
}
