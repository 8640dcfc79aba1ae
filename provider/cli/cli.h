/* SPDX-License-Identifier: Apache-2.0 */
/* The guestpass command: its sub-commands and how they end. */
#ifndef GP_CLI_CLI_H
#define GP_CLI_CLI_H

/* Exit codes; 0, 1 and 2 follow the daemon's health, so that a monitor needs no more than these. */
enum {
	GP_EXIT_OK = 0,
	GP_EXIT_DEGRADED = 1,
	GP_EXIT_FAILING = 2,
	GP_EXIT_UNREACHABLE = 3, /* no answer, or one that we do not understand */
	GP_EXIT_USAGE = 64,
};

struct gp_command {
	const char *name;
	const char *usage; /* its arguments */
	const char *doc;   /* one line for help */
	/* ARGV[0] is the sub-command's name. Returns the exit code. */
	int (*run)(int argc, char **argv);
};

int gp_command_status(int argc, char **argv);

#endif
