/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of bytes that are there as a whole. */
#ifndef GP_BASE_SHA256_H
#define GP_BASE_SHA256_H

#include <stdint.h>

#include "contract/str.h"

#define GP_SHA256_LEN 32

/* GP_ST_INTERNAL: OpenSSL has no SHA-256, or no memory. From any thread. */
enum gp_status gp_sha256(struct gp_str bytes, uint8_t out[static GP_SHA256_LEN]) gp_must_check;

#endif
