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
	"whatif --from=ADDRESS [--at=DAY|SECONDS] [--service=NAME] [--as-admin] [--json]\n"
	"       [--run-dir=DIR] NAME|ID"};

struct arguments {
	struct gp_why_said said;
	const char *run_dir;
	bool json, as_admin;
};

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {{"from", required_argument, NULL, 'f'},
						{"at", required_argument, NULL, 'a'},
						{"service", required_argument, NULL, 's'},
						{"json", no_argument, NULL, 'j'},
						{"run-dir", required_argument, NULL, 'r'},
						{"as-admin", no_argument, NULL, 'd'},
						{NULL, 0, NULL, 0}};
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
		out->as_admin = out->as_admin || c == 'd';
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].letter == c)
				*texts[i].to = optarg;
	}
	out->said.name = optind < argc ? argv[optind] : NULL;
	if (out->said.from == NULL)
		(void)fputs("guestpass whatif: --from is missing, the address of the ssh client\n",
			    stderr);
	return argc - optind == 1 && out->said.from != NULL;
}

/* Somebody signs in for it. */
static enum gp_status ask_graph(const struct arguments *arguments, struct gp_json_doc **doc,
				struct gp_error *err)
{
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	gp_buf_auto struct gp_buf text = GP_BUF(GP_ASK_ANSWER_MAX);
	gp_buf_text(&question, "{\"v\":1,\"op\":\"as-admin\",\"for\":\"whatif\"");
	gp_ask_member(&question, "guest", arguments->said.name);
	gp_ask_member(&question, "from", arguments->said.from);
	return gp_ask_signing_in(arguments->run_dir, &question,
				 "as an administrator who may read policies", &text, doc, err);
}

static enum gp_status ask(const struct arguments *arguments, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_json_doc_auto struct gp_json_doc *graph = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	gp_buf_auto struct gp_buf out = GP_BUF((size_t)2 * GP_ASK_ANSWER_MAX);
	enum gp_status st = gp_why_question(&arguments->said, &question, err);
	if (st == GP_ST_OK)
		st = gp_ask_doc(arguments->run_dir, gp_buf_get(&question), &doc, err);
	if (st == GP_ST_OK && arguments->as_admin)
		st = ask_graph(arguments, &graph, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_whatif what = {gp_json_root(doc),
				       graph != NULL ? gp_json_root(graph) : NULL,
				       arguments->said.from};
	if (!arguments->json) {
		gp_whatif_show(&what, gp_clock_wall_s(gp_clock_system()), stdout);
		return GP_ST_OK;
	}
	gp_whatif_json(&what, &out);
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
