/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tenant's Conditional Access policies as this host knows them: read every hour, kept on disk,
 * never asked for because somebody logs in. Nothing is read while the tier does not look at them.
 */
#ifndef GP_SIGNIN_POLICIES_H
#define GP_SIGNIN_POLICIES_H

#include "contract/buf.h"
#include "policy/ca_findings.h"
#include "policy/conditional_access.h"
#include "policy/facts.h"
#include "signin/gather.h"
#include "signin/tenant.h"
#include "store/store.h"

#define GP_LIKELY_MAX 2048

struct gp_policies;
enum gp_status gp_policies_new(sd_event *event, const struct gp_clock *clock,
			       struct gp_store *store, struct gp_policies **out) gp_must_check;
void gp_policies_free(struct gp_policies *policies);

/* From now on TENANT's, of which a reference is kept. What was kept of it is taken up. */
void gp_policies_use(struct gp_policies *policies, struct gp_tenant *tenant);
/* Root asks: the next read comes now, unless one is under way or was seconds ago. */
void gp_policies_hurry(struct gp_policies *policies);

/* What the policies mean for FACTS, whose user, identity, address and configuration are set, goes
 * to their location. GATHER holds all the groups of the guest; NULL: not known, as are POLICIES.
 * EACH as gp_ca_evaluate(). */
void gp_policies_apply(const struct gp_policies *policies, struct gp_gather *gather,
		       gp_ca_each *each, void *arg, struct gp_facts *facts);

/* Whom the tier of CONFIG is for, as findings about policies want it. Borrows from CONFIG. */
struct gp_ca_audience gp_policies_audience(const struct gp_config *config);
/* Why somebody's browser may have shown a block page, as far as the policies tell: a line each,
 * none that says whose policy it is, and the same for everybody, since nobody has proved yet who he
 * is. POLICIES may be NULL. */
void gp_policies_likely(const struct gp_policies *policies, const struct gp_config *config,
			struct gp_buf *out);

/* For status. */
struct gp_policies_state {
	bool wanted;    /* the tier looks at them */
	int64_t read_s; /* the last whole read; 0: none */
	size_t count;
	int64_t failed_s; /* the last attempt, if it failed; else 0 */
	struct gp_error error;
};
void gp_policies_get_state(const struct gp_policies *policies, struct gp_policies_state *out);
/* What was read last; NULL: nothing is known. Borrowed until the loop goes on. */
const struct gp_ca_set *gp_policies_set(const struct gp_policies *policies);

#endif
