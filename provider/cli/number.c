/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass number: the numbers that guests have, as a list, as text to keep, and by root's word.
 */
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/number.h"
#include "config/overlap.h"
#include "identity/number_line.h"

#include "contract/ban.h"

#define LINES_MAX_ 60000

/* What a list is made of, line by line; false ends it. */
typedef bool each_line(void *arg, const struct gp_number_line *line);

struct numbers {
	each_line *each;
	void *arg;
};

static enum gp_status take_part(void *arg, size_t part, const struct gp_json *answer,
				struct gp_error *err)
{
	const struct numbers *to = arg;
	struct gp_number_line line = {.kind = GP_NUMBER_TENANT};
	struct gp_str text = {0};
	struct gp_str tid = {0};
	if (gp_json_get_str(answer, "lines", LINES_MAX_, &text) != GP_ST_OK ||
	    gp_json_get_str(answer, "tenant", GP_GUID_TEXT - 1, &tid) != GP_ST_OK ||
	    gp_copy(line.oid, sizeof(line.oid), tid) != GP_ST_OK)
		return gp_fail(err, GP_ST_IO, "the daemon's answer is no list of numbers");
	bool taken = part != 0 || to->each(to->arg, &line);
	while (taken && text.len > 0) {
		if (gp_number_line_parse(gp_str_take_line(&text), &line, err) != GP_ST_OK)
			return gp_fail(err, GP_ST_IO, "the daemon's answer is no list of numbers");
		taken = to->each(to->arg, &line);
	}
	return taken ? GP_ST_OK : gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
}

/* Everything the daemon has, the tenant first. */
static enum gp_status each_number(const char *run_dir, each_line *each, void *arg,
				  struct gp_error *err)
{
	struct numbers to = {each, arg};
	return gp_ask_parts(run_dir, "numbers", take_part, &to, err);
}

static bool print_line(void *arg, const struct gp_number_line *line)
{
	gp_buf_auto struct gp_buf out = GP_BUF(512);
	(void)arg;
	gp_number_line_write(line, &out);
	return gp_buf_status(&out) == GP_ST_OK && fputs(gp_buf_get(&out), stdout) >= 0;
}

enum column { NUMBER, NAME, STATE, KNOWN_SINCE, OID };

struct list {
	struct libscols_table *table; /* NULL: JSON */
	int64_t now_s;
	bool first;
};

static bool add_row(struct list *list, const struct gp_number_line *line, const char *state)
{
	char number[16];
	char since[GP_CELL];
	struct libscols_line *row = scols_table_new_line(list->table, NULL);
	return row != NULL && gp_format(number, sizeof(number), "%u", line->uid) == GP_ST_OK &&
	       scols_line_set_data(row, NUMBER, number) == 0 &&
	       scols_line_set_data(row, NAME, line->name) == 0 &&
	       scols_line_set_data(row, STATE, state) == 0 &&
	       scols_line_set_data(
		       row, KNOWN_SINCE,
		       line->first_seen_s == 0
			       ? "-"
			       : gp_cell_when(line->first_seen_s, list->now_s, since)) == 0 &&
	       scols_line_set_data(row, OID, line->oid) == 0;
}

/* Everything in a line is a number, a GUID, or a name whose characters mean nothing in JSON. */
static bool list_line(void *arg, const struct gp_number_line *line)
{
	struct list *list = arg;
	const char *state = line->kind == GP_NUMBER_HELD ? "held"
			    : line->left_s != 0          ? "departed"
							 : "present";
	if (line->kind == GP_NUMBER_TENANT) {
		if (list->table == NULL)
			(void)printf("{\"v\":1,\"tenant\":\"%s\",\"numbers\":[", line->oid);
		return true;
	}
	if (list->table != NULL)
		return add_row(list, line, state);
	(void)printf("%s{\"uid\":%u,\"name\":\"%s\",\"oid\":\"%s\",\"state\":\"%s\","
		     "\"first_seen\":%lld,\"left\":%lld}",
		     list->first ? "" : ",\n", line->uid, line->name, line->oid, state,
		     (long long)line->first_seen_s, (long long)line->left_s);
	list->first = false;
	return true;
}

static int number_export(int argc, char **argv)
{
	static const struct gp_syntax syntax = {"", 0, "number export [--json] [--run-dir=DIR]"};
	struct gp_common args;
	struct gp_error err = {0};
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	struct list list = {.first = true};
	enum gp_status st = args.json ? each_number(args.run_dir, list_line, &list, &err)
				      : each_number(args.run_dir, print_line, NULL, &err);
	if (st == GP_ST_OK && args.json)
		(void)puts("]}");
	if (st == GP_ST_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the numbers");
	return st == GP_ST_OK ? GP_EXIT_OK : gp_common_failed(st, &err);
}

static bool add_columns(struct libscols_table *table)
{
	static const char *const names[] = {"NUMBER", "NAME", "STATE", "KNOWN SINCE", "OBJECT ID"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (scols_table_new_column(table, names[i], 0, i == NUMBER ? SCOLS_FL_RIGHT : 0) ==
		    NULL)
			return false;
	return true;
}

static int number_list(int argc, char **argv)
{
	static const struct gp_syntax syntax = {"", 0, "number list [--json] [--run-dir=DIR]"};
	struct gp_common args;
	struct gp_error err = {0};
	struct list list = {.now_s = gp_clock_wall_s(gp_clock_system()), .first = true};
	enum gp_status st = GP_ST_OK;
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	if (!args.json) {
		list.table = scols_new_table();
		if (list.table == NULL || !add_columns(list.table))
			st = gp_fail(&err, GP_ST_NO_MEMORY, "out of memory");
	}
	if (st == GP_ST_OK)
		st = each_number(args.run_dir, list_line, &list, &err);
	if (st == GP_ST_OK && args.json)
		(void)puts("]}");
	else if (st == GP_ST_OK && scols_table_is_empty(list.table))
		(void)puts("no number was given yet");
	else if (st == GP_ST_OK && scols_print_table(list.table) != 0)
		st = gp_fail(&err, GP_ST_IO, "cannot write the table");
	scols_unref_table(list.table);
	if (st == GP_ST_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the list");
	return st == GP_ST_OK ? GP_EXIT_OK : gp_common_failed(st, &err);
}

static int number_set(int argc, char **argv)
{
	static const struct gp_syntax syntax = {
		"", 2, "number set [--json] [--run-dir=DIR] ADDRESS|ID NUMBER"};
	struct gp_common args;
	struct gp_error err = {0};
	uint64_t uid = 0;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	if (!gp_common_parse(argc, argv, &syntax, &args) ||
	    (gp_parse_u64(gp_str_from(args.second), UINT32_MAX - 1, &uid) != GP_ST_OK &&
	     !gp_common_usage(&syntax)))
		return GP_EXIT_USAGE;
	gp_buf_text(&question, "{\"v\":1,\"op\":\"number-set\",\"guest\":");
	gp_json_write_str(&question, gp_str_from(args.argument));
	gp_buf_printf(&question, ",\"uid\":%llu", (unsigned long long)uid);
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	enum gp_status st = gp_buf_status(&question);
	if (st == GP_ST_OK)
		st = gp_ask_doc(args.run_dir, gp_buf_get(&question), &doc, &err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	if (args.json)
		(void)printf("{\"v\":1,\"uid\":%llu}\n", (unsigned long long)uid);
	else
		(void)printf("number %llu is given, for good\n", (unsigned long long)uid);
	return GP_EXIT_OK;
}

static int number_hold(int argc, char **argv)
{
	static const struct gp_syntax syntax = {"", 0,
						"number hold-published [--json] [--run-dir=DIR]"};
	struct gp_common args;
	struct gp_error err = {0};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(128);
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	gp_buf_text(&question, "{\"v\":1,\"op\":\"number-hold\"");
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	enum gp_status st = gp_buf_status(&question);
	if (st == GP_ST_OK)
		st = gp_ask_doc(args.run_dir, gp_buf_get(&question), &doc, &err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	long long held = (long long)gp_cell_number(gp_json_root(doc), "held");
	if (args.json)
		(void)printf("{\"v\":1,\"held\":%lld}\n", held);
	else
		(void)printf("%lld numbers are held: nobody gets them but the guests whose they "
			     "are\n",
			     held);
	return GP_EXIT_OK;
}

/* ARG: NULL, or the comma of a list in JSON. */
static void print_finding(void *arg, const struct gp_error *err)
{
	const char **comma = arg;
	gp_buf_auto struct gp_buf out = GP_BUF(GP_JSON_MAX);
	if (comma == NULL) {
		(void)puts(err->text);
		return;
	}
	gp_json_write_str(&out, gp_str_from(err->text));
	(void)printf("%s%s", *comma, gp_buf_get(&out));
	*comma = ",";
}

static int number_check(int argc, char **argv)
{
	static const struct gp_syntax syntax = {"", 0, "number check [--json]"};
	const char *comma = "";
	struct gp_common args;
	struct gp_error err = {0};
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	struct gp_ids_rules *rules = calloc(1, sizeof(*rules));
	enum gp_status st = rules != NULL ? gp_ids_conf_load(GP_IDS_CONF_PATH, rules, &err)
					  : gp_fail(&err, GP_ST_NO_MEMORY, "out of memory");
	if (st == GP_ST_OK && args.json)
		(void)fputs("{\"v\":1,\"findings\":[", stdout);
	size_t found = st == GP_ST_OK ? gp_overlap_look(rules, "", print_finding,
							args.json ? &comma : NULL)
				      : 0;
	free(rules);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	if (args.json)
		(void)puts("]}");
	else if (found == 0)
		(void)puts("nobody else on this host gives numbers from the ranges of ids.conf");
	return found == 0 ? GP_EXIT_OK : GP_EXIT_DEGRADED;
}

int gp_command_number(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = {{"list", number_list},           {"export", number_export},
		     {"import", gp_number_import},    {"set", number_set},
		     {"hold-published", number_hold}, {"check", number_check}};
	static const struct gp_syntax syntax = {
		"", 0, "number list|export|import FILE|set WHO NUMBER|hold-published|check"};
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	(void)gp_common_usage(&syntax);
	return GP_EXIT_USAGE;
}
