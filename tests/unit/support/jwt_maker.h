/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and tokens for tests, made with OpenSSL alone: nothing here calls the code under test. What
 * is returned is malloc'ed and NUL-terminated; a failure ends the test program. */
#ifndef GP_TESTS_JWT_MAKER_H
#define GP_TESTS_JWT_MAKER_H

#include <stddef.h>

#include <openssl/types.h>

/* An RSA key of BITS, made once a program and number; NUMBER 0 .. 7. Never freed by callers. */
EVP_PKEY *jwt_maker_key(unsigned int number, unsigned int bits);

/* base64url, unpadded. */
char *jwt_maker_base64url(const void *bytes, size_t n);

/* {"kty":"RSA","kid":KID,"n":..,"e":..,"issuer":ISSUER EXTRA}; ISSUER may be NULL, EXTRA is "" or
 * begins with a comma. */
char *jwt_maker_jwk(EVP_PKEY *key, const char *kid, const char *issuer, const char *extra);

/* The compact JWS of two JSON texts, RS256 with KEY, whatever HEADER claims. */
char *jwt_maker_sign(EVP_PKEY *key, const char *header, const char *payload);

/* The text printf would give. */
char *jwt_maker_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
