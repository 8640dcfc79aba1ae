/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass replay: which past decisions another configuration would have made otherwise. It asks
 * no daemon; it reads the audit and that configuration. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/replay_report.h"
#include "config/hours_clock.h"
#include "config/times.h"

#include "contract/ban.h"

#define DAY_S 86400
/* The account phase follows its sign-in within minutes; more sign-ins than these cannot be under
 * way. */
#define SIGN_INS 4096

static const struct gp_syntax syntax = {
	"", 0, "replay --config=FILE [--since=WHEN] [--until=WHEN] [--audit=FILE] [--json]"};

struct arguments {
	const char *config, *since, *until, *audit;
	bool json;
};

struct replay {
	const struct gp_config *config;
	/* As the records have their times; empty: no bound. */
	char since[GP_TIME_TEXT], until[GP_TIME_TEXT];
	struct gp_past past;
	struct gp_replay_report report;
	/* The sign-ins that would be refused now, the last of them. */
	char refused[SIGN_INS][GP_DECISION_ID_TEXT];
	size_t refused_count;
};

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"since", required_argument, NULL, 's'},
		{"until", required_argument, NULL, 'u'},  {"audit", required_argument, NULL, 'a'},
		{"json", no_argument, NULL, 'j'},         {NULL, 0, NULL, 0}};
	int c = 0;
	*out = (struct arguments){0};
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c')
			out->config = optarg;
		else if (c == 's')
			out->since = optarg;
		else if (c == 'u')
			out->until = optarg;
		else if (c == 'a')
			out->audit = optarg;
		else if (c == 'j')
			out->json = true;
		else
			return gp_common_usage(&syntax);
	}
	return (optind == argc && out->config != NULL) || gp_common_usage(&syntax);
}

/* "30d" ago, or a day, of which AT_END is the first second after it and otherwise its first. NULL
 * is no bound. */
static bool read_moment(const char *text, bool at_end, char out[static GP_TIME_TEXT])
{
	uint32_t ago_s = 0;
	int64_t end_s = 0;
	out[0] = '\0';
	if (text == NULL)
		return true;
	if (gp_date_parse(gp_str_from(text), &end_s) == GP_ST_OK)
		gp_time_format(at_end ? end_s : end_s - DAY_S, out);
	else if (gp_duration_parse(gp_str_from(text), &ago_s) == GP_ST_OK)
		gp_time_format(gp_clock_wall_s(gp_clock_system()) - ago_s, out);
	return out[0] != '\0';
}

/* Is LINE the account phase of a sign-in that would be refused? Otherwise a sign-in that would be
 * is kept in mind. */
static bool is_not_reached(struct replay *r, const struct gp_json *line,
			   enum gp_replay_outcome outcome)
{
	struct gp_str decision;
	struct gp_str event;
	if (gp_json_get_str(line, "decision", GP_DECISION_ID_TEXT - 1, &decision) != GP_ST_OK ||
	    gp_json_get_str(line, "event", 64, &event) != GP_ST_OK)
		return false;
	if (gp_str_is(event, "sign-in") && outcome == GP_REPLAY_REFUSED) {
		char *place = r->refused[r->refused_count++ % SIGN_INS];
		if (gp_copy(place, GP_DECISION_ID_TEXT, decision) != GP_ST_OK)
			place[0] = '\0';
	}
	if (!gp_str_is(event, "account"))
		return false;
	for (size_t i = 0; i < r->refused_count && i < SIGN_INS; i++)
		if (decision.len == GP_DECISION_ID_TEXT - 1 &&
		    memcmp(decision.ptr, r->refused[i], decision.len) == 0)
			return true;
	return false;
}

static void decide(struct replay *r, const struct gp_json *line)
{
	struct gp_replay out;
	struct gp_zone_time local;
	bool known =
		r->past.has_facts &&
		gp_hours_clock(r->config->hours, r->past.record.facts.now_s, &local) == GP_ST_OK;
	gp_replay_decide(&r->past, r->config, known ? &local : NULL, &out);
	if (is_not_reached(r, line, out.outcome))
		r->report.not_reached++;
	else
		gp_replay_report_add(&r->report, line, &r->past, &out);
}

static bool is_wanted(const struct replay *r, struct gp_str when)
{
	char text[GP_TIME_TEXT];
	return gp_copy(text, sizeof(text), when) == GP_ST_OK &&
	       (r->since[0] == '\0' || strcmp(text, r->since) >= 0) &&
	       (r->until[0] == '\0' || strcmp(text, r->until) < 0);
}

static enum gp_status take_record(struct replay *r, struct gp_audit_place at,
				  const struct gp_json *line)
{
	struct gp_error err = {0};
	struct gp_str when;
	if (gp_json_get_str(line, "time", GP_TIME_TEXT - 1, &when) != GP_ST_OK) {
		gp_replay_report_broken(&r->report, at, "no record: it has no time");
		return GP_ST_OK;
	}
	if (!is_wanted(r, when))
		return GP_ST_OK;
	enum gp_status st = gp_past_read(line, &r->past, &err);
	if (st == GP_ST_OK || st == GP_ST_UNSUPPORTED)
		decide(r, line);
	else if (st != GP_ST_NOT_FOUND)
		gp_replay_report_broken(&r->report, at, err.text);
	return GP_ST_OK;
}

static enum gp_status take_line(void *arg, struct gp_audit_place at, struct gp_str line,
				bool finished)
{
	struct replay *r = arg;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};
	if (finished && line.len == 0)
		return GP_ST_OK;
	enum gp_status st = finished ? gp_json_parse(line, &doc, &err) : GP_ST_INVALID;
	if (st == GP_ST_OK)
		return take_record(r, at, gp_json_root(doc));
	if (st == GP_ST_NO_MEMORY)
		return st;
	gp_replay_report_broken(&r->report, at,
				!finished             ? "too long, or never finished"
				: err.text[0] != '\0' ? err.text
						      : "no JSON");
	return GP_ST_OK;
}

static enum gp_status run(const struct arguments *args, struct replay *r, struct gp_error *err)
{
	struct gp_config *config = NULL;
	struct gp_audit_files files = {0};
	enum gp_status st = gp_config_load(args->config, -1, &config, err);
	const char *audit = args->audit != NULL ? args->audit
			    : st == GP_ST_OK    ? config->audit_file
						: "";
	if (st == GP_ST_OK)
		st = gp_audit_files_list(audit, &files, err);
	if (st == GP_ST_OK && files.count == 0)
		st = gp_fail(err, GP_ST_NOT_FOUND, "%.128s: there is no such audit", audit);
	if (st == GP_ST_OK) {
		r->config = config;
		gp_replay_report_begin(&r->report, args->json);
		st = gp_audit_lines_each(&files, 0, take_line, r, err);
		gp_replay_report_end(&r->report);
		if (files.compressed > 0)
			(void)fprintf(stderr, "guestpass: %zu compressed files were not read\n",
				      files.compressed);
	}
	gp_audit_files_free(&files);
	gp_config_free(config);
	return st;
}

int gp_command_replay(int argc, char **argv)
{
	struct arguments args;
	struct gp_error err = {0};
	if (!read_arguments(argc, argv, &args))
		return GP_EXIT_USAGE;
	struct replay *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return gp_common_failed(GP_ST_NO_MEMORY, &err);
	if (!read_moment(args.since, false, r->since) || !read_moment(args.until, true, r->until)) {
		(void)fputs("guestpass: --since and --until are a day such as 2026-12-31, or how "
			    "long ago, such as 30d\n",
			    stderr);
		free(r);
		return GP_EXIT_USAGE;
	}
	enum gp_status st = run(&args, r, &err);
	if (st == GP_ST_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the result");
	bool same = gp_replay_report_is_same(&r->report);
	free(r);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	return same ? GP_EXIT_OK : GP_EXIT_DEGRADED;
}
