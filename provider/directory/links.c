/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/links.h"

#include <stdlib.h>

#include "contract/ban.h"

enum gp_status gp_links_add(struct gp_links *links, enum gp_delta_kind kind, const char *text)
{
	if (links->count == GP_LINKS_MAX) {
		return GP_ST_TOO_BIG;
	}
	struct gp_link *link = &links->all[links->count];
	link->text = strdup(text);
	if (link->text == NULL) {
		return GP_ST_NO_MEMORY;
	}
	link->kind = kind;
	links->count++;
	return GP_ST_OK;
}

void gp_links_free(struct gp_links *links)
{
	for (size_t i = 0; i < links->count; i++) {
		free(links->all[i].text);
	}
	links->count = 0;
}
