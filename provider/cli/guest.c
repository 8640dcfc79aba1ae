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

#define DAY_S 86400

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

/* "2026-11-22T20:37:42Z (5 min ago) until 2026-12-31T00:00:00Z, uid=0 loginuid=1000 session=42:
 * because"
 */
static void deed_row(const struct gp_json *standing, const char *name, const char *when,
		     const char *until, const char *by, const char *reason, int64_t now_s)
{
	char at[GP_CELL];
	char end[GP_TIME_TEXT] = "";
	char who[GP_CELL];
	char why[GP_CELL];
	char all[3 * GP_CELL];
	int64_t at_s = gp_cell_number(standing, when);
	if (at_s == 0)
		return;
	if (until != NULL)
		gp_time_format(gp_cell_number(standing, until), end);
	(void)gp_cell_when(at_s, now_s, at);
	(void)gp_cell_text(standing, by, who);
	why[0] = '\0';
	if (reason != NULL)
		(void)gp_cell_text(standing, reason, why);
	if (gp_format(all, sizeof(all), "%s%s%s, %s%s%s", at, until != NULL ? " until " : "", end,
		      who, why[0] != '\0' ? ": " : "", why) == GP_ST_OK)
		row(name, all);
}

/* What root said of him here, and who he was at his first sign-in. */
static void show_standing(const struct gp_json *guest, int64_t now_s)
{
	const struct gp_json *standing = NULL;
	bool in_question = false;
	if (gp_json_get_object(guest, "standing", &standing) != GP_ST_OK) {
		row("standing", "cannot be read, so he is not admitted");
		return;
	}
	text_row(standing, "first came from", "home");
	text_row(standing, "first came as", "first_mail");
	if (gp_json_get_bool(standing, "in_question", &in_question) == GP_ST_OK && in_question)
		row("in question", "somebody else came with his account; see guestpass confirm");
	deed_row(standing, "granted", "granted", "granted_until", "grant_by", "grant_reason",
		 now_s);
	text_row(standing, "sponsor", "grant_sponsor");
	deed_row(standing, "revoked", "revoked", NULL, "revoke_by", "revoke_reason", now_s);
	deed_row(standing, "confirmed", "confirmed", NULL, "confirm_by", NULL, now_s);
	deed_row(standing, "home frozen", "frozen", NULL, "freeze_by", "freeze_reason", now_s);
}

/* The end of his pass as it was last found, and what shadow(5) says of it. */
static void show_pass(const struct gp_json *guest, int64_t now_s)
{
	char text[2 * GP_CELL];
	char read[GP_CELL];
	char end[GP_TIME_TEXT] = "no end";
	char day[GP_TIME_TEXT];
	const int64_t end_s = gp_cell_number(guest, "pass_end");
	const int64_t expiry_day = gp_cell_number(guest, "expiry_day");
	const bool found = gp_cell_number(guest, "pass_read") != 0;
	if (end_s != 0)
		gp_time_format(end_s, end);
	if (!found && end_s == 0)
		row("pass until", "not known before his first sign-in");
	else if (gp_format(text, sizeof(text), "%s, %s%s", end,
			   found ? "as found " : "by the configuration",
			   gp_cell_time(guest, "pass_read", now_s, "", read)) == GP_ST_OK)
		row("pass until", text);
	if (expiry_day == 0)
		return;
	gp_time_format(expiry_day * DAY_S, day);
	day[sizeof("2026-12-31") - 1] = '\0';
	row("account expires", day);
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
	show_pass(guest, now_s);
	show_standing(guest, now_s);
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

int gp_command_show(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *guest = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	gp_buf_text(&question, "{\"v\":1,\"op\":\"show\"");
	gp_ask_member(&question, "guest", args.argument);
	gp_buf_text(&question, "}");
	enum gp_status st = gp_ask_shown(args.run_dir, args.json, &question, &doc, &err);
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
