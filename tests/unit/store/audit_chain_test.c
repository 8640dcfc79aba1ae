/* SPDX-License-Identifier: Apache-2.0 */
/* The chain over restarts and rotations, and what a start finds. */
#include "tests/unit/store/audit_rig.h"

#include "contract/ban.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_chain_goes_on_over_a_restart),   TEST(test_chain_goes_on_over_a_rotation),
		TEST(test_line_counts_more_than_the_head), TEST(test_start_finds_a_cut_tail),
		TEST(test_start_finds_a_changed_end),      TEST(test_older_lines_are_no_break),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
