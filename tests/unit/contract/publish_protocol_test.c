/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "contract/directory.h"
#include "contract/publish_protocol.h"

#include "contract/ban.h"

static void test_publish_protocol_head(void **state)
{
	(void)state;
	uint8_t head[GP_PUBLISH_HEAD];
	uint64_t len = 0;
	gp_publish_head_encode(123456, head);
	assert_memory_equal(head, "GPUB\x01\0\x01\0", 8);
	assert_int_equal(gp_publish_head_decode(head, &len), GP_ST_OK);
	assert_int_equal(len, 123456);
	gp_publish_head_encode(GP_DIRECTORY_SIZE_MAX, head);
	assert_int_equal(gp_publish_head_decode(head, &len), GP_ST_OK);
	gp_publish_head_encode((uint64_t)GP_DIRECTORY_SIZE_MAX + 1, head);
	assert_int_equal(gp_publish_head_decode(head, &len), GP_ST_TOO_BIG);
	gp_publish_head_encode(1, head);
	for (size_t i = 0; i < 8; i++) {
		head[i] ^= 0x40;
		assert_int_equal(gp_publish_head_decode(head, &len),
				 i == 4 || i == 5 ? GP_ST_UNSUPPORTED : GP_ST_INVALID);
		head[i] ^= 0x40;
	}
}

static void test_publish_protocol_reply(void **state)
{
	(void)state;
	struct gp_publish_reply in = {GP_PUBLISH_UNCHANGED, 0x1122334455667788, "why"};
	struct gp_publish_reply out = {0};
	uint8_t bytes[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	size_t text = 0;
	size_t len = gp_publish_reply_encode(&in, bytes);
	assert_int_equal(len, GP_PUBLISH_REPLY + 3);
	assert_int_equal(gp_publish_reply_text_len(bytes, &text), GP_ST_OK);
	assert_int_equal(text, 3);
	assert_int_equal(gp_publish_reply_decode(bytes, len, &out), GP_ST_OK);
	assert_int_equal(out.outcome, GP_PUBLISH_UNCHANGED);
	assert_true(out.generation == in.generation);
	assert_string_equal(out.text, "why");
	/* Cut anywhere, or one byte too many: no reply. */
	for (size_t n = 0; n <= len + 1; n++) {
		uint8_t *copy = malloc(n > 0 ? n : 1);
		assert_non_null(copy);
		memcpy(copy, bytes, n);
		assert_int_equal(gp_publish_reply_decode(copy, n, &out) == GP_ST_OK, n == len);
		free(copy);
	}
	/* An outcome that we do not know is not taken for a yes. */
	bytes[16] = GP_PUBLISH_DONE + 1;
	assert_int_equal(gp_publish_reply_decode(bytes, len, &out), GP_ST_INVALID);
	bytes[16] = GP_PUBLISH_DONE;
	bytes[GP_PUBLISH_REPLY] = 0;
	assert_int_equal(gp_publish_reply_decode(bytes, len, &out), GP_ST_INVALID);
	memset(in.text, 'x', sizeof(in.text));
	assert_int_equal(gp_publish_reply_encode(&in, bytes), sizeof(bytes));
	assert_int_equal(gp_publish_reply_decode(bytes, sizeof(bytes), &out), GP_ST_OK);
	assert_int_equal(strlen(out.text), GP_PUBLISH_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_publish_protocol_head),
		cmocka_unit_test(test_publish_protocol_reply),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
