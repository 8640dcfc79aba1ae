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
int gp_command_grant(int argc, char **argv);
int gp_command_revoke(int argc, char **argv);
int gp_command_freeze(int argc, char **argv);
int gp_command_thaw(int argc, char **argv);
int gp_command_frozen(int argc, char **argv);
int gp_command_number(int argc, char **argv);
int gp_command_why(int argc, char **argv);
int gp_command_whatif(int argc, char **argv);
int gp_command_audit(int argc, char **argv);
int gp_command_replay(int argc, char **argv);
int gp_command_sshd_config(int argc, char **argv);
int gp_command_doctor(int argc, char **argv);
int gp_command_scaffold(int argc, char **argv);

/* What was said to a command beside its name. */
struct gp_common {
	const char *run_dir;
	bool json;
	const char *argument; /* the first that is no option; NULL: none */
	const char *second;   /* likewise */
	const char *color;    /* --color=WHEN; NULL: not said */
	const char *replaces; /* --replaces=ID; NULL: not said */
	const char *until;    /* --until=DATE; likewise */
	const char *reason;   /* --reason=TEXT */
	const char *sponsor;  /* --sponsor=MAIL */
	bool full, accept, no_wait;
};
/* What a command takes: --json and --run-dir=DIR always, others by their letters: 'c' color, 'o'
 * replaces, 'f' full, 'a' accept, 'n' no-wait, 'u' until, 'e' reason, 's' sponsor. */
struct gp_syntax {
	const char *options;
	int arguments;     /* how many that are no options: 0, 1 or 2 */
	const char *usage; /* behind "usage: guestpass " */
};
/* False, and the usage on stderr, when ARGV is not that. */
bool gp_common_parse(int argc, char **argv, const struct gp_syntax *syntax, struct gp_common *out);
bool gp_common_usage(const struct gp_syntax *syntax); /* prints it; false */
/* The exit code when all is said: standard output took it. */
int gp_common_written(void);
/* Says what went wrong; the exit code for it. */
int gp_common_failed(enum gp_status st, const struct gp_error *err);

#endif
