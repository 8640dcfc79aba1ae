/* SPDX-License-Identifier: Apache-2.0 */
/* The login protocol: what was written is read again, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contract/cursor.h"
#include "contract/login_protocol.h"

#include "contract/ban.h"

static uint8_t frame[GP_LOGIN_FRAME_MAX + 16];

static struct gp_login_msg request(enum gp_login_op op)
{
	return (struct gp_login_msg){
		.op = op,
		.service = GP_STR("sshd"),
		.user = GP_STR("ada@fabrikam.example"),
		.rhost = GP_STR("2001:db8::7"),
		.tty = GP_STR("ssh"),
		.uid = 0x77400123,
		.caller = 0,
		.flags = GP_LOGIN_UTF8,
		.timeout_s = op == GP_LOGIN_START ? 300 : 0,
		.has_decision = op != GP_LOGIN_START,
		.decision = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
	};
}

static struct gp_login_msg sample(size_t i)
{
	static const enum gp_login_op requests[] = {GP_LOGIN_START, GP_LOGIN_ACCOUNT, GP_LOGIN_OPEN,
						    GP_LOGIN_CLOSE};
	switch (i) {
	case 4:
		return (struct gp_login_msg){
			.op = GP_LOGIN_ANSWER, .typed = true, .after_ms = 4000000000U};
	case 5:
		return (struct gp_login_msg){.op = GP_LOGIN_SHOW, .text = GP_STR("\xE2\x96\x88\n")};
	case 6:
		return (struct gp_login_msg){.op = GP_LOGIN_ASK, .text = GP_STR("Press Enter: ")};
	case 7:
		return (struct gp_login_msg){.op = GP_LOGIN_DONE,
					     .code = GP_LOGIN_UNAVAILABLE,
					     .text = GP_STR("Later.")};
	case 8:
		return (struct gp_login_msg){
			.op = GP_LOGIN_DONE, .code = GP_LOGIN_GRANTED, .has_decision = true};
	default:
		return request(requests[i]);
	}
}

#define SAMPLES 9

static size_t encode(const struct gp_login_msg *msg)
{
	size_t len = 0;
	assert_int_equal(gp_login_encode(msg, frame, GP_LOGIN_FRAME_MAX, &len), GP_ST_OK);
	return len;
}

static void assert_same(const struct gp_login_msg *a, const struct gp_login_msg *b)
{
	assert_int_equal(a->op, b->op);
	assert_true(gp_str_equal(a->service, b->service));
	assert_true(gp_str_equal(a->user, b->user));
	assert_true(gp_str_equal(a->rhost, b->rhost));
	assert_true(gp_str_equal(a->tty, b->tty));
	assert_true(gp_str_equal(a->text, b->text));
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->caller, b->caller);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->timeout_s, b->timeout_s);
	assert_int_equal(a->has_decision, b->has_decision);
	if (a->has_decision)
		assert_memory_equal(a->decision, b->decision, sizeof(a->decision));
	assert_int_equal(a->typed, b->typed);
	assert_int_equal(a->after_ms, b->after_ms);
	assert_int_equal(a->code, b->code);
}

static void test_login_round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct gp_login_msg in = sample(i);
		struct gp_login_msg out = {0};
		size_t len = encode(&in);
		assert_int_equal(gp_login_decode(frame, len, &out), GP_ST_OK);
		assert_same(&in, &out);
	}
}

/* A copy of exactly its own size, so that a sanitizer sees a read behind the end. */
static enum gp_status decode_copy(const uint8_t *bytes, size_t len, struct gp_login_msg *out)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, len);
	enum gp_status st = gp_login_decode(copy, len, out);
	if (st == GP_ST_OK) {
		/* What was read can be written, and is what was read: there is one form only. */
		uint8_t again[GP_LOGIN_FRAME_MAX];
		size_t n = 0;
		assert_int_equal(gp_login_encode(out, again, sizeof(again), &n), GP_ST_OK);
		assert_int_equal(n, len);
		assert_memory_equal(again, copy, len);
	}
	free(copy);
	return st;
}

static void test_login_truncated_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct gp_login_msg in = sample(i);
		struct gp_login_msg out = {.op = (enum gp_login_op)77};
		size_t len = encode(&in);
		for (size_t n = 0; n < len; n++)
			assert_int_equal(decode_copy(frame, n, &out), GP_ST_INVALID);
		frame[len] = 0;
		assert_int_equal(decode_copy(frame, len + 1, &out), GP_ST_INVALID);
		assert_int_equal(out.op, 77); /* untouched on failure */
	}
}

static void test_login_every_bit_flipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct gp_login_msg in = sample(i);
		size_t len = encode(&in);
		for (size_t bit = 0; bit < len * 8; bit++) {
			struct gp_login_msg out = {0};
			frame[bit / 8] ^= (uint8_t)(1U << (bit % 8));
			enum gp_status st = decode_copy(frame, len, &out);
			if (bit < 8)
				assert_int_equal(st, GP_ST_UNSUPPORTED);
			/* A refusal is one bit away from a grant; but then it has its code. */
			if (st == GP_ST_OK && out.op == GP_LOGIN_DONE)
				assert_in_range(out.code, GP_LOGIN_DENIED, GP_LOGIN_UNAVAILABLE);
			frame[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		}
	}
}

static void refuse(const struct gp_login_msg *msg, enum gp_status want)
{
	size_t len = 0;
	assert_int_equal(gp_login_encode(msg, frame, GP_LOGIN_FRAME_MAX, &len), want);
}

static void test_login_limits_when_writing(void **state)
{
	(void)state;
	static char text[GP_LOGIN_TEXT_MAX + 2];
	memset(text, 'x', sizeof(text));
	struct gp_login_msg msg = request(GP_LOGIN_START);
	msg.rhost = (struct gp_str){text, GP_LOGIN_FIELD_MAX};
	(void)encode(&msg);
	msg.rhost.len++;
	refuse(&msg, GP_ST_TOO_BIG);
	msg.rhost = (struct gp_str){"a\0b", 3};
	refuse(&msg, GP_ST_TOO_BIG);
	struct gp_login_msg show = {.op = GP_LOGIN_SHOW, .text = {text, GP_LOGIN_TEXT_MAX}};
	struct gp_login_msg out;
	size_t len = encode(&show);
	assert_int_equal(gp_login_decode(frame, len, &out), GP_ST_OK);
	assert_int_equal(out.text.len, GP_LOGIN_TEXT_MAX);
	show.text.len++;
	refuse(&show, GP_ST_TOO_BIG);
	show.op = (enum gp_login_op)5;
	refuse(&show, GP_ST_INVALID);
	msg = request(GP_LOGIN_START);
	assert_int_equal(gp_login_encode(&msg, frame, 20, &len), GP_ST_TOO_BIG);
}

/* One field of a good request changed, and what the reader says to it. */
static void test_login_limits_when_reading(void **state)
{
	(void)state;
	static char text[GP_LOGIN_TEXT_MAX + 2];
	struct gp_login_msg out;
	const struct {
		struct gp_str service, user;
		uint8_t flags;
		uint16_t timeout_s;
		enum gp_status want;
	} rows[] = {
		{GP_STR("sshd"), GP_STR("ada"), 3, 10, GP_ST_OK},
		{GP_STR("sshd"), GP_STR("ada"), 0, 900, GP_ST_OK},
		{GP_STR("sshd"), GP_STR("ada"), 0, 9, GP_ST_INVALID},
		{GP_STR("sshd"), GP_STR("ada"), 0, 901, GP_ST_INVALID},
		{GP_STR("sshd"), GP_STR("ada"), 4, 300, GP_ST_INVALID},
		{GP_STR(""), GP_STR("ada"), 0, 300, GP_ST_INVALID},
		{GP_STR("sshd"), GP_STR(""), 0, 300, GP_ST_INVALID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_login_msg msg = request(GP_LOGIN_START);
		msg.service = rows[i].service;
		msg.user = rows[i].user;
		msg.flags = rows[i].flags;
		msg.timeout_s = rows[i].timeout_s;
		size_t len = encode(&msg);
		assert_int_equal(decode_copy(frame, len, &out), rows[i].want);
	}
	/* KEY is for the opening of a session, and nothing else. */
	for (enum gp_login_op op = GP_LOGIN_START; op <= GP_LOGIN_CLOSE; op++) {
		struct gp_login_msg msg = request(op);
		msg.flags = GP_LOGIN_KEY;
		size_t len = encode(&msg);
		assert_int_equal(decode_copy(frame, len, &out),
				 op == GP_LOGIN_OPEN ? GP_ST_OK : GP_ST_INVALID);
		/* STEP_UP is for who begins one. */
		msg.flags = GP_LOGIN_STEP_UP;
		len = encode(&msg);
		assert_int_equal(decode_copy(frame, len, &out),
				 op == GP_LOGIN_START ? GP_ST_OK : GP_ST_INVALID);
		msg.flags = 16;
		len = encode(&msg);
		assert_int_equal(decode_copy(frame, len, &out), GP_ST_INVALID);
	}
	/* A text over its limit, written by somebody who does not keep to it. */
	memset(text, 'x', sizeof(text));
	struct gp_writer w = gp_writer_over(frame, sizeof(frame));
	gp_writer_u8(&w, GP_LOGIN_VERSION);
	gp_writer_u8(&w, GP_LOGIN_ASK);
	gp_writer_str(&w, (struct gp_str){text, GP_LOGIN_TEXT_MAX + 1});
	assert_int_equal(decode_copy(frame, gp_writer_len(&w), &out), GP_ST_INVALID);
	memset(frame, 1, sizeof(frame));
	assert_int_equal(decode_copy(frame, GP_LOGIN_FRAME_MAX + 1, &out), GP_ST_TOO_BIG);
	/* Booleans are 0 or 1, and an unknown code is no code. */
	static const uint8_t bad_bool[] = {1, GP_LOGIN_ANSWER, 2, 0, 0, 0, 0};
	static const uint8_t bad_code[] = {1, GP_LOGIN_DONE, 3, 0, 0, 0};
	static const uint8_t nul[] = {1, GP_LOGIN_SHOW, 2, 0, 'a', 0};
	assert_int_equal(decode_copy(bad_bool, sizeof(bad_bool), &out), GP_ST_INVALID);
	assert_int_equal(decode_copy(bad_code, sizeof(bad_code), &out), GP_ST_INVALID);
	assert_int_equal(decode_copy(nul, sizeof(nul), &out), GP_ST_INVALID);
}

/* The bytes as PROTOCOL.md states them: a change here is another version. */
static void test_login_bytes_of_version_1(void **state)
{
	(void)state;
	static const uint8_t start[] = {1,    1, 2, 0,   's', 'u',  1,    0,    'a',  0,
					0,    3, 0, 't', 't', 'y',  0x23, 0x01, 0x40, 0x77,
					0xE8, 3, 0, 0,   2,   0x2C, 1,    0};
	static const uint8_t done[] = {1, 18, 1, 2, 0, 'o', 'k', 1,  0,  1,  2,  3,
				       4, 5,  6, 7, 8, 9,   10,  11, 12, 13, 14, 15};
	static const uint8_t answer[] = {1, 8, 1, 0x10, 0x27, 0, 0};
	struct gp_login_msg msg = {.op = GP_LOGIN_START,
				   .service = GP_STR("su"),
				   .user = GP_STR("a"),
				   .tty = GP_STR("tty"),
				   .uid = 0x77400123,
				   .caller = 1000,
				   .flags = GP_LOGIN_UTF8,
				   .timeout_s = 300};
	assert_int_equal(encode(&msg), sizeof(start));
	assert_memory_equal(frame, start, sizeof(start));
	msg = (struct gp_login_msg){
		.op = GP_LOGIN_DONE,
		.code = GP_LOGIN_GRANTED,
		.text = GP_STR("ok"),
		.has_decision = true,
		.decision = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
	assert_int_equal(encode(&msg), sizeof(done));
	assert_memory_equal(frame, done, sizeof(done));
	msg = (struct gp_login_msg){.op = GP_LOGIN_ANSWER, .typed = true, .after_ms = 10000};
	assert_int_equal(encode(&msg), sizeof(answer));
	assert_memory_equal(frame, answer, sizeof(answer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_round_trips),
		cmocka_unit_test(test_login_truncated_at_every_byte),
		cmocka_unit_test(test_login_every_bit_flipped),
		cmocka_unit_test(test_login_limits_when_writing),
		cmocka_unit_test(test_login_limits_when_reading),
		cmocka_unit_test(test_login_bytes_of_version_1),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
