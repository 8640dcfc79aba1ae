/* SPDX-License-Identifier: Apache-2.0 */
#include "http/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http.h"

#include "contract/ban.h"

static void test_retry_backoff_grows_to_a_bound(void **state)
{
	(void)state;
	static const int64_t most[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
	for (unsigned int attempt = 1; attempt <= 8; attempt++) {
		for (int i = 0; i < 50; i++) {
			int64_t delay = gp_retry_delay_ms(attempt, -1);
			assert_in_range(delay, most[attempt - 1] / 2, most[attempt - 1]);
		}
	}
	assert_in_range(gp_retry_delay_ms(4000000000U, -1), 15000, 30000);
}

static void test_retry_server_decides(void **state)
{
	(void)state;
	assert_int_equal(gp_retry_delay_ms(3, 0), 0);
	assert_in_range(gp_retry_delay_ms(1, 7), 7000, 7499);
}

static void test_retry_makes_sense(void **state)
{
	(void)state;
	static const struct {
		enum gp_status status;
		int code;
		bool want;
	} rows[] = {
		{GP_ST_OK, 200, false},    {GP_ST_OK, 400, false},    {GP_ST_OK, 401, false},
		{GP_ST_OK, 403, false},    {GP_ST_OK, 404, false},    {GP_ST_OK, 408, true},
		{GP_ST_OK, 429, true},     {GP_ST_OK, 500, true},     {GP_ST_OK, 501, false},
		{GP_ST_OK, 502, true},     {GP_ST_OK, 503, true},     {GP_ST_OK, 504, true},
		{GP_ST_TIMEOUT, 0, true},  {GP_ST_IO, 0, true},       {GP_ST_UNAVAILABLE, 0, true},
		{GP_ST_TOO_BIG, 0, false}, {GP_ST_INVALID, 0, false}, {GP_ST_NO_MEMORY, 0, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct gp_http_response r = {.status = rows[i].status, .code = rows[i].code};
		assert_int_equal(gp_retry_makes_sense(&r), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_backoff_grows_to_a_bound),
		cmocka_unit_test(test_retry_server_decides),
		cmocka_unit_test(test_retry_makes_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
