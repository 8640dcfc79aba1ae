/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/text.h"

#include <stdio.h>

#include "contract/ban.h"

size_t gp_utf8_decode(struct gp_str s, unsigned int *out)
{
	static const unsigned int least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (s.len == 0)
		return 0;
	unsigned char c = (unsigned char)s.ptr[0];
	if (c < 0x80) {
		*out = c;
		return 1;
	}
	size_t n = c >= 0xF0 && c <= 0xF4  ? 4
		   : c >= 0xE0 && c < 0xF0 ? 3
		   : c >= 0xC2 && c < 0xE0 ? 2
					   : 0;
	if (n == 0 || s.len < n)
		return 0;
	unsigned int cp = c & (0xFFU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		unsigned char next = (unsigned char)s.ptr[i];
		if ((next & 0xC0) != 0x80)
			return 0;
		cp = cp << 6 | (next & 0x3FU);
	}
	if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return 0;
	*out = cp;
	return n;
}

/* Ranges of characters that steer a terminal, reorder text or hide in it (Unicode categories Cc,
 * Cf, Zl, Zp, and the tag and variation blocks). */
static const struct {
	unsigned int from;
	unsigned int to;
} hostile[] = {
	{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x600, 0x605},   {0x61C, 0x61C},
	{0x6DD, 0x6DD},   {0x70F, 0x70F},   {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},
	{0x2060, 0x206F}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};

static bool is_hostile(unsigned int cp, enum gp_text_mode mode)
{
	if (mode == GP_TEXT_SCREEN && (cp == '\n' || cp == '\t'))
		return false;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		if (cp >= hostile[i].from && cp <= hostile[i].to)
			return true;
	return false;
}

/* The next piece of output for the text at S: its bytes into PIECE, and how much of S it stands
 * for. */
static size_t next_piece(struct gp_str s, enum gp_text_mode mode, char piece[static 16],
			 size_t *used)
{
	unsigned int cp = 0;
	size_t n = gp_utf8_decode(s, &cp);
	int len;

	*used = n > 0 ? n : 1;
	if (n == 0 || (is_hostile(cp, mode) && cp < 0x80)) {
		len = snprintf(piece, 16, "\\x%02X", (unsigned char)s.ptr[0]);
	} else if (is_hostile(cp, mode)) {
		len = snprintf(piece, 16, "\\u{%X}", cp);
	} else {
		memcpy(piece, s.ptr, n);
		len = (int)n;
	}
	return len > 0 ? (size_t)len : 0;
}

size_t gp_text_safe(struct gp_str s, enum gp_text_mode mode, char *dst, size_t dst_size)
{
	size_t out = 0;
	size_t cut = 0; /* the last place where "..." and the NUL still fit */

	while (s.len > 0) {
		char piece[16];
		size_t used = 0;
		size_t n = next_piece(s, mode, piece, &used);
		if (n + 1 > dst_size - out) {
			memcpy(dst + cut, "...", 4);
			return cut + 3;
		}
		memcpy(dst + out, piece, n);
		out += n;
		if (out + 4 <= dst_size)
			cut = out;
		s.ptr += used;
		s.len -= used;
	}
	dst[out] = '\0';
	return out;
}

bool gp_text_is_safe(struct gp_str s, enum gp_text_mode mode)
{
	while (s.len > 0) {
		unsigned int cp = (unsigned char)s.ptr[0];
		bool plain = cp >= 0x20 && cp < 0x7F; /* as nearly all of it is */
		size_t n = plain ? 1 : gp_utf8_decode(s, &cp);
		if (!plain && (n == 0 || is_hostile(cp, mode)))
			return false;
		s.ptr += n;
		s.len -= n;
	}
	return true;
}
