/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon finds about the tenant: ids and words. How bad each is, what a guest would see
 * and how to mend it the table here says. */
#include "doctor/doctor.h"

#include "contract/ban.h"

#define WHAT_MAX 1024

static void take_finding(struct gp_doctor *d, const struct gp_json *finding)
{
	struct gp_str id = {0};
	struct gp_str what = {0};
	if (gp_json_get_str(finding, "id", 64, &id) != GP_ST_OK ||
	    gp_json_get_str(finding, "what", WHAT_MAX, &what) != GP_ST_OK) {
		gp_doctor_unseen(d, "a finding of guestpassd has no id or no words");
		return;
	}
	enum gp_finding_id known = gp_finding_by_name(id);
	if (known == GP_FINDING_COUNT)
		gp_doctor_unseen(d, "guestpassd is of another version and found '%.*s': %.*s",
				 GP_STR_ARGS(id), GP_STR_ARGS(what));
	else
		gp_doctor_find(d, known, "%.*s", GP_STR_ARGS(what));
}

/* WHAT the answer is about. */
static void take_answer(struct gp_doctor *d, const struct gp_json *answer, const char *what)
{
	const struct gp_json *findings = NULL;
	const struct gp_json *unseen = NULL;
	if (gp_json_get_array(answer, "findings", &findings) != GP_ST_OK ||
	    gp_json_get_array(answer, "not_looked_at", &unseen) != GP_ST_OK) {
		gp_doctor_unseen(d, "guestpassd's answer about %s makes no sense", what);
		return;
	}
	for (size_t i = 0; i < gp_json_array_len(findings); i++)
		take_finding(d, gp_json_array_at(findings, i));
	for (size_t i = 0; i < gp_json_array_len(unseen); i++) {
		struct gp_str why = {0};
		if (gp_json_str(gp_json_array_at(unseen, i), WHAT_MAX, &why) != GP_ST_OK)
			why = GP_STR("guestpassd does not say what");
		gp_doctor_unseen(d, "%.*s", GP_STR_ARGS(why));
	}
}

void gp_doctor_tenant(struct gp_doctor *d)
{
	if (d->tenant == NULL)
		gp_doctor_unseen(d, "only guestpassd knows of the tenant: %s",
				 d->tenant_error.text);
	else
		take_answer(d, d->tenant, "the tenant");
}

void gp_doctor_registrations(struct gp_doctor *d)
{
	if (!d->as_admin)
		gp_findings_unasked(d->out, d->check,
				    "the reader may not read registrations; an administrator can: "
				    "guestpass doctor --as-admin");
	else if (d->registrations == NULL)
		gp_doctor_unseen(d, "%s", d->registrations_error.text);
	else
		take_answer(d, d->registrations, "the registrations");
}
