/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts an input into the parts that a harness needs. */
#ifndef GP_TESTS_FUZZ_SPLIT_H
#define GP_TESTS_FUZZ_SPLIT_H

#include <string.h>

#include "contract/str.h"

/* What stands before the next SIGN, which is taken off *REST too; all of it if there is none. */
static inline struct gp_str split_at(struct gp_str *rest, char sign)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, sign, rest->len) : NULL;
	const struct gp_str part = {rest->ptr, end != NULL ? (size_t)(end - rest->ptr) : rest->len};
	const size_t used = part.len + (end != NULL ? 1 : 0);
	rest->ptr = used > 0 ? rest->ptr + used : rest->ptr;
	rest->len -= used;
	return part;
}

/* The next byte; 0 when nothing is left. */
static inline unsigned int split_byte(struct gp_str *rest)
{
	if (rest->len == 0)
		return 0;
	const unsigned char byte = (unsigned char)*rest->ptr;
	rest->ptr++;
	rest->len--;
	return byte;
}

/* The next N bytes, or as many as are left. */
static inline struct gp_str split_bytes(struct gp_str *rest, size_t n)
{
	const struct gp_str part = {rest->ptr, n < rest->len ? n : rest->len};
	rest->ptr = part.len > 0 ? rest->ptr + part.len : rest->ptr;
	rest->len -= part.len;
	return part;
}

#endif
