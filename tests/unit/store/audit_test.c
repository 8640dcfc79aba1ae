/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "contract/text.h"

#include "contract/ban.h"

/* In the place of libc's: a disk that fails. */
static struct {
	int syncs;     /* so many fail */
	int truncates; /* so many fail */
	int synced;    /* so many were asked for */
} disk;

int fdatasync(int fd)
{
	disk.synced++;
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

struct place {
	char dir[64];
	char file[96];
	char other[96];
	char head[96];
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	if (p == NULL || gp_copy(p->dir, sizeof(p->dir), GP_STR("/tmp/gp-audit-XXXXXX")) != 0 ||
	    mkdtemp(p->dir) == NULL ||
	    gp_format(p->file, sizeof(p->file), "%s/audit.log", p->dir) != GP_ST_OK ||
	    gp_format(p->other, sizeof(p->other), "%s/other", p->dir) != GP_ST_OK ||
	    gp_format(p->head, sizeof(p->head), "%s/audit.log.head", p->dir) != GP_ST_OK) {
		free(p);
		return -1;
	}
	*state = p;
	return 0;
}

/* As on a new host. */
static void forget(const struct place *p)
{
	(void)unlink(p->file);
	(void)unlink(p->head);
}

static int tear_down(void **state)
{
	struct place *p = *state;
	forget(p);
	(void)unlink(p->other);
	int rc = rmdir(p->dir);
	free(p);
	return rc;
}

static struct gp_audit *open_audit(const struct place *p)
{
	struct gp_audit *audit = NULL;
	struct gp_error err = {0};
	if (gp_audit_open(p->file, &audit, &err) != GP_ST_OK) {
		fail_msg("open: %s", err.text);
	}
	gp_audit_set_journal(audit, NULL);
	return audit;
}

static size_t slurp(const char *file, char *text, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ssize_t n = read(fd, text, size - 1);
	assert_true(n >= 0);
	assert_int_equal(close(fd), 0);
	text[n] = '\0';
	return (size_t)n;
}

/* The I-th line of TEXT, without its newline. */
static struct gp_str line_at(const char *text, size_t i)
{
	const char *at = text;
	for (; i > 0; i--) {
		at = strchr(at, '\n');
		assert_non_null(at);
		at++;
	}
	const char *end = strchr(at, '\n');
	assert_non_null(end);
	return (struct gp_str){at, (size_t)(end - at)};
}

static struct gp_json_doc *parse(struct gp_str line)
{
	struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};
	if (gp_json_parse(line, &doc, &err) != GP_ST_OK) {
		fail_msg("%s in %.*s", err.text, GP_STR_ARGS(line));
	}
	return doc;
}

static void expect_str(const struct gp_json *object, const char *key, const char *value)
{
	struct gp_str got = {0};
	assert_int_equal(gp_json_get_str(object, key, 4096, &got), GP_ST_OK);
	assert_int_equal(got.len, strlen(value));
	assert_memory_equal(got.ptr, value, got.len);
}

static struct gp_audit_record sample(void)
{
	return (struct gp_audit_record){
		.time_s = 1795379862,
		.event = "sign-in",
		.decision = {0xde, 0xad},
		.correlation_id = "c0ffee00-0000-4000-8000-000000000001",
		.trace_id = "",
		.tier = "contractors",
		.name = "ada@fabrikam.example",
		.oid = "11111111-2222-4333-8444-555555555555",
		.uid = 0x77400001,
		.auth_time = -1,
		.service = "sshd",
		.verdict = "refused",
		.reason = "guest-disabled",
	};
}

static void test_audit_line(void **state)
{
	char text[8192];
	struct gp_admission admission = {.verdict = GP_NO, .reason = "guest-disabled", .len = 2};
	admission.checks[0] = (struct gp_check){.name = "binding",
						.decidable = GP_PHASE_TOKEN,
						.verdict = GP_YES,
						.reason = "ok",
						.input = "proved=1"};
	admission.checks[1] = (struct gp_check){.name = "account-enabled",
						.decidable = GP_PHASE_TOKEN,
						.verdict = GP_NO,
						.reason = "guest-disabled",
						.input = "false"};
	struct gp_audit_record record = sample();
	record.admission = &admission;
	record.auth_time = 1795379800;
	struct gp_audit *audit = open_audit(*state);
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	gp_audit_close(audit);
	(void)slurp(((struct place *)*state)->file, text, sizeof(text));

	gp_json_doc_auto struct gp_json_doc *doc = parse(line_at(text, 0));
	const struct gp_json *root = gp_json_root(doc);
	expect_str(root, "time", "2026-11-22T20:37:42Z");
	expect_str(root, "event", "sign-in");
	expect_str(root, "decision", "dead0000000000000000000000000000");
	expect_str(root, "correlation_id", record.correlation_id);
	expect_str(root, "oid", record.oid);
	expect_str(root, "name", record.name);
	expect_str(root, "tier", record.tier);
	expect_str(root, "verdict", "refused");
	expect_str(root, "reason", "guest-disabled");
	expect_str(root, "auth_time", "2026-11-22T20:36:40Z");
	int64_t uid = 0;
	assert_int_equal(gp_json_get_int(root, "uid", 0, UINT32_MAX, &uid), GP_ST_OK);
	assert_int_equal(uid, 0x77400001);
	struct gp_str absent;
	assert_int_equal(gp_json_get_str(root, "trace_id", 64, &absent), GP_ST_NOT_FOUND);
	assert_int_equal(gp_json_get_str(root, "basis", 64, &absent), GP_ST_NOT_FOUND);

	const struct gp_json *checks = NULL;
	assert_int_equal(gp_json_get_array(root, "checks", &checks), GP_ST_OK);
	assert_int_equal(gp_json_array_len(checks), 2);
	expect_str(gp_json_array_at(checks, 0), "name", "binding");
	expect_str(gp_json_array_at(checks, 0), "verdict", "yes");
	expect_str(gp_json_array_at(checks, 1), "name", "account-enabled");
	expect_str(gp_json_array_at(checks, 1), "verdict", "no");
	expect_str(gp_json_array_at(checks, 1), "reason", "guest-disabled");
	expect_str(gp_json_array_at(checks, 1), "phase", "token");
	expect_str(gp_json_array_at(checks, 1), "input", "false");
}

static void test_audit_hostile_text(void **state)
{
	char text[16384];
	char longest[5000];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	struct gp_audit_record record = sample();
	record.address = "\x1b[2J\"},\n{\"verdict\":\"admitted\"\xff";
	record.tty = longest;
	struct gp_audit *audit = open_audit(*state);
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	gp_audit_close(audit);
	size_t len = slurp(((struct place *)*state)->file, text, sizeof(text));
	struct gp_str line = line_at(text, 0);
	assert_int_equal(line.len + 1, len);
	assert_true(gp_text_is_safe(line, GP_TEXT_LINE));
	assert_true(len < 3000);
	gp_json_doc_auto struct gp_json_doc *doc = parse(line);
	expect_str(gp_json_root(doc), "verdict", "refused");
}

static void test_audit_appends_and_follows_a_rename(void **state)
{
	const struct place *p = *state;
	char text[8192];
	struct gp_audit_record record = sample();
	struct gp_audit *audit = open_audit(p);
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	gp_audit_close(audit);
	audit = open_audit(p);
	record.reason = "second";
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	assert_int_equal(rename(p->file, p->other), 0);
	record.reason = "third";
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	(void)slurp(p->other, text, sizeof(text));
	assert_non_null(strstr(text, "guest-disabled"));
	gp_json_doc_auto struct gp_json_doc *second = parse(line_at(text, 1));
	expect_str(gp_json_root(second), "reason", "second");
	(void)slurp(p->file, text, sizeof(text));
	gp_json_doc_auto struct gp_json_doc *third = parse(line_at(text, 0));
	expect_str(gp_json_root(third), "reason", "third");
	struct stat st;
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07137, 0);
	gp_audit_close(audit);
	gp_audit_close(NULL);
}

/* A full disk cuts a line: the writer is told, and nothing of it stays. */
static void test_audit_short_write(void **state)
{
	const struct place *p = *state;
	char text[8192];
	struct gp_error err = {0};
	struct rlimit before, small;
	struct gp_audit_record record = sample();
	struct gp_audit *audit = open_audit(p);
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	size_t size = slurp(p->file, text, sizeof(text));
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = size + 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum gp_status cut = gp_audit_write(audit, &record, &err);
	enum gp_status full = gp_audit_write(audit, &record, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(cut, GP_ST_IO);
	assert_int_equal(err.code, GP_ST_IO);
	assert_int_equal(full, GP_ST_IO);
	record.reason = "after";
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	gp_audit_close(audit);
	(void)slurp(p->file, text, sizeof(text));
	gp_json_doc_auto struct gp_json_doc *lost = parse(line_at(text, 1));
	expect_str(gp_json_root(lost), "event", "records-lost");
	expect_str(gp_json_root(lost), "detail", "count=2");
	gp_json_doc_auto struct gp_json_doc *doc = parse(line_at(text, 2));
	expect_str(gp_json_root(doc), "reason", "after");
}

/* What is logged while RECORD is written, which must fail. */
static void write_and_fail(struct gp_audit *audit, const struct gp_audit_record *record,
			   const char *log, char *logged, size_t size)
{
	int before = dup(STDERR_FILENO);
	int to = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(before >= 0 && to >= 0);
	assert_int_equal(dup2(to, STDERR_FILENO), STDERR_FILENO);
	enum gp_status st = gp_audit_write(audit, record, NULL);
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(close(before), 0);
	assert_int_equal(close(to), 0);
	assert_int_equal(st, GP_ST_IO);
	(void)slurp(log, logged, size);
}

/* A disk that does not sync: the line goes again. One that does not let it go either: the log says
 * which decision's line stands there and was not given. */
static void test_audit_disk_fails(void **state)
{
	static const struct {
		int syncs, truncates;
		int synced;
		bool stays;
		const char *says; /* NULL: nothing */
	} rows[] = {
		{1, 0, 2, false, NULL},
		{2, 0, 2, false, "removed=unsynced"},
		{1, 1, 1, true, "removed=no"},
	};
	const struct place *p = *state;
	struct gp_audit_record record = sample();
	record.verdict = "admitted";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[8192], logged[4096];
		struct gp_audit *audit = open_audit(p);
		assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
		size_t whole = slurp(p->file, text, sizeof(text));
		disk.syncs = rows[i].syncs;
		disk.truncates = rows[i].truncates;
		disk.synced = 0;
		write_and_fail(audit, &record, p->other, logged, sizeof(logged));
		assert_int_equal(disk.synced, rows[i].synced);
		assert_int_equal(disk.syncs + disk.truncates, 0);
		assert_int_equal(slurp(p->file, text, sizeof(text)),
				 rows[i].stays ? 2 * whole : whole);
		if (rows[i].says == NULL) {
			assert_string_equal(logged, "");
		} else {
			assert_non_null(strstr(logged, "audit-record-stays"));
			assert_non_null(strstr(logged, "decision=dead0000"));
			assert_non_null(strstr(logged, "verdict=admitted"));
			assert_non_null(strstr(logged, rows[i].says));
		}
		/* The next one is a line of its own, and what happened is said before it. */
		assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
		(void)slurp(p->file, text, sizeof(text));
		const size_t at = rows[i].stays ? 2 : 1;
		gp_json_doc_auto struct gp_json_doc *said = parse(line_at(text, at));
		gp_json_doc_auto struct gp_json_doc *next = parse(line_at(text, at + 1));
		expect_str(gp_json_root(said), "event",
			   rows[i].stays ? "withdrawn" : "records-lost");
		expect_str(gp_json_root(said), "detail", rows[i].stays ? "seq=2" : "count=1");
		expect_str(gp_json_root(next), "event", "sign-in");
		gp_audit_close(audit);
		forget(p);
	}
}

static void leave_behind(const struct place *p, const char *text, size_t times)
{
	int fd = open(p->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	for (size_t i = 0; i < times; i++)
		assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

/* Killed in the middle of a record: the next start takes the piece away, however long it is. */
static void test_audit_opens_after_a_crash(void **state)
{
	static const size_t lengths[] = {1, 511, 512, 513, 1024, 8000};
	const struct place *p = *state;
	char text[8192];
	struct gp_audit_record record = sample();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct gp_audit *audit = open_audit(p);
		assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
		gp_audit_close(audit);
		size_t whole = slurp(p->file, text, sizeof(text));
		leave_behind(p, "{\"time\":", lengths[i]);
		audit = open_audit(p);
		gp_audit_close(audit);
		assert_int_equal(slurp(p->file, text, sizeof(text)), whole);
		forget(p);
	}
	/* Nothing but a piece. */
	leave_behind(p, "{\"time\":", 1);
	struct gp_audit *audit = open_audit(p);
	assert_int_equal(slurp(p->file, text, sizeof(text)), 0);
	gp_audit_close(audit);
}

/* What is longer than any record of ours is not ours to take away: the next one begins a line. */
static void test_audit_keeps_what_is_no_piece_of_a_record(void **state)
{
	const struct place *p = *state;
	struct gp_audit_record record = sample();
	struct stat st;
	leave_behind(p, "0123456789abcdef", 5000);
	struct gp_audit *audit = open_audit(p);
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	gp_audit_close(audit);
	assert_int_equal(stat(p->file, &st), 0);
	assert_true(st.st_size > 5000 * 16);
	int fd = open(p->file, O_RDONLY | O_CLOEXEC);
	char at[2] = {0};
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, at, 2, 5000 * 16), 2);
	assert_memory_equal(at, "\n{", 2);
	assert_int_equal(close(fd), 0);
}

static void test_audit_refuses_other_peoples_files(void **state)
{
	const struct place *p = *state;
	struct gp_audit *audit = NULL;
	struct gp_error err = {0};
	assert_int_equal(gp_audit_open("/dev/full", &audit, &err), GP_ST_DENIED);
	assert_int_equal(gp_audit_open("/nonexistent/audit.log", &audit, &err), GP_ST_DENIED);
	assert_int_equal(symlink("/dev/null", p->file), 0);
	assert_int_equal(gp_audit_open(p->file, &audit, &err), GP_ST_DENIED);
	forget(p);
	audit = open_audit(p);
	gp_audit_close(audit);
	audit = NULL;
	/* What is written here would change a file elsewhere. */
	assert_int_equal(link(p->file, p->other), 0);
	assert_int_equal(gp_audit_open(p->file, &audit, &err), GP_ST_DENIED);
	assert_int_equal(unlink(p->other), 0);
	assert_int_equal(chmod(p->file, 0660), 0);
	assert_int_equal(gp_audit_open(p->file, &audit, &err), GP_ST_DENIED);
	assert_null(audit);
	assert_non_null(strstr(err.text, "nobody else"));
}

static void test_audit_journal(void **state)
{
	const struct place *p = *state;
	char got[8192];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	assert_int_equal(gp_copy(address.sun_path, sizeof(address.sun_path), gp_str_from(p->other)),
			 0);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	struct gp_audit_record record = sample();
	record.address = "192.0.2.7\nPRIORITY=0";
	struct gp_admission admission = {.len = 1};
	admission.checks[0] =
		(struct gp_check){.name = "tier-open", .verdict = GP_YES, .reason = "ok"};
	record.admission = &admission;
	struct gp_audit *audit = open_audit(p);
	gp_audit_set_journal(audit, p->other);
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);
	assert_true(n > 0);
	got[n] = '\0';
	assert_non_null(strstr(got, "GUESTPASS_DECISION=dead0000000000000000000000000000\n"));
	assert_non_null(strstr(got, "\nGUESTPASS_REASON=guest-disabled\n"));
	assert_non_null(strstr(got, "\nGUESTPASS_CHECK=tier-open=yes ok\n"));
	assert_non_null(strstr(got, "\nGUESTPASS_AUDIT_SEQ=1\nGUESTPASS_AUDIT_HEAD="));
	assert_non_null(strstr(got, "\nMESSAGE=sign-in refused: guest 1111"));
	assert_null(strstr(got, "\nPRIORITY=0"));
	/* Nobody listens any more, or nobody reads: the record is on the disk all the same. */
	assert_int_equal(close(fd), 0);
	assert_int_equal(gp_audit_write(audit, &record, NULL), GP_ST_OK);
	gp_audit_close(audit);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_audit_line),
		TEST(test_audit_hostile_text),
		TEST(test_audit_appends_and_follows_a_rename),
		TEST(test_audit_short_write),
		TEST(test_audit_disk_fails),
		TEST(test_audit_opens_after_a_crash),
		TEST(test_audit_keeps_what_is_no_piece_of_a_record),
		TEST(test_audit_refuses_other_peoples_files),
		TEST(test_audit_journal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
