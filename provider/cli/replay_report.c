/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/replay_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/cell.h"
#include "contract/text.h"

#include "contract/ban.h"

#define BROKEN_BYTES  65536U /* of JSON; lines beyond that are counted only */
#define BROKEN_ROOM   4096U
#define BROKEN_SAID   20 /* to a person */
#define SAFE          512
#define OUTCOME_WIDTH 12

/* For people, and for programs. */
static const struct {
	const char *said, *word;
} outcomes[] = {
	[GP_REPLAY_CANNOT_TELL] = {"cannot tell", "cannot-tell"},
	[GP_REPLAY_SAME] = {"the same", "same"},
	[GP_REPLAY_REFUSED] = {"refused", "refused"},
	[GP_REPLAY_ADMITTED] = {"admitted", "admitted"},
	[GP_REPLAY_MAY_SIGN_IN] = {"may sign in", "may-sign-in"},
};

void gp_replay_report_begin(struct gp_replay_report *report, bool json)
{
	*report = (struct gp_replay_report){.json = json, .broken_lines = GP_BUF(BROKEN_BYTES)};
	if (json)
		(void)fputs("{\"v\":1,\"differing\":[", stdout);
}

static struct gp_replay_tally *tally_of(struct gp_replay_report *report, const char *check)
{
	for (size_t i = 0; i < report->tallies_len; i++)
		if (strcmp(report->tallies[i].check, check) == 0)
			return &report->tallies[i];
	if (report->tallies_len == GP_REPLAY_TALLIES)
		return NULL;
	struct gp_replay_tally *tally = &report->tallies[report->tallies_len];
	if (gp_copy(tally->check, sizeof(tally->check), gp_str_from(check)) != GP_ST_OK)
		return NULL;
	report->tallies_len++;
	return tally;
}

static void count(struct gp_replay_report *report, const struct gp_past *past,
		  const struct gp_replay *replay)
{
	report->decisions++;
	switch (replay->outcome) {
	case GP_REPLAY_SAME:
		report->same++;
		break;
	case GP_REPLAY_REFUSED:
		report->refused++;
		break;
	case GP_REPLAY_ADMITTED:
		report->admitted++;
		break;
	case GP_REPLAY_MAY_SIGN_IN:
		report->may_sign_in++;
		break;
	case GP_REPLAY_CANNOT_TELL:
		report->cannot_tell++;
		report->without_facts += !past->has_facts;
		break;
	}
	for (size_t i = 0; i < replay->by_len; i++) {
		struct gp_replay_tally *tally = tally_of(report, replay->by[i].name);
		if (tally == NULL)
			continue;
		tally->refused += replay->outcome == GP_REPLAY_REFUSED;
		tally->admitted += replay->outcome == GP_REPLAY_ADMITTED ||
				   replay->outcome == GP_REPLAY_MAY_SIGN_IN;
		tally->cannot_tell += replay->outcome == GP_REPLAY_CANNOT_TELL;
	}
}

static const char *safe(const char *text, char out[static SAFE])
{
	(void)gp_text_safe(gp_str_from(text), GP_TEXT_LINE, out, SAFE);
	return out;
}

static void show_row(struct gp_replay_report *report, const struct gp_json *line,
		     const struct gp_past *past, const struct gp_replay *replay)
{
	char when[GP_CELL], name[GP_CELL], reason[GP_CELL], check[SAFE], why[SAFE];
	if (report->shown++ == 0)
		(void)printf("%-20s  %-32s  %-30s  %-*s  %s\n", "WHEN", "GUEST", "THEN",
			     OUTCOME_WIDTH, "NOW", "BY");
	(void)printf("%-20s  %-32s  %-8s %-21s  %-*s  ", gp_cell_text(line, "time", when),
		     gp_cell_text(line, "name", name), past->admitted ? "admitted" : "refused",
		     past->admitted ? "" : gp_cell_text(line, "reason", reason), OUTCOME_WIDTH,
		     outcomes[replay->outcome].said);
	for (size_t i = 0; i < replay->by_len; i++)
		(void)printf("%s%s (%s)", i > 0 ? ", " : "", safe(replay->by[i].name, check),
			     safe(replay->by[i].reason, why));
	(void)puts("");
}

static void write_member(struct gp_buf *b, const struct gp_json *line, const char *key)
{
	struct gp_str text;
	if (gp_json_get_str(line, key, GP_CELL, &text) != GP_ST_OK)
		return;
	gp_buf_printf(b, "\"%s\":", key);
	gp_json_write_str(b, text);
	gp_buf_text(b, ",");
}

static void write_row(struct gp_replay_report *report, const struct gp_json *line,
		      const struct gp_past *past, const struct gp_replay *replay)
{
	static const char *const keys[] = {"time", "event",   "decision",
					   "name", "address", "service"};
	gp_buf_auto struct gp_buf b = GP_BUF(65536);
	gp_buf_text(&b, report->shown++ > 0 ? ",{" : "{");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		write_member(&b, line, keys[i]);
	gp_buf_printf(&b, "\"then\":\"%s\",", past->admitted ? "admitted" : "refused");
	write_member(&b, line, "reason");
	gp_buf_printf(&b, "\"now\":\"%s\",\"by\":[", outcomes[replay->outcome].word);
	for (size_t i = 0; i < replay->by_len; i++) {
		gp_buf_text(&b, i > 0 ? ",{\"check\":" : "{\"check\":");
		gp_json_write_str(&b, gp_str_from(replay->by[i].name));
		gp_buf_text(&b, ",\"reason\":");
		gp_json_write_str(&b, gp_str_from(replay->by[i].reason));
		gp_buf_text(&b, "}");
	}
	gp_buf_text(&b, "]}");
	(void)fputs(gp_buf_get(&b), stdout);
}

void gp_replay_report_add(struct gp_replay_report *report, const struct gp_json *line,
			  const struct gp_past *past, const struct gp_replay *replay)
{
	count(report, past, replay);
	/* Records of before there were facts can be thousands, and say all the same. */
	if (replay->outcome == GP_REPLAY_SAME || !past->has_facts)
		return;
	if (report->json)
		write_row(report, line, past, replay);
	else
		show_row(report, line, past, replay);
}

void gp_replay_report_broken(struct gp_replay_report *report, struct gp_audit_place at,
			     const char *why)
{
	char text[SAFE];
	struct gp_buf *b = &report->broken_lines;
	report->broken++;
	if (!report->json && report->broken <= BROKEN_SAID) {
		(void)fprintf(stderr, "guestpass: %s:%llu: cannot be read: %s\n", at.file,
			      (unsigned long long)at.line, safe(why, text));
	} else if (report->json && b->len + BROKEN_ROOM < BROKEN_BYTES) {
		gp_buf_text(b, b->len > 0 ? ",{\"file\":" : "{\"file\":");
		gp_json_write_str(b, gp_str_from(at.file));
		gp_buf_printf(b, ",\"line\":%llu,\"why\":", (unsigned long long)at.line);
		gp_json_write_str(b, gp_str_from(why));
		gp_buf_text(b, "}");
	}
}

static void write_sums(const struct gp_replay_report *r)
{
	(void)printf("],\"decisions\":%llu,\"same\":%llu,\"refused\":%llu,\"admitted\":%llu,"
		     "\"may_sign_in\":%llu,\"cannot_tell\":%llu,\"without_facts\":%llu,"
		     "\"not_reached\":%llu,\"broken\":%llu,\"broken_lines\":[%s],\"checks\":[",
		     (unsigned long long)r->decisions, (unsigned long long)r->same,
		     (unsigned long long)r->refused, (unsigned long long)r->admitted,
		     (unsigned long long)r->may_sign_in, (unsigned long long)r->cannot_tell,
		     (unsigned long long)r->without_facts, (unsigned long long)r->not_reached,
		     (unsigned long long)r->broken, gp_buf_get(&r->broken_lines));
	for (size_t i = 0; i < r->tallies_len; i++) {
		const struct gp_replay_tally *t = &r->tallies[i];
		gp_buf_auto struct gp_buf check = GP_BUF(1024);
		gp_json_write_str(&check, gp_str_from(t->check));
		(void)printf("%s{\"check\":%s,\"refused\":%llu,\"admitted\":%llu,"
			     "\"cannot_tell\":%llu}",
			     i > 0 ? "," : "", gp_buf_get(&check), (unsigned long long)t->refused,
			     (unsigned long long)t->admitted, (unsigned long long)t->cannot_tell);
	}
	(void)puts("]}");
}

static void say(uint64_t number, const char *what)
{
	if (number > 0)
		(void)printf("%8llu %s\n", (unsigned long long)number, what);
}

static void show_sums(const struct gp_replay_report *r)
{
	char check[SAFE];
	if (r->shown > 0)
		(void)puts("");
	(void)printf("%8llu decisions\n%8llu the same\n", (unsigned long long)r->decisions,
		     (unsigned long long)r->same);
	say(r->refused, "would be refused");
	say(r->admitted, "would be admitted");
	say(r->may_sign_in, "refused before the sign-in then would get to sign in");
	say(r->cannot_tell, "cannot be told from the record");
	say(r->without_facts, "of these were recorded without their facts");
	say(r->not_reached, "account phases not counted: their sign-in would be refused");
	say(r->broken, "lines cannot be read");
	if (r->tallies_len > 0)
		(void)printf("\n%-18s %10s %10s %12s\n", "CHECK", "REFUSES", "ADMITS",
			     "CANNOT TELL");
	for (size_t i = 0; i < r->tallies_len; i++)
		(void)printf("%-18s %10llu %10llu %12llu\n", safe(r->tallies[i].check, check),
			     (unsigned long long)r->tallies[i].refused,
			     (unsigned long long)r->tallies[i].admitted,
			     (unsigned long long)r->tallies[i].cannot_tell);
}

void gp_replay_report_end(struct gp_replay_report *report)
{
	if (report->json)
		write_sums(report);
	else
		show_sums(report);
	gp_buf_free(&report->broken_lines);
}

bool gp_replay_report_is_same(const struct gp_replay_report *report)
{
	return report->same == report->decisions && report->broken == 0;
}
