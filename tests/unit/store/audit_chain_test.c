/* SPDX-License-Identifier: Apache-2.0 */
/* The chain over restarts, rotations, and a disk that fails or does not answer. */
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

#include "store/audit_verify.h"

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

static int set_up(void **state)
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

static int tear_down(void **state)
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
static void start(struct place *p)
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

static struct gp_audit_record sample(const char *verdict)
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

static enum gp_status try(struct place *p)
{
	const struct gp_audit_record record = sample("admitted");
	return gp_audit_write(p->audit, &record, NULL);
}

static void put(struct place *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(try(p), GP_ST_OK);
}

/* What the whole chain looks like to an auditor, who knows the kept head. */
static struct gp_audit_verify verify(const struct place *p)
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

static void expect_whole(const struct place *p, uint64_t records)
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
static size_t count_of(const char *file, const char *word)
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

static off_t size_of(const char *file)
{
	struct stat st;
	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

static void test_chain_goes_on_over_a_restart(void **state)
{
	struct place *p = *state;
	start(p);
	put(p, 3);
	start(p);
	assert_false(p->broken);
	put(p, 2);
	expect_whole(p, 5);
}

static void test_chain_goes_on_over_a_rotation(void **state)
{
	struct place *p = *state;
	start(p);
	put(p, 3);
	assert_int_equal(rename(p->file, p->first), 0);
	put(p, 2);
	/* Stopped between the rotation and the first record: whether or not there is a new file. */
	assert_int_equal(rename(p->file, p->second), 0);
	start(p);
	assert_false(p->broken);
	assert_int_equal(size_of(p->file), 0);
	start(p);
	assert_false(p->broken);
	put(p, 1);
	expect_whole(p, 6);
	/* Retention takes the oldest away: the rest is whole. */
	assert_int_equal(unlink(p->first), 0);
	const struct gp_audit_verify v = verify(p);
	assert_int_equal(v.broken, 0);
	assert_int_equal(v.first_seq, 4);
	assert_int_equal(v.records, 3);
	start(p);
	assert_false(p->broken);
}

/* Killed between the line and its head, or the power failed before older heads were on the disk:
 * the line counts. */
static void test_line_counts_more_than_the_head(void **state)
{
	struct place *p = *state;
	char kept[256];
	for (size_t behind = 1; behind <= 4; behind++) {
		start(p);
		put(p, 2);
		int fd = open(p->head, O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		ssize_t len = read(fd, kept, sizeof(kept));
		assert_true(len > 0);
		put(p, behind);
		if (behind == 4)
			assert_int_equal(rename(p->file, p->first), 0);
		assert_int_equal(pwrite(fd, kept, (size_t)len, 0), len);
		assert_int_equal(close(fd), 0);
		start(p);
		assert_false(p->broken);
		put(p, 1);
		if (behind == 4)
			assert_int_equal(count_of(p->file, "\"seq\""), 1);
	}
	expect_whole(p, 3 * 4 + 1 + 2 + 3 + 4);
}

static void test_what_was_taken_back_is_no_link(void **state)
{
	struct place *p = *state;
	start(p);
	put(p, 2);
	disk.syncs = 1;
	assert_int_equal(try(p), GP_ST_IO);
	put(p, 1);
	/* 3 is the note that a record was lost. */
	expect_whole(p, 4);
	assert_int_equal(count_of(p->file, "records-lost"), 1);
	start(p);
	assert_false(p->broken);
}

static void test_what_stays_is_a_link_and_is_contradicted(void **state)
{
	struct place *p = *state;
	start(p);
	put(p, 2);
	disk.syncs = 1;
	disk.truncates = 1;
	assert_int_equal(try(p), GP_ST_IO);
	assert_int_equal(count_of(p->file, "withdrawn"), 0);
	/* It is said without waiting for the next guest. */
	gp_audit_tick(p->audit, 1795379863, 1000);
	assert_int_equal(count_of(p->file, "withdrawn"), 1);
	assert_int_equal(count_of(p->file, "\"detail\":\"seq=3\""), 1);
	gp_audit_tick(p->audit, 1795379864, 2000);
	put(p, 1);
	expect_whole(p, 5);
	/* A refusal that stays is true. */
	const struct gp_audit_record refused = sample("refused");
	disk.syncs = 1;
	disk.truncates = 1;
	assert_int_equal(gp_audit_write(p->audit, &refused, NULL), GP_ST_IO);
	put(p, 1);
	expect_whole(p, 7);
	assert_int_equal(count_of(p->file, "withdrawn"), 1);
}

/* A file that may only grow keeps the piece of a record: the chain goes on around it. */
static void test_a_piece_is_told_and_breaks_nothing(void **state)
{
	struct place *p = *state;
	start(p);
	put(p, 2);
	int fd = open(p->file, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{\"seq\":3,\"pr", 12), 12);
	assert_int_equal(close(fd), 0);
	disk.truncates = 1;
	start(p);
	assert_false(p->broken);
	put(p, 2);
	const struct gp_audit_verify v = verify(p);
	assert_int_equal(v.broken, 0);
	assert_int_equal(v.pieces, 1);
	assert_int_equal(v.records, 4);
}

static void test_events(void **state)
{
	struct place *p = *state;
	struct gp_audit_event many[3000];
	const struct gp_audit_event event = {.time_s = 1795379862,
					     .event = "confirmed",
					     .name = "ada@fabrikam.example",
					     .oid = "11111111-2222-4333-8444-555555555555",
					     .uid = 0x77400001,
					     .by = "uid=0 loginuid=1000",
					     .detail = "replaces=\"\n{\"x"};
	for (size_t i = 0; i < 3000; i++)
		many[i] = event;
	start(p);
	put(p, 1);
	assert_int_equal(gp_audit_event_write(p->audit, &event, NULL), GP_ST_OK);
	assert_int_equal(count_of(p->file, "\"event\":\"confirmed\",\"name\":\"ada@fabrikam."
					   "example\",\"oid\":\"11111111-2222-4333-8444-"
					   "555555555555\",\"uid\":2000683009,\"by\":\"uid=0 "
					   "loginuid=1000\",\"detail\":\"replaces="),
			 1);
	assert_int_equal(gp_audit_events_write(p->audit, many, 3000, NULL), GP_ST_OK);
	assert_int_equal(gp_audit_events_write(p->audit, NULL, 0, NULL), GP_ST_OK);
	put(p, 1);
	expect_whole(p, 3003);
	/* Those that could not be written are counted. */
	disk.syncs = 1;
	assert_int_equal(gp_audit_events_write(p->audit, many, 3000, NULL), GP_ST_IO);
	assert_int_equal(rename(p->file, p->first), 0);
	put(p, 1);
	assert_int_equal(count_of(p->file, "\"detail\":\"count=3000\""), 1);
	expect_whole(p, 3005);
}

/* What somebody did to the file while nobody wrote: the start says it, the audit has it, and the
 * chain shows it for ever. */
static void test_start_finds_a_cut_tail(void **state)
{
	struct place *p = *state;
	start(p);
	put(p, 2);
	const off_t keep = size_of(p->file);
	put(p, 3);
	gp_audit_close(p->audit);
	p->audit = NULL;
	assert_int_equal(truncate(p->file, keep), 0);
	start(p);
	assert_true(p->broken);
	put(p, 1);
	assert_int_equal(count_of(p->file, "audit-chain-broken"), 1);
	assert_int_equal(count_of(p->file, "why=records-missing last=2:"), 1);
	const struct gp_audit_verify v = verify(p);
	assert_int_equal(v.broken, 1);
	assert_int_equal(v.head.seq, 7);
	/* Said once. */
	start(p);
	assert_false(p->broken);
}

static void test_start_finds_a_changed_end(void **state)
{
	static const struct {
		const char *why;
		int what;
	} rows[] = {{"why=rewritten", 0},
		    {"why=head-missing", 1},
		    {"why=head-unreadable", 2},
		    {"why=records-gone", 3}};
	struct place *p = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(p);
		put(p, 2);
		gp_audit_close(p->audit);
		p->audit = NULL;
		int fd = open(rows[i].what == 2 ? p->head : p->file, O_WRONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		if (rows[i].what == 0)
			assert_int_equal(pwrite(fd, "X", 1, size_of(p->file) - 6), 1);
		else if (rows[i].what == 1)
			assert_int_equal(unlink(p->head), 0);
		else if (rows[i].what == 2)
			assert_int_equal(pwrite(fd, "X", 1, 5), 1);
		else
			assert_int_equal(truncate(p->file, 0), 0);
		assert_int_equal(close(fd), 0);
		start(p);
		assert_true(p->broken);
		put(p, 1);
		assert_int_equal(count_of(p->file, rows[i].why), 1);
		(void)unlink(p->file);
		(void)unlink(p->head);
	}
}

static void test_older_lines_are_no_break(void **state)
{
	static const char older[] = "{\"time\":\"2026-11-22T20:37:42Z\",\"event\":\"sign-in\"}\n";
	struct place *p = *state;
	int fd = open(p->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, older, sizeof(older) - 1), sizeof(older) - 1);
	assert_int_equal(close(fd), 0);
	start(p);
	assert_false(p->broken);
	put(p, 2);
	expect_whole(p, 2);
	assert_int_equal(verify(p).older, 1);
}

/* While the disk does not answer the record does not count, and nobody waits for another one. What
 * lands later is contradicted. */
static void test_disk_does_not_answer(void **state)
{
	struct place *p = *state;
	struct gp_error err = {0};
	int64_t time_s = 0;
	int pipe_fds[2];
	assert_int_equal(pipe(pipe_fds), 0);
	start(p);
	put(p, 1);
	gp_audit_set_limit(p->audit, 20);
	disk.hold = pipe_fds[0];
	assert_int_equal(try(p), GP_ST_TIMEOUT);
	assert_int_equal(gp_audit_status(p->audit, &time_s, &err), GP_ST_TIMEOUT);
	/* This one would fail without a limit too, if it were waited for. */
	gp_audit_set_limit(p->audit, INT32_MAX);
	assert_int_equal(try(p), GP_ST_TIMEOUT);
	gp_audit_tick(p->audit, 1795379863, 1000);
	disk.hold = -1;
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	/* The thread says when; each try that comes too early is lost and told. */
	size_t early = 0;
	while (try(p) != GP_ST_OK)
		assert_true(early++ < 100000000);
	assert_int_equal(count_of(p->file, "\"event\":\"withdrawn\""), 1);
	assert_int_equal(count_of(p->file, "\"detail\":\"seq=2\""), 1);
	assert_int_equal(count_of(p->file, "records-lost"), 1);
	expect_whole(p, 5);
	assert_int_equal(close(pipe_fds[0]), 0);
	assert_int_equal(close(pipe_fds[1]), 0);
}

/* The head goes to the journal at the start, with each record, and now and then when it advanced.
 */
static void test_heads_go_to_the_journal(void **state)
{
	struct place *p = *state;
	char got[8192];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	assert_int_equal(
		gp_copy(address.sun_path, sizeof(address.sun_path), gp_str_from(p->journal)), 0);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	start(p);
	put(p, 1);
	gp_audit_set_journal(p->audit, p->journal);
	gp_audit_tick(p->audit, 1795379863, 1000);
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);
	assert_true(n > 0);
	got[n] = '\0';
	struct gp_audit_state now;
	char expected[128];
	gp_audit_get_state(p->audit, &now);
	assert_int_equal(gp_format(expected, sizeof(expected),
				   "\nGUESTPASS_AUDIT_SEQ=1\nGUESTPASS_AUDIT_HEAD=%s\n", now.head),
			 GP_ST_OK);
	assert_non_null(strstr(got, expected));
	assert_non_null(strstr(got, "\nMESSAGE=audit head 1:"));
	/* Nothing new, or not yet due. */
	gp_audit_tick(p->audit, 1795379863, 1000 + 2 * GP_AUDIT_HEAD_MS);
	assert_int_equal(recv(fd, got, sizeof(got), 0), -1);
	gp_audit_set_journal(p->audit, NULL);
	put(p, 1);
	gp_audit_set_journal(p->audit, p->journal);
	gp_audit_tick(p->audit, 1795379863, 999 + GP_AUDIT_HEAD_MS);
	assert_int_equal(recv(fd, got, sizeof(got), 0), -1);
	gp_audit_tick(p->audit, 1795379863, 1000 + GP_AUDIT_HEAD_MS);
	assert_true(recv(fd, got, sizeof(got), 0) > 0);
	assert_non_null(strstr(got, "\nGUESTPASS_AUDIT_SEQ=2\n"));
	const struct gp_audit_record refused = sample("refused");
	assert_int_equal(gp_audit_write(p->audit, &refused, NULL), GP_ST_OK);
	assert_true(recv(fd, got, sizeof(got), 0) > 0);
	assert_non_null(strstr(got, "\nGUESTPASS_AUDIT_SEQ=3\n"));
	assert_int_equal(close(fd), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_chain_goes_on_over_a_restart),
		TEST(test_chain_goes_on_over_a_rotation),
		TEST(test_line_counts_more_than_the_head),
		TEST(test_what_was_taken_back_is_no_link),
		TEST(test_what_stays_is_a_link_and_is_contradicted),
		TEST(test_a_piece_is_told_and_breaks_nothing),
		TEST(test_events),
		TEST(test_start_finds_a_cut_tail),
		TEST(test_start_finds_a_changed_end),
		TEST(test_older_lines_are_no_break),
		TEST(test_disk_does_not_answer),
		TEST(test_heads_go_to_the_journal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
