/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed text and its small helpers. A struct gp_str owns nothing, need not end in NUL, and is
 * valid only as long as what it points into.
 */
#ifndef GP_CONTRACT_STR_H
#define GP_CONTRACT_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "contract/status.h"

struct gp_str {
	const char *ptr;
	size_t len;
};

/* For printf: "%.*s", GP_STR_ARGS(s). Text from outside goes through gp_text_safe() first. */
#define GP_STR_ARGS(s) (int)(s).len, (s).ptr
#define GP_STR(lit)    ((struct gp_str){(lit), sizeof(lit) - 1})

static inline struct gp_str gp_str_from(const char *text)
{
	return (struct gp_str){text, text != NULL ? strlen(text) : 0};
}

static inline bool gp_str_is(struct gp_str s, const char *text)
{
	size_t len = strlen(text);
	return s.len == len && (len == 0 || memcmp(s.ptr, text, len) == 0);
}

bool gp_str_equal(struct gp_str a, struct gp_str b);
/* ASCII letters only; locale plays no part. */
bool gp_str_equal_nocase(struct gp_str a, struct gp_str b);
bool gp_str_starts(struct gp_str s, const char *prefix);
bool gp_str_ends(struct gp_str s, const char *suffix);
/* The next line of *TEXT, which is not empty, without its end; what is left stays in *TEXT. */
struct gp_str gp_str_take_line(struct gp_str *text);

/* A blank or a tab. */
static inline bool gp_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* S without the blanks and tabs at both ends. */
struct gp_str gp_str_trim(struct gp_str s);

/* Copies S and a NUL into DST. GP_ST_TOO_BIG when it does not fit, GP_ST_INVALID on an embedded
 * NUL; then DST is the empty string. */
enum gp_status gp_copy(char *dst, size_t dst_size, struct gp_str s) gp_must_check;

/* snprintf that treats truncation as GP_ST_TOO_BIG (DST is then empty). */
enum gp_status gp_format(char *dst, size_t dst_size, const char *fmt, ...) gp_must_check
	gp_printf(3, 4);

/* The whole of S as a decimal number of at most MAX, without sign, blanks or leading zeros. */
enum gp_status gp_parse_u64(struct gp_str s, uint64_t max, uint64_t *out) gp_must_check;

/* Exactly LEN digits of S from FROM on, leading zeros included: a field of a date. False for
 * anything else; *OUT is untouched then. LEN is at most 9. */
bool gp_parse_digits(struct gp_str s, size_t from, size_t len, int *out);

/* 16 raw bytes <-> "8-4-4-4-12" lower-case text, in text order (Entra's GUIDs and our ids). */
#define GP_GUID_TEXT 37
enum gp_status gp_guid_parse(struct gp_str s, uint8_t out[static 16]) gp_must_check;
void gp_guid_format(const uint8_t guid[static 16], char out[static GP_GUID_TEXT]);

/* Lower-case hex of N bytes; OUT has room for 2 * N + 1. */
void gp_hex(const uint8_t *bytes, size_t n, char *out);
enum gp_status gp_unhex(struct gp_str s, uint8_t *out, size_t n) gp_must_check;

/* Time does not depend on where the bytes differ. */
bool gp_ct_equal(const void *a, const void *b, size_t n);

#endif
