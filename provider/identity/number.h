/* SPDX-License-Identifier: Apache-2.0 */
/* uid numbers: architecture.md, "Numbers and names". Pure. */
#ifndef GP_IDENTITY_NUMBER_H
#define GP_IDENTITY_NUMBER_H

#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

/* base + (first 8 bytes, big-endian, of SHA-256("guestpass/uid/1" || tid || oid)) mod size. TID and
 * OID as GUID text. GP_ST_INVALID for text that is no GUID or SIZE 0. */
enum gp_status gp_number_of(const char *tid, const char *oid, uint32_t base, uint32_t size,
			    uint32_t *out) gp_must_check;

/* The same for groups: base + 1 + (... "guestpass/gid/1" ...) mod (size - 1). The first number of
 * the range is that of the group of all guests. */
enum gp_status gp_number_of_group(const char *tid, const char *oid, uint32_t base, uint32_t size,
				  uint32_t *out) gp_must_check;

#endif
