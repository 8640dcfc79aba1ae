/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/whatif.h"

#include <string.h>

#include "cli/cell.h"
#include "cli/why_text.h"

#include "contract/ban.h"

static const struct {
	const char *check;
	enum gp_whatif_who who;
} places[] = {
	{"tier-open", GP_WHATIF_HOST},
	{"service", GP_WHATIF_HOST},
	{"clock", GP_WHATIF_HOST},
	{"revoked", GP_WHATIF_HOST},
	{"frozen", GP_WHATIF_HOST},
	{"quarantine", GP_WHATIF_HOST},
	{"same-person", GP_WHATIF_HOST},
	{"review", GP_WHATIF_HOST},
	{"idle", GP_WHATIF_HOST},
	{"hours", GP_WHATIF_HOST},
	{"network", GP_WHATIF_HOST},
	{"canary", GP_WHATIF_ENTRA},
	{"guest-exists", GP_WHATIF_ENTRA},
	{"class", GP_WHATIF_ENTRA},
	{"creation", GP_WHATIF_ENTRA},
	{"account-enabled", GP_WHATIF_ENTRA},
	{"member", GP_WHATIF_ENTRA},
	{"state", GP_WHATIF_ENTRA},
	{"pass", GP_WHATIF_ENTRA},
	{"sudo", GP_WHATIF_ENTRA},
	{"sponsor", GP_WHATIF_ENTRA},
	{"location", GP_WHATIF_LOCATION},
	{"binding", GP_WHATIF_SIGN_IN},
	{"sign-in", GP_WHATIF_SIGN_IN},
	{"client-info", GP_WHATIF_SIGN_IN},
	{"home", GP_WHATIF_SIGN_IN},
	{"sign-in-address", GP_WHATIF_SIGN_IN},
	{"sign-in-age", GP_WHATIF_SIGN_IN},
	{"context", GP_WHATIF_SIGN_IN},
};

enum gp_whatif_who gp_whatif_who(const char *name)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(name, places[i].check) == 0)
			return places[i].who;
	return GP_WHATIF_SIGN_IN;
}

/* Where a check stands: what is not decided now is the sign-in's, whoever has the rest of it. */
static bool is_of(const struct gp_json *check, enum gp_whatif_who who)
{
	char name[GP_CELL], verdict[GP_CELL];
	enum gp_whatif_who of = gp_whatif_who(gp_cell_text(check, "name", name));
	if (of != GP_WHATIF_LOCATION &&
	    strcmp(gp_cell_text(check, "verdict", verdict), "not-yet") == 0)
		of = GP_WHATIF_SIGN_IN;
	return of == who;
}

static const struct gp_json *rows_of(const struct gp_json *root, const char *key)
{
	const struct gp_json *rows = NULL;
	return gp_json_get_array(root, key, &rows) == GP_ST_OK ? rows : NULL;
}

static void show_checks(const struct gp_json *root, enum gp_whatif_who who, FILE *out)
{
	const struct gp_json *checks = rows_of(root, "checks");
	for (size_t i = 0; i < gp_json_array_len(checks); i++)
		if (is_of(gp_json_array_at(checks, i), who))
			gp_why_print_check(gp_json_array_at(checks, i), "    ", out);
}

static void show_passes(const struct gp_json *root, int64_t now_s, FILE *out)
{
	char basis[GP_CELL], of[GP_CELL], begin[GP_CELL], end[GP_CELL];
	const struct gp_json *passes = rows_of(root, "passes");
	for (size_t i = 0; i < gp_json_array_len(passes); i++) {
		const struct gp_json *pass = gp_json_array_at(passes, i);
		(void)fprintf(out, "    . %s %s, from %s until %s\n",
			      gp_cell_text(pass, "basis", basis), gp_cell_text(pass, "of", of),
			      gp_cell_time(pass, "begin", now_s, "ever", begin),
			      gp_cell_time(pass, "end", now_s, "no end", end));
	}
}

static void show_policies(const struct gp_json *root, FILE *out)
{
	char name[GP_CELL], verdict[GP_CELL], because[GP_CELL];
	const struct gp_json *policies = rows_of(root, "policies");
	for (size_t i = 0; i < gp_json_array_len(policies); i++) {
		const struct gp_json *one = gp_json_array_at(policies, i);
		bool blocks = gp_json_get_bool(one, "blocks", &blocks) == GP_ST_OK && blocks;
		bool applies = strcmp(gp_cell_text(one, "verdict", verdict), "applies") == 0;
		const char *does = applies ? ", blocks" : ", would block";
		(void)fprintf(out, "    . %s: %s%s%s%s\n", gp_cell_text(one, "name", name),
			      gp_cell_text(one, "verdict", verdict),
			      gp_cell_text(one, "because", because)[0] != '\0' ? ", by " : "",
			      because, blocks ? does : "");
	}
	if (gp_cell_number(root, "policies_left_out") > 0)
		(void)fprintf(out, "    . and %lld more\n",
			      (long long)gp_cell_number(root, "policies_left_out"));
}

static void show_entra(const struct gp_json *root, int64_t now_s, FILE *out)
{
	char read[GP_CELL], why[GP_CELL];
	bool fresh = false;
	if (gp_json_get_bool(root, "fresh", &fresh) == GP_ST_OK && fresh)
		(void)fputs("  Entra, asked just now\n", out);
	else
		(void)fprintf(out, "  Entra, as of %s (it could not be asked: %s)\n",
			      gp_cell_time(root, "read", now_s, "never", read),
			      gp_cell_text(root, "not_fresh", why));
	show_checks(root, GP_WHATIF_ENTRA, out);
	show_passes(root, now_s, out);
}

/* Graph tells which policies would apply, and neither whether they could be met nor what the home
 * organisation wants (Entra: What If). */
static void show_what_if(const struct gp_json *graph, FILE *out)
{
	char name[GP_CELL], state[GP_CELL], controls[GP_CELL];
	const struct gp_json *policies = rows_of(graph, "policies");
	(void)fputs("  Entra alone, by Graph's What If: what would apply if the browser is at this "
		    "address too\n",
		    out);
	for (size_t i = 0; i < gp_json_array_len(policies); i++) {
		const struct gp_json *one = gp_json_array_at(policies, i);
		bool enabled = strcmp(gp_cell_text(one, "state", state), "enabled") == 0;
		(void)fprintf(out, "    . %s: %s%s\n", gp_cell_text(one, "name", name),
			      gp_cell_text(one, "controls", controls)[0] != '\0' ? controls
										 : "nothing",
			      enabled ? "" : " (not enforced: report-only)");
	}
	if (gp_json_array_len(policies) == 0)
		(void)fputs("    . no policy\n", out);
	(void)fputs("    and nobody knows before it whether he meets them: multifactor "
		    "authentication, devices, risk,\n"
		    "    terms of use, what the home organisation demands\n",
		    out);
}

/* Why he would be refused; NULL: that is for the sign-in to decide. Some of what is not decided
 * before it no sign-in changes. */
static const char *why_refused(const struct gp_json *root, char reason[static GP_CELL])
{
	static const char *const reasons[] = {"sign-in-address-not-captured", "policies-unread",
					      "policies-too-old"};
	const struct gp_json *checks = rows_of(root, "checks");
	char verdict[GP_CELL];
	if (strcmp(gp_cell_text(root, "verdict", verdict), "no") == 0)
		return gp_cell_text(root, "reason", reason);
	for (size_t i = 0; i < gp_json_array_len(checks); i++) {
		const struct gp_json *check = gp_json_array_at(checks, i);
		bool report = false;
		if (strcmp(gp_cell_text(check, "verdict", verdict), "not-yet") != 0 ||
		    (gp_json_get_bool(check, "report", &report) == GP_ST_OK && report))
			continue;
		(void)gp_cell_text(check, "reason", reason);
		for (size_t k = 0; k < sizeof(reasons) / sizeof(reasons[0]); k++)
			if (strcmp(reason, reasons[k]) == 0)
				return reason;
	}
	return NULL;
}

void gp_whatif_show(const struct gp_whatif *what, int64_t now_s, FILE *out)
{
	const struct gp_json *root = what->root;
	const char *from = what->from;
	char name[GP_CELL], reason[GP_CELL], when[GP_CELL];
	const char *no = why_refused(root, reason);
	/* In quarantine he has no name here. */
	if (gp_cell_text(root, "name", name)[0] == '\0')
		(void)gp_cell_text(root, "oid", name);
	(void)fprintf(out, "%s, from %s, at %s: %s%s\n", name, from,
		      gp_cell_time(root, "at", now_s, "", when),
		      no != NULL ? "would be refused: "
				 : "may sign in; the sign-in decides the rest",
		      no != NULL ? no : "");
	(void)fputs("  This host: its configuration, its records, what root said\n", out);
	show_checks(root, GP_WHATIF_HOST, out);
	show_entra(root, now_s, out);
	(void)fputs("  Location policies of the tenant, for this address\n", out);
	show_checks(root, GP_WHATIF_LOCATION, out);
	show_policies(root, out);
	(void)fputs("  His sign-in, not before it\n", out);
	show_checks(root, GP_WHATIF_SIGN_IN, out);
	if (what->graph != NULL) {
		show_what_if(what->graph, out);
		return;
	}
	(void)fputs(
		"  Entra alone, when it issues the token; not asked here (--as-admin does)\n"
		"    every policy without a location, multifactor authentication, devices, risk,\n"
		"    terms of use, the browser's address, what the home organisation demands\n",
		out);
}

struct row {
	const struct gp_json *object;
	struct gp_buf *out;
	bool any;
};

/* The rows of the daemon's answer have texts, whole numbers, truths and nulls. */
static bool write_member(void *arg, const char *key, const struct gp_json *value)
{
	struct row *row = arg;
	struct gp_str text;
	int64_t number = 0;
	bool truth = false;
	gp_buf_text(row->out, row->any ? "," : "");
	row->any = true;
	gp_json_write_str(row->out, gp_str_from(key));
	gp_buf_text(row->out, ":");
	if (gp_json_get_str(row->object, key, GP_JSON_MAX, &text) == GP_ST_OK)
		gp_json_write_str(row->out, text);
	else if (gp_json_get_int(row->object, key, INT64_MIN, INT64_MAX, &number) == GP_ST_OK)
		gp_buf_printf(row->out, "%lld", (long long)number);
	else if (gp_json_get_bool(row->object, key, &truth) == GP_ST_OK)
		gp_buf_text(row->out, truth ? "true" : "false");
	else if (value == NULL)
		gp_buf_text(row->out, "null");
	else
		row->out->bad = true;
	return true;
}

static void write_row(const struct gp_json *object, bool first, struct gp_buf *out)
{
	struct row row = {.object = object, .out = out};
	gp_buf_text(out, first ? "{" : ",{");
	if (!gp_json_each(object, write_member, &row))
		out->bad = true;
	gp_buf_text(out, "}");
}

static void write_checks(const struct gp_json *root, const char *key, enum gp_whatif_who who,
			 struct gp_buf *out)
{
	const struct gp_json *checks = rows_of(root, "checks");
	bool first = true;
	gp_buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < gp_json_array_len(checks); i++) {
		if (!is_of(gp_json_array_at(checks, i), who))
			continue;
		write_row(gp_json_array_at(checks, i), first, out);
		first = false;
	}
	gp_buf_text(out, "]");
}

static void write_rows(const struct gp_json *root, const char *key, const char *as,
		       struct gp_buf *out)
{
	const struct gp_json *rows = rows_of(root, key);
	gp_buf_printf(out, ",\"%s\":[", as);
	for (size_t i = 0; i < gp_json_array_len(rows); i++)
		write_row(gp_json_array_at(rows, i), i == 0, out);
	gp_buf_text(out, "]");
}

static void write_text(const struct gp_json *root, const char *key, struct gp_buf *out)
{
	struct gp_str text = {0};
	if (gp_json_get_str(root, key, GP_JSON_MAX, &text) != GP_ST_OK)
		text = gp_str_from("");
	gp_buf_printf(out, ",\"%s\":", key);
	gp_json_write_str(out, text);
}

void gp_whatif_json(const struct gp_whatif *what, struct gp_buf *out)
{
	bool fresh = false;
	char reason[GP_CELL];
	const struct gp_json *root = what->root;
	const char *from = what->from;
	if (gp_json_get_bool(root, "fresh", &fresh) != GP_ST_OK)
		fresh = false;
	gp_buf_text(out, "{\"v\":1,\"from\":");
	gp_json_write_str(out, gp_str_from(from));
	write_text(root, "name", out);
	write_text(root, "oid", out);
	const char *no = why_refused(root, reason);
	if (no != NULL) {
		gp_buf_text(out, ",\"verdict\":\"no\",\"reason\":");
		gp_json_write_str(out, gp_str_from(no));
	} else {
		write_text(root, "verdict", out);
		write_text(root, "reason", out);
	}
	gp_buf_printf(out, ",\"at\":%lld,\"read\":%lld,\"fresh\":%s",
		      (long long)gp_cell_number(root, "at"),
		      (long long)gp_cell_number(root, "read"), fresh ? "true" : "false");
	write_text(root, "not_fresh", out);
	write_checks(root, "host", GP_WHATIF_HOST, out);
	write_checks(root, "entra", GP_WHATIF_ENTRA, out);
	write_rows(root, "passes", "passes", out);
	write_checks(root, "location", GP_WHATIF_LOCATION, out);
	write_rows(root, "policies", "policies", out);
	gp_buf_printf(out, ",\"policies_left_out\":%lld",
		      (long long)gp_cell_number(root, "policies_left_out"));
	write_checks(root, "sign_in", GP_WHATIF_SIGN_IN, out);
	gp_buf_printf(out, ",\"entra_alone\":\"%s\"",
		      what->graph != NULL ? "what-if" : "not-asked");
	if (what->graph != NULL)
		write_rows(what->graph, "policies", "what_if", out);
	gp_buf_text(out, "}");
}
