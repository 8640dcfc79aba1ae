/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside made safe for a terminal or a log. Control characters (C0, DEL, C1), bidi marks
 * and overrides, line and paragraph separators, invisible format characters and bytes that are not
 * UTF-8 come out as visible escapes: \xNN for a byte, \u{N} for a character.
 */
#ifndef GP_CONTRACT_TEXT_H
#define GP_CONTRACT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "contract/str.h"

enum gp_text_mode {
	GP_TEXT_LINE = 0, /* newlines are escaped too: one value within a line */
	GP_TEXT_SCREEN,   /* '\n' and '\t' stay: text that we composed ourselves */
};

/* Writes the safe form and a NUL into DST, cut between characters where it is full ("..." at the
 * end then); returns the length written. DST_SIZE is at least 8. */
size_t gp_text_safe(struct gp_str s, enum gp_text_mode mode, char *dst, size_t dst_size);

/* True if gp_text_safe() would copy S unchanged. */
bool gp_text_is_safe(struct gp_str s, enum gp_text_mode mode);

/* Decodes one UTF-8 character (strict: no overlongs, no surrogates, at most U+10FFFF). Returns its
 * length in bytes, or 0 when the bytes at S are not one. */
size_t gp_utf8_decode(struct gp_str s, unsigned int *out);

#endif
