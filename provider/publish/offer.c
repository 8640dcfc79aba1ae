/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a candidate, and of the durable copy at a start. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "contract/directory_build.h"
#include "contract/trusted.h"
#include "publish/publish.h"

#include "contract/ban.h"

#define LOCK_NAME    "publisher.lock"
#define LOCK_STEP_MS 20

enum gp_status gp_publisher_check(struct gp_publisher *p, const void *bytes, size_t len,
				  struct gp_directory_view *view, struct gp_error *err)
{
	enum gp_status st = gp_ids_conf_load(p->ids_conf, &p->rules, err);
	if (st != GP_ST_OK)
		return GP_ST_UNAVAILABLE;
	st = gp_directory_validate(bytes, len, &p->rules, view, err);
	return st == GP_ST_OK ? gp_publish_check_local(view, p->passwd, p->group, err) : st;
}

/* What stands in a directory now; false if nothing there can be used. */
static bool load_current(int dir_fd, struct gp_publish_copy *copy, struct gp_directory_view *view)
{
	if (gp_publish_copy_file(dir_fd, "directory", true, copy) != GP_ST_OK)
		return false;
	if (gp_directory_attach(copy->ptr, copy->len, view) == GP_ST_OK && gp_directory_whole(view))
		return true;
	gp_publish_free(copy);
	return false;
}

/* So that no candidate can use up the numbers for those after it. */
#define GENERATION_STRIDE (1ULL << 32)

struct standing {
	uint64_t generation; /* the higher of both files */
	uint64_t run_generation;
	bool same; /* both say what the candidate says */
};

static struct standing compare(struct gp_publisher *p, const struct gp_directory_view *candidate)
{
	const int dirs[2] = {p->run_fd, p->durable_fd};
	struct standing s = {.same = true};
	for (size_t i = 0; i < 2; i++) {
		struct gp_publish_copy copy = {NULL, 0};
		struct gp_directory_view view;
		if (!load_current(dirs[i], &copy, &view)) {
			s.same = false;
			continue;
		}
		if (view.generation > s.generation)
			s.generation = view.generation;
		if (i == 0 && !gp_directory_superseded(&view))
			s.run_generation = view.generation;
		s.same = s.same && candidate != NULL && !gp_directory_superseded(&view) &&
			 gp_directory_same_records(&view, candidate);
		gp_publish_free(&copy);
	}
	return s;
}

static enum gp_status publish(struct gp_publisher *p, const void *bytes, size_t len,
			      struct gp_error *err)
{
	enum gp_status st = gp_publish_has_space(p->durable_fd, len, err);
	if (st == GP_ST_OK)
		st = gp_publish_has_space(p->run_fd, len, err);
	if (st == GP_ST_OK)
		st = gp_publish_durable(p, bytes, len, err);
	return st == GP_ST_OK ? gp_publish_run(p, bytes, len, err) : st;
}

struct gp_publish_reply gp_publisher_offer(struct gp_publisher *p, const void *bytes, size_t len)
{
	struct gp_directory_view view;
	struct gp_error err = {0};
	enum gp_publish_outcome outcome = GP_PUBLISH_REFUSED;

	enum gp_status st = gp_publisher_check(p, bytes, len, &view, &err);
	struct standing now = compare(p, st == GP_ST_OK ? &view : NULL);
	if (st == GP_ST_OK && now.same) {
		outcome = GP_PUBLISH_UNCHANGED;
	} else if (st == GP_ST_OK && (view.generation <= now.generation ||
				      view.generation - now.generation > GENERATION_STRIDE)) {
		(void)gp_fail(&err, GP_ST_CONFLICT, "generation must be above %llu, and near it",
			      (unsigned long long)now.generation);
	} else if (st == GP_ST_OK) {
		st = publish(p, bytes, len, &err);
		outcome = st == GP_ST_OK ? GP_PUBLISH_DONE : GP_PUBLISH_FAILED;
		/* What was written is known; how far one came that failed is not. */
		if (st == GP_ST_OK)
			now.generation = view.generation;
		else
			now = compare(p, NULL);
	} else if (st == GP_ST_UNAVAILABLE || st == GP_ST_NO_MEMORY) {
		outcome = GP_PUBLISH_FAILED;
	}
	struct gp_publish_reply reply = {.outcome = outcome, .generation = now.generation};
	memcpy(reply.text, err.text, sizeof(err.text));
	return reply;
}

static enum gp_status open_dir(const char *path, int *out, struct gp_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return gp_fail(err, GP_ST_IO, "%s: %m", path);
	if (fstat(fd, &st) != 0 || st.st_uid != GP_TRUSTED_UID ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		close(fd);
		return gp_fail(err, GP_ST_DENIED,
			       "%s: must be owned by root and writable by nobody else", path);
	}
	*out = fd;
	return GP_ST_OK;
}

enum gp_status gp_publisher_restore(struct gp_publisher *p, struct gp_error *err)
{
	struct gp_publish_copy copy = {NULL, 0};
	struct gp_directory_view view;
	enum gp_status st = gp_publish_copy_file(p->durable_fd, "directory", true, &copy);
	if (st == GP_ST_NOT_FOUND)
		return GP_ST_OK;
	if (st != GP_ST_OK)
		return gp_fail(err, st, "%s: the durable copy cannot be read", p->durable_dir);
	/* It was good once; ids.conf and the local accounts may have changed. */
	st = gp_publisher_check(p, copy.ptr, copy.len, &view, err);
	if (st == GP_ST_OK && view.generation > compare(p, NULL).run_generation) {
		st = gp_publish_has_space(p->run_fd, copy.len, err);
		if (st == GP_ST_OK)
			st = gp_publish_run(p, copy.ptr, copy.len, err);
	}
	gp_publish_free(&copy);
	return st;
}

/* Whoever can open a file can lock it: ours is one that only root opens. */
static bool is_lock_file(const struct stat *st)
{
	return gp_trusted_file(st) && st->st_nlink == 1 && (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

/* Whatever else stands under the lock's name goes, unopened. */
static enum gp_status open_lock(struct gp_publisher *p, struct gp_error *err)
{
	struct stat st;
	if (fstatat(p->run_fd, LOCK_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!is_lock_file(&st) && unlinkat(p->run_fd, LOCK_NAME, 0) != 0)
			return gp_fail(err, GP_ST_IO, LOCK_NAME ": %m");
	} else if (errno != ENOENT) {
		return gp_fail(err, GP_ST_IO, LOCK_NAME ": %m");
	}
	p->lock_fd = openat(p->run_fd, LOCK_NAME,
			    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (p->lock_fd < 0)
		return gp_fail(err, GP_ST_IO, LOCK_NAME ": %m");
	return GP_ST_OK;
}

/* Somebody may have removed the file while we waited for it: the lock must be the named one's. */
static bool is_named_lock(const struct gp_publisher *p)
{
	struct stat held;
	struct stat named;
	return fstat(p->lock_fd, &held) == 0 &&
	       fstatat(p->run_fd, LOCK_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       is_lock_file(&held) && held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* One whose daemon was killed ends once its candidate is dealt with: it is waited for. */
static bool take_lock(const struct gp_publisher *p)
{
	const struct timespec pause = {0, LOCK_STEP_MS * 1000000L};
	for (int waited_ms = 0; flock(p->lock_fd, LOCK_EX | LOCK_NB) != 0;
	     waited_ms += LOCK_STEP_MS) {
		if (errno != EWOULDBLOCK || waited_ms >= p->lock_wait_ms)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return is_named_lock(p);
}

enum gp_status gp_publisher_open(struct gp_publisher *p, struct gp_error *err)
{
	p->run_fd = -1;
	p->durable_fd = -1;
	p->lock_fd = -1;
	enum gp_status st = open_dir(p->run_dir, &p->run_fd, err);
	if (st == GP_ST_OK)
		st = open_dir(p->durable_dir, &p->durable_fd, err);
	if (st == GP_ST_OK)
		st = open_lock(p, err);
	if (st == GP_ST_OK && !take_lock(p))
		st = gp_fail(err, GP_ST_CONFLICT, "%s: another publisher is at work", p->run_dir);
	return st == GP_ST_OK ? gp_publish_clean(p, err) : st;
}

void gp_publisher_close(struct gp_publisher *p)
{
	if (p->run_fd >= 0)
		close(p->run_fd);
	if (p->durable_fd >= 0)
		close(p->durable_fd);
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	p->run_fd = p->durable_fd = p->lock_fd = -1;
}
