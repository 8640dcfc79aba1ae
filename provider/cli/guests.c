/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass guests: who is known on this host. */
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/cli.h"

#include "contract/ban.h"

static const struct gp_syntax syntax = {"", 0, "guests [--json] [--run-dir=DIR]"};

enum column { NAME, ORGANISATION, STATE, NUMBER, GROUPS, LAST_SIGN_IN };

static bool add_columns(struct libscols_table *table)
{
	static const char *const names[] = {"NAME",   "ORGANISATION", "STATE",
					    "NUMBER", "GROUPS",       "LAST SIGN-IN"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int flags = i == NUMBER ? SCOLS_FL_RIGHT : 0;
		if (scols_table_new_column(table, names[i], 0, flags) == NULL)
			return false;
	}
	return true;
}

/* Who has no name here is called by his address, or by his object id. */
static const char *name_of(const struct gp_json *guest, char cell[static GP_CELL])
{
	static const char *const keys[] = {"name", "mail", "oid"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (gp_cell_text(guest, keys[i], cell)[0] != '\0')
			break;
	return cell;
}

static const char *state_of(const struct gp_json *guest, char cell[static GP_CELL])
{
	char state[GP_CELL];
	char why[GP_CELL];
	(void)gp_cell_text(guest, "state", state);
	if (gp_cell_text(guest, "quarantine", why)[0] == '\0')
		return gp_format(cell, GP_CELL, "%s", state) == GP_ST_OK ? cell : "";
	return gp_format(cell, GP_CELL, "%.40s: %.200s", state, why) == GP_ST_OK ? cell : "";
}

static bool add_guest(struct libscols_table *table, const struct gp_json *guest, int64_t now_s)
{
	char cells[LAST_SIGN_IN + 1][GP_CELL];
	char number[16] = "-";
	struct libscols_line *line = scols_table_new_line(table, NULL);
	if (line == NULL)
		return false;
	int64_t uid = gp_cell_number(guest, "uid");
	if (uid != 0 && gp_format(number, sizeof(number), "%lld", (long long)uid) != GP_ST_OK)
		return false;
	return scols_line_set_data(line, NAME, name_of(guest, cells[NAME])) == 0 &&
	       scols_line_set_data(line, ORGANISATION,
				   gp_cell_text(guest, "organisation", cells[ORGANISATION])) == 0 &&
	       scols_line_set_data(line, STATE, state_of(guest, cells[STATE])) == 0 &&
	       scols_line_set_data(line, NUMBER, number) == 0 &&
	       scols_line_set_data(line, GROUPS, gp_cell_list(guest, "groups", cells[GROUPS])) ==
		       0 &&
	       scols_line_set_data(line, LAST_SIGN_IN,
				   gp_cell_time(guest, "last_sign_in", now_s, "never",
						cells[LAST_SIGN_IN])) == 0;
}

static void write_member(const struct gp_json *guest, const char *key)
{
	gp_buf_auto struct gp_buf out = GP_BUF(GP_JSON_MAX);
	struct gp_str text = {0};
	gp_buf_printf(&out, ",\"%s\":", key);
	if (gp_json_get_str(guest, key, 1024, &text) != GP_ST_OK)
		text = GP_STR("");
	gp_json_write_str(&out, text);
	(void)fputs(gp_buf_get(&out), stdout);
}

/* One object a guest, all in one array. */
static void write_guest(const struct gp_json *guest, bool first)
{
	static const char *const texts[] = {"name", "oid",   "organisation",
					    "mail", "state", "quarantine"};
	const struct gp_json *groups = NULL;
	gp_buf_auto struct gp_buf out = GP_BUF(GP_JSON_MAX);
	(void)printf("%s{\"uid\":%lld,\"last_sign_in\":%lld", first ? "" : ",\n",
		     (long long)gp_cell_number(guest, "uid"),
		     (long long)gp_cell_number(guest, "last_sign_in"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		write_member(guest, texts[i]);
	if (gp_json_get_array(guest, "groups", &groups) != GP_ST_OK)
		groups = NULL;
	for (size_t i = 0; i < gp_json_array_len(groups); i++) {
		struct gp_str text = {0};
		if (gp_json_str(gp_json_array_at(groups, i), 256, &text) == GP_ST_OK) {
			gp_buf_text(&out, out.len > 0 ? "," : "");
			gp_json_write_str(&out, text);
		}
	}
	(void)printf(",\"groups\":[%s]}", gp_buf_get(&out));
}

struct list {
	struct libscols_table *table; /* NULL: JSON */
	int64_t now_s;
};

static enum gp_status take_part(void *arg, size_t part, const struct gp_json *answer,
				struct gp_error *err)
{
	const struct list *list = arg;
	const struct gp_json *guests = NULL;
	if (gp_json_get_array(answer, "guests", &guests) != GP_ST_OK)
		return gp_fail(err, GP_ST_IO, "the daemon's answer is no list of guests");
	/* Not before there is an answer: no answer is not an empty list. */
	if (list->table == NULL && part == 0)
		(void)fputs("{\"v\":1,\"guests\":[", stdout);
	for (size_t i = 0; i < gp_json_array_len(guests); i++) {
		const struct gp_json *guest = gp_json_array_at(guests, i);
		if (list->table == NULL)
			write_guest(guest, part == 0 && i == 0);
		else if (!add_guest(list->table, guest, list->now_s))
			return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	}
	return GP_ST_OK;
}

static enum gp_status show(const struct gp_common *args, struct gp_error *err)
{
	struct list list = {.now_s = gp_clock_wall_s(gp_clock_system())};
	if (args->json) {
		enum gp_status st = gp_ask_parts(args->run_dir, "guests", take_part, &list, err);
		if (st == GP_ST_OK)
			(void)fputs("]}\n", stdout);
		return st;
	}
	struct libscols_table *table = scols_new_table();
	/* What is in the cells is safe already; escaped again it could not be read. */
	if (table == NULL || scols_table_enable_noencoding(table, 1) != 0 || !add_columns(table)) {
		scols_unref_table(table);
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	}
	list.table = table;
	enum gp_status st = gp_ask_parts(args->run_dir, "guests", take_part, &list, err);
	if (st == GP_ST_OK && scols_table_is_empty(table))
		(void)puts("no guest is known yet");
	else if (st == GP_ST_OK && scols_print_table(table) != 0)
		st = gp_fail(err, GP_ST_IO, "cannot write the table");
	scols_unref_table(table);
	return st;
}

int gp_command_guests(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	enum gp_status st = show(&args, &err);
	if (st == GP_ST_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the list");
	return st == GP_ST_OK ? GP_EXIT_OK : gp_common_failed(st, &err);
}
