/* SPDX-License-Identifier: Apache-2.0 */
/* What a token looks like without saying whose it is. */
#include "entra/redact.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

#include "contract/ban.h"

#define OUT_MAX 8192
#define OID     "aaaaaaaa-0000-4000-8000-000000000001"

static const char *redacted(struct gp_str text, struct gp_buf *out)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_free(out);
	if (gp_json_parse(text, &doc, NULL) != GP_ST_OK)
		return NULL;
	gp_redact_claims(gp_json_root(doc), "https://sts.windows.net/", 1000, out);
	assert_int_equal(gp_buf_status(out), GP_ST_OK);
	return gp_buf_get(out);
}

static void is(const char *claims, const char *expected)
{
	gp_buf_auto struct gp_buf out = GP_BUF(OUT_MAX);
	assert_string_equal(redacted(gp_str_from(claims), &out), expected);
}

static void test_values_that_name_nobody(void **state)
{
	(void)state;
	is("{}", "[]");
	is("{\"ver\":\"2.0\"}",
	   "[{\"name\":\"ver\",\"type\":\"string\",\"length\":3,\"value\":\"2.0\"}]");
	is("{\"acct\":1}", "[{\"name\":\"acct\",\"type\":\"integer\",\"value\":1}]");
	is("{\"auth_time\":940}", "[{\"name\":\"auth_time\",\"type\":\"integer\",\"value\":-60}]");
	is("{\"amr\":[\"pwd\",7]}",
	   "[{\"name\":\"amr\",\"type\":\"list\",\"length\":2,\"value\":[\"pwd\",null]}]");
	is("{\"idp\":\"https://sts.windows.net/" OID "/\"}",
	   "[{\"name\":\"idp\",\"type\":\"string\",\"length\":61,\"value\":\"https://"
	   "sts.windows.net/<id>/\"}]");
	is("{\"xms_edov\":true}", "[{\"name\":\"xms_edov\",\"type\":\"boolean\"}]");
}

static void test_values_that_may(void **state)
{
	(void)state;
	/* A home that is neither Entra's nor anybody's is an organisation's own. */
	is("{\"idp\":\"https://sts.fabrikam.example/adfs\"}",
	   "[{\"name\":\"idp\",\"type\":\"string\",\"length\":33}]");
	is("{\"idp\":\"https://sts.windows.net/fabrikam.example/\"}",
	   "[{\"name\":\"idp\",\"type\":\"string\",\"length\":41}]");
	is("{\"idp\":\"live.com\"}",
	   "[{\"name\":\"idp\",\"type\":\"string\",\"length\":8,\"value\":\"live.com\"}]");
	is("{\"oid\":\"" OID "\"}", "[{\"name\":\"oid\",\"type\":\"string\",\"length\":36}]");
	is("{\"email\":\"ada@x.example\",\"puid\":17}",
	   "[{\"name\":\"email\",\"type\":\"string\",\"length\":13},{\"name\":\"puid\","
	   "\"type\":\"integer\"}]");
	is("{\"groups\":[\"a\",\"b\"],\"x\":{\"y\":\"z\"},\"n\":null}",
	   "[{\"name\":\"groups\",\"type\":\"list\",\"length\":2},{\"name\":\"x\",\"type\":"
	   "\"object\"},{\"name\":\"n\",\"type\":\"null\"}]");
	/* A value of an unexpected type is not what its name promises. */
	is("{\"auth_time\":\"x@y\"}",
	   "[{\"name\":\"auth_time\",\"type\":\"string\",\"length\":3}]");
}

/* Whatever the bytes, what comes out is a JSON list, and never the person's own words. */
static void test_spoilt(void **state)
{
	(void)state;
	char text[] = "{\"ver\":\"2.0\",\"oid\":\"" OID "\",\"name\":\"Ada Lovelace\",\"amr\":"
		      "[\"pwd\"],\"iat\":5}";
	const size_t len = sizeof(text) - 1;
	gp_buf_auto struct gp_buf out = GP_BUF(OUT_MAX);
	for (size_t cut = 0; cut < len; cut++)
		assert_null(redacted((struct gp_str){text, cut}, &out));
	for (size_t bit = 0; bit < len * 8; bit++) {
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
		const char *shown = redacted((struct gp_str){text, len}, &out);
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
		if (shown == NULL)
			continue;
		assert_null(strstr(shown, "Lovelace"));
		assert_int_equal(
			gp_json_parse((struct gp_str){gp_buf_get(&out), out.len}, &doc, NULL),
			GP_ST_OK);
		assert_int_equal(gp_json_type(gp_json_root(doc)), GP_JSON_ARRAY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_that_name_nobody),
		cmocka_unit_test(test_values_that_may),
		cmocka_unit_test(test_spoilt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
