/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/jwt_maker.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "contract/ban.h"

static void *need(void *ptr)
{
	if (ptr == NULL)
		abort();
	return ptr;
}

EVP_PKEY *jwt_maker_key(unsigned int number, unsigned int bits)
{
	static EVP_PKEY *made[8];

	if (number >= sizeof(made) / sizeof(made[0]))
		abort();
	if (made[number] == NULL)
		made[number] = need(EVP_RSA_gen(bits));
	return made[number];
}

char *jwt_maker_base64url(const void *bytes, size_t n)
{
	/* OpenSSL's base64, then the other two characters and no padding. */
	char *text = need(malloc(n / 3 * 4 + 5));
	const int len = EVP_EncodeBlock((unsigned char *)text, bytes, (int)n);

	for (int i = 0; i < len; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
		else if (text[i] == '=')
			text[i] = '\0';
	}
	return text;
}

char *jwt_maker_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	return text;
}

static char *number_text(EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;
	unsigned char raw[2048];

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1 || BN_num_bytes(number) > 2048)
		abort();
	const int len = BN_bn2bin(number, raw);
	BN_free(number);
	return jwt_maker_base64url(raw, (size_t)len);
}

char *jwt_maker_jwk(EVP_PKEY *key, const char *kid, const char *issuer, const char *extra)
{
	char *n = number_text(key, OSSL_PKEY_PARAM_RSA_N);
	char *e = number_text(key, OSSL_PKEY_PARAM_RSA_E);
	char *jwk = jwt_maker_format(
		"{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"%s%s%s%s}", kid, n, e,
		issuer != NULL ? ",\"issuer\":\"" : "", issuer != NULL ? issuer : "",
		issuer != NULL ? "\"" : "", extra);

	free(n);
	free(e);
	return jwk;
}

char *jwt_maker_sign(EVP_PKEY *key, const char *header, const char *payload)
{
	char *h = jwt_maker_base64url(header, strlen(header));
	char *p = jwt_maker_base64url(payload, strlen(payload));
	char *text = jwt_maker_format("%s.%s", h, p);
	unsigned char signature[2048];
	size_t len = sizeof(signature);
	EVP_MD_CTX *ctx = need(EVP_MD_CTX_new());

	if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, signature, &len, (unsigned char *)text, strlen(text)) != 1)
		abort();
	char *s = jwt_maker_base64url(signature, len);
	char *token = jwt_maker_format("%s.%s", text, s);
	EVP_MD_CTX_free(ctx);
	free(h);
	free(p);
	free(s);
	free(text);
	return token;
}
