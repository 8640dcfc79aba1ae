/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/why_parts.h"

#include "base/json.h"
#include "config/access.h"

#include "contract/ban.h"

#define ROW_ROOM 1024U /* no row is longer: a name is cut, and escaped at most sixfold */

static const char *verdict_name(enum gp_ca_verdict verdict)
{
	switch (verdict) {
	case GP_CA_APPLIES:
		return "applies";
	case GP_CA_NO:
		return "does-not-apply";
	case GP_CA_UNKNOWN:
		break;
	}
	return "unknown";
}

void gp_why_policy(void *arg, const struct gp_ca_finding *finding)
{
	struct gp_why_policies *policies = arg;
	struct gp_buf *b = &policies->rows;
	if (b->len + ROW_ROOM > GP_WHY_POLICIES_MAX) {
		policies->left_out++;
		return;
	}
	gp_buf_printf(b, "%s{\"id\":\"%s\",\"name\":", b->len > 0 ? "," : "", finding->policy);
	gp_json_write_str(b, gp_str_from(finding->name));
	gp_buf_printf(b, ",\"verdict\":\"%s\",\"because\":", verdict_name(finding->verdict));
	gp_json_write_str(b, gp_str_from(finding->because != NULL ? finding->because : ""));
	gp_buf_printf(b, ",\"blocks\":%s}", finding->blocks ? "true" : "false");
}

void gp_why_write_policies(struct gp_buf *out, const struct gp_why_policies *policies)
{
	bool bad = gp_buf_status(&policies->rows) != GP_ST_OK;
	out->bad = out->bad || bad;
	gp_buf_printf(out, ",\"policies\":[%s],\"policies_left_out\":%u",
		      gp_buf_get(&policies->rows), policies->left_out);
}

static void write_moment(struct gp_buf *out, const char *key, int64_t at_s, int64_t never)
{
	if (at_s == never)
		gp_buf_printf(out, ",\"%s\":null", key);
	else
		gp_buf_printf(out, ",\"%s\":%lld", key, (long long)at_s);
}

void gp_why_write_passes(struct gp_buf *out, const struct gp_pass_facts *passes)
{
	gp_buf_text(out, ",\"passes\":[");
	for (size_t i = 0; i < passes->objects_len; i++) {
		const struct gp_pass_object *one = &passes->objects[i];
		gp_buf_printf(out, "%s{\"basis\":\"%s\",\"of\":", i > 0 ? "," : "",
			      gp_basis_name(one->basis));
		gp_json_write_str(out, gp_str_from(one->of));
		gp_buf_text(out, ",\"id\":");
		gp_json_write_str(out, gp_str_from(one->id));
		write_moment(out, "begin", one->begin_s, INT64_MIN);
		write_moment(out, "end", one->end_s, INT64_MAX);
		gp_buf_text(out, "}");
	}
	gp_buf_text(out, "]");
}
