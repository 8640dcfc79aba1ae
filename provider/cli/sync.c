/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass sync: has the groups read now, and waits until that is done. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/cli.h"

#include "contract/ban.h"

#define LOOK_NS  200000000             /* between two looks at how far it is */
#define LIMIT_MS (INT64_C(40) * 60000) /* two reads, each with the daemon's own limit, and more */

static const struct gp_syntax syntax = {
	"fan", 0, "sync [--full|--accept] [--no-wait] [--json] [--run-dir=DIR]"};

static enum gp_status ask(const struct gp_common *args, const char *mode, struct gp_json_doc **doc,
			  struct gp_error *err)
{
	char question[96];
	enum gp_status st = gp_format(question, sizeof(question),
				      "{\"v\":1,\"op\":\"sync\",\"mode\":\"%s\"}", mode);
	return st == GP_ST_OK ? gp_ask_doc(args->run_dir, question, doc, err) : st;
}

/* On a terminal one line that is written over; elsewhere nothing until the end. */
static void progress(const struct gp_json *answer, bool terminal)
{
	char phase[GP_CELL];
	if (!terminal)
		return;
	(void)gp_cell_text(answer, "phase", phase);
	if (strcmp(phase, "reading") == 0)
		(void)fprintf(stderr, "\rreading: %lld groups, %lld to go, %lld memberships   ",
			      (long long)gp_cell_number(answer, "groups"),
			      (long long)gp_cell_number(answer, "waiting"),
			      (long long)gp_cell_number(answer, "users"));
	else
		(void)fprintf(stderr, "\r%-50s", "reading what changed");
	(void)fflush(stderr);
}

static int conclude(const struct gp_common *args, const struct gp_json *answer)
{
	char status[GP_CELL];
	char error[GP_CELL];
	bool held = gp_cell_number(answer, "held") > 0;
	bool good = strcmp(gp_cell_text(answer, "status", status), "ok") == 0;
	(void)gp_cell_text(answer, "why", error);
	if (args->json) {
		gp_buf_auto struct gp_buf out = GP_BUF(4096);
		gp_json_write_str(&out, gp_str_from(error));
		(void)printf("{\"v\":1,\"status\":\"%s\",\"error\":%s,\"guests\":%lld,"
			     "\"departed\":%lld,\"quarantined\":%lld,\"held\":%lld}\n",
			     status, gp_buf_get(&out), (long long)gp_cell_number(answer, "guests"),
			     (long long)gp_cell_number(answer, "departed"),
			     (long long)gp_cell_number(answer, "quarantined"),
			     (long long)gp_cell_number(answer, "held"));
	} else if (good) {
		(void)printf("%lld guests, %lld departed, %lld in quarantine\n",
			     (long long)gp_cell_number(answer, "guests"),
			     (long long)gp_cell_number(answer, "departed"),
			     (long long)gp_cell_number(answer, "quarantined"));
	} else {
		(void)fprintf(stderr, "guestpass: %s\n", error[0] != '\0' ? error : status);
	}
	return good ? GP_EXIT_OK : held ? GP_EXIT_DEGRADED : GP_EXIT_FAILING;
}

/* Looks until a read has ended that had not when it was asked for. */
static int wait_for_end(const struct gp_common *args, int64_t attempts, struct gp_error *err)
{
	bool terminal = !args->json && isatty(STDERR_FILENO) == 1;
	const struct gp_clock *clock = gp_clock_system();
	int64_t end_ms = gp_clock_monotonic_ms(clock) + LIMIT_MS;
	while (gp_clock_monotonic_ms(clock) < end_ms) {
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		const struct timespec pause = {0, LOOK_NS};
		enum gp_status st = ask(args, "look", &doc, err);
		if (st != GP_ST_OK)
			return gp_common_failed(st, err);
		const struct gp_json *answer = gp_json_root(doc);
		if (gp_cell_number(answer, "attempts") != attempts) {
			if (terminal)
				(void)fprintf(stderr, "\r%-60s\r", "");
			return conclude(args, answer);
		}
		progress(answer, terminal);
		(void)nanosleep(&pause, NULL);
	}
	(void)gp_fail(err, GP_ST_TIMEOUT, "the read does not end; see guestpass status");
	return gp_common_failed(GP_ST_TIMEOUT, err);
}

int gp_command_sync(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	enum gp_status st = ask(&args,
				args.accept ? "accept"
				: args.full ? "full"
					    : "changes",
				&doc, &err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	if (args.no_wait)
		return GP_EXIT_OK;
	return wait_for_end(&args, gp_cell_number(gp_json_root(doc), "attempts"), &err);
}
