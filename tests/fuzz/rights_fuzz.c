/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as what Graph knows of rights, sponsors and a leave date, and as a time and a
 * duration: nobody else's right, and no end before which it cannot be. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/text.h"
#include "graph/internal.h"
#include "graph/stamp.h"

#include "contract/ban.h"

#define ROOT    "https://graph.example"
#define OID     "cccccccc-0000-4000-8000-000000000003"
#define PACKAGE "acce5500-0001-4a00-8a00-000000000001"
#define YEAR_1  INT64_C(-62135596800)
#define JULY    INT64_C(1782864000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum gp_status on_right(void *arg, const struct gp_right *right)
{
	const enum gp_right_kind *kind = arg;
	uint8_t guid[16];
	if (right->kind != *kind || right->id[0] == '\0' ||
	    !gp_text_is_safe(gp_str_from(right->id), GP_TEXT_LINE) ||
	    gp_guid_parse(gp_str_from(right->of), guid) != GP_ST_OK)
		abort();
	if (*kind == GP_RIGHT_PACKAGE && strcmp(right->of, PACKAGE) != 0)
		abort();
	if ((right->begin_s != INT64_MIN && right->begin_s < YEAR_1) || right->end_s < YEAR_1)
		abort();
	return GP_ST_OK;
}

static void as_rights(struct gp_str text, enum gp_right_kind kind)
{
	char next[GP_GRAPH_URL_MAX];
	const struct gp_rights_page page = {kind, ROOT, OID, PACKAGE, on_right, &kind};
	struct gp_error err = {0};
	enum gp_status st = gp_rights_page_parse(text, &page, next, sizeof(next), &err);
	if (st == GP_ST_OK && next[0] != '\0' && !gp_http_same_origin(next, ROOT))
		abort();
	if (st != GP_ST_OK && err.text[0] == '\0')
		abort();
}

static void as_sponsors(struct gp_str text)
{
	char next[GP_GRAPH_URL_MAX];
	struct gp_sponsor sponsors[GP_SPONSORS_MAX];
	size_t n = 0;
	if (gp_sponsors_page_parse(text, ROOT, sponsors, &n, next, sizeof(next), NULL) != GP_ST_OK)
		return;
	if (n > GP_SPONSORS_MAX)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (!gp_text_is_safe(gp_str_from(sponsors[i].name), GP_TEXT_LINE) ||
		    !gp_text_is_safe(gp_str_from(sponsors[i].mail), GP_TEXT_LINE))
			abort();
	}
}

static void as_member_groups(struct gp_str text)
{
	char(*groups)[GP_GUID_TEXT] = NULL;
	size_t n = 0;
	uint8_t guid[16];
	struct gp_error err = {0};
	if (gp_member_groups_parse(text, &groups, &n, &err) != GP_ST_OK) {
		if (groups != NULL || err.text[0] == '\0')
			abort();
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (gp_guid_parse(gp_str_from(groups[i]), guid) != GP_ST_OK)
			abort();
	free(groups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct gp_str text = {(const char *)data, len};
	int64_t t = 0;
	as_rights(text, GP_RIGHT_PACKAGE);
	as_rights(text, GP_RIGHT_PIM);
	as_sponsors(text);
	as_member_groups(text);
	if (gp_leave_parse(text, OID, &t, NULL) == GP_ST_OK && t != GP_LEAVE_NEVER && t < YEAR_1)
		abort();
	if (gp_stamp_parse(text, &t) == GP_ST_OK && t < YEAR_1)
		abort();
	if (gp_stamp_add(JULY, text, &t) == GP_ST_OK && t < JULY)
		abort();
	return 0;
}
