/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/audit_line.h"
#include "store/journal.h"

#include "contract/ban.h"

#define LINE_MAX_BYTES 65536

struct gp_audit {
	char *file;
	const char *journal; /* NULL: none */
	int fd;
	dev_t dev;
	ino_t ino;
	struct gp_error trouble; /* of the last write */
	int64_t trouble_s;       /* the time of its record, 0 without trouble */
	bool torn; /* the last line has no end, and the piece could not be taken away */
};

/* Where the last whole line ends; -1 if that cannot be told. */
static off_t whole_until(int fd, off_t size)
{
	char piece[4096];
	const off_t floor = size > LINE_MAX_BYTES ? size - LINE_MAX_BYTES : 0;
	for (off_t end = size; end > floor;) {
		size_t len = sizeof(piece);
		if (end - floor < (off_t)len) {
			len = (size_t)(end - floor);
		}
		const off_t at = end - (off_t)len;
		if (pread(fd, piece, len, at) != (ssize_t)len) {
			return -1;
		}
		const char *newline = memrchr(piece, '\n', len);
		if (newline != NULL) {
			return at + (newline - piece) + 1;
		}
		end = at;
	}
	return floor == 0 ? 0 : -1;
}

/* A crash, a kill or a full disk cut the last line: nobody got an answer for that record, so it
 * goes. Where it cannot go (a file that may only grow), the next record begins a line of its own.
 */
static void mend(struct gp_audit *audit, off_t size)
{
	const off_t end = whole_until(audit->fd, size);
	audit->torn = end != size && (end < 0 || ftruncate(audit->fd, end) != 0);
	if (end != size) {
		gp_log(GP_LOG_WARN, "audit-piece-found", "bytes=%lld removed=%s",
		       (long long)(size - (end < 0 ? 0 : end)), audit->torn ? "no" : "yes");
	}
}

/* A new file is no use to an auditor when a crash takes its name away. */
static void sync_directory(const char *file)
{
	const char *slash = strrchr(file, '/');
	char dir[4096] = ".";
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

/* Opens the file into AUDIT, which must hold none. O_RDWR to see how the last line ends: mend()
 * takes an unfinished one away. */
static enum gp_status open_file(struct gp_audit *audit, struct gp_error *err)
{
	int fd = open(audit->file,
		      O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		      0640);
	if (fd < 0) {
		enum gp_status code = errno == ENOSPC || errno == EIO ? GP_ST_IO : GP_ST_DENIED;
		return gp_fail(err, code, "audit: %s: %m", audit->file);
	}
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 || (st.st_uid != geteuid() && st.st_uid != 0) ||
	    st.st_nlink > 1) {
		(void)close(fd);
		return gp_fail(err, GP_ST_DENIED,
			       "audit: %s must be a file of ours that nobody else writes to, with "
			       "one name",
			       audit->file);
	}
	audit->fd = fd;
	audit->dev = st.st_dev;
	audit->ino = st.st_ino;
	mend(audit, st.st_size);
	if (st.st_size == 0) {
		sync_directory(audit->file);
	}
	return GP_ST_OK;
}

enum gp_status gp_audit_open(const char *file, struct gp_audit **out, struct gp_error *err)
{
	struct gp_audit *audit = calloc(1, sizeof(*audit));
	if (audit != NULL) {
		audit->fd = -1;
		audit->journal = GP_JOURNAL_SOCKET;
		audit->file = strdup(file);
	}
	if (audit == NULL || audit->file == NULL) {
		gp_audit_close(audit);
		return gp_fail(err, GP_ST_NO_MEMORY, "audit: no memory");
	}
	enum gp_status st = open_file(audit, err);
	if (st != GP_ST_OK) {
		gp_audit_close(audit);
		return st;
	}
	*out = audit;
	return GP_ST_OK;
}

void gp_audit_close(struct gp_audit *audit)
{
	if (audit == NULL) {
		return;
	}
	if (audit->fd >= 0) {
		(void)close(audit->fd);
	}
	free(audit->file);
	free(audit);
}

void gp_audit_set_journal(struct gp_audit *audit, const char *socket_path)
{
	audit->journal = socket_path;
}

enum gp_status gp_audit_reopen(struct gp_audit *audit, struct gp_error *err)
{
	if (audit->fd >= 0) {
		(void)close(audit->fd);
		audit->fd = -1;
	}
	return open_file(audit, err);
}

/* Is the file that we hold still the one of that name? */
static bool is_current(const struct gp_audit *audit)
{
	struct stat st;
	return audit->fd >= 0 && lstat(audit->file, &st) == 0 && st.st_dev == audit->dev &&
	       st.st_ino == audit->ino;
}

/* What was not given must not stand as given: a record whose write failed is taken away again. The
 * limit: a disk that neither syncs nor truncates keeps a whole line, and one that syncs no more may
 * bring it back after a crash. Only the log can contradict it then. */
static void take_back(struct gp_audit *audit, const struct gp_audit_record *record, off_t size,
		      bool whole)
{
	char decision[GP_DECISION_ID_TEXT];
	const bool removed = ftruncate(audit->fd, size) == 0;
	int error = removed ? 0 : errno;
	audit->torn = !removed && !whole;
	if (removed && fdatasync(audit->fd) != 0) {
		error = errno;
	}
	if (whole && error != 0) {
		gp_hex(record->decision, sizeof(record->decision), decision);
		gp_log(GP_LOG_ERROR, "audit-record-stays",
		       "decision=%s verdict=%s removed=%s errno=%d", decision,
		       record->verdict != NULL ? record->verdict : "", removed ? "unsynced" : "no",
		       error);
	}
}

/* One write(2), so that a line is never mixed with another one, then the disk. */
static enum gp_status append(struct gp_audit *audit, const struct gp_audit_record *record,
			     struct gp_str line, struct gp_error *err)
{
	struct stat st;
	if (audit->torn) {
		if (write(audit->fd, "\n", 1) != 1) {
			return gp_fail(err, GP_ST_IO, "audit: %s: %m", audit->file);
		}
		audit->torn = false;
	}
	if (fstat(audit->fd, &st) != 0) {
		return gp_fail(err, GP_ST_IO, "audit: %s: %m", audit->file);
	}
	ssize_t wrote = 0;
	do {
		wrote = write(audit->fd, line.ptr, line.len);
	} while (wrote < 0 && errno == EINTR);
	enum gp_status status = GP_ST_OK;
	if (wrote < 0) {
		status = gp_fail(err, GP_ST_IO, "audit: %s: %m", audit->file);
	} else if ((size_t)wrote != line.len) {
		status = gp_fail(err, GP_ST_IO, "audit: %s: only %zd of %zu bytes were written",
				 audit->file, wrote, line.len);
	} else if (fdatasync(audit->fd) != 0) {
		status = gp_fail(err, GP_ST_IO, "audit: %s: cannot be synced: %m", audit->file);
	}
	if (status != GP_ST_OK && wrote > 0) {
		take_back(audit, record, st.st_size, (size_t)wrote == line.len);
	}
	return status;
}

static enum gp_status write_line(struct gp_audit *audit, const struct gp_audit_record *record,
				 struct gp_error *err)
{
	gp_buf_auto struct gp_buf line = GP_BUF(LINE_MAX_BYTES);
	gp_audit_line(&line, record);
	enum gp_status st = gp_buf_status(&line);
	if (st != GP_ST_OK) {
		return gp_fail(err, st, "audit: the record could not be composed");
	}
	if (!is_current(audit)) {
		st = gp_audit_reopen(audit, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	return append(audit, record, (struct gp_str){gp_buf_get(&line), line.len}, err);
}

enum gp_status gp_audit_status(const struct gp_audit *audit, int64_t *time_s, struct gp_error *err)
{
	*time_s = audit->trouble_s;
	*err = audit->trouble;
	return audit->trouble.code;
}

enum gp_status gp_audit_write(struct gp_audit *audit, const struct gp_audit_record *record,
			      struct gp_error *err)
{
	audit->trouble = (struct gp_error){0};
	enum gp_status st = write_line(audit, record, &audit->trouble);
	audit->trouble_s = st != GP_ST_OK ? record->time_s : 0;
	if (st != GP_ST_OK && err != NULL) {
		*err = audit->trouble;
	}
	if (st == GP_ST_OK && audit->journal != NULL) {
		gp_buf_auto struct gp_buf fields = GP_BUF(GP_JOURNAL_RECORD);
		gp_audit_journal_fields(&fields, record);
		/* A copy for convenience: the file decides whether the decision stands. */
		enum gp_status sent = gp_journal_send(audit->journal, &fields);
		if (sent != GP_ST_OK) {
			gp_log(GP_LOG_DEBUG, "audit-not-in-journal", "status=%s",
			       gp_status_name(sent));
		}
	}
	return st;
}
