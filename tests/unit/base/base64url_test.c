/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/ban.h"

static void test_base64url_vectors(void **state)
{
	/* RFC 4648 section 10, without padding; and the two characters which are not base64's. */
	static const struct {
		const char *plain;
		const char *text;
	} rows[] = {
		{"", ""},
		{"f", "Zg"},
		{"fo", "Zm8"},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg"},
		{"fooba", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy"},
		{"\xFB\xFF\xBF", "-_-_"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t raw[16];
		char text[16];
		size_t len = 99;
		assert_int_equal(
			gp_base64url_decode(gp_str_from(rows[i].text), raw, sizeof(raw), &len),
			GP_ST_OK);
		assert_int_equal(len, strlen(rows[i].plain));
		assert_memory_equal(raw, rows[i].plain, len);
		assert_int_equal(gp_base64url_encode((const uint8_t *)rows[i].plain,
						     strlen(rows[i].plain), text, sizeof(text)),
				 GP_ST_OK);
		assert_string_equal(text, rows[i].text);
	}
}

static void test_base64url_refuses(void **state)
{
	static const char *const rows[] = {
		"A",    "AAAAA", "Zg==", "Zg=",   "Zm9v\n", " Zm9v", "Zm9v ", "Zm+v",
		"Zm/v", "Zh",    "Zm9",  "Z\x80", "Zm9v.",  "Zm\t9", "=",     "Zn",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t raw[16];
		size_t len = 99;
		if (gp_base64url_decode(gp_str_from(rows[i]), raw, sizeof(raw), &len) !=
		    GP_ST_INVALID)
			fail_msg("accepted: %s", rows[i]);
		assert_int_equal(len, 99);
	}
}

/* Of the last character's spellings exactly the canonical one is taken. */
static void test_base64url_one_spelling(void **state)
{
	static const char all[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		const char text[2] = {'Q', all[i]};
		uint8_t raw[4];
		size_t len = 0;
		if (gp_base64url_decode((struct gp_str){text, 2}, raw, 4, &len) == GP_ST_OK)
			taken++;
	}
	/* The four zero bits of two characters leave two of the second's six to choose. */
	assert_int_equal(taken, 4);
}

static void test_base64url_sizes(void **state)
{
	uint8_t raw[3];
	char text[5];
	size_t len = 0;

	(void)state;
	assert_int_equal(gp_base64url_decode(GP_STR("Zm9vYg"), raw, 3, &len), GP_ST_TOO_BIG);
	assert_int_equal(gp_base64url_decode(GP_STR("Zm9v"), raw, 3, &len), GP_ST_OK);
	assert_int_equal(gp_base64url_encode((const uint8_t *)"foob", 4, text, sizeof(text)),
			 GP_ST_TOO_BIG);
	assert_int_equal(gp_base64url_encode((const uint8_t *)"foo", 3, text, sizeof(text)),
			 GP_ST_OK);
	for (size_t n = 0; n < 20; n++) {
		static const uint8_t zero[20];
		char out[40];
		assert_int_equal(gp_base64url_encode(zero, n, out, sizeof(out)), GP_ST_OK);
		assert_int_equal(strlen(out), GP_BASE64URL_ENCODED(n));
		assert_true(GP_BASE64URL_DECODED(strlen(out)) >= n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64url_vectors),
		cmocka_unit_test(test_base64url_refuses),
		cmocka_unit_test(test_base64url_one_spelling),
		cmocka_unit_test(test_base64url_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
