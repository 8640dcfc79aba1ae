/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A knock: one datagram of root's to knock.sock, "somebody asks for this name, and the directory
 * file does not have it". It is neither answered nor waited for. Bytes: 'K', version 1, then the
 * name, 1 to 64 bytes.
 */
#ifndef GP_CONTRACT_KNOCK_H
#define GP_CONTRACT_KNOCK_H

#include <stddef.h>
#include <stdint.h>

#include "contract/directory.h"

#define GP_KNOCK_SOCKET "knock.sock"
#define GP_KNOCK_MAX    (2 + GP_DIRECTORY_NAME_MAX)

/* The bytes for NAME, and how many they are; 0 when a name cannot be so long. */
size_t gp_knock_write(struct gp_str name, uint8_t out[static GP_KNOCK_MAX]);
/* The name in lower case. GP_ST_INVALID for anything but a knock for a name with an '@' in it that
 * a guest could have. */
enum gp_status gp_knock_parse(const uint8_t *bytes, size_t len,
			      char out[static GP_DIRECTORY_NAME_MAX + 1]) gp_must_check;

#endif
