/* SPDX-License-Identifier: Apache-2.0 */
/* The files of this host that say where others give numbers from. */
#include <glob.h>
#include <stdlib.h>

#include "config/overlap.h"
#include "config/whole.h"

#include "contract/ban.h"

static const struct {
	enum gp_overlap_format format;
	const char *path; /* a pattern of glob(3) */
} files[] = {
	{GP_OVERLAP_LOGIN_DEFS, "/etc/login.defs"},   {GP_OVERLAP_SUBUID, "/etc/subuid"},
	{GP_OVERLAP_SUBGID, "/etc/subgid"},           {GP_OVERLAP_SSSD, "/etc/sssd/sssd.conf"},
	{GP_OVERLAP_SSSD, "/etc/sssd/conf.d/*.conf"}, {GP_OVERLAP_SAMBA, "/etc/samba/smb.conf"},
};

static size_t look_at(const struct gp_ids_rules *rules, enum gp_overlap_format format,
		      const char *path, gp_config_finding *found, void *arg)
{
	struct gp_error err = {0};
	size_t len = 0;
	char *text = gp_whole_read(path, &len);
	if (text == NULL) {
		(void)gp_fail(&err, GP_ST_IO, "%s: cannot be read wholly", path);
		found(arg, &err);
		return 1;
	}
	size_t count = gp_overlap_text(rules, format, path, (struct gp_str){text, len}, found, arg);
	free(text);
	return count;
}

size_t gp_overlap_look(const struct gp_ids_rules *rules, const char *root, gp_config_finding *found,
		       void *arg)
{
	size_t count = gp_overlap_systemd(rules, found, arg);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char pattern[GP_CONFIG_PATH];
		glob_t paths = {0};
		if (gp_format(pattern, sizeof(pattern), "%s%s", root, files[i].path) != GP_ST_OK)
			continue;
		if (glob(pattern, 0, NULL, &paths) == 0)
			for (size_t k = 0; k < paths.gl_pathc; k++)
				count += look_at(rules, files[i].format, paths.gl_pathv[k], found,
						 arg);
		globfree(&paths);
	}
	return count;
}
