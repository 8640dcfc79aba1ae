/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64url.h"

#include "contract/ban.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The six bits that C stands for, or -1. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

enum gp_status gp_base64url_decode(struct gp_str s, uint8_t *out, size_t out_size, size_t *out_len)
{
	size_t rest = s.len % 4;
	size_t need = s.len / 4 * 3 + (rest > 0 ? rest - 1 : 0);
	uint32_t bits = 0;
	unsigned int have = 0;
	size_t n = 0;

	if (rest == 1)
		return GP_ST_INVALID;
	if (need > out_size)
		return GP_ST_TOO_BIG;
	for (size_t i = 0; i < s.len; i++) {
		int v = value_of(s.ptr[i]);
		if (v < 0)
			return GP_ST_INVALID;
		bits = (bits << 6 | (uint32_t)v) & 0xFFFFU;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	/* Else one value would have several spellings, and a signed text could be altered. */
	if ((bits & ((1U << have) - 1)) != 0)
		return GP_ST_INVALID;
	*out_len = n;
	return GP_ST_OK;
}

enum gp_status gp_base64url_encode(const uint8_t *bytes, size_t n, char *out, size_t out_size)
{
	uint32_t bits = 0;
	unsigned int have = 0;
	size_t len = 0;

	if (n > SIZE_MAX / 8 || GP_BASE64URL_ENCODED(n) >= out_size)
		return GP_ST_TOO_BIG;
	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | bytes[i]) & 0xFFFFU;
		have += 8;
		while (have >= 6) {
			have -= 6;
			out[len++] = alphabet[bits >> have & 0x3FU];
		}
	}
	if (have > 0)
		out[len++] = alphabet[bits << (6 - have) & 0x3FU];
	out[len] = '\0';
	return GP_ST_OK;
}
