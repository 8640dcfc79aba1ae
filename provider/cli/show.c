/* SPDX-License-Identifier: Apache-2.0 */
/* The report for a person: a headline, what is wrong, a table, and who is in quarantine. */
#include <libsmartcols/libsmartcols.h>

#include "base/clock.h"
#include "cli/cell.h"
#include "cli/report.h"
#include "contract/text.h"

#include "contract/ban.h"

#define DAY_S   86400
#define CELL    GP_CELL
#define SHORT   48
#define TEXT_IN 1024

#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define GREEN  "\033[32m"
#define PLAIN  "\033[0m"

/* How many days before its end a credential is spoken of: mildly, plainly, loudly. */
enum { EARLY_DAYS = 30, SOON_DAYS = 14, URGENT_DAYS = 7 };

static const char *safe(struct gp_str text, char cell[static CELL])
{
	gp_text_safe(text, GP_TEXT_LINE, cell, CELL);
	return cell;
}

static const char *safe_short(struct gp_str text, char cell[static SHORT])
{
	gp_text_safe(text, GP_TEXT_LINE, cell, SHORT);
	return cell;
}

static const char *when(int64_t at_s, int64_t now_s, char *cell)
{
	return at_s == 0 ? "never" : gp_cell_when(at_s, now_s, cell);
}

static const char *credential(const struct gp_report *r, int64_t now_s, char *cell)
{
	char kind[SHORT];
	char text[GP_TIME_TEXT];
	int64_t left = r->credential_not_after - now_s;
	long long days = (long long)(left / DAY_S);

	(void)safe_short(r->credential_kind, kind);
	if (r->credential_not_after == 0)
		return gp_format(cell, CELL, "%s; Entra knows until when it is valid", kind) ==
				       GP_ST_OK
			       ? cell
			       : "";
	gp_time_format(r->credential_not_after, text);
	const char *word = days <= URGENT_DAYS  ? ": REPLACE IT NOW"
			   : days <= SOON_DAYS  ? ": replace it this week"
			   : days <= EARLY_DAYS ? ": time to make the next one"
						: "";
	enum gp_status st = left <= 0
				    ? gp_format(cell, CELL, "%s, EXPIRED at %s", kind, text)
				    : gp_format(cell, CELL, "%s, valid until %s (%lld %s)%s", kind,
						text, days, days == 1 ? "day" : "days", word);
	return st == GP_ST_OK ? cell : "";
}

/* One row; false when there is no memory. */
static bool row(struct libscols_table *table, const char *name, const char *value,
		const char *color)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	if (line == NULL || scols_line_set_data(line, 0, name) != 0 ||
	    scols_line_set_data(line, 1, value) != 0)
		return false;
	return color == NULL || scols_cell_set_color(scols_line_get_cell(line, 1), color) == 0;
}

static bool tenant_rows(struct libscols_table *table, const struct gp_report *r, int64_t now_s)
{
	char cell[CELL];
	char id[SHORT];
	char text[CELL];
	int64_t days = (r->credential_not_after - now_s) / DAY_S;
	const char *expiry = r->credential_not_after == 0 || days > EARLY_DAYS ? NULL
			     : days > URGENT_DAYS                              ? YELLOW
									       : RED;

	if (gp_format(cell, sizeof(cell), "%s, %lld known", r->guests_allowed ? "allowed" : "never",
		      (long long)r->guests) != GP_ST_OK ||
	    !row(table, "guests", cell, r->guests_allowed ? NULL : YELLOW))
		return false;
	if (gp_format(cell, sizeof(cell), "%s, %s", safe_short(r->tenant_id, id),
		      r->tenant_reachable ? "reachable" : "NOT REACHABLE") != GP_ST_OK ||
	    !row(table, "tenant", cell, r->tenant_reachable ? NULL : RED) ||
	    !row(table, "last contact", when(r->last_contact, now_s, text), NULL))
		return false;
	/* Beyond this Entra's tokens do not verify. */
	bool off = r->clock_skew_s > 300 || r->clock_skew_s < -300;
	enum gp_status st =
		r->last_contact == 0 && !off
			? gp_format(cell, sizeof(cell), "not compared yet")
			: gp_format(cell, sizeof(cell), "%+lld s against Entra's%s",
				    (long long)r->clock_skew_s, off ? ": SET IT RIGHT" : "");
	return st == GP_ST_OK && row(table, "clock", cell, off ? RED : NULL) &&
	       row(table, "credential", credential(r, now_s, text), expiry);
}

/* What stands against something: its class and words, or nothing where it is ok. */
static bool error_row(struct libscols_table *table, const char *name, struct gp_str status,
		      struct gp_str words)
{
	char cell[CELL];
	char error[CELL - SHORT];
	char word[SHORT];

	if (gp_str_is(status, "ok"))
		return true;
	gp_text_safe(words, GP_TEXT_LINE, error, sizeof(error) - 2);
	return gp_format(cell, sizeof(cell), "%s: %s", safe_short(status, word), error) ==
		       GP_ST_OK &&
	       row(table, name, cell, YELLOW);
}

static bool published_rows(struct libscols_table *table, const struct gp_report *r, int64_t now_s)
{
	char cell[CELL + SHORT];
	char text[CELL];
	bool waits = !r->published && gp_str_is(r->publish_status, "ok") && r->sync_last != 0;

	return gp_format(cell, sizeof(cell), "%s%s", when(r->sync_last_publish, now_s, text),
			 waits ? ", the next one is on its way" : "") == GP_ST_OK &&
	       row(table, "published", cell, NULL) &&
	       error_row(table, "publish error", r->publish_status, r->publish_error);
}

static bool policy_row(struct libscols_table *table, const struct gp_report *r, int64_t now_s)
{
	char cell[CELL + SHORT];
	char text[CELL];
	if (!r->policies_wanted)
		return true;
	return gp_format(cell, sizeof(cell), "%lld, read %s", (long long)r->policies_count,
			 when(r->policies_read, now_s, text)) == GP_ST_OK &&
	       row(table, "policies", cell, r->policies_read != 0 ? NULL : RED);
}

static bool sync_rows(struct libscols_table *table, const struct gp_report *r, int64_t now_s)
{
	char cell[CELL];
	char text[CELL];
	bool seen = gp_str_is(r->canary, "yes");

	if (!row(table, "groups read", when(r->sync_last, now_s, text), NULL) ||
	    !error_row(table, "read error", r->sync_status, r->sync_error) ||
	    !published_rows(table, r, now_s))
		return false;
	if (!row(table, "accountEnabled",
		 seen                         ? "returned by Graph"
		 : gp_str_is(r->canary, "no") ? "NOT RETURNED by Graph: guests are refused"
					      : "not asked yet: guests are refused",
		 seen ? NULL : RED) ||
	    !policy_row(table, r, now_s))
		return false;
	return gp_format(cell, sizeof(cell), "%lld of %lld", (long long)r->sign_ins,
			 (long long)r->sign_ins_limit) == GP_ST_OK &&
	       row(table, "sign-ins", cell, NULL) &&
	       gp_format(cell, sizeof(cell), "%lld", (long long)r->sessions) == GP_ST_OK &&
	       row(table, "sessions", cell, NULL);
}

static bool quarantine_rows(struct libscols_table *table, const struct gp_json *list)
{
	static const char *const names[] = {"oid", "mail", "reason"};
	size_t n = gp_json_array_len(list);

	for (size_t i = 0; i < n; i++) {
		const struct gp_json *one = gp_json_array_at(list, i);
		struct libscols_line *line = scols_table_new_line(table, NULL);
		if (line == NULL)
			return false;
		for (size_t c = 0; c < sizeof(names) / sizeof(names[0]); c++) {
			char cell[CELL];
			struct gp_str text = {0};
			(void)!gp_json_get_str(one, names[c], TEXT_IN, &text);
			if (scols_line_set_data(line, c, safe(text, cell)) != 0)
				return false;
		}
	}
	return true;
}

static struct libscols_table *new_table(FILE *out, bool color, const char *const *columns, size_t n)
{
	struct libscols_table *table = scols_new_table();
	if (table == NULL)
		return NULL;
	bool good = scols_table_set_stream(table, out) == 0 &&
		    scols_table_enable_colors(table, color) == 0 &&
		    scols_table_enable_noheadings(table, columns[0][0] == '\0') == 0;
	for (size_t i = 0; good && i < n; i++)
		good = scols_table_new_column(table, columns[i], 0,
					      i + 1 == n ? SCOLS_FL_WRAP : 0) != NULL;
	if (good)
		return table;
	scols_unref_table(table);
	return NULL;
}

static void headline(const struct gp_report *r, bool color, FILE *out)
{
	static const char *const names[] = {[GP_HEALTH_FAILING] = "FAILING",
					    [GP_HEALTH_DEGRADED] = "degraded",
					    [GP_HEALTH_OK] = "ok"};
	static const char *const colors[] = {
		[GP_HEALTH_FAILING] = RED, [GP_HEALTH_DEGRADED] = YELLOW, [GP_HEALTH_OK] = GREEN};
	char version[CELL];
	char tier[CELL];
	char problem[CELL];
	size_t n = gp_json_array_len(r->problems);

	(void)fprintf(out, "Guestpass %s, tier %s: %s%s%s\n", safe(r->version, version),
		      safe(r->tier, tier), color ? colors[r->health] : "", names[r->health],
		      color ? PLAIN : "");
	for (size_t i = 0; i < n; i++) {
		struct gp_str text;
		if (gp_json_str(gp_json_array_at(r->problems, i), TEXT_IN, &text) == GP_ST_OK)
			(void)fprintf(out, "  ! %s\n", safe(text, problem));
	}
	(void)fputc('\n', out);
}

static enum gp_status show_quarantine(const struct gp_report *r, FILE *out)
{
	static const char *const columns[] = {"OBJECT ID", "MAIL", "REASON"};

	if (gp_json_array_len(r->quarantined) == 0)
		return GP_ST_OK;
	struct libscols_table *table = new_table(out, false, columns, 3);
	bool good = table != NULL && quarantine_rows(table, r->quarantined);
	if (good) {
		(void)fputs("\nIn quarantine: these guests have no account here.\n", out);
		good = scols_print_table(table) == 0;
	}
	scols_unref_table(table);
	return good ? GP_ST_OK : GP_ST_NO_MEMORY;
}

enum gp_status gp_report_show(const struct gp_report *r, int64_t now_s, bool color, FILE *out)
{
	static const char *const columns[] = {"", "VALUE"};

	headline(r, color, out);
	struct libscols_table *table = new_table(out, color, columns, 2);
	bool good = table != NULL && tenant_rows(table, r, now_s) && sync_rows(table, r, now_s) &&
		    scols_print_table(table) == 0;
	scols_unref_table(table);
	return good ? show_quarantine(r, out) : GP_ST_NO_MEMORY;
}
