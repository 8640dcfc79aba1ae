/* SPDX-License-Identifier: Apache-2.0 */
/* The files of this host that say where others give numbers from. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/overlap.h"

#include "contract/ban.h"

#define FILE_MAX_ ((size_t)4 << 20) /* subuid can be long */

static const struct {
	enum gp_overlap_format format;
	const char *path; /* a pattern of glob(3) */
} files[] = {
	{GP_OVERLAP_LOGIN_DEFS, "/etc/login.defs"},   {GP_OVERLAP_SUBUID, "/etc/subuid"},
	{GP_OVERLAP_SUBGID, "/etc/subgid"},           {GP_OVERLAP_SSSD, "/etc/sssd/sssd.conf"},
	{GP_OVERLAP_SSSD, "/etc/sssd/conf.d/*.conf"}, {GP_OVERLAP_SAMBA, "/etc/samba/smb.conf"},
};

/* NULL: it cannot be read, or not wholly. */
static char *read_all(const char *path, size_t *len)
{
	char *text = malloc(FILE_MAX_);
	int fd = text != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	struct stat st;
	ssize_t n = -1;
	*len = 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while (*len < FILE_MAX_ && (n = read(fd, text + *len, FILE_MAX_ - *len)) > 0)
			*len += (size_t)n;
	if (fd >= 0)
		(void)close(fd);
	if (n == 0)
		return text;
	free(text);
	return NULL;
}

static size_t look_at(const struct gp_ids_rules *rules, enum gp_overlap_format format,
		      const char *path, gp_config_finding *found, void *arg)
{
	struct gp_error err = {0};
	size_t len = 0;
	char *text = read_all(path, &len);
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
