/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision at the door. PURE: facts in, a list of named checks out; no file, no clock, no
 * network. All checks are always evaluated and recorded; one definite no denies; a check that
 * cannot tell once its phase has come denies; zero denies.
 */
#ifndef GP_POLICY_ADMISSION_H
#define GP_POLICY_ADMISSION_H

#include <stdbool.h>

#include "config/config.h"
#include "entra/token.h"
#include "graph/graph.h"

enum gp_verdict {
	GP_NO = 0,
	GP_CANNOT_TELL, /* the fact is missing although it should be there */
	GP_NOT_YET,     /* decidable only in a later phase */
	GP_YES,
};

enum gp_phase {
	GP_PHASE_BEFORE = 0, /* before the sign-in: what the host and the last sync know */
	GP_PHASE_TOKEN,      /* after it: verified tokens and fresh answers of Graph */
	GP_PHASE_ACCOUNT,    /* the account phase of PAM */
};

/* What is known. A zeroed struct denies. Pointers are borrowed and may be NULL: not known. */
struct gp_facts {
	const struct gp_config *config;
	const char *service;   /* PAM service */
	const char *guest_oid; /* of the name that was typed, from the published directory */
	const struct gp_user
		*user;  /* guest object: the last sync's before, a fresh one after the token */
	bool user_gone; /* Graph says that the object does not exist */
	const struct gp_identity *identity; /* verified tokens */
	enum gp_tri
		member; /* of an access group, by fresh checkMemberGroups; before: by the sync */
	enum gp_tri canary;      /* Graph proved at the last sync that it returns accountEnabled */
	enum gp_tri clock_ok;    /* |skew| <= 300 s */
	enum gp_tri quarantined; /* name or number of this guest is in quarantine */
	enum gp_tri client_info_ok;
	bool signed_in; /* ACCOUNT: this login carries a completed sign-in's decision */
};

#define GP_CHECKS_MAX 24

struct gp_check {
	const char *name;        /* "binding", "account-enabled", ... */
	enum gp_phase decidable; /* from this phase on */
	enum gp_verdict verdict;
	const char *reason; /* reason code, a constant: "oid-differs"; "ok" for yes */
	char input[160];    /* what was looked at, made safe */
};

struct gp_admission {
	enum gp_verdict verdict; /* GP_YES or GP_NO; GP_NOT_YET only before its phase: nothing
				    speaks against */
	const char
		*reason; /* of the check that decides what the guest is told; "ok" when admitted */
	size_t len;
	struct gp_check checks[GP_CHECKS_MAX];
};

/* Evaluates every check for PHASE. In GP_PHASE_BEFORE the best verdict is GP_NOT_YET. */
void gp_admission_decide(const struct gp_facts *facts, enum gp_phase phase,
			 struct gp_admission *out);

const char *gp_verdict_name(enum gp_verdict verdict);

/* One sentence for the guest, by reason code and phase, naming whose move it is. Before the proof
 * of who he is there is one generic sentence (with the redemption link for "guest-pending", as
 * configured). TEXT ends without newline; the correlation id is added by the caller. */
void gp_admission_sentence(const struct gp_admission *admission, enum gp_phase phase,
			   const struct gp_config *config, char *text, size_t size);

#endif
