/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a page of changes: of users or of groups, by the first byte. Everything told
 * has an id, the links are Graph's, and there is exactly one of them. */
#include <stdint.h>
#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define ROOT "https://graph.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void want_guid(const char *id)
{
	uint8_t guid[16];
	if (gp_guid_parse(gp_str_from(id), guid) != GP_ST_OK)
		abort();
}

static void on_user(void *arg, const char *id, enum gp_tri enabled, enum gp_removed removed)
{
	if (*(const enum gp_delta_kind *)arg != GP_DELTA_USERS || enabled > GP_TRUE ||
	    removed > GP_REMOVED_DELETED)
		abort();
	want_guid(id);
}

static void on_group(void *arg, const char *id, enum gp_removed removed)
{
	if (*(const enum gp_delta_kind *)arg != GP_DELTA_GROUPS || removed > GP_REMOVED_DELETED)
		abort();
	want_guid(id);
}

static void on_member(void *arg, const char *group, const char *member, bool is_group, bool removed)
{
	(void)is_group;
	(void)removed;
	if (*(const enum gp_delta_kind *)arg != GP_DELTA_GROUPS)
		abort();
	want_guid(group);
	want_guid(member);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char next[GP_GRAPH_URL_MAX];
	char link[GP_GRAPH_URL_MAX];
	struct gp_error err = {0};
	if (len == 0)
		return 0;
	enum gp_delta_kind kind = data[0] == 'u' ? GP_DELTA_USERS : GP_DELTA_GROUPS;
	const struct gp_delta_sink sink = {
		.user = on_user, .group = on_group, .member = on_member, .arg = &kind};
	const struct gp_delta_page page = {kind, ROOT, &sink};
	enum gp_status st = gp_delta_page_parse((struct gp_str){(const char *)data + 1, len - 1},
						&page, next, link, &err);
	if (st != GP_ST_OK)
		return 0;
	if ((next[0] == '\0') == (link[0] == '\0') ||
	    !gp_http_same_origin(next[0] != '\0' ? next : link, ROOT))
		abort();
	return 0;
}
