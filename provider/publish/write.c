/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordered steps of a publication. Whoever kills us between two of them, readers have a whole
 * file that becomes current, and the next start puts the rest right.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "contract/directory_format.h"
#include "contract/trusted.h"
#include "publish/publish.h"

#include "contract/ban.h"

#define CURRENT    "directory"
#define TEMPORARY  "directory.new"
#define SUPERSEDED "superseded."
#define SPACE_MIN  (16ULL << 20)

static void step(const struct gp_publisher *p, enum gp_publish_step s)
{
	if (p->after_step != NULL)
		p->after_step(s);
}

static enum gp_status failed(struct gp_error *err, const char *what)
{
	return gp_fail(err, GP_ST_IO, "%s: %m", what);
}

enum gp_status gp_publish_has_space(int dir_fd, size_t len, struct gp_error *err)
{
	struct statvfs fs;
	if (fstatvfs(dir_fd, &fs) != 0)
		return failed(err, "free space");
	uint64_t have = (uint64_t)fs.f_bavail * fs.f_frsize;
	uint64_t want = 4 * (uint64_t)len > SPACE_MIN ? 4 * (uint64_t)len : SPACE_MIN;
	if (have < want)
		return gp_fail(err, GP_ST_UNAVAILABLE,
			       "only %llu KiB free where %llu are wanted; the old file stays",
			       (unsigned long long)(have >> 10), (unsigned long long)(want >> 10));
	return GP_ST_OK;
}

static bool write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* A new file of mode 0644 under the temporary name. */
static enum gp_status write_temporary(int dir_fd, const void *bytes, size_t len,
				      struct gp_error *err)
{
	if (unlinkat(dir_fd, TEMPORARY, 0) != 0 && errno != ENOENT)
		return failed(err, TEMPORARY);
	int fd = openat(dir_fd, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);
	if (fd < 0)
		return failed(err, TEMPORARY);
	/* fchmod: whatever the umask is, everybody must be able to read it. */
	bool ok = write_all(fd, bytes, len) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	enum gp_status st = ok ? GP_ST_OK : failed(err, TEMPORARY);
	close(fd);
	if (!ok)
		unlinkat(dir_fd, TEMPORARY, 0);
	return st;
}

enum gp_status gp_publish_durable(struct gp_publisher *p, const void *bytes, size_t len,
				  struct gp_error *err)
{
	enum gp_status st = write_temporary(p->durable_fd, bytes, len, err);
	if (st != GP_ST_OK)
		return st;
	step(p, GP_STEP_DURABLE_WRITTEN);
	if (renameat(p->durable_fd, TEMPORARY, p->durable_fd, CURRENT) != 0 ||
	    fsync(p->durable_fd) != 0)
		return failed(err, p->durable_dir);
	step(p, GP_STEP_DURABLE_RENAMED);
	return GP_ST_OK;
}

/* Whether it is a file of ours, and not the second name of somebody else's. False with ERRNO set:
 * that could not be found out. */
static bool is_directory_file(int fd, const struct stat *st)
{
	char magic[GP_DIR_MAGIC_LEN];
	errno = 0;
	return gp_trusted_file(st) && st->st_size >= GP_DIR_H_SIZE &&
	       pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, GP_DIR_MAGIC, sizeof(magic)) == 0;
}

/* Sets the one word that may change in a published file; readers then take up the new one. */
static enum gp_status flag(int dir_fd, const char *name, struct gp_error *err)
{
	static const uint8_t set[4] = {1, 0, 0, 0};
	struct stat st;
	int fd = openat(dir_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return failed(err, name);
	bool done = fstat(fd, &st) == 0;
	if (done && is_directory_file(fd, &st))
		done = pwrite(fd, set, sizeof(set), GP_DIR_H_SUPERSEDED) == (ssize_t)sizeof(set);
	else if (done)
		done = errno == 0; /* something else under that name is left alone */
	enum gp_status status = done ? GP_ST_OK : failed(err, name);
	close(fd);
	return status;
}

/* The generation of the current file, for the name of its second link; any number would do. */
static uint64_t current_generation(int dir_fd)
{
	uint8_t head[GP_DIR_H_SIZE] = {0};
	int fd = openat(dir_fd, CURRENT, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	bool whole = pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head);
	close(fd);
	return whole ? gp_dir_u64(head + GP_DIR_H_GENERATION) : 0;
}

/* Only what is known to be absent is: an old file taken for none would never be flagged. */
static enum gp_status look_at_current(const struct gp_publisher *p, struct stat *now, bool *present,
				      struct gp_error *err)
{
	*present = fstatat(p->run_fd, CURRENT, now, AT_SYMLINK_NOFOLLOW) == 0;
	return *present || errno == ENOENT ? GP_ST_OK : failed(err, CURRENT);
}

enum gp_status gp_publish_run(struct gp_publisher *p, const void *bytes, size_t len,
			      struct gp_error *err)
{
	char old[sizeof(SUPERSEDED) + 20];
	int n = snprintf(old, sizeof(old), SUPERSEDED "%llu",
			 (unsigned long long)current_generation(p->run_fd));
	if (n < 0 || (size_t)n >= sizeof(old))
		return GP_ST_INTERNAL;
	enum gp_status st = write_temporary(p->run_fd, bytes, len, err);
	if (st != GP_ST_OK)
		return st;
	step(p, GP_STEP_RUN_WRITTEN);
	/* After the rename the old file would have no name to flag it by. What is no file was never
	 * anybody's directory, and is replaced as it stands. */
	struct stat now;
	bool present = false;
	st = look_at_current(p, &now, &present, err);
	if (st != GP_ST_OK)
		return st;
	bool linked = present && S_ISREG(now.st_mode);
	if (linked && linkat(p->run_fd, CURRENT, p->run_fd, old, 0) != 0)
		return failed(err, old);
	step(p, GP_STEP_RUN_LINKED);
	if (renameat(p->run_fd, TEMPORARY, p->run_fd, CURRENT) != 0) {
		st = failed(err, CURRENT);
		if (linked)
			unlinkat(p->run_fd, old, 0);
		return st;
	}
	step(p, GP_STEP_RUN_RENAMED);
	if (!linked)
		return GP_ST_OK;
	st = flag(p->run_fd, old, err);
	step(p, GP_STEP_RUN_FLAGGED);
	/* If flagging failed the name stays for the next start to try again. */
	if (st == GP_ST_OK && unlinkat(p->run_fd, old, 0) != 0)
		st = failed(err, old);
	step(p, GP_STEP_RUN_UNLINKED);
	return st;
}

static enum gp_status clean_one(struct gp_publisher *p, const char *name, struct gp_error *err)
{
	struct stat left;
	struct stat now;
	if (fstatat(p->run_fd, name, &left, AT_SYMLINK_NOFOLLOW) != 0)
		return failed(err, name);
	bool present = false;
	enum gp_status st = look_at_current(p, &now, &present, err);
	if (st != GP_ST_OK)
		return st;
	/* Killed between link and rename: it is the current file still, which must not be
	 * flagged. */
	bool is_current = present && now.st_dev == left.st_dev && now.st_ino == left.st_ino;
	if (!is_current && S_ISREG(left.st_mode)) {
		st = flag(p->run_fd, name, err);
		if (st != GP_ST_OK)
			return st;
	}
	return unlinkat(p->run_fd, name, 0) == 0 ? GP_ST_OK : failed(err, name);
}

enum gp_status gp_publish_clean(struct gp_publisher *p, struct gp_error *err)
{
	int fd = openat(p->run_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return failed(err, p->run_dir);
	}
	enum gp_status st = GP_ST_OK;
	const struct dirent *e;
	while (st == GP_ST_OK && (e = readdir(dir)) != NULL)
		if (gp_str_starts(gp_str_from(e->d_name), SUPERSEDED))
			st = clean_one(p, e->d_name, err);
	closedir(dir);
	unlinkat(p->run_fd, TEMPORARY, 0);
	unlinkat(p->durable_fd, TEMPORARY, 0);
	return st;
}
