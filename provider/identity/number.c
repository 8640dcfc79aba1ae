/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/number.h"

#include <openssl/evp.h>
#include <string.h>

#include "contract/ban.h"

/* The label keeps this use of the hash apart from any other that may come. */
static const char label[] = "guestpass/uid/1";

enum gp_status gp_number_of(const char *tid, const char *oid, uint32_t base, uint32_t size,
			    uint32_t *out)
{
	uint8_t input[sizeof(label) - 1 + 32];
	uint8_t *at = input + sizeof(label) - 1;
	/* The last number of the range must be a number. */
	if (tid == NULL || oid == NULL || size == 0 || size - 1 > UINT32_MAX - base) {
		return GP_ST_INVALID;
	}
	memcpy(input, label, sizeof(label) - 1);
	if (gp_guid_parse(gp_str_from(tid), at) != GP_ST_OK ||
	    gp_guid_parse(gp_str_from(oid), at + 16) != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	if (EVP_Digest(input, sizeof(input), digest, &len, EVP_sha256(), NULL) != 1 || len != 32) {
		return GP_ST_INTERNAL;
	}
	uint64_t n = 0;
	for (size_t i = 0; i < 8; i++) {
		n = n << 8 | digest[i];
	}
	*out = base + (uint32_t)(n % size);
	return GP_ST_OK;
}
