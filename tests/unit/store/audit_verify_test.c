/* SPDX-License-Identifier: Apache-2.0 */
#include "base/audit_verify.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/audit_line.h"

#include "contract/ban.h"

#define RECORDS   6
#define ZEROS     "0000000000000000000000000000000000000000000000000000000000000000"
#define TOO_LARGE "9223372036854775808:" ZEROS

/* A chain of RECORDS as one text, in place of a file. */
struct chain {
	struct gp_buf text;
	size_t from[RECORDS + 1]; /* where each line begins */
	struct gp_audit_head heads[RECORDS + 1];
};

static void add_line(struct chain *c, size_t i, const char *detail)
{
	struct gp_audit_link link;
	const struct gp_audit_event event = {.time_s = 1795379862 + (int64_t)i,
					     .event = "enrolled",
					     .by = "guestpassd",
					     .detail = detail};
	gp_audit_link_next(&c->heads[i], &link);
	c->from[i] = c->text.len;
	gp_audit_event_line(&c->text, &link, &event);
	c->from[i + 1] = c->text.len;
	const struct gp_str line = {gp_buf_get(&c->text) + c->from[i],
				    c->from[i + 1] - c->from[i] - 1};
	c->heads[i + 1].seq = i + 1;
	assert_int_equal(gp_audit_hash(line, c->heads[i + 1].hash), GP_ST_OK);
}

static void make(struct chain *c, const char *detail)
{
	*c = (struct chain){.text = GP_BUF(1U << 20)};
	gp_audit_head_none(&c->heads[0]);
	for (size_t i = 0; i < RECORDS; i++)
		add_line(c, i, detail);
	assert_int_equal(gp_buf_status(&c->text), GP_ST_OK);
}

struct finding {
	enum gp_audit_finding what;
	uint64_t line;
	uint64_t count;
};
struct seen {
	struct finding list[32];
	size_t count;
};

static void on_found(void *arg, const struct gp_audit_found *found)
{
	struct seen *seen = arg;
	assert_true(seen->count < 32);
	/* Where there is no line there is no place. */
	assert_true(found->at.line == 0 || strcmp(found->at.file, "audit") == 0);
	assert_non_null(found->text);
	seen->list[seen->count++] = (struct finding){found->finding, found->at.line, found->count};
}

static struct gp_audit_verify look(const char *text, size_t len, const struct gp_audit_head *wanted,
				   struct seen *seen)
{
	struct gp_audit_verify v = {.found = on_found, .arg = seen};
	struct gp_audit_place at = {"audit", 0};
	*seen = (struct seen){0};
	if (wanted != NULL)
		v.wanted = *wanted;
	for (size_t from = 0; from < len;) {
		const char *end = memchr(text + from, '\n', len - from);
		const size_t to = end != NULL ? (size_t)(end - text) : len;
		at.line++;
		assert_int_equal(gp_audit_verify_line(&v, at,
						      (struct gp_str){text + from, to - from},
						      end != NULL),
				 GP_ST_OK);
		from = to + 1;
	}
	gp_audit_verify_end(&v);
	return v;
}

static void expect_one(const struct seen *seen, enum gp_audit_finding what, uint64_t line)
{
	assert_int_equal(seen->count, 1);
	assert_string_equal(gp_audit_finding_name(seen->list[0].what), gp_audit_finding_name(what));
	assert_int_equal(seen->list[0].line, line);
}

static void test_whole(void **state)
{
	(void)state;
	struct chain c;
	struct seen seen;
	make(&c, "one");
	struct gp_audit_verify v = look(gp_buf_get(&c.text), c.text.len, NULL, &seen);
	assert_int_equal(seen.count, 0);
	assert_int_equal(v.records, RECORDS);
	assert_int_equal(v.first_seq, 1);
	assert_int_equal(v.head.seq, RECORDS);
	assert_string_equal(v.head.hash, c.heads[RECORDS].hash);
	/* With any head that it ever had, with and without its number. */
	for (size_t i = 0; i <= RECORDS; i++) {
		struct gp_audit_head wanted = c.heads[i];
		v = look(gp_buf_get(&c.text), c.text.len, &wanted, &seen);
		assert_true(v.wanted_seen && v.broken == 0);
		wanted.seq = 0;
		v = look(gp_buf_get(&c.text), c.text.len, &wanted, &seen);
		assert_true(v.wanted_seen && v.broken == 0);
	}
	/* Retention took the first two away. */
	v = look(gp_buf_get(&c.text) + c.from[2], c.text.len - c.from[2], &c.heads[2], &seen);
	assert_true(v.wanted_seen && v.broken == 0);
	assert_int_equal(v.first_seq, 3);
	v = look(gp_buf_get(&c.text) + c.from[2], c.text.len - c.from[2], &c.heads[1], &seen);
	assert_int_equal(v.broken, 1);
	expect_one(&seen, GP_AUDIT_TOO_OLD, 4);
	gp_buf_free(&c.text);
}

/* Every byte, every bit: found, at that line or, where it can only be told between two, beside it.
 */
static void test_byte_changed(void **state)
{
	(void)state;
	struct chain c;
	struct seen seen;
	make(&c, "one");
	char *text = c.text.ptr;
	for (size_t line = 0; line < RECORDS; line++)
		for (size_t at = c.from[line]; at < c.from[line + 1]; at++)
			for (unsigned int bit = 0; bit < 8; bit++) {
				text[at] = (char)((unsigned char)text[at] ^ (1U << bit));
				struct gp_audit_verify v =
					look(text, c.text.len, &c.heads[RECORDS], &seen);
				text[at] = (char)((unsigned char)text[at] ^ (1U << bit));
				if (v.broken == 0)
					fail_msg("line %zu, byte %zu, bit %u", line,
						 at - c.from[line], bit);
				bool near = false;
				for (size_t i = 0; i < seen.count; i++)
					near |= seen.list[i].line >= line &&
						seen.list[i].line <= line + 2;
				assert_true(near);
			}
	/* In the middle the very line is named. */
	for (size_t line = 1; line < RECORDS - 1; line++)
		for (size_t at = c.from[line]; at < c.from[line + 1] - 1; at++) {
			text[at] ^= 1;
			(void)look(text, c.text.len, &c.heads[RECORDS], &seen);
			text[at] ^= 1;
			if (seen.list[0].line != line + 1)
				fail_msg("line %zu, byte %zu: line %llu", line, at - c.from[line],
					 (unsigned long long)seen.list[0].line);
			assert_int_equal(seen.list[0].what == GP_AUDIT_CHANGED ||
						 seen.list[0].what == GP_AUDIT_FOREIGN,
					 1);
		}
	gp_buf_free(&c.text);
}

static void test_record_dropped(void **state)
{
	(void)state;
	struct chain c;
	struct seen seen;
	make(&c, "one");
	for (size_t drop = 1; drop < RECORDS - 1; drop++) {
		gp_buf_auto struct gp_buf less = GP_BUF(1U << 20);
		gp_buf_add(&less, gp_buf_get(&c.text), c.from[drop]);
		gp_buf_add(&less, gp_buf_get(&c.text) + c.from[drop + 1],
			   c.text.len - c.from[drop + 1]);
		(void)look(gp_buf_get(&less), less.len, &c.heads[RECORDS], &seen);
		expect_one(&seen, GP_AUDIT_DROPPED, drop + 1);
		assert_int_equal(seen.list[0].count, 1);
	}
	gp_buf_free(&c.text);
}

/* Put in, or told twice. */
static void test_record_put_in(void **state)
{
	(void)state;
	struct chain c;
	struct seen seen;
	make(&c, "one");
	for (size_t twice = 0; twice < RECORDS; twice++) {
		gp_buf_auto struct gp_buf more = GP_BUF(1U << 20);
		gp_buf_add(&more, gp_buf_get(&c.text), c.from[twice + 1]);
		gp_buf_add(&more, gp_buf_get(&c.text) + c.from[twice], c.text.len - c.from[twice]);
		(void)look(gp_buf_get(&more), more.len, &c.heads[RECORDS], &seen);
		expect_one(&seen, GP_AUDIT_ORDER, twice + 2);
	}
	gp_buf_auto struct gp_buf foreign = GP_BUF(1U << 20);
	gp_buf_add(&foreign, gp_buf_get(&c.text), c.from[2]);
	gp_buf_text(&foreign, "{\"event\":\"sign-in\"}\n");
	gp_buf_add(&foreign, gp_buf_get(&c.text) + c.from[2], c.text.len - c.from[2]);
	(void)look(gp_buf_get(&foreign), foreign.len, NULL, &seen);
	expect_one(&seen, GP_AUDIT_FOREIGN, 3);
	gp_buf_free(&c.text);
}

/* At every byte: a head shows it, and nothing else can. */
/* What has no place in the chain counts as older than it, but only before its first record. */
static void test_older_lines_stand_before_the_first(void **state)
{
	(void)state;
	static const char older[] = "{\"time\":\"2026-11-01T00:00:00Z\",\"event\":\"sign-in\","
				    "\"verdict\":\"admitted\"}\n";
	struct chain c;
	struct seen seen;
	make(&c, "one");
	for (size_t i = 0; i < RECORDS; i++) {
		gp_buf_auto struct gp_buf text = GP_BUF(1U << 20);
		gp_buf_text(&text, older);
		gp_buf_add(&text, gp_buf_get(&c.text) + c.from[i], c.text.len - c.from[i]);
		assert_int_equal(gp_buf_status(&text), GP_ST_OK);
		struct gp_audit_verify v =
			look(gp_buf_get(&text), text.len, &c.heads[RECORDS], &seen);
		assert_int_equal(v.older, 1);
		if (i == 0) {
			assert_int_equal(seen.count, 0);
		} else {
			expect_one(&seen, GP_AUDIT_DROPPED, 2);
			assert_int_equal(seen.list[0].count, i);
		}
	}
	gp_buf_free(&c.text);
}

static void test_tail_cut(void **state)
{
	(void)state;
	struct chain c;
	struct seen seen;
	make(&c, "one");
	for (size_t len = 0; len < c.text.len; len++) {
		struct gp_audit_head wanted = c.heads[RECORDS];
		struct gp_audit_verify v = look(gp_buf_get(&c.text), len, NULL, &seen);
		assert_int_equal(v.broken, 0);
		v = look(gp_buf_get(&c.text), len, &wanted, &seen);
		assert_int_equal(v.broken, 1);
		assert_int_equal(seen.list[seen.count - 1].what, GP_AUDIT_CUT);
		assert_int_equal(seen.list[seen.count - 1].count, RECORDS - v.head.seq);
		wanted.seq = 0;
		v = look(gp_buf_get(&c.text), len, &wanted, &seen);
		assert_int_equal(v.broken, 1);
	}
	gp_buf_free(&c.text);
}

/* Another whole chain: only a head that was kept elsewhere can tell. */
static void test_chain_rewritten(void **state)
{
	(void)state;
	struct chain c;
	struct chain other;
	struct seen seen;
	make(&c, "one");
	make(&other, "another");
	struct gp_audit_verify v = look(gp_buf_get(&other.text), other.text.len, NULL, &seen);
	assert_int_equal(v.broken, 0);
	for (size_t i = 1; i <= RECORDS; i++) {
		struct gp_audit_head wanted = c.heads[i];
		v = look(gp_buf_get(&other.text), other.text.len, &wanted, &seen);
		assert_int_equal(v.broken, 1);
		expect_one(&seen, GP_AUDIT_REWRITTEN, i);
		wanted.seq = 0;
		(void)look(gp_buf_get(&other.text), other.text.len, &wanted, &seen);
		expect_one(&seen, GP_AUDIT_REWRITTEN, RECORDS);
	}
	gp_buf_free(&c.text);
	gp_buf_free(&other.text);
}

static void test_pieces(void **state)
{
	(void)state;
	struct chain c;
	struct seen seen;
	make(&c, "one");
	for (size_t i = 1; i <= RECORDS; i++) {
		gp_buf_auto struct gp_buf more = GP_BUF(1U << 20);
		gp_buf_add(&more, gp_buf_get(&c.text), c.from[i]);
		gp_buf_text(&more, "{\"seq\":7,\"pre\n\n");
		gp_buf_add(&more, gp_buf_get(&c.text) + c.from[i], c.text.len - c.from[i]);
		struct gp_audit_verify v =
			look(gp_buf_get(&more), more.len, &c.heads[RECORDS], &seen);
		expect_one(&seen, GP_AUDIT_PIECE, i + 1);
		assert_int_equal(v.broken, 0);
		assert_int_equal(v.pieces, 1);
	}
	gp_buf_free(&c.text);
}

static void test_heads(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"1:",
		":",
		"x",
		"-1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"01:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
		"1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
		"1:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		(TOO_LARGE),
	};
	struct gp_audit_head head;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gp_audit_head_parse(gp_str_from(bad[i]), &head), GP_ST_INVALID);
	assert_int_equal(
		gp_audit_head_parse(
			GP_STR("17:"
			       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
			&head),
		GP_ST_OK);
	assert_int_equal(head.seq, 17);
}

/* Files of any size, lines of any length; and in the order of the chain, whatever they are called.
 */
static void test_files(void **state)
{
	(void)state;
	static const char *const names[] = {"audit-20261201", "audit.2", "audit",
					    "audit-20251201.gz", "audit.head"};
	char dir[] = "/tmp/gp-verify-XXXXXX";
	char path[5][64];
	struct chain c;
	make(&c, "one");
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(gp_format(path[i], 64, "%s/%s", dir, names[i]), GP_ST_OK);
		FILE *f = fopen(path[i], "we");
		assert_non_null(f);
		if (i < 3)
			assert_int_equal(fwrite(gp_buf_get(&c.text) + c.from[2 * i], 1,
						c.from[2 * i + 2] - c.from[2 * i], f),
					 c.from[2 * i + 2] - c.from[2 * i]);
		if (i == 1)
			for (size_t n = 0; n < 300000; n++)
				assert_int_equal(fputc('x', f), 'x');
		if (i == 1)
			assert_int_equal(fputc('\n', f), '\n');
		assert_int_equal(fclose(f), 0);
	}
	struct gp_audit_files files = {0};
	struct gp_audit_verify v = {.wanted = c.heads[RECORDS]};
	assert_int_equal(gp_audit_files_list(path[2], &files, NULL), GP_ST_OK);
	assert_int_equal(files.count, 3);
	assert_int_equal(files.compressed, 1);
	assert_int_equal(gp_audit_verify_files(&v, &files, 0, NULL), GP_ST_OK);
	assert_int_equal(v.records, RECORDS);
	assert_int_equal(v.broken, 0);
	assert_int_equal(v.pieces, 1);
	gp_audit_files_free(&files);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(unlink(path[i]), 0);
	assert_int_equal(gp_audit_files_list(path[2], &files, NULL), GP_ST_OK);
	assert_int_equal(files.count, 0);
	assert_int_equal(gp_audit_files_add(&files, path[2], NULL), GP_ST_NOT_FOUND);
	assert_int_equal(gp_audit_files_add(&files, dir, NULL), GP_ST_DENIED);
	gp_audit_files_free(&files);
	assert_int_equal(rmdir(dir), 0);
	gp_buf_free(&c.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_byte_changed),
		cmocka_unit_test(test_record_dropped),
		cmocka_unit_test(test_record_put_in),
		cmocka_unit_test(test_tail_cut),
		cmocka_unit_test(test_chain_rewritten),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_older_lines_stand_before_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
