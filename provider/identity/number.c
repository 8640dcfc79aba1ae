/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/number.h"

#include <string.h>

#include "base/sha256.h"

#include "contract/ban.h"

/* The label keeps one use of the hash apart from another. */
#define LABEL_LEN 15
static const char user_label[] = "guestpass/uid/1";
static const char group_label[] = "guestpass/gid/1";
_Static_assert(sizeof(user_label) == LABEL_LEN + 1 && sizeof(group_label) == LABEL_LEN + 1,
	       "both have one length");

static enum gp_status number_of(const char *label, const char *tid, const char *oid, uint32_t base,
				uint32_t size, uint32_t *out)
{
	uint8_t input[LABEL_LEN + 32];
	uint8_t *at = input + LABEL_LEN;
	/* The last number of the range must be a number. */
	if (tid == NULL || oid == NULL || size == 0 || size - 1 > UINT32_MAX - base) {
		return GP_ST_INVALID;
	}
	memcpy(input, label, LABEL_LEN);
	if (gp_guid_parse(gp_str_from(tid), at) != GP_ST_OK ||
	    gp_guid_parse(gp_str_from(oid), at + 16) != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	uint8_t digest[GP_SHA256_LEN];
	if (gp_sha256((struct gp_str){(const char *)input, sizeof(input)}, digest) != GP_ST_OK) {
		return GP_ST_INTERNAL;
	}
	uint64_t n = 0;
	for (size_t i = 0; i < 8; i++) {
		n = n << 8 | digest[i];
	}
	*out = base + (uint32_t)(n % size);
	return GP_ST_OK;
}

enum gp_status gp_number_of(const char *tid, const char *oid, uint32_t base, uint32_t size,
			    uint32_t *out)
{
	return number_of(user_label, tid, oid, base, size, out);
}

enum gp_status gp_number_of_group(const char *tid, const char *oid, uint32_t base, uint32_t size,
				  uint32_t *out)
{
	if (size < 2 || base == UINT32_MAX) {
		return GP_ST_INVALID;
	}
	return number_of(group_label, tid, oid, base + 1, size - 1, out);
}
