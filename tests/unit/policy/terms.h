/* SPDX-License-Identifier: Apache-2.0 */
/* What one check says of a world. */
#ifndef GP_TESTS_POLICY_TERMS_H
#define GP_TESTS_POLICY_TERMS_H

#include <stdio.h>

#include "policy/checks.h"
#include "tests/unit/policy/world.h"

static inline struct gp_check looked_at(const struct world *w, enum gp_phase phase,
					const char *name)
{
	struct gp_admission a;
	gp_admission_decide(&w->facts, phase, &a);
	const struct gp_check *check = check_of(&a, name);
	bool against = check->verdict != GP_YES && check->verdict != GP_NOT_YET && !check->report;
	assert_true(!against || a.verdict == GP_NO);
	return *check;
}

static inline void expect(const struct world *w, const char *name, enum gp_verdict verdict,
			  const char *reason)
{
	struct gp_check check = looked_at(w, GP_PHASE_TOKEN, name);
	if (check.verdict != verdict || strcmp(check.reason, reason) != 0) {
		fail_msg("%s: %s %s, not %s %s", name, gp_verdict_name(check.verdict), check.reason,
			 gp_verdict_name(verdict), reason);
	}
}

#endif
