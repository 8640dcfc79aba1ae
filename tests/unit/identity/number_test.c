/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors were computed by another implementation (Python's hashlib). */
#include "identity/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "contract/ban.h"

#define ZERO  "00000000-0000-0000-0000-000000000000"
#define ONE   "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define OTHER "11111111-2222-3333-4444-555555555555"

static const struct {
	const char *tid, *oid;
	uint32_t base, size, number;
} vectors[] = {
	{ZERO, ZERO, 0x77400000U, 0x7C00000U, 0x786B04D1U},
	{ONE, OTHER, 0x77400000U, 0x7C00000U, 0x7D3CBBE1U},
	{OTHER, ONE, 0x77400000U, 0x7C00000U, 0x7927DE67U},
	{"ffffffff-ffff-ffff-ffff-ffffffffffff", "01234567-89ab-cdef-fedc-ba9876543210",
	 0x77400000U, 0x7C00000U, 0x7AD4AABBU},
	{ONE, OTHER, 1000, 1, 1000},
	{ONE, OTHER, 0x77400000U, 7, 0x77400002U},
	{ONE, OTHER, 0xFFFFFF00U, 0x100, 0xFFFFFFE1U},
	{ONE, OTHER, 0, 0xFFFFFFFFU, 0x85DCADBFU},
};

static void test_number_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint32_t n = 0;
		assert_int_equal(gp_number_of(vectors[i].tid, vectors[i].oid, vectors[i].base,
					      vectors[i].size, &n),
				 GP_ST_OK);
		assert_int_equal(n, vectors[i].number);
	}
}

static void test_number_refuses(void **state)
{
	(void)state;
	uint32_t n = 77;
	assert_int_equal(gp_number_of(ONE, OTHER, 1000, 0, &n), GP_ST_INVALID);
	assert_int_equal(gp_number_of(ONE, OTHER, 0xFFFFFF00U, 0x101, &n), GP_ST_INVALID);
	assert_int_equal(gp_number_of("", OTHER, 1000, 10, &n), GP_ST_INVALID);
	assert_int_equal(gp_number_of(ONE, "72f988bf", 1000, 10, &n), GP_ST_INVALID);
	assert_int_equal(gp_number_of(ONE, OTHER "0", 1000, 10, &n), GP_ST_INVALID);
	assert_int_equal(gp_number_of(NULL, OTHER, 1000, 10, &n), GP_ST_INVALID);
	assert_int_equal(gp_number_of(ONE, NULL, 1000, 10, &n), GP_ST_INVALID);
	assert_int_equal(n, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number_vectors),
		cmocka_unit_test(test_number_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
