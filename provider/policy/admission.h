/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision at the door. PURE: facts in, a list of named checks out; no file, no clock, no
 * network. All checks are always evaluated and recorded; one definite no denies; a check that
 * cannot tell once its phase has come denies; zero denies.
 */
#ifndef GP_POLICY_ADMISSION_H
#define GP_POLICY_ADMISSION_H

#include <stdbool.h>

#include "policy/facts.h"
#include "policy/verdict.h"

enum gp_phase {
	GP_PHASE_BEFORE = 0, /* before the sign-in: what the host and the last sync know */
	GP_PHASE_TOKEN,      /* after it: verified tokens and fresh answers of Graph */
	GP_PHASE_ACCOUNT,    /* the account phase of PAM */
};

#define GP_CHECKS_MAX 32

struct gp_check {
	const char *name;        /* "binding", "account-enabled", ... */
	enum gp_phase decidable; /* from this phase on */
	enum gp_verdict verdict;
	const char *reason; /* reason code, a constant: "oid-differs"; "ok" for yes */
	bool report;        /* recorded only: the tier does not enforce it */
	char input[160];    /* what was looked at, made safe */
};

struct gp_admission {
	enum gp_verdict verdict; /* GP_YES or GP_NO; GP_NOT_YET only before its phase: nothing
				    speaks against */
	const char
		*reason; /* of the check that decides what the guest is told; "ok" when admitted */
	struct gp_pass pass;          /* by which he enters; basis GP_BASIS_NONE without one */
	char sponsor[GP_SPONSOR_MAX]; /* made safe; empty when nobody is known */
	/* What it was decided by (policy/record.h), for the audit; its caller's, NULL: not kept. */
	const char *facts;
	size_t len;
	struct gp_check checks[GP_CHECKS_MAX];
};

/* Evaluates every check for PHASE. In GP_PHASE_BEFORE the best verdict is GP_NOT_YET. */
void gp_admission_decide(const struct gp_facts *facts, enum gp_phase phase,
			 struct gp_admission *out);

/* Is it refused because the account belongs to somebody else than before? */
bool gp_admission_other_person(const struct gp_admission *admission);

/* One sentence for the guest, by reason code and phase, naming whose move it is. Before the proof
 * of who he is there is one generic sentence (with the redemption link for "guest-pending", as
 * configured). TEXT ends without newline; the correlation id is added by the caller. */
void gp_admission_sentence(const struct gp_admission *admission, enum gp_phase phase,
			   const struct gp_config *config, char *text, size_t size);

/* What is told to an admitted guest; SPONSOR is one of his, or empty. */
struct gp_notice {
	const struct gp_config *config;
	const struct gp_pass *pass;
	const char *sponsor;
	const struct gp_identity *identity; /* of his sign-in; NULL: not known */
	int64_t now_s;
};
/* To every client, before the session: that his pass ends soon, from 14 days before; else empty.
 * Both are empty when they do not fit. */
void gp_admission_warning(const struct gp_notice *notice, char *text, size_t size);
/* In a login shell, when the session opens: until when his pass runs, where he signed in, what is
 * restricted for guests, a line each. */
void gp_admission_notice(const struct gp_notice *notice, char *text, size_t size);

#endif
