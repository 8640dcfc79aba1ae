/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and networks as text. PURE: literals only, nothing is looked up. An IPv4 address is the
 * IPv6 address that it is mapped to (RFC 4291 2.5.5.2), so both spellings of a client are one.
 */
#ifndef GP_BASE_ADDRESS_H
#define GP_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

struct gp_address {
	uint8_t bytes[16];
};

struct gp_network {
	struct gp_address address;
	unsigned int bits; /* that must agree, 0 .. 128 */
};

/* A host name is GP_ST_INVALID, and so is an address with a zone ("fe80::1%eth0" is taken without
 * it: the zone is this host's affair). */
enum gp_status gp_address_parse(struct gp_str text, struct gp_address *out) gp_must_check;
bool gp_address_is_ipv4(const struct gp_address *a);
/* "ADDRESS" or "ADDRESS/BITS"; bits of the address behind BITS must be zero, so that nobody means
 * something else than he wrote. */
enum gp_status gp_network_parse(struct gp_str text, struct gp_network *out) gp_must_check;
bool gp_network_has(const struct gp_network *network, const struct gp_address *address);

#endif
