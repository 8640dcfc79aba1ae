/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "config/account.h"
#include "config/foreign.h"
#include "config/overlap.h"
#include "daemon/daemon.h"
#include "entra/app_credential.h"

#include "contract/ban.h"

enum {
	EXIT_CONFIG = 78, /* EX_CONFIG */
	EXIT_USAGE = 64,
};

struct arguments {
	const char *config_file;
	bool check;
	bool foreground;
	bool debug;
};

static const char usage[] =
	"usage: guestpassd [--config FILE] [--debug] [--check | --foreground]\n"
	"  --check       read the configuration and look at the files that it names, say\n"
	"                whether they are good, and end\n"
	"  --foreground  without systemd: make the sockets as root, then give root up\n"
	"  --config FILE instead of " GP_CONFDIR "/guestpass.conf\n"
	"  --debug       log more\n"
	"  --version     print the version\n";

/* True if the program goes on; else *STATUS is how it ends. */
static bool parse_arguments(int argc, char **argv, struct arguments *out, int *status)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'},
		{"foreground", no_argument, NULL, 'f'},
		{"debug", no_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	int c = 0;
	*out = (struct arguments){.config_file = GP_CONFDIR "/guestpass.conf"};
	*status = EXIT_SUCCESS;
	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			out->config_file = optarg;
			break;
		case 'k':
			out->check = true;
			break;
		case 'f':
			out->foreground = true;
			break;
		case 'd':
			out->debug = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return false;
		case 'v':
			(void)puts("guestpassd " GP_VERSION);
			return false;
		default:
			(void)fputs(usage, stderr);
			*status = EXIT_USAGE;
			return false;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "guestpassd: unexpected argument '%s'\n%s", argv[optind],
			      usage);
		*status = EXIT_USAGE;
		return false;
	}
	return true;
}

static enum gp_status load(const struct arguments *args, struct gp_config **config,
			   struct gp_ids_rules **rules, struct gp_error *err)
{
	*rules = calloc(1, sizeof(**rules));
	if (*rules == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	enum gp_status st = gp_config_load(args->config_file, -1, config, err);
	if (st == GP_ST_OK)
		st = gp_ids_conf_load((*config)->ids_conf, *rules, err);
	return st;
}

static void print_finding(void *arg, const struct gp_error *err)
{
	(void)arg;
	(void)fprintf(stderr, "guestpassd: %s\n", err->text);
}

/* The daemon takes files that are root's or its own, so root looks as the daemon's account. */
static enum gp_status become(const struct gp_account *account, struct gp_error *err)
{
	if (geteuid() != 0)
		return GP_ST_OK;
	if (setgroups(account->gids_len, account->gids) != 0 ||
	    setresgid(account->gids[0], account->gids[0], account->gids[0]) != 0 ||
	    setresuid(account->uid, account->uid, account->uid) != 0)
		return gp_fail(err, GP_ST_DENIED, "cannot look as uid %u: %s", account->uid,
			       strerror(errno));
	return GP_ST_OK;
}

/* Whether the daemon could use its credential. Gives root up: nothing comes after it. */
static bool check_credential(const struct gp_config *config)
{
	static const struct gp_account_files files = {"/etc/passwd", "/etc/group"};
	struct gp_account account;
	struct gp_credential *credential = NULL;
	struct gp_error err = {0};

	enum gp_status known = gp_account_find(&files, config->user, &account, &err);
	if (known != GP_ST_OK)
		print_finding(NULL, &err);
	enum gp_status st = gp_config_check_reader(config, known == GP_ST_OK ? &account : NULL,
						   print_finding, NULL);
	/* What was found already is not said twice. */
	if (st != GP_ST_OK)
		return false;
	if (known == GP_ST_OK)
		st = become(&account, &err);
	if (st == GP_ST_OK)
		st = gp_credential_load(config, &credential, &err);
	if (st != GP_ST_OK)
		print_finding(NULL, &err);
	gp_credential_free(credential);
	return known == GP_ST_OK && st == GP_ST_OK;
}

/* Said, but no reason not to start: it is for root to know who gives numbers from where. */
static void warn_of_overlaps(const struct gp_config *config)
{
	struct gp_ids_rules *rules = calloc(1, sizeof(*rules));
	struct gp_error err = {0};
	if (rules != NULL && gp_ids_conf_load(config->ids_conf, rules, &err) == GP_ST_OK)
		(void)gp_overlap_look(rules, "", print_finding, NULL);
	free(rules);
}

static bool is_published(void *arg, struct gp_str name)
{
	struct gp_directory_user user;
	return gp_directory_find_user(arg, name, &user) == GP_ST_OK;
}

/* Likewise. Who is a guest the published file says; before there is one there are none. */
static void warn_of_foreign_groups(const struct gp_config *config)
{
	char path[GP_CONFIG_PATH + sizeof("/directory")];
	struct gp_directory_view view = {0};
	if (gp_format(path, sizeof(path), "%s/directory", config->run_directory) != GP_ST_OK ||
	    gp_directory_open(path, &view) != GP_ST_OK)
		return;
	const struct gp_foreign foreign = {is_published, &view, print_finding, NULL};
	(void)gp_foreign_look(&foreign, "");
	gp_directory_close(&view);
}

/* What --check says of a configuration whose text is good. */
static int check(const struct arguments *args, const struct gp_config *config)
{
	bool good = gp_config_check_files(config, print_finding, NULL) == GP_ST_OK;
	warn_of_overlaps(config);
	warn_of_foreign_groups(config);
	if (!check_credential(config) || !good)
		return EXIT_CONFIG;
	(void)printf("%s: good\n", args->config_file);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct arguments args;
	struct gp_config *config = NULL;
	struct gp_ids_rules *rules = NULL;
	struct gp_error err = {0};
	struct gp_daemon_options options = {
		.sockets = {.login = -1, .admin = -1, .knock = -1, .publisher_life = -1}};
	int status = EXIT_SUCCESS;

	if (!parse_arguments(argc, argv, &args, &status))
		return status;
	if (load(&args, &config, &rules, &err) != GP_ST_OK || config == NULL) {
		(void)fprintf(stderr, "guestpassd: %s\n", err.text);
		gp_config_free(config);
		free(rules);
		return EXIT_CONFIG;
	}
	if (args.check) {
		status = check(&args, config);
		gp_config_free(config);
		free(rules);
		return status;
	}
	gp_log_set_level(args.debug ? GP_LOG_DEBUG : config->log_level);
	options.config_file = args.config_file;
	enum gp_status st = args.foreground ? gp_start_as_root(config, &options.sockets, &err)
					    : gp_sockets_from_systemd(&options.sockets, &err);
	if (st == GP_ST_OK)
		st = gp_harden(&err);
	if (st != GP_ST_OK) {
		gp_log(GP_LOG_ERROR, "start-failed", "error=%s", err.text);
		gp_config_free(config);
		free(rules);
		return EXIT_FAILURE;
	}
	return gp_daemon_run(&options, config, rules);
}
