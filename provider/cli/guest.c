/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass show: all that is known of one guest, and from where. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/cli.h"

#include "contract/ban.h"

static const struct gp_syntax syntax = {"", 1, "show [--json] [--run-dir=DIR] NAME|ID"};

static void row(const char *name, const char *value)
{
	if (value[0] != '\0')
		(void)printf("  %-16s %s\n", name, value);
}

static void text_row(const struct gp_json *guest, const char *name, const char *key)
{
	char cell[GP_CELL];
	row(name, gp_cell_text(guest, key, cell));
}

static void time_row(const struct gp_json *guest, const char *name, const char *key,
		     const char *never, int64_t now_s)
{
	char cell[GP_CELL];
	row(name, gp_cell_time(guest, key, now_s, never, cell));
}

/* What this host keeps by itself, and what Entra said. */
static void show(const struct gp_json *guest)
{
	char cell[GP_CELL];
	char number[64];
	int64_t now_s = gp_clock_wall_s(gp_clock_system());
	int64_t uid = gp_cell_number(guest, "uid");

	(void)printf("%s\n", gp_cell_text(guest, "name", cell)[0] != '\0' ? cell : "(no name yet)");
	text_row(guest, "state", "state");
	text_row(guest, "in quarantine", "quarantine");
	(void)puts("on this host:");
	if (uid != 0 && gp_format(number, sizeof(number), "%lld (by %.20s)", (long long)uid,
				  gp_cell_text(guest, "number_by", cell)) == GP_ST_OK)
		row("number", number);
	row("groups", gp_cell_list(guest, "groups", cell));
	time_row(guest, "first seen", "first_seen", "", now_s);
	time_row(guest, "left", "left", "", now_s);
	time_row(guest, "last sign-in", "last_sign_in", "never", now_s);
	(void)puts("in Entra:");
	text_row(guest, "object id", "oid");
	text_row(guest, "organisation", "organisation");
	text_row(guest, "display name", "display_name");
	text_row(guest, "mail", "mail");
	text_row(guest, "principal name", "upn");
	text_row(guest, "class", "class");
	text_row(guest, "account enabled", "enabled");
	text_row(guest, "invitation", "invitation");
	time_row(guest, "changed", "state_changed", "", now_s);
	time_row(guest, "created", "created", "", now_s);
	text_row(guest, "known by", "source");
	time_row(guest, "as of", "read", "never", now_s);
}

/* The name as a JSON string; whoever types control characters gets them back as an error. */
static enum gp_status ask(const struct gp_common *args, struct gp_json_doc **doc,
			  struct gp_error *err)
{
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	gp_buf_text(&question, "{\"v\":1,\"op\":\"show\",\"guest\":");
	gp_json_write_str(&question, gp_str_from(args->argument));
	gp_buf_text(&question, "}");
	enum gp_status st = gp_buf_status(&question);
	if (st != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "no guest has a name as long as this");
	if (!args->json)
		return gp_ask_doc(args->run_dir, gp_buf_get(&question), doc, err);
	gp_buf_auto struct gp_buf answer = GP_BUF(GP_ASK_ANSWER_MAX);
	st = gp_ask(args->run_dir, gp_buf_get(&question), GP_ASK_TIMEOUT_MS, &answer, err);
	if (st == GP_ST_OK)
		st = gp_json_parse((struct gp_str){gp_buf_get(&answer), answer.len}, doc, err);
	if (st == GP_ST_OK)
		(void)puts(gp_buf_get(&answer));
	return st;
}

int gp_command_show(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *guest = NULL;
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	enum gp_status st = ask(&args, &doc, &err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	if (gp_json_get_object(gp_json_root(doc), "guest", &guest) != GP_ST_OK)
		return args.json ? GP_EXIT_FAILING
				 : gp_common_failed(
					   GP_ST_IO,
					   &(struct gp_error){GP_ST_IO,
							      "the daemon's answer is no guest"});
	if (!args.json)
		show(guest);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return gp_common_failed(GP_ST_IO, &(struct gp_error){GP_ST_IO, "cannot write"});
	return GP_EXIT_OK;
}
