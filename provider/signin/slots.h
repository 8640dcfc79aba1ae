/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many live codes there may be: for one guest, from one address, altogether. A new sign-in is
 * never turned away: beyond a limit the oldest one of the busiest source goes, the newcomer's own
 * source first, and sources unknown to the guest before known ones. So strangers who start sign-ins
 * in a guest's name end their own, not the guest's.
 * Pure.
 */
#ifndef GP_SIGNIN_SLOTS_H
#define GP_SIGNIN_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GP_SLOT_SOURCE_MAX 257 /* with its NUL */

/* The source that ADDRESS stands for: of an IPv6 address its network of 64 bits, since whoever has
 * one address has them all; else the address as it is, a name too. */
void gp_slot_source(const char *address, char out[static GP_SLOT_SOURCE_MAX]);

struct gp_slot {
	const char *guest;  /* login name */
	const char *source; /* by gp_slot_source(), "" when unknown */
	bool known;         /* this guest was admitted from this source before */
	int64_t since_ms;
};

struct gp_slot_limits {
	uint32_t per_guest;
	uint32_t per_address;
	uint32_t total;
};

/* The latest sources from which guests were admitted, in memory: where they are equal otherwise, a
 * stranger's sign-in goes before one that comes from where this guest always comes from. */
#define GP_KNOWN_SOURCES 512
struct gp_known_sources {
	struct {
		char guest[65];
		char source[GP_SLOT_SOURCE_MAX];
	} entries[GP_KNOWN_SOURCES];
	size_t next;
};
void gp_known_add(struct gp_known_sources *known, const char *guest, const char *source);
bool gp_known_has(const struct gp_known_sources *known, const char *guest, const char *source);

/* Index of the slot that has to go so that one more for GUEST from SOURCE fits, or -1 when it fits
 * as it is. Call again after dropping it: more than one limit may be passed. */
int gp_slots_victim(const struct gp_slot *slots, size_t n, const struct gp_slot_limits *limits,
		    const char *guest, const char *source);

#endif
