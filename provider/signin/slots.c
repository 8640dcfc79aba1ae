/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/slots.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "contract/str.h"

#include "contract/ban.h"

void gp_slot_source(const char *address, char out[static GP_SLOT_SOURCE_MAX])
{
	struct in6_addr net;

	if (inet_pton(AF_INET6, address, &net) == 1) {
		/* An IPv4 client of a socket for both. */
		if (IN6_IS_ADDR_V4MAPPED(&net) &&
		    inet_ntop(AF_INET, &net.s6_addr[12], out, GP_SLOT_SOURCE_MAX) != NULL)
			return;
		memset(&net.s6_addr[8], 0, 8);
		if (inet_ntop(AF_INET6, &net, out, GP_SLOT_SOURCE_MAX) != NULL)
			return;
	}
	if (gp_copy(out, GP_SLOT_SOURCE_MAX, gp_str_from(address)) != GP_ST_OK)
		out[0] = '\0';
}

/* A selection of the slots: those of one guest, or of one source, or all (both NULL). */
struct selection {
	const char *guest;
	const char *source;
};

static bool selected(const struct gp_slot *slot, const struct selection *sel)
{
	return (sel->guest == NULL || strcmp(slot->guest, sel->guest) == 0) &&
	       (sel->source == NULL || strcmp(slot->source, sel->source) == 0);
}

static size_t count(const struct gp_slot *slots, size_t n, const struct selection *sel)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++)
		found += selected(&slots[i], sel) ? 1 : 0;
	return found;
}

/* The oldest slot of the source which has most in SEL; the newcomer (SOURCE) counts as having one
 * more. */
static int busiest_oldest(const struct gp_slot *slots, size_t n, const struct selection *sel,
			  const char *source)
{
	int victim = -1;
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		if (!selected(&slots[i], sel))
			continue;
		struct selection its = {sel->guest, slots[i].source};
		size_t has = count(slots, n, &its);
		if (strcmp(slots[i].source, source) == 0)
			has++;
		if (victim < 0 || has > most ||
		    (has == most && slots[i].since_ms < slots[victim].since_ms)) {
			victim = (int)i;
			most = has;
		}
	}
	return victim;
}

int gp_slots_victim(const struct gp_slot *slots, size_t n, const struct gp_slot_limits *limits,
		    const char *guest, const char *source)
{
	const struct selection of_source = {NULL, source};
	const struct selection of_guest = {guest, NULL};
	const struct selection all = {NULL, NULL};

	if (count(slots, n, &of_source) >= limits->per_address)
		return busiest_oldest(slots, n, &of_source, source);
	if (count(slots, n, &of_guest) >= limits->per_guest)
		return busiest_oldest(slots, n, &of_guest, source);
	if (n >= limits->total)
		return busiest_oldest(slots, n, &all, source);
	return -1;
}
