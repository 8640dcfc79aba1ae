/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/why_text.h"

#include <string.h>

#include "base/address.h"
#include "cli/cell.h"
#include "config/times.h"

#include "contract/ban.h"

/* How a line begins, so that an eye finds what speaks against. */
static const char *mark(const char *verdict)
{
	return strcmp(verdict, "yes") == 0 ? "+ " : strcmp(verdict, "not-yet") == 0 ? "? " : "- ";
}

void gp_why_print_check(const struct gp_json *check, const char *indent, FILE *out)
{
	char name[GP_CELL], verdict[GP_CELL], reason[GP_CELL], input[GP_CELL], phase[GP_CELL];
	bool report = false;
	(void)gp_cell_text(check, "name", name);
	(void)gp_cell_text(check, "verdict", verdict);
	(void)gp_cell_text(check, "reason", reason);
	(void)gp_cell_text(check, "input", input);
	(void)gp_cell_text(check, "phase", phase);
	if (gp_json_get_bool(check, "report", &report) != GP_ST_OK)
		report = false;
	(void)fprintf(out, "%s%s%-16s %-12s", indent, mark(verdict), name, verdict);
	if (strcmp(verdict, "not-yet") == 0)
		(void)fprintf(out, "decided %s the sign-in",
			      strcmp(phase, "account") == 0 ? "after" : "by");
	else if (strcmp(reason, "ok") != 0)
		(void)fprintf(out, "%s%s", reason, report ? " (recorded, not enforced)" : "");
	(void)fprintf(out, "%s%s\n", input[0] != '\0' ? "  " : "", input);
}

enum gp_status gp_why_question(const struct gp_why_said *q, struct gp_buf *out,
			       struct gp_error *err)
{
	uint64_t at = 0;
	int64_t end_s = 0;
	gp_buf_text(out, "{\"v\":1,\"op\":\"why\",\"guest\":");
	gp_json_write_str(out, gp_str_from(q->name));
	if (q->at != NULL && gp_date_parse(gp_str_from(q->at), &end_s) == GP_ST_OK)
		at = (uint64_t)end_s - 1; /* as late on that day as can be */
	else if (q->at != NULL &&
		 (gp_parse_u64(gp_str_from(q->at), INT64_MAX / 2, &at) != GP_ST_OK || at == 0))
		return gp_fail(err, GP_ST_INVALID,
			       "--at: neither a day such as 2026-12-31 nor seconds since 1970");
	if (at != 0)
		gp_buf_printf(out, ",\"at\":%llu", (unsigned long long)at);
	struct gp_address address;
	if (q->from != NULL && gp_address_parse(gp_str_from(q->from), &address) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "--from: neither an IPv4 nor an IPv6 address");
	if (q->from != NULL) {
		gp_buf_text(out, ",\"from\":");
		gp_json_write_str(out, gp_str_from(q->from));
	}
	if (q->service != NULL) {
		gp_buf_text(out, ",\"service\":");
		gp_json_write_str(out, gp_str_from(q->service));
	}
	gp_buf_text(out, "}");
	return gp_buf_status(out) == GP_ST_OK ? GP_ST_OK
					      : gp_fail(err, GP_ST_INVALID, "that is too long");
}
