/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the sub-commands. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#include "contract/ban.h"

bool gp_common_usage(const struct gp_syntax *syntax)
{
	(void)fprintf(stderr, "usage: guestpass %s\n", syntax->usage);
	return false;
}

static void take(int letter, struct gp_common *out)
{
	switch (letter) {
	case 'j':
		out->json = true;
		break;
	case 'r':
		out->run_dir = optarg;
		break;
	case 'c':
		out->color = optarg;
		break;
	case 'o':
		out->replaces = optarg;
		break;
	case 'u':
		out->until = optarg;
		break;
	case 'e':
		out->reason = optarg;
		break;
	case 's':
		out->sponsor = optarg;
		break;
	case 'f':
		out->full = true;
		break;
	case 'a':
		out->accept = true;
		break;
	default:
		out->no_wait = true;
		break;
	}
}

bool gp_common_parse(int argc, char **argv, const struct gp_syntax *syntax, struct gp_common *out)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"run-dir", required_argument, NULL, 'r'},
						{"color", required_argument, NULL, 'c'},
						{"replaces", required_argument, NULL, 'o'},
						{"full", no_argument, NULL, 'f'},
						{"accept", no_argument, NULL, 'a'},
						{"no-wait", no_argument, NULL, 'n'},
						{"until", required_argument, NULL, 'u'},
						{"reason", required_argument, NULL, 'e'},
						{"sponsor", required_argument, NULL, 's'},
						{NULL, 0, NULL, 0}};
	int c = 0;

	*out = (struct gp_common){.run_dir = GP_RUNDIR};
	optind = 0; /* the sub-command's own arguments, from their beginning */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?' || (strchr("jr", c) == NULL && strchr(syntax->options, c) == NULL))
			return gp_common_usage(syntax);
		take(c, out);
	}
	if (argc - optind != syntax->arguments || (out->full && out->accept))
		return gp_common_usage(syntax);
	out->argument = syntax->arguments > 0 ? argv[optind] : NULL;
	out->second = syntax->arguments > 1 ? argv[optind + 1] : NULL;
	return true;
}

int gp_common_written(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return GP_EXIT_OK;
	return gp_common_failed(GP_ST_IO, &(struct gp_error){GP_ST_IO, "cannot write"});
}

int gp_common_failed(enum gp_status st, const struct gp_error *err)
{
	(void)fprintf(stderr, "guestpass: %s\n",
		      err->text[0] != '\0' ? err->text : gp_status_name(st));
	return st == GP_ST_INVALID ? GP_EXIT_FAILING : GP_EXIT_UNREACHABLE;
}
