/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "contract/ban.h"

static void expect(struct gp_str bytes, const char *want)
{
	uint8_t digest[GP_SHA256_LEN];
	char text[2 * GP_SHA256_LEN + 1];
	assert_int_equal(gp_sha256(bytes, digest), GP_ST_OK);
	gp_hex(digest, sizeof(digest), text);
	assert_string_equal(text, want);
}

/* FIPS 180-2, B.1, and nothing at all; more than once, since the first call is another one. */
static void test_sha256_vectors(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		expect(GP_STR("abc"),
		       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		expect(GP_STR(""),
		       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_vectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
