/* SPDX-License-Identifier: Apache-2.0 */
/* Whose unknown names may be looked up in Graph: those of some mail domains. PURE. */
#ifndef GP_DIRECTORY_DOMAINS_H
#define GP_DIRECTORY_DOMAINS_H

#include "directory/plan.h"

struct gp_domains {
	char all[GP_DIRECTORY_DOMAINS_MAX][GP_DIRECTORY_DOMAIN_MAX + 1];
	size_t count;
};

/* Those of the configuration; if it names none, those of the guests who have names here, as far as
 * there is room. None when login names are not mail addresses: then nobody could be found by his
 * name. */
void gp_domains_make(const struct gp_config *config, const struct gp_plan *plan,
		     struct gp_domains *out);
/* Is NAME's domain one of them? */
bool gp_domains_have(const struct gp_domains *domains, const char *name);

#endif
