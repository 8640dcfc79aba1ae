/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/jwks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

#define ISSUER "https://login.microsoftonline.com/{tenantid}/v2.0"

static enum gp_status parse(const char *body, struct gp_jwks **keys)
{
	struct gp_error err = {0};
	const enum gp_status st = gp_jwks_parse(gp_str_from(body), keys, &err);

	assert_true((st == GP_ST_OK) == (err.text[0] == '\0'));
	assert_true((st == GP_ST_OK) == (*keys != NULL));
	return st;
}

static void test_jwks_two_keys(void **state)
{
	char *a = jwt_maker_jwk(jwt_maker_key(0, 2048), "a", ISSUER,
				",\"use\":\"sig\",\"x5t\":\"a\",\"x5c\":[\"MIID\"]");
	char *b = jwt_maker_jwk(jwt_maker_key(1, 3072), "b",
				"https://login.microsoftonline.com/9188040d/v2.0",
				",\"alg\":\"RS256\",\"key_ops\":[\"verify\"]");
	char *body = jwt_maker_format("{\"keys\":[%s,%s]}", a, b);
	gp_jwks_auto struct gp_jwks *keys = NULL;
	struct gp_str issuer = GP_STR("kept");

	(void)state;
	assert_int_equal(parse(body, &keys), GP_ST_OK);
	assert_int_equal(gp_jwks_count(keys), 2);
	assert_null(gp_jwks_find(keys, GP_STR("c"), &issuer));
	assert_null(gp_jwks_find(keys, GP_STR(""), &issuer));
	assert_null(gp_jwks_find(keys, GP_STR("a\0"), &issuer));
	assert_true(gp_str_is(issuer, "kept"));
	const EVP_PKEY *found = gp_jwks_find(keys, GP_STR("a"), &issuer);
	assert_true(gp_str_is(issuer, ISSUER));
	assert_int_equal(EVP_PKEY_eq(found, jwt_maker_key(0, 2048)), 1);
	found = gp_jwks_find(keys, GP_STR("b"), &issuer);
	assert_int_equal(EVP_PKEY_eq(found, jwt_maker_key(1, 3072)), 1);
	free(a);
	free(b);
	free(body);
}

/* One good key beside the entry: the document is taken, the entry is not. */
static void test_jwks_skips(void **state)
{
	char *good = jwt_maker_jwk(jwt_maker_key(0, 2048), "good", ISSUER, "");
	EVP_PKEY *k = jwt_maker_key(1, 3072);
	char *rows[] = {
		jwt_maker_jwk(jwt_maker_key(2, 1024), "x", ISSUER, ""),
		jwt_maker_jwk(k, "x", NULL, ""),
		jwt_maker_jwk(k, "x", "", ""),
		jwt_maker_jwk(k, "", ISSUER, ""),
		jwt_maker_jwk(k, "x", ISSUER, ",\"use\":\"enc\""),
		jwt_maker_jwk(k, "x", ISSUER, ",\"use\":1"),
		jwt_maker_jwk(k, "x", ISSUER, ",\"alg\":\"RS512\""),
		jwt_maker_jwk(k, "x", ISSUER, ",\"alg\":\"none\""),
		jwt_maker_jwk(k, "x", ISSUER, ",\"key_ops\":[\"encrypt\"]"),
		jwt_maker_jwk(k, "x", ISSUER, ",\"key_ops\":\"verify\""),
		jwt_maker_format("1"),
		jwt_maker_format("null"),
		jwt_maker_format("{}"),
		jwt_maker_format(
			"{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"x\",\"issuer\":\"i\"}"),
		jwt_maker_format("{\"kty\":\"oct\",\"kid\":\"x\",\"issuer\":\"i\",\"k\":\"AAAA\"}"),
		jwt_maker_format("{\"kty\":\"RSA\",\"kid\":\"x\",\"issuer\":\"i\"}"),
		jwt_maker_format("{\"kty\":\"RSA\",\"kid\":\"x\",\"issuer\":\"i\",\"n\":\"A+/=\","
				 "\"e\":\"AQAB\"}"),
		jwt_maker_format("{\"kty\":\"RSA\",\"kid\":\"x\",\"issuer\":\"i\",\"n\":7,"
				 "\"e\":\"AQAB\"}"),
		jwt_maker_format("{\"kty\":\"RSA\",\"kid\":1,\"issuer\":\"i\"}"),
		jwt_maker_format("{\"kty\":\"RSA\",\"kid\":\"x\",\"issuer\":7}"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *body = jwt_maker_format("{\"keys\":[%s,%s]}", rows[i], good);
		char *alone = jwt_maker_format("{\"keys\":[%s]}", rows[i]);
		struct gp_jwks *keys = NULL;
		struct gp_jwks *none = NULL;
		struct gp_str issuer;
		assert_int_equal(parse(body, &keys), GP_ST_OK);
		if (gp_jwks_count(keys) != 1)
			fail_msg("taken: %s", rows[i]);
		assert_non_null(gp_jwks_find(keys, GP_STR("good"), &issuer));
		assert_int_equal(parse(alone, &none), GP_ST_INVALID);
		gp_jwks_free(keys);
		free(body);
		free(alone);
		free(rows[i]);
	}
	free(good);
}

/* n and e by themselves: the rest of the entry is good. */
static void test_jwks_numbers(void **state)
{
	static const struct {
		size_t n_bytes;
		unsigned char n_first, n_last;
		const char *e;
		enum gp_status st;
	} rows[] = {
		{256, 0x80, 0x01, "AQAB", GP_ST_OK},
		{256, 0x7F, 0x01, "AQAB", GP_ST_INVALID},
		{255, 0xFF, 0x01, "AQAB", GP_ST_INVALID},
		{256, 0x80, 0x02, "AQAB", GP_ST_INVALID},
		{1024, 0x80, 0x01, "AQAB", GP_ST_OK},
		{1025, 0x80, 0x01, "AQAB", GP_ST_INVALID},
		{256, 0x80, 0x01, "Aw", GP_ST_OK},
		{256, 0x80, 0x01, "AQ", GP_ST_INVALID},
		{256, 0x80, 0x01, "BA", GP_ST_INVALID},
		{256, 0x80, 0x01, "AA", GP_ST_INVALID},
		{256, 0x80, 0x01, "", GP_ST_INVALID},
		{256, 0x80, 0x01, "AAAAAAAAAAAAAAAB", GP_ST_INVALID},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char raw[1100] = {0};
		gp_jwks_auto struct gp_jwks *keys = NULL;
		raw[0] = rows[i].n_first;
		raw[rows[i].n_bytes - 1] = rows[i].n_last;
		char *n = jwt_maker_base64url(raw, rows[i].n_bytes);
		char *body =
			jwt_maker_format("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"x\",\"issuer\":"
					 "\"i\",\"n\":\"%s\",\"e\":\"%s\"}]}",
					 n, rows[i].e);
		if (parse(body, &keys) != rows[i].st)
			fail_msg("row %zu", i);
		free(body);
		free(n);
	}
}

static void test_jwks_documents(void **state)
{
	static const char *const rows[] = {
		"",
		"[]",
		"null",
		"{}",
		"{\"keys\":{}}",
		"{\"keys\":[]}",
		"{\"keys\":null}",
		"{\"keys\":\"x\"}",
		"<html></html>",
		"{\"keys\":[],\"keys\":[]}",
	};
	struct gp_jwks *keys = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(parse(rows[i], &keys), GP_ST_INVALID);
}

static void test_jwks_limits(void **state)
{
	char *key = jwt_maker_jwk(jwt_maker_key(0, 2048), "x", ISSUER, "");
	char *twice = jwt_maker_format("{\"keys\":[%s,%s]}", key, key);
	char many[64 * 3 + 1] = "";
	struct gp_jwks *keys = NULL;

	(void)state;
	assert_int_equal(parse(twice, &keys), GP_ST_CONFLICT);
	for (size_t i = 0; i < 64; i++)
		memcpy(many + 3 * i, "{},", 4);
	char *full = jwt_maker_format("{\"keys\":[%.*s%s]}", 63 * 3, many, key);
	char *over = jwt_maker_format("{\"keys\":[%s%s]}", many, key);
	assert_int_equal(parse(over, &keys), GP_ST_TOO_BIG);
	assert_int_equal(parse(full, &keys), GP_ST_OK);
	assert_int_equal(gp_jwks_count(keys), 1);
	gp_jwks_free(keys);
	free(key);
	free(twice);
	free(full);
	free(over);
}

/* Cut anywhere, it is refused; a flipped bit never yields the same key under the same names. */
static void test_jwks_mutations(void **state)
{
	char *jwk = jwt_maker_jwk(jwt_maker_key(0, 2048), "x", ISSUER, "");
	char *body = jwt_maker_format("{\"keys\":[%s]}", jwk);
	const size_t len = strlen(body);
	struct gp_jwks *keys = NULL;

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_not_equal(gp_jwks_parse((struct gp_str){body, n}, &keys, NULL),
				     GP_ST_OK);
	for (size_t bit = 0; bit < len * 8; bit++) {
		struct gp_str issuer = GP_STR("");
		keys = NULL;
		body[bit / 8] = (char)(body[bit / 8] ^ (1 << bit % 8));
		if (gp_jwks_parse((struct gp_str){body, len}, &keys, NULL) == GP_ST_OK) {
			const EVP_PKEY *key = gp_jwks_find(keys, GP_STR("x"), &issuer);
			if (key != NULL && gp_str_is(issuer, ISSUER) &&
			    EVP_PKEY_eq(key, jwt_maker_key(0, 2048)) == 1)
				fail_msg("bit %zu does not matter", bit);
		}
		body[bit / 8] = (char)(body[bit / 8] ^ (1 << bit % 8));
		gp_jwks_free(keys);
	}
	free(jwk);
	free(body);
}

static void test_jwks_issuer_fits(void **state)
{
	static const char tid[] = "c0470500-1111-4a00-8a00-000000000001";
	static const struct {
		const char *key;
		const char *issuer;
		bool fits;
	} rows[] = {
		{"https://h/{tenantid}/v2.0", "https://h/c0470500-1111-4a00-8a00-000000000001/v2.0",
		 true},
		{"https://h/c0470500-1111-4a00-8a00-000000000001/v2.0",
		 "https://h/c0470500-1111-4a00-8a00-000000000001/v2.0", true},
		{"{tenantid}", tid, true},
		{"https://h/{tenantid}/v2.0", "https://h/{tenantid}/v2.0", false},
		{"https://h/{tenantid}/v2.0", "https://h/c0470500-1111-4a00-8a00-000000000002/v2.0",
		 false},
		{"https://h/{tenantid}/v2.0",
		 "https://h/c0470500-1111-4a00-8a00-000000000001/v2.0/", false},
		{"https://h/{TenantId}/v2.0", "https://h/c0470500-1111-4a00-8a00-000000000001/v2.0",
		 false},
		{"https://h/9188040d/v2.0", "https://h/c0470500-1111-4a00-8a00-000000000001/v2.0",
		 false},
		{"{tenantid}{tenantid}", tid, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(gp_jwks_issuer_fits(gp_str_from(rows[i].key), tid,
						     gp_str_from(rows[i].issuer)),
				 rows[i].fits);
}

static void test_jwks_serve(void **state)
{
	char *a = jwt_maker_jwk(jwt_maker_key(0, 2048), "a", "https://h/9188040d/v2.0", "");
	char *b = jwt_maker_jwk(jwt_maker_key(1, 3072), "b", "https://h/{tenantid}/v2.0", "");
	char *one = jwt_maker_format("{\"keys\":[%s]}", a);
	char *both = jwt_maker_format("{\"keys\":[%s,%s]}", a, b);
	gp_jwks_auto struct gp_jwks *of_one = NULL;
	gp_jwks_auto struct gp_jwks *of_both = NULL;
	(void)state;
	assert_int_equal(parse(one, &of_one), GP_ST_OK);
	assert_int_equal(parse(both, &of_both), GP_ST_OK);
	assert_false(gp_jwks_serve(of_one, "t", "https://h/t/v2.0"));
	assert_true(gp_jwks_serve(of_both, "t", "https://h/t/v2.0"));
	assert_false(gp_jwks_serve(of_both, "t", "https://h/u/v2.0"));
	free(a);
	free(b);
	free(one);
	free(both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jwks_two_keys),    cmocka_unit_test(test_jwks_skips),
		cmocka_unit_test(test_jwks_numbers),     cmocka_unit_test(test_jwks_documents),
		cmocka_unit_test(test_jwks_limits),      cmocka_unit_test(test_jwks_mutations),
		cmocka_unit_test(test_jwks_issuer_fits), cmocka_unit_test(test_jwks_serve),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
