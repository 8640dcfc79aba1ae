/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass freeze, thaw and frozen: root's own word on organisations. */
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/cli.h"

#include "contract/ban.h"

static const struct gp_syntax freeze_syntax = {"e", 1,
					       "freeze --reason=TEXT [--json] [--run-dir=DIR] ORG"};
static const struct gp_syntax thaw_syntax = {"e", 1,
					     "thaw [--reason=TEXT] [--json] [--run-dir=DIR] ORG"};
static const struct gp_syntax frozen_syntax = {"", 0, "frozen [--json] [--run-dir=DIR]"};

static int change(const struct gp_common *args, const char *op, const char *done,
		  const char *already)
{
	struct gp_error err = {0};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	struct gp_str wrong = {0};
	char home[GP_CELL];
	bool was = false;
	gp_buf_printf(&question, "{\"v\":1,\"op\":\"%s\"", op);
	gp_ask_member(&question, "home", args->argument);
	gp_ask_member(&question, "reason", args->reason);
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	enum gp_status st = gp_ask_shown(args->run_dir, args->json, &question, &doc, &err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	if (gp_json_get_str(gp_json_root(doc), "error", 1024, &wrong) == GP_ST_OK)
		return GP_EXIT_FAILING;
	if (gp_json_get_bool(gp_json_root(doc), "was_frozen", &was) != GP_ST_OK)
		return gp_common_failed(GP_ST_IO,
					&(struct gp_error){GP_ST_IO, "the daemon's answer makes no "
								     "sense"});
	if (!args->json)
		(void)printf("%s %s\n", gp_cell_text(gp_json_root(doc), "home", home),
			     was ? already : done);
	return gp_common_written();
}

int gp_command_freeze(int argc, char **argv)
{
	struct gp_common args;
	if (!gp_common_parse(argc, argv, &freeze_syntax, &args) ||
	    (args.reason == NULL && !gp_common_usage(&freeze_syntax)))
		return GP_EXIT_USAGE;
	return change(&args, "freeze", "is frozen: nobody from there is admitted",
		      "was frozen already, and stays so");
}

int gp_command_thaw(int argc, char **argv)
{
	struct gp_common args;
	if (!gp_common_parse(argc, argv, &thaw_syntax, &args))
		return GP_EXIT_USAGE;
	return change(&args, "thaw", "is thawed", "is thawed");
}

struct list {
	struct libscols_table *table; /* NULL: JSON */
	int64_t now_s;
};

static bool add_freeze(const struct list *list, const struct gp_json *freeze)
{
	char home[GP_CELL];
	char since[GP_CELL];
	char by[GP_CELL];
	char reason[GP_CELL];
	struct libscols_line *line = scols_table_new_line(list->table, NULL);
	return line != NULL &&
	       scols_line_set_data(line, 0, gp_cell_text(freeze, "home", home)) == 0 &&
	       scols_line_set_data(line, 1,
				   gp_cell_time(freeze, "since", list->now_s, "unknown", since)) ==
		       0 &&
	       scols_line_set_data(line, 2, gp_cell_text(freeze, "by", by)) == 0 &&
	       scols_line_set_data(line, 3, gp_cell_text(freeze, "reason", reason)) == 0;
}

static void write_freeze(const struct gp_json *freeze, bool first)
{
	static const char *const texts[] = {"home", "reason", "by"};
	gp_buf_auto struct gp_buf out = GP_BUF(GP_JSON_MAX);
	gp_buf_printf(&out, "%s{\"since\":%lld", first ? "" : ",\n",
		      (long long)gp_cell_number(freeze, "since"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct gp_str text = {0};
		if (gp_json_get_str(freeze, texts[i], 1024, &text) != GP_ST_OK)
			text = GP_STR("");
		gp_buf_printf(&out, ",\"%s\":", texts[i]);
		gp_json_write_str(&out, text);
	}
	gp_buf_text(&out, "}");
	(void)fputs(gp_buf_get(&out), stdout);
}

static enum gp_status take_part(void *arg, size_t part, const struct gp_json *answer,
				struct gp_error *err)
{
	const struct list *list = arg;
	const struct gp_json *freezes = NULL;
	if (gp_json_get_array(answer, "freezes", &freezes) != GP_ST_OK)
		return gp_fail(err, GP_ST_IO, "the daemon's answer is no list of organisations");
	if (list->table == NULL && part == 0)
		(void)fputs("{\"v\":1,\"freezes\":[", stdout);
	for (size_t i = 0; i < gp_json_array_len(freezes); i++) {
		const struct gp_json *freeze = gp_json_array_at(freezes, i);
		if (list->table == NULL)
			write_freeze(freeze, part == 0 && i == 0);
		else if (!add_freeze(list, freeze))
			return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	}
	return GP_ST_OK;
}

static struct libscols_table *new_table(void)
{
	static const char *const names[] = {"HOME", "SINCE", "BY", "REASON"};
	struct libscols_table *table = scols_new_table();
	/* What is in the cells is safe already; escaped again it could not be read. */
	bool good = table != NULL && scols_table_enable_noencoding(table, 1) == 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && good; i++)
		good = scols_table_new_column(table, names[i], 0, 0) != NULL;
	if (good)
		return table;
	scols_unref_table(table);
	return NULL;
}

int gp_command_frozen(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	struct list list = {.now_s = gp_clock_wall_s(gp_clock_system())};
	if (!gp_common_parse(argc, argv, &frozen_syntax, &args))
		return GP_EXIT_USAGE;
	list.table = args.json ? NULL : new_table();
	if (list.table == NULL && !args.json)
		return gp_common_failed(GP_ST_NO_MEMORY, &err);
	enum gp_status st = gp_ask_parts(args.run_dir, "freezes", take_part, &list, &err);
	if (st == GP_ST_OK && args.json)
		(void)fputs("]}\n", stdout);
	else if (st == GP_ST_OK && scols_table_is_empty(list.table))
		(void)puts("no organisation is frozen");
	else if (st == GP_ST_OK && scols_print_table(list.table) != 0)
		st = gp_fail(&err, GP_ST_IO, "cannot write the table");
	scols_unref_table(list.table);
	return st == GP_ST_OK ? gp_common_written() : gp_common_failed(st, &err);
}
