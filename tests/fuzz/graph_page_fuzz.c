/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a page of members: the next page is Graph's, every member has an id, and what
 * is taken for a page is JSON as a whole. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json_scan.h"
#include "graph/internal.h"

#include "contract/ban.h"

#define ROOT "https://graph.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void each(void *arg, const struct gp_user *user)
{
	size_t *n = arg;
	uint8_t guid[16];
	if (gp_guid_parse(gp_str_from(user->id), guid) != GP_ST_OK)
		abort();
	(*n)++;
}

static void each_group(void *arg, const char *id)
{
	size_t *n = arg;
	uint8_t guid[16];
	if (gp_guid_parse(gp_str_from(id), guid) != GP_ST_OK)
		abort();
	(*n)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t n = 0;
	char next[GP_GRAPH_URL_MAX];
	struct gp_error err = {0};
	const struct gp_graph_page page = {ROOT, each, each_group, &n};
	enum gp_status st = gp_graph_page_parse((struct gp_str){(const char *)data, len}, &page,
						next, sizeof(next), &err);
	if (st == GP_ST_OK && next[0] != '\0' && !gp_http_same_origin(next, ROOT))
		abort();
	/* It is read in pieces, each as deep as a document may be. */
	size_t members = 0;
	size_t at = 0;
	if (st == GP_ST_OK && gp_json_scan((struct gp_str){(const char *)data, len},
					   GP_JSON_DEPTH + 2, &members, &at) != GP_ST_OK)
		abort();
	return 0;
}
