/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes made safe for a log line and for a screen, into room of any size: what comes out
 * is safe, and what was safe comes out unchanged. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/text.h"
#include "tests/fuzz/support/split.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void one(struct gp_str text, enum gp_text_mode mode, size_t size)
{
	char *out = malloc(size);
	if (out == NULL)
		return;
	const size_t n = gp_text_safe(text, mode, out, size);
	if (n >= size || out[n] != '\0' || strlen(out) != n ||
	    !gp_text_is_safe((struct gp_str){out, n}, mode))
		abort();
	if (gp_text_is_safe(text, mode) && text.len < size &&
	    !gp_str_equal(text, (struct gp_str){out, n}))
		abort();
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_str text = {(const char *)data, len};
	unsigned int cp = 0;
	const size_t size = 8 + split_byte(&text);

	one(text, GP_TEXT_LINE, size);
	one(text, GP_TEXT_SCREEN, size);
	one(text, GP_TEXT_LINE, text.len * 10 + 8);
	if (gp_utf8_decode(text, &cp) > text.len || cp > 0x10FFFF)
		abort();
	return 0;
}
