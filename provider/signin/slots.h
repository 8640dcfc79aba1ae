/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many live codes there may be: for one guest, from one address, altogether. A new sign-in is
 * never turned away: beyond a limit the oldest one of the busiest source goes, the newcomer's own
 * source first. So a stranger who starts sign-ins in a guest's name ends his own, not the guest's.
 * Pure.
 */
#ifndef GP_SIGNIN_SLOTS_H
#define GP_SIGNIN_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#define GP_SLOT_SOURCE_MAX 257 /* with its NUL */

/* The source that ADDRESS stands for: of an IPv6 address its network of 64 bits, since whoever has
 * one address has them all; else the address as it is, a name too. */
void gp_slot_source(const char *address, char out[static GP_SLOT_SOURCE_MAX]);

struct gp_slot {
	const char *guest;  /* login name */
	const char *source; /* by gp_slot_source(), "" when unknown */
	int64_t since_ms;
};

struct gp_slot_limits {
	uint32_t per_guest;
	uint32_t per_address;
	uint32_t total;
};

/* Index of the slot that has to go so that one more for GUEST from SOURCE fits, or -1 when it fits
 * as it is. Call again after dropping it: more than one limit may be passed. */
int gp_slots_victim(const struct gp_slot *slots, size_t n, const struct gp_slot_limits *limits,
		    const char *guest, const char *source);

#endif
