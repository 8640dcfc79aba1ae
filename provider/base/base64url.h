/* SPDX-License-Identifier: Apache-2.0 */
/* base64url without padding (RFC 4648 section 5, RFC 7515 section 2), strict in reading. */
#ifndef GP_BASE_BASE64URL_H
#define GP_BASE_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

#include "contract/str.h"

/* Bytes that decoding LEN characters can give at most; characters for LEN bytes, without NUL. */
#define GP_BASE64URL_DECODED(len) ((len) / 4 * 3 + 3)
#define GP_BASE64URL_ENCODED(len) (((len)*4 + 2) / 3)

/* GP_ST_INVALID for padding, blanks, other alphabets, impossible lengths and trailing bits that are
 * not zero; GP_ST_TOO_BIG when OUT is too small. An empty text gives zero bytes. */
enum gp_status gp_base64url_decode(struct gp_str s, uint8_t *out, size_t out_size,
				   size_t *out_len) gp_must_check;
/* OUT gets a NUL as well. */
enum gp_status gp_base64url_encode(const uint8_t *bytes, size_t n, char *out,
				   size_t out_size) gp_must_check;

#endif
