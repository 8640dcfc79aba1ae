/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass sshd-config: the file for sshd_config.d that the tier's configuration asks for. It asks
 * no daemon. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/sshd_text.h"

#include "contract/ban.h"

static const struct gp_syntax syntax = {"", 0, "sshd-config [--config=FILE]"};

static bool read_arguments(int argc, char **argv, const char **file)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{NULL, 0, NULL, 0}};
	int c = 0;
	*file = GP_CONFDIR "/guestpass.conf";
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'c')
			return gp_common_usage(&syntax);
		*file = optarg;
	}
	return optind == argc || gp_common_usage(&syntax);
}

static enum gp_status make(const char *file, struct gp_buf *out, struct gp_error *err)
{
	struct gp_config *config = NULL;
	struct gp_ids_rules *rules = calloc(1, sizeof(*rules));
	enum gp_status st = rules != NULL ? gp_config_load(file, -1, &config, err)
					  : gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	if (st == GP_ST_OK)
		st = gp_ids_conf_load(config->ids_conf, rules, err);
	if (st == GP_ST_OK) {
		gp_sshd_text(config, rules, out);
		st = gp_buf_status(out);
	}
	gp_config_free(config);
	free(rules);
	return st;
}

int gp_command_sshd_config(int argc, char **argv)
{
	const char *file = NULL;
	struct gp_error err = {0};
	gp_buf_auto struct gp_buf out = GP_BUF(16384);
	if (!read_arguments(argc, argv, &file))
		return GP_EXIT_USAGE;
	enum gp_status st = make(file, &out, &err);
	/* Half a file would restrict half. */
	if (st == GP_ST_OK && (fputs(gp_buf_get(&out), stdout) < 0 || fflush(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the file");
	if (st == GP_ST_OK)
		return GP_EXIT_OK;
	(void)gp_common_failed(st, &err);
	return GP_EXIT_FAILING;
}
