/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/admission.h"

#include <string.h>

#include "policy/checks.h"

#include "contract/ban.h"

const char *gp_verdict_name(enum gp_verdict verdict)
{
	switch (verdict) {
	case GP_YES:
		return "yes";
	case GP_NOT_YET:
		return "not-yet";
	case GP_CANNOT_TELL:
		return "cannot-tell";
	case GP_NO:
		break;
	}
	return "no";
}

/* What is missing before its phase neither admits nor refuses; once the phase has come it denies.
 */
static bool speaks_against(const struct gp_check *check)
{
	return check->verdict != GP_YES && check->verdict != GP_NOT_YET;
}

void gp_admission_decide(const struct gp_facts *facts, enum gp_phase phase,
			 struct gp_admission *out)
{
	static const struct gp_facts nothing;
	const char *against = NULL;
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < gp_check_rules_len; i++) {
		const struct gp_check_rule *rule = &gp_check_rules[i];
		struct gp_check *check = &out->checks[out->len++];
		check->name = rule->name;
		check->decidable = rule->decidable;
		check->reason = "not-looked-at";
		rule->look(facts != NULL ? facts : &nothing, check);
		if (check->verdict == GP_CANNOT_TELL && phase < rule->decidable) {
			check->verdict = GP_NOT_YET;
		}
		if (speaks_against(check) && against == NULL) {
			against = check->reason;
		}
	}
	if (against != NULL) {
		out->verdict = GP_NO;
		out->reason = against;
		return;
	}
	/* Before the sign-in nobody is admitted, whatever the last sync knew. */
	out->verdict = phase >= GP_PHASE_TOKEN ? GP_YES : GP_NOT_YET;
	out->reason = "ok";
}
