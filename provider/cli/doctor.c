/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass doctor: gathers what the checks look at, runs them, and prints what they found. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/capture.h"
#include "cli/cli.h"
#include "cli/sshd_text.h"
#include "doctor/doctor.h"

#include "contract/ban.h"

#define SSHD_TEXT_MAX 16384
#define OUTPUT_MAX    (512U << 10)
#define TENANT_MS     60000 /* the daemon asks Graph for it */

static const struct gp_syntax syntax = {
	"", 0,
	"doctor [--check=NAME] [--as-admin|--capture] [--json] [--config=FILE]\n"
	"       [--run-dir=DIR]"};

struct arguments {
	const char *check, *config, *run_dir;
	bool json, capture, as_admin;
};

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {{"check", required_argument, NULL, 'k'},
						{"capture", no_argument, NULL, 'p'},
						{"as-admin", no_argument, NULL, 'a'},
						{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{"run-dir", required_argument, NULL, 'r'},
						{NULL, 0, NULL, 0}};
	int c = 0;
	*out = (struct arguments){NULL, GP_CONFDIR "/guestpass.conf", GP_RUNDIR, false, false,
				  false};
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'k')
			out->check = optarg;
		else if (c == 'c')
			out->config = optarg;
		else if (c == 'r')
			out->run_dir = optarg;
		else if (c == 'j')
			out->json = true;
		else if (c == 'p')
			out->capture = true;
		else if (c == 'a')
			out->as_admin = true;
		else
			return gp_common_usage(&syntax);
	}
	/* A capture is no check. */
	bool good = optind == argc && !(out->capture && (out->check != NULL || out->as_admin));
	if (!good && optind == argc)
		(void)fputs(
			"guestpass doctor: --capture looks at one sign-in and at nothing else\n",
			stderr);
	return good || gp_common_usage(&syntax);
}

/* All that is borrowed by the checks. */
struct gathered {
	struct gp_doctor doctor;
	struct gp_config *config;
	struct gp_ids_rules rules;
	struct gp_buf sshd_text;
	struct gp_json_doc *status, *tenant, *registrations;
};

/* Nothing waits for a daemon that hangs where its word is not looked at. */
static bool needs_daemon(const char *check)
{
	return check == NULL || strcmp(check, "daemon") == 0 || strcmp(check, "tenant") == 0;
}

static void ask_daemon(const struct arguments *args, struct gathered *g)
{
	struct gp_doctor *d = &g->doctor;
	if (!needs_daemon(args->check))
		return;
	if (gp_ask_doc(args->run_dir, "{\"v\":1,\"op\":\"status\"}", &g->status,
		       &d->status_error) != GP_ST_OK) {
		/* Who does not say how he is does not ask the tenant either. */
		d->tenant_error = d->status_error;
		return;
	}
	d->status = gp_json_root(g->status);
	if ((args->check == NULL || strcmp(args->check, "tenant") == 0) &&
	    gp_ask_slow(args->run_dir, "{\"v\":1,\"op\":\"doctor\"}", TENANT_MS, &g->tenant,
			&d->tenant_error) == GP_ST_OK)
		d->tenant = gp_json_root(g->tenant);
}

static void ask_admin(const struct arguments *args, struct gathered *g)
{
	struct gp_doctor *d = &g->doctor;
	gp_buf_auto struct gp_buf text = GP_BUF(GP_ASK_ANSWER_MAX);
	gp_buf_auto struct gp_buf question = GP_BUF(256);
	d->as_admin = args->as_admin;
	if (!args->as_admin || (args->check != NULL && strcmp(args->check, "registrations") != 0))
		return;
	if (needs_daemon(args->check) && d->status == NULL) {
		d->registrations_error = d->status_error;
		return;
	}
	gp_buf_text(&question, "{\"v\":1,\"op\":\"as-admin\",\"for\":\"registrations\"");
	if (gp_ask_signing_in(args->run_dir, &question,
			      "as an administrator who may read registrations and policies", &text,
			      &g->registrations, &d->registrations_error) == GP_ST_OK)
		d->registrations = gp_json_root(g->registrations);
}

static void gather(const struct arguments *args, struct gathered *g)
{
	struct gp_doctor *d = &g->doctor;
	*d = (struct gp_doctor){.root = "",
				.now_s = gp_clock_wall_s(gp_clock_system()),
				.run = gp_doctor_run_command};
	g->sshd_text = GP_BUF(SSHD_TEXT_MAX);
	if (gp_config_load(args->config, -1, &g->config, &d->config_error) == GP_ST_OK)
		d->config = g->config;
	if (gp_ids_conf_load(g->config != NULL ? g->config->ids_conf : GP_IDS_CONF_PATH, &g->rules,
			     &d->rules_error) == GP_ST_OK)
		d->rules = &g->rules;
	if (d->config != NULL && d->rules != NULL) {
		gp_sshd_text(d->config, d->rules, &g->sshd_text);
		if (gp_buf_status(&g->sshd_text) == GP_ST_OK)
			d->sshd_text = gp_buf_get(&g->sshd_text);
	}
	ask_daemon(args, g);
	ask_admin(args, g);
	/* That there is no directory is a finding of its own. */
	if (gp_doctor_guests(d) != GP_ST_OK)
		d->guest_count = 0;
}

static void release(struct gathered *g)
{
	gp_config_free(g->config);
	gp_buf_free(&g->sshd_text);
	gp_json_doc_free(g->status);
	gp_json_doc_free(g->tenant);
	gp_json_doc_free(g->registrations);
	free(g);
}

static int no_such_check(void)
{
	const char *name = NULL;
	(void)fputs("guestpass doctor: there is no such check; the checks are", stderr);
	for (size_t i = 0; (name = gp_doctor_check_name(i)) != NULL; i++)
		(void)fprintf(stderr, "%s %s", i > 0 ? "," : "", name);
	(void)fputs("\n", stderr);
	return GP_EXIT_USAGE;
}

static int print(const struct gp_findings *findings, bool json)
{
	gp_buf_auto struct gp_buf out = GP_BUF(OUTPUT_MAX);
	if (json)
		gp_findings_json(findings, &out);
	else
		gp_findings_text(findings, &out);
	enum gp_status st = gp_buf_status(&out);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &(struct gp_error){st, ""});
	(void)fputs(gp_buf_get(&out), stdout);
	int written = gp_common_written();
	return written == GP_EXIT_OK ? gp_findings_exit(findings) : written;
}

static int look(const struct arguments *args, struct gathered *g, struct gp_findings *findings)
{
	gather(args, g);
	g->doctor.out = findings;
	return gp_doctor_look(&g->doctor, args->check) == GP_ST_OK ? print(findings, args->json)
								   : no_such_check();
}

int gp_command_doctor(int argc, char **argv)
{
	struct arguments args;
	if (!read_arguments(argc, argv, &args))
		return GP_EXIT_USAGE;
	/* Half of what it looks at only root may read. */
	if (geteuid() != 0)
		return gp_common_failed(GP_ST_DENIED,
					&(struct gp_error){GP_ST_DENIED, "only root can do that"});
	if (args.capture)
		return gp_capture_run(args.run_dir, args.config, args.json);
	gp_findings_auto struct gp_findings *findings = gp_findings_new();
	struct gathered *g = calloc(1, sizeof(*g));
	if (findings == NULL || g == NULL) {
		free(g);
		return gp_common_failed(GP_ST_NO_MEMORY, &(struct gp_error){0});
	}
	int code = look(&args, g, findings);
	release(g);
	return code;
}
