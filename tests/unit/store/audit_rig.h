/* SPDX-License-Identifier: Apache-2.0 */
/* An audit in a directory of its own, on a disk that can be made to fail. */
#ifndef GP_TESTS_AUDIT_RIG_H
#define GP_TESTS_AUDIT_RIG_H

#include "store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/audit_verify.h"

#include "contract/ban.h"

/* In the place of libc's: a disk that fails, or holds who asks until a byte comes. */
static struct {
	int syncs;     /* so many fail */
	int truncates; /* so many fail */
	int hold;      /* read from before the next sync; -1: none */
} disk = {.hold = -1};

int fdatasync(int fd)
{
	if (disk.hold >= 0) {
		char byte = 0;
		assert_int_equal(read(disk.hold, &byte, 1), 1);
	}
	if (disk.syncs > 0) {
		disk.syncs--;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t length)
{
	if (disk.truncates > 0) {
		disk.truncates--;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_ftruncate, fd, length);
}

#define PATHS 5
struct place {
	char dir[64];
	char file[96];
	char head[96];
	char first[96];  /* rotated */
	char second[96]; /* rotated later */
	char journal[96];
	struct gp_audit *audit;
	bool broken; /* when it was opened */
};

static inline int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	if (p == NULL || gp_copy(p->dir, sizeof(p->dir), GP_STR("/tmp/gp-chain-XXXXXX")) != 0 ||
	    mkdtemp(p->dir) == NULL) {
		free(p);
		return -1;
	}
	const struct {
		char *to;
		const char *name;
	} paths[PATHS] = {{p->file, "audit.jsonl"},
			  {p->head, "audit.jsonl.head"},
			  {p->first, "audit.jsonl-20261125"},
			  {p->second, "audit.jsonl-20261126"},
			  {p->journal, "journal"}};
	for (size_t i = 0; i < PATHS; i++)
		assert_int_equal(gp_format(paths[i].to, 96, "%s/%s", p->dir, paths[i].name), 0);
	*state = p;
	return 0;
}

static inline int tear_down(void **state)
{
	struct place *p = *state;
	const char *const all[PATHS] = {p->file, p->head, p->first, p->second, p->journal};
	gp_audit_close(p->audit);
	for (size_t i = 0; i < PATHS; i++)
		(void)unlink(all[i]);
	int rc = rmdir(p->dir);
	free(p);
	return rc;
}

/* The daemon starts; again, if it ran. */
static inline void start(struct place *p)
{
	struct gp_audit_state now;
	struct gp_error err = {0};
	gp_audit_close(p->audit);
	p->audit = NULL;
	if (gp_audit_open(p->file, &p->audit, &err) != GP_ST_OK)
		fail_msg("open: %s", err.text);
	gp_audit_set_journal(p->audit, NULL);
	gp_audit_get_state(p->audit, &now);
	p->broken = now.broken;
}

static inline struct gp_audit_record sample(const char *verdict)
{
	return (struct gp_audit_record){
		.time_s = 1795379862,
		.event = "sign-in",
		.decision = {0xde, 0xad},
		.name = "ada@fabrikam.example",
		.auth_time = -1,
		.verdict = verdict,
		.reason = "ok",
	};
}

static inline enum gp_status try(struct place *p)
{
	const struct gp_audit_record record = sample("admitted");
	return gp_audit_write(p->audit, &record, NULL);
}

static inline void put(struct place *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(try(p), GP_ST_OK);
}

/* What the whole chain looks like to an auditor, who knows the kept head. */
static inline struct gp_audit_verify verify(const struct place *p)
{
	struct gp_audit_files files = {0};
	struct gp_audit_verify v = {0};
	char text[256] = "";
	int fd = open(p->head, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ssize_t n = read(fd, text, sizeof(text));
	assert_true(n > 0);
	assert_int_equal(close(fd), 0);
	const struct gp_str kept = gp_str_trim((struct gp_str){text, (size_t)n - 1});
	assert_int_equal(gp_audit_head_parse(kept, &v.wanted), GP_ST_OK);
	assert_int_equal(gp_audit_files_list(p->file, &files, NULL), GP_ST_OK);
	assert_int_equal(gp_audit_verify_files(&v, &files, 0, NULL), GP_ST_OK);
	gp_audit_files_free(&files);
	return v;
}

static inline void expect_whole(const struct place *p, uint64_t records)
{
	const struct gp_audit_verify v = verify(p);
	assert_int_equal(v.broken, 0);
	assert_int_equal(v.pieces, 0);
	assert_int_equal(v.records, records);
	assert_int_equal(v.first_seq, 1);
	assert_int_equal(v.head.seq, records);
	assert_true(v.wanted_seen);
}

/* How often FILE says WORD. */
static inline size_t count_of(const char *file, const char *word)
{
	char text[65536];
	size_t n = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ssize_t len = read(fd, text, sizeof(text) - 1);
	assert_true(len >= 0);
	text[len] = '\0';
	assert_int_equal(close(fd), 0);
	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		n++;
	return n;
}

static inline off_t size_of(const char *file)
{
	struct stat st;
	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
