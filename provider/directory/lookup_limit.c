/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/lookup_limit.h"

#include "contract/ban.h"

static const char *domain_of(const char *name)
{
	const char *at = strchr(name, '@');
	return at != NULL ? at + 1 : "";
}

/* Monotonic; below every time for one that was never used. */
static int64_t last_used_ms(const struct gp_lookup_domain *domain)
{
	int64_t last = INT64_MIN;
	for (size_t i = 0; i < GP_LOOKUPS_PER_MINUTE; i++) {
		if (domain->slots[i].name[0] != '\0' && domain->slots[i].at_ms > last) {
			last = domain->slots[i].at_ms;
		}
	}
	return last;
}

static struct gp_lookup_domain *place_of(struct gp_lookup_limit *limit, const char *name)
{
	struct gp_lookup_domain *least = &limit->domains[0];
	for (size_t i = 0; i < GP_DIRECTORY_DOMAINS_MAX; i++) {
		struct gp_lookup_domain *domain = &limit->domains[i];
		if (strcmp(domain->domain, domain_of(name)) == 0) {
			return domain;
		}
		if (last_used_ms(domain) < last_used_ms(least)) {
			least = domain;
		}
	}
	*least = (struct gp_lookup_domain){.domain = ""};
	return gp_copy(least->domain, sizeof(least->domain), gp_str_from(domain_of(name))) ==
			       GP_ST_OK
		       ? least
		       : NULL;
}

bool gp_lookup_limit_take(struct gp_lookup_limit *limit, const char *name, int64_t now_ms)
{
	struct gp_lookup_domain *domain = place_of(limit, name);
	if (domain == NULL) {
		return false;
	}
	struct gp_lookup_slot *oldest = &domain->slots[0];
	for (size_t i = 0; i < GP_LOOKUPS_PER_MINUTE; i++) {
		struct gp_lookup_slot *slot = &domain->slots[i];
		int64_t pause = slot->found_nobody ? GP_LOOKUP_NEGATIVE_MS : GP_LOOKUP_AGAIN_MS;
		if (strcmp(slot->name, name) == 0 && now_ms - slot->at_ms < pause) {
			return false;
		}
		if (oldest->name[0] != '\0' &&
		    (slot->name[0] == '\0' || slot->at_ms < oldest->at_ms)) {
			oldest = slot;
		}
	}
	if (oldest->name[0] != '\0' && now_ms - oldest->at_ms < GP_LOOKUP_MINUTE_MS) {
		return false;
	}
	*oldest = (struct gp_lookup_slot){.at_ms = now_ms};
	return gp_copy(oldest->name, sizeof(oldest->name), gp_str_from(name)) == GP_ST_OK;
}

void gp_lookup_limit_told(struct gp_lookup_limit *limit, const char *name, bool found)
{
	struct gp_lookup_slot *last = NULL;
	for (size_t i = 0; i < GP_DIRECTORY_DOMAINS_MAX; i++) {
		struct gp_lookup_domain *domain = &limit->domains[i];
		for (size_t k = 0; k < GP_LOOKUPS_PER_MINUTE; k++) {
			struct gp_lookup_slot *slot = &domain->slots[k];
			if (strcmp(slot->name, name) == 0 &&
			    (last == NULL || slot->at_ms > last->at_ms)) {
				last = slot;
			}
		}
	}
	if (last != NULL) {
		last->found_nobody = !found;
	}
}
