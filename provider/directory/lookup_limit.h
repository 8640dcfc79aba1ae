/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often names are looked up, whatever strangers ask for: each name once in 10 s, or in 60 s
 * when the last look found nobody; each domain six times in a minute. PURE, and of one size: a
 * domain's last six look-ups are all that must be remembered for both rules.
 */
#ifndef GP_DIRECTORY_LOOKUP_LIMIT_H
#define GP_DIRECTORY_LOOKUP_LIMIT_H

#include "contract/directory.h"
#include "identity/name.h"

#define GP_LOOKUPS_PER_MINUTE 6
#define GP_LOOKUP_MINUTE_MS   60000
#define GP_LOOKUP_AGAIN_MS    10000
#define GP_LOOKUP_NEGATIVE_MS 60000

struct gp_lookup_slot {
	char name[GP_NAME_BUF]; /* empty: never used */
	int64_t at_ms;          /* monotonic */
	bool found_nobody;
};

struct gp_lookup_domain {
	char domain[GP_DIRECTORY_DOMAIN_MAX + 1];
	struct gp_lookup_slot slots[GP_LOOKUPS_PER_MINUTE];
};

struct gp_lookup_limit {
	struct gp_lookup_domain domains[GP_DIRECTORY_DOMAINS_MAX];
};

/* May NAME, which has an '@' in it, be looked up now? If so it counts from now on. When there are
 * more domains than places the one gives way that was used longest ago. */
bool gp_lookup_limit_take(struct gp_lookup_limit *limit, const char *name, int64_t now_ms);
/* What became of NAME's last look-up. */
void gp_lookup_limit_told(struct gp_lookup_limit *limit, const char *name, bool found);

#endif
