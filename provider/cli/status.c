/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass status */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/report.h"

#include "contract/ban.h"

struct arguments {
	const char *run_dir;
	bool json;
	bool color;
};

/* What decides when nothing was said: a terminal, and nobody who does not want colour. */
static bool color_by_default(void)
{
	const char *no_color = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0');
}

static bool read_color(const char *word, bool *out)
{
	if (strcmp(word, "always") == 0 || strcmp(word, "never") == 0) {
		*out = word[0] == 'a';
		return true;
	}
	return strcmp(word, "auto") == 0;
}

static const struct gp_syntax syntax = {
	"c", 0, "status [--json] [--color=auto|always|never] [--run-dir=DIR]"};

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
	struct gp_common common;
	if (!gp_common_parse(argc, argv, &syntax, &common))
		return false;
	*out = (struct arguments){common.run_dir, common.json, color_by_default()};
	return common.color == NULL || read_color(common.color, &out->color) ||
	       gp_common_usage(&syntax);
}

static enum gp_status show(const struct arguments *args, const struct gp_report *report)
{
	if (!args->json)
		return gp_report_show(report, gp_clock_wall_s(gp_clock_system()), args->color,
				      stdout);
	gp_buf_auto struct gp_buf out = GP_BUF(GP_JSON_MAX);
	gp_report_json(report, &out);
	(void)fputs(gp_buf_get(&out), stdout);
	return gp_buf_status(&out);
}

static enum gp_status run(const struct arguments *args, enum gp_health *health,
			  struct gp_error *err)
{
	gp_buf_auto struct gp_buf answer = GP_BUF(GP_ASK_ANSWER_MAX);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_report report;
	enum gp_status st = gp_ask(args->run_dir, "{\"v\":1,\"op\":\"status\"}", GP_ASK_TIMEOUT_MS,
				   &answer, err);

	if (st == GP_ST_OK)
		st = gp_json_parse((struct gp_str){gp_buf_get(&answer), answer.len}, &doc, err);
	if (st == GP_ST_OK)
		st = gp_report_read(doc, &report, err);
	if (st == GP_ST_OK) {
		*health = report.health;
		st = show(args, &report);
	}
	if (st == GP_ST_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		st = gp_fail(err, GP_ST_IO, "cannot write the report");
	return st;
}

int gp_command_status(int argc, char **argv)
{
	struct arguments args;
	struct gp_error err = {0};
	enum gp_health health = GP_HEALTH_FAILING;

	if (!read_arguments(argc, argv, &args))
		return GP_EXIT_USAGE;
	enum gp_status st = run(&args, &health, &err);
	if (st != GP_ST_OK) {
		(void)fprintf(stderr, "guestpass: %s\n",
			      err.text[0] != '\0' ? err.text : gp_status_name(st));
		return GP_EXIT_UNREACHABLE;
	}
	switch (health) {
	case GP_HEALTH_OK:
		return GP_EXIT_OK;
	case GP_HEALTH_DEGRADED:
		return GP_EXIT_DEGRADED;
	case GP_HEALTH_FAILING:
		break;
	}
	return GP_EXIT_FAILING;
}
