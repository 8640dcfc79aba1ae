/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon says of itself and of the tenant, and whether it can read its configuration. */
#include <stdlib.h>

#include "doctor/doctor.h"

#include "contract/ban.h"

#define PROBLEM_MAX 1024
#define SKEW_TOLD_S 60  /* beyond this a clock is not kept any more */
#define SKEW_MAX_S  300 /* beyond this guests are refused, and the daemon says so itself */
#define TIME_MAX    253402300799

void gp_doctor_config(struct gp_doctor *d)
{
	if (d->config == NULL)
		gp_doctor_find(d, GP_FINDING_CONFIG, "%s", d->config_error.text);
	if (d->rules == NULL)
		gp_doctor_find(d, GP_FINDING_CONFIG, "%s", d->rules_error.text);
	/* Root and the tier must both say it. */
	if (d->config != NULL && d->rules != NULL &&
	    strcmp(d->config->sudo_group, d->rules->sudo_group) != 0)
		gp_doctor_find(d, GP_FINDING_SUDO_GROUP,
			       "sudo_group is '%s' in guestpass.conf and '%s' in ids.conf",
			       d->config->sudo_group, d->rules->sudo_group);
}

/* How bad one problem is: what the daemon says beside it, or else how it is as a whole. */
static enum gp_finding_id level(const struct gp_json *status, size_t i)
{
	const struct gp_json *levels = NULL;
	struct gp_str word = {0};
	if (gp_json_get_array(status, "problem_levels", &levels) != GP_ST_OK ||
	    gp_json_str(gp_json_array_at(levels, i), 16, &word) != GP_ST_OK)
		if (gp_json_get_str(status, "health", 16, &word) != GP_ST_OK)
			return GP_FINDING_DAEMON_FAILING;
	if (gp_str_is(word, "ok"))
		return GP_FINDING_DAEMON_SAYS;
	return gp_str_is(word, "degraded") ? GP_FINDING_DAEMON_DEGRADED : GP_FINDING_DAEMON_FAILING;
}

static void tell_problems(struct gp_doctor *d)
{
	const struct gp_json *problems = NULL;
	if (gp_json_get_array(d->status, "problems", &problems) != GP_ST_OK) {
		gp_doctor_unseen(d, "the daemon's answer has no list of problems");
		return;
	}
	for (size_t i = 0; i < gp_json_array_len(problems); i++) {
		struct gp_str text;
		if (gp_json_str(gp_json_array_at(problems, i), PROBLEM_MAX, &text) == GP_ST_OK)
			gp_doctor_find(d, level(d->status, i), "%.*s", GP_STR_ARGS(text));
		else
			gp_doctor_unseen(d, "a problem in the daemon's answer is no text");
	}
}

static void look_at_clock(struct gp_doctor *d)
{
	const struct gp_json *tenant = NULL;
	int64_t skew = 0;
	if (gp_json_get_object(d->status, "tenant", &tenant) != GP_ST_OK ||
	    gp_json_get_int(tenant, "clock_skew_s", -TIME_MAX, TIME_MAX, &skew) != GP_ST_OK)
		gp_doctor_unseen(d, "the daemon does not say how the clock differs from Entra's");
	else if (llabs(skew) > SKEW_TOLD_S && llabs(skew) <= SKEW_MAX_S)
		gp_doctor_find(d, GP_FINDING_CLOCK,
			       "this host's clock differs from Entra's by %lld seconds",
			       (long long)skew);
}

/* A round comes each interval; after three that were left out something is wrong. That none ever
 * was is among the daemon's own problems. */
static void look_at_read(struct gp_doctor *d)
{
	const struct gp_json *sync = NULL;
	int64_t last = 0;
	if (gp_json_get_object(d->status, "sync", &sync) != GP_ST_OK ||
	    gp_json_get_int(sync, "last", 0, TIME_MAX, &last) != GP_ST_OK) {
		gp_doctor_unseen(d, "the daemon does not say when it read the groups");
		return;
	}
	if (d->config == NULL) {
		gp_doctor_unseen(d, "how often groups are read: there is no configuration");
		return;
	}
	int64_t most = 3 * (int64_t)d->config->interval_s + 60;
	if (last != 0 && d->now_s - last > most)
		gp_doctor_find(d, GP_FINDING_READ_OLD,
			       "the access groups were read %lld minutes ago, and should be each "
			       "%u seconds",
			       (long long)((d->now_s - last) / 60), d->config->interval_s);
}

void gp_doctor_daemon(struct gp_doctor *d)
{
	if (d->status == NULL) {
		gp_doctor_find(d, GP_FINDING_DAEMON_SILENT, "guestpassd does not answer: %s",
			       d->status_error.text);
		gp_doctor_unseen(d, "the clock and the last read: only guestpassd knows of them");
		return;
	}
	tell_problems(d);
	look_at_clock(d);
	look_at_read(d);
}
