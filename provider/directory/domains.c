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
	if (config->home_domains_len > 0) {
		return;
	}
	for (size_t i = 0; i < plan->guest_count; i++) {
		const struct gp_guest *guest = &plan->guests[i];
		const char *at = strchr(guest->name, '@');
		if (at != NULL && !gp_domains_have(out, guest->name)) {
			add(out, at + 1);
		}
	}
}
