/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/buf.h"
#include "http/http.h"

#include "contract/ban.h"

static void test_url_same_origin(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		const char *root;
		bool same;
	} rows[] = {
		{"https://graph.example/v1.0/x?y#z", "https://graph.example", true},
		{"https://GRAPH.example", "https://graph.example", true},
		{"https://graph.example:443/", "https://graph.example", true},
		{"https://graph.example?x", "https://graph.example:443", true},
		{"https://localhost:8443/x", "https://localhost:8443", true},
		{"https://[::1]:8443/x", "https://[::1]:8443", true},
		{"https://[::1]/x", "https://[::1]:443", true},
		{"https://[::1]/x", "https://[::2]", false},
		{"https://localhost:8443/x", "https://localhost:8444", false},
		{"https://localhost:8443/x", "https://localhost", false},
		{"http://graph.example/", "https://graph.example", false},
		{"HTTPS://graph.example/", "https://graph.example", false},
		{"https://graph.example.evil.example/", "https://graph.example", false},
		{"https://graph.example@evil.example/", "https://graph.example", false},
		{"https://user@graph.example/", "https://graph.example", false},
		{"https://graph.example./", "https://graph.example", false},
		{"https://evil.example/https://graph.example", "https://graph.example", false},
		{"https://graph.example\\@evil.example/", "https://graph.example", false},
		{"https://graph.example%2eevil.example/", "https://graph.example", false},
		{"https://graph.example/a\tb", "https://graph.example", false},
		{"https://graph.example/\x7f", "https://graph.example", false},
		{"https:/graph.example/", "https://graph.example", false},
		{"//graph.example/", "https://graph.example", false},
		{"", "https://graph.example", false},
		{"https://", "https://", false},
		{"https://h:1:2/", "https://h:1:2", false},
		{"https://h:+443/", "https://h", false},
		{"https://h:065536/", "https://h", false},
		{NULL, "https://h", false},
		{"https://h", NULL, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gp_http_same_origin(rows[i].url, rows[i].root) != rows[i].same)
			fail_msg("row %zu: %s", i, rows[i].url);
}

static void test_url_form(void **state)
{
	(void)state;
	struct gp_buf form = GP_BUF(200);
	gp_http_form_add(&form, "grant_type", GP_STR("urn:a-b_c~d.e"));
	gp_http_form_add(&form, "client&x", GP_STR("a b+c=d&e%/\xc3\xa9\n"));
	gp_http_form_add(&form, "none", GP_STR(""));
	assert_string_equal(gp_buf_get(&form),
			    "grant_type=urn%3Aa-b_c~d.e&client%26x=a%20b%2Bc%3Dd%26e%25%2F%C3%A9%0A"
			    "&none=");
	gp_buf_free(&form);
}

static void test_url_form_too_long(void **state)
{
	(void)state;
	struct gp_buf form = GP_BUF(8);
	gp_http_form_add(&form, "a", GP_STR("&&&"));
	assert_int_equal(gp_buf_status(&form), GP_ST_TOO_BIG);
	gp_buf_free(&form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_same_origin),
		cmocka_unit_test(test_url_form),
		cmocka_unit_test(test_url_form_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
