/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as base64url: what is taken has one spelling only, its own. */
#include <stdint.h>
#include <stdlib.h>

#include "base/base64url.h"

#include "contract/ban.h"

enum { TEXT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct gp_str text = {(const char *)data, len};
	uint8_t raw[GP_BASE64URL_DECODED(TEXT_MAX)];
	char again[TEXT_MAX + 1];
	size_t n = 0;

	if (len > TEXT_MAX || gp_base64url_decode(text, raw, sizeof(raw), &n) != GP_ST_OK)
		return 0;
	if (gp_base64url_encode(raw, n, again, sizeof(again)) != GP_ST_OK ||
	    !gp_str_is(text, again))
		abort();
	/* Room for one byte less is too little. */
	if (n > 0 && gp_base64url_decode(text, raw, n - 1, &n) != GP_ST_TOO_BIG)
		abort();
	return 0;
}
