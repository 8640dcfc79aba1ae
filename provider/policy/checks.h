/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of checks behind gp_admission_decide(). Room-private. A check looks at the facts and
 * says yes, no or "cannot tell"; what that means in a phase is the caller's business, so that no
 * check can decide that it does not matter yet.
 */
#ifndef GP_POLICY_CHECKS_H
#define GP_POLICY_CHECKS_H

#include <stddef.h>

#include "policy/admission.h"

struct gp_check_rule {
	const char *name;
	enum gp_phase decidable; /* from this phase on a missing fact denies */
	/* Sets verdict (GP_NO, GP_CANNOT_TELL or GP_YES), reason and input of a zeroed CHECK. */
	void (*look)(const struct gp_facts *facts, struct gp_check *check);
};

/* In the order in which a refusal is explained: the first one that fails gives the reason. The
 * binding comes first, so that somebody else learns nothing about the guest he asked for. */
extern const struct gp_check_rule gp_check_rules[];
extern const size_t gp_check_rules_len;

#endif
