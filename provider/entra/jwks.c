/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/jwks.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/base64url.h"
#include "base/json.h"

#include "contract/ban.h"

enum {
	KID_MAX = 128,
	ISSUER_MAX = 256,
	N_BITS_MIN = 2048,
	N_BYTES_MAX = 1024, /* 8192 bits: beyond, each verification costs too much */
	N_TEXT_MAX = GP_BASE64URL_ENCODED(N_BYTES_MAX),
	E_TEXT_MAX = GP_BASE64URL_ENCODED(8),
};

struct key {
	char kid[KID_MAX + 1];
	char issuer[ISSUER_MAX + 1];
	EVP_PKEY *pkey;
};

struct gp_jwks {
	size_t count;
	struct key keys[GP_JWKS_KEYS_MAX];
};

/* The member KEY of an RSA key as a number, or NULL. */
static BIGNUM *number_of(const struct gp_json *jwk, const char *key, size_t max_text)
{
	uint8_t raw[GP_BASE64URL_DECODED(N_TEXT_MAX)];
	size_t len = 0;
	struct gp_str text;

	if (gp_json_get_str(jwk, key, max_text, &text) != GP_ST_OK ||
	    gp_base64url_decode(text, raw, sizeof(raw), &len) != GP_ST_OK || len == 0)
		return NULL;
	return BN_bin2bn(raw, (int)len, NULL);
}

static bool numbers_ok(const BIGNUM *n, const BIGNUM *e)
{
	return BN_num_bits(n) >= N_BITS_MIN && BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e);
}

static EVP_PKEY *pkey_from(BIGNUM *n, BIGNUM *e)
{
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params = NULL;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);

	if (build == NULL || ctx == NULL ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		goto out;
	params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	/* What OpenSSL queued would be found by whoever asks it for an error next. */
	ERR_clear_error();
	return pkey;
}

static EVP_PKEY *rsa_of(const struct gp_json *jwk)
{
	EVP_PKEY *pkey = NULL;
	BIGNUM *n = number_of(jwk, "n", N_TEXT_MAX);
	BIGNUM *e = number_of(jwk, "e", E_TEXT_MAX);

	if (n != NULL && e != NULL && numbers_ok(n, e))
		pkey = pkey_from(n, e);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* Absent, or exactly TEXT. */
static bool absent_or(const struct gp_json *jwk, const char *key, const char *text)
{
	struct gp_str value;
	const enum gp_status st = gp_json_get_str(jwk, key, KID_MAX, &value);

	return st == GP_ST_NOT_FOUND || (st == GP_ST_OK && gp_str_is(value, text));
}

/* RFC 7517 4.3: if the key says what it is for, then for verifying. */
static bool ops_ok(const struct gp_json *jwk)
{
	const struct gp_json *ops = NULL;
	const enum gp_status st = gp_json_get_array(jwk, "key_ops", &ops);

	if (st != GP_ST_OK)
		return st == GP_ST_NOT_FOUND;
	for (size_t i = 0; i < gp_json_array_len(ops); i++) {
		struct gp_str op;
		if (gp_json_str(gp_json_array_at(ops, i), KID_MAX, &op) == GP_ST_OK &&
		    gp_str_is(op, "verify"))
			return true;
	}
	return false;
}

/* Is JWK a key for us? Then its names are in KEY. */
static bool take_names(const struct gp_json *jwk, struct key *key)
{
	struct gp_str kty;
	struct gp_str kid;
	struct gp_str issuer;

	return gp_json_get_str(jwk, "kty", KID_MAX, &kty) == GP_ST_OK && gp_str_is(kty, "RSA") &&
	       absent_or(jwk, "use", "sig") && absent_or(jwk, "alg", "RS256") && ops_ok(jwk) &&
	       gp_json_get_str(jwk, "kid", KID_MAX, &kid) == GP_ST_OK && kid.len > 0 &&
	       gp_json_get_str(jwk, "issuer", ISSUER_MAX, &issuer) == GP_ST_OK && issuer.len > 0 &&
	       gp_copy(key->kid, sizeof(key->kid), kid) == GP_ST_OK &&
	       gp_copy(key->issuer, sizeof(key->issuer), issuer) == GP_ST_OK;
}

static enum gp_status take_keys(const struct gp_json *array, struct gp_jwks *keys,
				struct gp_error *err)
{
	struct gp_str unused;

	for (size_t i = 0; i < gp_json_array_len(array); i++) {
		const struct gp_json *jwk = gp_json_array_at(array, i);
		struct key *key = &keys->keys[keys->count];
		if (!take_names(jwk, key))
			continue;
		key->pkey = rsa_of(jwk);
		if (key->pkey == NULL)
			continue;
		const bool twice = gp_jwks_find(keys, gp_str_from(key->kid), &unused) != NULL;
		keys->count++;
		if (twice)
			return gp_fail(err, GP_ST_CONFLICT,
				       "keys: entry %zu has the kid of another", i);
	}
	if (keys->count == 0)
		return gp_fail(err, GP_ST_INVALID, "keys: no usable RSA signing key");
	return GP_ST_OK;
}

enum gp_status gp_jwks_parse(struct gp_str body, struct gp_jwks **out, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *array = NULL;
	enum gp_status st = gp_json_parse(body, &doc, err);

	if (st != GP_ST_OK)
		return st;
	if (gp_json_get_array(gp_json_root(doc), "keys", &array) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "keys: the document has no array of them");
	if (gp_json_array_len(array) > GP_JWKS_KEYS_MAX)
		return gp_fail(err, GP_ST_TOO_BIG, "keys: %zu entries", gp_json_array_len(array));
	struct gp_jwks *keys = calloc(1, sizeof(*keys));
	if (keys == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "keys: no memory");
	st = take_keys(array, keys, err);
	if (st == GP_ST_OK)
		*out = keys;
	else
		gp_jwks_free(keys);
	return st;
}

void gp_jwks_free(struct gp_jwks *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++)
		EVP_PKEY_free(keys->keys[i].pkey);
	free(keys);
}

EVP_PKEY *gp_jwks_find(const struct gp_jwks *keys, struct gp_str kid, struct gp_str *issuer)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (gp_str_is(kid, keys->keys[i].kid)) {
			*issuer = gp_str_from(keys->keys[i].issuer);
			return keys->keys[i].pkey;
		}
	}
	return NULL;
}

size_t gp_jwks_count(const struct gp_jwks *keys)
{
	return keys->count;
}

bool gp_jwks_issuer_fits(struct gp_str key_issuer, const char *tenant_id, struct gp_str issuer)
{
	static const char hole[] = "{tenantid}";
	const size_t hole_len = sizeof(hole) - 1;
	const char *at = memmem(key_issuer.ptr, key_issuer.len, hole, hole_len);
	char filled[ISSUER_MAX + GP_GUID_TEXT];

	if (at == NULL)
		return gp_str_equal(key_issuer, issuer);
	const struct gp_str before = {key_issuer.ptr, (size_t)(at - key_issuer.ptr)};
	const struct gp_str after = {at + hole_len, key_issuer.len - before.len - hole_len};
	return gp_format(filled, sizeof(filled), "%.*s%s%.*s", GP_STR_ARGS(before), tenant_id,
			 GP_STR_ARGS(after)) == GP_ST_OK &&
	       gp_str_is(issuer, filled);
}

bool gp_jwks_serve(const struct gp_jwks *keys, const char *tenant_id, const char *issuer)
{
	for (size_t i = 0; i < keys->count; i++)
		if (gp_jwks_issuer_fits(gp_str_from(keys->keys[i].issuer), tenant_id,
					gp_str_from(issuer)))
			return true;
	return false;
}
