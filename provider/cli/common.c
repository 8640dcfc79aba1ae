/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the questions about the directory. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#include "contract/ban.h"

static bool usage(const char *command, bool wanted, bool sync)
{
	(void)fprintf(stderr, "usage: guestpass %s %s[--json] [--run-dir=DIR]%s\n", command,
		      sync ? "[--full|--accept] [--no-wait] " : "", wanted ? " NAME|ID" : "");
	return false;
}

bool gp_common_parse(int argc, char **argv, bool wanted, bool sync, struct gp_common *out)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},    {"run-dir", required_argument, NULL, 'r'},
		{"full", no_argument, NULL, 'f'},    {"accept", no_argument, NULL, 'a'},
		{"no-wait", no_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
	int c = 0;

	*out = (struct gp_common){.run_dir = GP_RUNDIR};
	optind = 0; /* the sub-command's own arguments, from their beginning */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			out->json = true;
		else if (c == 'r')
			out->run_dir = optarg;
		else if (c == 'f' && sync)
			out->full = true;
		else if (c == 'a' && sync)
			out->accept = true;
		else if (c == 'n' && sync)
			out->no_wait = true;
		else
			return usage(argv[0], wanted, sync);
	}
	if (argc - optind != (wanted ? 1 : 0) || (out->full && out->accept))
		return usage(argv[0], wanted, sync);
	out->argument = wanted ? argv[optind] : NULL;
	return true;
}

int gp_common_failed(enum gp_status st, const struct gp_error *err)
{
	(void)fprintf(stderr, "guestpass: %s\n",
		      err->text[0] != '\0' ? err->text : gp_status_name(st));
	return st == GP_ST_INVALID ? GP_EXIT_FAILING : GP_EXIT_UNREACHABLE;
}
