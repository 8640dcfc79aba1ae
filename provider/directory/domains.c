/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/domains.h"

#include "contract/ban.h"

bool gp_domains_have(const struct gp_domains *domains, const char *name)
{
	const char *at = strchr(name, '@');
	for (size_t i = 0; at != NULL && i < domains->count; i++) {
		if (strcmp(domains->all[i], at + 1) == 0) {
			return true;
		}
	}
	return false;
}

static void add(struct gp_domains *out, const char *domain)
{
	const struct gp_str text = gp_str_from(domain);
	if (out->count < GP_DIRECTORY_DOMAINS_MAX && gp_directory_domain_ok(text) &&
	    gp_copy(out->all[out->count], sizeof(out->all[0]), text) == GP_ST_OK) {
		out->count++;
	}
}

/* The last domain that was seen in each place, so that of 100,000 guests nearly all are passed over
 * by one comparison. */
#define PLACES 256

static size_t place_of(const char *domain)
{
	uint32_t h = 0;
	for (; *domain != '\0'; domain++) {
		h = (h ^ (uint8_t)*domain) * 0x9E3779B1U;
	}
	return h >> 24;
}

static void add_all(const struct gp_plan *plan, struct gp_domains *out)
{
	const char *seen[PLACES] = {NULL};
	for (size_t i = 0; i < plan->guest_count && out->count < GP_DIRECTORY_DOMAINS_MAX; i++) {
		const char *name = plan->guests[i].name;
		const char *at = strchr(name, '@');
		if (at == NULL) {
			continue;
		}
		const char **last = &seen[place_of(at + 1)];
		if (*last != NULL && strcmp(*last, at + 1) == 0) {
			continue;
		}
		*last = at + 1;
		if (!gp_domains_have(out, name)) {
			add(out, at + 1);
		}
	}
}

void gp_domains_make(const struct gp_config *config, const struct gp_plan *plan,
		     struct gp_domains *out)
{
	*out = (struct gp_domains){.count = 0};
	if (strcmp(config->name_template, "{mail}") != 0) {
		return;
	}
	for (size_t i = 0; i < config->home_domains_len; i++) {
		add(out, config->home_domains[i]);
	}
	if (config->home_domains_len == 0) {
		add_all(plan, out);
	}
}
