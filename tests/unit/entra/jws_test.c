/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/jws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

#define HEADER  "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"a\"}"
#define PAYLOAD "{\"oid\":\"x\"}"

static struct gp_jwks *keys; /* "a" of 2048 bits and "b" of 3072 */

static int make_keys(void **state)
{
	char *a = jwt_maker_jwk(jwt_maker_key(0, 2048), "a", "issuer-a", "");
	char *b = jwt_maker_jwk(jwt_maker_key(1, 3072), "b", "issuer-b", "");
	char *body = jwt_maker_format("{\"keys\":[%s,%s]}", a, b);
	const enum gp_status st = gp_jwks_parse(gp_str_from(body), &keys, NULL);

	(void)state;
	free(a);
	free(b);
	free(body);
	return st == GP_ST_OK ? 0 : -1;
}

static int free_keys(void **state)
{
	(void)state;
	gp_jwks_free(keys);
	return 0;
}

static enum gp_status verify(struct gp_str token, struct gp_error *err)
{
	struct gp_json_doc *claims = NULL;
	struct gp_str issuer = GP_STR("kept");
	const enum gp_status st = gp_jws_verify(keys, token, &claims, &issuer, err);

	/* A failed verification has no claims to offer. */
	assert_true((st == GP_ST_OK) == (claims != NULL));
	assert_true((st == GP_ST_OK) != gp_str_is(issuer, "kept"));
	gp_json_doc_free(claims);
	return st;
}

static void test_jws_good(void **state)
{
	char *token = jwt_maker_sign(jwt_maker_key(0, 2048), HEADER, PAYLOAD);
	gp_json_doc_auto struct gp_json_doc *claims = NULL;
	struct gp_str issuer;
	struct gp_str oid;
	char kid[8];

	(void)state;
	assert_int_equal(gp_jws_verify(keys, gp_str_from(token), &claims, &issuer, NULL), GP_ST_OK);
	assert_true(gp_str_is(issuer, "issuer-a"));
	assert_int_equal(gp_json_get_str(gp_json_root(claims), "oid", 9, &oid), GP_ST_OK);
	assert_true(gp_str_is(oid, "x"));
	assert_int_equal(gp_jws_peek_kid(gp_str_from(token), kid, sizeof(kid)), GP_ST_OK);
	assert_string_equal(kid, "a");
	assert_int_equal(gp_jws_peek_kid(gp_str_from(token), kid, 1), GP_ST_TOO_BIG);
	free(token);
}

static const struct {
	const char *header;
	const char *payload;
	enum gp_status st;
	const char *rule;
} signed_rows[] = {
	{HEADER, PAYLOAD, GP_ST_OK, ""},
	{"{\"alg\":\"RS256\",\"kid\":\"a\"}", PAYLOAD, GP_ST_OK, ""},
	{"{\"alg\":\"RS256\",\"kid\":\"a\",\"jku\":\"https://"
	 "x\",\"x5c\":[\"M\"],\"jwk\":{}}",
	 PAYLOAD, GP_ST_OK, ""},
	{"{\"alg\":\"none\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"alg\":\"HS256\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"alg\":\"PS256\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"alg\":\"RS512\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"alg\":\"rs256\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"alg\":\"RS256\\u0000\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"alg\":[\"RS256\"],\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"{\"alg\":\"RS256\"}", PAYLOAD, GP_ST_INVALID, "kid: "},
	{"{\"alg\":\"RS256\",\"kid\":\"\"}", PAYLOAD, GP_ST_INVALID, "kid: "},
	{"{\"alg\":\"RS256\",\"kid\":1}", PAYLOAD, GP_ST_INVALID, "kid: "},
	{"{\"alg\":\"RS256\",\"kid\":\"z\"}", PAYLOAD, GP_ST_NOT_FOUND, "kid: "},
	{"{\"alg\":\"RS256\",\"kid\":\"a\\u001b\"}", PAYLOAD, GP_ST_NOT_FOUND, "kid: a\\x1B"},
	{"{\"alg\":\"RS256\",\"kid\":\"b\"}", PAYLOAD, GP_ST_BAD_SIGNATURE, "signature: "},
	{"{\"alg\":\"RS256\",\"kid\":\"a\",\"crit\":[\"exp\"]}", PAYLOAD, GP_ST_INVALID, "crit: "},
	{"{\"alg\":\"RS256\",\"kid\":\"a\",\"crit\":\"\"}", PAYLOAD, GP_ST_INVALID, "crit: "},
	{"{\"alg\":\"RS256\",\"kid\":\"a\",\"crit\":null}", PAYLOAD, GP_ST_INVALID, "crit: "},
	{"{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":1}", PAYLOAD, GP_ST_INVALID, "typ: "},
	{"{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "header: "},
	{"{\"alg\":\"RS256\",\"kid\":\"b\",\"kid\":\"a\"}", PAYLOAD, GP_ST_INVALID, "header: "},
	{"{\"alg\":\"RS256\",\"kid\":\"a\"} ", PAYLOAD, GP_ST_OK, ""},
	{"{\"alg\":\"RS256\",\"kid\":\"a\"}x", PAYLOAD, GP_ST_INVALID, "header: "},
	{"[]", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"null", PAYLOAD, GP_ST_INVALID, "alg: "},
	{"", PAYLOAD, GP_ST_INVALID, "form: "},
	{HEADER, "", GP_ST_INVALID, "form: "},
	{HEADER, "{}", GP_ST_OK, ""},
	{HEADER, "[]", GP_ST_INVALID, "payload: "},
	{HEADER, "null", GP_ST_INVALID, "payload: "},
	{HEADER, "\"x\"", GP_ST_INVALID, "payload: "},
	{HEADER, "text", GP_ST_INVALID, "payload: "},
	{HEADER, "{\"oid\":\"a\",\"oid\":\"b\"}", GP_ST_INVALID, "payload: "},
	{HEADER, "{\"exp\":NaN}", GP_ST_INVALID, "payload: "},
};

/* Each row is signed well with key "a" (or "b") and differs from a good one in a single thing. */
static void test_jws_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(signed_rows) / sizeof(signed_rows[0]); i++) {
		struct gp_error err = {0};
		char *token = jwt_maker_sign(jwt_maker_key(0, 2048), signed_rows[i].header,
					     signed_rows[i].payload);
		const enum gp_status st = verify(gp_str_from(token), &err);
		if (st != signed_rows[i].st ||
		    !gp_str_starts(gp_str_from(err.text), signed_rows[i].rule))
			fail_msg("row %zu: %s: %s", i, gp_status_name(st), err.text);
		free(token);
	}
}

static void test_jws_forms(void **state)
{
	char *good = jwt_maker_sign(jwt_maker_key(0, 2048), HEADER, PAYLOAD);
	char *dot = strrchr(good, '.');
	const int head = (int)(dot - good);
	char *rows[] = {
		jwt_maker_format("%.*s", head, good),                 /* two parts */
		jwt_maker_format("%.*s.", head, good),                /* no signature */
		jwt_maker_format("%s.", good),                        /* four parts */
		jwt_maker_format("%s.e30.e30", good),                 /* five, as a JWE has */
		jwt_maker_format(".%s", good),                        /* */
		jwt_maker_format("%s=", good),                        /* padding */
		jwt_maker_format("%s==", good),                       /* */
		jwt_maker_format("%s\n", good),                       /* blanks */
		jwt_maker_format(" %s", good),                        /* */
		jwt_maker_format("%.*s.AAAA%s", head, good, dot + 1), /* longer than the modulus */
		jwt_maker_format("%.*s.%s", head, good, dot + 5),     /* shorter */
		jwt_maker_format(".."),
		jwt_maker_format("..."),
		jwt_maker_format("a.b.c"),
		jwt_maker_format("%s", ""),
	};
	(void)state;
	assert_int_equal(verify(gp_str_from(good), NULL), GP_ST_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (verify(gp_str_from(rows[i]), NULL) == GP_ST_OK)
			fail_msg("accepted: row %zu", i);
		free(rows[i]);
	}
	assert_int_equal(verify((struct gp_str){NULL, 0}, NULL), GP_ST_INVALID);
	assert_int_equal(verify((struct gp_str){good, strlen(good) + 1}, NULL), GP_ST_INVALID);
	free(good);
}

/* Signed with another key, or with PSS padding; and the signature of all zeros. */
static void test_jws_other_signatures(void **state)
{
	char *by_other = jwt_maker_sign(jwt_maker_key(2, 2048), HEADER, PAYLOAD);
	char *good = jwt_maker_sign(jwt_maker_key(0, 2048), HEADER, PAYLOAD);
	const size_t text_len = (size_t)(strrchr(good, '.') - good);
	unsigned char signature[256];
	size_t len = sizeof(signature);
	EVP_PKEY_CTX *padding = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	(void)state;
	assert_int_equal(verify(gp_str_from(by_other), NULL), GP_ST_BAD_SIGNATURE);
	assert_int_equal(
		EVP_DigestSignInit(ctx, &padding, EVP_sha256(), NULL, jwt_maker_key(0, 2048)), 1);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) > 0);
	assert_int_equal(
		EVP_DigestSign(ctx, signature, &len, (const unsigned char *)good, text_len), 1);
	char *s = jwt_maker_base64url(signature, len);
	char *pss = jwt_maker_format("%.*s.%s", (int)text_len, good, s);
	assert_int_equal(verify(gp_str_from(pss), NULL), GP_ST_BAD_SIGNATURE);
	memset(signature, 0, sizeof(signature));
	free(s);
	s = jwt_maker_base64url(signature, sizeof(signature));
	char *zeros = jwt_maker_format("%.*s.%s", (int)text_len, good, s);
	assert_int_equal(verify(gp_str_from(zeros), NULL), GP_ST_BAD_SIGNATURE);
	EVP_MD_CTX_free(ctx);
	free(s);
	free(pss);
	free(zeros);
	free(good);
	free(by_other);
}

static void test_jws_sizes(void **state)
{
	static char pad[GP_JWS_MAX];
	char kid[200];

	(void)state;
	memset(pad, 'x', sizeof(pad));
	/* The base64url of n bytes takes 4/3 n; header and signature are 391 characters. */
	for (int n = 11900; n <= 12100; n += 200) {
		char *payload = jwt_maker_format("{\"pad\":\"%.*s\"}", n, pad);
		char *token = jwt_maker_sign(jwt_maker_key(0, 2048), HEADER, payload);
		assert_int_equal(verify(gp_str_from(token), NULL),
				 strlen(token) <= GP_JWS_MAX ? GP_ST_OK : GP_ST_TOO_BIG);
		assert_true(n == 11900 || strlen(token) > GP_JWS_MAX);
		free(payload);
		free(token);
	}
	char *header =
		jwt_maker_format("{\"alg\":\"RS256\",\"kid\":\"a\",\"x\":\"%.*s\"}", 4000, pad);
	char *token = jwt_maker_sign(jwt_maker_key(0, 2048), header, PAYLOAD);
	assert_int_equal(verify(gp_str_from(token), NULL), GP_ST_TOO_BIG);
	assert_int_equal(gp_jws_peek_kid(gp_str_from(token), kid, sizeof(kid)), GP_ST_TOO_BIG);
	free(header);
	free(token);
	header = jwt_maker_format("{\"alg\":\"RS256\",\"kid\":\"%.*s\"}", 129, pad);
	token = jwt_maker_sign(jwt_maker_key(0, 2048), header, PAYLOAD);
	assert_int_equal(verify(gp_str_from(token), NULL), GP_ST_INVALID);
	free(header);
	free(token);
}

/* Cut at any byte, or with any one bit flipped, a token is refused. */
static void test_jws_mutations(void **state)
{
	char *token = jwt_maker_sign(jwt_maker_key(0, 2048), HEADER, PAYLOAD);
	const size_t len = strlen(token);

	(void)state;
	for (size_t n = 0; n < len; n++) {
		char *copy = malloc(n > 0 ? n : 1);
		assert_non_null(copy);
		memcpy(copy, token, n);
		assert_int_not_equal(verify((struct gp_str){copy, n}, NULL), GP_ST_OK);
		free(copy);
	}
	for (size_t bit = 0; bit < len * 8; bit++) {
		token[bit / 8] = (char)(token[bit / 8] ^ (1 << bit % 8));
		if (verify((struct gp_str){token, len}, NULL) == GP_ST_OK)
			fail_msg("accepted with bit %zu flipped", bit);
		token[bit / 8] = (char)(token[bit / 8] ^ (1 << bit % 8));
	}
	free(token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jws_good),  cmocka_unit_test(test_jws_refuses),
		cmocka_unit_test(test_jws_forms), cmocka_unit_test(test_jws_other_signatures),
		cmocka_unit_test(test_jws_sizes), cmocka_unit_test(test_jws_mutations),
	};
	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
