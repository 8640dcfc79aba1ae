/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass whatif: what would happen if a guest came from an address at a time, and who knows it.
 */
#include "cli/whatif.h"

#include <getopt.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/why_text.h"

#include "contract/ban.h"

static const struct gp_syntax syntax = {
	"", 1,
	"whatif --from=ADDRESS [--at=DAY|SECONDS] [--service=NAME] [--json] [--run-dir=DIR]\n"
	"       NAME|ID"};

struct arguments {
	struct gp_why_said said;
	const char *run_dir;
	bool json;
};

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{"from", required_argument, NULL, 'f'},    {"at", required_argument, NULL, 'a'},
		{"service", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'},
		{"run-dir", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
	struct {
		int letter;
		const char **to;
	} texts[] = {{'f', &out->said.from},
		     {'a', &out->said.at},
		     {'s', &out->said.service},
		     {'r', &out->run_dir}};
	int c = 0;
	*out = (struct arguments){.run_dir = GP_RUNDIR};
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return false;
		out->json = out->json || c == 'j';
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].letter == c)
				*texts[i].to = optarg;
	}
	out->said.name = optind < argc ? argv[optind] : NULL;
	return argc - optind == 1 && out->said.from != NULL;
}

static enum gp_status ask(const struct arguments *arguments, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	gp_buf_auto struct gp_buf out = GP_BUF((size_t)2 * GP_ASK_ANSWER_MAX);
	const char *from = arguments->said.from;
	enum gp_status st = gp_why_question(&arguments->said, &question, err);
	if (st == GP_ST_OK)
		st = gp_ask_doc(arguments->run_dir, gp_buf_get(&question), &doc, err);
	if (st != GP_ST_OK)
		return st;
	if (!arguments->json) {
		gp_whatif_show(gp_json_root(doc), from, gp_clock_wall_s(gp_clock_system()), stdout);
		return GP_ST_OK;
	}
	gp_whatif_json(gp_json_root(doc), from, &out);
	if (gp_buf_status(&out) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "the daemon's answer makes no sense");
	(void)puts(gp_buf_get(&out));
	return GP_ST_OK;
}

int gp_command_whatif(int argc, char **argv)
{
	struct arguments arguments;
	struct gp_error err = {0};
	if (!read_arguments(argc, argv, &arguments)) {
		(void)gp_common_usage(&syntax);
		return GP_EXIT_USAGE;
	}
	enum gp_status st = ask(&arguments, &err);
	return st == GP_ST_OK ? gp_common_written() : gp_common_failed(st, &err);
}
