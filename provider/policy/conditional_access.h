/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tenant's location policies mean for the address of the SSH client, which Entra never
 * sees. Pure. Only ever a refusal or a demand comes of it: a policy counts here only if it
 * certainly applies to this guest, at this API, from this address. Everything else is Entra's
 * alone, and is named as that.
 */
#ifndef GP_POLICY_CONDITIONAL_ACCESS_H
#define GP_POLICY_CONDITIONAL_ACCESS_H

#include <stdbool.h>

#include "base/address.h"
#include "graph/graph.h"
#include "policy/ca_policy.h"

/* The kinds of people that policies tell apart (guestOrExternalUserTypes). */
enum gp_ca_guest {
	GP_CA_GUEST_UNKNOWN = 0,
	GP_CA_INTERNAL_GUEST,
	GP_CA_B2B_GUEST,  /* b2bCollaborationGuest */
	GP_CA_B2B_MEMBER, /* b2bCollaborationMember */
	GP_CA_INTERNAL_MEMBER,
};

/* One sign-in, as far as it is known. Pointers are borrowed; NULL and zero are unknown. */
struct gp_ca_signin {
	const char *oid;                    /* of the guest object, lower case */
	const char (*groups)[GP_GUID_TEXT]; /* all that he is in, transitively, in any order */
	size_t groups_len;
	bool groups_known;
	enum gp_ca_guest guest;
	enum gp_tri home_is_entra;       /* does he sign in at another Entra tenant? */
	const char *home_tenant;         /* then: its id; NULL: not known */
	const char *api;                 /* appId of the API that he asks for */
	const char *address;             /* the SSH client's, as PAM has it */
	const struct gp_network *relays; /* whose addresses say nothing about the client */
	size_t relays_len;
	const struct gp_network
		*legacy_trusted; /* the tenant's trusted IPs that Graph does not show */
	size_t legacy_trusted_len;
	bool legacy_trusted_known;
};

/* The sum of all policies. Zero is "not evaluated", which admits nobody where it is demanded. */
enum gp_ca_outcome {
	GP_CA_NOT_EVALUATED = 0,
	GP_CA_NONE,            /* no location policy applies, for certain */
	GP_CA_LEFT_TO_ENTRA,   /* one might, and this host cannot know */
	GP_CA_ADDRESS_UNKNOWN, /* one would depend on an address that no location can contain */
	GP_CA_DEMAND,          /* one applies that grants under a condition */
	GP_CA_BLOCK,           /* one applies that blocks */
};

/* Why a policy counts or not. */
enum gp_ca_verdict {
	GP_CA_UNKNOWN = 0,
	GP_CA_NO,      /* does not apply, for certain */
	GP_CA_APPLIES, /* applies, for certain */
};

#define GP_CA_NAME_MAX 96
struct gp_ca_finding {
	char policy[GP_GUID_TEXT]; /* its id; empty when it has none that is a GUID */
	char name[GP_CA_NAME_MAX]; /* displayName, made safe and cut */
	enum gp_ca_verdict verdict;
	const char *because; /* the condition that decided: "users", "applications", "locations",
				"state", ... */
	bool blocks;         /* grantControls has block */
};

struct gp_ca_result {
	enum gp_ca_outcome outcome;
	struct gp_ca_finding by; /* the policy that the outcome comes from; by.policy empty: none */
	unsigned int applying, unknown, others; /* policies with a location, enabled, by verdict */
};

/* Looks at each policy of SET. EACH (may be NULL) hears of every one that has a location condition,
 * of report-only ones too (because = "report-only", verdict as it would be), in Graph's order. */
typedef void gp_ca_each(void *arg, const struct gp_ca_finding *finding);
void gp_ca_evaluate(const struct gp_ca_set *set, const struct gp_ca_signin *signin,
		    gp_ca_each *each, void *arg, struct gp_ca_result *out);

/* Does an enabled policy on the authentication context CONTEXT certainly apply to SIGNIN, wherever
 * it comes from, and ask for something? A context that no policy protects is granted to everybody,
 * so only GP_TRUE makes one count. OUT is that policy; empty without one. */
enum gp_tri gp_ca_context(const struct gp_ca_set *set, const struct gp_ca_signin *signin,
			  const char *context, struct gp_ca_finding *out);

/* "none", "left-to-entra", ... for the audit. */
const char *gp_ca_outcome_name(enum gp_ca_outcome outcome);

#endif
