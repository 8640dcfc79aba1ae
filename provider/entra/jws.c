/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/jws.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/base64url.h"
#include "contract/text.h"

#include "contract/ban.h"

enum {
	HEADER_TEXT_MAX = 4096,
	KID_MAX = 128,
	SIGNATURE_MAX = 1024, /* bytes: jwks.c takes no longer key */
};

struct parts {
	struct gp_str header;
	struct gp_str payload;
	struct gp_str signature;
	struct gp_str signed_text; /* header, dot, payload */
};

static enum gp_status split(struct gp_str token, struct parts *out, struct gp_error *err)
{
	if (token.len == 0)
		return gp_fail(err, GP_ST_INVALID, "form: empty");
	if (token.len > GP_JWS_MAX)
		return gp_fail(err, GP_ST_TOO_BIG, "form: %zu bytes", token.len);
	const char *const end = token.ptr + token.len;
	const char *const dot1 = memchr(token.ptr, '.', token.len);
	const char *const dot2 =
		dot1 != NULL ? memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1)) : NULL;
	if (dot2 == NULL || memchr(dot2 + 1, '.', (size_t)(end - dot2 - 1)) != NULL)
		return gp_fail(err, GP_ST_INVALID, "form: not three parts");
	out->header = (struct gp_str){token.ptr, (size_t)(dot1 - token.ptr)};
	out->payload = (struct gp_str){dot1 + 1, (size_t)(dot2 - dot1 - 1)};
	out->signature = (struct gp_str){dot2 + 1, (size_t)(end - dot2 - 1)};
	out->signed_text = (struct gp_str){token.ptr, (size_t)(dot2 - token.ptr)};
	if (out->header.len == 0 || out->payload.len == 0 || out->signature.len == 0)
		return gp_fail(err, GP_ST_INVALID, "form: an empty part");
	if (out->header.len > HEADER_TEXT_MAX)
		return gp_fail(err, GP_ST_TOO_BIG, "header: %zu characters", out->header.len);
	return GP_ST_OK;
}

/* Checks the header and copies its kid. */
static enum gp_status read_header(struct gp_str text, char kid[static KID_MAX + 1],
				  struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	uint8_t raw[GP_BASE64URL_DECODED(HEADER_TEXT_MAX)];
	size_t len = 0;
	const struct gp_json *unused = NULL;
	struct gp_str s;

	if (gp_base64url_decode(text, raw, sizeof(raw), &len) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "header: not base64url");
	if (gp_json_parse((struct gp_str){(const char *)raw, len}, &doc, NULL) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "header: not strict JSON");
	const struct gp_json *header = gp_json_root(doc);
	if (gp_json_get_str(header, "alg", KID_MAX, &s) != GP_ST_OK || !gp_str_is(s, "RS256"))
		return gp_fail(err, GP_ST_INVALID, "alg: expected RS256");
	if (gp_json_get(header, "crit", &unused) != GP_ST_NOT_FOUND ||
	    gp_json_has_null(header, "crit"))
		return gp_fail(err, GP_ST_INVALID, "crit: expected none");
	const enum gp_status typ = gp_json_get_str(header, "typ", KID_MAX, &s);
	if (typ != GP_ST_OK && typ != GP_ST_NOT_FOUND)
		return gp_fail(err, GP_ST_INVALID, "typ: expected a string");
	if (gp_json_get_str(header, "kid", KID_MAX, &s) != GP_ST_OK || s.len == 0)
		return gp_fail(err, GP_ST_INVALID, "kid: expected a string");
	return gp_copy(kid, KID_MAX + 1, s);
}

static bool signature_good(EVP_PKEY *key, struct gp_str text, const uint8_t *signature, size_t len)
{
	EVP_PKEY_CTX *padding = NULL; /* owned by ctx */
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const bool good =
		ctx != NULL && EVP_DigestVerifyInit(ctx, &padding, EVP_sha256(), NULL, key) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PADDING) == 1 &&
		EVP_DigestVerify(ctx, signature, len, (const unsigned char *)text.ptr, text.len) ==
			1;

	EVP_MD_CTX_free(ctx);
	/* What OpenSSL queued would be found by whoever asks it for an error next. */
	ERR_clear_error();
	return good;
}

static enum gp_status check_signature(EVP_PKEY *key, const struct parts *parts,
				      struct gp_error *err)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t len = 0;
	const enum gp_status st =
		gp_base64url_decode(parts->signature, signature, sizeof(signature), &len);

	if (st != GP_ST_OK)
		return gp_fail(err, st, "signature: not base64url, or too long");
	/* RFC 8017 8.2.2 step 1. */
	if (len != (size_t)EVP_PKEY_get_size(key))
		return gp_fail(err, GP_ST_BAD_SIGNATURE, "signature: %zu bytes", len);
	if (!signature_good(key, parts->signed_text, signature, len))
		return gp_fail(err, GP_ST_BAD_SIGNATURE, "signature: wrong");
	return GP_ST_OK;
}

/* Only for a payload whose signature was verified. */
static enum gp_status read_payload(struct gp_str text, struct gp_json_doc **claims,
				   struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	uint8_t raw[GP_BASE64URL_DECODED(GP_JWS_MAX)];
	size_t len = 0;

	if (gp_base64url_decode(text, raw, sizeof(raw), &len) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "payload: not base64url");
	if (gp_json_parse((struct gp_str){(const char *)raw, len}, &doc, NULL) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "payload: not strict JSON");
	if (gp_json_type(gp_json_root(doc)) != GP_JSON_OBJECT)
		return gp_fail(err, GP_ST_INVALID, "payload: not an object");
	*claims = doc;
	doc = NULL;
	return GP_ST_OK;
}

enum gp_status gp_jws_verify(const struct gp_jwks *keys, struct gp_str token,
			     struct gp_json_doc **claims, struct gp_str *key_issuer,
			     struct gp_error *err)
{
	struct parts parts = {0};
	struct gp_str issuer;
	char kid[KID_MAX + 1];
	char shown[48];
	enum gp_status st = split(token, &parts, err);

	if (st == GP_ST_OK)
		st = read_header(parts.header, kid, err);
	if (st != GP_ST_OK)
		return st;
	EVP_PKEY *key = gp_jwks_find(keys, gp_str_from(kid), &issuer);
	if (key == NULL) {
		(void)gp_text_safe(gp_str_from(kid), GP_TEXT_LINE, shown, sizeof(shown));
		return gp_fail(err, GP_ST_NOT_FOUND, "kid: %s is not in the key set", shown);
	}
	st = check_signature(key, &parts, err);
	if (st == GP_ST_OK)
		st = read_payload(parts.payload, claims, err);
	if (st == GP_ST_OK)
		*key_issuer = issuer;
	return st;
}

enum gp_status gp_jws_peek_kid(struct gp_str token, char *kid, size_t size)
{
	struct parts parts = {0};
	char found[KID_MAX + 1];
	enum gp_status st = split(token, &parts, NULL);

	if (st == GP_ST_OK)
		st = read_header(parts.header, found, NULL);
	return st == GP_ST_OK ? gp_copy(kid, size, gp_str_from(found)) : st;
}
