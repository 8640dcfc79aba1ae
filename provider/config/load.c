/* SPDX-License-Identifier: Apache-2.0 */
/* From files to one validated value. */
#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/merged.h"

#include "contract/ban.h"

struct loaded {
	struct gp_config_file files[1 + GP_CONFIG_DROP_INS_MAX];
	char *names[1 + GP_CONFIG_DROP_INS_MAX]; /* owned */
	char *texts[1 + GP_CONFIG_DROP_INS_MAX]; /* owned */
	size_t count;
	int64_t owner_ok;
};

static void loaded_free(struct loaded *l)
{
	for (size_t i = 0; i < sizeof(l->names) / sizeof(l->names[0]); i++) {
		free(l->names[i]);
		free(l->texts[i]);
	}
}

static const char *untrusted(const struct stat *st, mode_t kind, int64_t owner_ok)
{
	if ((st->st_mode & S_IFMT) != kind)
		return kind == S_IFDIR ? "not a directory" : "not a regular file";
	if (st->st_uid != 0 && (int64_t)st->st_uid != owner_ok)
		return "not owned by root";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "writable by others than its owner";
	return NULL;
}

static enum gp_status sys_fail(struct gp_error *err, const char *name, int code)
{
	enum gp_status st = code == ENOENT   ? GP_ST_NOT_FOUND
			    : code == EACCES ? GP_ST_DENIED
					     : GP_ST_IO;
	if (code == ELOOP)
		return gp_fail(err, GP_ST_DENIED, "%s: a symbolic link; write its target", name);
	return gp_fail(err, st, "%s: %s", name, strerror(code));
}

/* At most GP_CONFIG_FILE_MAX + 1 bytes, so that one too many is seen. */
static enum gp_status read_all(int fd, const char *name, char *text, size_t *len,
			       struct gp_error *err)
{
	*len = 0;
	while (*len <= GP_CONFIG_FILE_MAX) {
		ssize_t n = read(fd, text + *len, GP_CONFIG_FILE_MAX + 1 - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sys_fail(err, name, errno);
		if (n == 0)
			return GP_ST_OK;
		*len += (size_t)n;
	}
	return gp_fail(err, GP_ST_TOO_BIG, "%s: larger than %u bytes", name, GP_CONFIG_FILE_MAX);
}

/* Opens BASE below DIR and appends its content; NAME is for messages and taken over. */
static enum gp_status add_file(struct loaded *l, int dir, const char *base, char *name,
			       struct gp_error *err)
{
	size_t i = l->count++;
	struct stat st;
	size_t len = 0;

	l->names[i] = name;
	l->texts[i] = malloc(GP_CONFIG_FILE_MAX + 1);
	if (l->texts[i] == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "%s: out of memory", name);
	/* O_NONBLOCK: a FIFO in the file's place must not hold us. */
	int fd = openat(dir, base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return sys_fail(err, name, errno);
	enum gp_status result = GP_ST_OK;
	if (fstat(fd, &st) != 0) {
		result = sys_fail(err, name, errno);
	} else {
		const char *why = untrusted(&st, S_IFREG, l->owner_ok);
		result = why != NULL ? gp_fail(err, GP_ST_DENIED, "%s: %s", name, why)
				     : read_all(fd, name, l->texts[i], &len, err);
	}
	(void)close(fd);
	l->files[i] = (struct gp_config_file){name, {l->texts[i], len}};
	return result;
}

static int is_drop_in(const struct dirent *entry)
{
	struct gp_str name = gp_str_from(entry->d_name);
	return name.len > 5 && name.ptr[0] != '.' && gp_str_ends(name, ".conf");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static char *join(const char *dir, const char *base)
{
	char *name = NULL;
	return asprintf(&name, "%s/%s", dir, base) >= 0 ? name : NULL;
}

static enum gp_status add_each(struct loaded *l, int dir, const char *dir_name,
			       struct gp_error *err)
{
	struct dirent **entries = NULL;
	enum gp_status result = GP_ST_OK;
	int count = scandirat(dir, ".", &entries, is_drop_in, by_bytes);

	if (count < 0)
		return sys_fail(err, dir_name, errno);
	if (count > GP_CONFIG_DROP_INS_MAX)
		result = gp_fail(err, GP_ST_TOO_BIG, "%s: more than %d files", dir_name,
				 GP_CONFIG_DROP_INS_MAX);
	for (int i = 0; i < count; i++) {
		char *name = result == GP_ST_OK ? join(dir_name, entries[i]->d_name) : NULL;
		if (result == GP_ST_OK && name == NULL)
			result = gp_fail(err, GP_ST_NO_MEMORY, "%s: out of memory", dir_name);
		if (name != NULL)
			result = add_file(l, dir, entries[i]->d_name, name, err);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* The drop-ins beside the main file; a directory that is not there is none. */
static enum gp_status add_drop_ins(struct loaded *l, const char *file, struct gp_error *err)
{
	const char *slash = strrchr(file, '/');
	char dir_name[GP_CONFIG_PATH];
	struct stat st;

	if (gp_format(dir_name, sizeof(dir_name), "%.*sconf.d",
		      slash != NULL ? (int)(slash - file + 1) : 0, file) != GP_ST_OK)
		return gp_fail(err, GP_ST_TOO_BIG, "%s: the path is too long", file);
	int dir = open(dir_name, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
	if (dir < 0 && errno == ENOENT)
		return GP_ST_OK;
	if (dir < 0)
		return sys_fail(err, dir_name, errno);
	enum gp_status result = GP_ST_OK;
	if (fstat(dir, &st) != 0) {
		result = sys_fail(err, dir_name, errno);
	} else {
		const char *why = untrusted(&st, S_IFDIR, l->owner_ok);
		result = why != NULL ? gp_fail(err, GP_ST_DENIED, "%s: %s", dir_name, why)
				     : add_each(l, dir, dir_name, err);
	}
	(void)close(dir);
	return result;
}

enum gp_status gp_config_load(const char *file, int64_t owner_ok, struct gp_config **out,
			      struct gp_error *err)
{
	struct loaded l = {.owner_ok = owner_ok};
	char *name = strdup(file);

	if (name == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "%s: out of memory", file);
	enum gp_status st = add_file(&l, AT_FDCWD, file, name, err);
	if (st == GP_ST_OK)
		st = add_drop_ins(&l, file, err);
	if (st == GP_ST_OK)
		st = gp_config_parse(l.files, l.count, out, err);
	loaded_free(&l);
	return st;
}
