/* SPDX-License-Identifier: Apache-2.0 */
/* What names, texts and paths of the directory may look like. No tables of the locale: bytes. */
#include "contract/directory.h"

#include "contract/ban.h"

#define MARK_DIGITS 6 /* of the N in "~N" */

#define ONES 0x0101010101010101ULL
#define HIGH 0x8080808080808080ULL

/* One bit for each allowed character: a-z 0-9 . _ - + @ */
static bool name_char(unsigned char c)
{
	static const uint64_t allowed[2] = {
		/* '+' 43, '-' 45, '.' 46, '0'..'9' 48..57 */
		1ULL << 43 | 1ULL << 45 | 1ULL << 46 | 0x3FFULL << 48,
		/* '@' 64, '_' 95, 'a'..'z' 97..122 */
		1ULL << (64 - 64) | 1ULL << (95 - 64) | 0x3FFFFFFULL << (97 - 64),
	};
	return c < 128 && (allowed[c >> 6] >> (c & 63) & 1) != 0;
}

bool gp_directory_name_ok(struct gp_str name)
{
	if (name.len == 0 || name.len > GP_DIRECTORY_NAME_MAX)
		return false;
	unsigned char first = (unsigned char)name.ptr[0];
	if (first == '.' || first == '-' || first == '+' || first == '@')
		return false;
	size_t digits = 0;
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		if (!name_char(c))
			return false;
		digits += c >= '0' && c <= '9';
	}
	/* Tools take a name of digits for a number. */
	return digits < name.len;
}

struct gp_str gp_directory_name_base(struct gp_str name)
{
	size_t at = name.len;
	while (at > 0 && name.ptr[at - 1] >= '0' && name.ptr[at - 1] <= '9')
		at--;
	size_t digits = name.len - at;
	/* Nearly all names end here: with a letter. */
	if (digits == 0 || digits > MARK_DIGITS || at < 2 || name.ptr[at - 1] != '~' ||
	    name.ptr[at] == '0')
		return name;
	return (struct gp_str){name.ptr, at - 1};
}

bool gp_directory_user_name_ok(struct gp_str name)
{
	return name.len <= GP_DIRECTORY_NAME_MAX &&
	       gp_directory_name_ok(gp_directory_name_base(name));
}

bool gp_directory_domain_ok(struct gp_str domain)
{
	size_t dots = 0;
	char before = '.';
	if (domain.len > GP_DIRECTORY_DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < domain.len; i++) {
		char c = domain.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
		if (!is_plain && (c != '.' || before == '.'))
			return false;
		dots += c == '.';
		before = c;
	}
	return dots > 0 && before != '.';
}

static bool text_char(unsigned char c)
{
	return c >= 0x20 && c != 0x7F && c != ':';
}

/* A byte below N (N <= 128) leaves its top bit set here, if it had none itself. */
static uint64_t bytes_below(uint64_t w, unsigned int n)
{
	return (w - ONES * n) & ~w & HIGH;
}

bool gp_directory_text_ok(struct gp_str text)
{
	size_t at = 0;
	/* Eight bytes at a time. A borrow can only come out of a byte that is itself bad, so a
	 * word without a mark has no bad byte. */
	for (; text.len - at >= 8; at += 8) {
		uint64_t w;
		memcpy(&w, text.ptr + at, sizeof(w));
		uint64_t bad = bytes_below(w, 0x20) | bytes_below(w ^ ONES * 0x7F, 1) |
			       bytes_below(w ^ ONES * ':', 1);
		if (bad != 0)
			return false;
	}
	for (; at < text.len; at++)
		if (!text_char((unsigned char)text.ptr[at]))
			return false;
	return true;
}

bool gp_directory_path_ok(struct gp_str path)
{
	if (path.len < 2 || path.ptr[0] != '/' || !gp_directory_text_ok(path))
		return false;
	size_t start = 1;
	for (size_t i = 1; i <= path.len; i++) {
		if (i < path.len && path.ptr[i] != '/')
			continue;
		struct gp_str part = {path.ptr + start, i - start};
		if (part.len == 0 || gp_str_is(part, ".") || gp_str_is(part, ".."))
			return false;
		start = i + 1;
	}
	return true;
}
