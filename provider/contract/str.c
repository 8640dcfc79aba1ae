/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/str.h"

#include "contract/ban.h"

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

bool gp_str_equal(struct gp_str a, struct gp_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool gp_str_equal_nocase(struct gp_str a, struct gp_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower((unsigned char)a.ptr[i]) != lower((unsigned char)b.ptr[i]))
			return false;
	return true;
}

bool gp_str_starts(struct gp_str s, const char *prefix)
{
	size_t len = strlen(prefix);
	/* An empty text may have no bytes at all, and memcmp takes no null pointer. */
	return len == 0 || (s.len >= len && memcmp(s.ptr, prefix, len) == 0);
}

struct gp_str gp_str_take_line(struct gp_str *text)
{
	const char *end = memchr(text->ptr, '\n', text->len);
	struct gp_str line = {text->ptr, end != NULL ? (size_t)(end - text->ptr) : text->len};
	size_t taken = end != NULL ? line.len + 1 : line.len;
	text->ptr += taken;
	text->len -= taken;
	return line;
}

bool gp_str_ends(struct gp_str s, const char *suffix)
{
	size_t len = strlen(suffix);
	return len == 0 || (s.len >= len && memcmp(s.ptr + (s.len - len), suffix, len) == 0);
}

enum gp_status gp_copy(char *dst, size_t dst_size, struct gp_str s)
{
	if (dst_size == 0)
		return GP_ST_TOO_BIG;
	dst[0] = '\0';
	if (s.len >= dst_size)
		return GP_ST_TOO_BIG;
	if (s.len > 0 && memchr(s.ptr, '\0', s.len) != NULL)
		return GP_ST_INVALID;
	if (s.len > 0)
		memcpy(dst, s.ptr, s.len);
	dst[s.len] = '\0';
	return GP_ST_OK;
}

struct gp_str gp_str_trim(struct gp_str s)
{
	while (s.len > 0 && gp_is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && gp_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool gp_parse_digits(struct gp_str s, size_t from, size_t len, int *out)
{
	int value = 0;
	if (len == 0 || len > 9 || from > s.len || len > s.len - from)
		return false;
	for (size_t i = from; i < from + len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		value = value * 10 + (s.ptr[i] - '0');
	}
	*out = value;
	return true;
}

enum gp_status gp_parse_u64(struct gp_str s, uint64_t max, uint64_t *out)
{
	if (s.len == 0 || s.len > 20 || (s.len > 1 && s.ptr[0] == '0'))
		return GP_ST_INVALID;
	uint64_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return GP_ST_INVALID;
		uint64_t digit = (uint64_t)(s.ptr[i] - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return GP_ST_TOO_BIG;
		n = n * 10 + digit;
	}
	if (n > max)
		return GP_ST_TOO_BIG;
	*out = n;
	return GP_ST_OK;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void gp_hex(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

enum gp_status gp_unhex(struct gp_str s, uint8_t *out, size_t n)
{
	if (s.len != 2 * n)
		return GP_ST_INVALID;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(s.ptr[2 * i]);
		int lo = hex_value(s.ptr[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return GP_ST_INVALID;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return GP_ST_OK;
}

enum gp_status gp_guid_parse(struct gp_str s, uint8_t out[static 16])
{
	static const uint8_t group[] = {8, 4, 4, 4, 12};
	char digits[32];
	size_t at = 0;
	size_t have = 0;

	if (s.len != GP_GUID_TEXT - 1)
		return GP_ST_INVALID;
	for (size_t g = 0; g < sizeof(group); g++) {
		if (g > 0 && s.ptr[at++] != '-')
			return GP_ST_INVALID;
		memcpy(digits + have, s.ptr + at, group[g]);
		at += group[g];
		have += group[g];
	}
	return gp_unhex((struct gp_str){digits, sizeof(digits)}, out, 16);
}

void gp_guid_format(const uint8_t guid[static 16], char out[static GP_GUID_TEXT])
{
	static const uint8_t group[] = {4, 2, 2, 2, 6};
	for (size_t g = 0; g < sizeof(group); g++) {
		if (g > 0)
			*out++ = '-';
		gp_hex(guid, group[g], out);
		guid += group[g];
		out += 2 * (size_t)group[g];
	}
}

bool gp_ct_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t diff = 0;
	for (size_t i = 0; i < n; i++)
		diff = (uint8_t)(diff | (x[i] ^ y[i]));
	return diff == 0;
}
