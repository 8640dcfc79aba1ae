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

void gp_doctor_tenant(struct gp_doctor *d)
{
	const struct gp_json *findings = NULL;
	const struct gp_json *unseen = NULL;
	if (d->tenant == NULL) {
		gp_doctor_unseen(d, "only guestpassd knows of the tenant: %s",
				 d->tenant_error.text);
		return;
	}
	if (gp_json_get_array(d->tenant, "findings", &findings) != GP_ST_OK ||
	    gp_json_get_array(d->tenant, "not_looked_at", &unseen) != GP_ST_OK) {
		gp_doctor_unseen(d, "guestpassd's answer about the tenant makes no sense");
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
