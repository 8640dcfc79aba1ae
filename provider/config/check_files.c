/* SPDX-License-Identifier: Apache-2.0 */
/* What `guestpassd --check` looks at beyond the text: the directories that a configuration names,
 * and ids.conf. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config/check.h"
#include "contract/ids_conf.h"

#include "contract/ban.h"

void gp_check_note(struct gp_check *c, const struct gp_error *err)
{
	if (c->first == GP_ST_OK)
		c->first = err->code;
	c->found(c->arg, err);
}

void gp_check_amiss(struct gp_check *c, enum gp_status st, const char *key, const char *path,
		    const char *what)
{
	struct gp_error err = {0};
	(void)gp_fail(&err, st, "%s: %s: %s", key, path, what);
	gp_check_note(c, &err);
}

void gp_check_absent(struct gp_check *c, const char *key, const char *path)
{
	gp_check_amiss(c, errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO, key, path, strerror(errno));
}

/* One that is MADE at the first start need not be there yet. */
static void check_directory(struct gp_check *c, const char *key, const char *path, bool made)
{
	struct stat st;

	if (path[0] == '\0')
		return;
	if (stat(path, &st) != 0) {
		if (!made || errno != ENOENT)
			gp_check_absent(c, key, path);
	} else if (!S_ISDIR(st.st_mode)) {
		gp_check_amiss(c, GP_ST_INVALID, key, path, "not a directory");
	}
}

/* A comment has a line of its own, so what looks like one is part of the value. */
static void not_permitted(struct gp_check *c, const char *key, const char *value, const char *what)
{
	struct gp_error err = {0};
	(void)gp_fail(
		&err, GP_ST_DENIED, "%s: '%s' %s%s", key, value, what,
		strchr(value, '#') != NULL
			? "; the '#' and what follows it belong to the value: a comment has a "
			  "line of its own"
			: "");
	gp_check_note(c, &err);
}

/* What the publisher would refuse is said before it happens. */
static void check_names(struct gp_check *c, const struct gp_config *config,
			const struct gp_ids_rules *rules)
{
	struct gp_str template = gp_str_from(config->name_template);
	struct gp_str suffix = gp_str_from(rules->user_suffix);
	bool has_at = memchr(template.ptr, '@', template.len) != NULL ||
		      strstr(config->name_template, "{mail}") != NULL;

	if (!has_at && suffix.len == 0)
		not_permitted(c, "name_template", config->name_template,
			      "gives names without '@', and ids.conf has no user_suffix");
	else if (!has_at && !gp_str_ends(template, rules->user_suffix))
		not_permitted(c, "name_template", config->name_template,
			      "gives names without '@' that do not end with the user_suffix of "
			      "ids.conf");
	for (size_t i = 0; i < config->mapped_groups_len; i++)
		if (!gp_str_starts(gp_str_from(config->mapped_groups[i].name), rules->group_prefix))
			not_permitted(c, "[group]", config->mapped_groups[i].name,
				      "does not begin with the group_prefix of ids.conf");
}

static void check_ids(struct gp_check *c, const struct gp_config *config)
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
		gp_check_note(c, &err);
		free(rules);
		return;
	}
	if (!gp_ids_home_ok(rules, gp_str_from(home)))
		not_permitted(c, "home_prefix", config->home_prefix,
			      "is not below a home prefix of ids.conf");
	if (!gp_ids_shell_ok(rules, gp_str_from(config->shell)))
		not_permitted(c, "shell", config->shell, "is not a shell of ids.conf");
	check_names(c, config, rules);
	if (gp_ids_nologin(rules) == NULL)
		not_permitted(c, "shell", "/usr/sbin/nologin",
			      "for guests who left is not a shell of ids.conf");
	free(rules);
}

enum gp_status gp_config_check_files(const struct gp_config *config, gp_config_finding *found,
				     void *arg)
{
	struct gp_check c = {.found = found, .arg = arg};

	check_directory(&c, "ca_directory", config->ca_directory, false);
	check_directory(&c, "state_directory", config->state_directory, true);
	check_ids(&c, config);
	return c.first;
}
