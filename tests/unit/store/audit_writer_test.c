/* SPDX-License-Identifier: Apache-2.0 */
/* The chain on a disk that fails or does not answer; events, and heads in the journal. */
#include "tests/unit/store/audit_rig.h"

#include "contract/ban.h"

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
					     .reason = "ticket 5",
					     .detail = "replaces=\"\n{\"x"};
	for (size_t i = 0; i < 3000; i++)
		many[i] = event;
	start(p);
	put(p, 1);
	assert_int_equal(gp_audit_event_write(p->audit, &event, NULL), GP_ST_OK);
	assert_int_equal(count_of(p->file, "\"event\":\"confirmed\",\"name\":\"ada@fabrikam."
					   "example\",\"oid\":\"11111111-2222-4333-8444-"
					   "555555555555\",\"uid\":2000683009,\"by\":\"uid=0 "
					   "loginuid=1000\",\"reason\":\"ticket 5\","
					   "\"detail\":\"replaces="),
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_was_taken_back_is_no_link),
		TEST(test_what_stays_is_a_link_and_is_contradicted),
		TEST(test_a_piece_is_told_and_breaks_nothing),
		TEST(test_events),
		TEST(test_disk_does_not_answer),
		TEST(test_heads_go_to_the_journal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
