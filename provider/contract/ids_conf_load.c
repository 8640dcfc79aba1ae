/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/ids_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract/trusted.h"

#include "contract/ban.h"

#define FILE_LIMIT ((size_t)128 << 10)

void gp_ids_rules_default(struct gp_ids_rules *rules)
{
	static const char *const shells[] = {"/bin/bash",      "/bin/sh",           "/usr/bin/bash",
					     "/usr/bin/sh",    "/usr/sbin/nologin", "/sbin/nologin",
					     "/usr/bin/false", "/bin/false"};
	memset(rules, 0, sizeof(*rules));
	rules->uid_base = GP_IDS_UID_BASE;
	rules->uid_size = GP_IDS_UID_SIZE;
	rules->gid_base = GP_IDS_GID_BASE;
	rules->gid_size = GP_IDS_GID_SIZE;
	memcpy(rules->group_prefix, "gp-", sizeof("gp-"));
	memcpy(rules->homes[0], "/home/guests/", sizeof("/home/guests/"));
	rules->home_count = 1;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		memcpy(rules->shells[i], shells[i], strlen(shells[i]) + 1);
	rules->shell_count = sizeof(shells) / sizeof(shells[0]);
}

/* At most LIMIT bytes of the file; one more is an error. */
static enum gp_status read_all(int fd, char *text, size_t limit, size_t *len)
{
	size_t have = 0;
	while (have <= limit) {
		ssize_t n = read(fd, text + have, limit + 1 - have);
		if (n == 0) {
			*len = have;
			return GP_ST_OK;
		}
		if (n < 0 && errno != EINTR)
			return GP_ST_IO;
		have += n > 0 ? (size_t)n : 0;
	}
	return GP_ST_TOO_BIG;
}

static enum gp_status load_fd(int fd, const char *path, struct gp_ids_rules *rules,
			      struct gp_error *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return gp_fail(err, GP_ST_IO, "%s: %m", path);
	if (!gp_trusted_file(&st))
		return gp_fail(
			err, GP_ST_DENIED,
			"%s: must be a regular file, owned by root and writable by nobody else",
			path);
	char *text = malloc(FILE_LIMIT + 1);
	if (text == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	size_t len = 0;
	enum gp_status status = read_all(fd, text, FILE_LIMIT, &len);
	if (status == GP_ST_OK)
		status = gp_ids_conf_parse((struct gp_str){text, len}, path, rules, err);
	else
		(void)gp_fail(err, status, "%s: %s", path,
			      status == GP_ST_TOO_BIG ? "longer than 128 KiB" : "cannot be read");
	free(text);
	return status;
}

enum gp_status gp_ids_guests_group(const struct gp_ids_rules *rules, char *out, size_t size)
{
	return gp_format(out, size, "%sguests", rules->group_prefix);
}

enum gp_status gp_ids_conf_load(const char *path, struct gp_ids_rules *rules, struct gp_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT) {
		gp_ids_rules_default(rules);
		return GP_ST_OK;
	}
	if (fd < 0)
		return gp_fail(err, errno == ELOOP ? GP_ST_DENIED : GP_ST_IO, "%s: %m", path);
	enum gp_status st = load_fd(fd, path, rules, err);
	close(fd);
	return st;
}
