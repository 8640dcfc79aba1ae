/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass why: the checks of an admission, as they stand now or as they were recorded. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/cli.h"
#include "cli/why_text.h"

#include "contract/ban.h"

#define AUDIT_FILE "/var/log/guestpass/audit.jsonl"

static const struct gp_syntax syntax = {
	"", 1,
	"why [--at=DAY|SECONDS] [--from=ADDRESS] [--service=NAME] [--json] [--run-dir=DIR] "
	"NAME|ID\n"
	"       guestpass why --decision=ID [--audit-file=FILE] [--json]"};

struct question {
	const char *name, *at, *from, *service, *decision, *audit_file, *run_dir;
	bool json;
};

static bool take_options(int argc, char **argv, struct question *q)
{
	static const struct option options[] = {{"at", required_argument, NULL, 'a'},
						{"from", required_argument, NULL, 'f'},
						{"service", required_argument, NULL, 's'},
						{"decision", required_argument, NULL, 'd'},
						{"audit-file", required_argument, NULL, 'u'},
						{"json", no_argument, NULL, 'j'},
						{"run-dir", required_argument, NULL, 'r'},
						{NULL, 0, NULL, 0}};
	*q = (struct question){.run_dir = GP_RUNDIR, .audit_file = AUDIT_FILE};
	struct {
		int letter;
		const char **to;
	} texts[] = {{'a', &q->at},       {'f', &q->from},       {'s', &q->service},
		     {'d', &q->decision}, {'u', &q->audit_file}, {'r', &q->run_dir}};
	int c = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return false;
		q->json = q->json || c == 'j';
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].letter == c)
				*texts[i].to = optarg;
	}
	q->name = optind < argc ? argv[optind] : NULL;
	bool of_past = q->decision != NULL;
	return argc - optind == (of_past ? 0 : 1) &&
	       !(of_past && (q->at != NULL || q->from != NULL || q->service != NULL));
}

static void print_checks(const struct gp_json *object)
{
	const struct gp_json *checks = NULL;
	if (gp_json_get_array(object, "checks", &checks) != GP_ST_OK)
		return;
	for (size_t i = 0; i < gp_json_array_len(checks); i++)
		gp_why_print_check(gp_json_array_at(checks, i), "  ", stdout);
}

static enum gp_status ask_now(const struct question *q, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	gp_buf_auto struct gp_buf answer = GP_BUF(GP_ASK_ANSWER_MAX);
	char name[GP_CELL], verdict[GP_CELL], reason[GP_CELL], when[GP_CELL], read[GP_CELL];
	char why[GP_CELL];
	int64_t now_s = gp_clock_wall_s(gp_clock_system());
	const struct gp_why_said said = {
		.name = q->name, .at = q->at, .from = q->from, .service = q->service};
	enum gp_status st = gp_why_question(&said, &question, err);
	if (st != GP_ST_OK)
		return st;
	if (q->json) {
		st = gp_ask(q->run_dir, gp_buf_get(&question), GP_ASK_TIMEOUT_MS, &answer, err);
		if (st == GP_ST_OK)
			(void)puts(gp_buf_get(&answer));
		return st;
	}
	st = gp_ask_doc(q->run_dir, gp_buf_get(&question), &doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *root = gp_json_root(doc);
	bool no = strcmp(gp_cell_text(root, "verdict", verdict), "no") == 0;
	(void)printf("%s, at %s: %s%s\n", gp_cell_text(root, "name", name),
		     gp_cell_time(root, "at", now_s, "", when),
		     no ? "would be refused: " : "may sign in; the sign-in decides the rest",
		     no ? gp_cell_text(root, "reason", reason) : "");
	bool fresh = false;
	if (gp_json_get_bool(root, "fresh", &fresh) == GP_ST_OK && fresh)
		(void)puts("  (Entra was asked just now)");
	else
		(void)printf("  (Entra could not be asked: %s; what it said of him is as of %s)\n",
			     gp_cell_text(root, "not_fresh", why),
			     gp_cell_time(root, "read", now_s, "never", read));
	print_checks(root);
	return GP_ST_OK;
}

static void print_record(const struct gp_json *record)
{
	static const char *const shown[] = {
		"time",        "event",  "name", "address",   "service",         "verdict",
		"reason",      "basis",  "home", "auth_time", "sign_in_address", "correlation_id",
		"login_error", "advice", "move", "policies"};
	char cell[GP_CELL];
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (gp_cell_text(record, shown[i], cell)[0] != '\0')
			(void)printf("%s%s %s", i == 0 ? "" : ", ", shown[i], cell);
	}
	if (gp_cell_text(record, "auth_time", cell)[0] != '\0')
		(void)printf(", auth_age %lld s", (long long)gp_cell_number(record, "auth_age"));
	(void)puts("");
	print_checks(record);
}

/* The records of one login, in their order; how many. */
static size_t show_records(FILE *in, const struct question *q)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n = 0;
	size_t found = 0;
	while ((n = getline(&line, &room, in)) > 0) {
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		struct gp_str id = {0};
		struct gp_str text = gp_str_trim((struct gp_str){line, (size_t)n});
		if (gp_json_parse(text, &doc, NULL) != GP_ST_OK ||
		    gp_json_get_str(gp_json_root(doc), "decision", 64, &id) != GP_ST_OK ||
		    !gp_str_is(id, q->decision))
			continue;
		found++;
		if (q->json)
			(void)printf("%.*s\n", GP_STR_ARGS(text));
		else
			print_record(gp_json_root(doc));
	}
	free(line);
	return found;
}

static enum gp_status show_past(const struct question *q, struct gp_error *err)
{
	FILE *in = fopen(q->audit_file, "re");
	if (in == NULL)
		return gp_fail(err, GP_ST_IO, "%s: %s", q->audit_file, strerror(errno));
	size_t found = show_records(in, q);
	bool broken = ferror(in) != 0;
	(void)fclose(in);
	if (broken)
		return gp_fail(err, GP_ST_IO, "%s: cannot be read", q->audit_file);
	return found > 0 ? GP_ST_OK
			 : gp_fail(err, GP_ST_INVALID,
				   "%s has no such decision; older files are given with "
				   "--audit-file",
				   q->audit_file);
}

int gp_command_why(int argc, char **argv)
{
	struct question q;
	struct gp_error err = {0};
	if (!take_options(argc, argv, &q)) {
		(void)gp_common_usage(&syntax);
		return GP_EXIT_USAGE;
	}
	enum gp_status st = q.decision != NULL ? show_past(&q, &err) : ask_now(&q, &err);
	if (st == GP_ST_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the answer");
	return st == GP_ST_OK ? GP_EXIT_OK : gp_common_failed(st, &err);
}
