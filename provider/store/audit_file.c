/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/audit_tail.h"

#include "contract/ban.h"

#define PATH_BYTES 4096

/* A crash, a kill or a full disk cut the last line: nobody got an answer for that record, so it
 * goes. Where it cannot go (a file that may only grow), the next record begins a line of its own.
 */
static void mend(struct gp_audit_file *file, off_t size)
{
	const off_t end = gp_audit_whole_until(file->fd, size);
	file->torn = end != size && (end < 0 || ftruncate(file->fd, end) != 0);
	if (end != size) {
		gp_log(GP_LOG_WARN, "audit-piece-found", "bytes=%lld removed=%s",
		       (long long)(size - (end < 0 ? 0 : end)), file->torn ? "no" : "yes");
	}
}

/* A new file is no use to an auditor when a crash takes its name away. */
static void sync_directory(const char *file)
{
	const char *slash = strrchr(file, '/');
	char dir[PATH_BYTES] = ".";
	if (slash != NULL &&
	    gp_copy(dir, sizeof(dir), (struct gp_str){file, (size_t)(slash - file) + 1}) !=
		    GP_ST_OK) {
		return;
	}
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0) {
		gp_log(GP_LOG_DEBUG, "audit-directory-not-synced", "errno=%d", errno);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
}

static enum gp_status open_own(const char *name, int flags, int *out, struct stat *st,
			       struct gp_error *err)
{
	int fd = open(name,
		      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags,
		      0640);
	if (fd < 0) {
		enum gp_status code = errno == ENOSPC || errno == EIO ? GP_ST_IO : GP_ST_DENIED;
		return gp_fail(err, code, "audit: %s: %m", name);
	}
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode) ||
	    (st->st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    (st->st_uid != geteuid() && st->st_uid != 0) || st->st_nlink > 1) {
		(void)close(fd);
		return gp_fail(err, GP_ST_DENIED,
			       "audit: %s must be a file of ours that nobody else writes to, with "
			       "one name",
			       name);
	}
	*out = fd;
	return GP_ST_OK;
}

/* Opens the file, which must not be open. O_RDWR to see how the last line ends: mend() takes an
 * unfinished one away. */
static enum gp_status open_lines(struct gp_audit_file *file, struct gp_error *err)
{
	struct stat st = {0};
	enum gp_status status = open_own(file->name, O_APPEND, &file->fd, &st, err);
	if (status != GP_ST_OK) {
		return status;
	}
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	mend(file, st.st_size);
	if (st.st_size == 0) {
		sync_directory(file->name);
		/* Until its first record nothing but the head says where the chain goes on. */
		if (file->head_fd >= 0 && fsync(file->head_fd) != 0) {
			gp_log(GP_LOG_WARN, "audit-head-not-kept", "errno=%d", errno);
		}
	}
	return GP_ST_OK;
}

enum gp_status gp_audit_file_open(struct gp_audit_file *file, const char *name,
				  struct gp_error *err)
{
	char head[PATH_BYTES];
	struct stat st;
	struct gp_error no_head = {0};
	*file = (struct gp_audit_file){.fd = -1, .head_fd = -1, .name = strdup(name)};
	if (file->name == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "audit: no memory");
	}
	enum gp_status status = open_lines(file, err);
	if (status == GP_ST_OK && gp_format(head, sizeof(head), "%s.head", name) != GP_ST_OK) {
		status = gp_fail(err, GP_ST_TOO_BIG, "audit: the path is too long");
	}
	if (status == GP_ST_OK && open_own(head, 0, &file->head_fd, &st, &no_head) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "audit-head-not-kept", "error=%s", no_head.text);
	}
	return status;
}

void gp_audit_file_close(struct gp_audit_file *file)
{
	if (file->fd >= 0) {
		(void)close(file->fd);
	}
	if (file->head_fd >= 0) {
		(void)close(file->head_fd);
	}
	free(file->name);
	*file = (struct gp_audit_file){.fd = -1, .head_fd = -1};
}

enum gp_status gp_audit_file_reopen(struct gp_audit_file *file, struct gp_error *err)
{
	if (file->fd >= 0) {
		(void)close(file->fd);
		file->fd = -1;
	}
	return open_lines(file, err);
}

enum gp_status gp_audit_file_head(const struct gp_audit_file *file, struct gp_audit_head *out)
{
	char text[GP_AUDIT_HEAD_TEXT];
	if (file->head_fd < 0) {
		return GP_ST_UNAVAILABLE;
	}
	ssize_t n = pread(file->head_fd, text, sizeof(text), 0);
	if (n <= 0) {
		return n == 0 ? GP_ST_NOT_FOUND : GP_ST_INVALID;
	}
	if (text[n - 1] != '\n' ||
	    gp_audit_head_parse(gp_str_trim((struct gp_str){text, (size_t)n - 1}), out) !=
		    GP_ST_OK) {
		return GP_ST_INVALID;
	}
	return GP_ST_OK;
}

/* In place, always as long: no moment is without a head, and a full disk has room for it. */
void gp_audit_file_keep_head(const struct gp_audit_file *file, const struct gp_audit_head *head)
{
	char text[GP_AUDIT_HEAD_TEXT];
	if (file->head_fd < 0 || gp_format(text, sizeof(text), "%llu:%s",
					   (unsigned long long)head->seq, head->hash) != GP_ST_OK) {
		return;
	}
	size_t len = strlen(text);
	memset(text + len, ' ', sizeof(text) - len);
	text[sizeof(text) - 1] = '\n';
	if (pwrite(file->head_fd, text, sizeof(text), 0) != (ssize_t)sizeof(text)) {
		gp_log(GP_LOG_WARN, "audit-head-not-kept", "errno=%d", errno);
	}
}

/* Is the file that we hold still the one of that name? */
static bool is_current(const struct gp_audit_file *file)
{
	struct stat st;
	return file->fd >= 0 && lstat(file->name, &st) == 0 && st.st_dev == file->dev &&
	       st.st_ino == file->ino;
}

/* What was not given must not stand as given: lines whose write failed are taken away again. The
 * limit: a disk that neither syncs nor truncates keeps them, and one that syncs no more may bring
 * them back after a crash. */
static void take_back(struct gp_audit_file *file, off_t size, struct gp_audit_rest *rest)
{
	rest->left = ftruncate(file->fd, size) != 0;
	rest->error = rest->left ? errno : 0;
	file->torn = rest->left && !rest->whole;
	if (!rest->left && fdatasync(file->fd) != 0) {
		rest->error = errno;
	}
}

/* One write(2), so that a line is never mixed with another one, then the disk. */
static enum gp_status append(struct gp_audit_file *file, struct gp_str lines,
			     struct gp_audit_rest *rest, struct gp_error *err)
{
	struct stat st;
	if (file->torn) {
		if (write(file->fd, "\n", 1) != 1) {
			return gp_fail(err, GP_ST_IO, "audit: %s: %m", file->name);
		}
		file->torn = false;
	}
	if (fstat(file->fd, &st) != 0) {
		return gp_fail(err, GP_ST_IO, "audit: %s: %m", file->name);
	}
	ssize_t wrote = 0;
	do {
		wrote = write(file->fd, lines.ptr, lines.len);
	} while (wrote < 0 && errno == EINTR);
	enum gp_status status = GP_ST_OK;
	if (wrote < 0) {
		status = gp_fail(err, GP_ST_IO, "audit: %s: %m", file->name);
	} else if ((size_t)wrote != lines.len) {
		status = gp_fail(err, GP_ST_IO, "audit: %s: only %zd of %zu bytes were written",
				 file->name, wrote, lines.len);
	} else if (fdatasync(file->fd) != 0) {
		status = gp_fail(err, GP_ST_IO, "audit: %s: cannot be synced: %m", file->name);
	}
	if (status != GP_ST_OK && wrote > 0) {
		rest->whole = (size_t)wrote == lines.len;
		take_back(file, st.st_size, rest);
	}
	return status;
}

enum gp_status gp_audit_file_append(struct gp_audit_file *file, struct gp_str lines,
				    const struct gp_audit_head *after, struct gp_audit_rest *rest,
				    struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	*rest = (struct gp_audit_rest){0};
	if (!is_current(file)) {
		st = gp_audit_file_reopen(file, err);
	}
	if (st == GP_ST_OK) {
		st = append(file, lines, rest, err);
	}
	if (st == GP_ST_OK) {
		gp_audit_file_keep_head(file, after);
	}
	return st;
}
