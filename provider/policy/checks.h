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
	/* Sets verdict (GP_NO, GP_CANNOT_TELL or GP_YES), reason and input of a zeroed CHECK;
	 * report where the check has a key of its own for that. */
	void (*look)(const struct gp_facts *facts, struct gp_check *check);
	bool may_report; /* the tier may record it without enforcing it */
};

/* What a check says. */
void gp_check_say(struct gp_check *check, enum gp_verdict verdict, const char *reason);
void gp_check_yes(struct gp_check *check);
/* What was looked at, for the record only; NULL is "unknown". */
void gp_check_input(struct gp_check *check, const char *text);

/* checks_terms.c: what the tier and this host demand beyond the person and his account. */
void gp_look_frozen(const struct gp_facts *facts, struct gp_check *check);
void gp_look_revoked(const struct gp_facts *facts, struct gp_check *check);
void gp_look_same_person(const struct gp_facts *facts, struct gp_check *check);
void gp_look_creation(const struct gp_facts *facts, struct gp_check *check);
void gp_look_pass(const struct gp_facts *facts, struct gp_check *check);
void gp_look_sudo(const struct gp_facts *facts, struct gp_check *check);
void gp_look_sponsor(const struct gp_facts *facts, struct gp_check *check);
void gp_look_review(const struct gp_facts *facts, struct gp_check *check);
void gp_look_idle(const struct gp_facts *facts, struct gp_check *check);
void gp_look_hours(const struct gp_facts *facts, struct gp_check *check);
void gp_look_network(const struct gp_facts *facts, struct gp_check *check);
void gp_look_location(const struct gp_facts *facts, struct gp_check *check);
void gp_look_sign_in_address(const struct gp_facts *facts, struct gp_check *check);
void gp_look_sign_in_age(const struct gp_facts *facts, struct gp_check *check);
void gp_look_context(const struct gp_facts *facts, struct gp_check *check);

/* In the order in which a refusal is explained: the first one that fails gives the reason. The
 * binding comes first, so that somebody else learns nothing about the guest he asked for. */
extern const struct gp_check_rule gp_check_rules[];
extern const size_t gp_check_rules_len;

/* From the checks of OUT to its verdict and reason. */
void gp_admission_conclude(struct gp_admission *out, enum gp_phase phase);

#endif
