/* SPDX-License-Identifier: Apache-2.0 */
/* What `guestpassd --check` looks at beyond the text: the files that a configuration names. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config/config.h"
#include "contract/ids_conf.h"

#include "contract/ban.h"

/* Who hears of what is amiss, and what came first. */
struct check {
	gp_config_finding *found;
	void *arg;
	enum gp_status first;
};

static void note(struct check *c, const struct gp_error *err)
{
	if (c->first == GP_ST_OK)
		c->first = err->code;
	c->found(c->arg, err);
}

static void amiss(struct check *c, enum gp_status st, const char *key, const char *path,
		  const char *what)
{
	struct gp_error err = {0};
	(void)gp_fail(&err, st, "%s: %s: %s", key, path, what);
	note(c, &err);
}

static void absent(struct check *c, const char *key, const char *path)
{
	amiss(c, errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO, key, path, strerror(errno));
}

/* A regular file; a secret one is nobody's to read but its owner's and its group's. */
static void check_file(struct check *c, const char *key, const char *path, bool secret)
{
	struct stat st;

	if (path[0] == '\0')
		return;
	if (stat(path, &st) != 0)
		absent(c, key, path);
	else if (!S_ISREG(st.st_mode))
		amiss(c, GP_ST_INVALID, key, path, "not a regular file");
	else if ((st.st_mode & S_IWOTH) != 0 || (secret && (st.st_mode & (S_IRWXO | S_IWGRP)) != 0))
		amiss(c, GP_ST_DENIED, key, path,
		      secret ? "readable by everybody, or writable by its group"
			     : "writable by everybody");
}

/* One that is MADE at the first start need not be there yet. */
static void check_directory(struct check *c, const char *key, const char *path, bool made)
{
	struct stat st;

	if (path[0] == '\0')
		return;
	if (stat(path, &st) != 0) {
		if (!made || errno != ENOENT)
			absent(c, key, path);
	} else if (!S_ISDIR(st.st_mode)) {
		amiss(c, GP_ST_INVALID, key, path, "not a directory");
	}
}

static void check_ids(struct check *c, const struct gp_config *config)
{
	struct gp_ids_rules *rules = calloc(1, sizeof(*rules));
	struct gp_error err = {0};
	char home[GP_CONFIG_PATH + 8];

	enum gp_status st = rules != NULL
				    ? gp_ids_conf_load(config->ids_conf, rules, &err)
				    : gp_fail(&err, GP_ST_NO_MEMORY, "ids_conf: out of memory");
	if (st == GP_ST_OK &&
	    (st = gp_format(home, sizeof(home), "%s/x", config->home_prefix)) != GP_ST_OK)
		(void)gp_fail(&err, st, "home_prefix: too long");
	if (st != GP_ST_OK) {
		note(c, &err);
		free(rules);
		return;
	}
	if (!gp_ids_home_ok(rules, gp_str_from(home)))
		amiss(c, GP_ST_DENIED, "home_prefix", config->home_prefix,
		      "not below a home prefix of ids.conf");
	if (!gp_ids_shell_ok(rules, gp_str_from(config->shell)))
		amiss(c, GP_ST_DENIED, "shell", config->shell, "not a shell of ids.conf");
	free(rules);
}

enum gp_status gp_config_check_files(const struct gp_config *config, gp_config_finding *found,
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
	struct check c = {.found = found, .arg = arg};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		check_file(&c, files[i].key, files[i].path, files[i].secret);
	check_directory(&c, "ca_directory", config->ca_directory, false);
	check_directory(&c, "state_directory", config->state_directory, true);
	check_ids(&c, config);
	return c.first;
}
