/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a document of signing keys. */
#include <stdint.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "entra/jwks.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	gp_jwks_auto struct gp_jwks *keys = NULL;
	struct gp_str issuer = GP_STR("");
	const enum gp_status st =
		gp_jwks_parse((struct gp_str){(const char *)data, len}, &keys, NULL);

	if ((st == GP_ST_OK) != (keys != NULL))
		abort();
	if (keys == NULL)
		return 0;
	if (gp_jwks_count(keys) == 0 || gp_jwks_count(keys) > GP_JWKS_KEYS_MAX)
		abort();
	const EVP_PKEY *key = gp_jwks_find(keys, GP_STR("k1"), &issuer);
	if (key != NULL && (EVP_PKEY_get_bits(key) < 2048 || issuer.len == 0))
		abort();
	return 0;
}
