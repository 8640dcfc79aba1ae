/* SPDX-License-Identifier: Apache-2.0 */
/* The guestpass command: its sub-commands and how they end. */
#ifndef GP_CLI_CLI_H
#define GP_CLI_CLI_H

#include <stdbool.h>

#include "contract/status.h"

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
int gp_command_guests(int argc, char **argv);
int gp_command_show(int argc, char **argv);
int gp_command_sync(int argc, char **argv);
int gp_command_confirm(int argc, char **argv);

/* What the questions about the directory have in common. */
struct gp_common {
	const char *run_dir;
	bool json;
	const char *argument; /* the one that is no option; NULL: none */
	/* of sync */
	bool full, accept, no_wait;
};
/* False, and the usage on stderr, when ARGV is not what the command named in ARGV[0] takes. WANTED:
 * whether it takes an argument. SYNC: whether it takes the options of sync. */
bool gp_common_parse(int argc, char **argv, bool wanted, bool sync, struct gp_common *out);
/* Says what went wrong; the exit code for it. */
int gp_common_failed(enum gp_status st, const struct gp_error *err);

#endif
