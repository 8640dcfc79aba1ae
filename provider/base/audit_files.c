/* SPDX-License-Identifier: Apache-2.0 */
#include "base/audit_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/audit_chain.h"

#include "contract/ban.h"

#define FILES_MAX  2000
#define PATH_BYTES 4096

/* Of its first record; a record from before the chain has none. */
static uint64_t first_seq(int fd)
{
	uint64_t seq = 0;
	struct gp_audit_link link;
	char *text = malloc(GP_AUDIT_LINE_MAX);
	ssize_t n = text != NULL ? pread(fd, text, GP_AUDIT_LINE_MAX, 0) : -1;
	struct gp_str rest = {text, n > 0 ? (size_t)n : 0};
	while (rest.len > 0) {
		if (gp_audit_link_parse(gp_str_take_line(&rest), &link) == GP_ST_OK) {
			seq = link.seq;
			break;
		}
	}
	free(text);
	return seq;
}

static bool same_file(int a, int b)
{
	struct stat x;
	struct stat y;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

enum gp_status gp_audit_files_add(struct gp_audit_files *files, const char *name,
				  struct gp_error *err)
{
	struct stat st;
	if (files->count >= FILES_MAX) {
		return gp_fail(err, GP_ST_TOO_BIG, "%s: too many files", name);
	}
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		enum gp_status code = errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_DENIED;
		return gp_fail(err, code, "%s: %m", name);
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return gp_fail(err, GP_ST_DENIED, "%s: not a regular file", name);
	}
	for (size_t i = 0; i < files->count; i++) {
		/* It was renamed while we looked. */
		if (same_file(files->files[i].fd, fd)) {
			(void)close(fd);
			return GP_ST_OK;
		}
	}
	struct gp_audit_one *more =
		reallocarray(files->files, files->count + 1, sizeof(files->files[0]));
	if (more != NULL) {
		files->files = more;
	}
	char *copy = strdup(name);
	if (more == NULL || copy == NULL) {
		free(copy);
		(void)close(fd);
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	files->files[files->count++] = (struct gp_audit_one){copy, fd, first_seq(fd)};
	return GP_ST_OK;
}

void gp_audit_files_free(struct gp_audit_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->files[i].name);
		(void)close(files->files[i].fd);
	}
	free(files->files);
	*files = (struct gp_audit_files){0};
}

/* What logrotate adds to a name: ".1", "-20261126", "-2026-11-26". */
static bool is_rotation(struct gp_str suffix)
{
	if (suffix.len < 2 || (suffix.ptr[0] != '.' && suffix.ptr[0] != '-')) {
		return false;
	}
	for (size_t i = 1; i < suffix.len; i++) {
		const char c = suffix.ptr[i];
		if (!(c >= '0' && c <= '9') && c != '-') {
			return false;
		}
	}
	return suffix.ptr[1] != '-';
}

static bool is_compressed(struct gp_str suffix)
{
	static const char *const ends[] = {".gz", ".xz", ".bz2", ".zst"};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const size_t len = strlen(ends[i]);
		if (gp_str_ends(suffix, ends[i]) &&
		    is_rotation((struct gp_str){suffix.ptr, suffix.len - len})) {
			return true;
		}
	}
	return false;
}

static enum gp_status look_at(struct gp_audit_files *files, const char *dir, const char *base,
			      const char *entry, struct gp_error *err)
{
	char name[PATH_BYTES];
	const size_t len = strlen(base);
	if (strncmp(entry, base, len) != 0) {
		return GP_ST_OK;
	}
	const struct gp_str suffix = gp_str_from(entry + len);
	if (is_compressed(suffix)) {
		files->compressed++;
		return GP_ST_OK;
	}
	if (!is_rotation(suffix)) {
		return GP_ST_OK;
	}
	if (gp_format(name, sizeof(name), "%s%s", dir, entry) != GP_ST_OK) {
		return gp_fail(err, GP_ST_TOO_BIG, "%s: the path is too long", entry);
	}
	enum gp_status st = gp_audit_files_add(files, name, err);
	/* Retention took it away while we looked. */
	return st == GP_ST_NOT_FOUND ? GP_ST_OK : st;
}

static int by_place(const void *a, const void *b)
{
	const struct gp_audit_one *x = a;
	const struct gp_audit_one *y = b;
	if (x->seq != y->seq) {
		return x->seq < y->seq ? -1 : 1;
	}
	return strcmp(x->name, y->name);
}

enum gp_status gp_audit_files_list(const char *name, struct gp_audit_files *out,
				   struct gp_error *err)
{
	char dir[PATH_BYTES] = "";
	const char *slash = strrchr(name, '/');
	const char *base = slash != NULL ? slash + 1 : name;
	const struct dirent *entry = NULL;
	*out = (struct gp_audit_files){0};
	if (gp_copy(dir, sizeof(dir), (struct gp_str){name, (size_t)(base - name)}) != GP_ST_OK) {
		return gp_fail(err, GP_ST_TOO_BIG, "%s: the path is too long", name);
	}
	/* Before the directory is looked at: if it is renamed meanwhile, it is there all the same.
	 */
	enum gp_status st = gp_audit_files_add(out, name, err);
	if (st == GP_ST_NOT_FOUND) {
		st = GP_ST_OK;
	}
	DIR *listing = st == GP_ST_OK ? opendir(dir[0] != '\0' ? dir : ".") : NULL;
	if (st == GP_ST_OK && listing == NULL) {
		st = gp_fail(err, errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_DENIED, "%s: %m", dir);
	}
	while (st == GP_ST_OK && listing != NULL && (entry = readdir(listing)) != NULL) {
		st = look_at(out, dir, base, entry->d_name, err);
	}
	if (listing != NULL) {
		(void)closedir(listing);
	}
	if (st != GP_ST_OK) {
		gp_audit_files_free(out);
	} else if (out->count > 1) {
		qsort(out->files, out->count, sizeof(out->files[0]), by_place);
	}
	return st;
}
