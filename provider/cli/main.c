/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#include "contract/ban.h"

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const struct gp_command commands[] = {
	{"status", "[--json] [--color=WHEN] [--run-dir=DIR]", "how the daemon and the tenant are",
	 gp_command_status},
	{"guests", "[--json] [--run-dir=DIR]", "who is known on this host", gp_command_guests},
	{"show", "[--json] [--run-dir=DIR] NAME|ID", "all that is known of a guest",
	 gp_command_show},
	{"why", "[--at=WHEN] [--from=ADDRESS] [--service=NAME] NAME|ID",
	 "why a guest may enter now, or not", gp_command_why},
	{"whatif", "--from=ADDRESS [--at=WHEN] [--service=NAME] [--as-admin] NAME|ID",
	 "the same from an address, by who knows what", gp_command_whatif},
	{"sync", "[--full|--accept] [--no-wait] [--json] [--run-dir=DIR]",
	 "read the groups in Entra now", gp_command_sync},
	{"confirm", "[--replaces=ID] [--json] [--run-dir=DIR] NAME",
	 "say who a guest is, or give him the name of one who left", gp_command_confirm},
	{"grant", "--until=DATE --reason=TEXT --sponsor=MAIL NAME",
	 "give a guest a pass of this host", gp_command_grant},
	{"revoke", "--reason=TEXT [--json] [--run-dir=DIR] NAME", "end a guest's access",
	 gp_command_revoke},
	{"freeze", "--reason=TEXT [--json] [--run-dir=DIR] ORG", "let nobody of an organisation in",
	 gp_command_freeze},
	{"thaw", "[--reason=TEXT] [--json] [--run-dir=DIR] ORG", "let them in again",
	 gp_command_thaw},
	{"frozen", "[--json] [--run-dir=DIR]", "which organisations are frozen", gp_command_frozen},
	{"number", "list|export|import|set|hold-published|check ...",
	 "the numbers that guests have", gp_command_number},
	{"audit", "verify [--head=HEAD] [--json] [--config=FILE] [FILE...]",
	 "whether the audit is whole", gp_command_audit},
	{"replay", "--config=FILE [--since=WHEN] [--until=WHEN] [--json]",
	 "which past logins another configuration would change", gp_command_replay},
	{"sshd-config", "[--config=FILE]", "what sshd must know about guests, from guestpass.conf",
	 gp_command_sshd_config},
	{"doctor", "[--check=NAME] [--as-admin|--capture] [--json] [--config=FILE] [--run-dir=DIR]",
	 "what is wrong with this host for guests, and how to mend it", gp_command_doctor},
	{"scaffold", "[--elevation] [--fleet=NAME] [--config=FILE] ... TIER",
	 "Graph calls that register a tier, for review", gp_command_scaffold},
	{"version", "", "the version of this program", version},
	{"help", "", "this list", help},
};

static void print_help(FILE *out)
{
	(void)fputs("usage: guestpass COMMAND [OPTIONS]\n", out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		(void)fprintf(out, "  %-11s %-52s %s\n", commands[i].name, commands[i].usage,
			      commands[i].doc);
}

static int help(int argc, char **argv)
{
	(void)argv;
	print_help(argc == 1 ? stdout : stderr);
	return argc == 1 ? GP_EXIT_OK : GP_EXIT_USAGE;
}

static int version(int argc, char **argv)
{
	if (argc != 1) {
		(void)fprintf(stderr, "guestpass %s: takes no arguments\n", argv[0]);
		return GP_EXIT_USAGE;
	}
	(void)puts("guestpass " GP_VERSION);
	return GP_EXIT_OK;
}

int main(int argc, char **argv)
{
	/* Only how wide a character is; numbers and messages stay as they are. */
	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_help(stderr);
		return GP_EXIT_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	(void)fputs("guestpass: there is no such command; see 'guestpass help'\n", stderr);
	return GP_EXIT_USAGE;
}
