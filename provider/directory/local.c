/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/ban.h"

#define FILE_LIMIT ((size_t)64 << 20)

/* As many bytes as the file had a moment ago, and no more: whoever changes it renames a new one
 * into its place. */
static enum gp_status read_whole(int fd, char *text, size_t len)
{
	size_t have = 0;
	while (have <= len) {
		ssize_t n = read(fd, text + have, len + 1 - have);
		if (n == 0) {
			break;
		}
		if (n < 0 && errno != EINTR) {
			return GP_ST_IO;
		}
		have += n > 0 ? (size_t)n : 0;
	}
	if (have != len) {
		return GP_ST_UNAVAILABLE;
	}
	/* A crash can leave blocks of NULs in a file. What stands behind them counts: the publisher
	 * reads it too. No guest's name has the byte in their place. */
	for (char *nul = text; (nul = memchr(nul, '\0', (size_t)(text + len - nul))) != NULL;) {
		*nul = '\x01';
	}
	text[len] = '\0';
	return GP_ST_OK;
}

static enum gp_status read_text(const char *file, char **out)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		return errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO;
	}
	char *text = NULL;
	enum gp_status status = GP_ST_OK;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		status = GP_ST_IO;
	} else if ((uint64_t)st.st_size > FILE_LIMIT) {
		status = GP_ST_TOO_BIG;
	} else if ((text = malloc((size_t)st.st_size + 1)) == NULL) {
		status = GP_ST_NO_MEMORY;
	} else {
		status = read_whole(fd, text, (size_t)st.st_size);
	}
	(void)close(fd);
	if (status != GP_ST_OK) {
		free(text);
		return status;
	}
	*out = text;
	return GP_ST_OK;
}

/* Takes what stands before the next SIGN off *REST and ends it with a NUL. */
static char *take(char **rest, char sign)
{
	char *field = *rest;
	char *end = strchr(field, sign);
	if (end != NULL) {
		*end = '\0';
	}
	*rest = end != NULL ? end + 1 : field + strlen(field);
	return field;
}

static void lower(char *name)
{
	for (; *name != '\0'; name++) {
		if (*name >= 'A' && *name <= 'Z') {
			*name = (char)(*name - 'A' + 'a');
		}
	}
}

/* "+" and "-" lines are old NIS syntax. */
static void add_line(struct gp_local_list *list, char *line)
{
	uint64_t number = 0;
	char *name = take(&line, ':');
	(void)take(&line, ':');
	if (name[0] == '\0' || strchr("+-#", name[0]) != NULL) {
		return;
	}
	lower(name);
	list->names[list->name_count++] = name;
	if (gp_parse_u64(gp_str_from(take(&line, ':')), UINT32_MAX, &number) == GP_ST_OK) {
		list->numbers[list->number_count++] = (uint32_t)number;
	}
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int number_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static enum gp_status parse(struct gp_local_list *list)
{
	size_t lines = 1;
	for (const char *p = list->text; (p = strchr(p, '\n')) != NULL; p++) {
		lines++;
	}
	list->names = calloc(lines, sizeof(*list->names));
	list->numbers = calloc(lines, sizeof(*list->numbers));
	if (list->names == NULL || list->numbers == NULL) {
		return GP_ST_NO_MEMORY;
	}
	char *rest = list->text;
	for (size_t i = 0; i < lines; i++) {
		add_line(list, take(&rest, '\n'));
	}
	qsort(list->names, list->name_count, sizeof(*list->names), name_order);
	qsort(list->numbers, list->number_count, sizeof(*list->numbers), number_order);
	return GP_ST_OK;
}

static enum gp_status read_list(const char *file, struct gp_local_list *out, struct gp_error *err)
{
	enum gp_status st = read_text(file, &out->text);
	if (st == GP_ST_OK) {
		st = parse(out);
	}
	return st == GP_ST_OK ? st
			      : gp_fail(err, st, "the local accounts: %s: %s", file,
					st == GP_ST_NOT_FOUND ? "is missing" : "cannot be read");
}

enum gp_status gp_local_read(const char *passwd, const char *group, struct gp_local *out,
			     struct gp_error *err)
{
	*out = (struct gp_local){0};
	enum gp_status st = read_list(passwd, &out->users, err);
	if (st == GP_ST_OK) {
		st = read_list(group, &out->groups, err);
	}
	if (st != GP_ST_OK) {
		gp_local_free(out);
	}
	return st;
}

static void free_list(struct gp_local_list *list)
{
	free(list->text);
	free((void *)list->names);
	free(list->numbers);
}

void gp_local_free(struct gp_local *local)
{
	free_list(&local->users);
	free_list(&local->groups);
	*local = (struct gp_local){0};
}

static bool has(const struct gp_local_list *list, struct gp_str name, uint32_t number)
{
	char text[256];
	if (list->number_count > 0 && bsearch(&number, list->numbers, list->number_count,
					      sizeof(number), number_order) != NULL) {
		return true;
	}
	/* No guest has a name that does not fit. */
	if (list->name_count == 0 || gp_copy(text, sizeof(text), name) != GP_ST_OK) {
		return false;
	}
	lower(text);
	const char *wanted = text;
	return bsearch((const void *)&wanted, (const void *)list->names, list->name_count,
		       sizeof(*list->names), name_order) != NULL;
}

bool gp_local_has_user(const struct gp_local *local, struct gp_str name, uint32_t uid)
{
	return has(&local->users, name, uid);
}

bool gp_local_has_group(const struct gp_local *local, struct gp_str name, uint32_t gid)
{
	return has(&local->groups, name, gid);
}
