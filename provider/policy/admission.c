/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/admission.h"

#include <string.h>

#include "contract/text.h"
#include "policy/checks.h"

#include "contract/ban.h"

/* What is missing before its phase neither admits nor refuses; once the phase has come it denies.
 */
static bool speaks_against(const struct gp_check *check)
{
	return check->verdict != GP_YES && check->verdict != GP_NOT_YET && !check->report;
}

void gp_admission_conclude(struct gp_admission *out, enum gp_phase phase)
{
	for (size_t i = 0; i < out->len && i < GP_CHECKS_MAX; i++) {
		if (speaks_against(&out->checks[i])) {
			out->verdict = GP_NO;
			out->reason = out->checks[i].reason;
			return;
		}
	}
	/* Before the sign-in nobody is admitted, whatever the last sync knew. */
	out->verdict = phase >= GP_PHASE_TOKEN ? GP_YES : GP_NOT_YET;
	out->reason = "ok";
}

/* The configuration takes no other names here than those of checks that may be tried out. */
static bool only_reports(const struct gp_facts *facts, const char *name)
{
	for (size_t i = 0; facts->config != NULL && i < facts->config->report_len; i++) {
		if (strcmp(facts->config->report[i], name) == 0) {
			return true;
		}
	}
	return false;
}

/* What is told to people beside the verdict. */
static void add_particulars(const struct gp_facts *facts, struct gp_admission *out)
{
	const char *reason = NULL;
	if (facts->config != NULL) {
		(void)gp_pass_find(facts->config, &facts->passes, facts->now_s, &out->pass,
				   &reason);
	}
	if (facts->sponsor != NULL) {
		(void)gp_text_safe(gp_str_from(facts->sponsor), GP_TEXT_LINE, out->sponsor,
				   sizeof(out->sponsor));
	}
}

bool gp_admission_other_person(const struct gp_admission *admission)
{
	static const char *const reasons[] = {"home-changed", "person-changed", "redeemed-again"};
	for (size_t i = 0; i < admission->len && i < GP_CHECKS_MAX; i++) {
		for (size_t k = 0; k < sizeof(reasons) / sizeof(reasons[0]); k++) {
			if (admission->checks[i].verdict == GP_NO &&
			    strcmp(admission->checks[i].reason, reasons[k]) == 0) {
				return true;
			}
		}
	}
	return false;
}

void gp_admission_decide(const struct gp_facts *facts, enum gp_phase phase,
			 struct gp_admission *out)
{
	static const struct gp_facts nothing;
	memset(out, 0, sizeof(*out));
	facts = facts != NULL ? facts : &nothing;
	add_particulars(facts, out);
	for (size_t i = 0; i < gp_check_rules_len; i++) {
		const struct gp_check_rule *rule = &gp_check_rules[i];
		struct gp_check *check = &out->checks[out->len++];
		check->name = rule->name;
		check->decidable = rule->decidable;
		check->reason = "not-looked-at";
		rule->look(facts, check);
		check->report =
			check->report || (rule->may_report && only_reports(facts, rule->name));
		if (check->verdict == GP_CANNOT_TELL && phase < rule->decidable) {
			check->verdict = GP_NOT_YET;
		}
	}
	gp_admission_conclude(out, phase);
}
