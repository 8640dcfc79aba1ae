/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/cursor.h"

#include "contract/ban.h"

static size_t write_sample(uint8_t *to, size_t size)
{
	struct gp_writer w = gp_writer_over(to, size);
	gp_writer_u8(&w, 0xAB);
	gp_writer_u16(&w, 0x1234);
	gp_writer_u32(&w, 0xDEADBEEF);
	gp_writer_u64(&w, 0x0102030405060708);
	gp_writer_str(&w, GP_STR("hello"));
	gp_writer_bytes(&w, "xy", 2);
	return gp_writer_len(&w);
}

static void test_cursor_round_trip(void **state)
{
	(void)state;
	uint8_t bytes[24];
	assert_int_equal(write_sample(bytes, sizeof(bytes)), 24);
	assert_int_equal(bytes[1], 0x34);
	struct gp_reader r = gp_reader_over(bytes, sizeof(bytes));
	assert_int_equal(gp_reader_u8(&r), 0xAB);
	assert_int_equal(gp_reader_u16(&r), 0x1234);
	assert_int_equal(gp_reader_u32(&r), 0xDEADBEEF);
	assert_true(gp_reader_u64(&r) == 0x0102030405060708);
	assert_true(gp_str_is(gp_reader_str(&r, 5), "hello"));
	assert_int_not_equal(gp_reader_end(&r), GP_ST_OK);
	assert_memory_equal(gp_reader_take(&r, 2), "xy", 2);
	assert_int_equal(gp_reader_end(&r), GP_ST_OK);
	/* Beyond the end: zero, and for good. */
	assert_null(gp_reader_take(&r, 1));
	assert_int_equal(gp_reader_u32(&r), 0);
	assert_int_equal(gp_reader_str(&r, 9).len, 0);
	assert_int_not_equal(gp_reader_end(&r), GP_ST_OK);
}

/* Cut anywhere, the reader never goes beyond, and says so at the end. */
static void test_cursor_every_length(void **state)
{
	(void)state;
	uint8_t bytes[24];
	assert_int_equal(write_sample(bytes, sizeof(bytes)), 24);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct gp_reader r = gp_reader_over(bytes, len);
		(void)gp_reader_u8(&r);
		(void)gp_reader_u16(&r);
		(void)gp_reader_u32(&r);
		(void)gp_reader_u64(&r);
		(void)gp_reader_str(&r, 5);
		(void)gp_reader_take(&r, 2);
		assert_int_equal(gp_reader_end(&r) == GP_ST_OK, len == sizeof(bytes));
		uint8_t room[24];
		assert_int_equal(write_sample(room, len), len == sizeof(room) ? 24 : 0);
	}
}

static void test_cursor_text_limit(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {5, 0, 'h', 'e', 'l', 'l', 'o'};
	struct gp_reader r = gp_reader_over(bytes, sizeof(bytes));
	assert_int_equal(gp_reader_str(&r, 4).len, 0);
	assert_int_not_equal(gp_reader_end(&r), GP_ST_OK);
	static const uint8_t beyond[] = {0xFF, 0xFF, 'h'};
	r = gp_reader_over(beyond, sizeof(beyond));
	assert_int_equal(gp_reader_str(&r, SIZE_MAX).len, 0);
	assert_int_not_equal(gp_reader_end(&r), GP_ST_OK);
	r = gp_reader_over(bytes, 3);
	assert_null(gp_reader_take(&r, SIZE_MAX));
}

static void test_cursor_writer_sticks(void **state)
{
	(void)state;
	static const char big[70000];
	uint8_t room[8];
	struct gp_writer w = gp_writer_over(room, sizeof(room));
	gp_writer_u64(&w, 1);
	gp_writer_u8(&w, 1);
	gp_writer_bytes(&w, "", 0);
	assert_int_equal(gp_writer_len(&w), 0);
	static uint8_t large[80000];
	w = gp_writer_over(large, sizeof(large));
	gp_writer_str(&w, (struct gp_str){big, sizeof(big)});
	assert_int_equal(gp_writer_len(&w), 0);
	w = gp_writer_over(large, sizeof(large));
	gp_writer_str(&w, (struct gp_str){big, 65535});
	assert_int_equal(gp_writer_len(&w), 65537);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor_round_trip),
		cmocka_unit_test(test_cursor_every_length),
		cmocka_unit_test(test_cursor_text_limit),
		cmocka_unit_test(test_cursor_writer_sticks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
