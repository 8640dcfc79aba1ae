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

void gp_known_add(struct gp_known_sources *known, const char *guest, const char *source)
{
	if (gp_known_has(known, guest, source))
		return;
	size_t at = known->next++ % GP_KNOWN_SOURCES;
	if (gp_copy(known->entries[at].guest, sizeof(known->entries[at].guest),
		    gp_str_from(guest)) != GP_ST_OK ||
	    gp_copy(known->entries[at].source, sizeof(known->entries[at].source),
		    gp_str_from(source)) != GP_ST_OK)
		known->entries[at].guest[0] = '\0';
}

bool gp_known_has(const struct gp_known_sources *known, const char *guest, const char *source)
{
	for (size_t i = 0; i < GP_KNOWN_SOURCES; i++)
		if (guest[0] != '\0' && strcmp(known->entries[i].guest, guest) == 0 &&
		    strcmp(known->entries[i].source, source) == 0)
			return true;
	return false;
}

struct rank {
	bool known;
	size_t has; /* how many its source has */
	int64_t since_ms;
};

static bool goes_before(const struct rank *a, const struct rank *b)
{
	if (a->known != b->known)
		return !a->known;
	return a->has > b->has || (a->has == b->has && a->since_ms < b->since_ms);
}

/* The oldest slot of the source which has most in SEL; the newcomer (SOURCE) counts as having one
 * more. Within a single source nobody is better known than another. */
static int busiest_oldest(const struct gp_slot *slots, size_t n, const struct selection *sel,
			  const char *source)
{
	int victim = -1;
	struct rank first = {0};

	for (size_t i = 0; i < n; i++) {
		if (!selected(&slots[i], sel))
			continue;
		const struct selection its = {sel->guest, slots[i].source};
		const struct rank rank = {
			.known = sel->source == NULL && slots[i].known,
			.has = count(slots, n, &its) +
			       (strcmp(slots[i].source, source) == 0 ? 1 : 0),
			.since_ms = slots[i].since_ms,
		};
		if (victim < 0 || goes_before(&rank, &first)) {
			victim = (int)i;
			first = rank;
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
