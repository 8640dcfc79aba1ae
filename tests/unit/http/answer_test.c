/* SPDX-License-Identifier: Apache-2.0 */
#include "http/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/ban.h"

static void test_answer_date(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t want; /* -1: refused */
	} rows[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
		{"Wed, 29 Feb 2023 00:00:00 GMT", -1},
		{"Mon, 06 Nov 1994 08:49:37 GMT", -1}, /* it was a Sunday */
		{"Sun, 06 Nov 1994 24:49:37 GMT", -1},
		{"Sun, 06 Nov 1994 08:49:37 UTC", -1},
		{"Sun, 6 Nov 1994 08:49:37 GMT", -1},
		{"Sunday, 06-Nov-94 08:49:37 GMT", -1},
		{"Sun Nov  6 08:49:37 1994", -1},
		{"Sun, 06 Nov 1894 08:49:37 GMT", -1},
		{"Sun, -6 Nov 1994 08:49:37 GMT", -1},
		{"", -1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t out = -1;
		enum gp_status st = gp_http_date_parse(gp_str_from(rows[i].text), &out);
		assert_int_equal(st, rows[i].want >= 0 ? GP_ST_OK : GP_ST_INVALID);
		assert_int_equal(out, rows[i].want);
	}
}

static void test_answer_retry_after(void **state)
{
	(void)state;
	static const struct {
		const char *date;
		const char *retry;
		int64_t want;
	} rows[] = {
		{"", "Retry-After: 0\r\n", 0},
		{"", "RETRY-AFTER:120\r\n", 120},
		{"", "Retry-After: 99999999999999999999999\r\n", GP_HTTP_RETRY_AFTER_MAX_S},
		{"", "Retry-After: 86400\r\n", GP_HTTP_RETRY_AFTER_MAX_S},
		{"", "Retry-After: -5\r\n", -1},
		{"", "Retry-After: 5 s\r\n", -1},
		{"", "Retry-After: 1.5\r\n", -1},
		{"", "Retry-After:\r\n", -1},
		{"", "", -1},
		{"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		 "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", 30},
		{"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		 "Retry-After: Sun, 06 Nov 1994 08:49:07 GMT\r\n", 0},
		{"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		 "Retry-After: Mon, 07 Nov 1994 08:49:07 GMT\r\n", GP_HTTP_RETRY_AFTER_MAX_S},
		/* Without a Date there is nothing to count from. */
		{"", "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", -1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_http_fields fields;
		gp_http_fields_reset(&fields);
		gp_http_fields_line(&fields, gp_str_from(rows[i].retry));
		gp_http_fields_line(&fields, gp_str_from(rows[i].date));
		assert_int_equal(gp_http_fields_retry_after(&fields), rows[i].want);
	}
}

static void test_answer_new_status_line_starts_anew(void **state)
{
	(void)state;
	struct gp_http_fields fields;
	gp_http_fields_reset(&fields);
	gp_http_fields_line(&fields, GP_STR("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	gp_http_fields_line(&fields, GP_STR("Retry-After: 3\r\n"));
	gp_http_fields_line(&fields, GP_STR("HTTP/1.1 200 OK\r\n"));
	assert_int_equal(fields.date_s, 0);
	assert_int_equal(gp_http_fields_retry_after(&fields), -1);
}

static void test_answer_content_type_is_safe(void **state)
{
	(void)state;
	struct gp_http_fields fields;
	gp_http_fields_reset(&fields);
	gp_http_fields_line(&fields, GP_STR("Content-Type:\ttext/\x1b[31mred \r\n"));
	assert_string_equal(fields.content_type, "text/\\x1B[31mred");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_date),
		cmocka_unit_test(test_answer_retry_after),
		cmocka_unit_test(test_answer_new_status_line_starts_anew),
		cmocka_unit_test(test_answer_content_type_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
